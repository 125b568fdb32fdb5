"""Single records of the journal: read, listed, put, renamed; and what has changed since a caller looked last.

A record that is put alone goes through the same schema, the same rules and the same audit as one of a batch.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain, islice
from typing import Any, Generic

from gateway.errors import ConfigurationError, DocumentError, Fault, Party, RuleViolation, Text
from gateway.journal.change_feed import ChangePage, changes_in, with_present
from gateway.journal.changes import CHANNEL, audit_record, changes_of, mark_changes
from gateway.journal.shown import shown_value
from gateway.mapping.journal_json import VERSION
from gateway.mapping.journal_plain import moment_text
from gateway.mapping.journal_records import KIND_LABELS, record_from
from gateway.model.audit import AuditRecord
from gateway.model.batch import Batch
from gateway.model.ids import SchoolId
from gateway.model.journal_records import KEYS, Record, RecordKey, RecordKind, Stored, key_of, name_of, records_of
from gateway.model.pupil_data import PROGRAM, Actor, pupils_of
from gateway.model.record_history import REKEY
from gateway.model.rules.batch import check_batch
from gateway.model.rules.view import JournalView
from gateway.model.rules.years import OF_YEARS, closed_year_faults
from gateway.model.school import YearState
from gateway.ports.frame import Clock, NewId, ReadingUnits, Units
from gateway.ports.journal import Announce
from gateway.ports.records import RecordsReading, RecordsUnit, RecordsUnitT
from gateway.schemas.json_validation import json_faults

SCHEMA = ("journal", VERSION, "journal-batch.schema.json")
"""What a record is valid by: the batch it could have come in."""

_ID_IS_FIXED = frozenset({RecordKind.POLICIES, RecordKind.INCIDENTS, RecordKind.YEARS, RecordKind.PERIODS})
RENAMABLE = frozenset(kind for kind in RecordKind if KEYS[kind] == ("id",)) - _ID_IS_FIXED
"""Kinds whose records can be given another key: those known by an id that is theirs alone.

A record known by what it links to has another key when that is renamed; the id of a policy says what it decides,
what an incident did is kept under its id, and what is closed or locked goes by those of years and periods.
"""

_AT_ONCE = 1000
"""Records that are held against the school's years together."""

