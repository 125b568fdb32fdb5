"""What closing a school year needs: its records, the facts of its duties, the registry of its archives."""

from __future__ import annotations

from typing import Protocol

from gateway.ports.archive import ArchiveUnit
from gateway.ports.deadlines import DutyUnit
from gateway.ports.records import RecordsUnit


class YearsUnit(RecordsUnit, DutyUnit, ArchiveUnit, Protocol):
    """A transaction over one school's years."""
