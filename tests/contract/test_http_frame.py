"""What every address has: problems, languages, request numbers, headers; and the addresses for watchers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from jsonschema_rs import Draft202012Validator

from gateway.model.access import Scope
from gateway.web.guards import GuardedView
from outbox import NewMessage
from tests.diary_world import MONDAY, MOTHER, OWN
from tests.web_world import Site

WEEK = f"/portal/v1/guardians/{MOTHER}/children/{OWN}/week"
SUBSCRIPTION = f"/portal/v1/guardians/{MOTHER}/children/{OWN}/subscription"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.close()


@pytest.fixture
def checks(site: Site) -> Iterator[dict[str, Callable[[], bool]]]:
    """What `/ready` looks at, put back afterwards."""
    before = dict(site.checks)
    yield site.checks
    site.checks.clear()
    site.checks.update(before)


@pytest.mark.parametrize(
    ("accept", "language"),
    [("", "ru"), ("en", "en"), ("en-GB,en;q=0.9,ru;q=0.1", "en"), ("ru,en;q=0.5", "ru"), ("de", "ru"), ("*", "ru")],
)
def test_problems_speak_the_callers_language(site: Site, accept: str, language: str) -> None:
    answer = site.http.get(WEEK, headers={"Accept-Language": accept})
    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]
    assert ("token" in answer.json()["title"]) == (language == "en")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/portal/v1/", 404),
        ("GET", "/api/v1/roster/secrets", 404),
        ("POST", "/live", 405),
        ("BREW", "/live", 405),
    ],
)
def test_what_flask_refuses_is_a_problem_too(site: Site, method: str, path: str, status: int) -> None:
    answer = site.http.request(method, path)
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["faults"]) == (status, status, [])
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["type"] == f"urn:school-gateway:problem:{problem['code']}"
    assert ("Allow" in answer.headers) == (status == 405)


def test_a_request_keeps_its_number(site: Site) -> None:
    given = site.http.get(WEEK, headers={"X-Request-Id": "from-the-sender-1"})
    assert given.headers["X-Request-Id"] == "from-the-sender-1"
    assert given.json()["instance"] == "urn:request:from-the-sender-1"
    made = site.http.get(WEEK, headers={"X-Request-Id": "a b\tc"})
    assert made.headers["X-Request-Id"].startswith("id-")


def test_headers_tell_browsers_to_be_careful(site: Site) -> None:
    for path in ("/live", WEEK, "/nowhere", "/console/sign-in"):
        headers = site.http.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


def test_pages_for_people_are_not_told_in_json(site: Site) -> None:
    assert site.http.get("/console/nowhere").headers["Content-Type"].startswith("text/html")


def test_the_service_lives_before_it_is_ready(site: Site, checks: dict[str, Callable[[], bool]]) -> None:
    assert site.http.get("/live").json() == {"status": "live"}
    assert site.http.get("/ready").json() == {"status": "ready", "checks": {"database": True}}
    checks["migrations"] = lambda: False
    answer = site.http.get("/ready")
    assert (answer.status_code, answer.json()["checks"]) == (503, {"database": True, "migrations": False})


def test_a_check_that_fails_badly_is_only_not_ready(site: Site, checks: dict[str, Callable[[], bool]]) -> None:
    def broken() -> bool:
        raise OSError("no database at /secret/place")

    checks["database"] = broken
    answer = site.http.get("/ready")
    assert (answer.status_code, answer.json()["checks"]) == (503, {"database": False})
    assert "secret" not in answer.text


def test_metrics_count_routes_not_addresses(site: Site) -> None:
    token = site.token(Scope.DIARY_READ, Scope.DIARY_SUBSCRIBE)
    site.http.put(SUBSCRIPTION, headers=token)
    site.http.request("BREW", "/nowhere/at/all")
    site.services.console.desk.enqueue(NewMessage(destination="portal", kind="mark.added", payload=b"{}"))
    text = site.http.get("/metrics").text
    route = "/portal/v1/guardians/<name:portal_user>/children/<name:pupil>/subscription"
    assert f'gateway_http_requests_total{{method="PUT",route="{route}",status="204"}} 1.0' in text
    assert 'gateway_http_requests_total{method="(other)",route="(none)",status="404"} 1.0' in text
    assert MOTHER not in text
    assert "nowhere" not in text
    assert 'outbox_messages{destination="portal",state="ready"} 1.0' in text
    assert "outbox_up 1.0" in text


def test_the_description_names_exactly_the_routes(site: Site) -> None:
    description = site.http.get("/openapi.json").json()
    described = {
        (method.upper(), path): operation
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    }
    routes = {
        (method, _plain(rule.rule)): site.app.view_functions[rule.endpoint]
        for rule in site.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
        # The console is for people; the OneRoster provider is described by the standard's own documents.
        if not rule.rule.startswith(("/console", "/ims/oneroster"))
    }
    assert set(described) == set(routes)
    for key, view in routes.items():
        assert isinstance(view, GuardedView)
        asked = [scope for one in described[key]["security"] for scope in one.get("oauth", [])]
        assert asked == ([view.guard.scope] if view.guard.scope else [])
        parameters = [site_parameter["name"] for site_parameter in _path_parameters(description, described[key])]
        assert all(f"{{{name}}}" in key[1] for name in parameters)
        assert len(parameters) == key[1].count("{")


def test_every_schema_of_the_description_can_be_used(site: Site) -> None:
    description = site.http.get("/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    for name in description["components"]["schemas"]:
        Draft202012Validator({"$ref": f"#/components/schemas/{name}", "components": description["components"]})


def test_answers_are_as_described(site: Site) -> None:
    description = site.http.get("/openapi.json").json()
    token = site.token(*Scope)
    for path, query, name in (
        (f"/portal/v1/guardians/{MOTHER}/children", {}, "PortalChildren"),
        (WEEK, {"start": MONDAY.isoformat()}, "PortalWeek"),
        (WEEK, {}, "Problem"),
        ("/api/v1/roster/pupils", {}, "RosterPage"),
        ("/ready", {}, "Readiness"),
    ):
        answer = site.http.get(path, params=query, headers=token)
        schema = {"$ref": f"#/components/schemas/{name}", "components": description["components"]}
        assert [error.message for error in Draft202012Validator(schema).iter_errors(answer.json())] == []


def _plain(rule: str) -> str:
    """Turn a rule of Flask into a path template: ``<name:pupil>`` into ``{pupil}``."""
    parts = (part.partition(">") for part in rule.split("<"))
    return "".join(f"{{{name.rpartition(':')[2]}}}{rest}" if closing else name for name, closing, rest in parts)


def _path_parameters(description: dict[str, object], operation: dict[str, object]) -> list[dict[str, str]]:
    components = description["components"]["parameters"]  # type: ignore[index]  # JSON
    found = [
        components[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        for one in operation.get("parameters", [])  # type: ignore[attr-defined]  # JSON
    ]
    return [one for one in found if one["in"] == "path"]
