"""Moving: the whole queue from one database to another without loss, from SQLite to PostgreSQL, back, or to the same.

Everything moves as it is: numbers, ids, states, attempts, receipts, keys, decisions, fencing numbers. So lanes go on in
their order, a repeated idempotency key is still recognised, and a worker that was at work on the old database can
settle nothing on the new one.

Both databases are locked against writers from the first row to the end. What is written is compared, row by row, with
what was read before anything is committed. The old database is committed first, stopped and closed for producers, and
the new one after it: whenever the process is killed, at most one of the two can be worked on, and the old one has
everything until the new one has. Where only the old one was committed, the same move can be made again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Connection,
    Engine,
    Select,
    Table,
    func,
    insert,
    literal_column,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from outbox import tables
from outbox.decisions import record
from outbox.errors import OutboxError
from outbox.message import LaneState
from outbox.migrations import check
from outbox.policy import Policies
from outbox.rows import AnyRow
from outbox.settling import reclaim
from outbox.sqlite import reading

MOVED_TABLES = (
    tables.destination,
    tables.key,
    tables.lane,
    tables.message,
    tables.payload,
    tables.attempt,
    tables.answer,
    tables.schedule,
    tables.decision,
)
"""What is moved, in the order in which producers and workers take locks. The switch stays: the new one may run."""

_COUNTER = "seq"
"""Under which name intake counts on SQLite."""

_SAME = "source and target are the same database"
_MOVE = 1_869_968_483
"""Which advisory locks are those of moves."""

_PATIENCE = timedelta(seconds=30)
"""How long to wait for transactions that are open in either database. Everybody else waits behind us meanwhile."""

_LOCK_NOT_AVAILABLE = "55P03"
_SHOWN = frozenset({"host", "hostaddr", "port", "dbname", "user", "service"})

_PAGE = 1000
# A payload may have many megabytes, and a page of rows is in memory at once.
_PAGES = {tables.payload: 20}


class MoveRefusedError(OutboxError):
    """The queue cannot be moved as things are; the message says what has to be done first.

    Nothing was changed, except that leases which had run out may have been taken back, as any worker would have done.
    """


class MoveFailedError(OutboxError):
    """What was written is not what was read. Nothing was committed; one of the databases does not keep its data."""

    def __init__(self, table: str, *, read: int, written: int) -> None:
        super().__init__(f"{table}: read {read} rows, found {written} after writing, or their contents differ")
        self.table = table
        self.read = read
        self.written = written


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """What was moved.

    Attributes:
        rows: How many rows of each table.
        digests: SHA-256 over each table's rows in the order of the primary key, in hexadecimal: the same for both
            databases.
        next_number: What the next message or lane gets, on the new database as it would have on the old one.
    """

    rows: Mapping[str, int]
    digests: Mapping[str, str] = field(repr=False)
    next_number: int


def move(
    source: Engine,
    target: Engine,
    *,
    policies: Policies,
    by: str,
    reason: str,
    now: datetime,
    random: Callable[[], float],
    progress: Callable[[str, int], None] | None = None,
) -> Moved:
    """Move the queue.

    The source must be stopped (``stop``) and its workers must have finished; leases that have run out are taken back
    as usual. The target must be migrated and empty. Stop the producers as well: while the move runs they wait for a
    lock (on SQLite at most its busy timeout), and afterwards the source refuses what they bring.

    Afterwards the source has everything still, and its stop says where it went. The target is not stopped.

    Args:
        source: The old database.
        target: The new one.
        policies: Of every destination that may have a lease that has run out.
        by: Who decided; written down in both databases.
        reason: Why.
        now: The present.
        random: Gives a number in [0, 1), for the delays of messages that are taken back.
        progress: Called after each page with the table's name and the number of rows so far.

    Raises:
        MoveRefusedError: The source runs or is at work, the target is not empty, or both are one.
        MoveFailedError: What was written is not what was read.
        SchemaMismatchError: One of them is not at this version's revision.
    """
    check(source)
    check(target)
    if source.url == target.url or (_file(source) is not None and _file(source) == _file(target)):
        raise MoveRefusedError(_SAME)
    with source.begin() as connection:
        _refuse_running(connection)
    _take_back(source, policies, now=now, random=random)
    # Left in the opposite order: the source is committed first.
    with target.begin() as new, source.begin() as old:
        _refuse_one(old, new)
        _lock(old, "source")
        _lock(new, "target")
        _refuse_running(old)
        _refuse_leased(old)
        _refuse_filled(new)
        record(old, "move", by=by, reason=reason, now=now)
        rows: dict[str, int] = {}
        digests: dict[str, str] = {}
        for table in MOVED_TABLES:
            rows[table.name], digests[table.name] = _copy(old, new, table, progress or _silent)
        number = _next_number(old)
        _set_numbers(new, number)
        _close(old, _shown(target.url), by=by, now=now)
    return Moved(rows=rows, digests=digests, next_number=number)


def _take_back(source: Engine, policies: Policies, *, now: datetime, random: Callable[[], float]) -> None:
    """End the leases that have run out, so that nobody can settle on the source any more."""
    while True:
        with source.begin() as connection:
            if not reclaim(connection, policies=policies, now=now, random=random):
                return


def _file(engine: Engine) -> Path | None:
    """Return the one true path of an SQLite file, by whatever path it is opened."""
    if engine.dialect.name != "sqlite":
        return None
    with reading(engine).connect() as connection:
        path = connection.exec_driver_sql("SELECT file FROM pragma_database_list WHERE name = 'main'").scalar_one()
    return Path(path).resolve() if path else None


def _refuse_one(source: Connection, target: Connection) -> None:
    """Refuse to wait for our own locks: one PostgreSQL database has many addresses.

    An advisory lock is one for the whole database; its number is that of a table, so that two schemas are two queues.
    """
    if not source.dialect.name == target.dialect.name == "postgresql":
        return
    lane = f"CAST(CAST(CAST('{tables.lane.name}' AS regclass) AS oid) AS bigint)"
    take = text(f"SELECT pg_try_advisory_xact_lock((CAST({_MOVE} AS bigint) << 32) | {lane})")
    if not source.execute(take).scalar_one():
        raise MoveRefusedError("another move from or to the source is under way")
    if not target.execute(take).scalar_one():
        raise MoveRefusedError(f"{_SAME}, or another move from or to the target is under way")


def _lock(connection: Connection, which: str) -> None:
    """Let nobody else write until the end; SQLite's BEGIN IMMEDIATE has seen to it already."""
    if connection.dialect.name != "postgresql":
        return
    first, *others = (table.name for table in MOVED_TABLES)
    patience = _PATIENCE // timedelta(milliseconds=1)
    connection.execute(text(f"SET LOCAL lock_timeout = {patience}"))
    try:
        # Producers look at their destinations first. With this lock there is none that has looked and not yet written.
        connection.execute(text(f"LOCK TABLE {first} IN ACCESS EXCLUSIVE MODE"))
        connection.execute(text(f"LOCK TABLE {', '.join(others)} IN EXCLUSIVE MODE"))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise MoveRefusedError(
            f"in the {which} a transaction has been open for more than {_PATIENCE.total_seconds():g} s: "
            "end whatever is at work there"
        ) from error


