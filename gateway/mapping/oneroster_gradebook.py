"""The journal as the gradebook objects of OneRoster 1.2: categories, scales, line items, results.

A line item is one kind of work at one lesson, homework set at a lesson, a final mark of a period in a class, or what
another system gave and a person approved. A mark is a result of it. An exam is an assessment line item, its marks are
assessment results. OneRoster has nothing for attendance, so there is none here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from types import MappingProxyType
from zoneinfo import ZoneInfo

from gateway.mapping.oneroster_finals import PlacesOfPupils
from gateway.mapping.oneroster_ids import (
    assessment_guid,
    category_guid,
    final_guid,
    final_item_guid,
    mark_guid,
    period_guid,
    scale_guid,
    work_guid,
)
from gateway.mapping.oneroster_sessions import Sessions, Term, sessions_of
from gateway.mapping.oneroster_teaching import Taught, school_year_of, taught_in
from gateway.model.grading import FIVE_POINTS, GradingScale, MarkSign, WorkKind, WorkType
from gateway.model.ids import ClassId, GroupId, PeriodId, PupilId, SchoolId, SubjectId, WorkTypeId
from gateway.model.journal import Homework, Lesson, Mark, PeriodMark, Stage
from gateway.model.oneroster import ObjectKind, ProviderObject, reference
from gateway.model.oneroster_marks import GradebookFacts, LessonFacts, OutsideWork
from gateway.model.oneroster_query import moment_text
from gateway.model.rules.scales import permits
from gateway.model.school import Period, PeriodKind

FINAL = "final"
"""The category of final marks."""

_CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        WorkKind.ORAL: "Устный ответ",
        WorkKind.WRITTEN: "Письменная работа",
        WorkKind.CONTROL: "Контрольная работа",
        WorkKind.ESSAY: "Сочинение, изложение",
        WorkKind.PRACTICAL: "Практическая работа",
        WorkKind.TEST: "Тест",
        WorkKind.HOMEWORK: "Домашнее задание",
        FINAL: "Итоговая отметка",
    }
)
_PERIODS = {
    PeriodKind.QUARTER: "четверть",
    PeriodKind.TRIMESTER: "триместр",
    PeriodKind.HALF_YEAR: "полугодие",
    PeriodKind.MODULE: "модуль",
}
_STATUS: Mapping[MarkSign, str] = MappingProxyType(
    {
        MarkSign.EXEMPT: "exempt",
        MarkSign.DEBT: "not submitted",
        MarkSign.NOT_ATTESTED: "not submitted",
    }
)
_GRADED = "fully graded"
_MOST_STEPS = 100
_LAST_SECOND = time(23, 59, 59)
_LONGEST_TITLE = 250


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where a line item belongs: a class of OneRoster, and the period of its term."""

    taught: Taught
    term: Term | None
    period: Period | None

    @property
    def references(self) -> dict[str, dict[str, str]]:
        sessions = {}
        if self.term is not None:
            sessions["academicSession"] = reference(ObjectKind.ACADEMIC_SESSION, self.term.sourced_id)
        return {"class": reference(ObjectKind.CLASS, self.taught.sourced_id), **sessions}


@dataclass(frozen=True, kw_only=True, slots=True)
class FinalTarget:
    """What results of a line item of final marks are given for."""

    taught: Taught
    period: Period
    stage: Stage


_TaughtKey = tuple[int, ClassId | None, GroupId | None, SubjectId]


