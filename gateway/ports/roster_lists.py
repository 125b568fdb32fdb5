"""What the lists of the school's people, classes, groups and subjects need."""

from __future__ import annotations

from typing import Protocol

from gateway.ports.frame import Unit
from gateway.ports.records import RecordsReading, ViewLog
from gateway.ports.roster import RosterListing


class RosterListsReading(RecordsReading, Protocol):
    """One school's roster and records, to be read."""

    @property
    def roster(self) -> RosterListing:
        """The school's roster."""
        ...


class ViewsUnit(Unit, Protocol):
    """A transaction in which looks are kept."""

    @property
    def views(self) -> ViewLog:
        """Who looked at whom."""
        ...
