"""The export «успеваемость и посещаемость за период»: from the journal's facts to a signed package in the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gateway.errors import Fault, GatewayError, Text
from gateway.exports.checks import document_faults, require_sound
from gateway.exports.definitions import PERFORMANCE
from gateway.exports.package import CONTENT_TYPE, manifest, package_bytes, signed_members
from gateway.mapping.performance import DocumentHeader, content_digest, performance_document, read_performance
from gateway.model.audit import AuditRecord
from gateway.model.export_package import ExportPackage, PackageState
from gateway.model.ids import PeriodId, SchoolId
from gateway.model.performance import PerformanceReport, ReportCounts
from gateway.model.performance_facts import counting_day, performance_report
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.ports.exports import ExportUnit
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.signing import DocumentSigner
from gateway.schemas.xml import parse_xml
from outbox import NewMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportResult:
    """What a run came to. ``changed`` is false where ``package`` already says the same: nothing new was sent."""

    package: ExportPackage
    changed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """What a run would send, beside what the recipient took last.

    ``accepted`` is ``None`` where it took nothing yet, or something of another schema version.
    """

    faults: tuple[Fault, ...]
    counts: ReportCounts
    accepted: ReportCounts | None
    changed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draft:
    """A report, and the newest package of its period: what it would follow."""

    school: SchoolId
    report: PerformanceReport
    counted_on: date
    digest: str
    newest: ExportPackage | None

    @property
    def standing(self) -> ExportPackage | None:
        """The newest package if it says the same and was taken or still may be."""
        newest = self.newest
        if newest is None or newest.content_digest != self.digest or newest.state is PackageState.REFUSED:
            return None
        return newest


@dataclass(frozen=True, kw_only=True, slots=True)
class PerformanceExport:
    """Builds, checks, signs and enqueues the report of a period, or tells what it would send.

    Building and signing happen between two transactions, so that nobody waits for them. Package, message, audit entry
    and run are written in the second one or not at all: a run that is killed leaves nothing behind.
    """

    units: Units[ExportUnit]
    signer: DocumentSigner
    clock: Clock
    new_id: NewId

    def run(self, period: PeriodId, message: str | None = None) -> ExportResult:
        """Send the report of a period unless the newest package says the same and was not refused.

        Args:
            period: the study period.
            message: id of the queue message that asked for the run.

        Raises:
            GatewayError: no such period (``export.unknown_period``), or it has not begun (``export.period_not_begun``).
            SchemaError: the document is not valid by its schema or tells more than it may; nothing leaves.
            MappingError: a text cannot be carried by XML.
            ConfigurationError: the signing certificate is not valid now.
        """
        started = self.clock()
        draft = self._draft(period)
        while (standing := draft.standing) is None:
            package, payload = self._signed(draft)
            with self.units() as unit:
                unit.exports.hold()
                if _follows(package, unit.exports.newest(PERFORMANCE.name, period)):
                    entered = _enter(unit, draft.school, package, payload)
                    summary = {
                        "documents": 1,
                        "bytes": len(payload),
                        "package": package.id,
                        "state": package.state.value,
                    }
                    unit.steps.add(self._step_run(started, message, summary))
                    return ExportResult(package=entered, changed=True)
            draft = self._draft(period)  # another run got in between
        return self._unchanged(standing, started, message)

    def rehearse(self, period: PeriodId) -> Rehearsal:
        """Build and check the report and compare it with the last accepted one; nothing is signed, written or sent.

        Raises:
            GatewayError: no such period (``export.unknown_period``), or it has not begun (``export.period_not_begun``).
            MappingError: a text cannot be carried by XML.
        """
        draft = self._draft(period)
        with self.units() as unit:
            accepted = unit.exports.last_accepted(PERFORMANCE.name, period)
        header = DocumentHeader(package="rehearsal", created_at=self.clock(), counted_on=draft.counted_on)
        return Rehearsal(
            faults=document_faults(PERFORMANCE, performance_document(draft.report, header)),
            counts=draft.report.counts,
            accepted=_counts(accepted) if accepted else None,
            changed=draft.standing is None,
        )

    def _draft(self, period: PeriodId) -> _Draft:
        with self.units() as unit:
            facts = unit.exports.facts(period)
            newest = unit.exports.newest(PERFORMANCE.name, period)
        if facts is None:
            raise _unknown_period(period)
        counted_on = counting_day(facts.period, self.clock().astimezone(ZoneInfo(facts.school.zone)).date())
        if counted_on < facts.period.start:
            raise _not_begun(period)
        report = performance_report(facts, counted_on)
        return _Draft(
            school=facts.school.id,
            report=report,
            counted_on=counted_on,
            digest=content_digest(report),
            newest=newest,
        )

    def _signed(self, draft: _Draft) -> tuple[ExportPackage, bytes]:
        """Return the package that follows the newest one, and its bytes."""
        package, made_at, period = self.new_id(), self.clock(), draft.report.period
        header = DocumentHeader(package=package, created_at=made_at, counted_on=draft.counted_on)
        document = performance_document(draft.report, header)
        require_sound(PERFORMANCE, document)
        members = signed_members(PERFORMANCE, document, self.signer.sign_detached(document))
        version = draft.newest.version + 1 if draft.newest else 1
        stated = manifest(
            PERFORMANCE,
            members,
            package=package,
            version=version,
            school=draft.report.school,
            period=period,
            made_at=made_at,
            content_digest=draft.digest,
            signer=self.signer.certificate,
        )
        payload = package_bytes(stated, members)
        signed = ExportPackage(
            id=package,
            definition=PERFORMANCE.name,
            schema_version=PERFORMANCE.schema_version,
            recipient=PERFORMANCE.recipient,
            period=period.id,
            period_start=period.start,
            period_end=period.end,
            version=version,
            made_at=made_at,
            content_digest=draft.digest,
            document=document,
            signature=members[PERFORMANCE.signature_member],
            manifest=stated,
            size=len(payload),
        )
        return signed, payload

    def _unchanged(self, standing: ExportPackage, started: datetime, message: str | None) -> ExportResult:
        summary = {"documents": 0, "bytes": 0, "package": standing.id, "state": "unchanged"}
        with self.units() as unit:
            unit.steps.add(self._step_run(started, message, summary))
        return ExportResult(package=standing, changed=False)

    def _step_run(self, started: datetime, message: str | None, summary: Mapping[str, object]) -> StepRun:
        return StepRun(
            id=message or self.new_id(),
            step=Step.EXPORT_OUT,
            started_at=started,
            finished_at=self.clock(),
            outcome=StepOutcome.OK,
            summary=summary,
            message=message,
        )


def _counts(accepted: ExportPackage) -> ReportCounts | None:
    """Return how much an accepted report holds; formulas change with the schema version, so only its own is read."""
    if accepted.schema_version != PERFORMANCE.schema_version:
        return None
    report, _ = read_performance(parse_xml(accepted.document))
    return report.counts


def _follows(package: ExportPackage, newest: ExportPackage | None) -> bool:
    return package.version == (newest.version + 1 if newest else 1)


def _enter(unit: ExportUnit, school: SchoolId, package: ExportPackage, payload: bytes) -> ExportPackage:
    """Put a package into the outbox, keep it and audit it."""
    message = NewMessage(
        destination=package.recipient,
        kind=package.definition,
        payload=payload,
        content_type=CONTENT_TYPE,
        ordering_key=f"{package.definition}/{school}",
        idempotency_key=package.id,
        correlation=package.id,
    )
    (outbound,) = unit.outbound.enqueue(message)
    entered = replace(package, message=outbound)
    unit.exports.add(entered)
    unit.audit.append([_creation(entered)])
    return entered


def _creation(package: ExportPackage) -> AuditRecord:
    return AuditRecord(
        at=package.made_at,
        actor="exports",
        role="system",
        channel="exports",
        action="create",
        object_kind="export_package",
        object_id=package.id,
        new={
            "definition": package.definition,
            "period": package.period,
            "version": package.version,
            "schema_version": package.schema_version,
            "recipient": package.recipient,
            "content_sha256": package.content_digest,
            "members": package.manifest["members"],
            "message": package.message,
        },
    )


def _unknown_period(period: PeriodId) -> GatewayError:
    return GatewayError(
        "export.unknown_period",
        Text(ru=f"В школе нет учебного периода «{period}».", en=f"The school has no study period '{period}'."),
    )


def _not_begun(period: PeriodId) -> GatewayError:
    return GatewayError(
        "export.period_not_begun",
        Text(
            ru=f"Учебный период «{period}» ещё не начался: отчитываться не о чем.",
            en=f"Study period '{period}' has not begun: there is nothing to report.",
        ),
    )
