"""Events that stopped are built anew from the journal as it is now, and only what comes out different is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from gateway.delivery.rebuilding import builder_of
from gateway.diary.announce import DESTINATION, MarkAnnouncer
from gateway.diary.rebuilding import EventRebuilder
from gateway.errors import GatewayError
from gateway.mapping.portal import event_from_json
from gateway.model.ids import MarkId
from gateway.storage.queue import SqlQueueDesk
from gateway.storage.tables.journal import mark
from gateway.storage.tables.school import subject
from outbox import Letters, Message, Rebuilt, Refused, State, claim, settle
from outbox.policy import Policy
from outbox.settling import Settlement
from tests.diary_world import MARK, NOW, OWN, SCHOOL, TODAY, World, change_of

BY = {"by": "coordinator", "reason": "subject names repaired"}
WHICH = Letters(destination=DESTINATION)
POLICIES = {DESTINATION: Policy()}


class Office:
    """A school whose portal has refused what it was told, and a coordinator who looks into it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.world = World(folder, url=url)
        self.desk = SqlQueueDesk(self.world.engine, self.world.clock, policies=POLICIES)
        self.build = EventRebuilder(readings=self.world.database.readings, clock=self.world.clock)
        self.world.diary().subscribe("client", "portal-mother", OWN)

    def tell(self, *versions: int, old: int | None = None) -> None:
        """Announce versions of a mark, and let the portal refuse them."""
        announcer = MarkAnnouncer(school=SCHOOL, clock=self.world.clock)
        for version in versions:
            with self.world.database.unit(SCHOOL) as unit:
                announcer.announce(unit, [change_of(4, old=old, version=version)])
        with self.world.engine.begin() as connection:
            taken = claim(
                connection, policies=POLICIES, worker="w", limit=10, now=self.world.clock(), random=lambda: 0.0
            )
            for message in taken.messages[:1]:
                outcome = Settlement(
                    message=message,
                    outcome=Refused(reason="no", code="platform.status_422"),
                    started_at=NOW,
                    finished_at=NOW,
                )
                settle(connection, outcome, policies=POLICIES, now=self.world.clock(), random=lambda: 0.0)

    def rebuilt(self) -> Rebuilt:
        [one] = self.desk.rebuild(WHICH, self.build)
        return one

    def sent(self) -> Mapping[str, Any]:
        [told] = self.world.announced()
        return dict(json.loads(told.payload))

    def spoil(self, payload: bytes) -> None:
        """Store a payload as a mapping with a mistake in it would have made it."""
        [one] = self.desk.rebuild(WHICH, lambda _message: payload)
        self.desk.replay([one], **BY)
        self.tell()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    url = ""
    if request.param == "postgresql":
        address: URL = request.getfixturevalue("postgres_url")
        url = address.render_as_string(hide_password=False)
    office = Office(tmp_path, url)
    yield office
    office.world.close()


def test_what_comes_out_as_it_was_stays(office: Office) -> None:
    office.tell(1)
    one = office.rebuilt()
    assert (one.differs, one.fault, one.old_digest) == (False, None, one.new_digest)
    assert office.desk.replay([one], **BY).unchanged == [one.id]
    assert office.desk.show(one.id).entry.state is State.DEAD


def test_what_was_repaired_in_the_journal_comes_out_different_and_is_sent(office: Office) -> None:
    office.tell(1)
    office.world.change(subject, {"name": "Математика и логика"}, id="math")
    before, one = office.sent(), office.rebuilt()
    assert one.differs
    assert office.desk.replay([one], **BY).sent == [one.id]
    after = office.sent()
    assert after["subject"]["name"] == "Математика и логика"
    assert {**after, "subject": before["subject"]} == before
    assert office.desk.show(one.id).entry.state is State.READY


def test_what_a_mistaken_mapping_made_is_made_right(office: Office) -> None:
    office.tell(1, old=3)
    before = office.sent()
    office.spoil(json.dumps({"oldValue": 3, "occurredAt": NOW.isoformat(), "pupil": 17}).encode())
    one = office.rebuilt()
    assert one.payload is not None
    assert json.loads(one.payload) == before
    assert event_from_json(one.payload).old_value == 3


def test_an_event_that_remembers_nothing_is_left_with_its_fault(office: Office) -> None:
    office.tell(1)
    office.spoil(b"{}")
    one = office.rebuilt()
    assert (one.differs, one.fault) == (False, "SchemaError")


@pytest.mark.parametrize(
    "happened",
    [
        lambda world: world.change(mark, {"version": 2}, id=MARK),
        lambda world: world.change(mark, {"voided": True}, id=MARK),
        lambda world: world.decide(OWN, "refusal", TODAY),
        lambda world: world.diary().unsubscribe("client", "portal-mother", OWN),
    ],
    ids=["changed since", "another kind of news", "no right any more", "not wanted any more"],
)
def test_what_must_not_be_told_any_more_is_left_alone(office: Office, happened: Callable[[World], object]) -> None:
    office.tell(1)
    happened(office.world)
    one = office.rebuilt()
    assert (one.differs, one.payload, one.fault) == (False, None, None)


def test_an_event_is_about_its_pupil_so_that_it_can_be_forgotten(office: Office) -> None:
    office.tell(1)
    [told] = office.world.announced()
    assert (told.entry.subject, told.entry.correlation) == (OWN, MarkId("mark-1"))
    assert office.desk.forget(OWN, **BY).unfinished == [told.id]
    office.desk.skip(told.entry.id, **BY)
    assert office.desk.forget(OWN, **BY).destroyed == [told.id]
    assert office.desk.payload(told.entry.id) is None


@pytest.mark.parametrize(
    ("destination", "code"),
    [
        ("authority", "queue.signed_never_changes"),
        ("steps", "queue.nothing_to_rebuild"),
        ("upkeep", "queue.nothing_to_rebuild"),
    ],
)
def test_what_cannot_be_rebuilt_says_why(destination: str, code: str) -> None:
    def build(message: Message) -> bytes:
        return message.payload

    with pytest.raises(GatewayError) as refused:
        builder_of(destination, {DESTINATION: build})
    assert refused.value.code == code
    assert builder_of(DESTINATION, {DESTINATION: build}) is build
