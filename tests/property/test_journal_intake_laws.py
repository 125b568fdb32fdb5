"""What holds after any batches whatever: nothing half-written, nothing twice, every rule kept, the audit whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from gateway.mapping.journal_plain import plain_from
from gateway.model.attendance import Absence, AbsenceKind
from gateway.model.audit import AuditEntry, first_fault
from gateway.model.batch import Batch
from gateway.model.grading import WorkKind
from gateway.model.ids import LessonId, MarkId, PupilId
from gateway.model.journal import Homework, Lesson, Mark, MarkChange
from gateway.model.journal_records import Record, RecordKind, all_records, key_of, name_of
from gateway.storage.audit import SqlAuditLog
from gateway.storage.engine import open_engine
from gateway.storage.journal_rows import TABLES
from gateway.storage.tables import metadata
from tests.journal_world import (
    ANNA,
    BORIS,
    CLASS_1,
    ENGLISH_GROUP,
    FIRST_GRADER,
    LEAVER,
    VERA,
    JournalWork,
    JournalWorld,
    as_json,
    as_xml,
    batch,
    lesson,
    seed,
    sender,
    setup_batch,
    small_school,
)

LESSONS = (
    lesson("L-1"),
    lesson("L-1", topic="Проценты"),
    lesson("L-2", school_class=None, group=ENGLISH_GROUP),
    lesson("L-2", school_class=CLASS_1),
    lesson("L-3", school_class=CLASS_1),
    lesson("L-4", hour=22),
    lesson("L 5"),
)
lesson_ids = st.sampled_from(["L-1", "L-1", "L-2", "L-3", "L-4"]).map(LessonId)
pupils = st.sampled_from([ANNA, ANNA, BORIS, VERA, FIRST_GRADER, LEAVER, PupilId("nobody")])
marks = st.builds(
    Mark,
    id=st.sampled_from(["M-1", "M-2", "M-3", "M 4"]).map(MarkId),
    lesson=lesson_ids,
    pupil=pupils,
    value=st.sampled_from([2, 3, 4, 5, 5, 6]),
    work_kind=st.just(WorkKind.ORAL),
    voided=st.booleans(),
)
absences = st.builds(Absence, lesson=lesson_ids, pupil=pupils, kind=st.sampled_from(AbsenceKind), voided=st.booleans())
homeworks = st.builds(Homework, lesson=lesson_ids, text=st.sampled_from([None, "№ 5"]))
postings = st.builds(
    batch,
    lessons=st.lists(st.sampled_from(LESSONS), max_size=3).map(tuple),
    marks=st.lists(marks, max_size=4).map(tuple),
    absences=st.lists(absences, max_size=3).map(tuple),
    homework=st.lists(homeworks, max_size=2).map(tuple),
)


@contextmanager
def world() -> Iterator[JournalWorld]:
    engine = open_engine("sqlite://")
    metadata.create_all(engine)
    with engine.begin() as connection:
        seed(connection, small_school())
    opened = JournalWorld(engine=engine)
    post(opened, setup_batch(), "set-up")
    try:
        yield opened
    finally:
        opened.close()


def post(opened: JournalWorld, posted: Batch, key: str, *, as_xml_form: bool = False) -> Any:
    content = as_xml(posted) if as_xml_form else as_json(posted)
    media_type = "application/xml" if as_xml_form else "application/json"
    return opened.intake.accept(content, media_type, key, sender(opened.school))


def journal_of(opened: JournalWorld) -> dict[tuple[str, str], Record]:
    with opened.engine.begin() as connection:
        return {
            (kind.one, name_of(key_of(record))): record
            for kind in RecordKind
            for row in connection.execute(select(TABLES[kind].table)).mappings()
            for record in [TABLES[kind].read(row)]
        }


def audit_of(opened: JournalWorld) -> list[AuditEntry]:
    with opened.engine.begin() as connection:
        return list(SqlAuditLog(connection, opened.school).entries())


def assert_rules_hold(journal: dict[tuple[str, str], Record]) -> None:
    records = journal.values()
    grades = {one.id: 1 if one.school_class == CLASS_1 else 5 for one in records if isinstance(one, Lesson)}
    missed = {
        (one.lesson, one.pupil)
        for one in records
        if isinstance(one, Absence) and not one.voided and one.kind is not AbsenceKind.LATE
    }
    for one in records:
        if isinstance(one, Mark | Absence | Homework):
            assert one.lesson in grades
        if isinstance(one, Mark) and not one.voided:
            assert one.value in range(1, 6)
            assert grades[one.lesson] > 1
            assert (one.lesson, one.pupil) not in missed
        if isinstance(one, Homework) and one.text is not None:
            assert grades[one.lesson] > 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(postings, st.booleans()), min_size=1, max_size=4))
def test_after_any_batches_the_journal_is_what_its_audit_says(posted: Sequence[tuple[Batch, bool]]) -> None:
    with world() as opened:
        for number, (one, as_xml_form) in enumerate(posted):
            answer = post(opened, one, f"{number}", as_xml_form=as_xml_form)
            taken = sum(answer.accepted.values()) + sum(answer.unchanged.values())
            assert taken + len(answer.rejected) == len(list(all_records(one)))
            assert all(rejected.faults for rejected in answer.rejected)

            journal, audit = journal_of(opened), audit_of(opened)
            assert_rules_hold(journal)
            assert first_fault(audit) is None
            said = {(entry.record.object_kind, entry.record.object_id): entry.record.new for entry in audit}
            assert said == {name: plain_from(record) for name, record in journal.items()}

            rows = opened.counts()
            assert post(opened, one, f"{number}", as_xml_form=as_xml_form) == answer
            assert opened.counts() == rows


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(postings, postings)
def test_a_batch_that_stumbles_at_the_end_leaves_no_trace(first: Batch, second: Batch) -> None:
    def stumble(_unit: JournalWork, _changes: Sequence[MarkChange]) -> None:
        raise InterruptedError

    with world() as opened:
        post(opened, first, "first")
        held = opened.counts(), journal_of(opened)
        opened.announce = stumble
        try:
            post(opened, second, "second")
        except InterruptedError:
            pass
        else:
            raise AssertionError("the intake swallowed what went wrong")
        assert (opened.counts(), journal_of(opened)) == held
        opened.announce = None
        post(opened, second, "second")
        assert first_fault(audit_of(opened)) is None


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(postings)
def test_both_forms_are_answered_alike(posted: Batch) -> None:
    with world() as in_json, world() as in_xml:
        answers = [post(in_json, posted, "key"), post(in_xml, posted, "key", as_xml_form=True)]
        assert answers[0].accepted == answers[1].accepted
        broken = [
            {
                (one.kind, one.record, fault.code.removeprefix("json.").removeprefix("xml."))
                for one in answer.rejected
                for fault in one.faults
            }
            for answer in answers
        ]
        assert broken[0] == broken[1]
        assert journal_of(in_json) == journal_of(in_xml)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(postings, postings, st.integers(1, 5))
def test_a_batch_cut_into_parts_is_taken_as_the_whole(first: Batch, second: Batch, size: int) -> None:
    with world() as whole, world() as cut:
        cut.part_size = size
        for number, posted in enumerate((first, second)):
            assert post(cut, posted, f"{number}") == post(whole, posted, f"{number}")
        assert journal_of(cut) == journal_of(whole)
        assert {told(one) for one in audit_of(cut)} == {told(one) for one in audit_of(whole)}
        assert first_fault(audit_of(cut)) is None
        assert sorted(cut.announced, key=repr) == sorted(whole.announced, key=repr)


def told(entry: AuditEntry) -> tuple[str, str, str, str]:
    one = entry.record
    return one.action, one.object_kind, one.object_id, repr((one.old, one.new))
