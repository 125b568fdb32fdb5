"""What a breach of somebody's access makes void, and what stands in its place: pure (R-SEC-04, R-SEC-05, R-AUD-08).

C-18: the operations of the account are in quarantine from the earliest notification, void from the moment the school's
policy counts, until the credentials are reissued; the director may widen the scope.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from gateway.model.audit import AuditEntry
from gateway.model.ids import ClassId, PeriodId
from gateway.model.oversight import AccessIncident
from gateway.model.policy import Receipt
from gateway.model.record_history import REKEY

VOID_ACTION = "void_by_incident"
"""The audit's word for the entry that puts a record back; its reason names the incident."""

AUTHOR_FIELD = "author"
"""Under this label a fact says which member of staff entered it."""

ENTRIES = frozenset({"create", "update", "void"})
"""The audit's words for what somebody entered."""

_WRITES = ENTRIES | {VOID_ACTION}


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A time from ``start`` to before ``end``; without an end it lasts."""

    start: datetime
    end: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Tell whether the moment is in it."""
        return self.start <= moment and (self.end is None or moment < self.end)


def quarantine(incident: AccessIncident) -> Window | None:
    """Return in which time operations of the account are doubtful; ``None`` before anybody was notified."""
    received = _receipts(incident)
    return _until_reissued(min(received), incident) if received else None


def void_window(incident: AccessIncident, counted: Receipt) -> Window | None:
    """Return in which time operations of the account are void; ``None`` while that is not known.

    The director's own ``void_from`` goes before everything. Else the earliest receipt counts, or the latest of them
    all, which is known once the director and one more have theirs (S3 names director and administrator, S1 and S4
    director and support). Credentials that were reissued before then leave no such time.
    """
    if incident.void_from is not None:
        return _until_reissued(incident.void_from, incident)
    received = _receipts(incident)
    if not received:
        return None
    if counted is Receipt.EARLIEST:
        return _until_reissued(min(received), incident)
    return _until_reissued(max(received), incident) if is_notified(incident) else None


def is_notified(incident: AccessIncident) -> bool:
    """Tell whether everybody has been notified whom a regulation names: the director, and one more."""
    return notified_at(incident) is not None


def notified_at(incident: AccessIncident) -> datetime | None:
    """Return when the director and one more had been notified."""
    others = (incident.administrator_notified_at, incident.support_notified_at)
    first = min((moment for moment in others if moment is not None), default=None)
    if incident.director_notified_at is None or first is None:
        return None
    return max(incident.director_notified_at, first)


def _receipts(incident: AccessIncident) -> list[datetime]:
    moments = (incident.director_notified_at, incident.administrator_notified_at, incident.support_notified_at)
    return [moment for moment in moments if moment is not None]


def _until_reissued(start: datetime, incident: AccessIncident) -> Window | None:
    end = incident.credentials_reissued_at
    return None if end is not None and end <= start else Window(start=start, end=end)


@dataclass(frozen=True, kw_only=True, slots=True)
class VoidScope:
    """Whose operations in which time are void by which incident.

    ``names`` are all the names of one person's access: login, API client, member of staff.
    """

    incident: str
    names: frozenset[str]
    window: Window

    def covers(self, entry: AuditEntry) -> bool:
        """Tell whether an audited operation falls in: by actor, by program, by the author named."""
        record = entry.record
        if record.action == VOID_ACTION or not self.window.holds(record.at):
            return False
        author = (record.new or {}).get(AUTHOR_FIELD)
        return not self.names.isdisjoint({record.actor, record.client, author})


class EffectKind(StrEnum):
    """What an incident does to a thing, or asks of a person."""

    REVERTED = "reverted"
    """The record was put back to its last value that was not void."""
    DECIDE = "decide"
    """A person has to decide; the reason says why (`Doubt`)."""
    MESSAGE_PULLED = "message_pulled"
    """A message that carried void data was taken out of the queue before it left."""
    EVENT_SENT = "event_sent"
    """A family was told of void data; the correction is told when the record is put back."""
    PACKAGE = "package"
    """An export package was made of void data: a next version supersedes it."""
    ARCHIVE = "archive"
    """An archive document was made of void data: a next version supersedes it (C-11)."""


