"""Placing: what ``intake.py`` asks of a database to get messages into the tables. Each database has its module."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from outbox.errors import BACKLOG_FULL, DestinationClosedError
from outbox.lane import LaneKey
from outbox.message import LaneState, MessageId

Key = tuple[str, str]
"""A destination and an idempotency key."""


class Rows(NamedTuple):
    """What rows of a table consist of, in this order: the columns with PostgreSQL's names of their types."""

    table: str
    columns: Mapping[str, str]


MESSAGE = Rows(
    "outbox_message",
    {
        "seq": "int8",
        "id": "varchar",
        "lane": "int8",
        "destination": "varchar",
        "kind": "varchar",
        "content_type": "varchar",
        "ordering_key": "varchar",
        "idempotency_key": "varchar",
        "correlation": "varchar",
        "owner": "varchar",
        "subject": "varchar",
        "state_of": "varchar",
        "priority": "int2",
        "size": "int4",
        "digest": "bytea",
        "created_at": "timestamptz",
        "due_at": "timestamptz",
        "expires_at": "timestamptz",
        "state": "varchar",
        "retry_at": "timestamptz",
        "finished_at": "timestamptz",
        "attempts": "int4",
        "budget_used": "int4",
        "budget_away": "int8",
    },
)
"""A new message."""

LANE = Rows(
    "outbox_lane",
    {
        "id": "int8",
        "destination": "varchar",
        "key": "varchar",
        "state": "varchar",
        "head": "int8",
        "priority": "int2",
        "wake_at": "timestamptz",
        "fence": "int8",
    },
)
"""A new lane."""

PAYLOAD = Rows("outbox_payload", {"message": "int8", "bytes": "bytea"})
"""Its payload."""


class NewLane(NamedTuple):
    """A lane as it shall be if there is none yet or nothing is in it.

    Attributes:
        key: Which lane.
        number: Of the head, after which the lane is numbered.
        state: Of its head.
        priority: Of its head.
        wake_at: When a worker should look.
        size: How many messages come into it.
    """

    key: LaneKey
    number: int
    state: LaneState
    priority: int
    wake_at: datetime
    size: int


class Place(NamedTuple):
    """A lane that was there before: locked until the end of the transaction.

    Attributes:
        id: Its number.
        numbers: For the messages that come into it, the head's first, where new ones had to be drawn; else empty.
        state: What it is now. A lane that was empty has become what ``NewLane`` says.
        head: Its first unfinished message; None where it is empty still because it is paused.
    """

    id: int
    numbers: Sequence[int]
    state: LaneState
    head: int | None


class Placing(ABC):
    """What intake asks of a database, within the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @abstractmethod
    def moment(self, moment: datetime) -> Any:
        """Return a moment as this database takes it."""

    @abstractmethod
    def admit(self, destinations: Collection[str], count: int) -> Sequence[int]:
        """Return so many new numbers, ascending, if all these destinations take messages in.

        Raises:
            DestinationClosedError: One does not, or none does because the queue was moved away.
        """

    @abstractmethod
    def enter_keys(self, keys: Mapping[Key, MessageId], now: datetime) -> dict[Key, MessageId]:
        """Reserve idempotency keys and return under which message ids they are known now."""

    @abstractmethod
    def enter_lanes(self, lanes: Sequence[NewLane]) -> dict[LaneKey, Place]:
        """Lock these lanes, inserting those that are missing, and return those that were there."""

    @abstractmethod
    def supersede(self, states: Sequence[tuple[int, str]], now: datetime) -> set[int]:
        """Finish the waiting messages of these lanes with these ``state_of`` and return their numbers."""

    @abstractmethod
    def insert(self, into: Rows, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows whose values this database takes as they are."""

    @abstractmethod
    def wake(self) -> None:
        """Tell the workers, once the transaction is committed, that something is ready."""

    def insert_lanes(self, lanes: Sequence[NewLane]) -> None:
        """Insert lanes that nobody else can know of."""
        rows = [
            (lane.number, *lane.key, lane.state.value, lane.number, lane.priority, self.moment(lane.wake_at), 0)
            for lane in lanes
        ]
        if rows:
            self.insert(LANE, rows)

    def _all(self, statement: str, parameters: Mapping[str, Any]) -> Sequence[Any]:
        return self._connection.exec_driver_sql(statement, dict(parameters)).all()


def closed(row: Any) -> DestinationClosedError:
    """Say of a closed destination's row why it takes nothing in."""
    if row.drained_at is not None:
        return DestinationClosedError(row.name, row.drained_reason, by=row.drained_by)
    return DestinationClosedError(row.name, BACKLOG_FULL)
