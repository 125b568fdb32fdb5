"""Bodies without an end, and bodies made to be expensive, at a real server: refused in words, at bounded memory."""

from __future__ import annotations

import re
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from gateway.bootstrap import Gateway
from gateway.demo.preparation import DemoFolder
from gateway.demo.processes import Program, free_ports
from gateway.model.access import Scope
from gateway.settings import read_settings
from tests.journal_world import SCHOOL

MEGABYTE = 2**20
LIMIT = 64
"""MiB that the server takes."""

ENVELOPE = b'{"version": "1.1", "school": "school-1", "sentAt": "2026-09-15T15:00:00Z", "marks": ['
XML = b'<journalBatch xmlns="urn:school-gateway:journal:1.1" version="1.1"><school>s</school><marks>'
JSON_TYPE, XML_TYPE = "application/json", "application/xml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    port: int
    process: int
    token: str

    def post(self, content: Iterator[bytes], media_type: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": media_type, "Idempotency-Key": "key"}
        url = f"http://127.0.0.1:{self.port}/api/v1/journal/batches"
        return httpx.post(url, content=content, headers=headers, timeout=120, trust_env=False)

    def peak(self) -> int:
        """The most memory the server has had, in MB."""
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process}/status").read_text(encoding="ascii"))
        assert found
        return int(found.group(1)) // 1024


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hostile")
    [web] = free_ports(1)
    config = folder / "gateway.toml"
    config.write_text(
        f'database_url = "sqlite:///{folder / "gateway.db"}"\ndata_folder = "{folder}"\n'
        f"[web]\nport = {web}\nmax_body_mib = {LIMIT}\n",
        encoding="utf-8",
    )
    with ExitStack() as stack:
        gateway = stack.enter_context(Gateway(read_settings(config, {})))
        gateway.upgrade_database()
        gateway.add_school(SCHOOL)
        credentials = gateway.clients.add(SCHOOL.id, "journal", [Scope.JOURNAL_WRITE], by="test")
        client = gateway.clients.authenticate(credentials.client_id, credentials.secret)
        issued = client and gateway.clients.issue(client, frozenset())
        assert issued
        lock = stack.enter_context(DemoFolder(folder).taken())
        program = stack.enter_context(Program(["serve", "--json"], config=config, log=folder / "log", lock=lock))
        program.announcement()
        process = program._process
        assert process is not None
        yield Site(port=web, process=process.pid, token=issued.token)


def pieces(beginning: bytes, repeated: bytes, megabytes: int) -> Iterator[bytes]:
    yield beginning
    piece = repeated * (MEGABYTE // len(repeated))
    for _ in range(megabytes):
        yield piece


BODIES = [
    (JSON_TYPE, ENVELOPE, b"[", 422, "json.too_deep"),
    (JSON_TYPE, ENVELOPE, b"[],", 422, "journal.not_a_batch"),
    (JSON_TYPE, ENVELOPE + b"[", b"[],", 422, "json.too_long"),
    (JSON_TYPE, ENVELOPE + b'"', b"a", 422, "json.too_long"),
    (XML_TYPE, XML, b"<a>", 422, "xml.too_deep"),
    (XML_TYPE, XML + b"<mark>", b"<id/>", 422, "xml.too_long"),
    (XML_TYPE, XML + b"<mark ", b"a=''", 422, "xml.too_long"),
    (XML_TYPE, b'<!DOCTYPE a [<!ENTITY e "x">]>' + XML, b"<mark>&e;</mark>", 422, "xml.doctype"),
]


@pytest.mark.parametrize(("media_type", "beginning", "repeated", "status", "code"), BODIES)
def test_an_expensive_body_is_refused_at_bounded_memory(
    site: Site, media_type: str, beginning: bytes, repeated: bytes, status: int, code: str
) -> None:
    answer = site.post(pieces(beginning, repeated, LIMIT - 1), media_type)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert site.peak() < 300


def test_a_body_that_never_ends_is_cut_off(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as connection:
        connection.sendall(
            b"POST /api/v1/journal/batches HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/json\r\nIdempotency-Key: k\r\n"
            + f"Authorization: Bearer {site.token}\r\n\r\n".encode()
        )
        with pytest.raises(OSError):  # noqa: PT011  reset or closed, whatever comes first
            send_on(connection, 4 * LIMIT)
    assert site.peak() < 300


def send_on(connection: socket.socket, megabytes: int) -> None:
    """Send chunks; raise as soon as the server does not want any more of them."""
    piece = b"%x\r\n" % MEGABYTE + b" " * MEGABYTE + b"\r\n"
    for _ in range(megabytes):
        connection.sendall(piece)
        readable, _, _ = select.select([connection], [], [], 0)
        if readable:
            assert b" 413 " in connection.recv(4096)
            raise ConnectionAbortedError


def test_a_length_that_lies_is_refused_before_the_body_comes(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as connection:
        connection.sendall(
            b"POST /api/v1/journal/batches HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999999\r\n"
            b"Content-Type: application/json\r\nIdempotency-Key: k\r\n"
            + f"Authorization: Bearer {site.token}\r\n\r\n{{".encode()
        )
        assert b" 413 " in connection.recv(4096)
    assert site.peak() < 300
