"""What the report on the movement of pupils needs."""

from __future__ import annotations

from typing import Protocol

from gateway.ports.frame import Unit
from gateway.ports.records import RecordShelf
from gateway.ports.roster import RosterRepository


class MovementUnit(Unit, Protocol):
    """One school's movement book, its classes and the orders about them."""

    @property
    def roster(self) -> RosterRepository:
        """The school's roster and its movement book."""
        ...

    @property
    def records(self) -> RecordShelf:
        """Single records, the orders among them."""
        ...