Precondition = Callable[[Stored[Record] | None], None]
"""Looks at the record as it is held (``None``: it is not) and raises where the caller does not mean that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Put:
    """What became of a record that was put: as it is held now, and what was held before."""

    now: Stored[Record]
    before: Stored[Record] | None = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordPage:
    """Records in the order of their keys; ``more`` tells that others follow."""

    records: tuple[Stored[Any], ...] = field(repr=False)
    more: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordDesk(Generic[RecordsUnitT]):
    """The single records of one school's journal."""

    units: Units[RecordsUnitT]
    readings: ReadingUnits[RecordsReading]
    clock: Clock
    new_id: NewId
    announce: Announce[RecordsUnitT]

    def inside(self, unit: RecordsUnitT) -> RecordDesk[RecordsUnitT]:
        """Return the desk in a transaction of somebody else: what is put is there when that ends well."""
        return replace(self, units=lambda: nullcontext(unit))

    def get(self, kind: RecordKind, key: RecordKey, *, reader: Actor) -> Stored[Record] | None:
        """Return a record, and keep that it was looked at."""
        with self.readings() as reading:
            held = reading.records.get(kind, key)
        if held is not None:
            self._seen([(kind, held)], reader)
        return held

    def page(
        self, kind: RecordKind, *, after: RecordKey | None, limit: int, where: Mapping[str, str], reader: Actor
    ) -> RecordPage:
        """Return the records that follow a key, and keep that they were looked at."""
        with self.readings() as reading:
            found = reading.records.page(kind, after=after, limit=limit + 1, where=where)
        page = RecordPage(records=tuple(found[:limit]), more=len(found) > limit)
        self._seen([(kind, held) for held in page.records], reader)
        return page

    def put(
        self,
        kind: RecordKind,
        key: RecordKey,
        plain: object,
        *,
        precondition: Precondition,
        writer: Actor,
        school: SchoolId,
    ) -> Put:
        """Write one record through all rules; brought again as it is held it changes nothing.

        Args:
            kind: kind of the record.
            key: what it is to be known by.
            plain: the record as JSON.
            precondition: asked while nobody else can write.
            writer: the audit's author.
            school: the school the client may write for.

        Raises:
            DocumentError: ``journal.record_refused``: it is not valid or breaks a rule; every fault is in it.
            RuleViolation: ``journal.key_mismatch``: the record is known by another key.
            ConfigurationError: ``journal.school_missing``: the school is not set up here.
        """
        now = self.clock()
        record = _valid_record(kind, key, plain, school, now)
        if key_of(record) != key:
            raise _key_mismatch()
        batch = Batch(school=school, sent_at=now, **{kind.value: (record,)})  # type: ignore[arg-type]  # a kind's list holds its records
        with self.units() as unit:
            batch = unit.journal.standing(batch)
            reference = unit.journal.reference(batch)
            if reference is None:
                raise _school_missing(school)
            (key,) = map(key_of, records_of(batch, kind))
            before = reference.stored.of(kind).get(key)
            precondition(before)
            verdict = check_batch(batch, reference, now=now)
            if verdict.faults:
                raise _refused(kind, key, plain, chain.from_iterable(verdict.faults.values()))
            changes = changes_of(verdict.accepted, reference.stored)
            for change in changes:
                unit.journal.put(kind, [change.now])
            unit.audit.append(
                audit_record(change, at=now, client=writer.client, source=writer.source) for change in changes
            )
            self.announce(unit, mark_changes(changes, verdict.accepted, reference.stored))
            held = changes[0].now if changes else before
            assert held is not None  # noqa: S101  what changes nothing is held as it is
            return Put(now=held, before=before)

    def rename(self, kind: RecordKind, old: RecordKey, new: RecordKey, *, writer: Actor, school: SchoolId) -> int:
        """Give a record another key, everywhere; return the change's number in the audit chain.

        Raises:
            RuleViolation: ``journal.key_fixed``: records of the kind are known by what they link to;
                ``journal.key_unknown``: there is no record with the old key; ``journal.key_taken``: there is one with
                the new key; ``journal.key_in_closed_year``: records of a closed year name it.
            DocumentError: ``journal.record_refused``: the record is of a closed year.
            ConfigurationError: ``journal.school_missing``: the school is not set up here.
        """
        if kind not in RENAMABLE:
            raise _key_fixed()
        now = self.clock()
        with self.units() as unit:
            if unit.journal.reference(Batch(school=school, sent_at=now)) is None:  # no batch may come in between
                raise _school_missing(school)
            if (held := unit.records.get(kind, old)) is not None:
                _refuse_closed(unit, kind, held.record, school, now)
            unit.records.rekey(kind, old, new)
            unit.audit.append([_renamed(kind, old, new, at=now, writer=writer)])
            sequence, _ = unit.audit.head()
            return sequence

    def changes(
        self,
        since: int,
        *,
        limit: int,
        kinds: Collection[RecordKind],
        with_records: Collection[RecordKind],
        reader: Actor,
    ) -> ChangePage:
        """Return what changed after number ``since`` of the audit chain, in order.

        The chain's numbers are given under a lock that is held until the commit, so what has a lower number was there
        before: a caller that goes on from ``last`` misses nothing and sees nothing twice.

        Args:
            since: number of the last entry that the caller knows; 0 for everything.
            limit: entries of the chain to go through, at most.
            kinds: kinds of record to tell of.
            with_records: those of them whose records are told as they are now.
            reader: who looks.
        """
        with self.readings() as reading:
            entries = reading.audit.changes(since, limit + 1)
            told = tuple(with_present(changes_in(entries[:limit], kinds), reading.records, with_records))
        self._seen([(one.kind, one.record) for one in told if one.record], reader)
        last = entries[:limit][-1].sequence if entries else since
        return ChangePage(changes=told, last=last, more=len(entries) > limit)

    def _seen(self, seen: Iterable[tuple[RecordKind, Stored[Any]]], reader: Actor) -> None:
        """Keep the looks, in a short transaction of their own, before the answer leaves (R-AUD-06)."""
        looks = ((pupil, KIND_LABELS[kind]) for kind, held in seen for pupil in pupils_of(held.record))
        if views := reader.views(looks, at=self.clock(), new_id=self.new_id):
            with self.units() as unit:
                unit.views.add(views)


