"""Single records of every kind in the database: one by key, page by page, under a new key."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from operator import eq, ge, le
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select, tuple_, update

from gateway.errors import Party, RuleViolation, Text
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKey, RecordKind, Stored
from gateway.model.record_shape import FieldType
from gateway.storage.journal_rows import TABLES, RecordTable
from gateway.storage.naming import records_naming
from gateway.storage.renaming import Renaming
from gateway.storage.sealing import NO_KEY, Sealer
from gateway.storage.stored_rows import StoredRows
from gateway.storage.tables.records import RecordColumn

DAY_BOUNDS: Mapping[str, tuple[str, Callable[[Any, Any], Any]]] = {"day_from": ("day", ge), "day_to": ("day", le)}
"""Names in a ``where`` that bound the day of a record, both days included."""

_FLAGS = {"true": True, "false": False}

_FROM_TEXT: Mapping[FieldType, Callable[[str], Any]] = {
    FieldType.ID: str,
    FieldType.TEXT: str,
    FieldType.CHOICE: str,
    FieldType.NUMBER: int,
    FieldType.DAY: date.fromisoformat,
    FieldType.MOMENT: datetime.fromisoformat,
    FieldType.CLOCK_TIME: time.fromisoformat,
}


class SqlRecords:
    """The records of one school."""

    def __init__(self, connection: Connection, school: SchoolId, sealer: Sealer = NO_KEY) -> None:
        self._connection = connection
        self._school = school
        self._rows = StoredRows(school=school, sealer=sealer)
        self._sealer = sealer

    def get(self, kind: RecordKind, key: RecordKey) -> Stored[Any] | None:
        """Return a record by its key, ``None`` if there is none."""
        row = self._row(kind, key)
        return None if row is None else self._rows.read(kind, row)

    def page(
        self, kind: RecordKind, *, after: RecordKey | None, limit: int, where: Mapping[str, str]
    ) -> Sequence[Stored[Any]]:
        """Return the next records of a kind, ordered by key.

        Args:
            kind: the kind.
            after: key of the last record of the page before; ``None`` for the first page.
            limit: how many at most.
            where: attributes with the value they have; days in ISO 8601, flags ``true`` or ``false``; besides
                ``day_from`` and ``day_to``, which bound ``day``.

        Raises:
            KeyError: an attribute of ``where`` is none of the kind's, is a list or has fields of its own, or is kept
                encrypted.
            ValueError: a value of ``where`` or a part of ``after`` is no value of its attribute.
        """
        home = TABLES[kind]
        columns = home.table.c
        key = [columns[column.name] for column in home.key]
        statement = select(home.table).where(columns.school_id == self._school, *conditions_of(home, where))
        if after is not None:
            statement = statement.where(tuple_(*key) > tuple_(*key_values(home, after)))
        rows = self._connection.execute(statement.order_by(*key).limit(limit)).mappings()
        return [self._rows.read(kind, row) for row in rows]

    def naming(
        self, kind: RecordKind, key: RecordKey, kinds: Collection[RecordKind]
    ) -> Iterator[tuple[RecordKind, Any]]:
        """Yield the records of some kinds that link to a record known by its id, each with its kind."""
        (name,) = key
        return records_naming(self._connection, self._rows, kind, name, kinds)

    def rekey(self, kind: RecordKind, old: RecordKey, new: RecordKey) -> int:
        """Give a record a new key, also in every record that links to it; return how many records were written.

        Raises:
            RuleViolation: ``journal.key_unknown``: there is no record with the old key, or the new one is no key of
                the kind; ``journal.key_taken``: the new key is another record's.
        """
        row = self._row(kind, old)
        if row is None:
            raise _key_unknown()
        home = TABLES[kind]
        try:
            values = key_values(home, new)
        except ValueError as error:
            raise _key_unknown() from error
        if self._row(kind, new) is not None:
            raise _key_taken()
        held = self._rows.read(kind, row) if home.sealed else None
        self._connection.execute(
            update(home.table)
            .where(self._is(home, key_values(home, old)))
            .values(
                {column.name: value for column, value in zip(home.key, values, strict=True)}
                | {"version": home.table.c.version + 1}
            )
        )
        if held is not None:
            self._seal_again(home, held, new)
        return 1 + Renaming(self._connection, self._school, kind, old, new).rename_links()

    def reseal(self) -> int:
        """Seal with the newest key whatever was sealed with an older one; return how many records were written."""
        return sum(self._reseal(home) for home in TABLES.values() if home.sealed)

    def _reseal(self, home: RecordTable[Any]) -> int:
        rows = self._connection.execute(select(home.table).where(home.table.c.school_id == self._school)).mappings()
        old = [row for row in rows.all() if not all(self._sealer.is_newest(row[name]) for name in home.sealed)]
        for row in old:
            self._seal_again(home, self._rows.read(home.kind, row), home.key_of_row(row))
        return len(old)

    def _seal_again(self, home: RecordTable[Any], held: Stored[Any], key: RecordKey) -> None:
        clear = home.write(held.record)
        sealed = {name: self._sealer.seal(clear[name], self._rows.place(home, key, name)) for name in home.sealed}
        self._connection.execute(update(home.table).where(self._is(home, key_values(home, key))).values(sealed))

    def _row(self, kind: RecordKind, key: RecordKey) -> RowMapping | None:
        home = TABLES[kind]
        try:
            values = key_values(home, key)
        except ValueError:
            return None
        return self._connection.execute(select(home.table).where(self._is(home, values))).mappings().first()

    def _is(self, home: RecordTable[Any], key: Sequence[Any]) -> ColumnElement[bool]:
        columns = home.table.c
        parts = (columns[column.name] == value for column, value in zip(home.key, key, strict=True))
        return and_(columns.school_id == self._school, *parts)


def conditions_of(home: RecordTable[Any], where: Mapping[str, str]) -> list[ColumnElement[bool]]:
    """Return what a ``where`` asks for (see `SqlRecords.page`)."""
    return [_condition(home, attribute, text) for attribute, text in where.items()]


def _condition(home: RecordTable[Any], attribute: str, text: str) -> ColumnElement[bool]:
    bounded, compare = DAY_BOUNDS.get(attribute, (attribute, eq))
    column = home.column(bounded)
    if column.is_json or column.field.sealed:
        raise KeyError(attribute)
    condition: ColumnElement[bool] = compare(home.table.c[column.name], _value(column, text))
    return condition


def key_values(home: RecordTable[Any], key: RecordKey) -> list[Any]:
    """Return the parts of a key as its columns hold them; raise `ValueError` if it is no key of the kind."""
    return [_value(column, part) for column, part in zip(home.key, key, strict=True)]


def _value(column: RecordColumn, text: str) -> Any:
    if column.field.holds is FieldType.FLAG:
        if text not in _FLAGS:
            raise ValueError(text)
        return _FLAGS[text]
    return _FROM_TEXT[column.field.holds](text)


def _key_unknown() -> RuleViolation:
    return RuleViolation(
        "journal.key_unknown",
        Text(
            ru="Записи с таким ключом нет, или новый ключ не подходит.",
            en="No record has this key, or the new key is no key.",
        ),
        who=Party.SENDER,
    )


def _key_taken() -> RuleViolation:
    return RuleViolation(
        "journal.key_taken",
        Text(ru="Новый ключ уже принадлежит другой записи.", en="The new key is another record's already."),
        who=Party.SENDER,
    )
