"""Our journal held against what another platform shows of the same class and week.

`compare` is pure. It pairs pupils by name and lessons by day, number and subject, and tells every difference together
with the party that has to settle it (R-EXCH-06: an issue list for the coordinator). What cannot be paired for certain
is reported, never guessed.

Compared are lessons, their subjects, mark values and homework. Not compared, because only one side knows them:
attendance, topics and teachers (the platform's diary has none), and the platform's debts («точка»).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import zip_longest
from typing import TypeVar

from gateway.model.difference import Difference, DifferenceKind
from gateway.model.ids import ClassId, PupilId, SchoolId
from gateway.model.people import PersonName
from gateway.model.platform_week import PlatformLesson, PlatformWeek
from gateway.model.school import SchoolClass
from gateway.model.week import PupilWeek, WeekLesson


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassPupil:
    """A pupil of the class as our roster names them."""

    id: PupilId
    name: PersonName


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassList:
    """A class of a school and everybody who was in it on at least one of the days asked for."""

    school: SchoolId
    school_class: SchoolClass
    pupils: tuple[ClassPupil, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedWeek:
    """One of our pupils, by name, with what our journal holds of the week."""

    pupil: ClassPupil
    week: PupilWeek


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedWeek:
    """What a comparison found; ``lessons`` counts each lesson of each pupil that either side had."""

    lessons: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """A stored comparison of one class's week with one platform."""

    id: str
    platform: str
    school_class: ClassId
    week_start: date
    compared_at: datetime
    found: ComparedWeek


def compare(ours: Iterable[NamedWeek], theirs: PlatformWeek) -> ComparedWeek:
    """Return everything in which the two sides differ, in the order of ``ours``, then of ``theirs``.

    Pupils are paired by full name regardless of case, spacing and ё/е; where one name stands for several people on
    either side none of them is paired (``PUPIL_AMBIGUOUS``). The lessons of an unpaired pupil are not compared.
    """
    here, there = tuple(ours), theirs.pupils
    named_here = _grouped((normalised(one.pupil.name.full), one) for one in here)
    named_there = _grouped((normalised(one.name), one) for one in there)
    lessons, differences = 0, list[Difference]()
    for one in here:
        name = normalised(one.pupil.name.full)
        match named_here[name], named_there.get(name, []):
            case _, []:
                differences.append(_of_pupil(DifferenceKind.PUPIL_MISSING_THERE, one))
            case [_], [other]:
                pairs = tuple(_paired_lessons(one.week.lessons, other.lessons))
                lessons += len(pairs)
                for mine, seen in pairs:
                    differences += _lesson_differences(one.pupil.id, mine, seen)
            case _:
                differences.append(_of_pupil(DifferenceKind.PUPIL_AMBIGUOUS, one))
    differences += [
        Difference(kind=DifferenceKind.PUPIL_MISSING_HERE, theirs=other.name)
        for other in there
        if normalised(other.name) not in named_here
    ]
    return ComparedWeek(lessons=lessons, differences=tuple(differences))


def normalised(text: str) -> str:
    """Return a text as it is compared: lower case, ё as е, every dash a hyphen, single spaces."""
    folded = unicodedata.normalize("NFC", text).casefold().replace("ё", "е")
    return " ".join(_DASHES.sub("-", folded).split())


_DASHES = re.compile(r"\s*[‐-―−-]\s*")

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


def _grouped(pairs: Iterable[tuple[_Key, _Value]]) -> Mapping[_Key, list[_Value]]:
    groups: dict[_Key, list[_Value]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def _of_pupil(kind: DifferenceKind, one: NamedWeek) -> Difference:
    return Difference(kind=kind, pupil=one.pupil.id, ours=one.pupil.name.full)


_Pair = tuple[WeekLesson | None, PlatformLesson | None]


def _paired_lessons(ours: Iterable[WeekLesson], theirs: Iterable[PlatformLesson]) -> Iterator[_Pair]:
    """Yield the lessons of both sides slot by slot; where one side has no counterpart it is ``None``."""
    here = _grouped(((one.day, one.number), one) for one in ours)
    there = _grouped(((one.day, one.number), one) for one in theirs)
    for slot in sorted({*here, *there}):
        yield from _paired_in_slot(here.get(slot, []), there.get(slot, []))


def _paired_in_slot(ours: list[WeekLesson], theirs: list[PlatformLesson]) -> Iterator[_Pair]:
    """Pair the lessons of one slot by subject; two that are left over, one each side, are the same lesson renamed."""
    here = _grouped((normalised(one.subject_name), one) for one in ours)
    there = _grouped((normalised(one.subject_name), one) for one in theirs)
    alone_here, alone_there = list[WeekLesson](), list[PlatformLesson]()
    for subject in sorted({*here, *there}):
        for mine, seen in zip_longest(here.get(subject, []), there.get(subject, [])):
            if mine is not None and seen is not None:
                yield mine, seen
            elif mine is not None:
                alone_here.append(mine)
            elif seen is not None:
                alone_there.append(seen)
    if len(alone_here) == len(alone_there) == 1:
        yield alone_here[0], alone_there[0]
        return
    yield from ((mine, None) for mine in alone_here)
    yield from ((None, seen) for seen in alone_there)


def _lesson_differences(pupil: PupilId, mine: WeekLesson | None, seen: PlatformLesson | None) -> Iterator[Difference]:
    slot = mine or seen
    if slot is None:
        return

    def difference(kind: DifferenceKind, ours: object, theirs: object) -> Difference:
        return Difference(
            kind=kind,
            pupil=pupil,
            lesson=mine.lesson if mine else None,
            day=slot.day,
            number=slot.number,
            ours=None if ours is None else str(ours),
            theirs=None if theirs is None else str(theirs),
        )

    if seen is None:
        yield difference(DifferenceKind.LESSON_MISSING_THERE, slot.subject_name, None)
        return
    if mine is None:
        yield difference(DifferenceKind.LESSON_MISSING_HERE, None, slot.subject_name)
        return
    if normalised(mine.subject_name) != normalised(seen.subject_name):
        yield difference(DifferenceKind.SUBJECT_DIFFERS, mine.subject_name, seen.subject_name)
    for value_here, value_there in _unequal_marks(mine, seen):
        yield difference(_mark_kind(value_here, value_there), value_here, value_there)
    homework = mine.homework.text if mine.homework else None
    if _single_spaced(homework) != _single_spaced(seen.homework):
        yield difference(DifferenceKind.HOMEWORK_DIFFERS, homework, seen.homework)


def _unequal_marks(mine: WeekLesson, seen: PlatformLesson) -> Iterator[tuple[int | None, int | None]]:
    """Yield the values that are left when equal ones are struck out, lowest first, those of both sides together.

    Signs are left out: how a platform writes them is not published (reference/platforms).
    """
    here = Counter(mark.value for mark in mine.marks if mark.value is not None)
    there = Counter(mark.value for mark in seen.marks)
    yield from zip_longest(sorted((here - there).elements()), sorted((there - here).elements()))


def _single_spaced(text: str | None) -> str:
    """Return the text as homework is compared; none given and nothing written are the same."""
    return " ".join((text or "").split())


def _mark_kind(here: int | None, there: int | None) -> DifferenceKind:
    if here is None:
        return DifferenceKind.MARK_MISSING_HERE
    if there is None:
        return DifferenceKind.MARK_MISSING_THERE
    return DifferenceKind.MARK_DIFFERS
