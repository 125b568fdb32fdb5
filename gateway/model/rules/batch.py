"""Holds a batch against all rules and decides, record by record, what goes through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gateway.errors import Fault, Text
from gateway.model.journal import Batch
from gateway.model.journal_records import Record, RecordKey, RecordKind, key_of, name_of, records_of
from gateway.model.rules.facts import absence_faults, homework_faults, mark_faults
from gateway.model.rules.lessons import lesson_faults
from gateway.model.rules.presence import absence_presence_faults, mark_presence_faults, marked_before, missed
from gateway.model.rules.reference import JournalReference
from gateway.model.rules.setup import (
    consent_faults,
    group_faults,
    period_faults,
    subject_faults,
    vacation_faults,
)
from gateway.model.rules.view import JournalView

Position = tuple[RecordKind, int]
"""A record by its kind and its place, from 0, among the batch's records of that kind."""


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
    rejected: Mapping[RecordKind, Collection[RecordKey]] = MappingProxyType({}),
) -> Verdict:
    """Hold every record against every rule; a record falls with those it depends on, the others stand.

    Args:
        batch: the records that are valid by the schema.
        reference: what the rules have to know besides.
        now: the moment of the check.
        rejected: keys of records that were turned away before, so that what depends on them falls too.
    """
    view = JournalView(reference=reference, now=now)
    for kind, keys in rejected.items():
        for key in keys:
            view.reject(kind, key)
    findings = _Findings()
    for kind in RecordKind:
        _check_kind(kind, records_of(batch, kind), view, findings)
    _check_presence(batch, view, findings)
    return Verdict(accepted=_without(batch, findings.faults), faults=findings.faults)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Findings:
    faults: dict[Position, tuple[Fault, ...]] = field(default_factory=dict)

    def add(self, position: Position, record: Record, faults: Iterator[Fault]) -> bool:
        """Keep what was found at a record; tell whether it was anything."""
        found = tuple(replace(fault, record=name_of(key_of(record))) for fault in faults)
        if found:
            self.faults[position] = self.faults.get(position, ()) + found
        return bool(found)


def _check_kind(kind: RecordKind, records: Collection[Record], view: JournalView, findings: _Findings) -> None:
    times = Counter(key_of(record) for record in records)
    for place, record in enumerate(records):
        key = key_of(record)
        repeated = findings.add((kind, place), record, _repeat_faults(kind, times[key]))
        broken = findings.add((kind, place), record, _RULES[kind](record, view))
        if repeated or broken:
            view.reject(kind, key)
        else:
            view.accept(kind, record)


def _check_presence(batch: Batch, view: JournalView, findings: _Findings) -> None:
    missed_lessons, marked_lessons = missed(view), marked_before(view)
    for place, mark in enumerate(batch.marks):
        findings.add((RecordKind.MARKS, place), mark, mark_presence_faults(mark, missed_lessons))
    for place, absence in enumerate(batch.absences):
        findings.add((RecordKind.ABSENCES, place), absence, absence_presence_faults(absence, marked_lessons))


def _repeat_faults(kind: RecordKind, times: int) -> Iterator[Fault]:
    if times > 1:
        yield Fault(
            code="journal.record_repeated",
            text=Text(
                ru=f"Запись с этим ключом встречается в пакете {times} раз(а): неясно, какая верна.",
                en=f"A record with this key is in the batch {times} times: it is unclear which of them holds.",
            ),
            field=None if kind in _KEYED_BY_LINKS else "id",
            rule="R-EXCH-04",
        )


def _without(batch: Batch, faulty: Collection[Position]) -> Batch:
    kept: dict[str, Any] = {
        kind.value: tuple(record for place, record in enumerate(records_of(batch, kind)) if (kind, place) not in faulty)
        for kind in RecordKind
    }
    return replace(batch, **kept)


_KEYED_BY_LINKS = frozenset({RecordKind.CONSENTS, RecordKind.ABSENCES, RecordKind.HOMEWORK})

_RULES: Mapping[RecordKind, Callable[[Any, JournalView], Iterator[Fault]]] = MappingProxyType(
    {
        RecordKind.PERIODS: period_faults,
        RecordKind.VACATIONS: vacation_faults,
        RecordKind.SUBJECTS: subject_faults,
        RecordKind.GROUPS: group_faults,
        RecordKind.CONSENTS: consent_faults,
        RecordKind.LESSONS: lesson_faults,
        RecordKind.MARKS: mark_faults,
        RecordKind.ABSENCES: absence_faults,
        RecordKind.HOMEWORK: homework_faults,
    }
)
