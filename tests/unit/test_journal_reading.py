from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from gateway.errors import Fault, Rejected, SchemaError, Text
from gateway.journal.documents import open_table
from gateway.journal.reading import read_document
from gateway.mapping import journal_json
from gateway.model.attendance import MedicalCertificate
from gateway.model.batch import Batch
from gateway.model.journal import Substitution
from gateway.model.journal_records import RecordKind
from tests.journal_world import (
    ANNA,
    DAY,
    NOW,
    SCHOOL,
    TEACHER,
    absence,
    as_json,
    as_xml,
    batch,
    day_batch,
    homework,
    lesson,
    mark,
    read,
    setup_batch,
)

JSON, XML = "application/json", "application/xml"
FORMS = pytest.mark.parametrize(("write", "media_type"), [(as_json, JSON), (as_xml, XML)], ids=["json", "xml"])
Write = Callable[[Batch], bytes]


def refusal(content: bytes, media_type: str) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        read(content, media_type)
    return caught.value


def places(rejected: tuple[Rejected, ...]) -> dict[tuple[str, str], set[tuple[str, int | None, str | None]]]:
    return {(one.kind, one.record): {(fault.path, fault.line, fault.field) for fault in one.faults} for one in rejected}


@FORMS
def test_a_valid_document_is_read_whole(write: Write, media_type: str) -> None:
    for whole in (setup_batch(), day_batch(), batch()):
        reading = read(write(whole), media_type)
        assert reading.batch == whole
        assert reading.rejected == ()


BROKEN_JSON = b"""{"version": "1.0", "school": "school-1", "sentAt": "2026-09-15T15:00:00Z",
"lessons": [{"id": "L-1", "day": "15.09.2026"}],
"marks": [
{"id": "M-1", "lesson": "L-1", "pupil": "P-1", "value": 5, "workKind": "oral"},
{"id": "M-2", "lesson": "L-1", "pupil": "P-1", "value": "five",
 "workKind": "oral", "colour": "green"},
7],
"absences": [{"lesson": "L-1", "pupil": "P-1", "kind": "asleep"}, {"kind": "late"}]}"""

BROKEN_XML = b"""<?xml version="1.0"?>
<p:journalBatch xmlns:p="urn:school-gateway:journal:1.0" version="1.0"><!-- by hand -->
<p:school>school-1</p:school><p:sentAt>2026-09-15T15:00:00Z</p:sentAt>
<p:marks>
<p:mark><p:id>M-1</p:id><p:lesson>L-1</p:lesson><p:pupil>P-1</p:pupil><p:value>5</p:value><p:workKind>oral</p:workKind></p:mark>
<p:mark><p:id>M-2</p:id><p:lesson>L-1</p:lesson><p:pupil>P-1</p:pupil>
<p:value>five</p:value><p:workKind>oral</p:workKind></p:mark></p:marks>
<p:homework><p:entry><p:lesson>L-1</p:lesson></p:entry></p:homework>
</p:journalBatch>"""


def test_records_of_a_json_document_that_are_not_valid_are_set_aside() -> None:
    reading = read(BROKEN_JSON, JSON)
    assert [one.id for one in reading.batch.marks] == ["M-1"]
    assert reading.batch.lessons == ()
    found = places(reading.rejected)
    assert found["mark", "M-2"] == {("/marks/1/value", 5, "value"), ("/marks/1/colour", 6, "colour")}
    assert found["mark", "#3"] == {("/marks/2", 7, "marks")}
    assert found["absence", "L-1 P-1"] == {("/absences/0/kind", 8, "kind")}
    assert ("absence", "#2") in found
    assert ("/lessons/0/day", 2, "day") in found["lesson", "L-1"]
    assert reading.rejected_keys == {
        RecordKind.LESSONS: {("L-1",)},
        RecordKind.MARKS: {("M-2",)},
        RecordKind.ABSENCES: {("L-1", "P-1")},
    }


def test_records_of_an_xml_document_that_are_not_valid_are_set_aside() -> None:
    reading = read(BROKEN_XML, XML)
    assert [one.id for one in reading.batch.marks] == ["M-1"]
    (bad_mark, bad_homework) = reading.rejected
    assert (bad_mark.kind, bad_mark.record) == ("mark", "M-2")
    assert {(fault.line, fault.field) for fault in bad_mark.faults} == {(7, "value")}
    assert (bad_homework.kind, bad_homework.record, bad_homework.faults[0].line) == ("homework", "L-1", 8)
    assert "<p:value>five</p:value>" in bad_mark.raw


def test_a_rejected_record_keeps_its_raw_form_out_of_its_repr() -> None:
    (bad,) = [one for one in read(BROKEN_JSON, JSON).rejected if one.record == "M-2"]
    assert json.loads(bad.raw)["value"] == "five"
    assert "five" not in repr(bad)


