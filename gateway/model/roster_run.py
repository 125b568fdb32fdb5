"""Runs of roster syncs: what a source gave, what became of it, and which run is the measure of the next one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.errors import Party, Text
from gateway.model.roster import RecordKind


class RunOutcome(StrEnum):
    """How a sync ended."""

    UNCHANGED = "unchanged"
    APPLIED = "applied"
    HELD = "held"
    FAILED = "failed"


class RunCount(StrEnum):
    """What is counted of every kind of record beside the actions of the plan (`roster_change.Action`)."""

    RECEIVED = "received"
    REJECTED = "rejected"
    HELD = "held"


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterRun:
    """One sync with a source.

    Attributes:
        id: of the run; that of the queue message that asked for it, where there was one.
        source: name of the source.
        started_at: before the first byte was asked for.
        finished_at: when everything was written, or when it failed.
        outcome: how it ended.
        counts: by kind of record, how many were received, rejected, created, updated …; kinds are those of the roster,
            or the name of an element that is no kind.
        complete: the snapshot was proved to hold everything.
        partial: a delta or a single record: no measure of anything.
        doubts: why it is not proved complete.
        plan: id of the plan that was carried out.
        held_plans: ids of the plans that wait for a person.
        error: stable code of what stopped a failed run; ``error_text`` says it in words, ``error_who`` has to act.
        accepted_by: who said that the numbers of this run are right although they were doubted.
    """

    id: str
    source: str
    started_at: datetime
    finished_at: datetime
    outcome: RunOutcome
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    complete: bool = False
    partial: bool = False
    doubts: tuple[Text, ...] = ()
    plan: str | None = None
    held_plans: tuple[str, ...] = ()
    error: str = ""
    error_text: Text | None = None
    error_who: Party | None = None
    accepted_by: str | None = None
    accepted_at: datetime | None = None

    def received(self) -> dict[RecordKind, int]:
        """Return how many records of each kind the source gave, good ones and rejected ones."""
        return {kind: self.counts.get(kind.value, {}).get(RunCount.RECEIVED.value, 0) for kind in RecordKind}

    def total(self, *names: str) -> int:
        """Return how many records of all kinds were counted under the names."""
        return sum(counted.get(name, 0) for counted in self.counts.values() for name in names)