@dataclass(frozen=True, kw_only=True, slots=True)
class Gradebook:
    """A school's gradebook in the making; `gradebook_of` makes it."""

    facts: GradebookFacts
    zone: ZoneInfo
    sessions: Sessions
    taught: Mapping[_TaughtKey, Taught]
    places: PlacesOfPupils
    pupils: frozenset[PupilId] = field(repr=False)
    years: Mapping[ClassId, int]
    periods: Mapping[PeriodId, Period]
    work_types: Mapping[str, WorkType]

    @property
    def school(self) -> SchoolId:
        """Whose it is."""
        return self.facts.school.school.id

    def frame(self) -> Iterator[ProviderObject]:
        """Yield what is there before any mark: categories, scales, line items of final marks, exams."""
        for name, title in _CATEGORIES.items():
            yield _object(ObjectKind.CATEGORY, category_guid(self.school, None, name), {"title": title})
        for own in self.facts.work_types:
            sourced_id = category_guid(self.school, own.id, own.kind)
            yield _object(ObjectKind.CATEGORY, sourced_id, {"title": own.name, "weight": float(own.weight)})
        for taught in self.taught.values():
            yield from (self._scale(taught, scale) for scale in self._scales(taught))
            yield from self._final_items(taught)
        yield from self._conclusion_items()

    def lesson(self, one: LessonFacts) -> Iterator[ProviderObject]:
        """Yield the line items of a lesson and their results, nothing of a class that is not told."""
        place = self._place(one.lesson)
        if place is None:
            return
        works = self.facts.works.get(one.lesson.id, ())
        set_elsewhere = any(self._is_homework(work.category) for work in works)
        if one.homework is not None and one.homework.text and not set_elsewhere:
            yield self._homework(place, one.lesson, one.homework)
        for work in works:
            yield self._outside(place, one.lesson, work)
        given = {work.sourced_id for work in works}
        if one.homework is not None and one.homework.text and not set_elsewhere:
            given.add(self.homework_item(one.lesson.id))
        told: set[str] = set()
        for mark in one.marks:
            if mark.pupil not in self.pupils:
                continue
            item = self.facts.marks_of_works.get(mark.id, "")
            if item not in given:
                item = work_guid(self.school, one.lesson.id, self.category_of(mark))
                if item not in told:
                    told.add(item)
                    yield self._item(place, one.lesson, mark, item)
            yield self._result(place, one.lesson, mark, item)

    def final(self, mark: PeriodMark) -> Iterator[ProviderObject]:
        """Yield a final mark as a result, an exam's as a result of an assessment."""
        period = self.periods.get(mark.period)
        if mark.voided or period is None or mark.pupil not in self.pupils:
            return
        taught = self.places.of(mark.pupil, mark.subject, period)
        if taught is None:
            return
        body = {**self._score(taught, mark), "scoreDate": (mark.announced_on or period.end).isoformat()}
        body["student"] = reference(ObjectKind.USER, mark.pupil)
        sourced_id = self.facts.finals_of_others.get(mark.id) or final_guid(self.school, mark.id)
        if mark.stage is Stage.EXAM:
            item = assessment_guid(self.school, taught.sourced_id, mark.period)
            body["assessmentLineItem"] = reference(ObjectKind.ASSESSMENT_LINE_ITEM, item)
            yield _object(ObjectKind.ASSESSMENT_RESULT, sourced_id, body)
            return
        item = final_item_guid(self.school, taught.sourced_id, mark.period, mark.stage)
        body["lineItem"] = reference(ObjectKind.LINE_ITEM, item)
        body["class"] = reference(ObjectKind.CLASS, taught.sourced_id)
        yield _object(ObjectKind.RESULT, sourced_id, body)

    def candidates(self, lesson: str) -> Iterator[str]:
        """Yield the ids of all line items that a lesson can have had, but for those of other systems."""
        yield self.homework_item(lesson)
        for kind in WorkKind:
            yield work_guid(self.school, lesson, category_guid(self.school, None, kind))
        for own in self.facts.work_types:
            yield work_guid(self.school, lesson, category_guid(self.school, own.id, own.kind))

    def class_of(self, sourced_id: str) -> Taught | None:
        """Return what is taught in a OneRoster class, ``None`` for a homeroom."""
        return next((one for one in self.taught.values() if one.sourced_id == sourced_id), None)

    def final_target(self, taught: Taught, item: str) -> FinalTarget | None:
        """Return what final marks of a class a line item or an exam is for, ``None`` if it is neither."""
        for period in self.facts.school.periods:
            if period.year != taught.year:
                continue
            if item == assessment_guid(self.school, taught.sourced_id, period.id):
                return FinalTarget(taught=taught, period=period, stage=Stage.EXAM)
            for stage in Stage:
                if item == final_item_guid(self.school, taught.sourced_id, period.id, stage):
                    return FinalTarget(taught=taught, period=period, stage=stage)
        return None

    def final_item(self, taught: Taught, session: str) -> str | None:
        """Return the line item of a class's final marks in a grading period, given by its id."""
        for period in self.facts.school.periods:
            if period.year == taught.year and period_guid(self.school, period.id) == session:
                stage = Stage.YEAR if period.kind is PeriodKind.YEAR else Stage.PERIOD
                return final_item_guid(self.school, taught.sourced_id, period.id, stage)
        return None

    def work_of(self, category: str) -> tuple[WorkKind, WorkTypeId | None] | None:
        """Return the kind of work that a category is; ``None`` for that of final marks and for one not known."""
        for kind in WorkKind:
            if category == category_guid(self.school, None, kind):
                return kind, None
        for own in self.facts.work_types:
            if category == category_guid(self.school, own.id, own.kind):
                return own.kind, own.id
        return None

    def is_final_category(self, category: str) -> bool:
        """Tell whether a category is that of final marks."""
        return category == category_guid(self.school, None, FINAL)

    def homework_item(self, lesson: str) -> str:
        """Return the id of the homework set at a lesson, as a line item."""
        return work_guid(self.school, lesson, _SET)

    def scale_of(self, taught: Taught) -> GradingScale:
        """Return the first scale of what is taught."""
        return self._scales(taught)[0]

    # line items

    def _item(self, place: _Place, lesson: Lesson, mark: Mark, sourced_id: str) -> ProviderObject:
        own = self.work_types.get(mark.work_type or "")
        title = own.name if own else _CATEGORIES[mark.work_kind]
        body = {
            "title": f"{title}. {lesson.topic}"[:_LONGEST_TITLE],
            "assignDate": moment_text(lesson.starts_at),
            "dueDate": moment_text(lesson.ends_at),
            "category": reference(ObjectKind.CATEGORY, self.category_of(mark)),
            **self._frame_of(place),
            **self._bounds(place.taught),
        }
        return _object(ObjectKind.LINE_ITEM, sourced_id, body)

    def _outside(self, place: _Place, lesson: Lesson, work: OutsideWork) -> ProviderObject:
        body = {
            "title": work.title,
            **({"description": work.description} if work.description else {}),
            "assignDate": moment_text(lesson.starts_at),
            "dueDate": moment_text(lesson.ends_at),
            "category": reference(ObjectKind.CATEGORY, work.category),
            **self._frame_of(place),
            **self._bounds(place.taught),
        }
        return _object(ObjectKind.LINE_ITEM, work.sourced_id, body)

    def _homework(self, place: _Place, lesson: Lesson, homework: Homework) -> ProviderObject:
        text = homework.text or ""
        due = homework.due or lesson.day
        body = {
            "title": f"Домашнее задание. {lesson.topic}"[:_LONGEST_TITLE],
            "description": text,
            "assignDate": moment_text(lesson.ends_at),
            "dueDate": self._last_moment(max(due, lesson.day)),
            "category": reference(ObjectKind.CATEGORY, category_guid(self.school, None, WorkKind.HOMEWORK)),
            **self._frame_of(place),
        }
        return _object(ObjectKind.LINE_ITEM, self.homework_item(lesson.id), body)

    def _final_items(self, taught: Taught) -> Iterator[ProviderObject]:
        for term in self.sessions.of(taught.year, taught.grades):
            for period in term.periods:
                stage = Stage.YEAR if period.kind is PeriodKind.YEAR else Stage.PERIOD
                yield self._final_item(taught, term, period, stage)

    def _final_item(self, taught: Taught, term: Term | None, period: Period, stage: Stage) -> ProviderObject:
        body = {
            "title": _final_title(period, stage),
            "assignDate": self._first_moment(period.start),
            "dueDate": self._last_moment(period.end),
            "category": reference(ObjectKind.CATEGORY, category_guid(self.school, None, FINAL)),
            **self._frame_of(_Place(taught=taught, term=term, period=period)),
            **self._bounds(taught),
        }
        return _object(ObjectKind.LINE_ITEM, final_item_guid(self.school, taught.sourced_id, period.id, stage), body)

    def _conclusion_items(self) -> Iterator[ProviderObject]:
        """Yield what exams and marks of whole courses are given for: of each class that has any."""
        told = set()
        for mark in self.facts.conclusions:
            period = self.periods.get(mark.period)
            taught = self.places.of(mark.pupil, mark.subject, period) if period else None
            if taught is None or period is None or (taught.sourced_id, mark.period, mark.stage) in told:
                continue
            told.add((taught.sourced_id, mark.period, mark.stage))
            if mark.stage is Stage.EXAM:
                body = {
                    "title": f"Экзамен. {taught.title}",
                    "class": reference(ObjectKind.CLASS, taught.sourced_id),
                    **self._bounds(taught),
                }
                sourced_id = assessment_guid(self.school, taught.sourced_id, mark.period)
                yield _object(ObjectKind.ASSESSMENT_LINE_ITEM, sourced_id, body)
            else:
                yield self._final_item(taught, self._term(taught, period), period, mark.stage)

    # results

    def _result(self, place: _Place, lesson: Lesson, mark: Mark, item: str) -> ProviderObject:
        body = {
            "lineItem": reference(ObjectKind.LINE_ITEM, item),
            "student": reference(ObjectKind.USER, mark.pupil),
            "class": reference(ObjectKind.CLASS, place.taught.sourced_id),
            "scoreDate": lesson.day.isoformat(),
            **self._score(place.taught, mark),
        }
        return _object(ObjectKind.RESULT, mark_guid(self.school, mark.id), body)

    def _score(self, taught: Taught, mark: Mark | PeriodMark) -> dict[str, object]:
        told: dict[str, object] = {"scoreStatus": _STATUS.get(mark.sign, _GRADED) if mark.sign else _GRADED}
        if mark.value is not None:
            told["score"] = float(mark.value)
        told["textScore"] = mark.shown
        if mark.comment:
            told["comment"] = mark.comment
        if mark.sign is MarkSign.DEBT:
            told["missing"] = "true"
        scale = next((one for one in self._scales(taught) if permits(one, mark.value, mark.sign)), None)
        if scale is not None:
            sourced_id = scale_guid(self.school, taught.sourced_id, scale.id)
            told["scoreScale"] = reference(ObjectKind.SCORE_SCALE, sourced_id)
        return told

    # scales, categories, sessions

    def _scales(self, taught: Taught) -> Sequence[GradingScale]:
        """Return the scales of what is taught: those of the subject, else those of all subjects, else five points."""
        grade = taught.grades[0] if taught.grades else None
        fitting = [one for one in self.facts.scales if grade is None or one.first_grade <= grade <= one.last_grade]
        own = [one for one in fitting if one.subject == taught.subject.id]
        return own or [one for one in fitting if one.subject is None] or [FIVE_POINTS]

    def _scale(self, taught: Taught, scale: GradingScale) -> ProviderObject:
        body = {
            "title": scale.name,
            "type": "ordinal",
            "class": reference(ObjectKind.CLASS, taught.sourced_id),
            "scoreScaleValue": [{"itemValueLHS": shown, "itemValueRHS": meant} for shown, meant in _steps(scale)],
        }
        return _object(ObjectKind.SCORE_SCALE, scale_guid(self.school, taught.sourced_id, scale.id), body)

    def _bounds(self, taught: Taught) -> dict[str, object]:
        scale = next((one for one in self._scales(taught) if one.highest is not None), None)
        if scale is None or scale.lowest is None or scale.highest is None:
            return {}
        return {
            "resultValueMin": float(scale.lowest),
            "resultValueMax": float(scale.highest),
            "scoreScale": reference(ObjectKind.SCORE_SCALE, scale_guid(self.school, taught.sourced_id, scale.id)),
        }

    def _is_homework(self, category: str) -> bool:
        known = self.work_of(category)
        return known is not None and known[0] is WorkKind.HOMEWORK

    def category_of(self, mark: Mark) -> str:
        """Return the category of a mark."""
        own = mark.work_type if mark.work_type in self.work_types else None
        return category_guid(self.school, own, mark.work_kind)

    def _frame_of(self, place: _Place) -> dict[str, object]:
        told: dict[str, object] = {**place.references, "school": reference(ObjectKind.ORG, self.school)}
        if place.period is not None:
            told["gradingPeriod"] = reference(ObjectKind.ACADEMIC_SESSION, period_guid(self.school, place.period.id))
        return told

    def _place(self, lesson: Lesson) -> _Place | None:
        known = self.years.get(lesson.school_class) if lesson.school_class else None
        year = school_year_of(lesson.day) if known is None else known
        taught = self.taught.get((year, lesson.school_class, lesson.group, lesson.subject))
        if taught is None:
            return None
        terms = self.sessions.of(year, taught.grades)
        for term in sorted(terms, key=_is_whole_year):
            for period in term.periods:
                if period.start <= lesson.day <= period.end:
                    return _Place(taught=taught, term=term, period=period)
        return _Place(taught=taught, term=terms[0] if terms else None, period=None)

    def _term(self, taught: Taught, period: Period) -> Term | None:
        terms = self.sessions.of(taught.year, taught.grades)
        return next((term for term in terms if period in term.periods), terms[0] if terms else None)

    def _first_moment(self, day: date) -> str:
        return moment_text(datetime.combine(day, time(), self.zone))

    def _last_moment(self, day: date) -> str:
        return moment_text(datetime.combine(day, _LAST_SECOND, self.zone))


