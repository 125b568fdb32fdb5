"""Refusing to carry out what has lost its ground since it was shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from gateway.errors import DocumentError, Fault, GatewayError, Party, Text
from gateway.model.roster import Key, RecordKind, RosterState
from gateway.model.roster_change import Change, RowChange
from gateway.model.roster_dependents import groundless, occupied

_LISTED = 200
"""Places that a refusal names; the rest is counted."""


def refuse_occupied(plan_id: str, state: RosterState, rows: Iterable[RowChange], today: date) -> None:
    """Refuse to close classes in which somebody would still sit of whom the plan does not know.

    Raises:
        DocumentError: ``roster.class_occupied``: its faults name the places in those classes.
    """
    if full := occupied(state, rows, today):
        raise _class_occupied(plan_id, state, full)


def refuse_groundless(plan_id: str, state: RosterState, changes: Iterable[Change]) -> None:
    """Refuse changes that name records which are not there: another part of the plan makes them, or that was undone.

    Raises:
        GatewayError: ``roster.plan_groundless``.
    """
    if missing := groundless(state, changes):
        raise GatewayError(
            "roster.plan_groundless",
            Text(
                ru=f"План состава «{plan_id}» опирается на записи, которых в составе нет (строк — {len(missing)}): их "
                "добавляет другая часть того же плана или их добавление отменили. Сначала примените ту часть или "
                "постройте план заново.",
                en=f"Roster plan '{plan_id}' rests on records that are not in the roster ({len(missing)} row(s)): "
                "another part of the same plan adds them, or their addition was taken back. Apply that part first, or "
                "make the plan anew.",
            ),
            who=Party.COORDINATOR,
        )


def _class_occupied(plan_id: str, state: RosterState, full: Mapping[str, tuple[Key, ...]]) -> DocumentError:
    names = ", ".join(sorted(_class_name(state, one) for one in full))
    places = [place for keys in full.values() for place in keys]
    return DocumentError(
        "roster.class_occupied",
        Text(
            ru=f"Ничего не сделано: план «{plan_id}» закрыл бы классы ({names}), а в них числятся ученики, о которых "
            f"он не знает, — {len(places)}. Переведите их или постройте план заново: он учтёт, что они там.",
            en=f"Nothing was done: plan '{plan_id}' would close classes ({names}) that have {len(places)} pupil(s) "
            "of whom it does not know. Move them, or make the plan anew: it will know that they are there.",
        ),
        faults=tuple(_place_fault(state, place) for place in places[:_LISTED]),
        who=Party.COORDINATOR,
        rule="R-ROST-20",
    )


def _place_fault(state: RosterState, place: Key) -> Fault:
    name = _class_name(state, place[1])
    return Fault(
        code="roster.class_occupied",
        text=Text(ru=f"Ученик числится в классе {name}.", en=f"The pupil has a place in class {name}."),
        record=f"{RecordKind.PUPIL}/{place[0]}",
        rule="R-ROST-20",
        who=Party.COORDINATOR,
    )


def _class_name(state: RosterState, school_class: str) -> str:
    held = state.of(RecordKind.CLASS).get((school_class,))
    return school_class if held is None else f"{held['grade']}{held['letter']}"
