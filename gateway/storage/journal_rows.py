"""Records of the journal ⇄ rows of their tables: one mechanism for every kind, compiled once from its shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from operator import attrgetter, itemgetter
from types import MappingProxyType
from typing import Any, Generic

from sqlalchemy import RowMapping, Table

from gateway.model.journal_records import KEYS, RECORD_CLASSES, R, RecordKey, RecordKind
from gateway.model.record_shape import FieldType, RecordField, shape_of, shape_of_kind
from gateway.storage.tables.records import RECORD_TABLES, RecordColumn, columns_of

Values = dict[str, Any]
Convert = Callable[[Any], Any]
RowLike = RowMapping | Mapping[str, Any]

_value_of = attrgetter("value")


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordTable(Generic[R]):
    """Where a kind of record is kept, and how a record becomes a row and a row a record.

    Attributes:
        kind: the kind.
        table: its table.
        columns: the columns that hold the record: all but school and version.
        key: those of the record's key, in the key's order.
        read: row to record; the row may have other columns besides.
        write: record to row, without school and version; always the same columns in the same order.
        sealed: columns that are kept encrypted; what `read` gets and `write` gives is their clear text.
    """

    kind: RecordKind
    table: Table
    columns: Mapping[str, RecordColumn]
    key: tuple[RecordColumn, ...]
    read: Callable[[RowLike], R]
    write: Callable[[R], Values]
    sealed: tuple[str, ...]

    def column(self, attribute: str) -> RecordColumn:
        """Return the column of an attribute; raise `KeyError` if it is none, or no single column."""
        for column in self.columns.values():
            if column.path == (attribute,):
                return column
        raise KeyError(attribute)

    def key_of_row(self, row: RowLike) -> RecordKey:
        """Return the key of the record in a row, as `key_of` does of the record."""
        return tuple(str(row[column.name]) for column in self.key)


def _record_table(kind: RecordKind) -> RecordTable[Any]:
    columns = columns_of(kind)
    return RecordTable(
        kind=kind,
        table=RECORD_TABLES[kind],
        columns=MappingProxyType({column.name: column for column in columns}),
        key=tuple(next(column for column in columns if column.path == (name,)) for name in KEYS[kind]),
        read=_reader(kind, columns),
        write=_writer(columns),
        sealed=tuple(column.name for column in columns if column.field.sealed),
    )


def _writer(columns: Sequence[RecordColumn]) -> Callable[[Any], Values]:
    """Return what turns records of one kind into rows: plain columns in one go, the others one by one."""
    names = [column.name for column in columns]
    get = attrgetter(*(column.path[0] for column in columns))
    converted = [(column.name, convert) for column in columns if (convert := _to_column(column)) is not None]

    def write(record: Any) -> Values:
        row = dict(zip(names, get(record), strict=True))
        for name, convert in converted:
            value = row[name]
            if value is not None:
                row[name] = convert(value)
        return row

    return write


def _to_column(column: RecordColumn) -> Convert | None:
    """Return what turns an attribute's value into what its column holds; ``None`` if it is that already."""
    convert = _to_json(column.field) if column.is_json else _to_plain(column.field)
    if len(column.path) == 1:
        return convert
    inside: Convert = attrgetter(column.path[1])
    if convert is None:
        return inside

    def convert_inside(nested: Any) -> Any:
        value = inside(nested)
        return None if value is None else convert(value)

    return convert_inside


def _to_plain(field: RecordField) -> Convert | None:
    return _value_of if field.holds is FieldType.CHOICE else None


def _to_json(field: RecordField) -> Convert:
    convert = _json_value(field)
    if field.many:
        return list if convert is None else lambda values: [convert(value) for value in values]
    return convert or _itself


def _json_value(field: RecordField) -> Convert | None:
    """Return what turns one value of a field into JSON; ``None`` if it is JSON already."""
    match field.holds:
        case FieldType.CHOICE:
            return _value_of
        case FieldType.DAY | FieldType.MOMENT | FieldType.CLOCK_TIME:
            return _iso
        case FieldType.RECORD:
            return _nested_to_json(field)
        case _:
            return None


