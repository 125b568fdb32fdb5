"""What a person has taken back or refused is not done unseen: the same change waits for a person the next time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from gateway.model.roster import RosterState, active_rows
from gateway.model.roster_change import Action, Change
from gateway.model.roster_dependents import resting_on
from gateway.model.roster_plan import HoldCause, HoldReason, RosterPlan
from gateway.model.roster_revert import repeats


def held_again(whole: RosterPlan, taken_back: Iterable[Change], current: RosterState, *, today: date) -> RosterPlan:
    """Return the plan with the changes held that would do again what was taken back, and with what hangs on them.

    Args:
        whole: the plan.
        taken_back: the changes of the source's plans that were reverted or rejected.
        current: all that is held.
        today: the school's day.
    """
    same = repeats(whole.changes, taken_back)
    if not same:
        return whole
    places = {(change.kind, change.key) for change in same}
    new = {(change.kind, change.key) for change in same if change.action is Action.CREATE}
    places |= resting_on(whole.changes, new)
    in_force = {kind: len(rows) for kind, rows in active_rows(current.rows, today).items()}
    reasons = tuple(
        HoldReason(cause=HoldCause.REVERTED, kind=kind, changed=number, in_force=in_force[kind], limit=0)
        for kind, number in Counter(kind for kind, _ in places).items()
    )
    apart = {**whole.apart, **dict.fromkeys(places, HoldCause.REVERTED)}
    return replace(whole, hold=whole.hold + reasons, apart=apart)
