"""Carrying out a plan in a transaction: rows, movement book, accounts of leavers, audit chain, the plan's state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime

from gateway.model.audit import AuditRecord
from gateway.model.ids import StaffId
from gateway.model.movement import Movement, movements
from gateway.model.roster import RecordKind, RosterState
from gateway.model.roster_change import Action
from gateway.model.roster_link import links_of_created
from gateway.model.roster_plan import PlanState, StoredPlan
from gateway.ports.roster import RosterUnit
from gateway.ports.roster_links import MatchingUnit
from gateway.roster.author import Author
from gateway.roster.persons import identify_changed


def carry_out(
    unit: MatchingUnit,
    stored: StoredPlan,
    before: RosterState,
    *,
    author: Author,
    at: datetime,
    today: date,
    entries: Iterable[Movement] | None = None,
) -> None:
    """Apply a stored plan to the state it was made for; ``today`` is the school's day.

    ``entries`` of the movement book are made from the changes where they are not given.
    """
    changes = stored.plan.changes
    unit.roster.write(changes)
    moved = movements(before, changes, today=today) if entries is None else entries
    unit.roster.enter(moved, plan=stored.head.id, at=at)
    unit.audit.append(_audit_records(stored, author, at))
    unit.roster_links.put(links_of_created(stored.plan.source, changes, at=at))
    identify_changed(unit, before, changes, author=author, at=at)
    close_accounts(unit, _leavers(stored), stored, author, at)
    unit.roster.decide(stored.head.id, PlanState.APPLIED, by=author.actor, at=at, reason=author.reason)


def close_accounts(
    unit: RosterUnit, leavers: Collection[StaffId], stored: StoredPlan, author: Author, at: datetime
) -> None:
    """Take the account from whoever leaves the staff (R-ROLE-26); coming back opens none, a person does."""
    if not leavers:
        return
    unit.audit.append(
        AuditRecord(
            at=at,
            actor=author.actor,
            role=author.role,
            channel=author.channel,
            action="user.disabled",
            object_kind="console_user",
            object_id=account.login,
            old=account.described(),
            new=replace(account, disabled=True).described(),
            reason=_reason(stored, author),
        )
        for account in unit.access.close_of(leavers, at=at)
    )


def _leavers(stored: StoredPlan) -> set[StaffId]:
    return {
        StaffId(change.key[0])
        for change in stored.plan.changes
        if change.action is Action.DEACTIVATE and change.kind is RecordKind.STAFF
    }


def _reason(stored: StoredPlan, author: Author) -> str:
    return f"{author.reason} [plan {stored.head.id}]".strip()


def _audit_records(stored: StoredPlan, author: Author, at: datetime) -> Iterator[AuditRecord]:
    """Yield one record a changed row (R-AUD-01), its reason naming the plan."""
    reason = _reason(stored, author)
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
