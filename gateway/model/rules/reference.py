"""What the rules have to know besides the batch: the school's people and frame, and what the journal already holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from gateway.model.ids import ClassId, GroupId, GuardianId, PeriodId, PupilId, StaffId, SubjectId
from gateway.model.journal_records import RecordKey, RecordKind, Stored
from gateway.model.people import Enrollment
from gateway.model.policy import Policy

_NOTHING: Mapping[RecordKey, Stored[Any]] = MappingProxyType({})

COMPLETE = frozenset(
    {
        RecordKind.POLICIES,
        RecordKind.YEARS,
        RecordKind.PERIODS,
        RecordKind.VACATIONS,
        RecordKind.SPECIAL_DAYS,
        RecordKind.OUTAGES,
        RecordKind.SUBJECTS,
        RecordKind.ROOMS,
        RecordKind.BELLS,
        RecordKind.SCALES,
        RecordKind.WORK_TYPES,
        RecordKind.INCIDENTS,
    }
)
"""The kinds of which a reference has every record of the school: few, and looked through as a whole."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredRecords:
    """What the journal holds, as far as a batch needs it.

    Of the kinds in `COMPLETE` there is everything. Of the others there is every record that the batch brings again
    and every record that the batch's records link to; and besides, for the lessons it brings or links to:

    - these lessons, and the groups and substitution orders they name;
    - the substitution orders of their days, classes and groups;
    - all marks, absences and make-ups at them;
    - the period marks, deferrals of the pupils the batch names, in the subjects of these lessons and of the batch's own
      period marks and deferrals;

    and for every member of staff it names: all appointments and all teaching loads, with the groups that these are of.
    """

    by_kind: Mapping[RecordKind, Mapping[RecordKey, Stored[Any]]] = field(default_factory=dict)

    def of(self, kind: RecordKind) -> Mapping[RecordKey, Stored[Any]]:
        """Return the stored records of one kind."""
        return self.by_kind.get(kind, _NOTHING)


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalReference:
    """The part of a school's data that one batch refers to.

    Attributes:
        zone: time zone of the school; its days are days there.
        policy: how the school decides what the regulations leave open, by what is stored.
        grades: grade of every class of the school.
        class_teachers: the class teacher of every class that has one.
        pupils: those pupils the batch names that exist.
        guardians: those guardians the batch names that exist.
        staff: those members of staff the batch names that exist.
        enrollments: all enrolments of the pupils the batch names and of the members of its study groups.
        guardianships: who guards whom, for the guardians the batch names.
        finals: for the classes, groups and subjects of the lessons that the batch brings or links to: in which study
            periods a final mark stands (stage period or year, not voided) of somebody who was in that class or group
            on the period's last day.
        summed_up: those of the periods that the batch brings again for which a final mark stands (stage period or year,
            not voided), of anybody.
        kept: which of appointments and teaching loads the school keeps here at all: has at least one record of. Rights
            are held against them from the first one on; before, only the journal system knows them.
        stored: what the journal already holds.
    """

    zone: ZoneInfo
    policy: Policy = field(default_factory=Policy)
    grades: Mapping[ClassId, int] = field(default_factory=dict)
    class_teachers: Mapping[ClassId, StaffId] = field(default_factory=dict)
    pupils: Collection[PupilId] = frozenset()
    guardians: Collection[GuardianId] = frozenset()
    staff: Collection[StaffId] = frozenset()
    enrollments: Mapping[PupilId, tuple[Enrollment, ...]] = field(default_factory=dict)
    guardianships: Collection[tuple[GuardianId, PupilId]] = frozenset()
    finals: Collection[tuple[ClassId | GroupId, SubjectId, PeriodId]] = frozenset()
    summed_up: Collection[PeriodId] = frozenset()
    kept: Collection[RecordKind] = frozenset()
    stored: StoredRecords = field(default_factory=StoredRecords)
