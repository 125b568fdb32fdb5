"""The city portal's API: ``/portal/v1``, one guardian at a time.

What a guardian may not see is not there: unknown guardian, unknown child, somebody else's child, no consent – one
answer, the same to the byte (R-PAR-01, R-PAR-12).
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import date
from http import HTTPStatus

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from gateway.diary.reading import WEEK, Diary
from gateway.errors import Fault, Text
from gateway.mapping.portal import JsonObject, children_json, week_json
from gateway.model.access import Scope
from gateway.model.ids import PupilId
from gateway.web.errors import RequestRefused
from gateway.web.guards import Bearer, add_route, caller
from gateway.web.services import WebServices

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_GUARDIAN = "/guardians/<name:portal_user>"
_CHILD = f"{_GUARDIAN}/children/<name:pupil>"


def portal_blueprint(services: WebServices) -> Blueprint:
    """Return the portal's API."""
    blueprint = Blueprint("portal", __name__, url_prefix="/portal/v1")
    api = PortalApi(services)
    reading = Bearer(clients=services.clients, scope=Scope.DIARY_READ)
    subscribing = Bearer(clients=services.clients, scope=Scope.DIARY_SUBSCRIBE)
    add_route(blueprint, f"{_GUARDIAN}/children", api.children, guard=reading)
    add_route(blueprint, f"{_CHILD}/week", api.week, guard=reading)
    add_route(blueprint, f"{_CHILD}/subscription", api.subscribe, guard=subscribing, method="PUT")
    add_route(blueprint, f"{_CHILD}/subscription", api.unsubscribe, guard=subscribing, method="DELETE")
    return blueprint


class PortalApi:
    """The views of the portal's API."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    def children(self, portal_user: str) -> AnyResponse:
        """List the children whose diaries the guardian may see today."""
        children = self._diary().children(portal_user)
        if children is None:
            raise _not_found()
        return _revalidated(children_json(children))

    def week(self, portal_user: str, pupil: str) -> AnyResponse:
        """Show seven days of a child's diary."""
        start = _start()
        week = self._diary().week(caller().client_id, portal_user, PupilId(pupil), start)
        if week is None:
            raise _not_found()
        return _revalidated(week_json(week))

    def subscribe(self, portal_user: str, pupil: str) -> AnyResponse:
        """Ask to be told of changes of the child's marks."""
        if not self._diary().subscribe(caller().client_id, portal_user, PupilId(pupil)):
            raise _not_found()
        return Response(status=HTTPStatus.NO_CONTENT)

    def unsubscribe(self, portal_user: str, pupil: str) -> AnyResponse:
        """Ask not to be told any more."""
        if not self._diary().unsubscribe(caller().client_id, portal_user, PupilId(pupil)):
            raise _not_found()
        return Response(status=HTTPStatus.NO_CONTENT)

    def _diary(self) -> Diary:
        return self._services.diary(caller().school)


def _start() -> date:
    text = request.args.get("start", "")
    try:
        start = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        start = None
    if start is None or start > date.max - WEEK:
        raise _start_invalid()
    return start


def _start_invalid() -> RequestRefused:
    text = Text(
        ru="Параметр «start» – первый день недели в виде ГГГГ-ММ-ДД.",
        en="Parameter 'start' is the first day of the week as YYYY-MM-DD.",
    )
    fault = Fault(code="portal.start_invalid", text=text, field="start", rule="ISO 8601")
    return RequestRefused(HTTPStatus.BAD_REQUEST, fault.code, text, faults=(fault,), rule=fault.rule)


def _not_found() -> RequestRefused:
    return RequestRefused(
        HTTPStatus.NOT_FOUND,
        "diary.not_found",
        Text(ru="Такого дневника для этого представителя нет.", en="There is no such diary for this guardian."),
    )


def _revalidated(content: JsonObject) -> AnyResponse:
    """Return JSON that the portal may keep for itself but has to ask about before every use (RFC 9111, 5.2.2.4)."""
    body = json.dumps(content, ensure_ascii=False).encode()
    response = Response(body, mimetype="application/json")
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
