"""Words in which a record says what its fields may hold: lengths, bounds, what is kept under seal.

A field's type carries them as an annotation. Schemas, tables and forms are all made from these (`record_shape`), so a
limit is written once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated


@dataclass(frozen=True, slots=True)
class Length:
    """Bounds of a text, in characters."""

    longest: int
    shortest: int = 0


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of a number, both included."""

    lowest: int
    highest: int


@dataclass(frozen=True, slots=True)
class Sealed:
    """Kept encrypted, and left out of everything that does not ask for it by right (R-SEC-10)."""


MAX_LISTED = 1000
"""Members of one list inside a record."""

Day = date
Moment = datetime
ClockTime = time
"""A time of day at the school, without a zone."""

Label = Annotated[str, Length(40, 1)]
Name = Annotated[str, Length(200, 1)]
OptionalName = Annotated[str, Length(200)]
Reason = Annotated[str, Length(300, 1)]
Sentence = Annotated[str, Length(1000, 1)]
OptionalSentence = Annotated[str, Length(1000)]
Prose = Annotated[str, Length(4000, 1)]
OptionalProse = Annotated[str, Length(4000)]
SealedProse = Annotated[str, Length(4000), Sealed()]
DocumentName = Annotated[str, Length(200, 1)]
"""Number and date of an order, a protocol, an application: the paper behind a record."""
OptionalDocument = Annotated[str, Length(200)]
Sha256 = Annotated[str, Length(64)]
"""SHA-256 of a file, in hex; empty where no file is kept."""

Year = Annotated[int, Bounds(2000, 2199)]
"""The calendar year in which a school year begins."""
Grade = Annotated[int, Bounds(1, 11)]
LessonNumber = Annotated[int, Bounds(0, 20)]
Weekday = Annotated[int, Bounds(1, 7)]
"""1 is Monday (ISO 8601)."""
Hours = Annotated[int, Bounds(0, 2000)]
Weight = Annotated[int, Bounds(1, 100)]
Points = Annotated[int, Bounds(0, 1000)]
Count = Annotated[int, Bounds(0, 10000)]
