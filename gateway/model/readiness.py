"""Whether the school year is set up: every section of the three lists, who answers for it, how far it is: pure.

R-ACAD-24 (S0: 16 sections and 3 processes, by 5 September), R-ACAD-26 (S1: 11 sections, by 10 September) and R-ACAD-18
(S3: 8 items, by 10 September). A school follows one of them or their union (C-16).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from gateway.errors import Text
from gateway.model.clocks import named_day
from gateway.model.duties import Duty
from gateway.model.policy import Policy, SetupChecklist
from gateway.model.working_days import SchoolCalendar


class Section(StrEnum):
    """What has to be set up, or to work."""

    PERIODS = "periods"
    VACATIONS = "vacations"
    CONTINGENT = "contingent"
    GROUPS = "groups"
    STREAMS = "streams"
    INDIVIDUAL_PUPILS = "individual_pupils"
    FEDERAL_SUBJECTS = "federal_subjects"
    SCHOOL_SUBJECTS = "school_subjects"
    CURRICULUM = "curriculum"
    PROFILE_CURRICULA = "profile_curricula"
    INDIVIDUAL_PLANS = "individual_plans"
    REGIMES = "regimes"
    LOADS = "loads"
    THEMATIC_PLANS = "thematic_plans"
    TIMETABLES = "timetables"
    CONTROL_WORKS = "control_works"
    SUBSTITUTIONS = "substitutions"
    INFORMING = "informing"
    FEEDBACK = "feedback"
    ROOMS = "rooms"
    STAFF = "staff"
    CLASSES = "classes"
    CLASS_TEACHERS = "class_teachers"
    SCALES = "scales"


_S0 = tuple(Section)[: tuple(Section).index(Section.ROOMS)]
_S1 = (
    Section.PERIODS,
    Section.VACATIONS,
    Section.FEDERAL_SUBJECTS,
    Section.SCHOOL_SUBJECTS,
    Section.ROOMS,
    Section.STAFF,
    Section.CLASSES,
    Section.GROUPS,
    Section.INDIVIDUAL_PUPILS,
    Section.TIMETABLES,
    Section.CONTROL_WORKS,
)
_S3 = (
    Section.PERIODS,
    Section.CLASSES,
    Section.FEDERAL_SUBJECTS,
    Section.CLASS_TEACHERS,
    Section.LOADS,
    Section.CURRICULUM,
    Section.TIMETABLES,
    Section.SCALES,
)

CHECKLISTS: Mapping[SetupChecklist, tuple[Section, ...]] = {
    SetupChecklist.S0: _S0,
    SetupChecklist.S1: _S1,
    SetupChecklist.S3: _S3,
    SetupChecklist.UNION: tuple(Section),
}
"""The sections of each list: 19, 11, 8, and all of them (R-ACAD-24, R-ACAD-26, R-ACAD-18)."""

_NAMES: Mapping[Section, Text] = {
    Section.PERIODS: Text(ru="Учебные периоды", en="Study periods"),
    Section.VACATIONS: Text(ru="Каникулы", en="Vacations"),
    Section.CONTINGENT: Text(ru="Контингент обучающихся", en="Pupils in classes"),
    Section.GROUPS: Text(ru="Классы-комплекты и учебные группы", en="Combined classes and study groups"),
    Section.STREAMS: Text(ru="Учебные потоки", en="Streams"),
    Section.INDIVIDUAL_PUPILS: Text(ru="Список обучающихся по ИУП", en="Pupils on individual plans"),
    Section.FEDERAL_SUBJECTS: Text(ru="Предметы ФБУП", en="Subjects of the federal plan"),
    Section.SCHOOL_SUBJECTS: Text(ru="Предметы компонента ОО", en="Subjects of the school's component"),
    Section.CURRICULUM: Text(ru="Учебный план", en="Curriculum"),
    Section.PROFILE_CURRICULA: Text(ru="Учебные планы профилей", en="Curricula of profiles"),
    Section.INDIVIDUAL_PLANS: Text(ru="Индивидуальные учебные планы", en="Individual study plans"),
    Section.REGIMES: Text(ru="Режим работы", en="Working regime"),
    Section.LOADS: Text(ru="Учебная нагрузка", en="Teaching load"),
    Section.THEMATIC_PLANS: Text(ru="Календарно-тематическое планирование", en="Thematic plans"),
    Section.TIMETABLES: Text(ru="Расписания", en="Timetables"),
    Section.CONTROL_WORKS: Text(ru="Сводный график контрольных работ", en="Schedule of control works"),
    Section.SUBSTITUTIONS: Text(ru="Регистрация замен и переносов", en="Substitutions and transfers"),
    Section.INFORMING: Text(ru="Информирование в реальном времени", en="Informing families at once"),
    Section.FEEDBACK: Text(ru="Обмен с обратной связью", en="Exchange with feedback"),
    Section.ROOMS: Text(ru="Кабинеты", en="Rooms"),
    Section.STAFF: Text(ru="Сотрудники", en="Staff"),
    Section.CLASSES: Text(ru="Классы", en="Classes"),
    Section.CLASS_TEACHERS: Text(ru="Классные руководители", en="Class teachers"),
    Section.SCALES: Text(ru="Системы оценивания", en="Grading systems"),
}

_RESPONSIBLE: Mapping[Section, Duty] = {
    Section.GROUPS: Duty.CLASS_TEACHER,
    Section.REGIMES: Duty.ADMINISTRATOR,
    Section.LOADS: Duty.DISPATCHER,
    Section.THEMATIC_PLANS: Duty.SUBJECT_TEACHER,
    Section.TIMETABLES: Duty.DISPATCHER,
    Section.INFORMING: Duty.ADMINISTRATOR,
    Section.FEEDBACK: Duty.ADMINISTRATOR,
}
"""Who answers for a section; the deputy for all others (C-16)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How much of a section is there: ``done`` of ``total`` things; a total of 0 says that the school has none."""

    done: int
    total: int

    @property
    def is_complete(self) -> bool:
        """Tell whether nothing is missing."""
        return self.done >= self.total


@dataclass(frozen=True, kw_only=True, slots=True)
class SectionStatus:
    """A line of the report.

    ``overdue_days`` counts from the day after the deadline; 0 where the section is complete or not due yet.
    """

    section: Section
    name: Text
    responsible: Duty
    progress: Progress
    due_on: date
    overdue_days: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """The state of the set-up of one school year (C-09).

    ``control_at`` is when the director's status report is due, ``due_at`` when the set-up must be complete.
    """

    year: int
    control_at: datetime
    due_at: datetime
    sections: tuple[SectionStatus, ...]

    @property
    def is_complete(self) -> bool:
        """Tell whether every section is complete."""
        return all(line.progress.is_complete for line in self.sections)


def readiness(
    year: int, counts: Mapping[Section, Progress], calendar: SchoolCalendar, policy: Policy, *, today: date
) -> Readiness:
    """Return how far the set-up of a school year is, by the list the school follows.

    Args:
        year: the calendar year in which the school year begins.
        counts: how much of each section is there; a section that is not counted has nothing.
        calendar: the school's calendar.
        policy: the school's decisions.
        today: the school's day.
    """
    control_at, _ = named_day(year, policy.setup_control_date, calendar, policy)
    due_at, _ = named_day(year, policy.setup_deadline, calendar, policy)
    due_on = calendar.day_of(due_at)
    lines = (
        SectionStatus(
            section=section,
            name=_NAMES[section],
            responsible=_RESPONSIBLE.get(section, Duty.DEPUTY),
            progress=(progress := counts.get(section, Progress(done=0, total=1))),
            due_on=due_on,
            overdue_days=0 if progress.is_complete else max((today - due_on).days, 0),
        )
        for section in CHECKLISTS[policy.setup_checklist]
    )
    return Readiness(year=year, control_at=control_at, due_at=due_at, sections=tuple(lines))
