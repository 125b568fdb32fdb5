"""Asking a source for one record: it goes the same road as all of them, and whoever is not in it is not missed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.model.roster import RecordKind, RosterSnapshot
from gateway.model.school import School
from gateway.ports.roster_runs import RecordSource


@dataclass(frozen=True, kw_only=True, slots=True)
class OneRecord:
    """A source that tells of one record only: what a sync of a single record reads (a `RosterSource`).

    Attributes:
        source: can be asked for single records.
        kind: of the record.
        source_id: its id at the source.
    """

    source: RecordSource
    kind: RecordKind
    source_id: str

    def snapshot(self, school: School) -> RosterSnapshot:
        """Return what the source says of the record now; always partial, so that nothing is missed because of it.

        Raises:
            PermanentError: the source has no such record.
            TransientError: no answer.
        """
        return replace(self.source.one(school, self.kind, self.source_id), partial=True)
