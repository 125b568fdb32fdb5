"""Comparisons with platforms at the console: the list, and one with every difference and who settles it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Response, render_template

from gateway.errors import Party
from gateway.model.comparison import ClassList, Comparison
from gateway.model.difference import Difference, DifferenceKind
from gateway.web.console import names
from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.listing import MOST_READ, chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.pictures import bars
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user

_SCHOOL_DAYS = timedelta(days=5)
_COMPARISONS = ("id", "platform", "class", "week_start", "compared_at", "lessons", "differences")
_DIFFERENCES = ("kind", "pupil", "pupil_id", "day", "lesson_number", "ours", "theirs", "who")


@dataclass(frozen=True, kw_only=True, slots=True)
class DifferenceLine:
    """A difference and the pupil's name."""

    difference: Difference
    pupil: str = field(repr=False)


class ComparisonPages:
    """Views over the comparisons of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def comparisons(self) -> Response | str:
        """List the comparisons, searched, or as CSV."""
        with self._services.units(user().school)() as unit:
            newest = unit.comparisons.recent(limit=MOST_READ)
            classes = unit.console.names(one.school_class for one in newest)
        found = [one for one in newest if is_found(one.platform, classes.get(one.school_class), one.week_start)]
        if is_csv():
            return csv_download("comparisons.csv", _COMPARISONS, [self._row(one, classes) for one in found])
        return render_template("console/comparisons.html", listing=listing(found), classes=classes)

    def comparison(self, comparison_id: str) -> Response | str:
        """Show every difference, filtered, or as CSV. The look is audited."""
        person = require(Right.SEE_PEOPLE)
        look = Look.DOWNLOAD if is_csv() else Look.VIEW
        with self._services.units(person.school)() as unit:
            compared = unit.comparisons.get(comparison_id)
            if compared is None:
                raise not_found()
            saturday = compared.week_start + _SCHOOL_DAYS
            class_list = unit.comparisons.class_list(compared.school_class, compared.week_start, saturday)
            note_look(unit.audit, person, look, "comparison", comparison_id, at=self._services.clock())
        lines = _lines(compared, class_list)
        kind, who = chosen("kind", DifferenceKind), chosen("who", Party)
        found = [
            line
            for line in lines
            if is_wanted(kind, line.difference.kind)
            and is_wanted(who, line.difference.who)
            and is_found(line.pupil, line.difference.ours, line.difference.theirs)
        ]
        if is_csv():
            return csv_download("differences.csv", _DIFFERENCES, [_difference_row(line) for line in found])
        return render_template(
            "console/comparison.html",
            compared=compared,
            class_name=class_list.school_class.name if class_list else compared.school_class,
            listing=listing(found),
            chart_rows=bars(_by_kind(lines)),
            kinds=sorted({line.difference.kind for line in lines}),
            parties=sorted({line.difference.who for line in lines}),
            party_names={party.value: party.text for party in Party},
        )

    def _row(self, one: Comparison, classes: Mapping[str, str]) -> tuple[object, ...]:
        return (
            one.id,
            one.platform,
            classes.get(one.school_class, one.school_class),
            one.week_start.isoformat(),
            self._presentation.stamp(one.compared_at),
            one.found.lessons,
            len(one.found.differences),
        )


def _lines(compared: Comparison, class_list: ClassList | None) -> Sequence[DifferenceLine]:
    pupils = {pupil.id: pupil.name.full for pupil in class_list.pupils} if class_list else {}
    return [
        DifferenceLine(difference=one, pupil=pupils.get(one.pupil, one.pupil) if one.pupil else one.theirs or "")
        for one in compared.found.differences
    ]


def _by_kind(lines: Sequence[DifferenceLine]) -> Mapping[str, Mapping[str, int]]:
    """Return how many differences of each kind there are, each told with who settles it."""
    counted = Counter((line.difference.kind, line.difference.who) for line in lines)
    return {said(names.DIFFERENCES[kind]): {who.value: number} for (kind, who), number in counted.most_common()}


def _difference_row(line: DifferenceLine) -> tuple[object, ...]:
    one = line.difference
    return (
        one.kind.value,
        line.pupil,
        one.pupil or "",
        one.day.isoformat() if one.day else "",
        one.number or "",
        one.ours or "",
        one.theirs or "",
        one.who.value,
    )
