"""Holds a batch against all rules and decides, record by record, what goes through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from types import MappingProxyType
from typing import Any

from gateway.errors import Fault, Text
from gateway.model.batch import Batch
from gateway.model.journal_records import KEYS, Record, RecordKey, RecordKind, key_of, name_of, records_of
from gateway.model.rules.authorship import authorship_faults
from gateway.model.rules.catalogue import RULES
from gateway.model.rules.corrections import correction_link_faults
from gateway.model.rules.exactly_one import CHOICES, exactly_one_faults
from gateway.model.rules.identity import identity_faults
from gateway.model.rules.links import link_faults
from gateway.model.rules.locks import LOCKABLE, lock_faults
from gateway.model.rules.moments import ORDERED, PAST, order_faults, past_faults
from gateway.model.rules.reference import JournalReference
from gateway.model.rules.turns import TURNS
from gateway.model.rules.view import JournalView
from gateway.model.rules.years import year_faults

Position = tuple[RecordKind, int]
"""A record by its kind and its place, from 0, among the batch's records of that kind."""

_NONE: Mapping[RecordKind, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What goes through and what does not.

    Attributes:
        accepted: the records without a fault; together they keep every rule.
        faults: everything that is wrong with each of the others.
    """

    accepted: Batch
    faults: Mapping[Position, tuple[Fault, ...]]


def check_batch(
    batch: Batch,
    reference: JournalReference,
    *,
    now: datetime,
    rejected: Mapping[RecordKind, Collection[RecordKey]] = _NONE,
    repeated: Mapping[RecordKind, Mapping[RecordKey, int]] = _NONE,
) -> Verdict:
    """Hold every record against every rule; a record falls with those it depends on, the others stand.

    Records have their turn in the order of `turns`, each is held against the journal as those before it leave it.
    A document may be checked in parts that are cut anywhere in that order, if what a part leaves is written before
    the next one's reference is read, and `rejected` and `repeated` are those of the whole document: the verdicts of
    the parts are together that of the whole.

    Args:
        batch: the records that are valid by the schema.
        reference: what the rules have to know besides.
        now: the moment of the check.
        rejected: keys of records that were turned away before, so that what depends on them falls too.
        repeated: how often keys stand in the whole document that stand in it more than once; what is repeated in
            the batch itself is seen without it.
    """
    view = JournalView(reference=reference, now=now)
    for kind, keys in rejected.items():
        for key in keys:
            view.reject(kind, key)
    faults: dict[Position, tuple[Fault, ...]] = {}
    for turn in TURNS:
        kind, records = turn.kind, records_of(batch, turn.kind)
        keys = [key_of(record) for record in records]
        times = Counter(keys) | Counter(repeated.get(kind, {}))
        for place, (key, record) in enumerate(zip(keys, records, strict=True)):
            if not turn.takes(record):
                continue
            found = tuple(chain(_repeat_faults(kind, times[key]), _record_faults(kind, record, key, view)))
            if found:
                faults[kind, place] = tuple(replace(fault, record=name_of(key)) for fault in found)
                view.reject(kind, key)
            else:
                view.accept(kind, key, record)
    return Verdict(accepted=_without(batch, faults), faults=faults)


def _record_faults(kind: RecordKind, record: Record, key: RecordKey, view: JournalView) -> Iterator[Fault]:
    """Yield what is wrong with a record: with what it says, and with its being written now.

    A record that is brought again as it is stored writes nothing: no lock and no closed year is in its way.
    """
    yield from link_faults(kind, record, view)
    if kind in CHOICES:
        yield from exactly_one_faults(kind, record)
    if kind in ORDERED:
        yield from order_faults(kind, record)
    if kind in PAST:
        yield from past_faults(kind, record, view)
    if kind in RULES:
        yield from RULES[kind](record, view)
    before = view.stored(kind, key)
    if before == record:
        return
    if before is not None:
        yield from identity_faults(kind, record, before)
    yield from year_faults(kind, record, before, view)
    if kind in LOCKABLE:
        yield from lock_faults(kind, record, before, view)
        yield from correction_link_faults(kind, record, key, view)
    yield from authorship_faults(record, view)


def _repeat_faults(kind: RecordKind, times: int) -> Iterator[Fault]:
    if times > 1:
        yield Fault(
            code="journal.record_repeated",
            text=Text(
                ru=f"Запись с этим ключом встречается в пакете {times} раз(а): неясно, какая верна.",
                en=f"A record with this key is in the batch {times} times: it is unclear which of them holds.",
            ),
            field="id" if KEYS[kind] == ("id",) else None,
            rule="R-EXCH-04",
        )


def _without(batch: Batch, faulty: Collection[Position]) -> Batch:
    touched = {kind for kind, _ in faulty}
    kept: dict[str, Any] = {
        kind.value: tuple(record for place, record in enumerate(records_of(batch, kind)) if (kind, place) not in faulty)
        for kind in touched
    }
    return replace(batch, **kept)
