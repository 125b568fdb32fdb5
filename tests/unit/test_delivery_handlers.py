"""The handlers of the three destinations: what they do with good messages, with bad ones and with platforms' errors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, cast
from zipfile import ZipFile

import pytest

from gateway.delivery.events import EventHandler
from gateway.delivery.packages import PackageAddress, PackageHandler, read_address
from gateway.delivery.steps import StepHandler, StepTask, read_step_task, step_message, step_payload
from gateway.errors import ConfigurationError, ContractChanged, GatewayError, PermanentError, Text, TransientError
from gateway.model.export_package import Receipt, ReceiptStatus
from gateway.model.ids import SchoolId
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.ports.frame import Unit, Units
from outbox import Delivered, Message, MessageId, Outcome, Priority, Refused, Retry, State

NOW = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)
TEXT = Text(ru="Не вышло.", en="It failed.")
TASK = StepTask(school=SchoolId("school-1"), step=Step.ROSTER_IN, arguments={"period": "q1"})
TRANSIENT = TransientError("platform.timeout", TEXT)
PERMANENT = PermanentError("authority.invalid_signature", TEXT)
CHANGED = ContractChanged("platform.contract_changed", TEXT)
NOT_KEPT = GatewayError("export.unknown_package", TEXT)


def message(payload: bytes, *, attempts: int = 3) -> Message:
    return Message(
        id=MessageId("message-1"),
        seq=1,
        lane=1,
        destination="anywhere",
        kind="mark.added",
        content_type="application/octet-stream",
        ordering_key=None,
        idempotency_key=None,
        due_at=None,
        expires_at=None,
        priority=Priority.NORMAL,
        correlation=None,
        owner=None,
        subject=None,
        state_of=None,
        size=len(payload),
        digest=hashlib.sha256(payload).hexdigest(),
        state=State.LEASED,
        attempts=attempts,
        budget_used=attempts,
        budget_since=NOW,
        created_at=NOW,
        retry_at=None,
        finished_at=None,
        lease_owner="worker",
        lease_until=NOW,
        fence=1,
        receipt=None,
        answer_due_at=None,
        answered_at=None,
        acceptance=None,
        payload_gone_at=None,
        last_error=None,
        payload=payload,
    )


def code_of(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused | Retry)
    return outcome.code


# packages


def package(**stated: object) -> bytes:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("manifest.json", json.dumps({"school": "REG-0001", "package": "p-1", **stated}))
    return content.getvalue()


ADDRESS = PackageAddress(registry_id="REG-0001", package="p-1")
RECEIPT = Receipt(id="R-1", package="p-1", accepted_at=NOW, status=ReceiptStatus.ACCEPTED, records_accepted=5)


@dataclass
class Authority:
    """Answers as it is told; keeps what it was handed and what was noted about it."""

    says: Receipt | GatewayError = RECEIPT
    keeping: GatewayError | None = None
    handed: list[tuple[str, bytes]] = field(default_factory=list)
    noted: list[tuple[PackageAddress, object, int]] = field(default_factory=list)

    def submit(self, package: str, content: bytes) -> Receipt:
        self.handed.append((package, content))
        if isinstance(self.says, GatewayError):
            raise self.says
        return self.says

    def note(self, address: PackageAddress, said: Receipt | GatewayError, attempts: int) -> None:
        if self.keeping is not None:
            raise self.keeping
        self.noted.append((address, said, attempts))

    def handle(self, payload: bytes) -> Outcome:
        handler = PackageHandler(intake=self, record_receipt=self.note, record_refusal=self.note)
        return handler(message(payload))


def test_a_package_taken_is_noted_with_its_receipt_and_done() -> None:
    authority = Authority()
    assert authority.handle(package()) == Delivered(receipt="R-1")
    assert authority.handed == [("p-1", package())]
    assert authority.noted == [(ADDRESS, RECEIPT, 3)]


def test_a_refusal_for_good_is_noted() -> None:
    authority = Authority(says=PERMANENT)
    outcome = authority.handle(package())
    assert isinstance(outcome, Refused)
    assert authority.noted == [(ADDRESS, PERMANENT, 3)]


@pytest.mark.parametrize(("error", "kind"), [(TRANSIENT, Retry), (CHANGED, Refused)])
def test_where_nobody_knows_what_the_authority_did_nothing_is_noted(error: GatewayError, kind: type) -> None:
    authority = Authority(says=error)
    assert isinstance(authority.handle(package()), kind)
    assert authority.noted == []


@pytest.mark.parametrize("says", [RECEIPT, PERMANENT])
def test_what_could_not_be_kept_is_asked_for_again(says: Receipt | GatewayError) -> None:
    outcome = Authority(says=says, keeping=NOT_KEPT).handle(package())
    assert isinstance(outcome, Retry)
    assert outcome.code == "export.unknown_package"


NO_PACKAGES = [b"", b"no zip", package()[:-30], package(package=None)[:40]]


@pytest.mark.parametrize("payload", NO_PACKAGES, ids=["nothing", "no zip", "cut off", "without its package"])
def test_what_is_no_package_never_leaves(payload: bytes) -> None:
    authority = Authority()
    outcome = authority.handle(payload)
    assert (type(outcome), code_of(outcome)) == (Refused, "package.unreadable")
    assert authority.handed == []


def test_a_manifest_of_another_shape_is_no_address() -> None:
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("manifest.json", "[]")
    with pytest.raises(PermanentError, match=r"package\.unreadable"):
        read_address(content.getvalue())


# events


@dataclass
class Portal:
    """Takes events, or raises what it is told to."""

    error: GatewayError | None = None
    sent: list[tuple[str, str, bytes]] = field(default_factory=list)

    def send(self, message_id: str, kind: str, content: bytes) -> str:
        self.sent.append((message_id, kind, content))
        if self.error is not None:
            raise self.error
        return "portal-1"


def test_an_event_is_sent_under_the_messages_own_id() -> None:
    portal = Portal()
    assert EventHandler(sink=portal)(message(b"event")) == Delivered(receipt="portal-1")
    assert portal.sent == [("message-1", "mark.added", b"event")]


@pytest.mark.parametrize(("error", "kind"), [(TRANSIENT, Retry), (PERMANENT, Refused), (CHANGED, Refused)])
def test_an_event_that_was_not_taken(error: GatewayError, kind: type) -> None:
    outcome = EventHandler(sink=Portal(error=error))(message(b"event"))
    assert (type(outcome), code_of(outcome)) == (kind, error.code)


# steps


@dataclass
class Notebook:
    """A unit whose only table is the log of runs."""

    runs: list[StepRun] = field(default_factory=list)

    @property
    def steps(self) -> Notebook:
        return self

    def add(self, run: StepRun) -> None:
        self.runs.append(run)

    def units(self, _school: SchoolId) -> Units[Unit]:
        @contextmanager
        def unit() -> Iterator[Notebook]:
            yield self

        return cast("Units[Unit]", unit)


def handled(notebook: Notebook, payload: bytes, flow: Callable[[StepTask, str], object]) -> Outcome:
    handler = StepHandler(runs={Step.ROSTER_IN: flow}, units=notebook.units, clock=lambda: NOW)
    return handler(message(payload))


def test_a_step_runs_with_its_task_and_the_messages_id() -> None:
    seen: list[Any] = []
    notebook = Notebook()
    assert handled(notebook, step_payload(TASK), lambda *given: seen.append(given)) == Delivered()
    assert seen == [(TASK, "message-1")]
    assert notebook.runs == []  # a flow that ends keeps its own record


@pytest.mark.parametrize(
    ("error", "kind"),
    [(TRANSIENT, Retry), (PERMANENT, Refused), (ConfigurationError("configuration.missing", TEXT), Refused)],
)
def test_a_step_that_fails_leaves_a_record_of_the_run(error: GatewayError, kind: type) -> None:
    def fail(_task: StepTask, _message: str) -> None:
        raise error

    notebook = Notebook()
    outcome = handled(notebook, step_payload(TASK), fail)
    assert (type(outcome), code_of(outcome)) == (kind, error.code)
    [run] = notebook.runs
    assert (run.step, run.outcome, run.error) == (Step.ROSTER_IN, StepOutcome.FAILED, error.code)
    assert (run.message, run.started_at, run.finished_at) == ("message-1", NOW, NOW)


def test_a_programming_error_is_not_hidden() -> None:
    def crash(_task: StepTask, _message: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        handled(Notebook(), step_payload(TASK), crash)


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff", b"[]", b"{}", b'{"school": "s", "step": "dance", "arguments": {}}', b'{"school": "s", "step": 1}'],
)
def test_what_is_no_task_is_refused_and_runs_nothing(payload: bytes) -> None:
    notebook = Notebook()
    outcome = handled(notebook, payload, lambda *_: pytest.fail("it ran"))
    assert (type(outcome), code_of(outcome)) == (Refused, "step.unreadable")
    assert notebook.runs == []


def test_a_task_comes_back_from_its_bytes() -> None:
    assert read_step_task(step_payload(TASK)) == TASK


def test_runs_of_one_step_of_one_school_stand_in_one_lane() -> None:
    other_step = StepTask(school=TASK.school, step=Step.EXPORT_OUT)
    other_school = StepTask(school=SchoolId("school-2"), step=TASK.step)
    lanes = [step_message(task).ordering_key for task in (TASK, StepTask(school=TASK.school, step=TASK.step))]
    assert len(set(lanes)) == 1
    assert len({*lanes, *(step_message(task).ordering_key for task in (other_step, other_school))}) == 3
