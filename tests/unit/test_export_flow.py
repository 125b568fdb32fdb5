"""The export's decisions: send, leave alone, send again, begin again; and what the recipient's answer leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import count

import pytest

from gateway.errors import GatewayError, Party, PermanentError, SchemaError, Text
from gateway.exports.performance import PerformanceExport
from gateway.exports.receipts import record_receipt, record_refusal
from gateway.model.audit import AuditRecord
from gateway.model.export_package import ExportPackage, PackageState, Receipt, ReceiptStatus, RejectedRecord
from gateway.model.ids import ClassId, PeriodId, PupilId, SchoolId, SubjectId
from gateway.model.people import Enrollment
from gateway.model.performance_facts import GivenMark, HeldLesson, PerformanceFacts
from gateway.model.school import Period, PeriodKind, School, SchoolClass, Subject
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.ports.signing import CertificateFacts
from outbox import NewMessage

QUARTER = PeriodId("q1")
NOW = datetime(2026, 10, 26, 15, 0, tzinfo=UTC)
FACTS = PerformanceFacts(
    school=School(id=SchoolId("school-1"), name="Школа", registry_id="REG-1"),
    period=Period(
        id=QUARTER, year=2026, kind=PeriodKind.QUARTER, number=1, start=date(2026, 9, 1), end=date(2026, 10, 24)
    ),
    classes=(SchoolClass(id=ClassId("5a"), source_id="C-5A", year=2026, grade=5, letter="А"),),
    enrollments=(Enrollment(pupil=PupilId("anna"), school_class=ClassId("5a"), valid_from=date(2026, 9, 1)),),
    registry_ids={PupilId("anna"): "P-1"},
    subjects=(Subject(id=SubjectId("maths"), name="Математика"),),
    groups=(),
    lessons=(HeldLesson(day=date(2026, 9, 7), number=1, subject=SubjectId("maths"), school_class=ClassId("5a")),),
    marks=(GivenMark(pupil=PupilId("anna"), subject=SubjectId("maths"), day=date(2026, 9, 7), value=5, weight=1),),
    absences=(),
)


@dataclass
class Memory:
    """One school's exports in memory; only what is committed stays."""

    known: PerformanceFacts | None = FACTS
    packages: dict[str, ExportPackage] = field(default_factory=dict)
    audited: list[AuditRecord] = field(default_factory=list)
    runs: dict[str, StepRun] = field(default_factory=dict)
    messages: list[NewMessage] = field(default_factory=list)
    before_hold: Callable[[], None] = lambda: None

    @contextmanager
    def units(self) -> Iterator[Memory]:
        yield self

    @property
    def exports(self) -> Memory:
        return self

    @property
    def audit(self) -> Memory:
        return self

    @property
    def steps(self) -> Memory:
        return self

    @property
    def outbound(self) -> Memory:
        return self

    def facts(self, period: PeriodId) -> PerformanceFacts | None:
        return self.known if period == QUARTER else None

    def hold(self) -> None:
        self.before_hold()

    def newest(self, _definition: str, _period: PeriodId) -> ExportPackage | None:
        return max(self.packages.values(), key=lambda package: package.version, default=None)

    def last_accepted(self, _definition: str, _period: PeriodId) -> ExportPackage | None:
        taken = [package for package in self.packages.values() if package.state is PackageState.ACCEPTED]
        return max(taken, key=lambda package: package.version, default=None)

    def package(self, package: str) -> ExportPackage | None:
        return self.packages.get(package)

    def accept(self, package: str, receipt: Receipt, at: datetime) -> bool:
        return self._answer(package, PackageState.ACCEPTED, receipt=receipt.id, receipt_at=at)

    def refuse(self, package: str, _code: str, _text: Text, _at: datetime) -> bool:
        return self._answer(package, PackageState.REFUSED)

    def _answer(self, package: str, state: PackageState, **values: object) -> bool:
        sent = self.packages[package]
        if sent.state in {PackageState.ACCEPTED, state}:
            return False
        self.packages[package] = replace(sent, state=state, **values)
        return True

    def add(self, kept: ExportPackage | StepRun) -> None:
        if isinstance(kept, ExportPackage):
            self.packages[kept.id] = kept
        else:
            self.runs[kept.id] = kept

    def append(self, records: Iterable[AuditRecord]) -> None:
        self.audited.extend(records)

    def enqueue(self, *messages: NewMessage) -> list[str]:
        self.messages.extend(messages)
        return [f"message-{len(self.messages)}"]


