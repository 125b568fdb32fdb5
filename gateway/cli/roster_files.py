"""``gateway roster import|columns``: rosters from files that somebody brings."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.bootstrap.roster_files import import_of, list_columns
from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.cli.roster_result import tell_result
from gateway.model.roster_plan import PlanState
from gateway.roster.preview import Preview

_PLACE = click.Path(exists=True, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def add_files(roster: click.Group) -> None:
    """Add the commands."""
    _import(roster)
    _columns(roster)


def _import(roster: click.Group) -> None:
    """Add ``import``."""

    @command(roster, "import")
    @click.argument("place", metavar="FILE", type=_PLACE)
    @click.option("--source", required=True, metavar="NAME", help="Source of the settings whose files these are.")
    @click.option("--whole", is_flag=True, help="These lists are complete: whoever is not in them has left.")
    @click.option("--dry-run", is_flag=True, help="Tell what it would do, and write nothing.")
    @school_option
    def import_files(
        session: Session, voice: Voice, *, place: Path, source: str, whole: bool, dry_run: bool, school_id: str | None
    ) -> None:
        """Take a roster from a OneRoster zip, a list (CSV, XLSX) or a folder of them; what goes too far is held."""
        school = session.gateway.school(school_id)
        sync = import_of(session.gateway, school.id, source, place, whole=whole)
        if dry_run:
            _tell_preview(voice, sync.preview())
            return
        tell_result(voice, session.gateway, school.id, sync.run())


def _tell_preview(voice: Voice, seen: Preview) -> None:
    """Tell what would flow and what would wait for a person, and why it would."""
    flowing = [(PlanState.PROPOSED, seen.flowing)] if seen.flowing.changes or not seen.waiting else []
    parts = [*flowing, *((PlanState.HELD, part) for part in seen.waiting)]
    voice.table(
        ("state", "counts", "held_because", "rejected"),
        [
            (state, part.counts(), [one.text.in_language(voice.language) for one in part.hold], len(part.rejected))
            for state, part in parts
        ],
    )


def _columns(roster: click.Group) -> None:
    """Add ``columns``."""

    @command(roster, "columns")
    @click.argument("file", type=_FILE)
    @click.option("--source", default=None, metavar="NAME", help="Source whose agreed columns count first.")
    def columns(session: Session, voice: Voice, file: Path, source: str | None) -> None:
        """Say what the columns of a list are taken for, as lines for the settings of its source."""
        found = list_columns(session.gateway, file, source)
        lines = [f'"{column}" = "{found.meanings.get(column, "-")}"' for column in found.columns]
        voice.answer(
            {"ok": True, "file": found.file, "list": found.kind, "columns": dict(found.meanings)},
            lambda: [f"# {found.file}: {found.kind or '?'}", f"[rosters.{source or 'NAME'}.columns]", *lines],
        )
