"""Our OneRoster service on a real socket, held against the three OpenAPI documents of 1EdTech (R-ROST-03, R-ROST-07).

Operations, answers with every field, errors, scopes; what strict readers ask for: absolute addresses, headers, texts
where the standard has texts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from jsonschema_rs import Draft202012Validator

from gateway.access.rates import Knock, Rates
from gateway.model.access import Scope
from gateway.model.oneroster import ObjectKind, ProviderObject, Service
from gateway.model.oneroster_fields import FIELDS, Leaf, Several
from gateway.model.oneroster_operations import OPERATIONS, Operation
from gateway.ports.provider import ProviderUnit
from gateway.provider.parts import Part
from gateway.storage.rates import SqlRequestCounter
from gateway.storage.tables.audit import view_entry
from gateway.storage.tables.people import pupil
from tests.diary_world import ELSEWHERE, OTHER_SCHOOL, OWN
from tests.provider_world import DOCUMENTS, leaf_paths, references_in, value_at, whole_id, whole_object
from tests.web_world import Site

ALL = tuple(scope for scope in Scope if scope.name.startswith("OR_"))
ROSTERING = Service.ROSTERING.path
FILES = {Service.ROSTERING: "rosters", Service.GRADEBOOK: "gradebook", Service.RESOURCES: "resources"}


def whole_school(_unit: ProviderUnit, _today: date) -> Iterator[ProviderObject]:
    """Make two objects of every kind, each with every field."""
    for kind in ObjectKind:
        for number in (1, 2):
            yield whole_object(kind, number)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service that gives out objects with every field."""
    site = Site(tmp_path_factory.mktemp("oneroster"))
    site.parts = (Part(name="whole", kinds=tuple(ObjectKind), watches=frozenset(), make=whole_school),)
    yield site
    site.close()


@pytest.fixture(scope="module")
def token(site: Site) -> dict[str, str]:
    return site.token(*ALL)


@cache
def document(service: Service) -> Mapping[str, Any]:
    """Return the official description of a service."""
    file = DOCUMENTS / f"onerosterv1p2{FILES[service]}service_openapi3_v1p0.json"
    if not file.is_file():
        pytest.skip(f"needs shared/data/oneroster/{DOCUMENTS.name}/{file.name} beside the checkout")
    content: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
    return content


@cache
def validator(service: Service, schema: str) -> Draft202012Validator:
    """Return what checks a body by a schema of a document; references and formats are checked too."""
    components = document(service)["components"]
    content = {"$ref": f"#/components/schemas/{schema}", "components": components}
    return Draft202012Validator(content, validate_formats=True)


def faults_of(service: Service, schema: str, body: Any) -> list[str]:
    return [f"{list(one.instance_path)}: {one.message}" for one in validator(service, schema).iter_errors(body)]


def described(operation: Operation) -> Mapping[str, Any]:
    """Return what the official document says of an operation."""
    about: Mapping[str, Any] = document(operation.service)["paths"][operation.path]["get"]
    return about


def schema_of(operation: Operation, status: int) -> str:
    """Return the schema of an answer; for a status that the document does not name it has a default."""
    answers = described(operation)["responses"]
    content = answers.get(str(status), answers["default"])["content"]["application/json"]["schema"]["$ref"]
    return str(content.rpartition("/")[2])


def address(operation: Operation, number: int = 1) -> str:
    """Return an address of an operation that names objects that are there."""
    path = operation.service.path + operation.path
    names = {
        "sourcedId": whole_id(operation.kind, number),
        "schoolSourcedId": "org-00001",
        "termSourcedId": f"academicSession-{number:05d}",
        "classSourcedId": f"class-{number:05d}",
        "courseSourcedId": f"course-{number:05d}",
        "lineItemSourcedId": f"lineItem-{number:05d}",
        **dict.fromkeys(("userSourcedId", "studentSourcedId", "teacherSourcedId"), f"user-{number:05d}"),
    }
    for name, value in names.items():
        path = path.replace(f"{{{name}}}", value)
    return path


UNMET = {"getTeacher", "getGradingPeriod", "getClassesForTeacher"}
"""Operations about a teacher or a grading period: in the whole school everybody is a pupil, every session a term."""

READ = [pytest.param(one, id=one.id) for one in OPERATIONS]
MET = [pytest.param(one, id=one.id) for one in OPERATIONS if one.id not in UNMET]
LISTS = [pytest.param(one, id=one.id) for one in OPERATIONS if not one.single and one.id not in UNMET]


