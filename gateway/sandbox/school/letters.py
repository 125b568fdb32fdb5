"""What school and families tell each other on a day: messages, recommendations, tasks, events, portfolio, errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from gateway.model.duties import PersonKind, ProfileIssue
from gateway.model.family import (
    Acknowledgement,
    IndividualTask,
    Message,
    PortfolioItem,
    PortfolioKind,
    Recommendation,
    SchoolEvent,
)
from gateway.model.ids import GuardianId, PupilId, RecordId, StaffId
from gateway.model.journal import Mark
from gateway.model.journal_records import RecordKind
from gateway.model.oversight import ErrorReport
from gateway.model.people import ConsentDecision
from gateway.sandbox.school.draws import fraction, pick
from gateway.sandbox.school.lessons import HeldLesson
from gateway.sandbox.school.moments import moment
from gateway.sandbox.school.sample import SampleSchool

_TO_CLASS, _TO_PUPIL, _ADVICE, _TASK = 0.02, 0.02, 0.012, 0.012
"""Shares of the lessons after which the teacher writes to the class, to one family, advises, gives a task."""
_CLASS_EVENT, _SCHOOL_EVENT = 0.03, 0.12
_ACHIEVEMENT, _ERROR, _ISSUE = 0.0015, 0.004, 0.0006
_ACKNOWLEDGED = 0.04

_TO_CLASSES = (
    "На следующей неделе проверочная работа, повторите пройденное.",
    "Принесите, пожалуйста, на урок циркуль и линейку.",
    "Тетради с оценками розданы, посмотрите их с детьми.",
)
_TO_FAMILIES = (
    "Сегодня очень хорошо отвечал(а) у доски.",
    "Второй урок подряд нет домашнего задания.",
    "Приглашаю на консультацию в четверг после уроков.",
)
_ADVICES = ("Повторить правила и выполнить тренировочные упражнения.", "Читать вслух по 15 минут в день.")
_TASKS = ("Карточка с дополнительными задачами", "Подготовить сообщение по теме урока")
_EVENTS = (
    ("Классный час", "Обсуждаем планы на месяц."),
    ("Экскурсия в музей", "Сбор у входа в школу, нужна сменная обувь."),
)
_SCHOOL_EVENTS = (
    ("День здоровья", "Спортивная одежда обязательна."),
    ("Родительское собрание", "Начало в 18:00 в актовом зале."),
)
_TITLES = {
    PortfolioKind.OLYMPIAD: "Школьный этап олимпиады",
    PortfolioKind.CONTEST: "Конкурс чтецов",
    PortfolioKind.SPORT: "Кросс «Золотая осень»",
    PortfolioKind.PROJECT: "Защита проекта",
    PortfolioKind.CREATIVE: "Выставка рисунков",
    PortfolioKind.SOCIAL: "Помощь в библиотеке",
}


def messages(sample: SampleSchool, held: Sequence[HeldLesson]) -> Iterator[Message]:
    """Yield what teachers wrote to the families of those they had taught that day (R-JRNL-15)."""
    for each, pupil in _written(sample, held, "message", _TO_CLASS + _TO_PUPIL):
        lesson = each.lesson
        is_to_all = fraction("message", sample.seed, lesson.id) < _TO_CLASS
        yield Message(
            id=RecordId(f"MS-{lesson.id}"),
            author=lesson.teacher,
            sent_at=moment(sample, lesson.day, 16, 20),
            text=pick(_TO_CLASSES if is_to_all else _TO_FAMILIES, "text", sample.seed, lesson.id),
            pupil=None if is_to_all else pupil,
            school_class=lesson.school_class if is_to_all else None,
            group=lesson.group if is_to_all else None,
        )


def recommendations(sample: SampleSchool, held: Sequence[HeldLesson]) -> Iterator[Recommendation]:
    """Yield teachers' recommendations for a pupil (R-JRNL-14)."""
    for each, pupil in _written(sample, held, "advice", _ADVICE):
        lesson = each.lesson
        yield Recommendation(
            id=RecordId(f"RC-{lesson.id}"),
            author=lesson.teacher,
            given_at=moment(sample, lesson.day, 16, 40),
            text=pick(_ADVICES, "advice-text", sample.seed, lesson.id),
            subject=lesson.subject,
            pupil=pupil,
        )


def tasks(sample: SampleSchool, held: Sequence[HeldLesson]) -> Iterator[IndividualTask]:
    """Yield tasks and materials for one pupil (R-JRNL-22)."""
    for each, pupil in _written(sample, held, "task", _TASK):
        lesson = each.lesson
        yield IndividualTask(
            id=RecordId(f"TK-{lesson.id}"),
            pupil=pupil,
            author=lesson.teacher,
            given_at=moment(sample, lesson.day, 16, 50),
            text=pick(_TASKS, "task-text", sample.seed, lesson.id),
            subject=lesson.subject,
            lesson=lesson.id,
            due=each.next_day,
        )


