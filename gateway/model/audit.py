"""The audit chain: who changed what, when, from what to what, sealed so that nothing can be slipped in or out.

R-AUD-01, R-AUD-02. Each entry's hash covers the hash before it, so a changed, removed or reordered entry breaks the
chain at a known place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

GENESIS = "0" * 64
"""Hash before the first entry of a school."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRecord:
    """One change before it is sealed. ``old`` and ``new`` are JSON objects; ``old`` is ``None`` for a creation."""

    at: datetime
    actor: str
    role: str
    channel: str
    action: str
    object_kind: str
    object_id: str
    old: Mapping[str, object] | None = field(default=None, repr=False)
    new: Mapping[str, object] | None = field(default=None, repr=False)
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """A sealed change: its number in the school's chain (from 1), the hash before it and its own."""

    sequence: int
    previous: str
    hash: str
    record: AuditRecord


def entry_hash(sequence: int, previous: str, record: AuditRecord) -> str:
    """Return the SHA-256 (hex) of an entry: number, hash before, and every field of the record in canonical JSON."""
    content = json.dumps(
        [
            sequence,
            previous,
            record.at.astimezone(UTC).isoformat(),
            record.actor,
            record.role,
            record.channel,
            record.action,
            record.object_kind,
            record.object_id,
            record.old,
            record.new,
            record.reason,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(content.encode()).hexdigest()


def seal(records: Iterable[AuditRecord], *, sequence: int, previous: str) -> Iterator[AuditEntry]:
    """Yield the records as entries that follow entry ``sequence`` with hash ``previous``."""
    for number, record in enumerate(records, start=sequence + 1):
        digest = entry_hash(number, previous, record)
        yield AuditEntry(sequence=number, previous=previous, hash=digest, record=record)
        previous = digest


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainFault:
    """The first place where a chain does not hold, and how: ``missing``, ``reordered`` or ``changed``."""

    sequence: int
    reason: str


def first_fault(entries: Iterable[AuditEntry], *, head: tuple[int, str] | None = None) -> ChainFault | None:
    """Return the first place where the chain breaks, or ``None`` if it is whole.

    Args:
        entries: the chain from its beginning.
        head: number and hash of the last entry, as kept apart from the chain; without it
            entries cut off at the end do not show.
    """
    expected, previous = 1, GENESIS
    for entry in entries:
        if entry.sequence != expected:
            return ChainFault(sequence=expected, reason="missing" if entry.sequence > expected else "reordered")
        if entry.previous != previous or entry.hash != entry_hash(entry.sequence, entry.previous, entry.record):
            return ChainFault(sequence=entry.sequence, reason="changed")
        expected, previous = expected + 1, entry.hash
    if head is not None and head != (expected - 1, previous):
        return ChainFault(sequence=expected, reason="missing")
    return None
