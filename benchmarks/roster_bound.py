"""The bare bound of a roster: the rows that a sync has written, by ``COPY`` into staging and one ``MERGE`` a table.

Rows of the roster's own tables, of links, movement book, audit chain, of the records as they came and of the plan: from
lists of Python tuples, in one transaction a school, into empty tables of the same shape with the same indices.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, Table

from gateway.model.ids import SchoolId
from gateway.storage.roster_rows import RECORD_TABLES
from gateway.storage.tables.audit import audit_entry
from gateway.storage.tables.people import movement, roster_plan
from gateway.storage.tables.roster_links import roster_link
from gateway.storage.tables.roster_runs import roster_received, roster_run

WRITTEN = (
    *(record.table for record in RECORD_TABLES.values()),
    roster_link,
    movement,
    audit_entry,
    roster_received,
    roster_plan,
    roster_run,
)

Rows = Mapping[str, list[tuple[Any, ...]]]


def rows_of(source: Engine, school: SchoolId) -> Rows:
    """Return all rows of a school by table, as the driver gives them; JSON as the text it came as."""
    with source.connect() as connection:
        return {
            table.name: [
                tuple(map(_as_sent, row))
                for row in connection.exec_driver_sql(
                    f"SELECT {_columns(table)} FROM {table.name} WHERE school_id = '{school}'"  # noqa: S608
                )
            ]
            for table in WRITTEN
        }


def merge(target: Engine, rows: Rows) -> float:
    """Write the rows; return the seconds until they were committed."""
    started = time.perf_counter()
    with target.begin() as connection:
        for table in WRITTEN:
            if rows[table.name]:
                _merge(connection.connection, table, rows[table.name])
    return time.perf_counter() - started


def _merge(driver: Any, table: Table, rows: list[tuple[Any, ...]]) -> None:
    key = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in key]
    cursor = driver.cursor()
    cursor.execute(f"CREATE TEMPORARY TABLE staging_{table.name} (LIKE {table.name}) ON COMMIT DROP")
    with cursor.copy(f"COPY staging_{table.name} ({_columns(table)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute(
        f"MERGE INTO {table.name} AS held USING staging_{table.name} AS said"  # noqa: S608  names of our own tables
        f" ON {' AND '.join(f'held.{name} = said.{name}' for name in key)}"
        f" WHEN MATCHED THEN UPDATE SET {', '.join(f'{name} = said.{name}' for name in others)}"
        f" WHEN NOT MATCHED THEN INSERT ({_columns(table)})"
        f" VALUES ({', '.join(f'said.{column.name}' for column in table.columns)})"
    )


def _columns(table: Table) -> str:
    return ", ".join(column.name for column in table.columns)


def _as_sent(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
