"""The journal of a class is read whole, and nothing that is not the class's or the period's."""

from datetime import date

import pytest
from sqlalchemy import Engine, event

from gateway.model.archive import ArchiveSource
from gateway.model.attendance import AbsenceKind
from gateway.model.grading import WorkKind
from gateway.model.ids import ClassId, PeriodId, SchoolId
from gateway.storage.archive import SqlArchive

SCHOOL, CLASS, QUARTER = SchoolId("school-1"), ClassId("c-5a"), PeriodId("q1")


@pytest.fixture
def source(engine: Engine) -> ArchiveSource:
    with engine.begin() as connection:
        found = SqlArchive(connection, SCHOOL).source(QUARTER, CLASS)
    assert found is not None
    return found


def test_the_class_list_is_in_russian_order_and_tells_who_came_and_left(source: ArchiveSource) -> None:
    assert [(pupil.name.family, pupil.arrived, pupil.left) for pupil in source.pupils] == [
        ("Выбывалов", None, date(2026, 10, 2)),
        ("Ёлкин", date(2026, 9, 14), None),
        ("Жуков", None, None),
    ]


def test_subjects_of_the_class_and_of_its_groups_are_parts(source: ArchiveSource) -> None:
    assert [(part.subject, part.group, part.pupils) for part in source.parts] == [
        ("Английский язык", "подгруппа 1", ("p1",)),
        ("Математика", "", ("p3", "p2", "p1")),
    ]


def test_only_lessons_of_the_period_are_in(source: ArchiveSource) -> None:
    topics = [lesson.topic for part in source.parts for lesson in part.lessons]

    assert topics == ["Моя семья", "Обыкновенные дроби", "Десятичные дроби"]


def test_what_was_entered_stands_at_its_lesson_and_voided_facts_do_not(source: ArchiveSource) -> None:
    english, maths = source.parts
    first, second = maths.lessons

    assert [(mark.pupil, mark.given, mark.work_kind, mark.weight) for mark in first.marks] == [
        ("p1", 5, WorkKind.CONTROL, 3)
    ]
    assert first.absences == ()
    assert [(absence.pupil, absence.kind) for absence in second.absences] == [("p1", AbsenceKind.ILLNESS)]
    assert first.homework
    assert (first.homework.text, first.homework.due) == ("§ 1, № 15", date(2026, 9, 2))
    assert second.homework
    assert second.homework.text is None
    assert english.lessons[0].homework is None
    assert english.lessons[0].marks == ()  # the mark there is of a pupil of another class


def test_the_substitute_is_who_gave_the_lesson(source: ArchiveSource) -> None:
    first, second = source.parts[1].lessons

    assert (first.teacher.family, first.substituted) == ("Учителева", False)
    assert (second.teacher.family, second.substituted) == ("Замещаев", True)


def test_school_class_and_class_teacher_are_named(source: ArchiveSource) -> None:
    assert (source.school_name, source.class_name, source.zone) == ("Школа № 101", "5А", "Europe/Moscow")
    assert source.class_teacher
    assert source.class_teacher.full == "Учителева Анна Петровна"


@pytest.mark.parametrize(("period", "school_class"), [("q9", CLASS), (QUARTER, "c-9x")])
def test_an_unknown_class_or_period_has_no_source(engine: Engine, period: str, school_class: str) -> None:
    with engine.begin() as connection:
        assert SqlArchive(connection, SCHOOL).source(PeriodId(period), ClassId(school_class)) is None


def test_another_school_sees_nothing(engine: Engine) -> None:
    with engine.begin() as connection:
        other = SqlArchive(connection, SchoolId("school-2"))

        assert other.source(QUARTER, CLASS) is None
        assert other.classes(QUARTER) == []


def test_the_classes_of_a_period_are_those_of_its_grades(engine: Engine) -> None:
    with engine.begin() as connection:
        archive = SqlArchive(connection, SCHOOL)

        assert archive.classes(QUARTER) == ["c-2b", CLASS]
        assert archive.classes(PeriodId("h1")) == ["c-10a"]
        assert archive.classes(PeriodId("q9")) == []


def test_the_number_of_statements_is_fixed(engine: Engine) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    with engine.begin() as connection:
        SqlArchive(connection, SCHOOL).source(QUARTER, CLASS)

    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 8
