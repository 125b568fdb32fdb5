"""API clients on a real database: secrets, tokens, scopes, what ends them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.access.clients import TOKEN_LIFE, Clients, Credentials, IssuedToken
from gateway.errors import GatewayError
from gateway.model.access import Caller, Scope
from gateway.storage.tables.access import access_token, api_client
from gateway.storage.tables.audit import audit_entry
from tests.diary_world import OTHER_SCHOOL, SCHOOL, World

SCOPES = frozenset({Scope.JOURNAL_WRITE, Scope.ROSTER_READ})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


@pytest.fixture
def clients(world: World) -> Clients:
    return world.clients()


@pytest.fixture
def journal(clients: Clients) -> Credentials:
    return clients.add(SCHOOL, "журнал", SCOPES, by="cli")


def _token(clients: Clients, credentials: Credentials, *wanted: Scope) -> IssuedToken | None:
    client = clients.authenticate(credentials.client_id, credentials.secret)
    assert client is not None
    return clients.issue(client, frozenset(wanted))


def test_a_token_stands_for_its_client_school_and_scopes(clients: Clients, journal: Credentials) -> None:
    issued = _token(clients, journal)
    assert issued is not None
    assert clients.caller(issued.token) == Caller(client_id=journal.client_id, school=SCHOOL, scopes=SCOPES)


def test_a_token_may_be_narrower_than_its_client_but_not_wider(clients: Clients, journal: Credentials) -> None:
    narrow = _token(clients, journal, Scope.ROSTER_READ)
    assert narrow is not None
    known = clients.caller(narrow.token)
    assert known is not None
    assert known.scopes == {Scope.ROSTER_READ}
    assert _token(clients, journal, Scope.ROSTER_READ, Scope.DIARY_READ) is None


def test_a_token_ends_after_its_life(clients: Clients, journal: Credentials, world: World) -> None:
    issued = _token(clients, journal)
    assert issued is not None
    world.clock.advance(TOKEN_LIFE - timedelta(seconds=1))
    assert clients.caller(issued.token) is not None
    world.clock.advance(timedelta(seconds=1))
    assert clients.caller(issued.token) is None


def test_expired_tokens_do_not_pile_up(clients: Clients, journal: Credentials, world: World) -> None:
    for _ in range(3):
        _token(clients, journal)
        world.clock.advance(TOKEN_LIFE)
    assert len(world.rows(access_token)) == 1


def test_wrong_secret_unknown_and_disabled_client_are_one(clients: Clients, journal: Credentials) -> None:
    assert clients.authenticate(journal.client_id, "wrong") is None
    assert clients.authenticate("nobody", journal.secret) is None
    assert clients.authenticate("nobody", "") is None
    clients.disable(SCHOOL, journal.client_id, by="cli")
    assert clients.authenticate(journal.client_id, journal.secret) is None


def test_disabling_a_client_ends_its_tokens_at_once(clients: Clients, journal: Credentials, world: World) -> None:
    issued = _token(clients, journal)
    assert issued is not None
    assert not clients.disable(OTHER_SCHOOL, journal.client_id, by="cli")
    assert clients.caller(issued.token) is not None
    assert clients.disable(SCHOOL, journal.client_id, by="cli")
    assert clients.caller(issued.token) is None
    assert not clients.disable(SCHOOL, journal.client_id, by="cli")
    assert [row["action"] for row in world.rows(audit_entry)] == ["client.added", "client.disabled"]


def test_neither_secret_nor_token_is_kept_or_shown(
    clients: Clients, journal: Credentials, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    issued = _token(clients, journal)
    assert issued is not None
    stored = [world.rows(table) for table in (api_client, access_token, audit_entry)]
    shown = repr((journal, issued, clients, clients.caller(issued.token), stored)) + caplog.text
    assert journal.secret not in shown
    assert issued.token not in shown


def test_a_new_secret_and_the_former_one_are_good_together_for_a_while(
    clients: Clients, journal: Credentials, world: World
) -> None:
    fresh = clients.rotate(SCHOOL, journal.client_id, grace=timedelta(hours=1), by="cli")
    assert fresh != journal.secret
    assert clients.authenticate(journal.client_id, journal.secret)
    assert clients.authenticate(journal.client_id, fresh)
    world.clock.advance(timedelta(hours=1))
    assert clients.authenticate(journal.client_id, journal.secret) is None
    assert clients.authenticate(journal.client_id, fresh)


def test_a_second_rotation_puts_the_oldest_secret_out_at_once(clients: Clients, journal: Credentials) -> None:
    second = clients.rotate(SCHOOL, journal.client_id, by="cli")
    third = clients.rotate(SCHOOL, journal.client_id, by="cli")
    good = [bool(clients.authenticate(journal.client_id, one)) for one in (journal.secret, second, third)]
    assert good == [False, True, True]


def test_only_a_client_of_the_school_that_is_not_disabled_gets_a_new_secret(
    clients: Clients, journal: Credentials
) -> None:
    for school, client_id in ((OTHER_SCHOOL, journal.client_id), (SCHOOL, "nobody")):
        with pytest.raises(GatewayError) as refused:
            clients.rotate(school, client_id, by="cli")
        assert refused.value.code == "access.client_unknown"
    clients.disable(SCHOOL, journal.client_id, by="cli")
    with pytest.raises(GatewayError):
        clients.rotate(SCHOOL, journal.client_id, by="cli")


def test_revoking_ends_tokens_and_the_former_secret(clients: Clients, journal: Credentials, world: World) -> None:
    issued = _token(clients, journal)
    assert issued is not None
    fresh = clients.rotate(SCHOOL, journal.client_id, by="cli")
    assert clients.revoke(OTHER_SCHOOL, journal.client_id, by="cli") == 0
    assert clients.revoke(SCHOOL, journal.client_id, by="cli") == 1
    assert clients.caller(issued.token) is None
    assert clients.authenticate(journal.client_id, journal.secret) is None
    assert clients.authenticate(journal.client_id, fresh)
    assert [row["action"] for row in world.rows(audit_entry) if row["school_id"] == SCHOOL] == [
        "client.added",
        "client.secret_rotated",
        "client.tokens_revoked",
    ]


def test_the_list_tells_clients_and_how_many_good_tokens_they_hold(
    clients: Clients, journal: Credentials, world: World
) -> None:
    _token(clients, journal)
    world.clock.advance(TOKEN_LIFE)
    _token(clients, journal)
    other = clients.add(SCHOOL, "портал", [Scope.DIARY_READ], by="cli")
    assert [(one.client.client_id, one.tokens) for one in clients.listed(SCHOOL)] == [
        (journal.client_id, 1),
        (other.client_id, 0),
    ]
    assert clients.listed(OTHER_SCHOOL) == []


def test_an_installation_may_make_tokens_shorter(clients: Clients, journal: Credentials, world: World) -> None:
    short = replace(clients, token_life=timedelta(minutes=5))
    issued = _token(short, journal)
    assert issued is not None
    assert issued.life == timedelta(minutes=5)
    world.clock.advance(timedelta(minutes=5))
    assert clients.caller(issued.token) is None
