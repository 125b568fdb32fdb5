"""Access and diary on a real PostgreSQL: what SQLite lets pass and what several connections do at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import URL

from gateway.access.users import LOCK_TIME, MAX_FAILURES
from gateway.model.access import Role, Scope
from gateway.storage.tables.access import console_user, portal_subscription
from gateway.storage.tables.audit import view_entry
from tests.diary_world import MONDAY, MOTHER, OWN, SCHOOL, UNSEEN
from tests.web_world import Site, as_json, batch_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def site(postgres_url: URL, tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path, url=postgres_url.render_as_string(hide_password=False))
    yield site
    site.close()


def test_the_whole_of_step_five(site: Site) -> None:
    portal = site.portal()
    week = portal.week(MOTHER, OWN, MONDAY)
    assert [len(lesson["marks"]) for lesson in week.json()["lessons"]] == [2, 0]
    assert portal.week(MOTHER, OWN, MONDAY, etag=week.headers["ETag"]).status_code == 304
    assert portal.subscribe(MOTHER, OWN).status_code == 204
    headers = {**site.token(Scope.JOURNAL_WRITE), "Idempotency-Key": "key-1"}
    answer = site.http.post("/api/v1/journal/batches", json=as_json(batch_of(3)), headers=headers)
    assert answer.status_code == 200, answer.text
    assert [one.entry.kind for one in site.world.announced()] == ["mark.added"]
    assert portal.unsubscribe(MOTHER, OWN).status_code == 204


def test_refusals_are_the_same_here(site: Site) -> None:
    portal = site.portal()
    answers = [portal.week(MOTHER, child, MONDAY) for child in UNSEEN]
    answers += [portal.week("nobody", OWN, MONDAY), portal.children("nobody")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_what_this_database_cannot_store_is_refused_before_it(site: Site) -> None:
    token = site.token(*Scope)
    paths = (f"/portal/v1/guardians/a%00b/children/{OWN}/week?start={MONDAY}", "/api/v1/roster/pupils?after=a%00b")
    assert [site.http.get(path, headers=token).status_code for path in paths] == [404, 400]
    form = {"grant_type": "client_credentials"}
    assert site.http.post("/oauth/token", data=form, auth=("a\0b", "x")).status_code == 401
    assert site.services.console.users.sign_in("a\0b", "x") is None


def test_subscribing_and_reading_at_once_leaves_one_subscription_and_every_view(site: Site) -> None:
    portal = site.portal()
    portal.fetch_token()
    before = len(site.world.rows(view_entry))
    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(lambda _: portal.subscribe(MOTHER, OWN).status_code, range(16)))
        read = list(threads.map(lambda _: portal.week(MOTHER, OWN, MONDAY).status_code, range(16)))
    assert (set(told), set(read)) == ({204}, {200})
    assert len(site.world.rows(portal_subscription)) == 1
    assert len(site.world.rows(view_entry)) == before + 16


def test_guessing_in_parallel_gains_nothing_here_either(site: Site) -> None:
    users = site.services.console.users
    password = users.add(SCHOOL, "anna", Role.COORDINATOR, by="cli")
    with ThreadPoolExecutor(8) as threads:
        assert not any(threads.map(lambda guess: users.sign_in("anna", f"guess {guess}"), range(24)))
    [row] = site.world.rows(console_user)
    assert (row["failures"], row["locked_until"]) == (MAX_FAILURES, site.world.clock() + LOCK_TIME)
    assert users.sign_in("anna", password) is None
