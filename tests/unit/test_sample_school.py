"""The made-up school: its size, its frame, its people and its days."""

from __future__ import annotations

import json
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta
from itertools import islice, pairwise
from statistics import correlation, mean

import pytest
from lxml import etree

from gateway.errors import ConfigurationError
from gateway.mapping import journal_json, journal_xml
from gateway.model.attendance import AbsenceKind
from gateway.model.batch import Batch
from gateway.model.duties import Duty
from gateway.model.grading import MarkSign, WorkKind
from gateway.model.ids import ClassId, GroupId, MarkId, PupilId, SchoolId, StaffId, SubjectId
from gateway.model.journal import Stage
from gateway.model.journal_records import RecordKind, records_of
from gateway.model.people import ConsentDecision, Relation, Sex
from gateway.model.school import GroupKind, PeriodKind
from gateway.sandbox.journal_system import to_json, to_xml
from gateway.sandbox.school import (
    SampleSchool,
    health_batch,
    journal_day,
    period_end,
    school_days,
    schools,
    settled_day,
    setup_batch,
)
from gateway.sandbox.school.courses import Course, Strand
from gateway.sandbox.school.curriculum import Specialism, weekly_hours
from gateway.sandbox.school.draws import generator
from gateway.sandbox.school.identifiers import Registry
from gateway.sandbox.school.names import FAMILY_NAMES, GIVEN_NAMES, family_name, patronymic
from gateway.sandbox.school.school_year import holidays, year_frame
from gateway.sandbox.school.special_days import special_days
from gateway.sandbox.school.staff import faculty
from gateway.sandbox.school.timetable import timetable
from gateway.schemas.json_validation import json_faults
from gateway.schemas.xml_validation import xml_faults
from tests.sample_journal import SampleJournal

YEAR = 2026


@pytest.fixture(scope="module")
def sample() -> SampleSchool:
    return next(schools(600, year=YEAR))


@pytest.fixture(scope="module")
def autumn(sample: SampleSchool) -> tuple[Batch, ...]:
    """Every day of the first quarter."""
    return tuple(journal_day(sample, day) for day in school_days(sample, last=date(YEAR, 10, 31)))


def test_the_first_school_has_the_names_that_others_rely_on(sample: SampleSchool) -> None:
    assert sample.school.id == "school-1"
    assert sample.school.registry_id == "REG-0001"
    assert sample.school.name == "Школа № 101"
    assert sample.pupils[0].source_id == "P-0001-000001"
    assert sample.guardians[0].portal_user == "portal-g-0001-000001"
    assert sample.classes[0].source_id == "C-0001-1A"
    assert sample.staff[0].position == "директор"


def test_six_hundred_pupils_make_a_school_of_ordinary_size(sample: SampleSchool) -> None:
    grades = Counter(each.grade for each in sample.classes)
    sizes = Counter(each.school_class for each in sample.enrollments)
    assert len(sample.pupils) == len(sample.enrollments) == 600
    assert sum(grades.values()) == 24
    assert sorted(grades) == list(range(1, 12))
    assert 40 <= len(sample.staff) <= 50
    assert all(15 <= size <= 35 for size in sizes.values())
    assert len({each.class_teacher for each in sample.classes}) == 24


def test_a_tiny_school_has_one_class_in_every_grade() -> None:
    tiny = next(schools(60, year=YEAR))
    assert [each.grade for each in tiny.classes] == list(range(1, 12))
    assert {each.letter for each in tiny.classes} == {"А"}
    assert len(tiny.pupils) == 60


@pytest.mark.parametrize(
    ("pupils", "sizes"),
    [(1, [1]), (899, [899]), (1300, [600, 700]), (1800, [600, 600, 600]), (2050, [600, 600, 850])],
)
def test_the_last_school_takes_the_rest(pupils: int, sizes: list[int]) -> None:
    assert [len(each.pupils) for each in schools(pupils, year=YEAR)] == sizes


def test_without_pupils_there_is_no_school() -> None:
    with pytest.raises(ValueError, match="at least one pupil"):
        next(schools(0, year=YEAR))


