"""What a record links to: every id in it that names a record kept here, also in lists and nested records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from operator import attrgetter
from typing import Any

from gateway.model.journal_records import RecordKind
from gateway.model.record_shape import Linked, RecordField, shape_of, shape_of_kind

Links = Iterator[tuple[Linked, tuple[str, ...]]]


@cache
def links_of(kind: RecordKind) -> Callable[[Any], Links]:
    """Return what tells the links of a kind's records: of each linked kind the ids that a record names."""
    readers = [reader for field in shape_of_kind(kind).fields if (reader := _reader(field)) is not None]

    def links(record: Any) -> Links:
        for read in readers:
            yield from read(record)

    return links


def _reader(field: RecordField) -> Callable[[Any], Links] | None:
    get = attrgetter(field.name)
    if field.record is not None:
        return _nested(field, get)
    linked = field.links_to
    if linked is None:
        return None
    if field.many:
        return lambda record: iter([(linked, get(record))])

    def one(record: Any) -> Links:
        value = get(record)
        if value is not None:
            yield linked, (value,)

    return one


def _nested(field: RecordField, get: Callable[[Any], Any]) -> Callable[[Any], Links] | None:
    inner = [reader for one in nested_fields(field) if (reader := _reader(one)) is not None]
    if not inner:
        return None

    def links(record: Any) -> Links:
        value = get(record)
        held = value if field.many else () if value is None else (value,)
        for nested in held:
            for read in inner:
                yield from read(nested)

    return links


def links_to(field: RecordField, kind: Linked) -> bool:
    """Tell whether a field names records of a kind, itself or in the records it holds."""
    return field.links_to is kind or any(links_to(one, kind) for one in nested_fields(field))


def nested_fields(field: RecordField) -> tuple[RecordField, ...]:
    """Return the fields of the record that a field holds, none if it holds no record."""
    if field.record is None:
        return ()
    nested: type = field.record
    return shape_of(nested).fields
