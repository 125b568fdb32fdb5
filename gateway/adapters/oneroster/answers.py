"""Answers of providers, read leniently: lists under any name, totals in header or body, five kinds of error body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import httpx

from gateway.adapters.http import broken_answer, status_error
from gateway.adapters.oneroster import PLATFORM
from gateway.errors import ContractChanged, Party, PermanentError, PlatformError, SchemaError, Text, TransientError
from gateway.schemas.json import parse_json

_TOTALS_IN_BODY = ("totalCount", "total", "count")
_CODE = re.compile(r"[A-Za-z_]{1,40}")


class ErrorBody(StrEnum):
    """How a provider words a refusal; only the first is the standard's."""

    STANDARD = "imsx"
    WRAPPED = "imsx_wrapped"
    OTHER_JSON = "json"
    TEXT = "text"
    HTML = "html"
    EMPTY = "empty"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of a list: its rows, how many rows the provider says there are, what was odd about the answer."""

    rows: tuple[object, ...] = field(repr=False)
    announced: int | None
    in_header: bool
    has_link: bool
    wrapper: str


class NotThere(PermanentError):
    """The provider has no such address or no such object."""


class QueryRefused(PermanentError):
    """The provider does not take the query: a filter, a sort field, a limit."""


class NotAllowed(PermanentError):
    """Our rights at the provider are not enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Refusal:
    kind: type[PermanentError]
    code: str
    ru: str
    en: str


_NOT_ALLOWED = _Refusal(
    kind=NotAllowed, code="oneroster.not_allowed", ru="не даёт нам на это права", en="does not allow us that"
)
_NOT_THERE = _Refusal(
    kind=NotThere,
    code="oneroster.not_there",
    ru="не знает такого адреса или объекта",
    en="knows no such address or object",
)
_QUERY_REFUSED = _Refusal(
    kind=QueryRefused, code="oneroster.query_refused", ru="не принял запрос", en="did not take the query"
)
_REFUSALS: Mapping[int, _Refusal] = MappingProxyType(
    {
        httpx.codes.UNAUTHORIZED: _NOT_ALLOWED,
        httpx.codes.FORBIDDEN: _NOT_ALLOWED,
        httpx.codes.NOT_FOUND: _NOT_THERE,
        httpx.codes.METHOD_NOT_ALLOWED: _NOT_THERE,
        httpx.codes.BAD_REQUEST: _QUERY_REFUSED,
        httpx.codes.UNPROCESSABLE_ENTITY: _QUERY_REFUSED,
    }
)


def read_page(response: httpx.Response, *, wanted: str) -> Page:
    """Return the page that a good answer holds; ``wanted`` is the standard's name of the list.

    Raises:
        TransientError: ``oneroster.not_json``: a web page instead of JSON; ``platform.answer_broken``.
        ContractChanged: ``oneroster.no_list``: JSON without a list in it.
    """
    body = read_json(response)
    rows, wrapper = _rows(body, wanted)
    header = _whole(response.headers.get("X-Total-Count"))
    inside = next((found for name in _TOTALS_IN_BODY if (found := _member(body, name)) is not None), None)
    return Page(
        rows=rows,
        announced=inside if header is None else header,
        in_header=header is not None,
        has_link="Link" in response.headers,
        wrapper=wrapper,
    )


def read_json(response: httpx.Response) -> object:
    """Return the JSON of an answer.

    Raises:
        TransientError: it is a web page, or broke off.
    """
    if error_body(response) is ErrorBody.HTML:
        raise TransientError(
            "oneroster.not_json",
            Text(
                ru="Поставщик OneRoster прислал веб-страницу вместо JSON (со статусом 200): вероятно, страницу ошибки, "
                "входа или работ на сервере. Сообщите ему: об ошибке говорит статус, а не страница.",
                en="The OneRoster provider sent a web page instead of JSON (with status 200): probably one about an "
                "error, a sign-in or maintenance. Tell it: a status says that something is wrong, not a page.",
            ),
            status=response.status_code,
        )
    try:
        return parse_json(response.content)
    except SchemaError as error:
        raise broken_answer(error, platform=PLATFORM) from error


def refusal(response: httpx.Response, *, now: datetime) -> PlatformError | None:
    """Return the error an answer stands for, ``None`` for 2xx; names of codes are told, descriptions are not."""
    error = status_error(response, platform=PLATFORM, now=now)
    if error is None or isinstance(error, TransientError):
        return error
    told = _REFUSALS.get(response.status_code)
    if told is None:
        return error
    minor = ", ".join(_minor_codes(response)) or "–"
    return told.kind(
        told.code,
        Text(
            ru=f"Поставщик OneRoster {told.ru}: статус {response.status_code}, код {minor}.",
            en=f"The OneRoster provider {told.en}: status {response.status_code}, code {minor}.",
        ),
        who=Party.PLATFORM_OPERATOR,
        status=response.status_code,
    )


def error_body(response: httpx.Response) -> ErrorBody:
    """Tell what kind of body an answer has."""
    content = response.content.lstrip()[:200].lower()
    if not content:
        return ErrorBody.EMPTY
    if "html" in response.headers.get("Content-Type", "") or content.startswith((b"<!doctype", b"<html")):
        return ErrorBody.HTML
    if not content.startswith((b"{", b"[")):
        return ErrorBody.TEXT
    if b"imsx_statusinfo" in content:
        return ErrorBody.WRAPPED
    return ErrorBody.STANDARD if b"imsx_" in content else ErrorBody.OTHER_JSON


def _rows(body: object, wanted: str) -> tuple[tuple[object, ...], str]:
    if isinstance(body, list):
        return tuple(body), ""
    lists = {name: value for name, value in body.items() if isinstance(value, list)} if isinstance(body, dict) else {}
    name = wanted if wanted in lists else next(iter(lists), None)
    if name is None:
        raise ContractChanged(
            "oneroster.no_list",
            Text(
                ru=f"В ответе поставщика OneRoster нет списка «{wanted}».",
                en=f"The OneRoster provider's answer holds no list '{wanted}'.",
            ),
        )
    return tuple(lists[name]), name


def _member(body: object, name: str) -> int | None:
    return _whole(body.get(name)) if isinstance(body, dict) else None


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None  # noqa: PLR2004  a trillion


def _minor_codes(response: httpx.Response) -> tuple[str, ...]:
    """Return the code words of a refusal, from any of the forms seen; only what looks like a code word."""
    try:
        body = parse_json(response.content)
    except SchemaError:
        return ()
    info = body.get("imsx_StatusInfo", body) if isinstance(body, Mapping) else {}
    minor = info.get("imsx_CodeMinor", info.get("imsx_codeMinor")) if isinstance(info, Mapping) else None
    if isinstance(minor, str):
        found: list[object] = [minor]
    elif isinstance(minor, Mapping) and isinstance(fields := minor.get("imsx_codeMinorField"), list):
        found = [one.get("imsx_codeMinorFieldValue") for one in fields if isinstance(one, Mapping)]
    else:
        found = []
    return tuple(one for one in found if isinstance(one, str) and _CODE.fullmatch(one))
