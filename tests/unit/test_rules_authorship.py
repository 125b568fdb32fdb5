"""Who may have written what: teachers, stand-ins, class teachers, deputies, those who sign papers, the compromised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.model.attendance import Absence, AbsenceKind, AbsenceNote
from gateway.model.curriculum import ControlWork
from gateway.model.duties import (
    AccountOrder,
    Appointment,
    ControlCheck,
    ControlKind,
    CredentialIssue,
    DataSubmission,
    Duty,
    SupportTicket,
)
from gateway.model.family import Message, PaperSlip, PortfolioItem, PortfolioKind
from gateway.model.grading import WorkKind
from gateway.model.ids import (
    ClassId,
    ControlWorkId,
    CorrectionId,
    GroupId,
    GuardianId,
    LessonId,
    MarkId,
    PeriodId,
    PupilId,
    RecordId,
    StaffId,
    SubjectId,
    SubstitutionId,
)
from gateway.model.journal import Homework, Lesson, Mark, PeriodMark, Substitution
from gateway.model.journal_records import KIND_OF, RecordKind, Stored, key_of
from gateway.model.oversight import AccessIncident, Correction, Decision
from gateway.model.people import Enrollment
from gateway.model.policy import ClassTeacherMode, DeputyMode, Policy
from gateway.model.rules.authorship import authorship_faults
from gateway.model.rules.reference import JournalReference, StoredRecords
from gateway.model.rules.view import JournalView
from gateway.model.school import GroupKind, Period, PeriodKind, StudyGroup
from gateway.model.timetable import SubstitutionOrder, TeachingLoad, TimetableSlot

DAY = date(2026, 10, 5)
NOW = datetime(2026, 10, 5, 15, tzinfo=UTC)
CLASS_5A, CLASS_5B = ClassId("5a"), ClassId("5b")
MATHS, ENGLISH = SubjectId("maths"), SubjectId("english")
GROUP = GroupId("english-5a-1")
ANNA, BORIS = PupilId("anna"), PupilId("boris")
QUARTER = PeriodId("q1")
TEACHER, OTHER, STAND_IN, TUTOR, TUTOR_B = (StaffId(name) for name in ("teacher", "other", "stand-in", "tutor", "b"))
DEPUTY, DIRECTOR, ADMIN, DISPATCHER, EDUCATOR = (
    StaffId(name) for name in ("deputy", "director", "admin", "dispatcher", "educator")
)


def _appointed(staff: StaffId, duty: Duty, **more: Any) -> Appointment:
    values: dict[str, Any] = {"valid_from": date(2026, 9, 1), **more}
    return Appointment(id=RecordId(f"a-{staff}"), staff=staff, duty=duty, document="№ 1", ordered_at=NOW, **values)


def _load(teacher: StaffId, subject: SubjectId, **addressee: Any) -> TeachingLoad:
    values: dict[str, Any] = {"valid_from": date(2026, 9, 1), **addressee}
    load_id = RecordId(f"load-{teacher}-{subject}")
    return TeachingLoad(id=load_id, year=2026, teacher=teacher, subject=subject, hours_a_week=5, **values)


LOADS = (
    _load(TEACHER, MATHS, school_class=CLASS_5A),
    _load(OTHER, ENGLISH, group=GROUP),
    _load(STAND_IN, MATHS, school_class=CLASS_5B),
)
APPOINTMENTS = (
    _appointed(DEPUTY, Duty.DEPUTY),
    _appointed(DIRECTOR, Duty.DIRECTOR),
    _appointed(ADMIN, Duty.ADMINISTRATOR),
    _appointed(DISPATCHER, Duty.DISPATCHER),
    _appointed(EDUCATOR, Duty.EDUCATOR, group=GROUP),
)
LESSON = Lesson(
    id=LessonId("l1"),
    day=DAY,
    number=2,
    starts_at=NOW - timedelta(hours=5),
    ends_at=NOW - timedelta(hours=4),
    subject=MATHS,
    teacher=TEACHER,
    topic="Дроби",
    school_class=CLASS_5A,
)
GROUP_LESSON = replace(
    LESSON, id=LessonId("l2"), subject=ENGLISH, teacher=OTHER, school_class=None, group=GROUP, number=3
)
PLACES = (
    StudyGroup(id=GROUP, name="Английский", kind=GroupKind.SUBGROUP, subject=ENGLISH, members=(ANNA,)),
    Period(id=QUARTER, year=2026, kind=PeriodKind.QUARTER, number=1, start=date(2026, 9, 1), end=date(2026, 10, 25)),
    LESSON,
    GROUP_LESSON,
)


def _view(*records: Any, policy: Policy | None = None, frame: Iterable[Any] = (*LOADS, *APPOINTMENTS)) -> JournalView:
    held: dict[RecordKind, dict[tuple[str, ...], Stored[Any]]] = {}
    for record in (*PLACES, *frame, *records):
        held.setdefault(KIND_OF[type(record)], {})[key_of(record)] = Stored(record=record, version=1)
    places = {
        ANNA: (Enrollment(pupil=ANNA, school_class=CLASS_5A, valid_from=date(2026, 9, 1)),),
        BORIS: (Enrollment(pupil=BORIS, school_class=CLASS_5B, valid_from=date(2026, 9, 1)),),
    }
    reference = JournalReference(
        zone=ZoneInfo("Europe/Moscow"),
        policy=policy or Policy(),
        grades={CLASS_5A: 5, CLASS_5B: 5},
        class_teachers={CLASS_5A: TUTOR, CLASS_5B: TUTOR_B},
        pupils={ANNA, BORIS},
        enrollments=places,
        guardianships={(GuardianId("mother"), ANNA)},
        stored=StoredRecords(by_kind=held),
    )
    return JournalView(reference=reference, now=NOW)


def _found(record: Any, *records: Any, policy: Policy | None = None) -> list[tuple[str, str | None]]:
    return [(one.code, one.rule) for one in authorship_faults(record, _view(*records, policy=policy))]


def _mark(author: StaffId | None, lesson: Lesson = LESSON, pupil: PupilId = ANNA, **more: Any) -> Mark:
    return Mark(id=MarkId("m"), lesson=lesson.id, pupil=pupil, value=5, work_kind=WorkKind.ORAL, author=author, **more)


FORBIDDEN = "journal.author_not_allowed"


# entries at lessons


@pytest.mark.parametrize(
    ("author", "lesson", "rule"),
    [
        (TEACHER, LESSON, None),
        (TEACHER, GROUP_LESSON, "R-ROLE-09"),
        (OTHER, GROUP_LESSON, None),
        (OTHER, LESSON, "R-ROLE-09"),
        (STAND_IN, LESSON, "R-ROLE-09"),  # teaches the same subject to another class
        (EDUCATOR, GROUP_LESSON, None),  # R-ROLE-24
        (EDUCATOR, LESSON, "R-ROLE-09"),
        (TUTOR, LESSON, "R-ROLE-08"),
        (DEPUTY, LESSON, "R-ROLE-05"),
        (DIRECTOR, LESSON, "R-ROLE-03"),
        (ADMIN, LESSON, "R-ROLE-10"),
    ],
)
def test_entries_are_made_by_who_teaches(author: StaffId, lesson: Lesson, rule: str | None) -> None:
    expected = [(FORBIDDEN, rule)] if rule else []
    absence = Absence(lesson=lesson.id, pupil=ANNA, kind=AbsenceKind.ILLNESS, author=author)
    homework = Homework(lesson=lesson.id, text="№ 5", author=author)
    for record in (replace(lesson, author=author), _mark(author, lesson), absence, homework):
        assert _found(record) == expected, type(record).__name__


def test_what_names_no_author_is_not_guessed() -> None:
    assert _found(_mark(None)) == []
    assert _found(LESSON) == []


def test_a_load_gives_rights_in_its_days_only() -> None:
    ended = replace(LOADS[0], valid_to=DAY - timedelta(days=1))
    assert _found(_mark(TEACHER), ended) == [(FORBIDDEN, "R-ROLE-09")]
    assert _found(_mark(TEACHER), replace(LOADS[0], valid_to=DAY)) == []


def test_a_stand_in_writes_at_the_substituted_lesson_and_no_other() -> None:
    substituted = replace(LESSON, substitution=Substitution(teacher=STAND_IN, reason="Болезнь"))
    later = replace(LESSON, id=LessonId("l9"), number=5)
    assert _found(_mark(STAND_IN, substituted), substituted) == []
    assert _found(_mark(STAND_IN, later), substituted, later) == [(FORBIDDEN, "R-ROLE-09")]


def test_an_order_lets_the_stand_in_write_too() -> None:
    order = SubstitutionOrder(
        id=SubstitutionId("s1"),
        day=DAY,
        number=2,
        subject=MATHS,
        planned=TEACHER,
        actual=STAND_IN,
        reason="Болезнь",
        document="№ 7",
        registered_by=DEPUTY,
        school_class=CLASS_5A,
    )
    assert _found(_mark(STAND_IN), order) == []
    assert _found(_mark(STAND_IN), replace(order, number=3)) == [(FORBIDDEN, "R-ROLE-09")]


@pytest.mark.parametrize("mode", list(ClassTeacherMode))
def test_class_teachers_edit_their_own_class_by_policy(mode: ClassTeacherMode) -> None:
    policy = Policy(class_teacher_mode=mode)
    own, group, foreign = _mark(TUTOR), _mark(TUTOR, GROUP_LESSON), _mark(TUTOR_B)
    edits = mode is ClassTeacherMode.EDIT_ALL
    for record in (own, group):
        assert _found(record, policy=policy) == ([] if edits else [(FORBIDDEN, "R-ROLE-08")])
    assert _found(foreign, policy=policy) == [(FORBIDDEN, "R-ROLE-08")]


def test_a_class_teacher_edits_only_own_pupils_at_a_lesson_of_several_classes() -> None:
    mixed = replace(PLACES[0], members=(ANNA, BORIS))
    policy = Policy(class_teacher_mode=ClassTeacherMode.EDIT_ALL)
    assert _found(_mark(TUTOR, GROUP_LESSON, ANNA), mixed, policy=policy) == []
    assert _found(_mark(TUTOR, GROUP_LESSON, BORIS), mixed, policy=policy) == [(FORBIDDEN, "R-ROLE-08")]


def test_deputies_enter_in_full_mode_inside_their_scope() -> None:
    full = Policy(deputy_mode=DeputyMode.FULL)
    assert _found(_mark(DEPUTY), policy=full) == []
    for scope, rule in (
        ({"school_class": CLASS_5A}, None),
        ({"subject": MATHS}, None),
        ({"school_class": CLASS_5B}, "R-ROLE-05"),  # R-ROLE-19
        ({"subject": ENGLISH}, "R-ROLE-05"),
    ):
        scoped = _appointed(DEPUTY, Duty.DEPUTY, **scope)
        assert _found(_mark(DEPUTY), scoped, policy=full) == ([(FORBIDDEN, rule)] if rule else []), scope


def test_an_appointment_holds_in_its_days_only() -> None:
    full = Policy(deputy_mode=DeputyMode.FULL)
    for dates, holds in (
        ({"valid_from": DAY, "valid_to": DAY}, True),
        ({"valid_from": DAY + timedelta(days=1)}, False),
        ({"valid_from": date(2026, 9, 1), "valid_to": DAY - timedelta(days=1)}, False),
    ):
        found = _found(_mark(DEPUTY), _appointed(DEPUTY, Duty.DEPUTY, **dates), policy=full)
        assert (found == []) == holds, dates


def test_final_marks_are_set_by_who_teaches_the_pupil_in_the_period() -> None:
    def final(author: StaffId, subject: SubjectId, pupil: PupilId = ANNA) -> PeriodMark:
        return PeriodMark(
            id=RecordId("f"), pupil=pupil, subject=subject, period=QUARTER, value=5, author=author, entered_at=NOW
        )

    assert _found(final(TEACHER, MATHS)) == []
    assert _found(final(OTHER, ENGLISH)) == []
    assert _found(final(TEACHER, ENGLISH)) == [(FORBIDDEN, "R-ROLE-09")]
    assert _found(final(TEACHER, MATHS, BORIS)) == [(FORBIDDEN, "R-ROLE-09")]
    assert _found(final(OTHER, ENGLISH, BORIS)) == [(FORBIDDEN, "R-ROLE-09")]
    assert _found(final(TUTOR, MATHS)) == [(FORBIDDEN, "R-ROLE-08")]


def test_where_no_load_is_kept_a_lesson_belongs_to_the_teacher_it_names() -> None:
    view = _view(frame=())
    assert list(authorship_faults(_mark(TEACHER), view)) == []
    assert [one.rule for one in authorship_faults(_mark(OTHER), view)] == ["R-ROLE-09"]


def test_one_load_in_the_school_is_enough_for_rights_to_follow_loads() -> None:
    view = _view(frame=())
    kept = JournalView(reference=replace(view.reference, kept=frozenset({RecordKind.LOADS})), now=NOW)
    assert [one.rule for one in authorship_faults(_mark(TEACHER), kept)] == ["R-ROLE-09"]
    view.accepted[RecordKind.LOADS][key_of(LOADS[2])] = LOADS[2]
    assert [one.rule for one in authorship_faults(_mark(TEACHER), view)] == ["R-ROLE-09"]


# compromised access


@pytest.mark.parametrize(
    ("hours", "reissued", "refused"),
    [(-1, None, True), (-1, 4, False), (0, None, True), (5, None, True), (5, 4, False), (3, 4, True)],
)
def test_from_the_notification_to_new_credentials_nothing_is_taken(
    hours: int, reissued: int | None, *, refused: bool
) -> None:
    told = NOW - timedelta(hours=10)
    incident = AccessIncident(
        id=RecordId("i"),
        account=TEACHER,
        learned_at=told - timedelta(hours=3),
        reported_at=told - timedelta(hours=2),
        director_notified_at=told + timedelta(hours=1),
        support_notified_at=told,
        credentials_reissued_at=None if reissued is None else told + timedelta(hours=reissued),
    )
    record = _mark(TEACHER, entered_at=told + timedelta(hours=hours))
    assert _found(record, incident) == ([("journal.author_compromised", "R-SEC-05")] if refused else [])
    assert _found(_mark(OTHER, GROUP_LESSON, entered_at=NOW), incident) == []


MISSING = [("journal.author_missing", "R-SEC-05")]
TOLD = NOW - timedelta(hours=10)
UNSIGNED = _mark(None)


def _reported(account: StaffId, **moments: datetime) -> AccessIncident:
    return AccessIncident(
        id=RecordId("i"), account=account, learned_at=TOLD, reported_at=TOLD, director_notified_at=TOLD, **moments
    )


@pytest.mark.parametrize(
    "record", [UNSIGNED, replace(UNSIGNED, entered_at=TOLD - timedelta(days=1)), LESSON], ids=["mark", "late", "lesson"]
)
def test_what_names_no_author_is_held_against_the_teacher_of_its_lesson(record: Any) -> None:
    """R-SEC-04, R-SEC-05: nobody says that it is not by whoever has the access."""
    assert _found(record) == []
    assert _found(record, _reported(TEACHER)) == MISSING
    assert _found(record, _reported(OTHER)) == []
    assert _found(record, _reported(TEACHER, credentials_reissued_at=NOW - timedelta(hours=1))) == []


def test_a_lesson_is_of_who_stood_in_at_it() -> None:
    given = replace(LESSON, substitution=Substitution(teacher=OTHER, reason="болезнь"))
    assert _found(given, _reported(TEACHER)) == []
    assert _found(given, _reported(OTHER)) == MISSING


# papers


def _correction(**more: Any) -> Correction:
    values: dict[str, Any] = {"decision": Decision.APPROVED, "decided_at": NOW, **more}
    return Correction(
        id=CorrectionId("c"),
        record_kind="marks",
        record="m",
        reason="Ошибка",
        requested_by=TEACHER,
        requested_at=NOW,
        **values,
    )


def _issue(by: StaffId, **to: Any) -> CredentialIssue:
    return CredentialIssue(id=RecordId("ci"), issued_by=by, issued_at=NOW, **to)


def _account(by: StaffId) -> AccountOrder:
    return AccountOrder(id=RecordId("ao"), ordered_by=by, ordered_at=NOW, duty=Duty.EDUCATOR, staff=EDUCATOR)


def _order(by: StaffId) -> SubstitutionOrder:
    return SubstitutionOrder(
        id=SubstitutionId("s1"),
        day=DAY,
        number=2,
        subject=MATHS,
        planned=TEACHER,
        actual=STAND_IN,
        reason="Болезнь",
        document="№ 7",
        registered_by=by,
        school_class=CLASS_5A,
    )


def _slot(by: StaffId) -> TimetableSlot:
    return TimetableSlot(
        id=RecordId("t"),
        weekday=1,
        number=2,
        subject=MATHS,
        teacher=TEACHER,
        valid_from=DAY,
        school_class=CLASS_5A,
        author=by,
    )


def _work(by: StaffId) -> ControlWork:
    return ControlWork(
        id=ControlWorkId("cw"), subject=MATHS, day=DAY, form="Контрольная", school_class=CLASS_5A, author=by
    )


def _check(by: StaffId, kind: ControlKind) -> ControlCheck:
    return ControlCheck(id=RecordId("cc"), kind=kind, held_at=NOW, held_by=by)


def _message(by: StaffId, **to: Any) -> Message:
    return Message(id=RecordId("msg"), author=by, sent_at=NOW, text="Собрание в среду.", **to)


def _item(by: StaffId) -> PortfolioItem:
    return PortfolioItem(id=RecordId("p"), pupil=ANNA, kind=PortfolioKind.SPORT, day=DAY, title="Кросс", author=by)


def _note(by: StaffId) -> AbsenceNote:
    return AbsenceNote(id=RecordId("n"), lesson=LESSON.id, pupil=ANNA, author=by, noted_at=NOW, text="Справка")


DUTY, OWN = "journal.duty_missing", "journal.not_own_class"
MOTHER = GuardianId("mother")


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (_correction(decided_by=DIRECTOR), None),
        (_correction(decided_by=DEPUTY), None),
        (_correction(decided_by=ADMIN), (DUTY, "R-AUD-03")),
        (_correction(decided_by=TEACHER), (DUTY, "R-AUD-03")),
        (_correction(decided_by=None), None),
        (_account(DIRECTOR), None),
        (_account(ADMIN), (DUTY, "R-ROLE-13")),
        (_issue(ADMIN, staff=TEACHER), None),
        (_issue(TUTOR, staff=TEACHER), (DUTY, "R-ROLE-14")),
        (_issue(TUTOR, pupil=ANNA), None),
        (_issue(TUTOR, guardian=MOTHER), None),
        (_issue(TUTOR_B, pupil=ANNA), (OWN, "R-ROLE-14")),
        (_issue(TUTOR_B, guardian=MOTHER), (OWN, "R-ROLE-14")),
        (_issue(ADMIN, pupil=ANNA), (OWN, "R-ROLE-14")),
        (_issue(ADMIN, guardian=GuardianId("of nobody")), (OWN, "R-ROLE-14")),
        (_order(DEPUTY), None),
        (_order(DISPATCHER), (DUTY, "R-JRNL-12")),
        (_order(TEACHER), (DUTY, "R-JRNL-12")),
        (_slot(DISPATCHER), None),
        (_slot(DEPUTY), None),
        (_slot(TEACHER), (DUTY, "R-ROLE-17")),
        (replace(LOADS[0], author=DISPATCHER), None),
        (replace(LOADS[0], author=TEACHER), (DUTY, "R-ROLE-17")),
        (_work(DEPUTY), None),
        (_work(DISPATCHER), (DUTY, "R-ROLE-18")),
        (_check(DEPUTY, ControlKind.DEPUTY), None),
        (_check(DIRECTOR, ControlKind.DIRECTOR), None),
        (_check(DEPUTY, ControlKind.DIRECTOR), (DUTY, "R-ROLE-25")),
        (DataSubmission(id=RecordId("d"), supplied_by=DEPUTY, subject_matter="x", document="x", approved_on=DAY), None),
        (
            DataSubmission(id=RecordId("d"), supplied_by=ADMIN, subject_matter="x", document="x", approved_on=DAY),
            (DUTY, "R-ROST-15"),
        ),
        (_message(TEACHER, school_class=CLASS_5A), None),
        (_message(TEACHER, pupil=ANNA), None),
        (_message(OTHER, pupil=ANNA), None),
        (_message(OTHER, group=GROUP), None),
        (_message(TUTOR, school_class=CLASS_5A), None),
        (_message(TEACHER, school_class=CLASS_5B), (DUTY, "R-JRNL-15")),
        (_message(TEACHER, pupil=BORIS), (DUTY, "R-JRNL-15")),
        (_message(OTHER, pupil=BORIS), (DUTY, "R-JRNL-15")),
        (_message(DIRECTOR, school_class=CLASS_5A), (DUTY, "R-JRNL-15")),
        (_item(TUTOR), None),
        (_item(TUTOR_B), (DUTY, "R-ROST-17")),
        (_note(TUTOR), None),
        (_note(TUTOR_B), (OWN, "C-33")),
        (_note(TEACHER), (OWN, "C-33")),
        (PaperSlip(id=RecordId("ps"), pupil=ANNA, handed_on=DAY, handed_by=TUTOR), None),
        (PaperSlip(id=RecordId("ps"), pupil=ANNA, handed_on=DAY, handed_by=TUTOR_B), (DUTY, "R-ROLE-16")),
        (SupportTicket(id=RecordId("st"), opened_by=ADMIN, opened_at=NOW, text="x"), None),
        (SupportTicket(id=RecordId("st"), opened_by=TEACHER, opened_at=NOW, text="x"), (DUTY, "R-ROLE-28")),
    ],
)
def test_papers_are_signed_by_who_may(record: Any, found: tuple[str, str] | None) -> None:
    assert _found(record) == ([found] if found else [])


def test_a_dispatcher_registers_substitutions_by_policy() -> None:
    assert _found(_order(DISPATCHER), policy=Policy(substitution_by_dispatcher=True)) == []


def test_a_note_at_an_absence_is_the_class_teachers_by_policy() -> None:
    assert _found(_note(TUTOR), policy=Policy(absence_note_by_class_teacher=False)) == [(OWN, "C-33")]


def test_an_approval_is_held_against_the_day_it_was_given() -> None:
    former = _appointed(DEPUTY, Duty.DEPUTY, valid_to=DAY - timedelta(days=1))
    assert _found(_correction(decided_by=DEPUTY, decided_at=NOW - timedelta(days=2)), former) == []
    assert _found(_correction(decided_by=DEPUTY), former) == [(DUTY, "R-AUD-03")]


def test_where_no_appointment_is_kept_papers_are_taken_as_they_are() -> None:
    view = _view(frame=LOADS)
    for record in (
        _correction(decided_by=TEACHER),
        _account(ADMIN),
        _order(TEACHER),
        _check(TEACHER, ControlKind.DEPUTY),
    ):
        assert list(authorship_faults(record, view)) == []
    kept = JournalView(reference=replace(view.reference, kept=frozenset({RecordKind.APPOINTMENTS})), now=NOW)
    assert [one.rule for one in authorship_faults(_account(ADMIN), kept)] == ["R-ROLE-13"]


def test_no_fault_tells_who_it_was() -> None:
    for record in (_mark(ADMIN), _order(TEACHER), _note(TUTOR_B)):
        for fault in authorship_faults(record, _view()):
            assert not {"admin", "teacher", "anna"} & set(f"{fault.text.ru} {fault.text.en}".split("'"))
            assert fault.field in {"author", "registeredBy"}
