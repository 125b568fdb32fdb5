"""Every route × every scope, role and nobody at all, held against the permissions matrix (R-SEC-01, R-ROLE-01).

The tables below are the decisions. A route that is in none of them fails the test: nothing new opens by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from werkzeug.test import TestResponse

from gateway.model.access import Role, Scope
from gateway.model.journal_records import RESTRICTED, RecordKind
from gateway.model.oneroster_operations import OPERATIONS
from gateway.model.oneroster_writes import WRITINGS
from gateway.model.permissions import (
    Access,
    Operation,
    Reach,
    allowed,
    duties_of,
    operation_of,
    reading_operation_of,
    scope_to_read,
    scope_to_write,
)
from gateway.model.policy import Policy
from gateway.model.record_shape import label_of
from gateway.web.console.rights import PAGES, Right, may_open, record_reach
from gateway.web.guards import GuardedView
from tests.console_world import Browser, add_person
from tests.diary_world import MONDAY, MOTHER, OWN
from tests.web_world import Site

Route = tuple[str, str]

PUBLIC: frozenset[Route] = frozenset(
    {
        ("POST", "/oauth/token"),
        ("GET", "/live"),
        ("GET", "/ready"),
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
        ("GET", "/api/v1/schemas"),
        ("GET", "/schemas/<name>/<version>/<file>"),
    }
)
"""What anybody may ask: nothing of it is about a person."""

_ROSTER = "/api/v1/roster/<any(pupils, guardians, classes, staff, groups, subjects):listed>"
_CHILD = "/portal/v1/guardians/<name:portal_user>/children/<name:pupil>"

DECIDED: Mapping[Route, Scope] = {
    ("POST", "/api/v1/journal/batches"): Scope.JOURNAL_WRITE,
    ("GET", "/api/v1/journal/changes"): Scope.CHANGES_READ,
    ("POST", "/api/v1/journal/key-changes"): Scope.JOURNAL_WRITE,
    ("GET", _ROSTER): Scope.ROSTER_READ,
    ("GET", "/portal/v1/guardians/<name:portal_user>/children"): Scope.DIARY_READ,
    ("GET", f"{_CHILD}/week"): Scope.DIARY_READ,
    ("PUT", f"{_CHILD}/subscription"): Scope.DIARY_SUBSCRIBE,
    ("DELETE", f"{_CHILD}/subscription"): Scope.DIARY_SUBSCRIBE,
}
"""The scope of each route that is not one of a kind of record."""

ONEROSTER: Mapping[Route, frozenset[Scope]] = {
    **{("GET", one.rule): one.scopes for one in OPERATIONS},
    **{(one.verb.value, one.rule): frozenset({one.scope}) for one in WRITINGS},
}
"""The scopes of the OneRoster service's routes, any one of which opens it; a test of its own holds them against the
documents of the standard."""

_NOBODY: frozenset[Role] = frozenset()
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR, Role.COORDINATOR})
_HEADS = frozenset({Role.DIRECTOR, Role.DEPUTY})
_EVERYBODY = frozenset(Role)
_READERS = _EVERYBODY - {Role.MUNICIPAL_COORDINATOR}
"""Whoever may read some kind of record; each page of the journal shows to each of them only what is theirs to read."""

CONSOLE: Mapping[str, frozenset[Role]] = {
    "": _EVERYBODY,
    "/sign-out": _EVERYBODY,
    "/password": _EVERYBODY,
    "/runs": _ADMINISTRATORS | _HEADS,
    "/queue": _ADMINISTRATORS | _HEADS,
    "/queue/<message_id>": _ADMINISTRATORS | _HEADS,
    "/queue/<message_id>/decision": _ADMINISTRATORS,
    **dict.fromkeys(("/destinations", "/causes", "/causes/<number>", "/lanes", "/lane"), _ADMINISTRATORS | _HEADS),
    "/destinations/decision": _ADMINISTRATORS,
    "/destinations/<name>/decision": _ADMINISTRATORS,
    "/causes/<number>/decision": _ADMINISTRATORS,
    "/lane/decision": _ADMINISTRATORS,
    "/roster": _ADMINISTRATORS | _HEADS,
    "/roster/<plan_id>": _ADMINISTRATORS | _HEADS,
    "/roster/<plan_id>/decision": _ADMINISTRATORS,
    **dict.fromkeys(
        (
            "/roster-upload",
            "/roster-upload/<upload_id>",
            "/roster-upload/<upload_id>/columns",
            "/roster-upload/<upload_id>/decision",
            "/people-merges/new",
            "/people-merges/<merge_id>/undo",
        ),
        _ADMINISTRATORS | {Role.DEPUTY},
    ),
    **dict.fromkeys(("/people-merges", "/people-merges/<merge_id>"), _ADMINISTRATORS | _HEADS),
    "/movement-book": _ADMINISTRATORS | _HEADS,
    "/movement-book/entries": _HEADS,
    "/year-end": _ADMINISTRATORS | _HEADS,
    **dict.fromkeys(("/year-end/decision", "/year-end/settling"), frozenset({Role.DEPUTY})),
    **dict.fromkeys(("/roster-today", "/roster-missing", "/roster-locks"), _ADMINISTRATORS | _HEADS),
    "/roster-locks/decision": _ADMINISTRATORS,
    **dict.fromkeys(("/roster-matches", "/roster-matches/<case_id>"), _ADMINISTRATORS | _HEADS),
    **dict.fromkeys(("/roster-matches/decision", "/roster-matches/<case_id>/decision"), _ADMINISTRATORS),
    "/same-person": _ADMINISTRATORS | _HEADS,
    "/same-person/decision": _ADMINISTRATORS,
    "/roster-runs": _ADMINISTRATORS | _HEADS,
    "/roster-runs/<run_id>": _ADMINISTRATORS | _HEADS,
    "/quarantine": _ADMINISTRATORS | _HEADS,
    "/quarantine/<record_id>": _ADMINISTRATORS | _HEADS,
    "/roster-records/<kind_name>/<path:key>": _ADMINISTRATORS | _HEADS,
    "/batches": _ADMINISTRATORS | _HEADS,
    "/batch": _ADMINISTRATORS | _HEADS,
    "/comparisons": _ADMINISTRATORS | _HEADS,
    "/comparisons/<comparison_id>": _ADMINISTRATORS | _HEADS,
    "/exports": _ADMINISTRATORS | _HEADS | {Role.MUNICIPAL_COORDINATOR},
    "/exports/<package_id>": _ADMINISTRATORS | _HEADS | {Role.MUNICIPAL_COORDINATOR},
    "/archive": _ADMINISTRATORS | _HEADS | {Role.ARCHIVIST},
    "/archive/<entry_id>": _ADMINISTRATORS | _HEADS | {Role.ARCHIVIST},
    "/archive/<entry_id>/file": _ADMINISTRATORS | {Role.DIRECTOR, Role.ARCHIVIST},
    "/archive/<entry_id>/signature": _ADMINISTRATORS | {Role.DIRECTOR, Role.ARCHIVIST},
    "/deadlines": _ADMINISTRATORS | _HEADS,
    "/deadlines/fill": _ADMINISTRATORS | _HEADS,
    "/readiness": _ADMINISTRATORS | _HEADS,
    "/corrections": _ADMINISTRATORS | _HEADS,
    "/grade-submissions": _ADMINISTRATORS | _HEADS,
    "/grade-submissions/<submission_id>": _HEADS,
    "/corrections/new": _ADMINISTRATORS | _HEADS,
    "/corrections/<correction_id>": _ADMINISTRATORS | _HEADS,
    "/corrections/<correction_id>/decision": _HEADS,
    "/incidents": _EVERYBODY - {Role.MUNICIPAL_COORDINATOR},
    "/incidents/new": _EVERYBODY - {Role.MUNICIPAL_COORDINATOR, Role.DIRECTOR, Role.SUPPORT},
    "/incidents/<incident_id>": _EVERYBODY - {Role.MUNICIPAL_COORDINATOR},
    "/incidents/<incident_id>/moments": _ADMINISTRATORS | _HEADS,
    "/incidents/<incident_id>/settlement": _HEADS,
    "/incidents/<incident_id>/effects": _HEADS,
    "/outages": _ADMINISTRATORS | _HEADS,
    "/outages/new": _ADMINISTRATORS,
    "/outages/<outage_id>/end": _ADMINISTRATORS,
    "/policy": _ADMINISTRATORS | _HEADS,
    "/policy/<setting>": _ADMINISTRATORS | _HEADS,
    "/policy/<setting>/decision": _ADMINISTRATORS,
    **dict.fromkeys(("/journal", "/journal/<kind_label>", "/journal/<kind_label>/<path:key>"), _READERS),
    **dict.fromkeys(("/audit", "/audit/check", "/audit/<sequence>", "/looks"), _ADMINISTRATORS | _HEADS),
    **dict.fromkeys(("/people", "/person", "/programs", "/programs/<client_id>"), _ADMINISTRATORS | {Role.DIRECTOR}),
    **dict.fromkeys(
        ("/new-person", "/person/decision", "/new-program", "/programs/<client_id>/decision"), _ADMINISTRATORS
    ),
}
"""Which roles open which page of the console."""

WITHOUT_SESSION = frozenset({"/sign-in", "/language", "/static/<path:filename>"})
"""Pages that open before anybody has signed in."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("rights"))
    for role in Role:
        add_person(site.world, role.value, role)
    yield site
    site.close()


