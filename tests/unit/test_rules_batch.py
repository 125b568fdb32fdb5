"""Every rule over journal records, one record wrong at a time, against the small school."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.errors import Party
from gateway.model.attendance import AbsenceKind
from gateway.model.batch import Batch
from gateway.model.ids import ClassId, GroupId, GuardianId, LessonId, PeriodId, PupilId, StaffId, SubjectId
from gateway.model.journal import Substitution
from gateway.model.journal_records import Record, RecordKey, RecordKind, Stored, all_records, key_of, records_of
from gateway.model.rules.batch import Verdict, check_batch
from gateway.model.rules.reference import JournalReference, StoredRecords
from gateway.model.school import GroupKind
from tests.journal_world import (
    ANNA,
    BORIS,
    CLASS_1,
    CLASS_10,
    DAY,
    ENGLISH,
    ENGLISH_GROUP,
    FIRST_GRADER,
    LEAVER,
    NOW,
    OTHER_TEACHER,
    PLAN_GROUP,
    TENTH_GRADER,
    VERA,
    absence,
    batch,
    day_batch,
    homework,
    lesson,
    mark,
    setup_batch,
    small_school,
)


def stored(*batches: Batch) -> StoredRecords:
    records: dict[RecordKind, dict[RecordKey, Stored[Record]]] = {kind: {} for kind in RecordKind}
    for one in batches:
        for kind, record in all_records(one):
            records[kind][key_of(record)] = Stored(record=record, version=1)
    return StoredRecords(by_kind=records)


def reference(*held: Batch) -> JournalReference:
    school = small_school()
    return JournalReference(
        zone=ZoneInfo("Europe/Moscow"),
        grades={one.id: one.grade for one in school.classes},
        pupils=frozenset(one.id for one in school.pupils),
        guardians=frozenset(one.id for one in school.guardians),
        staff=frozenset(one.id for one in school.staff),
        enrollments={one.pupil: (one,) for one in school.enrollments},
        guardianships=frozenset((one.guardian, one.pupil) for one in school.guardianships),
        stored=stored(setup_batch(), *held),
    )


def check(posted: Batch, *held: Batch, now: datetime = NOW) -> Verdict:
    return check_batch(posted, reference(*held), now=now)


def broken(verdict: Verdict) -> Mapping[tuple[str, int], set[tuple[str, str | None, str | None]]]:
    """Code, field and rule of every fault, by kind and place of the record."""
    return {
        (kind.value, place): {(fault.code, fault.field, fault.rule) for fault in found}
        for (kind, place), found in verdict.faults.items()
    }


def test_the_set_up_and_a_day_break_no_rule() -> None:
    assert broken(check_batch(setup_batch(), replace(reference(), stored=StoredRecords()), now=NOW)) == {}
    verdict = check(day_batch())
    assert verdict.faults == {}
    assert verdict.accepted == day_batch()


UNKNOWN = PupilId("nobody")
BREAKING_LESSONS = [
    (lesson(hour=22), {("journal.lesson_in_future", "startsAt", "R-JRNL-06")}),
    (lesson(ends_at=lesson().starts_at), {("journal.lesson_ends_early", "endsAt", "R-JRNL-25")}),
    (replace(lesson(), day=date(2026, 9, 14)), {("journal.lesson_on_other_day", "day", "R-JRNL-25")}),
    (lesson(school_class=None), {("journal.lesson_addressee", "class", "R-JRNL-20")}),
    (lesson(group=ENGLISH_GROUP), {("journal.lesson_addressee", "class", "R-JRNL-20")}),
    (lesson(school_class=ClassId("7Я")), {("journal.unknown_class", "class", "R-ROST-02")}),
    (lesson(school_class=None, group=GroupId("x")), {("journal.unknown_group", "group", "R-ACAD-09")}),
    (lesson(subject=SubjectId("x")), {("journal.unknown_subject", "subject", "R-ACAD-03")}),
    (lesson(teacher=StaffId("x")), {("journal.unknown_teacher", "teacher", "R-ROST-03")}),
    (
        lesson(substitution=Substitution(teacher=StaffId("x"), reason="болезнь")),
        {("journal.unknown_teacher", "substitution.teacher", "R-JRNL-10")},
    ),
    (lesson(day=date(2026, 9, 7)), {("journal.in_vacation", "day", "R-ACAD-02")}),
    (lesson(day=date(2026, 8, 31)), {("journal.outside_period", "day", "R-ACAD-01")}),
]


@pytest.mark.parametrize(("wrong", "faults"), BREAKING_LESSONS)
def test_a_lesson_that_breaks_a_rule(wrong: Any, faults: set[Any]) -> None:
    assert broken(check(batch(lessons=(wrong,)))) == {("lessons", 0): faults}


def test_all_faults_of_a_lesson_are_told_at_once() -> None:
    wrong = lesson(hour=22, subject=SubjectId("x"), teacher=StaffId("y"), school_class=ClassId("z"))
    codes = {code for code, _, _ in broken(check(batch(lessons=(wrong,))))["lessons", 0]}
    assert codes == {
        "journal.lesson_in_future",
        "journal.unknown_subject",
        "journal.unknown_teacher",
        "journal.unknown_class",
    }


def test_a_lesson_is_in_the_period_of_its_grade() -> None:
    november = datetime(2026, 11, 20, 12, tzinfo=UTC)
    day = date(2026, 11, 10)
    posted = batch(lessons=(lesson("L-5", day=day), lesson("L-10", day=day, school_class=CLASS_10)))
    assert broken(check(posted, now=november)) == {
        ("lessons", 0): {("journal.outside_period", "day", "R-ACAD-01")},
    }


def test_a_lesson_of_a_group_is_in_the_periods_of_its_members_grades() -> None:
    posted = batch(lessons=(lesson(day=date(2026, 8, 31), school_class=None, group=PLAN_GROUP),))
    # Nobody of the group was at the school yet: there is no grade whose periods could be broken.
    assert broken(check(posted)) == {}
    posted = batch(lessons=(lesson(day=date(2026, 9, 8), school_class=None, group=PLAN_GROUP),))
    assert broken(check(posted)) == {("lessons", 0): {("journal.in_vacation", "day", "R-ACAD-02")}}


def test_a_lesson_stays_with_its_class() -> None:
    moved = batch(lessons=(lesson(school_class=CLASS_10),))
    assert broken(check(moved, batch(lessons=(lesson(),)))) == {
        ("lessons", 0): {("journal.lesson_id_reused", "id", "R-AUD-02")},
    }


def test_a_lesson_may_begin_this_very_moment() -> None:
    assert check(batch(lessons=(lesson(),)), now=lesson().starts_at).faults == {}
    assert check(batch(lessons=(lesson(),)), now=lesson().starts_at - timedelta(seconds=1)).faults


FIRST_GRADE_LESSON = lesson("L-first", school_class=CLASS_1)
TENTH_GRADE_LESSON = lesson("L-tenth", school_class=CLASS_10)
GROUP_LESSON = lesson("L-group", school_class=None, group=ENGLISH_GROUP, subject=ENGLISH)
LESSONS = batch(lessons=(lesson(), FIRST_GRADE_LESSON, TENTH_GRADE_LESSON, GROUP_LESSON))

BREAKING_FACTS = [
    ("marks", mark(pupil=UNKNOWN), {("journal.unknown_pupil", "pupil", "R-ROST-01")}),
    ("marks", mark(of="L-x"), {("journal.unknown_lesson", "lesson", "R-JRNL-25")}),
    ("marks", mark(value=0), {("journal.mark_value", "value", "R-MARK-14")}),
    ("marks", mark(value=6), {("journal.mark_value", "value", "R-MARK-14")}),
    ("marks", mark(pupil=TENTH_GRADER), {("journal.not_enrolled", "pupil", "R-ROST-20")}),
    ("marks", mark(pupil=LEAVER), {("journal.not_enrolled", "pupil", "R-ROST-20")}),
    ("marks", mark(of="L-group", pupil=VERA), {("journal.not_in_group", "pupil", "R-ACAD-09")}),
    ("marks", mark(of="L-first", pupil=FIRST_GRADER), {("journal.mark_in_grade_1", "value", "R-MARK-06")}),
    ("absences", absence(pupil=UNKNOWN), {("journal.unknown_pupil", "pupil", "R-ROST-01")}),
    ("absences", absence(of="L-x"), {("journal.unknown_lesson", "lesson", "R-JRNL-25")}),
    ("absences", absence(pupil=LEAVER), {("journal.not_enrolled", "pupil", "R-ROST-20")}),
    ("homework", homework(of="L-x"), {("journal.unknown_lesson", "lesson", "R-JRNL-25")}),
    ("homework", homework(of="L-first"), {("journal.homework_in_grade_1", "text", "R-JRNL-19")}),
    ("homework", homework(due=DAY - timedelta(days=1)), {("journal.homework_due_early", "due", "R-JRNL-03")}),
]


@pytest.mark.parametrize(("kind", "wrong", "faults"), BREAKING_FACTS)
def test_a_fact_that_breaks_a_rule(kind: str, wrong: Any, faults: set[Any]) -> None:
    assert broken(check(batch(**{kind: (wrong,)}), LESSONS)) == {(kind, 0): faults}


def test_grade_1_has_absences_and_may_say_that_there_is_no_homework() -> None:
    posted = batch(
        absences=(absence(of="L-first", pupil=FIRST_GRADER),),
        homework=(homework(of="L-first", text=None),),
    )
    assert check(posted, LESSONS).faults == {}


def test_a_pupil_of_grade_1_gets_no_mark_in_a_group_of_several_grades_but_the_others_do() -> None:
    both = replace(setup_batch().groups[0], members=(ANNA, FIRST_GRADER))
    posted = batch(
        groups=(both,),
        marks=(mark(of="L-group"), mark("M-2", of="L-group", pupil=FIRST_GRADER)),
        homework=(homework(of="L-group"),),
    )
    assert broken(check(posted, LESSONS)) == {
        ("marks", 1): {("journal.mark_in_grade_1", "value", "R-MARK-06")},
        ("homework", 0): {("journal.homework_in_grade_1", "text", "R-JRNL-19")},
    }


def test_an_id_stays_with_its_mark() -> None:
    held = batch(marks=(mark(),))
    for other in (mark(pupil=BORIS), mark(of="L-group")):
        assert broken(check(batch(marks=(other,)), LESSONS, held)) == {
            ("marks", 0): {("journal.mark_id_reused", "id", "R-AUD-02")},
        }


def test_whatever_is_wrong_with_a_mark_it_can_be_taken_back() -> None:
    held = batch(marks=(mark(pupil=LEAVER, value=9),), absences=(absence(pupil=LEAVER),))
    posted = batch(marks=(mark(pupil=LEAVER, value=9, voided=True),), absences=(absence(pupil=LEAVER, voided=True),))
    assert check(posted, LESSONS, held).faults == {}


MARK_REFUSED = {("journal.mark_without_protocol", "value", "R-JRNL-09")}
ABSENCE_REFUSED = {("journal.absence_despite_mark", "kind", "R-JRNL-09")}


def test_a_mark_and_an_absence_at_one_lesson_need_a_protocol() -> None:
    posted = batch(marks=(mark(pupil=BORIS), mark("M-2")), absences=(absence(),))
    verdict = check(posted, LESSONS)
    assert broken(verdict) == {("marks", 0): MARK_REFUSED}
    assert verdict.faults[RecordKind.MARKS, 0][0].who is Party.SUBJECT_TEACHER


def test_the_absence_may_have_come_before_the_mark() -> None:
    assert broken(check(batch(marks=(mark(pupil=BORIS),)), LESSONS, batch(absences=(absence(),)))) == {
        ("marks", 0): MARK_REFUSED,
    }


def test_the_mark_may_have_come_before_the_absence() -> None:
    assert broken(check(batch(absences=(absence(pupil=ANNA),)), LESSONS, batch(marks=(mark(),)))) == {
        ("absences", 0): ABSENCE_REFUSED,
    }


def test_a_mark_that_stays_keeps_the_absence_out() -> None:
    posted = batch(marks=(mark(value=4),), absences=(absence(pupil=ANNA),))
    assert broken(check(posted, LESSONS, batch(marks=(mark(),)))) == {("absences", 0): ABSENCE_REFUSED}


def test_an_absence_that_stays_keeps_the_mark_out_also_when_its_new_state_is_refused() -> None:
    posted = batch(marks=(mark(pupil=BORIS),), absences=(absence(certificate="no such"),))
    assert broken(check(posted, LESSONS, batch(absences=(absence(),)))) == {
        ("absences", 0): {("journal.unknown_medical_certificate", "certificate", "R-ROST-18")},
        ("marks", 0): MARK_REFUSED,
    }


def test_a_mark_whose_withdrawal_is_refused_keeps_the_absence_out() -> None:
    posted = batch(marks=(mark(voided=True, correction="no such"),), absences=(absence(pupil=ANNA),))
    assert broken(check(posted, LESSONS, batch(marks=(mark(),)))) == {
        ("marks", 0): {("journal.unknown_correction", "correction", "R-AUD-03")},
        ("absences", 0): ABSENCE_REFUSED,
    }


@pytest.mark.parametrize(
    ("posted", "held"),
    [
        (batch(marks=(mark(pupil=BORIS),), absences=(absence(kind=AbsenceKind.LATE),)), batch()),
        (batch(marks=(mark(pupil=BORIS),), absences=(absence(voided=True),)), batch(absences=(absence(),))),
        (batch(marks=(mark(voided=True),), absences=(absence(pupil=ANNA),)), batch(marks=(mark(),))),
        (batch(absences=(absence(pupil=ANNA),)), batch(marks=(mark(voided=True),))),
    ],
    ids=["late", "absence taken back", "mark taken back", "mark taken back before"],
)
def test_no_protocol_is_needed(posted: Batch, held: Batch) -> None:
    assert check(posted, LESSONS, held).faults == {}


BREAKING_SET_UP = [
    (
        "periods",
        replace(setup_batch().periods[0], end=date(2026, 8, 1)),
        {("journal.days_reversed", "end", "R-ACAD-01")},
    ),
    (
        "periods",
        replace(setup_batch().periods[0], first_grade=9, last_grade=2),
        {("journal.grades_reversed", "lastGrade", "R-ACAD-01")},
    ),
    (
        "periods",
        replace(setup_batch().periods[0], id=PeriodId("q2"), start=date(2026, 10, 25), end=date(2026, 12, 30)),
        {("journal.period_overlap", "start", "R-ACAD-01")},
    ),
    (
        "vacations",
        replace(setup_batch().vacations[0], end=date(2026, 8, 1)),
        {("journal.days_reversed", "end", "R-ACAD-02")},
    ),
    (
        "groups",
        replace(setup_batch().groups[0], members=(ANNA, ANNA, UNKNOWN), subject=SubjectId("x")),
        {
            ("journal.member_repeated", "members", "R-ACAD-09"),
            ("journal.unknown_pupil", "members", "R-ROST-01"),
            ("journal.unknown_subject", "subject", "R-ACAD-03"),
        },
    ),
    (
        "groups",
        replace(setup_batch().groups[0], kind=GroupKind.INDIVIDUAL),
        {("journal.individual_group", "members", "R-ACAD-07")},
    ),
    (
        "consents",
        replace(setup_batch().consents[0], pupil=BORIS),
        {("journal.unknown_guardianship", "guardian", "R-PAR-01")},
    ),
    (
        "consents",
        replace(setup_batch().consents[0], guardian=GuardianId("x"), decided_on=date(2026, 9, 16)),
        {
            ("journal.unknown_guardian", "guardian", "R-PAR-01"),
            ("journal.consent_in_future", "decidedOn", "R-PAR-12"),
        },
    ),
]


@pytest.mark.parametrize(("kind", "wrong", "faults"), BREAKING_SET_UP)
def test_a_record_of_the_set_up_that_breaks_a_rule(kind: str, wrong: Any, faults: set[Any]) -> None:
    assert broken(check(batch(**{kind: (wrong,)}))) == {(kind, 0): faults}


def test_periods_of_other_grades_or_kinds_may_overlap() -> None:
    assert check(batch(periods=setup_batch().periods)).faults == {}


def test_records_with_one_key_all_fall_and_so_does_what_depends_on_them() -> None:
    posted = batch(
        lessons=(lesson(), lesson(topic="Другая тема"), lesson("L-2", hour=10)),
        marks=(mark(), mark("M-2", of="L-2")),
        absences=(absence(of="L-2"), absence(of="L-2", kind=AbsenceKind.LATE)),
    )
    repeated = ("journal.record_repeated", None, "R-EXCH-04")
    verdict = check(posted)
    assert broken(verdict) == {
        ("lessons", 0): {("journal.record_repeated", "id", "R-EXCH-04")},
        ("lessons", 1): {("journal.record_repeated", "id", "R-EXCH-04")},
        ("marks", 0): {("journal.depends_on_rejected", "lesson", "R-EXCH-04")},
        ("absences", 0): {repeated},
        ("absences", 1): {repeated},
    }
    assert verdict.accepted == batch(lessons=posted.lessons[2:], marks=posted.marks[1:])


def test_records_fall_with_what_they_depend_on_through_every_step() -> None:
    posted = batch(
        groups=(replace(setup_batch().groups[0], members=(UNKNOWN,)),),
        lessons=(GROUP_LESSON,),
        marks=(mark(of="L-group"),),
        homework=(homework(of="L-group"),),
    )
    verdict = check(posted)
    assert {position: {code for code, _, _ in found} for position, found in broken(verdict).items()} == {
        ("groups", 0): {"journal.unknown_pupil"},
        ("lessons", 0): {"journal.depends_on_rejected"},
        ("marks", 0): {"journal.depends_on_rejected"},
        ("homework", 0): {"journal.depends_on_rejected"},
    }
    assert all(not records_of(verdict.accepted, kind) for kind in RecordKind)


def test_what_was_rejected_before_takes_its_dependents_along() -> None:
    verdict = check_batch(
        batch(marks=(mark(),), groups=setup_batch().groups[:1]),
        reference(LESSONS),
        now=NOW,
        rejected={RecordKind.LESSONS: {("L-1",)}, RecordKind.SUBJECTS: {(ENGLISH,)}},
    )
    assert broken(verdict) == {
        ("marks", 0): {("journal.depends_on_rejected", "lesson", "R-EXCH-04")},
        ("groups", 0): {("journal.depends_on_rejected", "subject", "R-EXCH-04")},
    }


def test_every_fault_names_record_rule_and_party_in_two_languages() -> None:
    posted = batch(lessons=(lesson(hour=22, teacher=OTHER_TEACHER),), marks=(mark(of="L-x", pupil=UNKNOWN),))
    found = [fault for faults in check(posted).faults.values() for fault in faults]
    assert {(fault.record, fault.who) for fault in found} == {
        ("L-1", Party.SUBJECT_TEACHER),
        ("M-1", Party.SENDER),
        ("M-1", Party.COORDINATOR),
    }
    assert all(fault.rule and fault.text.ru and fault.text.en for fault in found)
    assert LessonId("L-1") in {fault.record for fault in found}
