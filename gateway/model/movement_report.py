"""Movement of pupils and class sizes over some days (R-REP-01, R-ROST-20): opening + in − out = closing.

Closing follows from the movement book alone; beside it stands how many have a place in the class on the last day. Where
the two differ somebody has come or gone past the book, and the deputy has to find out who.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from gateway.model.class_sizes import places_on
from gateway.model.ids import ClassId
from gateway.model.movement import Movement, MovementKind
from gateway.model.movement_book import BookEntry, uncancelled
from gateway.model.movement_order import MovementOrder
from gateway.model.roster import RecordKind, RosterState

_INSIDE = frozenset({MovementKind.CLASS_TRANSFER, MovementKind.PROMOTION, MovementKind.REPEAT})


@dataclass(frozen=True, kw_only=True, slots=True)
class MovementLine:
    """A class, or the school as a whole (``school_class`` is ``None``; there nobody moves inside).

    Attributes:
        school_class: id of the class.
        opening: pupils before the first day.
        arrived: admitted.
        left: gone from the school, graduates too.
        moved_in: come from another class.
        moved_out: gone to another class.
        counted: pupils who have a place in the class on the last day.
    """

    school_class: ClassId | None
    opening: int = 0
    arrived: int = 0
    left: int = 0
    moved_in: int = 0
    moved_out: int = 0
    counted: int = 0

    @property
    def closing(self) -> int:
        """Pupils after the last day, by the book."""
        return self.opening + self.arrived + self.moved_in - self.left - self.moved_out

    @property
    def agrees(self) -> bool:
        """Whether the book and the places in classes say the same."""
        return self.closing == self.counted


@dataclass(frozen=True, kw_only=True, slots=True)
class MovementEntry:
    """A movement of the days, with its order; ``None`` where none has been entered yet."""

    movement: Movement = field(repr=False)
    order: MovementOrder | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class MovementReport:
    """The report of the days from ``first`` to ``last``, both included: a line a class, the school last."""

    first: date
    last: date
    lines: tuple[MovementLine, ...]
    entries: tuple[MovementEntry, ...]

    @property
    def school(self) -> MovementLine:
        """The line of the school."""
        return self.lines[-1]


def movement_report(
    book: Iterable[BookEntry], state: RosterState, orders: Collection[MovementOrder], *, first: date, last: date
) -> MovementReport:
    """Return the report; cancelled lines of the book have never been."""
    standing = [one.movement for one in uncancelled(book) if one.movement.happened_on <= last]
    counted = class_sizes(state, last)
    mentioned = {end for one in standing for end in (one.from_class, one.to_class) if end is not None}
    lines = [_class_line(one, standing, first, counted[one]) for one in mentioned | counted.keys()]
    shown = [
        one for one in lines if any((one.opening, one.arrived, one.left, one.moved_in, one.moved_out, one.counted))
    ]
    school = _school_line(standing, first, counted.total())
    within = sorted(
        (one for one in standing if one.happened_on >= first), key=lambda one: (one.happened_on, one.pupil, one.kind)
    )
    return MovementReport(
        first=first,
        last=last,
        lines=(*sorted(shown, key=lambda line: _order_of(line, state)), school),
        entries=_with_orders(within, orders),
    )


def class_sizes(state: RosterState, day: date) -> Counter[ClassId]:
    """Return how many pupils have a place in each class on a day."""
    return Counter(ClassId(school_class) for _, school_class in places_on(state, day))


def _class_line(school_class: ClassId, moved: Iterable[Movement], first: date, counted: int) -> MovementLine:
    numbers: Counter[str] = Counter()
    for one in moved:
        is_inside = one.kind in _INSIDE
        if one.to_class == school_class:
            numbers["opening" if one.happened_on < first else "moved_in" if is_inside else "arrived"] += 1
        if one.from_class == school_class:
            before = one.happened_on < first
            numbers["opening" if before else "moved_out" if is_inside else "left"] += -1 if before else 1
    return MovementLine(school_class=school_class, counted=counted, **numbers)


def _school_line(moved: Iterable[Movement], first: date, counted: int) -> MovementLine:
    numbers: Counter[str] = Counter()
    for one in moved:
        if one.kind in _INSIDE:
            continue
        comes, before = one.kind is MovementKind.ADMISSION, one.happened_on < first
        numbers["opening" if before else "arrived" if comes else "left"] += -1 if before and not comes else 1
    return MovementLine(school_class=None, counted=counted, **numbers)


def _order_of(line: MovementLine, state: RosterState) -> tuple[int, int, str, str]:
    held: Mapping[str, object] = state.of(RecordKind.CLASS).get((str(line.school_class),), {})
    year, grade = held.get("year"), held.get("grade")
    return (
        -year if isinstance(year, int) else 0,
        grade if isinstance(grade, int) else 0,
        str(held.get("letter", "")),
        str(line.school_class),
    )


def _with_orders(moved: Iterable[Movement], orders: Collection[MovementOrder]) -> tuple[MovementEntry, ...]:
    """Give each movement the order that the book names; where it names none, of those left the nearest in time.

    An order belongs to one movement, of its pupil and kind.
    """
    entries = tuple(moved)
    free: dict[tuple[str, MovementKind], list[MovementOrder]] = defaultdict(list)
    for order in orders:
        free[order.pupil, order.kind].append(order)
    named = {place: _named(one, free[one.pupil, one.kind]) for place, one in enumerate(entries) if one.document}
    return tuple(
        MovementEntry(
            movement=one, order=named[place] if one.document else _taken(free[one.pupil, one.kind], one.happened_on)
        )
        for place, one in enumerate(entries)
    )


def _named(one: Movement, free: list[MovementOrder]) -> MovementOrder | None:
    """Take the order that the book names."""
    found = next((order for order in free if order.document == one.document), None)
    if found is not None:
        free.remove(found)
    return found


def _taken(free: list[MovementOrder], day: date) -> MovementOrder | None:
    if not free:
        return None
    nearest = min(free, key=lambda order: abs(order.happened_on - day))
    free.remove(nearest)
    return nearest