@pytest.fixture(scope="module")
def tokens(site: Site) -> Mapping[Scope, Mapping[str, str]]:
    return {scope: site.token(scope) for scope in Scope}


def of_records() -> dict[Route, Scope]:
    """Return the routes of every kind of record with the scope that the matrix gives them."""
    decided = {}
    for kind in RecordKind:
        path = f"/api/v1/journal/{label_of(kind.value)}"
        decided["GET", path] = decided["GET", f"{path}/<key>"] = scope_to_read(kind)
        decided["PUT", f"{path}/<key>"] = scope_to_write(kind)
    return decided


def routes(site: Site, *, console: bool) -> set[Route]:
    """Return method and rule of everything the service answers."""
    return {
        (method, rule.rule)
        for rule in site.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/console") == console
    }


def address(rule: str) -> str:
    """Return an address of a rule: of the child where it is about one, else of nothing that is there."""
    found = rule.replace("<name:portal_user>", MOTHER).replace("<name:pupil>", OWN)
    found = found.replace("<any(pupils, guardians, classes, staff, groups, subjects):listed>", "pupils")
    found = re.sub(r"<\w+>", "none", found)
    return f"{found}?start={MONDAY}" if found.endswith("/week") else found


def test_every_route_has_a_decision(site: Site) -> None:
    assert routes(site, console=False) == PUBLIC | set(DECIDED) | set(of_records()) | set(ONEROSTER)
    pages = {rule.removeprefix("/console") for _, rule in routes(site, console=True)}
    assert pages == set(CONSOLE) | WITHOUT_SESSION


