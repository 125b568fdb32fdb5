"""Looking around in the journal (port `gateway.ports.record_browser`)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, false, func, literal, or_, select, true, tuple_

from gateway.model.ids import SchoolId, StaffId
from gateway.model.journal_records import KEYS, Record, RecordKey, RecordKind, Stored
from gateway.model.people import PersonName
from gateway.model.record_shape import FieldType, Linked, RosterKind
from gateway.ports.record_browser import OwnClass, RecordSearch
from gateway.storage.chunks import CHUNK, chunks_of
from gateway.storage.journal_rows import TABLES, RecordTable
from gateway.storage.records import conditions_of, key_values
from gateway.storage.sealing import NO_KEY, Sealer
from gateway.storage.stored_rows import StoredRows
from gateway.storage.tables.people import enrollment, guardian, pupil, staff
from gateway.storage.tables.records import RecordColumn
from gateway.storage.tables.school import school_class

_PEOPLE: Mapping[RosterKind, Table] = MappingProxyType(
    {RosterKind.PUPILS: pupil, RosterKind.GUARDIANS: guardian, RosterKind.STAFF: staff}
)

_NAMED = tuple(kind for kind in RecordKind if KEYS[kind] == ("id",) and "name" in TABLES[kind].table.c)
"""Kinds whose records have a name by which people look for what links to them."""

_NOTHING: Mapping[Linked, frozenset[str]] = MappingProxyType({})


class SqlRecordBrowser:
    """The records of one school, as people look for them."""

    def __init__(self, connection: Connection, school: SchoolId, sealer: Sealer = NO_KEY) -> None:
        self._connection = connection
        self._school = school
        self._rows = StoredRows(school=school, sealer=sealer)

    def counts(self, kinds: Iterable[RecordKind], *, own: OwnClass | None = None) -> Mapping[RecordKind, int]:
        """Return how many records of each kind there are."""
        return {kind: self._count(TABLES[kind], own) for kind in kinds}

    def page(self, search: RecordSearch, *, after: RecordKey | None, limit: int) -> Sequence[Stored[Any]]:
        """Return the next records that are wanted, the newest first, those without a time of their own by key."""
        home = TABLES[search.kind]
        statement = select(home.table).where(*self._of_school(home, search.own), *conditions_of(home, search.where))
        if search.text:
            statement = statement.where(_holds(home, search.text, self._named_links(home, search.text)))
        if after is not None:
            statement = statement.where(self._follows(home, after))
        times, key = _times(home), _key(home)
        order = [column.desc() for column in (*times, *key)] if times else key
        rows = self._connection.execute(statement.order_by(*order).limit(limit)).mappings()
        return [self._rows.read(search.kind, row) for row in rows]

    def _follows(self, home: RecordTable[Any], after: RecordKey) -> ColumnElement[bool]:
        """Tell the rows that stand after a record; where that is not there any more, all of them."""
        key, wanted = _key(home), key_values(home, after)
        if not (times := _times(home)):
            return tuple_(*key) > tuple_(*wanted)
        columns = [*times, *key]
        same = (column == value for column, value in zip(key, wanted, strict=True))
        statement = select(*columns).where(home.table.c.school_id == self._school, *same)
        row = self._connection.execute(statement).first()
        if row is None:
            return true()
        last = (literal(value, column.type) for column, value in zip(columns, row, strict=True))
        return tuple_(*columns) < tuple_(*last)

    def linked(self, kind: RecordKind, ids: Collection[str]) -> Mapping[str, Record]:
        """Return the records of a kind known by an id, by id; what nobody has is left out."""
        table = TABLES[kind].table
        found: dict[str, Record] = {}
        for some in chunks_of(ids):
            statement = select(table).where(table.c.school_id == self._school, table.c.id.in_(some))
            rows = self._connection.execute(statement).mappings()
            found.update((row["id"], self._rows.read(kind, row).record) for row in rows)
        return found

    def named(self, text: str) -> Mapping[Linked, frozenset[str]]:
        """Return the ids of people, classes, subjects, … whose names hold a text, whatever the case."""
        wanted = text.strip().casefold()
        return {kind: self._named(kind, wanted) for kind in (*RosterKind, *_NAMED)} if wanted else _NOTHING

    def classes(self) -> Mapping[str, str]:
        """Return the names of the classes that are not archived, by id, in the order of a school."""
        statement = (
            select(school_class.c.id, school_class.c.grade, school_class.c.letter)
            .where(school_class.c.school_id == self._school, school_class.c.archived.is_(False))
            .order_by(school_class.c.year.desc(), school_class.c.grade, school_class.c.letter)
        )
        return {row.id: f"{row.grade}{row.letter}" for row in self._connection.execute(statement)}

    def own_class(self, teacher: StaffId, day: date) -> OwnClass:
        """Return what is a class teacher's own on a day."""
        classes = self._connection.execute(
            select(school_class.c.id).where(
                school_class.c.school_id == self._school,
                school_class.c.class_teacher_id == teacher,
                school_class.c.archived.is_(False),
            )
        ).scalars()
        own = frozenset(classes)
        pupils = self._connection.execute(
            select(enrollment.c.pupil_id).where(
                enrollment.c.school_id == self._school,
                enrollment.c.class_id.in_(own),
                enrollment.c.valid_from <= day,
                or_(enrollment.c.valid_to.is_(None), enrollment.c.valid_to >= day),
            )
        ).scalars()
        return OwnClass(classes=own, pupils=frozenset(pupils))

    def _count(self, home: RecordTable[Any], own: OwnClass | None) -> int:
        statement = select(func.count()).select_from(home.table).where(*self._of_school(home, own))
        return self._connection.execute(statement).scalar_one()

    def _of_school(self, home: RecordTable[Any], own: OwnClass | None) -> Iterator[ColumnElement[bool]]:
        yield home.table.c.school_id == self._school
        if own is not None:
            ids: Mapping[Linked, frozenset[str]] = {RosterKind.PUPILS: own.pupils, RosterKind.CLASSES: own.classes}
            yield _links_to(home, ids)

    def _named_links(self, home: RecordTable[Any], text: str) -> Mapping[Linked, frozenset[str]]:
        linked = {column.field.links_to for column in _links(home.kind)}
        wanted = text.strip().casefold()
        return {kind: self._named(kind, wanted) for kind in (*RosterKind, *_NAMED) if kind in linked}

    def _named(self, kind: Linked, wanted: str) -> frozenset[str]:
        """Names are compared here: neither database folds the case of Cyrillic letters everywhere."""
        names = self._names(kind)
        return frozenset([known for known, name in names if wanted in name.casefold()][:CHUNK])

    def _names(self, kind: Linked) -> Iterator[tuple[str, str]]:
        if isinstance(kind, RecordKind):
            table = TABLES[kind].table
            rows = self._connection.execute(select(table.c.id, table.c.name).where(table.c.school_id == self._school))
            yield from ((row.id, row.name) for row in rows)
        elif kind is RosterKind.CLASSES:
            columns = (school_class.c.id, school_class.c.grade, school_class.c.letter)
            rows = self._connection.execute(select(*columns).where(school_class.c.school_id == self._school))
            yield from ((row.id, f"{row.grade}{row.letter}") for row in rows)
        else:
            people = _PEOPLE[kind]
            named = select(people.c.id, people.c.family_name, people.c.given_name, people.c.patronymic)
            for row in self._connection.execute(named.where(people.c.school_id == self._school)):
                name = PersonName(family=row.family_name, given=row.given_name, patronymic=row.patronymic)
                yield row.id, name.full


