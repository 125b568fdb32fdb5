"""What the comparison of our journal with a platform's finds, and what it must not."""

from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.errors import Party
from gateway.model.comparison import ClassPupil, NamedWeek, compare, normalised
from gateway.model.difference import Difference, DifferenceKind
from gateway.model.grading import WorkKind
from gateway.model.ids import LessonId, MarkId, PupilId, SubjectId
from gateway.model.journal import Homework, Mark
from gateway.model.people import PersonName
from gateway.model.platform_week import PlatformLesson, PlatformMark, PlatformPupil, PlatformWeek
from gateway.model.week import PupilWeek, WeekLesson

MONDAY = date(2026, 9, 14)
SATURDAY = date(2026, 9, 19)
EIGHT = datetime(2026, 9, 14, 8, 30, tzinfo=UTC)
ANNA = ClassPupil(id=PupilId("p-1"), name=PersonName(family="Пчёлкина", given="Анна", patronymic="Олеговна"))


def our_lesson(
    number: int = 1, subject: str = "Алгебра", *, marks: tuple[int, ...] = (), homework: str | None = None
) -> WeekLesson:
    lesson = LessonId(f"l-{number}-{subject}")
    return WeekLesson(
        lesson=lesson,
        day=MONDAY,
        number=number,
        starts_at=EIGHT,
        ends_at=EIGHT + timedelta(minutes=45),
        subject=SubjectId(subject),
        subject_name=subject,
        teacher="",
        topic="",
        marks=tuple(
            Mark(id=MarkId(f"m-{place}"), lesson=lesson, pupil=ANNA.id, value=value, work_kind=WorkKind.ORAL)
            for place, value in enumerate(marks)
        ),
        homework=Homework(lesson=lesson, text=homework) if homework is not None else None,
    )


def their_lesson(
    number: int = 1,
    subject: str = "Алгебра",
    *,
    marks: tuple[int, ...] = (),
    homework: str | None = None,
    debts: int = 0,
) -> PlatformLesson:
    return PlatformLesson(
        day=MONDAY,
        number=number,
        ends_at=EIGHT + timedelta(minutes=45),
        subject_name=subject,
        marks=tuple(PlatformMark(value=value) for value in marks),
        homework=homework,
        debts=debts,
    )


def ours(*lessons: WeekLesson, pupil: ClassPupil = ANNA) -> NamedWeek:
    return NamedWeek(pupil=pupil, week=PupilWeek(pupil=pupil.id, first=MONDAY, last=SATURDAY, lessons=lessons))


def theirs(*pupils: tuple[str, tuple[PlatformLesson, ...]]) -> PlatformWeek:
    return PlatformWeek(
        first=MONDAY,
        last=SATURDAY,
        pupils=tuple(PlatformPupil(name=name, lessons=lessons) for name, lessons in pupils),
    )


def found(mine: tuple[WeekLesson, ...], seen: tuple[PlatformLesson, ...]) -> tuple[Difference, ...]:
    return compare([ours(*mine)], theirs((ANNA.name.full, seen))).differences


def test_equal_weeks_have_no_difference_and_every_lesson_counts() -> None:
    result = compare(
        [ours(our_lesson(1, marks=(5, 4), homework="§ 1"), our_lesson(2, "Физика"))],
        theirs((ANNA.name.full, (their_lesson(2, "Физика"), their_lesson(1, marks=(4, 5), homework=" §  1\n")))),
    )
    assert result.differences == ()
    assert result.lessons == 2


@pytest.mark.parametrize(
    "name", ["ПЧЕЛКИНА АННА ОЛЕГОВНА", "  Пчёлкина  Анна\u00a0Олеговна ", "Пче\u0308лкина Анна Олеговна"]
)
def test_a_name_is_the_same_whatever_its_case_spacing_and_yo(name: str) -> None:
    assert compare([ours()], theirs((name, ()))).differences == ()


@pytest.mark.parametrize("name", ["Пчёлкина Анна", "Пчёлкина А. О.", "Пчёлкина Алла Олеговна"])
def test_a_name_that_is_not_the_full_name_is_somebody_else(name: str) -> None:
    assert [one.kind for one in compare([ours()], theirs((name, ()))).differences] == [
        DifferenceKind.PUPIL_MISSING_THERE,
        DifferenceKind.PUPIL_MISSING_HERE,
    ]


def test_every_dash_is_a_hyphen() -> None:
    assert normalised("Петрова – Водкина") == normalised("Петрова-Водкина")


@pytest.mark.parametrize(("here", "there"), [(1, 2), (2, 1), (2, 2)])
def test_namesakes_are_reported_and_never_paired(here: int, there: int) -> None:
    pupils = [ClassPupil(id=PupilId(f"p-{number}"), name=ANNA.name) for number in range(here)]
    result = compare(
        [ours(our_lesson(marks=(5,)), pupil=pupil) for pupil in pupils],
        theirs(*[(ANNA.name.full, (their_lesson(marks=(2,)),))] * there),
    )
    assert [(one.kind, one.pupil) for one in result.differences] == [
        (DifferenceKind.PUPIL_AMBIGUOUS, pupil.id) for pupil in pupils
    ]
    assert result.lessons == 0


