"""What a roll-over shows, as JSON values and back; its changes are kept with the roster plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from gateway.model.ids import ClassId, PupilId, StaffId
from gateway.model.rollover import ClassLine, ClassName, Finding, FindingCode, Outcome, PupilLine, RollOver
from gateway.model.roster_change import Change


def rollover_to_json(shown: RollOver) -> dict[str, Any]:
    """Return everything but the changes."""
    return {
        "year": shown.year,
        "first_day": shown.first_day.isoformat(),
        "last_day": shown.last_day.isoformat(),
        "leaving": shown.leaving,
        "pupils": [_pupil(one) for one in shown.pupils],
        "classes": [_class(one) for one in shown.classes],
        "findings": [
            {"code": one.code.value, "pupil": one.pupil, "class": one.school_class, "number": one.number}
            for one in shown.findings
        ],
    }


def rollover_from_json(item: Mapping[str, Any], changes: Iterable[Change]) -> RollOver:
    """Return the roll-over that `rollover_to_json` wrote."""
    return RollOver(
        year=item["year"],
        first_day=date.fromisoformat(item["first_day"]),
        last_day=date.fromisoformat(item["last_day"]),
        leaving=item["leaving"],
        pupils=tuple(_pupil_of(one) for one in item["pupils"]),
        classes=tuple(_class_of(one) for one in item["classes"]),
        findings=tuple(
            Finding(
                code=FindingCode(one["code"]),
                pupil=None if one["pupil"] is None else PupilId(one["pupil"]),
                school_class=None if one["class"] is None else ClassId(one["class"]),
                number=one["number"],
            )
            for one in item["findings"]
        ),
        changes=tuple(changes),
    )


def _pupil(one: PupilLine) -> dict[str, Any]:
    return {
        "pupil": one.pupil,
        "from": one.from_class,
        "outcome": None if one.outcome is None else one.outcome.value,
        "to": one.to_class,
        "on": one.happened_on.isoformat(),
        "document": one.document,
        "decided": one.decided,
    }


def _pupil_of(item: Mapping[str, Any]) -> PupilLine:
    return PupilLine(
        pupil=PupilId(item["pupil"]),
        from_class=ClassId(item["from"]),
        outcome=None if item["outcome"] is None else Outcome(item["outcome"]),
        to_class=None if item["to"] is None else ClassId(item["to"]),
        happened_on=date.fromisoformat(item["on"]),
        document=item["document"],
        decided=item["decided"],
    )


def _class(one: ClassLine) -> dict[str, Any]:
    return {
        "id": one.id,
        "grade": one.name.grade,
        "letter": one.name.letter,
        "year": one.year,
        "teacher": one.class_teacher,
        "new": one.is_new,
        "opening": one.opening,
        "arrived": one.arrived,
        "left": one.left,
    }


def _class_of(item: Mapping[str, Any]) -> ClassLine:
    return ClassLine(
        id=ClassId(item["id"]),
        name=ClassName(grade=item["grade"], letter=item["letter"]),
        year=item["year"],
        class_teacher=None if item["teacher"] is None else StaffId(item["teacher"]),
        is_new=item["new"],
        opening=item["opening"],
        arrived=item["arrived"],
        left=item["left"],
    )