def test_every_route_asks_for_the_scope_decided(site: Site) -> None:
    asked = {
        (method, rule.rule): view.guard.scope
        for rule in site.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if isinstance(view := site.app.view_functions[rule.endpoint], GuardedView)
    }
    single = {route: scope for route, scope in asked.items() if scope and route not in ONEROSTER}
    assert single == {**DECIDED, **of_records()}
    assert all(asked[route] in scopes for route, scopes in ONEROSTER.items())


@pytest.mark.parametrize("scope", [None, *Scope])
def test_no_scope_opens_more_than_its_routes(
    site: Site, tokens: Mapping[Scope, Mapping[str, str]], scope: Scope | None
) -> None:
    wrong = {}
    one_each = {route: frozenset({needed}) for route, needed in {**DECIDED, **of_records()}.items()}
    for (method, rule), needed in {**one_each, **ONEROSTER}.items():
        answer = _knock(site, method, rule, tokens[scope] if scope else {})
        expected = "in" if scope in needed else ("token_invalid" if scope is None else "scope_missing")
        if _outcome(answer) != expected:
            wrong[method, rule] = (answer.status_code, _outcome(answer))
    assert wrong == {}


def test_public_routes_open_without_anything(site: Site) -> None:
    for method, rule in PUBLIC - {("POST", "/oauth/token")}:
        assert _knock(site, method, rule, {}).status_code in {200, 404}, rule


def _knock(site: Site, method: str, rule: str, headers: Mapping[str, str]) -> TestResponse:
    return site.app.test_client().open(address(rule), method=method, headers=dict(headers))


def _outcome(answer: TestResponse) -> str:
    """Tell how far a request got: turned away at the door, or inside, whatever was found there."""
    if answer.status_code == 401:
        return "token_invalid"
    if answer.status_code == 403:
        body = answer.json or {}
        return "scope_missing" if "imsx_CodeMinor" in body else str(body["code"]).removeprefix("access.")
    assert answer.status_code < 500, answer.text
    return "in"


# the console


@pytest.mark.parametrize("role", list(Role))
def test_a_role_opens_its_pages_and_no_others(site: Site, role: Role) -> None:
    person = Browser(site.app.test_client())
    assert person.sign_in(role.value).status_code == 302
    opened = {
        rule.removeprefix("/console")
        for method, rule in routes(site, console=True)
        if rule.removeprefix("/console") not in WITHOUT_SESSION | {"/sign-out"} and _opens(person, method, rule)
    }
    assert opened | {"/sign-out"} == {page for page, roles in CONSOLE.items() if role in roles}


def _opens(person: Browser, method: str, rule: str) -> bool:
    page = address(rule)
    answer = person.get(page) if method == "GET" else person.post(page, form_on="/console/password")
    assert answer.status_code < 500, answer.text
    return answer.status_code != 403


