"""Field locks: the school sets a value itself, or keeps the one there is, and no source writes over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from gateway.errors import GatewayError, Text
from gateway.model.audit import AuditRecord
from gateway.model.roster import Fields, Key, RecordKind, RosterState, Scalar, is_active
from gateway.model.roster_change import Change
from gateway.model.roster_field_names import field_called, fields_called
from gateway.model.roster_kind_names import ONE_NAMES
from gateway.model.roster_locks import FieldLock, field_value, may_be_locked, no_value
from gateway.model.roster_plan import PlanHead, PlanState, RosterPlan, StoredPlan
from gateway.model.roster_planning import edit
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.roster_links import MatchingUnit
from gateway.roster.author import Author
from gateway.roster.carry_out import carry_out
from gateway.roster.held_records import held_record
from gateway.roster.sync import local_day

SCHOOL_SOURCE = "school"
"""Name under which values that the school sets itself stand among the plans."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldLocks:
    """The locked fields of a school's roster."""

    units: Units[MatchingUnit]
    clock: Clock
    new_id: NewId

    def all(self) -> Sequence[FieldLock]:
        """Return the locks by kind, key and field."""
        with self.units() as unit:
            return unit.roster_locks.all()

    def lock(
        self,
        kind: RecordKind,
        key: Key,
        name: str,
        *,
        by: str,
        reason: str,
        value: str | None = None,
        role: str = "operator",
    ) -> FieldLock:
        """Lock a field of a record, with a new value or with the one it has.

        A new value is a plan of the school's own, carried out like any other: with the movement book, the accounts of
        leavers, the audit, and revertible.

        Args:
            kind: of the record.
            key: of the record.
            name: of the field.
            by: who locks it.
            reason: why, for the audit.
            value: the new value as a person writes it; the empty text is none; ``None`` keeps what is there.
            role: in which role; ``operator`` is somebody at the command line.

        Raises:
            GatewayError: ``roster.record_unknown``: there is no such record; ``roster.lock_field``: it has no such
                field, or the field says which record it is; ``roster.lock_value``: this is no value of the field.
        """
        author = Author(actor=by, role=role, channel="roster", reason=reason)
        with self.units() as unit:
            unit.roster.lock()
            before, at = unit.roster.state(), self.clock()
            held = _held(before, kind, key, name)
            if value is not None:
                today = local_day(unit.roster.school(), at)
                change = edit(kind, key, held, {name: _value(before, name, value, today)}, today)
                if change is not None:
                    self._carry_out(unit, before, change, author, at)
            lock = FieldLock(kind=kind, key=key, field=name, locked_at=at, locked_by=by, reason=reason)
            unit.roster_locks.put(lock)
            unit.audit.append([_audited("lock", lock, author, at)])
            return lock

    def unlock(self, kind: RecordKind, key: Key, name: str, *, by: str, reason: str, role: str = "operator") -> None:
        """Give a field free: the next sync may write it again.

        Raises:
            GatewayError: ``roster.lock_unknown``: the field is not locked.
        """
        author = Author(actor=by, role=role, channel="roster", reason=reason)
        with self.units() as unit:
            unit.roster.lock()
            at = self.clock()
            if not unit.roster_locks.remove(kind, key, name):
                told = field_called(name)
                raise GatewayError(
                    "roster.lock_unknown",
                    Text(
                        ru=f"Поле {told.ru} этой записи не закреплено.",
                        en=f"Field {told.en} of the record is not locked.",
                    ),
                )
            lock = FieldLock(kind=kind, key=key, field=name, locked_at=at, locked_by=by)
            unit.audit.append([_audited("unlock", lock, author, at)])

    def _carry_out(self, unit: MatchingUnit, before: RosterState, change: Change, author: Author, at: datetime) -> None:
        """Make the change as a plan of the school's own."""
        school = unit.roster.school()
        plan = RosterPlan(source=SCHOOL_SOURCE, school=school.id, changes=(change,))
        head = PlanHead(
            id=self.new_id(),
            source=SCHOOL_SOURCE,
            made_at=at,
            state=PlanState.PROPOSED,
            digest=plan.digest(),
            counts=plan.counts(),
            rejected=0,
        )
        stored = StoredPlan(head=head, plan=plan)
        unit.roster.keep(stored)
        carry_out(unit, stored, before, author=author, at=at, today=local_day(school, at))


def _held(before: RosterState, kind: RecordKind, key: Key, name: str) -> Fields:
    """Return a record that has a field that may be locked."""
    held = held_record(before, kind, key)
    if name not in held or not may_be_locked(name):
        told, free = field_called(name), fields_called(sorted(one for one in held if may_be_locked(one)))
        raise GatewayError(
            "roster.lock_field",
            Text(
                ru=f"Поле {told.ru} закрепить нельзя; у записи «{ONE_NAMES[kind].ru}» можно: {free.ru}.",
                en=f"Field {told.en} cannot be locked; of a {ONE_NAMES[kind].en} there are: {free.en}.",
            ),
        )
    return held


def _value(before: RosterState, name: str, text: str, today: date) -> Scalar:
    """Return the value that a person has written; a class teacher has to be a member of staff in force."""
    value = field_value(name, text)
    if name == "class_teacher" and value is not None:
        teacher = before.of(RecordKind.STAFF).get((str(value),))
        if teacher is None or not is_active(RecordKind.STAFF, teacher, today):
            raise no_value(name)
    return value


def _audited(action: str, lock: FieldLock, author: Author, at: datetime) -> AuditRecord:
    return AuditRecord(
        at=at,
        actor=author.actor,
        role=author.role,
        channel=author.channel,
        action=action,
        object_kind=lock.kind,
        object_id="/".join(lock.key),
        new={"field": lock.field},
        reason=author.reason,
    )
