"""What the roster sources of a school were found to do, in the database (port `gateway.ports.roster_probe`)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from gateway.model.ids import SchoolId
from gateway.model.roster_abilities import StoredProbe
from gateway.storage.bulk import put_rows
from gateway.storage.tables.roster_runs import roster_probe


class SqlProbes:
    """The last probe of every source of one school."""

    def __init__(self, connection: Connection, school: SchoolId) -> None:
        self._connection = connection
        self._school = school

    def all(self) -> Sequence[StoredProbe]:
        """Return the last probe of every source, by name."""
        columns = roster_probe.c
        statement = select(roster_probe).where(columns.school_id == self._school).order_by(columns.source)
        return [
            StoredProbe(source=row["source"], probed_at=row["probed_at"], findings=row["findings"], lost=row["lost"])
            for row in self._connection.execute(statement).mappings()
        ]

    def keep(self, probe: StoredProbe) -> None:
        """Keep a probe over the one before."""
        row = {
            "school_id": self._school,
            "source": probe.source,
            "probed_at": probe.probed_at,
            "findings": dict(probe.findings),
            "lost": dict(probe.lost),
        }
        put_rows(self._connection, roster_probe, [row])
