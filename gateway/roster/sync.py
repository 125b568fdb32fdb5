"""The road in: snapshot → plan → held or applied, in one transaction."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from gateway.model.roster import RosterSnapshot
from gateway.model.roster_change import Action
from gateway.model.roster_plan import (
    DEFAULT_THRESHOLDS,
    PlanHead,
    RosterPlan,
    plan,
    split,
)
from gateway.model.roster_source import Thresholds
from gateway.model.school import School
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.roster import RosterSource, RosterUnit
from gateway.roster.carry_out import REGISTRY, carry_out
from gateway.roster.proposals import Proposal, propose


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterResult:
    """What one sync did. Numbers are records of all kinds; ``held`` are removals that wait for a person.

    ``plan`` is the id of the plan that was applied, ``held_plan`` of the one that waits; ``None`` where there is none.
    """

    created: int
    updated: int
    deactivated: int
    reactivated: int
    transferred: int
    rejected: int
    held: int
    complete: bool
    plan: str | None
    held_plan: str | None

    def summary(self) -> dict[str, object]:
        """Return the counts and ids as a step run keeps them."""
        return {
            "created": self.created,
            "updated": self.updated,
            "deactivated": self.deactivated,
            "reactivated": self.reactivated,
            "transferred": self.transferred,
            "rejected": self.rejected,
            "held": self.held,
            "complete": self.complete,
            "plan": self.plan,
            "held_plan": self.held_plan,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterSync:
    """Brings a school's roster to what the registry says."""

    units: Units[RosterUnit]
    source: RosterSource
    clock: Clock
    new_id: NewId
    thresholds: Thresholds = DEFAULT_THRESHOLDS

    def run(self, message: str | None = None) -> RosterResult:
        """Pull, plan, and apply what needs no person.

        Everything written — rows, movement book, audit, plans, the run itself — is one transaction after the last byte
        has come from the registry, so that a killed run leaves nothing and the next one starts over.

        Args:
            message: id of the queue message that asked for the sync.

        Raises:
            PlatformError: the registry did not give a snapshot; nothing has changed.
        """
        started = self.clock()
        snapshot, school = self._snapshot()
        with self.units() as unit:
            unit.roster.lock()
            before, at = unit.roster.state(), self.clock()
            today = local_day(school, at)
            whole = plan(before, snapshot, today=today, thresholds=self.thresholds)
            proposal = propose(unit, whole, new_id=self.new_id, at=at)
            if proposal.flowing is not None:
                carry_out(unit, proposal.flowing, before, author=REGISTRY, at=at, today=today)
            result = _result(whole, proposal, complete=snapshot.complete)
            unit.steps.add(
                StepRun(
                    id=message or self.new_id(),
                    step=Step.ROSTER_IN,
                    started_at=started,
                    finished_at=at,
                    outcome=StepOutcome.HELD if result.held_plan else StepOutcome.OK,
                    summary=result.summary(),
                    message=message,
                )
            )
        return result

    def plan(self) -> tuple[PlanHead, ...]:
        """Pull and plan, and apply nothing: the plans stay for a person to look at and apply.

        Returns:
            The plan of what would flow and the one of what would wait for a person; empty when nothing would change.
        """
        snapshot, school = self._snapshot()
        with self.units() as unit:
            unit.roster.lock()
            before, at = unit.roster.state(), self.clock()
            whole = plan(before, snapshot, today=local_day(school, at), thresholds=self.thresholds)
            proposal = propose(unit, whole, new_id=self.new_id, at=at)
        flowing = None if proposal.flowing is None else proposal.flowing.head
        return tuple(head for head in (flowing, proposal.waiting) if head is not None)

    def _snapshot(self) -> tuple[RosterSnapshot, School]:
        """Read over the network with no transaction open."""
        with self.units() as unit:
            school = unit.roster.school()
        return self.source.snapshot(school), school


def local_day(school: School, moment: datetime) -> date:
    """Return the school's calendar day of a moment."""
    return moment.astimezone(ZoneInfo(school.zone)).date()


def _result(whole: RosterPlan, proposal: Proposal, *, complete: bool) -> RosterResult:
    flowing, removals = split(whole)
    done = Counter(change.action for change in flowing.changes)
    return RosterResult(
        created=done[Action.CREATE],
        updated=done[Action.UPDATE],
        deactivated=done[Action.DEACTIVATE],
        reactivated=done[Action.REACTIVATE],
        transferred=done[Action.TRANSFER],
        rejected=len(whole.rejected),
        held=len(removals.changes) if removals else 0,
        complete=complete,
        plan=proposal.flowing.head.id if proposal.flowing else None,
        held_plan=proposal.waiting.id if proposal.waiting else None,
    )
