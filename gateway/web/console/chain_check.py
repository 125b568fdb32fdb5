"""The audit chain looked through from its beginning, in portions, telling how far it is (R-AUD-01)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.model.audit import AuditEntry, ChainCheck, ChainFault
from gateway.ports.console import ConsoleUnit
from gateway.ports.frame import Units

PORTION = 5000
"""Entries read in one transaction: writers wait for no more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How many entries of how many have been seen; ``faults`` only in the last of them."""

    seen: int
    total: int
    faults: Sequence[ChainFault] | None = None


def check_chain(units: Units[ConsoleUnit], *, portion: int = PORTION) -> Iterator[Progress]:
    """Yield how far the check is, and at last what it found.

    Entries are only ever added, so those that were there at the beginning are checked, each portion in a transaction of
    its own, while work goes on.
    """
    with units() as unit:
        head, total = unit.audit_browser.extent()
    check, seen = ChainCheck(head), 0
    yield Progress(seen=seen, total=total)
    while entries := _portion(units, after=seen, last=total, limit=portion):
        for entry in entries:
            check.see(entry)
        seen = entries[-1].sequence
        yield Progress(seen=seen, total=total)
    yield Progress(seen=total, total=total, faults=check.faults())


def _portion(units: Units[ConsoleUnit], *, after: int, last: int, limit: int) -> Sequence[AuditEntry]:
    with units() as unit:
        return [entry for entry in unit.audit.changes(after, limit) if entry.sequence <= last]
