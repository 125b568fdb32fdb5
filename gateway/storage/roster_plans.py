"""Stored roster plans: exactly what was shown, and what became of it."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Column, Connection, RowMapping, select, update

from gateway.errors import Rejected, Text
from gateway.model.ids import SchoolId
from gateway.model.roster import RecordKind
from gateway.model.roster_change import ENDING, Change, changes_from_json, changes_to_json
from gateway.model.roster_ladder import Place, missing_from_json, missing_to_json
from gateway.model.roster_plan import HoldCause, HoldReason, PlanDecision, PlanHead, PlanState, RosterPlan, StoredPlan
from gateway.model.roster_quarantine import without_raw
from gateway.model.roster_warning import PlanWarning, warnings_from_json, warnings_to_json
from gateway.storage.bulk import add_long_row
from gateway.storage.roster_quarantine import fault_json, fault_of
from gateway.storage.tables.people import roster_plan

_HEAD = [column for column in roster_plan.columns if column.name not in {"changes", "rejected", "warnings", "missing"}]

_PORTION = 1000
"""Changes written at once."""

_written = json.JSONEncoder(ensure_ascii=False).encode

_LOOKED_BACK = 1000
"""Newest plans among which the reverted and rejected ones are looked for."""


class SqlRosterPlans:
    """The plans of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def keep(self, stored: StoredPlan) -> None:
        """Keep a new plan."""
        head = stored.head
        row = {
            "school_id": self._school,
            "id": head.id,
            "source": head.source,
            "made_at": head.made_at,
            "state": head.state,
            "decided_at": head.decided_at,
            "decided_by": head.decided_by,
            "decisions": [_decision_json(one) for one in head.decisions],
            "content_digest": head.digest,
            "counts": {"changes": head.counts, "rejected": head.rejected},
            "rejected": [_rejected_json(one) for one in without_raw(stored.plan.rejected)],
            "hold_reasons": [_reason_json(reason) for reason in head.hold],
            "doubts": [_text_json(doubt) for doubt in head.doubts],
            "warnings": warnings_to_json(stored.plan.warnings),
            "missing": missing_to_json(stored.plan.missing),
        }
        add_long_row(self._connection, roster_plan, row, column="changes", pieces=_changes_text(stored.plan.changes))

    def decide(self, plan: str, state: PlanState, *, by: str, at: datetime, reason: str = "") -> None:
        """Record what became of a plan; earlier decisions stay beside it."""
        its = (roster_plan.c.school_id == self._school) & (roster_plan.c.id == plan)
        earlier = self._connection.execute(select(roster_plan.c.decisions).where(its)).scalar() or []
        decision = PlanDecision(state=state, by=by, at=at, reason=reason)
        self._connection.execute(
            update(roster_plan)
            .where(its)
            .values(state=state, decided_at=at, decided_by=by, decisions=[*earlier, _decision_json(decision)])
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
        return tuple(_rejected(item) for item in self._of_newest(source, roster_plan.c.rejected))

    def taken_back(self, source: str) -> tuple[Change, ...]:
        """Return the changes of a source's plans that a person reverted or rejected, but for those agreed to since."""
        closed = self.newest(states={PlanState.APPLIED, PlanState.REVERTED, PlanState.REJECTED}, limit=_LOOKED_BACK)
        theirs = sorted(
            (head for head in closed if head.source == source and head.decided_at is not None),
            key=lambda head: (head.decided_at or head.made_at, head.id),
        )
        refused: dict[Place, list[Change]] = defaultdict(list)
        for head in theirs:
            if head.state is PlanState.APPLIED and not _is_agreed(head):
                continue
            stored = self.get(head.id)
            for change in stored.plan.changes if stored is not None else ():
                if head.state is PlanState.APPLIED:
                    refused.pop((change.kind, change.key), None)
                else:
                    refused[change.kind, change.key].append(change)
        return tuple(chain.from_iterable(refused.values()))

    def left_unseen(self, source: str, *, since: datetime) -> Mapping[RecordKind, int]:
        """Return how many records of each kind a source has let leave since a moment without a person's decision."""
        statement = select(roster_plan.c.counts).where(
            roster_plan.c.school_id == self._school,
            roster_plan.c.source == source,
            roster_plan.c.state == PlanState.APPLIED,
            roster_plan.c.decided_by == source,
            roster_plan.c.decided_at >= since,
        )
        left: Counter[RecordKind] = Counter()
        for counts in self._connection.execute(statement).scalars():
            for kind, by_action in counts["changes"].items():
                left[RecordKind(kind)] += sum(by_action.get(action, 0) for action in ENDING)
        return left

    def last_warnings(self, source: str) -> tuple[PlanWarning, ...]:
        """Return the remarks of the newest plan of a source."""
        return warnings_from_json(self._of_newest(source, roster_plan.c.warnings))

    def _of_newest(self, source: str, column: Column[Any]) -> Sequence[Mapping[str, Any]]:
        statement = (
            select(column)
            .where(roster_plan.c.school_id == self._school, roster_plan.c.source == source)
            .order_by(roster_plan.c.made_at.desc(), roster_plan.c.id)
            .limit(1)
        )
        return self._connection.execute(statement).scalar() or []


def _changes_text(changes: Sequence[Change]) -> Iterator[str]:
    """Yield the JSON text of changes, a portion of them at a time."""
    for first in range(0, max(len(changes), 1), _PORTION):
        text = _written(changes_to_json(changes[first : first + _PORTION]))[1:-1]
        yield f"{'' if first else '['}{text}{',' if first + _PORTION < len(changes) else ']'}"


def _is_agreed(head: PlanHead) -> bool:
    """Tell whether somebody carried out what had been taken back before."""
    return head.state is PlanState.APPLIED and any(reason.cause is HoldCause.REVERTED for reason in head.hold)


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
        decisions=tuple(_decision(item) for item in row["decisions"]),
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
            warnings=warnings_from_json(row["warnings"]),
            missing=missing_from_json(row["missing"]),
        ),
    )