def _shown(url: URL) -> str:
    """Return an address as people may see it: drivers take passwords among the options, too."""
    options = {name: value for name, value in url.query.items() if name in _SHOWN}
    return url.set(password=None, query=options).render_as_string()


def _refuse_running(source: Connection) -> None:
    switch = tables.switch
    if source.execute(select(switch.c.name).where(switch.c.name == tables.GLOBAL_STOP)).first() is None:
        raise MoveRefusedError("the source is not stopped: stop it and let its workers finish")


def _refuse_leased(source: Connection) -> None:
    lane = tables.lane
    leased = source.execute(
        select(
            lane.c.lease_owner,
            func.count().label("lanes"),
            func.max(lane.c.lease_until, type_=lane.c.lease_until.type).label("until"),
        )
        .where(lane.c.state == LaneState.LEASED)
        .group_by(lane.c.lease_owner)
        .order_by(lane.c.lease_owner)
    ).all()
    if leased:
        whose = ", ".join(f"{row.lease_owner} ({row.lanes}, until {row.until:%Y-%m-%d %H:%M:%S %Z})" for row in leased)
        raise MoveRefusedError(f"lanes of the source are leased still: {whose}. Wait until the workers have finished")


def _refuse_filled(target: Connection) -> None:
    filled = [table.name for table in MOVED_TABLES if target.execute(select(table).limit(1)).first() is not None]
    if filled:
        raise MoveRefusedError(
            f"the target is not empty: there are rows in {', '.join(filled)}. If an earlier move was cut off after it "
            "had filled the target, the target has everything and the source is closed: use the target"
        )


