"""The turn of the year at the console: who goes where, what is missing, decisions, apply, take back (R-ROST-05)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import GatewayError, Text
from gateway.model.archive import school_year_name
from gateway.model.ids import ClassId, PupilId, StaffId
from gateway.model.rollover import Finding, FindingCode, Outcome, PupilLine, RollOver
from gateway.model.roster_plan import WAITING, PlanState
from gateway.roster.rollover import ShownRollOver, YearRollOver
from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.form_fields import given, given_day, status
from gateway.web.console.listing import is_csv, is_found, listing
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.rollover_words import OF_MANY, OUTCOMES
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require
from gateway.web.console.submission import submitted

_COLUMNS = ("pupil", "id", "from", "outcome", "to", "on", "document", "decided", "remarks")
_LONGEST = 200
_NAMED = 20
"""Records that one finding names; the rest is counted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A pupil as the page shows them."""

    pupil: PupilLine
    name: str = field(repr=False)
    from_class: str
    to_class: str
    findings: tuple[Finding, ...]

    @property
    def outcome(self) -> str:
        """The outcome, or that nobody has decided."""
        return "undecided" if self.pupil.outcome is None else self.pupil.outcome.value


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingLine:
    """Findings of one kind: what is said once of all, and whom it is about; ``more`` of them are not named."""

    text: Text
    names: tuple[str, ...] = field(repr=False)
    more: int


class RollOverPages:
    """Views over the turn of the year of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def year_end(self) -> Response:
        """Show the newest plan, or the one asked for: filtered, searched, or as CSV. The look is audited."""
        return self._page(None)

    def decide(self) -> AnyResponse:
        """Make the plan anew, apply it, or take it back; kept with name, role and reason."""
        person = require(Right.TURN_YEAR)
        flow, plan = self._flow(), given("plan", _LONGEST)
        try:
            if request.form.get("verb") == "plan":
                flow.plan()
            else:
                verb, reason = submitted({"apply", "undo"})
                act = {"apply": flow.apply, "undo": flow.undo}[verb]
                act(plan, by=person.login, reason=reason, role=person.role)
        except GatewayError as problem:
            return self._page(problem)
        return redirect(url_for("console.year_end"))

    def settle(self) -> AnyResponse:
        """Keep a decision about pupils, an order or a class, and make the plan anew."""
        person = require(Right.TURN_YEAR)
        flow, by, role = self._flow(), person.login, person.role.value
        try:
            match request.form.get("what"):
                case "pupils":
                    pupils = [PupilId(one) for one in request.form.getlist("pupil")]
                    if request.form.get("outcome") == "forget":
                        flow.forget(pupils, by=by, role=role)
                    else:
                        flow.decide(
                            pupils,
                            _outcome(),
                            to=given("to", _LONGEST),
                            document=given("document", _LONGEST),
                            last_day=_last_day(),
                            by=by,
                            role=role,
                        )
                case "order":
                    flow.order(_outcome(), given("document", _LONGEST), last_day=_last_day(), by=by, role=role)
                case "class":
                    teacher = given("teacher", _LONGEST)
                    flow.name_class(given("class", _LONGEST), StaffId(teacher) if teacher else None, by=by, role=role)
                case _:
                    raise not_found()
            flow.plan()
        except GatewayError as problem:
            return self._page(problem)
        return redirect(url_for("console.year_end"))

    def _flow(self) -> YearRollOver:
        return self._services.roll_over(require(Right.SEE_PEOPLE).school)

    def _page(self, problem: GatewayError | None) -> Response:
        person = require(Right.SEE_PEOPLE)
        shown = self._flow().show(request.args.get("plan"))
        if shown is None:
            empty = render_template("console/year_end.html", shown=None, problem=problem)
            return Response(empty, status=status(problem))
        made = shown.roll_over
        with self._services.units(person.school)() as unit:
            names = unit.console.names(_ids(made))
            staff = unit.console.staff()
            look = Look.DOWNLOAD if is_csv() else Look.VIEW
            note_look(unit.audit, person, look, "roster_plan", shown.head.id, at=self._services.clock())
        lines = _lines(made, names)
        found = [one for one in lines if _is_wanted(one)]
        if is_csv():
            return csv_download("year-end.csv", _COLUMNS, [_row(one) for one in found])
        page = render_template(
            "console/year_end.html",
            shown=shown,
            made=made,
            listing=listing(found),
            outcomes=OUTCOMES,
            decidable=list(Outcome),
            from_classes=sorted({one.from_class for one in lines}),
            old=[one for one in made.classes if one.year < made.year],
            new=[one for one in made.classes if one.year == made.year],
            called=lambda one: names.get(one, one) if one else "",
            gaps=_grouped(made, names, blocking=True),
            remarks=_grouped(made, names, blocking=False),
            staff=staff,
            year_name=school_year_name(made.year),
            verb=_verb(shown),
            problem=problem,
            entered=request.form,
        )
        return Response(page, status=status(problem))


