"""The year roll-over as a deputy does it: decide, look, carry out what was shown, take it back until it begins."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from gateway.model.audit import AuditRecord
from gateway.model.ids import ClassId, PupilId, StaffId
from gateway.model.people import Status
from gateway.model.rollover import (
    LARGEST_CLASS,
    YEAR_SOURCE,
    ClassName,
    Outcome,
    PupilDecision,
    RollOver,
    RollOverFacts,
    YearOrder,
    movements_of,
)
from gateway.model.rollover_planning import roll_over
from gateway.model.roster import RecordKind
from gateway.model.roster_change import outdated
from gateway.model.roster_plan import WAITING, PlanHead, PlanState, RosterPlan, StoredPlan
from gateway.model.school import AcademicYear, YearState
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.roster import RosterUnit
from gateway.ports.roster_links import MatchingUnit
from gateway.roster import rollover_refusals as refusals
from gateway.roster.author import Author
from gateway.roster.carry_out import carry_out
from gateway.roster.decisions import known_plan
from gateway.roster.reverting import Reverted, RosterReverting
from gateway.roster.sync import local_day

_LISTED = 200
"""Records that a refusal names."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownRollOver:
    """A roll-over as stored, and what has become of it."""

    head: PlanHead
    roll_over: RollOver


@dataclass(frozen=True, kw_only=True, slots=True)
class YearRollOver:
    """The roll-overs of one school.

    ``year`` is everywhere the calendar year in which the school year that *ends* began; without it, the latest that
    has begun and that the next one has been made for.
    """

    units: Units[MatchingUnit]
    clock: Clock
    new_id: NewId
    largest_class: int = LARGEST_CLASS

    def plan(self, year: int | None = None) -> ShownRollOver:
        """Make the plan anew and keep it; one that waits and says the same stands as it is.

        Raises:
            GatewayError: ``year.unknown``; ``year.next_missing``: the next year has not been made (R-ACAD-21).
        """
        with self.units() as unit:
            unit.roster.lock()
            at = self.clock()
            made = self._made(unit, year, at)
            waiting = self._waiting(unit)
            for head in waiting:
                if unit.rollovers.get(head.id) == made:
                    return ShownRollOver(head=head, roll_over=made)
            for head in waiting:
                unit.roster.decide(head.id, PlanState.SUPERSEDED, by=YEAR_SOURCE, at=at)
            return ShownRollOver(head=self._keep(unit, made, at), roll_over=made)

    def show(self, plan: str | None = None) -> ShownRollOver | None:
        """Return a roll-over as it was shown: the one named, or the newest that waits or was carried out.

        Raises:
            GatewayError: ``roster.plan_unknown``, ``year.rollover_unknown``: the plan is none of a roll-over.
        """
        with self.units() as unit:
            if plan is None:
                newest = self._of_year(unit, WAITING | {PlanState.APPLIED})
                if not newest:
                    return None
                plan = newest[0].id
            return _shown(unit, known_plan(unit, plan).head)

    def plans(self) -> Sequence[PlanHead]:
        """Return the newest roll-overs, newest first."""
        with self.units() as unit:
            return self._of_year(unit, set(PlanState))

    def decide(
        self,
        pupils: Collection[PupilId],
        outcome: Outcome,
        *,
        by: str,
        role: str = "operator",
        to: str = "",
        document: str = "",
        last_day: date | None = None,
        year: int | None = None,
    ) -> int:
        """Keep what becomes of pupils; return of how many.

        Args:
            pupils: who; pupils in force.
            outcome: what becomes of them.
            by: who decides.
            role: in which role.
            to: next year's class by name, where it does not follow from this year's.
            document: number and date of the order, where it is not the common one.
            last_day: of those who go.
            year: the school year that ends.

        Raises:
            GatewayError: ``year.rollover_pupil``: somebody is no pupil in force; ``year.rollover_class``: ``to`` is no
                name of a class; ``year.unknown``, ``year.next_missing``.
        """
        name = _name(to) if to else None
        with self.units() as unit:
            unit.roster.lock()
            at = self.clock()
            _, beginning = self._years(unit, year, at)
            held = unit.roster.state().of(RecordKind.PUPIL)
            for pupil in pupils:
                if held.get((pupil,), {"status": None})["status"] != Status.ACTIVE:
                    raise refusals.pupil_unknown(pupil)
            made = [
                PupilDecision(pupil=pupil, outcome=outcome, to=name, document=document.strip(), last_day=last_day)
                for pupil in sorted(set(pupils))
            ]
            unit.rollovers.decide(beginning.year, made, by=by, at=at)
            unit.audit.append(_audited(one, beginning.year, by=by, role=role, at=at) for one in made)
            return len(made)

    def forget(self, pupils: Collection[PupilId], *, by: str, role: str = "operator", year: int | None = None) -> int:
        """Forget what was decided about pupils: what follows from their class holds again; return how many there were.

        Raises:
            GatewayError: ``year.unknown``, ``year.next_missing``.
        """
        with self.units() as unit:
            unit.roster.lock()
            at = self.clock()
            _, beginning = self._years(unit, year, at)
            known = unit.rollovers.decided(beginning.year).pupils
            gone = [known[pupil] for pupil in sorted(set(pupils)) if pupil in known]
            unit.audit.append(_audited(one, beginning.year, by=by, role=role, at=at, is_gone=True) for one in gone)
            return unit.rollovers.forget(beginning.year, [one.pupil for one in gone])

    def order(
        self,
        outcome: Outcome,
        document: str,
        *,
        by: str,
        role: str = "operator",
        last_day: date | None = None,
        year: int | None = None,
    ) -> None:
        """Keep the order that is common to everybody with an outcome.

        Raises:
            GatewayError: ``year.rollover_document``: it is empty; ``year.unknown``, ``year.next_missing``.
        """
        if not document.strip():
            raise refusals.document_missing()
        with self.units() as unit:
            unit.roster.lock()
            at = self.clock()
            _, beginning = self._years(unit, year, at)
            unit.rollovers.put_order(
                beginning.year, YearOrder(outcome=outcome, document=document.strip(), last_day=last_day)
            )
            new = {"outcome": outcome.value, "document": document.strip()}
            unit.audit.append([_of_year_audited(beginning.year, new, by=by, role=role, at=at)])

    def name_class(
        self, name: str, teacher: StaffId | None, *, by: str, role: str = "operator", year: int | None = None
    ) -> None:
        """Name a class of the new year, with its class teacher; a class that is new altogether is made.

        Raises:
            GatewayError: ``year.rollover_class``: that is no name of a class; ``year.rollover_teacher``: no member of
                staff in force; ``year.unknown``, ``year.next_missing``.
        """
        wanted = _name(name)
        with self.units() as unit:
            unit.roster.lock()
            at = self.clock()
            _, beginning = self._years(unit, year, at)
            staff = unit.roster.state().of(RecordKind.STAFF)
            if teacher is not None and staff.get((teacher,), {"status": None})["status"] != Status.ACTIVE:
                raise refusals.teacher_unknown(teacher)
            unit.rollovers.put_class(beginning.year, wanted, teacher)
            new = {"class": str(wanted), "class_teacher": teacher}
            unit.audit.append([_of_year_audited(beginning.year, new, by=by, role=role, at=at)])

    def pupils_of(self, school_class: ClassId) -> Sequence[PupilId]:
        """Return the pupils of a class whose place in it is open."""
        with self.units() as unit:
            places = unit.roster.state().of(RecordKind.ENROLLMENT).values()
        here = (one for one in places if one["school_class"] == school_class and one["valid_to"] is None)
        return sorted(PupilId(str(one["pupil"])) for one in here)

    def apply(self, plan: str, *, by: str, reason: str, role: str = "operator") -> PlanHead:
        """Agree to a plan and carry it out: exactly what was shown, in one transaction with the movement book.

        Raises:
            GatewayError: ``roster.plan_unknown``, ``year.rollover_unknown``, ``roster.plan_closed``;
                ``year.rollover_outdated``: roster or decisions are no longer what the plan was made from.
            DocumentError: ``year.rollover_incomplete``: somebody is not decided, has no order or no class to go to.
        """
        with self.units() as unit:
            unit.roster.lock()
            at, before = self.clock(), unit.roster.state()
            stored = known_plan(unit, plan)
            shown = _shown(unit, stored.head).roll_over
            if stored.head.state not in WAITING:
                raise refusals.closed(stored.head)
            made = self._made(unit, shown.year - 1, at)
            if outdated(before, shown.changes) or not _says_the_same(shown, made):
                raise refusals.plan_outdated(plan)
            if not made.is_complete:
                raise refusals.incomplete(plan, made.findings, _LISTED)
            unit.roster.decide(plan, PlanState.APPROVED, by=by, at=at, reason=reason)
            author = Author(actor=by, role=role, channel="roster", reason=reason)
            today = local_day(unit.roster.school(), at)
            carry_out(unit, stored, before, author=author, at=at, today=today, entries=movements_of(shown.pupils))
            return known_plan(unit, plan).head

    def undo(self, plan: str, *, by: str, reason: str, role: str = "operator") -> Reverted:
        """Take a roll-over back exactly, until the new year begins; its movements are cancelled by counter-entries.

        Raises:
            GatewayError: ``roster.plan_unknown``, ``roster.plan_not_applied``, ``year.rollover_unknown``;
                ``year.rollover_later``: a later one has to be taken back first; ``year.rollover_year_open``: the new
                year is open and has begun.
            DocumentError: ``year.rollover_begun``: there are lessons or marks of the new year; its faults name them;
                ``roster.revert_refused``: later changes touched the same fields.
        """
        reverting = RosterReverting(units=self.units, clock=self.clock, check=self._check_undo)
        return reverting.run(plan, by=by, reason=reason, role=role)

    def _check_undo(self, unit: RosterUnit, head: PlanHead) -> None:
        shown = _shown(unit, head).roll_over
        applied = self._of_year(unit, {PlanState.APPLIED})
        later = [one for one in applied if one.decided_at and head.decided_at and one.decided_at > head.decided_at]
        if later:
            raise refusals.later_first(later[0].id)
        if begun := unit.rollovers.begun(shown.year, shown.first_day, shown.last_day, limit=_LISTED):
            raise refusals.begun(head.id, begun)
        state = next((one.state for one in unit.rollovers.years() if one.year == shown.year), YearState.PLANNING)
        if state is not YearState.PLANNING and local_day(unit.roster.school(), self.clock()) >= shown.first_day:
            raise refusals.year_open(shown.year)

    def _made(self, unit: MatchingUnit, year: int | None, at: datetime) -> RollOver:
        ending, beginning = self._years(unit, year, at)
        school = unit.roster.school()
        facts = RollOverFacts(
            ending=ending,
            beginning=beginning,
            today=local_day(school, at),
            state=unit.roster.state(),
            decided=unit.rollovers.decided(beginning.year),
            marks=unit.rollovers.marks(ending.year),
            largest_class=self.largest_class,
        )
        return roll_over(facts, school=school.id)

    def _years(self, unit: MatchingUnit, year: int | None, at: datetime) -> tuple[AcademicYear, AcademicYear]:
        today, years = local_day(unit.roster.school(), at), {one.year: one for one in unit.rollovers.years()}
        begun = [one.year for one in years.values() if one.start <= today]
        followed = [one for one in begun if one + 1 in years]
        number = max(followed or begun, default=None) if year is None else year
        if number is None or number not in years:
            raise refusals.year_unknown(number)
        if number + 1 not in years:
            raise refusals.next_missing(number + 1)
        return years[number], years[number + 1]

    def _keep(self, unit: MatchingUnit, made: RollOver, at: datetime) -> PlanHead:
        plan = RosterPlan(source=YEAR_SOURCE, school=unit.roster.school().id, changes=made.changes)
        head = PlanHead(
            id=self.new_id(),
            source=YEAR_SOURCE,
            made_at=at,
            state=PlanState.HELD,
            digest=plan.digest(),
            counts=plan.counts(),
            rejected=0,
        )
        unit.roster.keep(StoredPlan(head=head, plan=plan))
        unit.rollovers.keep(head.id, made)
        return head

    def _waiting(self, unit: RosterUnit) -> Sequence[PlanHead]:
        return self._of_year(unit, WAITING)

    def _of_year(self, unit: RosterUnit, states: Collection[PlanState]) -> Sequence[PlanHead]:
        return [one for one in unit.roster.plans(states=states, limit=10_000) if one.source == YEAR_SOURCE]


