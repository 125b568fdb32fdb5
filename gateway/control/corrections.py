"""Corrections of what is locked or was entered wrongly: requested, approved by somebody else, or refused (R-AUD-03).

A correction is a record of the journal: it goes through the same rules as one that a batch brings, so who may approve
is decided in one place (`gateway.model.rules.authorship`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.control.acting import By
from gateway.errors import DocumentError, GatewayError, Party, Text
from gateway.mapping.journal_plain import plain_from
from gateway.model.audit import AuditRecord
from gateway.model.batch import Batch
from gateway.model.ids import CorrectionId, SchoolId, StaffId
from gateway.model.journal_records import Record, RecordKey, RecordKind, Stored, name_of
from gateway.model.oversight import Correction, Decision
from gateway.model.rules.batch import check_batch
from gateway.model.rules.reference import JournalReference
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
            record_kind=kind.value,
            record=name_of(key),
            reason=reason,
            requested_by=staff,
            requested_at=now,
        )
        with self.units() as unit:
            if unit.records.get(kind, key) is None:
                raise _record_unknown(kind, key)
            return self._write(unit, Stored(record=correction, version=1), None, by=by)

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
            reference = self._reference(unit, Batch(school=self.school, sent_at=now))
            calendar = SchoolCalendar(zone=reference.zone)
            days = timedelta(days=reference.policy.correction_open_days)
            approved = replace(
                held.record,
                decision=Decision.APPROVED,
                decided_by=staff,
                decided_at=now,
                open_until=calendar.end_of(calendar.day_of(now) + days),
            )
            stored = Stored(record=approved, version=held.version + 1)
            return self._write(unit, stored, held.record, by=by, reason=reason)

    def refuse(self, correction: str, *, staff: StaffId, by: By, reason: str) -> Correction:
        """Refuse a correction; why is kept in the audit.

        Raises:
            GatewayError: ``correction.unknown``.
            DocumentError: ``correction.not_allowed``: a rule of the journal forbids it; its faults tell which.
        """
        with self.units() as unit:
            held = _known(unit, correction)
            refused = replace(held.record, decision=Decision.REFUSED, decided_by=staff, decided_at=self.clock())
            stored = Stored(record=refused, version=held.version + 1)
            return self._write(unit, stored, held.record, by=by, reason=reason)

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

    def _write(
        self, unit: RecordsUnit, stored: Stored[Correction], before: Correction | None, *, by: By, reason: str = ""
    ) -> Correction:
        now = self.clock()
        batch = Batch(school=self.school, sent_at=now, corrections=(stored.record,))
        verdict = check_batch(batch, self._reference(unit, batch), now=now)
        faults = tuple(fault for found in verdict.faults.values() for fault in found)
        if faults:
            raise DocumentError(
                "correction.not_allowed",
                Text(ru="Исправление так оформить нельзя.", en="The correction cannot be made like this."),
                faults=faults,
                who=Party.DEPUTY,
                rule="R-AUD-03",
            )
        written: Stored[Record] = Stored(record=stored.record, version=stored.version)
        unit.journal.put(RecordKind.CORRECTIONS, [written])
        unit.audit.append(
            [
                AuditRecord(
                    at=now,
                    actor=by.actor,
                    role=by.role,
                    channel="control",
                    action="create" if before is None else "update",
                    object_kind=RecordKind.CORRECTIONS.one,
                    object_id=stored.record.id,
                    old=None if before is None else plain_from(before),
                    new=plain_from(stored.record),
                    reason=reason,
                    source=by.source,
                )
            ]
        )
        return stored.record

    def _reference(self, unit: RecordsUnit, batch: Batch) -> JournalReference:
        reference = unit.journal.reference(batch)
        if reference is None:
            raise GatewayError(
                "school.unknown",
                Text(
                    ru=f"Школа «{self.school}» не заведена; добавьте её командой «gateway school add».",
                    en=f"There is no school '{self.school}'; add it with 'gateway school add'.",
                ),
            )
        return reference


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