def test_a_school_does_not_depend_on_how_many_there_are() -> None:
    second_of_two = list(schools(1200, year=YEAR, seed=5))[1]
    second_of_many = next(islice(schools(100_000, year=YEAR, seed=5), 1, None))
    assert second_of_two == second_of_many


def test_schools_differ_from_one_another_and_from_seed_to_seed() -> None:
    first, second = schools(1200, year=YEAR)
    other_seed = next(schools(600, year=YEAR, seed=2))
    names = [[pupil.name for pupil in each.pupils] for each in (first, second, other_seed)]
    assert names[0] != names[1]
    assert names[0] != names[2]
    ids = [{pupil.id for pupil in each.pupils} for each in (first, second)]
    assert not ids[0] & ids[1]


def test_memory_does_not_grow_with_the_number_of_schools() -> None:
    tracemalloc.start()
    try:
        peaks = []
        for _ in schools(3_600, year=YEAR):
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.reset_peak()
    finally:
        tracemalloc.stop()
    assert len(peaks) == 6
    # From the second school on the one before it is still in the caller's hand.
    assert max(peaks[2:]) < 1.2 * peaks[1]


@pytest.mark.parametrize(
    ("masculine", "feminine"),
    [
        ("Иванов", "Иванова"),
        ("Никитин", "Никитина"),
        ("Успенский", "Успенская"),
        ("Полевой", "Полевая"),
        ("Шевченко", "Шевченко"),
        ("Кравчук", "Кравчук"),
    ],
)
def test_family_names_take_the_form_of_the_sex(masculine: str, feminine: str) -> None:
    assert family_name(masculine, Sex.MALE) == masculine
    assert family_name(masculine, Sex.FEMALE) == feminine


@pytest.mark.parametrize(
    ("father", "son", "daughter"),
    [
        ("Александр", "Александрович", "Александровна"),
        ("Сергей", "Сергеевич", "Сергеевна"),
        ("Игорь", "Игоревич", "Игоревна"),
        ("Юрий", "Юрьевич", "Юрьевна"),
        ("Григорий", "Григорьевич", "Григорьевна"),
        ("Дмитрий", "Дмитриевич", "Дмитриевна"),
        ("Георгий", "Георгиевич", "Георгиевна"),
        ("Илья", "Ильич", "Ильинична"),
        ("Никита", "Никитич", "Никитична"),
        ("Павел", "Павлович", "Павловна"),
        ("Пётр", "Петрович", "Петровна"),
        ("Лев", "Львович", "Львовна"),
        ("Михаил", "Михайлович", "Михайловна"),
    ],
)
def test_patronymics_take_the_form_of_the_sex(father: str, son: str, daughter: str) -> None:
    assert patronymic(father, Sex.MALE) == son
    assert patronymic(father, Sex.FEMALE) == daughter


def test_there_are_names_enough_to_combine() -> None:
    assert len(set(FAMILY_NAMES)) == len(FAMILY_NAMES) >= 150
    assert all(len(set(names)) == len(names) for names in GIVEN_NAMES.values())
    assert sum(len(names) for names in GIVEN_NAMES.values()) >= 60


def test_children_are_named_after_their_father(sample: SampleSchool) -> None:
    guardians = {each.id: each for each in sample.guardians}
    pupils = {each.id: each for each in sample.pupils}
    fathers = [each for each in sample.guardianships if each.relation is Relation.FATHER]
    assert fathers
    for each in fathers:
        father, child = guardians[each.guardian].name, pupils[each.pupil]
        assert child.name.patronymic == patronymic(father.given, child.sex)
        assert child.name.family == family_name(father.family, child.sex)


def test_families_have_the_shapes_of_life(sample: SampleSchool) -> None:
    children: dict[str, set[str]] = defaultdict(set)
    for each in sample.guardianships:
        children[each.guardian].add(each.pupil)
    per_pupil = Counter(each.pupil for each in sample.guardianships)
    families = {frozenset(own) for own in children.values()}
    assert 0.10 < mean(len(own) > 1 for own in families) < 0.25
    assert 0.25 < mean(count == 1 for count in per_pupil.values()) < 0.42
    assert {each.relation for each in sample.guardianships} == set(Relation)


