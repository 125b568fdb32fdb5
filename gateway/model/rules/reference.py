"""What the rules have to know besides the batch: the school's people and frame, and what the journal already holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from gateway.model.ids import ClassId, GuardianId, PupilId, StaffId
from gateway.model.journal import Absence, Homework, Lesson, Mark
from gateway.model.journal_records import Record, RecordKey, RecordKind, Stored
from gateway.model.people import Consent, Enrollment
from gateway.model.school import Period, StudyGroup, Subject, Vacation


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRecords:
    """What the journal holds, as far as one batch needs it; the fields are named like those of `Batch`.

    Periods, vacations and subjects are there completely. Of the other kinds there is every record that the batch
    brings again, and besides: the lessons it refers to, their study groups, all marks and absences at them.
    """

    periods: Mapping[RecordKey, Stored[Period]] = field(default_factory=dict)
    vacations: Mapping[RecordKey, Stored[Vacation]] = field(default_factory=dict)
    subjects: Mapping[RecordKey, Stored[Subject]] = field(default_factory=dict)
    groups: Mapping[RecordKey, Stored[StudyGroup]] = field(default_factory=dict)
    consents: Mapping[RecordKey, Stored[Consent]] = field(default_factory=dict)
    lessons: Mapping[RecordKey, Stored[Lesson]] = field(default_factory=dict)
    marks: Mapping[RecordKey, Stored[Mark]] = field(default_factory=dict)
    absences: Mapping[RecordKey, Stored[Absence]] = field(default_factory=dict)
    homework: Mapping[RecordKey, Stored[Homework]] = field(default_factory=dict)

    def of(self, kind: RecordKind) -> Mapping[RecordKey, Stored[Record]]:
        """Return the stored records of one kind."""
        records: Mapping[RecordKey, Stored[Record]] = getattr(self, kind.value)
        return records


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalReference:
    """The part of a school's data that one batch refers to.

    Attributes:
        zone: time zone of the school; its days are days there.
        grades: grade of every class that the batch names or that an enrolment in ``enrollments`` is in.
        pupils: those pupils the batch names that exist.
        staff: those members of staff the batch names that exist.
        enrollments: all enrolments of the pupils the batch names and of the members of its study groups.
        guardianships: who guards whom, for the guardians the batch names.
        stored: what the journal already holds.
    """

    zone: ZoneInfo
    grades: Mapping[ClassId, int] = field(default_factory=dict)
    pupils: Collection[PupilId] = frozenset()
    staff: Collection[StaffId] = frozenset()
    enrollments: Mapping[PupilId, tuple[Enrollment, ...]] = field(default_factory=dict)
    guardianships: Collection[tuple[GuardianId, PupilId]] = frozenset()
    stored: StoredRecords = field(default_factory=StoredRecords)
