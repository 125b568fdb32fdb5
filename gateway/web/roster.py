"""The roster API: ``GET /api/v1/roster/{pupils|guardians|classes|staff}``.

For journal systems to match their records with ours before they post a batch.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, request, url_for

from gateway.errors import Fault, Text
from gateway.model.access import Scope
from gateway.model.roster import ListedRecord, RecordKind
from gateway.web.errors import RequestRefused
from gateway.web.guards import Bearer, add_route, caller
from gateway.web.services import WebServices

MOST_LISTED = 1000
"""Longest page, in records; also the usual one."""

_MOST_CURSOR = 64
_KINDS = {
    "pupils": RecordKind.PUPIL,
    "guardians": RecordKind.GUARDIAN,
    "classes": RecordKind.CLASS,
    "staff": RecordKind.STAFF,
}


def roster_blueprint(services: WebServices) -> Blueprint:
    """Return the roster API."""
    blueprint = Blueprint("roster", __name__, url_prefix="/api/v1/roster")
    guard = Bearer(clients=services.clients, scope=Scope.ROSTER_READ)
    add_route(blueprint, "/<any(pupils, guardians, classes, staff):listed>", RosterApi(services).listing, guard=guard)
    return blueprint


class RosterApi:
    """The views of the roster API."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    def listing(self, listed: str) -> Response:
        """List records by id, a page at a time; ``next`` is the address of the page that follows."""
        limit, after = _limit(), _after()
        with self._services.roster(caller().school)() as unit:
            found = unit.roster.listing(_KINDS[listed], after=after, limit=limit + 1)
        page = found[:limit]
        following = None
        if len(found) > limit:
            following = url_for("roster.listing", listed=listed, after=page[-1].id, limit=limit)
        return jsonify({"items": [_item(record) for record in page], "next": following})


def _item(record: ListedRecord) -> dict[str, object]:
    item: dict[str, object] = {
        "id": record.id,
        "sourceId": record.source_id,
        "name": record.name,
        "active": record.active,
    }
    if record.kind is RecordKind.PUPIL:
        item["class"] = record.school_class
    if record.kind is RecordKind.GUARDIAN:
        item["pupils"] = list(record.pupils)
    return item


def _limit() -> int:
    text = request.args.get("limit", str(MOST_LISTED))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_LISTED)) and 1 <= int(text) <= MOST_LISTED):
        raise _invalid(
            "limit",
            Text(
                ru=f"Параметр «limit» – число записей на странице, от 1 до {MOST_LISTED}.",
                en=f"Parameter 'limit' is the number of records on a page, 1 to {MOST_LISTED}.",
            ),
        )
    return int(text)


def _after() -> str | None:
    after = request.args.get("after")
    if after is not None and not (0 < len(after) <= _MOST_CURSOR and after.isprintable()):
        raise _invalid(
            "after",
            Text(
                ru="Параметр «after» берётся из адреса «next» предыдущей страницы.",
                en="Parameter 'after' is taken from address 'next' of the page before.",
            ),
        )
    return after


def _invalid(parameter: str, text: Text) -> RequestRefused:
    fault = Fault(code=f"roster.{parameter}_invalid", text=text, field=parameter)
    return RequestRefused(HTTPStatus.BAD_REQUEST, fault.code, text, faults=(fault,))
