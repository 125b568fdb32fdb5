"""The movement book as a ledger: entries are never changed, a wrong one is cancelled by a counter-entry (storno).

Opening + in − out = closing holds for every class and for the school, on any days (R-ROST-20).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from gateway.model.ids import ClassId
from gateway.model.movement import Movement, MovementKind

_ONLY_INSIDE = frozenset({MovementKind.CLASS_TRANSFER, MovementKind.PROMOTION, MovementKind.REPEAT})


@dataclass(frozen=True, kw_only=True, slots=True)
class BookEntry:
    """One line of the book.

    Attributes:
        id: of the line.
        movement: who went from where to where, and when.
        plan: id of the roster plan that made it, or of the one that was reverted.
        entered_at: when it was written.
        cancels: id of the line that it cancels; ``None`` for a line of its own.
    """

    id: str
    movement: Movement = field(repr=False)
    plan: str
    entered_at: datetime
    cancels: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """How many pupils there were before the first day, how many came and went until the last, how many there are."""

    opening: int
    arrived: int
    left: int
    closing: int


def uncancelled(entries: Iterable[BookEntry]) -> tuple[BookEntry, ...]:
    """Return the lines that stand: without counter-entries and without the lines that those cancel."""
    whole = tuple(entries)
    cancelled = {one.cancels for one in whole if one.cancels is not None}
    return tuple(one for one in whole if one.cancels is None and one.id not in cancelled)


def balance(entries: Iterable[BookEntry], *, first: date, last: date, school_class: ClassId | None = None) -> Balance:
    """Return opening, in, out and closing of a class, or of the school, over some days (both included).

    A counter-entry counts on the day of the line that it cancels, against it: what was entered by mistake has never
    been.
    """
    opening = arrived = left = 0
    for entry in entries:
        sign = -1 if entry.cancels is not None else 1
        for step in _steps(entry.movement, school_class):
            if entry.movement.happened_on < first:
                opening += sign * step
            elif entry.movement.happened_on <= last and step > 0:
                arrived += sign
            elif entry.movement.happened_on <= last:
                left += sign
    return Balance(opening=opening, arrived=arrived, left=left, closing=opening + arrived - left)


def _steps(movement: Movement, school_class: ClassId | None) -> Iterator[int]:
    """Yield +1 where a movement leads in, −1 where it leads out."""
    if school_class is not None:
        if movement.to_class == school_class:
            yield 1
        if movement.from_class == school_class:
            yield -1
    elif movement.kind is MovementKind.ADMISSION:
        yield 1
    elif movement.kind not in _ONLY_INSIDE:
        yield -1
