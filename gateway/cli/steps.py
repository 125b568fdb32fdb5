"""``gateway step …``: start a step of the road, see how the last runs went."""

from __future__ import annotations

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.delivery.steps import StepTask, step_message
from gateway.model.steps import Step

_STARTED_BY_MESSAGE = (Step.ROSTER_IN, Step.PLATFORM_COMPARED, Step.EXPORT_OUT, Step.ARCHIVE_SIGNED)


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(step)


@click.group()
def step() -> None:
    """The steps of the road."""


@command(step, "run")
@click.argument("name", type=click.Choice([step.value for step in _STARTED_BY_MESSAGE]))
@click.option("--period", default=None, help="Id of a study period (export_out, archive_signed).")
@click.option("--class", "school_class", default=None, help="Id of a class (platform_compared, archive_signed).")
@click.option("--monday", type=click.DateTime(["%Y-%m-%d"]), default=None, help="A week (platform_compared).")
@school_option
def run(
    session: Session,
    voice: Voice,
    name: str,
    period: str | None,
    school_class: str | None,
    monday: object,
    school_id: str | None,
) -> None:
    """Put a step into the queue; a worker runs it. Without options it is about what is due."""
    given = {"period": period, "class": school_class, "monday": str(monday)[:10] if monday else None}
    task = StepTask(
        school=session.gateway.school(school_id).id,
        step=Step(name),
        arguments={key: value for key, value in given.items() if value},
    )
    (message,) = session.gateway.desk.enqueue(step_message(task))
    voice.answer({"ok": True, "message": message})


@command(step, "list")
@school_option
def list_runs(session: Session, voice: Voice, school_id: str | None) -> None:
    """List the newest runs of the steps."""
    with session.gateway.database.unit(session.gateway.school(school_id).id) as unit:
        runs = unit.steps.recent()
    voice.table(
        ("step", "outcome", "finished_at", "summary", "error", "message"),
        [(run.step, run.outcome, run.finished_at, run.summary, run.error, run.message) for run in runs],
    )