SECRET = "у ученика диабет"
TELLING = batch(
    lessons=(lesson(substitution=Substitution(teacher=TEACHER, reason=SECRET)),),
    absences=(absence(comment=SECRET),),
    marks=(mark(comment=SECRET),),
    homework=(homework(text=SECRET),),
    medical_certificates=(MedicalCertificate(id="MC-1", pupil=ANNA, valid_from=DAY, valid_to=DAY, notes=SECRET),),
)
OF_RULES = {(kind, 0): (Fault(code="x", text=Text(ru="", en="")),) for kind in RecordKind}


@FORMS
def test_no_text_of_a_rejected_record_is_kept(write: Write, media_type: str) -> None:
    """R-SEC-10: neither where the schema turns it away nor where a rule does; what tells which record it is stays."""
    content = write(TELLING)
    too_long = content.replace(SECRET.encode(), (SECRET * 500).encode())
    found = read(too_long, media_type).rejected + read(content, media_type, OF_RULES).turned_away
    assert len(found) == 10
    assert not any(SECRET in repr((one.raw, one.faults)) for one in found)
    assert {one.kind for one in found if not one.raw} == {"medicalCertificate"}
    assert all(ANNA in one.raw for one in found if one.kind == "mark")


@FORMS
def test_what_has_no_name_or_place_in_the_schema_is_not_kept(write: Write, media_type: str) -> None:
    content = write(batch(marks=(mark(weight=2),)))
    for said, wrong in {
        '"weight": 2': f'"weight": ["{SECRET}", {{"a": "{SECRET}"}}], "health": "{SECRET}"',
        "<weight>2</weight>": f"<weight><a>{SECRET}</a></weight><health>{SECRET}</health>{SECRET}",
    }.items():
        content = content.replace(said.encode(), wrong.encode())
    (bad,) = read(content, media_type).rejected
    assert SECRET.encode() in content
    assert "M-1" in bad.raw
    assert SECRET not in bad.raw


def test_no_text_of_a_rejected_row_is_kept() -> None:
    table = f"id,lesson,pupil,value,workKind,comment,health\nM-1,L-1,P-1,five,oral,{SECRET},{SECRET}\n".encode()
    document = open_table(BytesIO(table), "text/csv", kind=RecordKind.MARKS, school=SCHOOL.id, sent_at=NOW)
    with read_document(document) as reading:
        (bad,) = reading.rejected
    assert bad.raw == "M-1,L-1,P-1,five,oral,…,…"
    nested = f'id,substitution\nL-1,"{{""teacher"": ""s"", ""reason"": ""{SECRET}""}}"\n'.encode()
    document = open_table(BytesIO(nested), "text/csv", kind=RecordKind.LESSONS, school=SCHOOL.id, sent_at=NOW)
    with read_document(document) as reading:
        (bad,) = reading.rejected
    assert bad.raw == "L-1,…"
    assert not any(SECRET in (fault.value or "") for fault in bad.faults)


@FORMS
def test_faults_of_rules_get_their_places_in_the_document(write: Write, media_type: str) -> None:
    # The second lesson of the document is the first that is valid: places are those of the document.
    content = write(batch(lessons=(lesson("L 0"), lesson("L-1"), lesson("L-2")), marks=(mark(),)))
    said = Text(ru="…", en="…")
    found = read(
        content,
        media_type,
        {
            (RecordKind.LESSONS, 1): (
                Fault(code="a", text=said, field="day"),
                Fault(code="b", text=said, field="group"),
            ),
            (RecordKind.MARKS, 0): (Fault(code="c", text=said),),
        },
    ).turned_away
    lines = content.decode().splitlines()
    (first, second), (third,) = (one.faults for one in found)
    assert lines[(first.line or 0) - 1].strip().strip(",") in {'"day": "2026-09-15"', "<day>2026-09-15</day>"}
    assert first.path in {"/lessons/1/day", "/journalBatch/lessons/lesson[2]/day"}
    # A field that is not there is looked for where its record begins.
    assert lines[(second.line or 0) - 1].strip() in {"{", "<lesson>"}
    assert second.path in {"/lessons/1/group", "/journalBatch/lessons/lesson[2]"}
    assert third.path in {"/marks/0", "/journalBatch/marks/mark[1]"}


ENVELOPES: list[tuple[bytes, str, str]] = [
    (b"[]", JSON, ""),
    (b'{"version": "1.0", "sentAt": "2026-09-15T15:00:00Z"}', JSON, "/school"),
    (b'{"version": "2.0", "school": "s", "sentAt": "2026-09-15T15:00:00Z"}', JSON, "/version"),
    (b'{"version": "1.0", "school": "s", "sentAt": "2026-09-15T15:00:00Z", "marks": {"0": 1}}', JSON, "/marks"),
    (b'{"version": "1.0", "school": "s", "sentAt": "2026-09-15T15:00:00Z", "grades": []}', JSON, "/grades"),
    (b'<journalBatch version="1.0"/>', XML, "/journalBatch"),
    (
        (
            b'<journalBatch xmlns="urn:school-gateway:journal:1.0" version="2.0"><school>s</school>'
            b"<sentAt>2026-09-15T15:00:00Z</sentAt></journalBatch>"
        ),
        XML,
        "/journalBatch",
    ),
    (
        (
            b'<journalBatch xmlns="urn:school-gateway:journal:1.0" version="1.0"><school>s</school>'
            b"<sentAt>2026-09-15T15:00:00Z</sentAt><marks><absence/></marks></journalBatch>"
        ),
        XML,
        "/journalBatch/marks",
    ),
]


