"""Pupils' weeks out of the journal's tables.

Six statements whatever the number of pupils: enrolments, memberships of groups, lessons (with subject and teacher),
marks, absences, homework. Each finds its rows by an index, so one pupil's week takes as long in a large school as in a
small one. What belongs to whom is then put together in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, and_, func, or_, select

from gateway.model.attendance import Absence
from gateway.model.ids import ClassId, GroupId, LessonId, PupilId, SchoolId, SubjectId
from gateway.model.journal import Homework, Mark
from gateway.model.people import Enrollment
from gateway.model.school import DatedMember
from gateway.model.week import PupilWeek, WeekLesson
from gateway.storage import readers
from gateway.storage.tables.journal import absence, homework, lesson, mark
from gateway.storage.tables.people import enrollment, staff
from gateway.storage.tables.school import group_member, subject

_Membership = tuple[GroupId, DatedMember]
"""A time in a study group."""

_Lessons = Mapping[ClassId | GroupId, Sequence[RowMapping]]
"""Lessons by the class or group they were given to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Facts:
    """What was entered over the days asked for, by lesson, or by pupil and lesson."""

    marks: Mapping[tuple[str, str], Sequence[Mark]]
    absences: Mapping[tuple[str, str], Absence]
    homework: Mapping[str, Homework]


