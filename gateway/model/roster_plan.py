"""The roster plan: the difference between what we hold and what a source says, as changes that a person can read.

Laws (R-ROST-01, -05, -06, -20; DESIGN part 5), held by ``tests/property/test_roster_plan_laws.py``:

* planning against what is already held changes nothing;
* applying a plan of a complete snapshot leaves in force exactly what the snapshot says;
* nothing is taken out of force unless the snapshot is proved complete, and never a record that a rejected one may stand
  for;
* more removals of one kind than the threshold hold *all* removals of the plan for a person (a pupil, the guardianships
  and the enrolment leave together or not at all); everything else flows.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from gateway.errors import Rejected, Text
from gateway.model.ids import SchoolId
from gateway.model.roster import (
    Fields,
    Key,
    RecordKind,
    RosterSnapshot,
    RosterState,
    Rows,
    active_rows,
    is_active,
    is_protected,
    put_out_of_force,
    snapshot_rows,
)
from gateway.model.roster_change import Action, Change, RowChange, changes_to_json
from gateway.model.roster_moves import Move, moves
from gateway.model.roster_source import Thresholds

DEFAULT_THRESHOLDS = Thresholds()


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldReason:
    """Why the removals wait for a person: more of one kind would leave than the threshold lets through."""

    kind: RecordKind
    removed: int
    in_force: int
    limit: int

    @property
    def text(self) -> Text:
        """The reason in words."""
        return Text(
            ru=f"Из действующих записей «{self.kind}» ({self.in_force}) ушли бы {self.removed}; без решения человека — "
            f"не более {self.limit}.",
            en=f"Of the records '{self.kind}' in force ({self.in_force}) {self.removed} would leave; without a "
            f"person's decision at most {self.limit}.",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterPlan:
    """What a snapshot changes in a school's roster.

    ``hold`` is empty for a plan that may be applied at once; ``doubts`` say why nothing was taken out of force.
    """

    source: str
    school: SchoolId
    changes: tuple[Change, ...]
    rejected: tuple[Rejected, ...] = ()
    hold: tuple[HoldReason, ...] = ()
    doubts: tuple[Text, ...] = ()

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many changes there are, by record kind and action."""
        counted: dict[str, dict[str, int]] = {}
        for (kind, action), number in sorted(Counter((one.kind, one.action) for one in self.changes).items()):
            counted.setdefault(kind.value, {})[action.value] = number
        return counted

    def digest(self) -> str:
        """Return the SHA-256 (hex) by which a later plan of the same doing is recognised.

        It covers every change but for what removals write: they are dated by the day of the plan, and a removal that
        waits for a person shall not become another one at midnight.
        """
        content = changes_to_json(self.changes)
        for item in content:
            if item["action"] == Action.DEACTIVATE:
                item["rows"] = [{**row, "new": None} for row in item["rows"]]
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class PlanState(StrEnum):
    """Life of a stored plan: proposed or held → (approved) → applied; a newer plan supersedes one that waits."""

    PROPOSED = "proposed"
    HELD = "held"
    APPROVED = "approved"
    APPLIED = "applied"
    SUPERSEDED = "superseded"


WAITING = frozenset({PlanState.PROPOSED, PlanState.HELD, PlanState.APPROVED})
"""States of a plan that has not been carried out and still may be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanHead:
    """What is known of a stored plan without its changes. ``decided_by`` is who applied, approved or superseded it."""

    id: str
    source: str
    made_at: datetime
    state: PlanState
    digest: str
    counts: Mapping[str, Mapping[str, int]]
    rejected: int
    hold: tuple[HoldReason, ...] = ()
    doubts: tuple[Text, ...] = ()
    decided_at: datetime | None = None
    decided_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPlan:
    """A plan as it was shown, and what became of it."""

    head: PlanHead
    plan: RosterPlan = field(repr=False)


def plan(
    current: RosterState, snapshot: RosterSnapshot, *, today: date, thresholds: Thresholds = DEFAULT_THRESHOLDS
) -> RosterPlan:
    """Return what has to change for ``current`` to say what the snapshot says, as of the school's ``today``."""
    wanted = dict(snapshot_rows(snapshot))
    moved = moves(current, wanted[RecordKind.ENROLLMENT], today)
    wanted[RecordKind.ENROLLMENT] = {**wanted[RecordKind.ENROLLMENT], **_left_classes(current, moved)}
    changes = tuple(_stated(current, wanted, moved, today))
    if snapshot.complete:
        changes += tuple(_absences(current, wanted, snapshot, today))
    else:
        changes = tuple(change for change in changes if change.action is not Action.DEACTIVATE)
    return RosterPlan(
        source=snapshot.source,
        school=snapshot.school,
        changes=changes,
        rejected=snapshot.rejected,
        hold=_hold_reasons(current, changes, today, thresholds),
        doubts=snapshot.doubts,
    )


