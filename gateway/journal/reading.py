"""Reads a posted document: what is broken as a whole is refused, what is broken in a record is set aside.

A document is gone through once, record by record, and may be of any size: what is valid waits in a `Spool`. What the
rules find later is looked up in the document once more, so that nothing about its places has to be kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from types import MappingProxyType
from typing import Any

from gateway.errors import Fault, Rejected
from gateway.journal.answer import MAX_REJECTED, too_many_rejected
from gateway.journal.document import JournalDocument, ReadRecord, not_a_batch
from gateway.journal.spool import Spool
from gateway.mapping.journal_records import record_from
from gateway.model.batch import Batch
from gateway.model.journal_records import RESTRICTED, RecordKey, RecordKind, name_of
from gateway.model.record_shape import label_of
from gateway.model.rules.batch import Position
from gateway.model.rules.turns import TURNS
from gateway.schemas.json_validation import MAX_FAULTS

PART = 5000
"""Records that are held against the rules and written together."""

_STEP = 1000

Heard = Callable[[int], None]
"""Hears how many records have been dealt with."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Some of a document's valid records; ``places`` are theirs among the document's records of their kind."""

    batch: Batch = field(repr=False)
    places: Mapping[RecordKind, list[int]] = field(repr=False)

    def in_document(self, position: Position) -> Position:
        """Return where a record of the part stands in the document."""
        kind, place = position
        return kind, self.places[kind][place]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A document as it was understood.

    Attributes:
        document: the document itself.
        batch: its envelope, without records.
        count: how many records are valid by the schema.
        rejected: those that are not.
        forbidden: records of kinds that their sender may not bring, by position, with their fault; nothing else of
            them was looked at.
        rejected_keys: what the records of both are known by, as far as they say so.
        repeated: keys that stand in the document more than once, and how often.
    """

    document: JournalDocument = field(repr=False)
    batch: Batch = field(repr=False)
    rejected: tuple[Rejected, ...]
    forbidden: Mapping[Position, tuple[Fault, ...]] = field(repr=False)
    rejected_keys: Mapping[RecordKind, Collection[RecordKey]]
    repeated: Mapping[RecordKind, Mapping[RecordKey, int]] = field(repr=False)
    _spool: Spool = field(repr=False)

    @property
    def count(self) -> int:
        """Number of the records that are valid by the schema."""
        return self._spool.count

    def parts(self, size: int = PART) -> Iterator[Part]:
        """Yield the valid records in the order in which the rules take them, cut into parts; at least one part."""
        places: defaultdict[RecordKind, list[int]] = defaultdict(list)
        records: defaultdict[RecordKind, list[Any]] = defaultdict(list)
        held, cut = 0, False
        for kind, place, record in self._in_turn():
            places[kind].append(place)
            records[kind].append(record)
            held += 1
            if held == size:
                yield self._part(places, records)
                places, records, held, cut = defaultdict(list), defaultdict(list), 0, True
        if held or not cut:
            yield self._part(places, records)

    def turn_away(self, faults: Mapping[Position, tuple[Fault, ...]]) -> Iterator[Rejected]:
        """Yield records of the document that have faults, with path, line, value and their own form without texts.

        Nothing is kept of a forbidden record and of one of a restricted kind (R-SEC-10).
        """
        if faults:
            for one in self.document.locate(faults):
                kind, _ = one.position
                raw = "" if one.position in self.forbidden else _kept(kind, one.raw)
                yield Rejected(record=one.faults[0].record or "", kind=label_of(kind.one), faults=one.faults, raw=raw)

    def _part(self, places: Mapping[RecordKind, list[int]], records: Mapping[RecordKind, list[Any]]) -> Part:
        lists: dict[str, Any] = {kind.value: tuple(found) for kind, found in records.items()}
        return Part(batch=replace(self.batch, **lists), places=places)

    def _in_turn(self) -> Iterator[tuple[RecordKind, int, Any]]:
        for turn in TURNS:
            for place, _, plain in self._spool.records(turn):
                yield turn.kind, place, record_from(turn.kind, plain)


@contextmanager
def read_document(
    document: JournalDocument,
    heard: Heard = lambda _count: None,
    *,
    forbidden: Mapping[RecordKind, Fault] = MappingProxyType({}),
) -> Iterator[Reading]:
    """Read a document; its records are kept in a temporary file until the context is left.

    Args:
        document: the document.
        heard: hears how many records have been read.
        forbidden: kinds that its sender may not bring, with the fault of their records.

    Raises:
        DocumentError: ``journal.too_many_rejected``: too many of its records are of forbidden kinds.
        SchemaError: the document is not well-formed; or not a batch (``journal.not_a_batch``): its envelope is not
            valid, or it has as many faults as are told at most. All faults found are in it.
    """
    faults: list[Fault] = []
    rejected: list[Rejected] = []
    barred: dict[Position, tuple[Fault, ...]] = {}
    keys: defaultdict[RecordKind, set[RecordKey]] = defaultdict(set)
    with Spool() as spool:
        for number, record in enumerate(document.records(), start=1):
            kind, _ = record.position
            if kind in forbidden:
                barred[record.position] = (replace(forbidden[kind], record=_name(record)),)
                if len(barred) > MAX_REJECTED:
                    raise too_many_rejected(tuple(fault for (fault,) in islice(barred.values(), MAX_FAULTS)))
                if record.key is not None:
                    keys[kind].add(record.key)
            elif record.plain is not None and record.key is not None:
                spool.add(kind, record.position[1], record.key, record.plain)
            else:
                faults += record.faults
                if len(faults) >= MAX_FAULTS:
                    raise not_a_batch(tuple(faults[:MAX_FAULTS]))
                rejected.append(_rejected(record))
                if record.key is not None:
                    keys[kind].add(record.key)
            if number % _STEP == 0:
                heard(number)
        envelope = document.envelope()
        if envelope.faults:
            raise not_a_batch((*envelope.faults, *faults)[:MAX_FAULTS])
        yield Reading(
            document=document,
            batch=Batch(school=envelope.school, sent_at=envelope.sent_at),
            rejected=tuple(rejected),
            forbidden=barred,
            rejected_keys=keys,
            repeated=spool.repeated(),
            _spool=spool,
        )


def _rejected(record: ReadRecord) -> Rejected:
    kind, _ = record.position
    name = _name(record)
    faults = tuple(replace(fault, record=name) for fault in record.faults)
    return Rejected(record=name, kind=label_of(kind.one), faults=faults, raw=_kept(kind, record.raw))


def _name(record: ReadRecord) -> str:
    return name_of(record.key) if record.key else f"#{record.position[1] + 1}"


def _kept(kind: RecordKind, raw: str) -> str:
    """Return what is kept of a rejected record's own form."""
    return "" if kind in RESTRICTED else raw
