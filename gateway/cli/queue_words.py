"""What the commands of the queue have in common: its refusals in our words, and what a decision needs."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import singledispatch
from typing import Any, TypedDict

import click

from gateway.bootstrap import DESTINATIONS
from gateway.errors import GatewayError, Party, Text
from outbox import (
    AnswerConflictError,
    MoveFailedError,
    MoveRefusedError,
    NotAllowedError,
    OutboxError,
    UnknownLaneError,
    UnknownMessageError,
)

Option = Callable[[Callable[..., Any]], Callable[..., Any]]

ROWS = click.IntRange(1, 1_000_000)  # how many a list may have

reason_option: Option = click.option("--reason", required=True, help="Why; is kept with your name.")

destination_argument: Option = click.argument("destination", type=click.Choice(DESTINATIONS))

destination_option: Option = click.option("--destination", type=click.Choice(DESTINATIONS), default=None)


class Because(TypedDict):
    """What is kept with a decision."""

    by: str
    reason: str


def because(reason: str) -> Because:
    """Return what is kept with a decision: the account of the operating system, and the reason."""
    return {"by": getpass.getuser(), "reason": reason}


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
def _(error: UnknownMessageError) -> GatewayError:
    wanted = error.message_id
    text = Text(ru=f"Сообщения «{wanted}» в очереди нет.", en=f"There is no message '{wanted}' in the queue.")
    return GatewayError("queue.unknown_message", text)


@_known.register
def _(error: UnknownLaneError) -> GatewayError:
    text = Text(
        ru=f"В дорожке «{error.key}» получателя «{error.destination}» сообщений нет.",
        en=f"No message waits in lane '{error.key}' of '{error.destination}'.",
    )
    return GatewayError("queue.unknown_lane", text)


@_known.register
def _(error: NotAllowedError) -> GatewayError:
    text = Text(ru=f"Сейчас это невозможно: сообщение в состоянии «{error.state}».", en=f"Not possible now: {error}.")
    return GatewayError("queue.not_allowed", text)


@_known.register
def _(error: AnswerConflictError) -> GatewayError:
    text = Text(
        ru=f"По квитанции «{error.receipt}» получатель «{error.destination}» уже ответил «{error.first}»; новый ответ "
        "записан, но в силе первый. Выясните у получателя, какой верен.",
        en=f"'{error.destination}' has answered '{error.first}' under receipt '{error.receipt}' before; the new answer "
        "is written down, the first one stands. Ask the recipient which is right.",
    )
    return GatewayError("queue.answer_conflict", text, who=Party.PLATFORM_OPERATOR)


@_known.register
def _(error: MoveRefusedError) -> GatewayError:
    text = Text(ru=f"Очередь сейчас не перенести: {error}.", en=f"The queue cannot be moved now: {error}.")
    return GatewayError("queue.move_refused", text)


@_known.register
def _(error: MoveFailedError) -> GatewayError:
    text = Text(
        ru=f"Перенесённое не совпало с исходным ({error}): ничего не изменено.",
        en=f"What was written is not what was read ({error}): nothing was changed.",
    )
    return GatewayError("queue.move_failed", text)
