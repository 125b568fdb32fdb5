"""The journal's schemas are those that its records' shapes make, and tell of every field what it says."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from gateway.mapping import journal_csv, journal_json, journal_xml
from gateway.mapping.journal_pages import filled_in, schema_files
from gateway.mapping.journal_records import KIND_LABELS, KINDS, record_from
from gateway.mapping.journal_schema import all_choices, all_shapes
from gateway.mapping.journal_words import all_words, words_of
from gateway.model.batch import Batch
from gateway.model.journal_records import RecordKind, records_of
from gateway.model.record_shape import FieldType
from gateway.schemas.catalogue import schema_bytes
from gateway.schemas.json import parse_json
from gateway.schemas.json_validation import item_faults, json_faults
from gateway.schemas.xml import parse_xml
from gateway.schemas.xml_validation import xml_faults

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden"
PAGES = (ROOT / "docs/reference/journal-batch.md", ROOT / "docs/reference/schemas.md")
XSD = "{http://www.w3.org/2001/XMLSchema}"
SCHEMA = json.loads(schema_bytes("journal", "1.1", "journal-batch.schema.json"))


@pytest.mark.parametrize("name", schema_files())
def test_the_schema_in_the_tree_is_the_one_that_the_shapes_make(name: str) -> None:
    assert schema_bytes("journal", "1.1", name) == schema_files()[name], "run script/make-schemas"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_of_the_reference_are_current(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text == filled_in(text), "run script/make-schemas"
    assert text.count("made by script/make-schemas") == (2 if page.name == "journal-batch.md" else 1)


def test_every_kind_and_every_field_is_in_the_reference() -> None:
    page = PAGES[0].read_text("utf-8")
    for shape in all_shapes():
        for field in shape.fields:
            assert f"| `{field.label}` |" in page
    for label in KIND_LABELS.values():
        assert f"\n### {label}\n" in page


def descriptions(value: Any) -> Iterator[str | None]:
    """Yield the description of every type, and of every field of it."""
    for part in SCHEMA["$defs"].values():
        yield part.get("description")
        yield from (field.get("description") for field in part.get("properties", {}).values())
    yield from (field.get("description") for field in value["properties"].values())


def test_every_type_and_field_has_a_description() -> None:
    assert all(descriptions(SCHEMA))
    batch = etree.fromstring(schema_bytes("journal", "1.1", "journal-batch.xsd"))
    named = [element for tag in ("simpleType", "complexType") for element in batch.iterchildren(f"{XSD}{tag}")]
    fields = [field for part in named for field in part.iterfind(f"{XSD}sequence//{XSD}element")]
    lists = [element for element in fields if element.getparent().getparent().getparent().tag == f"{XSD}element"]  # type: ignore[union-attr]  # a field is in a type
    documented = [element for element in [*named, *fields] if element not in lists]
    assert len(documented) > 300
    assert all(element.findtext(f"{XSD}annotation/{XSD}documentation") for element in documented)


def test_no_words_are_left_over() -> None:
    used = {words_of(shape.record, field) for shape in all_shapes() for field in shape.fields}
    assert set(all_words().values()) <= used
    named = {name for shape in all_shapes() for field in shape.fields for name in (field.name, _special(shape, field))}
    assert set(all_words()) <= named
    assert not any("``" in text for text in descriptions(SCHEMA) if text)


def _special(shape: Any, field: Any) -> str:
    return f"{shape.record.__name__}.{field.name}"


def test_a_name_of_a_type_stands_for_one_type() -> None:
    names = Counter(one.__name__ for one in (*all_choices(), *(shape.record for shape in all_shapes())))
    assert set(names.values()) == {1}


def test_every_text_and_number_has_limits() -> None:
    for shape in all_shapes():
        for field in shape.fields:
            assert (field.holds is FieldType.TEXT) == (field.length is not None), field.name
            assert (field.holds is FieldType.NUMBER) == (field.bounds is not None), field.name


def test_no_record_has_two_fields_of_which_there_may_be_nothing() -> None:
    """One element, one column says so: of two fields it would not say which."""
    assert all(sum(field.nullable for field in shape.fields) <= 1 for shape in all_shapes())


def test_kinds_and_elements_have_names_of_their_own() -> None:
    assert len(set(KIND_LABELS.values())) == len(set(journal_xml.RECORD_TAGS.values())) == len(RecordKind)
    assert {KINDS[label] for label in KIND_LABELS.values()} == set(RecordKind)


# The older version is read as it is.


def older() -> tuple[Batch, Batch]:
    tree: Any = parse_json((GOLDEN / "journal-batch-1.0.json").read_bytes())
    assert json_faults(tree, "journal", "1.0", "journal-batch.schema.json") == ()
    root = parse_xml((GOLDEN / "journal-batch-1.0.xml").read_bytes())
    assert xml_faults(root, "journal", "1.0", "journal-batch.xsd") == ()
    return journal_json.batch_from(tree), journal_xml.batch_from(root, journal_xml.record_elements(root))


def test_documents_of_the_older_version_are_read_by_the_same_code() -> None:
    from_json, from_xml = older()
    assert from_json == from_xml
    kinds = {kind.value for kind in RecordKind if records_of(from_json, kind)}
    assert kinds == {*json.loads(schema_bytes("journal", "1.0", "journal-batch.schema.json"))["properties"]} - {
        "version",
        "school",
        "sentAt",
    }
    assert [entry.text for entry in from_json.homework] == ["№ 214, 216", None]


def test_every_field_of_the_older_version_is_in_the_newer_one_and_may_hold_as_much() -> None:
    before = json.loads(schema_bytes("journal", "1.0", "journal-batch.schema.json"))
    for label, listed in before["properties"].items():
        if "items" in listed:
            new = SCHEMA["$defs"][SCHEMA["properties"][label]["items"]["$ref"].rpartition("/")[2]]
            old = before["$defs"][listed["items"]["$ref"].rpartition("/")[2]]
            assert set(new["required"]) <= set(old["required"]), label
            for name, field in old["properties"].items():
                assert limits(before, field) <= limits(SCHEMA, new["properties"][name]), (label, name)


class Limits:
    """What a field may hold, ordered by how much."""

    def __init__(self, schema: Any, field: Any) -> None:
        while "$ref" in field:
            field = schema["$defs"][field["$ref"].rpartition("/")[2]]
        self.field = {key: value for key, value in field.items() if key not in {"description", "default"}}

    def __le__(self, other: Limits) -> bool:
        mine, theirs = dict(self.field), dict(other.field)
        if "enum" in mine:
            return set(mine["enum"]) <= set(theirs["enum"])
        if mine.get("type") == "object":
            return set(mine["properties"]) <= set(theirs["properties"])
        if "items" in mine:
            return bool(mine["maxItems"] <= theirs["maxItems"])
        if "pattern" in mine and "maxLength" not in mine:
            return bool(mine["pattern"].replace("[+-]", r"[+\-]") == theirs["pattern"])
        return mine == theirs


def limits(schema: Any, field: Any) -> Limits:
    return Limits(schema, field)


# The examples of the reference are true.


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGES[0].read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


EXAMPLES = list(zip(blocks("json"), blocks("xml"), strict=True))


@pytest.mark.parametrize(("as_json", "as_xml"), EXAMPLES, ids=["set-up", "day", "correction", "withdrawing"])
def test_the_examples_are_valid_and_the_same_in_both_forms(as_json: str, as_xml: str) -> None:
    tree: Any = parse_json(as_json.encode())
    root = parse_xml(as_xml.encode())
    assert json_faults(tree, "journal", "1.1", "journal-batch.schema.json") == ()
    assert xml_faults(root, "journal", "1.1", "journal-batch.xsd") == ()
    batch = journal_json.batch_from(tree)
    assert batch == journal_xml.batch_from(root, journal_xml.record_elements(root))
    assert any(records_of(batch, kind) for kind in RecordKind)


def test_the_table_of_the_reference_has_the_marks_of_the_day() -> None:
    (table,) = blocks("csv")
    plain = [journal_csv.plain_in(RecordKind.MARKS, row) for row in csv.DictReader(io.StringIO(table, newline=""))]
    for place, one in enumerate(plain):
        assert item_faults(one, "journal", "1.1", "journal-batch.schema.json", of="marks", place=place) == ()
    day = journal_json.batch_from(parse_json(EXAMPLES[1][0].encode()))  # type: ignore[arg-type]  # it is an object
    assert tuple(record_from(RecordKind.MARKS, one) for one in plain) == day.marks


def test_a_list_that_an_older_version_does_not_have_is_a_fault_and_no_crash() -> None:
    faults = item_faults({"id": "y"}, "journal", "1.0", "journal-batch.schema.json", of="years", place=0)
    assert [(fault.code, fault.path) for fault in faults] == [("json.invalid", "/years")]
