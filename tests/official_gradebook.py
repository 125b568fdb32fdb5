"""The official description of the OneRoster gradebook, to hold answers against."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from tests.provider_world import DOCUMENTS

FILE = DOCUMENTS / "onerosterv1p2gradebookservice_openapi3_v1p0.json"


@cache
def gradebook_document() -> dict[str, Any]:
    """Return it; a test that needs it is skipped where it is not there."""
    if not FILE.is_file():
        pytest.skip(f"needs shared/data/oneroster/{DOCUMENTS.name}/{FILE.name} beside the checkout")
    content: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return content


def is_valid(schema: str, body: object) -> bool:
    """Tell whether a body is valid by one of its schemas, formats too."""
    components = gradebook_document()["components"]
    content = {"$ref": f"#/components/schemas/{schema}", "components": components}
    return Draft202012Validator(content, validate_formats=True).is_valid(body)
