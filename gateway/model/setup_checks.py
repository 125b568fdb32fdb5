"""What only a look at the whole set-up of a year shows: clashes, gaps and doubles. Nothing is refused for it.

Pure checks over a school's records for whoever readies the year (R-ACAD-18, R-ACAD-24, R-ACAD-26): each finding is a
`Fault` whose ``record`` is the one to look at.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol, TypeVar

from gateway.errors import Fault, Party, Text
from gateway.model.attendance import AbsenceCode
from gateway.model.curriculum import ControlWork, Curriculum
from gateway.model.grading import GradingScale
from gateway.model.ids import ClassId, PupilId, RoomId, SubjectId
from gateway.model.school import StudyGroup
from gateway.model.timetable import Regime, Room, TeachingLoad, TimetableSlot

STREAM_SIZE = 30
"""A stream is more pupils than this, taught in one room (R-ACAD-11)."""


class Dated(Protocol):
    """Whatever is in force from a day on, to a last day or without end."""

    @property
    def valid_from(self) -> date: ...  # noqa: D102 - the field that every such record has
    @property
    def valid_to(self) -> date | None: ...  # noqa: D102 - the field that every such record has


_D = TypeVar("_D", bound=Dated)


def in_force(records: Iterable[_D], day: date) -> list[_D]:
    """Return the records that are in force on a day."""
    return [one for one in records if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)]


def room_findings(slots: Iterable[TimetableSlot], day: date) -> Iterator[Fault]:
    """R-ACAD-08: two lessons in one room at one time."""
    for (weekday, number, room), clashing in _at_one_time(slots, day, "room").items():
        if room is not None:
            yield _setup_fault(
                "setup.room_clash",
                clashing[-1].id,
                "R-ACAD-08",
                f"В кабинете {room} сразу несколько уроков: день недели {weekday}, урок {number}.",
                f"Room {room} has several lessons at once: weekday {weekday}, lesson {number}.",
            )


def teacher_findings(slots: Iterable[TimetableSlot], day: date) -> Iterator[Fault]:
    """R-ACAD-16: one teacher in two lessons at one time."""
    for (weekday, number, teacher), clashing in _at_one_time(slots, day, "teacher").items():
        yield _setup_fault(
            "setup.teacher_clash",
            clashing[-1].id,
            "R-ACAD-16",
            f"У учителя {teacher} сразу несколько уроков: день недели {weekday}, урок {number}.",
            f"Teacher {teacher} has several lessons at once: weekday {weekday}, lesson {number}.",
        )


def stream_findings(
    groups: Iterable[StudyGroup], slots: Iterable[TimetableSlot], rooms: Mapping[RoomId, Room], day: date
) -> Iterator[Fault]:
    """R-ACAD-11: a stream that is no larger than a class, or does not fit into its room."""
    taught = in_force(slots, day)
    for group in groups:
        size = sum(group.has(pupil, day) for pupil in group.pupils)
        if group.kind.is_stream and size <= STREAM_SIZE:
            yield _setup_fault(
                "setup.stream_small",
                group.id,
                "R-ACAD-11",
                f"В потоке {size} учеников: потоком считается больше {STREAM_SIZE}.",
                f"The stream has {size} pupils: a stream is more than {STREAM_SIZE}.",
            )
        for name in sorted({slot.room for slot in taught if slot.group == group.id and slot.room is not None}):
            if name in rooms and rooms[name].capacity < size:
                yield _setup_fault(
                    "setup.room_small",
                    group.id,
                    "R-ACAD-08",
                    f"В группе {size} учеников, а в кабинете {name} мест меньше.",
                    f"The group has {size} pupils, but room {name} has fewer places.",
                )


def membership_findings(
    members: Mapping[ClassId, Sequence[PupilId]],
    planned: Mapping[ClassId, Sequence[SubjectId]],
    loads: Iterable[TeachingLoad],
    groups: Iterable[StudyGroup],
    day: date,
) -> Iterator[Fault]:
    """R-ACAD-09: each pupil is taught each subject of the curriculum exactly once, with the class or in a group.

    Args:
        members: the pupils of each class on the day.
        planned: the subjects of each class's curriculum.
        loads: who teaches what to whom; a class that is taught a subject as a whole is a load of the class.
        groups: the study groups with their members.
        day: the day that is looked at.
    """
    whole = {(load.school_class, load.subject) for load in in_force(loads, day)}
    times = Counter((pupil, group.subject) for group in groups for pupil in group.pupils if group.has(pupil, day))
    for school_class, pupils in members.items():
        for subject in planned.get(school_class, ()):
            for pupil in pupils:
                taught = times[pupil, subject] + ((school_class, subject) in whole)
                if taught != 1:
                    yield _setup_fault(
                        "setup.membership",
                        pupil,
                        "R-ACAD-09",
                        f"По предмету {subject} ученик прикреплён {taught} раз(а), а нужен один.",
                        f"In subject {subject} the pupil is attached {taught} times; it has to be once.",
                    )


def hours_findings(
    curricula: Iterable[Curriculum],
    grades: Mapping[ClassId, int],
    loads: Iterable[TeachingLoad],
    slots: Iterable[TimetableSlot],
    day: date,
) -> Iterator[Fault]:
    """R-ACAD-13, R-ACAD-15: hours a week of the curriculum, of the load and of the timetable of a class differ."""
    load_hours: Counter[tuple[ClassId | None, SubjectId]] = Counter()
    for load in in_force(loads, day):
        load_hours[load.school_class, load.subject] += load.hours_a_week
    slot_hours = Counter((slot.school_class, slot.subject) for slot in in_force(slots, day))
    for curriculum in curricula:
        for school_class, grade in grades.items():
            if not curriculum.first_grade <= grade <= curriculum.last_grade:
                continue
            for one in curriculum.subjects:
                place = (school_class, one.subject)
                given = (load_hours[place], slot_hours[place])
                # A subject that only groups are taught is looked at by `membership_findings`.
                if any(given) and given != (one.hours_a_week, one.hours_a_week):
                    yield _setup_fault(
                        "setup.hours_differ",
                        school_class,
                        "R-ACAD-15",
                        f"Предмет {one.subject}: план {one.hours_a_week} ч, нагрузка {given[0]}, уроков {given[1]}.",
                        f"Subject {one.subject}: {one.hours_a_week} h planned, load {given[0]}, timetable {given[1]}.",
                    )


def regime_findings(regimes: Iterable[Regime], classes: Iterable[ClassId], day: date) -> Iterator[Fault]:
    """R-ACAD-12: every class has one regime."""
    times = Counter(regime.school_class for regime in in_force(regimes, day))
    for school_class in classes:
        if times[school_class] != 1:
            yield _setup_fault(
                "setup.regime",
                school_class,
                "R-ACAD-12",
                f"У класса {times[school_class]} режимов работы, а нужен один.",
                f"The class has {times[school_class]} working regimes; it has to be one.",
            )


def control_work_findings(works: Iterable[ControlWork]) -> Iterator[Fault]:
    """R-ACAD-17: several control works of one class or group on one day."""
    days: defaultdict[tuple[date, str], list[ControlWork]] = defaultdict(list)
    for work in works:
        days[work.day, work.school_class or work.group or ""].append(work)
    for (day, _), several in days.items():
        if len(several) > 1:
            yield _setup_fault(
                "setup.control_works_clash",
                several[-1].id,
                "R-ACAD-17",
                f"На {day} назначено несколько контрольных работ.",
                f"Several control works are set for {day}.",
            )


def absence_code_findings(codes: Iterable[AbsenceCode]) -> Iterator[Fault]:
    """R-JRNL-08: one code of one source that means different kinds of absence."""
    meanings: defaultdict[tuple[str, str], list[AbsenceCode]] = defaultdict(list)
    for code in codes:
        meanings[code.source, code.code].append(code)
    for several in meanings.values():
        if len({one.kind for one in several}) > 1:
            yield _setup_fault(
                "setup.absence_code_ambiguous",
                several[-1].id,
                "R-JRNL-08",
                "Один код отсутствия имеет в справочнике разные значения.",
                "One code of absence has different meanings in the dictionary.",
            )


def scale_findings(scales: Sequence[GradingScale]) -> Iterator[Fault]:
    """R-ACAD-19: two grading scales for the same subject, or for all, in the same grade."""
    for place, scale in enumerate(scales):
        for other in scales[:place]:
            if (
                scale.subject == other.subject
                and scale.first_grade <= other.last_grade
                and other.first_grade <= scale.last_grade
            ):
                yield _setup_fault(
                    "setup.scales_overlap",
                    scale.id,
                    "R-ACAD-19",
                    f"Для тех же классов и предметов есть и система оценивания {other.id}.",
                    f"Grading scale {other.id} is for the same grades and subjects too.",
                )


def _setup_fault(code: str, record: str, rule: str, ru: str, en: str) -> Fault:
    return Fault(code=code, text=Text(ru=ru, en=en), record=record, rule=rule, who=Party.DEPUTY)


def _at_one_time(
    slots: Iterable[TimetableSlot], day: date, by: str
) -> Mapping[tuple[int, int, str | None], list[TimetableSlot]]:
    found: defaultdict[tuple[int, int, str | None], list[TimetableSlot]] = defaultdict(list)
    for slot in in_force(slots, day):
        found[slot.weekday, slot.number, getattr(slot, by)].append(slot)
    return {place: several for place, several in found.items() if len(several) > 1}
