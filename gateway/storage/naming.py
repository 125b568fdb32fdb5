"""The records that name another one: which columns do is told by the shapes of the records."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection, or_, select

from gateway.model.journal_records import RecordKind
from gateway.storage.journal_rows import TABLES, RecordTable
from gateway.storage.record_links import links_of, links_to
from gateway.storage.stored_rows import StoredRows


def records_naming(
    connection: Connection, rows: StoredRows, kind: RecordKind, name: str, kinds: Collection[RecordKind]
) -> Iterator[tuple[RecordKind, Any]]:
    """Yield the records of some kinds that link to the record of a kind with an id, each with its kind."""
    for home in TABLES.values():
        if home.kind in kinds and any(links_to(column.field, kind) for column in home.columns.values()):
            yield from (
                (home.kind, record)
                for record in _may_name(connection, rows, home, kind, name)
                if any(linked is kind and name in ids for linked, ids in links_of(home.kind)(record))
            )


def _may_name(
    connection: Connection, rows: StoredRows, home: RecordTable[Any], kind: RecordKind, name: str
) -> Iterator[Any]:
    """Yield the records that name it; where links are in JSON all, as databases do not agree on how to look into it."""
    links = [column for column in home.columns.values() if links_to(column.field, kind)]
    statement = select(home.table).where(home.table.c.school_id == rows.school)
    if not any(column.is_json for column in links):
        statement = statement.where(or_(*(home.table.c[column.name] == name for column in links)))
    for row in connection.execute(statement).mappings().all():
        yield rows.read(home.kind, row).record
