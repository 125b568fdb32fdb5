"""Rules over links: what a record names must exist, and must not have been turned away in the same batch.

Which fields are links, and to what, is read from the shapes of the records (`record_shape`), so no record can name
something that is not there (R-EXCH-04, and the row of each kind below).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from gateway.errors import Fault, Party, Text
from gateway.model.ids import ClassId, PupilId
from gateway.model.journal import Lesson
from gateway.model.journal_records import RecordKind
from gateway.model.people import Enrollment
from gateway.model.record_shape import FieldType, Linked, RecordShape, RosterKind, shape_of, shape_of_kind
from gateway.model.rules.view import JournalView


def link_faults(kind: RecordKind, record: Any, view: JournalView) -> Iterator[Fault]:
    """Yield a fault for everything that the record names and that would not be there."""
    paths = _paths(kind)
    for link, value in zip(paths.single, paths.read(record), strict=True):
        if value is not None and not _exists(link.to, value, view):
            yield _fault(kind, link, value, view)
    for link in paths.many:
        for value in dict.fromkeys(_values(record, link.attributes)):
            if not _exists(link.to, value, view):
                yield _fault(kind, link, value, view)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Link:
    attributes: tuple[str, ...]
    field: str
    to: Linked


@dataclass(frozen=True, kw_only=True, slots=True)
class _Paths:
    """The links of a kind: single fields, read in one go, and those inside lists and nested records."""

    single: tuple[_Link, ...]
    many: tuple[_Link, ...]
    read: Callable[[Any], tuple[Any, ...]]


@cache
def _paths(kind: RecordKind) -> _Paths:
    shape = shape_of_kind(kind)
    links = tuple(_links(shape))
    plain = {one.name for one in shape.fields if not one.many}
    single = tuple(one for one in links if len(one.attributes) == 1 and one.attributes[0] in plain)
    many = tuple(one for one in links if one not in single)
    return _Paths(single=single, many=many, read=_reader([one.attributes[0] for one in single]))


def _reader(names: Sequence[str]) -> Callable[[Any], tuple[Any, ...]]:
    """Return what reads all the attributes in one go: `attrgetter`, which gives no tuple for fewer than two."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda record: tuple(getattr(record, name) for name in names)


def _links(shape: RecordShape) -> Iterator[_Link]:
    for one in shape.fields:
        if one.links_to is not None:
            yield _Link(attributes=(one.name,), field=one.label, to=one.links_to)
        elif one.holds is FieldType.RECORD and one.record is not None:
            record: type = one.record
            for inner in _links(shape_of(record)):
                attributes = (one.name, *inner.attributes)
                yield _Link(attributes=attributes, field=f"{one.label}.{inner.field}", to=inner.to)


def _values(record: Any, attributes: tuple[str, ...]) -> Iterator[str]:
    first, *rest = attributes
    value = getattr(record, first)
    members: Iterable[Any] = value if isinstance(value, tuple) else () if value is None else (value,)
    for member in members:
        if not rest:
            yield member
        else:
            yield from _values(member, tuple(rest))


def _exists(linked: Linked, name: str, view: JournalView) -> bool:
    match linked:
        case RosterKind.PUPILS:
            return name in view.reference.pupils
        case RosterKind.STAFF:
            return name in view.reference.staff
        case RosterKind.GUARDIANS:
            return name in view.reference.guardians
        case RosterKind.CLASSES:
            return name in view.reference.grades
    key = (name,)
    return key not in view.rejected[linked] and (
        key in view.accepted[linked] or key in view.reference.stored.of(linked)
    )


def _fault(kind: RecordKind, link: _Link, name: str, view: JournalView) -> Fault:
    if isinstance(link.to, RecordKind) and (name,) in view.rejected[link.to]:
        return depends_on_rejected(link.field, name, _NAMES[link.to])
    code, text, rule, who = _MISSING[link.to]
    return Fault(
        code=code,
        text=Text(ru=text.ru.format(name), en=text.en.format(name)),
        field=link.field,
        rule=_RULES.get((kind, link.field), rule),
        who=who,
    )


def depends_on_rejected(field: str, record: str, kind: Text) -> Fault:
    """Return the fault of a record that cannot stand because one it names was turned away in the same batch."""
    return Fault(
        code="journal.depends_on_rejected",
        text=Text(
            ru=f"Запись ссылается на отклонённую запись этого же пакета: {kind.ru} {record}.",
            en=f"The record refers to a record of this batch that was rejected: {kind.en} {record}.",
        ),
        field=field,
        rule="R-EXCH-04",
    )


