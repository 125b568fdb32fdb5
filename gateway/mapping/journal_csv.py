"""The table form of journal records ⇄ plain values: one kind a file, a row a record, the labels in the first row.

R-EXCH-04. A row's plain values are validated as the JSON form is (the kind's definition in
``schemas/journal/1.1/journal-batch.schema.json``): a cell that does not hold what its column is for is handed on as
the text it is, so that the schema tells the fault.

A list of words stands in its cell with blanks between, nested records as JSON text. An empty cell is a field that is
not there, but for a required field that may be empty: there it is the empty list or text. That there is explicitly
nothing (R-JRNL-03) says ``true`` in the column ``notSet``, since every text, ``null`` too, may be meant as it stands.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, TextIO, TypeAlias

from gateway.errors import SchemaError
from gateway.mapping.journal_plain import NOT_SET, PlainFields, nullable_field, plain_from
from gateway.model.journal_records import Record, RecordKind
from gateway.model.record_shape import FieldType, RecordField, shape_of_kind
from gateway.schemas.json import parse_json

_NUMBER = re.compile("[0-9]{1,18}")
_FLAGS: Mapping[str, bool] = MappingProxyType({"true": True, "1": True, "false": False, "0": False})


@cache
def columns(kind: RecordKind) -> tuple[str, ...]:
    """Return the first row of a table of a kind: all its columns, in the order in which they are written."""
    labels = tuple(field.label for field in shape_of_kind(kind).fields)
    return (*labels, NOT_SET) if _nullable(kind) else labels


def row_from(kind: RecordKind, record: Record) -> list[str]:
    """Return a record as the cells of its row, one for each of the `columns`."""
    plain = plain_from(record)
    cells = [_cell(plain.get(field.label)) for field in shape_of_kind(kind).fields]
    nullable = _nullable(kind)
    return cells if nullable is None else [*cells, "true" if plain[nullable.label] is None else ""]


def write_table(kind: RecordKind, records: Iterable[Record], file: TextIO) -> None:
    """Write a table of a kind (RFC 4180) into a text file that was opened with ``newline=""``."""
    writer = csv.writer(file)
    writer.writerow(columns(kind))
    writer.writerows(row_from(kind, record) for record in records)


def plain_in(kind: RecordKind, row: Mapping[str, str]) -> PlainFields:
    """Return the plain values of a row that is given as its cells by column, valid or not.

    Columns that the kind does not have are handed on with their texts unless they are empty, for the schema to refuse.
    """
    readers = _readers(kind)
    read = {label: readers.get(label, _as_it_is)(cell) for label, cell in row.items() if cell or label in readers}
    plain = {label: value for label, value in read.items() if value is not _ABSENT}
    nullable = _nullable(kind)
    return plain if nullable is None else _with_nothing(plain, nullable)


def _with_nothing(plain: PlainFields, nullable: RecordField) -> PlainFields:
    """Put ``None`` where the column says that there is nothing; where there is something too, the schema refuses it."""
    if plain.get(NOT_SET) is False:
        del plain[NOT_SET]
    elif plain.get(NOT_SET) is True and nullable.label not in plain:
        del plain[NOT_SET]
        plain[nullable.label] = None
    return plain


_ABSENT = object()
"""What an empty cell stands for."""

_Reader: TypeAlias = Callable[[str], Any]


@cache
def _readers(kind: RecordKind) -> Mapping[str, _Reader]:
    readers = {field.label: _reader(field) for field in shape_of_kind(kind).fields}
    return readers | ({NOT_SET: _not_set} if _nullable(kind) else {})


def _not_set(cell: str) -> Any:
    return _flag(cell) if cell else _ABSENT


@cache
def _nullable(kind: RecordKind) -> RecordField | None:
    """Return the field of which it can be said that there is nothing, if there is one."""
    return nullable_field(shape_of_kind(kind))


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case []:
            return ""
        case [str(), *_]:
            return " ".join(value)
        case list() | dict():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def _reader(field: RecordField) -> _Reader:
    read = _READERS.get(field.holds, _words if field.many else _as_it_is)
    empty = _empty(field)
    return lambda cell: read(cell) if cell else empty


def _empty(field: RecordField) -> Any:
    if not field.required:
        return _ABSENT
    if field.many:
        return []
    return "" if field.holds is FieldType.TEXT and not (field.length and field.length.shortest) else _ABSENT


def _as_it_is(cell: str) -> Any:
    return cell


def _words(cell: str) -> Any:
    return cell.split()


def _number(cell: str) -> Any:
    return int(cell) if _NUMBER.fullmatch(cell) else cell


def _flag(cell: str) -> Any:
    return _FLAGS.get(cell, cell)


def _tree(cell: str) -> Any:
    """Return the JSON values of a cell, or its text if that is no JSON."""
    try:
        return parse_json(cell.encode())
    except SchemaError:
        return cell


_READERS: Mapping[FieldType, _Reader] = MappingProxyType(
    {FieldType.NUMBER: _number, FieldType.FLAG: _flag, FieldType.RECORD: _tree}
)