def events(sample: SampleSchool, day: date) -> Iterator[SchoolEvent]:
    """Yield the events announced on the day, for one class or the whole school (R-JRNL-23)."""
    in_a_week = day + timedelta(days=7)
    if fraction("school-event", sample.seed, sample.school.id, day) < _SCHOOL_EVENT:
        name, text = pick(_SCHOOL_EVENTS, "school-event-name", sample.seed, day)
        yield SchoolEvent(id=RecordId(f"EV-{day:%Y%m%d}"), day=in_a_week, name=name, text=text)
    for each in sample.classes:
        if fraction("class-event", sample.seed, each.id, day) < _CLASS_EVENT:
            name, text = pick(_EVENTS, "class-event-name", sample.seed, each.id, day)
            yield SchoolEvent(
                id=RecordId(f"EV-{day:%Y%m%d}-{each.name}"), day=in_a_week, name=name, text=text, school_class=each.id
            )


def portfolio(sample: SampleSchool, day: date, present: Sequence[PupilId]) -> Iterator[PortfolioItem]:
    """Yield what class teachers entered of pupils' achievements (R-ROST-17)."""
    teacher_of = class_teachers_of(sample)
    source_ids = {pupil.id: pupil.source_id for pupil in sample.pupils}
    for pupil in present:
        if fraction("achievement", sample.seed, pupil, day) < _ACHIEVEMENT:
            kind = pick(tuple(_TITLES), "achievement-kind", sample.seed, pupil, day)
            yield PortfolioItem(
                id=RecordId(f"PF-{day:%Y%m%d}-{source_ids[pupil]}"),
                pupil=pupil,
                kind=kind,
                day=day,
                title=_TITLES[kind],
                source="Грамота",
                author=teacher_of[pupil],
            )


def acknowledgements(sample: SampleSchool, marks: Sequence[Mark]) -> Iterator[Acknowledgement]:
    """Yield what parents who take part electronically have seen of the day's marks (R-AUD-06)."""
    guardian_of = _consenting(sample)
    for mark in marks:
        guardian = guardian_of.get(mark.pupil)
        if guardian and mark.entered_at and fraction("seen", sample.seed, mark.id) < _ACKNOWLEDGED:
            yield Acknowledgement(
                id=RecordId(f"AK-{mark.id}"),
                guardian=guardian,
                pupil=mark.pupil,
                record_kind=RecordKind.MARKS.value,
                record=mark.id,
                seen_at=moment(sample, mark.entered_at.date(), 19, 50),
            )


def error_reports(sample: SampleSchool, marks: Sequence[Mark]) -> Iterator[ErrorReport]:
    """Yield errors that parents believe to have found in the day's marks (R-AUD-04); some were looked at at once."""
    guardian_of = _consenting(sample)
    for mark in marks:
        guardian = guardian_of.get(mark.pupil)
        if guardian and mark.entered_at and fraction("error", sample.seed, mark.id) < _ERROR:
            is_resolved = fraction("resolved", sample.seed, mark.id) < 1 / 2
            yield ErrorReport(
                id=RecordId(f"ER-{mark.id}"),
                record_kind=RecordKind.MARKS.value,
                record=mark.id,
                text="Ребёнок говорит, что за эту работу получил другую отметку.",
                reported_at=moment(sample, mark.entered_at.date(), 19, 45),
                guardian=guardian,
                resolved_at=moment(sample, mark.entered_at.date(), 19, 55) if is_resolved else None,
                outcome="Отметка выставлена верно." if is_resolved else "",
            )


def profile_issues(sample: SampleSchool, day: date) -> Iterator[ProfileIssue]:
    """Yield inaccuracies found in profiles; some were mended on the spot (R-ROST-13)."""
    teacher_of = class_teachers_of(sample)
    for pupil in sample.pupils:
        if fraction("issue", sample.seed, pupil.id, day) < _ISSUE:
            is_fixed = fraction("fixed", sample.seed, pupil.id, day) < 1 / 2
            yield ProfileIssue(
                id=RecordId(f"PI-{day:%Y%m%d}-{pupil.source_id}"),
                person_kind=PersonKind.PUPIL,
                person=RecordId(pupil.id),
                found_at=moment(sample, day, 14, 10),
                fixed_at=moment(sample, day, 16, 5) if is_fixed else None,
                found_by=teacher_of[pupil.id],
            )


def class_teachers_of(sample: SampleSchool) -> dict[PupilId, StaffId]:
    """Return the class teacher of every pupil."""
    teachers = {each.id: each.class_teacher for each in sample.classes}
    return {each.pupil: teacher for each in sample.enrollments if (teacher := teachers[each.school_class]) is not None}


def _written(
    sample: SampleSchool, held: Sequence[HeldLesson], what: str, share: float
) -> Iterator[tuple[HeldLesson, PupilId]]:
    """Yield the lessons, given by their own teachers, that were followed by a letter, each with a pupil."""
    for each in held:
        if each.lesson.substitution is None and fraction(what, sample.seed, each.lesson.id) < share:
            yield each, pick(each.audience, what, "pupil", sample.seed, each.lesson.id)


def _consenting(sample: SampleSchool) -> dict[PupilId, GuardianId]:
    return {each.pupil: each.guardian for each in sample.consents if each.decision is ConsentDecision.CONSENT}
