"""What has changed in the journal, made from the audit chain: for systems that keep a copy of it.

The chain numbers every change of a school without gaps, in the order of the commits. A record that was renamed is told
with both keys; nothing is ever deleted (R-AUD-02), what is not meant any more is voided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from gateway.model.audit import AuditEntry
from gateway.model.journal_records import RecordKey, RecordKind, Stored
from gateway.model.record_history import REKEY
from gateway.ports.records import RecordShelf


class ChangeKind(StrEnum):
    """What happened to a record."""

    CREATED = "created"
    CHANGED = "changed"
    VOIDED = "voided"
    RENAMED = "renamed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change in the feed.

    Attributes:
        sequence: its number in the school's audit chain, from 1, without gaps or repetitions over all kinds of entry.
        key: the record's key after the change.
        previous: its key before, where the change was one of keys.
        record: the record as it is now; ``None`` where it was not asked for or has got yet another key since.
    """

    sequence: int
    at: datetime
    change: ChangeKind
    kind: RecordKind
    key: RecordKey
    previous: RecordKey | None = None
    record: Stored[Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangePage:
    """Changes in their order; ``last`` is where the next page begins, ``more`` tells that there is one already."""

    changes: tuple[Change, ...]
    last: int
    more: bool


_KINDS_OF_CHANGE = MappingProxyType(
    {
        "create": ChangeKind.CREATED,
        "update": ChangeKind.CHANGED,
        "void": ChangeKind.VOIDED,
        "void_by_incident": ChangeKind.VOIDED,
        REKEY: ChangeKind.RENAMED,
    }
)
"""What the actions of the audit mean to somebody who keeps a copy."""


def changes_in(entries: Iterable[AuditEntry], kinds: Collection[RecordKind]) -> Iterator[Change]:
    """Yield those entries that are changes of records of some kinds."""
    wanted = {kind.one: kind for kind in kinds}
    for entry in entries:
        record = entry.record
        change, kind = _KINDS_OF_CHANGE.get(record.action), wanted.get(record.object_kind)
        if change is not None and kind is not None:
            yield Change(
                sequence=entry.sequence,
                at=record.at,
                change=change,
                kind=kind,
                key=tuple(record.object_id.split(" ")),
                previous=_key_in(record.old) if change is ChangeKind.RENAMED else None,
            )


def with_present(changes: Iterable[Change], records: RecordShelf, kinds: Collection[RecordKind]) -> Iterator[Change]:
    """Yield changes, those of some kinds with the record as it is now."""
    held: dict[tuple[RecordKind, RecordKey], Stored[Any] | None] = {}
    for change in changes:
        place = (change.kind, change.key)
        if change.kind in kinds and place not in held:
            held[place] = records.get(*place)
        yield replace(change, record=held.get(place))


def _key_in(kept: Mapping[str, Any] | None) -> RecordKey | None:
    return None if kept is None else tuple(kept["key"])
