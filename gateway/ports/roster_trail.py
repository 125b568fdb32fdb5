"""What is needed to tell what syncs did and how a record came."""

from __future__ import annotations

from typing import Protocol

from gateway.ports.roster import RosterRepository
from gateway.ports.roster_runs import ReceivedRecords, RosterRuns


class RosterTrail(Protocol):
    """A transaction over one school's roster and what its syncs left behind."""

    @property
    def roster(self) -> RosterRepository:
        """The school's roster."""
        ...

    @property
    def roster_runs(self) -> RosterRuns:
        """What syncs did."""
        ...

    @property
    def received(self) -> ReceivedRecords:
        """Records as they came."""
        ...
