"""Pupils' weeks out of real tables."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Table, create_engine, event, insert

from gateway.model.attendance import AbsenceKind
from gateway.model.ids import PupilId, SchoolId
from gateway.model.week import PupilWeek
from gateway.storage.tables import metadata
from gateway.storage.tables.journal import absence, homework, lesson, mark
from gateway.storage.tables.people import enrollment, staff
from gateway.storage.tables.school import group_member, study_group, subject
from gateway.storage.weeks import SqlWeeks

SCHOOL = SchoolId("school-1")
MONDAY, SATURDAY = date(2026, 9, 14), date(2026, 9, 19)
ANNA, BORIS, VERA = PupilId("anna"), PupilId("boris"), PupilId("vera")


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        _furnish(connection)
        yield connection
    engine.dispose()


def put(connection: Connection, table: Table, *rows: dict[str, Any]) -> None:
    connection.execute(insert(table), [{"school_id": SCHOOL, **row} for row in rows])


def lesson_row(name: str, day: date, number: int, **given: Any) -> dict[str, Any]:
    start = datetime(day.year, day.month, day.day, 5 + number, 30, tzinfo=UTC)
    return {
        "id": name,
        "day": day,
        "number": number,
        "starts_at": start,
        "ends_at": start + timedelta(minutes=45),
        "subject_id": "algebra",
        "teacher_id": "t-1",
        "topic": f"Тема {name}",
        "class_id": None,
        "group_id": None,
        "room": "12",
        "substitute_id": None,
        "substitution_reason": None,
        "version": 1,
        **given,
    }


def mark_row(name: str, of_lesson: str, pupil: str, value: int, *, voided: bool = False) -> dict[str, Any]:
    return {
        "id": name,
        "lesson_id": of_lesson,
        "pupil_id": pupil,
        "value": value,
        "work_kind": "oral",
        "weight": 1,
        "comment": "",
        "voided": voided,
        "version": 1,
    }


def _furnish(connection: Connection) -> None:
    put(connection, subject, {"id": "algebra", "name": "Алгебра", "component": "federal"})
    put(
        connection,
        staff,
        *(
            {
                "id": name,
                "source_id": name,
                "family_name": family,
                "given_name": "Инна",
                "patronymic": patronymic,
                "position": "учитель",
                "status": "active",
            }
            for name, family, patronymic in (("t-1", "Лукина", "Петровна"), ("t-2", "Ким", ""))
        ),
    )
    put(
        connection,
        enrollment,
        {"pupil_id": ANNA, "class_id": "5А", "valid_from": date(2026, 9, 1), "valid_to": None},
        {"pupil_id": BORIS, "class_id": "5А", "valid_from": date(2026, 9, 1), "valid_to": date(2026, 9, 15)},
        {"pupil_id": BORIS, "class_id": "5Б", "valid_from": date(2026, 9, 16), "valid_to": None},
    )
    put(
        connection,
        study_group,
        {"id": "g-1", "name": "Английский, 1", "kind": "subgroup", "subject_id": "algebra", "members": [ANNA]},
        {"id": "g-2", "name": "Английский, 2", "kind": "subgroup", "subject_id": "algebra", "members": [BORIS]},
    )
    put(
        connection,
        group_member,
        {"group_id": "g-1", "pupil_id": ANNA, "valid_from": date.min, "valid_to": None},
        {"group_id": "g-2", "pupil_id": BORIS, "valid_from": date.min, "valid_to": None},
    )
    put(
        connection,
        lesson,
        lesson_row("a-mon-2", MONDAY, 2, class_id="5А"),
        lesson_row("a-mon-1", MONDAY, 1, class_id="5А"),
        lesson_row("a-wed", date(2026, 9, 16), 1, class_id="5А", substitute_id="t-2", substitution_reason="болезнь"),
        lesson_row("b-mon", MONDAY, 1, class_id="5Б"),
        lesson_row("b-wed", date(2026, 9, 16), 1, class_id="5Б"),
        lesson_row("g1-mon", MONDAY, 3, group_id="g-1"),
        lesson_row("g2-mon", MONDAY, 3, group_id="g-2"),
        lesson_row("a-before", date(2026, 9, 12), 1, class_id="5А"),
        lesson_row("a-after", date(2026, 9, 21), 1, class_id="5А"),
        lesson_row("strange", SATURDAY, 1, class_id="5А", subject_id="unknown", teacher_id="unknown"),
    )
    put(
        connection,
        mark,
        mark_row("m-2", "a-mon-1", ANNA, 4),
        mark_row("m-1", "a-mon-1", ANNA, 5),
        mark_row("m-3", "a-mon-1", ANNA, 2, voided=True),
        mark_row("m-4", "a-mon-1", BORIS, 3),
    )
    excused = {"kind": "excused", "comment": "", "version": 1}
    put(
        connection,
        absence,
        {"lesson_id": "a-mon-2", "pupil_id": ANNA, "voided": False, **excused},
        {"lesson_id": "a-mon-2", "pupil_id": BORIS, "voided": True, **excused},
    )
    put(
        connection,
        homework,
        {"lesson_id": "a-mon-1", "content": "§ 1", "due_on": date(2026, 9, 16), "version": 1},
        {"lesson_id": "a-mon-2", "content": None, "due_on": None, "version": 1},
    )


def lessons_of(week: PupilWeek) -> list[str]:
    return [one.lesson for one in week.lessons]


def test_a_pupil_has_the_lessons_of_class_and_groups_in_order(connection: Connection) -> None:
    week = SqlWeeks(connection, SCHOOL).of_pupils([ANNA], MONDAY, SATURDAY)[ANNA]
    assert (week.pupil, week.first, week.last) == (ANNA, MONDAY, SATURDAY)
    assert lessons_of(week) == ["a-mon-1", "a-mon-2", "g1-mon", "a-wed", "strange"]


def test_a_pupil_who_changed_class_has_each_class_on_its_days(connection: Connection) -> None:
    week = SqlWeeks(connection, SCHOOL).of_pupils([BORIS], MONDAY, SATURDAY)[BORIS]
    assert lessons_of(week) == ["a-mon-1", "a-mon-2", "g2-mon", "b-wed"]


def test_everyone_asked_for_has_a_week_though_it_be_empty(connection: Connection) -> None:
    weeks = SqlWeeks(connection, SCHOOL).of_pupils([VERA, ANNA, VERA], MONDAY, SATURDAY)
    assert list(weeks) == [VERA, ANNA]
    assert weeks[VERA].lessons == ()
    assert SqlWeeks(connection, SCHOOL).of_pupils([], MONDAY, SATURDAY) == {}


def test_marks_absences_and_homework_are_the_pupils_own_and_not_voided(connection: Connection) -> None:
    weeks = SqlWeeks(connection, SCHOOL).of_pupils([ANNA, BORIS], MONDAY, SATURDAY)
    first, second, *_ = weeks[ANNA].lessons
    assert [one.value for one in first.marks] == [5, 4]
    assert first.homework is not None
    assert (first.homework.text, first.homework.due) == ("§ 1", date(2026, 9, 16))
    assert second.absence is not None
    assert second.absence.kind is AbsenceKind.EXCUSED
    assert second.homework is not None
    assert second.homework.text is None
    first, second, *_ = weeks[BORIS].lessons
    assert [one.value for one in first.marks] == [3]
    assert second.absence is None


def test_a_lesson_names_its_subject_and_who_gave_it(connection: Connection) -> None:
    by_id = {
        str(one.lesson): one for one in SqlWeeks(connection, SCHOOL).of_pupils([ANNA], MONDAY, SATURDAY)[ANNA].lessons
    }
    assert (by_id["a-mon-1"].subject_name, by_id["a-mon-1"].teacher, by_id["a-mon-1"].substituted) == (
        "Алгебра",
        "Лукина И. П.",
        False,
    )
    assert (by_id["a-wed"].teacher, by_id["a-wed"].substituted) == ("Ким И.", True)
    assert by_id["a-mon-1"].starts_at == datetime(2026, 9, 14, 6, 30, tzinfo=UTC)
    assert (by_id["strange"].subject_name, by_id["strange"].teacher) == ("", "")


def test_another_school_sees_nothing_of_this_one(connection: Connection) -> None:
    weeks = SqlWeeks(connection, SchoolId("school-2")).of_pupils([ANNA], MONDAY, SATURDAY)
    assert weeks[ANNA].lessons == ()


@pytest.mark.parametrize("pupils", [[ANNA], [ANNA, BORIS, VERA, *(PupilId(f"p-{place}") for place in range(600))]])
def test_the_number_of_statements_does_not_grow_with_the_pupils(connection: Connection, pupils: list[PupilId]) -> None:
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(connection, "before_cursor_execute", count)
    SqlWeeks(connection, SCHOOL).of_pupils(pupils, MONDAY, SATURDAY)
    assert len(statements) == 6
