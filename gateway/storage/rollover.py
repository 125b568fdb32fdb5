"""Year roll-overs of a school in the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime

from sqlalchemy import Connection, and_, delete, insert, or_, select

from gateway.model.grading import MarkSign
from gateway.model.ids import PupilId, SchoolId, StaffId
from gateway.model.journal import Stage
from gateway.model.journal_records import RecordKind
from gateway.model.rollover import ClassName, Decided, Outcome, PupilDecision, RollOver, YearMarks, YearOrder
from gateway.model.rollover_json import rollover_from_json, rollover_to_json
from gateway.model.rollover_rest import TurnedYear
from gateway.model.roster_change import changes_from_json
from gateway.model.roster_plan import PlanState
from gateway.model.school import AcademicYear
from gateway.storage.bulk import put_rows
from gateway.storage.chunks import chunks_of
from gateway.storage.journal_rows import TABLES
from gateway.storage.tables.people import roster_plan
from gateway.storage.tables.records import RECORD_TABLES
from gateway.storage.tables.roster_rollover import rollover_class, rollover_decision, rollover_order, rollover_plan

_LESSON, _MARK, _PERIOD = (
    RECORD_TABLES[kind] for kind in (RecordKind.LESSONS, RecordKind.PERIOD_MARKS, RecordKind.PERIODS)
)
_LOWEST_PASS = 3
_FAILING = (MarkSign.FAILED, MarkSign.NOT_ATTESTED, MarkSign.DEBT)


class SqlRollOvers:
    """The roll-overs of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def years(self) -> Sequence[AcademicYear]:
        """Return the school years, the earliest first."""
        home = TABLES[RecordKind.YEARS]
        statement = select(home.table).where(home.table.c.school_id == self._school).order_by(home.table.c.year)
        return [home.read(row) for row in self._connection.execute(statement).mappings()]

    def decided(self, year: int) -> Decided:
        """Return all that the school has decided."""
        return Decided(
            pupils={one.pupil: one for one in self._decisions(year)},
            orders={one.outcome: one for one in self._orders(year)},
            classes=dict(self._classes(year)),
        )

    def decide(self, year: int, decisions: Iterable[PupilDecision], *, by: str, at: datetime) -> None:
        """Keep decisions about pupils, each instead of the one before."""
        put_rows(
            self._connection,
            rollover_decision,
            [
                {
                    "school_id": self._school,
                    "year": year,
                    "pupil_id": one.pupil,
                    "outcome": one.outcome.value,
                    "to_class": "" if one.to is None else str(one.to),
                    "document": one.document,
                    "last_day": one.last_day,
                    "decided_by": by,
                    "decided_at": at,
                }
                for one in decisions
            ],
        )

    def forget(self, year: int, pupils: Collection[PupilId]) -> int:
        """Forget the decisions about pupils; return how many there were."""
        columns = rollover_decision.c
        return sum(
            self._connection.execute(
                delete(rollover_decision).where(
                    columns.school_id == self._school, columns.year == year, columns.pupil_id.in_(some)
                )
            ).rowcount
            for some in chunks_of(pupils)
        )

    def put_order(self, year: int, order: YearOrder) -> None:
        """Keep the common order of an outcome."""
        row = {"document": order.document, "last_day": order.last_day, "outcome": order.outcome.value}
        put_rows(self._connection, rollover_order, [{"school_id": self._school, "year": year, **row}])

    def put_class(self, year: int, name: ClassName, teacher: StaffId | None) -> None:
        """Name a class of the new year, with its class teacher."""
        row = {"name": str(name), "class_teacher_id": teacher}
        put_rows(self._connection, rollover_class, [{"school_id": self._school, "year": year, **row}])

    def marks(self, ending: int) -> YearMarks:
        """Return who has marks of the year that began in a calendar year."""
        in_period = and_(_PERIOD.c.school_id == _MARK.c.school_id, _PERIOD.c.id == _MARK.c.period_id)
        of_year = (
            select(_MARK.c.pupil_id)
            .join(_PERIOD, in_period)
            .where(
                _MARK.c.school_id == self._school,
                _MARK.c.stage == Stage.YEAR,
                ~_MARK.c.voided,
                _PERIOD.c.year == ending,
            )
            .distinct()
        )
        failing = or_(_MARK.c.value < _LOWEST_PASS, _MARK.c.sign.in_(_FAILING))
        return YearMarks(
            marked=frozenset(map(PupilId, self._connection.execute(of_year).scalars())),
            failed=frozenset(map(PupilId, self._connection.execute(of_year.where(failing)).scalars())),
        )

    def begun(self, year: int, first: date, last: date, *, limit: int) -> Sequence[tuple[str, str]]:
        """Return kind and id of lessons and final marks of the new year, the earliest lessons first."""
        lessons = (
            select(_LESSON.c.id)
            .where(_LESSON.c.school_id == self._school, _LESSON.c.day.between(first, last))
            .order_by(_LESSON.c.day, _LESSON.c.id)
            .limit(limit)
        )
        in_period = and_(_PERIOD.c.school_id == _MARK.c.school_id, _PERIOD.c.id == _MARK.c.period_id)
        marks = (
            select(_MARK.c.id)
            .join(_PERIOD, in_period)
            .where(_MARK.c.school_id == self._school, ~_MARK.c.voided, _PERIOD.c.year == year)
            .order_by(_MARK.c.id)
            .limit(limit)
        )
        found = [(RecordKind.LESSONS.one, one) for one in self._connection.execute(lessons).scalars()]
        found += [(RecordKind.PERIOD_MARKS.one, one) for one in self._connection.execute(marks).scalars()]
        return found[:limit]

    def keep(self, plan: str, shown: RollOver) -> None:
        """Keep what a roster plan of a roll-over shows besides its changes."""
        self._connection.execute(
            insert(rollover_plan).values(
                school_id=self._school,
                id=plan,
                year=shown.year,
                last_day=shown.last_day,
                shown=rollover_to_json(shown),
            )
        )

    def get(self, plan: str) -> RollOver | None:
        """Return what was kept; its changes are those of the roster plan."""
        statement = (
            select(rollover_plan.c.shown, roster_plan.c.changes)
            .join(roster_plan, self._is_same)
            .where(rollover_plan.c.school_id == self._school, rollover_plan.c.id == plan)
        )
        row = self._connection.execute(statement).first()
        return None if row is None else rollover_from_json(row.shown, changes_from_json(row.changes))

    def turned(self) -> TurnedYear | None:
        """Return the roll-over into the latest year that has been carried out and not been taken back."""
        statement = (
            select(rollover_plan.c.year, rollover_plan.c.id, rollover_plan.c.last_day)
            .join(roster_plan, self._is_same)
            .where(rollover_plan.c.school_id == self._school, roster_plan.c.state == PlanState.APPLIED)
            .order_by(rollover_plan.c.year.desc(), roster_plan.c.decided_at.desc())
            .limit(1)
        )
        row = self._connection.execute(statement).first()
        return None if row is None else TurnedYear(year=row.year, plan=row.id, last_day=row.last_day)

    _is_same = and_(roster_plan.c.school_id == rollover_plan.c.school_id, roster_plan.c.id == rollover_plan.c.id)

    def _decisions(self, year: int) -> Iterator[PupilDecision]:
        columns = rollover_decision.c
        statement = select(rollover_decision).where(columns.school_id == self._school, columns.year == year)
        for row in self._connection.execute(statement):
            yield PupilDecision(
                pupil=PupilId(row.pupil_id),
                outcome=Outcome(row.outcome),
                to=ClassName.of(row.to_class) if row.to_class else None,
                document=row.document,
                last_day=row.last_day,
            )

    def _orders(self, year: int) -> Iterator[YearOrder]:
        columns = rollover_order.c
        statement = select(rollover_order).where(columns.school_id == self._school, columns.year == year)
        for row in self._connection.execute(statement):
            yield YearOrder(outcome=Outcome(row.outcome), document=row.document, last_day=row.last_day)

    def _classes(self, year: int) -> Iterator[tuple[ClassName, StaffId | None]]:
        columns = rollover_class.c
        statement = select(rollover_class).where(columns.school_id == self._school, columns.year == year)
        for row in self._connection.execute(statement):
            yield ClassName.of(row.name), StaffId(row.class_teacher_id) if row.class_teacher_id else None
