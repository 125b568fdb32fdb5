"""The study plan of a five-day week: which subject has how many lessons in which grade, and how it is marked.

The hours keep to the largest weekly load of each grade, from 21 lessons in grade 1 to 34 in grades 10 and 11
(СанПиН 1.2.3685-21, table 6.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.model.grading import WorkKind
from gateway.model.ids import SubjectId
from gateway.model.school import Component, Subject

LAST_PRIMARY_GRADE = 4
FIRST_SPLIT_GRADE = 5
"""From this grade on a class is split in two for the foreign language."""
PROFILE_GRADES = (10, 11)
PROFILE_HOURS = 4


class Specialism(StrEnum):
    """What a teacher teaches; the value is the teacher's position."""

    PRIMARY = "учитель начальных классов"
    RUSSIAN = "учитель русского языка и литературы"
    MATHEMATICS = "учитель математики"
    ENGLISH = "учитель английского языка"
    HISTORY = "учитель истории и обществознания"
    INFORMATICS = "учитель информатики"
    GEOGRAPHY = "учитель географии"
    BIOLOGY = "учитель биологии"
    PHYSICS = "учитель физики"
    CHEMISTRY = "учитель химии"
    MUSIC = "учитель музыки"
    CRAFTS = "учитель труда и изобразительного искусства"
    SPORT = "учитель физической культуры"
    SAFETY = "преподаватель-организатор основ безопасности и защиты Родины"


_COME_TO_PRIMARY = (Specialism.ENGLISH, Specialism.MUSIC, Specialism.SPORT, Specialism.HISTORY)
"""Specialists who also teach in grades 1 to 4; everything else there is the class's own teacher's."""

