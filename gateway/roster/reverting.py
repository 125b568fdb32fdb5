"""Taking back what an applied plan did: one transaction, exactly the old values, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.errors import DocumentError, Fault, GatewayError, Party, Text
from gateway.model.access import ConsoleUser
from gateway.model.audit import AuditRecord
from gateway.model.ids import StaffId
from gateway.model.movement_book import BookEntry, uncancelled
from gateway.model.person_merge import naming
from gateway.model.roster import RecordKind, RosterState
from gateway.model.roster_change import Action, Change, RowChange
from gateway.model.roster_ladder import Place
from gateway.model.roster_locks import locked
from gateway.model.roster_plan import PlanHead, PlanState, StoredPlan
from gateway.model.roster_revert import Revert, created, revert, reverted, touched_since, written_again
from gateway.ports.frame import Clock, Units
from gateway.ports.roster import RosterUnit
from gateway.ports.roster_links import MatchingUnit
from gateway.roster.author import Author
from gateway.roster.carry_out import close_accounts
from gateway.roster.decisions import known_plan
from gateway.roster.dependents import refuse_occupied
from gateway.roster.persons import identify_reverted
from gateway.roster.sync import local_day
from gateway.roster.year_plans import refuse_year_plan

_LOOKED_BACK = 10_000
"""Applied plans among which later ones are looked for."""

_LISTED = 200
"""Records that a refusal names; the rest is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reverted:
    """What a revert did, or would do.

    Attributes:
        head: the plan, as it is now.
        how: the rows that got their old values, were removed, or were put out of force since something refers to them.
        cancelled: entries of the movement book that have a counter-entry now.
        still_closed: logins of accounts that the plan closed; a revert opens none, a person does (R-ROLE-26).
    """

    head: PlanHead
    how: Revert
    cancelled: int
    still_closed: tuple[str, ...]

    def summary(self) -> dict[str, object]:
        """Return counts and ids, without personal data."""
        return {
            "plan": self.head.id,
            "state": self.head.state.value,
            "restored": len(self.how.restored),
            "removed": len(self.how.removed),
            "withdrawn": [f"{row.kind}/{'/'.join(row.key)}" for row in self.how.withdrawn],
            "movements_cancelled": self.cancelled,
            "accounts_still_closed": list(self.still_closed),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterReverting:
    """Takes applied plans of a school back; ``check`` raises for one that may not be."""

    units: Units[MatchingUnit]
    clock: Clock
    check: Callable[[RosterUnit, PlanHead], None] = refuse_year_plan

    def preview(self, plan_id: str) -> Reverted:
        """Return what a revert would do, and do nothing.

        Raises:
            GatewayError: ``roster.plan_unknown``, ``roster.plan_not_applied``.
            DocumentError: ``roster.revert_refused``: later changes touched the same fields; its faults name them.
        """
        with self.units() as unit:
            stored, _, how = _look(unit, plan_id, self.check, self.clock())
            return Reverted(
                head=stored.head,
                how=how,
                cancelled=len(uncancelled(unit.roster.book(plan_id))),
                still_closed=_still_closed(unit, stored.plan.changes),
            )

    def run(self, plan_id: str, *, by: str, reason: str, role: str = "operator") -> Reverted:
        """Take a plan back. Its movements are cancelled by counter-entries, nothing of the book is changed.

        Args:
            plan_id: id of the plan.
            by: who decides.
            reason: why, for the audit.
            role: in which role.

        Raises:
            GatewayError: ``roster.plan_unknown``, ``roster.plan_not_applied``.
            DocumentError: ``roster.revert_refused``: later changes touched the same fields, or people have since locked
                them or made the record one with another; its faults name them, and nothing has changed.
                ``roster.class_occupied``: a class that it would close has pupils of whom the plan does not know.
        """
        with self.units() as unit:
            unit.roster.lock()
            at = self.clock()
            stored, before, how = _look(unit, plan_id, self.check, at)
            author = Author(actor=by, role=role, channel="roster", reason=reason)
            unit.roster.take_back(how)
            identify_reverted(unit, before, how, author=author, at=at)
            standing = uncancelled(unit.roster.book(plan_id))
            unit.roster.cancel(standing, plan=plan_id, at=at)
            unit.audit.append(_audit_records(_audit_of(stored, author, at), before, how, standing))
            still_closed = _still_closed(unit, stored.plan.changes)
            close_accounts(unit, _gone_staff(how), stored, author, at)
            unit.roster.decide(plan_id, PlanState.REVERTED, by=by, at=at, reason=reason)
            return Reverted(
                head=known_plan(unit, plan_id).head, how=how, cancelled=len(standing), still_closed=still_closed
            )


def _look(
    unit: MatchingUnit, plan_id: str, check: Callable[[RosterUnit, PlanHead], None], at: datetime
) -> tuple[StoredPlan, RosterState, Revert]:
    stored = known_plan(unit, plan_id)
    if stored.head.state is not PlanState.APPLIED:
        raise _not_applied(stored.head)
    check(unit, stored.head)
    state, changes = unit.roster.state(), stored.plan.changes
    today = local_day(unit.roster.school(), at)
    if touched := {**_claimed_since(unit, stored), **_by_place(touched_since(changes, state))}:
        raise _refused(plan_id, touched.values())
    how = revert(changes, state, referred=unit.roster.referred(created(changes)))
    refuse_occupied(plan_id, reverted(state, how), how.written, today)
    return stored, state, how


def _claimed_since(unit: MatchingUnit, stored: StoredPlan) -> dict[Place, RowChange]:
    """Return the rows that later plans wrote too, fields that were locked since, records that were made one since."""
    since, changes = stored.head.decided_at or stored.head.made_at, stored.plan.changes
    locks = [one for one in unit.roster_locks.all() if one.locked_at > since]
    merges = (one for one in unit.roster_merges.all() if one.merged_at >= since)
    return _by_place((*written_again(changes, _later(unit, since)), *locked(changes, locks), *naming(changes, merges)))


def _later(unit: MatchingUnit, since: datetime) -> Iterator[Change]:
    for head in unit.roster.plans(states={PlanState.APPLIED}, limit=_LOOKED_BACK):
        stored = unit.roster.plan(head.id) if head.decided_at is not None and head.decided_at > since else None
        if stored is not None:
            yield from stored.plan.changes


def _by_place(rows: Iterable[RowChange]) -> dict[Place, RowChange]:
    return {(row.kind, row.key): row for row in rows}


def _still_closed(unit: RosterUnit, changes: Iterable[Change]) -> tuple[str, ...]:
    left = {
        StaffId(change.key[0])
        for change in changes
        if change.kind is RecordKind.STAFF and change.action is Action.DEACTIVATE
    }
    return tuple(one.login for one in _accounts_of(unit, left) if one.disabled)


def _accounts_of(unit: RosterUnit, staff: Collection[StaffId]) -> Iterator[ConsoleUser]:
    return (one for one in unit.access.users() if one.staff in staff)


def _gone_staff(how: Revert) -> set[StaffId]:
    """Return the staff that a revert takes out of service: those whom the plan had brought in or back."""
    withdrawn = {StaffId(row.key[0]) for row in (*how.removed, *how.withdrawn) if row.kind is RecordKind.STAFF}
    return withdrawn | {
        StaffId(row.key[0])
        for row in how.restored
        if row.kind is RecordKind.STAFF and row.new.get("status", "active") != "active"
    }


def _audit_of(stored: StoredPlan, author: Author, at: datetime) -> AuditRecord:
    return AuditRecord(
        at=at,
        actor=author.actor,
        role=author.role,
        channel=author.channel,
        action="revert",
        object_kind="roster_plan",
        object_id=stored.head.id,
        old={"state": PlanState.APPLIED.value},
        new={"state": PlanState.REVERTED.value},
        reason=f"{author.reason} [plan {stored.head.id}]".strip(),
    )


def _audit_records(
    template: AuditRecord, before: RosterState, how: Revert, cancelled: Iterable[BookEntry]
) -> Iterator[AuditRecord]:
    """Yield one record a row, one a cancelled movement, and the one of the plan itself."""
    for row in how.written:
        yield replace(template, object_kind=row.kind, object_id="/".join(row.key), old=row.old, new=row.new)
    for row in how.removed:
        held = before.of(row.kind)[row.key]
        yield replace(template, object_kind=row.kind, object_id="/".join(row.key), old=held, new=None)
    for entry in cancelled:
        yield replace(
            template, object_kind="movement", object_id=entry.id, old={"kind": entry.movement.kind.value}, new=None
        )
    yield template


def _not_applied(head: PlanHead) -> GatewayError:
    return GatewayError(
        "roster.plan_not_applied",
        Text(
            ru=f"План состава «{head.id}» не применён (состояние «{head.state}»): отменять нечего.",
            en=f"Roster plan '{head.id}' is not applied (state '{head.state}'): there is nothing to take back.",
        ),
    )


def _refused(plan_id: str, touched: Collection[RowChange]) -> DocumentError:
    return DocumentError(
        "roster.revert_refused",
        Text(
            ru=f"План состава «{plan_id}» нельзя отменить: записей, изменённых после него, — {len(touched)}. "
            "Сначала отмените более поздние изменения.",
            en=f"Roster plan '{plan_id}' cannot be taken back: {len(touched)} record(s) were changed after it. "
            "Take the later changes back first.",
        ),
        faults=tuple(_touched_fault(row) for row in list(touched)[:_LISTED]),
        who=Party.COORDINATOR,
    )


def _touched_fault(row: RowChange) -> Fault:
    return Fault(
        code="roster.changed_since",
        text=Text(
            ru="После плана запись изменена в тех же полях, закреплена или объединена с другой.",
            en="The record was changed after the plan in the same fields, locked, or made one with another.",
        ),
        record=f"{row.kind}/{'/'.join(row.key)}",
        field=", ".join(sorted(row.new)) if row.old is not None else None,
        who=Party.COORDINATOR,
    )
