"""What a person does with roster plans: look, approve what is held, apply exactly what was shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.errors import GatewayError, Party, RuleViolation, Text
from gateway.model.audit import AuditRecord
from gateway.model.rollover import YEAR_SOURCE
from gateway.model.roster_change import outdated
from gateway.model.roster_locks import locked
from gateway.model.roster_plan import WAITING, PlanHead, PlanState, StoredPlan
from gateway.model.roster_source import REGISTRY_RULES
from gateway.ports.frame import Clock, Units
from gateway.ports.roster import RosterUnit
from gateway.ports.roster_links import MatchingUnit
from gateway.roster.author import Author
from gateway.roster.carry_out import carry_out
from gateway.roster.dependents import refuse_groundless, refuse_occupied
from gateway.roster.sync import local_day
from gateway.roster.year_plans import refuse_year_plan

MOST_WAITING = 10_000
"""Plans looked at when those that have waited too long are closed."""

_ACTIONS = {PlanState.APPROVED: "approve", PlanState.REJECTED: "reject", PlanState.EXPIRED: "expire"}
"""What the audit calls the step into a state."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterDecisions:
    """The verbs of a person over a school's roster plans.

    ``days`` says by source how long a plan may wait (`SourceRules.plan_days`); other sources have the default.
    """

    units: Units[MatchingUnit]
    clock: Clock
    days: Mapping[str, int] = field(default_factory=dict)

    def show(self, plan_id: str) -> StoredPlan:
        """Return a plan with every record's old and new values.

        Raises:
            GatewayError: ``roster.plan_unknown``.
        """
        with self.units() as unit:
            return known_plan(unit, plan_id)

    def plans(self, *, states: Collection[PlanState] | None = None, limit: int = 50) -> Sequence[PlanHead]:
        """Return the newest plans, newest first; only those in the given states."""
        with self.units() as unit:
            return unit.roster.plans(states=states, limit=limit)

    def approve(self, plan_id: str, *, by: str, reason: str, role: str = "operator") -> PlanHead:
        """Agree to a held plan, so that it may be applied. Approving twice changes nothing.

        Raises:
            GatewayError: ``roster.plan_unknown``; ``roster.plan_closed`` when it has been applied or superseded;
                ``roster.plan_of_year``: it is a year roll-over; ``roster.plan_expired``: it has waited too long.
        """
        with self.units() as unit:
            unit.roster.lock()
            head = _waiting(unit, plan_id).head
            refuse_year_plan(unit, head)
            if head.state is PlanState.HELD:
                at = self.clock()
                self._check_age(head, at)
                author = Author(actor=by, role=role, channel="roster", reason=reason)
                _close(unit, head, PlanState.APPROVED, author, at)
            return known_plan(unit, plan_id).head

    def reject(self, plan_id: str, *, by: str, reason: str, role: str = "operator") -> PlanHead:
        """Say no to a plan that waits; the same removals are not asked about again while the source repeats them.

        Raises:
            GatewayError: ``roster.plan_unknown``, or ``roster.plan_closed`` when it does not wait any more;
                ``roster.plan_of_year``: it is a year roll-over.
        """
        with self.units() as unit:
            unit.roster.lock()
            head = _waiting(unit, plan_id).head
            refuse_year_plan(unit, head)
            author = Author(actor=by, role=role, channel="roster", reason=reason)
            _close(unit, head, PlanState.REJECTED, author, self.clock())
            return known_plan(unit, plan_id).head

    def expire(self) -> Sequence[PlanHead]:
        """Close every plan that has waited too long: who approves it now approves what nobody remembers.

        A year roll-over stays: it is prepared for weeks, and is carried out only if it would be made the same again.
        """
        at = self.clock()
        with self.units() as unit:
            unit.roster.lock()
            waiting = unit.roster.plans(states=WAITING, limit=MOST_WAITING)
            old = [head for head in waiting if head.source != YEAR_SOURCE and _is_over(head, self.days, at)]
            for head in old:
                author = Author(actor=head.source, role="system", channel="roster", reason="expired")
                _close(unit, head, PlanState.EXPIRED, author, at)
            return [known_plan(unit, head.id).head for head in old]

    def apply(self, plan_id: str, *, by: str, reason: str, role: str = "operator") -> PlanHead:
        """Carry out a proposed or approved plan: exactly what was shown, or nothing.

        Args:
            plan_id: id of the plan.
            by: who applies it.
            reason: why, for the audit.
            role: in which role; ``operator`` is somebody at the command line.

        Raises:
            GatewayError: ``roster.plan_unknown``; ``roster.plan_closed``: applied or superseded already;
                ``roster.plan_of_year``: it is a year roll-over;
                ``roster.plan_expired``: it has waited too long;
                ``roster.plan_outdated``: a record it changes is no longer what the plan showed, or locked by now;
                ``roster.plan_groundless``: it names records that are not there.
            DocumentError: ``roster.class_occupied``: it would close a class into which somebody was put since.
            RuleViolation: ``roster.plan_held``: the plan waits for an approval.
        """
        with self.units() as unit:
            unit.roster.lock()
            before = unit.roster.state()
            stored = _waiting(unit, plan_id)
            refuse_year_plan(unit, stored.head)
            if stored.head.state is PlanState.HELD:
                raise _held(plan_id)
            at = self.clock()
            self._check_age(stored.head, at)
            changes = stored.plan.changes
            if stale := outdated(before, changes) or locked(changes, unit.roster_locks.all()):
                raise _outdated(plan_id, len(stale))
            author = Author(actor=by, role=role, channel="roster", reason=reason)
            today = local_day(unit.roster.school(), at)
            refuse_groundless(plan_id, before, changes)
            refuse_occupied(plan_id, before, (row for change in changes for row in change.rows), today)
            carry_out(unit, stored, before, author=author, at=at, today=today)
            return known_plan(unit, plan_id).head

    def _check_age(self, head: PlanHead, at: datetime) -> None:
        if _is_over(head, self.days, at):
            raise _expired(head)


