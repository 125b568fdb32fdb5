"""The roster plan: the difference between what we hold and what a source says, as changes that a person can read.

Here is what a plan is and what may become of it; `roster_planning` makes it, `roster_hold` parts it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.errors import Rejected, Text
from gateway.model.ids import SchoolId
from gateway.model.roster import RecordKind
from gateway.model.roster_change import Action, Change, changes_to_json
from gateway.model.roster_kind_names import KIND_NAMES
from gateway.model.roster_ladder import Absence, Missing, Place
from gateway.model.roster_source import UNSEEN_DAYS
from gateway.model.roster_warning import PlanWarning


class HoldCause(StrEnum):
    """What about a plan has to be decided by a person."""

    REMOVALS = "removals"
    UPDATES = "updates"
    IDENTITY = "identity"
    REVERTED = "reverted"


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldReason:
    """Why changes wait for a person: more records of one kind would change than the threshold lets through."""

    kind: RecordKind
    changed: int
    in_force: int
    limit: int
    cause: HoldCause = HoldCause.REMOVALS

    @property
    def text(self) -> Text:
        """The reason in words."""
        return _REASONS[self.cause](self)


_REASONS: Mapping[HoldCause, Callable[[HoldReason], Text]] = {
    HoldCause.REMOVALS: lambda one: Text(
        ru=f"Из действующих записей «{KIND_NAMES[one.kind].ru}» ({one.in_force}) ушли бы {one.changed}; "
        f"без решения человека — ещё не более {one.limit} (считая ушедших за {UNSEEN_DAYS} дней).",
        en=f"Of the records '{KIND_NAMES[one.kind].en}' in force ({one.in_force}) {one.changed} would leave; without a "
        f"person's decision at most {one.limit} more (with those of the last {UNSEEN_DAYS} days).",
    ),
    HoldCause.UPDATES: lambda one: Text(
        ru=f"Источник переписывает сразу многих: из действующих записей «{KIND_NAMES[one.kind].ru}» ({one.in_force}) "
        f"изменились бы {one.changed}; без решения человека — не более {one.limit}.",
        en=f"The source rewrites very many at once: of the records '{KIND_NAMES[one.kind].en}' in force "
        f"({one.in_force}) {one.changed} would change; without a person's decision at most {one.limit}.",
    ),
    HoldCause.IDENTITY: lambda one: Text(
        ru=f"Под прежними идентификаторами, возможно, другие люди: записей «{KIND_NAMES[one.kind].ru}» — "
        f"{one.changed}.",
        en=f"There may be other people under the same ids: {one.changed} record(s) '{KIND_NAMES[one.kind].en}'.",
    ),
    HoldCause.REVERTED: lambda one: Text(
        ru=f"Источник снова предлагает то, что человек уже отменил или отклонил: записей "
        f"«{KIND_NAMES[one.kind].ru}» — {one.changed}.",
        en=f"The source proposes again what a person has taken back or refused: {one.changed} record(s) "
        f"'{KIND_NAMES[one.kind].en}'.",
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterPlan:
    """What a snapshot changes in a school's roster.

    Attributes:
        source: whose snapshot it was.
        school: whose roster it is.
        changes: what is done.
        rejected: records that were turned away.
        hold: why it waits for a person; empty for a plan that may be applied at once.
        doubts: why nothing was taken out of force.
        warnings: remarks for who looks at it.
        missing: records in force that the source no longer tells of, and what becomes of them.
        absences: the source's book of absences after this snapshot; not part of what is shown and stored.
        again: the records that it would change as a plan did that was taken back, and what hangs on them.
    """

    source: str
    school: SchoolId
    changes: tuple[Change, ...]
    rejected: tuple[Rejected, ...] = ()
    hold: tuple[HoldReason, ...] = ()
    doubts: tuple[Text, ...] = ()
    warnings: tuple[PlanWarning, ...] = ()
    missing: tuple[Missing, ...] = ()
    absences: tuple[Absence, ...] = field(default=(), repr=False, compare=False)
    again: frozenset[Place] = field(default=frozenset(), repr=False, compare=False)

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
    """Life of a stored plan: proposed or held → (approved) → applied (→ reverted).

    One that waits may be rejected by a person, expire, or be superseded by a newer one.
    """

    PROPOSED = "proposed"
    HELD = "held"
    APPROVED = "approved"
    APPLIED = "applied"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    EXPIRED = "expired"
    REVERTED = "reverted"


WAITING = frozenset({PlanState.PROPOSED, PlanState.HELD, PlanState.APPROVED})
"""States of a plan that has not been carried out and still may be."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanDecision:
    """What somebody decided about a plan: ``by`` is a login, or the name of the source that decided by itself."""

    state: PlanState
    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanHead:
    """What is known of a stored plan without its changes.

    ``decided_by`` and ``decided_at`` are those of the last decision; ``decisions`` are all of them, the oldest first.
    """

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
    decisions: tuple[PlanDecision, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredPlan:
    """A plan as it was shown, and what became of it."""

    head: PlanHead
    plan: RosterPlan = field(repr=False)
