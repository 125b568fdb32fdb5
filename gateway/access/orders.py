"""The director's order behind an account: found, and done by making the account (R-ROLE-13, R-ROST-16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.errors import Party, RuleViolation, Text
from gateway.mapping.journal_plain import plain_from
from gateway.model.access import Role
from gateway.model.audit import AuditRecord
from gateway.model.batch import Batch
from gateway.model.duties import AccountOrder
from gateway.model.ids import SchoolId, StaffId
from gateway.model.journal_records import RecordKind, Stored, key_of, name_of
from gateway.model.permissions import duties_of
from gateway.model.rules.batch import check_batch
from gateway.ports.access import AccessUnit

_MOST_OF_ONE_PERSON = 100


def carry_out_order(unit: AccessUnit, school: SchoolId, staff: StaffId, role: Role, *, at: datetime, by: str) -> None:
    """Mark the director's order for a person's account as done, in the transaction that makes the account.

    A school that keeps no appointments here has not said who its director is: nothing is asked for. An order counts
    only if it passes every rule of the journal with its being done, so one that somebody else signed is none.

    Raises:
        RuleViolation: ``access.order_missing``: there is no open order of the director for this person and duty.
    """
    known = unit.journal.reference(Batch(school=school, sent_at=at))  # no batch may come in between
    if known is None or RecordKind.APPOINTMENTS not in known.kept:
        return
    done = tuple(replace(order, done_at=at) for order in _open_orders(unit, staff, role))
    batch = Batch(school=school, sent_at=at, account_orders=done)
    reference = unit.journal.reference(batch)
    sound = () if reference is None else check_batch(batch, reference, now=at).accepted.account_orders
    if reference is None or not sound:
        raise _order_missing()
    order = min(sound, key=lambda one: (one.ordered_at, one.id))
    held = reference.stored.of(RecordKind.ACCOUNT_ORDERS)[key_of(order)]
    unit.journal.put(RecordKind.ACCOUNT_ORDERS, [Stored(record=order, version=held.version + 1)])
    unit.audit.append(
        [
            AuditRecord(
                at=at,
                actor=by,
                role=Role.ADMINISTRATOR,
                channel="access",
                action="update",
                object_kind=RecordKind.ACCOUNT_ORDERS.one,
                object_id=name_of(key_of(order)),
                old=plain_from(held.record),
                new=plain_from(order),
            )
        ]
    )


def _open_orders(unit: AccessUnit, staff: StaffId, role: Role) -> list[AccountOrder]:
    """Return the orders for a person that are not done, to a duty that the role of the account is for."""
    kept = unit.records.page(
        RecordKind.ACCOUNT_ORDERS, after=None, limit=_MOST_OF_ONE_PERSON, where={"staff": str(staff)}
    )
    orders: list[AccountOrder] = [one.record for one in kept]
    return [order for order in orders if order.done_at is None and order.duty in duties_of(role)]


def _order_missing() -> RuleViolation:
    return RuleViolation(
        "access.order_missing",
        Text(
            ru="Нет распоряжения директора об учётной записи этого сотрудника с такой ролью: его даёт директор.",
            en="There is no order of the director for an account of this person in this role: the director gives it.",
        ),
        who=Party.DIRECTOR,
        rule="R-ROLE-13",
    )
