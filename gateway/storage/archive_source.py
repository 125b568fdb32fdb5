"""A class's journal as it goes into an archive file, out of the journal's tables.

A fixed number of statements, whatever the number of pupils and lessons; the rest is done in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, and_, func, or_, select

from gateway.model.archive import (
    ArchivedAbsence,
    ArchivedLesson,
    ArchivedMark,
    ArchivedPart,
    ArchivedPupil,
    ArchiveSource,
)
from gateway.model.attendance import AbsenceKind
from gateway.model.grading import MarkSign, WorkKind
from gateway.model.ids import ClassId, PeriodId, PupilId, SchoolId
from gateway.model.journal import Homework
from gateway.model.school import Period
from gateway.storage import readers
from gateway.storage.tables.journal import absence, homework, lesson, mark
from gateway.storage.tables.people import enrollment, pupil, staff
from gateway.storage.tables.school import period, school, school_class, study_group, subject

_Key = tuple[str, str]
"""Subject, and class or group: the lessons of one part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entered:
    """What was entered at the lessons, by lesson."""

    marks: Mapping[str, Sequence[ArchivedMark]]
    absences: Mapping[str, Sequence[ArchivedAbsence]]
    homework: Mapping[str, Homework]


class SqlArchiveSource:
    """Reads the journals of one school's classes."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def of_class(self, period: PeriodId, school_class: ClassId) -> ArchiveSource | None:
        """Return everything that goes into the file of a class and period, ``None`` if one of them is unknown.

        The class list holds whoever was in the class on a day of the period. Voided marks and absences are left out.
        Lessons of study groups make parts of their own, with the group's pupils of this class.
        """
        term = self.period(period)
        room = self._class(school_class)
        if term is None or room is None:
            return None
        pupils = self._pupils(school_class, term)
        groups = self._groups({one.id for one in pupils})
        given = and_(
            lesson.c.day.between(term.start, term.end),
            or_(lesson.c.class_id == school_class, lesson.c.group_id.in_(sorted(groups))),
        )
        return ArchiveSource(
            school=self._school,
            school_name=room["school_name"],
            zone=room["zone"],
            school_class=school_class,
            class_name=f"{room['grade']}{room['letter']}",
            class_grade=room["grade"],
            class_year=room["year"],
            class_teacher=readers.person_name(room) if room["family_name"] else None,
            period=term,
            pupils=pupils,
            parts=self._parts(given, pupils, groups),
        )

    def period(self, wanted: PeriodId) -> Period | None:
        """Return a study period, ``None`` if the school has no such period."""
        row = self._first(select(period).where(period.c.school_id == self._school, period.c.id == wanted))
        return readers.period(row) if row else None

    def _class(self, wanted: ClassId) -> RowMapping | None:
        """Return the class with its school and, where there is one, its class teacher's name."""
        teaches = and_(staff.c.school_id == school_class.c.school_id, staff.c.id == school_class.c.class_teacher_id)
        return self._first(
            select(
                school_class,
                school.c.name.label("school_name"),
                school.c.zone,
                staff.c.family_name,
                staff.c.given_name,
                staff.c.patronymic,
            )
            .join(school, school.c.school_id == school_class.c.school_id)
            .outerjoin(staff, teaches)
            .where(school_class.c.school_id == self._school, school_class.c.id == wanted)
        )

    def _pupils(self, wanted: ClassId, term: Period) -> tuple[ArchivedPupil, ...]:
        """Return the class list in the order of the alphabet; a pupil who came back stands in it once."""
        statement = (
            select(pupil, enrollment.c.valid_from, enrollment.c.valid_to)
            .join(enrollment, and_(enrollment.c.school_id == pupil.c.school_id, enrollment.c.pupil_id == pupil.c.id))
            .where(
                pupil.c.school_id == self._school,
                enrollment.c.class_id == wanted,
                enrollment.c.valid_from <= term.end,
                or_(enrollment.c.valid_to.is_(None), enrollment.c.valid_to >= term.start),
            )
        )
        places: defaultdict[str, list[RowMapping]] = defaultdict(list)
        for row in self._rows(statement):
            places[row["id"]].append(row)
        return tuple(sorted((_pupil(rows, term) for rows in places.values()), key=_list_order))

    def _groups(self, members: set[PupilId]) -> Mapping[str, tuple[str, set[PupilId]]]:
        """Return name and members, of those given, of every group that has any of them."""
        statement = select(study_group).where(study_group.c.school_id == self._school)
        groups = (readers.study_group(row) for row in self._rows(statement))
        found = {str(group.id): (group.name, members & group.pupils) for group in groups}
        return {group: (name, joined) for group, (name, joined) in found.items() if joined}

    def _parts(
        self,
        given: ColumnElement[bool],
        pupils: Sequence[ArchivedPupil],
        groups: Mapping[str, tuple[str, set[PupilId]]],
    ) -> tuple[ArchivedPart, ...]:
        entered = self._entered(given, {one.id for one in pupils})
        lessons: defaultdict[_Key, list[RowMapping]] = defaultdict(list)
        for row in self._rows(self._lessons(given)):
            lessons[row["subject_name"] or row["subject_id"], row["group_id"] or ""].append(row)
        parts = [
            ArchivedPart(
                subject=subject_name,
                group=groups[group][0] if group else "",
                pupils=tuple(one.id for one in pupils if not group or one.id in groups[group][1]),
                lessons=tuple(_lesson(row, entered) for row in rows),
            )
            for (subject_name, group), rows in lessons.items()
        ]
        return tuple(sorted(parts, key=lambda part: (_alphabetical(part.subject), part.group)))

    def _lessons(self, given: ColumnElement[bool]) -> Select[Any]:
        gave = and_(
            staff.c.school_id == lesson.c.school_id,
            staff.c.id == func.coalesce(lesson.c.substitute_id, lesson.c.teacher_id),
        )
        taught = and_(subject.c.school_id == lesson.c.school_id, subject.c.id == lesson.c.subject_id)
        return (
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
            .order_by(lesson.c.day, lesson.c.number, lesson.c.id)
        )

    def _entered(self, given: ColumnElement[bool], pupils: set[PupilId]) -> _Entered:
        marks: defaultdict[str, list[ArchivedMark]] = defaultdict(list)
        for row in self._rows(self._of_lessons(mark, given).where(~mark.c.voided).order_by(mark.c.id)):
            if row["pupil_id"] in pupils:
                marks[row["lesson_id"]].append(_mark(row))
        absences: defaultdict[str, list[ArchivedAbsence]] = defaultdict(list)
        statement = self._of_lessons(absence, given).where(~absence.c.voided).order_by(absence.c.pupil_id)
        for row in self._rows(statement):
            if row["pupil_id"] in pupils:
                absences[row["lesson_id"]].append(
                    ArchivedAbsence(pupil=PupilId(row["pupil_id"]), kind=AbsenceKind(row["kind"]))
                )
        given_work = {row["lesson_id"]: readers.homework(row) for row in self._rows(self._of_lessons(homework, given))}
        return _Entered(marks=marks, absences=absences, homework=given_work)

    def _of_lessons(self, facts: Table, given: ColumnElement[bool]) -> Select[Any]:
        """Select facts of the lessons that fulfil a condition."""
        of_lesson = and_(lesson.c.school_id == facts.c.school_id, lesson.c.id == facts.c.lesson_id)
        return select(facts).join(lesson, of_lesson).where(facts.c.school_id == self._school, given)

    def _first(self, statement: Select[Any]) -> RowMapping | None:
        return self._connection.execute(statement).mappings().first()

    def _rows(self, statement: Select[Any]) -> Iterable[RowMapping]:
        return self._connection.execute(statement).mappings()