def test_without_a_session_every_page_leads_to_the_door(site: Site) -> None:
    stranger = site.app.test_client()
    for method, rule in routes(site, console=True):
        if rule.removeprefix("/console") in WITHOUT_SESSION:
            continue
        answer = stranger.open(address(rule), method=method)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/console/sign-in"), rule


def test_the_pages_of_the_table_are_those_of_the_matrix(site: Site) -> None:
    cells = {
        Right.SEE_WORK: (Operation.REPORTS, Access.READ),
        Right.SEE_EXPORTS: (Operation.AUTHORITY_CONTACT, Access.READ),
        Right.SEE_ARCHIVE: (Operation.ARCHIVE_COPIES, Access.READ),
        Right.SEE_PEOPLE: (Operation.VIEW_JOURNAL, Access.READ),
        Right.DECIDE: (Operation.SYSTEM_PARAMETERS, Access.WRITE),
        Right.TAKE_ARCHIVE: (Operation.SIGN_ARCHIVE, Access.READ),
        Right.SEE_AUDIT: (Operation.CONTROL_CHECKS, Access.READ),
        Right.SEE_ACCOUNTS: (Operation.ACCOUNTS, Access.READ),
        Right.MANAGE_ACCOUNTS: (Operation.ACCOUNTS, Access.WRITE),
        Right.SEE_CORRECTIONS: (Operation.CORRECTIONS, Access.READ),
        Right.APPROVE_CORRECTIONS: (Operation.CORRECTIONS, Access.APPROVE),
        Right.TURN_YEAR: (Operation.MOVEMENT_BOOK, Access.WRITE),
        Right.SEE_INCIDENTS: (Operation.COMPROMISES, Access.READ),
        Right.REPORT_INCIDENTS: (Operation.COMPROMISES, Access.WRITE),
        Right.SETTLE_INCIDENTS: (Operation.CORRECTIONS, Access.APPROVE),
        Right.WIDEN_INCIDENTS: (Operation.CONTROL_CHECKS, Access.APPROVE),
        Right.BRING_ROSTER: (Operation.CLASS_LISTS, Access.WRITE),
        Right.MERGE_PEOPLE: (Operation.CLASS_LISTS, Access.WRITE),
        Right.SEE_MOVEMENT: (Operation.MOVEMENT_BOOK, Access.READ),
    }
    endpoints = {
        rule.endpoint.removeprefix("console."): rule.rule.removeprefix("/console")
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith("/console")
    }
    assert set(endpoints) == set(PAGES)
    for endpoint, page in endpoints.items():
        right = PAGES[endpoint]
        if page in WITHOUT_SESSION:
            assert right is None
            continue
        expected = {
            role
            for role in Role
            if right is None
            or (right is Right.SEE_RECORDS and any(_reads(role, kind) for kind in RecordKind))
            or (right in cells and allowed(duties_of(role), *cells[right], reached=set[Reach](), policy=Policy()))
        }
        assert expected == CONSOLE[page] == {role for role in Role if may_open(role, endpoint)}, page


def _reads(role: Role, kind: RecordKind) -> bool:
    cell = (reading_operation_of(kind), Access.READ)
    return allowed(duties_of(role), *cell, reached={Reach.OWN_CLASS}, policy=Policy())


@pytest.mark.parametrize("kind", list(RecordKind))
def test_the_journals_pages_show_a_kind_to_those_whom_the_matrix_gives_it(site: Site, kind: RecordKind) -> None:
    pages_of_journal = operation_of(kind) in {Operation.PERIOD_MARKS, Operation.SUBSTITUTIONS}
    for role in Role:
        person = Browser(site.app.test_client())
        person.sign_in(role.value)
        rows = {reading_operation_of(kind)} | ({Operation.VIEW_JOURNAL} if pages_of_journal else set())
        whole = any(allowed(duties_of(role), row, Access.READ, policy=Policy()) for row in rows)
        own = record_reach(role, kind, Policy()) is Reach.OWN_CLASS
        assert not own or role is Role.CLASS_TEACHER
        answer = person.get(f"/console/journal/{label_of(kind.value)}")
        assert answer.status_code == (200 if whole or own else 403), role


def test_a_page_that_nobody_decided_on_opens_for_nobody() -> None:
    assert {role for role in Role if may_open(role, "a new page")} == _NOBODY


def test_health_data_has_scopes_of_its_own(site: Site, tokens: Mapping[Scope, Mapping[str, str]]) -> None:
    for kind in RESTRICTED:
        path = f"/api/v1/journal/{label_of(kind.value)}"
        assert _outcome(_knock(site, "GET", path, tokens[Scope.JOURNAL_READ])) == "scope_missing"
        assert _outcome(_knock(site, "GET", path, tokens[Scope.HEALTH_READ])) == "in"
