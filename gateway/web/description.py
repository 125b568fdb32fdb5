"""The API described for machines: ``openapi.json`` beside this module, with the schemas of the catalogue put in."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from gateway.mapping.portal import CHILDREN_SCHEMA, EVENT_SCHEMA, WEEK_SCHEMA
from gateway.schemas.catalogue import schema_bytes

_CARRIED = {
    "JournalBatch": ("journal", "1.0", "journal-batch.schema.json"),
    "PortalChildren": CHILDREN_SCHEMA,
    "PortalWeek": WEEK_SCHEMA,
    "PortalEvent": EVENT_SCHEMA,
}
"""Schemas that the description takes from the catalogue instead of repeating them."""


@lru_cache(maxsize=1)
def openapi() -> dict[str, Any]:
    """Return the description (OpenAPI 3.1)."""
    description: dict[str, Any] = json.loads(files("gateway.web").joinpath("openapi.json").read_bytes())
    schemas = description["components"]["schemas"]
    schemas |= {name: _carried(name, json.loads(schema_bytes(*place))) for name, place in _CARRIED.items()}
    return description


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
