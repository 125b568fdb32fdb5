"""The frame of a school's year: its periods and classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.model.school import Period, SchoolClass
from gateway.ports.frame import Unit


class Calendar(Protocol):
    """Periods and classes of one school."""

    def periods(self) -> Sequence[Period]:
        """Return all periods by start."""
        ...

    def classes(self, year: int) -> Sequence[SchoolClass]:
        """Return the classes of a school year that are not archived, by grade and letter."""
        ...


class CalendarUnit(Unit, Protocol):
    """A transaction over the frame of the year."""

    @property
    def calendar(self) -> Calendar:
        """Periods and classes."""
        ...
