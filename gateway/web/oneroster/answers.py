"""Answers of the OneRoster service: objects with absolute references, links between pages, errors.

The body of an error is ``imsx_StatusInfoDType`` at the top level, as the OpenAPI documents have it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from flask import Response, request

from gateway.model.oneroster import KeptObject, ObjectKind, is_reference
from gateway.model.oneroster_query import Query, moment_text
from gateway.ports.provider import ObjectPage
from gateway.web.errors import Problem, language

ONEROSTER = "/ims/oneroster"
"""Addresses below are the OneRoster service's."""

_CODE_OF_CODE = {
    "oneroster.filter_invalid": "invalid_filter_field",
    "oneroster.selection_invalid": "invalid_selection_field",
    "oneroster.sort_invalid": "invalid_sort_field",
    "oneroster.never_deleted": "deletefailure",
}

_CODE_OF_STATUS = {
    HTTPStatus.BAD_REQUEST: "invaliddata",
    HTTPStatus.UNAUTHORIZED: "unauthorisedrequest",
    HTTPStatus.FORBIDDEN: "forbidden",
    HTTPStatus.NOT_FOUND: "unknownobject",
    HTTPStatus.UNPROCESSABLE_ENTITY: "invaliddata",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "invaliddata",
    HTTPStatus.TOO_MANY_REQUESTS: "server_busy",
    HTTPStatus.SERVICE_UNAVAILABLE: "server_busy",
}
"""``imsx_codeMinorFieldValue`` of a status; all others are errors of the server."""

_OPEN = "metadata"
"""May hold anything, also what looks like a reference and is none."""

_UNSUPPORTED = frozenset({HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})


def status_info(problem: Problem) -> Response:
    """Return an error as OneRoster tells it."""
    unsupported = problem.status in _UNSUPPORTED
    minor = _CODE_OF_CODE.get(problem.code) or _CODE_OF_STATUS.get(problem.status, "internal_server_error")
    if unsupported:
        minor = "invaliddata"
    body = {
        "imsx_codeMajor": "unsupported" if unsupported else "failure",
        "imsx_severity": "error",
        "imsx_description": problem.text.in_language(language()),
        "imsx_CodeMinor": {
            "imsx_codeMinorField": [
                {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor},
            ]
        },
    }
    response = _json(body)
    response.status_code = problem.status
    response.content_language.add(language())
    response.vary.add("Accept-Language")
    return response


def list_answer(wrapper: str, page: ObjectPage, query: Query, fields: Collection[str] | None) -> Response:
    """Return a page of a list, with the number of all objects and the addresses of other pages."""
    root = request.url_root.rstrip("/")
    response = _json({wrapper: [_told(one, root, fields) for one in page.objects]})
    response.headers["X-Total-Count"] = str(page.total)
    response.last_modified = page.as_of
    links = _links(page, query)
    if links:
        response.headers["Link"] = ", ".join(f'<{address}>; rel="{name}"' for name, address in links.items())
    return response


def single_answer(wrapper: str, one: KeptObject, fields: Collection[str] | None) -> Response:
    """Return one object."""
    return _json({wrapper: _told(one, request.url_root.rstrip("/"), fields)})


def _told(one: KeptObject, root: str, fields: Collection[str] | None) -> dict[str, Any]:
    body = {
        "sourcedId": one.object.sourced_id,
        "status": one.status.value,
        "dateLastModified": moment_text(one.changed_at),
        **{name: _absolute(value, root) if name != _OPEN else value for name, value in one.object.body.items()},
    }
    return body if fields is None else {name: value for name, value in body.items() if name in fields}


def _absolute(value: Any, root: str) -> Any:
    """Return a value with the absolute address of every object it refers to."""
    if isinstance(value, list):
        return [_absolute(one, root) for one in value]
    if not isinstance(value, Mapping):
        return value
    if is_reference(value):
        path = ObjectKind(value["type"]).path
        return {"href": f"{root}{path}/{quote(value['sourcedId'], safe='')}", **value}
    return {name: _absolute(one, root) for name, one in value.items()}


def _links(page: ObjectPage, query: Query) -> dict[str, str]:
    """Return the addresses of the next, the last, the first and the previous page, those that there are.

    The next page begins behind an id, so the last one is as fast as the first; ``offset`` beside it only tells where
    that is. In an order of the reader's own there is only ``offset``.
    """
    links: dict[str, str] = {}
    if page.more:
        following = {"offset": query.offset + len(page.objects)}
        keyed = {"after": page.objects[-1].object.sourced_id} if query.order.way is None else {}
        links["next"] = _address(query, **following, **keyed)
    if page.total > query.limit:
        links["last"] = _address(query, offset=(page.total - 1) // query.limit * query.limit)
    links["first"] = _address(query, offset=0)
    if query.offset:
        links["prev"] = _address(query, offset=max(query.offset - query.limit, 0))
    return links


def _address(query: Query, **changed: object) -> str:
    asked = {name: value for name, value in request.args.items() if name not in {"after", "offset", "limit"}}
    return f"{request.base_url}?{urlencode({**asked, 'limit': query.limit, **changed}, quote_via=quote)}"


def _json(content: Mapping[str, Any]) -> Response:
    return Response(json.dumps(content, ensure_ascii=False), mimetype="application/json")