def _copy(old: Connection, new: Connection, table: Table, tell: Callable[[str, int], None]) -> tuple[int, str]:
    """Copy a table and read it back; return the number of rows and the hash over them."""
    with closing(_Reading(old, table, tell)) as read:
        if new.dialect.name == "postgresql":
            _copy_into(new, table, read)
        else:
            for page in read.pages():
                new.execute(insert(table), [dict(row._mapping) for row in page])  # noqa: SLF001 -- public in SQLAlchemy
    with closing(_Reading(new, table, _silent)) as written:
        for _ in written.pages():
            pass
    if (read.count, read.digest.digest()) != (written.count, written.digest.digest()):
        raise MoveFailedError(table.name, read=read.count, written=written.count)
    return read.count, read.digest.hexdigest()


class _Reading:
    """A table read page by page in the order of its primary key, counted and hashed on the way.

    Args:
        connection: Where.
        table: Which.
        tell: Called with the table's name and the number of rows so far.
    """

    def __init__(self, connection: Connection, table: Table, tell: Callable[[str, int], None]) -> None:
        self._rows = connection.execute(
            select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_PAGES.get(table, _PAGE))
        )
        self._table = table
        self._tell = tell
        self.count = 0
        self.digest = sha256()

    def pages(self) -> Iterator[Sequence[AnyRow]]:
        """Yield the rows; the values are those of Python, the same from both databases."""
        for page in self._rows.partitions():
            for row in page:
                self.digest.update(repr(tuple(row)).encode())
            self.count += len(page)
            self._tell(self._table.name, self.count)
            yield page

    def close(self) -> None:
        """Give up what is not read yet."""
        self._rows.close()


def _copy_into(connection: Connection, table: Table, read: _Reading) -> None:
    """Write rows by COPY, the fastest way into PostgreSQL."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for page in read.pages():
            for row in page:
                copy.write_row([value.value if isinstance(value, Enum) else value for value in row])


def _next_number(connection: Connection) -> int:
    """Return the number that the next message or lane would get."""
    lane, message = tables.lane, tables.message
    if connection.dialect.name == "postgresql":
        # A sequence that was set and not used since holds the number that comes next.
        last = literal_column("last_value - CASE WHEN is_called THEN 0 ELSE 1 END", BigInteger)
        given: Select[Any] = select(last.label("number")).select_from(text(tables.sequence.name))
    else:
        given = select((tables.counter.c.next - 1).label("number"))
    numbers = union_all(given, select(func.max(message.c.seq)), select(func.max(lane.c.id))).subquery()
    return int(connection.execute(select(func.coalesce(func.max(numbers.c.number), 0) + 1)).scalar_one())


def _set_numbers(connection: Connection, number: int) -> None:
    """Let the next message or lane, and the next decision, have a number that was never given."""
    if connection.dialect.name == "postgresql":
        highest = select(func.max(tables.decision.c.seq)).scalar_subquery()
        decisions = func.pg_get_serial_sequence(tables.decision.name, tables.decision.c.seq.name)
        connection.execute(select(func.setval(tables.sequence.name, number, False), func.setval(decisions, highest)))  # noqa: FBT003 -- PostgreSQL's own arguments
    else:
        counter = sqlite.insert(tables.counter).values(name=_COUNTER, next=number)
        connection.execute(counter.on_conflict_do_update(index_elements=["name"], set_={"next": number}))


def _close(source: Connection, where: str, *, by: str, now: datetime) -> None:
    """Say on the source where everything went; it can neither be started again nor take anything in."""
    said = f"moved to {where}"
    switch = tables.switch
    source.execute(update(switch).where(switch.c.name == tables.GLOBAL_STOP).values(set_at=now, set_by=by, reason=said))
    sign = (postgresql if source.dialect.name == "postgresql" else sqlite).insert(switch)
    source.execute(
        sign.values(name=tables.MOVED, set_at=now, set_by=by, reason=said).on_conflict_do_update(
            index_elements=["name"], set_={"set_at": now, "set_by": by, "reason": said}
        )
    )


def _silent(_table: str, _rows: int) -> None:
    """Tell nobody."""
