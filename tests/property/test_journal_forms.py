"""All forms of a record say the same, for every kind, and a document is right in all forms or in none (R-EXCH-01)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, reduce
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.mapping import journal_csv, journal_json, journal_xml
from gateway.mapping.journal_plain import plain_from
from gateway.mapping.journal_records import KIND_LABELS, record_from
from gateway.model.batch import Batch
from gateway.model.ids import LessonId, SchoolId
from gateway.model.journal import Homework
from gateway.model.journal_records import RESTRICTED, RecordKind, all_records
from gateway.model.record_shape import FieldType, RecordField, shape_of, shape_of_kind
from gateway.sandbox import journal_system
from gateway.schemas.json import parse_json
from gateway.schemas.json_validation import item_faults, json_faults
from gateway.schemas.xml import parse_xml
from gateway.schemas.xml_validation import xml_faults
from tests.journal_strategies import batches, characters, records

NOW = datetime(2026, 9, 15, 15, 0, tzinfo=UTC)
JSON_SCHEMA = ("journal", "1.1", "journal-batch.schema.json")
every_kind = pytest.mark.parametrize("kind", RecordKind)
usual = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
some = settings(usual, max_examples=15)
"""Every kind is drawn by itself, so that few examples of each are many."""


def read_json(content: bytes) -> Batch:
    tree: Any = parse_json(content)
    assert json_faults(tree, *JSON_SCHEMA, source=content) == ()
    return journal_json.batch_from(tree)


def read_xml(content: bytes) -> Batch:
    root = parse_xml(content)
    assert xml_faults(root, "journal", "1.1", "journal-batch.xsd") == ()
    return journal_xml.batch_from(root, journal_xml.record_elements(root))


def read_table(kind: RecordKind, content: str) -> tuple[Any, ...]:
    rows = list(csv.DictReader(io.StringIO(content, newline="")))
    plain = [journal_csv.plain_in(kind, row) for row in rows]
    for place, one in enumerate(plain):
        assert item_faults(one, *JSON_SCHEMA, of=KIND_LABELS[kind], place=place) == ()
    return tuple(record_from(kind, one) for one in plain)


def written_table(kind: RecordKind, of: tuple[Any, ...]) -> str:
    file = io.StringIO(newline="")
    journal_csv.write_table(kind, of, file)
    return file.getvalue()


def one_batch(kind: RecordKind, record: Any) -> Batch:
    lists: dict[str, Any] = {kind.value: (record,)}
    return Batch(school=SchoolId("school-1"), sent_at=NOW, **lists)


@every_kind
@some
@given(data=st.data())
def test_a_record_of_every_kind_is_the_same_in_every_form(kind: RecordKind, data: st.DataObject) -> None:
    record = data.draw(records(kind))
    whole = one_batch(kind, record)
    assert record_from(kind, plain_from(record)) == record
    assert read_json(json.dumps(journal_json.tree_from(whole), ensure_ascii=False).encode()) == whole
    assert read_xml(etree.tostring(journal_xml.element_from(whole), encoding="UTF-8")) == whole
    assert read_table(kind, written_table(kind, (record,))) == (record,)


@settings(usual, max_examples=60)
@given(batches())
def test_a_batch_of_several_kinds_is_the_same_in_both_forms(batch: Batch) -> None:
    assert read_json(json.dumps(journal_json.tree_from(batch), ensure_ascii=False).encode()) == batch
    assert read_xml(etree.tostring(journal_xml.element_from(batch), encoding="UTF-8")) == batch


@every_kind
@settings(some, max_examples=5)
@given(data=st.data())
def test_the_senders_own_writer_is_understood_in_both_forms(kind: RecordKind, data: st.DataObject) -> None:
    batch = data.draw(batches(kind))
    assert read_json(journal_system.to_json(batch)) == batch
    assert read_xml(journal_system.to_xml(batch)) == batch


@every_kind
@some
@given(data=st.data())
def test_what_holds_its_default_is_left_out(kind: RecordKind, data: st.DataObject) -> None:
    record = data.draw(records(kind))
    defaults = {field.label: field.default for field in shape_of_kind(kind).fields if not field.required}
    written = plain_from(record)
    assert all(getattr(record, field.name) != field.default for field in fields_in(kind, written, defaults))
    assert json.loads(json.dumps(written)) == written


def fields_in(kind: RecordKind, written: dict[str, Any], defaults: dict[str, Any]) -> list[RecordField]:
    return [field for field in shape_of_kind(kind).fields if field.label in written and field.label in defaults]


@pytest.mark.parametrize("kind", sorted(RESTRICTED))
@some
@given(data=st.data())
def test_what_is_sealed_is_not_in_the_repr(kind: RecordKind, data: st.DataObject) -> None:
    record = data.draw(records(kind))
    sealed = {field.name: "тайна-тайна" for field in shape_of_kind(kind).fields if field.sealed}
    assert sealed
    assert "тайна" not in repr(replace(record, **sealed))


# A document with one wrong field is wrong in both forms, at the very limits.


@cache
def sample(kind: RecordKind) -> tuple[Any, etree._Element]:
    """A record of a kind with every field, as plain values and as an element."""
    record = full_record(kind)
    whole = journal_xml.element_from(one_batch(kind, record))
    (element,) = journal_xml.record_elements(whole)[kind]
    return plain_from(record), element


def full_record(kind: RecordKind) -> Any:
    plain = {field.label: full_value(field) for field in shape_of_kind(kind).fields}
    return record_from(kind, plain)


def full_value(field: RecordField) -> Any:
    one: Any
    match field.holds:
        case FieldType.RECORD:
            one = {inner.label: full_value(inner) for inner in shape_fields(field)}
        case FieldType.CHOICE:
            assert field.choices is not None
            one = next(choice.value for choice in reversed(field.choices) if choice != field.default)
        case FieldType.NUMBER:
            assert field.bounds is not None
            one = field.bounds.highest - (field.bounds.highest == field.default)
        case FieldType.FLAG:
            one = not field.default
        case holds:
            one = {
                FieldType.ID: "x-1",
                FieldType.TEXT: "текст",
                FieldType.DAY: "2026-09-15",
                FieldType.MOMENT: "2026-09-15T09:00:00Z",
                FieldType.CLOCK_TIME: "08:30",
            }[holds]
    return [one] if field.many else one


def shape_fields(field: RecordField) -> tuple[RecordField, ...]:
    nested: type | None = field.record
    assert nested is not None
    return shape_of(nested).fields


@dataclass(frozen=True, kw_only=True)
class Place:
    """A field of a record or of a record inside it: the way to it among plain values, and among elements."""

    kind: RecordKind
    field: RecordField
    way: tuple[str | int, ...]
    elements: str


@cache
def places(kind: RecordKind) -> tuple[Place, ...]:
    """All fields of a kind that hold one value, and those of the records inside."""
    return tuple(_places(kind, shape_of_kind(kind).fields, (), ""))


def _places(
    kind: RecordKind, fields: tuple[RecordField, ...], way: tuple[str | int, ...], elements: str
) -> Iterator[Place]:
    for field in fields:
        if field.record is not None:
            item = f".{journal_xml.item_tag(field)}" if field.many else ""
            inside = (*way, field.label, *((0,) if field.many else ()))
            yield from _places(kind, shape_fields(field), inside, f"{elements}{field.label}{item}.")
        elif not field.many:
            yield Place(kind=kind, field=field, way=(*way, field.label), elements=elements + field.label)


def are_faulty(place: Place, value: str) -> tuple[bool, bool]:
    """Whether a record with this text in a field has faults, as JSON and as XML; a number is written as one."""
    plain, element = deepcopy(sample(place.kind))
    *way, label = place.way
    reduce(lambda inside, name: inside[name], way, plain)[label] = as_json_value(place.field, value)
    changed = journal_xml.field_element(element, place.elements)
    assert changed is not None
    changed.text = value
    in_json = item_faults(plain, *JSON_SCHEMA, of=KIND_LABELS[place.kind], place=0)
    in_xml = xml_faults(element, "journal", "1.1", "journal-records.xsd")
    return bool(in_json), bool(in_xml)


def as_json_value(field: RecordField, value: str) -> Any:
    if field.holds is FieldType.NUMBER and value.removeprefix("-").isascii() and value.removeprefix("-").isdecimal():
        return int(value)
    return {"true": True, "false": False}.get(value, value) if field.holds is FieldType.FLAG else value


NEAR: dict[FieldType, st.SearchStrategy[str]] = {
    FieldType.ID: st.text(characters.filter(lambda char: char != "\r"), max_size=66),
    FieldType.DAY: st.from_regex(r"\A(0000|1899|2024|2026|2200)-(0?2|9|13)-(28|29|30|31)(Z|\+03:00)?\Z"),
    FieldType.MOMENT: st.from_regex(
        r"\A(1899|2026)-(0[29]|13)-(29|30|31)T(2[34]|09):(00|60):(5|59|60)(\.[0-9]{0,7})?(Z|z|[+-](13:59|14:0[01]|9:00)|)\Z"
    ),
    FieldType.CLOCK_TIME: st.from_regex(r"\A([0-2]?[0-9]|24):(00|5|59|60)(:(00|59|60))?(\.5|Z)?\Z"),
    FieldType.FLAG: st.sampled_from(["true", "false", "True", "yes", ""]),
}


def near(field: RecordField) -> st.SearchStrategy[str]:
    """Texts that are a value of the field, or almost one."""
    if field.choices is not None:
        codes = [choice.value for choice in field.choices]
        return st.sampled_from([*codes, *(code.upper() for code in codes), codes[0] + " ", "", "нет"])
    if field.bounds is not None:
        low, high = field.bounds.lowest, field.bounds.highest
        return st.sampled_from([str(number) for number in (low - 1, low, high, high + 1, 10**20)])
    if field.length is not None:
        sizes = {0, 1, field.length.shortest, field.length.longest, field.length.longest + 1}
        return st.sampled_from(sorted(sizes)).flatmap(
            lambda size: st.sampled_from("я 😀").map(lambda char: char * size)
        )
    return NEAR[field.holds]


@every_kind
@settings(some, max_examples=25)
@given(data=st.data())
def test_a_value_is_right_in_both_forms_or_in_neither(kind: RecordKind, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(kind)), label="place")
    value = data.draw(near(place.field), label="value")
    in_json, in_xml = are_faulty(place, value)
    assert in_json == in_xml


@every_kind
def test_a_missing_field_is_missing_in_both_forms(kind: RecordKind) -> None:
    for field in shape_of_kind(kind).fields:
        plain, element = deepcopy(sample(kind))
        del plain[field.label]
        gone = journal_xml.field_element(element, field.label)
        assert gone is not None
        element.remove(gone)
        in_json = item_faults(plain, *JSON_SCHEMA, of=KIND_LABELS[kind], place=0)
        in_xml = xml_faults(element, "journal", "1.1", "journal-records.xsd")
        assert (bool(in_json), bool(in_xml)) == (field.required, field.required), field.label


@every_kind
def test_a_list_is_as_long_as_is_allowed_in_both_forms(kind: RecordKind) -> None:
    for field in shape_of_kind(kind).fields:
        for length, faulty in ((0, False), (1000, False), (1001, True)) if field.many else ():
            plain, element = deepcopy(sample(kind))
            plain[field.label] *= length
            items = journal_xml.field_element(element, field.label)
            assert items is not None
            (item,) = items
            items[:] = [deepcopy(item) for _ in range(length)]
            in_json = item_faults(plain, *JSON_SCHEMA, of=KIND_LABELS[kind], place=0)
            in_xml = xml_faults(element, "journal", "1.1", "journal-records.xsd")
            assert (bool(in_json), bool(in_xml)) == (faulty, faulty), field.label


numbers = [place for kind in RecordKind for place in places(kind) if place.field.holds is FieldType.NUMBER]


@usual
@given(
    st.sampled_from(numbers),
    st.sampled_from(["", "-1", "+5", "1.5", "1e2", "٥", "5_0", "0x5", "five", "99999999999999999999"]),
)
def test_what_is_no_number_of_the_field_is_a_fault_in_both_forms(place: Place, value: str) -> None:
    assert are_faulty(place, value) == (True, True)


# What only tables have: cells.


@pytest.mark.parametrize("text", [None, "null", "true", " ", 'a;b,c\n"d"\r\ne'])
def test_homework_that_was_not_set_differs_from_every_text(text: str | None) -> None:
    homework = Homework(lesson=LessonId("L-1"), text=text)
    table = written_table(RecordKind.HOMEWORK, (homework,))
    assert table.splitlines()[0] == "lesson,text,due,manner,pages,tasks,author,enteredAt,correction,notSet"
    assert read_table(RecordKind.HOMEWORK, table) == (homework,)


@pytest.mark.parametrize(
    ("kind", "row", "fields"),
    [
        (RecordKind.MARKS, {"value": "пять"}, {"value"}),
        (RecordKind.MARKS, {"value": "5.0"}, {"value"}),
        (RecordKind.MARKS, {"voided": "да"}, {"voided"}),
        (RecordKind.MARKS, {"workKind": ""}, {"workKind"}),
        (RecordKind.MARKS, {"colour": "green"}, {"colour"}),
        (RecordKind.MARKS, {"notSet": "true"}, {"notSet"}),
        (RecordKind.BELLS, {"lessons": "[{]"}, {"lessons"}),
        (RecordKind.BELLS, {"lessons": '[{"number": 1}]'}, {"start", "end"}),
        (RecordKind.GROUPS, {"members": "a b\u0001"}, {"members"}),
        (RecordKind.HOMEWORK, {"text": ""}, {"text"}),
        (RecordKind.HOMEWORK, {"text": "", "notSet": "да"}, {"text", "notSet"}),
        (RecordKind.HOMEWORK, {"text": "№ 5", "notSet": "true"}, {"notSet"}),
        (RecordKind.HOMEWORK, {"text": "", "notSet": "false"}, {"text"}),
    ],
)
def test_a_cell_that_does_not_fit_its_column_is_a_fault_of_the_schema(
    kind: RecordKind, row: dict[str, str], fields: set[str]
) -> None:
    whole = dict(zip(journal_csv.columns(kind), journal_csv.row_from(kind, full_record(kind)), strict=True))
    plain = journal_csv.plain_in(kind, {**whole, **row})
    faults = item_faults(plain, *JSON_SCHEMA, of=KIND_LABELS[kind], place=0)
    assert {fault.field for fault in faults} == fields


@example(Batch(school=SchoolId("school-1"), sent_at=NOW))
@settings(usual, max_examples=20)
@given(batches())
def test_records_are_read_one_by_one_as_in_the_whole(batch: Batch) -> None:
    root = journal_xml.element_from(batch)
    elements = journal_xml.record_elements(root)
    one_by_one = [(kind, journal_xml.record_in(kind, element)) for kind in RecordKind for element in elements[kind]]
    assert one_by_one == list(all_records(batch))
