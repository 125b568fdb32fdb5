"""``gateway queue causes|rebuild|replay``: stopped messages by cause, and what is done about all of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

import click

from gateway.cli.context import Session, command
from gateway.cli.output import FAILED, Voice
from gateway.cli.progress import counted
from gateway.cli.queue_titles import answer, table
from gateway.cli.queue_words import (
    asked_wrongly,
    because,
    destination_argument,
    destination_option,
    nothing_matched,
    reason_option,
)
from gateway.delivery.outcomes import words_of
from gateway.errors import GatewayError, Text
from gateway.ports.queue import QueueDesk
from gateway.ports.queue_letters import BuildPayload
from outbox import Cause, DeadHead, Letters, MessageId, Progress, Rebuilt, State

_AT_ONCE = 100
"""Payloads that are in memory while they are built anew."""

_LATELY = timedelta(days=7)
_COUNTED = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which stopped messages the options choose; ``everything`` says that none of them is needed."""

    letters: Letters
    narrowed: bool
    everything: bool

    def is_made(self, voice: Voice, messages: Sequence[str]) -> bool:
        """Tell whether messages are chosen by options rather than by name.

        Raises:
            UsageError: both, or neither.
        """
        chosen = self.narrowed or self.everything
        if chosen == bool(messages):
            raise asked_wrongly(
                voice,
                Text(
                    ru="Назовите сообщения или выберите их: --destination, --kind, --code, --school или --all.",
                    en="Name messages, or choose by --destination, --kind, --code, --school or --all.",
                ),
            )
        return chosen


