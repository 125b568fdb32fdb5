"""OneRoster providers as sources: the words of their sections, and what their adapter is told of what we know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from gateway.adapters.oneroster.adapter import OneRosterAdapter, open_source
from gateway.model.roster_known import Known, known_of

if TYPE_CHECKING:
    from gateway.bootstrap.installation import Gateway
    from gateway.model.ids import SchoolId

ONEROSTER_WORDS = frozenset(
    {
        "url",
        "token_url",
        "client_id",
        "secret",
        "secret_file",
        "school_sourced_id",
        "version",
        "scopes",
        "timeout_seconds",
        "longest_minutes",
        "page",
        "two_readings_prove",
    }
)
"""Words of a section ``[rosters.NAME]`` of the kind ``oneroster`` that are the adapter's."""


def open_oneroster(
    gateway: Gateway, name: str, words: Mapping[str, Any], progress: Callable[[str, int], None]
) -> OneRosterAdapter:
    """Return the provider of a section; the installation closes it. ``progress`` is told how far a reading has come.

    Raises:
        ConfigurationError: ``oneroster.settings``.
    """
    source = open_source(name, words, clock=gateway.clock, known=knowing(gateway, name), progress=progress)
    gateway.closes(source.close)
    return source


def knowing(gateway: Gateway, name: str) -> Callable[[SchoolId], Known]:
    """Return what tells an adapter what we know of its source's people."""

    def known(school: SchoolId) -> Known:
        with gateway.database.unit(school) as unit:
            whole = [run for run in unit.roster_runs.newest(source=name) if run.complete and not run.partial]
            return known_of(
                unit.roster_links.all(source=name),
                unit.roster.state(),
                _today(gateway.clock(), unit.roster.school().zone),
                read_at=whole[0].started_at if whole else None,
            )

    return known


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()
