"""A school's journal system: gets a token, posts batches, reads what it is told.

It writes batches by itself, straight from the field names of the model, and so checks the published schemas from
the other side: nothing here knows how the gateway reads them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any, Self
from urllib.parse import quote_plus

import httpx
from lxml import etree

from gateway.model.batch import Batch
from gateway.model.journal_records import RecordKind, records_of

_VERSION = "1.1"
_NAMESPACE = f"urn:school-gateway:journal:{_VERSION}"
_ITEMS = {"members": "pupil", "commission": "staff", "exemptFrom": "subject"}
"""Element of one id in a list of ids; any other list has elements named after what they are."""


class Form(StrEnum):
    """The two forms of a batch."""

    JSON = "application/json"
    XML = "application/xml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What the gateway answered: the HTTP status and the JSON body."""

    status: int
    content: Mapping[str, Any] = field(repr=False)


class JournalSystem:
    """A client of ``/api/v1/journal/batches`` with client credentials of its own (RFC 6749, 4.4)."""

    def __init__(self, base_url: str, client_id: str, client_secret: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=120, trust_env=False)
        self._credentials = (quote_plus(client_id), quote_plus(client_secret))
        self._token = ""

    def post(self, batch: Batch, *, idempotency_key: str, form: Form = Form.JSON) -> Reply:
        """Write a batch in one of the forms and post it."""
        content = to_json(batch) if form is Form.JSON else to_xml(batch)
        return self.post_document(content, idempotency_key=idempotency_key, form=form)

    def post_document(self, content: bytes, *, idempotency_key: str, form: Form) -> Reply:
        """Post a document as it is, right or wrong; a token that has run out is renewed once."""
        self._token = self._token or self._new_token()
        response = self._send(content, idempotency_key, form)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._token = self._new_token()
            response = self._send(content, idempotency_key, form)
        return Reply(status=response.status_code, content=response.json())

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def __enter__(self) -> Self:
        """Use as a context manager that closes at the end."""
        return self

    def __exit__(self, *_exc: object) -> None:
        """Close the connections."""
        self.close()

    def _send(self, content: bytes, idempotency_key: str, form: Form) -> httpx.Response:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": form.value,
            "Idempotency-Key": idempotency_key,
        }
        return self._client.post("/api/v1/journal/batches", content=content, headers=headers)

    def _new_token(self) -> str:
        """Ask with HTTP Basic (RFC 6749, 2.3.1) for a token with every scope that the client has (3.3)."""
        form = {"grant_type": "client_credentials"}
        response = self._client.post("/oauth/token", data=form, auth=self._credentials)
        response.raise_for_status()
        return str(response.json()["access_token"])


def to_json(batch: Batch) -> bytes:
    """Write a batch as JSON, version 1.1; kinds of which there is no record are left out."""
    members = {"version": _VERSION, **_envelope(batch)}
    for kind, records in _kinds(batch):
        members[_camel(kind.value)] = [_plain(record) for record in records]
    return json.dumps(members, ensure_ascii=False).encode()


def to_xml(batch: Batch) -> bytes:
    """Write a batch as XML, version 1.1; kinds of which there is no record are left out."""
    root = etree.Element(f"{{{_NAMESPACE}}}journalBatch", {"version": _VERSION}, nsmap={None: _NAMESPACE})
    for name, text in _envelope(batch).items():
        _child(root, name).text = text
    for kind, records in _kinds(batch):
        parent = _child(root, _camel(kind.value))
        tag = "entry" if kind is RecordKind.HOMEWORK else _camel(kind.one)
        for record in records:
            _add_fields(_child(parent, tag), record)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _envelope(batch: Batch) -> dict[str, Any]:
    return {"school": str(batch.school), "sentAt": batch.sent_at.isoformat()}


def _kinds(batch: Batch) -> Iterator[tuple[RecordKind, Sequence[Any]]]:
    """Yield the kinds of which the batch has records."""
    for kind in RecordKind:
        if records := records_of(batch, kind):
            yield kind, records


def _written(record: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields that say something: all but those that may be left out and are ``None``."""
    for one in fields(record):
        value = getattr(record, one.name)
        if value is not None or one.default is MISSING:
            yield _camel(one.name), value


def _camel(name: str) -> str:
    first, *others = name.removeprefix("school_").split("_") if name == "school_class" else name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case date() | time():
            return value.isoformat()
        case StrEnum():
            return value.value
        case _ if is_dataclass(value):
            return {name: _plain(field_value) for name, field_value in _written(value)}
        case _:
            return value


def _add_fields(element: etree._Element, record: Any) -> None:
    for name, value in _written(record):
        match value:
            case None:
                _child(element, "notSet")
            case tuple():
                items = _child(element, name)
                for item in value:
                    _add_value(_child(items, _ITEMS.get(name) or _type_name(item)), item)
            case _:
                _add_value(_child(element, name), value)


def _add_value(element: etree._Element, value: Any) -> None:
    if is_dataclass(value):
        _add_fields(element, value)
    else:
        element.text = str(value).lower() if isinstance(value, bool) else str(_plain(value))


def _type_name(item: Any) -> str:
    name = type(item).__name__
    return name[0].lower() + name[1:]


def _child(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_NAMESPACE}}}{name}")
