"""The platform's diary (``platforms.md`` 1.4 and 1.8): who may be looked at, a pupil's week, one task in full."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from gateway.model.ids import PupilId
from gateway.model.journal import Lesson, Mark
from gateway.model.school import PeriodKind
from gateway.sandbox.netschool.answers import CLASS_NUMBER, HOMEWORK_TYPE, TYPE_OF_WORK, midnight
from gateway.sandbox.netschool.class_journal import ClassJournal, ShownLesson
from gateway.sandbox.netschool.planted import Planted, altered

_FIRST_STUDENT = 200_001
_Json = dict[str, object]


class CurrentStudent(StrEnum):
    """What ``currentStudentId`` means: a position in the list of pupils, or an id. Both occur."""

    INDEX = "index"
    ID = "id"


class Diary:
    """The diaries of one class, with the planted differences in them.

    Raises:
        ValueError: a difference cannot be planted where it is meant to be, or its pupil is not of the class.
    """

    def __init__(self, journal: ClassJournal, planted: Sequence[Planted], current: CurrentStudent) -> None:
        self._journal = journal
        self._planted = planted
        self._current = current
        self._zone = ZoneInfo(journal.setting.school.zone)
        self._students = {_FIRST_STUDENT + place: pupil for place, pupil in enumerate(journal.pupils)}
        self._shown_tasks: dict[int, tuple[_Json, ShownLesson]] = {}
        self._numbers = {pupil.id: number for number, pupil in self._students.items()}
        for one in planted:
            if one.pupil not in self._numbers:
                raise ValueError(f"{one.kind} is planted for a pupil of another class")
            self._lessons(one.pupil, one.day)

    def start(self, today: date) -> _Json:
        """Answer ``student/diary/init``."""
        first = 0 if self._current is CurrentStudent.INDEX else _FIRST_STUDENT
        return {
            "students": [
                {
                    "studentId": number,
                    "nickName": pupil.name.full,
                    "className": self._class_name,
                    "classId": CLASS_NUMBER,
                    "iupGrade": 0,
                }
                for number, pupil in self._students.items()
            ],
            "currentStudentId": first,
            "weekStart": midnight(today - timedelta(days=today.weekday())),
            "yaClass": False,
            "yaClassAuthUrl": "",
            "newDiskToken": "",
            "newDiskWasRequest": False,
            "ttsuRl": "",
            "externalUrl": "",
            "weight": True,
            "maxMark": 5,
            "withLaAssigns": True,
        }

    def week(self, student: int, first: date, last: date) -> _Json:
        """Answer ``student/diary``; days without lessons are left out.

        Raises:
            KeyError: no such pupil.
        """
        pupil = self._students[student]
        days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
        lessons = ((day, self._lessons(pupil.id, day)) for day in days)
        return {
            "weekStart": midnight(first),
            "weekEnd": midnight(last),
            "weekDays": [
                {"date": midnight(day), "lessons": [self._lesson(shown, student) for shown in of_day]}
                for day, of_day in lessons
                if of_day
            ],
            "laAssigns": [],
            "termName": self._term_name(first),
            "className": self._class_name,
        }

    def task(self, number: int) -> _Json | None:
        """Answer ``student/diary/assigns/{id}``, the only place that names the teacher.

        Known are the tasks of weeks that were asked for before; ``None`` for every other number.
        """
        found = self._shown_tasks.get(number)
        return None if found is None else self._in_full(*found)

    @property
    def _class_name(self) -> str:
        return self._journal.setting.school_class.name.lower()

    def _lessons(self, pupil: PupilId, day: date) -> tuple[ShownLesson, ...]:
        planted = [one for one in self._planted if (one.pupil, one.day) == (pupil, day)]
        return altered(self._journal.lessons(pupil, day), planted)

    def _term_name(self, day: date) -> str:
        grade = self._journal.setting.school_class.grade
        for period in self._journal.setting.periods:
            if (
                period.kind in _TERMS
                and period.first_grade <= grade <= period.last_grade
                and period.start <= day <= period.end
            ):
                return f"{period.number} {_TERMS[period.kind]}"
        return ""

    def _lesson(self, shown: ShownLesson, student: int) -> _Json:
        lesson = shown.lesson
        starts, ends = (moment.astimezone(self._zone) for moment in (lesson.starts_at, lesson.ends_at))
        answer: _Json = {
            "classmeetingId": _number("lesson", lesson.id),
            "day": midnight(lesson.day),
            "number": lesson.number,
            "relay": 1,
            "room": lesson.room or None,
            "startTime": f"{starts:%H:%M}",
            "endTime": f"{ends:%H:%M}",
            "subjectName": shown.subject,
            "isEaLesson": False,
            "isDistanceLesson": False,
        }
        tasks = {_task_number(task): task for task in _tasks(shown, student)}
        if tasks:
            answer["assignments"] = list(tasks.values())
        self._shown_tasks.update((number, (task, shown)) for number, task in tasks.items())
        return answer

    def _in_full(self, task: _Json, shown: ShownLesson) -> _Json:
        lesson = shown.lesson
        teacher = lesson.substitution.teacher if lesson.substitution else lesson.teacher
        return {
            "id": task["id"],
            "assignmentName": task["assignmentName"],
            "activityName": None,
            "problemName": None,
            "subjectGroup": {
                "id": _number("subject group", lesson.group or lesson.school_class or "", lesson.subject),
                "name": f"{self._class_name}/{shown.subject}",
            },
            "teachers": [{"id": _number("staff", teacher), "name": self._journal.setting.teachers.get(teacher, "")}],
            "productId": None,
            "isDeleted": False,
            "weight": task["weight"],
            "date": midnight(lesson.day),
            "description": "",
            "attachments": [],
            "contentElements": [],
            "codeContentElements": [],
        }


def _tasks(shown: ShownLesson, student: int) -> Iterator[_Json]:
    """Yield the homework and what marks were given for; a task without a mark of this pupil has no ``mark``."""
    lesson = shown.lesson
    if shown.homework is not None and shown.homework.text is not None:
        due = shown.homework.due or lesson.day
        yield _task(lesson, HOMEWORK_TYPE, shown.homework.text, due, _number("homework", lesson.id))
    for task in shown.tasks:
        number = _number("task", lesson.id, task.kind, str(task.place), str(task.weight))
        answer = _task(lesson, TYPE_OF_WORK[task.kind], lesson.topic, lesson.day, number, weight=task.weight)
        if task in shown.marks:
            answer |= _mark(shown.marks[task], number, student)
        yield answer


def _task(lesson: Lesson, kind: int, name: str, due: date, number: int, *, weight: int = 0) -> _Json:
    return {
        "id": number,
        "typeId": kind,
        "assignmentName": name,
        "weight": weight,
        "dueDate": midnight(due),
        "classMeetingId": _number("lesson", lesson.id),
        "existsTestPlan": False,
    }


def _mark(mark: Mark, task: int, student: int) -> _Json:
    """Return the mark without an ``id`` of its own: clients lay it over the task (``platforms.md`` 1.8)."""
    return {
        "mark": {
            "assignmentId": task,
            "studentId": student,
            "mark": mark.value,
            "resultScore": None,
            "dutyMark": False,
        },
        "markComment": {"name": mark.comment} if mark.comment else None,
    }


def _task_number(task: _Json) -> int:
    return int(str(task["id"]))


def _number(*name: str) -> int:
    """Return the platform's own number of a thing: 31 bits that depend on what it is and nothing else."""
    return int.from_bytes(hashlib.sha256("/".join(name).encode()).digest()[:4]) & 0x7FFF_FFFF


_TERMS = {
    PeriodKind.QUARTER: "четверть",
    PeriodKind.TRIMESTER: "триместр",
    PeriodKind.HALF_YEAR: "полугодие",
    PeriodKind.MODULE: "модуль",
}
