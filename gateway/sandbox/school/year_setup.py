"""The frame that a school sets up before the year: rooms, bells, scales, kinds of work, codes, regimes, settings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from gateway.model.attendance import AbsenceCode, AbsenceKind
from gateway.model.grading import GradingScale, MarkSign, WorkKind, WorkType
from gateway.model.ids import BellScheduleId, RecordId, RoomId, ScaleId, SubjectId, YearId
from gateway.model.school import LAST_GRADE, AcademicYear, PolicySetting, YearState
from gateway.model.timetable import Bell, BellSchedule, Regime, Room
from gateway.sandbox.school.curriculum import PASS_OR_FAIL, PASS_OR_FAIL_SPORT, SPORT_SUBJECT
from gateway.sandbox.school.marks import WEIGHTS, work_type_id
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.school_year import WEEK_DAYS

_BELLS = BellScheduleId("bells-1")
_FIRST_MARKED_GRADE = 2
_LARGE_ROOMS = {"Актовый": 240, "Спортивный": 80}
_ORDINARY_ROOM = 36
_WORK_NAMES = {
    WorkKind.ORAL: "Ответ на уроке",
    WorkKind.WRITTEN: "Письменная работа",
    WorkKind.CONTROL: "Контрольная работа",
    WorkKind.ESSAY: "Сочинение",
    WorkKind.PRACTICAL: "Практическая работа",
    WorkKind.TEST: "Тест",
    WorkKind.HOMEWORK: "Домашнее задание",
}
_ABSENCE_CODES = {
    AbsenceKind.UNKNOWN: "Н",
    AbsenceKind.EXCUSED: "УП",
    AbsenceKind.ILLNESS: "Б",
    AbsenceKind.UNEXCUSED: "НП",
    AbsenceKind.LATE: "ОП",
    AbsenceKind.EXEMPT: "ОСВ",
}
_FIVE_POINT_SIGNS = (
    MarkSign.PLUS,
    MarkSign.MINUS,
    MarkSign.DEBT,
    MarkSign.EXEMPT,
    MarkSign.MASTERED,
    MarkSign.NOT_ATTESTED,
)
_PASS_OR_FAIL_SIGNS = (
    MarkSign.PASSED,
    MarkSign.FAILED,
    MarkSign.EXEMPT,
    MarkSign.MASTERED,
    MarkSign.NOT_ATTESTED,
)


def year_begin(sample: SampleSchool) -> date:
    """Return the first day of the year, school or not."""
    return date(sample.year, 9, 1)


def year_end(sample: SampleSchool) -> date:
    """Return the last day of the year."""
    return date(sample.year + 1, 8, 31)


def settings(sample: SampleSchool) -> tuple[PolicySetting, ...]:
    """Return what the school has decided of its own (section 5): time for homework, who controls how often."""
    decided_on = date(sample.year, 8, 25)
    document = f"Положение об электронном журнале, приказ № 112 от {decided_on:%d.%m.%Y}"
    values = {"homework_deadline_minutes": "90", "written_deadline": "5wd", "deputy_control_days": "31"}
    return tuple(
        PolicySetting(id=RecordId(name), value=value, decided_on=decided_on, document=document)
        for name, value in values.items()
    )


def academic_year(sample: SampleSchool) -> AcademicYear:
    """Return the school year, open since the evening before its first day (R-ACAD-21)."""
    return AcademicYear(
        id=YearId(str(sample.year)),
        year=sample.year,
        start=year_begin(sample),
        end=year_end(sample),
        state=YearState.OPEN,
    )


def room_id(name: str) -> RoomId:
    """Return the id of the room of that name."""
    return RoomId(f"room-{name.replace(' ', '-')}")


def rooms(sample: SampleSchool) -> tuple[Room, ...]:
    """Return the rooms in which there are lessons (R-ACAD-08)."""
    names = sorted({entry.room for entry in sample.timetable})
    return tuple(
        Room(id=room_id(name), name=name, capacity=_LARGE_ROOMS.get(name.split()[0], _ORDINARY_ROOM)) for name in names
    )


def bell_schedule(sample: SampleSchool) -> BellSchedule:
    """Return the bells of the only shift."""
    return BellSchedule(
        id=_BELLS,
        name="Первая смена",
        lessons=tuple(Bell(number=bell.number, start=bell.start, end=bell.end) for bell in sample.bells),
    )


def regimes(sample: SampleSchool) -> Iterator[Regime]:
    """Yield the working regime of every class and every group: five days a week (R-ACAD-12)."""
    begin, end = year_begin(sample), year_end(sample)
    for each in sample.classes:
        yield Regime(
            id=RecordId(f"RG-{each.name}"),
            days_a_week=WEEK_DAYS,
            bells=_BELLS,
            valid_from=begin,
            valid_to=end,
            school_class=each.id,
        )
    for group in sample.groups:
        yield Regime(
            id=RecordId(f"RG-{group.id}"),
            days_a_week=WEEK_DAYS,
            bells=_BELLS,
            valid_from=begin,
            valid_to=end,
            group=group.id,
        )


def scales() -> Iterator[GradingScale]:
    """Yield the grading scales (R-ACAD-19): five points, and «зачёт» for some subjects; grade 1 has none."""
    yield GradingScale(
        id=ScaleId("five-points"),
        name="Пятибалльная",
        lowest=1,
        highest=5,
        pass_threshold=3,
        signs=_FIVE_POINT_SIGNS,
        first_grade=_FIRST_MARKED_GRADE,
    )
    for subject in sorted(PASS_OR_FAIL):
        yield _pass_or_fail(subject, _FIRST_MARKED_GRADE, LAST_GRADE)
    yield _pass_or_fail(SPORT_SUBJECT, *PASS_OR_FAIL_SPORT)


def work_types() -> Iterator[WorkType]:
    """Yield the kinds of work with their usual weights."""
    for kind, name in _WORK_NAMES.items():
        yield WorkType(id=work_type_id(kind), name=name, kind=kind, weight=WEIGHTS[kind])


def absence_codes() -> Iterator[AbsenceCode]:
    """Yield what stands in the journal for each kind of absence."""
    for kind, code in _ABSENCE_CODES.items():
        yield AbsenceCode(id=RecordId(f"AC-{kind.value}"), source="journal", code=code, kind=kind)


def evening_before(sample: SampleSchool) -> date:
    """Return the day on whose evening the frame of the year is sent."""
    return min(period.start for period in sample.periods) - timedelta(days=1)


def _pass_or_fail(subject: SubjectId, first_grade: int, last_grade: int) -> GradingScale:
    return GradingScale(
        id=ScaleId(f"passed-{subject}"),
        name="Зачёт – незачёт",
        signs=_PASS_OR_FAIL_SIGNS,
        subject=subject,
        first_grade=first_grade,
        last_grade=last_grade,
    )
