"""Laws of the comparison: equal is empty, one change is one difference, and the sides can be swapped."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.comparison import ClassPupil, NamedWeek, compare
from gateway.model.difference import Difference, DifferenceKind
from gateway.model.grading import WorkKind
from gateway.model.ids import LessonId, MarkId, PupilId, SubjectId
from gateway.model.journal import Homework, Mark
from gateway.model.people import PersonName
from gateway.model.platform_week import PlatformLesson, PlatformMark, PlatformPupil, PlatformWeek
from gateway.model.week import PupilWeek, WeekLesson

MONDAY = date(2026, 9, 14)
MIDNIGHT = datetime(2026, 9, 14, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """A lesson as neither side tells it: both are made from it."""

    day: int
    number: int
    subject: str
    marks: tuple[int, ...]
    homework: str | None


Week = dict[str, tuple[Slot, ...]]
"""Slots by the family name of a pupil."""

values = st.integers(min_value=2, max_value=5)
subjects = st.sampled_from(["Алгебра", "Физика", "Русский язык", "Труд"])
homeworks = st.none() | st.sampled_from(["§ 1", "§ 2, упр. 3", "выучить стихи"])
slots = st.builds(
    Slot,
    day=st.integers(min_value=0, max_value=5),
    number=st.integers(min_value=1, max_value=7),
    subject=subjects,
    marks=st.lists(values, max_size=3).map(tuple),
    homework=homeworks,
)
timetables = st.lists(slots, max_size=6, unique_by=lambda slot: (slot.day, slot.number)).map(tuple)
names = st.sampled_from(["Аникин", "Берёзова", "Волков", "Гусева", "Дёмин"])
weeks = st.dictionaries(names, timetables, max_size=4)


def ours(week: Week) -> list[NamedWeek]:
    return [
        NamedWeek(
            pupil=ClassPupil(id=PupilId(f"id-{name}"), name=PersonName(family=name, given="Женя")),
            week=PupilWeek(
                pupil=PupilId(f"id-{name}"),
                first=MONDAY,
                last=MONDAY + timedelta(days=5),
                lessons=tuple(our_lesson(name, slot) for slot in lessons),
            ),
        )
        for name, lessons in week.items()
    ]


def our_lesson(name: str, slot: Slot) -> WeekLesson:
    lesson = LessonId(f"{name}-{slot.day}-{slot.number}")
    start = MIDNIGHT + timedelta(days=slot.day, hours=slot.number)
    marks = [
        Mark(id=MarkId(str(place)), lesson=lesson, pupil=PupilId(name), value=value, work_kind=WorkKind.TEST)
        for place, value in enumerate(slot.marks)
    ]
    return WeekLesson(
        lesson=lesson,
        day=start.date(),
        number=slot.number,
        starts_at=start,
        ends_at=start,
        subject=SubjectId(slot.subject),
        subject_name=slot.subject,
        teacher="",
        topic="",
        marks=tuple(marks),
        homework=Homework(lesson=lesson, text=slot.homework) if slot.homework else None,
    )


def theirs(week: Week) -> PlatformWeek:
    return PlatformWeek(
        first=MONDAY,
        last=MONDAY + timedelta(days=5),
        pupils=tuple(
            PlatformPupil(name=f"{name.upper()} женя", lessons=tuple(their_lesson(slot) for slot in reversed(lessons)))
            for name, lessons in reversed(week.items())
        ),
    )


def their_lesson(slot: Slot) -> PlatformLesson:
    start = MIDNIGHT + timedelta(days=slot.day, hours=slot.number)
    return PlatformLesson(
        day=start.date(),
        number=slot.number,
        ends_at=start,
        subject_name=slot.subject.upper(),
        marks=tuple(PlatformMark(value=value) for value in reversed(slot.marks)),
        homework=slot.homework,
    )


@settings(deadline=None)
@given(weeks)
def test_a_week_does_not_differ_from_itself(week: Week) -> None:
    result = compare(ours(week), theirs(week))
    assert result.differences == ()
    assert result.lessons == sum(len(lessons) for lessons in week.values())


PLANTABLE = (
    DifferenceKind.MARK_DIFFERS,
    DifferenceKind.MARK_MISSING_THERE,
    DifferenceKind.MARK_MISSING_HERE,
    DifferenceKind.SUBJECT_DIFFERS,
    DifferenceKind.HOMEWORK_DIFFERS,
)


def one_change(slot: Slot, kind: DifferenceKind, value: int) -> Slot | None:
    """Return the slot with one thing changed, ``None`` where it has nothing of that sort to change."""
    match kind:
        case DifferenceKind.MARK_DIFFERS if slot.marks:
            other = value if value != slot.marks[0] else 7 - value
            return replace(slot, marks=(other, *slot.marks[1:]))
        case DifferenceKind.MARK_MISSING_THERE if slot.marks:
            return replace(slot, marks=slot.marks[1:])
        case DifferenceKind.MARK_MISSING_HERE:
            return replace(slot, marks=(*slot.marks, value))
        case DifferenceKind.SUBJECT_DIFFERS:
            return replace(slot, subject=f"{slot.subject} (профиль)")
        case DifferenceKind.HOMEWORK_DIFFERS:
            return replace(slot, homework=f"{slot.homework or ''} и ещё")
        case _:
            return None


@settings(deadline=None)
@given(weeks, st.sampled_from(PLANTABLE), values, st.data())
def test_one_change_is_found_and_nothing_else(
    week: Week, kind: DifferenceKind, value: int, data: st.DataObject
) -> None:
    places = [
        (name, place)
        for name, lessons in week.items()
        for place, slot in enumerate(lessons)
        if one_change(slot, kind, value)
    ]
    if not places:
        return
    name, place = data.draw(st.sampled_from(places))
    slot = week[name][place]
    changed = one_change(slot, kind, value)
    assert changed is not None
    planted = {**week, name: (*week[name][:place], changed, *week[name][place + 1 :])}
    (difference,) = compare(ours(week), theirs(planted)).differences
    assert (difference.kind, difference.pupil, difference.lesson) == (
        kind,
        f"id-{name}",
        f"{name}-{slot.day}-{slot.number}",
    )


@settings(deadline=None)
@given(weeks, st.data())
def test_a_lesson_or_a_pupil_left_out_is_found_and_nothing_else(week: Week, data: st.DataObject) -> None:
    if not week:
        return
    name = data.draw(st.sampled_from(sorted(week)))
    without = {other: lessons for other, lessons in week.items() if other != name}
    assert kinds(compare(ours(week), theirs(without)).differences) == {DifferenceKind.PUPIL_MISSING_THERE: 1}
    assert kinds(compare(ours(without), theirs(week)).differences) == {DifferenceKind.PUPIL_MISSING_HERE: 1}
    if week[name]:
        shorter = {**week, name: week[name][1:]}
        assert kinds(compare(ours(week), theirs(shorter)).differences) == {DifferenceKind.LESSON_MISSING_THERE: 1}
        assert kinds(compare(ours(shorter), theirs(week)).differences) == {DifferenceKind.LESSON_MISSING_HERE: 1}


@settings(deadline=None)
@given(weeks, weeks)
def test_the_sides_can_be_swapped(one: Week, other: Week) -> None:
    forth = compare(ours(one), theirs(other))
    back = compare(ours(other), theirs(one))
    assert forth.lessons == back.lessons
    assert Counter(swapped(difference) for difference in forth.differences) == Counter(
        content(difference) for difference in back.differences
    )


def kinds(differences: tuple[Difference, ...]) -> Counter[DifferenceKind]:
    return Counter(difference.kind for difference in differences)


Content = tuple[DifferenceKind, date | None, int | None, str | None, str | None]

MIRROR = {
    DifferenceKind.PUPIL_MISSING_HERE: DifferenceKind.PUPIL_MISSING_THERE,
    DifferenceKind.LESSON_MISSING_HERE: DifferenceKind.LESSON_MISSING_THERE,
    DifferenceKind.MARK_MISSING_HERE: DifferenceKind.MARK_MISSING_THERE,
}
MIRROR |= {there: here for here, there in MIRROR.items()}


def content(difference: Difference) -> Content:
    return (
        difference.kind,
        difference.day,
        difference.number,
        folded(difference.ours),
        folded(difference.theirs),
    )


def swapped(difference: Difference) -> Content:
    kind, day, number, here, there = content(difference)
    return MIRROR.get(kind, kind), day, number, there, here


def folded(value: str | None) -> str | None:
    """The two sides write names and subjects in different case here."""
    return value.casefold() if value is not None else None
