"""Laws that hold in every made-up school, whatever its size, seed and year."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.model.attendance import AbsenceKind
from gateway.model.ids import ClassId, GroupId, PupilId, issued_id
from gateway.model.journal import Lesson
from gateway.model.people import is_valid_snils
from gateway.model.school import GroupKind, PeriodKind
from gateway.sandbox.school import SampleSchool, journal_day, school_days, schools
from gateway.sandbox.school.curriculum import planned_subject, weekly_hours
from gateway.sandbox.school.school_year import days_of_grade, year_frame

few = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
sizes = st.sampled_from([5, 11, 40, 60, 130, 320])
seeds = st.integers(min_value=0, max_value=10_000)


@lru_cache(maxsize=32)
def school(pupils: int, seed: int) -> SampleSchool:
    return next(schools(pupils, year=2026, seed=seed))


samples = st.builds(school, sizes, seeds)


@st.composite
def school_and_day(draw: st.DrawFn) -> tuple[SampleSchool, date]:
    sample = draw(samples)
    return sample, draw(st.sampled_from(list(school_days(sample))))


def learners(sample: SampleSchool) -> dict[ClassId | GroupId, set[PupilId]]:
    members: dict[ClassId | GroupId, set[PupilId]] = defaultdict(set)
    for enrollment in sample.enrollments:
        members[enrollment.school_class].add(enrollment.pupil)
    for group in sample.groups:
        members[group.id].update(group.pupils)
    return members


def target(lesson: Lesson) -> ClassId | GroupId:
    whom = lesson.school_class or lesson.group
    assert whom is not None
    return whom


def occurs_once(things: Iterable[object]) -> bool:
    return all(count == 1 for count in Counter(things).values())


@few
@given(samples)
def test_nobody_and_no_room_is_in_two_places_at_once(sample: SampleSchool) -> None:
    members = learners(sample)
    slots = [(entry.weekday, entry.number) for entry in sample.timetable]
    assert occurs_once(zip(slots, (entry.teacher for entry in sample.timetable), strict=True))
    assert occurs_once(zip(slots, (entry.room for entry in sample.timetable), strict=True))
    assert occurs_once(
        (slot, pupil)
        for slot, entry in zip(slots, sample.timetable, strict=True)
        for pupil in members[entry.school_class or entry.group or GroupId("")]
    )


@few
@given(samples)
def test_a_class_learns_its_whole_plan_without_a_gap(sample: SampleSchool) -> None:
    members = learners(sample)
    outside = {
        group.id
        for group in sample.groups
        if group.kind is GroupKind.INDIVIDUAL or not planned_subject(group.subject).is_planned
    }
    for school_class in sample.classes:
        own = members[school_class.id]
        pupil = next(iter(own), None)
        if pupil is None:
            continue
        days: dict[int, list[int]] = defaultdict(list)
        for entry in sample.timetable:
            whom = entry.school_class or entry.group
            if whom is not None and pupil in members[whom] and whom not in outside:
                days[entry.weekday].append(entry.number)
        assert all(sorted(numbers) == list(range(1, len(numbers) + 1)) for numbers in days.values())
        assert sum(len(numbers) for numbers in days.values()) == weekly_hours(school_class.grade)


@few
@given(samples)
def test_no_subject_is_taught_three_times_a_day(sample: SampleSchool) -> None:
    repeated = Counter((entry.code, entry.subject, entry.weekday) for entry in sample.timetable)
    assert max(repeated.values()) <= 2


@few
@given(school_and_day())
def test_whoever_gives_a_lesson_gives_one_at_a_time(drawn: tuple[SampleSchool, date]) -> None:
    lessons = journal_day(*drawn).lessons
    assert occurs_once(
        (each.number, each.substitution.teacher if each.substitution else each.teacher) for each in lessons
    )


@few
@given(school_and_day())
def test_facts_are_about_pupils_who_learn_there(drawn: tuple[SampleSchool, date]) -> None:
    sample, day = drawn
    batch = journal_day(sample, day)
    members = learners(sample)
    audience = {lesson.id: members[target(lesson)] for lesson in batch.lessons}
    enrolled = {each.pupil for each in sample.enrollments if each.covers(day)}
    marked = [(each.lesson, each.pupil) for each in batch.marks if each.make_up is None]
    facts = marked + [(each.lesson, each.pupil) for each in batch.absences]
    for lesson, pupil in facts:
        assert pupil in enrolled
        assert pupil in audience[lesson]
    assert {each.lesson for each in batch.homework} <= audience.keys()


@few
@given(school_and_day())
def test_marks_are_given_once_to_those_who_were_there(drawn: tuple[SampleSchool, date]) -> None:
    batch = journal_day(*drawn)
    away = {(each.lesson, each.pupil) for each in batch.absences if each.kind is not AbsenceKind.LATE}
    given_to = [(each.lesson, each.pupil) for each in batch.marks if each.make_up is None]
    assert occurs_once(given_to)
    assert not away & set(given_to)
    assert occurs_once((each.lesson, each.pupil) for each in batch.absences)
    assert all((each.value is None) != (each.sign is None) for each in batch.marks)
    assert {each.value for each in batch.marks} <= {None, 2, 3, 4, 5}


@few
@given(school_and_day())
def test_grade_one_has_neither_marks_nor_homework(drawn: tuple[SampleSchool, date]) -> None:
    sample, day = drawn
    batch = journal_day(sample, day)
    first = {each.id for each in sample.classes if each.grade == 1}
    lessons = {each.id for each in batch.lessons if each.school_class in first}
    assert not lessons & {each.lesson for each in batch.marks}
    assert not lessons & {each.lesson for each in batch.homework}


@few
@given(school_and_day())
def test_homework_is_due_at_the_next_lesson(drawn: tuple[SampleSchool, date]) -> None:
    sample, day = drawn
    batch = journal_day(sample, day)
    lessons = {each.id: each for each in batch.lessons}
    for homework in batch.homework:
        if homework.due is not None:
            lesson = lessons[homework.lesson]
            weekdays = {
                entry.weekday
                for entry in sample.timetable
                if (entry.school_class, entry.group, entry.subject)
                == (lesson.school_class, lesson.group, lesson.subject)
            }
            later = (each for each in school_days(sample) if each > day and each.weekday() in weekdays)
            assert homework.due == next(later)


@few
@given(sizes, seeds)
def test_equal_seeds_give_equal_days(pupils: int, seed: int) -> None:
    first, again = (next(schools(pupils, year=2026, seed=seed)) for _ in range(2))
    days = list(school_days(first))
    assert first == again
    # One is walked from day to day, of the other the last day is made alone.
    walked = [journal_day(first, day) for day in days[-3:]]
    assert walked[-1] == journal_day(again, days[-1])


@few
@given(samples)
def test_every_number_is_valid_and_given_once(sample: SampleSchool) -> None:
    numbers = [pupil.snils for pupil in sample.pupils] + [person.snils for person in sample.staff]
    assert all(number is not None and is_valid_snils(number) for number in numbers)
    assert occurs_once(numbers)
    assert occurs_once(guardian.phone for guardian in sample.guardians)
    assert occurs_once(guardian.portal_user for guardian in sample.guardians)


@few
@given(samples)
def test_ids_are_those_the_gateway_issues_for_the_registry(sample: SampleSchool) -> None:
    records = [
        *(("pupil", each.id, each.source_id) for each in sample.pupils),
        *(("guardian", each.id, each.source_id) for each in sample.guardians),
        *(("staff", each.id, each.source_id) for each in sample.staff),
        *(("class", each.id, each.source_id) for each in sample.classes),
    ]
    for kind, issued, source_id in records:
        assert issued == issued_id(sample.school.id, "registry", kind, source_id)


@few
@given(samples)
def test_every_pupil_has_one_or_two_guardians(sample: SampleSchool) -> None:
    per_pupil = Counter(each.pupil for each in sample.guardianships)
    assert per_pupil.keys() == {each.id for each in sample.pupils}
    assert set(per_pupil.values()) <= {1, 2}
    assert {each.guardian for each in sample.guardianships} == {each.id for each in sample.guardians}


@few
@given(samples)
def test_decisions_are_by_guardians_on_their_own_children(sample: SampleSchool) -> None:
    pairs = {(each.guardian, each.pupil) for each in sample.guardianships}
    decided = [(each.guardian, each.pupil) for each in sample.consents]
    assert set(decided) <= pairs
    assert occurs_once(decided)


@given(st.integers(min_value=2000, max_value=2100), st.integers(min_value=1, max_value=11))
@settings(max_examples=40, deadline=None)
def test_every_day_of_the_year_is_in_a_period_or_a_vacation(year: int, grade: int) -> None:
    frame = year_frame(year)
    kind = PeriodKind.QUARTER if grade <= 9 else PeriodKind.HALF_YEAR
    own = [each for each in frame.periods if each.kind is kind and each.first_grade <= grade <= each.last_grade]
    assert len(own) == (4 if grade <= 9 else 2)
    days = list(days_of_grade(grade, year=year, periods=frame.periods, vacations=frame.vacations))
    assert all(any(each.start <= day <= each.end for each in own) for day in days)
    assert not any(
        rest.start <= day <= rest.end
        for day in days
        for rest in frame.vacations
        if rest.first_grade <= grade <= rest.last_grade
    )
    assert 155 <= len(days) <= 175
