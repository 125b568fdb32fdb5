"""A school's journal system: gets a token, posts batches, reads what it is told.

It writes batches by itself, straight from the field names of the model, and so checks the published schemas from
the other side: nothing here knows how the gateway reads them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Self
from urllib.parse import quote_plus

import httpx
from lxml import etree

from gateway.model.journal import Batch, Homework

_NAMESPACE = "urn:school-gateway:journal:1.0"
_VERSION = "1.0"


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
        """Ask for a token with HTTP Basic (RFC 6749, 2.3.1)."""
        form = {"grant_type": "client_credentials", "scope": "journal.write"}
        response = self._client.post("/oauth/token", data=form, auth=self._credentials)
        response.raise_for_status()
        return str(response.json()["access_token"])


def to_json(batch: Batch) -> bytes:
    """Write a batch as JSON."""
    return json.dumps({"version": _VERSION, **_members(batch)}, ensure_ascii=False).encode()


def to_xml(batch: Batch) -> bytes:
    """Write a batch as XML."""
    members = _members(batch)
    root = etree.Element(f"{{{_NAMESPACE}}}journalBatch", {"version": _VERSION}, nsmap={None: _NAMESPACE})
    _child(root, "school").text = members.pop("school")
    _child(root, "sentAt").text = members.pop("sentAt")
    for kind, records in members.items():
        parent = _child(root, kind)
        for record in records:
            _add(_child(parent, "entry" if kind == "homework" else kind.removesuffix("s")), record)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _members(record: Any) -> dict[str, Any]:
    values = {_camel(one.name): getattr(record, one.name) for one in fields(record)}
    written = {name: _plain(value) for name, value in values.items() if value is not None}
    return {"lesson": record.lesson, "text": None, **written} if isinstance(record, Homework) else written


def _camel(name: str) -> str:
    first, *others = name.removeprefix("school_").split("_")
    return first + "".join(other.capitalize() for other in others)


def _plain(value: Any) -> Any:
    match value:
        case tuple():
            return [_plain(item) for item in value]
        case date():
            return value.isoformat()
        case StrEnum():
            return value.value
        case _ if is_dataclass(value):
            return _members(value)
        case _:
            return value


def _add(element: etree._Element, record: Mapping[str, Any]) -> None:
    for name, value in record.items():
        child = _child(element, "notSet" if value is None else name)
        match value:
            case dict():
                _add(child, value)
            case list():
                for item in value:
                    _child(child, "pupil").text = item
            case bool():
                child.text = str(value).lower()
            case None:
                pass
            case _:
                child.text = str(value)


def _child(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_NAMESPACE}}}{name}")