def _alphabetical(text: str) -> str:
    """Return a sort key in which ё stands with е, as in Russian lists."""
    return text.casefold().replace("ё", "е")


def _list_order(one: ArchivedPupil) -> tuple[str, str]:
    return _alphabetical(one.name.full), one.id


def _pupil(places: Sequence[RowMapping], term: Period) -> ArchivedPupil:
    """Return one pupil with the day they came, and the day they left, inside the period."""
    arrived: date = min(place["valid_from"] for place in places)
    last_days = [place["valid_to"] for place in places]
    left = None if None in last_days else max(last_days)
    return ArchivedPupil(
        id=PupilId(places[0]["id"]),
        name=readers.person_name(places[0]),
        arrived=arrived if arrived > term.start else None,
        left=left if left is not None and left < term.end else None,
    )


def _lesson(row: RowMapping, entered: _Entered) -> ArchivedLesson:
    return ArchivedLesson(
        day=row["day"],
        number=row["number"],
        topic=row["topic"],
        teacher=readers.person_name(row),
        substituted=row["substitute_id"] is not None,
        homework=entered.homework.get(row["id"]),
        marks=tuple(entered.marks.get(row["id"], ())),
        absences=tuple(entered.absences.get(row["id"], ())),
    )


def _mark(row: RowMapping) -> ArchivedMark:
    return ArchivedMark(
        pupil=PupilId(row["pupil_id"]),
        given=MarkSign(row["sign"]) if row["sign"] is not None else row["value"],
        work_kind=WorkKind(row["work_kind"]),
        weight=row["weight"],
    )
