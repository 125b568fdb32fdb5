"""Step 6, "Archive signed": the journal of a class and period, set, signed, stored, entered in the registry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.archive.verification import ArchiveTrust, FileReport, verify_entry, verify_file
from gateway.errors import Fault, MappingError, Party, SignatureError, Text, TransientError
from gateway.model.archive import (
    ArchiveEntry,
    ArchiveSource,
    RetentionPolicy,
    archive_file_name,
    newest_version,
    require_ended,
    require_unique,
    source_digest,
    version_location,
)
from gateway.model.audit import AuditRecord
from gateway.model.ids import ClassId, PeriodId
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.ports.archive import ArchiveStore, ArchiveUnit, JournalRenderer
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.signing import ArchiveSigner


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveResult:
    """What a run gave: the registry's newest entry of the file, and whether this run made it."""

    entry: ArchiveEntry
    created: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Signed:
    """A finished file before it is stored."""

    pdf: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    pages: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ArchiveBuilder:
    """Makes the archive file of a class and period, or finds that the one there is still right.

    Safe to be killed at any instant. The registry's entry is added first and committed last, with the files written
    in between under the lock of the added row: two runs at once never write the same file, and a file without an
    entry (a run killed before its commit) is replaced by the next run.
    """

    units: Units[ArchiveUnit]
    renderer: JournalRenderer
    signer: ArchiveSigner
    store: ArchiveStore
    trust: ArchiveTrust
    clock: Clock
    new_id: NewId
    retention: RetentionPolicy = field(default_factory=RetentionPolicy)
    actor: str = "gateway"

    def run(self, period: PeriodId, school_class: ClassId, message: str | None = None) -> ArchiveResult:
        """Archive one class for one period; `message` is the queue message that asks for it.

        Nothing is made when the newest version came from the same content and its file is sound. A late change in the
        journal, or a damaged file, makes the next version; the old one stays.

        Raises:
            MappingError: ``archive.unknown_class``: no such class or period, or the period is not for that class.
            RuleViolation: ``archive.period_not_ended``, ``archive.class_name``, ``archive.name_taken``.
            DocumentError: ``archive.not_typeset``.
            ConfigurationError: the signing certificate is not valid, or the medium cannot be written.
            TransientError: ``archive.disk_full``; ``archive.overtaken`` when another run made the same version.
        """
        started = self.clock()
        with self.units() as unit:
            source = _required(unit.archive.source(period, school_class), period, school_class)
            entries = unit.archive.of_period(period)
        require_ended(source.period, started.astimezone(ZoneInfo(source.zone)).date())
        file_name = archive_file_name(source.period, source.class_name)
        require_unique(entries, file_name, school_class)
        newest = newest_version(entries, file_name)
        if newest and self._still_right(newest, source):
            with self.units() as unit:
                unit.steps.add(self._step_run(newest, started, message, created=False))
            return ArchiveResult(entry=newest, created=False)
        signed = self._signed(source)
        entry = self._entry(source, file_name, newest.version + 1 if newest else 1, signed)
        with self.units() as unit:
            if not unit.archive.add(entry):
                raise _overtaken(entry)
            self.store.write(entry.location, signed.pdf)
            self.store.write(entry.signature_location, signed.signature)
            unit.audit.append([_audit_record(entry, self.actor)])
            unit.steps.add(self._step_run(entry, started, message, created=True))
        return ArchiveResult(entry=entry, created=True)

    def run_period(self, period: PeriodId) -> Iterator[ArchiveResult]:
        """Archive every class the period is for (R-ARCH-28), one after another, yielding each result."""
        for school_class in self.classes(period):
            yield self.run(period, school_class)

    def classes(self, period: PeriodId) -> Sequence[ClassId]:
        """Return the classes of a period, in the order `run_period` takes them."""
        with self.units() as unit:
            return unit.archive.classes(period)

    def _still_right(self, newest: ArchiveEntry, source: ArchiveSource) -> bool:
        return newest.source_digest == source_digest(source) and verify_entry(newest, self.store, self.trust).sound

    def _signed(self, source: ArchiveSource) -> _Signed:
        """Set and sign the file, and let it out of hand only if it verifies."""
        at = self.clock().replace(microsecond=0)
        pdf = self.signer.sign_pdf(self.renderer.render(source, at=at), at=at)
        signature = self.signer.sign_detached(pdf)
        report = verify_file(pdf, signature, self.trust, at=at)
        if report.pages is None or not report.sound:
            raise _unsound(source, report)
        return _Signed(pdf=pdf, signature=signature, pages=report.pages, at=at)

    def _entry(self, source: ArchiveSource, file_name: str, version: int, signed: _Signed) -> ArchiveEntry:
        certificate = self.signer.certificate
        return ArchiveEntry(
            id=self.new_id(),
            file_name=file_name,
            version=version,
            year=source.period.year,
            period=source.period.id,
            school_class=source.school_class,
            source_digest=source_digest(source),
            sha256=hashlib.sha256(signed.pdf).hexdigest(),
            size=len(signed.pdf),
            pages=signed.pages,
            signed_by=certificate.subject,
            certificate_sha256=certificate.sha256,
            signed_at=signed.at,
            location=version_location(source.school, file_name, version),
            retention_until=self.retention.journal_until(source.period.year),
        )

    def _step_run(self, entry: ArchiveEntry, started: datetime, message: str | None, *, created: bool) -> StepRun:
        return StepRun(
            id=self.new_id(),
            step=Step.ARCHIVE_SIGNED,
            started_at=started,
            finished_at=self.clock(),
            outcome=StepOutcome.OK,
            summary={
                "files": 1,
                "pages": entry.pages,
                "signed": 1,
                "verified": 1,
                "created": int(created),
                "entry": entry.id,
            },
            message=message,
        )


