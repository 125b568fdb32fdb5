"""Retention: what is over loses its content first, its row later.

Everything goes in batches, each a transaction of its own, so that a history of a hundred million messages never means
one long transaction, and a process killed in the middle leaves a store in which the rest is still to be done. The
single steps are in ``purging.py``; what is about somebody is forgotten at once by ``forgetting.py``.

There is no legal hold in here: a retention that must not run is one that the caller does not run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Engine

from outbox.decisions import record
from outbox.purging import (
    Batch,
    purge_answers,
    purge_keys,
    purge_lanes,
    purge_messages,
    purge_payloads,
    purge_unmatched,
)

BATCH = 1000
"""How many rows one transaction of ``tend`` and ``purge`` looks at."""

Progress = Callable[[str, int], None]
"""Told after each committed batch what is being removed and how many that batch removed. Raising ends the work."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """How long what is over is kept.

    Attributes:
        payloads: How long after its end a message keeps its payload.
        answers: How long after its end the excerpts of the destination's answers are kept.
        messages: How long after its end a message is kept at all, with its attempts; None for ever.
        keys: How long after enqueueing an idempotency key is recognised. Longer than any producer repeats itself and
            than the catch-up window of schedules. Keys outlive their messages where this is longer.

    Raises:
        ValueError: A time is negative, or a message would go before its payload and answers.
    """

    payloads: timedelta
    answers: timedelta
    messages: timedelta | None
    keys: timedelta

    def __post_init__(self) -> None:
        """Refuse a retention that contradicts itself."""
        if min(self.payloads, self.answers, self.messages or timedelta(0), self.keys) < timedelta(0):
            raise ValueError("a retention cannot be negative")
        if self.messages is not None and self.messages < max(self.payloads, self.answers):
            raise ValueError("a message cannot be kept for a shorter time than its payload and answers")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tended:
    """How many of each were removed.

    Attributes:
        unmatched: Business answers for which there never was a message.
    """

    answers: int = 0
    payloads: int = 0
    messages: int = 0
    lanes: int = 0
    unmatched: int = 0
    keys: int = 0


def tend(
    engine: Engine, retention: Retention, *, now: datetime, batch: int = BATCH, progress: Progress | None = None
) -> Tended:
    """Remove all whose time is over, in batches, until nothing is left to remove.

    Any number of processes may do it at once: what one is at, the others pass over. It is not written down as
    anybody's decision, since the retention is one that stands.

    Args:
        engine: Where the outbox lives.
        retention: How long what is kept.
        now: The time from which the retention is reckoned, for the whole run.
        batch: How many rows one transaction looks at.
        progress: Called after each batch.
    """
    tell = progress or _silent
    return Tended(
        answers=_walk(
            engine, partial(purge_answers, finished_before=now - retention.answers, limit=batch), tell, "answers"
        ),
        payloads=_walk(
            engine,
            partial(purge_payloads, finished_before=now - retention.payloads, limit=batch, now=now),
            tell,
            "payloads",
        ),
        **(
            _remove(engine, finished_before=now - retention.messages, batch=batch, tell=tell)
            if retention.messages is not None
            else {}
        ),
        unmatched=_repeat(
            engine, partial(purge_unmatched, before=now - retention.answers, limit=batch), tell, "unmatched answers"
        ),
        keys=_repeat(engine, partial(purge_keys, created_before=now - retention.keys, limit=batch), tell, "keys"),
    )


def purge(
    engine: Engine,
    *,
    finished_before: datetime,
    by: str,
    reason: str,
    now: datetime,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> Tended:
    """Remove messages that were over before a time, by somebody's decision, which is written down once.

    Their payloads and attempts go with them, and the idle lanes of their time. Their idempotency keys stay until
    ``Retention.keys`` is over, decisions about them stay for ever.

    Returns:
        How many messages and lanes were removed.
    """
    with engine.begin() as connection:
        record(connection, "purge", by=by, reason=reason, now=now)
    return Tended(**_remove(engine, finished_before=finished_before, batch=batch, tell=progress or _silent))


def _remove(engine: Engine, *, finished_before: datetime, batch: int, tell: Progress) -> dict[str, int]:
    """Remove messages, then the lanes of their time; return how many."""
    removed, highest = 0, 0
    while True:
        with engine.begin() as connection:
            seqs = purge_messages(connection, finished_before=finished_before, limit=batch)
        removed, highest = removed + len(seqs), max([highest, *seqs])
        tell("messages", len(seqs))
        if len(seqs) < batch:
            break
    lanes = _repeat(engine, partial(purge_lanes, up_to=highest, limit=batch), tell, "lanes") if highest else 0
    return {"messages": removed, "lanes": lanes}


def _walk(engine: Engine, step: Callable[..., Batch], tell: Progress, what: str) -> int:
    done, after = 0, 0
    while True:
        with engine.begin() as connection:
            batch = step(connection, after=after)
        done += batch.done
        tell(what, batch.done)
        if batch.after is None:
            return done
        after = batch.after


def _repeat(engine: Engine, step: Callable[..., int], tell: Progress, what: str) -> int:
    done = 0
    while True:
        with engine.begin() as connection:
            removed = step(connection)
        tell(what, removed)
        done += removed
        if removed == 0:
            return done


def _silent(_what: str, _number: int) -> None:
    """Tell nobody."""
