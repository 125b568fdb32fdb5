"""The web service on a socket.

waitress reads a request to its end before the application sees it, a long body into a temporary file, and refuses by
itself what is no HTTP, what has headers without end (431) and what is longer than the service takes (413), whatever
its ``Content-Length`` said. Here these refusals become problems like all others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from gateway.errors import Language, Party, Text
from gateway.web.errors import TITLES, problem_body

_SILENCE = 30
"""Seconds without a byte after which a connection is closed that brought no whole request."""

_PROXY_HEADERS = frozenset({"x-forwarded-for", "x-forwarded-proto"})
_BROKEN = Text(ru="Запрос составлен неверно.", en="The request is broken.")
_FAILED = Text(ru="Запрос не выполнен из-за ошибки сервера.", en="The request failed through an error of the server.")


class ProblemTask(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """Answers what waitress refuses with a problem (RFC 9457)."""

    def execute(self) -> None:
        """Write the answer; the connection ends with it."""
        status = HTTPStatus(self.request.error.code)
        spoken = _language(self.request.headers.get("ACCEPT_LANGUAGE"))
        title = TITLES.get(status)
        text = _FAILED if status >= HTTPStatus.INTERNAL_SERVER_ERROR else _BROKEN
        if title is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR:
            text = Text(ru=f"{title.ru}.", en=f"{title.en}.")
        who = Party.COORDINATOR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else Party.SENDER
        body = problem_body(status, f"http.{status.name.lower()}", text, who=who, spoken=spoken)
        self.status = f"{status.value} {status.phrase}"
        self.response_headers.extend(
            [
                ("Content-Type", "application/problem+json"),
                ("Content-Language", spoken),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ]
        )
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class ProblemChannel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection on which refusals are problems."""

    error_task_class = ProblemTask


def open_server(
    application: Callable[..., Iterable[bytes]],
    *,
    host: str,
    port: int,
    threads: int,
    connections: int,
    max_body_bytes: int,
    trusted_proxy: str = "",
    trusted_proxies: int = 1,
) -> Any:
    """Return a waitress server that is bound to its address; ``run`` serves until it is stopped.

    Args:
        application: the web service.
        host: address to listen at.
        port: port to listen at, 0 for any that is free.
        threads: requests answered at once.
        connections: connections held at once, also those whose request is still coming; more have to wait.
        max_body_bytes: a longer request body is refused with 413.
        trusted_proxy: address of the proxy whose ``X-Forwarded-For`` and ``X-Forwarded-Proto`` are believed; empty:
            nobody's are, and the address of the connection is the caller's.
        trusted_proxies: how many proxies there are one behind the other.
    """
    trust: dict[str, Any] = {"clear_untrusted_proxy_headers": True}
    if trusted_proxy:
        trust |= {
            "trusted_proxy": trusted_proxy,
            "trusted_proxy_count": trusted_proxies,
            "trusted_proxy_headers": _PROXY_HEADERS,
        }
    sockets: dict[int, Any] = {}
    server = create_server(
        application,
        map=sockets,
        host=host,
        port=port,
        threads=threads,
        connection_limit=connections,
        channel_timeout=_SILENCE,
        asyncore_use_poll=True,  # select knows no file descriptor above 1023
        ident="school-gateway",
        # waitress refuses what is as long as this, not what is longer; of a chunked body it counts the framing too.
        max_request_body_size=max_body_bytes + 1,
        **trust,
    )
    for listening in sockets.values():
        listening.channel_class = ProblemChannel
    return server


def _language(accepted: str | None) -> Language:
    languages = parse_accept_header(accepted, LanguageAccept)
    return "en" if languages.best_match(["ru", "en"], default="ru") == "en" else "ru"