def test_most_guardians_consent_some_refuse_some_have_not_decided(sample: SampleSchool) -> None:
    decisions = Counter(each.decision for each in sample.consents)
    asked = len(sample.guardianships)
    assert decisions[ConsentDecision.CONSENT] > 0.8 * asked
    assert 0 < decisions[ConsentDecision.REFUSAL] < 0.1 * asked
    assert sum(decisions.values()) < asked
    sent_on = setup_batch(sample).sent_at.date()
    assert all(each.decided_on <= sent_on for each in sample.consents)


def test_pupils_have_the_age_of_their_grade(sample: SampleSchool) -> None:
    grades = {each.id: each.grade for each in sample.classes}
    birthdays = {each.id: each.birth_date for each in sample.pupils}
    for each in sample.enrollments:
        months = (date(YEAR, 9, 1) - birthdays[each.pupil]).days / 30.44
        assert 82 <= months - 12 * (grades[each.school_class] - 1) <= 96


def test_the_week_is_as_long_as_the_sanitary_rules_allow() -> None:
    assert [weekly_hours(grade) for grade in range(1, 12)] == [21, 23, 23, 23, 29, 30, 32, 33, 33, 34, 34]


def test_teachers_have_a_plausible_load(sample: SampleSchool) -> None:
    load = Counter(each.teacher for each in sample.timetable)
    assert max(load.values()) <= 30
    assert mean(load.values()) > 15
    teaching = {each.id for each in sample.staff if each.position.startswith(("учитель", "преподаватель"))}
    assert set(load) == teaching


def english(code: str, class_id: str, hours: int, groups: tuple[str, ...] = ()) -> Course:
    """Return a course of English for a class, or for groups of it."""
    strand = Strand(code=code, grade=5, subject=SubjectId("english"), specialism=Specialism.ENGLISH)
    strands = tuple(replace(strand, code=f"{code}-{each}", group=GroupId(each)) for each in groups)
    return Course(
        grade=5,
        classes=(ClassId(class_id),),
        strands=strands or (replace(strand, school_class=ClassId(class_id)),),
        hours=hours,
    )


def test_groups_taught_at_once_have_different_teachers() -> None:
    # Whoever has the class of five hours has more to do than the other, even after a group of three hours.
    split = english("5B", "b", 3, groups=("en1", "en2"))
    registry = Registry(school=SchoolId("school-1"), number=1)
    hired = faculty([english("5A", "a", 5), split], registry, classes=2, rng=generator("test"))
    first, second = (hired.teacher_of[strand] for strand in split.strands)
    assert first != second


def test_a_plan_that_does_not_fit_the_week_is_told_apart_from_a_hard_one() -> None:
    too_much = english("5A", "a", 20), replace(english("5A", "a", 20), hours=15)
    teacher_of = {strand: StaffId("teacher") for course in too_much for strand in course.strands}
    with pytest.raises(ConfigurationError) as raised:
        timetable(too_much, teacher_of, {StaffId("teacher"): "101"}, generator("test"))
    assert raised.value.code == "sandbox.timetable_impossible"


def test_the_quarters_are_those_recommended_for_2025() -> None:
    quarters = [each for each in year_frame(2025).periods if each.kind is PeriodKind.QUARTER]
    assert [(each.start, each.end) for each in quarters] == [
        (date(2025, 9, 1), date(2025, 10, 24)),
        (date(2025, 11, 3), date(2025, 12, 30)),
        (date(2026, 1, 12), date(2026, 3, 27)),
        (date(2026, 4, 6), date(2026, 5, 26)),
    ]


def test_a_holiday_on_a_weekend_moves_to_monday() -> None:
    # In 2027, 1 May is a Saturday and 9 May a Sunday.
    assert {date(2027, 5, 3), date(2027, 5, 10)} <= holidays(2026)


