"""The journal as it would be if the records accepted so far were written: what the rules look things up in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from gateway.model.ids import GroupId, LessonId, PupilId, SubjectId
from gateway.model.journal import Lesson
from gateway.model.journal_records import Record, RecordKey, RecordKind, key_of
from gateway.model.rules.reference import JournalReference
from gateway.model.school import Period, StudyGroup, Vacation


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalView:
    """Reference data, the moment of the check, and per kind what was accepted and what was rejected so far."""

    reference: JournalReference
    now: datetime
    accepted: Mapping[RecordKind, dict[RecordKey, Record]] = field(
        default_factory=lambda: {kind: {} for kind in RecordKind}
    )
    rejected: Mapping[RecordKind, set[RecordKey]] = field(default_factory=lambda: {kind: set() for kind in RecordKind})

    def accept(self, kind: RecordKind, record: Record) -> None:
        """Let later rules see the record."""
        self.accepted[kind][key_of(record)] = record

    def reject(self, kind: RecordKind, key: RecordKey) -> None:
        """Let later rules know that a record with this key was turned away."""
        self.rejected[kind].add(key)

    def find(self, kind: RecordKind, *key: str) -> Record | None:
        """Return a record as it would be: the accepted one, else the stored one.

        What was turned away is not there, also when an earlier state of it is stored: nobody knows which is meant.
        """
        if key in self.rejected[kind]:
            return None
        if found := self.accepted[kind].get(key):
            return found
        stored = self.reference.stored.of(kind).get(key)
        return stored.record if stored else None

    def all(self, kind: RecordKind) -> Iterator[Record]:
        """Yield every record of a kind as it would be."""
        yield from self.accepted[kind].values()
        for key, stored in self.reference.stored.of(kind).items():
            if key not in self.accepted[kind]:
                yield stored.record

    def lesson(self, lesson: LessonId) -> Lesson | None:
        """Return a lesson as it would be."""
        found = self.find(RecordKind.LESSONS, lesson)
        return found if isinstance(found, Lesson) else None

    def group(self, group: GroupId) -> StudyGroup | None:
        """Return a study group as it would be."""
        found = self.find(RecordKind.GROUPS, group)
        return found if isinstance(found, StudyGroup) else None

    def knows_subject(self, subject: SubjectId) -> bool:
        """Tell whether the school would have the subject."""
        return self.find(RecordKind.SUBJECTS, subject) is not None

    def periods(self) -> Iterator[Period]:
        """Yield all study periods."""
        return (record for record in self.all(RecordKind.PERIODS) if isinstance(record, Period))

    def vacations(self) -> Iterator[Vacation]:
        """Yield all vacations."""
        return (record for record in self.all(RecordKind.VACATIONS) if isinstance(record, Vacation))

    def today(self) -> date:
        """Return the day it is at the school."""
        return self.now.astimezone(self.reference.zone).date()

    def grade_of(self, pupil: PupilId, day: date) -> int | None:
        """Return the grade of the class a pupil was in on a day, ``None`` where there was none."""
        return next(
            (
                self.reference.grades[place.school_class]
                for place in self.reference.enrollments.get(pupil, ())
                if place.covers(day)
            ),
            None,
        )

    def grades_at(self, lesson: Lesson) -> frozenset[int]:
        """Return the grades taught at a lesson: the class's, or those of the study group's members on that day."""
        if lesson.school_class is not None:
            grade = self.reference.grades.get(lesson.school_class)
            return frozenset() if grade is None else frozenset({grade})
        group = self.group(lesson.group) if lesson.group is not None else None
        members = group.members if group else ()
        grades = (self.grade_of(member, lesson.day) for member in members)
        return frozenset(grade for grade in grades if grade is not None)
