"""Events for families built anew after a repair: from what the journal holds now, by the mapping as it is now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.diary.announce import event_of
from gateway.diary.rights import school_day, valid_rights
from gateway.mapping.portal import event_to_json, read_memory
from gateway.model.diary import ChildRight
from gateway.model.grading import MarkSign
from gateway.model.ids import MarkId, PupilId, SchoolId
from gateway.model.journal import Lesson, Mark, MarkChange
from gateway.model.journal_records import RecordKind, Stored
from gateway.ports.diary import DiaryFacts
from gateway.ports.frame import Clock, ReadingUnits
from gateway.ports.records import RecordShelf
from outbox import Message


class EventFacts(Protocol):
    """What an event is made of."""

    @property
    def diary(self) -> DiaryFacts:
        """Rights and subscriptions."""
        ...

    @property
    def records(self) -> RecordShelf:
        """The journal, record by record."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class EventAddress:
    """Of which version of which mark an event tells whom; it stands on the message, whatever the mapping made of it."""

    mark: MarkId
    version: int
    pupil: PupilId
    guardian: str

    @classmethod
    def of(cls, message: Message) -> EventAddress:
        """Read the keys that `gateway.diary.announce` gave the message.

        Raises:
            ValueError: they are others.
        """
        mark = message.correlation or ""
        version, _, guardian = (message.idempotency_key or "").removeprefix(f"{mark}:").partition(":")
        pupil = (message.ordering_key or "").removesuffix(f":{guardian}")
        if not (mark and pupil and guardian):
            raise ValueError("not an event about a mark")
        return cls(mark=MarkId(mark), version=int(version), pupil=PupilId(pupil), guardian=guardian)


@dataclass(frozen=True, kw_only=True, slots=True)
class EventRebuilder:
    """Builds events anew, each with the facts that the journal has now.

    When it happened and what the family saw before is taken from the event as it is: nobody else remembers it.
    """

    readings: Callable[[SchoolId], ReadingUnits[EventFacts]]
    clock: Clock

    def __call__(self, message: Message) -> bytes | None:
        """Return the event as it should be sent now.

        `None` where it must not be sent at all: the right to it has ended, the mark is gone, or it has been changed
        since, which a later event of the same lane tells.

        Raises:
            ValueError: the message is no event about a mark, or has no school.
            SchemaError: what only the event remembers cannot be read (``portal.event_invalid``).
        """
        address, memory = EventAddress.of(message), read_memory(message.payload)
        if message.owner is None:
            raise ValueError("an event has a school")
        school = SchoolId(message.owner)
        with self.readings(school)() as unit:
            stored = unit.records.get(RecordKind.MARKS, (address.mark,))
            right = self._right(unit.diary, address)
            if stored is None or stored.version != address.version or right is None:
                return None
            lesson: Stored[Lesson] | None = unit.records.get(RecordKind.LESSONS, (stored.record.lesson,))
            if lesson is None:
                return None
            names = unit.diary.subject_names([lesson.record.subject])
        change = MarkChange(
            now=stored.record,
            before=_seen_before(stored.record, memory.old_value),
            lesson=lesson.record,
            version=stored.version,
        )
        event = event_of(
            change, right, school=school, subject_name=names[lesson.record.subject], occurred_at=memory.occurred_at
        )
        if event is None or event.kind.value != message.kind:
            return None
        return event_to_json(event)

    def _right(self, diary: DiaryFacts, address: EventAddress) -> ChildRight | None:
        rights = valid_rights(diary.rights_of_subscribers([address.pupil]), today=school_day(diary, self.clock()))
        return next((right for right in rights if right.guardian == address.guardian), None)


def _seen_before(mark: Mark, old: int | MarkSign | None) -> Mark | None:
    """Return a mark as the family saw it before, `None` where it saw none."""
    if old is None:
        return None
    if isinstance(old, MarkSign):
        return replace(mark, value=None, sign=old, voided=False)
    return replace(mark, value=old, sign=None, voided=False)