def test_periods_cover_the_grades_they_are_for(sample: SampleSchool) -> None:
    spans = [(each.kind, each.number, each.first_grade, each.last_grade) for each in setup_batch(sample).periods]
    assert spans == [
        *((PeriodKind.QUARTER, number, 1, 9) for number in (1, 2, 3, 4)),
        *((PeriodKind.HALF_YEAR, number, 10, 11) for number in (1, 2)),
        (PeriodKind.YEAR, 1, 1, 11),
    ]


def test_there_is_no_school_on_holidays_weekends_and_vacations(sample: SampleSchool) -> None:
    days = list(school_days(sample))
    assert days[0] == date(2026, 9, 1)
    assert date(2026, 11, 3) in days
    assert not {date(2026, 11, 4), date(2026, 10, 28), date(2027, 1, 4)} & set(days)
    assert all(day.weekday() < 5 for day in days)
    assert all(earlier < later for earlier, later in pairwise(days))
    assert 160 <= len(days) <= 175


def test_school_days_can_be_asked_for_a_part_of_the_year(sample: SampleSchool) -> None:
    part = school_days(sample, first=date(2026, 10, 22), last=date(2026, 11, 3))
    assert list(part) == [date(2026, 10, 22), date(2026, 10, 23), date(2026, 11, 2), date(2026, 11, 3)]


def test_grade_one_rests_a_week_longer(sample: SampleSchool) -> None:
    grades = {each.id: each.grade for each in sample.classes}
    batch = journal_day(sample, date(2027, 2, 16))
    present = {grades[each.school_class] for each in batch.lessons if each.school_class}
    assert present == set(range(2, 12))


def test_a_day_without_school_is_empty(sample: SampleSchool) -> None:
    batch = journal_day(sample, date(2026, 11, 4))
    assert (batch.lessons, batch.marks, batch.absences, batch.homework) == ((), (), (), ())


def test_times_are_those_of_the_school_s_zone(autumn: tuple[Batch, ...]) -> None:
    first = next(each for each in autumn[0].lessons if each.number == 1)
    assert first.starts_at.astimezone(UTC).isoformat() == "2026-09-01T05:30:00+00:00"
    assert all(each.ends_at < batch.sent_at for batch in autumn for each in batch.lessons)


def test_lesson_and_mark_ids_occur_once(autumn: tuple[Batch, ...]) -> None:
    lessons = [each.id for batch in autumn for each in batch.lessons]
    marks = [each.id for batch in autumn for each in batch.marks]
    assert len(set(lessons)) == len(lessons)
    assert len(set(marks)) == len(marks)
    assert "L-20260901-1-5A" in lessons


def test_the_language_is_taught_in_two_subgroups_at_once(sample: SampleSchool) -> None:
    by_code = defaultdict(list)
    for each in sample.timetable:
        by_code[each.code].append(each)
    for school_class in (each for each in sample.classes if each.grade >= 5):
        code = school_class.source_id.rsplit("-", 1)[1]
        first, second = by_code[f"{code}-en1"], by_code[f"{code}-en2"]
        assert [(each.weekday, each.number) for each in first] == [(each.weekday, each.number) for each in second]
        assert first[0].teacher != second[0].teacher
        assert first[0].room != second[0].room


def test_groups_divide_their_pupils(sample: SampleSchool) -> None:
    grades = {each.id: each.grade for each in sample.classes}
    grade_of = {each.pupil: grades[each.school_class] for each in sample.enrollments}

    def pupils_in(kind: GroupKind) -> list[PupilId]:
        return sorted(pupil for group in sample.groups if group.kind is kind for pupil in group.pupils)

    assert pupils_in(GroupKind.SUBGROUP) == sorted(pupil for pupil, grade in grade_of.items() if grade >= 5)
    assert pupils_in(GroupKind.PROFILE) == sorted(pupil for pupil, grade in grade_of.items() if grade >= 10)


