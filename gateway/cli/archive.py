"""``gateway archive …``: build, verify, list."""

from __future__ import annotations

from collections.abc import Iterable

import click
from rich.console import Console
from rich.progress import track

from gateway.archive.verification import FileReport
from gateway.bootstrap.steps import StepRuns
from gateway.cli.context import Session, command, school_option
from gateway.cli.output import FAILED, Voice
from gateway.delivery.steps import StepTask
from gateway.model.steps import Step


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(archive)


@click.group()
def archive() -> None:
    """The archive of signed class journals."""


@command(archive, "build")
@click.option("--period", default=None, help="Id of a study period; the quarter just ended without it.")
@click.option("--class", "school_class", default=None, help="Id of a class; all classes without it.")
@school_option
def build(session: Session, voice: Voice, period: str | None, school_class: str | None, school_id: str | None) -> None:
    """Make, sign and register the journal file of each class; what has not changed is left alone."""
    given = {"period": period, "class": school_class}
    task = StepTask(
        school=session.gateway.school(school_id).id,
        step=Step.ARCHIVE_SIGNED,
        arguments={name: value for name, value in given.items() if value},
    )
    runs, builder = StepRuns(gateway=session.gateway), session.gateway.archive(task.school)
    chosen = runs.archive_period(task)
    classes = runs.archive_classes(task, chosen)
    results = [builder.run(chosen, one) for one in track(classes, "archive", console=Console(stderr=True))]
    voice.table(
        ("file", "version", "created", "pages", "sha256"),
        [(r.entry.location, r.entry.version, r.created, r.entry.pages, r.entry.sha256) for r in results],
    )


@command(archive, "verify")
@click.argument("file_name", required=False)
@school_option
def verify(session: Session, voice: Voice, file_name: str | None, school_id: str | None) -> None:
    """Hold every file of the archive (or one) against the registry and its signatures."""
    verifier = session.gateway.archive_verifier(session.gateway.school(school_id).id)
    reports = list(verifier.verify(file_name))
    _tell(voice, reports)
    if not reports or not all(report.sound for report in reports):
        raise SystemExit(FAILED)


@command(archive, "registry")
@school_option
def registry(session: Session, voice: Voice, school_id: str | None) -> None:
    """List the registry of archived journals (R-ARCH-12)."""
    with session.gateway.database.unit(session.gateway.school(school_id).id) as unit:
        entries = unit.archive.entries()
    voice.table(
        ("location", "version", "signed_at", "signed_by", "pages", "size", "sha256", "retention_until"),
        [
            (e.location, e.version, e.signed_at, e.signed_by, e.pages, e.size, e.sha256, e.retention_until)
            for e in entries
        ],
    )


def _tell(voice: Voice, reports: Iterable[FileReport]) -> None:
    voice.table(
        ("file", "sound", "signer", "pages", "findings"),
        [
            (
                report.location,
                report.sound,
                report.signer.subject if report.signer else None,
                report.pages,
                "; ".join(f"{found.code}: {voice.fault_line(found)}" for found in report.findings),
            )
            for report in reports
        ],
    )
