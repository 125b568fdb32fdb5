"""``gateway roster export``: our OneRoster objects as CSV files for somebody who does not read them by REST."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.moments import MOMENT
from gateway.cli.output import Voice


def add_export(roster: click.Group) -> None:
    """Add the command."""

    @command(roster, "export")
    @click.option(
        "--csv",
        "file",
        required=True,
        type=click.Path(dir_okay=False, path_type=Path),
        help="The zip to write; it is written over.",
    )
    @click.option("--since", type=MOMENT, default=None, help="Only what changed then or later, with what is gone.")
    @click.option("--demographics", is_flag=True, help="Also birth dates and sexes.")
    @school_option
    def export(
        session: Session, voice: Voice, *, file: Path, since: datetime | None, demographics: bool, school_id: str | None
    ) -> None:
        """Write roster and gradebook as a OneRoster 1.2.1 CSV package: all of it, or what changed."""
        school = session.gateway.school(school_id)
        partial = file.with_name(f"{file.name}.part")
        try:
            with partial.open("wb") as stream:
                rows = session.gateway.csv_export(school.id).write(stream, since=since, demographics=demographics)
            partial.replace(file)
        finally:
            partial.unlink(missing_ok=True)
        voice.answer({"ok": True, "file": str(file), "mode": "bulk" if since is None else "delta", **rows})
