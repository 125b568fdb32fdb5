"""Laws of the indicators, whatever the marks; and the report survives its way through XML."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.exports.checks import document_faults
from gateway.exports.definitions import PERFORMANCE
from gateway.mapping.performance import DocumentHeader, content_digest, performance_document, read_performance
from gateway.model.ids import PeriodId, SubjectId
from gateway.model.indicators import (
    Composition,
    MarkSheet,
    learning_degree,
    mean,
    quality_rate,
    success_rate,
    weighted_mean,
)
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

counts = st.integers(min_value=0, max_value=40)
compositions = st.builds(
    Composition,
    fives=counts,
    fours=counts,
    threes=counts,
    twos=counts,
    ones=counts,
    not_attested=counts,
    exempt=counts,
    without_mark=counts,
)
marks = st.tuples(st.integers(min_value=1, max_value=5), st.integers(min_value=1, max_value=10))
sheets = st.lists(marks, max_size=12).map(MarkSheet.of)


@given(compositions)
def test_shares_are_percentages_and_quality_is_never_above_success(composition: Composition) -> None:
    success, quality, degree = (of(composition).value for of in (success_rate, quality_rate, learning_degree))
    if composition.counted == 0:
        assert success is quality is degree is None
        return
    assert success is not None
    assert quality is not None
    assert degree is not None
    assert 0 <= quality <= success <= 100
    assert 0 <= degree <= 100


@given(compositions)
def test_the_exempt_and_those_without_a_mark_change_no_share(composition: Composition) -> None:
    bare = Composition(
        fives=composition.fives,
        fours=composition.fours,
        threes=composition.threes,
        twos=composition.twos,
        ones=composition.ones,
        not_attested=composition.not_attested,
    )
    for share in (success_rate, quality_rate, learning_degree):
        assert share(bare).value == share(composition).value


@given(st.lists(marks, min_size=1))
def test_means_lie_between_the_lowest_and_the_highest_mark(given_marks: list[tuple[int, int]]) -> None:
    sheet, values = MarkSheet.of(given_marks), [value for value, _ in given_marks]
    for indicator in (mean(sheet), weighted_mean(sheet)):
        assert indicator.value is not None
        assert min(values) <= indicator.value <= max(values)
        assert indicator.value == indicator.value.quantize(Decimal("0.01"))


@given(st.lists(st.integers(min_value=1, max_value=5), min_size=1), st.integers(min_value=1, max_value=9))
def test_equal_weights_make_both_means_equal(values: list[int], weight: int) -> None:
    sheet = MarkSheet.of((value, weight) for value in values)
    assert mean(sheet).value == weighted_mean(sheet).value


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="￾￿"), max_size=15)
journal_ids = texts.filter(bool)
registry_ids = st.from_regex(r"[!-~]{1,20}", fullmatch=True)
moments = st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  zone is added
days = st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1))
attendances = st.builds(
    Attendance, lessons=counts, illness=counts, excused=counts, unexcused=counts, unknown=counts, late=counts
)


@st.composite
def reports(draw: st.DrawFn) -> PerformanceReport:
    subjects = draw(
        st.lists(
            st.builds(Subject, id=journal_ids.map(SubjectId), name=journal_ids, component=st.sampled_from(Component)),
            max_size=3,
            unique_by=lambda subject: subject.id,
        )
    )
    grades = sorted(draw(st.lists(st.sampled_from([1, 1, 2, 5, 11]), min_size=1, max_size=3)))
    class_ids = draw(st.lists(registry_ids, min_size=len(grades), max_size=len(grades), unique=True))
    pupil_ids = iter(draw(st.lists(registry_ids, min_size=2 * len(grades), max_size=2 * len(grades), unique=True)))
    return PerformanceReport(
        school=draw(registry_ids),
        period=draw(
            st.builds(
                Period,
                id=journal_ids.map(PeriodId),
                year=st.integers(min_value=1900, max_value=9999),
                kind=st.sampled_from(PeriodKind),
                number=st.integers(min_value=1, max_value=9),
                start=days,
                end=days,
                first_grade=st.integers(min_value=1, max_value=11),
                last_grade=st.integers(min_value=1, max_value=11),
            )
        ),
        subjects=tuple(subjects),
        classes=tuple(
            ClassReport(
                registry_id=class_id,
                grade=grade,
                letter=draw(texts),
                subjects=tuple(
                    ClassSubject(subject=one.id, lessons=draw(counts), marks=draw(sheets) if grade > 1 else None)
                    for one in subjects
                ),
                pupils=tuple(
                    PupilReport(
                        registry_id=next(pupil_ids),
                        attendance=draw(attendances),
                        subjects=tuple(PupilSubject(subject=one.id, marks=draw(sheets)) for one in subjects)
                        if grade > 1
                        else (),
                    )
                    for _ in range(2)
                ),
            )
            for class_id, grade in zip(class_ids, grades, strict=True)
        ),
    )


@settings(max_examples=60, deadline=None)
@given(reports(), registry_ids, moments, days)
def test_a_report_is_valid_and_the_same_after_its_way_through_xml(
    report: PerformanceReport, package: str, created_at: datetime, counted_on: date
) -> None:
    header = DocumentHeader(package=package, created_at=created_at, counted_on=counted_on)
    content = performance_document(report, header)
    assert document_faults(PERFORMANCE, content) == ()
    read, read_header = read_performance(parse_xml(content))
    assert (read, read_header) == (report, header)
    assert content_digest(read) == content_digest(report)
    assert performance_document(read, read_header) == content
