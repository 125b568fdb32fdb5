"""Rules over lessons: when they were, whose they were, what was taught and by whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gateway.errors import Fault, Party, Text
from gateway.model.curriculum import ThematicPlan
from gateway.model.journal import Lesson
from gateway.model.journal_records import RecordKind
from gateway.model.policy import SubstitutionRule
from gateway.model.rules.view import JournalView
from gateway.model.school import PeriodKind
from gateway.model.timetable import LessonTransfer, SubstitutionOrder


def lesson_faults(lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """Hold a lesson against all rules over lessons."""
    yield from _time_faults(lesson, view)
    yield from _calendar_faults(lesson, view)
    yield from _topic_faults(lesson, view)
    yield from _substitution_faults(lesson, view)
    yield from _transfer_faults(lesson, view)
    yield from _moved_faults(lesson, view)


def says_something(text: str) -> bool:
    """Tell whether a text has a letter or a digit: ``-`` and ``...`` stand for nothing (R-JRNL-16)."""
    return any(character.isalnum() for character in text)


def entered_early(entered: Lesson, record: object) -> bool:
    """Tell whether a fact of a lesson says that it was entered before the lesson began (R-JRNL-06)."""
    at = getattr(record, "entered_at", None)
    return at is not None and at < entered.starts_at


def early_fault() -> Fault:
    """Return the fault of a fact that was entered before its lesson began."""
    return Fault(
        code="journal.entered_early",
        text=Text(
            ru="Запись сделана до начала урока: делать записи об уроках заранее запрещено.",
            en="The entry was made before the lesson began: entries about lessons may not be made in advance.",
        ),
        field="enteredAt",
        rule="R-JRNL-06",
        who=Party.SUBJECT_TEACHER,
    )


def _time_faults(lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """R-JRNL-06, R-JRNL-25: a lesson that has begun, in the right order, on the day by the school's time."""
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
    if entered_early(lesson, lesson):
        yield early_fault()
    if lesson.ends_at <= lesson.starts_at:
        yield Fault(
            code="journal.lesson_ends_early",
            text=Text(ru="Урок кончается не позже, чем начался.", en="The lesson ends no later than it begins."),
            field="endsAt",
            rule="R-JRNL-25",
        )
    if view.day_of(lesson.starts_at) != lesson.day:
        yield Fault(
            code="journal.lesson_on_other_day",
            text=Text(
                ru=f"По времени школы ({view.reference.zone.key}) урок начался не в указанный день.",
                en=f"By the school's time ({view.reference.zone.key}) the lesson began on another day than stated.",
            ),
            field="day",
            rule="R-JRNL-25",
        )


