"""Both forms of a batch say the same, and the sender's own writer agrees with the gateway's reader."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.mapping import journal_json, journal_xml
from gateway.model.ids import SchoolId
from gateway.model.journal import (
    Absence,
    AbsenceKind,
    Batch,
    Homework,
    Lesson,
    Mark,
    Substitution,
    WorkKind,
)
from gateway.model.people import Consent, ConsentDecision
from gateway.model.school import Component, GroupKind, Period, PeriodKind, StudyGroup, Subject, Vacation
from gateway.sandbox import journal_system
from gateway.schemas.json import parse_json
from gateway.schemas.json_validation import json_faults
from gateway.schemas.xml import parse_xml
from gateway.schemas.xml_validation import xml_faults
from tests.journal_world import day_batch

_IN_BOTH = st.characters(
    exclude_categories=["Cs"],
    exclude_characters=[chr(code) for code in (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF)],
)
ids: Any = st.text(
    st.sampled_from([chr(code) for code in (*range(0x21, 0x7F), *range(0x400, 0x500))]), min_size=1, max_size=64
)
days = st.dates(date(2000, 1, 1), date(2199, 12, 31))
grades = st.integers(1, 11)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 30), timezones=st.just(UTC) | zones)  # noqa: DTZ001  the zone is drawn beside


def texts(longest: int, *, shortest: int = 0) -> st.SearchStrategy[str]:
    return st.text(_IN_BOTH, min_size=shortest, max_size=longest)


def spans(span: Any, /, **fields: Any) -> st.SearchStrategy[Any]:
    return st.builds(
        span,
        id=ids,
        year=st.integers(2000, 2199),
        start=days,
        end=days,
        first_grade=grades,
        last_grade=grades,
        **fields,
    )


def some(records: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(records, max_size=2).map(tuple)


batches = st.builds(
    Batch,
    school=ids.map(SchoolId),
    sent_at=moments,
    periods=some(spans(Period, kind=st.sampled_from(PeriodKind), number=st.integers(1, 9))),
    vacations=some(spans(Vacation, name=texts(100, shortest=1))),
    subjects=some(st.builds(Subject, id=ids, name=texts(200, shortest=1), component=st.sampled_from(Component))),
    groups=some(
        st.builds(
            StudyGroup,
            id=ids,
            name=texts(200, shortest=1),
            kind=st.sampled_from(GroupKind),
            subject=ids,
            members=some(ids),
        )
    ),
    consents=some(
        st.builds(
            Consent,
            guardian=ids,
            pupil=ids,
            decision=st.sampled_from(ConsentDecision),
            decided_on=days,
            document=texts(200, shortest=1),
        )
    ),
    lessons=some(
        st.builds(
            Lesson,
            id=ids,
            day=days,
            number=st.integers(0, 20),
            starts_at=moments,
            ends_at=moments,
            subject=ids,
            teacher=ids,
            topic=texts(1000, shortest=1),
            school_class=st.none() | ids,
            group=st.none() | ids,
            room=texts(40),
            substitution=st.none() | st.builds(Substitution, teacher=ids, reason=texts(300, shortest=1)),
        )
    ),
    marks=some(
        st.builds(
            Mark,
            id=ids,
            lesson=ids,
            pupil=ids,
            value=st.integers(0, 1000),
            work_kind=st.sampled_from(WorkKind),
            weight=st.integers(1, 100),
            comment=texts(1000),
            voided=st.booleans(),
        )
    ),
    absences=some(
        st.builds(
            Absence,
            lesson=ids,
            pupil=ids,
            kind=st.sampled_from(AbsenceKind),
            comment=texts(1000),
            voided=st.booleans(),
        )
    ),
    homework=some(st.builds(Homework, lesson=ids, text=st.none() | texts(4000, shortest=1), due=st.none() | days)),
)


def read_json(content: bytes) -> Batch:
    tree: Any = parse_json(content)
    assert json_faults(tree, "journal", "1.0", "journal-batch.schema.json", source=content) == ()
    return journal_json.batch_from(tree)


def read_xml(content: bytes) -> Batch:
    root = parse_xml(content)
    assert xml_faults(root, "journal", "1.0", "journal-batch.xsd") == ()
    return journal_xml.batch_from(root, journal_xml.record_elements(root))


@given(batches)
def test_what_is_written_as_json_is_valid_and_reads_back_the_same(batch: Batch) -> None:
    assert read_json(json.dumps(journal_json.tree_from(batch), ensure_ascii=False).encode()) == batch


@given(batches)
def test_what_is_written_as_xml_is_valid_and_reads_back_the_same(batch: Batch) -> None:
    assert read_xml(etree.tostring(journal_xml.element_from(batch), encoding="UTF-8")) == batch


@given(batches)
def test_the_senders_own_writer_is_understood_in_both_forms(batch: Batch) -> None:
    assert read_json(journal_system.to_json(batch)) == batch
    assert read_xml(journal_system.to_xml(batch)) == batch


def are_faulty(kind: str, field: str, value: str) -> tuple[bool, bool]:
    """Whether a day with this value in a field of its first record has faults, as JSON and as XML."""
    tree = journal_json.tree_from(day_batch())
    tree[f"{kind}s"][0][field] = value
    root = journal_xml.element_from(day_batch())
    element = root.find(f".//{{*}}{kind}/{{*}}{field}")
    assert element is not None
    element.text = value
    in_json = json_faults(tree, "journal", "1.0", "journal-batch.schema.json")
    in_xml = xml_faults(root, "journal", "1.0", "journal-batch.xsd")
    return bool(in_json), bool(in_xml)


near_moments = st.from_regex(
    r"\A(1899|2026)-(0[29]|13)-(29|30|31)T(2[34]|09):(00|60):(5|59|60)(\.[0-9]{0,7})?(Z|z|[+-](13:59|14:0[01]|9:00)|)\Z"
)
near_days = st.from_regex(r"\A(0000|1899|2024|2026|2200)-(0?2|9|13)-(28|29|30|31)(Z|\+03:00)?\Z")
codes = st.sampled_from(["oral", "Oral", "oral ", "", "устно", "test"])


@given(
    st.one_of(
        st.tuples(st.just(("lesson", "id")), st.text(_IN_BOTH.filter(lambda char: char != "\r"), max_size=66)),
        st.tuples(st.just(("lesson", "startsAt")), near_moments),
        st.tuples(st.just(("lesson", "day")), near_days),
        st.tuples(st.just(("mark", "workKind")), codes),
    )
)
def test_a_text_is_right_in_both_forms_or_in_neither(case: tuple[tuple[str, str], str]) -> None:
    (kind, field), value = case
    in_json, in_xml = are_faulty(kind, field, value)
    assert in_json == in_xml


@given(
    st.sampled_from([("lesson", "number"), ("mark", "value"), ("mark", "weight")]),
    st.sampled_from(["", "-1", "+5", "1.5", "1e2", "٥", "5_0", "0x5", "five", "1001", "99999999999999999999"]),
)
def test_what_is_no_number_of_the_field_is_a_fault_in_both_forms(place: tuple[str, str], value: str) -> None:
    assert are_faulty(*place, value) == (True, True)
