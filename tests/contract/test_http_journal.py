"""`POST /api/v1/journal/batches` on a real socket, down to the database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from threading import Barrier, Event
from typing import Any

import httpx
import pytest
from lxml import etree
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from gateway.bootstrap import database_problem
from gateway.journal import answer as answer_module
from gateway.journal.answer import BatchAnswer
from gateway.mapping.journal_xml import element_from
from gateway.model.access import Scope
from gateway.model.ids import PupilId
from gateway.storage.tables.audit import audit_entry
from gateway.storage.tables.journal import mark
from gateway.web.application import create_web
from tests.diary_world import OTHER_SCHOOL
from tests.web_world import MAX_BODY, Site, as_json, batch_of

BATCHES = "/api/v1/journal/batches"


@pytest.fixture
def site(new_site: Site) -> Site:
    return new_site


@pytest.fixture
def token(site: Site) -> dict[str, str]:
    return site.token(Scope.JOURNAL_WRITE)


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for the postings of which nothing is taken."""
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.close()


@pytest.fixture
def refused(refusing: Site) -> dict[str, str]:
    return refusing.token(Scope.JOURNAL_WRITE)


def _post(site: Site, token: dict[str, str], content: Any, *, key: str = "key-1", **headers: str) -> httpx.Response:
    return site.http.post(BATCHES, json=content, headers={**token, "Idempotency-Key": key, **headers})


def _marks(site: Site) -> set[str]:
    return {row["id"] for row in site.world.rows(mark) if row["id"].startswith("new-")}


def test_a_batch_is_taken_and_counted(site: Site, token: dict[str, str]) -> None:
    answer = _post(site, token, as_json(batch_of(4, 5)))
    assert answer.status_code == 200, answer.text
    assert (answer.json()["accepted"]["marks"], answer.json()["rejected"]) == (2, [])
    assert _marks(site) == {"new-0", "new-1"}


@pytest.mark.parametrize("media_type", ["application/xml", "text/xml", "application/xml; charset=UTF-8"])
def test_the_same_as_xml(site: Site, token: dict[str, str], media_type: str) -> None:
    content = etree.tostring(element_from(batch_of(4)), encoding="utf-8", xml_declaration=True)
    headers = {**token, "Idempotency-Key": "key-1", "Content-Type": media_type}
    answer = site.http.post(BATCHES, content=content, headers=headers)
    assert (answer.status_code, answer.json()["accepted"]["marks"]) == (200, 1)


def test_one_bad_record_is_told_with_its_faults_and_the_good_ones_go_through(site: Site, token: dict[str, str]) -> None:
    content = as_json(batch_of(4, 5))
    content["marks"][1]["pupil"] = "nobody"  # type: ignore[index]  # a list of objects
    answer = _post(site, token, content)
    assert (answer.status_code, answer.json()["accepted"]["marks"]) == (200, 1)
    [rejected] = answer.json()["rejected"]
    fault = rejected["faults"][0]
    assert (rejected["kind"], rejected["record"]) == ("mark", "new-1")
    assert set(fault) == {
        *("code", "path", "line", "record", "field", "value", "rule", "clause", "who", "text_ru", "text_en"),
    }
    assert (fault["field"], fault["value"], fault["who"]) == ("pupil", "nobody", "coordinator")
    assert (fault["rule"], fault["clause"]["en"]) == (
        "R-ROST-01",
        "The pupil body is formed in the system for the school year.",
    )
    assert fault["clause"]["ru"]
    assert fault["record"] == "new-1"
    assert "raw" not in rejected
    assert _marks(site) == {"new-0"}


def test_when_nothing_is_accepted_it_is_a_problem_with_every_fault(site: Site, token: dict[str, str]) -> None:
    answer = _post(site, token, as_json(batch_of(4, 5, pupil=PupilId("nobody"))))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "journal.nothing_accepted")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {fault["record"] for fault in problem["faults"]} >= {"new-0", "new-1"}
    assert len(problem["rejected"]) == 2
    assert _marks(site) == set()


@pytest.mark.parametrize(
    ("media_type", "content", "code"),
    [
        ("application/json", b'{"version": ', "json.not_well_formed"),
        ("application/json", b'{"marks": ' + b"[" * 90_000, "json.too_deep"),
        ("application/xml", b"<batch", "xml.not_well_formed"),
        ("application/xml", b"<a>" * 30_000, "xml.too_deep"),
        ("application/xml", b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "xml.doctype"),
    ],
)
def test_a_document_that_cannot_be_read_is_refused_whole(
    refusing: Site, refused: dict[str, str], media_type: str, content: bytes, code: str
) -> None:
    headers = {**refused, "Idempotency-Key": "key-1", "Content-Type": media_type}
    answer = refusing.http.post(BATCHES, content=content, headers=headers)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["who"]) == (422, code, "sender")
    assert "root:" not in answer.text
    assert problem["faults"][0]["code"] == code


