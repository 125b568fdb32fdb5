"""Rows that name one person, made to name another: which columns do is told by the shapes of the records.

Every row is written down as it was and as it is, so that it can be given back to the letter. A row of the journal gets
a new version each time: whoever reads its changes sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Table, or_, select, update

from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKind as JournalKind
from gateway.model.journal_records import name_of
from gateway.model.person_merge import Clash, Collision, MovedRow
from gateway.model.record_shape import KIND_NAMED, Linked, RecordField, RosterKind
from gateway.model.roster import RecordKind
from gateway.storage.group_members import write_members
from gateway.storage.journal_rows import TABLES
from gateway.storage.lock_moves import LockMoves
from gateway.storage.record_links import links_to, nested_fields
from gateway.storage.tables.access import console_user, portal_subscription
from gateway.storage.tables.people import enrollment, guardianship
from gateway.storage.tables.roster_keeping import roster_lock
from gateway.storage.tables.school import school_class

_LINKED: Mapping[RecordKind, RosterKind] = {
    RecordKind.PUPIL: RosterKind.PUPILS,
    RecordKind.GUARDIAN: RosterKind.GUARDIANS,
    RecordKind.STAFF: RosterKind.STAFF,
}
_BESIDE_THE_JOURNAL: Mapping[RecordKind, tuple[tuple[Table, str], ...]] = {
    RecordKind.PUPIL: ((enrollment, "pupil_id"), (guardianship, "pupil_id"), (portal_subscription, "pupil_id")),
    RecordKind.GUARDIAN: ((guardianship, "guardian_id"), (portal_subscription, "guardian_id")),
    RecordKind.STAFF: ((school_class, "class_teacher_id"), (console_user, "staff_id")),
}
_ENDED_WHERE_TAKEN: Mapping[Table, RecordKind] = {
    enrollment: RecordKind.ENROLLMENT,
    guardianship: RecordKind.GUARDIANSHIP,
}
"""Periods: where the record that stays has the same one, the other's is ended and both rows stay."""

_LEFT_WHERE_TAKEN = (portal_subscription,)
"""What the record that stays has already and nobody misses under the other."""

