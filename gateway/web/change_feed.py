"""What has changed, and changes of keys: ``/api/v1/journal/changes``, ``/api/v1/journal/key-changes``."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, request

from gateway.errors import DocumentError, Fault, Text
from gateway.journal.change_feed import Change
from gateway.mapping.journal_plain import moment_text, plain_from
from gateway.mapping.journal_records import KIND_LABELS, KINDS
from gateway.model.access import Scope
from gateway.model.journal_records import RESTRICTED, RecordKey, RecordKind
from gateway.model.permissions import scope_to_read, scope_to_write
from gateway.web.bodies import json_body
from gateway.web.guards import Bearer, actor, add_route, caller, insufficient
from gateway.web.paging import (
    following_page,
    limit,
    page_answer,
    parameter_invalid,
    refuse_unknown_parameters,
    whole_number,
)
from gateway.web.preconditions import tag_of
from gateway.web.record_addresses import key_from, segment_from
from gateway.web.records import PREFIX
from gateway.web.services import WebServices

MOST_SEQUENCE = 2**53 - 1
"""Highest number of a change; JSON readers hold no higher one exactly (RFC 8259, 6)."""


def changes_blueprint(services: WebServices) -> Blueprint:
    """Return the change feed and the way in for changes of keys."""
    blueprint = Blueprint("changes", __name__, url_prefix=PREFIX)
    api = ChangesApi(services)
    reading = Bearer(clients=services.clients, scope=Scope.CHANGES_READ)
    writing = Bearer(clients=services.clients, scope=Scope.JOURNAL_WRITE)
    add_route(blueprint, "/changes", api.changes, guard=reading)
    add_route(blueprint, "/key-changes", api.change_key, guard=writing, method="POST")
    return blueprint


class ChangesApi:
    """The views of the change feed."""

    def __init__(self, services: WebServices) -> None:
        self._services = services

    def changes(self) -> Response:
        """Tell what changed after ``since``, in order; ``next`` is where to go on, now or later.

        Kinds of restricted data are told only to who may read them (R-SEC-10), records only of kinds that the token
        opens.
        """
        refuse_unknown_parameters({"since", "limit", "payload"})
        size, since, payload = limit(), _since(), _payload()
        readable = {kind for kind in RecordKind if scope_to_read(kind) in caller().scopes}
        page = self._services.records(caller().school).changes(
            since,
            limit=size,
            kinds={kind for kind in RecordKind if kind in readable or kind not in RESTRICTED},
            with_records=readable if payload == "record" else (),
            reader=actor(),
        )
        items = [_item(change) for change in page.changes]
        following = following_page(limit=str(size), payload=payload, since=str(page.last))
        return page_answer({"items": items, "since": page.last, "more": page.more}, following=following)

    def change_key(self) -> Response:
        """Give a record another key, everywhere it is named."""
        refuse_unknown_parameters(())
        kind, old, new = _key_change(json_body())
        if scope_to_write(kind) not in caller().scopes:
            raise insufficient(scope_to_write(kind))
        desk = self._services.records(caller().school)
        sequence = desk.rename(kind, old, new, writer=actor(), school=caller().school)
        return jsonify(
            {"version": sequence, "kind": KIND_LABELS[kind], "from": segment_from(old), "to": segment_from(new)}
        )


def _item(change: Change) -> Mapping[str, object]:
    held = change.record
    return {
        "version": change.sequence,
        "at": moment_text(change.at),
        "change": change.change.value,
        "kind": KIND_LABELS[change.kind],
        "key": segment_from(change.key),
        "previousKey": None if change.previous is None else segment_from(change.previous),
        "etag": None if held is None else f'"{tag_of(held)}"',
        "record": None if held is None else plain_from(held.record),
    }


def _since() -> int:
    number = whole_number(request.args.get("since", "0"), most=MOST_SEQUENCE)
    if number is None:
        raise parameter_invalid(
            "since",
            Text(
                ru="Параметр «since» – номер последнего известного изменения, 0 – с самого начала.",
                en="Parameter 'since' is the number of the last change you know, 0 for all.",
            ),
        )
    return number


def _payload() -> str:
    payload = request.args.get("payload", "record")
    if payload not in {"record", "none"}:
        raise parameter_invalid(
            "payload",
            Text(
                ru="Параметр «payload» – «record» или «none».",
                en="Parameter 'payload' is 'record' or 'none'.",
            ),
        )
    return payload


def _key_change(content: object) -> tuple[RecordKind, RecordKey, RecordKey]:
    """Return what a body asks for: kind, old key, new key."""
    if not isinstance(content, dict) or set(content) != {"kind", "from", "to"}:
        raise _refused("", None)
    kind = KINDS.get(content["kind"]) if isinstance(content["kind"], str) else None
    if kind is None:
        raise _refused("/kind", "kind")
    keys = [_key(kind, name, content[name]) for name in ("from", "to")]
    return kind, keys[0], keys[1]


def _key(kind: RecordKind, name: str, value: object) -> RecordKey:
    key = key_from(kind, value) if isinstance(value, str) else None
    if key is None:
        raise _refused(f"/{name}", name)
    return key


def _refused(path: str, field: str | None) -> DocumentError:
    text = Text(
        ru="Нужен объект с полями kind (вид записи), from и to (ключи в том виде, в каком они стоят в адресе).",
        en="An object with fields kind (kind of record), from and to (keys as they stand in addresses) is needed.",
    )
    fault = Fault(code="journal.key_change_invalid", text=text, path=path, field=field)
    return DocumentError(fault.code, text, faults=(fault,))
