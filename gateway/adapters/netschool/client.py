"""Talks to the platform: log-in, calls with the session's token, log-out (``platforms.md`` 1.1 and 1.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal, Self

import httpx

from gateway.adapters.http import broken_answer, fetch, http_client, status_error
from gateway.adapters.netschool import PLATFORM
from gateway.adapters.netschool.refusals import contract_changed, maintenance, refusal
from gateway.adapters.netschool.settings import NetschoolAccess
from gateway.errors import ConfigurationError, Party, PermanentError, PlatformError, SchemaError, Text, TransientError
from gateway.schemas.json import parse_json
from gateway.schemas.json_validation import json_faults

Answer = Literal["salt", "login", "schools", "year", "assignment-types", "diary-init", "diary"]
"""Names of the schemas in ``schemas/netschool/5``."""

_PASSWORD_ENCODING = "cp1251"  # noqa: S105  the name of an encoding
_SCHOOL_LOGIN = "1"
_ROLE_CHOICE = "choose-session-role"


_CUT_OFF = frozenset({"json.not_well_formed", "json.not_utf8"})
"""What an answer looks like that broke off on its way: also in the middle of a letter."""


class NetschoolClient:
    """A session at the platform: entered it logs in, left it logs out.

    A call that meets a dead session logs in again in silence and is repeated once. Nothing else is retried here:
    retries belong to the queue, and a wrong password sent three times locks the account.
    """

    def __init__(self, access: NetschoolAccess, *, clock: Callable[[], datetime]) -> None:
        self._access = access
        self._clock = clock
        self._http = http_client(f"{access.url.rstrip('/')}/webapi/", timeout=access.timeout)

    def __enter__(self) -> Self:
        """Log in.

        Raises:
            ConfigurationError: the password cannot be sent to this platform (``netschool.password``).
            PermanentError: credentials, school or access are refused; the coordinator has to act.
            TransientError: the account is locked for a minute, or the platform is not available.
            ContractChanged: an answer is not what we know.
        """
        try:
            self._log_in()
        except BaseException:
            self._http.close()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        """Log out; a session that cannot be left ends by its idle time-out, so that is no fault."""
        try:
            self._send("POST", "auth/logout")
        except PlatformError:
            pass
        finally:
            self._http.close()

    def get(self, address: str, answer: Answer, query: Mapping[str, str | int] | None = None) -> Any:
        """Return the checked JSON of an address below ``/webapi/``.

        Raises:
            PlatformError: as for logging in.
        """
        response = self._send("GET", address, query=query)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._log_in()
            response = self._send("GET", address, query=query)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            raise TransientError(
                "netschool.session",
                Text(
                    ru="Платформа не признаёт только что открытую сессию.",
                    en="The platform does not know a session that it has just opened.",
                ),
                status=response.status_code,
            )
        return self._checked(response, address, answer)

    def _log_in(self) -> None:
        self._http.cookies.clear()
        self._http.headers.pop("at", None)
        self._refuse_failure(self._send("GET", "logindata"))
        salt = self._checked(self._send("POST", "auth/getdata"), "auth/getdata", "salt")
        pw, pw2 = password_proof(salt["salt"], self._access.password)
        form = {
            "loginType": _SCHOOL_LOGIN,
            "scid": self._school_number(),
            "un": self._access.login,
            "pw": pw,
            "pw2": pw2,
            "lt": salt["lt"],
            "ver": salt["ver"],
        }
        session = self._checked(self._send("POST", "login", form=form), "login", "login")
        if _ROLE_CHOICE in (session.get("entryPoint") or ""):
            raise PermanentError(
                "netschool.role_choice",
                Text(
                    ru="У учётной записи шлюза на платформе несколько ролей. Заведите запись с одной ролью.",
                    en="The gateway's account has several roles at the platform. Use one with a single role.",
                ),
                who=Party.COORDINATOR,
            )
        self._http.headers["at"] = session["at"]

    def _school_number(self) -> str:
        if self._access.school.isdecimal():
            return self._access.school
        found = self._checked(self._send("GET", "schools/search"), "schools/search", "schools")
        for school in found:
            if school["shortName"] == self._access.school:
                return str(school["id"])
        raise PermanentError(
            "netschool.school",
            Text(
                ru="На платформе нет школы с кратким названием из netschool.school.",
                en="The platform has no school with the short name given as netschool.school.",
            ),
            who=Party.COORDINATOR,
        )

    def _send(
        self,
        method: str,
        address: str,
        *,
        query: Mapping[str, str | int] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        return fetch(self._http, self._http.build_request(method, address, params=query, data=form), platform=PLATFORM)

    def _refuse_failure(self, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.CONFLICT:
            raise refusal(response)
        error = status_error(response, platform=PLATFORM, now=self._clock())
        if error is not None:
            raise error

    def _checked(self, response: httpx.Response, address: str, answer: Answer) -> Any:
        self._refuse_failure(response)
        if "html" in response.headers.get("Content-Type", ""):
            raise maintenance(response)
        try:
            content = parse_json(response.content)
        except SchemaError as error:
            if error.code in _CUT_OFF:
                raise broken_answer(error, platform=PLATFORM) from error
            raise contract_changed(address, place="", reason=error.text) from error
        for fault in json_faults(content, "netschool", "5", f"{answer}.schema.json"):
            raise contract_changed(address, place=fault.path, reason=fault.text)
        return content


def password_proof(salt: str, password: str) -> tuple[str, str]:
    """Return ``pw`` and ``pw2`` for a one-shot salt.

    ``pw2 = md5(salt + md5(password in cp1251))``; ``pw`` is its beginning, as long as the password. MD5 is
    the platform's choice; over TLS it hides nothing that TLS does not hide already.

    Raises:
        ConfigurationError: the password has a character that cp1251 does not know.
    """
    try:
        encoded = password.encode(_PASSWORD_ENCODING)
    except UnicodeEncodeError:
        raise ConfigurationError(
            "netschool.password",
            Text(
                ru="В netschool.password есть знак, которого нет в кодировке cp1251: платформа такой пароль не примет.",
                en="netschool.password has a character that cp1251 lacks: the platform cannot take such a password.",
            ),
        ) from None
    pw2 = _md5(salt.encode() + _md5(encoded).encode())
    return pw2[: len(password)], pw2


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
