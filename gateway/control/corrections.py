"""Corrections of what is locked or was entered wrongly: requested, approved by somebody else, or refused (R-AUD-03).

A correction is a record of the journal: it goes through the same rules as one that a batch brings, so who may approve
is decided in one place (`gateway.model.rules.authorship`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.control.acting import By
from gateway.control.writing import reference_of, write
from gateway.errors import DocumentError, Fault, GatewayError, Party, Text
from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.batch import Batch
from gateway.model.ids import CorrectionId, SchoolId, StaffId
from gateway.model.journal_records import RecordKey, RecordKind, Stored, name_of
from gateway.model.oversight import Correction, Decision
from gateway.model.working_days import SchoolCalendar
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.records import RecordsUnit

_PAGE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Corrections:
    """The corrections of one school."""

    school: SchoolId
    units: Units[RecordsUnit]
    clock: Clock
    new_id: NewId

    def request(self, kind: RecordKind, key: RecordKey, *, reason: str, staff: StaffId, by: By) -> Correction:
        """Ask for the correction of a record; the clock of one day runs from now (R-AUD-04, C-24).

        Raises:
            GatewayError: ``correction.record_unknown``: there is no such record.
            DocumentError: ``correction.not_allowed``: a rule of the journal forbids it; its faults tell which.
        """
        now = self.clock()
        correction = Correction(
            id=CorrectionId(self.new_id()),
            record_kind=KIND_LABELS[kind],
            record=name_of(key),
            reason=reason,
            requested_by=staff,
            requested_at=now,
        )
        with self.units() as unit:
            if unit.records.get(kind, key) is None:
                raise _record_unknown(kind, key)
            return self._write(unit, correction, by=by)

    def approve(self, correction: str, *, staff: StaffId, by: By, reason: str = "") -> Correction:
        """Open the record for its correction until the end of the day that the school's policy gives (C-24).

        Why is kept in the audit. Only the director or a deputy may, and not who asked for it (R-AUD-03).

        Raises:
            GatewayError: ``correction.unknown``.
            DocumentError: ``correction.not_allowed``: a rule of the journal forbids it; its faults tell which.
        """
        now = self.clock()
        with self.units() as unit:
            held = _known(unit, correction)
            reference = reference_of(unit, Batch(school=self.school, sent_at=now))
            calendar = SchoolCalendar(zone=reference.zone)
            days = timedelta(days=reference.policy.correction_open_days)
            approved = replace(
                held.record,
                decision=Decision.APPROVED,
                decided_by=staff,
                decided_at=now,
                open_until=calendar.end_of(calendar.day_of(now) + days),
            )
            return self._write(unit, approved, by=by, reason=reason)

    def refuse(self, correction: str, *, staff: StaffId, by: By, reason: str) -> Correction:
        """Refuse a correction; why is kept in the audit.

        Raises:
            GatewayError: ``correction.unknown``.
            DocumentError: ``correction.not_allowed``: a rule of the journal forbids it; its faults tell which.
        """
        with self.units() as unit:
            held = _known(unit, correction)
            refused = replace(held.record, decision=Decision.REFUSED, decided_by=staff, decided_at=self.clock())
            return self._write(unit, refused, by=by, reason=reason)

    def list(self, *, decision: Decision | None = None) -> Sequence[Correction]:
        """Return the corrections, or those with one decision, the latest first."""
        where = {} if decision is None else {"decision": decision.value}
        found: list[Correction] = []
        with self.units() as unit:
            while page := unit.records.page(
                RecordKind.CORRECTIONS, after=(found[-1].id,) if found else None, limit=_PAGE, where=where
            ):
                found += [held.record for held in page]
        return sorted(found, key=lambda one: (one.requested_at, one.id), reverse=True)

    def _write(self, unit: RecordsUnit, correction: Correction, *, by: By, reason: str = "") -> Correction:
        write(unit, correction, school=self.school, at=self.clock(), by=by, reason=reason, refusal=_not_allowed)
        return correction


def _not_allowed(faults: tuple[Fault, ...]) -> DocumentError:
    return DocumentError(
        "correction.not_allowed",
        Text(ru="Исправление так оформить нельзя.", en="The correction cannot be made like this."),
        faults=faults,
        who=Party.DEPUTY,
        rule="R-AUD-03",
    )


def _known(unit: RecordsUnit, correction: str) -> Stored[Correction]:
    held = unit.records.get(RecordKind.CORRECTIONS, (correction,))
    if held is None:
        raise GatewayError(
            "correction.unknown",
            Text(ru=f"Исправления «{correction}» нет.", en=f"There is no correction '{correction}'."),
        )
    return held


def _record_unknown(kind: RecordKind, key: RecordKey) -> GatewayError:
    return GatewayError(
        "correction.record_unknown",
        Text(
            ru=f"В журнале нет записи «{name_of(key)}» вида «{kind}».",
            en=f"The journal has no record '{name_of(key)}' of kind '{kind}'.",
        ),
        rule="R-AUD-03",
    )