class SqlWeeks:
    """Reads weeks of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def of_pupils(self, pupils: Iterable[PupilId], first: date, last: date) -> Mapping[PupilId, PupilWeek]:
        """Return a week for every pupil asked for, with no lessons where there were none.

        A pupil has the lessons of the classes they were enrolled in and of the study groups they were a member of on
        that day; voided marks and absences are left out. Lessons go by day, number and id, marks of a lesson by id.
        """
        asked = tuple(dict.fromkeys(pupils))
        enrolled = self._enrollments(asked, first, last)
        groups = self._groups(asked, first, last)
        given = _given_to(
            {one.school_class for places in enrolled.values() for one in places},
            {group for joined in groups.values() for group, _ in joined},
            first,
            last,
        )
        lessons = self._lessons(given)
        facts = _Facts(
            marks=self._marks(asked, first, last),
            absences=self._absences(asked, first, last),
            homework=self._homework(given),
        )
        return {
            pupil: PupilWeek(
                pupil=pupil,
                first=first,
                last=last,
                lessons=tuple(_week_lesson(row, pupil, facts) for row in _own(lessons, enrolled[pupil], groups[pupil])),
            )
            for pupil in asked
        }

    def _enrollments(
        self, pupils: Sequence[PupilId], first: date, last: date
    ) -> Mapping[PupilId, Sequence[Enrollment]]:
        statement = select(enrollment).where(
            enrollment.c.school_id == self._school,
            enrollment.c.pupil_id.in_(pupils),
            enrollment.c.valid_from <= last,
            or_(enrollment.c.valid_to.is_(None), enrollment.c.valid_to >= first),
        )
        found: defaultdict[PupilId, list[Enrollment]] = defaultdict(list)
        for row in self._rows(statement):
            found[PupilId(row["pupil_id"])].append(
                Enrollment(
                    pupil=PupilId(row["pupil_id"]),
                    school_class=ClassId(row["class_id"]),
                    valid_from=row["valid_from"],
                    valid_to=row["valid_to"],
                )
            )
        return found

    def _groups(self, pupils: Sequence[PupilId], first: date, last: date) -> Mapping[PupilId, Sequence[_Membership]]:
        """Return the times that each pupil is in a study group."""
        statement = select(group_member).where(
            group_member.c.school_id == self._school,
            group_member.c.pupil_id.in_(pupils),
            group_member.c.valid_from <= last,
            or_(group_member.c.valid_to.is_(None), group_member.c.valid_to >= first),
        )
        found: defaultdict[PupilId, list[_Membership]] = defaultdict(list)
        for row in self._rows(statement):
            pupil = PupilId(row["pupil_id"])
            time = DatedMember(pupil=pupil, valid_from=row["valid_from"], valid_to=row["valid_to"])
            found[pupil].append((GroupId(row["group_id"]), time))
        return found

    def _lessons(self, given: ColumnElement[bool]) -> _Lessons:
        gave = and_(
            staff.c.school_id == lesson.c.school_id,
            staff.c.id == func.coalesce(lesson.c.substitute_id, lesson.c.teacher_id),
        )
        taught = and_(subject.c.school_id == lesson.c.school_id, subject.c.id == lesson.c.subject_id)
        statement = (
            select(
                lesson,
                subject.c.name.label("subject_name"),
                staff.c.family_name,
                staff.c.given_name,
                staff.c.patronymic,
            )
            .outerjoin(subject, taught)
            .outerjoin(staff, gave)
            .where(lesson.c.school_id == self._school, given)
        )
        found: defaultdict[ClassId | GroupId, list[RowMapping]] = defaultdict(list)
        for row in self._rows(statement):
            found[row["class_id"] or row["group_id"]].append(row)
        return found

    def _marks(self, pupils: Sequence[PupilId], first: date, last: date) -> Mapping[tuple[str, str], Sequence[Mark]]:
        statement = self._of_lessons(mark, lesson.c.day.between(first, last)).where(
            mark.c.pupil_id.in_(pupils), ~mark.c.voided
        )
        found: defaultdict[tuple[str, str], list[Mark]] = defaultdict(list)
        for row in self._rows(statement.order_by(mark.c.id)):
            found[row["pupil_id"], row["lesson_id"]].append(readers.mark(row))
        return found

    def _absences(self, pupils: Sequence[PupilId], first: date, last: date) -> Mapping[tuple[str, str], Absence]:
        statement = self._of_lessons(absence, lesson.c.day.between(first, last)).where(
            absence.c.pupil_id.in_(pupils), ~absence.c.voided
        )
        return {(row["pupil_id"], row["lesson_id"]): readers.absence(row) for row in self._rows(statement)}

    def _homework(self, given: ColumnElement[bool]) -> Mapping[str, Homework]:
        return {row["lesson_id"]: readers.homework(row) for row in self._rows(self._of_lessons(homework, given))}

    def _of_lessons(self, facts: Table, given: ColumnElement[bool]) -> Select[Any]:
        """Select facts of the lessons that fulfil a condition."""
        of_lesson = and_(lesson.c.school_id == facts.c.school_id, lesson.c.id == facts.c.lesson_id)
        return select(facts).join(lesson, of_lesson).where(facts.c.school_id == self._school, given)

    def _rows(self, statement: Select[Any]) -> Sequence[RowMapping]:
        return self._connection.execute(statement).mappings().all()


def _given_to(classes: Iterable[ClassId], groups: Iterable[GroupId], first: date, last: date) -> ColumnElement[bool]:
    """Return the condition of a lesson given to one of the classes or groups on one of the days."""
    return and_(
        lesson.c.day.between(first, last),
        or_(lesson.c.class_id.in_(sorted(classes)), lesson.c.group_id.in_(sorted(groups))),
    )


def _own(lessons: _Lessons, enrolled: Iterable[Enrollment], groups: Iterable[_Membership]) -> Sequence[RowMapping]:
    """Return the lessons of one pupil, each once, by day, number and id."""
    places: Iterable[tuple[ClassId | GroupId, Enrollment | DatedMember]] = (
        *((place.school_class, place) for place in enrolled),
        *groups,
    )
    own = {row["id"]: row for taught, time in places for row in lessons.get(taught, ()) if time.covers(row["day"])}
    return sorted(own.values(), key=lambda row: (row["day"], row["number"], row["id"]))


def _week_lesson(row: RowMapping, pupil: PupilId, facts: _Facts) -> WeekLesson:
    return WeekLesson(
        lesson=LessonId(row["id"]),
        day=row["day"],
        number=row["number"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        subject=SubjectId(row["subject_id"]),
        subject_name=row["subject_name"] or "",
        teacher=_teacher(row),
        topic=row["topic"],
        room=row["room"],
        substituted=row["substitute_id"] is not None,
        marks=tuple(facts.marks.get((pupil, row["id"]), ())),
        absence=facts.absences.get((pupil, row["id"])),
        homework=facts.homework.get(row["id"]),
    )


def _teacher(row: RowMapping) -> str:
    """Return who gave the lesson, empty when the roster does not know them."""
    if row["family_name"] is None:
        return ""
    name = readers.person_name(row)
    initials = (f"{part[0]}." for part in (name.given, name.patronymic) if part)
    return " ".join((name.family, *initials))
