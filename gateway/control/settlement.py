"""One settlement of an incident, inside one transaction: what becomes of every thing that void operations touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from itertools import chain

from gateway.control.acting import By
from gateway.control.restoration import Restored, that_can_stand
from gateway.mapping.journal_plain import plain_from
from gateway.mapping.journal_records import record_from
from gateway.model.audit import AuditEntry, AuditRecord
from gateway.model.ids import PeriodId, SchoolId
from gateway.model.incident import (
    VOID_ACTION,
    Doubt,
    Effect,
    EffectKind,
    Footprint,
    MadeDocument,
    Revival,
    VoidScope,
    revival,
    superseded,
    void_window,
)
from gateway.model.journal import Lesson, Mark, MarkChange, PeriodMark
from gateway.model.journal_records import KEYS, RECORD_CLASSES, RESTRICTED, RecordKind, Stored, key_of
from gateway.model.oversight import AccessIncident
from gateway.model.policy import Receipt
from gateway.model.record_history import Named, lives, name_after, names_over_time
from gateway.model.school import Period
from gateway.ports.incidents import IncidentUnit

_KIND_OF_NAME = {kind.one: kind for kind in RecordKind}
_CHANNEL = "control"
_OF_INCIDENTS = frozenset({RecordKind.INCIDENTS.one, "account", "incident_effect"})
"""What is written down about incidents themselves: nobody has to decide about it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """What a settlement found: everything the incident did and asks for, and how much of it is new."""

    incident: AccessIncident
    effects: tuple[Effect, ...]
    new_effects: int

    @property
    def counts(self) -> dict[str, object]:
        """How many effects there are of every kind."""
        counts: dict[str, int] = defaultdict(int)
        for effect in self.effects:
            counts[effect.kind] += 1
        return dict(sorted(counts.items()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """A settlement that ``by`` carries out at ``at`` in an open unit; ``events`` is the destination of families."""

    school: SchoolId
    unit: IncidentUnit
    by: By
    at: datetime
    events: str

    def run(
        self, incident: AccessIncident, every: Iterable[AccessIncident], counted: Receipt
    ) -> tuple[Settled, Sequence[MarkChange]]:
        """Settle an incident.

        Args:
            incident: the incident.
            every: all incidents of the school, for no record goes back to a value that another one has made void.
            counted: which receipt of the notification counts.

        Returns:
            What was found, and the changes of marks that families have to be told of.
        """
        scopes = {one.id: scope for one in every if (scope := self._scope(one, counted)) is not None}
        scope = scopes[incident.id]
        done = self.unit.incidents.operations(scope.names, scope.window.start, scope.window.end)
        mine = [entry for entry in done if scope.covers(entry)]
        revived = self._revivals(mine, scope, list(scopes.values()))
        found, restored = self._that_can_stand([self._restored(one) for one in revived])
        put_back = [self._put_back(one, incident) for one in restored]
        effects = [
            *self._of_operations(incident, mine),
            *self._of_records(incident, found, put_back),
            *self._of_unsigned(incident, scope),
        ]
        of_messages, told = self._of_messages(incident, found)
        effects += of_messages
        effects += self._of_documents(incident, found)
        new = self.unit.incidents.keep(effects)
        self._close_superseded(incident)
        settled = Settled(incident=incident, effects=tuple(self.unit.incidents.effects(incident.id)), new_effects=new)
        return settled, tuple(self._mark_changes(put_back, told))

    def _scope(self, incident: AccessIncident, counted: Receipt) -> VoidScope | None:
        window = void_window(incident, counted)
        if window is None:
            return None
        return VoidScope(incident=incident.id, names=self.unit.incidents.names_of(incident.account), window=window)

    def _revivals(self, mine: Sequence[AuditEntry], scope: VoidScope, scopes: Sequence[VoidScope]) -> Iterator[Revival]:
        touched = {(entry.record.object_kind, entry.record.object_id) for entry in mine if _is_revivable(entry.record)}
        histories = sorted(self._lives(touched), key=lambda history: history[-1].sequence)
        bearers = {name_after(history[-1]): history for history in histories}
        for history in histories:
            found = revival(history, scope, lambda entry: any(one.covers(entry) for one in scopes))
            if found is None:
                continue
            if bearers[name_after(history[-1])] is not history:
                found = replace(found, is_due=False, doubt=Doubt.NAME_LOST)
            yield _with_doubt(found)

    def _lives(self, touched: Collection[Named]) -> Sequence[Sequence[AuditEntry]]:
        renamings = self.unit.incidents.renamings({kind for kind, _ in touched})
        histories = self.unit.incidents.histories(names_over_time(touched, renamings))
        return lives(chain.from_iterable(histories.values()))

    def _restored(self, found: Revival) -> Revival | Restored:
        """Return a record as it was, or voided where it was nothing; only what was found if a person has to decide."""
        if not found.is_due:
            return found
        kind = _KIND_OF_NAME[found.object_kind]
        key = tuple(found.object_id.split(" "))
        held = self.unit.records.get(kind, key)
        if held is None:
            return replace(found, is_due=False, doubt=Doubt.NAME_LOST)
        record = replace(held.record, voided=True) if found.value is None else record_from(kind, dict(found.value))
        if KEYS[kind] == ("id",):
            record = replace(record, id=key[0])  # the name it has by now
        elif key_of(record) != key:
            return replace(found, is_due=False, doubt=Doubt.NAME_LOST)
        return Restored(kind=kind, now=Stored(record=record, version=held.version + 1), before=held.record, found=found)

    def _that_can_stand(self, every: Iterable[Revival | Restored]) -> tuple[list[Revival], list[Restored]]:
        """Return everything that was found, and what of it breaks no rule when all of it is put back together."""
        found: list[Revival] = []
        restored: list[Restored] = []
        for one in every:
            if isinstance(one, Restored):
                restored.append(one)
            else:
                found.append(one)
        standing = that_can_stand(restored, self.unit.journal, school=self.school, at=self.at)
        names = {(one.kind, one.found.object_id) for one in standing}
        for one in restored:
            stands = (one.kind, one.found.object_id) in names
            found.append(one.found if stands else replace(one.found, is_due=False, doubt=Doubt.BREAKS_RULE))
        return found, standing

    def _put_back(self, one: Restored, incident: AccessIncident) -> Restored:
        """Write a record as it was."""
        self.unit.journal.put(one.kind, [one.now])
        self.unit.audit.append(
            [
                AuditRecord(
                    at=self.at,
                    actor=self.by.actor,
                    role=self.by.role,
                    channel=_CHANNEL,
                    action=VOID_ACTION,
                    object_kind=one.kind.one,
                    object_id=one.found.object_id,
                    old=plain_from(one.before),
                    new=plain_from(one.now.record),
                    reason=f"incident {incident.id}",
                    source=self.by.source,
                )
            ]
        )
        return one

    def _of_operations(self, incident: AccessIncident, mine: Sequence[AuditEntry]) -> Iterator[Effect]:
        """Yield the operations that changed no record of the journal: a person has to look at each."""
        others = {_named(entry.record) for entry in mine if not _is_revivable(entry.record)}
        for name in sorted(one for one in others if one[0] not in _OF_INCIDENTS):
            yield self._effect(incident, EffectKind.DECIDE, *name, reason=Doubt.OTHER_OPERATION)

    def _of_unsigned(self, incident: AccessIncident, scope: VoidScope) -> Iterator[Effect]:
        """Yield the entries of which nobody says by whom they are, the access or somebody honest: a person decides."""
        found = self.unit.incidents.unsigned(scope.names, scope.window.start, scope.window.end)
        for name in sorted({_named(entry.record) for entry in found if not scope.covers(entry)}):
            yield self._effect(incident, EffectKind.DECIDE, *name, reason=Doubt.AUTHOR_UNKNOWN)

    def _of_records(
        self, incident: AccessIncident, found: Sequence[Revival], put_back: Sequence[Restored]
    ) -> Iterator[Effect]:
        for one in put_back:
            yield self._effect(
                incident, EffectKind.REVERTED, one.found.object_kind, one.found.object_id, done_at=self.at
            )
        for revived in found:
            if revived.doubt is not None:
                name = (revived.object_kind, revived.object_id)
                yield self._effect(incident, EffectKind.DECIDE, *name, reason=revived.doubt)

    def _of_messages(
        self, incident: AccessIncident, found: Sequence[Revival]
    ) -> tuple[list[Effect], Mapping[str, bool]]:
        """Pull what has not left yet; tell for every mark with events whether a family was told of void data."""
        if not found:
            return [], {}
        since = min(one.since for one in found)
        marks = [one for one in found if one.object_kind == RecordKind.MARKS.one]
        void = {version: one.object_id for one in marks for version in one.versions}
        dealt_with = {one.object_id for one in self.unit.incidents.effects(incident.id)}
        told: dict[str, bool] = {}
        effects: list[Effect] = []
        for event in self.unit.incidents.events(self.events, since):
            mark = void.get((event.mark, event.version))
            if event.message in dealt_with or mark is None:
                continue
            pulled = self._pull(event.message, incident)
            told[mark] = told.get(mark, False) or not pulled
            kind = EffectKind.MESSAGE_PULLED if pulled else EffectKind.EVENT_SENT
            effects.append(self._effect(incident, kind, "message", event.message, done_at=self.at))
        documents = {made.id for made in self._superseded(found)}
        effects += [
            self._effect(incident, EffectKind.MESSAGE_PULLED, "message", one.message, done_at=self.at)
            for one in self.unit.incidents.packages(since)
            if one.package in documents and self._pull(one.message, incident)
        ]
        return effects, told

    def _pull(self, message: str, incident: AccessIncident) -> bool:
        return self.unit.incidents.pull(message, by=self.by.actor, reason=f"incident {incident.id}", at=self.at)

    def _of_documents(self, incident: AccessIncident, found: Sequence[Revival]) -> Iterator[Effect]:
        for made in self._superseded(found):
            name = "export_package" if made.kind is EffectKind.PACKAGE else "archive_entry"
            yield self._effect(incident, made.kind, name, made.id)

    def _superseded(self, found: Sequence[Revival]) -> Sequence[MadeDocument]:
        if not found:
            return ()
        made = self.unit.incidents.documents(min(one.since for one in found))
        return tuple(superseded([self._footprint(one) for one in found], made))

    def _footprint(self, found: Revival) -> Footprint:
        """Return where a record's void values could be seen; what has no day of its own, anywhere."""
        kind = _KIND_OF_NAME[found.object_kind]
        held = self.unit.records.get(kind, tuple(found.object_id.split(" ")))
        record = None if held is None else held.record
        seen = Footprint(since=found.since, until=found.until or self.at)
        if isinstance(record, PeriodMark):
            period = self._period(record.period)
            return seen if period is None else replace(seen, first=period.start, last=period.end)
        lesson = record if isinstance(record, Lesson) else self._lesson(getattr(record, "lesson", None))
        if lesson is not None:
            return replace(seen, first=lesson.day, last=lesson.day, school_class=lesson.school_class)
        day = getattr(record, "day", None)
        return replace(seen, first=day, last=day) if isinstance(day, date) else seen

    def _lesson(self, lesson: str | None) -> Lesson | None:
        held = None if lesson is None else self.unit.records.get(RecordKind.LESSONS, (lesson,))
        return None if held is None else held.record

    def _period(self, period: PeriodId) -> Period | None:
        held = self.unit.records.get(RecordKind.PERIODS, (period,))
        return None if held is None else held.record

    def _mark_changes(self, put_back: Sequence[Restored], told: Mapping[str, bool]) -> Iterator[MarkChange]:
        """Yield the marks of which a family may know a void value: all but those whose every event was pulled."""
        for one in put_back:
            mark = one.now.record
            if not isinstance(mark, Mark) or told.get(mark.id) is False:
                continue
            lesson = self._lesson(mark.lesson)
            if lesson is not None:
                yield MarkChange(now=mark, before=one.before, lesson=lesson, version=one.now.version)

    def _close_superseded(self, incident: AccessIncident) -> None:
        for effect in self.unit.incidents.effects(incident.id):
            is_document = effect.kind in {EffectKind.PACKAGE, EffectKind.ARCHIVE}
            if is_document and effect.done_at is None and self.unit.incidents.newer(effect.kind, effect.object_id):
                self.unit.incidents.close(effect, self.at)

    def _effect(
        self,
        incident: AccessIncident,
        kind: EffectKind,
        object_kind: str,
        object_id: str,
        *,
        reason: str = "",
        done_at: datetime | None = None,
    ) -> Effect:
        return Effect(
            incident=incident.id,
            kind=kind,
            object_kind=object_kind,
            object_id=object_id,
            found_at=self.at,
            reason=reason,
            done_at=done_at,
        )


def _is_revivable(record: AuditRecord) -> bool:
    """Tell whether it changed a record of the journal; what tells of incidents is never made void by one."""
    kind = _KIND_OF_NAME.get(record.object_kind)
    return kind is not None and kind is not RecordKind.INCIDENTS


def _named(record: AuditRecord) -> tuple[str, str]:
    return record.object_kind, record.object_id


def _with_doubt(found: Revival) -> Revival:
    """Leave to a person what cannot be put back by itself: texts under seal, and records that cannot be voided."""
    kind = _KIND_OF_NAME[found.object_kind]
    if not found.is_due:
        return found
    if kind in RESTRICTED:
        return replace(found, is_due=False, doubt=Doubt.RESTRICTED)
    if found.value is None and not _can_be_voided(kind):
        return replace(found, is_due=False, doubt=Doubt.NO_EARLIER_VALUE)
    return found


def _can_be_voided(kind: RecordKind) -> bool:
    return any(one.name == "voided" for one in fields(RECORD_CLASSES[kind]))
