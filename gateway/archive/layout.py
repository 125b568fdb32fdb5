"""What stands where in the file: the source turned into the words and rows the template sets.

Everything is text by now; the template only places it. The returned value is plain JSON.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from gateway.model.archive import (
    ArchivedLesson,
    ArchivedMark,
    ArchivedPart,
    ArchivedPupil,
    ArchiveSource,
    archive_file_name,
    school_year_name,
)
from gateway.model.attendance import AbsenceKind
from gateway.model.grading import WorkKind, shown_mark
from gateway.model.ids import PupilId
from gateway.model.journal import Homework
from gateway.model.people import PersonName
from gateway.model.school import Period, PeriodKind

LESSONS_A_PAGE = 30
"""Widest grid, in lessons, that can still be read on A4 landscape."""

ABSENCE_CODES = {
    AbsenceKind.UNKNOWN: ("от", "отсутствовал, причина не указана"),
    AbsenceKind.ILLNESS: ("б", "болезнь"),
    AbsenceKind.EXCUSED: ("уп", "уважительная причина"),
    AbsenceKind.UNEXCUSED: ("нп", "неуважительная причина"),
    AbsenceKind.LATE: ("оп", "опоздание"),
    AbsenceKind.EXEMPT: ("осв", "освобождён от урока"),
}
"""How an absence is written in the grid and what it means, in the order of the legend (domain 1.1)."""

WORK_CODES = {
    WorkKind.ORAL: ("", "устный ответ"),
    WorkKind.WRITTEN: ("п", "письменная работа"),
    WorkKind.CONTROL: ("к", "контрольная работа"),
    WorkKind.TEST: ("т", "тест"),
    WorkKind.ESSAY: ("с", "сочинение, изложение"),
    WorkKind.PRACTICAL: ("р", "практическая работа"),
    WorkKind.HOMEWORK: ("д", "домашняя работа"),
}
"""The raised letter beside a mark and the kind of work it stands for (R-JRNL-02)."""

_MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip
_DATE = "%d.%m.%Y"


def journal_content(source: ArchiveSource) -> dict[str, Any]:
    """Return the whole file as the template takes it."""
    pupils = {pupil.id: (number, pupil) for number, pupil in enumerate(source.pupils, start=1)}
    return {
        "file": archive_file_name(source.period, source.class_name),
        "school": source.school_name,
        "class": source.class_name,
        "class_teacher": source.class_teacher.full if source.class_teacher else "не назначен",
        "year": school_year_name(source.period.year).replace("-", "/"),
        "period": period_title(source.period),
        "dates": f"{source.period.start:{_DATE}} — {source.period.end:{_DATE}}",
        "pupils": [[str(number), pupil.name.full, _movement(pupil)] for number, pupil in pupils.values()],
        "parts": [_part(part, source.class_name, pupils) for part in source.parts],
        "attendance": _attendance(source, pupils),
        "absence_codes": list(ABSENCE_CODES.values()),
        "work_codes": list(WORK_CODES.values()),
    }


def period_title(period: Period) -> str:
    """Return a period as people say it: ``1 четверть``."""
    match period.kind:
        case PeriodKind.QUARTER:
            return f"{period.number} четверть"
        case PeriodKind.TRIMESTER:
            return f"{period.number} триместр"
        case PeriodKind.HALF_YEAR:
            return f"{period.number} полугодие"
        case PeriodKind.MODULE:
            return f"{period.number} модуль"
        case PeriodKind.YEAR:
            return "учебный год"


def short_name(name: PersonName) -> str:
    """Return a name as it is signed: ``Иванова М. П.``."""
    initials = " ".join(f"{part[0]}." for part in (name.given, name.patronymic) if part)
    return f"{name.family} {initials}".strip()


def even_chunks(lessons: Sequence[ArchivedLesson], most: int) -> Iterator[Sequence[ArchivedLesson]]:
    """Cut lessons into the fewest runs of at most ``most``, as even as can be."""
    runs = math.ceil(len(lessons) / most)
    start = 0
    for run in range(runs):
        end = start + math.ceil((len(lessons) - start) / (runs - run))
        yield lessons[start:end]
        start = end


def _movement(pupil: ArchivedPupil) -> str:
    notes = []
    if pupil.arrived:
        notes.append(f"прибыл(а) {pupil.arrived:{_DATE}}")
    if pupil.left:
        notes.append(f"выбыл(а) {pupil.left:{_DATE}}")
    return ", ".join(notes)


def _part(part: ArchivedPart, class_name: str, pupils: Mapping[PupilId, tuple[int, ArchivedPupil]]) -> dict[str, Any]:
    teachers = dict.fromkeys(lesson.teacher.full for lesson in part.lessons if not lesson.substituted)
    return {
        "subject": part.subject,
        "group": _group_title(part, class_name),
        "teachers": ", ".join(teachers) or ", ".join(dict.fromkeys(lesson.teacher.full for lesson in part.lessons)),
        "grids": [_grid(part, lessons, pupils) for lessons in even_chunks(part.lessons, LESSONS_A_PAGE)],
        "lessons": [_lesson(number, lesson) for number, lesson in enumerate(part.lessons, start=1)],
    }


def _group_title(part: ArchivedPart, class_name: str) -> str:
    """Return a group's name without the class and subject that many names repeat and the heading says already."""
    pieces = [piece for piece in part.group.split(", ") if piece not in {class_name, part.subject}]
    return ", ".join(pieces) or part.group


