"""The movement book at the console: the report of some days by class, and the entries (R-ROST-05, R-ROST-20, R-REP-01).

The report counts and is open to whoever reads reports; the entries name pupils and are open to who keeps the book.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from flask import Response, render_template, request

from gateway.model.ids import ClassId
from gateway.model.movement import MovementKind
from gateway.model.movement_book import BookEntry
from gateway.model.movement_report import MovementLine
from gateway.model.rollover import YEAR_SOURCE
from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.choice_names import CHOICES
from gateway.web.console.csv_download import csv_download
from gateway.web.console.days import asked_day
from gateway.web.console.form_fields import FIRST_YEAR, LAST_YEAR
from gateway.web.console.listing import MOST_READ, chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.movement_words import LINE_STATES, MOVEMENT_WORDS, PARTS
from gateway.web.console.pictures import bars
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user

_SIZES = ("class", "id", "opening", "arrived", "moved_in", "left", "moved_out", "closing", "counted", "agrees")
_ENTRIES = (
    "id", "day", "kind", "pupil", "pupil_id", "from_class", "to_class", "order", "state", "cancels", "plan",
    "entered_at",
)  # fmt: skip
_FIRST_MONTH = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryLine:
    """An entry as the page shows it; ``state`` is one of ``standing``, ``cancelled``, ``storno``."""

    entry: BookEntry
    state: str
    pupil: str = field(repr=False)
    from_class: str
    to_class: str


class MovementPages:
    """Views over the movement book of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def report(self) -> Response | str:
        """Show how many pupils each class had, got and lost on some days, or that as CSV."""
        first, last = self._days()
        named = self._services.movement(user().school).of(first, last)
        called = {one.school_class: _called(one, named.names) for one in named.report.lines}
        found = [one for one in named.report.lines if one.school_class is None or is_found(called[one.school_class])]
        if is_csv():
            return csv_download("movement.csv", _SIZES, [_size_row(one, called) for one in found])
        moved = {
            called[one.school_class]: {name: getattr(one, name) for name in PARTS}
            for one in found
            if one.arrived or one.left or one.moved_in or one.moved_out
        }
        return render_template(
            "console/movement_report.html",
            first=first,
            last=last,
            lines=found,
            called=called,
            parts=PARTS,
            chart_rows=bars(moved),
        )

    def book(self) -> Response | str:
        """List the entries, searched, filtered, or as CSV. The look is audited."""
        person = require(Right.SEE_MOVEMENT)
        with self._services.units(person.school)() as unit:
            whole = unit.roster.movements()
            known = unit.console.names(_ids(whole))
            heads = {one.id: one for one in unit.roster.plans(limit=MOST_READ)}
            look = Look.DOWNLOAD if is_csv() else Look.VIEW
            note_look(unit.audit, person, look, "movement", "*", at=self._services.clock())
        found = [one for one in _lines(whole, known) if _is_asked(one)]
        if is_csv():
            return csv_download("movement-book.csv", _ENTRIES, [self._row(one) for one in found])
        shown = listing(found)
        return render_template(
            "console/movement_book.html",
            listing=shown,
            is_empty=not whole,
            kinds=CHOICES[MovementKind],
            states=LINE_STATES,
            classes=sorted({name for one in found for name in (one.from_class, one.to_class) if name}, key=_by_grade),
            plans=heads,
            year_source=YEAR_SOURCE,
            merges={one.id for one in self._services.merges(person.school).all()},
        )

    def _days(self) -> tuple[date, date]:
        """Return the days that the address asks for, the school year until today by default; never the wrong way."""
        today = self._services.clock().astimezone(self._presentation.zone()).date()
        begun = date(today.year - (today.month < _FIRST_MONTH), _FIRST_MONTH, 1)
        first, last = asked_day("day_from") or begun, asked_day("day_to") or today
        first, last = sorted(one if FIRST_YEAR <= one.year <= LAST_YEAR else today for one in (first, last))
        return first, last

    def _row(self, one: EntryLine) -> tuple[object, ...]:
        movement = one.entry.movement
        return (
            one.entry.id,
            movement.happened_on.isoformat(),
            movement.kind.value,
            one.pupil,
            movement.pupil,
            one.from_class,
            one.to_class,
            movement.document,
            one.state,
            one.entry.cancels or "",
            one.entry.plan,
            self._presentation.stamp(one.entry.entered_at),
        )


def _called(one: MovementLine, names: Mapping[str, str]) -> str:
    if one.school_class is None:
        return said(MOVEMENT_WORDS["movement_whole_school"])
    return names.get(one.school_class, one.school_class)


def _size_row(one: MovementLine, called: Mapping[ClassId | None, str]) -> tuple[object, ...]:
    return (
        "*" if one.school_class is None else called[one.school_class],
        one.school_class or "",
        one.opening,
        one.arrived,
        one.moved_in,
        one.left,
        one.moved_out,
        one.closing,
        one.counted,
        one.agrees,
    )


def _ids(entries: Iterable[BookEntry]) -> set[str]:
    moved = [one.movement for one in entries]
    classes = {end for one in moved for end in (one.from_class, one.to_class) if end is not None}
    return {one.pupil for one in moved} | classes


def _lines(entries: Sequence[BookEntry], known: Mapping[str, str]) -> list[EntryLine]:
    """Return a line for every entry, the latest day first."""
    cancelled = {one.cancels for one in entries if one.cancels is not None}
    lines = [
        EntryLine(
            entry=one,
            state="storno" if one.cancels is not None else "cancelled" if one.id in cancelled else "standing",
            pupil=known.get(one.movement.pupil, one.movement.pupil),
            from_class=_class_name(one.movement.from_class, known),
            to_class=_class_name(one.movement.to_class, known),
        )
        for one in entries
    ]
    return sorted(
        lines, key=lambda one: (one.entry.movement.happened_on, one.entry.entered_at, one.entry.id), reverse=True
    )


def _class_name(id_: str | None, known: Mapping[str, str]) -> str:
    return "" if id_ is None else known.get(id_, id_)


def _is_asked(one: EntryLine) -> bool:
    movement, ends = one.entry.movement, (one.from_class, one.to_class)
    first, last = asked_day("day_from"), asked_day("day_to")
    in_class, state, plan = (request.args.get(name, "") for name in ("class", "state", "plan"))
    return (
        is_wanted(chosen("kind", MovementKind), movement.kind)
        and (not in_class or in_class in ends)
        and state in {"", one.state}
        and plan in {"", one.entry.plan}
        and (first is None or movement.happened_on >= first)
        and (last is None or movement.happened_on <= last)
        and is_found(one.pupil, movement.pupil, movement.document, *ends)
    )


def _by_grade(name: str) -> tuple[int, str]:
    return len(name), name
