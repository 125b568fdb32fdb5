"""Rules over lessons."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.journal import Lesson
from gateway.model.journal_records import key_of
from gateway.model.rules.links import class_faults, group_link_faults, subject_link_faults, teacher_faults
from gateway.model.rules.view import JournalView
from gateway.model.school import Period, PeriodKind, Vacation


def lesson_faults(lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """Hold a lesson against all rules over lessons."""
    yield from _time_faults(lesson, view)
    yield from _addressee_faults(lesson, view)
    yield from subject_link_faults(lesson.subject, view)
    yield from teacher_faults(lesson.teacher, view)
    if lesson.substitution is not None:
        yield from teacher_faults(lesson.substitution.teacher, view, field="substitution.teacher", rule="R-JRNL-10")
    yield from _calendar_faults(lesson, view)


def _time_faults(lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    if lesson.starts_at > view.now:
        yield Fault(
            code="journal.lesson_in_future",
            text=Text(
                ru="Урок ещё не начался: делать записи об уроках заранее запрещено.",
                en="The lesson has not begun: entries about lessons may not be made in advance.",
            ),
            field="startsAt",
            rule="R-JRNL-06",
            who=Party.SUBJECT_TEACHER,
        )
    if lesson.ends_at <= lesson.starts_at:
        yield Fault(
            code="journal.lesson_ends_early",
            text=Text(ru="Урок кончается не позже, чем начался.", en="The lesson ends no later than it begins."),
            field="endsAt",
            rule="R-JRNL-25",
        )
    if lesson.starts_at.astimezone(view.reference.zone).date() != lesson.day:
        yield Fault(
            code="journal.lesson_on_other_day",
            text=Text(
                ru=f"По времени школы ({view.reference.zone.key}) урок начался не в указанный день.",
                en=f"By the school's time ({view.reference.zone.key}) the lesson began on another day than stated.",
            ),
            field="day",
            rule="R-JRNL-25",
        )


def _addressee_faults(lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    if (lesson.school_class is None) == (lesson.group is None):
        yield Fault(
            code="journal.lesson_addressee",
            text=Text(
                ru="У урока должен быть указан либо класс, либо учебная группа.",
                en="A lesson names either a class or a study group.",
            ),
            field="class",
            rule="R-JRNL-20",
        )
    if lesson.school_class is not None:
        yield from class_faults(lesson.school_class, view)
    if lesson.group is not None:
        yield from group_link_faults(lesson.group, view)
    stored = view.reference.stored.lessons.get(key_of(lesson))
    if stored and (stored.record.school_class, stored.record.group) != (lesson.school_class, lesson.group):
        yield Fault(
            code="journal.lesson_id_reused",
            text=Text(
                ru="Под этим идентификатором в журнале записан урок другого класса или другой группы.",
                en="The journal has a lesson of another class or group under this id.",
            ),
            field="id",
            rule="R-AUD-02",
        )


def _calendar_faults(lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    for grade in sorted(view.grades_at(lesson)):
        if not any(_is_for(period, lesson, grade) for period in view.periods() if period.kind is not PeriodKind.YEAR):
            yield Fault(
                code="journal.outside_period",
                text=Text(
                    ru=f"День урока не входит ни в один учебный период {grade}-х классов.",
                    en=f"The day of the lesson is in no study period of grade {grade}.",
                ),
                field="day",
                rule="R-ACAD-01",
                who=Party.DEPUTY,
            )
        elif any(_is_for(vacation, lesson, grade) for vacation in view.vacations()):
            yield Fault(
                code="journal.in_vacation",
                text=Text(
                    ru=f"День урока приходится на каникулы {grade}-х классов.",
                    en=f"The day of the lesson is in a vacation of grade {grade}.",
                ),
                field="day",
                rule="R-ACAD-02",
                who=Party.DEPUTY,
            )


def _is_for(span: Period | Vacation, lesson: Lesson, grade: int) -> bool:
    return span.start <= lesson.day <= span.end and span.first_grade <= grade <= span.last_grade
