"""Answers made to hurt: they drip, explode or lie about their form. Raw sockets, because no server sends them."""

from __future__ import annotations

import gzip
import hashlib
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from threading import Event, Thread

import httpx
import pytest

from gateway.adapters.authority.adapter import AuthorityIntake
from gateway.adapters.authority.settings import AuthoritySettings
from gateway.adapters.http import fetch, http_client, retry_after
from gateway.adapters.portal.adapter import PortalEvents
from gateway.adapters.portal.settings import PortalSettings
from gateway.adapters.registry.client import RegistryClient
from gateway.adapters.registry.settings import RegistrySettings
from gateway.errors import ContractChanged, PermanentError, PlatformError, TransientError

NOW = datetime(2026, 10, 14, 9, 0, tzinfo=UTC)
PATIENCE = timedelta(seconds=30)
HASTE = timedelta(milliseconds=300)
MOST_DRIPS = 200
"""At 20 drips a second ten seconds: who waits for the end of it gets it, and then the test fails."""

Speaker = Callable[[socket.socket, Event], None]


@contextmanager
def platform(speak: Speaker) -> Iterator[str]:
    """A server that reads a request and lets ``speak`` answer, one connection after the other."""
    over = Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:
                    if speak is not deaf:
                        hear(connection)
                    speak(connection, over)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)


def hear(connection: socket.socket) -> None:
    """Read a whole request: what is left unread resets the connection when it is closed."""
    with connection.makefile("rb") as stream:
        head = takewhile(lambda line: line != b"\r\n", stream)
        stream.read(sum(int(line.split(b":")[1]) for line in head if line.lower().startswith(b"content-length:")))


def deaf(_connection: socket.socket, over: Event) -> None:
    over.wait(10)


def saying(answer: bytes) -> Speaker:
    def speak(connection: socket.socket, _over: Event) -> None:
        connection.sendall(answer)

    return speak


def dripping(beginning: bytes, drip: bytes, end: bytes) -> Speaker:
    def speak(connection: socket.socket, over: Event) -> None:
        connection.sendall(beginning)
        for _ in range(MOST_DRIPS):
            if over.wait(0.05):
                return
            connection.sendall(drip)
        connection.sendall(end)

    return speak


def http(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def get(url: str, *, timeout: timedelta = PATIENCE) -> httpx.Response:
    with http_client(url, timeout=timeout) as client:
        return fetch(client, client.build_request("GET", "/"), platform="other")


def sent_event(answer: bytes) -> PlatformError:
    """Return what the portal's adapter raises for an answer."""
    with platform(saying(answer)) as url:
        sender = PortalEvents(PortalSettings(events_url=url, secret="s", timeout=PATIENCE), lambda: NOW)
        with pytest.raises(PlatformError) as raised:
            sender.send("m-1", "mark.added", b"{}")
        sender.close()
    return raised.value


def handed_over(answer: bytes) -> PlatformError:
    """Return what the adapter of the authority's intake raises for an answer."""
    with platform(saying(answer)) as url:
        intake = AuthorityIntake(AuthoritySettings(address=url, sender="school-gateway", timeout=PATIENCE))
        with pytest.raises(PlatformError) as raised:
            intake.submit("package-1", b"content")
        intake.close()
    return raised.value


@pytest.mark.parametrize(
    "speak",
    [
        dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n", b"x", b""),
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", b"0\r\n\r\n"),
        dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x", b"\r\nContent-Length: 0\r\n\r\n"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ],
    ids=["body", "chunks", "headers", "endless 100"],
)
def test_an_answer_that_drips_is_given_up(speak: Speaker) -> None:
    with platform(speak) as url, pytest.raises(TransientError) as late:
        get(url, timeout=HASTE)
    assert late.value.code == "platform.timeout"


def test_a_platform_that_does_not_read_is_given_up() -> None:
    with platform(deaf) as url, http_client(url, timeout=HASTE) as client, pytest.raises(TransientError) as late:
        fetch(client, client.build_request("POST", "/", content=bytes(2**25)), platform="other")
    assert late.value.code == "platform.timeout"


def test_every_exchange_of_a_connection_has_its_own_deadline() -> None:
    def speak(connection: socket.socket, over: Event) -> None:
        for _ in range(3):
            over.wait(0.2)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
            hear(connection)

    with platform(speak) as url, http_client(url, timeout=timedelta(milliseconds=500)) as client:
        answers = [fetch(client, client.build_request("GET", "/"), platform="other").content for _ in range(3)]
    assert answers == [b"x", b"x", b"x"]


def test_we_ask_for_an_answer_as_it_is() -> None:
    with platform(saying(http("200 OK", b"x"))) as url:
        assert get(url).request.headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "br", "zstd", "x" * 1000])
def test_a_packed_answer_is_refused_unread(encoding: str) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * 2**20))
    with (
        platform(saying(http("200 OK", bomb, f"Content-Encoding: {encoding}"))) as url,
        pytest.raises(ContractChanged) as refused,
    ):
        get(url)
    assert refused.value.code == "platform.undecodable"


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
def test_an_answer_that_says_it_is_not_packed_is_taken(encoding: str) -> None:
    with platform(saying(http("200 OK", b"x", f"Content-Encoding: {encoding}"))) as url:
        assert get(url).content == b"x"


CHARSETS = ["base64", "undefined", "utf-7", "idna", "punycode", "rot13", "hex", "zlib", "unicode_escape"]


