"""Carrying out a plan inside a transaction: rows, movement book, audit chain, the plan's own state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from gateway.model.audit import AuditRecord
from gateway.model.movement import movements
from gateway.model.roster import RosterState
from gateway.model.roster_plan import PlanState, StoredPlan
from gateway.ports.roster import RosterUnit


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """Who answers for a change, in which role, over which channel, and why."""

    actor: str
    role: str
    channel: str
    reason: str = ""


REGISTRY = Author(actor="registry", role="system", channel="roster")
"""Author of what flows without a person."""


def carry_out(
    unit: RosterUnit, stored: StoredPlan, before: RosterState, *, author: Author, at: datetime, today: date
) -> None:
    """Apply a stored plan to the state it was made for; ``today`` is the school's day."""
    changes = stored.plan.changes
    unit.roster.write(changes)
    unit.roster.enter(movements(before, changes, today=today), plan=stored.head.id, at=at)
    unit.audit.append(_audit_records(stored, author, at))
    unit.roster.decide(stored.head.id, PlanState.APPLIED, by=author.actor, at=at)


def _audit_records(stored: StoredPlan, author: Author, at: datetime) -> Iterator[AuditRecord]:
    """Yield one record a changed row (R-AUD-01), its reason naming the plan."""
    reason = f"{author.reason} [plan {stored.head.id}]".strip()
    for change in stored.plan.changes:
        for row in change.rows:
            yield AuditRecord(
                at=at,
                actor=author.actor,
                role=author.role,
                channel=author.channel,
                action=change.action,
                object_kind=row.kind,
                object_id="/".join(row.key),
                old=row.old,
                new=row.new,
                reason=reason,
            )