def _key(home: RecordTable[Any]) -> list[Column[Any]]:
    return [home.table.c[column.name] for column in home.key]


def _times(home: RecordTable[Any]) -> list[Column[Any]]:
    """Return the days and moments that every record of the kind has, in their order."""
    return [
        home.table.c[column.name]
        for column in home.columns.values()
        if column.field.holds in {FieldType.DAY, FieldType.MOMENT} and not column.nullable and not column.is_json
    ]


@cache
def _links(kind: RecordKind) -> tuple[RecordColumn, ...]:
    columns = TABLES[kind].columns.values()
    return tuple(column for column in columns if column.field.links_to is not None and not column.is_json)


def _links_to(home: RecordTable[Any], ids: Mapping[Linked, frozenset[str]]) -> ColumnElement[bool]:
    """Tell rows that link to one of some records."""
    columns = ((home.table.c[column.name], column.field.links_to) for column in _links(home.kind))
    return or_(false(), *(column.in_(ids[to]) for column, to in columns if to is not None and ids.get(to)))


def _holds(home: RecordTable[Any], text: str, ids: Mapping[Linked, frozenset[str]]) -> ColumnElement[bool]:
    """Tell rows with a text in their id or in one of their texts, or that link to one of some records."""
    said = text.strip()
    spellings = {said, said.lower(), said.upper(), said.capitalize()}
    texts = [
        home.table.c[column.name]
        for column in home.columns.values()
        if column.field.holds is FieldType.TEXT and not column.is_json and not column.field.sealed
    ]
    conditions = [column.contains(one, autoescape=True) for column in texts for one in spellings]
    conditions += [home.table.c[column.name] == said for column in home.key if column.field.holds is FieldType.ID]
    return or_(_links_to(home, ids), *conditions)
