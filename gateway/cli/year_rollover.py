"""``gateway year roll-over …``: the turn of the year as one plan, carried out as shown, taken back until it begins."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.model.ids import ClassId, PupilId, StaffId
from gateway.model.rollover import Finding, Outcome, RollOver
from gateway.roster.rollover import ShownRollOver, YearRollOver

_CLASSES = ("class", "year", "teacher", "new", "opening", "arrived", "left", "closing")
_PUPILS = ("pupil", "from", "outcome", "to", "on", "document")

_OUTCOMES = click.Choice([one.value for one in Outcome])


@click.group()
def roll_over() -> None:
    """The turn of the school year (R-ROST-05): next year's classes, promotion, repeaters, graduates."""


def add_to(year: click.Group) -> None:
    """Add the commands."""
    year.add_command(roll_over, "roll-over")


def _year_option(function: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--year", "number", type=int, default=None, help="Calendar year in which the school year that ends began."
    )(function)


@command(roll_over, "plan")
@_year_option
@school_option
def plan(session: Session, voice: Voice, number: int | None, school_id: str | None) -> None:
    """Make the plan anew and show it; nothing of the roster changes."""
    _print(voice, _flow(session, school_id).plan(number))


@command(roll_over, "show")
@click.argument("plan_id", metavar="[PLAN]", required=False)
@click.option("--pupils", is_flag=True, help="Every pupil instead of the classes.")
@school_option
def show(session: Session, voice: Voice, plan_id: str | None, school_id: str | None, *, pupils: bool) -> None:
    """Show a plan, the newest one without an id: class by class, or pupil by pupil."""
    shown = _flow(session, school_id).show(plan_id)
    if shown is None:
        voice.answer({"plan": None})
    elif pupils:
        voice.table(_PUPILS, _pupil_rows(shown.roll_over))
    else:
        _print(voice, shown)


@command(roll_over, "list")
@school_option
def list_plans(session: Session, voice: Voice, school_id: str | None) -> None:
    """List the newest roll-overs."""
    heads = _flow(session, school_id).plans()
    voice.table(
        ("id", "state", "made_at", "decided_at", "decided_by", "counts"),
        [(one.id, one.state, one.made_at, one.decided_at, one.decided_by, one.counts) for one in heads],
    )


@command(roll_over, "decide")
@click.argument("pupils", metavar="[PUPIL]...", nargs=-1)
@click.option("--class", "school_class", default=None, help="All pupils of this year's class, by its id.")
@click.option("--outcome", type=_OUTCOMES, required=True, help="What becomes of them.")
@click.option("--to", default="", help="Next year's class, such as 10Б, where it does not follow from this year's.")
@click.option("--document", default="", help="The order, number and date, where it is not the common one.")
@click.option("--last-day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Of those who go.")
@_year_option
@school_option
def decide(
    session: Session,
    voice: Voice,
    pupils: tuple[str, ...],
    school_class: str | None,
    outcome: str,
    to: str,
    document: str,
    last_day: datetime | None,
    number: int | None,
    school_id: str | None,
) -> None:
    """Decide what becomes of pupils, by their ids or of a whole class."""
    flow = _flow(session, school_id)
    of_class = flow.pupils_of(ClassId(school_class)) if school_class else ()
    decided = flow.decide(
        [*map(PupilId, pupils), *of_class],
        Outcome(outcome),
        by=getpass.getuser(),
        to=to,
        document=document,
        last_day=_day(last_day),
        year=number,
    )
    voice.answer({"ok": True, "decided": decided})


@command(roll_over, "forget")
@click.argument("pupils", metavar="PUPIL...", nargs=-1, required=True)
@_year_option
@school_option
def forget(session: Session, voice: Voice, pupils: tuple[str, ...], number: int | None, school_id: str | None) -> None:
    """Forget what was decided about pupils."""
    forgotten = _flow(session, school_id).forget([*map(PupilId, pupils)], by=getpass.getuser(), year=number)
    voice.answer({"ok": True, "forgotten": forgotten})


