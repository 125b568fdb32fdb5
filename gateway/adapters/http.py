"""HTTP to other platforms: one client, and the one table that turns what went wrong into our own errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from gateway.adapters.deadline import DeadlineTransport
from gateway.errors import ContractChanged, PermanentError, PlatformError, SchemaError, Text, TransientError

MAX_ANSWER_BYTES = 64 * 2**20
"""An answer larger than this is refused while it is still arriving."""

_LONGEST_WAIT = timedelta(seconds=10**8)
"""Three years: a platform that asks for more is taken at this."""

_MOST_DIGITS = 9

_EXCERPT_BYTES = 1024

_RETRYABLE = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


def http_client(base_url: str, *, timeout: timedelta, headers: dict[str, str] | None = None) -> httpx.Client:
    """Return a client that keeps its connections and follows no redirects (a platform does not move in silence).

    ``timeout`` bounds a whole exchange, from connecting to the last byte of the answer. Answers are asked for as they
    are: a packed one of two kilobytes can unpack to gigabytes.
    """
    return httpx.Client(
        base_url=base_url,
        timeout=timeout.total_seconds(),
        headers={"User-Agent": "school-gateway", "Accept-Encoding": "identity", **(headers or {})},
        follow_redirects=False,
        trust_env=False,
        transport=DeadlineTransport(timeout),
    )


def fetch(client: httpx.Client, request: httpx.Request, *, platform: str) -> httpx.Response:
    """Send a request and return the whole answer, whatever its status.

    Raises:
        TransientError: no connection, a broken one, or a time-out (``platform.unreachable``, ``platform.timeout``).
        ContractChanged: the answer is larger than `MAX_ANSWER_BYTES` (``platform.answer_too_large``) or packed
            although nobody asked for it (``platform.undecodable``).
    """
    try:
        response = client.send(request, stream=True)
        try:
            _refuse_packed(response, platform)
            _read_bounded(response, platform)
        finally:
            response.close()
    except httpx.HTTPError as error:
        raise transport_error(error, platform=platform) from error
    return response


def _refuse_packed(response: httpx.Response, platform: str) -> None:
    if response.headers.get("Content-Encoding", "").strip().lower() not in {"", "identity"}:
        raise ContractChanged(
            "platform.undecodable",
            Text(
                ru=f"Платформа «{platform}» прислала сжатый ответ, хотя её об этом не просили (Content-Encoding).",
                en=f"Platform '{platform}' sent a packed answer that nobody asked for (Content-Encoding).",
            ),
            status=response.status_code,
        )


def _read_bounded(response: httpx.Response, platform: str) -> None:
    received = bytearray()
    for chunk in response.iter_raw():
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
            answer=excerpt(response),
            retry_after=retry_after(response.headers.get("Retry-After"), now=now),
        )
    return PermanentError(f"platform.status_{status}", text, status=status, answer=excerpt(response))


def excerpt(response: httpx.Response) -> str:
    """Return the beginning of an answer for the attempt log, read as UTF-8 whatever charset it claims to have."""
    return response.content[:_EXCERPT_BYTES].decode(errors="replace")


def retry_after(header: str | None, *, now: datetime) -> timedelta | None:
    """Return how long a ``Retry-After`` header asks to wait: seconds or a date (RFC 9110, 10.2.3).

    Never negative and never more than three years; ``None`` for what is neither.
    """
    if header is None:
        return None
    seconds = delay_seconds(header)
    if seconds is not None:
        return seconds
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta(0)), _LONGEST_WAIT)


def delay_seconds(text: str) -> timedelta | None:
    """Return a number of seconds as a time to wait, never more than three years; ``None`` for what is no number."""
    text = text.strip()
    if not (text.isascii() and text.isdigit()):
        return None
    if len(text) > _MOST_DIGITS:  # not for int(), which refuses numbers of thousands of digits
        return _LONGEST_WAIT
    return min(timedelta(seconds=int(text)), _LONGEST_WAIT)


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