def _decision_json(decision: PlanDecision) -> dict[str, Any]:
    return {
        "state": decision.state.value,
        "by": decision.by,
        "at": decision.at.isoformat(),
        "reason": decision.reason,
    }


def _decision(item: Mapping[str, Any]) -> PlanDecision:
    return PlanDecision(
        state=PlanState(item["state"]),
        by=item["by"],
        at=datetime.fromisoformat(item["at"]),
        reason=item["reason"],
    )


def _reason_json(reason: HoldReason) -> dict[str, Any]:
    return {
        "kind": reason.kind.value,
        "cause": reason.cause.value,
        "changed": reason.changed,
        "in_force": reason.in_force,
        "limit": reason.limit,
    }


def _reason(item: Mapping[str, Any]) -> HoldReason:
    """Return a reason; those of plans before there were several causes name the records that would leave."""
    return HoldReason(
        kind=RecordKind(item["kind"]),
        cause=HoldCause(item.get("cause", HoldCause.REMOVALS)),
        changed=item["changed"] if "changed" in item else item["removed"],
        in_force=item["in_force"],
        limit=item["limit"],
    )


def _rejected_json(rejected: Rejected) -> dict[str, Any]:
    """Return a rejected record as JSON; its raw form is in quarantine, sealed."""
    return {
        "record": rejected.record,
        "kind": rejected.kind,
        "faults": [fault_json(fault) for fault in rejected.faults],
    }


def _rejected(item: Mapping[str, Any]) -> Rejected:
    return Rejected(
        record=item["record"], kind=item["kind"], faults=tuple(fault_of(fault) for fault in item["faults"]), raw=""
    )


def _text_json(text: Text) -> dict[str, str]:
    return {"ru": text.ru, "en": text.en}
