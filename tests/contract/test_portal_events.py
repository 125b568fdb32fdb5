"""Our sender of events against the portal's receiver, over a real connection, with everything that goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from werkzeug.wrappers import Request, Response

from gateway.adapters.portal.adapter import PortalEvents
from gateway.adapters.portal.client import signature
from gateway.adapters.portal.settings import PortalSettings
from gateway.errors import ConfigurationError, ContractChanged, PermanentError, TransientError
from gateway.mapping.portal import event_to_json
from gateway.model.diary import MarkEvent, MarkEventKind
from gateway.model.grading import WorkKind
from gateway.model.ids import LessonId, MarkId, PupilId, SchoolId, SubjectId
from gateway.sandbox.faults import Fault, FaultKind
from gateway.sandbox.portal import OPERATION, PortalInbox, portal_emulator
from gateway.sandbox.server import Emulator, Route, RunningServer, json_answer, named
from outbox.testing import ManualClock

NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
SECRET = "a secret that the portal and we share"
EVENT = MarkEvent(
    kind=MarkEventKind.ADDED,
    school=SchoolId("school-1"),
    portal_user="portal-mother",
    pupil=PupilId("own"),
    mark=MarkId("mark-1"),
    version=1,
    lesson=LessonId("lesson-1"),
    day=date(2026, 10, 12),
    subject=SubjectId("math"),
    subject_name="Математика",
    work_kind=WorkKind.ORAL,
    old_value=None,
    new_value=5,
    occurred_at=NOW,
)
CONTENT = event_to_json(EVENT)


class Portal:
    """The emulator and a sender that knows its address."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.inbox = PortalInbox(SECRET, self.clock)
        self.emulator: Emulator = portal_emulator(self.inbox)
        self.server = RunningServer(self.emulator)
        self.url = f"{self.server.url}/events"
        self._senders: list[PortalEvents] = []

    def sender(
        self, *, secret: str = SECRET, clock: Callable[[], datetime] | None = None, url: str = ""
    ) -> PortalEvents:
        settings = PortalSettings(events_url=url or self.url, secret=secret, timeout=timedelta(milliseconds=400))
        sender = PortalEvents(settings, clock or self.clock)
        self._senders.append(sender)
        return sender

    def breaks(self, kind: FaultKind, *, times: int = 1, seconds: float = 0.0) -> None:
        self.emulator.faults.replace([Fault(operation=OPERATION, kind=kind, times=times, seconds=seconds)])

    def close(self) -> None:
        for sender in self._senders:
            sender.close()
        self.server.close()


@pytest.fixture
def portal() -> Iterator[Portal]:
    portal = Portal()
    yield portal
    portal.close()


def test_an_event_arrives_with_a_receipt(portal: Portal) -> None:
    receipt = portal.sender().send("m-1", "mark.added", CONTENT)
    [event] = portal.inbox.events()
    assert (event.id, event.receipt, event.content) == ("m-1", receipt, json.loads(CONTENT))


def test_the_same_id_again_counts_once_and_has_the_same_receipt(portal: Portal) -> None:
    sender = portal.sender()
    receipts = {sender.send("m-1", "mark.added", CONTENT) for _ in range(3)}
    portal.clock.advance(timedelta(days=3))
    receipts.add(sender.send("m-1", "mark.added", CONTENT))
    assert len(receipts) == 1
    assert [event.deliveries for event in portal.inbox.events()] == [4]


@pytest.mark.parametrize("times", [1, 3])
def test_a_refusal_for_now_is_worth_another_try(portal: Portal, times: int) -> None:
    portal.breaks(FaultKind.REFUSE, times=times)
    sender = portal.sender()
    for _ in range(times):
        with pytest.raises(TransientError) as refused:
            sender.send("m-1", "mark.added", CONTENT)
        assert (refused.value.status, refused.value.retry_after) == (503, timedelta(0))
    sender.send("m-1", "mark.added", CONTENT)
    assert [event.deliveries for event in portal.inbox.events()] == [1]


def test_an_answer_that_came_too_late_still_counts_once(portal: Portal) -> None:
    portal.breaks(FaultKind.TIMEOUT, seconds=1.0)
    sender = portal.sender()
    with pytest.raises(TransientError) as late:
        sender.send("m-1", "mark.added", CONTENT)
    assert late.value.code == "platform.timeout"
    sender.send("m-1", "mark.added", CONTENT)
    [event] = portal.inbox.events()
    assert event.deliveries == 2


@pytest.mark.parametrize("kind", [FaultKind.ERROR, FaultKind.CLOSE])
def test_an_answer_that_makes_no_sense_is_worth_another_try(portal: Portal, kind: FaultKind) -> None:
    portal.breaks(kind)
    with pytest.raises(TransientError):
        portal.sender().send("m-1", "mark.added", CONTENT)
    assert portal.inbox.events() == ()


