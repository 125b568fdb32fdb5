"""Rules over marks at lessons (R-JRNL-02, R-JRNL-09, R-MARK-06, 09, 10, 14, 16, R-ACAD-19)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.attendance import MakeUp
from gateway.model.curriculum import ControlWork
from gateway.model.grading import WorkType
from gateway.model.journal import Lesson, Mark
from gateway.model.journal_records import RecordKind
from gateway.model.rules.absences import is_missed, needs_protocol
from gateway.model.rules.certificates import origin_faults
from gateway.model.rules.lessons import early_fault, entered_early
from gateway.model.rules.links import attendance_faults
from gateway.model.rules.scales import OF_PERIODS_ONLY, permits, scales_for
from gateway.model.rules.view import JournalView
from gateway.model.school import FIRST_GRADE


def mark_faults(mark: Mark, view: JournalView) -> Iterator[Fault]:
    """Hold a mark against all rules over marks.

    A voided mark only has to be the one that is meant: whatever was wrong with it, it can be taken back.
    """
    lesson = view.lesson(mark.lesson)
    if lesson is None or mark.voided:
        return
    if mark.pupil in view.reference.pupils:
        yield from attendance_faults(mark.pupil, lesson, view)
    if entered_early(lesson, mark):
        yield early_fault()
    yield from _presence_faults(mark, view)
    yield from origin_faults(mark, lesson.subject, lesson.day, lesson.day, view)
    yield from _work_faults(mark, lesson, view)
    grade = _grade(mark, lesson, view)
    if grade == FIRST_GRADE:
        yield Fault(
            code="journal.mark_in_grade_1",
            text=Text(ru="В 1-м классе отметки не ставятся.", en="No marks are given in grade 1."),
            field="value",
            rule="R-MARK-06",
            who=Party.SUBJECT_TEACHER,
        )
    yield from _value_faults(mark, lesson, grade, view)


def _grade(mark: Mark, lesson: Lesson, view: JournalView) -> int | None:
    """R-ACAD-10: in a group of several grades the rules hold for the pupil, not for the group."""
    if lesson.school_class is not None:
        return view.reference.grades.get(lesson.school_class)
    return view.grade_of(mark.pupil, lesson.day)


def _presence_faults(mark: Mark, view: JournalView) -> Iterator[Fault]:
    """R-JRNL-09: at a missed lesson a mark is given by the protocol of this pupil's make-up test only."""
    if needs_protocol(mark) and is_missed(mark.lesson, mark.pupil, view):
        yield Fault(
            code="journal.mark_without_protocol",
            text=Text(
                ru="Ученик на уроке отсутствовал: отметка ставится только по протоколу сдачи зачёта.",
                en="The pupil missed the lesson: a mark is given only by the protocol of a make-up test.",
            ),
            field="value",
            rule="R-JRNL-09",
            who=Party.SUBJECT_TEACHER,
        )
    make_up = view.find(RecordKind.MAKE_UPS, mark.make_up) if mark.make_up is not None else None
    if isinstance(make_up, MakeUp) and (make_up.lesson, make_up.pupil) != (mark.lesson, mark.pupil):
        yield Fault(
            code="journal.make_up_of_other",
            text=Text(
                ru="Протокол сдачи зачёта относится к другому уроку или другому ученику.",
                en="The protocol is of another lesson or another pupil.",
            ),
            field="makeUp",
            rule="R-JRNL-09",
            who=Party.SUBJECT_TEACHER,
        )


def _work_faults(mark: Mark, lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """R-JRNL-02, R-MARK-10: the school's kind of work is of the mark's kind, the control work of the lesson's page."""
    work_type = view.find(RecordKind.WORK_TYPES, mark.work_type) if mark.work_type is not None else None
    if isinstance(work_type, WorkType) and work_type.kind is not mark.work_kind:
        yield Fault(
            code="journal.work_type_kind",
            text=Text(
                ru="Вид работы по справочнику школы – другой, чем указан у отметки.",
                en="By the school's directory the work is of another kind than the mark says.",
            ),
            field="workKind",
            rule="R-JRNL-02",
            who=Party.SUBJECT_TEACHER,
        )
    work = _control_work(mark, view)
    if work is not None and (work.subject, work.school_class, work.group) != (
        lesson.subject,
        lesson.school_class,
        lesson.group,
    ):
        yield Fault(
            code="journal.control_work_of_other",
            text=Text(
                ru="Контрольная работа – другого предмета, класса или группы.",
                en="The control work is of another subject, class or group.",
            ),
            field="controlWork",
            rule="R-MARK-10",
            who=Party.SUBJECT_TEACHER,
        )


def _control_work(mark: Mark, view: JournalView) -> ControlWork | None:
    work = view.find(RecordKind.CONTROL_WORKS, mark.control_work) if mark.control_work is not None else None
    return work if isinstance(work, ControlWork) else None


def _value_faults(mark: Mark, lesson: Lesson, grade: int | None, view: JournalView) -> Iterator[Fault]:
    """R-ACAD-19, R-MARK-14, R-MARK-09: of the scale of the subject and grade, or of the control work's own points."""
    if (mark.value is None) == (mark.sign is None):
        return  # `exactly_one` tells it
    work = _control_work(mark, view)
    if mark.value is not None and work is not None and work.highest_points is not None:
        if mark.value > work.highest_points:
            yield Fault(
                code="journal.mark_points",
                text=Text(
                    ru=f"За эту контрольную работу можно получить не больше {work.highest_points} баллов.",
                    en=f"This control work is worth at most {work.highest_points} points.",
                ),
                field="value",
                rule="R-MARK-09",
                who=Party.SUBJECT_TEACHER,
            )
        return
    scales = scales_for(lesson.subject, grade, view)
    if mark.sign in OF_PERIODS_ONLY or not any(permits(scale, mark.value, mark.sign) for scale in scales):
        names = ", ".join(scale.name for scale in scales)
        yield Fault(
            code="journal.mark_value",
            text=Text(
                ru=f"Такой отметки за урок нет в системе оценивания ({names}).",
                en=f"There is no such mark of a lesson in the grading scale ({names}).",
            ),
            field="value" if mark.sign is None else "sign",
            rule="R-MARK-14",
            who=Party.SUBJECT_TEACHER,
        )
