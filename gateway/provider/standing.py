"""Objects of other systems that refer to somebody whose record was made one with another here."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.model.oneroster import Body, ObjectKind, is_reference, reference
from gateway.model.person_merge import resolved


def with_standing_users(body: Body, aliases: Mapping[str, str]) -> Body:
    """Return an object that refers to those who stand for users made one with others."""
    return {
        name: reference(ObjectKind.USER, resolved(aliases, value["sourcedId"])) if _is_user(value) else value
        for name, value in body.items()
    }


def _is_user(value: object) -> bool:
    return isinstance(value, Mapping) and is_reference(value) and value["type"] == ObjectKind.USER
