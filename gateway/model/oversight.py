"""What keeps the journal honest: corrections, outages, compromised accounts, error reports."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.model.fields import Label, Name, OptionalProse, Prose, Reason
from gateway.model.ids import CorrectionId, GuardianId, OutageId, PupilId, RecordId, StaffId


class Decision(StrEnum):
    """What became of a request."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """A change of something that is locked or was entered wrongly: who asks, why, who approves (R-AUD-03, C-24).

    ``record_kind`` and ``record`` name what may be changed. An approved one opens this record, and nothing else,
    until ``open_until``.
    """

    id: CorrectionId
    record_kind: Label
    record: Name
    reason: Reason
    requested_by: StaffId
    requested_at: datetime
    decision: Decision = Decision.REQUESTED
    decided_by: StaffId | None = None
    decided_at: datetime | None = None
    open_until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    """A time in which the journal could not be reached (R-JRNL-18); ``ended_at`` of ``None``: it lasts."""

    id: OutageId
    started_at: datetime
    reason: Reason
    ended_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessIncident:
    """A breach of the confidentiality of somebody's access (R-SEC-04, R-SEC-05, C-18).

    ``account`` is the login, the API client or the member of staff whose access it is. Each moment of notification
    starts something: see `incident`. ``void_from`` is set only where the director widens the scope.
    """

    id: RecordId
    account: Name
    learned_at: datetime
    reported_at: datetime
    director_notified_at: datetime | None = None
    administrator_notified_at: datetime | None = None
    support_notified_at: datetime | None = None
    credentials_reissued_at: datetime | None = None
    void_from: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorReport:
    """An error that a parent, a pupil or a member of staff found in the journal (R-AUD-04)."""

    id: RecordId
    record_kind: Label
    record: Name
    text: Prose = field(repr=False)
    reported_at: datetime
    guardian: GuardianId | None = None
    pupil: PupilId | None = None
    staff: StaffId | None = None
    resolved_at: datetime | None = None
    outcome: OptionalProse = field(default="", repr=False)
