"""Records as they were before void operations, held against the rules before they are put back (R-SEC-05)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.model.batch import Batch
from gateway.model.ids import SchoolId
from gateway.model.incident import Revival
from gateway.model.journal_records import RecordKey, RecordKind, Stored, key_of
from gateway.model.rules.batch import check_batch
from gateway.model.rules.reference import StoredRecords
from gateway.ports.journal import JournalRepository


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """A record that goes back: as it will be, and as the void operation left it."""

    kind: RecordKind
    now: Stored[Any]
    before: Any
    found: Revival


def that_can_stand(
    restored: Sequence[Restored], journal: JournalRepository, *, school: SchoolId, at: datetime
) -> list[Restored]:
    """Return those that break no rule when all that are returned are put back together.

    Whether they may be written now is not asked, for they were written once: no lock and no closed year is in the way.
    """
    standing = list(restored)
    while faulty := _faulty(standing, journal, school, at):
        standing = [one for one in standing if (one.kind, key_of(one.now.record)) not in faulty]
    return standing


def _faulty(
    restored: Sequence[Restored], journal: JournalRepository, school: SchoolId, at: datetime
) -> frozenset[tuple[RecordKind, RecordKey]]:
    """Return which records break a rule in a journal that holds them all."""
    by_kind: dict[RecordKind, dict[RecordKey, Stored[Any]]] = defaultdict(dict)
    for one in restored:
        by_kind[one.kind][key_of(one.now.record)] = one.now
    lists = {kind.value: tuple(held.record for held in records.values()) for kind, records in by_kind.items()}
    batch = Batch(school=school, sent_at=at, **lists)
    reference = journal.reference(batch)
    assert reference is not None  # noqa: S101  the school is locked by whoever settles
    reference = replace(reference, stored=_with(reference.stored, by_kind))
    keys = {kind: tuple(records) for kind, records in by_kind.items()}
    return frozenset((kind, keys[kind][place]) for kind, place in check_batch(batch, reference, now=at).faults)


def _with(stored: StoredRecords, restored: Mapping[RecordKind, Mapping[RecordKey, Stored[Any]]]) -> StoredRecords:
    put_back = {kind: {**stored.of(kind), **records} for kind, records in restored.items()}
    return StoredRecords(by_kind={**stored.by_kind, **put_back})
