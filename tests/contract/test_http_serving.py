"""The web service as it is served: refusals of the server itself, the caller's address, several writers at once."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from sqlalchemy import URL

from gateway.model.access import Scope
from gateway.storage.tables.audit import audit_entry
from gateway.web.serving import open_server
from tests.diary_world import OWN
from tests.web_world import MAX_BODY, Site

WRITERS = 6
EACH = 5


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = Site(tmp_path)
    yield site
    site.close()


@contextmanager
def served(site: Site, **how: Any) -> Iterator[tuple[str, int]]:
    """Serve the site as `gateway serve` does."""
    server = open_server(
        site.app, host="127.0.0.1", port=0, threads=4, connections=1000, max_body_bytes=MAX_BODY, **how
    )
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield "127.0.0.1", server.effective_port
    finally:
        server.task_dispatcher.shutdown(timeout=1)
        server.trigger.pull_trigger(server.close)
        thread.join(timeout=5)


def answer_to(address: tuple[str, int], *parts: bytes) -> tuple[int, dict[str, str], Any]:
    """Return status, headers and problem that raw bytes are answered with."""
    with socket.create_connection(address, timeout=30) as connection:
        for part in parts:
            connection.sendall(part)
        received = b""
        while more := connection.recv(65536):
            received += more
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, json.loads(body)


POST = b"POST /api/v1/journal/batches HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


def test_a_body_is_refused_by_what_it_says_it_is_long(site: Site) -> None:
    with served(site) as address:
        status, headers, problem = answer_to(address, POST + b"Content-Length: 99999999999\r\n\r\n")
    assert (status, problem["code"]) == (413, "http.request_entity_too_large")
    assert headers["content-type"] == "application/problem+json"


def test_a_body_without_end_is_refused(site: Site) -> None:
    head = POST + b"Transfer-Encoding: chunked\r\nAccept-Language: en\r\n\r\n"
    begun = (b"fffffff\r\n" + b" " * MAX_BODY)[
        : MAX_BODY + 1
    ]  # not a byte more: what stays unread resets the connection
    with served(site) as address:
        status, headers, problem = answer_to(address, head, begun)
    assert (status, problem["detail"], headers["content-language"]) == (413, "The body is too large.", "en")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        ((b"GET /live HTTP/1.1\r\nHost: x\r\nA: " + b"x" * 2**18)[: 2**18], 431),
        (POST + b"Content-Length: many\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
    ],
    ids=["headers", "length", "encoding"],
)
def test_what_is_no_request_is_a_problem_too(site: Site, request_bytes: bytes, status: int) -> None:
    with served(site) as address:
        answered, headers, problem = answer_to(address, request_bytes)
    assert (answered, problem["status"]) == (status, status)
    assert headers["content-type"] == "application/problem+json"


def test_senders_that_do_not_finish_hold_up_nobody_else(site: Site) -> None:
    with served(site) as address, ExitStack() as slow:
        for _ in range(150):
            connection = slow.enter_context(socket.create_connection(address, timeout=30))
            connection.sendall(POST + b"Content-Length: 1000\r\n\r\n{")
        answer = httpx.get(f"http://{address[0]}:{address[1]}/live", trust_env=False, timeout=30)
    assert answer.status_code == 200


def source_of_a_write(site: Site, address: tuple[str, int], forwarded: str) -> str:
    mark = {"id": "new", "lesson": "lesson-1", "pupil": OWN, "value": 4, "workKind": "oral"}
    headers = {**site.token(*Scope), "X-Forwarded-For": forwarded}
    url = f"http://{address[0]}:{address[1]}/api/v1/journal/marks/new"
    assert httpx.put(url, json=mark, headers=headers, trust_env=False).status_code == 201
    source: str = [row["source"] for row in site.world.rows(audit_entry) if row["object_id"] == "new"][-1]
    return source


def test_nobody_tells_another_address_than_his_own(site: Site) -> None:
    with served(site) as address:
        assert source_of_a_write(site, address, "198.51.100.7") == "127.0.0.1"


def test_a_trusted_proxy_tells_the_callers_address(site: Site) -> None:
    with served(site, trusted_proxy="127.0.0.1") as address:
        assert source_of_a_write(site, address, "203.0.113.9, 198.51.100.7") == "198.51.100.7"


def test_a_full_disk_is_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    token = site.token(Scope.JOURNAL_WRITE)

    def full(*_args: object, **_named: object) -> object:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gateway.web.bodies.SpooledTemporaryFile", full)
    headers = {**token, "Idempotency-Key": "k", "Content-Type": "application/json"}
    answer = site.app.test_client().post("/api/v1/journal/batches", data=b"{}", headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (507, "http.storage_full")
    assert answer.get_json()["who"] == "coordinator"


# several writers


def followed_while_writing(site: Site) -> tuple[list[int], list[str]]:
    """Write from several threads, follow the feed meanwhile; return the numbers and keys that it told."""
    token, changes = site.token(*Scope), "/api/v1/journal/changes"
    since = site.http.get(changes, headers=token).json()["since"]

    def write(writer: int) -> None:
        for number in range(EACH):
            name = f"w-{writer}-{number}"
            mark = {"id": name, "lesson": "lesson-1", "pupil": OWN, "value": 4, "workKind": "oral"}
            answer = httpx.put(
                f"{site.server.url}/api/v1/journal/marks/{name}", json=mark, headers=token, trust_env=False, timeout=60
            )
            assert answer.status_code == 201, answer.text

    numbers: list[int] = []
    keys: list[str] = []
    with ThreadPoolExecutor(WRITERS) as threads:
        writing = [threads.submit(write, writer) for writer in range(WRITERS)]
        finished = False
        while not finished:
            finished = all(one.done() for one in writing)  # one more look after the last has ended
            page = site.http.get(changes, params={"since": since, "limit": 3}, headers=token).json()
            while page["items"] or page["more"]:
                numbers += [one["version"] for one in page["items"]]
                keys += [one["key"] for one in page["items"]]
                since = page["since"]
                page = site.http.get(page["next"], headers=token).json()
        for one in writing:
            one.result()
    return numbers, keys


def assert_everything_was_told_once(numbers: list[int], keys: list[str]) -> None:
    assert numbers == sorted(set(numbers))
    assert sorted(keys) == sorted(f"w-{writer}-{number}" for writer in range(WRITERS) for number in range(EACH))


def test_the_feed_misses_and_repeats_nothing_on_sqlite(site: Site) -> None:
    assert_everything_was_told_once(*followed_while_writing(site))


@pytest.mark.postgres
def test_the_feed_misses_and_repeats_nothing_on_postgresql(postgres_url: URL, tmp_path: Path) -> None:
    site = Site(tmp_path, url=postgres_url.render_as_string(hide_password=False))
    try:
        assert_everything_was_told_once(*followed_while_writing(site))
    finally:
        site.close()


def test_of_two_writers_of_one_state_one_wins(site: Site) -> None:
    token, address = site.token(*Scope), f"{site.server.url}/api/v1/journal/marks/new"
    mark = {"id": "new", "lesson": "lesson-1", "pupil": OWN, "value": 4, "workKind": "oral"}
    tag = httpx.put(address, json=mark, headers=token, trust_env=False).headers["ETag"]

    def change(value: int) -> int:
        headers = {**token, "If-Match": tag}
        answer = httpx.put(address, json={**mark, "value": value}, headers=headers, trust_env=False, timeout=60)
        return answer.status_code

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(change, [2, 3])) == [200, 412]
