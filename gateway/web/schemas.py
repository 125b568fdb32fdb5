"""The schema catalogue: ``/api/v1/schemas``, and its files at ``/schemas/{name}/{version}/{file}``."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from flask import Blueprint, Response, jsonify

from gateway.errors import Text
from gateway.schemas.catalogue import CATALOGUE, SchemaVersion, schema_bytes
from gateway.web.errors import RequestRefused
from gateway.web.guards import Anybody, add_route
from gateway.web.paging import with_etag
from gateway.web.services import WebServices

_MEDIA_TYPES = {"json": "application/schema+json", "xsd": "application/xml", "wsdl": "application/xml"}


def schemas_blueprint(services: WebServices) -> Blueprint:
    """Return the catalogue and its files."""
    blueprint = Blueprint("schemas", __name__)
    views = SchemaViews(services)
    add_route(blueprint, "/api/v1/schemas", views.catalogue, guard=Anybody())
    add_route(blueprint, "/schemas/<name>/<version>/<file>", views.file, guard=Anybody())
    return blueprint


class SchemaViews:
    """The views of the catalogue."""

    def __init__(self, services: WebServices) -> None:
        self._clock = services.clock

    def catalogue(self) -> Response:
        """List every version of every schema with its state today."""
        today = self._clock().date()
        items = [
            {
                "name": one.name,
                "version": one.version,
                "about": one.about,
                "state": one.state(today).value,
                "issuedOn": one.issued_on.isoformat(),
                "acceptedUntil": None if one.accepted_until is None else one.accepted_until.isoformat(),
                "files": [_address(one, file) for file in one.files],
            }
            for one in CATALOGUE
        ]
        return jsonify({"items": items})

    def file(self, name: str, version: str, file: str) -> Response:
        """Show a file; it never changes once its version is issued."""
        found = next((one for one in CATALOGUE if (one.name, one.version) == (name, version)), None)
        if found is None or file not in found.files:
            raise _unknown()
        content = schema_bytes(name, version, file)
        response = Response(content, content_type=_MEDIA_TYPES[file.rpartition(".")[2]])
        response.headers["Cache-Control"] = "public, max-age=86400"
        return with_etag(response, hashlib.sha256(content).hexdigest()[:32])


def _address(version: SchemaVersion, file: str) -> str:
    return f"/schemas/{version}/{file}"


def _unknown() -> RequestRefused:
    return RequestRefused(
        HTTPStatus.NOT_FOUND,
        "schema.unknown_file",
        Text(
            ru="Такого файла в перечне схем нет; перечень: /api/v1/schemas.",
            en="The catalogue has no such file; see /api/v1/schemas.",
        ),
    )
