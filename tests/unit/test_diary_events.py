"""What goes out when a mark changes: to whom, what is in it, and the last look before it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.diary.announce import EVENT_LIFE, MarkAnnouncer
from gateway.diary.delivery import WITHHELD, ConsentedEvents
from gateway.errors import SchemaError
from gateway.mapping.portal import EVENT_SCHEMA, event_from_json, event_to_json
from gateway.model.journal import MarkChange
from gateway.schemas.json_validation import json_faults
from gateway.storage.tables.people import guardian
from tests.diary_world import FATHER, FOREIGN, MARK, MOTHER, NOW, OWN, SCHOOL, TODAY, Announced, World, change_of


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    world.diary().subscribe("portal", MOTHER, OWN)
    yield world
    world.close()


def _announce(world: World, *changes: MarkChange) -> list[Announced]:
    with world.units(SCHOOL)() as unit:
        MarkAnnouncer(school=SCHOOL, clock=world.clock).announce(unit, changes)
    return world.announced()


def test_a_new_mark_is_told_to_the_subscribed_guardian(world: World) -> None:
    [message] = _announce(world, change_of(5))
    assert (message.entry.destination, message.entry.kind, message.entry.ordering_key) == (
        "portal",
        "mark.added",
        f"{OWN}:g-mother",
    )
    assert message.entry.idempotency_key == f"{MARK}:1:g-mother"
    assert message.entry.expires_at == NOW + EVENT_LIFE == NOW + timedelta(days=7)
    content = json.loads(message.payload)
    assert json_faults(content, *EVENT_SCHEMA) == ()
    assert content["portalUser"] == MOTHER
    assert (content["oldValue"], content["newValue"], content["subject"]["name"]) == (None, 5, "Математика")


@pytest.mark.parametrize(
    ("change", "kind", "values"),
    [
        (change_of(5), "mark.added", (None, 5)),
        (change_of(5, old=3, version=2), "mark.changed", (3, 5)),
        (change_of(5, old=5, voided=True, version=3), "mark.voided", (5, None)),
    ],
)
def test_kinds_and_values(world: World, change: MarkChange, kind: str, values: tuple[int | None, int | None]) -> None:
    [message] = _announce(world, change)
    content = json.loads(message.payload)
    assert (message.entry.kind, content["type"]) == (kind, kind)
    assert (content["oldValue"], content["newValue"]) == values
    assert json_faults(content, *EVENT_SCHEMA) == ()


def test_nobody_is_named(world: World) -> None:
    [message] = _announce(world, change_of(5))
    text = message.payload.decode()
    assert all(name not in text for name in ("Ученикова", "Родителева", "Учителева", "Имярек"))
    assert MOTHER not in repr(message.entry)


def test_who_has_not_subscribed_is_not_told(world: World) -> None:
    assert _announce(world, change_of(2, of=FOREIGN)) == []
    world.diary().subscribe("portal", FATHER, FOREIGN)
    assert len(_announce(world, change_of(2, of=FOREIGN))) == 1


def test_without_consent_in_force_nothing_is_enqueued(world: World) -> None:
    world.decide(OWN, "refusal", TODAY)
    assert _announce(world, change_of(5)) == []


def test_a_guardian_who_left_the_portal_is_not_told(world: World) -> None:
    world.change(guardian, {"portal_user": None}, id="g-mother")
    assert _announce(world, change_of(5)) == []


def test_the_same_version_is_told_once_and_a_new_one_again(world: World) -> None:
    _announce(world, change_of(5), change_of(5))
    _announce(world, change_of(5))
    assert len(world.announced()) == 1
    _announce(world, change_of(4, old=5, version=2))
    assert len(world.announced()) == 2


def test_no_change_costs_no_message(world: World) -> None:
    assert _announce(world) == []
    assert _announce(world, change_of(5, voided=True)) == []


@dataclass
class _Sink:
    sent: list[tuple[str, str, bytes]] = field(default_factory=list)

    def send(self, message_id: str, kind: str, content: bytes) -> str:
        self.sent.append((message_id, kind, content))
        return "receipt-1"


def _consented(world: World, sink: _Sink) -> ConsentedEvents:
    return ConsentedEvents(sink=sink, units=world.units, clock=world.clock)


def test_an_event_goes_on_unchanged_while_the_right_holds(world: World) -> None:
    sink = _Sink()
    [message] = _announce(world, change_of(5))
    assert _consented(world, sink).send("m-1", message.entry.kind, message.payload) == "receipt-1"
    assert sink.sent == [("m-1", "mark.added", message.payload)]


def test_a_withdrawn_consent_stops_what_is_queued(world: World) -> None:
    sink = _Sink()
    [message] = _announce(world, change_of(5))
    world.decide(OWN, "refusal", TODAY)
    assert _consented(world, sink).send("m-1", message.entry.kind, message.payload) == WITHHELD
    assert sink.sent == []


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"type": "mark.added"}'])
def test_what_is_no_event_is_refused_with_its_faults(world: World, content: bytes) -> None:
    with pytest.raises(SchemaError) as refused:
        _consented(world, _Sink()).send("m-1", "mark.added", content)
    assert refused.value.faults


def test_an_event_reads_back_as_it_was_written(world: World) -> None:
    [message] = _announce(world, change_of(5, old=3, version=2))
    event = event_from_json(message.payload)
    assert event_to_json(event) == message.payload
    assert (event.portal_user, event.occurred_at) == (MOTHER, NOW)