def test_individual_plans_have_lessons_of_their_own(sample: SampleSchool) -> None:
    groups = {each.id: each for each in sample.groups}
    assert len(sample.individual_plans) == 2
    for plan in sample.individual_plans:
        own = [groups[group] for group in plan.groups]
        assert all(group.kind is GroupKind.INDIVIDUAL and group.members == (plan.pupil,) for group in own)
        assert tuple(group.subject for group in own) == plan.subjects
        assert all(any(entry.group == group for entry in sample.timetable) for group in plan.groups)


def test_a_day_has_one_and_a_half_to_two_facts_a_pupil(autumn: tuple[Batch, ...]) -> None:
    facts = [len(each.lessons) + len(each.marks) + len(each.absences) + len(each.homework) for each in autumn]
    assert 1.3 < mean(facts) / 600 < 2.0


def test_marks_are_of_every_value_and_several_kinds_and_weights(autumn: tuple[Batch, ...]) -> None:
    marks = [each for batch in autumn for each in batch.marks]
    values = Counter(each.value for each in marks if each.value is not None)
    assert set(values) == {2, 3, 4, 5}
    assert values[2] < values[3] < values[4]
    assert {each.work_kind for each in marks} == set(WorkKind)
    assert {each.weight for each in marks} == {1, 2, 3}


def test_a_pupil_s_marks_hang_together(autumn: tuple[Batch, ...]) -> None:
    halves: tuple[dict[str, list[int]], ...] = (defaultdict(list), defaultdict(list))
    for number, batch in enumerate(autumn):
        for mark in batch.marks:
            if mark.value is not None:
                halves[number % 2][mark.pupil].append(mark.value)
    both = [pupil for pupil in halves[0] if len(halves[0][pupil]) >= 8 and len(halves[1][pupil]) >= 8]
    averages = [[mean(half[pupil]) for pupil in both] for half in halves]
    assert len(both) > 200
    assert correlation(*averages) > 0.5


def test_everybody_who_is_there_writes_the_control_work(sample: SampleSchool, autumn: tuple[Batch, ...]) -> None:
    enrolled = Counter(each.school_class for each in sample.enrollments if each.valid_from == date(YEAR, 9, 1))
    seen = 0
    for batch in autumn:
        written = Counter(each.lesson for each in batch.marks if each.work_kind is WorkKind.CONTROL)
        away = Counter(each.lesson for each in batch.absences if each.kind is not AbsenceKind.LATE)
        for lesson in batch.lessons:
            if lesson.school_class and written[lesson.id]:
                assert written[lesson.id] + away[lesson.id] >= enrolled[lesson.school_class]
                assert lesson.topic.startswith("Контрольная работа")
                seen += 1
    assert seen > 20


def test_absences_are_of_every_kind_and_rare(autumn: tuple[Batch, ...]) -> None:
    kinds = Counter(each.kind for batch in autumn for each in batch.absences)
    assert set(kinds) == set(AbsenceKind)
    assert max(kinds, key=kinds.__getitem__) is AbsenceKind.ILLNESS
    assert 0.02 < sum(kinds.values()) / (600 * 6 * len(autumn)) < 0.10


def test_an_illness_lasts_several_days(autumn: tuple[Batch, ...]) -> None:
    ill = [{each.pupil for each in batch.absences if each.kind is AbsenceKind.ILLNESS} for batch in autumn]
    stays = sum(len(today & tomorrow) for today, tomorrow in pairwise(ill))
    assert stays > 0.5 * sum(len(today) for today in ill)


def test_homework_is_sometimes_explicitly_none(autumn: tuple[Batch, ...]) -> None:
    homework = [each for batch in autumn for each in batch.homework]
    nothing = [each for each in homework if each.text is None]
    assert 0 < len(nothing) < 0.3 * len(homework)
    assert all(each.due is None for each in nothing)


def test_a_substitute_is_neither_away_nor_the_teacher(autumn: tuple[Batch, ...]) -> None:
    substituted = 0
    for batch in autumn:
        away = {each.teacher for each in batch.lessons if each.substitution}
        for lesson in batch.lessons:
            if lesson.substitution:
                substituted += 1
                assert lesson.substitution.teacher not in away
                assert lesson.substitution.reason
    assert 0 < substituted < 0.1 * sum(len(batch.lessons) for batch in autumn)


