"""Turning a plan into stored ones: what flows, what waits, and what a newer plan makes pointless."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.model.roster_hold import split
from gateway.model.roster_plan import WAITING, PlanHead, PlanState, RosterPlan, StoredPlan
from gateway.model.roster_quarantine import without_raw
from gateway.ports.frame import NewId
from gateway.ports.roster import RosterUnit

_MOST = 10_000
"""Plans looked at: of all sources, and those of single records wait until a person decides."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A plan as stored: the part that flows (``None`` if it says nothing new), the parts that wait for a person."""

    flowing: StoredPlan | None
    waiting: tuple[PlanHead, ...] = ()


def propose(
    unit: RosterUnit,
    whole: RosterPlan,
    *,
    new_id: NewId,
    at: datetime,
    plan_days: int | None = None,
    about: Collection[str] | None = None,
) -> Proposal:
    """Store a plan's parts and supersede the earlier plans of the source that still waited.

    A part that equals a plan which waits already is not stored again: what was shown, and the decision on it, stand.
    One that a person has rejected is not proposed again either until it says something else or ``plan_days`` have
    passed (``None``: ask again at once). A plan without changes is stored only for records that were turned away, or
    remarks that were made, for the first time. Where a source told ``about`` some people only, by their ids here, plans
    that concern none of them go on waiting.
    """
    flowing, held = split(whole)
    waiting = {
        head.digest: head for head in unit.roster.plans(states=WAITING, limit=_MOST) if head.source == whole.source
    }
    refused = _refused(unit, whole.source, at, plan_days)
    parts = _Parts(unit=unit, new_id=new_id, at=at)
    kept = parts.keep(flowing, PlanState.PROPOSED, waiting, refused) if _says_something(unit, flowing) else None
    asked = [parts.keep(part, PlanState.HELD, waiting, refused) for part in held]
    for head in waiting.values():
        if about is None or _concerns(unit.roster.plan(head.id), about):
            unit.roster.decide(head.id, PlanState.SUPERSEDED, by=whole.source, at=at)
    return Proposal(flowing=kept, waiting=tuple(stored.head for stored in asked if stored is not None))


def _concerns(stored: StoredPlan | None, people: Collection[str]) -> bool:
    """Tell whether a plan changes something of one of some people."""
    return stored is not None and any(one in people for change in stored.plan.changes for one in change.key)


def _refused(unit: RosterUnit, source: str, at: datetime, plan_days: int | None) -> frozenset[str]:
    """Return the digests of the source's plans that a person has rejected lately."""
    if plan_days is None:
        return frozenset()
    since = at - timedelta(days=plan_days)
    return frozenset(
        head.digest
        for head in unit.roster.plans(states={PlanState.REJECTED}, limit=_MOST)
        if head.source == source and head.decided_at is not None and head.decided_at >= since
    )


def _says_something(unit: RosterUnit, flowing: RosterPlan) -> bool:
    is_new_rejection = bool(flowing.rejected) and without_raw(flowing.rejected) != unit.roster.last_rejected(
        flowing.source
    )
    is_new_remark = bool(flowing.warnings) and flowing.warnings != unit.roster.last_warnings(flowing.source)
    return bool(flowing.changes) or is_new_rejection or is_new_remark


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parts:
    unit: RosterUnit
    new_id: NewId
    at: datetime

    def keep(
        self, plan: RosterPlan, state: PlanState, waiting: dict[str, PlanHead], refused: frozenset[str]
    ) -> StoredPlan | None:
        """Take the equal plan out of those that wait, or store this one; ``None`` for one that a person refused."""
        digest = plan.digest()
        if digest in refused:
            return None
        shown = self.unit.roster.plan(waiting[digest].id) if plan.changes and digest in waiting else None
        if shown is not None and (state is PlanState.HELD or shown.plan.rejected == without_raw(plan.rejected)):
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
