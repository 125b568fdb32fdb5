"""Who names records of the roster from outside of it: journal, groups, consents, accounts, archive.

Which columns of the journal name them is told by the shapes of its records; the few other tables are listed here.
Audit and the log of looks name them, too, and do not count: they tell of what was, and keep telling it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Connection, select

from gateway.model.ids import SchoolId
from gateway.model.record_shape import RosterKind
from gateway.model.roster import Key, RecordKind
from gateway.storage.chunks import chunks_of
from gateway.storage.journal_rows import TABLES
from gateway.storage.record_links import links_to
from gateway.storage.tables.access import console_user, portal_subscription
from gateway.storage.tables.documents import archive_entry
from gateway.storage.tables.journal import absence, lesson, mark
from gateway.storage.tables.people import consent
from gateway.storage.tables.runs import comparison
from gateway.storage.tables.school import group_member

_KINDS: Mapping[RecordKind, RosterKind] = {
    RecordKind.PUPIL: RosterKind.PUPILS,
    RecordKind.GUARDIAN: RosterKind.GUARDIANS,
    RecordKind.STAFF: RosterKind.STAFF,
    RecordKind.CLASS: RosterKind.CLASSES,
}

_BESIDES: Mapping[RecordKind, tuple[Column[str], ...]] = {
    RecordKind.PUPIL: (portal_subscription.c.pupil_id, group_member.c.pupil_id),
    RecordKind.GUARDIAN: (portal_subscription.c.guardian_id,),
    RecordKind.STAFF: (console_user.c.staff_id,),
    RecordKind.CLASS: (archive_entry.c.class_id, comparison.c.class_id),
}
"""Columns of tables that hold no records of the journal."""


class SqlReferrers:
    """What names records of one school's roster."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def referred(self, records: Mapping[RecordKind, Collection[Key]]) -> dict[RecordKind, set[Key]]:
        """Return those of the records, by kind and key, that something outside the roster names.

        A guardianship is named by a consent or a subscription of its two people, an enrolment by a mark or an absence
        of the pupil in a lesson of the class.
        """
        found: dict[RecordKind, set[Key]] = {}
        for kind, keys in records.items():
            match kind:
                case RecordKind.GUARDIANSHIP:
                    found[kind] = self._pairs(keys)
                case RecordKind.ENROLLMENT:
                    found[kind] = self._taught(keys)
                case _:
                    found[kind] = {(one,) for one in self._named(kind, {key[0] for key in keys})}
        return found

    def _named(self, kind: RecordKind, ids: Collection[str]) -> set[str]:
        named: set[str] = set()
        for home in TABLES.values():
            for column in home.columns.values():
                if links_to(column.field, _KINDS[kind]):
                    stored = home.table.c[column.name]
                    named |= self._in_json(stored, ids) if column.is_json else self._in(stored, ids)
        for stored in _BESIDES[kind]:
            named |= self._in(stored, ids)
        return named

    def _in(self, stored: Column[Any], ids: Collection[str]) -> set[str]:
        found: set[str] = set()
        for some in chunks_of(ids):
            statement = select(stored).where(stored.table.c.school_id == self._school, stored.in_(some)).distinct()
            found.update(self._connection.execute(statement).scalars())
        return found

    def _in_json(self, stored: Column[Any], ids: Collection[str]) -> set[str]:
        """Look through all: databases do not agree on how to look into JSON."""
        statement = select(stored).where(stored.table.c.school_id == self._school)
        wanted = set(ids)
        return {text for value in self._connection.execute(statement).scalars() for text in _texts(value)} & wanted

    def _pairs(self, keys: Collection[Key]) -> set[Key]:
        found: set[Key] = set()
        for table in (consent, portal_subscription):
            for some in chunks_of(key[0] for key in keys):
                statement = select(table.c.guardian_id, table.c.pupil_id).where(
                    table.c.school_id == self._school, table.c.guardian_id.in_(some)
                )
                found.update((row.guardian_id, row.pupil_id) for row in self._connection.execute(statement))
        return found & set(keys)

    def _taught(self, keys: Collection[Key]) -> set[Key]:
        found: set[tuple[str, str]] = set()
        for table in (mark, absence):
            for some in chunks_of(key[0] for key in keys):
                in_lesson = (lesson.c.school_id == table.c.school_id) & (lesson.c.id == table.c.lesson_id)
                statement = (
                    select(table.c.pupil_id, lesson.c.class_id)
                    .join(lesson, in_lesson)
                    .where(table.c.school_id == self._school, table.c.pupil_id.in_(some))
                    .distinct()
                )
                found.update((row.pupil_id, row.class_id) for row in self._connection.execute(statement))
        return {key for key in keys if key[:2] in found}


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value."""
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _texts(one)
        case dict():
            for one in value.values():
                yield from _texts(one)
