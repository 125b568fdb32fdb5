"""The fields of OneRoster 1.2 objects: which there are, what each holds, and what a dotted path of a query leads to.

Taken from the schemas of the three OpenAPI documents of 1EdTech (final release of 19 September 2022).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from gateway.model.oneroster import ObjectKind


class Leaf(StrEnum):
    """What a value is compared as. Days are texts that sort by themselves."""

    TEXT = "text"
    NUMBER = "number"
    MOMENT = "moment"
    OPEN = "open"
    """An object of which the standard says nothing (``metadata``)."""


@dataclass(frozen=True, slots=True)
class Several:
    """A list of values of one form."""

    of: Form


Form: TypeAlias = "Leaf | Several | Mapping[str, Form]"

_T, _N, _M = Leaf.TEXT, Leaf.NUMBER, Leaf.MOMENT
_REF: Mapping[str, Form] = {"sourcedId": _T, "type": _T, "href": _T}
_REFS, _TEXTS = Several(_REF), Several(_T)

_EVERYWHERE: Mapping[str, Form] = {"sourcedId": _T, "status": _T, "dateLastModified": _M, "metadata": Leaf.OPEN}

MANDATORY = ("sourcedId", "status", "dateLastModified")
"""Fields that every answer has, whatever it was asked for."""

_ROLE: Form = {"roleType": _T, "role": _T, "org": _REF, "userProfile": _T, "beginDate": _T, "endDate": _T}
_CREDENTIAL: Form = {"type": _T, "username": _T, "password": _T}
_PROFILE: Form = {
    "profileId": _T,
    "profileType": _T,
    "vendorId": _T,
    "applicationId": _T,
    "description": _T,
    "credentials": Several(_CREDENTIAL),
}
_OBJECTIVES = Several({"source": _T, "learningObjectiveIds": _TEXTS})
_OBJECTIVE_SCORES = Several(
    {
        "source": _T,
        "learningObjectiveResults": Several({"learningObjectiveId": _T, "score": _N, "textScore": _T}),
    }
)
_SCORE: Mapping[str, Form] = {
    "student": _REF,
    "scoreScale": _REF,
    "scoreStatus": _T,
    "score": _N,
    "textScore": _T,
    "scoreDate": _T,
    "comment": _T,
    "learningObjectiveSet": _OBJECTIVE_SCORES,
    **dict.fromkeys(("inProgress", "incomplete", "late", "missing"), _T),
}
_ORIGINS = (
    "americanIndianOrAlaskaNative",
    "asian",
    "blackOrAfricanAmerican",
    "nativeHawaiianOrOtherPacificIslander",
    "white",
    "demographicRaceTwoOrMoreRaces",
    "hispanicOrLatinoEthnicity",
    "countryOfBirthCode",
    "stateOfBirthAbbreviation",
    "cityOfBirth",
    "publicSchoolResidenceStatus",
)
_TAUGHT: Mapping[str, Form] = {"grades": _TEXTS, "subjects": _TEXTS, "subjectCodes": _TEXTS, "resources": _REFS}

_OWN: Mapping[ObjectKind, Mapping[str, Form]] = {
    ObjectKind.ORG: {"name": _T, "type": _T, "identifier": _T, "parent": _REF, "children": _REFS},
    ObjectKind.ACADEMIC_SESSION: {
        **dict.fromkeys(("title", "startDate", "endDate", "type", "schoolYear"), _T),
        "parent": _REF,
        "children": _REFS,
    },
    ObjectKind.COURSE: {"title": _T, "schoolYear": _REF, "courseCode": _T, "org": _REF, **_TAUGHT},
    ObjectKind.CLASS: {
        **dict.fromkeys(("title", "classCode", "classType", "location"), _T),
        "course": _REF,
        "school": _REF,
        "terms": _REFS,
        "periods": _TEXTS,
        **_TAUGHT,
    },
    ObjectKind.USER: {
        **dict.fromkeys(("userMasterIdentifier", "username", "enabledUser", "givenName", "familyName"), _T),
        **dict.fromkeys(("middleName", "preferredFirstName", "preferredMiddleName", "preferredLastName"), _T),
        **dict.fromkeys(("pronouns", "identifier", "email", "sms", "phone", "password"), _T),
        "userIds": Several({"type": _T, "identifier": _T}),
        "roles": Several(_ROLE),
        "userProfiles": Several(_PROFILE),
        "primaryOrg": _REF,
        "agents": _REFS,
        "grades": _TEXTS,
        "resources": _REFS,
    },
    ObjectKind.ENROLLMENT: {
        **dict.fromkeys(("user", "class", "school"), _REF),
        **dict.fromkeys(("role", "primary", "beginDate", "endDate"), _T),
    },
    ObjectKind.DEMOGRAPHICS: dict.fromkeys(("birthDate", "sex", *_ORIGINS), _T),
    ObjectKind.RESOURCE: {
        **dict.fromkeys(("title", "importance", "vendorResourceId", "vendorId", "applicationId"), _T),
        "roles": _TEXTS,
    },
    ObjectKind.CATEGORY: {"title": _T, "weight": _N},
    ObjectKind.SCORE_SCALE: {
        "title": _T,
        "type": _T,
        "course": _REF,
        "class": _REF,
        "scoreScaleValue": Several({"itemValueLHS": _T, "itemValueRHS": _T}),
    },
    ObjectKind.LINE_ITEM: {
        **dict.fromkeys(("title", "description"), _T),
        **dict.fromkeys(("assignDate", "dueDate"), _M),
        **dict.fromkeys(("class", "school", "category", "gradingPeriod", "academicSession", "scoreScale"), _REF),
        **dict.fromkeys(("resultValueMin", "resultValueMax"), _N),
        "learningObjectiveSet": _OBJECTIVES,
    },
    ObjectKind.RESULT: {"lineItem": _REF, "class": _REF, **_SCORE},
    ObjectKind.ASSESSMENT_LINE_ITEM: {
        **dict.fromkeys(("title", "description"), _T),
        **dict.fromkeys(("class", "parentAssessmentLineItem", "scoreScale"), _REF),
        **dict.fromkeys(("resultValueMin", "resultValueMax"), _N),
        "learningObjectiveSet": _OBJECTIVES,
    },
    ObjectKind.ASSESSMENT_RESULT: {"assessmentLineItem": _REF, "scorePercentile": _N, **_SCORE},
}

FIELDS: Mapping[ObjectKind, Mapping[str, Form]] = MappingProxyType(
    {kind: {**_EVERYWHERE, **fields} for kind, fields in _OWN.items()}
)
"""The fields of each kind, by name."""

_NAME = re.compile(r"[A-Za-z0-9_:\-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Way:
    """How a value is reached: through the lists on the way, each by its path from the one before, then by ``last``.

    ``roles.org.sourcedId`` goes through the list ``roles`` and ends with ``org.sourcedId``.
    """

    lists: tuple[tuple[str, ...], ...]
    last: tuple[str, ...]
    leaf: Leaf


def way_to(kind: ObjectKind, path: str) -> Way | None:
    """Return how the value that a dotted path names is reached; ``None`` if the kind has no such value.

    An ``href`` is made when it is told and can be asked by no query: its object is known by ``sourcedId``.
    """
    names = path.split(".")
    form: Form = FIELDS[kind]
    lists: list[tuple[str, ...]] = []
    walked: list[str] = []
    for place, name in enumerate(names):
        if form is Leaf.OPEN and _NAME.fullmatch(name):
            walked.append(name)
            continue
        if not isinstance(form, Mapping) or name not in form or (name == "href" and place):
            return None
        walked.append(name)
        form = form[name]
        if isinstance(form, Several):
            lists.append(tuple(walked))
            walked, form = [], form.of
    if not isinstance(form, Leaf) or (form is Leaf.OPEN and names == ["metadata"]):
        return None
    return Way(lists=tuple(lists), last=tuple(walked), leaf=form)
