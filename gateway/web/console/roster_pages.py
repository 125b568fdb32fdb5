"""Roster plans at the console: the list, one plan record by record, a person's decision about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.errors import Text
from gateway.model.rollover import YEAR_SOURCE
from gateway.model.roster import RecordKind
from gateway.model.roster_change import Action
from gateway.model.roster_ladder import Fate
from gateway.model.roster_plan import PlanHead, PlanState, RosterPlan
from gateway.web.console import names
from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.listing import MOST_READ, chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.pictures import bars
from gateway.web.console.plan_downloads import called_of, download
from gateway.web.console.plan_lines import (
    NAMED,
    ChangeLine,
    change_lines,
    class_lines,
    classes_by_record,
    created_names,
    ids_beside,
    ids_in,
)
from gateway.web.console.plan_parts import Beside, PlanPart, beside, hold_lines
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user
from gateway.web.console.submission import submitted

REMARKS_ONLY = "remarks_only"
"""What an applied plan without a change is called."""

VERBS: Mapping[PlanState, tuple[str, ...]] = {
    PlanState.HELD: ("approve", "reject"),
    PlanState.PROPOSED: ("apply", "reject"),
    PlanState.APPROVED: ("apply", "reject"),
    PlanState.APPLIED: ("revert",),
}
"""What a person may decide about a plan in which state."""

_MOST_TOGETHER = 1000
"""Newest plans among which the other parts of a plan's sync are looked for."""

_PLANS = ("id", "source", "made_at", "state", "changes", "rejected", "decided_at", "decided_by")


