"""Duties made of facts: who has to do what until when, how late it is, how the year is set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from gateway.errors import Party
from gateway.model.attendance import Absence, AbsenceKind
from gateway.model.clocks import Clock, Trigger
from gateway.model.curriculum import ControlLevel, ControlWork, Curriculum, PlannedSubject
from gateway.model.deadlines import Counting, DutyState, Obligation, OfficeFacts, office_duties, selected
from gateway.model.duties import (
    AccountOrder,
    ControlCheck,
    ControlKind,
    Duty,
    PersonKind,
    ProfileIssue,
    ProfileVerification,
    StaffChange,
)
from gateway.model.family import PaperSlip
from gateway.model.grading import WorkKind
from gateway.model.ids import (
    BellScheduleId,
    ClassId,
    ControlWorkId,
    CorrectionId,
    CurriculumId,
    GroupId,
    LessonId,
    MarkId,
    OutageId,
    PeriodId,
    PupilId,
    RecordId,
    StaffId,
    SubjectId,
    SubstitutionId,
    TransferId,
)
from gateway.model.journal import Deferral, Homework, Lesson, Mark, MarkOrigin, PeriodMark
from gateway.model.journal_records import RecordKind
from gateway.model.lesson_duties import LessonFacts, daily_fill, expected_lessons, lesson_duties
from gateway.model.movement import MovementKind
from gateway.model.movement_order import MovementOrder
from gateway.model.oversight import AccessIncident, Correction, ErrorReport, Outage
from gateway.model.period_duties import PeriodFacts, period_duties
from gateway.model.policy import Policy, SetupChecklist
from gateway.model.readiness import CHECKLISTS, Progress, Section, readiness
from gateway.model.school import GroupKind, Period, PeriodKind, SchoolClass, StudyGroup, Vacation
from gateway.model.setup_progress import SetupFacts, setup_progress
from gateway.model.timetable import Bell, LessonTransfer, Regime, SubstitutionOrder, TeachingLoad, TimetableSlot
from gateway.model.working_days import SchoolCalendar

MOSCOW = ZoneInfo("Europe/Moscow")
MONDAY, TUESDAY, FRIDAY = date(2026, 9, 14), date(2026, 9, 15), date(2026, 9, 18)
FIFTH, FIRST, CLUB = ClassId("5A"), ClassId("1A"), GroupId("chess")
MATHS, RUSSIAN = SubjectId("maths"), SubjectId("russian")
IVANOVA, PETROV = StaffId("ivanova"), StaffId("petrov")
ANNA, BORIS = PupilId("anna"), PupilId("boris")
CALENDAR = SchoolCalendar(zone=MOSCOW)
COUNTING = Counting(calendar=CALENDAR)


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=MOSCOW)


def lesson(number: int = 1, **changes: object) -> Lesson:
    made = Lesson(
        id=LessonId(f"L-{number}"),
        day=MONDAY,
        number=number,
        starts_at=at(MONDAY, 8 + number),
        ends_at=at(MONDAY, 8 + number, 45),
        subject=MATHS,
        teacher=IVANOVA,
        topic="Дроби",
        school_class=FIFTH,
        entered_at=at(MONDAY, 14),
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # fields of a lesson


def mark(kind: WorkKind, entered_at: datetime, **changes: object) -> Mark:
    made = Mark(
        id=MarkId("M"),
        lesson=LessonId("L-1"),
        pupil=ANNA,
        value=5,
        work_kind=kind,
        entered_at=entered_at,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # fields of a mark


FACTS = LessonFacts(
    first=MONDAY,
    last=MONDAY,
    grades={(FIFTH, None): 5, (FIRST, None): 1, (None, CLUB): 5},
    pupils={(FIFTH, None): frozenset({ANNA, BORIS}), (None, CLUB): frozenset({BORIS})},
)


def of(clock: Clock, duties: Sequence[Obligation]) -> list[Obligation]:
    return [one for one in duties if one.clock is clock]


def from_lessons(clock: Clock, counting: Counting = COUNTING, **facts: object) -> list[Obligation]:
    return of(clock, list(lesson_duties(replace(FACTS, **facts), counting)))  # type: ignore[arg-type]  # fields


def test_a_page_entered_late_is_told_with_its_delay() -> None:
    """R-JRNL-05, R-MARK-01: flagged, not refused."""
    (page,) = from_lessons(Clock.LESSON_PAGE, lessons=[lesson(entered_at=at(MONDAY, 15, 31))])
    assert page.state(at(TUESDAY)) is DutyState.DONE_LATE
    assert (page.late_minutes(at(TUESDAY)), page.staff, page.party) == (31, IVANOVA, Party.SUBJECT_TEACHER)


def test_what_the_fact_does_not_tell_the_audit_does() -> None:
    found = from_lessons(
        Clock.LESSON_PAGE,
        lessons=[lesson(entered_at=None)],
        first_entered={(RecordKind.LESSONS, ("L-1",)): at(TUESDAY)},
    )
    assert found[0].done_at == at(TUESDAY)


SLOT = TimetableSlot(
    id=RecordId("S"),
    weekday=1,
    number=2,
    subject=MATHS,
    teacher=IVANOVA,
    valid_from=date(2026, 9, 1),
    school_class=FIFTH,
)
BELLS = {(FIFTH, None): {2: Bell(number=2, start=time(9), end=time(16, 30))}}


def test_a_lesson_of_the_timetable_that_is_not_recorded_is_open() -> None:
    """R-JRNL-26."""
    (page,) = from_lessons(Clock.LESSON_PAGE, slots=[SLOT], bells=BELLS)
    assert (page.kind, page.key, page.staff) == (RecordKind.SLOTS, ("S", "2026-09-14"), IVANOVA)
    assert page.deadline.due_at == at(MONDAY, 17, 30)
    assert page.state(at(TUESDAY)) is DutyState.OVERDUE
    recorded = lesson(2)
    assert [one.kind for one in from_lessons(Clock.LESSON_PAGE, slots=[SLOT], lessons=[recorded])] == ["lessons"]


def test_a_substitution_and_a_transfer_say_who_and_when() -> None:
    """R-JRNL-11, R-JRNL-13."""
    moved = LessonTransfer(
        id=TransferId("T"),
        subject=MATHS,
        from_day=MONDAY,
        from_number=2,
        to_day=TUESDAY,
        to_number=6,
        reason="Карантин",
        registered_by=PETROV,
        school_class=FIFTH,
    )
    order = SubstitutionOrder(
        id=SubstitutionId("O"),
        day=TUESDAY,
        number=6,
        subject=MATHS,
        planned=IVANOVA,
        actual=PETROV,
        reason="Болезнь",
        document="№ 1",
        registered_by=PETROV,
        school_class=FIFTH,
    )
    facts = replace(FACTS, last=TUESDAY, slots=[SLOT], transfers=[moved], substitutions=[order])
    (expected,) = expected_lessons(facts, CALENDAR)
    assert (expected.day, expected.number, expected.teacher) == (TUESDAY, 6, PETROV)


def test_no_lesson_is_expected_on_a_day_off() -> None:
    holiday = replace(CALENDAR, special_days={MONDAY: False})
    assert list(expected_lessons(replace(FACTS, slots=[SLOT]), holiday)) == []


def test_homework_waits_for_the_last_lesson_of_the_same_pupils() -> None:
    """R-JRNL-04, C-04: the chess club of one of them ends at 18:45, another class does not matter."""
    club = lesson(10, id=LessonId("L-club"), school_class=None, group=CLUB)
    other = lesson(11, id=LessonId("L-first"), school_class=FIRST)
    found = {one.key: one for one in from_lessons(Clock.HOMEWORK, lessons=[lesson(1), club, other])}
    assert found["L-1",].deadline.due_at == at(MONDAY, 19, 45)
    assert ("L-first",) not in found, "no homework in grade 1 (R-JRNL-19)"


def test_no_homework_set_is_homework_entered() -> None:
    """R-JRNL-03."""
    none_set = Homework(lesson=LessonId("L-1"), text=None, entered_at=at(MONDAY, 10))
    assert from_lessons(Clock.HOMEWORK, lessons=[lesson()], homework=[none_set])[0].done_at == at(MONDAY, 10)
    assert from_lessons(Clock.HOMEWORK, lessons=[lesson()])[0].done_at is None


@pytest.mark.parametrize(
    ("kind", "clock", "late"),
    [(WorkKind.ORAL, Clock.ORAL_MARK, True), (WorkKind.ESSAY, Clock.WRITTEN_WORK, False)],
)
def test_marks_are_late_by_their_kind_of_work(kind: WorkKind, clock: Clock, *, late: bool) -> None:
    """R-MARK-01, R-MARK-02, R-MARK-03."""
    (found,) = from_lessons(clock, lessons=[lesson()], marks=[mark(kind, at(FRIDAY))])
    assert (found.state(at(FRIDAY)) is DutyState.DONE_LATE) is late


def test_an_absence_entered_the_next_day_is_late() -> None:
    """R-JRNL-07."""
    away = Absence(lesson=LessonId("L-1"), pupil=ANNA, kind=AbsenceKind.UNKNOWN, entered_at=at(TUESDAY))
    (found,) = from_lessons(Clock.ATTENDANCE, lessons=[lesson()], absences=[away])
    assert found.state(at(TUESDAY)) is DutyState.DONE_LATE


def test_marks_of_a_medical_organisation_have_no_deadline_of_the_day() -> None:
    """R-MARK-16."""
    given = mark(WorkKind.ORAL, at(FRIDAY), origin=MarkOrigin.MEDICAL)
    assert from_lessons(Clock.ORAL_MARK, lessons=[lesson()], marks=[given]) == []


def control_work(**changes: object) -> ControlWork:
    made = ControlWork(id=ControlWorkId("C"), subject=MATHS, day=MONDAY, form="Диктант", school_class=FIFTH)
    return replace(made, **changes)  # type: ignore[arg-type]  # fields of a control work


def test_a_control_work_of_the_monitoring_wants_its_marks_in_three_days() -> None:
    """R-MARK-04."""
    (work,) = from_lessons(Clock.MONITORING_WORK, lessons=[lesson()], control_works=[control_work()])
    assert (work.staff, work.deadline.due_at) == (IVANOVA, CALENDAR.end_of(date(2026, 9, 17)))
    assert work.state(at(FRIDAY)) is DutyState.OVERDUE
    given = mark(WorkKind.CONTROL, at(TUESDAY), control_work=ControlWorkId("C"))
    done = from_lessons(Clock.MONITORING_WORK, lessons=[lesson()], control_works=[control_work()], marks=[given])
    assert done[0].done_at == at(TUESDAY)


def test_a_work_from_outside_waits_for_its_announcement() -> None:
    """R-MARK-05."""
    outside = control_work(level=ControlLevel.REGIONAL, monitoring=False)
    assert from_lessons(Clock.EXTERNAL_WORK, control_works=[outside]) == []
    announced = replace(outside, results_announced_on=FRIDAY)
    (work,) = from_lessons(Clock.EXTERNAL_WORK, control_works=[announced])
    assert work.deadline.due_at == CALENDAR.end_of(date(2026, 9, 21))


def test_catching_up_after_an_outage_is_done_with_the_last_page() -> None:
    """R-JRNL-18."""
    down = Outage(id=OutageId("O"), started_at=at(MONDAY, 11), ended_at=at(MONDAY, 20), reason="Авария")
    counting = replace(COUNTING, outages=(down,))
    late = lesson(entered_at=at(TUESDAY, 9))
    (caught_up,) = from_lessons(Clock.OUTAGE_CATCH_UP, counting, lessons=[late])
    assert caught_up.done_at == at(TUESDAY, 9)
    assert caught_up.state(at(FRIDAY)) is DutyState.DONE
    (open_still,) = from_lessons(Clock.OUTAGE_CATCH_UP, counting, lessons=[late], slots=[SLOT])
    assert open_still.done_at is None
    (page,) = from_lessons(Clock.LESSON_PAGE, counting, lessons=[late])
    assert page.state(at(FRIDAY)) is DutyState.DONE


def test_the_daily_indicator_counts_expected_entered_and_late() -> None:
    """R-JRNL-26."""
    facts = replace(FACTS, slots=[SLOT], lessons=[lesson(1), lesson(3, entered_at=at(TUESDAY))])
    (fill,) = daily_fill(facts, COUNTING)
    assert (fill.teacher, fill.day, fill.expected, fill.entered, fill.late) == (IVANOVA, MONDAY, 3, 2, 1)


def test_a_duty_says_where_it_stands() -> None:
    until = COUNTING.until(Clock.PROFILE_FIX, Trigger(at=at(MONDAY)))
    duty = Obligation(deadline=until, kind=RecordKind.PROFILE_ISSUES, key=("P",), party=Party.COORDINATOR)
    assert duty.state(at(TUESDAY)) is DutyState.OPEN
    assert duty.state(at(date(2026, 9, 17))) is DutyState.DUE_SOON
    assert duty.state(at(FRIDAY)) is DutyState.OVERDUE
    assert duty.late_minutes(at(FRIDAY, 0, 5)) == 5
    suspended = replace(duty, deadline=replace(until, suspended=True))
    assert suspended.state(at(FRIDAY)) is DutyState.SUSPENDED
    assert suspended.late_minutes(at(FRIDAY)) == 0


OFFICE = OfficeFacts(since=date(2026, 9, 1))
NEWS = at(MONDAY)


@pytest.mark.parametrize(
    ("clock", "facts"),
    [
        (
            Clock.ERROR_CORRECTION,
            {
                "error_reports": [
                    ErrorReport(
                        id=RecordId("E"),
                        record_kind="marks",
                        record="M",
                        text="Не та оценка",
                        reported_at=NEWS,
                        resolved_at=at(FRIDAY),
                    )
                ]
            },
        ),
        (
            Clock.ERROR_CORRECTION,
            {
                "corrections": [
                    Correction(
                        id=CorrectionId("C"),
                        record_kind="marks",
                        record="M",
                        reason="Описка",
                        requested_by=IVANOVA,
                        requested_at=NEWS,
                        decided_at=at(FRIDAY),
                    )
                ]
            },
        ),
        (
            Clock.ACCOUNT_CREATION,
            {
                "account_orders": [
                    AccountOrder(
                        id=RecordId("A"),
                        ordered_by=PETROV,
                        ordered_at=NEWS,
                        duty=Duty.SUBJECT_TEACHER,
                        done_at=at(FRIDAY),
                    )
                ]
            },
        ),
        (
            Clock.STAFF_CHANGE,
            {
                "staff_changes": [
                    StaffChange(
                        id=RecordId("S"), staff=IVANOVA, received_at=NEWS, document="№ 1", entered_at=at(FRIDAY)
                    )
                ]
            },
        ),
        (
            Clock.INCIDENT_NOTICE,
            {
                "incidents": [
                    AccessIncident(
                        id=RecordId("I"),
                        account="login",
                        learned_at=NEWS,
                        reported_at=NEWS,
                        director_notified_at=at(FRIDAY),
                        support_notified_at=NEWS,
                    )
                ]
            },
        ),
    ],
)
def test_duties_of_the_office_start_and_end_with_a_record(clock: Clock, facts: dict[str, object]) -> None:
    """R-AUD-03, R-AUD-04, R-ROLE-13, R-ROST-04, R-SEC-04: begun on Monday, done on Friday is late."""
    (duty,) = of(clock, list(office_duties(replace(OFFICE, **facts), COUNTING)))  # type: ignore[arg-type]  # fields
    assert (duty.deadline.started_at, duty.done_at) == (NEWS, at(FRIDAY))
    assert duty.state(at(FRIDAY)) is DutyState.DONE_LATE


def test_profiles_and_movements_have_more_time() -> None:
    """R-ROST-13, R-ROST-05."""
    issue = ProfileIssue(id=RecordId("P"), person_kind=PersonKind.PUPIL, person=RecordId("anna"), found_at=NEWS)
    move = MovementOrder(
        id=RecordId("M"),
        pupil=ANNA,
        kind=MovementKind.DEPARTURE,
        happened_on=MONDAY,
        document="№ 2",
        informed_at=NEWS,
    )
    duties = list(office_duties(replace(OFFICE, profile_issues=[issue], movement_orders=[move]), COUNTING))
    assert [one.deadline.due_at for one in of(Clock.PROFILE_FIX, duties)] == [CALENDAR.end_of(date(2026, 9, 17))]
    assert [one.deadline.due_at for one in of(Clock.MOVEMENT_ENTRY, duties)] == [CALENDAR.end_of(date(2026, 9, 21))]


def test_controls_follow_each_other_from_the_beginning_of_the_year() -> None:
    """C-32, R-CAL-09."""
    check = ControlCheck(id=RecordId("K"), kind=ControlKind.DEPUTY, held_at=at(FRIDAY), held_by=PETROV)
    duties = list(office_duties(replace(OFFICE, control_checks=[check]), COUNTING))
    first, second = of(Clock.DEPUTY_CONTROL, duties)
    assert (first.done_at, second.deadline.started_at, second.done_at) == (at(FRIDAY), at(FRIDAY), None)
    (director,) = of(Clock.DIRECTOR_CONTROL, duties)
    assert director.done_at is None


def test_every_class_teacher_verifies_profiles_monthly() -> None:
    """R-ROST-12."""
    seen = ProfileVerification(
        id=RecordId("V"),
        school_class=FIFTH,
        year=2026,
        month=9,
        verified_by=IVANOVA,
        verified_at=at(FRIDAY),
        changes=0,
    )
    facts = replace(OFFICE, profile_verifications=[seen], class_teachers={FIFTH: IVANOVA, FIRST: None})
    duties = of(Clock.PROFILE_VERIFICATION, list(office_duties(facts, COUNTING)))
    assert [(one.key, one.staff, one.done_at) for one in duties] == [
        (("5A",), IVANOVA, at(FRIDAY)),
        (("5A",), IVANOVA, None),
        (("1A",), None, None),
    ]


def test_paper_goes_weekly_to_families_that_refused_the_electronic_way() -> None:
    """R-CAL-08, C-23."""
    slip = PaperSlip(id=RecordId("S"), pupil=ANNA, handed_on=FRIDAY, handed_by=IVANOVA)
    other = replace(slip, id=RecordId("T"), pupil=BORIS)
    facts = replace(OFFICE, paper_slips=[slip, other], on_paper={ANNA: MONDAY})
    first, second = of(Clock.PAPER_SLIPS, list(office_duties(facts, COUNTING)))
    assert first.state(at(FRIDAY)) is DutyState.DONE
    assert second.deadline.due_at == CALENDAR.end_of(date(2026, 9, 25))


def test_duties_are_selected_by_whom_clock_and_lateness() -> None:
    duties = [*from_lessons(Clock.LESSON_PAGE, slots=[SLOT]), *office_duties(OFFICE, COUNTING)]
    now = at(TUESDAY)
    assert len(selected(duties, now)) == 3
    assert [one.clock for one in selected(duties, now, responsible=IVANOVA)] == [Clock.LESSON_PAGE]
    assert [one.clock for one in selected(duties, now, responsible=Party.DIRECTOR)] == [Clock.DIRECTOR_CONTROL]
    assert [one.clock for one in selected(duties, now, overdue_only=True)] == [Clock.LESSON_PAGE]
    assert selected(duties, now, clock=Clock.PAPER_SLIPS) == []
    assert selected(duties, at(date(2026, 8, 1))) == [], "what has not begun is no duty yet"


QUARTER = Period(
    id=PeriodId("Q1"), year=2026, kind=PeriodKind.QUARTER, number=1, start=date(2026, 9, 1), end=date(2026, 10, 23)
)
AUTUMN = Vacation(id=RecordId("V"), year=2026, name="Осенние", start=date(2026, 10, 26), end=date(2026, 11, 1))
PERIODS = PeriodFacts(
    periods=[QUARTER],
    vacations=[AUTUMN],
    grades=FACTS.grades,
    pupils=FACTS.pupils,
    lessons=[lesson(), lesson(2, id=LessonId("L-first"), school_class=FIRST)],
)


def period_mark(pupil: PupilId, entered_at: datetime) -> PeriodMark:
    return PeriodMark(
        id=RecordId(f"PM-{pupil}"), pupil=pupil, subject=MATHS, period=QUARTER.id, value=4, entered_at=entered_at
    )


def test_period_marks_have_two_clocks_and_grade_one_has_none() -> None:
    """R-ATT-01, R-ATT-02, R-MARK-06, C-08."""
    interim, marks = period_duties(PERIODS, COUNTING)
    assert (interim.clock, marks.clock) == (Clock.INTERIM_ATTESTATION, Clock.PERIOD_MARKS)
    assert (interim.key, interim.staff) == (("Q1", "5A", "maths"), IVANOVA)
    assert marks.state(at(date(2026, 10, 1))) is DutyState.EARLY
    assert marks.state(at(date(2026, 10, 20))) is DutyState.OPEN
    assert marks.state(at(date(2026, 10, 26))) is DutyState.OVERDUE


def test_period_marks_are_done_when_nobody_is_left_without() -> None:
    """R-MARK-07, R-MARK-12, R-ATT-10: a deferral is no gap."""
    one = [period_mark(ANNA, at(date(2026, 10, 19)))]
    assert {duty.done_at for duty in period_duties(replace(PERIODS, period_marks=one), COUNTING)} == {None}
    put_off = Deferral(
        id=RecordId("D"),
        pupil=BORIS,
        subject=MATHS,
        period=QUARTER.id,
        reason="Болезнь",
        until=date(2026, 11, 20),
        document="№ 3",
    )
    facts = replace(PERIODS, period_marks=one, deferrals=[put_off])
    assert {duty.done_at for duty in period_duties(facts, COUNTING)} == {at(date(2026, 10, 19))}


def test_results_of_an_exam_are_due_on_the_next_working_day() -> None:
    """R-ATT-03, R-ATT-04."""
    late = replace(period_mark(ANNA, at(date(2026, 9, 22))), announced_on=FRIDAY)
    (found,) = of(Clock.FINAL_ATTESTATION, list(period_duties(PeriodFacts(period_marks=[late]), COUNTING)))
    assert found.deadline.due_at == CALENDAR.end_of(date(2026, 9, 21))
    assert found.state(at(date(2026, 9, 22))) is DutyState.DONE_LATE


def test_the_checklists_have_as_many_sections_as_the_regulations_name() -> None:
    """R-ACAD-24: 19; R-ACAD-26: 11; R-ACAD-18: 8; C-16: the union."""
    assert [len(CHECKLISTS[one]) for one in (SetupChecklist.S0, SetupChecklist.S1, SetupChecklist.S3)] == [19, 11, 8]
    named = {section for sections in CHECKLISTS.values() for section in sections}
    assert set(CHECKLISTS[SetupChecklist.UNION]) == named == set(Section)


def test_readiness_tells_what_is_missing_and_since_when() -> None:
    """R-ACAD-18, R-ACAD-24, C-09."""
    counts = dict.fromkeys(Section, Progress(done=2, total=2)) | {Section.ROOMS: Progress(done=0, total=3)}
    found = readiness(2026, counts, CALENDAR, Policy(), today=date(2026, 9, 12))
    assert not found.is_complete
    assert found.control_at == CALENDAR.end_of(date(2026, 9, 5))
    assert found.due_at == CALENDAR.end_of(date(2026, 9, 10))
    assert {line.section: line.overdue_days for line in found.sections if line.overdue_days} == {Section.ROOMS: 2}
    by_s3 = readiness(2026, counts, CALENDAR, Policy(setup_checklist=SetupChecklist.S3), today=date(2026, 9, 12))
    assert by_s3.is_complete, "rooms are no section of S3"


def test_progress_counts_subjects_of_classes_also_through_groups() -> None:
    """R-ACAD-13, R-ACAD-15, R-ACAD-16."""
    fifth = SchoolClass(id=FIFTH, source_id="1", year=2026, grade=5, letter="А", class_teacher=IVANOVA)
    hours = [PlannedSubject(subject=subject, hours_a_week=5, hours_a_year=170) for subject in (MATHS, RUSSIAN)]
    curriculum = Curriculum(
        id=CurriculumId("U"),
        year=2026,
        name="ООО",
        first_grade=5,
        last_grade=9,
        subjects=tuple(hours),
        approved_on=MONDAY,
    )
    group = StudyGroup(id=CLUB, name="Группа", kind=GroupKind.SUBGROUP, subject=RUSSIAN, members=(ANNA,))
    load = TeachingLoad(
        id=RecordId("N"),
        year=2026,
        teacher=IVANOVA,
        subject=RUSSIAN,
        hours_a_week=5,
        valid_from=date(2026, 9, 1),
        group=CLUB,
    )
    regime = Regime(
        id=RecordId("R"), days_a_week=5, bells=BellScheduleId("B"), valid_from=date(2026, 9, 1), school_class=FIFTH
    )
    found = setup_progress(
        SetupFacts(
            year=2026,
            today=MONDAY,
            classes=[fifth],
            pupils={FIFTH: frozenset({ANNA})},
            periods=[QUARTER],
            groups=[group],
            regimes=[regime],
            curricula=[curriculum],
            loads=[load],
            slots=[SLOT],
        )
    )
    assert found.keys() == set(Section)
    assert found[Section.LOADS] == Progress(done=1, total=2)
    assert found[Section.TIMETABLES] == Progress(done=1, total=2)
    assert found[Section.CURRICULUM] == found[Section.PERIODS] == Progress(done=1, total=1)
    assert found[Section.REGIMES] == Progress(done=1, total=2)
    assert found[Section.INFORMING] == Progress(done=0, total=1)
    assert not found[Section.ROOMS].is_complete


def test_a_school_with_nothing_is_not_ready() -> None:
    """R-ACAD-18: only what a school may do without counts as complete when there is none of it."""
    found = setup_progress(SetupFacts(year=2026, today=MONDAY))
    assert {section for section, progress in found.items() if progress.is_complete} == {
        Section.GROUPS,
        Section.STREAMS,
        Section.INDIVIDUAL_PUPILS,
        Section.INDIVIDUAL_PLANS,
        Section.PROFILE_CURRICULA,
        Section.SCHOOL_SUBJECTS,
        Section.REGIMES,
    }
