"""What an approved submission writes into the journal, found out from what the school has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from gateway.errors import Text
from gateway.mapping.oneroster_entries import (
    Given,
    final_mark_of,
    given_of,
    homework_of,
    mark_needed,
    mark_of,
    never_of_another,
    work_type_of,
)
from gateway.mapping.oneroster_gradebook import FinalTarget, Gradebook
from gateway.mapping.oneroster_ids import final_guid, mark_guid, work_guid
from gateway.mapping.oneroster_teaching import Taught
from gateway.model.grading import WorkKind, WorkType
from gateway.model.ids import LessonId, PupilId, RecordId, WorkTypeId
from gateway.model.journal import Lesson, Mark, PeriodMark, Stage
from gateway.model.journal_records import Record, RecordKind
from gateway.model.oneroster import Body, ObjectKind, ObjectStatus, ProviderObject, referred
from gateway.model.oneroster_submission import RESULTS, Action, Submission
from gateway.ports.submissions import SubmissionUnit
from gateway.provider.refusals import (
    another_mark,
    category_of_all,
    category_waits,
    item_waits,
    lesson_fixed,
    lesson_needed,
    own_item,
)

R = TypeVar("R", Mark, PeriodMark)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What is written for a submission.

    Attributes:
        records: the journal's records, in the order in which they are written.
        lesson: the lesson that a line item belongs to from now on.
        trace: what it touches of what we give out, for the audit and whoever follows it.
    """

    records: Sequence[tuple[RecordKind, Record]] = field(default=(), repr=False)
    lesson: LessonId | None = None
    trace: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What a person chooses from: the mark that follows from a result, lessons of a line item's day."""

    given: Given | None = None
    lessons: Sequence[Lesson] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Work:
    """What marks of a line item are given for: a kind of work at a lesson."""

    lesson: Lesson
    kind: tuple[WorkKind, WorkTypeId | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entries:
    """Finds out what submissions write, inside one transaction."""

    unit: SubmissionUnit
    book: Gradebook
    zone: ZoneInfo

    def choice(self, one: Submission) -> Choice:
        """Return what a person may choose; nothing where nothing can be."""
        if one.action is Action.DELETE or not one.state.is_open:
            return Choice()
        if one.kind is ObjectKind.LINE_ITEM:
            return Choice(lessons=self._lessons(one.body))
        if one.kind in RESULTS:
            taught, _ = self._item_of(one.kind, one.body)
            return Choice(given=self._given(one, taught, "") if taught else None)
        return Choice()

    def of(self, one: Submission, *, mark: str, lesson: str) -> Entry:
        """Return what a submission writes.

        Raises:
            RuleViolation: it cannot be in the journal as it is.
        """
        if one.action is Action.DELETE:
            return self._deletion(one)
        match one.kind:
            case ObjectKind.CATEGORY:
                return Entry(records=[(RecordKind.WORK_TYPES, self._category(one))])
            case ObjectKind.LINE_ITEM:
                return self._line_item(one, lesson)
            case ObjectKind.RESULT | ObjectKind.ASSESSMENT_RESULT:
                return self._result(one, mark)
            case ObjectKind.SCORE_SCALE:
                raise never_of_another(
                    Text(
                        ru="Систему оценивания задаёт локальный акт школы: заведите шкалу в журнале.",
                        en="A grading system is set by the school's local act: enter the scale in the journal.",
                    ),
                    "R-ACAD-19",
                )
            case _:
                raise never_of_another(
                    Text(
                        ru="Экзамены назначает школа: экзамен появится здесь с первой отметкой за него в журнале.",
                        en="Exams are set by the school: one appears here with its first mark in the journal.",
                    ),
                    "R-ATT-03",
                )

    def _category(self, one: Submission) -> WorkType:
        """Return the work type that a category becomes, or what becomes of the one it is told of."""
        known = self.book.work_of(one.sourced_id)
        if (known is not None and known[1] is None) or self.book.is_final_category(one.sourced_id):
            raise category_of_all()
        return work_type_of(one, self.book.work_types.get(known[1] or "") if known else None)

    def _line_item(self, one: Submission, wanted: str) -> Entry:
        work = self.book.work_of(referred(one.body, "category") or "")
        if work is None:
            raise category_waits()
        held = self.unit.submissions.approved(ObjectKind.LINE_ITEM, one.sourced_id)
        if held is None and self._is_own_item(one.sourced_id):
            raise own_item()
        lesson = self._lesson(one, held, wanted)
        records: list[tuple[RecordKind, Record]] = []
        if work[0] is WorkKind.HOMEWORK:
            records.append((RecordKind.HOMEWORK, homework_of(one, lesson, self.zone)))
        moved = {"lesson": lesson.id, "lineItem": one.sourced_id}
        return Entry(records=records, lesson=lesson.id, trace=moved)

    def _is_own_item(self, sourced_id: str) -> bool:
        """Tell whether a line item is, or was and may be again, made from the school's own journal."""
        told = self.unit.provider.one(ObjectKind.LINE_ITEM, sourced_id)
        if told is None:
            return False
        return told.status is ObjectStatus.ACTIVE or self._target(told.object.body, sourced_id)[1] is not None

    def _lesson(self, one: Submission, held: Submission | None, wanted: str) -> Lesson:
        """Return the lesson of a line item: the one it has already, the chosen one, or the only one of its day."""
        if held is not None and held.lesson is not None:
            if wanted not in {"", held.lesson}:
                raise lesson_fixed()
            found = [facts.lesson for facts in self.unit.gradebook.lessons([held.lesson])]
        else:
            found = [each for each in self._lessons(one.body) if wanted in {"", each.id}]
        if len(found) != 1:
            raise lesson_needed()
        return found[0]

    def _result(self, one: Submission, told: str) -> Entry:
        taught, target = self._item_of(one.kind, one.body)
        if taught is None or target is None:
            raise item_waits()
        given = self._given(one, taught, told)
        if given is None:
            raise mark_needed()
        before = self.unit.provider.one(one.kind, one.sourced_id)
        if before is not None and not self._is_told_of(before.object, one, target):
            raise another_mark()
        if isinstance(target, FinalTarget):
            final = self._final(one, given, target)
            trace = {"final": final.id, "result": one.sourced_id}
            return Entry(records=[(RecordKind.PERIOD_MARKS, final)], trace=trace)
        held = self._mark(one)
        if held is None and before is not None:
            raise another_mark()
        if held is not None and (held.pupil, held.lesson) != (referred(one.body, "student"), target.lesson.id):
            raise another_mark()
        mark = mark_of(one, given, target.lesson, work=target.kind, held=held)
        if mark.author is None and held is None:
            substitution = target.lesson.substitution
            mark = replace(mark, author=substitution.teacher if substitution else target.lesson.teacher)
        trace = {"lesson": target.lesson.id, "result": one.sourced_id}
        return Entry(records=[(RecordKind.MARKS, mark)], trace=trace)

    def _is_told_of(self, told: ProviderObject, one: Submission, target: FinalTarget | _Work) -> bool:
        """Tell whether what is told under the id of a result is about the same pupil and the same work."""
        _, before = self._item_of(one.kind, told.body)
        same_pupil = referred(told.body, "student") == referred(one.body, "student")
        return same_pupil and (before is None or _spot(before) == _spot(target))

    def _mark(self, one: Submission) -> Mark | None:
        """Return the mark that a result is told of; ids of marks that no address can carry are told as others."""
        if one.kind is not ObjectKind.RESULT:
            return None
        held = self._held(RecordKind.MARKS, one.sourced_id, Mark)
        told = self.unit.provider.one(ObjectKind.RESULT, one.sourced_id)
        if held is not None or told is None:
            return held
        _, target = self._item_of(one.kind, told.object.body)
        lessons = self.unit.gradebook.lessons([target.lesson.id]) if isinstance(target, _Work) else ()
        marks = (mark for facts in lessons for mark in facts.marks)
        return next((mark for mark in marks if mark_guid(self.book.school, mark.id) == one.sourced_id), None)

    def _final(self, one: Submission, given: Given, target: FinalTarget) -> PeriodMark:
        like = PeriodMark(
            id=RecordId(one.sourced_id),
            pupil=PupilId(referred(one.body, "student") or ""),
            subject=target.taught.subject.id,
            period=target.period.id,
            stage=target.stage,
        )
        held = next((each for each in self._finals_like(like)), None)
        return final_mark_of(one, given, like, held=held, announced=target.stage is Stage.EXAM)

    def _deletion(self, one: Submission) -> Entry:
        """Return what is voided: nothing of the journal is ever deleted (R-AUD-02)."""
        if one.kind in RESULTS:
            return self._voided(one)
        found = self.unit.submissions.approved(ObjectKind.LINE_ITEM, one.sourced_id)
        _, target = self._target(one.body, one.sourced_id)
        if not isinstance(target, _Work) or one.sourced_id == self.book.homework_item(target.lesson.id):
            raise never_of_another(
                Text(
                    ru="Итоговые отметки и заданное на дом остаются в журнале.",
                    en="Final marks and homework that was set stay in the journal.",
                ),
                "R-AUD-02",
            )
        records: list[tuple[RecordKind, Record]] = []
        for facts in self.unit.gradebook.lessons([target.lesson.id]):
            records += [
                (RecordKind.MARKS, replace(mark, voided=True))
                for mark in facts.marks
                if self._is_of(mark, one.sourced_id, is_bound=found is not None)
            ]
        return Entry(records=records, trace={"lesson": target.lesson.id, "lineItem": one.sourced_id})

    def _is_of(self, mark: Mark, item: str, *, is_bound: bool) -> bool:
        bound = self.book.facts.marks_of_works.get(mark.id, "")
        if is_bound or bound:
            return bound == item
        return work_guid(self.book.school, mark.lesson, self.book.category_of(mark)) == item

    def _voided(self, one: Submission) -> Entry:
        mark = self._mark(one)
        if mark is not None:
            trace = {"lesson": str(mark.lesson), "result": one.sourced_id}
            return Entry(records=[(RecordKind.MARKS, replace(mark, voided=True))], trace=trace)
        known = {told: record for record, told in self.book.facts.finals_of_others.items()}
        wanted = known.get(one.sourced_id)
        for final in self._finals_of(PupilId(referred(one.body, "student") or "")):
            if final.id == wanted or final_guid(self.book.school, final.id) == one.sourced_id:
                voided = (RecordKind.PERIOD_MARKS, replace(final, voided=True))
                return Entry(records=[voided], trace={"final": final.id, "result": one.sourced_id})
        raise item_waits()

    def _finals_like(self, like: PeriodMark) -> Sequence[PeriodMark]:
        wanted = (like.subject, like.period, like.stage)
        return [one for one in self._finals_of(like.pupil) if (one.subject, one.period, one.stage) == wanted]

    def _finals_of(self, pupil: PupilId) -> Sequence[PeriodMark]:
        return list(self.unit.gradebook.finals(pupil=pupil))

    def _item_of(self, kind: ObjectKind, body: Body) -> tuple[Taught | None, FinalTarget | _Work | None]:
        """Return what the line item that a result names is about, as far as the journal knows it."""
        wanted = ObjectKind.LINE_ITEM if kind is ObjectKind.RESULT else ObjectKind.ASSESSMENT_LINE_ITEM
        item = referred(body, wanted.value) or ""
        found = self.unit.provider.one(wanted, item)
        if found is None:
            bound = self.unit.submissions.approved(wanted, item)
            return self._target(bound.body, item) if bound else (None, None)
        return self._target(found.object.body, item)

    def _target(self, body: Body, item: str) -> tuple[Taught | None, FinalTarget | _Work | None]:
        taught = self.book.class_of(referred(body, "class") or "")
        if taught is None:
            return None, None
        if (final := self.book.final_target(taught, item)) is not None:
            return taught, final
        category = referred(body, "category") or ""
        work = self.book.work_of(category)
        bound = self.unit.submissions.approved(ObjectKind.LINE_ITEM, item)
        if work is None:
            return taught, None
        if bound is not None and bound.lesson is not None:
            lesson = next(iter(self.unit.gradebook.lessons([bound.lesson])), None)
            return taught, _Work(lesson=lesson.lesson, kind=work) if lesson else None
        for each in self._lessons(body):
            if item in {work_guid(self.book.school, each.id, category), self.book.homework_item(each.id)}:
                return taught, _Work(lesson=each, kind=work)
        return taught, None

    def _lessons(self, body: Body) -> Sequence[Lesson]:
        """Return the lessons that a line item can belong to: of the day when it was given, else when it is due."""
        taught = self.book.class_of(referred(body, "class") or "")
        if taught is None:
            return []
        for name in ("assignDate", "dueDate"):
            day = datetime.fromisoformat(str(body[name])).astimezone(self.zone).date()
            lessons = self.unit.gradebook.lessons_on(
                day,
                subject=taught.subject.id,
                school_class=taught.school_class.id if taught.school_class else None,
                group=taught.group.id if taught.group else None,
            )
            if lessons:
                return lessons
        return []

    def _given(self, one: Submission, taught: Taught, told: str) -> Given | None:
        bound = self.unit.submissions.approved(ObjectKind.LINE_ITEM, one.item)
        highest = bound.body.get("resultValueMax") if bound else None
        return given_of(one.body, self.book.scale_of(taught), highest=highest, told=told)

    def _held(self, kind: RecordKind, key: str, known: type[R]) -> R | None:
        held: Any = self.unit.records.get(kind, (key,))
        return held.record if held is not None and isinstance(held.record, known) else None


def _spot(target: FinalTarget | _Work) -> tuple[str, ...]:
    """Return what tells one thing to be marked from another."""
    if isinstance(target, FinalTarget):
        return target.taught.subject.id, target.period.id, target.stage
    return (target.lesson.id,)
