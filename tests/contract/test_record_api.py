"""Single records on a real socket: lists, ETags, writes through the rules, the change feed, changes of keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.model.access import Scope
from gateway.model.journal_records import RecordKind
from gateway.storage.tables.audit import audit_entry, view_entry
from tests.diary_world import MARK, MONDAY, OWN
from tests.web_world import Site

JOURNAL = "/api/v1/journal"
EVERYTHING = tuple(Scope)


@pytest.fixture
def site(new_site: Site) -> Site:
    return new_site


@pytest.fixture
def token(site: Site) -> dict[str, str]:
    return site.token(*EVERYTHING)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site on which nothing is written."""
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.close()


@pytest.fixture(scope="module")
def looking(still: Site) -> dict[str, str]:
    return still.token(*EVERYTHING)


def _get(site: Site, token: dict[str, str], path: str, **headers: str) -> httpx.Response:
    return site.http.get(f"{JOURNAL}/{path}", headers={**token, **headers})


def _put(site: Site, token: dict[str, str], path: str, record: Any, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.http.put(f"{JOURNAL}/{path}", json=record, headers={**token, **named})


def _mark(name: str = "new", **fields: Any) -> dict[str, Any]:
    return {"id": name, "lesson": "lesson-1", "pupil": OWN, "value": 4, "workKind": "oral", **fields}


# reading


def test_a_record_is_read_as_a_batch_has_it(still: Site, looking: dict[str, str]) -> None:
    answer = _get(still, looking, f"marks/{MARK}")
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "id": MARK,
        "lesson": "lesson-1",
        "pupil": OWN,
        "value": 4,
        "workKind": "control",
        "weight": 2,
        "comment": "лично",
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["ETag"].startswith('"1.')


def test_the_same_state_is_not_sent_twice(still: Site, looking: dict[str, str]) -> None:
    tag = _get(still, looking, f"marks/{MARK}").headers["ETag"]
    again = _get(still, looking, f"marks/{MARK}", **{"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert _get(still, looking, f"marks/{MARK}", **{"If-None-Match": '"other"'}).status_code == 200


def test_head_is_get_without_the_body(still: Site, looking: dict[str, str]) -> None:
    answer = still.http.head(f"{JOURNAL}/marks/{MARK}", headers=looking)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["ETag"] == _get(still, looking, f"marks/{MARK}").headers["ETag"]


def test_every_kind_has_a_list(still: Site, looking: dict[str, str]) -> None:
    paths = still.http.get("/openapi.json").json()["paths"]
    lists = [path for path in paths if path.startswith(f"{JOURNAL}/") and f"{path}/{{key}}" in paths]
    assert len(lists) == len(RecordKind)
    for path in lists:
        answer = still.http.get(path, headers=looking)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_the_pages_together_are_the_whole(still: Site, looking: dict[str, str], limit: int) -> None:
    whole = _get(still, looking, "marks").json()
    assert whole["next"] is None
    seen, address = [], f"{JOURNAL}/marks?limit={limit}"
    while address:
        answer = still.http.get(address, headers=looking)
        assert 0 < len(answer.json()["items"]) <= limit
        seen += answer.json()["items"]
        address = answer.json()["next"]
        assert answer.links.get("next", {}).get("url") == address
    assert seen == whole["items"]
    assert [item["key"] for item in seen] == ["mark-1", "mark-2", "mark-3"]
    assert [item["version"] for item in seen] == [1, 3, 1]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        (f"marks?pupil={OWN}", ["mark-1", "mark-2"]),
        (f"marks?pupil={OWN}&lesson=lesson-2", []),
        (f"lessons?dayFrom={MONDAY}&dayTo={MONDAY}", ["lesson-1", "lesson-2"]),
        ("lessons?dayFrom=2026-10-13", []),
        ("lessons?dayTo=2026-10-11", []),
        ("lessons?class=c-5a&subject=math", ["lesson-1", "lesson-2"]),
        ("lessons?class=c-5b", []),
    ],
)
def test_lists_are_narrowed(still: Site, looking: dict[str, str], query: str, keys: list[str]) -> None:
    answer = _get(still, looking, query)
    assert [item["key"] for item in answer.json()["items"]] == keys


def test_a_narrowed_list_stays_so_on_its_next_page(still: Site, looking: dict[str, str]) -> None:
    first = _get(still, looking, f"marks?pupil={OWN}&limit=1").json()
    second = still.http.get(first["next"], headers=looking).json()
    assert [item["key"] for item in second["items"]] == ["mark-2"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("marks?limit=0", "http.parameter_invalid", "limit"),
        ("marks?after=a,b", "http.parameter_invalid", "after"),
        ("marks?after=%ED%A0%80", "http.parameter_invalid", "after"),
        ("marks?pupil=with%20blank", "http.parameter_invalid", "pupil"),
        ("lessons?dayFrom=yesterday", "http.parameter_invalid", "dayFrom"),
        ("marks?dayFrom=2026-10-12", "http.parameter_unknown", "dayFrom"),
        ("marks?teacher=s-1", "http.parameter_unknown", "teacher"),
        ("marks?pupil=a&pupil=b", "http.parameter_repeated", "pupil"),
        ("changes?since=-1", "http.parameter_invalid", "since"),
        ("changes?payload=%FF", "http.parameter_invalid", "payload"),
        ("changes?payload=all", "http.parameter_invalid", "payload"),
    ],
)
def test_a_wrong_parameter_is_named(still: Site, looking: dict[str, str], query: str, code: str, field: str) -> None:
    answer = _get(still, looking, query)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert answer.json()["faults"][0]["field"] == field


