"""Endings: what an answer, or its absence, does to a message that is in hand, and where that message goes.

A message that had left its lane and has to be dealt with once more gets a lane of its own: its followers have gone on,
and it must not hold or overtake them a second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from outbox import destinations, tables
from outbox.grasp import let_go, new_numbers
from outbox.lane import LaneKey, lane_key
from outbox.message import Entry, Failure, LaneState, State
from outbox.policy import DeadHead, Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """The new values of one message in hand."""

    entry: Entry
    state: State
    finished_at: datetime | None
    retry_at: datetime | None = None
    answered_at: datetime | None = None
    acceptance: str | None = field(default=None, repr=False)
    failure: Failure | None = None
    pauses: bool = False

    @property
    def returns(self) -> bool:
        """Whether it had left its lane and is to be dealt with once more, by a worker or by a person."""
        return self.entry.finished_at is not None and self.finished_at is None


def dead(entry: Entry, failure: Failure, policy: Policy, *, answered_at: datetime | None, now: datetime) -> Ending:
    """Decide what a message's death means to its lane, or that it has been decided already."""
    dead_head = policy.kind(entry.kind).dead_head
    # Sent, and no answer is waited for: a person has given it up.
    given_up = entry.state is State.SENT and entry.answer_due_at is None
    decided = entry.finished_at is not None and (given_up or entry.state in {State.DEAD, State.SUPERSEDED})
    leaves = decided or dead_head is DeadHead.SKIP
    return Ending(
        entry=entry,
        state=entry.state if decided and not given_up else State.DEAD,
        finished_at=(entry.finished_at or now) if leaves else None,
        answered_at=answered_at,
        failure=failure,
        pauses=not decided and dead_head is DeadHead.BLOCK_DESTINATION,
    )


def end(connection: Connection, endings: Sequence[Ending], *, now: datetime) -> None:
    """Write the new values of messages in hand, give lanes to those that return, and let the lanes follow."""
    if not endings:
        return
    returning = [ending.entry for ending in endings if ending.returns]
    lanes = {ending.entry.seq: ending.entry.lane for ending in endings} | _lanes_of_their_own(connection, returning)
    connection.execute(
        _WRITE,
        [
            {
                "which": ending.entry.seq,
                "new_lane": lanes[ending.entry.seq],
                "new_state": ending.state,
                "new_finished_at": ending.finished_at,
                "new_retry_at": ending.retry_at,
                "new_answered_at": ending.answered_at,
                "new_acceptance": ending.acceptance,
                "new_code": ending.failure and ending.failure.code,
                "new_reason": ending.failure and ending.failure.reason,
            }
            for ending in endings
        ],
    )
    # Everybody sees the reasons for good: what a failure says about its message stays with the message.
    reasons: dict[str, str] = {}
    for ending in endings:
        if ending.pauses and ending.failure is not None:
            reasons.setdefault(ending.entry.destination, f"{ending.failure.code}: {ending.entry.id}")
    for name, reason in sorted(reasons.items()):
        destinations.pause(connection, name, by=destinations.SYSTEM, reason=reason, now=now)
    let_go(connection, set(lanes.values()))


def _lanes_of_their_own(connection: Connection, entries: Sequence[Entry]) -> dict[int, int]:
    """Make lanes for single messages that have left theirs, hold them, and return their numbers by message.

    The numbers are new ones: a worker that had such a lane once and comes late cannot take it for its own.
    """
    if not entries:
        return {}
    table = tables.lane
    numbers = new_numbers(connection, len(entries))
    keys = {lane_key(entry.destination, None, entry.id): entry for entry in entries}
    upsert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    connection.execute(
        upsert.on_conflict_do_nothing(index_elements=["destination", "key"]),
        [
            {
                "id": number,
                "destination": key.destination,
                "key": key.key,
                "state": LaneState.IDLE,
                "priority": entry.priority,
                "fence": 0,
            }
            for number, (key, entry) in zip(numbers, keys.items(), strict=True)
        ],
    )
    found = connection.execute(
        select(table.c.id, table.c.destination, table.c.key)
        .where(tuple_(table.c.destination, table.c.key).in_(list(keys)))
        .order_by(table.c.destination, table.c.key)
        .with_for_update()
    )
    return {keys[LaneKey(row.destination, row.key)].seq: row.id for row in found}


_WRITE = (
    update(tables.message)
    .where(tables.message.c.seq == bindparam("which"))
    .values(
        lane=bindparam("new_lane"),
        state=bindparam("new_state"),
        finished_at=bindparam("new_finished_at"),
        retry_at=bindparam("new_retry_at"),
        answer_due_at=None,
        answered_at=bindparam("new_answered_at"),
        acceptance=bindparam("new_acceptance"),
        error_code=bindparam("new_code"),
        error_reason=bindparam("new_reason"),
    )
)
