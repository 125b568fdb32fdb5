"""Taking an applied plan back: exactly the old values, or nothing.

Laws, held by ``tests/property/test_roster_revert_laws.py``:

* applying a plan and reverting it gives the roster before, exactly, where nothing refers to what the plan created;
* a record that something refers to is never removed: it is put out of force, and the answer names it;
* a plan is not reverted when a later change touched one of its fields: nobody's later work is undone unseen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from gateway.model.roster import Fields, Key, RecordKind, RosterState, put_out_of_force
from gateway.model.roster_change import LEAVING, Change, RowChange

Records = Mapping[RecordKind, Collection[Key]]
"""Records by kind and key."""

REFERENCES: Mapping[RecordKind, tuple[tuple[str, RecordKind], ...]] = {
    RecordKind.CLASS: (("class_teacher", RecordKind.STAFF),),
    RecordKind.GUARDIANSHIP: (("guardian", RecordKind.GUARDIAN), ("pupil", RecordKind.PUPIL)),
    RecordKind.ENROLLMENT: (("pupil", RecordKind.PUPIL), ("school_class", RecordKind.CLASS)),
}
"""Fields of a kind that hold the id of another record of the roster, and its kind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Revert:
    """How a plan is taken back.

    Attributes:
        restored: rows that get their old values back.
        removed: rows that the plan created and that nothing refers to.
        withdrawn: rows that it created and that something refers to: from the values they have to out of force.
    """

    restored: tuple[RowChange, ...] = ()
    removed: tuple[RowChange, ...] = ()
    withdrawn: tuple[RowChange, ...] = ()

    @property
    def written(self) -> tuple[RowChange, ...]:
        """The rows that stay, with the values they get."""
        return self.restored + self.withdrawn


def net_rows(changes: Iterable[Change]) -> tuple[RowChange, ...]:
    """Return what the changes do to each row from the first old value to the last new one, every row once."""
    found: dict[tuple[RecordKind, Key], RowChange] = {}
    for row in (row for change in changes for row in change.rows):
        place = (row.kind, row.key)
        earlier = found.get(place)
        found[place] = row if earlier is None else _joined(earlier, row)
    return tuple(found.values())


def touched_since(changes: Iterable[Change], state: RosterState) -> tuple[RowChange, ...]:
    """Return the rows whose new values are no longer what is held: somebody has changed them since."""
    return tuple(row for row in net_rows(changes) if not _still_new(row, state))


def written_again(changes: Iterable[Change], later: Iterable[Change]) -> tuple[RowChange, ...]:
    """Return the rows of which later changes wrote a field too, be it with the same value again."""
    again = {(row.kind, row.key): row.new.keys() for row in net_rows(later)}
    return tuple(row for row in net_rows(changes) if not row.new.keys().isdisjoint(again.get((row.kind, row.key), ())))


def created(changes: Iterable[Change]) -> dict[RecordKind, list[Key]]:
    """Return the records that the changes brought in."""
    found: dict[RecordKind, list[Key]] = defaultdict(list)
    for row in net_rows(changes):
        if row.old is None:
            found[row.kind].append(row.key)
    return dict(found)


def revert(changes: Iterable[Change], state: RosterState, *, referred: Records) -> Revert:
    """Return how the changes of an applied plan are taken back; `touched_since` must have found nothing.

    Args:
        changes: of the plan.
        state: what is held now.
        referred: records that something outside the roster names: the journal, groups, accounts, the archive.
    """
    rows = net_rows(changes)
    restored = tuple(
        RowChange(kind=row.kind, key=row.key, old=row.new, new=row.old) for row in rows if row.old is not None
    )
    new = {(row.kind, row.key): row for row in rows if row.old is None}
    kept = _kept(new, _after(restored, state), referred)
    return Revert(
        restored=restored,
        removed=tuple(row for place, row in new.items() if place not in kept),
        withdrawn=tuple(
            withdrawal for place, row in new.items() if place in kept and (withdrawal := _withdrawal(row)) is not None
        ),
    )


def reverted(state: RosterState, how: Revert) -> RosterState:
    """Return the state as it is once a plan is taken back."""
    rows = {kind: dict(state.of(kind)) for kind in RecordKind}
    for row in how.written:
        rows[row.kind][row.key] = {**rows[row.kind][row.key], **row.new}
    for row in how.removed:
        del rows[row.kind][row.key]
    return RosterState(rows=rows)


def repeats(changes: Iterable[Change], taken_back: Iterable[Change]) -> tuple[Change, ...]:
    """Return those of the changes that would do again what was taken back: a person has to agree to them.

    A removal is the same whatever day it is dated by.
    """
    earlier = tuple(taken_back)
    undone = {(row.kind, row.key): row for row in net_rows(earlier)}
    left = {(change.kind, change.key) for change in earlier if change.action in LEAVING}
    return tuple(
        change
        for change in changes
        if (change.action in LEAVING and (change.kind, change.key) in left)
        or any(_is_same(row, undone) for row in change.rows)
    )


def _joined(earlier: RowChange, later: RowChange) -> RowChange:
    old = None if earlier.old is None else {**(later.old or {}), **earlier.old}
    return RowChange(kind=earlier.kind, key=earlier.key, old=old, new={**earlier.new, **later.new})


def _still_new(row: RowChange, state: RosterState) -> bool:
    held = state.of(row.kind).get(row.key)
    return held is not None and all(held[name] == value for name, value in row.new.items())


def _after(restored: Iterable[RowChange], state: RosterState) -> dict[RecordKind, dict[Key, Fields]]:
    rows = {kind: dict(state.of(kind)) for kind in RecordKind}
    for row in restored:
        rows[row.kind][row.key] = {**rows[row.kind][row.key], **row.new}
    return rows


def _kept(
    new: Collection[tuple[RecordKind, Key]],
    rows: Mapping[RecordKind, Mapping[Key, Fields]],
    referred: Records,
) -> set[tuple[RecordKind, Key]]:
    """Return the created records that cannot be removed; what refers to others is looked at before those."""
    kept: set[tuple[RecordKind, Key]] = set()
    named: set[tuple[RecordKind, Key]] = set()
    for kind in reversed(RecordKind):
        outside = set(referred.get(kind, ()))
        for key, fields in rows[kind].items():
            place = (kind, key)
            if place in new and not (key in outside or place in named):
                continue
            if place in new:
                kept.add(place)
            named.update((end, (str(fields[name]),)) for name, end in REFERENCES.get(kind, ()) if fields[name])
    return kept


def _withdrawal(row: RowChange) -> RowChange | None:
    """Return how a created record goes out of force; a period becomes empty, since it is taken to have never begun."""
    first = row.new.get("valid_from")
    since = date.fromisoformat(str(first)) if first is not None else date.min
    after = put_out_of_force(row.kind, row.new, since)
    changed = {name: value for name, value in after.items() if row.new[name] != value}
    if not changed:
        return None
    return RowChange(kind=row.kind, key=row.key, old={name: row.new[name] for name in changed}, new=changed)


def _is_same(row: RowChange, undone: Mapping[tuple[RecordKind, Key], RowChange]) -> bool:
    before = undone.get((row.kind, row.key))
    return before is not None and any(before.new.get(name) == value for name, value in row.new.items())
