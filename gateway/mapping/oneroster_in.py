"""Gradebook objects as other systems write them, read tolerantly: what is meant counts, not how it is dressed.

Large consumers leave out ``href`` and ``type`` of references, ``status`` and ``dateLastModified``, send
``scoreDate`` as a date-time, an empty ``comment``, numbers as texts and flags as booleans. What we give out stays
strict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from gateway.errors import DocumentError, Fault, Party, Text
from gateway.model.oneroster import Body, ObjectKind, reference
from gateway.model.oneroster_query import moment_text

GUID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9.\-_@]{1,64}")
"""Ids that we take: the characters of the standard that stand in an address, as many as the journal's ids have."""

_STATUSES = {
    re.sub(r"\W", "", status): status
    for status in ("exempt", "fully graded", "not submitted", "partially graded", "submitted")
}
_EXTENSION = re.compile(r"ext:[A-Za-z0-9._-]+")
_GRADED, _MISSING = "fully graded", "not submitted"
_LONGEST = {"title": 1000, "description": 4000, "comment": 1000, "textScore": 200, "type": 200, "scoreScaleValue": 200}
_MOST_STEPS = 1000
_YEARS = range(1900, 2200)
"""Years that a moment can be of: beyond them calendars end, and no school has lessons there."""

_REFERENCES: Mapping[str, ObjectKind] = MappingProxyType(
    {
        "class": ObjectKind.CLASS,
        "school": ObjectKind.ORG,
        "course": ObjectKind.COURSE,
        "category": ObjectKind.CATEGORY,
        "gradingPeriod": ObjectKind.ACADEMIC_SESSION,
        "academicSession": ObjectKind.ACADEMIC_SESSION,
        "scoreScale": ObjectKind.SCORE_SCALE,
        "lineItem": ObjectKind.LINE_ITEM,
        "assessmentLineItem": ObjectKind.ASSESSMENT_LINE_ITEM,
        "parentAssessmentLineItem": ObjectKind.ASSESSMENT_LINE_ITEM,
        "student": ObjectKind.USER,
    }
)
_FLAGS = ("inProgress", "incomplete", "late", "missing")
_NUMBERS = ("weight", "resultValueMin", "resultValueMax", "score", "scorePercentile")
_MOMENTS = ("assignDate", "dueDate")
_TEXTS = ("title", "description", "textScore", "comment", "type")

_FIELDS: Mapping[ObjectKind, tuple[str, ...]] = MappingProxyType(
    {
        ObjectKind.CATEGORY: ("title", "weight"),
        ObjectKind.SCORE_SCALE: ("title", "type", "course", "class", "scoreScaleValue"),
        ObjectKind.LINE_ITEM: (
            *("title", "description", "assignDate", "dueDate", "class", "school", "category", "gradingPeriod"),
            *("academicSession", "scoreScale", "resultValueMin", "resultValueMax"),
        ),
        ObjectKind.RESULT: (
            *("lineItem", "student", "class", "scoreScale", "scoreStatus", "score", "textScore", "scoreDate"),
            *("comment", *_FLAGS),
        ),
        ObjectKind.ASSESSMENT_LINE_ITEM: (
            *("title", "description", "class", "parentAssessmentLineItem", "scoreScale"),
            *("resultValueMin", "resultValueMax"),
        ),
        ObjectKind.ASSESSMENT_RESULT: (
            *("assessmentLineItem", "student", "scoreScale", "scoreStatus", "score", "textScore", "scoreDate"),
            *("scorePercentile", "comment", *_FLAGS),
        ),
    }
)
_NEEDED: Mapping[ObjectKind, tuple[str, ...]] = MappingProxyType(
    {
        ObjectKind.CATEGORY: ("title",),
        ObjectKind.SCORE_SCALE: ("title", "type", "class", "scoreScaleValue"),
        ObjectKind.LINE_ITEM: ("title", "class", "category"),
        ObjectKind.RESULT: ("lineItem", "student"),
        ObjectKind.ASSESSMENT_LINE_ITEM: ("title",),
        ObjectKind.ASSESSMENT_RESULT: ("assessmentLineItem", "student"),
    }
)


def written_object(kind: ObjectKind, tree: object, *, received_at: datetime, zone: ZoneInfo) -> Body:
    """Return the fields of an object as we keep them, from what another system wrote.

    Args:
        kind: what it is said to be.
        tree: the JSON value; the object itself, or with the standard's wrapper around it.
        received_at: stands for dates that are missing.
        zone: the school's; a date-time is of the day that it is there.

    Raises:
        DocumentError: ``oneroster.object_invalid``, with every fault.
    """
    reading = _Reading(zone)
    body = reading.object(kind, _unwrapped(kind, tree))
    if isinstance(body.get("metadata"), Mapping) and not body["metadata"]:
        del body["metadata"]
    for name in _NEEDED[kind]:
        if name not in body and not any(fault.field == name for fault in reading.faults):
            reading.fault(name, Text(ru=f"Нет поля «{name}».", en=f"Field '{name}' is missing."))
    if reading.faults:
        raise object_invalid(*reading.faults)
    return {**_defaults(kind, body, received_at, zone), **body}


