"""What the commands of the queue have in common: its refusals in our words, and what a decision needs."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Any, TypedDict

import click

from gateway.bootstrap import DESTINATIONS
from gateway.cli.output import Voice, shown
from gateway.cli.queue_titles import answer, in_two_languages
from gateway.errors import GatewayError, Party, Text
from gateway.storage.queue_destinations import moved_away
from gateway.web.console import names, queue_names
from outbox import (
    AnswerConflictError,
    MovedAwayError,
    MoveFailedError,
    MoveRefusedError,
    NotAllowedError,
    OutboxError,
    State,
    UnknownLaneError,
    UnknownMessageError,
)

SYSTEM = "outbox"
"""Who decided where no person did."""

Option = Callable[[Callable[..., Any]], Callable[..., Any]]

ROWS = click.IntRange(1, 1_000_000)  # how many a list may have

reason_option: Option = click.option("--reason", required=True, help="Why; is kept with your name.")

destination_argument: Option = click.argument("destination", type=click.Choice(DESTINATIONS))

destination_option: Option = click.option(
    "--destination", type=click.Choice(DESTINATIONS), default=None, help="Only this destination."
)

limit_option: Option = click.option("--limit", type=ROWS, default=50, show_default=True, help="At most so many.")


class Because(TypedDict):
    """What is kept with a decision."""

    by: str
    reason: str


def because(reason: str) -> Because:
    """Return what is kept with a decision: the account of the operating system, and the reason."""
    return {"by": getpass.getuser(), "reason": reason}


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How things stood before a decision that therefore has changed nothing.

    Attributes:
        what: a sentence without its full stop.
        at: since when, if it is somebody's decision; with whose and why.
    """

    what: Text
    at: datetime | None = None
    by: str = ""
    reason: str = ""


def changed(voice: Voice, before: Standing | None) -> None:
    """Answer a decision; where things stood so before, warn that nothing has changed, since when and by whom."""
    answer(voice, {"ok": True, "changed": before is None})
    if before is None:
        return
    words = before.what
    if before.at is not None:
        why = in_two_languages(before.reason)
        by = Text(ru="сам шлюз", en="the gateway itself") if before.by == SYSTEM else Text(ru=before.by, en=before.by)
        since = shown(before.at)
        words = Text(ru=f"{words.ru} с {since} ({by.ru}: {why.ru})", en=f"{words.en} since {since} ({by.en}: {why.en})")
    text = Text(ru=f"Ничего не изменилось: {words.ru}.", en=f"Nothing has changed: {words.en}.")
    voice.warning(GatewayError("queue.nothing_changed", text))


def asked_wrongly(voice: Voice, words: Text) -> click.UsageError:
    """Return the refusal of a command that was asked wrongly, in the language of who asks."""
    return click.UsageError(words.in_language(voice.language))


def nothing_matched(voice: Voice) -> None:
    """Warn that no stopped message is as was asked for."""
    voice.warning(
        GatewayError(
            "queue.nothing_matched",
            Text(
                ru="Ничего не сделано: остановленных сообщений с такими условиями нет. Какие есть: «gateway queue "
                "causes»; придержанные берёт «--held».",
                en="Nothing was done: no stopped message is like that. 'gateway queue causes' lists what there is; "
                "'--held' takes held ones, too.",
            ),
        )
    )


@contextmanager
def told() -> Iterator[None]:
    """Tell a refusal of the queue in our words.

    Raises:
        GatewayError: what the queue refused.
    """
    try:
        yield
    except OutboxError as error:
        known = _known(error)
        if known is None:
            raise
        raise known from error


@singledispatch
def _known(_error: OutboxError) -> GatewayError | None:
    """Return what a refusal means to a person, `None` where it is no refusal of a decision."""
    return None


@_known.register
def _(_error: MovedAwayError) -> GatewayError:
    return moved_away()


