"""Rules over what is entered at lessons: each entry as it may be, and wrong in one way (R-JRNL, R-MARK, R-ATT)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.model.attendance import (
    Absence,
    AbsenceKind,
    AbsenceNote,
    CertifiedResult,
    MakeUp,
    MedicalCertificate,
    StudyCertificate,
)
from gateway.model.curriculum import ControlWork, PlanTopic, ThematicPlan
from gateway.model.grading import GradingScale, MarkSign, WorkKind, WorkType
from gateway.model.journal import Deferral, MarkOrigin, Stage, Substitution
from gateway.model.school import DatedMember, PolicySetting, SpecialDay, StudyGroup
from gateway.model.timetable import LessonTransfer, SubstitutionOrder
from tests import rules_world as world
from tests.rules_world import (
    ANNA,
    BORIS,
    CLASS_5,
    DAY,
    ENGLISH,
    FIRST,
    GROUP,
    MATHS,
    MIXED,
    NOW,
    OTHER,
    Q1,
    START,
    TEACHER,
    TENTH,
    VERA,
    YEAR,
    broken,
    homework,
    lesson,
    mark,
    period_mark,
)

PLAN = ThematicPlan(id="t", year=2026, subject=MATHS, grade=5, name="КТП", topics=(PlanTopic(number=1, title="Дроби"),))
ORDER = SubstitutionOrder(
    id="o",
    day=DAY,
    number=1,
    subject=MATHS,
    planned=TEACHER,
    actual=OTHER,
    reason="болезнь",
    document="Приказ № 1",
    registered_by=TEACHER,
    school_class=CLASS_5,
)
TRANSFER = LessonTransfer(
    id="x",
    subject=MATHS,
    from_day=START,
    from_number=1,
    to_day=DAY,
    to_number=1,
    reason="совещание",
    registered_by=TEACHER,
    school_class=CLASS_5,
)
WORK = ControlWork(id="w", subject=MATHS, day=DAY, form="тест", school_class=CLASS_5, highest_points=30)
MEDICAL = MedicalCertificate(id="med", pupil=BORIS, valid_from=START, valid_to=DAY, exempt_from=(MATHS,))
STUDY = StudyCertificate(
    id="study",
    pupil=BORIS,
    organisation="Больница",
    document="№ 1",
    valid_from=START,
    valid_to=DAY,
    results=(CertifiedResult(subject=MATHS, value=5), CertifiedResult(subject=ENGLISH, sign=MarkSign.PASSED)),
)
FROM_HOSPITAL = mark(pupil=BORIS, origin=MarkOrigin.MEDICAL, certificate="study")
FINAL_FROM_HOSPITAL = period_mark(pupil=BORIS, value=5, origin=MarkOrigin.MEDICAL, certificate="study")
ESSAYS = WorkType(id="essays", name="Сочинение", kind=WorkKind.ESSAY)
ILL = Absence(lesson="L-1", pupil=BORIS, kind=AbsenceKind.ILLNESS)
MAKE_UP = MakeUp(id="u", lesson="L-1", pupil=BORIS, protocol="Протокол № 1", held_on=DAY, commission=(TEACHER, OTHER))
BY_PROTOCOL = mark("M-u", pupil=BORIS, make_up="u")
NOTE = AbsenceNote(id="n", lesson="L-1", pupil=BORIS, author=TEACHER, noted_at=NOW, text="справка принесена")
FIRST_LESSON = lesson("L-first", school_class=world.CLASS_1)
MIXED_LESSON = lesson("L-mixed", school_class=None, group=MIXED)
DEFERRAL = Deferral(
    id="d", pupil=ANNA, subject=MATHS, period=Q1, reason="болезнь", until=date(2026, 11, 20), document="Приказ № 2"
)
SUBSTITUTED = Substitution(teacher=OTHER, reason="болезнь", order="o")


def journal(*held: Any) -> world.MemoryJournal:
    """The small school with a lesson of each sort and all the papers."""
    papers = (PLAN, ORDER, TRANSFER, WORK, MEDICAL, STUDY, ESSAYS)
    return world.opened().hold(*papers, lesson(), FIRST_LESSON, MIXED_LESSON, *held)


def setting(name: str, value: str) -> PolicySetting:
    """A decision of the school."""
    return PolicySetting(id=name, value=value, decided_on=DAY, document="Приказ № 7")


ACCEPTED = {
    "lesson by plan": [lesson(plan="t", plan_topic=1)],
    "lesson by order": [lesson(substitution=SUBSTITUTED)],
    "lesson without order yet (C-12)": [lesson(substitution=replace(SUBSTITUTED, order=None))],
    "lesson moved": [lesson(transfer="x")],
    "lesson of other subject": [lesson(subject=ENGLISH)],
    "lesson entered at once": [lesson(author=TEACHER, entered_at=lesson().starts_at)],
    "plus": [mark(value=None, sign=MarkSign.PLUS)],
    "debt": [mark(value=None, sign=MarkSign.DEBT)],
    "work of its own name": [mark(work_type="essays", work_kind=WorkKind.ESSAY)],
    "points of a control work (R-MARK-09)": [mark(value=30, control_work="w", work_kind=WorkKind.CONTROL)],
    "pupil of grade 5 in a combined class (R-ACAD-10)": [mark(of="L-mixed", pupil=VERA)],
    "exempt by certificate": [replace(ILL, kind=AbsenceKind.EXEMPT, certificate="med")],
    "ill by certificate": [replace(ILL, certificate="med")],
    "made up for (R-JRNL-09)": [ILL, MAKE_UP, BY_PROTOCOL],
    "from the hospital in spite of absence (R-MARK-16)": [ILL, FROM_HOSPITAL],
    "final mark from the hospital": [FINAL_FROM_HOSPITAL],
    "another result of the certificate": [
        replace(STUDY, results=(*STUDY.results, CertifiedResult(subject=MATHS, value=4))),
        replace(FROM_HOSPITAL, value=4),
    ],
    "noted (C-33)": [ILL, NOTE],
    "absence in grade 1 (R-ROST-19)": [Absence(lesson="L-first", pupil=FIRST, kind=AbsenceKind.ILLNESS)],
    "no homework in grade 1": [homework(of="L-first", text=None)],
    "homework for later (C-30)": [homework(due=date(2026, 9, 20), pages="5–7", manner="письменно", tasks="1, 2")],
    "final mark": [period_mark()],
    "not attested": [period_mark(value=None, sign=MarkSign.NOT_ATTESTED)],
    "exempt": [
        period_mark(value=None, sign=MarkSign.EXEMPT),
        period_mark("P-2", pupil=VERA, value=None, sign=MarkSign.MASTERED),
    ],
    "mark of the year": [period_mark(period=YEAR, stage=Stage.YEAR)],
    "half-year of grade 10 (R-ATT-09)": [period_mark(pupil=TENTH, period=world.H1)],
    "exam and appeal (R-ATT-04)": [
        period_mark("E", period=YEAR, stage=Stage.EXAM, announced_on=DAY),
        period_mark("A", period=YEAR, stage=Stage.EXAM, announced_on=DAY, appeal=True, value=5),
    ],
    "deferral and the mark that ends it (R-MARK-12)": [DEFERRAL, period_mark()],
}


@pytest.mark.parametrize("records", ACCEPTED.values(), ids=ACCEPTED)
def test_an_entry_as_it_may_be(records: list[Any]) -> None:
    assert broken(journal().post(world.batch_of(*records)).faults) == {}


EARLY = lesson().starts_at - timedelta(minutes=1)
OF_OTHER = "journal.certificate_of_other"
REFUSED: list[tuple[list[Any], tuple[str, str | None, str]]] = [
    ([lesson(topic=" — ")], ("journal.topic_placeholder", "topic", "R-JRNL-16")),
    ([lesson(entered_at=EARLY)], ("journal.entered_early", "enteredAt", "R-JRNL-06")),
    ([lesson(entered_at=NOW + timedelta(seconds=1))], ("journal.in_future", "enteredAt", "R-JRNL-06")),
    ([lesson(plan_topic=1)], ("journal.lesson_plan", "planTopic", "R-JRNL-01")),
    ([lesson(plan="t", plan_topic=2)], ("journal.lesson_plan", "planTopic", "R-JRNL-01")),
    ([lesson(plan="t", subject=ENGLISH)], ("journal.lesson_plan", "plan", "R-JRNL-01")),
    ([replace(PLAN, grade=6), lesson(plan="t")], ("journal.lesson_plan", "plan", "R-JRNL-01")),
    ([replace(PLAN, group=GROUP), lesson(plan="t")], ("journal.lesson_plan", "plan", "R-JRNL-01")),
    ([lesson(plan="none")], ("journal.unknown_thematic_plan", "plan", "R-ACAD-14")),
    (
        [lesson(substitution=Substitution(teacher=TEACHER, reason="болезнь"))],
        ("journal.substitution_same_teacher", "substitution.teacher", "R-JRNL-10"),
    ),
    (
        [lesson(number=2, substitution=SUBSTITUTED)],
        ("journal.substitution_order", "substitution.order", "R-JRNL-12"),
    ),
    (
        [setting("substitution_without_order", "refuse"), lesson(substitution=replace(SUBSTITUTED, order=None))],
        ("journal.substitution_without_order", "substitution.order", "C-12"),
    ),
    (
        [lesson(substitution=replace(SUBSTITUTED, order="none"))],
        ("journal.unknown_substitution", "substitution.order", "R-JRNL-12"),
    ),
    ([lesson(number=2, transfer="x")], ("journal.transfer_of_other", "transfer", "R-JRNL-13")),
    ([SpecialDay(id="h", day=DAY, name="Карантин"), lesson()], ("journal.on_day_off", "day", "R-ACAD-12")),
    ([mark(value=None)], ("journal.exactly_one", "value", "R-ACAD-19")),
    ([mark(sign=MarkSign.PLUS)], ("journal.exactly_one", "value", "R-ACAD-19")),
    ([mark(value=6)], ("journal.mark_value", "value", "R-MARK-14")),
    ([mark(value=None, sign=MarkSign.NOT_ATTESTED)], ("journal.mark_value", "sign", "R-MARK-14")),
    ([mark(value=31, control_work="w")], ("journal.mark_points", "value", "R-MARK-09")),
    (
        [replace(WORK, subject=ENGLISH), mark(control_work="w")],
        ("journal.control_work_of_other", "controlWork", "R-MARK-10"),
    ),
    ([mark(work_type="essays")], ("journal.work_type_kind", "workKind", "R-JRNL-02")),
    ([mark(entered_at=EARLY)], ("journal.entered_early", "enteredAt", "R-JRNL-06")),
    ([mark(of="L-mixed", pupil=FIRST)], ("journal.mark_in_grade_1", "value", "R-MARK-06")),
    ([mark(of="L-mixed", pupil=ANNA)], ("journal.not_in_group", "pupil", "R-ACAD-09")),
    ([mark(origin=MarkOrigin.MEDICAL)], ("journal.mark_origin", "certificate", "R-MARK-16")),
    ([mark(pupil=BORIS, certificate="study")], ("journal.mark_origin", "certificate", "R-MARK-16")),
    (
        [mark(origin=MarkOrigin.MEDICAL, certificate="study")],
        ("journal.study_certificate_of_other", "certificate", "R-MARK-16"),
    ),
    ([ILL, mark(pupil=BORIS)], ("journal.mark_without_protocol", "value", "R-JRNL-09")),
    ([ILL, MAKE_UP, mark(make_up="u")], ("journal.make_up_of_other", "makeUp", "R-JRNL-09")),
    ([mark(make_up="none")], ("journal.unknown_make_up", "makeUp", "R-ATT-07")),
    ([MAKE_UP], ("journal.make_up_without_absence", "lesson", "R-JRNL-09")),
    ([replace(ILL, kind=AbsenceKind.LATE), MAKE_UP], ("journal.make_up_without_absence", "lesson", "R-JRNL-09")),
    ([ILL, replace(MAKE_UP, held_on=START)], ("journal.make_up_early", "heldOn", "R-JRNL-09")),
    ([ILL, replace(MAKE_UP, held_on=date(2026, 9, 16))], ("journal.in_future", "heldOn", "R-JRNL-09")),
    ([ILL, replace(MAKE_UP, commission=())], ("journal.make_up_commission", "commission", "R-ATT-07")),
    ([ILL, replace(MAKE_UP, commission=("x",))], ("journal.unknown_teacher", "commission", "R-ATT-07")),
    ([replace(ILL, kind=AbsenceKind.EXEMPT)], ("journal.exempt_without_certificate", "certificate", "R-ROST-18")),
    ([replace(ILL, pupil=ANNA, certificate="med")], (OF_OTHER, "certificate", "R-ROST-18")),
    (
        [replace(MEDICAL, valid_to=START), replace(ILL, certificate="med")],
        (OF_OTHER, "certificate", "R-ROST-18"),
    ),
    (
        [replace(MEDICAL, exempt_from=()), replace(ILL, kind=AbsenceKind.EXEMPT, certificate="med")],
        (OF_OTHER, "certificate", "R-ROST-18"),
    ),
    ([replace(ILL, entered_at=EARLY)], ("journal.entered_early", "enteredAt", "R-JRNL-06")),
    ([NOTE], ("journal.note_without_absence", "lesson", "C-33")),
    ([replace(ILL, pupil=TENTH)], ("journal.not_enrolled", "pupil", "R-ROST-20")),
    ([homework(text="...")], ("journal.homework_placeholder", "text", "R-JRNL-16")),
    ([homework(text=None, pages="5")], ("journal.homework_not_set", "text", "R-JRNL-03")),
    ([homework(of="L-first")], ("journal.homework_in_grade_1", "text", "R-JRNL-19")),
    ([homework(due=START)], ("journal.homework_due_early", "due", "R-JRNL-03")),
    ([homework(entered_at=EARLY)], ("journal.entered_early", "enteredAt", "R-JRNL-06")),
    (
        [setting("homework_due_later", "false"), homework(due=date(2026, 9, 16))],
        ("journal.homework_due_later", "due", "C-30"),
    ),
    (
        [replace(STUDY, results=(*STUDY.results, CertifiedResult(subject=MATHS)))],
        ("journal.certificate_result", "results.value", "R-MARK-16"),
    ),
    ([replace(FROM_HOSPITAL, value=4)], ("journal.result_not_certified", "value", "R-MARK-16")),
    ([replace(FROM_HOSPITAL, value=None, sign=MarkSign.PLUS)], ("journal.result_not_certified", "sign", "R-MARK-16")),
    (
        [lesson("L-e", subject=ENGLISH), replace(FROM_HOSPITAL, lesson="L-e")],
        ("journal.result_not_certified", "value", "R-MARK-16"),
    ),
    ([replace(FINAL_FROM_HOSPITAL, value=3)], ("journal.result_not_certified", "value", "R-MARK-16")),
    ([replace(FINAL_FROM_HOSPITAL, subject=ENGLISH)], ("journal.result_not_certified", "value", "R-MARK-16")),
    ([replace(STUDY, results=STUDY.results[:1])], ("journal.certificate_result_withdrawn", "results", "R-MARK-16")),
    ([replace(STUDY, valid_to=START)], ("journal.certificate_result_withdrawn", "results", "R-MARK-16")),
    ([period_mark(value=None)], ("journal.exactly_one", "value", "R-MARK-07")),
    ([period_mark(value=None, sign=MarkSign.PLUS)], ("journal.period_mark_value", "sign", "R-MARK-07")),
    ([period_mark(value=6)], ("journal.period_mark_value", "value", "R-MARK-07")),
    ([period_mark(period=YEAR)], ("journal.stage_of_other_period", "stage", "R-MARK-11")),
    ([period_mark(stage=Stage.YEAR)], ("journal.stage_of_other_period", "stage", "R-MARK-11")),
    ([period_mark(period="q2")], ("journal.period_mark_early", "period", "R-JRNL-06")),
    ([period_mark(pupil=TENTH)], ("journal.period_of_other_grades", "period", "R-ATT-09")),
    ([period_mark(pupil=FIRST)], ("journal.mark_in_grade_1", "value", "R-MARK-06")),
    (
        [setting("first_grade_value", "mastered"), period_mark(pupil=FIRST)],
        ("journal.mark_in_grade_1", "value", "R-MARK-06"),
    ),
    ([period_mark(), period_mark("P-2")], ("journal.period_mark_repeated", "period", "R-MARK-07")),
    (
        [period_mark(period=YEAR, stage=Stage.EXAM)],
        ("journal.result_without_announcement", "announcedOn", "R-ATT-03"),
    ),
    (
        [period_mark(period=YEAR, stage=Stage.EXAM, announced_on=date(2026, 9, 16))],
        ("journal.in_future", "announcedOn", "R-ATT-03"),
    ),
    (
        [period_mark(period=YEAR, stage=Stage.EXAM, announced_on=DAY, appeal=True)],
        ("journal.appeal_without_result", "appeal", "R-ATT-04"),
    ),
    ([period_mark(origin=MarkOrigin.MEDICAL)], ("journal.mark_origin", "certificate", "R-MARK-16")),
    (
        [period_mark(origin=MarkOrigin.MEDICAL, certificate="study")],
        ("journal.study_certificate_of_other", "certificate", "R-MARK-16"),
    ),
    (
        [DEFERRAL, period_mark(value=None, sign=MarkSign.NOT_ATTESTED)],
        ("journal.deferred_not_attested", "sign", "R-ATT-10"),
    ),
    ([DEFERRAL, replace(DEFERRAL, id="d2")], ("journal.deferral_repeated", "period", "R-MARK-12")),
    ([replace(DEFERRAL, until=date(2026, 8, 1))], ("journal.deferral_early", "until", "R-MARK-12")),
]


@pytest.mark.parametrize(("records", "fault"), REFUSED, ids=[f"{n}-{fault[0]}" for n, (_, fault) in enumerate(REFUSED)])
def test_an_entry_wrong_in_one_way(records: list[Any], fault: Any) -> None:
    found = broken(journal().post(world.batch_of(*records)).faults)
    assert [fault] == [one for faults in found.values() for one in faults]


def test_an_absence_stays_once_it_is_made_up_for() -> None:
    held = journal(ILL, MAKE_UP, BY_PROTOCOL)
    for change, field in ((replace(ILL, voided=True), "voided"), (replace(ILL, kind=AbsenceKind.LATE), "kind")):
        assert broken(held.copy().post(world.batch_of(change)).faults) == {
            ("absences", 0): {("journal.absence_has_make_up", field, "R-AUD-05")}
        }
    assert held.post(world.batch_of(replace(ILL, kind=AbsenceKind.EXCUSED))).faults == {}


def test_a_final_mark_makes_room_for_another_and_for_a_deferral_in_one_batch() -> None:
    withdrawn = period_mark(voided=True)
    for follower in (period_mark("P-2", value=3), DEFERRAL):
        assert journal(period_mark()).post(world.batch_of(follower, withdrawn)).faults == {}
        assert journal(period_mark()).post(world.batch_of(follower)).faults


def test_a_pupil_who_was_not_there_in_the_period_gets_no_final_mark() -> None:
    held = journal()
    (place,) = held.enrollments[ANNA]
    held.enrollments[ANNA] = (replace(place, valid_from=date(2026, 10, 26)),)
    assert broken(held.post(world.batch_of(period_mark())).faults) == {
        ("period_marks", 0): {("journal.not_enrolled_in_period", "pupil", "R-ROST-20")}
    }


def test_the_scale_of_a_subject_and_grade_goes_before_that_of_all() -> None:
    ten = GradingScale(id="ten", name="10", lowest=1, highest=10, subject=MATHS, first_grade=5, last_grade=6)
    signs = GradingScale(id="signs", name="зач", signs=(MarkSign.PASSED,))
    held = journal(ten, signs, lesson("L-e", subject=ENGLISH))
    passed = mark("M-3", of="L-e", value=None, sign=MarkSign.PASSED)
    assert held.copy().post(world.batch_of(mark(value=9), passed)).faults == {}
    refused = held.post(world.batch_of(mark(value=11), mark("M-2", of="L-e"), replace(passed, sign=MarkSign.PLUS)))
    assert set(broken(refused.faults)) == {("marks", 0), ("marks", 1), ("marks", 2)}


def test_grade_1_may_have_what_the_school_decided() -> None:
    mastered = period_mark(pupil=FIRST, value=None, sign=MarkSign.MASTERED)
    assert journal().post(world.batch_of(mastered)).faults
    assert journal(setting("first_grade_value", "mastered")).post(world.batch_of(mastered)).faults == {}


def test_a_lesson_with_facts_keeps_its_day_and_subject() -> None:
    for facts, free in (((mark(),), False), ((ILL,), False), ((replace(mark(), voided=True),), True)):
        for changed in (lesson(day=START), lesson(subject=ENGLISH)):
            assert (journal(*facts).post(world.batch_of(changed)).faults == {}) is free


def test_a_pupil_is_in_a_group_for_a_time() -> None:
    (group,) = (one for one in world.frame() if isinstance(one, StudyGroup) and one.id == GROUP)
    left = DatedMember(pupil=ANNA, valid_from=START, valid_to=date(2026, 9, 14))
    dated = replace(group, members=(), dated=(left,))
    held = journal(dated, lesson("L-g", school_class=None, group=GROUP, subject=ENGLISH))
    held.hold(lesson("L-later", school_class=None, group=GROUP, subject=ENGLISH, day=date(2026, 9, 14)))
    assert held.post(world.batch_of(mark(of="L-later"))).faults == {}
    assert held.post(world.batch_of(mark("M-2", of="L-g"))).faults
