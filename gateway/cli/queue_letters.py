"""``gateway queue causes|rebuild|replay``: stopped messages by cause, and what is done about all of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

import click

from gateway.cli.context import Session, command
from gateway.cli.output import Voice
from gateway.cli.progress import counted
from gateway.cli.queue_words import because, destination_argument, destination_option, reason_option
from gateway.delivery.outcomes import words_of
from gateway.errors import Text
from gateway.ports.queue import QueueDesk
from gateway.ports.queue_letters import BuildPayload
from outbox import Cause, Letters, MessageId, Progress, Rebuilt, State

_AT_ONCE = 100
"""Payloads that are in memory while they are built anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """Which stopped messages the options choose; ``everything`` says that none of them is needed."""

    letters: Letters
    narrowed: bool
    everything: bool

    def is_made(self, messages: Sequence[str]) -> bool:
        """Tell whether messages are chosen by options rather than by name.

        Raises:
            UsageError: both, or neither.
        """
        chosen = self.narrowed or self.everything
        if chosen == bool(messages):
            raise click.UsageError("Name messages, or choose by --destination, --kind, --code, --school or --all.")
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
    """Group the messages that stopped by what they died of, the most frequent cause first, and say who has to act."""
    desk = session.gateway.desk
    voice.table(
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
    voice.table(("message", "differs", "fault", "old_size", "new_size", "old_sha256", "new_sha256"), found)


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
    sent, unchanged, refused = 0, list[MessageId](), list[MessageId]()
    with counted() as progress:
        for page in _pages(desk, _letters(**filters), build, progress):
            replayed = desk.replay(page, **because(reason))
            sent += len(replayed.sent)
            unchanged += replayed.unchanged
            refused += replayed.refused
    voice.answer({"ok": not refused, "sent": sent, "unchanged": len(unchanged), "refused": refused})


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
    voice.answer({"ok": True, "done": done})


def _letters(*, held: bool, **filters: Any) -> Letters:
    states = {State.DEAD, State.HELD} if held else {State.DEAD}
    return Letters(states=frozenset(states), **filters)