# against the documents


@pytest.mark.shared
@pytest.mark.parametrize("service", list(Service))
def test_every_operation_that_reads_is_there_and_no_other(service: Service) -> None:
    official = {
        (about["operationId"], path)
        for path, methods in document(service)["paths"].items()
        for method, about in methods.items()
        if method == "get"
    }
    assert {(one.id, one.path) for one in OPERATIONS if one.service is service} == official
    reading = {Service.ROSTERING: 41, Service.GRADEBOOK: 19, Service.RESOURCES: 5}
    assert len(official) == reading[service]


@pytest.mark.shared
@pytest.mark.parametrize("operation", READ)
def test_scopes_and_parameters_are_those_of_the_document(operation: Operation) -> None:
    about = described(operation)
    assert set(operation.scopes) == set(about["security"][0]["OAuth2CC"])
    in_path = [one["name"] for one in about["parameters"] if one["in"] == "path"]
    assert list(operation.parameters) == in_path


@pytest.mark.shared
@pytest.mark.parametrize("kind", list(ObjectKind))
def test_the_fields_are_those_of_the_document(kind: ObjectKind) -> None:
    schemas = document(kind.service)["components"]["schemas"]
    names = {one.casefold(): one for one in schemas}

    def compare(form: Any, schema: Mapping[str, Any], where: str) -> None:
        while "$ref" in schema:
            schema = schemas[schema["$ref"].rpartition("/")[2]]
        if isinstance(form, Several):
            assert schema["type"] == "array", where
            compare(form.of, schema["items"], where)
        elif isinstance(form, Mapping):
            assert set(form) == set(schema["properties"]), where
            for name, inner in form.items():
                compare(inner, schema["properties"][name], f"{where}.{name}")
        elif form is Leaf.NUMBER:
            assert schema["type"] == "number", where
        elif form is Leaf.MOMENT:
            assert schema["format"] == "date-time", where
        elif form is Leaf.OPEN:
            assert schema["additionalProperties"] is True, where
        else:
            texts = schema.get("anyOf", [schema])
            assert {one["type"] for one in texts} == {"string"}, where
            assert "date-time" not in {one.get("format") for one in texts}, where

    compare(FIELDS[kind], schemas[names[f"{kind.value}DType".casefold()]], kind.value)


@pytest.mark.shared
@pytest.mark.parametrize("operation", MET)
def test_every_answer_is_valid(site: Site, token: dict[str, str], operation: Operation) -> None:
    answer = site.http.get(address(operation), headers=token)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert faults_of(operation.service, schema_of(operation, 200), body) == []
    assert list(body) == [operation.wrapper]
    content = body[operation.wrapper]
    told = [content] if operation.single else content
    if operation.id not in {"getAllTeachers", "getAllGradingPeriods"} and "eachers" not in operation.id:
        assert told or operation.id == "getGradingPeriodsForTerm"
    for one in told:
        assert set(one) == set(FIELDS[operation.kind]) - {"metadata"}  # every field went through the schema


@pytest.mark.shared
@pytest.mark.parametrize("operation", READ)
def test_every_documented_error_has_its_form(site: Site, token: dict[str, str], operation: Operation) -> None:
    unknown = operation.service.path + operation.path.replace("{", "no-").replace("}", "")
    at = address(operation)
    answers: dict[int, httpx.Response] = {
        400: site.http.get(f"{at}?fields=nothing", headers=token),
        401: site.http.get(at),
        403: site.http.get(at, headers=site.token(Scope.ROSTER_READ)),
    }
    if operation.parameters:
        answers[404] = site.http.get(unknown, headers=token)
    for status, answer in answers.items():
        assert answer.status_code == status, (status, answer.text)
        assert faults_of(operation.service, schema_of(operation, status), answer.json()) == []
        assert answer.headers["Content-Type"] == "application/json"
        assert minor(answer) == CODES[status]
    assert "insufficient_scope" in answers[403].headers["WWW-Authenticate"]


CODES = {400: "invalid_selection_field", 401: "unauthorisedrequest", 403: "forbidden", 404: "unknownobject"}


def minor(answer: httpx.Response) -> str:
    (field,) = answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"]
    assert field["imsx_codeMinorFieldName"] == "TargetEndSystem"
    assert answer.json()["imsx_severity"] == "error"
    return str(field["imsx_codeMinorFieldValue"])


# scopes


