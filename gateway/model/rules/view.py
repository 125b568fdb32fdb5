"""The journal as it would be if the records accepted so far were written: what the rules look things up in."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from types import MappingProxyType
from typing import Any, TypeVar

from gateway.model.attendance import Absence
from gateway.model.ids import ClassId, GroupId, LessonId, PeriodId, PupilId, SubjectId
from gateway.model.journal import Deferral, Lesson, Mark, PeriodMark
from gateway.model.journal_records import Record, RecordKey, RecordKind, key_of
from gateway.model.people import Enrollment
from gateway.model.policy import Policy, policy_of
from gateway.model.rules.reference import JournalReference
from gateway.model.school import AcademicYear, Period, SpecialDay, StudyGroup, Vacation

_T = TypeVar("_T")

_FRAME = frozenset(
    {
        RecordKind.POLICIES,
        RecordKind.YEARS,
        RecordKind.PERIODS,
        RecordKind.VACATIONS,
        RecordKind.SPECIAL_DAYS,
        RecordKind.SCALES,
        RecordKind.GROUPS,
    }
)
"""The kinds that what is remembered (`JournalView.remember`) is worked out from."""

_PLACES: Mapping[RecordKind, Callable[[Any], Hashable]] = MappingProxyType(
    {
        RecordKind.MARKS: attrgetter("lesson", "pupil"),
        RecordKind.MAKE_UPS: attrgetter("lesson", "pupil"),
        RecordKind.PERIOD_MARKS: attrgetter("pupil", "subject"),
        RecordKind.DEFERRALS: attrgetter("pupil", "subject"),
    }
)
"""By what records of a kind are looked up besides their key; `identity` keeps these fields as they are."""


@dataclass(kw_only=True, slots=True)
class JournalView:
    """Reference data, the moment of the check, and per kind what was accepted and what was rejected so far."""

    reference: JournalReference
    now: datetime
    accepted: Mapping[RecordKind, dict[RecordKey, Record]] = field(
        default_factory=lambda: {kind: {} for kind in RecordKind}
    )
    rejected: Mapping[RecordKind, set[RecordKey]] = field(default_factory=lambda: {kind: set() for kind in RecordKind})
    _known: dict[Hashable, Any] = field(default_factory=dict)
    _placed: dict[RecordKind, dict[Hashable, dict[RecordKey, Any]]] = field(default_factory=dict)

    def accept(self, kind: RecordKind, key: RecordKey, record: Record) -> None:
        """Let later rules see the record."""
        self.accepted[kind][key] = record
        if kind in self._placed:
            self._placed[kind].setdefault(_PLACES[kind](record), {})[key] = record
        if kind in _FRAME:
            self._known.clear()

    def reject(self, kind: RecordKind, key: RecordKey) -> None:
        """Let later rules know that a record with this key was turned away."""
        self.rejected[kind].add(key)

    def find(self, kind: RecordKind, *key: str) -> Record | None:
        """Return a record that another one may name: the accepted one, else the stored one.

        What was turned away is not there, also when an earlier state of it is stored: nobody knows which is meant.
        """
        return None if key in self.rejected[kind] else self.held(kind, *key)

    def held(self, kind: RecordKind, *key: str) -> Record | None:
        """Return a record as the journal would hold it; where its new state was turned away, the stored one stays."""
        if found := self.accepted[kind].get(key):
            return found
        return self.stored(kind, key)

    def stored(self, kind: RecordKind, key: RecordKey) -> Record | None:
        """Return a record as the journal holds it now."""
        stored = self.reference.stored.of(kind).get(key)
        return stored.record if stored else None

    def all(self, kind: RecordKind) -> Iterator[Record]:
        """Yield every record of a kind as it would be."""
        yield from self.accepted[kind].values()
        for key, stored in self.reference.stored.of(kind).items():
            if key not in self.accepted[kind]:
                yield stored.record

    def remember(self, key: Hashable, work_out: Callable[[], _T]) -> _T:
        """Return what was worked out for the key before, else work it out; a change of the frame forgets it all."""
        try:
            known: _T = self._known[key]
        except KeyError:
            known = self._known[key] = work_out()
        return known

    # people and groups

    def lesson(self, lesson: LessonId) -> Lesson | None:
        """Return a lesson as it would be.

        The same as `find`, spelt out: it is asked several times for every fact of a batch.
        """
        key = (lesson,)
        if key in self.rejected[RecordKind.LESSONS]:
            return None
        found = self.accepted[RecordKind.LESSONS].get(key)
        if found is None:
            stored = self.reference.stored.of(RecordKind.LESSONS).get(key)
            found = stored.record if stored else None
        return found if isinstance(found, Lesson) else None

    def group(self, group: GroupId) -> StudyGroup | None:
        """Return a study group as it would be."""
        found = self.find(RecordKind.GROUPS, group)
        return found if isinstance(found, StudyGroup) else None

    def places_of(self, pupil: PupilId, first: date, last: date) -> Iterator[Enrollment]:
        """Yield the pupil's enrolments that have a day in a span, first and last day included."""
        for place in self.reference.enrollments.get(pupil, ()):
            if place.valid_from <= last and (place.valid_to is None or first <= place.valid_to):
                yield place

    def grade_of(self, pupil: PupilId, day: date) -> int | None:
        """Return the grade of the class a pupil was in on a day, ``None`` where there was none."""
        return next((self.reference.grades.get(place.school_class) for place in self.places_of(pupil, day, day)), None)

    def grades_at(self, lesson: Lesson) -> frozenset[int]:
        """Return the grades taught at a lesson: the class's, or those of the study group's members on that day."""
        return self.remember(("grades", lesson.school_class, lesson.group, lesson.day), lambda: self._grades_at(lesson))

    def _grades_at(self, lesson: Lesson) -> frozenset[int]:
        if lesson.school_class is not None:
            grade = self.reference.grades.get(lesson.school_class)
            return frozenset() if grade is None else frozenset({grade})
        group = self.group(lesson.group) if lesson.group is not None else None
        members = (pupil for pupil in group.pupils if group.has(pupil, lesson.day)) if group else ()
        grades = (self.grade_of(member, lesson.day) for member in members)
        return frozenset(grade for grade in grades if grade is not None)

    # what stands where

    def _at(self, kind: RecordKind, *place: str) -> Iterable[Any]:
        if kind not in self._placed:
            placed: dict[Hashable, dict[RecordKey, Any]] = {}
            place_of = _PLACES[kind]
            for record in self.all(kind):
                placed.setdefault(place_of(record), {})[key_of(record)] = record
            self._placed[kind] = placed
        return self._placed[kind].get(place, {}).values()

    def marks_at(self, lesson: LessonId, pupil: PupilId) -> Iterator[Mark]:
        """Yield a pupil's marks at a lesson that are not voided."""
        return (mark for mark in self._at(RecordKind.MARKS, lesson, pupil) if not mark.voided)

    def has_make_up(self, lesson: LessonId, pupil: PupilId) -> bool:
        """Tell whether there is a protocol of a make-up test for a lesson that the pupil missed."""
        return any(True for _ in self._at(RecordKind.MAKE_UPS, lesson, pupil))

    def absence_at(self, lesson: LessonId, pupil: PupilId) -> Absence | None:
        """Return a pupil's absence from, or lateness to, a lesson that is not voided."""
        found = self.held(RecordKind.ABSENCES, lesson, pupil)
        return found if isinstance(found, Absence) and not found.voided else None

    def final_marks(self, pupil: PupilId, subject: SubjectId) -> Iterator[PeriodMark]:
        """Yield a pupil's final marks of all stages in a subject that are not voided."""
        return (mark for mark in self._at(RecordKind.PERIOD_MARKS, pupil, subject) if not mark.voided)

    def deferrals(self, pupil: PupilId, subject: SubjectId, period: PeriodId) -> Iterator[Deferral]:
        """Yield a pupil's deferrals of the final mark of a subject and period."""
        return (one for one in self._at(RecordKind.DEFERRALS, pupil, subject) if one.period == period)

    def has_facts(self, lesson: LessonId) -> bool:
        """Tell whether a mark, an absence or a make-up stands at a lesson in the journal as it is stored."""
        return lesson in self.remember("lessons with facts", self._lessons_with_facts)

    def _lessons_with_facts(self) -> frozenset[LessonId]:
        kinds = (RecordKind.MARKS, RecordKind.ABSENCES, RecordKind.MAKE_UPS)
        records = (one.record for kind in kinds for one in self.reference.stored.of(kind).values())
        return frozenset(record.lesson for record in records if not getattr(record, "voided", False))

    # the frame

    @property
    def policy(self) -> Policy:
        """How the school decides what the regulations leave open, as it would be."""
        if not self.accepted[RecordKind.POLICIES]:
            return self.reference.policy
        settings: Iterable[Any] = self.all(RecordKind.POLICIES)
        return self.remember("policy", lambda: policy_of(settings))

    def years(self) -> Iterator[AcademicYear]:
        """Yield all school years."""
        return (record for record in self.all(RecordKind.YEARS) if isinstance(record, AcademicYear))

    def periods(self) -> Iterator[Period]:
        """Yield all study periods."""
        return (record for record in self.all(RecordKind.PERIODS) if isinstance(record, Period))

    def vacations(self) -> Iterator[Vacation]:
        """Yield all vacations."""
        return (record for record in self.all(RecordKind.VACATIONS) if isinstance(record, Vacation))

    def special_days(self) -> Iterator[SpecialDay]:
        """Yield all days that are working days although their weekday is none, and the other way round."""
        return (record for record in self.all(RecordKind.SPECIAL_DAYS) if isinstance(record, SpecialDay))

    def special_day(self, day: date) -> SpecialDay | None:
        """Return what is special about a day, if anything."""
        return self.remember(
            ("special", day), lambda: next((one for one in self.special_days() if one.day == day), None)
        )

    def periods_on(self, day: date) -> tuple[Period, ...]:
        """Return the study periods, years among them, that have the day."""
        return self.remember(
            ("periods", day), lambda: tuple(one for one in self.periods() if one.start <= day <= one.end)
        )

    def today(self) -> date:
        """Return the day it is at the school."""
        return self.day_of(self.now)

    def day_of(self, moment: datetime) -> date:
        """Return the day that a moment is in at the school."""
        return moment.astimezone(self.reference.zone).date()

    def finals_are_set(self, addressee: ClassId | GroupId, subject: SubjectId, period: PeriodId) -> bool:
        """Tell whether somebody of a class or group has a final mark of the subject for the period."""
        return (addressee, subject, period) in self.reference.finals
