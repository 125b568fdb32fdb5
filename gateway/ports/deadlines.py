"""What deadlines and readiness need: the records that start and end duties, and what they are counted by."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from gateway.model.deadlines import Counting, OfficeFacts
from gateway.model.lesson_duties import LessonFacts
from gateway.model.period_duties import PeriodFacts
from gateway.model.setup_progress import SetupFacts
from gateway.ports.frame import Unit


class DutyFacts(Protocol):
    """The facts of one school by which its duties are known."""

    def counting(self) -> Counting:
        """Return the school's calendar, its decisions and its outages."""
        ...

    def office(self, today: date) -> OfficeFacts:
        """Return the records that start and end the duties of the office, in the school year of a day."""
        ...

    def lessons(self, first: date, last: date) -> LessonFacts:
        """Return the journal of some days, first and last included, and what was planned for them."""
        ...

    def periods(self, first: date, last: date) -> PeriodFacts:
        """Return the final marks of the periods that end in some days, and who taught what to whom in them."""
        ...

    def setup(self, year: int, today: date) -> SetupFacts:
        """Return what is set up for the school year that begins in a calendar year."""
        ...


class DutyUnit(Unit, Protocol):
    """A transaction over the facts of one school's duties."""

    @property
    def duties(self) -> DutyFacts:
        """The facts by which duties are known."""
        ...
