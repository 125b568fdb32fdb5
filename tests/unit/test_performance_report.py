"""From the journal's facts to the report: who is in it, and what is counted for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from gateway.model.attendance import AbsenceKind
from gateway.model.ids import ClassId, GroupId, PeriodId, PupilId, SchoolId, SubjectId
from gateway.model.indicators import MarkSheet
from gateway.model.people import Enrollment
from gateway.model.performance import Attendance, ClassReport, PerformanceReport, PupilReport
from gateway.model.performance_facts import (
    GivenMark,
    HeldLesson,
    NotedAbsence,
    PerformanceFacts,
    counting_day,
    performance_report,
)
from gateway.model.school import GroupKind, Period, PeriodKind, School, SchoolClass, StudyGroup, Subject

START, END = date(2026, 9, 1), date(2026, 10, 24)
MONDAY, TUESDAY, FRIDAY = date(2026, 9, 7), date(2026, 9, 8), date(2026, 9, 11)
MATHS, ENGLISH = SubjectId("maths"), SubjectId("english")
ANNA, BORIS, VERA = PupilId("anna"), PupilId("boris"), PupilId("vera")
FIFTH_A, FIFTH_B, FIRST = ClassId("5a"), ClassId("5b"), ClassId("1a")

PERIOD = Period(id=PeriodId("q1"), year=2026, kind=PeriodKind.QUARTER, number=1, start=START, end=END)

FACTS = PerformanceFacts(
    school=School(id=SchoolId("school-1"), name="Школа", registry_id="REG-1"),
    period=PERIOD,
    classes=(
        SchoolClass(id=FIFTH_B, source_id="C-5B", year=2026, grade=5, letter="Б"),
        SchoolClass(id=FIFTH_A, source_id="C-5A", year=2026, grade=5, letter="А"),
        SchoolClass(id=FIRST, source_id="C-1A", year=2026, grade=1, letter="А"),
    ),
    enrollments=(
        Enrollment(pupil=BORIS, school_class=FIFTH_A, valid_from=START),
        Enrollment(pupil=ANNA, school_class=FIFTH_A, valid_from=START),
        Enrollment(pupil=VERA, school_class=FIRST, valid_from=START),
    ),
    registry_ids={ANNA: "P-1", BORIS: "P-2", VERA: "P-3"},
    subjects=(Subject(id=MATHS, name="Математика"), Subject(id=ENGLISH, name="Английский язык")),
    groups=(
        StudyGroup(id=GroupId("e1"), name="А1", kind=GroupKind.SUBGROUP, subject=ENGLISH, members=(ANNA,)),
        StudyGroup(id=GroupId("e2"), name="А2", kind=GroupKind.SUBGROUP, subject=ENGLISH, members=(BORIS,)),
    ),
    lessons=(
        HeldLesson(day=MONDAY, number=1, subject=MATHS, school_class=FIFTH_A),
        HeldLesson(day=TUESDAY, number=1, subject=MATHS, school_class=FIFTH_A),
        HeldLesson(day=MONDAY, number=2, subject=ENGLISH, group=GroupId("e1")),
        HeldLesson(day=MONDAY, number=2, subject=ENGLISH, group=GroupId("e2")),
        HeldLesson(day=MONDAY, number=1, subject=MATHS, school_class=FIRST),
    ),
    marks=(
        GivenMark(pupil=ANNA, subject=MATHS, day=MONDAY, value=5, weight=1),
        GivenMark(pupil=ANNA, subject=MATHS, day=TUESDAY, value=3, weight=2),
        GivenMark(pupil=BORIS, subject=MATHS, day=MONDAY, value=2, weight=1),
        GivenMark(pupil=BORIS, subject=ENGLISH, day=MONDAY, value=4, weight=1),
    ),
    absences=(
        NotedAbsence(pupil=ANNA, day=MONDAY, kind=AbsenceKind.LATE),
        NotedAbsence(pupil=BORIS, day=TUESDAY, kind=AbsenceKind.ILLNESS),
        NotedAbsence(pupil=VERA, day=MONDAY, kind=AbsenceKind.UNKNOWN),
    ),
)


def class_of(report: PerformanceReport, registry_id: str) -> ClassReport:
    return next(row for row in report.classes if row.registry_id == registry_id)


def pupil_of(report: PerformanceReport, registry_id: str) -> PupilReport:
    return next(row for school_class in report.classes for row in school_class.pupils if row.registry_id == registry_id)


def test_classes_stand_by_grade_and_letter_and_an_empty_class_is_left_out() -> None:
    report = performance_report(FACTS, END)
    assert [row.registry_id for row in report.classes] == ["C-1A", "C-5A"]
    assert report.school == "REG-1"
    assert [subject.id for subject in report.subjects] == [ENGLISH, MATHS]


def test_parallel_lessons_of_two_subgroups_count_once_for_the_class_and_once_for_each_pupil() -> None:
    report = performance_report(FACTS, END)
    lessons = {row.subject: row.lessons for row in class_of(report, "C-5A").subjects}
    assert lessons == {MATHS: 2, ENGLISH: 1}
    assert [pupil_of(report, pupil).attendance.lessons for pupil in ("P-1", "P-2")] == [3, 3]


def test_marks_of_the_class_are_the_marks_of_its_pupils() -> None:
    report = performance_report(FACTS, END)
    maths = next(row for row in class_of(report, "C-5A").subjects if row.subject == MATHS)
    assert maths.marks == MarkSheet(fives=1, threes=1, twos=1, weight=4, weighted_sum=13)
    assert [row.marks for row in pupil_of(report, "P-1").subjects] == [
        MarkSheet(fives=1, threes=1, weight=3, weighted_sum=11)
    ]


def test_reasons_are_kept_apart_and_lateness_is_not_absence() -> None:
    report = performance_report(FACTS, END)
    assert pupil_of(report, "P-1").attendance == Attendance(lessons=3, late=1)
    assert pupil_of(report, "P-1").attendance.missed == 0
    assert pupil_of(report, "P-2").attendance == Attendance(lessons=3, illness=1)
    assert pupil_of(report, "P-2").attendance.missed == 1


def test_grade_1_is_reported_with_attendance_only_even_if_a_mark_slipped_in() -> None:
    slipped = GivenMark(pupil=VERA, subject=MATHS, day=MONDAY, value=5, weight=1)
    report = performance_report(replace(FACTS, marks=(*FACTS.marks, slipped)), END)
    assert class_of(report, "C-1A").subjects[0].marks is None
    assert pupil_of(report, "P-3") == PupilReport(registry_id="P-3", attendance=Attendance(lessons=1, unknown=1))


def test_a_pupil_who_left_before_the_counting_day_is_out() -> None:
    boris, *others = FACTS.enrollments
    report = performance_report(replace(FACTS, enrollments=(replace(boris, valid_to=FRIDAY), *others)), END)
    assert [row.registry_id for row in class_of(report, "C-5A").pupils] == ["P-1"]
    assert {row.subject: row.marks.count for row in class_of(report, "C-5A").subjects if row.marks} == {
        MATHS: 2,
        ENGLISH: 0,
    }


def test_a_pupil_who_changed_class_takes_marks_and_lessons_along() -> None:
    boris, *others = FACTS.enrollments
    moved = (
        replace(boris, valid_to=MONDAY),
        Enrollment(pupil=BORIS, school_class=FIFTH_B, valid_from=TUESDAY),
        *others,
    )
    report = performance_report(replace(FACTS, enrollments=moved), END)
    row = pupil_of(report, "P-2")
    assert row in class_of(report, "C-5B").pupils
    assert row.attendance.lessons == 2  # maths and English on Monday; Tuesday's maths was not theirs any more
    assert {entry.subject for entry in row.subjects} == {MATHS, ENGLISH}
    taught = {entry.subject: entry.lessons for entry in class_of(report, "C-5B").subjects}
    assert taught == {MATHS: 0, ENGLISH: 1}


def test_while_the_period_lasts_only_what_is_up_to_the_counting_day_is_counted() -> None:
    report = performance_report(FACTS, MONDAY)
    assert pupil_of(report, "P-1").attendance == Attendance(lessons=2, late=1)
    assert report.counts.marks == 3


def test_counting_day_is_the_last_day_of_the_period_or_today_before_it() -> None:
    assert counting_day(PERIOD, FRIDAY) == FRIDAY
    assert counting_day(PERIOD, date(2027, 1, 1)) == END


def test_counts() -> None:
    counts = performance_report(FACTS, END).counts
    assert (counts.classes, counts.pupils, counts.lessons, counts.marks) == (2, 3, 4, 4)
    assert (counts.missed, counts.late) == (2, 1)