def _nested_to_json(field: RecordField) -> Convert:
    inner = [(one.name, _to_json(one) if one.many else _json_value(one)) for one in _fields_of(field)]

    def convert(nested: Any) -> Values:
        values = ((name, getattr(nested, name), change) for name, change in inner)
        return {name: value if change is None or value is None else change(value) for name, value, change in values}

    return convert


def _reader(kind: RecordKind, columns: Sequence[RecordColumn]) -> Callable[[RowLike], Any]:
    """Return what turns rows of one kind into records."""
    record = RECORD_CLASSES[kind]
    plain = [column for column in columns if len(column.path) == 1]
    names = [column.path[0] for column in plain]
    get = itemgetter(*(column.name for column in plain))
    converted = [(column.path[0], convert) for column in plain if (convert := _from_column(column)) is not None]
    nested = [
        (field.name, _nested_reader(field, columns))
        for field in shape_of_kind(kind).fields
        if field.record is not None and not field.many
    ]

    def read(row: RowLike) -> Any:
        values = dict(zip(names, get(row), strict=True))
        for name, convert in converted:
            value = values[name]
            if value is not None:
                values[name] = convert(value)
        for name, read_nested in nested:
            values[name] = read_nested(row)
        return record(**values)

    return read


def _nested_reader(field: RecordField, columns: Sequence[RecordColumn]) -> Callable[[RowLike], Any]:
    """Return what reads a nested record out of its columns: it is there if what it requires is there."""
    own = [column for column in columns if column.path[0] == field.name]
    record = _class_of(field)
    required = next(column.name for column in own if column.field.required)
    inner = [(column.path[1], column.name, _from_column(column) or _itself) for column in own]

    def read(row: RowLike) -> Any:
        if row[required] is None:
            return None
        values = ((name, row[column], convert) for name, column, convert in inner)
        return record(**{name: None if value is None else convert(value) for name, value, convert in values})

    return read


def _from_column(column: RecordColumn) -> Convert | None:
    if column.is_json:
        return _from_json(column.field)
    return _choice(column.field) if column.field.holds is FieldType.CHOICE else None


def _from_json(field: RecordField) -> Convert:
    convert = _json_reader(field)
    if field.many:
        return tuple if convert is None else lambda values: tuple(convert(value) for value in values)
    return convert or _itself


def _json_reader(field: RecordField) -> Convert | None:
    match field.holds:
        case FieldType.CHOICE:
            return _choice(field)
        case FieldType.DAY:
            return date.fromisoformat
        case FieldType.MOMENT:
            return datetime.fromisoformat
        case FieldType.CLOCK_TIME:
            return time.fromisoformat
        case FieldType.RECORD:
            return _nested_from_json(field)
        case _:
            return None


def _nested_from_json(field: RecordField) -> Convert:
    record = _class_of(field)
    inner = {one.name: _from_json(one) if one.many else _json_reader(one) for one in _fields_of(field)}

    def convert(values: Mapping[str, Any]) -> Any:
        known = ((name, value, inner[name]) for name, value in values.items())
        return record(
            **{name: value if change is None or value is None else change(value) for name, value, change in known}
        )

    return convert


def _choice(field: RecordField) -> Convert:
    choices: type[StrEnum] | None = field.choices
    assert choices is not None  # noqa: S101  the shape of a choice has them
    return {choice.value: choice for choice in choices}.__getitem__


def _class_of(field: RecordField) -> type[Any]:
    assert field.record is not None  # noqa: S101  the shape of a nested record has it
    return field.record


def _fields_of(field: RecordField) -> tuple[RecordField, ...]:
    nested: type = _class_of(field)
    return shape_of(nested).fields


def _iso(value: date | time) -> str:
    return value.isoformat()


def _itself(value: Any) -> Any:
    return value


TABLES: Mapping[RecordKind, RecordTable[Any]] = MappingProxyType({kind: _record_table(kind) for kind in RecordKind})
"""The table of every kind."""
