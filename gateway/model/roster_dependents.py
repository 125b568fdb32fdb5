"""What hangs on what: classes that somebody sits in, changes of records that are not there, what waits together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import TypeVar

from gateway.model.roster import Fields, Key, RecordKind, RosterState, is_active
from gateway.model.roster_change import Action, Change, RowChange
from gateway.model.roster_ladder import Place
from gateway.model.roster_revert import REFERENCES

W = TypeVar("W")


def occupied(state: RosterState, rows: Iterable[RowChange], today: date) -> dict[str, tuple[Key, ...]]:
    """Return the classes that rows close and in which pupils would still sit afterwards, with those enrolments.

    Args:
        state: all that is held.
        rows: what is to be written, all of it.
        today: the school's day.
    """
    made = tuple(rows)
    closed = {row.key[0] for row in made if _closes(row)}
    if not closed:
        return {}
    written = {row.key: row.new for row in made if row.kind is RecordKind.ENROLLMENT}
    held = state.of(RecordKind.ENROLLMENT)
    found: dict[str, list[Key]] = defaultdict(list)
    for key in (*held, *(key for key in written if key not in held)):
        fields: Fields = {**held.get(key, {}), **written.get(key, {})} if key[1] in closed else {}
        if fields and is_active(RecordKind.ENROLLMENT, fields, today):
            found[key[1]].append(key)
    return {school_class: tuple(keys) for school_class, keys in found.items()}


def groundless(state: RosterState, changes: Iterable[Change]) -> tuple[RowChange, ...]:
    """Return the rows that name a record which is neither held nor made by the same changes."""
    rows = [row for change in changes for row in change.rows]
    made = {(row.kind, row.key) for row in rows if row.old is None}
    return tuple(
        row
        for row in rows
        if any((kind, (one,)) not in made and (one,) not in state.of(kind) for kind, one in _named(row))
    )


def resting_on(changes: Iterable[Change], new: Collection[Place]) -> frozenset[Place]:
    """Return the changes, by kind and key, that name one of some records which are yet to be made, directly or not."""
    places = set(new)
    resting: set[Place] = set()
    for change in sorted(changes, key=lambda one: _ORDER[one.kind]):
        if any((kind, (one,)) in places for row in change.rows for kind, one in _named(row)):
            resting.add((change.kind, change.key))
            if change.action is Action.CREATE:
                places.add((change.kind, change.key))
    return frozenset(resting)


def left_behind(waiting: Mapping[str, W], change: Change) -> W | None:
    """Return what a change has to wait for that closes a class which somebody waits to leave, ``None`` if it need not.

    ``waiting`` tells by class what those wait for.
    """
    closing = (row.key[0] for row in change.rows if _closes(row))
    return next((waiting[one] for one in closing if one in waiting), None)


def classes_left(change: Change) -> Iterator[str]:
    """Yield the classes in which enrolments change, and which they may leave by that."""
    for row in change.rows:
        if row.kind is RecordKind.ENROLLMENT and row.old is not None:
            yield row.key[1]


_ORDER: Mapping[RecordKind, int] = {kind: place for place, kind in enumerate(RecordKind)}


def _closes(row: RowChange) -> bool:
    return row.kind is RecordKind.CLASS and row.old is not None and row.new.get("archived") is True


def _named(row: RowChange) -> Iterator[tuple[RecordKind, str]]:
    """Yield the records that a row names in the fields it writes."""
    for name, kind in REFERENCES.get(row.kind, ()):
        if row.new.get(name):
            yield kind, str(row.new[name])
