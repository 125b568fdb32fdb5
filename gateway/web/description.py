"""The API described for machines: ``openapi.json`` beside this module, and what is made from the model.

By hand are written the few addresses that are of one kind only. The addresses and schemas of the records are made from
their shapes; schemas that the catalogue has are taken from there; answers that every address can give are put in
everywhere.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from gateway.mapping.portal import CHILDREN_SCHEMA, EVENT_SCHEMA, WEEK_SCHEMA
from gateway.model.access import Scope
from gateway.schemas.catalogue import schema_bytes
from gateway.web.description_records import record_paths, record_schemas

_CARRIED = {
    "PortalChildren": CHILDREN_SCHEMA,
    "PortalWeek": WEEK_SCHEMA,
    "PortalEvent": EVENT_SCHEMA,
}
"""Schemas that the description takes from the catalogue instead of repeating them."""

_EVERYWHERE = {"500": "InternalError", "503": "Unavailable"}
"""Answers that any operation may give."""

_BEHIND_TOKENS = {"401": "Unauthorized", "403": "Forbidden", "429": "TooManyRequests"}
_WITH_PARAMETERS = {"400": "BadRequest"}

_SCOPES = {
    Scope.JOURNAL_READ: "read the journal's records",
    Scope.JOURNAL_WRITE: "post journal batches, write records, change keys",
    Scope.JOURNAL_CORRECT: "write corrections",
    Scope.CHANGES_READ: "read the change feed",
    Scope.HEALTH_READ: "read restricted records: health sheets, medical certificates",
    Scope.HEALTH_WRITE: "write restricted records",
    Scope.INCIDENTS_WRITE: "write access incidents",
    Scope.RULES_WRITE: "write policies, appointments, outages",
    Scope.ROSTER_READ: "list pupils, guardians, classes, staff, groups, subjects",
    Scope.DIARY_READ: "read diaries on behalf of guardians",
    Scope.DIARY_SUBSCRIBE: "subscribe to events on behalf of guardians",
    Scope.OR_ROSTER: "OneRoster: read the roster, without demographics",
    Scope.OR_ROSTER_CORE: "OneRoster: read lists and single objects of the roster",
    Scope.OR_DEMOGRAPHICS: "OneRoster: read birth dates and sexes of pupils",
    Scope.OR_GRADEBOOK: "OneRoster: read the gradebook",
    Scope.OR_GRADEBOOK_CORE: "OneRoster: read lists and single objects of the gradebook",
    Scope.OR_GRADEBOOK_PUT: "OneRoster: put objects of the gradebook, one by one",
    Scope.OR_GRADEBOOK_POST: "OneRoster: post objects of the gradebook, several at once",
    Scope.OR_GRADEBOOK_DELETE: "OneRoster: delete objects of the gradebook",
    Scope.OR_ASSESSMENT: "OneRoster: read assessments",
    Scope.OR_ASSESSMENT_PUT: "OneRoster: put assessments",
    Scope.OR_ASSESSMENT_DELETE: "OneRoster: delete assessments",
    Scope.OR_RESOURCE: "OneRoster: read resources",
    Scope.OR_RESOURCE_CORE: "OneRoster: read lists and single objects of the resources",
}


@lru_cache(maxsize=1)
def openapi() -> dict[str, Any]:
    """Return the description (OpenAPI 3.1)."""
    description: dict[str, Any] = json.loads(files("gateway.web").joinpath("openapi.json").read_bytes())
    components = description["components"]
    components["schemas"] |= record_schemas()
    components["schemas"] |= {name: _carried(name, json.loads(schema_bytes(*at))) for name, at in _CARRIED.items()}
    flow = components["securitySchemes"]["oauth"]["flows"]["clientCredentials"]
    flow["scopes"] = {scope.value: about for scope, about in _SCOPES.items()}
    description["paths"] |= record_paths()
    for operations in description["paths"].values():
        for operation in operations.values():
            _complete(operation)
    for answer in components["responses"].values():
        _with_request_id(answer)
    return description


def openapi_at(root: str) -> dict[str, Any]:
    """Return the description with the addresses that have to be absolute, for a service found at ``root``."""
    description = openapi()
    components = description["components"]
    oauth = components["securitySchemes"]["oauth"]
    flow = {**oauth["flows"]["clientCredentials"], "tokenUrl": f"{root}oauth/token"}
    schemes = {**components["securitySchemes"], "oauth": {**oauth, "flows": {"clientCredentials": flow}}}
    return {**description, "components": {**components, "securitySchemes": schemes}}


def _complete(operation: dict[str, Any]) -> None:
    """Put in the answers that an operation shares with others."""
    answers = dict(_EVERYWHERE)
    if any("oauth" in one for one in operation["security"]):
        answers |= _BEHIND_TOKENS
    if operation.get("parameters"):
        answers |= _WITH_PARAMETERS
    for status, name in answers.items():
        operation["responses"].setdefault(status, {"$ref": f"#/components/responses/{name}"})
    for answer in operation["responses"].values():
        if "$ref" not in answer:
            _with_request_id(answer)


def _with_request_id(answer: dict[str, Any]) -> None:
    answer["headers"] = {"X-Request-Id": {"$ref": "#/components/headers/request_id"}, **answer.get("headers", {})}


def _carried(name: str, schema: dict[str, Any]) -> Any:
    """Return a schema as a part of the description: its own references lead from the description's root."""
    part = {key: value for key, value in schema.items() if key not in {"$schema", "$id"}}
    return _rooted(part, f"#/components/schemas/{name}/")


def _rooted(value: Any, root: str) -> Any:
    if isinstance(value, list):
        return [_rooted(item, root) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: root + item.removeprefix("#/") if key == "$ref" and isinstance(item, str) else _rooted(item, root)
        for key, item in value.items()
    }
