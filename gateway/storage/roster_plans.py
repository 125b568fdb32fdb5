"""Stored roster plans: exactly what was shown, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from gateway.errors import Fault, Party, Rejected, Text
from gateway.model.ids import SchoolId
from gateway.model.roster import RecordKind
from gateway.model.roster_change import changes_from_json, changes_to_json
from gateway.model.roster_plan import HoldReason, PlanHead, PlanState, RosterPlan, StoredPlan
from gateway.storage.tables.people import roster_plan

_HEAD = [column for column in roster_plan.columns if column.name not in {"changes", "rejected"}]


class SqlRosterPlans:
    """The plans of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def keep(self, stored: StoredPlan) -> None:
        """Keep a new plan."""
        head = stored.head
        self._connection.execute(
            insert(roster_plan).values(
                school_id=self._school,
                id=head.id,
                source=head.source,
                made_at=head.made_at,
                state=head.state,
                decided_at=head.decided_at,
                decided_by=head.decided_by,
                content_digest=head.digest,
                counts={"changes": head.counts, "rejected": head.rejected},
                changes=changes_to_json(stored.plan.changes),
                rejected=[_rejected_json(one) for one in stored.plan.rejected],
                hold_reasons=[_reason_json(reason) for reason in head.hold],
                doubts=[_text_json(doubt) for doubt in head.doubts],
            )
        )

    def decide(self, plan: str, state: PlanState, *, by: str, at: datetime) -> None:
        """Record what became of a plan."""
        self._connection.execute(
            update(roster_plan)
            .where(roster_plan.c.school_id == self._school, roster_plan.c.id == plan)
            .values(state=state, decided_at=at, decided_by=by)
        )

    def get(self, plan: str) -> StoredPlan | None:
        """Return a stored plan with its changes."""
        statement = select(roster_plan).where(roster_plan.c.school_id == self._school, roster_plan.c.id == plan)
        row = self._connection.execute(statement).mappings().first()
        return _stored(row) if row else None

    def newest(self, *, states: Collection[PlanState] | None, limit: int) -> Sequence[PlanHead]:
        """Return the newest plans, newest first; only those in the given states."""
        statement = (
            select(*_HEAD)
            .where(roster_plan.c.school_id == self._school)
            .order_by(roster_plan.c.made_at.desc(), roster_plan.c.id)
            .limit(limit)
        )
        if states is not None:
            statement = statement.where(roster_plan.c.state.in_(states))
        return [_head(row) for row in self._connection.execute(statement).mappings()]

    def last_rejected(self, source: str) -> tuple[Rejected, ...]:
        """Return the records that were turned away when the newest plan of a source was made."""
        statement = (
            select(roster_plan.c.rejected)
            .where(roster_plan.c.school_id == self._school, roster_plan.c.source == source)
            .order_by(roster_plan.c.made_at.desc(), roster_plan.c.id)
            .limit(1)
        )
        row = self._connection.execute(statement).first()
        return tuple(_rejected(item) for item in row.rejected) if row else ()


def _head(row: RowMapping) -> PlanHead:
    return PlanHead(
        id=row["id"],
        source=row["source"],
        made_at=row["made_at"],
        state=PlanState(row["state"]),
        digest=row["content_digest"],
        counts=row["counts"]["changes"],
        rejected=row["counts"]["rejected"],
        hold=tuple(_reason(item) for item in row["hold_reasons"]),
        doubts=tuple(Text(**item) for item in row["doubts"]),
        decided_at=row["decided_at"],
        decided_by=row["decided_by"],
    )


def _stored(row: RowMapping) -> StoredPlan:
    head = _head(row)
    return StoredPlan(
        head=head,
        plan=RosterPlan(
            source=head.source,
            school=SchoolId(row["school_id"]),
            changes=changes_from_json(row["changes"]),
            rejected=tuple(_rejected(item) for item in row["rejected"]),
            hold=head.hold,
            doubts=head.doubts,
        ),
    )


def _reason_json(reason: HoldReason) -> dict[str, Any]:
    return {
        "kind": reason.kind.value,
        "removed": reason.removed,
        "in_force": reason.in_force,
        "limit": reason.limit,
    }


def _reason(item: Mapping[str, Any]) -> HoldReason:
    return HoldReason(
        kind=RecordKind(item["kind"]), removed=item["removed"], in_force=item["in_force"], limit=item["limit"]
    )


def _rejected_json(rejected: Rejected) -> dict[str, Any]:
    return {
        "record": rejected.record,
        "kind": rejected.kind,
        "faults": [_fault_json(fault) for fault in rejected.faults],
        "raw": rejected.raw,
    }


def _rejected(item: Mapping[str, Any]) -> Rejected:
    return Rejected(
        record=item["record"],
        kind=item["kind"],
        faults=tuple(_fault(fault) for fault in item["faults"]),
        raw=item["raw"],
    )


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {
        "code": fault.code,
        "text": _text_json(fault.text),
        "path": fault.path,
        "line": fault.line,
        "record": fault.record,
        "field": fault.field,
        "rule": fault.rule,
        "who": fault.who.value,
    }


def _fault(item: Mapping[str, Any]) -> Fault:
    return Fault(**{**item, "text": Text(**item["text"]), "who": Party(item["who"])})


def _text_json(text: Text) -> dict[str, str]:
    return {"ru": text.ru, "en": text.en}
