"""What a person does with roster plans: look, approve what is held, apply exactly what was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.errors import GatewayError, Party, RuleViolation, Text
from gateway.model.audit import AuditRecord
from gateway.model.roster_change import outdated
from gateway.model.roster_plan import WAITING, PlanHead, PlanState, StoredPlan
from gateway.ports.frame import Clock, Units
from gateway.ports.roster import RosterUnit
from gateway.roster.carry_out import Author, carry_out
from gateway.roster.sync import local_day


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterDecisions:
    """The verbs of a person over a school's roster plans."""

    units: Units[RosterUnit]
    clock: Clock

    def show(self, plan_id: str) -> StoredPlan:
        """Return a plan with every record's old and new values.

        Raises:
            GatewayError: ``roster.plan_unknown``.
        """
        with self.units() as unit:
            return _known(unit, plan_id)

    def history(self, *, limit: int = 50) -> Sequence[PlanHead]:
        """Return the newest plans, newest first."""
        with self.units() as unit:
            return unit.roster.plans(limit=limit)

    def approve(self, plan_id: str, *, by: str, reason: str, role: str = "operator") -> PlanHead:
        """Agree to a held plan, so that it may be applied. Approving twice changes nothing.

        Raises:
            GatewayError: ``roster.plan_unknown``, or ``roster.plan_closed`` when it has been applied or superseded.
        """
        with self.units() as unit:
            unit.roster.lock()
            head = _waiting(unit, plan_id).head
            if head.state is PlanState.HELD:
                at = self.clock()
                unit.roster.decide(plan_id, PlanState.APPROVED, by=by, at=at)
                unit.audit.append(
                    [
                        AuditRecord(
                            at=at,
                            actor=by,
                            role=role,
                            channel="roster",
                            action="approve",
                            object_kind="roster_plan",
                            object_id=plan_id,
                            old={"state": PlanState.HELD.value},
                            new={"state": PlanState.APPROVED.value},
                            reason=reason,
                        )
                    ]
                )
            return _known(unit, plan_id).head

    def apply(self, plan_id: str, *, by: str, reason: str, role: str = "operator") -> PlanHead:
        """Carry out a proposed or approved plan: exactly what was shown, or nothing.

        Args:
            plan_id: id of the plan.
            by: who applies it.
            reason: why, for the audit.
            role: in which role; ``operator`` is somebody at the command line.

        Raises:
            GatewayError: ``roster.plan_unknown``; ``roster.plan_closed``: applied or superseded already;
                ``roster.plan_outdated``: a record it changes is no longer what the plan showed.
            RuleViolation: ``roster.plan_held``: the plan waits for an approval.
        """
        with self.units() as unit:
            unit.roster.lock()
            before = unit.roster.state()
            stored = _waiting(unit, plan_id)
            if stored.head.state is PlanState.HELD:
                raise _held(plan_id)
            if stale := outdated(before, stored.plan.changes):
                raise _outdated(plan_id, len(stale))
            at = self.clock()
            author = Author(actor=by, role=role, channel="roster", reason=reason)
            today = local_day(unit.roster.school(), at)
            carry_out(unit, stored, before, author=author, at=at, today=today)
            return _known(unit, plan_id).head


def _known(unit: RosterUnit, plan_id: str) -> StoredPlan:
    stored = unit.roster.plan(plan_id)
    if stored is None:
        raise GatewayError(
            "roster.plan_unknown",
            Text(ru=f"Плана состава «{plan_id}» нет.", en=f"There is no roster plan '{plan_id}'."),
        )
    return stored


def _waiting(unit: RosterUnit, plan_id: str) -> StoredPlan:
    stored = _known(unit, plan_id)
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
            ru=f"План состава «{plan_id}» задержан: он выводит больше записей, чем разрешено без решения человека.",
            en=f"Roster plan '{plan_id}' is held: it removes more records than may leave without a person's decision.",
        ),
        who=Party.DEPUTY,
        rule="R-ROST-01",
    )


def _outdated(plan_id: str, rows: int) -> GatewayError:
    return GatewayError(
        "roster.plan_outdated",
        Text(
            ru=f"План состава «{plan_id}» устарел: записей, изменившихся после его показа, — {rows}. Постройте новый.",
            en=f"Roster plan '{plan_id}' is out of date: {rows} record(s) changed after it was shown. Make a new plan.",
        ),
    )
