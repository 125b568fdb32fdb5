"""Our OneRoster objects as rows of the CSV binding 1.2.1: what REST nests stands in files of its own there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from gateway.model.ids import SchoolId, issued_id
from gateway.model.oneroster import Body, KeptObject, ObjectKind, ObjectStatus, referred
from gateway.model.oneroster_query import moment_text

Cells = dict[str, Any]

FILES_OF: Mapping[ObjectKind, tuple[str, ...]] = MappingProxyType(
    {
        ObjectKind.ORG: ("orgs",),
        ObjectKind.ACADEMIC_SESSION: ("academicSessions",),
        ObjectKind.COURSE: ("courses",),
        ObjectKind.CLASS: ("classes",),
        ObjectKind.USER: ("users", "roles"),
        ObjectKind.ENROLLMENT: ("enrollments",),
        ObjectKind.DEMOGRAPHICS: ("demographics",),
        ObjectKind.CATEGORY: ("categories",),
        ObjectKind.SCORE_SCALE: ("scoreScales",),
        ObjectKind.LINE_ITEM: ("lineItems", "lineItemScoreScales"),
        ObjectKind.RESULT: ("results", "resultScoreScales"),
        ObjectKind.RESOURCE: ("resources",),
    }
)
"""The files that objects of a kind go into, what is referred to first; exams have none in the binding."""

_RENAMED = MappingProxyType(
    {
        "preferredFirstName": "preferredGivenName",
        "preferredMiddleName": "preferredMiddleName",
        "preferredLastName": "preferredFamilyName",
    }
)
_REFERENCES = MappingProxyType(
    {
        "parent": "parentSourcedId",
        "schoolYear": "schoolYearSourcedId",
        "org": "orgSourcedId",
        "course": "courseSourcedId",
        "school": "schoolSourcedId",
        "terms": "termSourcedIds",
        "class": "classSourcedId",
        "user": "userSourcedId",
        "student": "studentSourcedId",
        "agents": "agentSourcedIds",
        "primaryOrg": "primaryOrgSourcedId",
        "category": "categorySourcedId",
        "academicSession": "academicSessionSourcedId",
        "lineItem": "lineItemSourcedId",
    }
)
_DAY = len("2026-10-14")


class CsvRows:
    """Makes rows of the objects of one school; a row is given out as soon as it is asked for."""

    def __init__(self, school: SchoolId, courses: Mapping[str, str]) -> None:
        """Take what a score scale has in CSV and not in REST: ``courses`` are those of the classes, by id."""
        self._school = school
        self._courses = courses

    def of(self, file: str, objects: Iterable[KeptObject]) -> Iterator[Cells]:
        """Yield the rows of one file, made of the objects that go into it."""
        make = self._makers().get(file, self._plain)
        for one in objects:
            about = {"status": one.status.value, "dateLastModified": moment_text(one.changed_at)}
            for row in make(one):
                yield {**row, **about}

    def _makers(self) -> Mapping[str, Callable[[KeptObject], Iterable[Cells]]]:
        return {
            "users": self._users,
            "roles": self._roles,
            "lineItems": self._line_items,
            "results": self._results,
            "scoreScales": self._scales,
            "lineItemScoreScales": lambda one: self._scale_of(one, "lineItem"),
            "resultScoreScales": lambda one: self._scale_of(one, "result"),
        }

    def _plain(self, one: KeptObject) -> Iterator[Cells]:
        yield _cells(one, one.object.body)

    def _users(self, one: KeptObject) -> Iterator[Cells]:
        """Yield a user; the binding asks for a ``username``, so who has none is known by the id."""
        body = {name: value for name, value in one.object.body.items() if name not in {"roles", "userProfiles"}}
        ids = [f"{{{each['type']}:{each['identifier']}}}" for each in body.pop("userIds", ())]
        yield {"username": one.object.sourced_id, **_cells(one, body), **({"userIds": ids} if ids else {})}

    def _roles(self, one: KeptObject) -> Iterator[Cells]:
        for role in one.object.body["roles"]:
            org = role["org"]["sourcedId"]
            row = {name: role[name] for name in ("roleType", "role", "beginDate", "endDate") if name in role}
            sourced_id = issued_id(self._school, "provider", "role", f"{one.object.sourced_id}|{role['role']}|{org}")
            yield {"sourcedId": sourced_id, "userSourcedId": one.object.sourced_id, "orgSourcedId": org, **row}

    def _line_items(self, one: KeptObject) -> Iterator[Cells]:
        """Yield a line item: its grading period is its session here, since results belong to that."""
        body = dict(one.object.body)
        session = referred(body, "gradingPeriod", "academicSession")
        for name in ("gradingPeriod", "academicSession", "scoreScale"):
            body.pop(name, None)
        days: Cells = {name: str(body[name])[:_DAY] for name in ("assignDate", "dueDate") if name in body}
        yield {**_cells(one, body), **days, "academicSessionSourcedId": session}

    def _results(self, one: KeptObject) -> Iterator[Cells]:
        body = {name: value for name, value in one.object.body.items() if name != "scoreScale"}
        yield _cells(one, body)

    def _scales(self, one: KeptObject) -> Iterator[Cells]:
        body = dict(one.object.body)
        steps = body.pop("scoreScaleValue", ())
        told = [f"{{{each['itemValueLHS']}:{each['itemValueRHS']}}}" for each in steps]
        in_class = referred(body, "class") or ""
        course = self._courses.get(in_class, "")
        named = {"orgSourcedId": self._school, "courseSourcedId": course, "scoreScaleValue": told}
        yield {**_cells(one, body), **named}

    def _scale_of(self, one: KeptObject, what: str) -> Iterator[Cells]:
        scale = referred(one.object.body, "scoreScale")
        if scale is None:
            return
        sourced_id = issued_id(self._school, "provider", f"{what}ScoreScale", f"{one.object.sourced_id}|{scale}")
        yield {"sourcedId": sourced_id, f"{what}SourcedId": one.object.sourced_id, "scoreScaleSourcedId": scale}


def is_told(one: KeptObject, *, in_delta: bool) -> bool:
    """Tell whether an object goes into a package: what is gone only into a delta."""
    return in_delta or one.status is ObjectStatus.ACTIVE


def _cells(one: KeptObject, body: Body) -> Cells:
    row: Cells = {"sourcedId": one.object.sourced_id}
    for name, value in body.items():
        if name in {"metadata", "resources", "children"}:
            continue
        column = _REFERENCES.get(name)
        if column is None or isinstance(value, str):
            row[_RENAMED.get(name, name)] = value
        elif isinstance(value, Mapping):
            row[column] = value["sourcedId"]
        else:
            row[column] = [each["sourcedId"] for each in value]
    return row
