"""Journal records that name somebody whose record was made one with another: they are of the one that stands.

A journal system goes on calling people as it learned to; nobody tells it that two records became one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from gateway.model.batch import Batch
from gateway.model.journal_records import RecordKind, records_of
from gateway.model.person_merge import resolved
from gateway.model.record_shape import RecordField, RosterKind, shape_of

_PEOPLE = frozenset({RosterKind.PUPILS, RosterKind.GUARDIANS, RosterKind.STAFF})
_IN_WORDS = frozenset({"record_kind", "record"})
"""Fields of records that name another one by its kind and key."""


def with_standing_ids(batch: Batch, aliases: Mapping[str, str]) -> Batch:
    """Return a batch in which every id of somebody made one with another is that of the one who stands.

    Args:
        batch: as it was sent.
        aliases: ids of absorbed records, and those of the ones that stand for them.
    """
    if not aliases:
        return batch
    renamed: dict[str, Any] = {}
    for kind in RecordKind:
        before = records_of(batch, kind)
        after = tuple(_standing(one, aliases) for one in before)
        if after != tuple(before):
            renamed[kind.value] = after
    return replace(batch, **renamed) if renamed else batch


def _standing(record: Any, aliases: Mapping[str, str]) -> Any:
    known: type = type(record)
    changed: dict[str, Any] = {}
    for field in _fields(known):
        value = getattr(record, field.name)
        after = _value(field, value, aliases)
        if after != value:
            changed[field.name] = after
    return replace(record, **changed) if changed else record


@cache
def _fields(record: type) -> tuple[RecordField, ...]:
    """Return the fields of a class of record that may name people."""
    known = shape_of(record).fields
    in_words = {field.name for field in known} >= _IN_WORDS
    return tuple(
        field
        for field in known
        if field.links_to in _PEOPLE or field.record is not None or (in_words and field.name == "record")
    )


def _value(field: RecordField, value: Any, aliases: Mapping[str, str]) -> Any:
    if value is None:
        return None
    if field.many:
        found = tuple(_one(field, one, aliases) for one in value)
        return found if field.record is not None else tuple(dict.fromkeys(found))
    return _one(field, value, aliases)


def _one(field: RecordField, value: Any, aliases: Mapping[str, str]) -> Any:
    if field.record is not None:
        return _standing(value, aliases)
    if field.links_to in _PEOPLE:
        return resolved(aliases, value)
    return " ".join(resolved(aliases, part) for part in value.split(" "))