def test_of_large_batches_only_two_are_taken_at_once(site: Site, token: dict[str, str]) -> None:
    inside, leave = Barrier(3), Event()

    class Slow:
        def accept(self, *_posted: object, **_how: object) -> BatchAnswer:
            inside.wait(timeout=60)
            assert leave.wait(timeout=60)
            return BatchAnswer(accepted={}, unchanged={}, rejected=())

    slow = replace(site.services, journal=lambda _school: Slow(), max_body_bytes=2**24)
    app, headers = create_web(slow), {**token, "Idempotency-Key": "key-1", "Content-Type": "application/json"}

    def post(size: int) -> TestResponse:
        return app.test_client().post(BATCHES, data=b" " * size, headers=headers)

    with ThreadPoolExecutor(2) as threads:
        taken = [threads.submit(post, 2**23 + 1) for _ in range(2)]
        inside.wait(timeout=60)
        refused = post(2**23 + 1)
        leave.set()
        assert [one.result().status_code for one in taken] == [200, 200]
    assert (refused.status_code, refused.get_json()["code"]) == (503, "journal.busy")
    assert refused.headers["Retry-After"] == "30"


def test_a_locked_database_is_told_as_a_trouble_that_passes(site: Site, token: dict[str, str]) -> None:
    class Locked:
        def accept(self, *_posted: object, **_how: object) -> BatchAnswer:
            raise OperationalError("INSERT", {}, Exception("database is locked"))

    app = create_web(replace(site.services, journal=lambda _school: Locked(), explain=database_problem))
    headers = {**token, "Idempotency-Key": "key-1", "Content-Type": "application/json"}
    answer = app.test_client().post(BATCHES, data=b"{}", headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "database.unavailable")
    assert (answer.get_json()["who"], answer.headers["Retry-After"]) == ("coordinator", "5")


def test_the_same_posting_again_is_answered_the_same_and_writes_nothing(site: Site, token: dict[str, str]) -> None:
    first = _post(site, token, as_json(batch_of(4)))
    before = site.world.rows(audit_entry)
    again = _post(site, token, as_json(batch_of(4)))
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert site.world.rows(audit_entry) == before


def test_a_refused_posting_is_refused_the_same_again(site: Site, token: dict[str, str]) -> None:
    content = as_json(batch_of(4, pupil=PupilId("nobody")))
    first, again = _post(site, token, content), _post(site, token, content)
    assert first.status_code == again.status_code == 422
    assert {**first.json(), "instance": ""} == {**again.json(), "instance": ""}


def test_a_key_used_for_other_content_is_a_conflict(site: Site, token: dict[str, str]) -> None:
    _post(site, token, as_json(batch_of(4)))
    answer = _post(site, token, as_json(batch_of(5)))
    assert (answer.status_code, answer.json()["code"]) == (409, "journal.idempotency_key_reused")


def test_a_retired_version_is_refused_with_the_one_that_holds(refusing: Site) -> None:
    clock, content = refusing.world.clock, as_json(batch_of(4)) | {"version": "1.0"}
    ahead = datetime(2027, 9, 1, tzinfo=UTC) - clock()
    clock.advance(ahead)
    try:
        answer = _post(refusing, refusing.token(Scope.JOURNAL_WRITE), content)
    finally:
        clock.advance(-ahead)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["rule"], problem["who"]) == (
        422,
        "schema.retired",
        "R-EXCH-01",
        "sender",
    )
    assert "journal/1.1" in problem["detail"]
    assert problem["clause"]["en"] == "Data are exchanged with other systems in standard formats."
    assert _marks(refusing) == set()


def test_too_many_broken_records_are_one_problem(
    refusing: Site, refused: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_module, "MAX_REJECTED", 1)
    answer = _post(refusing, refused, as_json(batch_of(4, 5, pupil=PupilId("nobody"))), key="many")
    assert (answer.status_code, answer.json()["code"]) == (422, "journal.too_many_rejected")
    assert {fault["path"] for fault in answer.json()["faults"]} >= {"/marks/0/pupil", "/marks/1/pupil"}
    assert _marks(refusing) == set()


def test_a_batch_of_another_school_is_forbidden(site: Site, token: dict[str, str]) -> None:
    answer = _post(site, token, as_json(batch_of(4, school=OTHER_SCHOOL)))
    assert (answer.status_code, answer.json()["code"]) == (403, "journal.foreign_school")


@pytest.mark.parametrize("key", [None, "", "with space", "x" * 65, "ключ".encode().decode("latin-1")])
def test_without_a_usable_key_nothing_is_read(refusing: Site, refused: dict[str, str], key: str | None) -> None:
    headers = dict(refused) if key is None else {**refused, "Idempotency-Key": key}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    answer = refusing.http.post(BATCHES, json=as_json(batch_of(4)), headers=raw)
    assert (answer.status_code, answer.json()["code"]) == (400, "journal.idempotency_key_missing")
    assert _marks(refusing) == set()


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/csv"},
        {"Content-Type": ""},
        {"Content-Type": "application/json; charset=windows-1251"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
def test_what_is_neither_json_nor_xml_is_not_guessed_at(
    refusing: Site, refused: dict[str, str], headers: dict[str, str]
) -> None:
    answer = refusing.http.post(BATCHES, content=b"{}", headers={**refused, "Idempotency-Key": "key-1", **headers})
    assert (answer.status_code, answer.json()["code"]) == (415, "journal.media_type")
    assert answer.headers["Accept-Post"] == "application/json, application/xml"


def test_a_body_that_is_too_large_is_refused(refusing: Site, refused: dict[str, str]) -> None:
    headers = {**refused, "Idempotency-Key": "key-1", "Content-Type": "application/json"}
    answer = refusing.http.post(BATCHES, content=b" " * (MAX_BODY + 1), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "http.request_entity_too_large")
    assert answer.headers["Content-Type"] == "application/problem+json"