def object_invalid(*faults: Fault) -> DocumentError:
    """Return the refusal of an object that means nothing here."""
    return DocumentError(
        "oneroster.object_invalid",
        Text(
            ru="Объект не принят: " + " ".join(fault.text.ru for fault in faults),
            en="The object was not accepted: " + " ".join(fault.text.en for fault in faults),
        ),
        faults=faults,
        who=Party.SENDER,
    )


def object_fault(name: str, text: Text) -> Fault:
    """Return a fault of one field of an object."""
    return Fault(code="oneroster.object_invalid", text=text, field=name, who=Party.SENDER)


def _unwrapped(kind: ObjectKind, tree: object) -> object:
    if isinstance(tree, Mapping) and isinstance(tree.get(kind.value), Mapping) and kind.value not in _FIELDS[kind]:
        return tree[kind.value]
    return tree


class _Reading:
    """Reads one object and collects what is wrong with it."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.faults: list[Fault] = []

    def object(self, kind: ObjectKind, tree: object) -> dict[str, Any]:
        if not isinstance(tree, Mapping):
            self.fault("", Text(ru="Ожидается объект JSON.", en="A JSON object is expected."))
            return {}
        body: dict[str, Any] = {}
        for name in _FIELDS[kind]:
            if tree.get(name) is None or tree[name] == "":
                continue
            try:
                body[name] = self._reader(name)(name, tree[name])
            except (ValueError, TypeError, OverflowError):
                self._unclear(name)
        metadata = tree.get("metadata")
        if isinstance(metadata, Mapping):
            body["metadata"] = dict(metadata)
            if _has_nul(metadata):
                self.fault(
                    "metadata", Text(ru="Поле «metadata» непонятно.", en="Field 'metadata' cannot be understood.")
                )
        return body

    def fault(self, name: str, text: Text) -> None:
        self.faults.append(object_fault(name, text))

    def _unclear(self, name: str) -> None:
        self.fault(name, Text(ru=f"Поле «{name}» непонятно.", en=f"Field '{name}' cannot be understood."))

    def _reader(self, name: str) -> Callable[[str, Any], Any]:
        if name in _REFERENCES:
            return _reference
        if name in _FLAGS:
            return _flag
        if name in _NUMBERS:
            return _number
        if name in _MOMENTS:
            return self._moment
        if name in _TEXTS:
            return _text
        return {"scoreStatus": _status, "scoreDate": self._day, "scoreScaleValue": _steps}[name]

    def _moment(self, _name: str, value: Any) -> str:
        return moment_text(self._aware(value))

    def _day(self, _name: str, value: Any) -> str:
        text = str(value)
        if len(text) == len("2026-10-14"):
            return self._aware(date.fromisoformat(text)).date().isoformat()
        return self._aware(text).astimezone(self._zone).date().isoformat()

    def _aware(self, value: Any) -> datetime:
        moment = datetime.fromisoformat(str(value))
        if moment.year not in _YEARS:
            raise ValueError(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=self._zone)


def _defaults(kind: ObjectKind, body: Mapping[str, Any], received_at: datetime, zone: ZoneInfo) -> dict[str, Any]:
    match kind:
        case ObjectKind.LINE_ITEM:
            assigned = body.get("assignDate") or body.get("dueDate") or moment_text(received_at.astimezone(UTC))
            return {"assignDate": assigned, "dueDate": body.get("dueDate") or assigned}
        case ObjectKind.RESULT | ObjectKind.ASSESSMENT_RESULT:
            status = _GRADED if "score" in body or "textScore" in body else _MISSING
            return {"scoreStatus": status, "scoreDate": received_at.astimezone(zone).date().isoformat()}
        case _:
            return {}


def _reference(name: str, value: Any) -> dict[str, str]:
    sourced_id = value.get("sourcedId") if isinstance(value, Mapping) else value
    if not isinstance(sourced_id, str) or not GUID.fullmatch(sourced_id):
        raise ValueError(name)
    return reference(_REFERENCES[name], sourced_id)


def _flag(name: str, value: Any) -> str:
    text = str(value).casefold()
    if text not in {"true", "false"}:
        raise ValueError(name)
    return text


def _number(name: str, value: Any) -> float:
    number = math.nan if isinstance(value, bool) else float(value)
    if not math.isfinite(number):
        raise ValueError(name)
    return number


def _text(name: str, value: Any) -> str:
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    if not text or len(text) > _LONGEST[name] or "\0" in text:
        raise ValueError(name)
    return text


def _status(name: str, value: Any) -> str:
    text = str(value)
    known = _STATUSES.get(re.sub(r"[\W_]", "", text).casefold())
    if known is None and not _EXTENSION.fullmatch(text):
        raise ValueError(name)
    return known or text


def _steps(name: str, value: Any) -> list[dict[str, str]]:
    steps = value if isinstance(value, list) and 0 < len(value) <= _MOST_STEPS else [None]
    return [{side: _side(name, one, side) for side in ("itemValueLHS", "itemValueRHS")} for one in steps]


def _side(name: str, step: Any, side: str) -> str:
    if not isinstance(step, Mapping) or side not in step:
        raise ValueError(name)
    return _text(name, step[side])


def _has_nul(value: object) -> bool:
    """Tell whether a NUL is in any text of a JSON value: no column of PostgreSQL keeps it."""
    match value:
        case str():
            return "\0" in value
        case Mapping():
            return any(_has_nul(one) for pair in value.items() for one in pair)
        case list():
            return any(map(_has_nul, value))
        case _:
            return False
