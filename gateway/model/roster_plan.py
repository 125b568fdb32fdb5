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
from gateway.model.roster_change import Action, Change, change_to_json
from gateway.model.roster_kind_names import KIND_NAMES
from gateway.model.roster_ladder import Absence, Missing, Place
from gateway.model.roster_source import UNSEEN_DAYS
from gateway.model.roster_warning import PlanWarning

_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class HoldCause(StrEnum):
    """What about a plan has to be decided by a person."""

    REMOVALS = "removals"
    UPDATES = "updates"
    NAMES = "names"
    CREATIONS = "creations"
    ACCESS = "access"
    SIMILAR = "similar"
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
    HoldCause.NAMES: lambda one: Text(
        ru=f"Источник меняет имена, даты рождения или номера (СНИЛС, учётная запись) сразу у многих: из действующих "
        f"записей «{KIND_NAMES[one.kind].ru}» ({one.in_force}) — у {one.changed}; без решения человека — не более чем "
        f"у {one.limit}. Сверьте несколько записей с документами: похоже на чужой список или сдвинутые столбцы.",
        en=f"The source changes names, birth dates or numbers (СНИЛС, account) of many at once: of the records "
        f"'{KIND_NAMES[one.kind].en}' in force ({one.in_force}) {one.changed}; without a person's decision at most "
        f"{one.limit}. Compare some with documents: it looks like another list or shifted columns.",
    ),
    HoldCause.CREATIONS: lambda one: Text(
        ru=f"Новых записей «{KIND_NAMES[one.kind].ru}» сразу {one.changed} при действующих {one.in_force}; без решения "
        f"человека — не более {one.limit}. Проверьте, тот ли это список и та ли школа.",
        en=f"There are {one.changed} new records '{KIND_NAMES[one.kind].en}' at once, with {one.in_force} in force; "
        f"without a person's decision at most {one.limit}. See whether it is the right list and the right school.",
    ),
    HoldCause.ACCESS: lambda one: Text(
        ru=f"Источник, список которого под сомнением, даёт доступ к данным детей, которых школа уже знает: записей "
        f"«{KIND_NAMES[one.kind].ru}» — {one.changed}. Сверьте каждую с документами.",
        en=f"A source whose list is in doubt gives access to the data of children whom the school knows already: "
        f"{one.changed} record(s) '{KIND_NAMES[one.kind].en}'. Compare each with documents.",
    ),
    HoldCause.SIMILAR: lambda one: Text(
        ru=f"Названия новых классов ({one.changed}) похожи на описку: такие же классы с отличием в один знак уже есть.",
        en=f"The names of new classes ({one.changed}) look like a slip: there are classes one sign away from them.",
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
        apart: by record, why its change waits by itself, whatever else flows (`roster_apart`, `roster_again`).
        left_out: how many records the source itself says are out of force, or soon will be, and that stay because what
            it told is not proved to be all.
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
    apart: Mapping[Place, HoldCause] = field(default_factory=dict, repr=False, compare=False)
    left_out: int = field(default=0, compare=False)

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
        content = hashlib.sha256(b"[")
        for place, change in enumerate(self.changes):
            item = change_to_json(change)
            if change.action is Action.DEACTIVATE:
                item["rows"] = [{**row, "new": None} for row in item["rows"]]
            content.update(f"{',' if place else ''}{_canonical(item)}".encode())
        content.update(b"]")
        return content.hexdigest()


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