def split(whole: RosterPlan) -> tuple[RosterPlan, RosterPlan | None]:
    """Cut a plan into what flows now and what waits for a person (``None`` if nothing does).

    Both parts tell what was rejected and doubted: who decides on the removals has to know.
    """
    if not whole.hold:
        return whole, None
    leaving = tuple(change for change in whole.changes if change.action is Action.DEACTIVATE)
    staying = tuple(change for change in whole.changes if change.action is not Action.DEACTIVATE)
    return replace(whole, changes=staying, hold=()), replace(whole, changes=leaving)


def _left_classes(current: RosterState, moved: Iterable[Move]) -> dict[Key, Fields]:
    """Return the enrolments that end because the pupil's next one begins and the source does not say when they end."""
    held = current.of(RecordKind.ENROLLMENT)
    return {
        key: put_out_of_force(RecordKind.ENROLLMENT, held[key], move.since) for move in moved for key in move.unstated
    }


def _stated(current: RosterState, wanted: Rows, moved: Iterable[Move], today: date) -> Iterator[Change]:
    """Yield the changes that the snapshot's own records call for."""
    rows = {
        (kind, key): row
        for kind in RecordKind
        for key, fields in wanted[kind].items()
        if (row := _row_change(kind, key, current.of(kind).get(key), fields)) is not None
    }
    for move in moved:
        taken = [rows.pop((RecordKind.ENROLLMENT, key), None) for key in (move.opening, *move.closing)]
        yield Change(action=move.action, rows=tuple(row for row in taken if row is not None))
    for (kind, key), row in rows.items():
        action = _action(kind, current.of(kind).get(key), wanted[kind][key], today)
        yield Change(action=action, rows=(row,))


def _row_change(kind: RecordKind, key: Key, held: Fields | None, fields: Fields) -> RowChange | None:
    if held is None:
        return RowChange(kind=kind, key=key, old=None, new=fields)
    differing = [name for name, value in fields.items() if held[name] != value]
    if not differing:
        return None
    return RowChange(
        kind=kind,
        key=key,
        old={name: held[name] for name in differing},
        new={name: fields[name] for name in differing},
    )


def _action(kind: RecordKind, held: Fields | None, fields: Fields, today: date) -> Action:
    if held is None:
        return Action.CREATE
    match is_active(kind, held, today), is_active(kind, fields, today):
        case True, False:
            return Action.DEACTIVATE
        case False, True:
            return Action.REACTIVATE
        case _:
            return Action.UPDATE


def _absences(current: RosterState, wanted: Rows, snapshot: RosterSnapshot, today: date) -> Iterator[Change]:
    """Yield a removal for every record in force that a complete snapshot does not have."""
    for kind, active in active_rows(current.rows, today).items():
        for key, held in active.items():
            if key in wanted[kind] or is_protected(kind, key, snapshot.protected) or _runs_out(kind, held, wanted):
                continue
            row = _row_change(kind, key, held, put_out_of_force(kind, held, today))
            if row is not None:
                yield Change(action=Action.DEACTIVATE, rows=(row,))


def _runs_out(kind: RecordKind, held: Fields, wanted: Rows) -> bool:
    """Tell whether a pupil merely finishes the last days in a class before the next enrolment begins."""
    if kind is not RecordKind.ENROLLMENT or held["valid_to"] is None:
        return False
    return any(
        fields["pupil"] == held["pupil"] and str(fields["valid_from"]) > str(held["valid_to"])
        for fields in wanted[kind].values()
    )


def _hold_reasons(
    current: RosterState, changes: Iterable[Change], today: date, thresholds: Thresholds
) -> tuple[HoldReason, ...]:
    removed = Counter(change.kind for change in changes if change.action is Action.DEACTIVATE)
    in_force = {kind: len(rows) for kind, rows in active_rows(current.rows, today).items()}
    return tuple(
        HoldReason(kind=kind, removed=removed[kind], in_force=in_force[kind], limit=thresholds.limit(in_force[kind]))
        for kind in RecordKind
        if removed[kind] > thresholds.limit(in_force[kind])
    )
