"""A journal in memory that keeps what a made-up school posts, as far as the rules let it through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.model.batch import Batch
from gateway.model.ids import ClassId, GroupId, PeriodId, PupilId, SubjectId
from gateway.model.journal_records import RecordKey, RecordKind, Stored, all_records, key_of
from gateway.model.people import Enrollment
from gateway.model.policy import policy_of
from gateway.model.rules.batch import Verdict, check_batch
from gateway.model.rules.locks import LOCKING_STAGES
from gateway.model.rules.reference import JournalReference, StoredRecords
from gateway.sandbox.school import SampleSchool

_RIGHTS = (RecordKind.APPOINTMENTS, RecordKind.LOADS)


@dataclass(kw_only=True)
class SampleJournal:
    """What has been accepted so far of one school's batches, and how often anything was turned away."""

    sample: SampleSchool
    held: dict[RecordKind, dict[RecordKey, Stored[Any]]] = field(
        default_factory=lambda: {kind: {} for kind in RecordKind}
    )

    def take(self, batch: Batch, *, now: datetime | None = None) -> Verdict:
        """Hold a batch against all rules at the moment at which it was sent, and keep what goes through."""
        verdict = check_batch(batch, self.reference(), now=now or batch.sent_at)
        for kind, record in all_records(verdict.accepted):
            self.held[kind][key_of(record)] = Stored(record=record, version=1)
        return verdict

    def reference(self) -> JournalReference:
        """Return everything that there is: more than a batch needs, of which rules take no notice."""
        sample = self.sample
        return JournalReference(
            zone=ZoneInfo(sample.school.zone),
            policy=policy_of(stored.record for stored in self.held[RecordKind.POLICIES].values()),
            grades={each.id: each.grade for each in sample.classes},
            class_teachers={each.id: each.class_teacher for each in sample.classes if each.class_teacher},
            pupils=frozenset(each.id for each in sample.pupils),
            guardians=frozenset(each.id for each in sample.guardians),
            staff=frozenset(each.id for each in sample.staff),
            enrollments=self._enrollments(),
            guardianships=frozenset((each.guardian, each.pupil) for each in sample.guardianships),
            finals=frozenset(self._finals()),
            summed_up=frozenset(period for _, _, period in self._finals()),
            kept=frozenset(kind for kind in _RIGHTS if self.held[kind]),
            stored=StoredRecords(by_kind=self.held),
        )

    def _enrollments(self) -> Mapping[PupilId, tuple[Enrollment, ...]]:
        found: dict[PupilId, tuple[Enrollment, ...]] = defaultdict(tuple)
        for each in self.sample.enrollments:
            found[each.pupil] += (each,)
        return found

    def _finals(self) -> set[tuple[ClassId | GroupId, SubjectId, PeriodId]]:
        addressees: dict[PupilId, set[ClassId | GroupId]] = defaultdict(set)
        for place in self.sample.enrollments:
            addressees[place.pupil].add(place.school_class)
        for group in self.sample.groups:
            for pupil in group.pupils:
                addressees[pupil].add(group.id)
        marks = (stored.record for stored in self.held[RecordKind.PERIOD_MARKS].values())
        return {
            (addressee, mark.subject, mark.period)
            for mark in marks
            if mark.stage in LOCKING_STAGES and not mark.voided
            for addressee in addressees[mark.pupil]
        }
