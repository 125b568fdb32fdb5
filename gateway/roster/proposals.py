"""Turning a plan into stored ones: what flows, what waits, and what a newer plan makes pointless."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.model.roster_plan import WAITING, PlanHead, PlanState, RosterPlan, StoredPlan, split
from gateway.ports.frame import NewId
from gateway.ports.roster import RosterUnit


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A plan as stored: the part that flows (``None`` if it says nothing new), the part that waits for a person."""

    flowing: StoredPlan | None
    waiting: PlanHead | None


def propose(unit: RosterUnit, whole: RosterPlan, *, new_id: NewId, at: datetime) -> Proposal:
    """Store a plan's two parts and supersede every earlier plan of the source that still waited.

    A part that equals a plan which waits already is not stored again: what was shown, and the decision on it, stand. A
    plan without changes is stored only for records that were not turned away the last time too.
    """
    flowing, removals = split(whole)
    waiting = {head.digest: head for head in unit.roster.plans(states=WAITING) if head.source == whole.source}
    parts = _Parts(unit=unit, new_id=new_id, at=at)
    kept = parts.keep(flowing, PlanState.PROPOSED, waiting) if _says_something(unit, flowing) else None
    held = parts.keep(removals, PlanState.HELD, waiting).head if removals else None
    for head in waiting.values():
        unit.roster.decide(head.id, PlanState.SUPERSEDED, by=whole.source, at=at)
    return Proposal(flowing=kept, waiting=held)


def _says_something(unit: RosterUnit, flowing: RosterPlan) -> bool:
    is_news = bool(flowing.rejected) and flowing.rejected != unit.roster.last_rejected(flowing.source)
    return bool(flowing.changes) or is_news


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    unit: RosterUnit
    new_id: NewId
    at: datetime

    def keep(self, plan: RosterPlan, state: PlanState, waiting: dict[str, PlanHead]) -> StoredPlan:
        """Take the equal plan out of those that wait, or store this one."""
        digest = plan.digest()
        shown = self.unit.roster.plan(waiting[digest].id) if plan.changes and digest in waiting else None
        if shown is not None and (state is PlanState.HELD or shown.plan.rejected == plan.rejected):
            del waiting[digest]
            return shown
        head = PlanHead(
            id=self.new_id(),
            source=plan.source,
            made_at=self.at,
            state=state,
            digest=digest,
            counts=plan.counts(),
            rejected=len(plan.rejected),
            hold=plan.hold,
            doubts=plan.doubts,
        )
        stored = StoredPlan(head=head, plan=plan)
        self.unit.roster.keep(stored)
        return stored
