"""The very rows that the outbox writes when it enqueues, written into its own empty tables by nothing but the driver.

What stands between this and the outbox is the outbox's own work; what stands between this and ``Unordered`` of the
other bounds is the price of three rows a message with their indices in place of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from queue_outbox import open_engine

from outbox import tables
from outbox.migrations import migrate

_TABLES = (tables.lane.name, tables.message.name, tables.payload.name)
_OF_MESSAGE = {tables.lane.name: "head", tables.message.name: "seq", tables.payload.name: "message"}


class Rows:
    """``source``: the address of an outbox in which each message was enqueued into a lane of its own."""

    def __init__(self, address: str, *, source: str) -> None:
        self._engine = open_engine(address)
        with open_engine(source).connect() as connection:
            self._rows = {
                name: iter(connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY {_OF_MESSAGE[name]}").all())  # noqa: S608
                for name in _TABLES
            }

    def prepare(self) -> None:
        migrate(self._engine)

    def enqueue(self, payloads: Sequence[str]) -> None:
        """Write the rows of the next so many messages; what the payloads say does not matter."""
        with self._engine.begin() as connection:
            cursor = connection.connection.cursor()
            for name in _TABLES:
                rows: list[Any] = [tuple(row) for row in islice(self._rows[name], len(payloads))]
                if self._engine.dialect.name == "postgresql":
                    with cursor.copy(f"COPY {name} FROM STDIN") as copy:
                        for row in rows:
                            copy.write_row(row)
                else:
                    marks = ", ".join("?" * len(rows[0]))
                    cursor.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)  # noqa: S608
