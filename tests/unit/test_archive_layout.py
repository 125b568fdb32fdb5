"""What stands where in an archive file."""

from datetime import date, timedelta
from typing import Any

import pytest

from gateway.archive.layout import even_chunks, journal_content, period_title, short_name
from gateway.model.archive import (
    ArchivedAbsence,
    ArchivedLesson,
    ArchivedMark,
    ArchivedPart,
    ArchivedPupil,
    ArchiveSource,
)
from gateway.model.attendance import AbsenceKind
from gateway.model.grading import WorkKind
from gateway.model.ids import ClassId, LessonId, PeriodId, PupilId, SchoolId
from gateway.model.journal import Homework
from gateway.model.people import PersonName
from gateway.model.school import Period, PeriodKind

TEACHER = PersonName(family="Учителева", given="Анна", patronymic="Петровна")
OTHER = PersonName(family="Замещаев", given="Олег")
FIRST, SECOND = PupilId("p1"), PupilId("p2")


def lesson(day: date = date(2026, 9, 1), **rest: Any) -> ArchivedLesson:
    return ArchivedLesson(**{"day": day, "number": 1, "topic": "Дроби", "teacher": TEACHER, **rest})


def mark(pupil: PupilId, value: int, kind: WorkKind = WorkKind.ORAL, weight: int = 1) -> ArchivedMark:
    return ArchivedMark(pupil=pupil, given=value, work_kind=kind, weight=weight)


def content(*lessons: ArchivedLesson, group: str = "", members: tuple[PupilId, ...] = (FIRST, SECOND)) -> Any:
    pupils = (
        ArchivedPupil(id=FIRST, name=PersonName(family="Белов", given="Иван"), arrived=date(2026, 9, 14)),
        ArchivedPupil(id=SECOND, name=PersonName(family="Ёлкина", given="Ольга"), left=date(2026, 10, 2)),
    )
    source = ArchiveSource(
        school=SchoolId("school-1"),
        school_name="Школа № 101",
        zone="Europe/Moscow",
        school_class=ClassId("c-5a"),
        class_name="5А",
        class_grade=5,
        class_year=2026,
        class_teacher=None,
        period=Period(
            id=PeriodId("q1"),
            year=2026,
            kind=PeriodKind.QUARTER,
            number=1,
            start=date(2026, 9, 1),
            end=date(2026, 10, 25),
        ),
        pupils=pupils,
        parts=(ArchivedPart(subject="Математика", group=group, pupils=members, lessons=lessons),),
    )
    return journal_content(source)


def test_the_title_page_names_school_class_year_and_period() -> None:
    title = content(lesson())

    assert title["file"] == "2026-2027_1-четверть_5А.pdf"
    assert (title["school"], title["class"], title["period"], title["year"]) == (
        "Школа № 101",
        "5А",
        "1 четверть",
        "2026/2027",
    )
    assert title["class_teacher"] == "не назначен"


def test_the_class_list_tells_who_came_and_left() -> None:
    assert content(lesson())["pupils"] == [
        ["1", "Белов Иван", "прибыл(а) 14.09.2026"],
        ["2", "Ёлкина Ольга", "выбыл(а) 02.10.2026"],
    ]


def test_a_cell_holds_all_marks_and_the_absence_of_a_lesson() -> None:
    late = ArchivedAbsence(pupil=FIRST, kind=AbsenceKind.LATE)
    given = lesson(marks=(mark(FIRST, 5, WorkKind.CONTROL, 3), mark(FIRST, 4)), absences=(late,))

    (grid,) = content(given)["parts"][0]["grids"]

    assert grid["rows"] == [
        ["1", "Белов Иван", [{"marks": [["5", "к", "3"], ["4", "", ""]], "absence": "оп"}]],
        ["2", "Ёлкина Ольга", [None]],
    ]


def test_columns_stand_under_their_months() -> None:
    days = [date(2026, 9, 29), date(2026, 9, 30), date(2026, 10, 1)]

    (grid,) = content(*(lesson(day) for day in days))["parts"][0]["grids"]

    assert grid["months"] == [["сентябрь", 2], ["октябрь", 1]]
    assert grid["days"] == ["29", "30", "01"]


