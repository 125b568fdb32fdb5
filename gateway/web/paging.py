"""Lists a page at a time: the parameters that ask for a page, the address of the next one (RFC 8288)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from http import HTTPStatus
from urllib.parse import unquote_to_bytes, urlencode

from flask import Response, request

from gateway.errors import Fault, Text
from gateway.web.errors import RequestRefused

MOST_LISTED = 1000
"""Longest page, in records; also the usual one."""


def limit() -> int:
    """Return how many records the request wants on a page.

    Raises:
        RequestRefused: 400 ``http.parameter_invalid``: it is no number from 1 to `MOST_LISTED`.
    """
    text = request.args.get("limit", str(MOST_LISTED))
    number = whole_number(text, most=MOST_LISTED)
    if not number:
        raise parameter_invalid(
            "limit",
            Text(
                ru=f"Параметр «limit» – число записей на странице, от 1 до {MOST_LISTED}.",
                en=f"Parameter 'limit' is the number of records on a page, 1 to {MOST_LISTED}.",
            ),
        )
    return number


def whole_number(text: str, *, most: int) -> int | None:
    """Return the number from 0 to ``most`` that a text writes in ASCII digits, ``None`` if it does not."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        return None
    number = int(text)
    return number if number <= most else None


def refuse_unknown_parameters(known: Collection[str]) -> None:
    """Refuse parameters that would be passed over silently, those given twice, and values that are no text.

    Raises:
        RequestRefused: 400 ``http.parameter_unknown``, ``http.parameter_repeated`` or ``http.parameter_invalid``.
    """
    for name, values in request.args.lists():
        if name not in known:
            listed = ", ".join(sorted(known)) or "–"
            raise _refused(
                Fault(
                    code="http.parameter_unknown",
                    text=Text(
                        ru=f"Такого параметра у этого адреса нет. Есть: {listed}.",
                        en=f"This address has no such parameter. It has: {listed}.",
                    ),
                    field=name[:64],
                )
            )
        if len(values) > 1:
            raise _refused(
                Fault(
                    code="http.parameter_repeated",
                    text=Text(
                        ru=f"Параметр «{name}» дан несколько раз.",
                        en=f"Parameter '{name}' is given more than once.",
                    ),
                    field=name,
                )
            )
    _refuse_undecodable()


def _refuse_undecodable() -> None:
    """Refuse values that are not UTF-8: of such bytes the percent signs would be taken for the value."""
    for pair in request.query_string.split(b"&"):
        name, _, value = pair.partition(b"=")
        try:
            unquote_to_bytes(value).decode()
        except UnicodeDecodeError:
            raise parameter_invalid(
                unquote_to_bytes(name).decode(errors="replace"),
                Text(
                    ru="Значение параметра – не текст в UTF-8.",
                    en="The parameter's value is no text in UTF-8.",
                ),
            ) from None


def parameter_invalid(name: str, text: Text) -> RequestRefused:
    """Return the refusal of a parameter's value."""
    return _refused(Fault(code="http.parameter_invalid", text=text, field=name))


def _refused(fault: Fault) -> RequestRefused:
    return RequestRefused(HTTPStatus.BAD_REQUEST, fault.code, fault.text, faults=(fault,))


def following_page(**changed: str) -> str:
    """Return the request's own address with some parameters changed."""
    return f"{request.path}?{urlencode({**request.args, **changed})}"


def page_answer(content: Mapping[str, object], *, following: str | None) -> Response:
    """Return a page with the address of the next one, in its body and as ``Link``, and an ETag to ask again with."""
    body = json.dumps({**content, "next": following}, ensure_ascii=False).encode()
    response = Response(body, mimetype="application/json")
    if following is not None:
        response.headers["Link"] = f'<{following}>; rel="next"'
    return with_etag(response, hashlib.sha256(body).hexdigest()[:32])


def with_etag(response: Response, tag: str) -> Response:
    """Return an answer with its ETag, or 304 where the caller has it already (RFC 9110, 13.1.2, 15.4.5)."""
    response.set_etag(tag)
    if request.if_none_match.contains_weak(tag):
        response.status_code = HTTPStatus.NOT_MODIFIED
        response.set_data(b"")
        del response.headers["Content-Type"]
    return response
