"""Rules over homework (R-JRNL-03, R-JRNL-16, R-JRNL-19, C-30)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.journal import Homework
from gateway.model.rules.lessons import early_fault, entered_early, says_something
from gateway.model.rules.view import JournalView
from gateway.model.school import FIRST_GRADE


def homework_faults(homework: Homework, view: JournalView) -> Iterator[Fault]:
    """Hold homework against R-JRNL-03, R-JRNL-19 and C-30: set or not, not in grade 1, due when it may be."""
    yield from _content_faults(homework)
    lesson = view.lesson(homework.lesson)
    if lesson is None:
        return
    if entered_early(lesson, homework):
        yield early_fault()
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
    if homework.due is not None and homework.due > lesson.day and not view.policy.homework_due_later:
        yield Fault(
            code="journal.homework_due_later",
            text=Text(
                ru="Школа решила не задавать задания со сроком позже дня урока.",
                en="The school has decided to set no homework that is due later than the day of the lesson.",
            ),
            field="due",
            rule="C-30",
            who=Party.SUBJECT_TEACHER,
        )


def _content_faults(homework: Homework) -> Iterator[Fault]:
    if homework.text is None:
        if homework.due is not None or homework.manner or homework.pages or homework.tasks:
            yield Fault(
                code="journal.homework_not_set",
                text=Text(
                    ru="Указано, что задания нет, и при этом – срок, страницы или номера.",
                    en="It is said that none is set, and yet there is a day, pages or numbers.",
                ),
                field="text",
                rule="R-JRNL-03",
                who=Party.SUBJECT_TEACHER,
            )
    elif not says_something(homework.text):
        yield Fault(
            code="journal.homework_placeholder",
            text=Text(
                ru="Прочерк – не задание: если задания нет, это указывается явно.",
                en="A dash is no homework: that none is set is said explicitly.",
            ),
            field="text",
            rule="R-JRNL-16",
            who=Party.SUBJECT_TEACHER,
        )
