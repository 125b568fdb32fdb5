"""Reads a posted document: what is broken as a whole is refused, what is broken in a record is set aside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from gateway.errors import Fault, Rejected
from gateway.journal.documents import JournalDocument, not_a_batch, open_document
from gateway.model.journal import Batch
from gateway.model.journal_records import RecordKey, RecordKind, name_of
from gateway.model.rules.batch import Position
from gateway.schemas.json_validation import MAX_FAULTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """A document as it was understood.

    Attributes:
        document: the document itself.
        batch: its records that are valid by the schema.
        rejected: the others.
        rejected_keys: what the others are known by, as far as they say so.
        places: for every record of the batch its place among the document's records of its kind.
    """

    document: JournalDocument = field(repr=False)
    batch: Batch = field(repr=False)
    rejected: tuple[Rejected, ...]
    rejected_keys: Mapping[RecordKind, Collection[RecordKey]]
    places: Mapping[RecordKind, Sequence[int]] = field(repr=False)

    def turn_away(self, faults: Mapping[Position, tuple[Fault, ...]]) -> tuple[Rejected, ...]:
        """Return the batch's records that have faults, with path, line and raw form in the document."""
        origins = {(kind, place): (kind, self.places[kind][place]) for kind, place in faults}
        findings = [(origins[position], fault) for position, found in faults.items() for fault in found]
        placed = iter(self.document.placed(findings))
        return tuple(
            _rejected(self.document, origins[position], tuple(islice(placed, len(found))))
            for position, found in faults.items()
        )


def read_document(content: bytes, media_type: str) -> Reading:
    """Read a document of the media type ``application/json`` or ``application/xml``.

    Raises:
        SchemaError: the document is not well-formed; or not a batch (``journal.not_a_batch``): its envelope is not
            valid, or it has as many faults as are told at most. All faults found are in it.
    """
    document = open_document(content, media_type)
    findings = tuple(islice(document.faults(), MAX_FAULTS))
    owned: defaultdict[Position, list[Fault]] = defaultdict(list)
    for owner, fault in findings:
        if owner is None or len(findings) == MAX_FAULTS:
            raise not_a_batch(tuple(fault for _, fault in findings))
        owned[owner].append(fault)
    rejected = {position: _rejected(document, position, tuple(found)) for position, found in owned.items()}
    return Reading(
        document=document,
        batch=document.batch(leaving_out=owned),
        rejected=tuple(rejected.values()),
        rejected_keys=_keys(document, owned),
        places={
            kind: [place for place in range(document.count(kind)) if (kind, place) not in owned] for kind in RecordKind
        },
    )


def _rejected(document: JournalDocument, position: Position, faults: tuple[Fault, ...]) -> Rejected:
    kind, place = position
    key = document.key(position)
    name = name_of(key) if key else f"#{place + 1}"
    return Rejected(
        record=name,
        kind=kind.one,
        faults=tuple(replace(fault, record=name) for fault in faults),
        raw=document.raw(position),
    )


def _keys(document: JournalDocument, positions: Collection[Position]) -> Mapping[RecordKind, Collection[RecordKey]]:
    keys: defaultdict[RecordKind, set[RecordKey]] = defaultdict(set)
    for position in positions:
        key = document.key(position)
        if key is not None:
            keys[position[0]].add(key)
    return keys
