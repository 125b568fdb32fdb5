"""File names, versions, retention and digests of the archive."""

import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from gateway.errors import ConfigurationError, RuleViolation
from gateway.model.archive import (
    ArchivedLesson,
    ArchivedMark,
    ArchivedPart,
    ArchivedPupil,
    ArchiveEntry,
    ArchiveSource,
    RetentionPolicy,
    archive_file_name,
    is_archive_file_name,
    newest_version,
    require_ended,
    require_unique,
    source_digest,
    version_location,
)
from gateway.model.grading import WorkKind
from gateway.model.ids import ClassId, PeriodId, PupilId, SchoolId
from gateway.model.people import PersonName
from gateway.model.school import Period, PeriodKind

QUARTER = Period(
    id=PeriodId("q1"), year=2026, kind=PeriodKind.QUARTER, number=1, start=date(2026, 9, 1), end=date(2026, 10, 25)
)
HALF_YEAR = replace(QUARTER, kind=PeriodKind.HALF_YEAR, number=2)
YEAR = replace(QUARTER, kind=PeriodKind.YEAR)
TEACHER = PersonName(family="Учителева", given="Анна", patronymic="Петровна")


def entry(file_name: str, *, version: int = 1, school_class: str = "c-5a") -> ArchiveEntry:
    return ArchiveEntry(
        id=f"e-{version}",
        file_name=file_name,
        version=version,
        year=2026,
        period=PeriodId("q1"),
        school_class=ClassId(school_class),
        source_digest="d",
        sha256="s",
        size=1,
        pages=1,
        signed_by="CN=Директор",
        certificate_sha256="c",
        signed_at=datetime(2026, 11, 1, tzinfo=UTC),
        location="school-1/f.pdf",
        retention_until=date(2032, 8, 31),
    )


def source() -> ArchiveSource:
    pupil = ArchivedPupil(id=PupilId("p1"), name=PersonName(family="Учеников", given="Пётр"))
    lesson = ArchivedLesson(
        day=date(2026, 9, 1),
        number=1,
        topic="Дроби",
        teacher=TEACHER,
        marks=(ArchivedMark(pupil=pupil.id, given=5, work_kind=WorkKind.ORAL, weight=1),),
    )
    return ArchiveSource(
        school=SchoolId("school-1"),
        school_name="Школа № 101",
        zone="Europe/Moscow",
        school_class=ClassId("c-5a"),
        class_name="5А",
        class_grade=5,
        class_year=2026,
        class_teacher=TEACHER,
        period=QUARTER,
        pupils=(pupil,),
        parts=(ArchivedPart(subject="Математика", pupils=(pupil.id,), lessons=(lesson,)),),
    )


@pytest.mark.parametrize(
    ("period", "class_name", "file_name"),
    [
        (QUARTER, "5А", "2026-2027_1-четверть_5А.pdf"),
        (HALF_YEAR, "11Б", "2026-2027_2-полугодие_11Б.pdf"),
        (YEAR, "5А", "2026-2027_год_5А.pdf"),
        (QUARTER, "10 «А-физмат»", "2026-2027_1-четверть_10 «А-физмат».pdf"),
    ],
)
def test_a_file_is_called_after_year_period_and_class(period: Period, class_name: str, file_name: str) -> None:
    assert archive_file_name(period, class_name) == file_name
    assert is_archive_file_name(file_name)


def test_a_file_name_is_composed_unicode() -> None:
    name = archive_file_name(QUARTER, unicodedata.normalize("NFD", "5Й"))

    assert unicodedata.is_normalized("NFC", name)
    assert not is_archive_file_name(unicodedata.normalize("NFD", name))


@pytest.mark.parametrize(
    "class_name",
    ["", " 5А", "5А ", "5А.", "../5А", "5/А", "5\\А", "5:А", "5*", "5?", '5"А"', "5<А>", "5|А", "5_А", "5\nА", "5\0А",
     ".5А", "А" * 21, "5А\u202e"],
)  # fmt: skip
def test_a_class_name_that_no_file_can_bear_is_refused(class_name: str) -> None:
    with pytest.raises(RuleViolation) as caught:
        archive_file_name(QUARTER, class_name)

    assert (caught.value.code, caught.value.rule) == ("archive.class_name", "R-ARCH-10")


