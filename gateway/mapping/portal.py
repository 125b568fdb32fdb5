"""The diary and its events as the city portal reads them: JSON by ``schemas/portal/1.0``; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from gateway.errors import Fault, SchemaError, Text
from gateway.model.attendance import Absence
from gateway.model.diary import Child, DiaryWeek, MarkEvent, MarkEventKind
from gateway.model.grading import MarkSign, WorkKind
from gateway.model.ids import LessonId, MarkId, PupilId, SchoolId, SubjectId
from gateway.model.journal import Homework, Mark
from gateway.model.week import WeekLesson
from gateway.schemas.json import parse_json
from gateway.schemas.json_validation import json_faults

JsonObject = dict[str, Any]

CHILDREN_SCHEMA = ("portal", "1.0", "children.schema.json")
WEEK_SCHEMA = ("portal", "1.0", "diary-week.schema.json")
EVENT_SCHEMA = ("portal", "1.0", "event.schema.json")
"""Where the catalogue has the schemas of the values below."""


def children_json(children: Sequence[Child]) -> JsonObject:
    """Return a guardian's children: id, given name, class."""
    return {
        "children": [
            {"id": child.pupil, "givenName": child.name.given, "className": child.class_name} for child in children
        ]
    }


def week_json(week: DiaryWeek) -> JsonObject:
    """Return a week; comments on marks and absences stay in the school (data minimisation, R-SEC-06, R-SEC-10)."""
    return {
        "pupil": week.pupil,
        "first": week.first.isoformat(),
        "last": week.last.isoformat(),
        "lessons": [_lesson(lesson, week.versions) for lesson in week.lessons],
    }


def _lesson(lesson: WeekLesson, versions: Mapping[MarkId, int]) -> JsonObject:
    return {
        "id": lesson.lesson,
        "day": lesson.day.isoformat(),
        "number": lesson.number,
        "startsAt": lesson.starts_at.isoformat(),
        "endsAt": lesson.ends_at.isoformat(),
        "subject": {"id": lesson.subject, "name": lesson.subject_name},
        "teacher": lesson.teacher,
        "substituted": lesson.substituted,
        "room": lesson.room,
        "topic": lesson.topic,
        "marks": [_mark(mark, versions[mark.id]) for mark in lesson.marks],
        "absence": _absence(lesson.absence),
        "homework": _homework(lesson.homework),
    }


def _mark(mark: Mark, version: int) -> JsonObject:
    return {
        "id": mark.id,
        "value": mark.given,
        "workKind": mark.work_kind.value,
        "weight": mark.weight,
        "version": version,
    }


def _absence(absence: Absence | None) -> JsonObject | None:
    return None if absence is None else {"kind": absence.kind.value}


def _homework(homework: Homework | None) -> JsonObject | None:
    if homework is None:
        return None
    return {"text": homework.text, "due": homework.due.isoformat() if homework.due else None}


def event_to_json(event: MarkEvent) -> bytes:
    """Return an event as the bytes that every attempt sends; nobody's name is in them."""
    content = {
        "type": event.kind.value,
        "occurredAt": event.occurred_at.isoformat(),
        "school": event.school,
        "portalUser": event.portal_user,
        "pupil": event.pupil,
        "mark": event.mark,
        "version": event.version,
        "lesson": event.lesson,
        "day": event.day.isoformat(),
        "subject": {"id": event.subject, "name": event.subject_name},
        "workKind": event.work_kind.value,
        "oldValue": event.old_value,
        "newValue": event.new_value,
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def event_from_json(content: bytes) -> MarkEvent:
    """Return the event of `event_to_json`.

    Raises:
        SchemaError: the bytes are something else (``portal.event_invalid``).
    """
    value = parse_json(content)
    faults = json_faults(value, *EVENT_SCHEMA, source=content)
    if faults:
        raise _invalid(faults)
    return _event(cast(JsonObject, value))


@dataclass(frozen=True, kw_only=True, slots=True)
class EventMemory:
    """What of an event nobody remembers but the event itself."""

    old_value: int | MarkSign | None
    occurred_at: datetime


def read_memory(content: bytes) -> EventMemory:
    """Return what an event remembers, also where the rest of it is not as its schema wants it.

    Raises:
        SchemaError: that much of it cannot be read (``portal.event_invalid``).
    """
    try:
        value = json.loads(content)
        return EventMemory(
            old_value=_mark_value(value["oldValue"]), occurred_at=datetime.fromisoformat(value["occurredAt"])
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _invalid() from error


def _event(content: JsonObject) -> MarkEvent:
    return MarkEvent(
        kind=MarkEventKind(content["type"]),
        school=SchoolId(content["school"]),
        portal_user=content["portalUser"],
        pupil=PupilId(content["pupil"]),
        mark=MarkId(content["mark"]),
        version=content["version"],
        lesson=LessonId(content["lesson"]),
        day=date.fromisoformat(content["day"]),
        subject=SubjectId(content["subject"]["id"]),
        subject_name=content["subject"]["name"],
        work_kind=WorkKind(content["workKind"]),
        old_value=_mark_value(content["oldValue"]),
        new_value=_mark_value(content["newValue"]),
        occurred_at=datetime.fromisoformat(content["occurredAt"]),
    )


def _mark_value(value: int | str | None) -> int | MarkSign | None:
    return MarkSign(value) if isinstance(value, str) else value


def _invalid(faults: tuple[Fault, ...] = ()) -> SchemaError:
    text = Text(ru="Событие не соответствует своей схеме.", en="The event is not valid by its schema.")
    return SchemaError("portal.event_invalid", text, faults=faults)
