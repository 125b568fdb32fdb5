"""The audit chain: who changed what, when, from what to what, sealed so that nothing can be slipped in or out.

R-AUD-01, R-AUD-02. Each entry's hash covers the hash before it, so a changed, removed or reordered entry breaks the
chain at a known place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from gateway.model.ids import PupilId

GENESIS = "0" * 64
"""Hash before the first entry of a school."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRecord:
    """One change before it is sealed. ``old`` and ``new`` are JSON objects; ``old`` is ``None`` for a creation.

    Attributes:
        at: when.
        actor: who: a login, a member of staff, an API client.
        role: in which role.
        channel: by which way: ``api``, ``console``, ``cli``.
        action: what was done.
        object_kind: to what kind of record.
        object_id: to which one.
        old: the record before.
        new: the record after.
        reason: why.
        source: from where: IP address or host name of the caller, at most 64 characters.
        client: the program that acted for the actor, where that is somebody else: the API client's id.
    """

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
    source: str = ""
    client: str = ""


class SealForm(StrEnum):
    """What an entry's hash covers. Chains begun with the first version are continued, so both are verified."""

    FIRST = "1"
    WITH_SOURCE = "2"


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """A sealed change: its number in the school's chain (from 1), the hash before it and its own.

    ``form`` is how it was sealed; ``None`` if it says to be in a form that there is not: then it does not hold.
    """

    sequence: int
    previous: str
    hash: str
    record: AuditRecord
    form: SealForm | None = SealForm.WITH_SOURCE


@dataclass(frozen=True, kw_only=True, slots=True)
class PupilView:
    """One look at one pupil's personal data (R-PAR-14, R-AUD-06, R-SEC-06); kept apart from the chain of changes.

    Attributes:
        id: name of the look; the same look is never kept twice.
        at: when.
        actor: who: a login, a guardian, a member of staff, an API client.
        role: in which role.
        pupil: at whom.
        what: what was read: ``diary.week``, or the kind of record (``marks``).
        detail: which part of it, without any content: a day, a key.
        source: from where: IP address or host name of the caller, at most 64 characters.
        client: the program that read for the actor, where that is somebody else: the API client's id.
    """

    id: str
    at: datetime
    actor: str
    role: str
    pupil: PupilId
    what: str
    detail: str = ""
    source: str = ""
    client: str = ""


def entry_hash(sequence: int, previous: str, record: AuditRecord, *, form: SealForm = SealForm.WITH_SOURCE) -> str:
    """Return the SHA-256 (hex) of an entry: number, hash before, and every field of the record in canonical JSON.

    The first form knew neither source nor client: an entry in it must have none (see `is_sealed`).
    """
    texts = _canonical(record.old), _canonical(record.new)
    return _hash(sequence, previous, record, texts, form)


def _hash(sequence: int, previous: str, record: AuditRecord, texts: tuple[str, str], form: SealForm) -> str:
    before = (
        previous,
        record.at.astimezone(UTC).isoformat(),
        record.actor,
        record.role,
        record.channel,
        record.action,
        record.object_kind,
        record.object_id,
    )
    after = [record.reason]
    if form is not SealForm.FIRST:
        after += [record.source, record.client, form]
    content = f"[{sequence},{','.join(map(_canonical, before))},{','.join(texts)},{','.join(map(_canonical, after))}]"
    return hashlib.sha256(content.encode()).hexdigest()


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _text_of(content: Mapping[str, object] | None) -> str:
    return "null" if content is None else _canonical(content)


def seal(records: Iterable[AuditRecord], *, sequence: int, previous: str) -> Iterator[AuditEntry]:
    """Yield the records as entries that follow entry ``sequence`` with hash ``previous``."""
    return (sealed.entry for sealed in seal_texts(records, sequence=sequence, previous=previous))


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedTexts:
    """An entry with what its record was and is in canonical JSON: what the hash covers, and what may be kept."""

    entry: AuditEntry
    old: str = field(repr=False)
    new: str = field(repr=False)


def seal_texts(records: Iterable[AuditRecord], *, sequence: int, previous: str) -> Iterator[SealedTexts]:
    """Seal records as `seal` does, and yield the texts too: they take longer to make than the hashes."""
    for number, record in enumerate(records, start=sequence + 1):
        old, new = _text_of(record.old), _text_of(record.new)
        digest = _hash(number, previous, record, (old, new), SealForm.WITH_SOURCE)
        entry = AuditEntry(sequence=number, previous=previous, hash=digest, record=record)
        yield SealedTexts(entry=entry, old=old, new=new)
        previous = digest


