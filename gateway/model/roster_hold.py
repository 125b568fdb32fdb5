"""What of a plan waits for a person: too many removals, too many updates, other people under old ids."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from gateway.model.roster import Fields, RecordKind, RosterState, active_rows
from gateway.model.roster_change import ENDING, LEAVING, Action, Change
from gateway.model.roster_dependents import classes_left, left_behind
from gateway.model.roster_plan import HoldCause, HoldReason, RosterPlan
from gateway.model.roster_scope import ends
from gateway.model.roster_source import Limits

_MARKS: Mapping[RecordKind, tuple[tuple[str, ...], ...]] = {
    RecordKind.PUPIL: (("family", "given"), ("birth_date",), ("snils",)),
    RecordKind.STAFF: (("family", "given"), ("snils",)),
    RecordKind.GUARDIAN: (("family", "given"), ("portal_user",)),
}
"""Marks of identity by kind: when two of them change at once, it may be another person."""

_OWN = (("family", "given"), ("snils",), ("portal_user",))
"""Marks that two records of one plan do not pass from one to the other."""

_PARTS = (
    HoldCause.REMOVALS,
    HoldCause.IDENTITY,
    HoldCause.REVERTED,
    HoldCause.NAMES,
    HoldCause.CREATIONS,
    HoldCause.ACCESS,
    HoldCause.SIMILAR,
    HoldCause.UPDATES,
)
"""Parts of a plan that wait, the gravest first."""

_ENOUGH = 2
_REWRITING = frozenset({Action.UPDATE, Action.TRANSFER})


def hold_reasons(
    current: RosterState, changes: Iterable[Change], *, today: date, limits: Limits, left: Mapping[RecordKind, int]
) -> tuple[HoldReason, ...]:
    """Return why parts of a plan have to wait for a person.

    ``left`` are the records that left without a person in the last days: a few every day are many. Who goes to the
    archive has left before and is counted apart.
    """
    made = tuple(changes)
    if not made:
        return ()
    in_force = {kind: len(rows) for kind, rows in active_rows(current.rows, today).items()}
    removed = Counter(change.kind for change in made if change.action in ENDING)
    archived = Counter(change.kind for change in made if change.action is Action.ARCHIVE)
    updated = Counter(change.kind for change in made if _rewrites(change))
    strangers = Counter(kind for kind, _ in other_people(made))

    def reasons() -> Iterator[HoldReason]:
        for cause, counted, of_kind, earlier in (
            (HoldCause.REMOVALS, removed, limits.of_removals, left),
            (HoldCause.REMOVALS, archived, limits.of_removals, {}),
            (HoldCause.UPDATES, updated, limits.of_updates, {}),
        ):
            for kind in RecordKind:
                before = earlier.get(kind, 0)
                limit = max(of_kind(kind).limit(in_force[kind] + before) - before, 0)
                if counted[kind] > limit:
                    yield HoldReason(
                        cause=cause, kind=kind, changed=counted[kind], in_force=in_force[kind], limit=limit
                    )
        for kind, number in strangers.items():
            yield HoldReason(cause=HoldCause.IDENTITY, kind=kind, changed=number, in_force=in_force[kind], limit=0)

    return tuple(reasons())


def other_people(changes: Iterable[Change]) -> frozenset[tuple[RecordKind, str]]:
    """Return the records under whose id there may be another person now, or who got somebody else's name or number."""
    rows = [row for change in changes for row in change.rows if row.kind in _MARKS and row.old is not None]
    given_up = {(row.kind, mark, value) for row in rows for mark, value in _told(row.old or {})}
    return frozenset(
        (row.kind, row.key[0])
        for row in rows
        if _is_other(row.kind, row.old or {}, row.new)
        or any((row.kind, mark, value) in given_up for mark, value in _told(row.new))
    )


def split(whole: RosterPlan) -> tuple[RosterPlan, tuple[RosterPlan, ...]]:
    """Cut a plan into what flows now and the parts that wait for a person, each with its own reasons.

    More removals of one kind than its limit hold *all* removals (a pupil, the guardianships and the enrolment leave
    together or not at all); more updates hold all updates of that kind, and, where enrolments are concerned, the
    removals too, for a class is not archived while its pupils wait to leave it. Whatever concerns a record that may be
    another person waits apart, and so does what a person has taken back before (`roster_again`) and what `roster_apart`
    finds. A class that somebody waits to leave is not closed before. Every part tells what was rejected, doubted and
    remarked: who decides has to know.
    """
    if not whole.hold:
        return whole, ()
    strangers = other_people(whole.changes)
    rewritten = {reason.kind for reason in whole.hold if reason.cause is HoldCause.UPDATES}
    removals_wait = RecordKind.ENROLLMENT in rewritten or any(
        reason.cause is HoldCause.REMOVALS for reason in whole.hold
    )
    parts: dict[HoldCause | None, list[Change]] = defaultdict(list)
    for change in whole.changes:
        apart = whole.apart.get((change.kind, change.key))
        parts[_part(change, apart, strangers, rewritten, removals_wait=removals_wait)].append(change)
    not_left = {one: cause for cause in parts if cause for change in parts[cause] for one in classes_left(change)}
    for change in tuple(parts[None]):
        if cause := left_behind(not_left, change):
            parts[None].remove(change)
            parts[cause].append(change)
    waiting = tuple(
        replace(whole, changes=tuple(parts[cause]), hold=_reasons_of(cause, whole.hold))
        for cause in _PARTS
        if parts[cause]
    )
    return replace(whole, changes=tuple(parts[None]), hold=()), waiting


def _part(
    change: Change,
    apart: HoldCause | None,
    strangers: frozenset[tuple[RecordKind, str]],
    rewritten: set[RecordKind],
    *,
    removals_wait: bool,
) -> HoldCause | None:
    if apart is HoldCause.REVERTED:
        return apart
    if any(end in strangers for end in ends(change.kind, change.key)):
        return HoldCause.IDENTITY
    if apart is not None:
        return apart
    if change.action in LEAVING:
        return HoldCause.REMOVALS if removals_wait else None
    return HoldCause.UPDATES if _rewrites(change) and change.kind in rewritten else None


def _rewrites(change: Change) -> bool:
    """Tell whether a change says something else of a record than before; a new number at the source alone does not."""
    is_number_only = all(row.old is not None and row.new.keys() == {"source_id"} for row in change.rows)
    return change.action in _REWRITING and not is_number_only


def _reasons_of(cause: HoldCause, reasons: tuple[HoldReason, ...]) -> tuple[HoldReason, ...]:
    own = tuple(reason for reason in reasons if reason.cause is cause)
    return own or tuple(reason for reason in reasons if reason.kind is RecordKind.ENROLLMENT)


def _told(fields: Fields) -> Iterator[tuple[tuple[str, ...], tuple[object, ...]]]:
    """Yield the marks of one person alone that the fields hold whole."""
    for mark in _OWN:
        values = tuple(fields.get(name) for name in mark)
        if all(values):
            yield mark, values


def _is_other(kind: RecordKind, old: Fields, new: Fields) -> bool:
    changed = sum(any(_differs(name, old, new) for name in mark) for mark in _MARKS[kind])
    return changed >= _ENOUGH


def _differs(name: str, old: Fields, new: Fields) -> bool:
    before, after = old.get(name), new.get(name)
    return bool(before) and bool(after) and _folded(before) != _folded(after)


def _folded(value: object) -> str:
    return str(value).casefold().replace("ё", "е")
