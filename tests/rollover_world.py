"""A made-up school in August: a year that ends, one that begins, classes of every interesting grade."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Table, insert

from gateway.model.ids import YearId
from gateway.model.journal_records import KIND_OF, Stored
from gateway.model.rollover import Outcome, RollOver
from gateway.model.roster import RosterSnapshot, RosterState
from gateway.model.roster_source import Thresholds
from gateway.model.school import AcademicYear, YearState
from gateway.roster.decisions import RosterDecisions
from gateway.roster.reverting import RosterReverting
from gateway.roster.rollover import YearRollOver
from gateway.roster.sync import RosterSync
from tests.roster_world import (
    SCHOOL,
    Database,
    Moments,
    Told,
    database,
    database_at,
    place,
    pupil,
    pupil_of,
    removing,
    school_class,
    teacher,
)

AUGUST = datetime(2027, 8, 20, 9, 0, tzinfo=UTC)
ENDING = AcademicYear(id=YearId("2026"), year=2026, start=date(2026, 9, 1), end=date(2027, 8, 30), state=YearState.OPEN)
BEGINNING = AcademicYear(id=YearId("2027"), year=2027, start=date(2027, 9, 1), end=date(2028, 8, 30))
SEATS = {1: (4, "А"), 2: (5, "А"), 3: (9, "А"), 4: (11, "А"), 5: (4, "Б")}
"""Classes by number: grade and letter."""

WHERE = {1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 4, 8: 5}
"""The class of every pupil."""

ORDERS = {
    Outcome.PROMOTED: "Приказ № 45 от 30.05.2027",
    Outcome.GRADUATES: "Приказ № 46 от 25.06.2027",
    Outcome.REPEATS: "Приказ № 47 от 31.08.2027",
    Outcome.CONDITIONAL: "Приказ № 48 от 31.08.2027",
    Outcome.LEAVES: "Приказ № 49 от 31.08.2027",
}


def snapshot() -> RosterSnapshot:
    """What the registry says of the year that ends."""
    return RosterSnapshot(
        source="registry",
        school=SCHOOL.id,
        pupils=tuple(pupil(one, family=f"Тестова-{one}") for one in WHERE),
        staff=(teacher(1), teacher(2)),
        classes=tuple(school_class(one, grade=grade, letter=letter) for one, (grade, letter) in SEATS.items()),
        enrollments=tuple(place(one, there) for one, there in WHERE.items()),
    )


def next_snapshot(numbers: Iterable[int] = (1, 2, 3, 4)) -> RosterSnapshot:
    """What the registry says once it speaks of the new year: 4А is 5А, 5А is 6А, under ids of its own."""
    there = {4: 21, 5: 22}
    return RosterSnapshot(
        source="registry",
        school=SCHOOL.id,
        pupils=tuple(pupil(one, family=f"Тестова-{one}") for one in numbers),
        staff=(teacher(1), teacher(2)),
        classes=(
            school_class(21, grade=5, letter="А", year=2027),
            school_class(22, grade=6, letter="А", year=2027),
        ),
        enrollments=tuple(place(one, there[SEATS[WHERE[one]][0]], since=BEGINNING.start) for one in numbers),
    )


@dataclass
class Year:
    """Everything that happens to a school at the end of its year."""

    base: Database
    clock: Moments = field(default_factory=lambda: Moments(now=AUGUST))
    source: Told = field(default_factory=lambda: Told(says=snapshot()))

    @property
    def roll_over(self) -> YearRollOver:
        return YearRollOver(units=self.base.units, clock=self.clock, new_id=self.base.new_id)

    @property
    def sync(self) -> RosterSync:
        return RosterSync(
            units=self.base.units,
            source=self.source,
            clock=self.clock,
            new_id=self.base.new_id,
            rules=removing(Thresholds(percent=100)),
        )

    @property
    def decisions(self) -> RosterDecisions:
        return RosterDecisions(units=self.base.units, clock=self.clock)

    @property
    def reverting(self) -> RosterReverting:
        return RosterReverting(units=self.base.units, clock=self.clock)

    def put(self, *records: object) -> None:
        with self.base.unit() as unit:
            for record in records:
                unit.journal.put(KIND_OF[type(record)], [Stored(record=record, version=1)])  # type: ignore[index]  # records of the journal

    def put_into(self, table: Table, **row: object) -> None:
        """Write a row as another part of the gateway would."""
        with self.base.engine.begin() as connection:
            connection.execute(insert(table).values(school_id=SCHOOL.id, **row))

    def state(self) -> RosterState:
        with self.base.unit() as unit:
            return unit.roster.state()

    def decide(self, number: int, outcome: Outcome, *, to: str = "", document: str = "") -> None:
        self.roll_over.decide([pupil_of(number)], outcome, by="zavuch", to=to, document=document)

    def settle(self) -> None:
        """Decide all that a person has to."""
        for outcome, document in ORDERS.items():
            self.roll_over.order(outcome, document, by="zavuch")
        self.decide(5, Outcome.PROMOTED)
        self.decide(6, Outcome.GRADUATES)

    def applied(self) -> tuple[str, RollOver]:
        shown = self.roll_over.plan()
        self.roll_over.apply(shown.head.id, by="zavuch", reason="the year ends")
        return shown.head.id, shown.roll_over


@contextmanager
def year(folder: Path, url: str = "") -> Iterator[Year]:
    """Give a school with its roster and its two years."""
    with database_at(url) if url else database(folder) as base:
        made = Year(base=base)
        made.put(ENDING, BEGINNING)
        made.sync.run()
        yield made