@pytest.mark.parametrize(("content", "media_type", "path"), ENVELOPES)
def test_a_broken_envelope_refuses_the_whole(content: bytes, media_type: str, path: str) -> None:
    error = refusal(content, media_type)
    assert error.code == "journal.not_a_batch"
    assert path in {fault.path for fault in error.faults}
    assert all(fault.line == 1 for fault in error.faults)


def test_a_broken_envelope_tells_the_faults_of_records_too() -> None:
    error = refusal(BROKEN_JSON.replace(b'"version": "1.0", ', b""), JSON)
    assert {"/version", "/marks/1/value", "/absences/0/kind"} <= {fault.path for fault in error.faults}


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"<journalBatch", XML, "xml.not_well_formed"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', XML, "xml.doctype"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', XML, "xml.doctype"),
        (b"{", JSON, "json.not_well_formed"),
        (b"a,b", "text/csv", "journal.media_type"),
    ],
)
def test_what_cannot_be_parsed_is_refused(content: bytes, media_type: str, code: str) -> None:
    assert refusal(content, media_type).code == code


@pytest.mark.parametrize(
    ("beginning", "opening", "media_type", "code"),
    [
        (b'<journalBatch xmlns="urn:school-gateway:journal:1.1">', b"<a>", XML, "xml.too_deep"),
        (b'{"marks": ', b"[", JSON, "json.too_deep"),
    ],
)
def test_fifty_megabytes_of_nesting_are_refused(beginning: bytes, opening: bytes, media_type: str, code: str) -> None:
    content = beginning + opening * (50_000_000 // len(opening))
    tracemalloc.start()
    try:
        assert refusal(content, media_type).code == code
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2 * len(content)


@FORMS
def test_a_document_with_more_faults_than_are_told_is_refused(write: Write, media_type: str) -> None:
    marks = tuple(mark(f"M {number}") for number in range(1000))
    error = refusal(write(batch(marks=marks)), media_type)
    assert error.code == "journal.not_a_batch"
    assert len(error.faults) == 1000


@FORMS
def test_one_bad_record_among_a_hundred_leaves_the_others(write: Write, media_type: str) -> None:
    marks = tuple(mark("M 57" if number == 57 else f"M-{number}") for number in range(100))
    reading = read(write(batch(marks=marks)), media_type)
    assert reading.batch.marks == marks[:57] + marks[58:]
    assert [one.record for one in reading.rejected] == ["M 57"]


def test_comments_and_instructions_inside_values_are_not_part_of_them() -> None:
    content = as_xml(batch(marks=(mark(value=15),)))
    commented = content.replace(b"<value>15</value>", b"<value>1<!-- not 15 -->5<?x y?></value>")
    assert commented != content
    assert read(commented, XML).batch.marks == (mark(value=15),)


STRAYS = [
    ("<mark>", "text<mark>"),
    ("</mark>", "</mark>text"),
    ("<marks>", "<marks><stray/>"),
    ("</marks>", "<lesson/></marks>"),
    ("<marks>", "<marks number='1'>"),
    ("<marks>", "<marks/><marks>"),
    ("<marks>", "text<marks>"),
    ("</marks>", "</marks>text"),
    ("<school>", "<school><b/>"),
    ("<school>", "<school number='1'>"),
    ("<journalBatch ", "<journalBatch number='1' "),
    ("</journalBatch>", "<stray/></journalBatch>"),
    ("</journalBatch>", "<marks/>" * 30 + "</journalBatch>"),
    ("journalBatch", "mark"),
]


@pytest.mark.parametrize(("whole", "stray"), STRAYS)
def test_whatever_is_no_record_and_not_in_the_schema_refuses_the_whole(whole: str, stray: str) -> None:
    content = as_xml(batch(marks=(mark(),)))
    broken = content.decode().replace(whole, stray).encode()
    assert broken != content
    error = refusal(broken, XML)
    assert error.code == "journal.not_a_batch"
    assert all(fault.line and fault.path for fault in error.faults)


def test_facts_known_by_their_links_are_named_by_them() -> None:
    tree: Any = journal_json.tree_from(batch(absences=(absence(),), homework=(homework(),)))
    tree["absences"][0]["x"] = tree["homework"][0]["x"] = 1
    reading = read(json.dumps(tree).encode(), JSON)
    assert [one.record for one in reading.rejected] == ["L-1 pupil-boris", "L-1"]
