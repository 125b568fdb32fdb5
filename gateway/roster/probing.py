"""What sources are found to do is kept, so that people see it and are told when a provider does less than before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.model.roster_abilities import StoredProbe, probed
from gateway.ports.roster import RosterSource
from gateway.ports.roster_probe import ProbedSource, ProbeRepository


def keep_probe(probes: ProbeRepository, source: str, findings: Mapping[str, object], *, at: datetime) -> StoredProbe:
    """Keep what a source was found to do, and what it did before and does no more."""
    before = next((one for one in probes.all() if one.source == source), None)
    now = probed(before, source, findings, at=at)
    probes.keep(now)
    return now


def keep_what_was_found(probes: ProbeRepository, name: str, source: RosterSource, *, at: datetime) -> None:
    """Keep what a source was found to do while it was read, where it finds such things out."""
    found = source.found if isinstance(source, ProbedSource) else None
    if found is not None:
        keep_probe(probes, name, found.as_json(), at=at)