class Signer:
    """Signs with a word."""

    certificate = CertificateFacts(subject="CN=Test", sha256="ab" * 32, valid_from=NOW, valid_to=NOW)

    def sign_detached(self, content: bytes) -> bytes:
        return b"signed " + content[:10]


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def export(memory: Memory) -> PerformanceExport:
    numbers = count(1)
    return PerformanceExport(
        units=memory.units, signer=Signer(), clock=lambda: NOW, new_id=lambda: f"id-{next(numbers)}"
    )


def receipt(package: str, **values: object) -> Receipt:
    return replace(
        Receipt(id="R-1", package=package, accepted_at=NOW, status=ReceiptStatus.ACCEPTED, records_accepted=1), **values
    )


def test_first_run_puts_one_package_into_the_outbox(memory: Memory, export: PerformanceExport) -> None:
    result = export.run(QUARTER, message="tick-1")
    (message,) = memory.messages
    assert result.changed
    assert (message.destination, message.kind, message.content_type) == ("authority", "performance", "application/zip")
    assert (message.ordering_key, message.idempotency_key) == ("performance/school-1", result.package.id)
    assert memory.packages == {result.package.id: result.package}
    assert (result.package.version, result.package.message, result.package.size) == (
        1,
        "message-1",
        len(message.payload),
    )
    assert [(entry.action, entry.object_id) for entry in memory.audited] == [("create", result.package.id)]
    run = memory.runs["tick-1"]
    assert (run.step, run.outcome, run.message) == (Step.EXPORT_OUT, StepOutcome.OK, "tick-1")
    assert run.summary == {
        "documents": 1,
        "bytes": len(message.payload),
        "package": result.package.id,
        "state": "queued",
    }


@pytest.mark.parametrize("state", [PackageState.QUEUED, PackageState.ACCEPTED])
def test_second_run_on_the_same_facts_sends_nothing(
    memory: Memory, export: PerformanceExport, state: PackageState
) -> None:
    first = export.run(QUARTER).package
    memory.packages[first.id] = replace(first, state=state)
    again = export.run(QUARTER, message="tick-2")
    assert (again.changed, again.package.id) == (False, first.id)
    assert (len(memory.messages), len(memory.packages), len(memory.audited)) == (1, 1, 1)
    assert memory.runs["tick-2"].summary == {"documents": 0, "bytes": 0, "package": first.id, "state": "unchanged"}


def test_a_refused_package_is_made_again(memory: Memory, export: PerformanceExport) -> None:
    first = export.run(QUARTER).package
    memory.packages[first.id] = replace(first, state=PackageState.REFUSED)
    again = export.run(QUARTER)
    assert again.changed
    assert (again.package.version, again.package.content_digest) == (2, first.content_digest)


def test_changed_facts_make_the_next_version(memory: Memory, export: PerformanceExport) -> None:
    first = export.run(QUARTER).package
    memory.known = replace(FACTS, marks=())
    again = export.run(QUARTER).package
    assert (first.version, again.version) == (1, 2)
    assert first.content_digest != again.content_digest


def test_of_two_runs_at_once_the_later_begins_again_and_finds_nothing_to_do(
    memory: Memory, export: PerformanceExport
) -> None:
    def the_other_run() -> None:
        memory.before_hold = lambda: None
        export.run(QUARTER)

    memory.before_hold = the_other_run
    result = export.run(QUARTER)
    assert not result.changed
    assert len(memory.messages) == 1


def test_unknown_period(export: PerformanceExport) -> None:
    with pytest.raises(GatewayError) as caught:
        export.run(PeriodId("q9"))
    assert (caught.value.code, caught.value.who) == ("export.unknown_period", Party.COORDINATOR)