def attendance_faults(pupil: PupilId, lesson: Lesson, view: JournalView) -> Iterator[Fault]:
    """R-ROST-20, R-ACAD-09: on the day of the lesson the pupil was in the class, or in the group and in some class."""
    places = list(view.places_of(pupil, lesson.day, lesson.day))
    if lesson.school_class is not None and not _is_in(lesson.school_class, places):
        yield Fault(
            code="journal.not_enrolled",
            text=Text(
                ru=f"Ученик {pupil} в день урока не числился в классе {lesson.school_class}.",
                en=f"Pupil {pupil} was not enrolled in class {lesson.school_class} on the day of the lesson.",
            ),
            field="pupil",
            rule="R-ROST-20",
            who=Party.COORDINATOR,
        )
    group = view.group(lesson.group) if lesson.group is not None else None
    if group is not None and (not places or not group.has(pupil, lesson.day)):
        yield Fault(
            code="journal.not_in_group",
            text=Text(
                ru=f"Ученик {pupil} в день урока не занимался в группе {group.id}.",
                en=f"Pupil {pupil} was not taught in group {group.id} on the day of the lesson.",
            ),
            field="pupil",
            rule="R-ACAD-09",
            who=Party.DEPUTY,
        )


def _is_in(school_class: ClassId, places: list[Enrollment]) -> bool:
    return school_class in [place.school_class for place in places]


_RULES: Mapping[tuple[RecordKind, str], str] = MappingProxyType(
    {
        (RecordKind.LESSONS, "substitution.teacher"): "R-JRNL-10",
        (RecordKind.LESSONS, "author"): "R-MARK-17",
        (RecordKind.MARKS, "author"): "R-MARK-17",
        (RecordKind.ABSENCES, "author"): "R-MARK-17",
        (RecordKind.HOMEWORK, "author"): "R-MARK-17",
        (RecordKind.PERIOD_MARKS, "author"): "R-MARK-17",
        (RecordKind.MAKE_UPS, "commission"): "R-ATT-07",
        (RecordKind.SLOTS, "teacher"): "R-ACAD-16",
        (RecordKind.LOADS, "teacher"): "R-ACAD-13",
        (RecordKind.SUBSTITUTIONS, "registeredBy"): "R-JRNL-12",
        (RecordKind.TRANSFERS, "registeredBy"): "R-JRNL-13",
        (RecordKind.ABSENCE_NOTES, "author"): "R-ROST-11",
        (RecordKind.CORRECTIONS, "requestedBy"): "R-AUD-03",
        (RecordKind.CORRECTIONS, "decidedBy"): "R-AUD-03",
    }
)
"""Fields whose clause is another than that of the kind they link to."""

_NAMES: Mapping[Linked, Text] = MappingProxyType(
    {
        RecordKind.YEARS: Text(ru="учебный год", en="school year"),
        RecordKind.PERIODS: Text(ru="учебный период", en="study period"),
        RecordKind.OUTAGES: Text(ru="перебой доступа", en="outage"),
        RecordKind.SUBJECTS: Text(ru="предмет", en="subject"),
        RecordKind.ROOMS: Text(ru="кабинет", en="room"),
        RecordKind.BELLS: Text(ru="расписание звонков", en="bell schedule"),
        RecordKind.SCALES: Text(ru="система оценивания", en="grading scale"),
        RecordKind.WORK_TYPES: Text(ru="вид работы", en="work type"),
        RecordKind.GROUPS: Text(ru="учебная группа", en="study group"),
        RecordKind.CURRICULA: Text(ru="учебный план", en="curriculum"),
        RecordKind.THEMATIC_PLANS: Text(ru="КТП", en="thematic plan"),
        RecordKind.CONTROL_WORKS: Text(ru="контрольная работа", en="control work"),
        RecordKind.SUBSTITUTIONS: Text(ru="приказ о замене", en="substitution order"),
        RecordKind.TRANSFERS: Text(ru="перенос урока", en="lesson transfer"),
        RecordKind.MEDICAL_CERTIFICATES: Text(ru="медицинская справка", en="medical certificate"),
        RecordKind.STUDY_CERTIFICATES: Text(ru="справка об обучении", en="certificate of study"),
        RecordKind.CORRECTIONS: Text(ru="исправление", en="correction"),
        RecordKind.LESSONS: Text(ru="урок", en="lesson"),
        RecordKind.MAKE_UPS: Text(ru="протокол сдачи", en="make-up protocol"),
        RecordKind.MARKS: Text(ru="отметка", en="mark"),
    }
)

