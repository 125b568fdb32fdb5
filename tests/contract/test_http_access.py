"""How a token is got and what it opens, on a real socket; every route × every scope: test_rights_matrix.py."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.access.clients import TOKEN_LIFE
from gateway.access.rates import Knock, Rates
from gateway.model.access import Scope
from gateway.storage.rates import SqlRequestCounter
from gateway.web.application import _refuse_unguarded, create_web
from gateway.web.guards import Anybody, add_route
from tests.console_world import Browser
from tests.diary_world import MONDAY, MOTHER, OTHER_SCHOOL, OWN, SCHOOL
from tests.web_world import Site

WEEK = f"/portal/v1/guardians/{MOTHER}/children/{OWN}/week?start={MONDAY}"
SUBSCRIPTION = f"/portal/v1/guardians/{MOTHER}/children/{OWN}/subscription"
GUARDED = [
    ("POST", "/api/v1/journal/batches", Scope.JOURNAL_WRITE),
    ("GET", "/api/v1/roster/pupils", Scope.ROSTER_READ),
    ("GET", f"/portal/v1/guardians/{MOTHER}/children", Scope.DIARY_READ),
    ("GET", WEEK, Scope.DIARY_READ),
    ("PUT", SUBSCRIPTION, Scope.DIARY_SUBSCRIBE),
    ("DELETE", SUBSCRIPTION, Scope.DIARY_SUBSCRIBE),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.close()


@pytest.fixture
def site(new_site: Site) -> Site:
    return new_site


def test_a_route_without_a_guard_stops_the_start() -> None:
    app = Flask("open", static_folder=None)
    blueprint = Blueprint("api", "api")
    add_route(blueprint, "/guarded", lambda: "", guard=Anybody())
    app.register_blueprint(blueprint)
    _refuse_unguarded(app)
    app.add_url_rule("/open", "open", lambda: "")
    with pytest.raises(TypeError, match="open"):
        _refuse_unguarded(app)


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
def test_without_a_token_nobody_enters(shared: Site, method: str, path: str, scope: Scope) -> None:
    answer = shared.http.request(method, path)
    _assert_problem(answer, 401, "access.token_invalid")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="school-gateway"'
    assert scope not in answer.text


@pytest.mark.parametrize("header", ["Bearer unknown", "Bearer", "Basic YTpi", "Bearer a b", "Digest a=b"])
def test_what_is_no_token_of_ours_does_not_enter(shared: Site, header: str) -> None:
    for method, path, _ in GUARDED:
        _assert_problem(
            shared.http.request(method, path, headers={"Authorization": header}), 401, "access.token_invalid"
        )


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
def test_with_every_other_scope_it_is_forbidden(shared: Site, method: str, path: str, scope: Scope) -> None:
    token = shared.token(*(other for other in Scope if other != scope))
    answer = shared.http.request(method, path, headers=token)
    _assert_problem(answer, 403, "access.scope_missing")
    assert f'error="insufficient_scope", scope="{scope}"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(("method", "path", "scope"), GUARDED)
def test_an_expired_token_does_not_enter(site: Site, method: str, path: str, scope: Scope) -> None:
    token = site.token(scope)
    site.world.clock.advance(TOKEN_LIFE)
    answer = site.http.request(method, path, headers=token)
    _assert_problem(answer, 401, "access.token_invalid")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_of_another_school_opens_nothing_of_this_one(shared: Site) -> None:
    token = shared.token(*Scope, of=OTHER_SCHOOL)
    for method, path in (("GET", WEEK), ("PUT", SUBSCRIPTION), ("DELETE", SUBSCRIPTION)):
        _assert_problem(shared.http.request(method, path, headers=token), 404, "diary.not_found")
    assert [item["id"] for item in shared.http.get("/api/v1/roster/pupils", headers=token).json()["items"]] == [
        "elsewhere"
    ]


@pytest.mark.parametrize("credentials", [("nobody", "secret"), ("", ""), ("a\0b", "x"), ("ж", "ж")])
def test_unknown_clients_get_no_token(shared: Site, credentials: tuple[str, str]) -> None:
    answer = shared.http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=credentials)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_an_unknown_client_and_a_wrong_secret_look_the_same(shared: Site) -> None:
    known = shared.credentials(Scope.DIARY_READ)
    wrong, unknown = (
        shared.http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=(client_id, "wrong"))
        for client_id in (known.client_id, "nobody")
    )
    assert (wrong.status_code, wrong.content) == (unknown.status_code, unknown.content) == (401, unknown.content)


def test_a_basic_header_that_is_no_utf8_is_only_a_wrong_one(shared: Site) -> None:
    header = "Basic " + base64.b64encode(b"\xff\xfe:x").decode()
    answer = shared.http.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header}
    )
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("header", [b"Basic \xff\xff", b"Bearer \xff\xff", b"Basic \xc3\xa9"])
def test_a_header_of_bytes_beyond_ascii_is_only_a_wrong_one(shared: Site, header: bytes) -> None:
    headers = {b"Authorization": header}
    answer = shared.http.post("/oauth/token", data={"grant_type": "client_credentials"}, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    for method, path, _ in GUARDED:
        _assert_problem(shared.http.request(method, path, headers=headers), 401, "access.token_invalid")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "everything"}, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "journal.write"}, "invalid_scope"),
    ],
)
def test_token_requests_are_refused_as_the_rfc_says(shared: Site, form: dict[str, str | list[str]], error: str) -> None:
    known = shared.credentials(Scope.DIARY_READ)
    answer = shared.http.post("/oauth/token", data=form, auth=(known.client_id, known.secret))
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer.headers["Cache-Control"] == "no-store"


def test_parameters_in_the_address_are_not_read(shared: Site) -> None:
    known = shared.credentials(Scope.DIARY_READ)
    secret = {"client_id": known.client_id, "client_secret": known.secret}
    answer = shared.http.post("/oauth/token", params=secret, data={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_after_a_rotation_both_secrets_get_tokens_until_the_grace_is_over(site: Site) -> None:
    known, clients = site.credentials(Scope.DIARY_READ), site.services.clients

    def status(secret: str) -> int:
        form = {"grant_type": "client_credentials"}
        return site.http.post("/oauth/token", data=form, auth=(known.client_id, secret)).status_code

    fresh = clients.rotate(SCHOOL, known.client_id, grace=timedelta(days=2), by="test")
    assert (status(known.secret), status(fresh)) == (200, 200)
    site.world.clock.advance(timedelta(days=2))
    assert (status(known.secret), status(fresh)) == (401, 200)


def _limited(site: Site, limits: Mapping[Knock, int]) -> FlaskClient:
    """Return a way to a service over the same database that counts."""
    rates = Rates(counter=SqlRequestCounter(site.world.engine), clock=site.world.clock, limits=limits)
    services = site.services
    console = replace(services.console, users=replace(services.console.users, rates=rates))
    return create_web(replace(services, clients=replace(services.clients, rates=rates), console=console)).test_client()


def test_a_client_that_comes_too_often_is_told_when_to_come_back(site: Site) -> None:
    web, token = _limited(site, {Knock.API: 2}), site.token(Scope.DIARY_READ)
    assert [web.get(WEEK, headers=token).status_code for _ in range(2)] == [200, 200]
    _assert_too_many(web.get(WEEK, headers=token))
    assert web.get(WEEK, headers=site.token(Scope.DIARY_READ)).status_code == 200  # another client
    assert _limited(site, {Knock.API: 2}).get(WEEK, headers=token).status_code == 429  # another process
    site.world.clock.advance(timedelta(minutes=1))
    assert web.get(WEEK, headers=token).status_code == 200


def test_an_address_that_asks_too_often_for_tokens_is_told_when_to_come_back(site: Site) -> None:
    web, form = _limited(site, {Knock.TOKEN: 2}), {"grant_type": "client_credentials"}
    assert [web.post("/oauth/token", data=form).status_code for _ in range(2)] == [401, 401]
    _assert_too_many(web.post("/oauth/token", data=form))


def test_guessing_at_the_consoles_door_is_slowed_down_by_address(site: Site) -> None:
    browser = Browser(_limited(site, {Knock.SIGN_IN: 2}))
    assert [browser.sign_in(f"login-{number}", "guess").status_code for number in range(3)] == [401, 401, 429]
    assert 0 < int(browser.sign_in("login-4", "guess").headers["Retry-After"]) <= 60


def _assert_too_many(answer: TestResponse) -> None:
    assert (answer.status_code, (answer.json or {})["code"]) == (429, "access.too_many_requests")
    assert answer.content_type == "application/problem+json"
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_credentials_may_stand_in_the_body_but_not_in_both_places(shared: Site) -> None:
    known = shared.credentials(Scope.DIARY_READ, Scope.ROSTER_READ)
    form = {"grant_type": "client_credentials", "client_id": known.client_id, "client_secret": known.secret}
    answer = shared.http.post("/oauth/token", data={**form, "scope": "diary.read"})
    assert (answer.status_code, answer.json()["scope"], answer.json()["expires_in"]) == (200, "diary.read", 1800)
    both = shared.http.post("/oauth/token", data=form, auth=(known.client_id, known.secret))
    assert both.status_code == 401


def test_no_secret_and_no_token_is_logged(
    site: Site, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    known = site.credentials(Scope.DIARY_READ)
    answer = site.http.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=(known.client_id, known.secret)
    )
    token = answer.json()["access_token"]
    site.http.get(WEEK, headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    printed = capsys.readouterr()
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    logged = "\n".join([*ours, printed.out, printed.err])
    assert "token.issued" in logged
    assert known.secret not in logged
    assert token not in logged
    assert MOTHER not in logged
    assert site.services.secret_key not in repr(site.services)


def _assert_problem(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert SCHOOL not in answer.text