@pytest.mark.parametrize(
    "name",
    ["", "5А.pdf", "2026-2028_1-четверть_5А.pdf", "2026-2027_5-четверть_5А.pdf", "2026-2027_3-полугодие_5А.pdf",
     "2026-2027_1-четверть_5А.PDF", "2026-2027_1-четверть_5А_в2.pdf", "x/2026-2027_1-четверть_5А.pdf"],
)  # fmt: skip
def test_other_names_are_no_archive_file_names(name: str) -> None:
    assert not is_archive_file_name(name)


def test_later_versions_lie_beside_the_first() -> None:
    name = "2026-2027_1-четверть_5А.pdf"

    assert version_location(SchoolId("school-1"), name, 1) == f"school-1/{name}"
    assert version_location(SchoolId("school-1"), name, 12) == "school-1/2026-2027_1-четверть_5А_в12.pdf"


def test_the_newest_version_is_that_of_the_highest_number() -> None:
    entries = [entry("a.pdf", version=2), entry("a.pdf", version=10), entry("b.pdf", version=11)]

    newest = newest_version(entries, "a.pdf")

    assert newest is entries[1]
    assert newest_version(entries, "c.pdf") is None


def test_a_name_belongs_to_one_class_whatever_the_letter_case() -> None:
    taken = [entry("2026-2027_1-четверть_5А.pdf")]

    require_unique(taken, "2026-2027_1-четверть_5А.pdf", ClassId("c-5a"))
    require_unique(taken, "2026-2027_1-четверть_5Б.pdf", ClassId("c-5b"))
    with pytest.raises(RuleViolation, match=r"archive\.name_taken"):
        require_unique(taken, "2026-2027_1-четверть_5а.pdf", ClassId("c-other"))


def test_a_journal_is_kept_five_years_from_the_end_of_its_school_year() -> None:
    assert RetentionPolicy().journal_until(2026) == date(2032, 8, 31)
    assert RetentionPolicy(journal_years=25).journal_until(2026) == date(2052, 8, 31)


@pytest.mark.parametrize("terms", [{"journal_years": 4}, {"summary_sheet_years": 24}])
def test_terms_cannot_be_lowered(terms: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match=r"archive\.retention_too_short"):
        RetentionPolicy(**terms)


@pytest.mark.parametrize(("today", "ended"), [(date(2026, 10, 25), False), (date(2026, 10, 26), True)])
def test_a_period_is_over_on_the_day_after_its_last(today: date, ended: bool) -> None:  # noqa: FBT001
    if ended:
        require_ended(QUARTER, today)
    else:
        with pytest.raises(RuleViolation, match=r"archive\.period_not_ended"):
            require_ended(QUARTER, today)


def test_equal_sources_have_equal_digests() -> None:
    assert source_digest(source()) == source_digest(source())


def test_every_change_of_what_is_printed_changes_the_digest() -> None:
    whole = source()
    part = whole.parts[0]
    lesson = part.lessons[0]
    mark = lesson.marks[0]
    changed_lessons = [
        replace(lesson, topic="Проценты"),
        replace(lesson, substituted=True),
        replace(lesson, marks=()),
        replace(lesson, marks=(replace(mark, given=4),)),
        replace(lesson, marks=(replace(mark, weight=2),)),
        replace(lesson, marks=(replace(mark, work_kind=WorkKind.TEST),)),
    ]
    changed = [
        *(replace(whole, parts=(replace(part, lessons=(one,)),)) for one in changed_lessons),
        replace(whole, pupils=(replace(whole.pupils[0], left=date(2026, 10, 1)),)),
        replace(whole, class_teacher=None),
    ]

    assert len({source_digest(one) for one in (whole, *changed)}) == len(changed) + 1
