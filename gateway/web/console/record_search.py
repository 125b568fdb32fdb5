"""What the address of a list of records asks for: filters, days, the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from flask import request

from gateway.errors import Text
from gateway.model.journal_records import RecordKey, RecordKind
from gateway.model.record_shape import FieldType, RecordField, shape_of_kind
from gateway.web.console.choice_names import CHOICES
from gateway.web.console.field_names import field_name
from gateway.web.console.record_values import Link, Reader
from gateway.web.record_addresses import is_day, is_id, key_from


def where_of(kind: RecordKind) -> Mapping[str, str]:
    """Return the filters of the address: what no record of the kind can have is left out."""
    asked = {one.name: request.args.get(one.name, "") for one in shape_of_kind(kind).fields if _is_filter(one)}
    wanted = {name: value for name, value in asked.items() if value and _can_be(kind, name, value)}
    if has_day(kind):
        wanted |= {name: day for name in ("day_from", "day_to") if is_day(day := request.args.get(name, ""))}
    return wanted


def _is_filter(one: RecordField) -> bool:
    return not one.many and (one.links_to is not None or one.holds in {FieldType.CHOICE, FieldType.FLAG})


def _can_be(kind: RecordKind, name: str, value: str) -> bool:
    one = shape_of_kind(kind).field(name)
    if one.choices is not None:
        return value in set(one.choices)
    return value in {"true", "false"} if one.holds is FieldType.FLAG else is_id(value)


def after_of(kind: RecordKind) -> RecordKey | None:
    """Return the key after which the page of the address begins."""
    return key_from(kind, request.args.get("after", ""))


def choice_filters(kind: RecordKind) -> Mapping[str, tuple[Text, Mapping[StrEnum, Text]]]:
    """Return the fields with a few values to choose from: what each is called, and its values."""
    shape = shape_of_kind(kind)
    return {
        one.name: (field_name(shape.record, one.name), CHOICES[one.choices])
        for one in shape.fields
        if one.choices is not None and not one.many
    }


def flag_filters(kind: RecordKind) -> Mapping[str, Text]:
    """Return the fields that are yes or no: what each is called."""
    shape = shape_of_kind(kind)
    return {one.name: field_name(shape.record, one.name) for one in shape.fields if one.holds is FieldType.FLAG}


def asked_links(kind: RecordKind) -> Iterator[Link]:
    """Yield the records to whose links the address bounds the list."""
    where = where_of(kind)
    for one in shape_of_kind(kind).fields:
        if one.links_to is not None and one.name in where:
            yield one.links_to, where[one.name]


def link_filters(kind: RecordKind, reader: Reader) -> Mapping[str, tuple[Text, str]]:
    """Return the links that the list is bounded to, each with what it is called; classes have a list to choose from."""
    where, shape = where_of(kind), shape_of_kind(kind)
    return {
        one.name: (
            field_name(shape.record, one.name),
            reader.names.get((one.links_to, where[one.name]), where[one.name]),
        )
        for one in shape.fields
        if one.links_to is not None and one.name in where and one.name != "school_class"
    }


def has_day(kind: RecordKind) -> bool:
    """Tell whether the records of a kind are of a day."""
    return "day" in {one.name for one in shape_of_kind(kind).fields}


def is_about_a_class(kind: RecordKind) -> bool:
    """Tell whether records of a kind may say for which class they are."""
    return "school_class" in {one.name for one in shape_of_kind(kind).fields}