def is_sealed(entry: AuditEntry, *, sequence: int | None = None) -> bool:
    """Tell whether an entry is what was sealed under its number, or under the number given."""
    record = entry.record
    if entry.form is None or (entry.form is SealForm.FIRST and (record.source or record.client)):
        return False
    number = entry.sequence if sequence is None else sequence
    return entry.hash == entry_hash(number, entry.previous, record, form=entry.form)


class FaultReason(StrEnum):
    """How an entry breaks its chain."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    ADDED = "added"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainFault:
    """An entry that does not hold, and how; or a run of missing or added ones, up to entry ``last``."""

    sequence: int
    reason: FaultReason
    last: int | None = None


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
            gap = entry.sequence > expected
            return ChainFault(sequence=expected, reason=FaultReason.MISSING if gap else FaultReason.REORDERED)
        if entry.previous != previous or not is_sealed(entry):
            return ChainFault(sequence=entry.sequence, reason=FaultReason.CHANGED)
        expected, previous = expected + 1, entry.hash
    if head is not None and head != (expected - 1, previous):
        return ChainFault(sequence=expected, reason=FaultReason.MISSING)
    return None


class ChainCheck:
    """Looks through a chain entry by entry and tells what does not hold: what was changed, removed, moved or added.

    An entry that was changed and sealed anew is named when the entry after it, or the head, still tells the old hash.
    Whoever rewrites the chain from some entry to its end and the head as well leaves no trace inside the database:
    against that, heads are kept elsewhere.
    """

    def __init__(self, head: tuple[int, str] | None = None) -> None:
        """Begin before the first entry.

        Args:
            head: number and hash of the last entry, as kept apart from the chain; without it entries cut off at the
                end do not show.
        """
        self._head = head
        self._faults: list[ChainFault] = []
        self._broken: list[AuditEntry] = []
        self._expected, self._before, self._before_holds = 1, GENESIS, True

    def see(self, entry: AuditEntry) -> None:
        """Look at the next entry; they come by ascending number."""
        if entry.sequence < self._expected:
            self._faults.append(ChainFault(sequence=entry.sequence, reason=FaultReason.REORDERED))
            return
        follows = entry.sequence == self._expected
        if not follows:
            self._faults.append(_run(self._expected, entry.sequence - 1, FaultReason.MISSING))
        holds = is_sealed(entry)
        if not holds:
            self._broken.append(entry)
        elif follows and self._before_holds and entry.previous != self._before:
            # Both are well sealed by themselves: the one that the chain does not go on from was put in there.
            self._faults.append(ChainFault(sequence=max(entry.sequence - 1, 1), reason=FaultReason.CHANGED))
        if holds and self._head is not None and entry.sequence == self._head[0] and entry.hash != self._head[1]:
            self._faults.append(ChainFault(sequence=entry.sequence, reason=FaultReason.CHANGED))
        self._expected, self._before, self._before_holds = entry.sequence + 1, entry.hash, holds

    def faults(self) -> tuple[ChainFault, ...]:
        """Return everything that does not hold, by number, when the last entry has been seen."""
        found = [*self._faults, *_broken_faults(self._broken)]
        if self._head is not None and self._head[0] >= self._expected:
            found.append(_run(self._expected, self._head[0], FaultReason.MISSING))
        if self._head is not None and self._head[0] < self._expected - 1:
            found.append(_run(self._head[0] + 1, self._expected - 1, FaultReason.ADDED))
        return tuple(sorted(set(found), key=lambda fault: (fault.sequence, fault.reason)))


def all_faults(entries: Iterable[AuditEntry], *, head: tuple[int, str] | None = None) -> tuple[ChainFault, ...]:
    """Return everything that does not hold in a chain, by number (see `ChainCheck`)."""
    check = ChainCheck(head)
    for entry in entries:
        check.see(entry)
    return check.faults()


def _run(first: int, last: int, reason: FaultReason) -> ChainFault:
    return ChainFault(sequence=first, reason=reason, last=last if last > first else None)


_COMPARED = 100
"""As many broken entries are held against each other's numbers; of more, only against their neighbours'."""


def _broken_faults(broken: Sequence[AuditEntry]) -> Iterator[ChainFault]:
    """Tell of entries that do not hold under their numbers which were sealed under another: these were moved."""
    others = [entry.sequence for entry in broken] if len(broken) <= _COMPARED else []
    for entry in broken:
        numbers = {entry.sequence - 1, entry.sequence + 1, *others}
        yield ChainFault(
            sequence=entry.sequence,
            reason=FaultReason.REORDERED if _held_at_one_of(entry, numbers) else FaultReason.CHANGED,
        )


def _held_at_one_of(entry: AuditEntry, numbers: Collection[int]) -> bool:
    return any(is_sealed(entry, sequence=number) for number in numbers)
