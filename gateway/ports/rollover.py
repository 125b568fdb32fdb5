"""What a year roll-over needs: what the school has decided, the marks of the year, what has begun already."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from gateway.model.ids import PupilId, StaffId
from gateway.model.rollover import ClassName, Decided, PupilDecision, RollOver, YearMarks, YearOrder
from gateway.model.rollover_rest import TurnedYear
from gateway.model.school import AcademicYear


class RollOvers(Protocol):
    """The roll-overs of one school. ``year`` is the calendar year in which the new school year begins."""

    def years(self) -> Sequence[AcademicYear]:
        """Return the school years, the earliest first."""
        ...

    def decided(self, year: int) -> Decided:
        """Return all that the school has decided."""
        ...

    def decide(self, year: int, decisions: Iterable[PupilDecision], *, by: str, at: datetime) -> None:
        """Keep decisions about pupils, each instead of the one before."""
        ...

    def forget(self, year: int, pupils: Collection[PupilId]) -> int:
        """Forget the decisions about pupils; return how many there were."""
        ...

    def put_order(self, year: int, order: YearOrder) -> None:
        """Keep the common order of an outcome."""
        ...

    def put_class(self, year: int, name: ClassName, teacher: StaffId | None) -> None:
        """Name a class of the new year, with its class teacher."""
        ...

    def marks(self, ending: int) -> YearMarks:
        """Return who has marks of the year that began in a calendar year."""
        ...

    def begun(self, year: int, first: date, last: date, *, limit: int) -> Sequence[tuple[str, str]]:
        """Return kind and id of lessons and final marks of the new year, the earliest lessons first."""
        ...

    def keep(self, plan: str, shown: RollOver) -> None:
        """Keep what a roster plan of a roll-over shows besides its changes."""
        ...

    def get(self, plan: str) -> RollOver | None:
        """Return what was kept; its changes are those of the roster plan."""
        ...

    def turned(self) -> TurnedYear | None:
        """Return the roll-over into the latest year that has been carried out and not been taken back."""
        ...
