"""Locked fields of a record that became another: the locks follow, so that no source writes over them."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select, update

from gateway.model.ids import SchoolId
from gateway.model.person_merge import MovedRow
from gateway.model.roster import Key, RecordKind
from gateway.storage.roster_keeping import record_name
from gateway.storage.tables.roster_keeping import roster_lock


class LockMoves:
    """The locks of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def fields(self, kind: RecordKind, key: Key) -> frozenset[str]:
        """Return the locked fields of a record."""
        statement = select(roster_lock.c.field).where(
            roster_lock.c.school_id == self._school,
            roster_lock.c.kind == kind.value,
            roster_lock.c.record == record_name(key),
        )
        return frozenset(self._connection.execute(statement).scalars())

    def follow(self, kind: RecordKind, old: Key, new: Key) -> Iterator[MovedRow]:
        """Let the locks of one record be another's, where that has none of its own on the field."""
        for name in sorted(self.fields(kind, old) - self.fields(kind, new)):
            is_it = (roster_lock.c.record == record_name(old)) & (roster_lock.c.field == name)
            self._connection.execute(
                update(roster_lock)
                .where(roster_lock.c.school_id == self._school, roster_lock.c.kind == kind.value, is_it)
                .values(record=record_name(new))
            )
            yield MovedRow(
                table=roster_lock.name,
                key=(kind.value, record_name(new), name),
                before={"record": record_name(old)},
                after={"record": record_name(new)},
            )
