"""Identifiers: what is a pupil's id is never mistaken for a lesson's.

Ids of roster records are issued by the gateway from the source's own id (`issued_id`), so that the same registry
gives the same ids in every installation. Ids of journal facts are the journal system's own.
"""

from __future__ import annotations

from typing import NewType
from uuid import UUID, uuid5

SchoolId = NewType("SchoolId", str)
YearId = NewType("YearId", str)
PeriodId = NewType("PeriodId", str)
ClassId = NewType("ClassId", str)
GroupId = NewType("GroupId", str)
SubjectId = NewType("SubjectId", str)
PupilId = NewType("PupilId", str)
GuardianId = NewType("GuardianId", str)
StaffId = NewType("StaffId", str)
LessonId = NewType("LessonId", str)
MarkId = NewType("MarkId", str)
RoomId = NewType("RoomId", str)
BellScheduleId = NewType("BellScheduleId", str)
ScaleId = NewType("ScaleId", str)
WorkTypeId = NewType("WorkTypeId", str)
CurriculumId = NewType("CurriculumId", str)
ThematicPlanId = NewType("ThematicPlanId", str)
ControlWorkId = NewType("ControlWorkId", str)
SubstitutionId = NewType("SubstitutionId", str)
TransferId = NewType("TransferId", str)
OutageId = NewType("OutageId", str)
CorrectionId = NewType("CorrectionId", str)
MakeUpId = NewType("MakeUpId", str)
MedicalCertificateId = NewType("MedicalCertificateId", str)
StudyCertificateId = NewType("StudyCertificateId", str)
RecordId = NewType("RecordId", str)
"""Id of a record that no other record refers to."""

_NAMESPACE = UUID("6f3d2f4e-3b0a-5d57-9f0e-0d3f6a1f7c11")


def issued_id(school: SchoolId, source: str, kind: str, source_id: str) -> str:
    """Return the gateway's id for a record of a source: a UUID (RFC 9562, version 5), equal for equal arguments."""
    return str(uuid5(_NAMESPACE, f"{school}\x1f{source}\x1f{kind}\x1f{source_id}"))
