"""What we give out as a OneRoster 1.2 provider: kinds of object, an object, and how one is kept when it is gone.

An object is kept without what depends on who asks: references have no ``href`` yet, and ``status`` and
``dateLastModified`` stand beside the body.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from gateway.model.ids import PupilId

Body = Mapping[str, Any]
"""The fields of an object as OneRoster names them, references as `reference` makes them. Holds personal data."""

SCHOOL = "school"
STUDENT = "student"
TEACHER = "teacher"
TERM = "term"
SEMESTER = "semester"
GRADING_PERIOD = "gradingPeriod"


class Service(StrEnum):
    """The three services of OneRoster 1.2, by the folder of their addresses."""

    ROSTERING = "rostering"
    GRADEBOOK = "gradebook"
    RESOURCES = "resources"

    @property
    def path(self) -> str:
        """Where the service's addresses begin."""
        return f"/ims/oneroster/{self}/v1p2"


class ObjectKind(StrEnum):
    """Kinds of object, named as their references are (``type``), what is referred to first."""

    ORG = "org"
    ACADEMIC_SESSION = "academicSession"
    COURSE = "course"
    CLASS = "class"
    USER = "user"
    ENROLLMENT = "enrollment"
    DEMOGRAPHICS = "demographics"
    RESOURCE = "resource"
    CATEGORY = "category"
    SCORE_SCALE = "scoreScale"
    LINE_ITEM = "lineItem"
    RESULT = "result"
    ASSESSMENT_LINE_ITEM = "assessmentLineItem"
    ASSESSMENT_RESULT = "assessmentResult"

    @property
    def many(self) -> str:
        """What several of the kind are called, in addresses and in answers."""
        return _SEVERAL.get(self.value, f"{self.value}s")

    @property
    def service(self) -> Service:
        """The service that gives the kind."""
        if self is ObjectKind.RESOURCE:
            return Service.RESOURCES
        return Service.ROSTERING if self in _ROSTERING else Service.GRADEBOOK

    @property
    def path(self) -> str:
        """The address of the kind's list, to which an object's id is added; what an ``href`` is made of."""
        return f"{self.service.path}/{self.many}"


_SEVERAL = {"class": "classes", "demographics": "demographics", "category": "categories"}

_ROSTERING = frozenset(
    {
        ObjectKind.ORG,
        ObjectKind.ACADEMIC_SESSION,
        ObjectKind.COURSE,
        ObjectKind.CLASS,
        ObjectKind.USER,
        ObjectKind.ENROLLMENT,
        ObjectKind.DEMOGRAPHICS,
    }
)


class ObjectStatus(StrEnum):
    """Whether an object is there, or was there and may be deleted (a tombstone)."""

    ACTIVE = "active"
    GONE = "tobedeleted"


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderObject:
    """An object as it is now."""

    kind: ObjectKind
    sourced_id: str
    body: Body = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptObject:
    """An object as it is kept; ``changed_at`` is when it became what it is, to the millisecond."""

    object: ProviderObject
    status: ObjectStatus
    changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """By what objects are looked up besides their id.

    ``variant`` is the role of a user (``student`` and ``teacher`` before any other) or of an enrolment, the type of a
    session or an organisation; ``parent`` the course of a class, the parent of a session, the line item of a result.
    """

    variant: str | None = None
    of_class: str | None = None
    of_user: str | None = None
    parent: str | None = None


def reference(kind: ObjectKind, sourced_id: str) -> dict[str, str]:
    """Return a reference to an object as it is kept, without its ``href``."""
    return {"sourcedId": sourced_id, "type": kind.value}


def is_reference(value: Mapping[str, Any]) -> bool:
    """Tell whether a value is a reference as `reference` makes them."""
    return len(value) == 2 and "sourcedId" in value and "type" in value  # noqa: PLR2004  exactly these two


def referred(body: Body, *names: str) -> str | None:
    """Return the id of the first of some references that a body has."""
    return next((str(body[name]["sourcedId"]) for name in names if name in body), None)


def place_of(one: ProviderObject) -> Place:
    """Return by what an object is looked up."""
    body = one.body
    match one.kind:
        case ObjectKind.USER:
            roles = [role["role"] for role in body["roles"]]
            told = next((role for role in (STUDENT, TEACHER) if role in roles), roles[0])
            return Place(variant=told)
        case ObjectKind.ACADEMIC_SESSION | ObjectKind.ORG:
            return Place(variant=body["type"], parent=referred(body, "parent"))
        case ObjectKind.CLASS:
            return Place(variant=body.get("classType"), parent=referred(body, "course"))
        case _:
            return Place(
                variant=body.get("role"),
                of_class=referred(body, "class"),
                of_user=referred(body, "user", "student"),
                parent=referred(body, "lineItem", "assessmentLineItem"),
            )


_KEPT_OF_GONE: Mapping[ObjectKind, frozenset[str]] = MappingProxyType(
    {
        ObjectKind.ORG: frozenset({"name", "type", "identifier"}),
        ObjectKind.ACADEMIC_SESSION: frozenset({"title", "startDate", "endDate", "type", "schoolYear"}),
        ObjectKind.COURSE: frozenset({"title", "courseCode"}),
        ObjectKind.CLASS: frozenset({"title", "classCode", "classType", "course", "school", "terms"}),
        ObjectKind.USER: frozenset({"enabledUser", "givenName", "familyName", "roles", "identifier", "username"}),
        ObjectKind.ENROLLMENT: frozenset({"user", "class", "school", "role", "beginDate", "endDate"}),
        ObjectKind.DEMOGRAPHICS: frozenset(),
        ObjectKind.RESOURCE: frozenset({"vendorResourceId", "vendorId", "applicationId"}),
        ObjectKind.CATEGORY: frozenset({"title"}),
        ObjectKind.SCORE_SCALE: frozenset({"title", "type", "class", "scoreScaleValue"}),
        ObjectKind.LINE_ITEM: frozenset({"title", "assignDate", "dueDate", "class", "school", "category"}),
        ObjectKind.RESULT: frozenset({"lineItem", "student", "class", "scoreStatus", "scoreDate"}),
        ObjectKind.ASSESSMENT_LINE_ITEM: frozenset({"title", "class"}),
        ObjectKind.ASSESSMENT_RESULT: frozenset({"assessmentLineItem", "student", "scoreStatus", "scoreDate"}),
    }
)


def buried(one: ProviderObject) -> ProviderObject:
    """Return what is kept of an object that is gone: what every answer must have, and the keys it is known by.

    Whoever holds a copy finds it by those keys, also where it does not keep our ids. The rest is personal data that
    nobody needs any more (R-SEC-06).
    """
    kept = {name: value for name, value in one.body.items() if name in _KEPT_OF_GONE[one.kind]}
    if "enabledUser" in kept:
        kept["enabledUser"] = "false"
    return ProviderObject(kind=one.kind, sourced_id=one.sourced_id, body=kept)


def pupils_told(one: ProviderObject) -> Iterator[PupilId]:
    """Yield the pupils of whom an object tells something, for the log of looks; ids of users are those of people."""
    place = place_of(one)
    match one.kind:
        case ObjectKind.USER if place.variant == STUDENT:
            yield PupilId(one.sourced_id)
        case ObjectKind.USER:
            yield from (PupilId(agent["sourcedId"]) for agent in one.body.get("agents", ()))
        case ObjectKind.DEMOGRAPHICS:
            yield PupilId(one.sourced_id)
        case ObjectKind.ENROLLMENT if place.variant != STUDENT:
            return
        case _ if place.of_user is not None:
            yield PupilId(place.of_user)
