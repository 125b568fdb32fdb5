"""``gateway export …``: rehearse, run and look at exports to the education authority."""

from __future__ import annotations

from dataclasses import asdict

import click

from gateway.bootstrap.steps import StepRuns
from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.delivery.steps import StepTask
from gateway.errors import GatewayError, SchemaError, Text
from gateway.model.ids import PeriodId
from gateway.model.steps import Step


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(export)


@click.group()
def export() -> None:
    """Exports to the education authority."""


@command(export, "list")
@school_option
def list_packages(session: Session, voice: Voice, school_id: str | None) -> None:
    """List the newest packages."""
    with session.gateway.database.unit(session.gateway.school(school_id).id) as unit:
        packages = unit.exports.recent()
    voice.table(
        ("id", "definition", "period", "version", "made_at", "state", "receipt", "size"),
        [(p.id, p.definition, p.period, p.version, p.made_at, p.state, p.receipt, p.size) for p in packages],
    )


@command(export, "run")
@click.option("--period", default=None, help="Id of a study period; the quarter in progress without it.")
@school_option
def run(session: Session, voice: Voice, period: str | None, school_id: str | None) -> None:
    """Build, check and sign the report of a period and put it into the queue, unless it says nothing new."""
    school = session.gateway.school(school_id)
    wanted = _period(session, period, school_id)
    result = session.gateway.export(school.id).run(wanted)
    package = result.package
    voice.answer({"ok": True, "package": package.id, "changed": result.changed, "message": package.message})


@command(export, "rehearse")
@click.option("--period", default=None, help="Id of a study period; the quarter in progress without it.")
@school_option
def rehearse(session: Session, voice: Voice, period: str | None, school_id: str | None) -> None:
    """Build and check the report and compare it with the last accepted one; nothing is sent."""
    school = session.gateway.school(school_id)
    rehearsal = session.gateway.export(school.id).rehearse(_period(session, period, school_id))
    if rehearsal.faults:
        raise SchemaError(
            "export.invalid",
            Text(ru="Документ не соответствует схеме.", en="The document does not match its schema."),
            faults=tuple(rehearsal.faults),
        )
    accepted = asdict(rehearsal.accepted) if rehearsal.accepted else None
    voice.answer({"ok": True, "changed": rehearsal.changed, "counts": asdict(rehearsal.counts), "accepted": accepted})


@command(export, "show")
@click.argument("package_id", metavar="PACKAGE")
@click.option("--document", is_flag=True, help="Print the signed document itself (personal data).")
@school_option
def show(session: Session, voice: Voice, package_id: str, document: bool, school_id: str | None) -> None:  # noqa: FBT001  click passes a flag
    """Show a package: its manifest and what became of it."""
    with session.gateway.database.unit(session.gateway.school(school_id).id) as unit:
        package = unit.exports.package(package_id)
    if package is None:
        raise GatewayError(
            "export.unknown_package",
            Text(ru=f"Пакета «{package_id}» нет.", en=f"There is no package '{package_id}'."),
        )
    if document:
        click.echo(package.document)
        return
    voice.answer(
        {
            "id": package.id,
            "state": package.state,
            "receipt": package.receipt,
            "receipt_at": package.receipt_at,
            "message": package.message,
            "manifest": package.manifest,
        }
    )


def _period(session: Session, given: str | None, school_id: str | None) -> PeriodId:
    if given:
        return PeriodId(given)
    task = StepTask(school=session.gateway.school(school_id).id, step=Step.EXPORT_OUT)
    return StepRuns(gateway=session.gateway).export_period(task)