def test_topics_go_on_from_lesson_to_lesson(sample: SampleSchool, autumn: tuple[Batch, ...]) -> None:
    fifth = next(each.id for each in sample.classes if each.grade == 5)
    topics = [
        lesson.topic
        for batch in autumn
        for lesson in batch.lessons
        if lesson.school_class == fifth and lesson.subject == "mathematics"
    ]
    parts = list(dict.fromkeys(topic.split(":")[0] for topic in topics if ":" in topic))
    assert parts[0] == "Натуральные числа"
    assert len(parts) >= 2
    assert len(topics) > 30


def test_a_pupil_who_came_later_has_nothing_before() -> None:
    for sample in schools(1200, year=YEAR):
        late = {each.pupil: each.valid_from for each in sample.enrollments if each.valid_from > date(YEAR, 9, 1)}
        assert late
        for batch in _weekly(sample):
            mentioned = {each.pupil for each in batch.marks} | {each.pupil for each in batch.absences}
            day = batch.sent_at.date()
            assert not {pupil for pupil, first in late.items() if day < first} & mentioned


def test_the_set_up_has_every_kind_that_a_year_begins_with(sample: SampleSchool) -> None:
    batch = setup_batch(sample)
    empty = {kind for kind in RecordKind if not records_of(batch, kind)}
    assert not empty & set(list(RecordKind)[: list(RecordKind).index(RecordKind.SUBMISSIONS)]) - {RecordKind.OUTAGES}
    assert {group.kind for group in batch.groups} >= {GroupKind.CLUB, GroupKind.ELECTIVE, GroupKind.SUBJECT_STREAM}
    assert any(group.dated for group in batch.groups)
    assert len(batch.slots) == len(sample.timetable)
    assert {load.teacher for load in batch.loads} == {entry.teacher for entry in sample.timetable}
    assert {one.duty for one in batch.appointments} >= {Duty.DIRECTOR, Duty.DEPUTY, Duty.ADMINISTRATOR, Duty.DISPATCHER}


def test_every_kind_of_record_occurs_in_the_year(sample: SampleSchool, autumn: tuple[Batch, ...]) -> None:
    quarter = next(each for each in sample.periods if each.kind is PeriodKind.QUARTER)
    batches = (setup_batch(sample), health_batch(sample), *autumn, period_end(sample, quarter))
    occurred = {kind for batch in batches for kind in RecordKind if records_of(batch, kind)}
    assert occurred == set(RecordKind)


def test_streams_have_more_than_thirty_pupils_and_a_room_for_them(sample: SampleSchool) -> None:
    capacity = {room.id: room.capacity for room in setup_batch(sample).rooms}
    room_of = {slot.group: slot.room for slot in setup_batch(sample).slots if slot.group and slot.room}
    streams = [group for group in sample.groups if group.kind.is_stream]
    assert streams
    assert all(30 < len(group.pupils) <= capacity[room_of[group.id]] for group in streams)


def test_public_holidays_are_those_of_article_112() -> None:
    days = {special.day for special in special_days(2026)}
    assert {date(2026, 11, 4), date(2027, 1, 7), date(2027, 2, 23), date(2027, 5, 1), date(2027, 5, 9)} <= days
    assert {date(2027, 5, 3), date(2027, 5, 10)} <= days
    assert date(2027, 1, 11) not in days
    assert holidays(2026) <= days


def test_facts_are_entered_by_whoever_gave_the_lesson_and_some_late(autumn: tuple[Batch, ...]) -> None:
    minutes = []
    for batch in autumn:
        given_by = {each.id: each.substitution.teacher if each.substitution else each.teacher for each in batch.lessons}
        assert all(each.author == given_by[each.id] for each in batch.lessons)
        assert all(mark.author == given_by[mark.lesson] for mark in batch.marks if mark.make_up is None)
        for each in batch.lessons:
            assert each.entered_at is not None
            assert each.ends_at < each.entered_at < batch.sent_at
            minutes.append((each.entered_at - each.ends_at).total_seconds() / 60)
    assert 0.75 < mean(own <= 15 for own in minutes) < 0.9
    assert 0 < mean(own > 60 for own in minutes) < 0.1