def _calendar_faults(lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """R-ACAD-01, R-ACAD-02: in a study period of every grade taught, and on no day off.

    A special day decides for itself: lessons may be on a working day inside a vacation, on a day off never.
    """
    special = view.special_day(lesson.day)
    if special is not None and not special.working:
        yield Fault(
            code="journal.on_day_off",
            text=Text(
                ru=f"День урока – нерабочий (запись {special.id}).",
                en=f"The day of the lesson is a day off (record {special.id}).",
            ),
            field="day",
            rule="R-ACAD-12",
            who=Party.DEPUTY,
        )
    for grade in sorted(view.grades_at(lesson)):
        if not _is_in_period(lesson.day, grade, view):
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
        elif special is None and _is_in_vacation(lesson.day, grade, view):
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


def _is_in_period(day: date, grade: int, view: JournalView) -> bool:
    return any(
        period.kind is not PeriodKind.YEAR and period.first_grade <= grade <= period.last_grade
        for period in view.periods_on(day)
    )


def _is_in_vacation(day: date, grade: int, view: JournalView) -> bool:
    return view.remember(
        ("vacation", day, grade),
        lambda: any(
            one.start <= day <= one.end and one.first_grade <= grade <= one.last_grade for one in view.vacations()
        ),
    )


def _topic_faults(lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """R-JRNL-16, R-JRNL-01, R-ACAD-14: a topic that says something, of a plan that is this lesson's."""
    if not says_something(lesson.topic):
        yield Fault(
            code="journal.topic_placeholder",
            text=Text(
                ru="Тема урока ничего не говорит: нужна понятная запись, а не прочерк.",
                en="The topic says nothing: an understandable entry is needed, not a dash.",
            ),
            field="topic",
            rule="R-JRNL-16",
            who=Party.SUBJECT_TEACHER,
        )
    if lesson.plan is None:
        if lesson.plan_topic is not None:
            yield _plan_fault("planTopic", "Тема КТП указана без КТП.", "A topic of a plan is named without the plan.")
        return
    plan = view.find(RecordKind.THEMATIC_PLANS, lesson.plan)
    if not isinstance(plan, ThematicPlan):
        return
    if plan.subject != lesson.subject:
        yield _plan_fault("plan", "КТП составлен по другому предмету.", "The plan is of another subject.")
    grades = view.grades_at(lesson)
    if grades and plan.grade not in grades:
        yield _plan_fault("plan", "КТП составлен для другой параллели.", "The plan is of another grade.")
    if (plan.school_class or plan.group) and (plan.school_class, plan.group) != (lesson.school_class, lesson.group):
        yield _plan_fault(
            "plan", "КТП составлен для другого класса или другой группы.", "The plan is of another class or group."
        )
    if lesson.plan_topic is not None and all(topic.number != lesson.plan_topic for topic in plan.topics):
        yield _plan_fault("planTopic", "Такой темы в КТП нет.", "The plan has no such topic.")


def _plan_fault(field: str, ru: str, en: str) -> Fault:
    return Fault(
        code="journal.lesson_plan",
        text=Text(ru=ru, en=en),
        field=field,
        rule="R-JRNL-01",
        who=Party.SUBJECT_TEACHER,
    )


def _substitution_faults(lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """R-JRNL-10, R-JRNL-12, C-12: another teacher, and the order that says so, if it is there or has to be."""
    substitution = lesson.substitution
    if substitution is None:
        return
    if substitution.teacher == lesson.teacher:
        yield Fault(
            code="journal.substitution_same_teacher",
            text=Text(
                ru="Заменяющий учитель – тот же, кого заменяют.",
                en="The substituting teacher is the one who is substituted.",
            ),
            field="substitution.teacher",
            rule="R-JRNL-10",
            who=Party.SUBJECT_TEACHER,
        )
    if substitution.order is None:
        if view.policy.substitution_without_order is SubstitutionRule.REFUSE:
            yield Fault(
                code="journal.substitution_without_order",
                text=Text(
                    ru="Замена записывается только по приказу заместителя директора.",
                    en="A substitution is entered only by the deputy's order.",
                ),
                field="substitution.order",
                rule="C-12",
                who=Party.DEPUTY,
            )
        return
    order = view.find(RecordKind.SUBSTITUTIONS, substitution.order)
    if isinstance(order, SubstitutionOrder) and not _is_of(order, lesson):
        yield Fault(
            code="journal.substitution_order",
            text=Text(
                ru="Приказ о замене относится к другому уроку или другим учителям.",
                en="The substitution order is of another lesson or of other teachers.",
            ),
            field="substitution.order",
            rule="R-JRNL-12",
            who=Party.DEPUTY,
        )


def _is_of(order: SubstitutionOrder, lesson: Lesson) -> bool:
    return lesson.substitution is not None and (
        order.day,
        order.number,
        order.subject,
        order.school_class,
        order.group,
        order.planned,
        order.actual,
    ) == (
        lesson.day,
        lesson.number,
        lesson.subject,
        lesson.school_class,
        lesson.group,
        lesson.teacher,
        lesson.substitution.teacher,
    )


def _transfer_faults(lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """R-JRNL-13: a lesson that was moved is where the transfer says."""
    transfer = view.find(RecordKind.TRANSFERS, lesson.transfer) if lesson.transfer is not None else None
    if not isinstance(transfer, LessonTransfer):
        return
    moved_to = (transfer.to_day, transfer.to_number, transfer.subject, transfer.school_class, transfer.group)
    if moved_to != (lesson.day, lesson.number, lesson.subject, lesson.school_class, lesson.group):
        yield Fault(
            code="journal.transfer_of_other",
            text=Text(
                ru="Перенос относится к другому уроку или на другое время.",
                en="The transfer is of another lesson or to another time.",
            ),
            field="transfer",
            rule="R-JRNL-13",
            who=Party.DEPUTY,
        )


def _moved_faults(lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """R-JRNL-25: what stands at a lesson was held against its day and subject, so these stay while it stands."""
    before = view.stored(RecordKind.LESSONS, (lesson.id,))
    if (
        isinstance(before, Lesson)
        and (before.day, before.subject) != (lesson.day, lesson.subject)
        and view.has_facts(lesson.id)
    ):
        yield Fault(
            code="journal.lesson_has_facts",
            text=Text(
                ru="На уроке есть отметки или записи об отсутствии: день и предмет урока менять нельзя.",
                en="Marks or absences stand at the lesson: its day and subject cannot be changed.",
            ),
            field="day",
            rule="R-JRNL-25",
            who=Party.SUBJECT_TEACHER,
        )