class Doubt(StrEnum):
    """Why a person has to decide about a record."""

    LATER_CHANGE = "later_change"
    """Somebody else has changed it since: that change stands on a void value."""
    EARLIER_CHANGE = "earlier_change"
    """It went back to a value that somebody else gave it on top of a void one."""
    NO_EARLIER_VALUE = "no_earlier_value"
    """The void operation made it, and its kind cannot be voided."""
    RESTRICTED = "restricted"
    """The audit keeps its text under seal."""
    NAME_LOST = "name_lost"
    """Nothing is known by its name any more, or another record is."""
    BREAKS_RULE = "breaks_rule"
    """What it would go back to breaks a rule as the journal is now."""
    AUTHOR_UNKNOWN = "author_unknown"
    """It is of a lesson of the teacher whose access it was, and does not say who entered it."""
    OTHER_OPERATION = "other_operation"
    """The operation changed no record of the journal: an account, a decision, a document."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Revival:
    """What becomes of one record that void operations changed.

    Attributes:
        object_kind: kind of record, as the audit names it.
        object_id: its name there, by the last operation on it.
        since: when it was changed by a void operation first.
        versions: which of its versions are void, counted from 1, each with the record's name at that time.
        value: the plain value it goes back to; ``None`` when it was made by a void operation, so that nothing was
            there before.
        until: when it was put back, or changed by somebody else; ``None`` while the void value stands.
        is_due: it has to be put back now; else it was put back already, or somebody else has changed it since.
        doubt: why a person has to look at it besides.
    """

    object_kind: str
    object_id: str
    since: datetime
    versions: frozenset[tuple[str, int]]
    value: Mapping[str, object] | None = field(default=None, repr=False)
    until: datetime | None = None
    is_due: bool = False
    doubt: Doubt | None = None


def revival(history: Sequence[AuditEntry], scope: VoidScope, is_void: Callable[[AuditEntry], bool]) -> Revival | None:
    """Return what becomes of a record; ``None`` if no operation of the scope changed it.

    Args:
        history: all audited operations on the record, oldest first, under whatever names (`record_history.lives`).
        scope: the incident that is settled.
        is_void: tells whether an operation is void by any incident of the school, so that a record never goes back
            to a value that another incident has made void.
    """
    mine = [number for number, entry in enumerate(history) if scope.covers(entry)]
    if not mine:
        return None
    last = mine[-1]
    if any(history[number].record.action not in _WRITES for number in mine):
        return _found(history, mine, doubt=Doubt.OTHER_OPERATION)
    after = [entry for entry in history[last + 1 :] if not is_void(entry) and entry.record.action != REKEY]
    if after:
        settled = after[0].record.action == VOID_ACTION
        found = _found(history, mine, doubt=None if settled else Doubt.LATER_CHANGE)
        return replace(found, until=after[0].record.at)
    kept = [number for number in range(last) if not is_void(history[number]) and history[number].record.action != REKEY]
    value = history[kept[-1]].record.new if kept else None
    stands_on_void = bool(kept) and kept[-1] > mine[0] and history[kept[-1]].record.action != VOID_ACTION
    doubt = Doubt.EARLIER_CHANGE if stands_on_void else None
    return replace(_found(history, mine, doubt=doubt), value=value, is_due=True)


def _found(history: Sequence[AuditEntry], mine: Sequence[int], *, doubt: Doubt | None) -> Revival:
    first = history[mine[0]].record
    return Revival(
        object_kind=first.object_kind,
        object_id=history[-1].record.object_id,
        since=first.at,
        versions=frozenset((history[number].record.object_id, number + 1) for number in mine),
        doubt=doubt,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Footprint:
    """Where void data could be seen: from when on, and in the journal of which days and class.

    ``first`` and ``last`` of ``None`` mean any day, ``school_class`` of ``None`` any class.
    """

    since: datetime
    until: datetime
    first: date | None = None
    last: date | None = None
    school_class: ClassId | None = None

    def touches(self, made: MadeDocument) -> bool:
        """Tell whether a document was made of the void data, or may have been."""
        if not self.since <= made.made_at < self.until:
            return False
        if (
            self.first is not None
            and self.last is not None
            and not (self.first <= made.last and made.first <= self.last)
        ):
            return False
        return self.school_class is None or made.school_class is None or made.school_class == self.school_class


@dataclass(frozen=True, kw_only=True, slots=True)
class MadeDocument:
    """An export package or an archive document: of which days, when made, of one class or the whole school."""

    kind: EffectKind
    id: str
    made_at: datetime
    period: PeriodId
    first: date
    last: date
    school_class: ClassId | None = None


def superseded(footprints: Iterable[Footprint], documents: Iterable[MadeDocument]) -> Iterator[MadeDocument]:
    """Yield the documents that have to be superseded: all that void data may be in."""
    prints = tuple(footprints)
    return (made for made in documents if any(one.touches(made) for one in prints))


@dataclass(frozen=True, kw_only=True, slots=True)
class Effect:
    """One thing that an incident did, or that somebody has to do because of it; ``done_at`` closes it."""

    incident: str
    kind: EffectKind
    object_kind: str
    object_id: str
    found_at: datetime
    reason: str = ""
    done_at: datetime | None = None