@pytest.mark.parametrize(
    "path", ["marks/unknown", "marks/a,b", "marks/with%20blank", "marks/%FF", "secrets", "secrets/x"]
)
def test_what_is_not_there_is_a_problem(still: Site, looking: dict[str, str], path: str) -> None:
    answer = _get(still, looking, path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_looks_at_pupils_are_kept(site: Site, token: dict[str, str]) -> None:
    _get(site, token, f"marks/{MARK}")
    _get(site, token, "marks?limit=2")
    _get(site, token, "subjects")
    seen = [(row["pupil_id"], row["what"], row["source"]) for row in site.world.rows(view_entry)]
    assert seen == [(OWN, "marks", "127.0.0.1"), (OWN, "marks", "127.0.0.1")]


# rights


def test_restricted_kinds_ask_for_a_right_of_their_own(site: Site) -> None:
    ordinary = site.token(Scope.JOURNAL_READ, Scope.JOURNAL_WRITE)
    assert _get(site, ordinary, "marks").status_code == 200
    assert _get(site, ordinary, "healthSheets").status_code == 403
    sheet = {"id": "h-1", "pupil": OWN, "filledOn": "2026-10-01", "content": "x"}
    assert _put(site, ordinary, "healthSheets/h-1", sheet).status_code == 403
    assert _get(site, site.token(Scope.HEALTH_READ), "marks").status_code == 403


# writing


def test_a_record_is_created_read_and_changed(site: Site, token: dict[str, str]) -> None:
    created = _put(site, token, "marks/new", _mark(), If_None_Match="*")
    assert created.status_code == 201, created.text
    assert created.headers["Location"] == f"{JOURNAL}/marks/new"
    read = site.http.get(created.headers["Location"], headers=token)
    assert (read.json(), read.headers["ETag"]) == (created.json(), created.headers["ETag"])
    changed = _put(site, token, "marks/new", _mark(value=5), If_Match=created.headers["ETag"])
    assert (changed.status_code, changed.json()["value"]) == (200, 5)
    assert changed.headers["ETag"].startswith('"2.')
    actions = [(row["action"], row["object_id"], row["source"]) for row in site.world.rows(audit_entry)][-2:]
    assert actions == [("create", "new", "127.0.0.1"), ("update", "new", "127.0.0.1")]


def test_a_write_that_means_another_state_is_refused(site: Site, token: dict[str, str]) -> None:
    first = _put(site, token, "marks/new", _mark()).headers["ETag"]
    second = _put(site, token, "marks/new", _mark(value=5), If_Match=first).headers["ETag"]
    late = _put(site, token, "marks/new", _mark(value=3), If_Match=first)
    assert (late.status_code, late.json()["code"], late.headers["ETag"]) == (412, "journal.record_changed", second)
    weak = _put(site, token, "marks/new", _mark(value=3), If_Match=f"W/{second}")
    assert weak.status_code == 412
    again = _put(site, token, "marks/new", _mark(value=3), If_None_Match="*")
    assert again.status_code == 412
    assert _get(site, token, "marks/new").json()["value"] == 5


def test_a_write_that_means_no_state_is_refused(site: Site, token: dict[str, str]) -> None:
    first = _put(site, token, "marks/new", _mark())
    blind = _put(site, token, "marks/new", _mark(value=5))
    assert (blind.status_code, blind.json()["code"]) == (428, "journal.precondition_missing")
    assert blind.headers["ETag"] == first.headers["ETag"]
    assert _put(site, token, "marks/other", _mark("other"), If_Match="*").status_code == 412


def test_the_same_record_again_changes_nothing(site: Site, token: dict[str, str]) -> None:
    tag = _put(site, token, "marks/new", _mark()).headers["ETag"]
    entries = len(site.world.rows(audit_entry))
    again = _put(site, token, "marks/new", _mark(), If_Match=tag)
    assert (again.status_code, again.headers["ETag"]) == (200, tag)
    assert len(site.world.rows(audit_entry)) == entries


def test_under_a_final_mark_a_write_is_locked(site: Site, token: dict[str, str]) -> None:
    """R-MARK-08: neither the sender's mistake nor a record that is gone, but one that waits for a correction."""
    period = {"id": "q1", "year": 2026, "kind": "quarter", "number": 1, "start": "2026-09-01", "end": "2026-10-30"}
    final = {"id": "f-1", "pupil": OWN, "subject": "math", "period": "q1", "stage": "period", "value": 4}
    tag = _put(site, token, "marks/new", _mark()).headers["ETag"]
    assert _put(site, token, "periods/q1", period).status_code == 201
    answer = _put(site, token, "periodMarks/f-1", final)
    assert answer.status_code == 201, answer.text
    locked = _put(site, token, "marks/new", _mark(value=5), If_Match=tag)
    problem = locked.json()
    assert (locked.status_code, problem["code"]) == (423, "journal.record_refused")
    [fault] = problem["faults"]
    assert (fault["code"], fault["rule"]) == ("journal.locked", "R-MARK-08")
    assert "teacher may not edit" in fault["clause"]["en"]
    assert _get(site, token, "marks/new").json()["value"] == 4
    same = _put(site, token, "marks/new", _mark(), If_Match=tag)
    assert same.status_code == 200, "brought again as it is it meets no lock"


def test_of_a_restricted_record_no_value_is_repeated(site: Site, token: dict[str, str]) -> None:
    sheet = {"id": "h-1", "pupil": "nobody", "filledOn": "2099-01-01", "content": ["диагноз"]}
    for record in (sheet, sheet | {"content": "диагноз"}):
        answer = _put(site, token, "healthSheets/h-1", record)
        assert (answer.status_code, "диагноз" in answer.text) == (422, False)
        assert all(fault["value"] is None for fault in answer.json()["faults"])


def test_a_record_goes_through_schema_and_rules(site: Site, token: dict[str, str]) -> None:
    broken = _put(site, token, "marks/new", _mark(value="many", more=1))
    assert (broken.status_code, broken.json()["code"]) == (422, "journal.record_refused")
    assert {fault["path"] for fault in broken.json()["faults"]} == {"/value", "/more"}
    unknown = _put(site, token, "marks/new", _mark(pupil="nobody"))
    assert (unknown.status_code, unknown.json()["faults"][0]["field"]) == (422, "pupil")
    assert _get(site, token, "marks/new").status_code == 404


def test_the_key_in_the_record_is_that_of_the_address(site: Site, token: dict[str, str]) -> None:
    answer = _put(site, token, "marks/new", _mark("other"))
    assert (answer.status_code, answer.json()["code"]) == (422, "journal.key_mismatch")


def test_a_key_of_two_parts_is_one_segment(site: Site, token: dict[str, str]) -> None:
    absence = {"lesson": "lesson-2", "pupil": OWN, "kind": "illness"}
    created = _put(site, token, f"absences/lesson-2,{OWN}", absence)
    assert created.status_code == 201, created.text
    assert site.http.get(created.headers["Location"], headers=token).json() == absence


def test_characters_of_every_kind_survive_in_an_address(site: Site, token: dict[str, str]) -> None:
    name = "а/б~в,%2F?#г"
    subject = {"id": name, "name": "Предмет"}
    created = _put(site, token, "subjects/%D0%B0~1%D0%B1~0%D0%B2~2%252F%3F%23%D0%B3", subject)
    assert created.status_code == 201, created.text
    assert site.http.get(created.headers["Location"], headers=token).json() == subject


@pytest.mark.parametrize("path", [f"marks/{MARK}", "marks"])
def test_nothing_is_deleted(still: Site, looking: dict[str, str], path: str) -> None:
    answer = still.http.delete(f"{JOURNAL}/{path}", headers=looking)
    assert (answer.status_code, answer.json()["code"]) == (405, "journal.never_deleted")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("text/plain", b"{}", 415, "http.json_expected"),
        ("application/json", b"{", 422, "json.not_well_formed"),
        ("application/json", b"[]", 422, "journal.record_refused"),
        ("application/json", b"null", 422, "journal.record_refused"),
        ("application/json", b" " * 2**20, 413, "http.request_entity_too_large"),
    ],
    ids=["media type", "no json", "list", "null", "long"],
)
def test_what_is_no_record_is_refused(
    still: Site, looking: dict[str, str], content_type: str, body: bytes, status: int, code: str
) -> None:
    headers = {**looking, "Content-Type": content_type}
    answer = still.http.put(f"{JOURNAL}/marks/new", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


# change feed


def _feed(site: Site, token: dict[str, str], since: int = 0, **query: str) -> dict[str, Any]:
    answer = site.http.get(f"{JOURNAL}/changes", params={"since": str(since), **query}, headers=token)
    assert answer.status_code == 200, answer.text
    content: dict[str, Any] = answer.json()
    return content


def test_the_feed_tells_what_changed_in_order(site: Site, token: dict[str, str]) -> None:
    since = _feed(site, token)["since"]
    tag = _put(site, token, "marks/new", _mark()).headers["ETag"]
    tag = _put(site, token, "marks/new", _mark(value=5), If_Match=tag).headers["ETag"]
    tag = _put(site, token, "marks/new", _mark(value=5, voided=True), If_Match=tag).headers["ETag"]
    page = _feed(site, token, since)
    assert [(one["change"], one["kind"], one["key"]) for one in page["items"]] == [
        ("created", "marks", "new"),
        ("changed", "marks", "new"),
        ("voided", "marks", "new"),
    ]
    assert {one["etag"] for one in page["items"]} == {tag}
    assert page["items"][0]["record"]["voided"] is True
    assert [one["version"] for one in page["items"]] == sorted(one["version"] for one in page["items"])
    assert (page["since"], page["more"]) == (page["items"][-1]["version"], False)
    assert _feed(site, token, page["since"])["items"] == []


def test_the_feed_goes_on_where_it_ended(site: Site, token: dict[str, str]) -> None:
    for number in range(7):
        assert _put(site, token, f"marks/new-{number}", _mark(f"new-{number}")).status_code == 201
    whole = _feed(site, token)["items"]
    seen, page = [], _feed(site, token, limit="2")
    seen += page["items"]
    while page["more"]:
        page = site.http.get(page["next"], headers=token).json()
        seen += page["items"]
    assert seen == whole
    assert len([one for one in seen if one["kind"] == "marks"]) == 7


def test_without_payload_there_are_keys_only_and_no_looks(site: Site, token: dict[str, str]) -> None:
    _put(site, token, "marks/new", _mark())
    [item] = _feed(site, token, payload="none")["items"][-1:]
    assert (item["key"], item["record"], item["etag"]) == ("new", None, None)
    assert site.world.rows(view_entry) == []


def test_records_are_told_only_to_who_may_read_them(site: Site, token: dict[str, str]) -> None:
    _put(site, token, "marks/new", _mark())
    [item] = _feed(site, site.token(Scope.CHANGES_READ))["items"][-1:]
    assert (item["key"], item["record"]) == ("new", None)


# changes of keys


def _rename(site: Site, token: dict[str, str], kind: str, old: str, new: str) -> httpx.Response:
    return site.http.post(f"{JOURNAL}/key-changes", json={"kind": kind, "from": old, "to": new}, headers=token)


def test_a_record_is_renamed_wherever_it_is_named(site: Site, token: dict[str, str]) -> None:
    since = _feed(site, token)["since"]
    answer = _rename(site, token, "lessons", "lesson-1", "lesson-x")
    assert answer.status_code == 200, answer.text
    assert _get(site, token, "lessons/lesson-1").status_code == 404
    assert _get(site, token, "lessons/lesson-x").status_code == 200
    assert _get(site, token, f"marks/{MARK}").json()["lesson"] == "lesson-x"
    assert _get(site, token, "homework/lesson-x").status_code == 200
    [item] = _feed(site, token, since)["items"]
    assert (item["change"], item["previousKey"], item["key"]) == ("renamed", "lesson-1", "lesson-x")
    assert item["version"] == answer.json()["version"]


def test_a_renamed_record_has_another_etag(site: Site, token: dict[str, str]) -> None:
    before = _get(site, token, f"marks/{MARK}").headers["ETag"]
    _rename(site, token, "lessons", "lesson-1", "lesson-x")
    record = {**_get(site, token, f"marks/{MARK}").json(), "value": 2}
    assert _put(site, token, f"marks/{MARK}", record, If_Match=before).status_code == 412


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (("lessons", "unknown", "x"), 404, "journal.key_unknown"),
        (("lessons", "lesson-1", "lesson-2"), 409, "journal.key_taken"),
        (("absences", "lesson-1,own", "lesson-2,own"), 422, "journal.key_fixed"),
        (("policies", "a", "b"), 422, "journal.key_fixed"),
        (("incidents", "a", "b"), 422, "journal.key_fixed"),
        (("years", "a", "b"), 422, "journal.key_fixed"),
        (("periods", "a", "b"), 422, "journal.key_fixed"),
        (("secrets", "a", "b"), 422, "journal.key_change_invalid"),
        (("lessons", "a b", "c"), 422, "journal.key_change_invalid"),
    ],
)
def test_what_cannot_be_renamed_is_told(
    still: Site, looking: dict[str, str], change: tuple[str, str, str], status: int, code: str
) -> None:
    answer = _rename(still, looking, *change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_restricted_records_are_renamed_by_right_only(still: Site) -> None:
    answer = _rename(still, still.token(Scope.JOURNAL_WRITE), "healthSheets", "a", "b")
    assert (answer.status_code, answer.json()["code"]) == (403, "access.scope_missing")


# schemas


def test_the_catalogue_leads_to_its_files(still: Site) -> None:
    items = still.http.get("/api/v1/schemas").json()["items"]
    assert {(one["name"], one["version"]): one["state"] for one in items}["journal", "1.1"] == "current"
    for address in (address for one in items for address in one["files"]):
        answer = still.http.get(address)
        assert answer.status_code == 200
        assert still.http.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["journal/1.1/other.xsd", "journal/9.9/journal-batch.xsd", "..%2Fweb/1.0/x", "a/b/c"])
def test_no_other_file_is_shown(still: Site, path: str) -> None:
    assert still.http.get(f"/schemas/{path}").status_code == 404