def test_nothing_is_entered_while_the_journal_cannot_be_reached(autumn: tuple[Batch, ...]) -> None:
    ((batch, failure),) = ((each, each.outages[0]) for each in autumn if each.outages)
    assert failure.ended_at is not None
    moments = [
        *(each.entered_at for each in batch.lessons if each.entered_at),
        *(each.entered_at for each in batch.marks if each.entered_at),
        *(each.entered_at for each in batch.absences if each.entered_at),
    ]
    assert not any(failure.started_at <= each < failure.ended_at for each in moments)


def test_signs_stand_beside_numbers_in_sensible_proportion(autumn: tuple[Batch, ...]) -> None:
    signs = Counter(each.sign for batch in autumn for each in batch.marks)
    assert set(signs) == {None, *(MarkSign(one) for one in ("plus", "minus", "passed", "failed", "debt"))}
    assert signs[None] > 0.8 * sum(signs.values())
    subjects = {each.id: each.subject for batch in autumn for each in batch.lessons}
    arts = [each for batch in autumn for each in batch.marks if subjects[each.lesson] in {"art", "music"}]
    assert arts
    assert all(each.sign in {MarkSign.PASSED, MarkSign.FAILED} for each in arts)


def test_a_make_up_is_for_a_missed_lesson_of_the_same_week(autumn: tuple[Batch, ...]) -> None:
    missed = {(each.lesson, each.pupil): batch.sent_at for batch in autumn for each in batch.absences}
    made_up = [(batch.sent_at, each) for batch in autumn for each in batch.make_ups]
    assert made_up
    for sent_at, each in made_up:
        assert 0 < (sent_at.date() - missed[each.lesson, each.pupil].date()).days < 5
    protocols = {each.id for _, each in made_up}
    assert {each.make_up for batch in autumn for each in batch.marks if each.make_up} == protocols


def test_a_settled_day_has_all_marks_of_its_lessons(sample: SampleSchool, autumn: tuple[Batch, ...]) -> None:
    own = {each.id for each in autumn[6].lessons}
    assert autumn[6].sent_at.date() == date(YEAR, 9, 9)
    entered = {each for batch in autumn for each in batch.marks if each.lesson in own}
    assert set(settled_day(sample, date(YEAR, 9, 9)).marks) == entered
    monday = {each.id for each in autumn[4].lessons}
    assert autumn[4].sent_at.date() == date(YEAR, 9, 7)
    entered = {each for batch in autumn for each in batch.marks if each.lesson in monday}
    assert any(each.make_up for each in entered)
    assert set(settled_day(sample, date(YEAR, 9, 7)).marks) == entered


def test_control_works_are_written_when_the_schedule_says(sample: SampleSchool, autumn: tuple[Batch, ...]) -> None:
    planned = {each.id: each for each in setup_batch(sample).control_works}
    lessons = {each.id: each for batch in autumn for each in batch.lessons}
    written = {each.control_work: each.lesson for batch in autumn for each in batch.marks if each.control_work}
    assert len(written) > 50
    for control_work, lesson_id in written.items():
        work, lesson = planned[control_work], lessons[lesson_id]
        assert (work.day, work.subject, work.school_class, work.group) == (
            lesson.day,
            lesson.subject,
            lesson.school_class,
            lesson.group,
        )


