"""What people decide about messages, destinations and everything; about lanes see ``lane_operations.py``.

Every decision is written down with who, when and why, in the same transaction. A decision about a message that is in
flight at this moment is refused: its attempt cannot be called back.
"""

from datetime import datetime

from sqlalchemy import Connection, case, delete, literal
from sqlalchemy.dialects import postgresql, sqlite

from outbox import destinations, tables
from outbox.decisions import record
from outbox.grasp import ANEW, change, grasp_one, wake
from outbox.message import Entry, MessageId, State
from outbox.readiness import refuse_moved

_QUEUED = frozenset({State.READY, State.WAITING})


def retry(connection: Connection, message_id: MessageId, *, by: str, reason: str, now: datetime) -> None:
    """Try a dead or waiting message again at once, with a fresh retry budget; its lane moves again.

    A message that waits unanswered at the head of its lane is sent once more; should the answer to the first sending
    come before that, it still counts. One whose time is over dies again of that.

    Raises:
        UnknownMessageError: There is no such message.
        NotAllowedError: It is neither dead nor waiting nor unanswered, or it has left its lane: its followers may
            have overtaken it.
    """
    entry = grasp_one(connection, message_id, verb="retry", allowed=frozenset({State.DEAD, State.WAITING, State.SENT}))
    change(connection, [entry], ANEW)
    _record(connection, "retry", entry, by=by, reason=reason, now=now)


def hold(connection: Connection, message_id: MessageId, *, by: str, reason: str, now: datetime) -> None:
    """Keep a message, and with it its followers in the lane, from being sent until it is released.

    Raises:
        UnknownMessageError: There is no such message.
        NotAllowedError: It is neither ready nor waiting.
    """
    entry = grasp_one(connection, message_id, verb="hold", allowed=_QUEUED)
    change(connection, [entry], {"state": State.HELD})
    _record(connection, "hold", entry, by=by, reason=reason, now=now)


def release(connection: Connection, message_id: MessageId, *, by: str, reason: str, now: datetime) -> None:
    """Let a held message go again; a time before which it was not to be sent still holds.

    Raises:
        UnknownMessageError: There is no such message.
        NotAllowedError: It is not held.
    """
    entry = grasp_one(connection, message_id, verb="release", allowed=frozenset({State.HELD}))
    change(connection, [entry], {"state": State.READY if entry.retry_at is None else State.WAITING})
    _record(connection, "release", entry, by=by, reason=reason, now=now)


def skip(connection: Connection, message_id: MessageId, *, by: str, reason: str, now: datetime) -> None:
    """Give a message up for good: it stays dead in the history and holds its lane no longer.

    A message that has been sent and holds its lane for the answer stays sent, and nobody waits for the answer any
    longer: it is not sent again for want of one. An answer that comes after all is still noted.

    Raises:
        UnknownMessageError: There is no such message.
        NotAllowedError: It is in flight, done, or has left its lane already.
    """
    entry = grasp_one(
        connection, message_id, verb="skip", allowed=_QUEUED | frozenset({State.DEAD, State.HELD, State.SENT})
    )
    change(connection, [entry], given_up(now))
    _record(connection, "skip", entry, by=by, reason=reason, now=now)


def given_up(now: datetime) -> dict[str, object]:
    """Return the new values of unfinished messages that are not in flight and that a person gives up."""
    state = tables.message.c.state
    return {
        "state": case((state == State.SENT, state), else_=literal(State.DEAD, state.type)),
        "retry_at": None,
        # Its followers go now: were it still waited for, it could be sent again behind them.
        "answer_due_at": None,
        "finished_at": now,
    }


def pause(connection: Connection, destination: str, *, by: str, reason: str, now: datetime) -> None:
    """Claim nothing more for a destination; what is in flight is finished. Pausing again keeps the first pause.

    The time of the pause does not count against the age of its messages.
    """
    destinations.pause(connection, destination, by=by, reason=reason, now=now)
    record(connection, "pause", by=by, reason=reason, now=now, destination=destination)


def resume(connection: Connection, destination: str, *, by: str, reason: str, now: datetime) -> None:
    """End a destination's pause, whoever has brought it about; without one nothing changes."""
    destinations.resume(connection, destination, now=now)
    wake(connection)
    record(connection, "resume", by=by, reason=reason, now=now, destination=destination)


def drain(connection: Connection, destination: str, *, by: str, reason: str, now: datetime) -> None:
    """Take nothing more in for a destination and deliver the rest; ``enqueue`` raises ``DestinationClosedError``."""
    destinations.drain(connection, destination, by=by, reason=reason, now=now)
    record(connection, "drain", by=by, reason=reason, now=now, destination=destination)


def reopen(connection: Connection, destination: str, *, by: str, reason: str, now: datetime) -> None:
    """Take messages in again for a drained destination; without a drain nothing changes."""
    destinations.reopen(connection, destination)
    record(connection, "reopen", by=by, reason=reason, now=now, destination=destination)


def stop(connection: Connection, *, by: str, reason: str, now: datetime) -> None:
    """Stop all claims everywhere; what is in flight is finished. Stopping again keeps the first stop."""
    table = tables.switch
    upsert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    connection.execute(
        upsert.on_conflict_do_nothing(index_elements=["name"]).values(
            name=tables.GLOBAL_STOP, set_at=now, set_by=by, reason=reason
        )
    )
    record(connection, "stop", by=by, reason=reason, now=now)


def start(connection: Connection, *, by: str, reason: str, now: datetime) -> None:
    """End the global stop; without one nothing changes.

    Raises:
        MovedAwayError: The stop is that of a queue that was moved.
    """
    refuse_moved(connection)
    connection.execute(delete(tables.switch).where(tables.switch.c.name == tables.GLOBAL_STOP))
    wake(connection)
    record(connection, "start", by=by, reason=reason, now=now)


def _record(connection: Connection, verb: str, entry: Entry, *, by: str, reason: str, now: datetime) -> None:
    record(connection, verb, by=by, reason=reason, now=now, destination=entry.destination, message_ids=[entry.id])