def _outcome() -> Outcome:
    found = next((one for one in Outcome if one.value == request.form.get("outcome")), None)
    if found is None:
        raise not_found()
    return found


def _last_day() -> date | None:
    return given_day("last_day") if request.form.get("last_day", "").strip() else None


def _verb(shown: ShownRollOver) -> str | None:
    if shown.head.state in WAITING:
        return "apply" if shown.roll_over.is_complete and shown.roll_over.changes else None
    return "undo" if shown.head.state is PlanState.APPLIED else None


def _ids(made: RollOver) -> set[str]:
    people = {one.pupil for one in made.pupils} | {one.pupil for one in made.findings if one.pupil}
    teachers = {one.class_teacher for one in made.classes if one.class_teacher}
    return {*people, *teachers, *(one.id for one in made.classes)}


def _lines(made: RollOver, names: Mapping[str, str]) -> Sequence[Line]:
    classes = {one.id: str(one.name) for one in made.classes}
    about: dict[PupilId, list[Finding]] = defaultdict(list)
    for one in made.findings:
        if one.pupil is not None:
            about[one.pupil].append(one)
    lines = [
        Line(
            pupil=one,
            name=names.get(one.pupil, one.pupil),
            from_class=classes.get(one.from_class, one.from_class),
            to_class="" if one.to_class is None else classes.get(one.to_class, one.to_class),
            findings=tuple(about[one.pupil]),
        )
        for one in made.pupils
    ]
    order = {one.id: place for place, one in enumerate(made.classes)}
    return sorted(lines, key=lambda one: (order.get(one.pupil.from_class, len(order)), one.name))


def _is_wanted(one: Line) -> bool:
    outcome, from_class = request.args.get("outcome"), request.args.get("class")
    return (
        (not outcome or outcome == one.outcome)
        and (not from_class or from_class == one.from_class)
        and is_found(one.name, one.pupil.pupil, one.from_class, one.to_class, one.pupil.document)
    )


def _grouped(made: RollOver, names: Mapping[str, str], *, blocking: bool) -> Sequence[FindingLine]:
    """Return the findings, each kind once: with those whom it is about."""
    classes: dict[str, str] = {one.id: str(one.name) for one in made.classes}
    by_kind: dict[FindingCode, list[Finding]] = defaultdict(list)
    place = {one.id: number for number, one in enumerate(made.classes)}
    for one in sorted(made.findings, key=lambda one: place.get(one.school_class or ClassId(""), 0)):
        if one.blocks is blocking:
            by_kind[one.code].append(one)
    return [
        FindingLine(
            text=OF_MANY.get(group[0].code, replace(group[0], number=sum(one.number for one in group)).text),
            names=tuple(filter(None, (_about(one, names, classes) for one in group[:_NAMED]))),
            more=max(0, len(group) - _NAMED),
        )
        for group in by_kind.values()
    ]


def _about(one: Finding, names: Mapping[str, str], classes: Mapping[str, str]) -> str:
    if one.pupil is not None:
        return f"{names.get(one.pupil, one.pupil)} ({classes.get(one.school_class or '', '')})".removesuffix(" ()")
    if one.school_class is None:
        return ""
    name = classes.get(one.school_class, one.school_class)
    return f"{name}: {one.number}" if one.number else name


def _row(one: Line) -> tuple[object, ...]:
    return (
        one.name,
        one.pupil.pupil,
        one.from_class,
        one.outcome,
        one.to_class,
        one.pupil.happened_on.isoformat(),
        one.pupil.document,
        one.pupil.decided,
        "; ".join(said(finding.text) for finding in one.findings),
    )
