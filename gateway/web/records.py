"""Records of the journal one by one: ``/api/v1/journal/{kind}`` and ``/api/v1/journal/{kind}/{key}``, for every kind.

The resources are made from the shapes of the records: a new kind has its addresses at once. Nothing is ever deleted
(R-AUD-02): a fact is voided or superseded by a write.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import quote

from flask import Blueprint, Response, request

from gateway.errors import Text
from gateway.mapping.journal_plain import plain_from
from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.journal_records import Record, RecordKey, RecordKind, Stored, key_of
from gateway.model.permissions import scope_to_read, scope_to_write
from gateway.model.record_shape import FieldType, RosterKind, shape_of_kind
from gateway.web.bodies import json_body
from gateway.web.errors import RequestRefused
from gateway.web.guards import Bearer, actor, add_route, caller
from gateway.web.paging import (
    following_page,
    limit,
    page_answer,
    parameter_invalid,
    refuse_unknown_parameters,
    with_etag,
)
from gateway.web.preconditions import check_write, tag_of
from gateway.web.record_addresses import is_day, is_id, key_from, segment_from
from gateway.web.services import WebServices

PREFIX = "/api/v1/journal"
DAYS = MappingProxyType({"dayFrom": "day_from", "dayTo": "day_to"})
"""Parameters that bound the day of a record, both days included, with what storage calls them."""

_FILTERED = frozenset(
    {
        *RosterKind,
        RecordKind.SUBJECTS,
        RecordKind.GROUPS,
        RecordKind.LESSONS,
        RecordKind.PERIODS,
    }
)
"""Lists can be narrowed to the records that link to one record of these kinds."""


def filters_of(kind: RecordKind) -> Mapping[str, str]:
    """Return the parameters that narrow a list of a kind, each with the attribute it is compared with."""
    fields = shape_of_kind(kind).fields
    return MappingProxyType({one.label: one.name for one in fields if one.links_to in _FILTERED and not one.many})


def has_day(kind: RecordKind) -> bool:
    """Tell whether records of a kind are of one day, by which a list can be narrowed."""
    return any(one.name == "day" and one.holds is FieldType.DAY for one in shape_of_kind(kind).fields)


def records_blueprint(services: WebServices) -> Blueprint:
    """Return the resources of every kind."""
    blueprint = Blueprint("records", __name__, url_prefix=PREFIX)
    for kind in RecordKind:
        resource = RecordResource(kind, services)
        reading = Bearer(clients=services.clients, scope=scope_to_read(kind))
        writing = Bearer(clients=services.clients, scope=scope_to_write(kind))
        several = f"/{KIND_LABELS[kind]}"
        one = f"{several}/<key>"
        add_route(blueprint, several, resource.listing, guard=reading, name=f"{kind.value}_list")
        add_route(blueprint, one, resource.read, guard=reading, name=f"{kind.value}_read")
        add_route(blueprint, one, resource.write, guard=writing, method="PUT", name=f"{kind.value}_write")
    return blueprint


class RecordResource:
    """The views of one kind."""

    def __init__(self, kind: RecordKind, services: WebServices) -> None:
        self._kind = kind
        self._services = services
        self._filters = filters_of(kind)
        self._days = DAYS if has_day(kind) else {}

    def listing(self) -> Response:
        """List records by key, a page at a time."""
        refuse_unknown_parameters({"limit", "after", *self._filters, *self._days})
        size, after, where = limit(), self._after(), self._where()
        desk = self._services.records(caller().school)
        page = desk.page(self._kind, after=after, limit=size, where=where, reader=actor())
        following = None
        if page.more:
            following = following_page(limit=str(size), after=segment_from(key_of(page.records[-1].record)))
        return page_answer({"items": [item_json(held) for held in page.records]}, following=following)

    def read(self, key: str) -> Response:
        """Show one record."""
        refuse_unknown_parameters(())
        known = key_from(self._kind, key)
        held = None
        if known is not None:
            held = self._services.records(caller().school).get(self._kind, known, reader=actor())
        if held is None:
            raise _unknown()
        return with_etag(record_answer(held), tag_of(held))

    def write(self, key: str) -> Response:
        """Create a record, or change the one that ``If-Match`` names."""
        refuse_unknown_parameters(())
        known = key_from(self._kind, key)
        if known is None:
            raise _no_key()
        school = caller().school
        desk = self._services.records(school)
        put = desk.put(self._kind, known, json_body(), precondition=check_write, writer=actor(), school=school)
        response = record_answer(put.now)
        response.set_etag(tag_of(put.now))
        if put.before is None:
            response.status_code = HTTPStatus.CREATED
            response.headers["Location"] = address_of(self._kind, known)
        return response

    def _after(self) -> RecordKey | None:
        text = request.args.get("after")
        key = None if text is None else key_from(self._kind, text)
        if text is not None and key is None:
            raise parameter_invalid(
                "after",
                Text(
                    ru="Параметр «after» берётся из адреса «next» предыдущей страницы.",
                    en="Parameter 'after' is taken from address 'next' of the page before.",
                ),
            )
        return key

    def _where(self) -> Mapping[str, str]:
        asked = {name: _id(label) for label, name in self._filters.items() if label in request.args}
        days = {name: _day(label) for label, name in self._days.items() if label in request.args}
        return {**asked, **days}


def item_json(held: Stored[Record]) -> dict[str, object]:
    """Return a record as a list shows it: what it is known by, its version and ETag, the record itself."""
    return {
        "key": segment_from(key_of(held.record)),
        "version": held.version,
        "etag": f'"{tag_of(held)}"',
        "record": plain_from(held.record),
    }


def record_answer(held: Stored[Record]) -> Response:
    """Return a record as an answer: the same object that a batch has in its list of the kind."""
    return Response(json.dumps(plain_from(held.record), ensure_ascii=False), mimetype="application/json")


def address_of(kind: RecordKind, key: RecordKey) -> str:
    """Return the address of a record."""
    return f"{PREFIX}/{KIND_LABELS[kind]}/{quote(segment_from(key), safe='~,')}"


def _id(label: str) -> str:
    value = request.args[label]
    if not is_id(value):
        raise parameter_invalid(
            label,
            Text(
                ru=f"Параметр «{label}» – идентификатор: от 1 до 64 знаков без пробелов.",
                en=f"Parameter '{label}' is an id: 1 to 64 characters without blanks.",
            ),
        )
    return value


def _day(label: str) -> str:
    value = request.args[label]
    if not is_day(value):
        raise parameter_invalid(
            label,
            Text(
                ru=f"Параметр «{label}» – день в виде ГГГГ-ММ-ДД.",
                en=f"Parameter '{label}' is a day as YYYY-MM-DD.",
            ),
        )
    return value


def _unknown() -> RequestRefused:
    return RequestRefused(
        HTTPStatus.NOT_FOUND,
        "journal.record_unknown",
        Text(ru="Записи с таким ключом нет.", en="There is no record with this key."),
    )


def _no_key() -> RequestRefused:
    return RequestRefused(
        HTTPStatus.NOT_FOUND,
        "journal.key_impossible",
        Text(
            ru="Такого ключа у записи этого вида быть не может.",
            en="No record of this kind can have such a key.",
        ),
    )
