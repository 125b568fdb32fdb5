"""Tokens of a provider: OAuth 2 client credentials, our name in the header (Basic) or in the form."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import quote_plus

import httpx

from gateway.adapters.http import fetch, status_error
from gateway.adapters.oneroster import PLATFORM
from gateway.adapters.oneroster.answers import read_json
from gateway.adapters.oneroster.settings import DEMOGRAPHICS_SCOPE, OneRosterSettings
from gateway.errors import ContractChanged, Party, PermanentError, Text, TransientError

_LIFE = timedelta(minutes=10)
"""Of a token that does not say how long it lives."""
_MARGIN = timedelta(seconds=30)


class TokenForm(StrEnum):
    """Where a provider wants to read who we are (RFC 6749, 2.3.1)."""

    BASIC = "basic"
    FORM = "form"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    form: TokenForm
    scopes: tuple[str, ...]


class Tokens:
    """Gets a token when one is needed and keeps it until it runs out or is refused."""

    def __init__(self, http: httpx.Client, settings: OneRosterSettings, clock: Callable[[], datetime]) -> None:
        self._http = http
        self._settings = settings
        self._clock = clock
        self._token = ""
        self._until: datetime | None = None
        self._asked: _Asked | None = None

    @property
    def form(self) -> TokenForm | None:
        """How the provider wanted to be asked, once it has been."""
        return self._asked.form if self._asked else None

    @property
    def has_demographics(self) -> bool:
        """Whether the right to demographics was asked for and not refused with the token."""
        return self._asked is not None and DEMOGRAPHICS_SCOPE in self._asked.scopes

    def bearer(self) -> str:
        """Return a token that is good now.

        Raises:
            PermanentError: ``oneroster.token_refused``.
            ContractChanged: ``oneroster.token_type``, ``oneroster.no_token``.
            TransientError: no answer.
        """
        if self._until is None or self._clock() >= self._until:
            self._renew()
        return self._token

    def drop(self) -> None:
        """Forget the token: the provider refused it."""
        self._until = None

    def _renew(self) -> None:
        refused: httpx.Response | None = None
        for asked in (self._asked,) if self._asked else self._ways():
            response = self._ask(asked)
            error = status_error(response, platform=PLATFORM, now=self._clock())
            if isinstance(error, TransientError):
                raise error
            if error is None:
                self._asked = asked
                self._take(read_json(response))
                return
            refused = response
        raise _refused(refused)

    def _ways(self) -> tuple[_Asked, ...]:
        """Return what is tried in turn: both forms, then without demographics, then without naming any scope."""
        scopes = self._settings.scopes
        modest = tuple(one for one in scopes if one != DEMOGRAPHICS_SCOPE)
        offers = dict.fromkeys((scopes, modest, ()))
        return tuple(_Asked(form=form, scopes=offer) for offer in offers for form in TokenForm)

    def _ask(self, asked: _Asked) -> httpx.Response:
        content = {"grant_type": "client_credentials"}
        if asked.scopes:
            content["scope"] = " ".join(asked.scopes)
        headers = {}
        name, secret = self._settings.client_id, self._settings.secret
        if asked.form is TokenForm.BASIC:
            pair = f"{quote_plus(name)}:{quote_plus(secret)}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        else:
            content |= {"client_id": name, "client_secret": secret}
        request = self._http.build_request("POST", self._settings.token_url, data=content, headers=headers)
        return fetch(self._http, request, platform=PLATFORM)

    def _take(self, body: object) -> None:
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(body, dict) or not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise ContractChanged(
                "oneroster.no_token",
                Text(
                    ru="В ответе сервера токенов OneRoster нет access_token.",
                    en="The answer of the OneRoster token server has no access_token.",
                ),
            )
        if str(body.get("token_type", "Bearer")).casefold() != "bearer":
            raise ContractChanged(
                "oneroster.token_type",
                Text(
                    ru="Поставщик OneRoster выдаёт токены не вида Bearer.",
                    en="The OneRoster provider gives tokens that are not Bearer ones.",
                ),
            )
        self._token = token
        self._until = self._clock() + _life(body.get("expires_in"))


def _life(expires_in: object) -> timedelta:
    text = str(expires_in).strip()
    life = timedelta(seconds=int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else _LIFE  # noqa: PLR2004
    return max(life - _MARGIN, timedelta(seconds=1))


def _refused(response: httpx.Response | None) -> PermanentError:
    status = response.status_code if response is not None else 0
    return PermanentError(
        "oneroster.token_refused",
        Text(
            ru=f"Поставщик OneRoster не выдаёт токен (статус {status}): проверьте client_id, secret и token_url, "
            "а у поставщика – что доступ включён.",
            en=f"The OneRoster provider gives no token (status {status}): check client_id, secret and token_url, and "
            "ask the provider whether access is switched on.",
        ),
        who=Party.COORDINATOR,
        status=status,
    )