@command(roll_over, "order")
@click.argument("outcome", type=_OUTCOMES)
@click.option("--document", required=True, help="Number and date of the order.")
@click.option("--last-day", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Of those who go.")
@_year_option
@school_option
def order(
    session: Session,
    voice: Voice,
    outcome: str,
    document: str,
    last_day: datetime | None,
    number: int | None,
    school_id: str | None,
) -> None:
    """Name the order that is common to everybody with an outcome."""
    _flow(session, school_id).order(
        Outcome(outcome), document, by=getpass.getuser(), last_day=_day(last_day), year=number
    )
    voice.answer({"ok": True, "outcome": outcome, "document": document})


@command(roll_over, "class")
@click.argument("name", metavar="CLASS")
@click.option("--teacher", default=None, help="Id of the class teacher.")
@_year_option
@school_option
def name_class(
    session: Session, voice: Voice, name: str, teacher: str | None, number: int | None, school_id: str | None
) -> None:
    """Name a class of the new year, such as 1А, and its class teacher."""
    _flow(session, school_id).name_class(name, StaffId(teacher) if teacher else None, by=getpass.getuser(), year=number)
    voice.answer({"ok": True, "class": name, "teacher": teacher})


@command(roll_over, "apply")
@click.argument("plan_id", metavar="PLAN")
@click.option("--reason", required=True, help="Why; is kept with your name.")
@school_option
def apply(session: Session, voice: Voice, plan_id: str, reason: str, school_id: str | None) -> None:
    """Agree to a plan and carry it out: exactly what was shown, or nothing."""
    head = _flow(session, school_id).apply(plan_id, by=getpass.getuser(), reason=reason)
    voice.answer({"ok": True, "plan": head.id, "state": head.state})


@command(roll_over, "undo")
@click.argument("plan_id", metavar="PLAN")
@click.option("--reason", required=True, help="Why; is kept with your name.")
@school_option
def undo(session: Session, voice: Voice, plan_id: str, reason: str, school_id: str | None) -> None:
    """Take a plan back exactly, until the new year begins."""
    done = _flow(session, school_id).undo(plan_id, by=getpass.getuser(), reason=reason)
    voice.answer({"ok": True, **done.summary()})


def _flow(session: Session, school_id: str | None) -> YearRollOver:
    return session.gateway.roll_over(session.gateway.school(school_id).id)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _print(voice: Voice, shown: ShownRollOver) -> None:
    made = shown.roll_over
    head = {
        "plan": shown.head.id,
        "state": shown.head.state,
        "year": made.year,
        "first_day": made.first_day,
        "pupils": len(made.pupils),
        "leaving": made.leaving,
        "complete": made.is_complete,
    }
    if voice.as_json:
        rows = [dict(zip(_CLASSES, row, strict=True)) for row in _class_rows(made)]
        voice.answer({**head, "classes": rows, "findings": [_finding(one) for one in made.findings]})
        return
    voice.answer(head)
    voice.table(_CLASSES, _class_rows(made))
    for one in made.findings:
        mark = "!" if one.blocks else "-"
        click.echo(f"{mark} {one.pupil or one.school_class or ''} {one.text.in_language(voice.language)}")


def _class_rows(made: RollOver) -> list[tuple[object, ...]]:
    return [
        (str(one.name), one.year, one.class_teacher, one.is_new, one.opening, one.arrived, one.left, one.closing)
        for one in made.classes
    ]


def _pupil_rows(made: RollOver) -> list[tuple[object, ...]]:
    names = {one.id: str(one.name) for one in made.classes}
    return [
        (
            one.pupil,
            names.get(one.from_class, one.from_class),
            one.outcome,
            None if one.to_class is None else names.get(one.to_class, one.to_class),
            one.happened_on,
            one.document,
        )
        for one in made.pupils
    ]


def _finding(one: Finding) -> Mapping[str, object]:
    return {
        "code": one.code,
        "blocks": one.blocks,
        "pupil": one.pupil,
        "class": one.school_class,
        "number": one.number,
        "text": {"ru": one.text.ru, "en": one.text.en},
    }