@_known.register
def _(error: UnknownMessageError) -> GatewayError:
    wanted = error.message_id
    text = Text(ru=f"Сообщения «{wanted}» в очереди нет.", en=f"There is no message '{wanted}' in the queue.")
    return GatewayError("queue.unknown_message", text)


@_known.register
def _(error: UnknownLaneError) -> GatewayError:
    text = Text(
        ru=f"В полосе «{error.key}» получателя «{error.destination}» сообщений нет. Какие есть: «gateway queue lanes».",
        en=f"No message waits in lane '{error.key}' of '{error.destination}'. 'gateway queue lanes' lists those "
        "there are.",
    )
    return GatewayError("queue.unknown_lane", text)


@_known.register
def _(error: NotAllowedError) -> GatewayError:
    text = Text(ru=f"Сейчас это невозможно: {_state_in_russian(error.state)}.", en=f"Not possible now: {error}.")
    return GatewayError("queue.not_allowed", text)


_STATES_IN_RUSSIAN = {
    "behind a message in flight": "первое сообщение полосы как раз отправляется, дождитесь его",
    "not at the head of its lane": "оно уже не первое в своей полосе",
}


def _state_in_russian(told: str) -> str:
    """Return in Russian what the queue says of a message that a decision does not fit."""
    if told in _STATES_IN_RUSSIAN:
        return _STATES_IN_RUSSIAN[told]
    state, _, finished = told.partition(" ")
    word = names.STATES[State(state)].ru if state in set(State) else told
    return f"сообщение в состоянии «{word}»{' и завершено' if finished else ''}"


@_known.register
def _(error: AnswerConflictError) -> GatewayError:
    text = Text(
        ru=f"По квитанции «{error.receipt}» получатель «{error.destination}» уже ответил «{_verdict(error.first)}»; "
        "новый ответ записан, но в силе первый. Выясните у получателя, какой верен.",
        en=f"'{error.destination}' has answered '{error.first}' under receipt '{error.receipt}' before; the new answer "
        "is written down, the first one stands. Ask the recipient which is right.",
    )
    return GatewayError("queue.answer_conflict", text, who=Party.PLATFORM_OPERATOR)


def _verdict(told: str) -> str:
    return {str(verdict): words.ru for verdict, words in queue_names.VERDICTS.items()}.get(told, told)


@_known.register
def _(error: MoveRefusedError) -> GatewayError:
    told = str(error)
    reason = next((words for start, words in MOVE_REFUSALS.items() if told.startswith(start)), told)
    text = Text(ru=f"Очередь сейчас не перенести: {reason}.", en=f"The queue cannot be moved now: {told}.")
    return GatewayError("queue.move_refused", text)


MOVE_REFUSALS = {
    "source and target are the same database": "это та же самая база данных, или в неё уже переносят",
    "another move from or to the source is under way": "другой перенос уже идёт",
    "in the source a transaction": "в этой базе данных давно открыта транзакция; завершите то, что в ней работает",
    "in the target a transaction": "в другой базе данных давно открыта транзакция; завершите то, что в ней работает",
    "the source is not stopped": "отправка не остановлена; выполните «gateway queue stop» и дождитесь обработчиков",
    "lanes of the source are leased still": "обработчики ещё отправляют; дождитесь, пока «gateway queue lanes --state "
    "leased» ничего не покажет",
    "the target is not empty": "другая база данных не пуста; если прежний перенос оборвался после её заполнения, в ней "
    "есть всё, а эта закрыта: пользуйтесь той",
}
"""What a refused move says in Russian, by how the queue begins to say it."""


@_known.register
def _(error: MoveFailedError) -> GatewayError:
    text = Text(
        ru=f"Перенесённое не совпало с исходным ({error.table}: прочитано {error.read}, записано {error.written}): "
        "ничего не изменено.",
        en=f"What was written is not what was read ({error}): nothing was changed.",
    )
    return GatewayError("queue.move_failed", text)
