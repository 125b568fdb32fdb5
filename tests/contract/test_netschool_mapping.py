"""Answers of the platform as canonical values: what is kept, what is tolerated, what is refused."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.errors import MappingError, Party
from gateway.mapping.netschool import VisiblePupil, platform_pupil, visible_pupils, work_names
from gateway.model.platform_week import PlatformLesson, PlatformMark
from gateway.schemas.json_validation import json_faults

MONDAY, SATURDAY = date(2026, 9, 14), date(2026, 9, 19)
WORKS = work_names([{"id": 3, "name": "Домашнее задание"}, {"id": 4, "name": "Контрольная работа", "order": 2}])


def lesson(day: str = "2026-09-14T00:00:00", **changed: Any) -> dict[str, Any]:
    return {
        "classmeetingId": 7,
        "day": day,
        "number": 2,
        "room": None,
        "startTime": "09:25",
        "endTime": "10:10",
        "subjectName": "Алгебра",
        **changed,
    }


def task(kind: int, name: str = "Тема", **changed: Any) -> dict[str, Any]:
    return {"id": 1, "typeId": kind, "assignmentName": name, "dueDate": "2026-09-14T00:00:00", **changed}


def mapped(*lessons: dict[str, Any]) -> tuple[PlatformLesson, ...]:
    diary = {"weekDays": [{"date": "2026-09-14T00:00:00", "lessons": list(lessons)}]}
    assert json_faults(diary, "netschool", "5", "diary.schema.json") == ()
    pupil = VisiblePupil(number=1, name="Пчёлкина Анна")
    return platform_pupil(pupil, diary, WORKS, first=MONDAY, last=SATURDAY, zone=ZoneInfo("Asia/Yekaterinburg")).lessons


def test_a_lesson_keeps_day_number_subject_and_its_end_in_the_platforms_zone() -> None:
    (one,) = mapped(lesson())
    assert (one.day, one.number, one.subject_name) == (MONDAY, 2, "Алгебра")
    assert one.ends_at.astimezone(UTC) == datetime(2026, 9, 14, 5, 10, tzinfo=UTC)
    assert (one.marks, one.debts, one.homework) == ((), 0, None)


@pytest.mark.parametrize("nothing", [{}, {"assignments": None}, {"assignments": []}])
def test_a_lesson_without_assignments_has_none(nothing: dict[str, Any]) -> None:
    assert mapped(lesson(**nothing)) == mapped(lesson())


def test_marks_keep_value_and_name_of_work_and_an_unknown_work_stays_unknown() -> None:
    tasks = [
        task(4, mark={"mark": 5, "dutyMark": False}),
        task(977, mark={"mark": 3}),
        task(4),
        task(4, mark=None),
        task(4, mark={"mark": None, "dutyMark": False}),
    ]
    (one,) = mapped(lesson(assignments=tasks))
    assert one.marks == (PlatformMark(value=5, work="Контрольная работа"), PlatformMark(value=3, work=""))
    assert one.debts == 0


def test_a_debt_is_kept_beside_the_marks() -> None:
    (one,) = mapped(lesson(assignments=[task(4, mark={"mark": None, "dutyMark": True})]))
    assert (one.marks, one.debts) == ((), 1)


def test_homework_is_the_name_of_type_three() -> None:
    (one,) = mapped(lesson(assignments=[task(3, "§ 1"), task(4, "не задание"), task(3, "упр. 2", mark={"mark": 4})]))
    assert one.homework == "§ 1\nупр. 2"
    assert [mark.value for mark in one.marks] == [4]


def test_other_days_are_left_aside() -> None:
    assert mapped(lesson("2026-09-13T00:00:00"), lesson("2026-09-20")) == ()


def test_a_day_that_does_not_exist_is_refused_with_its_place() -> None:
    with pytest.raises(MappingError) as caught:
        mapped(lesson(), lesson("2026-02-30T00:00:00"))
    (fault,) = caught.value.faults
    assert (fault.path, fault.field, fault.who) == ("/weekDays/0/lessons/1/day", "day", Party.PLATFORM_OPERATOR)


@pytest.mark.parametrize("name", ["5А", "5а", "5 «А»", "5-А", None])
def test_a_class_is_found_however_its_name_is_written(name: str | None) -> None:
    start = {
        "students": [
            {"studentId": 1, "nickName": "Пчёлкина Анна", "className": name},
            {"studentId": 2, "nickName": "Другой Класс", "className": "5Б"},
        ],
        "currentStudentId": 0,
    }
    assert [one.number for one in visible_pupils(start, "5А")] == [1]


def test_the_smallest_answers_that_clients_accept_are_accepted() -> None:
    smallest: dict[str, object] = {
        "salt": {"lt": "1", "ver": "2", "salt": "3"},
        "login": {"at": "0"},
        "diary-init": {"students": [{"studentId": 1, "nickName": "А"}], "currentStudentId": 1},
        "year": {"id": 1},
        "assignment-types": [{"id": 1, "name": "А"}],
    }
    assert [json_faults(answer, "netschool", "5", f"{name}.schema.json") for name, answer in smallest.items()] == [
        ()
    ] * 5