def _shown(unit: RosterUnit, head: PlanHead) -> ShownRollOver:
    kept = unit.rollovers.get(head.id)
    if kept is None:
        raise refusals.no_roll_over(head.id)
    return ShownRollOver(head=head, roll_over=kept)


def _says_the_same(one: RollOver, other: RollOver) -> bool:
    """Tell whether two roll-overs would do the same, with the same orders."""
    return (one.changes, one.pupils) == (other.changes, other.pupils)


def _name(text: str) -> ClassName:
    try:
        return ClassName.of(text)
    except ValueError:
        raise refusals.no_class_name() from None


def _audited(one: PupilDecision, year: int, *, by: str, role: str, at: datetime, is_gone: bool = False) -> AuditRecord:
    said = {
        "year": year,
        "outcome": one.outcome.value,
        "to": None if one.to is None else str(one.to),
        "document": one.document,
        "last_day": None if one.last_day is None else one.last_day.isoformat(),
    }
    return AuditRecord(
        at=at,
        actor=by,
        role=role,
        channel="roster",
        action="decide",
        object_kind=RecordKind.PUPIL.value,
        object_id=one.pupil,
        old=said if is_gone else None,
        new=None if is_gone else said,
    )


def _of_year_audited(year: int, new: Mapping[str, str | None], *, by: str, role: str, at: datetime) -> AuditRecord:
    return AuditRecord(
        at=at,
        actor=by,
        role=role,
        channel="roster",
        action="decide",
        object_kind="roll_over",
        object_id=str(year),
        new=new,
    )
