"""Pupils who change class: which enrolment opens, which ones end because of it (R-ROST-06)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from gateway.model.people import Status
from gateway.model.roster import Fields, Key, RecordKind, RosterState, is_active
from gateway.model.roster_change import Action


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """An enrolment that opens for a pupil who is already at the school.

    Attributes:
        opening: key of the enrolment that opens.
        since: its first day.
        closing: keys of the enrolments that end with it.
        unstated: those of them whose end the source does not state; they end the day before ``since``.
        action: ``transfer`` into another class, ``update`` when only the first day in the same class was corrected.
    """

    opening: Key
    since: date
    closing: tuple[Key, ...]
    unstated: tuple[Key, ...]
    action: Action


def moves(current: RosterState, wanted: Mapping[Key, Fields], today: date) -> tuple[Move, ...]:
    """Return the moves that the wanted enrolments mean for pupils who are in force.

    A pupil is in one class at a time, so the enrolment that opens ends every other open one, whether the source
    repeats that one with its last day or no longer mentions it.
    """
    held_of = _by_pupil(current.of(RecordKind.ENROLLMENT))
    wanted_of = _by_pupil(wanted)
    found = (
        _move(held, wanted_of.get(pupil, {}), today)
        for pupil, held in held_of.items()
        if _is_here(current, pupil, today)
    )
    return tuple(move for move in found if move is not None)


def last_class(enrollments: Mapping[Key, Fields], besides: Key) -> str | None:
    """Return the class that the latest of one pupil's enrolments names, empty periods and ``besides`` left out."""
    real = [fields for key, fields in enrollments.items() if key != besides and not _is_empty(fields)]
    latest = max(real, key=lambda fields: str(fields["valid_from"]), default=None)
    return None if latest is None else str(latest["school_class"])


def _move(held: Mapping[Key, Fields], wanted: Mapping[Key, Fields], today: date) -> Move | None:
    opening = _opening(held, wanted, today)
    if opening is None:
        return None
    closing = tuple(
        key
        for key, fields in held.items()
        if key != opening and fields["valid_to"] is None and (key not in wanted or wanted[key]["valid_to"] is not None)
    )
    before = last_class(held, opening)
    is_other_class = before is not None and before != wanted[opening]["school_class"]
    if not (closing or is_other_class):
        return None
    return Move(
        opening=opening,
        since=date.fromisoformat(str(wanted[opening]["valid_from"])),
        closing=closing,
        unstated=tuple(key for key in closing if key not in wanted),
        action=Action.TRANSFER if is_other_class else Action.UPDATE,
    )


def _opening(held: Mapping[Key, Fields], wanted: Mapping[Key, Fields], today: date) -> Key | None:
    """Return the latest enrolment that comes into force with this snapshot."""
    kind = RecordKind.ENROLLMENT
    opening = [
        key
        for key, fields in wanted.items()
        if fields is not held.get(key)
        and is_active(kind, fields, today)
        and not (key in held and is_active(kind, held[key], today))
    ]
    return max(opening, key=lambda key: str(wanted[key]["valid_from"]), default=None)


def _is_here(current: RosterState, pupil: str, today: date) -> bool:
    held = current.of(RecordKind.PUPIL).get((pupil,), {"status": Status.SUSPENDED.value})
    return is_active(RecordKind.PUPIL, held, today)


def _is_empty(fields: Fields) -> bool:
    last = fields["valid_to"]
    return last is not None and str(last) < str(fields["valid_from"])


def _by_pupil(enrollments: Mapping[Key, Fields]) -> dict[str, dict[Key, Fields]]:
    grouped: dict[str, dict[Key, Fields]] = defaultdict(dict)
    for key, fields in enrollments.items():
        grouped[str(fields["pupil"])][key] = fields
    return grouped
