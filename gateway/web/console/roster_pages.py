"""Roster plans at the console: the list, one plan record by record, a person's decision about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from gateway.model.roster import RecordKind
from gateway.model.roster_change import Action
from gateway.model.roster_plan import PlanHead, PlanState, StoredPlan
from gateway.web.console import names
from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.listing import MOST_READ, chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.pictures import bars
from gateway.web.console.plan_lines import ChangeLine, change_lines, class_lines, created_names, ids_beside, ids_in
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user
from gateway.web.console.submission import submitted

VERBS: Mapping[PlanState, tuple[str, ...]] = {
    PlanState.HELD: ("approve", "reject"),
    PlanState.PROPOSED: ("apply", "reject"),
    PlanState.APPROVED: ("apply", "reject"),
    PlanState.APPLIED: ("revert",),
}
"""What a person may decide about a plan in which state."""

_MOST_BESIDE = 100
"""Missing and rejected records that a plan's page names; the others are counted."""

_PLANS = ("id", "source", "made_at", "state", "changes", "rejected", "decided_at", "decided_by")
_CHANGES = ("action", "kind", "record", "key", "field", "old", "new")


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
        return render_template("console/plans.html", listing=listing(found), count=change_count, plan_states=PlanState)

    def plan(self, plan_id: str) -> Response | str:
        """Show a plan record by record, filtered, or its changes as CSV. The look is audited."""
        person = require(Right.SEE_PEOPLE)
        look = Look.DOWNLOAD if is_csv() else Look.VIEW
        with self._services.units(person.school)() as unit:
            stored = unit.roster.plan(plan_id)
            if stored is None:
                raise not_found()
            known = unit.console.names(ids_in(stored.plan.changes) | ids_beside(stored.plan))
            note_look(unit.audit, person, look, "roster_plan", plan_id, at=self._services.clock())
        action, kind, about = chosen("action", Action), chosen("kind", RecordKind), request.args.get("about", "")
        found = [
            line
            for line in change_lines(stored.plan.changes, known)
            if is_wanted(action, line.action)
            and is_wanted(kind, line.kind)
            and about in {"", *line.key}
            and is_found(line.text)
        ]
        if is_csv():
            return csv_download("roster-plan.csv", _CHANGES, _change_rows(found))
        return render_template(
            "console/plan.html",
            plan=stored.plan,
            head=stored.head,
            listing=listing(found),
            kinds=_kinds_of(stored),
            actions=list(Action),
            chart_rows=bars(_counts(stored.head)),
            count=change_count,
            verbs=VERBS.get(stored.head.state, ()),
            classes=class_lines(stored.plan.changes, known),
            known={**known, **dict(created_names(stored.plan.changes))},
            about=about,
            most=_MOST_BESIDE,
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


def _kinds_of(stored: StoredPlan) -> Mapping[RecordKind, int]:
    counted = Counter(change.kind for change in stored.plan.changes)
    return {kind: counted[kind] for kind in RecordKind if counted[kind]}


def _counts(head: PlanHead) -> Mapping[str, Mapping[str, int]]:
    return {
        said(names.RECORD_KINDS[kind]): head.counts[kind.value] for kind in RecordKind if head.counts.get(kind.value)
    }


def _change_rows(lines: Iterable[ChangeLine]) -> list[tuple[object, ...]]:
    return [
        (
            line.action.value,
            line.kind.value,
            line.record,
            "/".join(line.key),
            one.name,
            "" if one.old is None else one.old,
            "" if one.new is None else one.new,
        )
        for line in lines
        for one in line.fields
    ]
