"""Groups that meet after the last lesson: clubs, electives, projects, streams; who is in them, when and with whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.model.ids import ClassId, GroupId, PupilId, StaffId, SubjectId
from gateway.model.school import DatedMember, GroupKind, SchoolClass, StudyGroup
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.timetable import AFTER_LESSONS, TimetableEntry

_LARGEST_SMALL_SCHOOL = 150
"""Pupils up to which a school teaches two grades as one combined class."""
_SMALLEST_STREAM = 31
_STREAM_ROOM = "Актовый зал"
_CAME_LATER, _WENT_EARLY = 0.08, 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class _Club:
    """A group before it has members; no two on one weekday have pupils of the same grade."""

    subject: str
    name: str
    kind: GroupKind
    grades: tuple[int, ...]
    share: float
    weekday: int
    fewest: int = 1
    in_small_schools_only: bool = False


_CLUBS = (
    _Club(subject="chess", name="Шахматный кружок", kind=GroupKind.CLUB, grades=(2, 3, 4), share=0.15, weekday=0),
    _Club(
        subject="horizons",
        name="Лекторий «Россия — мои горизонты»",
        kind=GroupKind.SUBJECT_STREAM,
        grades=(8, 9),
        share=1,
        weekday=0,
        fewest=_SMALLEST_STREAM,
    ),
    _Club(
        subject="programming",
        name="Практикум по программированию",
        kind=GroupKind.ELECTIVE,
        grades=(10, 11),
        share=0.25,
        weekday=0,
    ),
    _Club(subject="my-town", name="Мой город", kind=GroupKind.PROJECT, grades=(6, 7), share=0.12, weekday=1),
    _Club(
        subject="professions",
        name="Мастерская профессий",
        kind=GroupKind.STREAM_GROUP,
        grades=(9,),
        share=1,
        weekday=1,
        fewest=_SMALLEST_STREAM,
    ),
    _Club(
        subject="finance",
        name="Финансовая грамотность",
        kind=GroupKind.OPTIONAL,
        grades=(8, 9),
        share=0.15,
        weekday=2,
    ),
    _Club(subject="choir", name="Школьный хор", kind=GroupKind.OTHER, grades=(5, 6, 7), share=0.12, weekday=2),
    _Club(
        subject="road-safety",
        name="Модуль «Дорожная безопасность»",
        kind=GroupKind.STREAM_MODULE,
        grades=(5, 6),
        share=1,
        weekday=3,
        fewest=_SMALLEST_STREAM,
    ),
    _Club(
        subject="rhythmics",
        name="Ритмика, класс-комплект 2 и 3",
        kind=GroupKind.COMBINED_CLASS,
        grades=(2, 3),
        share=1,
        weekday=3,
        in_small_schools_only=True,
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clubs:
    """The groups and their hours in the week."""

    groups: tuple[StudyGroup, ...]
    timetable: tuple[TimetableEntry, ...]


def clubs(
    classes: Sequence[SchoolClass],
    members: Mapping[ClassId, Sequence[PupilId]],
    timetable: Sequence[TimetableEntry],
    *,
    year: int,
    seed: int,
) -> Clubs:
    """Return what meets after the lessons of a week; those with the fewest lessons in it lead the groups."""
    load = Counter(entry.teacher for entry in timetable)
    room_of = {entry.teacher: entry.room for entry in timetable}
    groups, entries = [], []
    busy: set[tuple[int, StaffId]] = set()
    pupils_of_school = sum(map(len, members.values()))
    for club in _CLUBS:
        pupils = [
            pupil
            for school_class in classes
            if school_class.grade in club.grades
            for pupil in members.get(school_class.id, ())
            if fraction("club", seed, club.subject, pupil) < club.share
        ]
        if len(pupils) < club.fewest or (club.in_small_schools_only and pupils_of_school > _LARGEST_SMALL_SCHOOL):
            continue
        leader = min((one for one in load if (club.weekday, one) not in busy), key=lambda one: (load[one], one))
        busy.add((club.weekday, leader))
        load[leader] += 1
        group = _group(club, pupils, year=year, seed=seed)
        groups.append(group)
        room = _STREAM_ROOM if club.kind.is_stream else room_of[leader]
        entries.append(_entry(club, group, leader, room))
    return Clubs(groups=tuple(groups), timetable=tuple(entries))


def _group(club: _Club, pupils: Sequence[PupilId], *, year: int, seed: int) -> StudyGroup:
    dated = tuple(_dated(club, pupils, year=year, seed=seed))
    for_a_time = {one.pupil for one in dated}
    return StudyGroup(
        id=GroupId(f"GR-{club.subject}"),
        name=club.name,
        kind=club.kind,
        subject=SubjectId(club.subject),
        members=tuple(pupil for pupil in pupils if pupil not in for_a_time),
        dated=dated,
    )


def _dated(club: _Club, pupils: Sequence[PupilId], *, year: int, seed: int) -> Iterator[DatedMember]:
    """Yield those who came in November or went at the end of the calendar year (R-ROST-08)."""
    if club.share == 1:
        return
    for pupil in pupils:
        draw = fraction("club-time", seed, club.subject, pupil)
        if draw < _CAME_LATER:
            yield DatedMember(pupil=pupil, valid_from=date(year, 11, 9))
        elif draw < _CAME_LATER + _WENT_EARLY:
            yield DatedMember(pupil=pupil, valid_from=date(year, 9, 1), valid_to=date(year, 12, 31))


def _entry(club: _Club, group: StudyGroup, leader: StaffId, room: str) -> TimetableEntry:
    return TimetableEntry(
        code=f"club-{club.subject}",
        grade=min(club.grades),
        weekday=club.weekday,
        number=AFTER_LESSONS,
        subject=group.subject,
        teacher=leader,
        room=room,
        group=group.id,
    )