@pytest.mark.parametrize("operation", MET)
def test_each_scope_opens_its_operations_only(site: Site, operation: Operation) -> None:
    for scope in ALL:
        allowed = scope in operation.scopes
        assert site.http.get(address(operation), headers=known_token(site, scope)).status_code == (
            200 if allowed else 403
        ), scope


_TOKENS: dict[tuple[int, Scope], dict[str, str]] = {}


def known_token(site: Site, scope: Scope) -> dict[str, str]:
    key = (id(site), scope)
    if key not in _TOKENS:
        _TOKENS[key] = site.token(scope)
    return _TOKENS[key]


def test_the_roster_is_no_way_to_demographics(site: Site) -> None:
    answer = site.http.get(f"{ROSTERING}/demographics", headers=known_token(site, Scope.OR_ROSTER))
    assert (answer.status_code, minor(answer)) == (403, "forbidden")


@pytest.mark.parametrize("way", ["basic", "form"])
def test_a_token_is_given_to_either_way_of_asking(site: Site, way: str) -> None:
    known = site.credentials(Scope.OR_ROSTER_CORE)
    form = {"grant_type": "client_credentials", "scope": Scope.OR_ROSTER_CORE.value}
    if way == "basic":
        answer = site.http.post("/oauth/token", data=form, auth=(known.client_id, known.secret))
    else:
        secret = {"client_id": known.client_id, "client_secret": known.secret}
        answer = site.http.post("/oauth/token", data={**form, **secret})
    told = answer.json()
    assert (told["token_type"], told["scope"]) == ("Bearer", Scope.OR_ROSTER_CORE.value)
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    assert site.http.get(f"{ROSTERING}/orgs", headers=headers).status_code == 200
    nested = site.http.get(f"{ROSTERING}/schools/org-00001/classes", headers=headers)
    assert (nested.status_code, minor(nested)) == (403, "forbidden")


# queries


@pytest.mark.parametrize("operation", LISTS)
def test_every_field_can_be_asked_for_alone(site: Site, token: dict[str, str], operation: Operation) -> None:
    for name in sorted(set(FIELDS[operation.kind]) - {"metadata"}):
        body = site.http.get(f"{address(operation)}?fields={name}", headers=token).json()
        for one in body[operation.wrapper]:
            assert set(one) == {"sourcedId", "status", "dateLastModified", name}


@pytest.mark.parametrize("operation", [one for one in LISTS if "All" in str(one.id)])
def test_every_field_filters_and_sorts_over_http(site: Site, token: dict[str, str], operation: Operation) -> None:
    known = whole_object(operation.kind, 1)
    for path in leaf_paths(operation.kind):
        if path in {"sourcedId", "status", "dateLastModified"}:
            continue
        written = quote(f"{path}='{value_at(known.body, path)}'", safe="")
        answer = site.http.get(f"{address(operation)}?filter={written}&sort={path}&orderBy=desc", headers=token)
        refused = operation.service is Service.RESOURCES and path == "roles"
        assert answer.status_code == (400 if refused else 200), (path, answer.text)
        if refused:
            assert minor(answer) == "invalid_sort_field"
        elif "Teacher" not in operation.id and "GradingPeriod" not in operation.id:
            assert known.sourced_id in {one["sourcedId"] for one in answer.json()[operation.wrapper]}, path


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("filter=nothing%3D'x'", "invalid_filter_field"),
        ("filter=roles%3D'x'", "invalid_filter_field"),
        ("filter=roles.org%3D'x'", "invalid_filter_field"),
        ("filter=primaryOrg.href%3D'x'", "invalid_filter_field"),
        ("filter=", "invalid_filter_field"),
        ("filter=familyName", "invalid_filter_field"),
        ("filter=familyName%3D", "invalid_filter_field"),
        ("filter=familyName%3D'x", "invalid_filter_field"),
        ("filter=dateLastModified>'yesterday'", "invalid_filter_field"),
        ("filter=email%3D'a' AND email%3D'b' OR email%3D'c'", "invalid_filter_field"),
        ("fields=", "invalid_selection_field"),
        ("fields=familyName,,", "invalid_selection_field"),
        ("fields=familyName,nothing", "invalid_selection_field"),
        ("fields=roles.role", "invalid_selection_field"),
        ("limit=0", "invaliddata"),
        ("limit=-1", "invaliddata"),
        ("limit=ten", "invaliddata"),
        ("limit=99999999999", "invaliddata"),
        ("offset=-1", "invaliddata"),
        ("orderBy=sideways", "invaliddata"),
        ("after=", "invaliddata"),
        ("after=x&sort=familyName", "invaliddata"),
    ],
)
def test_a_bad_query_is_refused_by_name(site: Site, token: dict[str, str], query: str, code: str) -> None:
    answer = site.http.get(f"{ROSTERING}/users?{query}", headers=token)
    assert (answer.status_code, minor(answer)) == (400, code)