def _valid_record(kind: RecordKind, key: RecordKey, plain: object, school: SchoolId, now: datetime) -> Record:
    listed = KIND_LABELS[kind]
    tree = {"version": VERSION, "school": school, "sentAt": moment_text(now), listed: [plain]}
    faults = json_faults(tree, *SCHEMA)
    if faults or not isinstance(plain, Mapping):
        at = f"/{listed}/0"
        raise _refused(kind, key, plain, (replace(fault, path=fault.path.removeprefix(at)) for fault in faults))
    return record_from(kind, plain)


def _refuse_closed(unit: RecordsUnit, kind: RecordKind, record: Record, school: SchoolId, now: datetime) -> None:
    """R-ACAD-22: a closed year is read only: its records keep their keys and the keys that they name."""
    view = _view_of(unit, [(kind, record)], school, now)
    if faults := tuple(closed_year_faults(kind, record, view)):
        raise _refused(kind, key_of(record), {}, faults)
    if all(year.state is not YearState.CLOSED for year in view.years()):
        return
    naming = unit.records.naming(kind, key_of(record), OF_YEARS)
    while part := list(islice(naming, _AT_ONCE)):
        view = _view_of(unit, part, school, now)
        if any(fault for one, named_in in part for fault in closed_year_faults(one, named_in, view)):
            raise _key_in_closed_year()


def _view_of(
    unit: RecordsUnit, records: Iterable[tuple[RecordKind, Any]], school: SchoolId, now: datetime
) -> JournalView:
    """Return the journal around some records."""
    lists: defaultdict[str, list[Any]] = defaultdict(list)
    for kind, record in records:
        lists[kind.value].append(record)
    batch = Batch(school=school, sent_at=now, **{kind: tuple(held) for kind, held in lists.items()})
    reference = unit.journal.reference(batch)
    if reference is None:
        raise _school_missing(school)
    return JournalView(reference=reference, now=now)


def _renamed(kind: RecordKind, old: RecordKey, new: RecordKey, *, at: datetime, writer: Actor) -> AuditRecord:
    return AuditRecord(
        at=at,
        actor=writer.client,
        role=PROGRAM,
        channel=CHANNEL,
        action=REKEY,
        object_kind=kind.one,
        object_id=name_of(new),
        old={"key": list(old)},
        new={"key": list(new)},
        source=writer.source,
    )


def _refused(kind: RecordKind, key: RecordKey, plain: object, faults: Iterable[Fault]) -> DocumentError:
    return DocumentError(
        "journal.record_refused",
        Text(ru="Запись не принята: в ней есть ошибки.", en="The record was not accepted: it has faults."),
        faults=tuple(_placed(kind, key, plain, fault) for fault in faults),
        rule="R-EXCH-04",
    )


def _placed(kind: RecordKind, key: RecordKey, plain: object, fault: Fault) -> Fault:
    """Return a fault with its place in the record and what stands there."""
    path = fault.path if fault.path or fault.field is None else f"/{fault.field}"
    value = shown_value(kind, path.split("/")[1:], plain)
    return replace(fault, path=path, record=name_of(key), value=value)


def _key_mismatch() -> RuleViolation:
    return RuleViolation(
        "journal.key_mismatch",
        Text(
            ru="Ключ записи не тот, что в адресе. Ключ меняют через «key-changes».",
            en="The record's key is not the one in the address. A key is changed through 'key-changes'.",
        ),
        who=Party.SENDER,
    )


def _key_fixed() -> RuleViolation:
    return RuleViolation(
        "journal.key_fixed",
        Text(
            ru="Ключ записей этого вида не меняют: они известны по тому, на что ссылаются, или по ним ведётся учёт.",
            en="Records of this kind keep their key: they are known by what they link to, or others are kept by it.",
        ),
        who=Party.SENDER,
    )


def _key_in_closed_year() -> RuleViolation:
    return RuleViolation(
        "journal.key_in_closed_year",
        Text(
            ru="На эту запись ссылаются записи закрытого учебного года: её ключ больше не меняется. "
            "Для нового года заведите запись с новым ключом.",
            en="Records of a closed school year name this record: its key does not change any more. "
            "Make a record with the new key for the new year.",
        ),
        rule="R-ACAD-22",
        who=Party.COORDINATOR,
    )


def _school_missing(school: SchoolId) -> ConfigurationError:
    return ConfigurationError(
        "journal.school_missing",
        Text(ru=f"Школа «{school}» в шлюзе не заведена.", en=f"School '{school}' is not set up in the gateway."),
    )
