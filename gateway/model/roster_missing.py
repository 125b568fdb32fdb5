"""Who is missing at a source: since when, and what comes next for them if it goes on telling nothing of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from gateway.model.roster import Key, RecordKind
from gateway.model.roster_ladder import Absence, next_step
from gateway.model.roster_link import LINKED, Link
from gateway.model.roster_locks import FieldLock
from gateway.model.roster_scope import Scope, Standing, ends, scope_of
from gateway.model.roster_source import SourceRules

_OUT_OF_FORCE_BY = frozenset({"status", "archived", "valid_to"})
"""Fields that put a record out of force: one that the school has locked keeps the record in force."""


class NextStep(StrEnum):
    """What comes next for a missing record."""

    SUSPENSION = "suspension"
    ARCHIVE = "archive"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingRecord:
    """A record that a source no longer tells of.

    Attributes:
        source: which does not tell of it.
        kind: of the record.
        key: of the record.
        since: the school's day of the first complete snapshot without it.
        times: how many complete snapshots in a row lacked it.
        suspended_on: the day on which it was first found out of force.
        step: what comes next; none where another source tells of it or the school has locked what would change.
        due: the first day on which that may come, with the next complete snapshot; ``None`` where nothing comes.
    """

    source: str
    kind: RecordKind
    key: Key
    since: date
    times: int
    suspended_on: date | None
    step: NextStep
    due: date | None


def missing_records(
    absences: Collection[Absence],
    rules: Iterable[SourceRules],
    *,
    links: Collection[Link],
    locks: Collection[FieldLock] = (),
) -> tuple[MissingRecord, ...]:
    """Return the missing records of all sources, the longest missing first.

    Args:
        absences: what the sources have missed.
        rules: of the sources that the school has; one that it has no longer misses nobody.
        links: which record of which source is which of ours.
        locks: fields that the school keeps.
    """
    known = tuple(rules)
    scopes = {
        one.name: scope_of(
            Standing(
                rules=one,
                weaker=tuple(other for other in known if other is not one),
                links=links,
                locks=locks,
                absences=absences,
            )
        )
        for one in known
    }
    found = [_missing(one, scopes[one.source]) for one in absences if one.source in scopes]
    steps = {(one.source, one.kind, one.key[0]): one.step for one in found if one.kind in LINKED}
    settled = (_with_its_ends(one, steps) for one in found)
    return tuple(sorted(settled, key=lambda one: (one.since, one.source, one.kind, one.key)))


def _missing(absence: Absence, scope: Scope) -> MissingRecord:
    step, due = NextStep.SUSPENSION, next_step(absence, scope.rules.ladder)
    if absence.suspended_on is not None:
        step = NextStep.ARCHIVE
    is_kept = scope.told_elsewhere(*absence.place) or bool(scope.locks.on(*absence.place) & _OUT_OF_FORCE_BY)
    return MissingRecord(
        source=absence.source,
        kind=absence.kind,
        key=absence.key,
        since=absence.since,
        times=absence.times,
        suspended_on=absence.suspended_on,
        step=NextStep.NONE if is_kept else step,
        due=None if is_kept else due,
    )


def _with_its_ends(one: MissingRecord, steps: Mapping[tuple[str, RecordKind, str], NextStep]) -> MissingRecord:
    """Keep what hangs on somebody who is kept, unless its other end leaves."""
    if one.kind in LINKED:
        return one
    of_ends = {steps.get((one.source, kind, key)) for kind, key in ends(one.kind, one.key)} - {None}
    return replace(one, step=NextStep.NONE, due=None) if of_ends == {NextStep.NONE} else one