def known_plan(unit: RosterUnit, plan_id: str) -> StoredPlan:
    """Return a stored plan; raise ``roster.plan_unknown`` where there is none."""
    stored = unit.roster.plan(plan_id)
    if stored is None:
        raise GatewayError(
            "roster.plan_unknown",
            Text(ru=f"Плана состава «{plan_id}» нет.", en=f"There is no roster plan '{plan_id}'."),
        )
    return stored


def _close(unit: RosterUnit, head: PlanHead, state: PlanState, author: Author, at: datetime) -> None:
    """Bring a plan into a state, and tell the audit who did."""
    unit.roster.decide(head.id, state, by=author.actor, at=at, reason=author.reason)
    unit.audit.append(
        [
            AuditRecord(
                at=at,
                actor=author.actor,
                role=author.role,
                channel=author.channel,
                action=_ACTIONS[state],
                object_kind="roster_plan",
                object_id=head.id,
                old={"state": head.state.value},
                new={"state": state.value},
                reason=author.reason,
            )
        ]
    )


def _is_over(head: PlanHead, days: Mapping[str, int], at: datetime) -> bool:
    lasting = days.get(head.source, REGISTRY_RULES.plan_days)
    return at - max(head.made_at, head.decided_at or head.made_at) >= timedelta(days=lasting)


def _waiting(unit: RosterUnit, plan_id: str) -> StoredPlan:
    stored = known_plan(unit, plan_id)
    if stored.head.state not in WAITING:
        raise GatewayError(
            "roster.plan_closed",
            Text(
                ru=f"План состава «{plan_id}» уже закрыт (состояние «{stored.head.state}»).",
                en=f"Roster plan '{plan_id}' is closed already (state '{stored.head.state}').",
            ),
        )
    return stored


def _held(plan_id: str) -> RuleViolation:
    return RuleViolation(
        "roster.plan_held",
        Text(
            ru=f"План состава «{plan_id}» задержан: в нём то, что без согласия человека не делается (причины — в "
            "плане). Сначала утвердите его.",
            en=f"Roster plan '{plan_id}' is held: it does what takes a person's consent (the plan says why). Approve "
            "it first.",
        ),
        who=Party.DEPUTY,
        rule="R-ROST-01",
    )


def _expired(head: PlanHead) -> GatewayError:
    return GatewayError(
        "roster.plan_expired",
        Text(
            ru=f"План состава «{head.id}» ждал слишком долго: что в нём показано, могло измениться. Постройте новый.",
            en=f"Roster plan '{head.id}' has waited too long: what it shows may have changed. Make a new plan.",
        ),
    )


def _outdated(plan_id: str, rows: int) -> GatewayError:
    return GatewayError(
        "roster.plan_outdated",
        Text(
            ru=f"План состава «{plan_id}» устарел: записей, изменённых или закреплённых после его показа, — {rows}. "
            "Постройте новый.",
            en=f"Roster plan '{plan_id}' is out of date: {rows} record(s) changed or locked after it was shown. "
            "Make a new plan.",
        ),
    )
