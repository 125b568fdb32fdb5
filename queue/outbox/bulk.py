"""Many rows in one statement: what makes a batch of two hundred messages cost little more than one.

PostgreSQL takes every column as one array, sent in binary, and joins them; SQLite runs a prepared statement once a
row, which costs it no more. Statements are made once, when their module is loaded.
"""

# ruff: noqa: S608 -- statements are put together from words of the library's own; values are always parameters

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, Integer, LargeBinary, SmallInteger, String, Table

from outbox.tables import EPOCH, Moment, microseconds

_MICROSECOND = timedelta(microseconds=1)
_NAIVE = "the outbox stores aware times only, this one is naive"

_ARRAYS: dict[type[Any], str] = {
    Moment: "timestamptz",
    SmallInteger: "smallint",
    BigInteger: "bigint",
    Integer: "integer",
    LargeBinary: "bytea",
    String: "text",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class BulkStatement:
    """A statement that is given many rows at once.

    Attributes:
        postgresql: Takes the values that all rows share, then one array a column.
        sqlite: Takes one row, then the values that all rows share.
        moments: Which of a row's columns are times.
    """

    postgresql: str
    sqlite: str
    moments: frozenset[int]

    def run(self, connection: Connection, rows: Sequence[Sequence[Any]], *shared: Any) -> None:
        """Run it for these rows, whose values are in the order of the columns; enums as their values, times aware."""
        if not rows:
            return
        columns = [list(column) for column in zip(*rows, strict=True)]
        if connection.dialect.name == "postgresql":
            for place in self.moments:
                _refuse_naive(columns[place])
            connection.exec_driver_sql(self.postgresql, (*shared, *columns))
            return
        same = tuple(microseconds(value) if isinstance(value, datetime) else value for value in shared)
        for place in self.moments:
            columns[place] = _stored(columns[place])
        connection.exec_driver_sql(self.sqlite, [(*row, *same) for row in zip(*columns, strict=True)])


def bulk_update(
    table: Table, by: str, columns: Sequence[str], *, shared: Sequence[str] = (), also: str = ""
) -> BulkStatement:
    """Make an UPDATE of some columns of the rows that a key column names.

    Args:
        table: What to change.
        by: The key, the first value of every row.
        columns: What to set, the values after it.
        shared: What to set to the same value in all rows.
        also: Further assignments, in SQL.
    """
    names = (by, *columns)
    arrays = [*(f"{name} = given.{name}" for name in columns), also]
    same = [f"{name} = %b::{_array(table.c[name])}" for name in shared]
    single = [*(f"{name} = ?{place}" for place, name in enumerate((*columns, *shared), start=2)), also]
    return BulkStatement(
        postgresql=f"UPDATE {table.name} AS target SET {', '.join(filter(None, [*same, *arrays]))} "
        f"FROM {_unnest(table, names)} AS given ({', '.join(names)}) WHERE target.{by} = given.{by}",
        sqlite=f"UPDATE {table.name} SET {', '.join(filter(None, single))} WHERE {by} = ?1",
        moments=_moments(table, names),
    )


def bulk_insert(table: Table, *columns: str) -> BulkStatement:
    """Make an INSERT of some columns; the others get their defaults."""
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    return BulkStatement(
        postgresql=f"{into} SELECT * FROM {_unnest(table, columns)} AS given",
        sqlite=f"{into} VALUES ({', '.join('?' * len(columns))})",
        moments=_moments(table, columns),
    )


def listed(connection: Connection, numbers: Iterable[int]) -> str:
    """Return numbers as the one parameter ``:ids`` of a statement with ``LISTED`` or ``AMONG`` in it."""
    inside = ",".join(map(str, numbers))
    return f"{{{inside}}}" if connection.dialect.name == "postgresql" else f"[{inside}]"


LISTED = {
    "postgresql": "unnest(CAST(:ids AS bigint[])) AS listed (id)",
    "sqlite": "(SELECT value AS id FROM json_each(:ids)) AS listed",
}
"""By database: the numbers given as ``:ids`` as a table of one column ``id`` in a FROM clause."""

AMONG = {"postgresql": "= ANY (CAST(:ids AS bigint[]))", "sqlite": "IN (SELECT value FROM json_each(:ids))"}
"""By database: the condition that what stands before it is one of the numbers given as ``:ids``."""


def _unnest(table: Table, names: Sequence[str]) -> str:
    return f"unnest({', '.join(f'%b::{_array(table.c[name])}[]' for name in names)})"


def _array(column: Column[Any]) -> str:
    return next(word for kind, word in _ARRAYS.items() if isinstance(column.type, kind))


def _moments(table: Table, names: Sequence[str]) -> frozenset[int]:
    return frozenset(place for place, name in enumerate(names) if isinstance(table.c[name].type, Moment))


def _refuse_naive(column: Sequence[datetime | None]) -> None:
    # The driver would take it for a time in the zone of its session.
    if any(moment is not None and moment.tzinfo is None for moment in column):
        raise TypeError(_NAIVE)


def _stored(column: Sequence[datetime | None]) -> list[int | None]:
    # A naive time cannot be subtracted: TypeError here, too.
    return [None if moment is None else (moment - EPOCH) // _MICROSECOND for moment in column]