def test_a_missing_lesson_is_one_difference_whatever_it_held() -> None:
    lost = our_lesson(marks=(5, 5), homework="§ 1")
    (difference,) = found((lost,), ())
    assert (difference.kind, difference.lesson) == (DifferenceKind.LESSON_MISSING_THERE, lost.lesson)
    (difference,) = found((), (their_lesson(marks=(5,), homework="§ 1"),))
    assert (difference.kind, difference.lesson, difference.day, difference.number) == (
        DifferenceKind.LESSON_MISSING_HERE,
        None,
        MONDAY,
        1,
    )


def test_a_renamed_subject_is_one_difference_and_marks_are_still_compared() -> None:
    differences = found((our_lesson(marks=(5,)),), (their_lesson(subject="Геометрия", marks=(4,)),))
    assert [(one.kind, one.ours, one.theirs) for one in differences] == [
        (DifferenceKind.SUBJECT_DIFFERS, "Алгебра", "Геометрия"),
        (DifferenceKind.MARK_DIFFERS, "5", "4"),
    ]


def test_two_lessons_in_one_slot_are_paired_by_subject() -> None:
    mine = (our_lesson(1, "Английский язык", marks=(5,)), our_lesson(1, "Немецкий язык", marks=(3,)))
    seen = (their_lesson(1, "Немецкий язык", marks=(3,)), their_lesson(1, "английский язык", marks=(5,)))
    assert found(mine, seen) == ()


def test_lessons_of_a_slot_that_could_be_paired_in_two_ways_are_not_paired() -> None:
    mine = (our_lesson(1, "Алгебра"), our_lesson(1, "Геометрия"))
    seen = (their_lesson(1, "Физика"),)
    assert sorted(one.kind for one in found(mine, seen)) == [
        DifferenceKind.LESSON_MISSING_HERE,
        DifferenceKind.LESSON_MISSING_THERE,
        DifferenceKind.LESSON_MISSING_THERE,
    ]


@pytest.mark.parametrize(
    ("here", "there", "expected"),
    [
        ((5,), (4,), [(DifferenceKind.MARK_DIFFERS, "5", "4")]),
        ((5, 5), (5,), [(DifferenceKind.MARK_MISSING_THERE, "5", None)]),
        ((), (2,), [(DifferenceKind.MARK_MISSING_HERE, None, "2")]),
        (
            (3, 4),
            (4, 5, 5),
            [(DifferenceKind.MARK_DIFFERS, "3", "5"), (DifferenceKind.MARK_MISSING_HERE, None, "5")],
        ),
    ],
)
def test_marks_are_compared_as_a_multiset_of_values(
    here: tuple[int, ...], there: tuple[int, ...], expected: list[tuple[DifferenceKind, str | None, str | None]]
) -> None:
    differences = found((our_lesson(marks=here),), (their_lesson(marks=there),))
    assert [(one.kind, one.ours, one.theirs) for one in differences] == expected


@pytest.mark.parametrize(("here", "there"), [("§ 1", None), (None, "§ 1"), ("§ 1", "§ 2")])
def test_homework_differs_when_its_words_do(here: str | None, there: str | None) -> None:
    (difference,) = found((our_lesson(homework=here),), (their_lesson(homework=there),))
    assert difference.kind is DifferenceKind.HOMEWORK_DIFFERS


def test_explicitly_no_homework_equals_none_shown() -> None:
    lesson = our_lesson()
    explicitly_none = WeekLesson(
        lesson=lesson.lesson,
        day=lesson.day,
        number=lesson.number,
        starts_at=lesson.starts_at,
        ends_at=lesson.ends_at,
        subject=lesson.subject,
        subject_name=lesson.subject_name,
        teacher="",
        topic="",
        homework=Homework(lesson=lesson.lesson, text=None),
    )
    assert found((explicitly_none,), (their_lesson(),)) == ()


def test_a_debt_is_no_mark() -> None:
    assert found((our_lesson(),), (their_lesson(debts=1),)) == ()


def test_a_difference_shows_neither_names_nor_values_in_repr_and_text() -> None:
    kinds = set()
    for difference in (
        *compare([ours()], theirs(("Чужой Пётр", ()))).differences,
        *found((our_lesson(marks=(5,), homework="выучить"),), (their_lesson(marks=(4,), homework="прочесть"),)),
    ):
        kinds.add(difference.kind)
        told = repr(difference) + difference.text.ru + difference.text.en
        assert not [word for word in ("Пчёлкина", "Чужой", "выучить", "прочесть", "'5'", "'4'") if word in told]
    assert len(kinds) == 4


@pytest.mark.parametrize("kind", DifferenceKind)
def test_every_kind_says_what_is_wrong_and_who_acts(kind: DifferenceKind) -> None:
    difference = Difference(kind=kind, day=MONDAY, number=3)
    assert isinstance(difference.who, Party)
    assert difference.text.ru.startswith("14.09.2026, урок 3: ")
    assert difference.text.en.startswith("2026-09-14, lesson 3: ")
