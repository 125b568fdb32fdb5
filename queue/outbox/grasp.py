"""Taking messages in hand to change them outside a worker: their lanes held first, what they are read afterwards.

Read before the lane is held, a state may be another one by the time it is acted upon.
"""

from collections.abc import Collection, Sequence

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    TextClause,
    and_,
    bindparam,
    case,
    literal,
    select,
    text,
    update,
)

from outbox import rows, tables
from outbox.bulk import AMONG, listed
from outbox.errors import NotAllowedError, UnknownMessageError
from outbox.lane import follow, hold_lanes
from outbox.message import Entry, MessageId, State
from outbox.placing import Placing
from outbox.placing_postgresql import OnPostgresql
from outbox.placing_sqlite import OnSqlite

_message = tables.message.c

ANEW: dict[str, object] = {
    "state": case(
        (
            and_(_message.state == State.HELD, _message.retry_at.is_not(None)),
            literal(State.WAITING, _message.state.type),
        ),
        else_=literal(State.READY, _message.state.type),
    ),
    "retry_at": case((_message.state == State.HELD, _message.retry_at)),
    "budget_used": 0,
    "budget_since": None,
    "budget_away": 0,
    "answer_due_at": None,
    "answered_at": None,
    "acceptance": None,
}
"""What makes a message go again with a fresh retry budget: at once, or when its time comes, where it was held before
that. Its history stays."""


def among(connection: Connection, column: Column[int], numbers: Collection[int]) -> TextClause:
    """Return the condition that a column is one of any number of numbers: one parameter, however many they are."""
    condition = f"{column.table.name}.{column.name} {AMONG[connection.dialect.name]}"
    return text(condition).bindparams(ids=listed(connection, numbers))


def grasp(connection: Connection, seqs: Collection[int]) -> list[Entry]:
    """Hold the lanes of these messages, then the messages, until the end of the transaction; return what they are.

    Lanes come first and in the order of their numbers, as everywhere. A message that has left its lane, which may be
    gone, is held by its own row. Unknown numbers are left out; the order is that of enqueueing.
    """
    if not seqs:
        return []
    table = tables.message
    these = among(connection, table.c.seq, seqs)
    lanes = set(connection.execute(select(table.c.lane).where(these)).scalars())
    while True:
        hold_lanes(connection, lanes)
        found = connection.execute(
            select(*rows.ENTRY)
            .select_from(rows.ENTRY_SOURCE)
            .where(these)
            .order_by(table.c.seq)
            .with_for_update(of=table)
        )
        entries = [rows.entry(row) for row in found]
        moved = {entry.lane for entry in entries} - lanes
        if not moved:
            return entries
        # Between the two looks a message was given a lane of its own (``answers.py``). The lanes held before stay among
        # those looked for: others of these messages may still be in them.
        lanes |= moved


def grasp_one(connection: Connection, message_id: MessageId, *, verb: str, allowed: Collection[State]) -> Entry:
    """Take one unfinished message in hand that is in one of these states.

    Raises:
        UnknownMessageError: There is no such message.
        NotAllowedError: It is finished or in another state; in flight counts as leased.
    """
    table = tables.message
    seq = connection.execute(select(table.c.seq).where(table.c.id == message_id)).scalar_one_or_none()
    # Between the two looks a purge may have taken it.
    entries = [] if seq is None else grasp(connection, [seq])
    if not entries:
        raise UnknownMessageError(message_id)
    [entry] = entries
    if entry.state not in allowed or entry.finished_at is not None:
        state = f"{entry.state} and finished" if entry.finished_at is not None else str(entry.state)
        raise NotAllowedError(verb, message_id, state, wanted=" or ".join(sorted(allowed)))
    return entry


def change(connection: Connection, entries: Sequence[Entry], values: dict[str, object]) -> None:
    """Write the same new values to messages in hand and let their lanes follow."""
    if not entries:
        return
    these = among(connection, tables.message.c.seq, [entry.seq for entry in entries])
    connection.execute(update(tables.message).where(these).values(values))
    let_go(connection, {entry.lane for entry in entries})


def let_go(connection: Connection, lanes: Collection[int]) -> None:
    """Let lanes in hand follow their heads, and tell the workers that there may be something to do."""
    if lanes:
        follow(connection, lanes)
        wake(connection)


def wake(connection: Connection) -> None:
    """Tell the workers, once the transaction is committed, that there may be something to do."""
    _placing(connection).wake()


def new_numbers(connection: Connection, count: int) -> Sequence[int]:
    """Draw numbers for lanes, ascending, from where messages and lanes have theirs."""
    return _placing(connection).admit((), count)


def stuck(*states: State) -> list[ColumnElement[bool]]:
    """Return the conditions for unfinished messages that are dead or held: those that wait for a person.

    The condition of ``ix_outbox_message_stuck`` is repeated word for word: SQLite, and PostgreSQL with a prepared
    statement, use a partial index only where its condition stands in the query as it is.
    """
    table = tables.message
    both: BindParameter[State] = bindparam("stuck", [State.DEAD, State.HELD], expanding=True, literal_execute=True)
    conditions: list[ColumnElement[bool]] = [table.c.finished_at.is_(None), table.c.state.in_(both)]
    return [*conditions, table.c.state.in_(states)] if states else conditions


def _placing(connection: Connection) -> Placing:
    return (OnPostgresql if connection.dialect.name == "postgresql" else OnSqlite)(connection)
