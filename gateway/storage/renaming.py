"""A record's new key in everything that names it: which columns do is told by the shapes of the records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, bindparam, case, or_, select, update

from gateway.mapping.oneroster_ids import category_guid
from gateway.model.ids import SchoolId, WorkTypeId
from gateway.model.journal_records import KEYS, RecordKey, RecordKind, name_of
from gateway.model.oneroster import ObjectKind, reference, referred
from gateway.model.record_shape import KIND_NAMED, RecordField
from gateway.storage.journal_rows import TABLES, RecordTable
from gateway.storage.record_links import links_to, nested_fields
from gateway.storage.tables.provider_submissions import provider_submission
from gateway.storage.tables.records import RecordColumn
from gateway.storage.tables.school import group_member

_Names = Mapping[str, str]
"""Names of records before and after."""


class Renaming:
    """One record of one school that got a new key."""

    def __init__(
        self, connection: Connection, school: SchoolId, kind: RecordKind, old: RecordKey, new: RecordKey
    ) -> None:
        self._connection = connection
        self._school = school
        self._kind = kind
        self._old = old
        self._new = new

    def rename_links(self) -> int:
        """Write the new key into every record that names the old one; return how many there were.

        A record is written once, however often it names the renamed one. Also renamed is what is named in text:
        ``record_kind`` and ``record`` of corrections, acknowledgements, error reports; and, not counted, what other
        systems wrote that became the record or belongs to it.
        """
        self._rename_submissions()
        written = 0
        names = {self._kind: {name_of(self._old): name_of(self._new)}}
        if KEYS[self._kind] == ("id",):
            for home in TABLES.values():
                links = [column for column in home.columns.values() if links_to(column.field, self._kind)]
                if links:
                    names[home.kind] = {**names.get(home.kind, {}), **self._names_that_change(home, links)}
                    written += self._rename_in(home, links)
            self._rename_members()
        return written + sum(self._rename_named(home, names) for home in _homes_that_name())

    def _rename_in(self, home: RecordTable[Any], links: Sequence[RecordColumn]) -> int:
        if any(column.is_json for column in links):
            return self._rename_in_json(home, links)
        columns = [home.table.c[column.name] for column in links]
        (old,), (new,) = self._old, self._new
        changes: dict[str, Any] = {column.name: case((column == old, new), else_=column) for column in columns}
        changes["version"] = home.table.c.version + 1
        statement = update(home.table).where(self._of_school(home), or_(*(column == old for column in columns)))
        return self._connection.execute(statement.values(changes)).rowcount

    def _rename_in_json(self, home: RecordTable[Any], links: Sequence[RecordColumn]) -> int:
        """Look through all records of a kind: databases do not agree on how to look into JSON."""
        key = [home.table.c[column.name] for column in home.key]
        names = [column.name for column in links]
        rows = self._connection.execute(select(home.table).where(self._of_school(home))).mappings().all()
        written = 0
        for row in rows:
            renamed = {column.name: self._renamed(column, row[column.name]) for column in links}
            if renamed != {name: row[name] for name in names}:
                same = and_(self._of_school(home), *(column == row[column.name] for column in key))
                self._connection.execute(update(home.table).where(same).values(version=row["version"] + 1, **renamed))
                written += 1
        return written

    def _renamed(self, column: RecordColumn, value: Any) -> Any:
        return _renamed(column.field, value, self._kind, self._old[0], self._new[0])

    def _rename_members(self) -> None:
        if self._kind is RecordKind.GROUPS:
            of_group = group_member.c.school_id == self._school, group_member.c.group_id == self._old[0]
            self._connection.execute(update(group_member).where(*of_group).values(group_id=self._new[0]))

    def _rename_submissions(self) -> None:
        held = provider_submission.c
        of_school = held.school_id == self._school
        became = of_school, held.record_kind == self._kind.value, held.record_id == " ".join(self._old)
        self._connection.execute(update(provider_submission).where(*became).values(record_id=" ".join(self._new)))
        if self._kind is RecordKind.LESSONS:
            (old,), (new,) = self._old, self._new
            homework = of_school, held.record_kind == RecordKind.HOMEWORK.value, held.record_id == old
            self._connection.execute(update(provider_submission).where(*homework).values(record_id=new))
            of_lesson = of_school, held.lesson_id == old
            self._connection.execute(update(provider_submission).where(*of_lesson).values(lesson_id=new))
        if self._kind is RecordKind.WORK_TYPES:
            self._rename_category()

    def _rename_category(self) -> None:
        """Give line items of other systems their category by its new id; there are few of them."""
        old, new = (category_guid(self._school, WorkTypeId(name), "") for (name,) in (self._old, self._new))
        held = provider_submission.c
        of_items = held.school_id == self._school, held.kind == ObjectKind.LINE_ITEM.value
        for row in self._connection.execute(select(held.id, held.body).where(*of_items)).all():
            if referred(row.body, "category") == old:
                body = {**row.body, "category": reference(ObjectKind.CATEGORY, new)}
                same = held.school_id == self._school, held.id == row.id
                self._connection.execute(update(provider_submission).where(*same).values(body=body))

    def _names_that_change(self, home: RecordTable[Any], links: Iterable[RecordColumn]) -> _Names:
        """Return the names of records whose own key has the renamed one in it: the homework of a lesson."""
        in_key = [column for column in links if column in home.key]
        if not in_key:
            return {}
        named = or_(*(home.table.c[column.name] == self._old[0] for column in in_key))
        rows = self._connection.execute(select(home.table).where(self._of_school(home), named)).mappings()
        return dict(self._name_pair(home, row, in_key) for row in rows)

    def _name_pair(self, home: RecordTable[Any], row: RowMapping, in_key: Sequence[RecordColumn]) -> tuple[str, str]:
        before = home.key_of_row(row)
        after = tuple(
            self._new[0] if column in in_key and part == self._old[0] else part
            for column, part in zip(home.key, before, strict=True)
        )
        return name_of(before), name_of(after)

    def _rename_named(self, home: RecordTable[Any], names: Mapping[RecordKind, _Names]) -> int:
        table = home.table
        pairs = [
            {"of_kind": called, "before": before, "after": after}
            for kind, changed in names.items()
            for called, named in KIND_NAMED.items()
            if named is kind
            for before, after in changed.items()
        ]
        statement = update(table).where(
            self._of_school(home), table.c.record_kind == bindparam("of_kind"), table.c.record == bindparam("before")
        )
        statement = statement.values(record=bindparam("after"), version=table.c.version + 1)
        return sum(self._connection.execute(statement, pair).rowcount for pair in pairs)

    def _of_school(self, home: RecordTable[Any]) -> ColumnElement[bool]:
        return home.table.c.school_id == self._school


def _renamed(field: RecordField, value: Any, kind: RecordKind, old: str, new: str) -> Any:
    """Return what a column holds with the new key in place of the old one."""
    if value is None:
        return None
    if field.many:
        return [_renamed_one(field, one, kind, old, new) for one in value]
    return _renamed_one(field, value, kind, old, new)


def _renamed_one(field: RecordField, value: Any, kind: RecordKind, old: str, new: str) -> Any:
    if field.record is not None:
        inner = {one.name: one for one in nested_fields(field)}
        return {name: _renamed(inner[name], held, kind, old, new) for name, held in value.items()}
    return new if field.links_to is kind and value == old else value


def _homes_that_name() -> Iterator[RecordTable[Any]]:
    """Yield the tables of the kinds that name a record by its kind and key, in words."""
    for home in TABLES.values():
        if {"record_kind", "record"} <= home.columns.keys():
            yield home
