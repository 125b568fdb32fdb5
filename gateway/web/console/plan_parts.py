"""What stands beside the changes of a roster plan: who is missing, remarks, rejected records; once for a whole sync.

A sync whose changes wait in part leaves several plans, each of which keeps all of it. The page tells it whole with one
of them, and with the others only what is about their own records.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.errors import Rejected
from gateway.model.roster_change import LEAVING, Action, Change
from gateway.model.roster_ladder import Missing
from gateway.model.roster_plan import HoldCause, HoldReason, PlanHead, RosterPlan
from gateway.model.roster_warning import PlanWarning

_REWRITING = frozenset({Action.UPDATE, Action.TRANSFER})


class PlanPart(StrEnum):
    """The lists of a plan's page."""

    CHANGES = "changes"
    MISSING = "missing"
    WARNINGS = "warnings"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """What the page of a plan tells besides its changes.

    Attributes:
        whole: the plan with which all of it is told; ``None``: it is told here.
        missing: records that the source no longer tells of.
        warnings: remarks.
        rejected: records that were turned away.
    """

    whole: PlanHead | None
    missing: tuple[Missing, ...] = field(repr=False)
    warnings: tuple[PlanWarning, ...] = field(repr=False)
    rejected: tuple[Rejected, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldLine:
    """Why a plan waits, with how many of its own changes that is about."""

    reason: HoldReason
    here: int


def beside(head: PlanHead, plan: RosterPlan, heads: Iterable[PlanHead]) -> Beside:
    """Return what is told with a plan; ``heads`` are plans among which those of the same sync are."""
    whole = _of_whole(head, heads)
    if whole.id == head.id:
        return Beside(whole=None, missing=plan.missing, warnings=plan.warnings, rejected=plan.rejected)
    own = {(row.kind, row.key) for change in plan.changes for row in change.rows}
    return Beside(
        whole=whole,
        missing=tuple(one for one in plan.missing if (one.kind, one.key) in own),
        warnings=tuple(one for one in plan.warnings if (one.kind, one.key) in own),
        rejected=(),
    )


def hold_lines(plan: RosterPlan) -> Sequence[HoldLine]:
    """Return why a plan waits, each reason with the number of the plan's own changes."""
    return [HoldLine(reason=one, here=sum(_is_meant(one, change) for change in plan.changes)) for one in plan.hold]


def _of_whole(head: PlanHead, heads: Iterable[PlanHead]) -> PlanHead:
    """Return the plan of a sync that tells everything: what flowed at once, else the first that waits."""
    together = [one for one in heads if (one.source, one.made_at) == (head.source, head.made_at)]
    return min([head, *together], key=lambda one: (bool(one.hold), one.id))


def _is_meant(reason: HoldReason, change: Change) -> bool:
    if change.kind is not reason.kind:
        return False
    match reason.cause:
        case HoldCause.REMOVALS:
            return change.action in LEAVING
        case HoldCause.UPDATES:
            return change.action in _REWRITING
        case HoldCause.CREATIONS:
            return change.action is Action.CREATE
        case _:
            return True
