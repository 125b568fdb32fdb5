"""Rules over what is entered at a lesson: marks, absences, homework."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.journal import Absence, Homework, Lesson, Mark
from gateway.model.journal_records import key_of
from gateway.model.rules.links import attendance_faults, lesson_link_faults, pupil_faults
from gateway.model.rules.view import JournalView
from gateway.model.school import FIRST_GRADE

LOWEST_MARK = 1
HIGHEST_MARK = 5


def mark_faults(mark: Mark, view: JournalView) -> Iterator[Fault]:
    """Hold a mark against all rules over marks but the one on absent pupils, which needs all absences first.

    A voided mark only has to be the one that is meant: whatever was wrong with it, it can be taken back.
    """
    yield from lesson_link_faults(mark.lesson, view)
    yield from pupil_faults(mark.pupil, view)
    yield from _reuse_faults(mark, view)
    if mark.voided:
        return
    if not LOWEST_MARK <= mark.value <= HIGHEST_MARK:
        yield Fault(
            code="journal.mark_value",
            text=Text(
                ru=f"Отметка должна быть от {LOWEST_MARK} до {HIGHEST_MARK}.",
                en=f"A mark is from {LOWEST_MARK} to {HIGHEST_MARK}.",
            ),
            field="value",
            rule="R-MARK-14",
            who=Party.SUBJECT_TEACHER,
        )
    lesson = view.lesson(mark.lesson)
    if lesson is None:
        return
    if mark.pupil in view.reference.pupils:
        yield from attendance_faults(mark.pupil, lesson, view)
    if _is_first_grade(mark, lesson, view):
        yield Fault(
            code="journal.mark_in_grade_1",
            text=Text(ru="В 1-м классе отметки не ставятся.", en="No marks are given in grade 1."),
            field="value",
            rule="R-MARK-06",
            who=Party.SUBJECT_TEACHER,
        )


def absence_faults(absence: Absence, view: JournalView) -> Iterator[Fault]:
    """Hold an absence against all rules over absences but the one on marks; a voided one can always be taken back."""
    yield from lesson_link_faults(absence.lesson, view)
    yield from pupil_faults(absence.pupil, view)
    lesson = view.lesson(absence.lesson)
    if lesson is not None and not absence.voided and absence.pupil in view.reference.pupils:
        yield from attendance_faults(absence.pupil, lesson, view)


def homework_faults(homework: Homework, view: JournalView) -> Iterator[Fault]:
    """Hold homework against R-JRNL-03 and R-JRNL-19."""
    yield from lesson_link_faults(homework.lesson, view)
    lesson = view.lesson(homework.lesson)
    if lesson is None:
        return
    if homework.text is not None and FIRST_GRADE in view.grades_at(lesson):
        yield Fault(
            code="journal.homework_in_grade_1",
            text=Text(ru="В 1-м классе домашние задания не задаются.", en="No homework is set in grade 1."),
            field="text",
            rule="R-JRNL-19",
            who=Party.SUBJECT_TEACHER,
        )
    if homework.due is not None and homework.due < lesson.day:
        yield Fault(
            code="journal.homework_due_early",
            text=Text(
                ru="Срок домашнего задания раньше дня урока.",
                en="The homework is due before the day of the lesson.",
            ),
            field="due",
            rule="R-JRNL-03",
            who=Party.SUBJECT_TEACHER,
        )


def _reuse_faults(mark: Mark, view: JournalView) -> Iterator[Fault]:
    stored = view.reference.stored.marks.get(key_of(mark))
    if stored and (stored.record.pupil, stored.record.lesson) != (mark.pupil, mark.lesson):
        yield Fault(
            code="journal.mark_id_reused",
            text=Text(
                ru="Под этим идентификатором в журнале записана отметка другого ученика или за другой урок.",
                en="The journal has a mark of another pupil or lesson under this id.",
            ),
            field="id",
            rule="R-AUD-02",
        )


def _is_first_grade(mark: Mark, lesson: Lesson, view: JournalView) -> bool:
    """R-ACAD-10: in a group of several grades the rule holds for the pupil, not for the group."""
    if lesson.school_class is not None:
        return FIRST_GRADE in view.grades_at(lesson)
    return view.grade_of(mark.pupil, lesson.day) == FIRST_GRADE