_WRITTEN = (WorkKind.ORAL, WorkKind.HOMEWORK, WorkKind.WRITTEN, WorkKind.TEST)
_LITERARY = (WorkKind.ORAL, WorkKind.ORAL, WorkKind.ESSAY, WorkKind.TEST)
_SCIENCE = (WorkKind.ORAL, WorkKind.HOMEWORK, WorkKind.PRACTICAL, WorkKind.TEST)
_SOCIAL = (WorkKind.ORAL, WorkKind.HOMEWORK, WorkKind.TEST)
_MANUAL = (WorkKind.PRACTICAL,)
_UNMARKED: tuple[WorkKind, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedSubject:
    """A subject of the study plan.

    Attributes:
        subject: the subject as the journal knows it.
        specialism: who teaches it (from grade 5 on, and below where no class teacher does).
        hours: lessons a week in the grades 1 to 11.
        works: kinds of work that everyday marks are given for; one that stands twice comes twice as often.
        controlled: whether a part of the subject ends with a control work of the whole class.
    """

    subject: Subject
    specialism: Specialism
    hours: tuple[int, ...]
    works: tuple[WorkKind, ...]
    controlled: bool

    @property
    def is_planned(self) -> bool:
        """Whether the study plan has hours for it, in any grade."""
        return any(self.hours)

    def taught_by(self, grade: int) -> Specialism:
        """Return who teaches the subject in the grade."""
        if grade <= LAST_PRIMARY_GRADE and self.specialism not in _COME_TO_PRIMARY:
            return Specialism.PRIMARY
        return self.specialism


def _planned(
    subject: str,
    name: str,
    specialism: Specialism,
    hours: str,
    works: tuple[WorkKind, ...],
    *,
    controlled: bool = False,
    component: Component = Component.FEDERAL,
) -> PlannedSubject:
    return PlannedSubject(
        subject=Subject(id=SubjectId(subject), name=name, component=component),
        specialism=specialism,
        hours=tuple(map(int, hours.split())),
        works=works,
        controlled=controlled,
    )


# The figures are the lessons a week in the grades 1 to 11.
_FEDERAL = (
    _planned("russian", "Русский язык", Specialism.RUSSIAN, "5 5 5 5 5 6 4 3 3 2 3", _WRITTEN, controlled=True),
    _planned("reading", "Литературное чтение", Specialism.RUSSIAN, "4 4 4 4 0 0 0 0 0 0 0", _LITERARY),
    _planned("literature", "Литература", Specialism.RUSSIAN, "0 0 0 0 3 3 2 2 3 3 3", _LITERARY),
    _planned("english", "Английский язык", Specialism.ENGLISH, "0 2 2 2 3 3 3 3 3 3 3", _WRITTEN, controlled=True),
    _planned("mathematics", "Математика", Specialism.MATHEMATICS, "4 4 4 4 5 5 0 0 0 0 0", _WRITTEN, controlled=True),
    _planned("algebra", "Алгебра", Specialism.MATHEMATICS, "0 0 0 0 0 0 3 3 3 4 4", _WRITTEN, controlled=True),
    _planned("geometry", "Геометрия", Specialism.MATHEMATICS, "0 0 0 0 0 0 2 2 2 3 3", _WRITTEN, controlled=True),
    _planned("statistics", "Вероятность и статистика", Specialism.MATHEMATICS, "0 0 0 0 0 0 1 1 1 1 1", _SCIENCE),
    _planned("informatics", "Информатика", Specialism.INFORMATICS, "0 0 0 0 0 0 1 1 1 1 1", _SCIENCE),
    _planned("world", "Окружающий мир", Specialism.BIOLOGY, "2 2 2 2 0 0 0 0 0 0 0", _SOCIAL),
    _planned(
        "ethics", "Основы религиозных культур и светской этики", Specialism.HISTORY, "0 0 0 1 0 0 0 0 0 0 0", _UNMARKED
    ),
    _planned("history", "История", Specialism.HISTORY, "0 0 0 0 3 3 3 3 3 2 2", _SOCIAL, controlled=True),
    _planned("social", "Обществознание", Specialism.HISTORY, "0 0 0 0 0 1 1 1 1 2 2", _SOCIAL),
    _planned("geography", "География", Specialism.GEOGRAPHY, "0 0 0 0 1 1 2 2 2 1 1", _SCIENCE),
    _planned("biology", "Биология", Specialism.BIOLOGY, "0 0 0 0 1 1 1 2 2 1 1", _SCIENCE),
    _planned("physics", "Физика", Specialism.PHYSICS, "0 0 0 0 0 0 2 2 3 2 2", _SCIENCE, controlled=True),
    _planned("chemistry", "Химия", Specialism.CHEMISTRY, "0 0 0 0 0 0 0 2 2 1 1", _SCIENCE, controlled=True),
    _planned("music", "Музыка", Specialism.MUSIC, "1 1 1 1 1 1 1 1 0 0 0", _MANUAL),
    _planned("art", "Изобразительное искусство", Specialism.CRAFTS, "1 1 1 1 1 1 1 0 0 0 0", _MANUAL),
    _planned("labour", "Труд (технология)", Specialism.CRAFTS, "1 1 1 1 2 2 2 1 1 0 0", _MANUAL),
    _planned("safety", "Основы безопасности и защиты Родины", Specialism.SAFETY, "0 0 0 0 0 0 0 1 1 1 1", _SOCIAL),
    _planned("sport", "Физическая культура", Specialism.SPORT, "2 2 2 2 2 2 2 2 2 2 2", _MANUAL),
    _planned("project", "Индивидуальный проект", Specialism.INFORMATICS, "0 0 0 0 0 0 0 0 0 1 0", _MANUAL),
)
_SCHOOL = (
    _planned(
        "spiritual",
        "Основы духовно-нравственной культуры народов России",
        Specialism.HISTORY,
        "0 0 0 0 1 0 0 0 0 0 0",
        _SOCIAL,
        component=Component.SCHOOL,
    ),
    _planned(
        "literacy",
        "Функциональная грамотность",
        Specialism.RUSSIAN,
        "1 1 1 0 1 1 1 1 0 0 0",
        _SOCIAL,
        component=Component.SCHOOL,
    ),
)
PLAN: tuple[PlannedSubject, ...] = _FEDERAL + _SCHOOL
"""Subjects that a class learns together or, the foreign language, in two subgroups."""

PROFILES: tuple[PlannedSubject, ...] = (
    _planned(
        "physics-profile",
        "Физика (углублённый уровень)",
        Specialism.PHYSICS,
        "0 0 0 0 0 0 0 0 0 4 4",
        _SCIENCE,
        controlled=True,
        component=Component.SCHOOL,
    ),
    _planned(
        "social-profile",
        "Обществознание (углублённый уровень)",
        Specialism.HISTORY,
        "0 0 0 0 0 0 0 0 0 4 4",
        _SOCIAL,
        controlled=True,
        component=Component.SCHOOL,
    ),
)
"""Subjects between which the pupils of grades 10 and 11 choose; they are taught at the same time."""

_NO_HOURS = "0 0 0 0 0 0 0 0 0 0 0"
AFTER_LESSONS: tuple[PlannedSubject, ...] = tuple(
    _planned(subject, name, specialism, _NO_HOURS, _UNMARKED, component=Component.SCHOOL)
    for subject, name, specialism in (
        ("chess", "Шахматы", Specialism.PRIMARY),
        ("rhythmics", "Ритмика", Specialism.MUSIC),
        ("choir", "Школьный хор", Specialism.MUSIC),
        ("my-town", "Проект «Мой город»", Specialism.GEOGRAPHY),
        ("road-safety", "Дорожная безопасность", Specialism.SAFETY),
        ("finance", "Финансовая грамотность", Specialism.HISTORY),
        ("horizons", "Россия — мои горизонты", Specialism.HISTORY),
        ("professions", "Мастерская профессий", Specialism.CRAFTS),
        ("programming", "Практикум по программированию", Specialism.INFORMATICS),
    )
)
"""What there is outside the study plan, after the last lesson, without marks and homework."""

PASS_OR_FAIL = frozenset({SubjectId("art"), SubjectId("music"), SubjectId("ethics")})
"""Subjects whose marks are «зач» and «незач»."""
PASS_OR_FAIL_SPORT = (2, 4)
"""First and last grade in which physical education is marked so too."""
SPORT_SUBJECT = SubjectId("sport")

SPLIT_SUBJECT = SubjectId("english")

_BY_ID = {planned.subject.id: planned for planned in (*PLAN, *PROFILES, *AFTER_LESSONS)}


def is_pass_or_fail(subject: SubjectId, grade: int) -> bool:
    """Tell whether the subject is marked in the grade by «зач» and «незач» alone."""
    first, last = PASS_OR_FAIL_SPORT
    return subject in PASS_OR_FAIL or (subject == SPORT_SUBJECT and first <= grade <= last)


def planned_subject(subject: SubjectId) -> PlannedSubject:
    """Return the subject's entry in the study plan."""
    return _BY_ID[subject]


def weekly_hours(grade: int) -> int:
    """Return how many lessons a week a pupil of the grade has: one profile counts, the other is for others."""
    together = sum(planned.hours[grade - 1] for planned in PLAN)
    return together + (PROFILE_HOURS if grade in PROFILE_GRADES else 0)
