"""Journal records of every kind as hypothesis draws them: made from the shapes, so a new field is in them at once.

What is drawn is valid by the schema; links lead nowhere, and rules are not kept.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import strategies as st

from gateway.model.batch import Batch
from gateway.model.fields import Bounds, Length
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RECORD_CLASSES, RecordKind
from gateway.model.record_shape import FieldType, RecordField, shape_of

characters = st.characters(
    exclude_categories=["Cs"],
    exclude_characters=[chr(code) for code in (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)],
)
"""Characters that both forms can hold."""

ids = st.text(
    st.sampled_from([chr(code) for code in (*range(0x21, 0x7F), *range(0x400, 0x500))]), min_size=1, max_size=64
)
days = st.dates(date(2000, 1, 1), date(2199, 12, 31))
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 30), timezones=st.just(UTC) | zones)  # noqa: DTZ001  the zone is drawn beside
clock_times = st.builds(time, st.integers(0, 23), st.integers(0, 59), st.sampled_from([0, 0, 1, 59]))

_PLAIN: dict[FieldType, st.SearchStrategy[Any]] = {
    FieldType.ID: ids,
    FieldType.FLAG: st.booleans(),
    FieldType.DAY: days,
    FieldType.MOMENT: moments,
    FieldType.CLOCK_TIME: clock_times,
}


def texts(limits: Length) -> st.SearchStrategy[str]:
    """Texts of any length that is allowed, mostly short ones."""
    short = min(limits.longest, max(limits.shortest, 8))
    return st.text(characters, min_size=limits.shortest, max_size=short) | st.text(
        characters, min_size=limits.shortest, max_size=limits.longest
    )


def numbers(limits: Bounds) -> st.SearchStrategy[int]:
    """Numbers from the lowest to the highest."""
    return st.integers(limits.lowest, limits.highest)


@cache
def built(record: type) -> st.SearchStrategy[Any]:
    """Records of a class."""
    return st.builds(record, **{field.name: values(field) for field in shape_of(record).fields})


def records(kind: RecordKind) -> st.SearchStrategy[Any]:
    """Records of a kind."""
    record: type = RECORD_CLASSES[kind]
    return built(record)


def values(field: RecordField) -> st.SearchStrategy[Any]:
    """Values of a field, its default among them."""
    one = _one(field)
    if field.many:
        return st.lists(one, max_size=3).map(tuple)
    if field.nullable:
        return st.none() | one
    return one if field.required else st.just(field.default) | one


def _one(field: RecordField) -> st.SearchStrategy[Any]:
    nested: type | None = field.record
    if nested is not None:
        return built(nested)
    if field.choices is not None:
        return st.sampled_from(field.choices)
    if field.length is not None:
        return texts(field.length)
    return numbers(field.bounds) if field.bounds is not None else _PLAIN[field.holds]


def batches(*kinds: RecordKind, most: int = 2) -> st.SearchStrategy[Batch]:
    """Batches with some records of the kinds given, else of one to four kinds of all."""
    drawn = (
        st.just(kinds)
        if kinds
        else st.lists(st.sampled_from(RecordKind), min_size=1, max_size=4, unique=True).map(tuple)
    )
    return drawn.flatmap(lambda chosen: _of_kinds(chosen, most))


def _of_kinds(kinds: tuple[RecordKind, ...], most: int) -> st.SearchStrategy[Batch]:
    lists = {kind.value: st.lists(records(kind), max_size=most).map(tuple) for kind in kinds}
    return st.builds(Batch, school=ids.map(SchoolId), sent_at=moments, **lists)