def test_a_period_that_has_not_begun(memory: Memory, export: PerformanceExport) -> None:
    memory.known = replace(FACTS, period=replace(FACTS.period, start=date(2027, 1, 1), end=date(2027, 3, 1)))
    with pytest.raises(GatewayError) as caught:
        export.run(QUARTER)
    assert caught.value.code == "export.period_not_begun"


def test_a_document_that_is_not_valid_leaves_nothing_behind(memory: Memory, export: PerformanceExport) -> None:
    memory.known = replace(FACTS, registry_ids={PupilId("anna"): "Имя вместо номера"})
    with pytest.raises(SchemaError) as caught:
        export.run(QUARTER)
    assert caught.value.code == "export.invalid_document"
    assert caught.value.faults
    assert not memory.packages
    assert not memory.messages
    assert not memory.audited
    assert "Имя" not in str(caught.value) + "".join(fault.text.ru for fault in caught.value.faults)


def test_rehearsal_compares_with_the_last_accepted_and_writes_nothing(
    memory: Memory, export: PerformanceExport
) -> None:
    before = export.rehearse(QUARTER)
    assert (before.faults, before.accepted, before.changed) == ((), None, True)
    assert not memory.packages
    sent = export.run(QUARTER).package
    record_receipt(memory.units, package=sent.id, receipt=receipt(sent.id), attempts=1, clock=lambda: NOW)
    assert not export.rehearse(QUARTER).changed
    memory.known = replace(FACTS, marks=())
    after = export.rehearse(QUARTER)
    assert after.accepted is not None
    assert (after.changed, after.counts.marks, after.accepted.marks) == (True, 0, 1)
    assert (len(memory.messages), len(memory.audited), len(memory.runs)) == (1, 2, 2)


def test_rehearsal_tells_the_faults_of_a_document_that_may_not_leave(memory: Memory, export: PerformanceExport) -> None:
    memory.known = replace(FACTS, registry_ids={PupilId("anna"): "Имя вместо номера"})
    assert [fault.who for fault in export.rehearse(QUARTER).faults] == [Party.COORDINATOR]


def test_a_receipt_is_noted_once(memory: Memory, export: PerformanceExport) -> None:
    sent = export.run(QUARTER).package
    rejected = (RejectedRecord(record="P-1", code="unknown_pupil", reason="unknown"),)
    for _ in range(2):
        record_receipt(
            memory.units, package=sent.id, receipt=receipt(sent.id, rejected=rejected), attempts=5, clock=lambda: NOW
        )
    assert (memory.packages[sent.id].state, memory.packages[sent.id].receipt) == (PackageState.ACCEPTED, "R-1")
    assert [entry.action for entry in memory.audited] == ["create", "accept"]
    run = memory.runs[sent.id]
    assert run.summary == {"documents": 1, "bytes": sent.size, "attempts": 5, "receipt": "R-1", "rejected": 1}
    assert (run.outcome, run.message) == (StepOutcome.OK, sent.message)


def test_a_refusal_is_noted_once_and_a_later_receipt_wins(memory: Memory, export: PerformanceExport) -> None:
    sent = export.run(QUARTER).package
    error = PermanentError("authority.invalid_signature", Text(ru="нет", en="no"), who=Party.DIRECTOR)
    for _ in range(2):
        record_refusal(memory.units, package=sent.id, error=error, attempts=1, clock=lambda: NOW)
    assert memory.packages[sent.id].state is PackageState.REFUSED
    assert [entry.action for entry in memory.audited] == ["create", "refuse"]
    run = memory.runs[sent.id]
    assert (run.outcome, run.error, run.summary["documents"]) == (StepOutcome.FAILED, error.code, 0)
    record_receipt(memory.units, package=sent.id, receipt=receipt(sent.id), attempts=2, clock=lambda: NOW)
    record_refusal(memory.units, package=sent.id, error=error, attempts=3, clock=lambda: NOW)
    assert memory.packages[sent.id].state is PackageState.ACCEPTED
    assert memory.runs[sent.id].outcome is StepOutcome.OK


def test_an_answer_to_a_package_that_is_not_ours(memory: Memory) -> None:
    with pytest.raises(GatewayError) as caught:
        record_receipt(memory.units, package="other", receipt=receipt("other"), attempts=1, clock=lambda: NOW)
    assert caught.value.code == "export.unknown_package"