_SET = "homework-set"
"""Stands for the homework that is set at a lesson, beside the categories of the marks that are given there."""


def gradebook_of(facts: GradebookFacts) -> Gradebook:
    """Return a school's gradebook, ready to make objects."""
    school = facts.school
    taught = taught_in(school)
    keyed = {
        (
            one.year,
            one.school_class.id if one.school_class else None,
            one.group.id if one.group and not one.school_class else None,
            one.subject.id,
        ): one
        for one in taught
    }
    return Gradebook(
        facts=facts,
        zone=ZoneInfo(school.school.zone),
        sessions=sessions_of(school),
        taught=keyed,
        places=PlacesOfPupils.of_school(school, taught),
        pupils=frozenset(one.id for one in school.pupils),
        years={one.id: one.year for one in school.classes},
        periods={one.id: one for one in school.periods},
        work_types={one.id: one for one in facts.work_types},
    )


def _object(kind: ObjectKind, sourced_id: str, body: Mapping[str, object]) -> ProviderObject:
    return ProviderObject(kind=kind, sourced_id=sourced_id, body=body)


def _is_whole_year(term: Term) -> bool:
    return bool(term.periods) and term.periods[0].kind is PeriodKind.YEAR


def _final_title(period: Period, stage: Stage) -> str:
    match stage:
        case Stage.PERIOD:
            return f"Итоговая отметка, {period.number} {_PERIODS[period.kind]}"
        case Stage.YEAR:
            return "Годовая отметка"
        case _:
            return "Итоговая отметка за курс"


def _steps(scale: GradingScale) -> Iterator[tuple[str, str]]:
    """Yield each mark of a scale as it is shown and what it means: a number is worth itself, a sign has its word.

    Of a scale with more than a hundred numbers only both ends are told.
    """
    if scale.lowest is not None and scale.highest is not None:
        steps: Sequence[int] = range(scale.highest, scale.lowest - 1, -1)
        if len(steps) > _MOST_STEPS + 1:
            steps = (scale.highest, scale.lowest)
        yield from ((str(number), str(number)) for number in steps)
    yield from ((sign.shown, sign.value) for sign in scale.signs)
