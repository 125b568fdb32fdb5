"""What the console reads of one school, inside a transaction."""

from __future__ import annotations

from typing import Protocol

from gateway.ports.frame import Unit


class ConsoleUnit(Unit, Protocol):
    """A transaction over what the console shows."""
