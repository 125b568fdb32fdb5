"""The city portal reads diaries over a real connection, and what it may not see is not there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from gateway.adapters.portal.adapter import PortalEvents
from gateway.adapters.portal.settings import PortalSettings
from gateway.diary.delivery import ConsentedEvents
from gateway.mapping.portal import CHILDREN_SCHEMA, WEEK_SCHEMA
from gateway.model.access import Scope
from gateway.model.ids import PupilId
from gateway.sandbox.portal import PortalInbox, portal_emulator
from gateway.sandbox.server import RunningServer
from gateway.schemas.json_validation import json_faults
from gateway.storage.tables.access import access_token
from gateway.storage.tables.audit import view_entry
from gateway.storage.tables.journal import mark
from tests.diary_world import FOREIGN, MONDAY, MOTHER, OTHER_SCHOOL, OWN, STRANGER, TODAY, UNSEEN, World
from tests.web_world import Site, as_json, batch_of


@pytest.fixture
def site(new_site: Site) -> Site:
    return new_site


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for the tests that change nothing."""
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.close()


def test_the_portal_sees_the_right_childs_week(site: Site) -> None:
    portal = site.portal()
    children = portal.children(MOTHER).json()
    assert json_faults(children, *CHILDREN_SCHEMA) == ()
    assert [child["id"] for child in children["children"]] == [OWN]
    week = portal.week(MOTHER, OWN, MONDAY)
    assert (week.status_code, json_faults(week.json(), *WEEK_SCHEMA)) == (200, ())
    assert [lesson["id"] for lesson in week.json()["lessons"]] == ["lesson-1", "lesson-2"]
    assert [one["value"] for one in week.json()["lessons"][0]["marks"]] == [4, 5]


def _refusals(site: Site) -> dict[str, httpx.Response]:
    portal, foreign_portal = site.portal(), site.portal(of=OTHER_SCHOOL)
    asked = {f"child {child}": portal.week(MOTHER, child, MONDAY) for child in UNSEEN}
    asked |= {f"subscribe {child}": portal.subscribe(MOTHER, child) for child in UNSEEN}
    asked |= {f"unsubscribe {child}": portal.unsubscribe(MOTHER, child) for child in UNSEEN}
    asked["unknown guardian"] = portal.week("nobody", OWN, MONDAY)
    asked["guardian of another school"] = portal.week(STRANGER, OWN, MONDAY)
    asked["children of an unknown guardian"] = portal.children("nobody")
    asked["portal of another school"] = foreign_portal.week(MOTHER, OWN, MONDAY)
    return asked


def test_every_missing_right_gets_the_same_answer_to_the_byte(unchanged: Site) -> None:
    answers = _refusals(unchanged)
    assert {answer.status_code for answer in answers.values()} == {404}
    assert len({answer.content for answer in answers.values()}) == 1
    told_apart = {"date", "x-request-id"}
    headers = {
        frozenset((name, value) for name, value in answer.headers.items() if name not in told_apart)
        for answer in answers.values()
    }
    assert len(headers) == 1
    assert unchanged.world.rows(view_entry) == []


def test_a_week_is_asked_for_again_only_when_it_changed(site: Site) -> None:
    portal = site.portal()
    first = portal.week(MOTHER, OWN, MONDAY)
    same = portal.week(MOTHER, OWN, MONDAY, etag=first.headers["ETag"])
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert first.headers["Cache-Control"] == "private, no-cache"
    site.world.change(mark, {"value": 2, "version": 2}, id="mark-1")
    changed = portal.week(MOTHER, OWN, MONDAY, etag=first.headers["ETag"])
    assert changed.status_code == 200
    assert changed.json()["lessons"][0]["marks"][0] | {"workKind": ""} == {
        "id": "mark-1",
        "value": 2,
        "workKind": "",
        "weight": 2,
        "version": 2,
    }
    assert len(site.world.rows(view_entry)) == 3


def test_an_etag_does_not_open_what_a_withdrawn_consent_closed(site: Site) -> None:
    portal = site.portal()
    etag = portal.week(MOTHER, OWN, MONDAY).headers["ETag"]
    site.world.decide(OWN, "refusal", TODAY)
    assert portal.week(MOTHER, OWN, MONDAY, etag=etag).status_code == 404


