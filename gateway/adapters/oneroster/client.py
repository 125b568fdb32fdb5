"""Asks a provider: token, retries, the pace it wishes for, every failure in our own words."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from gateway.adapters.http import delay_seconds, fetch, http_client
from gateway.adapters.oneroster import PLATFORM
from gateway.adapters.oneroster.answers import (
    ErrorBody,
    NotThere,
    Page,
    error_body,
    read_json,
    read_page,
    refusal,
)
from gateway.adapters.oneroster.settings import Dialect, OneRosterSettings
from gateway.adapters.oneroster.token import Tokens
from gateway.errors import PlatformError, Text, TransientError

_ATTEMPTS = 5
_LONGEST_PAUSE = timedelta(minutes=5)
"""A provider that asks for more is left alone until the next sync."""
_FIRST_PAUSE, _LAST_PAUSE = 0.5, 30.0

T = TypeVar("T")


@dataclass(kw_only=True, slots=True)
class Experience:
    """What happened while the provider was asked."""

    slowed_down: int = 0
    retried: int = 0
    token_lost: int = 0
    error_bodies: Counter[ErrorBody] = field(default_factory=Counter)


class OneRosterClient:
    """One provider over HTTP; used by one thread.

    ``began_at`` is when the present reading began, by the provider's clock or by ours, whichever is earlier.
    """

    def __init__(
        self,
        settings: OneRosterSettings,
        *,
        clock: Callable[[], datetime],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self.experience = Experience()
        self._clock = clock
        self._pause = pause
        self._http = http_client("", timeout=settings.timeout)
        self.tokens = Tokens(self._http, settings, clock)
        self._dialect = settings.dialect
        self._deadline = monotonic() + settings.longest.total_seconds()
        self.began_at = clock()
        self._has_heard = False

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def begin(self) -> None:
        """Start the time that a whole reading may take, and forget what happened before."""
        self._deadline = monotonic() + self.settings.longest.total_seconds()
        self.experience = Experience()
        self.began_at = self._clock()
        self._has_heard = False

    @property
    def dialect(self) -> Dialect:
        """The version that the provider speaks: 1.2, or 1.1 where 1.2 is not there.

        Raises:
            PlatformError: it answers neither.
        """
        if self._dialect is None:
            self._dialect = Dialect.V1P2
            try:
                self.page("orgs", {"limit": "1"})
            except NotThere:
                self._dialect = Dialect.V1P1
        return self._dialect

    def page(self, address: str, query: Mapping[str, str | int], *, wanted: str = "") -> Page:
        """Return a page of a list.

        Raises:
            NotThere: the provider has no such list.
            QueryRefused: it does not take the query.
            NotAllowed: our rights are not enough.
            TransientError: it gave no usable answer five times in a row, or asks to come back much later.
            ContractChanged: the answer holds no list.
        """
        name = wanted or address.rsplit("/", 1)[-1]
        return self._retrying(lambda: read_page(self._good(address, query), wanted=name))

    def one(self, address: str) -> object | None:
        """Return the JSON of a single object, ``None`` if the provider has it not."""
        try:
            return self._retrying(lambda: read_json(self._good(address, {})))
        except NotThere:
            return None

    def _retrying(self, ask: Callable[[], T]) -> T:
        return Retrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=self._wait,
            retry=retry_if_exception(_may_pass),
            sleep=self._pause,
            reraise=True,
        )(ask)

    def _good(self, address: str, query: Mapping[str, str | int]) -> httpx.Response:
        """Send one request; a token that is refused is renewed once."""
        response = self._send(address, query)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self.experience.token_lost += 1
            self.tokens.drop()
            response = self._send(address, query)
        error = refusal(response, now=self._clock())
        if error is not None:
            self.experience.error_bodies[error_body(response)] += 1
            self.experience.slowed_down += response.status_code == httpx.codes.TOO_MANY_REQUESTS
            self.experience.retried += isinstance(error, TransientError)
            raise _much_later(error) or error
        self._set_clock(response)
        self._keep_pace(response)
        return response

    def _send(self, address: str, query: Mapping[str, str | int]) -> httpx.Response:
        if monotonic() >= self._deadline:
            raise ComeLater(
                "oneroster.too_slow",
                Text(
                    ru=f"Чтение у поставщика OneRoster не уложилось в {self.settings.longest}.",
                    en=f"Reading from the OneRoster provider took longer than {self.settings.longest}.",
                ),
            )
        url = f"{self.settings.url}{self.dialect.path}/{address}"
        headers = {"Authorization": f"Bearer {self.tokens.bearer()}", "Accept": "application/json"}
        request = self._http.build_request("GET", url, params=dict(query), headers=headers)
        return fetch(self._http, request, platform=PLATFORM)

    def _set_clock(self, response: httpx.Response) -> None:
        """Let the reading have begun when the provider says so (``Date``), unless its clock is ahead of ours.

        Later changes are asked for from then on, and it is the provider's clock that dates them.
        """
        if self._has_heard:
            return
        self._has_heard = True
        with suppress(TypeError, ValueError, OverflowError):  # no date, or none that can be read
            said = parsedate_to_datetime(response.headers.get("Date", ""))
            self.began_at = min(self.began_at, said if said.tzinfo else said.replace(tzinfo=UTC))

    def _keep_pace(self, response: httpx.Response) -> None:
        """Wait where the provider says that nothing is left for now (``RateLimit-Remaining``, ``RateLimit-Reset``)."""
        if response.headers.get("RateLimit-Remaining", "").strip() == "0":
            reset = delay_seconds(response.headers.get("RateLimit-Reset", "")) or timedelta(0)
            self._pause(min(reset, _LONGEST_PAUSE).total_seconds())

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, TransientError) and error.retry_after is not None:
            return error.retry_after.total_seconds()
        return wait_exponential_jitter(multiplier=_FIRST_PAUSE, max=_LAST_PAUSE)(state)


class ComeLater(TransientError):
    """Not to be tried again in this reading."""


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, TransientError) and not isinstance(error, ComeLater)


def _much_later(error: PlatformError) -> ComeLater | None:
    """Return the error as one that ends the reading, if the provider wants to be left alone for long."""
    if not isinstance(error, TransientError) or (error.retry_after or timedelta(0)) <= _LONGEST_PAUSE:
        return None
    return ComeLater(error.code, error.text, status=error.status, answer=error.answer, retry_after=error.retry_after)