@pytest.mark.parametrize("query", ["limit=10000", "limit=2147483647", "sort=nothing", "unknown=1", "offset=5000"])
def test_what_others_send_is_not_refused(site: Site, token: dict[str, str], query: str) -> None:
    answer = site.http.get(f"{ROSTERING}/users?{query}", headers=token)
    assert answer.status_code == 200
    assert answer.headers["X-Total-Count"] == "2"
    assert answer.headers["Last-Modified"]
    assert len(answer.json()["users"]) == (0 if "offset" in query else 2)


@pytest.mark.parametrize("name", ["%00", "a%00b", "no%20body", "x" * 3000, "%D0%BF"])
def test_impossible_ids_are_unknown(site: Site, token: dict[str, str], name: str) -> None:
    answer = site.http.get(f"{ROSTERING}/users/{name}", headers=token)
    assert answer.status_code == 404
    assert site.http.get(f"{ROSTERING}/classes/{name}/students", headers=token).status_code == 404


def test_unknown_addresses_and_methods_are_told_in_the_same_form(site: Site, token: dict[str, str]) -> None:
    nowhere = site.http.get(f"{ROSTERING}/attendances", headers=token)
    assert (nowhere.status_code, minor(nowhere)) == (404, "unknownobject")
    written = site.http.put(f"{ROSTERING}/users/user-00001", headers=token, json={})
    assert (written.status_code, written.json()["imsx_codeMajor"]) == (405, "unsupported")
    assert "GET" in written.headers["Allow"]
    for answer in (nowhere, written):
        assert faults_of(Service.ROSTERING, "imsx_StatusInfoDType", answer.json()) == []


def test_errors_are_told_in_the_readers_language(site: Site) -> None:
    english = site.http.get(f"{ROSTERING}/users", headers={"Accept-Language": "en"}).json()
    russian = site.http.get(f"{ROSTERING}/users").json()
    assert english["imsx_description"].startswith("The access token")
    assert russian["imsx_description"].startswith("Токен доступа")


def test_who_comes_too_often_is_told_when_to_come_back(site: Site, token: dict[str, str]) -> None:
    world = site.world
    limits = {Knock.API: 1}
    rates = Rates(counter=SqlRequestCounter(world.engine), clock=world.clock, limits=limits)
    object.__setattr__(site.services.clients, "rates", rates)
    try:
        answers = [site.http.get(f"{ROSTERING}/orgs", headers=token) for _ in range(2)]
    finally:
        object.__setattr__(site.services.clients, "rates", None)
    assert [one.status_code for one in answers] == [200, 429]
    assert minor(answers[1]) == "server_busy"
    assert int(answers[1].headers["Retry-After"]) > 0
    assert faults_of(Service.ROSTERING, "imsx_StatusInfoDType", answers[1].json()) == []