def test_a_subject_with_many_lessons_takes_several_even_grids() -> None:
    lessons = [lesson(date(2026, 9, 1) + timedelta(days=n)) for n in range(41)]

    grids = content(*lessons)["parts"][0]["grids"]

    assert [len(grid["days"]) for grid in grids] == [21, 20]


@pytest.mark.parametrize(
    ("count", "most", "sizes"), [(0, 30, []), (1, 30, [1]), (30, 30, [30]), (31, 30, [16, 15]), (61, 30, [21, 20, 20])]
)
def test_chunks_are_few_and_even(count: int, most: int, sizes: list[int]) -> None:
    lessons = [lesson(date(2026, 9, 1) + timedelta(days=n)) for n in range(count)]

    chunks = list(even_chunks(lessons, most))

    assert [len(chunk) for chunk in chunks] == sizes
    assert [one for chunk in chunks for one in chunk] == lessons


def test_a_group_is_a_part_with_its_own_pupils_and_their_numbers_in_the_class() -> None:
    part = content(lesson(), group="подгруппа 1", members=(SECOND,))["parts"][0]

    assert part["group"] == "подгруппа 1"
    assert [row[:2] for row in part["grids"][0]["rows"]] == [["2", "Ёлкина Ольга"]]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("подгруппа 1", "подгруппа 1"),
        ("5А, Математика, подгруппа 1", "подгруппа 1"),
        ("Математика, 5Б", "5Б"),
        ("5А, Математика", "5А, Математика"),
    ],
)
def test_a_group_is_not_called_after_what_the_heading_says_already(name: str, title: str) -> None:
    assert content(lesson(), group=name)["parts"][0]["group"] == title


@pytest.mark.parametrize(
    ("homework", "text"),
    [
        (None, ""),
        (Homework(lesson=LessonId("l"), text=None), "не задано"),
        (Homework(lesson=LessonId("l"), text="§ 5"), "§ 5"),
        (Homework(lesson=LessonId("l"), text="§ 5", due=date(2026, 9, 3)), "§ 5 (к 03.09)"),
    ],
)
def test_homework_not_entered_none_and_given_are_told_apart(homework: Homework | None, text: str) -> None:
    assert content(lesson(homework=homework))["parts"][0]["lessons"] == [
        ["1", "01.09.2026", "1", "Дроби", text, "Учителева А. П."]
    ]


def test_a_substitute_is_named_and_marked_but_is_not_the_subjects_teacher() -> None:
    part = content(lesson(), lesson(teacher=OTHER, substituted=True))["parts"][0]

    assert part["teachers"] == "Учителева Анна Петровна"
    assert [row[-1] for row in part["lessons"]] == ["Учителева А. П.", "Замещаев О. (замена)"]


def test_a_teacher_the_roster_does_not_know_leaves_a_blank() -> None:
    part = content(lesson(teacher=PersonName(family="", given="")))["parts"][0]

    assert part["teachers"] == ""
    assert part["lessons"][0][-1] == ""


def test_missed_lessons_are_counted_by_reason_and_lateness_apart() -> None:
    kinds = [AbsenceKind.ILLNESS, AbsenceKind.ILLNESS, AbsenceKind.UNEXCUSED, AbsenceKind.LATE]
    lessons = [
        lesson(date(2026, 9, 1 + n), absences=(ArchivedAbsence(pupil=SECOND, kind=kind),))
        for n, kind in enumerate(kinds)
    ]

    assert content(*lessons)["attendance"] == [
        ["1", "Белов Иван", ["", "", "", "", "", ""]],
        ["2", "Ёлкина Ольга", ["3", "", "2", "", "1", "1"]],
    ]


@pytest.mark.parametrize(
    ("kind", "title"),
    [(PeriodKind.QUARTER, "3 четверть"), (PeriodKind.HALF_YEAR, "3 полугодие"), (PeriodKind.YEAR, "учебный год")],
)
def test_periods_are_named_as_people_say(kind: PeriodKind, title: str) -> None:
    day = date(2026, 9, 1)

    assert period_title(Period(id=PeriodId("p"), year=2026, kind=kind, number=3, start=day, end=day)) == title


def test_short_names_are_as_people_sign() -> None:
    assert short_name(TEACHER) == "Учителева А. П."
    assert short_name(PersonName(family="Замещаев", given="Олег")) == "Замещаев О."
