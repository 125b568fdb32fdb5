"""The operations of OneRoster 1.2 that write: all of the gradebook. Names, addresses and scopes as 1EdTech has them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from gateway.model.access import Scope
from gateway.model.oneroster import ObjectKind, Service
from gateway.model.oneroster_submission import WRITABLE

_PARAMETER = re.compile(r"\{(\w+)\}")


class Verb(StrEnum):
    """How it is written."""

    PUT = "PUT"
    POST = "POST"
    DELETE = "DELETE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Writing:
    """One operation that writes: its ``operationId``, its address inside the gradebook service, what it writes."""

    id: str
    verb: Verb
    path: str
    kind: ObjectKind
    scope: Scope

    @property
    def rule(self) -> str:
        """The address as Flask routes it."""
        return Service.GRADEBOOK.path + _PARAMETER.sub(r"<\1>", self.path)


_ASSESSMENTS = frozenset({ObjectKind.ASSESSMENT_LINE_ITEM, ObjectKind.ASSESSMENT_RESULT})


def _single(verb: Verb, kind: ObjectKind) -> Writing:
    name = f"{verb.lower()}{kind.value[0].upper()}{kind.value[1:]}"
    if kind in _ASSESSMENTS:
        scope = Scope.OR_ASSESSMENT_PUT if verb is Verb.PUT else Scope.OR_ASSESSMENT_DELETE
    else:
        scope = Scope.OR_GRADEBOOK_PUT if verb is Verb.PUT else Scope.OR_GRADEBOOK_DELETE
    return Writing(id=name, verb=verb, path=f"/{kind.many}/{{sourcedId}}", kind=kind, scope=scope)


def _several(name: str, path: str, kind: ObjectKind) -> Writing:
    return Writing(id=name, verb=Verb.POST, path=path, kind=kind, scope=Scope.OR_GRADEBOOK_POST)


WRITINGS: tuple[Writing, ...] = (
    *(_single(verb, kind) for kind in WRITABLE for verb in (Verb.PUT, Verb.DELETE)),
    _several("postLineItemsForClass", "/classes/{classSourcedId}/lineItems", ObjectKind.LINE_ITEM),
    _several("postLineItemsForSchool", "/schools/{schoolSourcedId}/lineItems", ObjectKind.LINE_ITEM),
    _several("postResultsForLineItem", "/lineItems/{lineItemSourcedId}/results", ObjectKind.RESULT),
    _several(
        "postResultsForAcademicSessionForClass",
        "/classes/{classSourcedId}/academicSessions/{academicSessionSourcedId}/results",
        ObjectKind.RESULT,
    ),
)
"""Every operation that writes."""