def test_an_answer_cut_off_is_worth_another_try_and_the_event_counts_once(portal: Portal) -> None:
    portal.breaks(FaultKind.MALFORMED)
    with pytest.raises(TransientError) as broken:
        portal.sender().send("m-1", "mark.added", CONTENT)
    assert broken.value.code == "platform.answer_broken"
    portal.sender().send("m-1", "mark.added", CONTENT)
    (event,) = portal.inbox.events()
    assert event.deliveries == 2


def test_an_answer_without_a_receipt_is_no_answer_of_the_contract() -> None:
    silent = Emulator(
        "portal", [Route(rule="/events", methods=("POST",), handler=no_receipt, operation=named("Event"))]
    )
    with RunningServer(silent) as server:
        sender = PortalEvents(PortalSettings(events_url=f"{server.url}/events", secret="s"), lambda: NOW)
        with pytest.raises(ContractChanged) as changed:
            sender.send("m-1", "mark.added", CONTENT)
        sender.close()
    assert changed.value.code == "portal.no_receipt"


def no_receipt(_request: Request) -> Response:
    return json_answer({"thanks": True})


def test_a_wrong_secret_is_refused_for_good(portal: Portal) -> None:
    with pytest.raises(PermanentError) as refused:
        portal.sender(secret="another secret").send("m-1", "mark.added", CONTENT)
    assert refused.value.status == 401
    assert portal.inbox.events() == ()


def test_without_a_secret_nothing_leaves(portal: Portal) -> None:
    with pytest.raises(ConfigurationError):
        portal.sender(secret="").send("m-1", "mark.added", CONTENT)
    assert portal.emulator.arrivals() == ()


def test_nobody_there_is_worth_another_try(portal: Portal) -> None:
    with RunningServer(portal.emulator) as gone:
        sender = portal.sender(url=f"{gone.url}/events")
    with pytest.raises(TransientError) as nobody:
        sender.send("m-1", "mark.added", CONTENT)
    assert nobody.value.code == "platform.unreachable"


@pytest.mark.parametrize("ahead", [timedelta(minutes=6), -timedelta(minutes=6)])
def test_a_delivery_from_another_time_is_refused(portal: Portal, ahead: timedelta) -> None:
    with pytest.raises(PermanentError):
        portal.sender(clock=lambda: NOW + ahead).send("m-1", "mark.added", CONTENT)


def _post(portal: Portal, **changed: Any) -> int:
    stamp = str(int(NOW.timestamp()))
    headers = {
        "webhook-id": "m-1",
        "webhook-timestamp": stamp,
        "webhook-signature": signature(SECRET, "m-1", stamp, CONTENT),
    }
    content = changed.pop("content", CONTENT)
    headers |= changed
    return httpx.post(portal.url, content=content, headers=headers, trust_env=False).status_code


@pytest.mark.parametrize(
    "changed",
    [
        {"content": event_to_json(replace(EVENT, new_value=2))},
        {"webhook-id": "m-2"},
        {"webhook-id": ""},
        {"webhook-timestamp": str(int(NOW.timestamp()) + 1)},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "9" * 30},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,!!!"},
        {"webhook-signature": "v0,AAAA"},
    ],
)
def test_whatever_is_changed_on_the_way_is_noticed(portal: Portal, changed: dict[str, Any]) -> None:
    assert _post(portal) == 200
    assert _post(portal, **changed) == 401
    assert [event.deliveries for event in portal.inbox.events()] == [1]


def test_one_right_signature_among_several_is_enough(portal: Portal) -> None:
    right = signature(SECRET, "m-1", str(int(NOW.timestamp())), CONTENT)
    assert _post(portal, **{"webhook-signature": f"v1,AAAA {right}"}) == 200


@pytest.mark.parametrize("content", [b"{}", b"not json", b"[]"])
def test_signed_nonsense_is_refused_for_good(portal: Portal, content: bytes) -> None:
    with pytest.raises(PermanentError) as refused:
        portal.sender().send("m-1", "mark.added", content)
    assert refused.value.status == 422


def test_the_signature_is_the_one_of_the_standard() -> None:
    """The body of an HMAC computed by hand: `printf 'm-1.1.{}' | openssl dgst -sha256 -hmac key -binary | base64`."""
    assert signature("key", "m-1", "1", b"{}") == "v1,r3X84WXmNwLzYMz8zmgGhbqcndSf25y/Uqj/5DbFue0="


def test_the_secret_is_not_shown(portal: Portal) -> None:
    settings = PortalSettings(events_url=portal.url, secret=SECRET)
    assert SECRET not in repr(settings)
