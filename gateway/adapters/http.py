"""HTTP to other platforms: one client, and the one table that turns what went wrong into our own errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from gateway.errors import ContractChanged, PermanentError, PlatformError, SchemaError, Text, TransientError

MAX_ANSWER_BYTES = 64 * 2**20
"""An answer larger than this is refused while it is still arriving."""

_RETRYABLE = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


def http_client(base_url: str, *, timeout: timedelta, headers: dict[str, str] | None = None) -> httpx.Client:
    """Return a client that keeps its connections and follows no redirects (a platform does not move in silence)."""
    return httpx.Client(
        base_url=base_url,
        timeout=timeout.total_seconds(),
        headers={"User-Agent": "school-gateway", **(headers or {})},
        follow_redirects=False,
        trust_env=False,
    )


def fetch(client: httpx.Client, request: httpx.Request, *, platform: str) -> httpx.Response:
    """Send a request and return the whole answer, whatever its status.

    Raises:
        TransientError: no connection, a broken one, or a time-out (``platform.unreachable``, ``platform.timeout``).
        ContractChanged: the answer is larger than `MAX_ANSWER_BYTES` or not decodable.
    """
    try:
        response = client.send(request, stream=True)
        try:
            _read_bounded(response, platform)
        finally:
            response.close()
    except httpx.HTTPError as error:
        raise transport_error(error, platform=platform) from error
    return response


def _read_bounded(response: httpx.Response, platform: str) -> None:
    received = bytearray()
    for chunk in response.iter_bytes():
        received += chunk
        if len(received) > MAX_ANSWER_BYTES:
            raise ContractChanged(
                "platform.answer_too_large",
                Text(
                    ru=f"Платформа «{platform}» прислала ответ больше {MAX_ANSWER_BYTES // 2**20} МиБ.",
                    en=f"Platform '{platform}' sent an answer of more than {MAX_ANSWER_BYTES // 2**20} MiB.",
                ),
                status=response.status_code,
            )
    response._content = bytes(received)  # noqa: SLF001  httpx offers no bounded read of its own


def transport_error(error: httpx.HTTPError, *, platform: str) -> PlatformError:
    """Turn an exception of httpx into ours: every one of them means that no usable answer came."""
    if isinstance(error, httpx.TimeoutException):
        return TransientError(
            "platform.timeout",
            Text(
                ru=f"Платформа «{platform}» не ответила вовремя.",
                en=f"Platform '{platform}' did not answer in time.",
            ),
        )
    if isinstance(error, httpx.DecodingError):
        return ContractChanged(
            "platform.undecodable",
            Text(
                ru=f"Ответ платформы «{platform}» не удалось раскодировать.",
                en=f"The answer of platform '{platform}' cannot be decoded.",
            ),
        )
    return TransientError(
        "platform.unreachable",
        Text(
            ru=f"Соединение с платформой «{platform}» не установлено или прервано ({type(error).__name__}).",
            en=f"No connection to platform '{platform}', or it broke off ({type(error).__name__}).",
        ),
    )


def status_error(response: httpx.Response, *, platform: str, now: datetime) -> PlatformError | None:
    """Return the error that an answer's status stands for, ``None`` for 2xx.

    408, 425, 429 and 5xx are worth another try, the rest is not (RFC 9110, 15).
    """
    status = response.status_code
    if response.is_success:
        return None
    text = Text(
        ru=f"Платформа «{platform}» ответила статусом {status}.",
        en=f"Platform '{platform}' answered with status {status}.",
    )
    if status in _RETRYABLE or response.is_server_error:
        return TransientError(
            f"platform.status_{status}",
            text,
            status=status,
            answer=response.text,
            retry_after=retry_after(response.headers.get("Retry-After"), now=now),
        )
    return PermanentError(f"platform.status_{status}", text, status=status, answer=response.text)


def retry_after(header: str | None, *, now: datetime) -> timedelta | None:
    """Return how long a ``Retry-After`` header asks to wait: seconds or a date (RFC 9110, 10.2.3); never negative."""
    if header is None:
        return None
    header = header.strip()
    if header.isascii() and header.isdigit():
        return timedelta(seconds=min(int(header), 10**8))
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))


def broken_answer(problem: SchemaError, *, platform: str) -> TransientError:
    """Return the error for an answer that is not well-formed: it was damaged on its way and is worth another try."""
    line = next((fault.line for fault in problem.faults if fault.line), None)
    place = (f" (строка {line})", f" (line {line})") if line else ("", "")
    return TransientError(
        "platform.answer_broken",
        Text(
            ru=f"Ответ платформы «{platform}» оборван или повреждён{place[0]}: {problem.text.ru}",
            en=f"The answer of platform '{platform}' is cut off or damaged{place[1]}: {problem.text.en}",
        ),
    )