def _grid(
    part: ArchivedPart, lessons: Sequence[ArchivedLesson], pupils: Mapping[PupilId, tuple[int, ArchivedPupil]]
) -> dict[str, Any]:
    columns = [_cells(lesson) for lesson in lessons]
    return {
        "months": [
            [_MONTHS[month - 1], sum(1 for _ in days)]
            for month, days in groupby(lessons, key=lambda lesson: lesson.day.month)
        ],
        "days": [f"{lesson.day.day:02d}" for lesson in lessons],
        "rows": [
            [str(pupils[pupil][0]), _list_name(pupils[pupil][1].name), [column.get(pupil) for column in columns]]
            for pupil in part.pupils
        ],
    }


def _list_name(name: PersonName) -> str:
    return f"{name.family} {name.given}"


def _cells(lesson: ArchivedLesson) -> dict[PupilId, dict[str, Any]]:
    """Return what stands in a lesson's column, by pupil; who has nothing is left out."""
    marks: dict[PupilId, list[list[str]]] = defaultdict(list)
    for mark in lesson.marks:
        marks[mark.pupil].append(_mark(mark))
    absences = {absence.pupil: ABSENCE_CODES[absence.kind][0] for absence in lesson.absences}
    return {
        pupil: {"marks": marks.get(pupil, []), "absence": absences.get(pupil, "")} for pupil in marks.keys() | absences
    }


def _mark(mark: ArchivedMark) -> list[str]:
    """Return a mark, the raised letter of its kind of work and its weight where that is not one."""
    return [shown_mark(mark.given), WORK_CODES[mark.work_kind][0], str(mark.weight) if mark.weight != 1 else ""]


def _lesson(number: int, lesson: ArchivedLesson) -> list[str]:
    teacher = short_name(lesson.teacher) + (" (замена)" if lesson.substituted else "")
    return [
        str(number), f"{lesson.day:{_DATE}}", str(lesson.number), lesson.topic, _homework(lesson.homework), teacher
    ]  # fmt: skip


def _homework(homework: Homework | None) -> str:
    if homework is None:
        return ""
    if homework.text is None:
        return "не задано"
    return f"{homework.text} (к {homework.due:%d.%m})" if homework.due else homework.text


def _attendance(
    source: ArchiveSource, pupils: Mapping[PupilId, tuple[int, ArchivedPupil]]
) -> list[list[str | list[str]]]:
    """Return every pupil's missed lessons of the period: all, by reason, and late comings, which are not missed.

    An exemption is no missed lesson either.
    """
    counted = Counter(_absences(source.parts))
    missed = [kind for kind in ABSENCE_CODES if kind not in {AbsenceKind.LATE, AbsenceKind.EXEMPT}]
    rows: list[list[str | list[str]]] = []
    for pupil, (number, person) in pupils.items():
        by_kind = [counted[pupil, kind] for kind in missed]
        figures = [sum(by_kind), *by_kind, counted[pupil, AbsenceKind.LATE]]
        rows.append([str(number), person.name.full, [str(figure) if figure else "" for figure in figures]])
    return rows


def _absences(parts: Iterable[ArchivedPart]) -> Iterator[tuple[PupilId, AbsenceKind]]:
    for part in parts:
        for lesson in part.lessons:
            for absence in lesson.absences:
                yield absence.pupil, absence.kind
