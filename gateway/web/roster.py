"""The roster API: ``GET /api/v1/roster/{pupils|guardians|classes|staff|groups|subjects}``.

For journal systems to match their records with ours before they post a batch.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from gateway.errors import Text
from gateway.model.access import Scope
from gateway.model.roster import ListedRecord, RecordKind
from gateway.model.school import StudyGroup, Subject
from gateway.roster.lists import AnyListed, Listed
from gateway.web.guards import Bearer, actor, add_route, caller
from gateway.web.paging import following_page, limit, page_answer, parameter_invalid, refuse_unknown_parameters
from gateway.web.record_addresses import is_id
from gateway.web.services import WebServices


def roster_blueprint(services: WebServices) -> Blueprint:
    """Return the roster API."""
    blueprint = Blueprint("roster", __name__, url_prefix="/api/v1/roster")
    guard = Bearer(clients=services.clients, scope=Scope.ROSTER_READ)
    add_route(blueprint, f"/<any({', '.join(Listed)}):listed>", RosterApi(services).listing, guard=guard)
    return blueprint


class RosterApi:
    """The views of the roster API."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    def listing(self, listed: str) -> Response:
        """List records by id, a page at a time; ``next`` is the address of the page that follows."""
        refuse_unknown_parameters({"limit", "after"})
        size, after = limit(), _after()
        page = self._services.lists(caller().school).page(Listed(listed), after=after, limit=size, reader=actor())
        following = following_page(limit=str(size), after=page.records[-1].id) if page.more else None
        return page_answer({"items": [_item(one) for one in page.records]}, following=following)


def _item(one: AnyListed) -> dict[str, object]:
    if isinstance(one, StudyGroup):
        return _group(one)
    return _subject(one) if isinstance(one, Subject) else _person(one)


def _group(group: StudyGroup) -> dict[str, object]:
    return {"id": group.id, "name": group.name, "kind": group.kind.value, "subject": group.subject}


def _subject(subject: Subject) -> dict[str, object]:
    return {"id": subject.id, "name": subject.name, "component": subject.component.value}


def _person(record: ListedRecord) -> dict[str, object]:
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


def _after() -> str | None:
    after = request.args.get("after")
    if after is not None and not is_id(after):
        raise parameter_invalid(
            "after",
            Text(
                ru="Параметр «after» берётся из адреса «next» предыдущей страницы.",
                en="Parameter 'after' is taken from address 'next' of the page before.",
            ),
        )
    return after