def test_a_final_mark_is_the_weighted_mean(sample: SampleSchool, autumn: tuple[Batch, ...]) -> None:
    quarter = next(each for each in sample.periods if each.kind is PeriodKind.QUARTER)
    subjects = {each.id: each.subject for batch in autumn for each in batch.lessons}
    given: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for batch in autumn:
        for mark in batch.marks:
            if mark.value is not None:
                given[mark.pupil, subjects[mark.lesson]].append((mark.value, mark.weight))
    batch = period_end(sample, quarter)
    numbers = [each for each in batch.period_marks if each.value is not None and each.certificate is None]
    assert len(numbers) > 3_000
    for each in numbers:
        own = given[each.pupil, each.subject]
        average = sum(value * weight for value, weight in own) / sum(weight for _, weight in own)
        assert abs(average - (each.value or 0)) <= 0.5
    signs = {each.sign for each in batch.period_marks}
    assert {MarkSign.EXEMPT, MarkSign.PASSED, MarkSign.NOT_ATTESTED} <= signs
    deferred = {(each.pupil, each.subject) for each in batch.deferrals}
    assert deferred
    assert not deferred & {(each.pupil, each.subject) for each in batch.period_marks}


def test_every_pupil_has_a_mark_of_the_year_in_every_subject() -> None:
    small = next(schools(20, year=YEAR))
    parts = [each for each in small.periods if each.kind is not PeriodKind.YEAR]
    ends = [period_end(small, part) for part in parts]
    expected = {(each.pupil, each.subject) for batch in ends for each in batch.period_marks}
    expected |= {(each.pupil, each.subject) for batch in ends for each in batch.deferrals}
    year = next(each for each in small.periods if each.kind is PeriodKind.YEAR)
    marks = period_end(small, year).period_marks
    assert {(each.pupil, each.subject) for each in marks} == expected
    assert all(each.stage is Stage.YEAR and each.period == year.id for each in marks)


@pytest.mark.parametrize(("pupils", "seed"), [(60, 1), (150, 7)])
def test_whole_weeks_keep_every_rule(pupils: int, seed: int) -> None:
    sample = next(schools(pupils, year=YEAR, seed=seed))
    journal = SampleJournal(sample=sample)
    quarter = next(each for each in sample.periods if each.kind is PeriodKind.QUARTER)
    weeks = [
        *school_days(sample, first=date(YEAR, 9, 1), last=date(YEAR, 9, 18)),
        *school_days(sample, first=quarter.end - timedelta(days=4), last=quarter.end),
    ]
    batches = [setup_batch(sample), health_batch(sample), *(journal_day(sample, day) for day in weeks)]
    for batch in (*batches, period_end(sample, quarter)):
        assert journal.take(batch).faults == {}
    # The rules are at work: nobody has a mark for a lesson that was missed, and the quarter is locked by now.
    absence = next(each for each in batches[-1].absences if each.kind is AbsenceKind.ILLNESS)
    mark = replace(batches[-1].marks[0], id=MarkId("one-more"), lesson=absence.lesson, pupil=absence.pupil)
    assert len(journal.take(replace(batches[-1], marks=(mark,))).faults) == 1


@pytest.mark.parametrize("write", [to_json, to_xml])
def test_every_record_is_valid_and_read_as_it_was_written(write: Callable[[Batch], bytes]) -> None:
    sample = next(schools(130, year=YEAR))
    quarter = next(each for each in sample.periods if each.kind is PeriodKind.QUARTER)
    days = school_days(sample, first=date(YEAR, 9, 28), last=date(YEAR, 10, 1))
    batches = (*(journal_day(sample, day) for day in days), period_end(sample, quarter))
    for batch in (setup_batch(sample), health_batch(sample), *batches):
        document = write(batch)
        if write is to_json:
            plain = json.loads(document)
            assert json_faults(plain, "journal", "1.1", "journal-batch.schema.json") == ()
            assert journal_json.batch_from(plain) == batch
        else:
            root = etree.fromstring(document)
            assert xml_faults(root, "journal", "1.1", "journal-batch.xsd") == ()
            assert journal_xml.batch_from(root, journal_xml.record_elements(root)) == batch


def _weekly(sample: SampleSchool) -> Iterator[Batch]:
    day = date(YEAR, 9, 2)
    while day < date(YEAR, 12, 31):
        yield journal_day(sample, day)
        day += timedelta(days=7)
