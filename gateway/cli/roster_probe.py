"""``gateway roster probe``: what a roster source really does, found out by asking it."""

from __future__ import annotations

import click

from gateway.bootstrap.rosters import source_of
from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.errors import ConfigurationError, Text
from gateway.ports.roster_probe import ProbedSource
from gateway.roster.probing import keep_probe


def add_probe(roster: click.Group) -> None:
    """Add the command."""
    command(roster, "probe")(probe)


@click.option("--source", required=True, help="Name of the source in the settings.")
@school_option
def probe(session: Session, voice: Voice, source: str, school_id: str | None) -> None:
    """Ask a source what it really does: version, counts, page size, filters, rights; nothing is changed."""
    school = session.gateway.school(school_id)
    opened, _ = source_of(session.gateway, school.id, source)
    if not isinstance(opened, ProbedSource):
        raise ConfigurationError(
            "oneroster.not_probed",
            Text(
                ru=f"Источник «{source}» – не поставщик OneRoster: проверять у него нечего.",
                en=f"Source '{source}' is no OneRoster provider: there is nothing to find out.",
            ),
        )
    found = opened.probe(school).as_json()
    with session.gateway.database.unit(school.id) as unit:
        kept = keep_probe(unit.roster_probes, source, found, at=session.gateway.clock())
    voice.answer({"ok": True, "source": source, **found, "lost": dict(kept.lost)})