def _required(source: ArchiveSource | None, period: PeriodId, school_class: ClassId) -> ArchiveSource:
    """Return the source of a class the period is for."""
    if source is not None and _is_for(source):
        return source
    text = Text(
        ru=f"Нет класса {school_class} с учебным периодом {period} или период не для этого класса.",
        en=f"There is no class {school_class} with the study period {period}, or the period is not for that class.",
    )
    fault = Fault(code="archive.unknown_class", text=text, record=school_class, rule="R-ARCH-28", who=Party.COORDINATOR)
    raise MappingError(fault.code, text, faults=(fault,), who=Party.COORDINATOR, rule="R-ARCH-28")


def _is_for(source: ArchiveSource) -> bool:
    period = source.period
    return period.year == source.class_year and period.first_grade <= source.class_grade <= period.last_grade


def _audit_record(entry: ArchiveEntry, actor: str) -> AuditRecord:
    return AuditRecord(
        at=entry.signed_at,
        actor=actor,
        role="system",
        channel="archive",
        action="archive",
        object_kind="archive_entry",
        object_id=entry.id,
        new={
            "file_name": entry.file_name,
            "version": entry.version,
            "sha256": entry.sha256,
            "size": entry.size,
            "pages": entry.pages,
            "certificate_sha256": entry.certificate_sha256,
            "retention_until": entry.retention_until.isoformat(),
        },
    )


def _overtaken(entry: ArchiveEntry) -> TransientError:
    return TransientError(
        "archive.overtaken",
        Text(
            ru=f"Версию {entry.version} файла «{entry.file_name}» в это же время создал другой процесс.",
            en=f"Version {entry.version} of '{entry.file_name}' was made by another process at the same time.",
        ),
        who=Party.COORDINATOR,
    )


def _unsound(source: ArchiveSource, report: FileReport) -> SignatureError:
    reasons = [fault.text for fault in report.findings]
    return SignatureError(
        "archive.not_verified",
        Text(
            ru=f"Подписанный файл класса {source.class_name} не прошёл проверку: {' '.join(r.ru for r in reasons)}",
            en=f"The signed file of class {source.class_name} does not verify: {' '.join(r.en for r in reasons)}",
        ),
        faults=report.findings,
        who=Party.DIRECTOR,
        rule="R-ARCH-11",
    )