def letters_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose stopped messages; the command gets them as ``choice``."""

    @destination_option
    @click.option("--kind", default=None, help="Only of this kind.")
    @click.option("--code", default=None, help="Only with this error code.")
    @click.option("--school", "owner", default=None, help="Only this school's.")
    @click.option("--held", is_flag=True, help="Those that a person holds, too.")
    @click.option("--all", "everything", is_flag=True, help="All that stopped.")
    @wraps(function)
    def choosing(*args: Any, held: bool, everything: bool, **options: Any) -> Any:
        filters = {name: options.pop(name) for name in ("destination", "kind", "code", "owner")}
        choice = Choice(letters=_letters(held=held, **filters), narrowed=any(filters.values()), everything=everything)
        return function(*args, choice=choice, **options)

    return choosing


def add_to(queue: click.Group) -> None:
    """Add the commands."""
    command(queue, "causes")(causes)
    command(queue, "rebuild")(rebuild)
    command(queue, "replay")(replay)


@destination_option
@click.option("--school", "owner", default=None, help="Only this school's.")
def causes(session: Session, voice: Voice, destination: str | None, owner: str | None) -> None:
    """Group the messages that stopped by what they died of, the most frequent cause first, and say who has to act.

    A failed step holds nobody up and is not among them: 'gateway step list'.
    """
    desk = session.gateway.desk
    table(
        voice,
        ("count", "destination", "kind", "code", "lanes", "followers", "first", "last", "sample", "advice"),
        [
            (
                cause.count,
                cause.destination,
                cause.kind,
                cause.code,
                cause.lanes,
                cause.followers,
                cause.first,
                cause.last,
                cause.sample,
                _advice(desk, cause).in_language(voice.language),
            )
            for cause in desk.causes(owner=owner, destination=destination)
        ],
    )
    _tell_of_failed(session, voice, destination, owner)


def _tell_of_failed(session: Session, voice: Voice, destination: str | None, owner: str | None) -> None:
    """Warn of what failed lately and is no letter, since the next message of its lane does what it has left."""
    desk, since = session.gateway.desk, session.gateway.clock() - _LATELY
    passed_over = [
        name
        for name, policy in desk.policies.items()
        if policy.other_kinds.dead_head is DeadHead.SKIP and destination in {None, name}
    ]
    pages = [
        desk.find(destination=one, owner=owner, states=[State.DEAD], created_from=since, limit=_COUNTED)
        for one in passed_over
    ]
    failed = sum(one.finished_at is not None for page in pages for one in page.entries)
    if failed:
        number = f"{failed}+" if any(page.before for page in pages) else str(failed)
        voice.warning(
            GatewayError(
                "queue.failed_passed_over",
                Text(
                    ru=f"Сюда не входят шаги, которые за {_LATELY.days} дней не удались или сняты ({number}): они "
                    "никого не держат, следующий запуск делает их работу. Почему: «gateway step list», «gateway "
                    "queue list --destination steps --state dead».",
                    en=f"Not among these: {number} steps of the last {_LATELY.days} days that failed or were given "
                    "up. They hold nobody, the next run does their work. Why: 'gateway step list', 'gateway queue list "
                    "--destination steps --state dead'.",
                ),
            )
        )


def _advice(desk: QueueDesk, cause: Cause) -> Text:
    """Return the words with which the youngest message of a cause died: they say who has to act."""
    failure = desk.show(cause.sample).entry.last_error
    return words_of(failure) if failure else Text(ru="", en="")


@destination_argument
@click.option("--kind", default=None, help="Only of this kind.")
@click.option("--code", default=None, help="Only with this error code.")
@click.option("--school", "owner", default=None, help="Only this school's.")
@click.option("--held", is_flag=True, help="Those that a person holds, too.")
def rebuild(session: Session, voice: Voice, **filters: Any) -> None:
    """Build the content of stopped messages anew and show which would come out different; nothing is changed."""
    build = session.gateway.payload_builder(filters["destination"])
    with counted() as progress:
        found = [
            (one.id, one.differs, one.fault, one.old_size, one.new_size, one.old_digest, one.new_digest)
            for page in _pages(session.gateway.desk, _letters(**filters), build, progress)
            for one in page
        ]
    table(voice, ("message", "differs", "fault", "old_size", "new_size", "old_sha256", "new_sha256"), found)
    if not found:
        nothing_matched(voice)


@destination_argument
@click.option("--kind", default=None, help="Only of this kind.")
@click.option("--code", default=None, help="Only with this error code.")
@click.option("--school", "owner", default=None, help="Only this school's.")
@click.option("--held", is_flag=True, help="Those that a person holds, too.")
@reason_option
def replay(session: Session, voice: Voice, reason: str, **filters: Any) -> None:
    """Build the content of stopped messages anew and send those that come out different, with the new content."""
    desk = session.gateway.desk
    build = session.gateway.payload_builder(filters["destination"])
    sent, unchanged, faulty, refused = 0, 0, list[MessageId](), list[MessageId]()
    with counted() as progress:
        for page in _pages(desk, _letters(**filters), build, progress):
            replayed = desk.replay(page, **because(reason))
            sent += len(replayed.sent)
            unchanged += len(replayed.unchanged)
            faulty += [one.id for one in page if one.fault is not None]
            refused += replayed.refused
    failed = bool(faulty or refused)
    answer(
        voice,
        {"ok": not failed, "sent": sent, "unchanged": unchanged - len(faulty), "faulty": faulty, "refused": refused},
    )
    if failed:
        voice.failure(_not_replayed(faulty, refused))
        raise SystemExit(FAILED)
    if not sent and not unchanged:
        nothing_matched(voice)
    elif not sent:
        voice.warning(_NOTHING_DIFFERS)


_NOTHING_DIFFERS = GatewayError(
    "queue.nothing_differs",
    Text(
        ru="Ничего не отправлено: содержание вышло бы таким же. Исправьте данные или соответствие и повторите; то же "
        "самое ещё раз отправляет «gateway queue retry», отказывается «gateway queue skip».",
        en="Nothing was sent: the content would come out as it is. Repair the data or the mapping and replay; 'gateway "
        "queue retry' sends the same once more, 'gateway queue skip' gives up.",
    ),
)


def _not_replayed(faulty: Sequence[MessageId], refused: Sequence[MessageId]) -> GatewayError:
    """Say which messages could not be built, and which somebody else has decided about meanwhile."""
    ru, en = [], []
    if faulty:
        ru.append(f"не удалось собрать {', '.join(faulty)} (почему – «gateway queue rebuild»)")
        en.append(f"could not be built: {', '.join(faulty)} ('gateway queue rebuild' says why)")
    if refused:
        ru.append(f"тем временем решены иначе {', '.join(refused)} (посмотрите «gateway queue show»)")
        en.append(f"decided about meanwhile: {', '.join(refused)} (look with 'gateway queue show')")
    text = Text(ru=f"Отправлены не все: {'; '.join(ru)}.", en=f"Not all were sent: {'; '.join(en)}.")
    return GatewayError("queue.not_replayed", text)


def _pages(
    desk: QueueDesk, which: Letters, build: BuildPayload, progress: Callable[[str, int], None]
) -> Iterator[Sequence[Rebuilt]]:
    after = 0
    while page := desk.rebuild(which, build, after=after, limit=_AT_ONCE):
        progress("messages", len(page))
        yield page
        if len(page) < _AT_ONCE:
            return
        after = page[-1].seq


def each_piece(voice: Voice, decide: Callable[..., Progress]) -> None:
    """Decide about chosen messages piece by piece, to the end."""
    done, after = 0, 0
    with counted() as progress:
        while True:
            piece = decide(after=after)
            done += len(piece.done)
            progress("messages", len(piece.done))
            if piece.after is None:
                break
            after = piece.after
    answer(voice, {"ok": True, "done": done})
    if not done:
        nothing_matched(voice)


def _letters(*, held: bool, **filters: Any) -> Letters:
    states = {State.DEAD, State.HELD} if held else {State.DEAD}
    return Letters(states=frozenset(states), **filters)