_MISSING: Mapping[Linked, tuple[str, Text, str, Party]] = MappingProxyType(
    {
        RosterKind.PUPILS: (
            "journal.unknown_pupil",
            Text(ru="Ученика {} нет в контингенте школы.", en="Pupil {} is not on the school's roll."),
            "R-ROST-01",
            Party.COORDINATOR,
        ),
        RosterKind.GUARDIANS: (
            "journal.unknown_guardian",
            Text(ru="Законного представителя {} в школе нет.", en="The school knows no guardian {}."),
            "R-PAR-01",
            Party.COORDINATOR,
        ),
        RosterKind.STAFF: (
            "journal.unknown_teacher",
            Text(ru="Сотрудника {} в школе нет.", en="The school has no member of staff {}."),
            "R-ROST-03",
            Party.COORDINATOR,
        ),
        RosterKind.CLASSES: (
            "journal.unknown_class",
            Text(ru="Класса {} в школе нет.", en="The school has no class {}."),
            "R-ROST-02",
            Party.COORDINATOR,
        ),
        RecordKind.YEARS: (
            "journal.unknown_year",
            Text(ru="Учебного года {} нет.", en="There is no school year {}."),
            "R-ACAD-21",
            Party.COORDINATOR,
        ),
        RecordKind.PERIODS: (
            "journal.unknown_period",
            Text(ru="Учебного периода {} нет.", en="There is no study period {}."),
            "R-ACAD-01",
            Party.DEPUTY,
        ),
        RecordKind.OUTAGES: (
            "journal.unknown_outage",
            Text(ru="Перебой доступа {} не зарегистрирован.", en="No outage {} is registered."),
            "R-JRNL-18",
            Party.COORDINATOR,
        ),
        RecordKind.SUBJECTS: (
            "journal.unknown_subject",
            Text(ru="Предмета {} нет в перечне школы.", en="Subject {} is not on the school's list."),
            "R-ACAD-03",
            Party.SENDER,
        ),
        RecordKind.ROOMS: (
            "journal.unknown_room",
            Text(ru="Кабинета {} нет в списке школы.", en="Room {} is not on the school's list."),
            "R-ACAD-08",
            Party.DEPUTY,
        ),
        RecordKind.BELLS: (
            "journal.unknown_bell_schedule",
            Text(ru="Расписания звонков {} нет.", en="There is no bell schedule {}."),
            "R-ACAD-12",
            Party.DEPUTY,
        ),
        RecordKind.SCALES: (
            "journal.unknown_scale",
            Text(ru="Системы оценивания {} нет.", en="There is no grading scale {}."),
            "R-ACAD-19",
            Party.DEPUTY,
        ),
        RecordKind.WORK_TYPES: (
            "journal.unknown_work_type",
            Text(ru="Вида работы {} нет в справочнике школы.", en="Work type {} is not in the school's directory."),
            "R-JRNL-02",
            Party.SENDER,
        ),
        RecordKind.GROUPS: (
            "journal.unknown_group",
            Text(ru="Учебной группы {} нет.", en="There is no study group {}."),
            "R-ACAD-09",
            Party.SENDER,
        ),
        RecordKind.CURRICULA: (
            "journal.unknown_curriculum",
            Text(ru="Учебного плана {} нет.", en="There is no curriculum {}."),
            "R-ACAD-05",
            Party.DEPUTY,
        ),
        RecordKind.THEMATIC_PLANS: (
            "journal.unknown_thematic_plan",
            Text(ru="КТП {} нет.", en="There is no thematic plan {}."),
            "R-ACAD-14",
            Party.SENDER,
        ),
        RecordKind.CONTROL_WORKS: (
            "journal.unknown_control_work",
            Text(
                ru="Контрольной работы {} нет в сводном графике.",
                en="Control work {} is not in the consolidated schedule.",
            ),
            "R-ACAD-17",
            Party.DEPUTY,
        ),
        RecordKind.SUBSTITUTIONS: (
            "journal.unknown_substitution",
            Text(ru="Приказа о замене {} нет.", en="There is no substitution order {}."),
            "R-JRNL-12",
            Party.DEPUTY,
        ),
        RecordKind.TRANSFERS: (
            "journal.unknown_transfer",
            Text(ru="Перенос урока {} не зарегистрирован.", en="No lesson transfer {} is registered."),
            "R-JRNL-13",
            Party.DEPUTY,
        ),
        RecordKind.MEDICAL_CERTIFICATES: (
            "journal.unknown_medical_certificate",
            Text(ru="Медицинской справки {} нет.", en="There is no medical certificate {}."),
            "R-ROST-18",
            Party.CLASS_TEACHER,
        ),
        RecordKind.STUDY_CERTIFICATES: (
            "journal.unknown_study_certificate",
            Text(ru="Справки об обучении {} нет.", en="There is no certificate of study {}."),
            "R-MARK-16",
            Party.CLASS_TEACHER,
        ),
        RecordKind.CORRECTIONS: (
            "journal.unknown_correction",
            Text(ru="Исправление {} не зарегистрировано.", en="No correction {} is registered."),
            "R-AUD-03",
            Party.DEPUTY,
        ),
        RecordKind.LESSONS: (
            "journal.unknown_lesson",
            Text(ru="Урока {} в журнале нет.", en="The journal has no lesson {}."),
            "R-JRNL-25",
            Party.SENDER,
        ),
        RecordKind.MAKE_UPS: (
            "journal.unknown_make_up",
            Text(ru="Протокола сдачи {} нет.", en="There is no make-up protocol {}."),
            "R-ATT-07",
            Party.SUBJECT_TEACHER,
        ),
        RecordKind.MARKS: (
            "journal.unknown_mark",
            Text(ru="Отметки {} в журнале нет.", en="The journal has no mark {}."),
            "R-JRNL-25",
            Party.SENDER,
        ),
    }
)
"""What is told where a link leads nowhere: code, words, the clause and who mends it."""