@pytest.mark.parametrize("charset", CHARSETS)
@pytest.mark.parametrize(("status", "kind"), [("503 Busy", TransientError), ("403 No", PermanentError)])
def test_a_charset_cannot_change_what_a_status_means(status: str, kind: type[PlatformError], charset: str) -> None:
    body = "+AGE- нет \xff".encode() + b"\xff=" + b"x" * 5000
    answer = http(status, body, f"Content-Type: text/xml; charset={charset}")
    for error in (sent_event(answer), handed_over(answer)):
        assert (type(error), error.status) == (kind, int(status[:3]))
        assert error.answer.startswith("+AGE- нет")
        assert len(error.answer) <= 1000


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_charset_cannot_hurt_where_the_receipt_is_missing(charset: str) -> None:
    error = sent_event(
        http("200 OK", b'{"thanks": "\xd0\xb4\xd0\xb0"}', f"Content-Type: text/plain; charset={charset}")
    )
    assert error.code == "portal.no_receipt"


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("9" * 5000, timedelta(seconds=10**8)),
        ("0" * 5000, timedelta(seconds=10**8)),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(seconds=10**8)),
        (f"Mon, {'9' * 400} Jan 2026 00:00:00 GMT", None),
        (f"Mon, 1 Jan {'9' * 5000} 00:00:00 GMT", None),
        (f"Mon, 1 Jan 2026 00:00:00 +{'9' * 30}", None),
        ("Mon, 1 Jan 0001 00:00:00 +2359", timedelta(0)),
        ("Fri, 31 Dec 9999 23:59:59 -2359", timedelta(seconds=10**8)),
        ("\N{SUPERSCRIPT TWO}", None),
        ("", None),
    ],
)
def test_no_wish_to_wait_hurts(asked: str, wait: timedelta | None) -> None:
    assert retry_after(asked, now=NOW) == wait


def test_a_status_keeps_its_meaning_whatever_the_wait() -> None:
    error = sent_event(http("503 Busy", b"", f"Retry-After: {'9' * 5000}"))
    assert isinstance(error, TransientError)
    assert error.retry_after == timedelta(seconds=10**8)


def test_a_soap_fault_keeps_its_meaning_whatever_the_wait() -> None:
    detail = f'<?x y?><r:TooManyRequests xmlns:r="urn:school-gateway:registry:1.0" retryAfter="{"9" * 5000}"/>'
    fault = f"<faultcode>soap:Server</faultcode><faultstring>x</faultstring><detail>{detail}</detail>"
    body = ENVELOPE.format(f"<soap:Fault>{fault}</soap:Fault>").encode()
    with platform(saying(http("500 Fault", body, "Content-Type: text/xml"))) as url:
        client = RegistryClient(RegistrySettings(address=url, timeout=PATIENCE))
        with pytest.raises(TransientError) as raised:
            client.page("REG-0001", snapshot_id=None, number=1)
        client.close()
    assert raised.value.code == "registry.too_many_requests"
    assert raised.value.retry_after == timedelta(seconds=10**8)


def test_nesting_is_refused_and_not_followed() -> None:
    assert sent_event(http("200 OK", b"[" * 200_000)).code == "platform.answer_broken"


ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>{}</soap:Body></soap:Envelope>'
)
RIGHT = {
    "receiptId": "R-1",
    "packageId": "package-1",
    "sha256": hashlib.sha256(b"content").hexdigest(),
    "acceptedAt": "2026-10-26T15:00:00Z",
    "status": "accepted",
    "recordsAccepted": "2",
}


def receipt(**changed: str) -> bytes:
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in {**RIGHT, **changed}.items())
    return ENVELOPE.format(f'<Receipt xmlns="urn:school-gateway:authority:intake:1.0">{fields}</Receipt>').encode()


@pytest.mark.parametrize(
    "parts",
    [b"\r\n--p\r\nno headers\r\n--p--", b"<![CDATA[\r\n--p\r\nX: y\r\n\r\n%s\r\n--p--\r\n]]>"],
    ids=["broken", "another receipt"],
)
@pytest.mark.parametrize("media_type", ["multipart/related; boundary=p", "multipart/related", "text/xml; charset=hex"])
def test_what_is_read_is_what_was_checked(media_type: str, parts: bytes) -> None:
    body = b"<a>%s</a>" % parts.replace(b"%s", receipt())
    assert isinstance(handed_over(http("200 OK", body, f"Content-Type: {media_type}")), ContractChanged)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("receiptId", "R" * 8_000_000),
        ("receiptId", "R-1 \N{RIGHT-TO-LEFT OVERRIDE}"),
        ("receiptId", ""),
        ("recordsAccepted", str(10**30)),
        ("recordsAccepted", "9" * 5000),
        ("recordsAccepted", "-1"),
        ("acceptedAt", "0001-01-01T00:00:00Z"),
        ("acceptedAt", "0001-01-01T00:00:00+14:00"),
        ("acceptedAt", "9999-12-31T23:59:59Z"),
        ("acceptedAt", "9999-12-31T23:59:59-14:00"),
        ("acceptedAt", "20000-01-01T00:00:00Z"),
        ("acceptedAt", "2026-10-26T15:00:00"),
        ("status", "perhaps"),
    ],
    ids=lambda value: value[:32],
)
def test_a_receipt_is_held_against_its_schema(name: str, value: str) -> None:
    error = handed_over(http("200 OK", receipt(**{name: value}), "Content-Type: text/xml"))
    assert isinstance(error, ContractChanged)
    assert error.code == "platform.contract_changed"
    assert name in error.text.en
    assert name in error.text.ru
