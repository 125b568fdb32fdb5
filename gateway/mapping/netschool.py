"""What a «Сетевой город. Образование»-style platform answers, as canonical values.

The answers have been held against ``schemas/netschool/5`` before. Facts: ``platforms.md`` 1.4 and 1.8 (confirmed on the
wire). Homework is taken to belong to the lesson it is shown at; whether a live platform shows it where it is set or
where it is due is unknown to us.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from gateway.errors import Fault, MappingError, Party, Text
from gateway.model.platform_week import PlatformLesson, PlatformMark, PlatformPupil

HOMEWORK_TYPE = 3
"""The assignment type whose name is the text of homework (``domain.md`` 1.3)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VisiblePupil:
    """A pupil whose diary the account may read; ``number`` is the platform's id."""

    number: int
    name: str = field(repr=False)


def visible_pupils(diary_init: Mapping[str, Any], class_name: str) -> tuple[VisiblePupil, ...]:
    """Return the pupils of a class out of ``student/diary/init``.

    Class names are compared without regard to case, spaces, hyphens and quotes (``5А``, «5-а»). A pupil of whom the
    platform does not say the class is taken to be of this one. ``currentStudentId`` is not read: its meaning varies.
    """
    return tuple(
        VisiblePupil(number=student["studentId"], name=student["nickName"])
        for student in diary_init["students"]
        if student.get("className") is None or _bare(student["className"]) == _bare(class_name)
    )


def work_names(assignment_types: Iterable[Mapping[str, Any]]) -> Mapping[int, str]:
    """Return the names of the kinds of work out of ``grade/assignment/types``."""
    return {one["id"]: one["name"] for one in assignment_types}


def platform_pupil(
    pupil: VisiblePupil, diary: Mapping[str, Any], works: Mapping[int, str], *, first: date, last: date, zone: ZoneInfo
) -> PlatformPupil:
    """Return a pupil's lessons from ``first`` to ``last`` out of ``student/diary``; other days are left aside.

    Args:
        pupil: whose diary it is.
        diary: the answer.
        works: names of the kinds of work; one that is not among them leaves a mark's ``work`` empty.
        first: first day.
        last: last day.
        zone: the zone of the platform's clock times.

    Raises:
        MappingError: a lesson's day does not exist (``netschool.day``).
    """
    lessons = (
        _lesson(lesson, works, zone, path=f"/weekDays/{place}/lessons/{number}")
        for place, of_day in enumerate(diary["weekDays"])
        for number, lesson in enumerate(of_day["lessons"])
    )
    return PlatformPupil(name=pupil.name, lessons=tuple(one for one in lessons if first <= one.day <= last))


def _lesson(lesson: Mapping[str, Any], works: Mapping[int, str], zone: ZoneInfo, *, path: str) -> PlatformLesson:
    assignments = lesson.get("assignments") or ()
    marks = [(one, one["mark"]) for one in assignments if one.get("mark")]
    homework = [one["assignmentName"] for one in assignments if one["typeId"] == HOMEWORK_TYPE]
    day = _day(lesson["day"], path=path)
    return PlatformLesson(
        day=day,
        number=lesson["number"],
        ends_at=datetime.combine(day, time.fromisoformat(lesson["endTime"]), tzinfo=zone),
        subject_name=lesson["subjectName"],
        marks=tuple(
            PlatformMark(value=mark["mark"], work=works.get(one["typeId"], ""))
            for one, mark in marks
            if mark["mark"] is not None
        ),
        debts=sum(1 for _one, mark in marks if mark.get("dutyMark")),
        homework="\n".join(homework) or None,
    )


def _day(text: str, *, path: str) -> date:
    try:
        return date.fromisoformat(text.partition("T")[0])
    except ValueError:
        said = Text(ru="Такого дня нет в календаре.", en="The calendar has no such day.")
        fault = Fault(code="netschool.day", text=said, path=f"{path}/day", field="day", who=Party.PLATFORM_OPERATOR)
        raise MappingError("netschool.day", said, faults=(fault,), who=Party.PLATFORM_OPERATOR) from None


def _bare(class_name: str) -> str:
    return "".join(sign for sign in class_name.casefold() if sign.isalnum())