@pytest.mark.parametrize("start", ["", "today", "2026-13-01", "20261012", "2026-W42-1", "9999-12-31", "２０２６-10-12"])
@pytest.mark.parametrize("child", [OWN, FOREIGN])
def test_a_wrong_start_is_named_and_tells_nothing_of_the_child(unchanged: Site, start: str, child: PupilId) -> None:
    path = f"/portal/v1/guardians/{MOTHER}/children/{child}/week"
    answer = unchanged.http.get(path, params={"start": start}, headers=unchanged.token(Scope.DIARY_READ))
    assert (answer.status_code, answer.json()["faults"][0]["field"]) == (400, "start")


@pytest.mark.parametrize("name", ["a%00b", "x" * 65, "%F0%28%8C%28", "..%2F..", "%E2%80%AE"])
def test_strange_names_are_not_there_either(unchanged: Site, name: str) -> None:
    path = f"/portal/v1/guardians/{name}/children/{name}/week?start={MONDAY}"
    assert unchanged.http.get(path, headers=unchanged.token(Scope.DIARY_READ)).status_code == 404


def test_a_token_that_ran_out_is_renewed_by_the_portal(site: Site) -> None:
    portal = site.portal()
    assert portal.week(MOTHER, OWN, MONDAY).status_code == 200
    site.world.clock.advance(timedelta(hours=1))
    assert portal.week(MOTHER, OWN, MONDAY).status_code == 200
    assert len(site.world.rows(access_token)) == 1


SECRET = "a secret that the portal and we share"


def _deliver(world: World, url: str) -> list[str]:
    """Hand everything in the outbox to the portal, as the worker does."""
    events = PortalEvents(PortalSettings(events_url=f"{url}/events", secret=SECRET), world.clock)
    try:
        sink = ConsentedEvents(sink=events, units=world.units, clock=world.clock)
        return [sink.send(one.id, one.entry.kind, one.payload) for one in world.announced()]
    finally:
        events.close()


def test_a_posted_mark_reaches_the_subscribed_family_once(site: Site) -> None:
    """The whole of it: the journal posts, the outbox holds, the portal is told, a repetition has no effect."""
    inbox = PortalInbox(SECRET, site.world.clock)
    journal = {**site.token(Scope.JOURNAL_WRITE), "Idempotency-Key": "key-1"}
    with RunningServer(portal_emulator(inbox)) as server:
        assert site.portal().subscribe(MOTHER, OWN).status_code == 204
        for _ in range(2):
            site.http.post("/api/v1/journal/batches", json=as_json(batch_of(3)), headers=journal).raise_for_status()
        first, second = _deliver(site.world, server.url), _deliver(site.world, server.url)
        listed = httpx.get(f"{server.url}/_sandbox/events", trust_env=False).json()
    assert first == second
    [event] = inbox.events()
    assert (event.deliveries, event.content["type"], event.content["newValue"]) == (2, "mark.added", 3)
    assert (event.content["portalUser"], event.content["pupil"]) == (MOTHER, OWN)
    assert [(one["id"], one["receipt"], one["deliveries"]) for one in listed] == [(event.id, first[0], 2)]


def test_a_corrected_mark_is_told_as_a_change(site: Site) -> None:
    token = site.token(Scope.JOURNAL_WRITE)
    site.portal().subscribe(MOTHER, OWN)
    for key, value in (("key-1", 3), ("key-2", 4)):
        headers = {**token, "Idempotency-Key": key}
        site.http.post("/api/v1/journal/batches", json=as_json(batch_of(value)), headers=headers).raise_for_status()
    assert [one.entry.kind for one in site.world.announced()] == ["mark.added", "mark.changed"]


def test_who_ended_the_subscription_is_told_no_more(site: Site) -> None:
    portal = site.portal()
    portal.subscribe(MOTHER, OWN)
    assert portal.unsubscribe(MOTHER, OWN).status_code == 204
    headers = {**site.token(Scope.JOURNAL_WRITE), "Idempotency-Key": "key-1"}
    site.http.post("/api/v1/journal/batches", json=as_json(batch_of(3)), headers=headers).raise_for_status()
    assert site.world.announced() == []
