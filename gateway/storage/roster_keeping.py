"""Absences and locked fields of a school's roster in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from gateway.model.ids import SchoolId
from gateway.model.roster import Key, RecordKind
from gateway.model.roster_ladder import Absence
from gateway.model.roster_locks import FieldLock
from gateway.storage.bulk import put_rows
from gateway.storage.tables.roster_keeping import roster_absence, roster_lock

_BETWEEN = "/"
"""Between the parts of a key: our ids and days do not hold it."""


class SqlRosterAbsences:
    """Records of one school that its sources no longer tell of."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def all(self, *, source: str | None = None) -> Sequence[Absence]:
        """Return the absences, the oldest first; those of one source, or of all."""
        columns = roster_absence.c
        statement = (
            select(roster_absence)
            .where(columns.school_id == self._school)
            .order_by(columns.since, columns.source, columns.kind, columns.record)
        )
        if source is not None:
            statement = statement.where(columns.source == source)
        return [
            Absence(
                source=row["source"],
                kind=RecordKind(row["kind"]),
                key=_key(row["record"]),
                since=row["since"],
                times=row["times"],
                suspended_on=row["suspended_on"],
            )
            for row in self._connection.execute(statement).mappings()
        ]

    def keep(self, source: str, absences: Iterable[Absence]) -> None:
        """Keep these absences of a source instead of those it had; only what differs is written."""
        held = {one.place: one for one in self.all(source=source)}
        kept = {one.place: one for one in absences}
        self._remove(source, [place for place in held if place not in kept])
        rows = [self._row(one) for place, one in kept.items() if held.get(place) != one]
        if rows:
            put_rows(self._connection, roster_absence, rows)

    def _remove(self, source: str, places: Sequence[tuple[RecordKind, Key]]) -> None:
        if not places:
            return
        statement = delete(roster_absence).where(
            roster_absence.c.school_id == self._school,
            roster_absence.c.source == source,
            roster_absence.c.kind == bindparam("of_kind"),
            roster_absence.c.record == bindparam("of_record"),
        )
        self._connection.execute(
            statement, [{"of_kind": kind.value, "of_record": record_name(key)} for kind, key in places]
        )

    def _row(self, one: Absence) -> dict[str, Any]:
        return {
            "school_id": self._school,
            "source": one.source,
            "kind": one.kind.value,
            "record": record_name(one.key),
            "since": one.since,
            "times": one.times,
            "suspended_on": one.suspended_on,
        }


class SqlRosterLocks:
    """Fields of one school's roster whose values are the school's."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def all(self) -> Sequence[FieldLock]:
        """Return the locks by kind, key and field."""
        columns = roster_lock.c
        statement = (
            select(roster_lock)
            .where(columns.school_id == self._school)
            .order_by(columns.kind, columns.record, columns.field)
        )
        return [
            FieldLock(
                kind=RecordKind(row["kind"]),
                key=_key(row["record"]),
                field=row["field"],
                locked_at=row["locked_at"],
                locked_by=row["locked_by"],
                reason=row["reason"],
            )
            for row in self._connection.execute(statement).mappings()
        ]

    def put(self, lock: FieldLock) -> None:
        """Lock a field; a lock that is there already is replaced."""
        self.remove(lock.kind, lock.key, lock.field)
        self._connection.execute(
            insert(roster_lock).values(
                school_id=self._school,
                kind=lock.kind.value,
                record=record_name(lock.key),
                field=lock.field,
                locked_at=lock.locked_at,
                locked_by=lock.locked_by,
                reason=lock.reason,
            )
        )

    def remove(self, kind: RecordKind, key: Key, name: str) -> bool:
        """Give a field free; ``False`` if it was not locked."""
        columns = roster_lock.c
        removed = self._connection.execute(
            delete(roster_lock).where(
                columns.school_id == self._school,
                columns.kind == kind.value,
                columns.record == record_name(key),
                columns.field == name,
            )
        )
        return removed.rowcount > 0


def record_name(key: Key) -> str:
    """Return a key as one text."""
    return _BETWEEN.join(key)


def _key(text: str) -> Key:
    return tuple(text.split(_BETWEEN))