_BY_NAME: Mapping[str, Table] = {
    table.name: table
    for table in (
        *(home.table for home in TABLES.values()),
        enrollment,
        guardianship,
        portal_subscription,
        school_class,
        console_user,
        roster_lock,
    )
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Home:
    """A table, its columns that hold an id of the kind, and those that hold some in JSON."""

    table: Table
    columns: tuple[str, ...]
    json: tuple[tuple[str, RecordField], ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the key's columns after the school."""
        return tuple(column.name for column in self.table.primary_key if column.name != "school_id")


class Repointing:
    """Writes the rows of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school
        self._locks = LockMoves(connection, school)

    def taken(self, kind: RecordKind, *, old: str, new: str) -> Iterator[Collision]:
        """Yield the rows that would get a key which another row has, where that is no mere period."""
        for home in _homes(kind):
            if home.table in {*_ENDED_WHERE_TAKEN, *_LEFT_WHERE_TAKEN} or not set(home.columns) & set(home.key):
                continue
            for row in self._rows(home, old):
                key = _key(home, row, old, new)
                if key != _key(home, row) and self._at(home.table, key) is not None:
                    yield Collision(table=home.table.name, key=_key(home, row), clash=Clash.ONE_KEY)

    def naming(self, kind: RecordKind, id_: str) -> dict[str, int]:
        """Return how many rows name a record, by table; a table with none is left out."""
        counted = {home.table.name: len(self._rows(home, id_)) for home in _homes(kind)}
        return {table: number for table, number in counted.items() if number}

    def repoint(self, kind: RecordKind, *, old: str, new: str) -> list[MovedRow]:
        """Let every row that names one record name the other; return the rows as they were and as they are."""
        moved: list[MovedRow] = []
        for home in _homes(kind):
            for row in self._rows(home, old):
                moved += self._move(home, row, old, new)
        moved += self._locks.follow(kind, (old,), (new,))
        moved += [one for row in tuple(moved) for one in self._named_anew(row)]
        self._write_members(moved)
        return moved

    def give_back(self, moved: Sequence[MovedRow]) -> list[MovedRow]:
        """Write moved rows as they were; return those that were changed since, and then write none."""
        changed = [row for row in moved if not self._is_as_left(row)]
        if changed:
            return changed
        for row in reversed(moved):
            self._write(_BY_NAME[row.table], row.key, row.before)
        self._write_members(moved)
        return []

    def _move(self, home: _Home, row: RowMapping, old: str, new: str) -> Iterator[MovedRow]:
        key = _key(home, row, old, new)
        other = self._at(home.table, key) if key != _key(home, row) else None
        if home.table is enrollment and other is None:
            other = self._overlapping(row, new)
        if other is not None and home.table in _ENDED_WHERE_TAKEN:
            yield from self._end(home, row, other)
        elif other is None:
            after = {name: new for name in home.columns if row[name] == old}
            after |= {
                name: renamed
                for name, field in home.json
                if (renamed := _renamed(field, row[name], _LINKED_OF[home.table, name], old, new)) != row[name]
            }
            yield self._written(home, row, after)
            if home.table in _ENDED_WHERE_TAKEN:
                yield from self._locks.follow(_ENDED_WHERE_TAKEN[home.table], _key(home, row), key)

    def _named_anew(self, moved: MovedRow) -> Iterator[MovedRow]:
        """Write the new key of a row where corrections, acknowledgements and error reports name it in words."""
        table = _BY_NAME[moved.table]
        kind = next((kind for kind, home in TABLES.items() if home.table is table), None)
        names = [column.name for column in table.primary_key if column.name != "school_id"]
        before = tuple(str(moved.before.get(name, part)) for name, part in zip(names, moved.key, strict=True))
        if kind is None or before == moved.key:
            return
        for home in _homes_that_name():
            statement = select(home.table).where(
                home.table.c.school_id == self._school, home.table.c.record == name_of(before)
            )
            for row in self._connection.execute(statement).mappings().all():
                if KIND_NAMED.get(row["record_kind"]) is kind:
                    yield self._written(home, row, {"record": name_of(moved.key)})

    def _end(self, home: _Home, row: RowMapping, other: RowMapping) -> Iterator[MovedRow]:
        """End the period that the other has too; where only this one still runs, the other's takes its time over.

        What the school has locked of this one goes over to the other, with its value.
        """
        kind, own, others = _ENDED_WHERE_TAKEN[home.table], _key(home, row), _key(home, other)
        set_here, set_there = self._locks.fields(kind, own), self._locks.fields(kind, others)
        taken = {name: _plain(row[name]) for name in sorted(set_here - set_there)}
        if "valid_to" not in set_here | set_there and (row["valid_to"] is None) > (other["valid_to"] is None):
            taken["valid_to"] = None
        if after := {name: value for name, value in taken.items() if value != _plain(other[name])}:
            yield self._written(home, other, after)
        yield from self._locks.follow(kind, own, others)
        yield self._written(home, row, {"valid_to": (row["valid_from"] - timedelta(days=1)).isoformat()})

    def _written(self, home: _Home, row: RowMapping, after: Mapping[str, Any]) -> MovedRow:
        before = {name: _plain(row[name]) for name in after}
        self._write(home.table, _key(home, row), after)
        key = tuple(str(after.get(name, _plain(row[name]))) for name in home.key)
        return MovedRow(table=home.table.name, key=key, before=before, after=dict(after))

    def _write(self, table: Table, key: Sequence[str], values: Mapping[str, Any]) -> None:
        written = {name: _typed(table, name, value) for name, value in values.items()}
        if "version" in table.columns:
            written["version"] = table.c.version + 1
        self._connection.execute(update(table).where(*self._is(table, key)).values(written))

    def _rows(self, home: _Home, old: str) -> Sequence[RowMapping]:
        statement = select(home.table).where(home.table.c.school_id == self._school)
        if not home.json:
            statement = statement.where(or_(*(home.table.c[name] == old for name in home.columns)))
        rows = self._connection.execute(statement).mappings().all()
        return [row for row in rows if _names(home, row, old)]

    def _at(self, table: Table, key: Sequence[str]) -> RowMapping | None:
        return self._connection.execute(select(table).where(*self._is(table, key))).mappings().first()

    def _overlapping(self, row: RowMapping, pupil: str) -> RowMapping | None:
        """Return the other pupil's time in the same class that this one meets."""
        place = enrollment.c
        statement = select(enrollment).where(
            place.school_id == self._school, place.pupil_id == pupil, place.class_id == row["class_id"]
        )
        found = self._connection.execute(statement).mappings()
        return next((other for other in found if is_overlap(row, other)), None)

    def _is(self, table: Table, key: Sequence[str]) -> list[ColumnElement[bool]]:
        names = (column.name for column in table.primary_key if column.name != "school_id")
        parts = zip(names, key, strict=True)
        return [
            table.c.school_id == self._school,
            *(table.c[name] == _typed(table, name, part) for name, part in parts),
        ]

    def _is_as_left(self, moved: MovedRow) -> bool:
        row = self._at(_BY_NAME[moved.table], moved.key)
        return row is not None and all(_plain(row[name]) == value for name, value in moved.after.items())

    def _write_members(self, moved: Sequence[MovedRow]) -> None:
        """Turn the members of the groups that were written round once more."""
        home = TABLES[JournalKind.GROUPS]
        ids = sorted({row.key[0] for row in moved if row.table == home.table.name})
        rows = [self._at(home.table, (id_,)) for id_ in ids]
        write_members(self._connection, self._school, [home.read(row) for row in rows if row is not None])


def is_overlap(one: RowMapping, other: RowMapping) -> bool:
    """Tell whether two periods have a day in common; an empty one has none with any."""
    if any(row["valid_to"] is not None and row["valid_to"] < row["valid_from"] for row in (one, other)):
        return False
    return (other["valid_to"] is None or one["valid_from"] <= other["valid_to"]) and (
        one["valid_to"] is None or other["valid_from"] <= one["valid_to"]
    )


def _homes_that_name() -> Iterator[_Home]:
    """Yield the tables of the kinds that name a record by its kind and key, in words."""
    for home in TABLES.values():
        if {"record_kind", "record"} <= home.columns.keys():
            yield _Home(table=home.table, columns=())


@cache
def _homes(kind: RecordKind) -> tuple[_Home, ...]:
    """Return the tables whose rows name records of a kind."""
    linked = _LINKED[kind]
    found = []
    for home in TABLES.values():
        linking = [column for column in home.columns.values() if links_to(column.field, linked)]
        columns = tuple(column.name for column in linking if not column.is_json)
        json = tuple((column.name, column.field) for column in linking if column.is_json)
        if linking:
            found.append(_Home(table=home.table, columns=columns, json=json))
    found += [_Home(table=table, columns=(name,)) for table, name in _BESIDE_THE_JOURNAL[kind]]
    return tuple(found)


_LINKED_OF: Mapping[tuple[Table, str], Linked] = {
    (home.table, name): linked for kind, linked in _LINKED.items() for home in _homes(kind) for name, _ in home.json
}
"""Of which kind the ids in a JSON column are; none holds ids of two kinds of people."""


def _names(home: _Home, row: RowMapping, old: str) -> bool:
    if any(row[name] == old for name in home.columns):
        return True
    return any(
        _renamed(field, row[name], _LINKED_OF[home.table, name], old, "") != row[name] for name, field in home.json
    )


def _renamed(field: RecordField, value: Any, linked: Linked, old: str, new: str) -> Any:
    """Return what a JSON column holds with one id in place of another; of a plain list of ids each stands once."""
    if value is None:
        return None
    if not field.many:
        return _renamed_one(field, value, linked, old, new)
    renamed = [_renamed_one(field, one, linked, old, new) for one in value]
    return renamed if field.record is not None else list(dict.fromkeys(renamed))


def _renamed_one(field: RecordField, value: Any, linked: Linked, old: str, new: str) -> Any:
    if field.record is not None:
        inner = {one.name: one for one in nested_fields(field)}
        return {name: _renamed(inner[name], held, linked, old, new) for name, held in value.items()}
    return new if field.links_to is linked and value == old else value


def _key(home: _Home, row: RowMapping, old: str = "", new: str = "") -> tuple[str, ...]:
    """Return the key of a row, with one id in place of the other in the columns that hold ids of the kind."""
    return tuple(
        new if old and name in home.columns and row[name] == old else str(_plain(row[name])) for name in home.key
    )


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _typed(table: Table, name: str, value: Any) -> Any:
    is_date = isinstance(value, str) and table.c[name].type.python_type is date
    return date.fromisoformat(value) if is_date else value