# a real school


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("school"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def reader(school: Site) -> dict[str, str]:
    return school.token(*ALL)


def test_the_links_lead_through_the_whole_list(school: Site, reader: dict[str, str]) -> None:
    whole = school.http.get(f"{ROSTERING}/users?limit=10000", headers=reader)
    assert "next" not in whole.links
    seen: list[str] = []
    at: str | None = f"{school.server.url}{ROSTERING}/users?limit=3&fields=familyName&filter=status%3D'active'"
    while at:
        answer = school.http.get(at, headers=reader)
        assert answer.headers["X-Total-Count"] == whole.headers["X-Total-Count"]
        users = answer.json()["users"]
        assert all(set(one) == {"sourcedId", "status", "dateLastModified", "familyName"} for one in users)
        assert ("prev" in answer.links) == bool(seen)
        seen += [one["sourcedId"] for one in users]
        first, last = answer.links["first"]["url"], answer.links["last"]["url"]
        at = answer.links.get("next", {}).get("url")
        assert all(one.startswith(f"{school.server.url}/") for one in (first, last, at or first))
    assert seen == [one["sourcedId"] for one in whole.json()["users"]]
    assert len(seen) == len(set(seen)) == int(whole.headers["X-Total-Count"]) == 10
    ending = school.http.get(last, headers=reader).json()["users"]
    assert [one["sourcedId"] for one in ending] == seen[9:]
    assert [one["sourcedId"] for one in school.http.get(first, headers=reader).json()["users"]] == seen[:3]


def test_every_address_in_every_object_leads_there(school: Site, reader: dict[str, str]) -> None:
    collections = [one for one in OPERATIONS if one.service is Service.ROSTERING and one.parameters == ()]
    told = {one.id: school.http.get(one.rule, headers=reader).json()[one.wrapper] for one in collections}
    references = {
        (one["href"], one["sourcedId"], one["type"])
        for objects in told.values()
        for body in objects
        for one in references_in(body)
    }
    assert {kind for _, _, kind in references} == {"org", "academicSession", "course", "class", "user"}
    for href, sourced_id, kind in references:
        answer = school.http.get(href, headers=reader)
        assert answer.json()[kind]["sourcedId"] == sourced_id


@pytest.mark.shared
def test_a_real_school_is_valid_throughout(school: Site, reader: dict[str, str]) -> None:
    for operation in OPERATIONS:
        if operation.single or operation.parameters:
            continue
        body = school.http.get(operation.rule, headers=reader).json()
        assert faults_of(operation.service, schema_of(operation, 200), body) == []


def test_what_a_grade_write_back_asks_before_it_writes(school: Site, reader: dict[str, str]) -> None:
    """A teacher, the classes, their students, the grading periods of the term (what large consumers do)."""

    def get(path: str, wrapper: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = school.http.get(f"{ROSTERING}{path}", headers=reader).json()[wrapper]
        return found

    (teacher,) = get("/teachers", "users")
    classes = get(f"/teachers/{teacher['sourcedId']}/classes?filter=status%3D'active'", "classes")
    assert [one["title"] for one in classes] == ["Математика, 5А"]
    (mathematics,) = classes
    students = get(f"/classes/{mathematics['sourcedId']}/students", "users")
    assert OWN in {one["sourcedId"] for one in students}
    assert get(f"/classes/{mathematics['sourcedId']}/teachers", "users") == [teacher]
    assert mathematics["school"]["sourcedId"] == get("/schools", "orgs")[0]["sourcedId"]
    (term,) = mathematics["terms"]
    periods = get(f"/terms/{term['sourcedId']}/gradingPeriods", "academicSessions")
    assert [(one["type"], one["schoolYear"]) for one in periods] == [("gradingPeriod", "2027")]


def test_looks_at_pupils_are_kept(school: Site, reader: dict[str, str]) -> None:
    def looks(path: str) -> list[tuple[str, str]]:
        before = len(school.world.rows(view_entry))
        assert school.http.get(f"{ROSTERING}{path}", headers=reader).status_code == 200
        return [(row["what"], row["pupil_id"]) for row in school.world.rows(view_entry)[before:]]

    assert looks(f"/users/{OWN}") == [("oneroster.users", OWN)]
    assert looks("/students?limit=3") == [("oneroster.users", one) for one in ("adult", "ended", "foreign")]
    assert set(looks("/users/g-father")) == {("oneroster.users", "foreign")}
    assert looks(f"/demographics/{OWN}") == [("oneroster.demographics", OWN)]
    assert {what for what, _ in looks("/enrollments?limit=10000")} == {"oneroster.enrollments"}
    assert looks("/teachers") == looks("/orgs") == looks("/users?offset=5000") == []


def test_a_school_sees_nothing_of_another(school: Site) -> None:
    other = school.token(Scope.OR_ROSTER, of=OTHER_SCHOOL)
    assert school.http.get(f"{ROSTERING}/users/{OWN}", headers=other).status_code == 404
    students = school.http.get(f"{ROSTERING}/students", headers=other).json()["users"]
    assert [one["sourcedId"] for one in students] == [ELSEWHERE]


def test_nothing_that_is_not_needed_leaves(school: Site, reader: dict[str, str]) -> None:
    school.world.change(pupil, {"snils": "112-233-445 95"}, school_id="school-1", id=OWN)
    for kind in ("users", "enrollments", "classes"):
        text = school.http.get(f"{ROSTERING}/{kind}?limit=10000", headers=reader).text
        assert "112-233-445" not in text
        assert "birthDate" not in text
        assert "2015-05-05" not in text
        assert "phone" not in text
