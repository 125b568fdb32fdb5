"""What another platform shows of a class: the same facts as `gateway.model.week`, as somebody else tells them.

People and subjects have no ids of ours here, only the names the platform gives them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformMark:
    """A mark as the platform shows it; ``work`` is its own name of the kind of work, empty when it does not say."""

    value: int = field(repr=False)
    work: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformLesson:
    """A lesson as the platform shows it to one pupil; ``debts`` counts tasks marked as owed («точка»)."""

    day: date
    number: int
    ends_at: datetime
    subject_name: str
    marks: tuple[PlatformMark, ...] = ()
    debts: int = 0
    homework: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformPupil:
    """A pupil as the platform names them, with the lessons it shows."""

    name: str = field(repr=False)
    lessons: tuple[PlatformLesson, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformWeek:
    """What a platform shows of one class from ``first`` to ``last`` (both included)."""

    first: date
    last: date
    pupils: tuple[PlatformPupil, ...]