class RosterPages:
    """Views over the roster plans of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def plans(self) -> Response | str:
        """List the plans, filtered, or as CSV."""
        state = chosen("state", PlanState)
        with self._services.units(user().school)() as unit:
            newest = unit.roster.plans(states=None if state is None else {state}, limit=MOST_READ)
        found = [head for head in newest if is_found(head.id, head.source, head.decided_by)]
        if is_csv():
            return csv_download("roster-plans.csv", _PLANS, [self._row(head) for head in found])
        return render_template("console/plans.html", listing=listing(found), count=change_count, standing=standing)

    def plan(self, plan_id: str) -> Response | str:
        """Show a plan: what is to be decided, then one of its lists, searched, filtered, or as CSV.

        The look is audited.
        """
        person = require(Right.SEE_PEOPLE)
        look = Look.DOWNLOAD if is_csv() else Look.VIEW
        with self._services.units(person.school)() as unit:
            stored = unit.roster.plan(plan_id)
            if stored is None:
                raise not_found()
            seen = beside(stored.head, stored.plan, unit.roster.plans(limit=_MOST_TOGETHER))
            pupils = {part for change in stored.plan.changes for row in change.rows for part in row.key[:NAMED]}
            classes = classes_by_record(stored.plan.changes, unit.console.classes_of(pupils))
            about_classes = {one for of_record in classes.values() for one in of_record}
            told = unit.console.names(ids_in(stored.plan.changes) | ids_beside(stored.plan) | about_classes)
            note_look(unit.audit, person, look, "roster_plan", plan_id, at=self._services.clock())
        known = {**told, **dict(created_names(stored.plan.changes))}
        part = chosen("part", PlanPart) or PlanPart.CHANGES
        if part is PlanPart.CHANGES:
            found: Sequence[object] = [
                one for one in change_lines(stored.plan.changes, told) if _is_asked(one, classes)
            ]
        else:
            found = _found_beside(seen, part, known)
        if is_csv():
            return download(part, found, known)
        return render_template(
            "console/plan.html",
            plan=stored.plan,
            head=stored.head,
            part=part,
            sizes=_sizes(stored.plan, seen),
            seen=seen,
            listing=listing(found),
            kinds=_kinds_of(part, stored.plan, seen),
            actions=action_names(stored.head),
            chart_rows=bars(_counts(stored.head)),
            count=change_count,
            standing=standing(stored.head),
            is_of_year=stored.head.source == YEAR_SOURCE,
            verbs=verbs_for(stored.head),
            holds=hold_lines(stored.plan),
            classes=class_lines(stored.plan.changes, told),
            class_names=_class_names(about_classes, known),
            known=known,
            about=request.args.get("about", ""),
        )

    def decide(self, plan_id: str) -> AnyResponse:
        """Approve, apply or reject a plan that waits, or take an applied one back; kept with name, role and reason."""
        person = require(Right.DECIDE)
        verb, reason = submitted({verb for verbs in VERBS.values() for verb in verbs})
        decisions = self._services.decisions(person.school)
        carry_out: Mapping[str, Callable[..., object]] = {
            "approve": decisions.approve,
            "apply": decisions.apply,
            "reject": decisions.reject,
            "revert": self._services.reverting(person.school).run,
        }
        carry_out[verb](plan_id, by=person.login, reason=reason, role=person.role)
        return redirect(url_for("console.plan", plan_id=plan_id))

    def _row(self, head: PlanHead) -> tuple[object, ...]:
        stamp = self._presentation.stamp
        return (
            head.id,
            head.source,
            stamp(head.made_at),
            head.state.value,
            change_count(head),
            head.rejected,
            stamp(head.decided_at),
            head.decided_by or "",
        )


def change_count(head: PlanHead) -> int:
    """Return how many changes a plan has."""
    return sum(number for by_action in head.counts.values() for number in by_action.values())


def standing(head: PlanHead) -> str:
    """Return the state of a plan as the page tells it: an applied plan that changed nothing holds remarks only."""
    return REMARKS_ONLY if head.state is PlanState.APPLIED and not change_count(head) else head.state.value


def verbs_for(head: PlanHead) -> Sequence[str]:
    """Return what a person may decide about a plan here: a turn of the year has a page of its own."""
    if head.source == YEAR_SOURCE or standing(head) == REMARKS_ONLY:
        return ()
    return VERBS.get(head.state, ())


def action_names(head: PlanHead) -> Mapping[Action, Text]:
    """Return what the actions of a plan are called: of one that was carried out in the past."""
    return names.DONE_ACTIONS if head.state in {PlanState.APPLIED, PlanState.REVERTED} else names.ACTIONS


def _is_asked(one: ChangeLine, classes: Mapping[str, frozenset[str]]) -> bool:
    about, in_class = (request.args.get(name, "") for name in ("about", "class"))
    return (
        is_wanted(chosen("action", Action), one.action)
        and is_wanted(chosen("kind", RecordKind), one.kind)
        and about in {"", *one.key}
        and (not in_class or any(in_class in classes.get(key, ()) for key in one.key[:NAMED]))
        and is_found(one.text)
    )


def _found_beside(seen: Beside, part: PlanPart, known: Mapping[str, str]) -> Sequence[object]:
    kind, fate = request.args.get("kind", ""), chosen("fate", Fate)
    if part is PlanPart.MISSING:
        gone = (one for one in seen.missing if kind in {"", one.kind.value} and is_wanted(fate, one.fate))
        return [one for one in gone if is_found(*one.key, *called_of(one.key, known))]
    if part is PlanPart.WARNINGS:
        told = ((one, (*one.key, *called_of(one.key, known), one.said, one.kept)) for one in seen.warnings)
        return [one for one, texts in told if kind in {"", one.kind} and is_found(said(one.text), *texts)]
    reasons = ((one, [f"{said(fault.text)} {fault.code}" for fault in one.faults]) for one in seen.rejected)
    return [one for one, texts in reasons if kind in {"", one.kind} and is_found(one.record, *texts)]


def _sizes(plan: RosterPlan, seen: Beside) -> Mapping[PlanPart, int]:
    return {
        PlanPart.CHANGES: len(plan.changes),
        PlanPart.MISSING: len(seen.missing),
        PlanPart.WARNINGS: len(seen.warnings),
        PlanPart.REJECTED: len(seen.rejected),
    }


def _kinds_of(part: PlanPart, plan: RosterPlan, seen: Beside) -> Sequence[RecordKind]:
    of_part: Mapping[PlanPart, Iterable[str | None]] = {
        PlanPart.CHANGES: (row.kind for change in plan.changes for row in change.rows),
        PlanPart.MISSING: (one.kind for one in seen.missing),
        PlanPart.WARNINGS: (one.kind for one in seen.warnings),
        PlanPart.REJECTED: (one.kind for one in seen.rejected),
    }
    there = set(of_part[part])
    return [kind for kind in RecordKind if kind in there]


def _class_names(ids: Iterable[str], known: Mapping[str, str]) -> Mapping[str, str]:
    """Return what classes are called by id, lower grades first."""
    named = {one: known.get(one, one) for one in ids}
    return dict(sorted(named.items(), key=lambda item: (len(item[1]), item[1], item[0])))


def _counts(head: PlanHead) -> Mapping[str, Mapping[str, int]]:
    return {
        said(names.RECORD_KINDS[kind]): head.counts[kind.value] for kind in RecordKind if head.counts.get(kind.value)
    }
