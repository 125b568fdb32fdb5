"""The report as XML: a golden document, what it must never tell, and what a reader refuses to believe."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.errors import MappingError, SchemaError
from gateway.exports.checks import document_faults, require_sound
from gateway.exports.definitions import PERFORMANCE, disclosed_fields
from gateway.mapping.performance import DocumentHeader, content_digest, performance_document, read_performance
from gateway.model.ids import PeriodId, SubjectId
from gateway.model.indicators import MarkSheet
from gateway.model.performance import (
    Attendance,
    ClassReport,
    ClassSubject,
    PerformanceReport,
    PupilReport,
    PupilSubject,
)
from gateway.model.school import Component, Period, PeriodKind, Subject
from gateway.schemas.xml import parse_xml

GOLDEN = Path(__file__).parents[1] / "golden" / "performance.xml"

MATHS, LOCAL = SubjectId("maths"), SubjectId("local-history")
SHEET = MarkSheet.of([(5, 1), (4, 3), (4, 1), (2, 2)])

REPORT = PerformanceReport(
    school="REG-0001",
    period=Period(
        id=PeriodId("2026-q1"),
        year=2026,
        kind=PeriodKind.QUARTER,
        number=1,
        start=date(2026, 9, 1),
        end=date(2026, 10, 24),
        last_grade=9,
    ),
    subjects=(
        Subject(id=LOCAL, name="Краеведение «Наш край» & музей", component=Component.SCHOOL),
        Subject(id=MATHS, name="Математика"),
    ),
    classes=(
        ClassReport(
            registry_id="C-0001",
            grade=1,
            letter="А",
            subjects=(ClassSubject(subject=MATHS, lessons=30, marks=None),),
            pupils=(PupilReport(registry_id="P-0003", attendance=Attendance(lessons=30, illness=5)),),
        ),
        ClassReport(
            registry_id="C-0002",
            grade=5,
            letter="Б",
            subjects=(
                ClassSubject(subject=LOCAL, lessons=8, marks=MarkSheet()),
                ClassSubject(subject=MATHS, lessons=38, marks=SHEET),
            ),
            pupils=(
                PupilReport(
                    registry_id="P-0001",
                    attendance=Attendance(lessons=46, excused=1, unexcused=2, unknown=3, late=4),
                    subjects=(PupilSubject(subject=MATHS, marks=SHEET),),
                ),
                PupilReport(registry_id="P-0002", attendance=Attendance(lessons=46)),
            ),
        ),
    ),
)
HEADER = DocumentHeader(
    package="package-1", created_at=datetime(2026, 10, 26, 15, 0, tzinfo=UTC), counted_on=date(2026, 10, 24)
)


def test_golden_document() -> None:
    assert performance_document(REPORT, HEADER).decode() == GOLDEN.read_text(encoding="utf-8")


def test_golden_document_is_valid_and_reads_back_as_the_same_report() -> None:
    content = GOLDEN.read_bytes()
    assert document_faults(PERFORMANCE, content) == ()
    assert read_performance(parse_xml(content)) == (REPORT, HEADER)


def test_the_golden_document_tells_everything_that_is_allowed_and_nothing_else() -> None:
    assert disclosed_fields(parse_xml(GOLDEN.read_bytes())) == PERFORMANCE.fields


def test_content_digest_ignores_package_moment_and_counting_day_but_nothing_else() -> None:
    later = DocumentHeader(
        package="package-2", created_at=datetime(2026, 11, 1, tzinfo=UTC), counted_on=date(2026, 10, 23)
    )
    assert performance_document(REPORT, later) != performance_document(REPORT, HEADER)
    assert content_digest(REPORT) == content_digest(replace(REPORT))
    assert content_digest(REPORT) != content_digest(replace(REPORT, school="REG-0002"))


def test_a_field_that_the_recipient_may_not_see_keeps_the_document_from_leaving() -> None:
    content = performance_document(REPORT, HEADER).replace(b'<pupil id="P-0001"', b'<pupil id="P-0001" name="X"')
    with pytest.raises(SchemaError) as caught:
        require_sound(PERFORMANCE, content)
    assert {fault.code for fault in caught.value.faults} == {"xml.invalid", "export.field_not_allowed"}
    assert [fault.rule for fault in caught.value.faults if fault.field == "name"] == ["R-SEC-06"]
    assert {fault.who.value for fault in caught.value.faults} == {"coordinator"}


def test_marks_in_grade_1_are_not_valid() -> None:
    content = performance_document(REPORT, HEADER).replace(
        b'subject="maths" lessons="30"', b'subject="maths" n5="1" lessons="30"'
    )
    assert document_faults(PERFORMANCE, content)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b'id="P-0002"', b'id="P-0001"'),
        (b'<taught subject="maths" lessons="38"', b'<taught subject="physics" lessons="38"'),
        (b'grade="5"', b'grade="1"'),
        (b'id="P-0002"', 'id="Иванов"'.encode()),
        (b'lessons="46" illness="0" excused="1"', b'lessons="46" illness="-1" excused="1"'),
    ],
    ids=["pupil twice", "unknown subject", "first grade with marks", "a name for an id", "negative count"],
)
def test_what_the_schema_refuses(right: bytes, wrong: bytes) -> None:
    content = performance_document(REPORT, HEADER)
    assert right in content
    assert document_faults(PERFORMANCE, content.replace(right, wrong, 1))


def test_a_report_without_a_class_is_not_valid() -> None:
    assert document_faults(PERFORMANCE, performance_document(replace(REPORT, classes=()), HEADER))


def test_every_mean_that_does_not_follow_from_its_numbers_is_told_with_its_line() -> None:
    content = performance_document(REPORT, HEADER).replace(b'mean="3.75"', b'mean="4.75"')
    with pytest.raises(MappingError) as caught:
        read_performance(parse_xml(content))
    assert [(fault.code, fault.field, fault.record) for fault in caught.value.faults] == [
        ("performance.indicator", "mean", "maths")
    ] * 2
    lines = content.decode().splitlines()
    assert all('mean="4.75"' in lines[fault.line - 1] for fault in caught.value.faults if fault.line)


def test_another_version_of_a_formula_is_refused() -> None:
    content = performance_document(REPORT, HEADER).replace(b'id="mean" version="1"', b'id="mean" version="2"')
    with pytest.raises(MappingError) as caught:
        read_performance(parse_xml(content))
    assert caught.value.code == "performance.formula"


def test_a_character_that_xml_cannot_carry_is_told() -> None:
    broken = replace(REPORT, subjects=(Subject(id=MATHS, name="Матем\x00атика"),))
    with pytest.raises(MappingError) as caught:
        performance_document(broken, HEADER)
    assert caught.value.code == "performance.character"
