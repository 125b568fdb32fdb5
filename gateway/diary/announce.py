"""Telling families of a changed mark: into the outbox, in the transaction that changed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.diary.rights import school_day, valid_rights
from gateway.mapping.portal import event_to_json
from gateway.model.diary import ChildRight, MarkEvent, event_kind, visible_values
from gateway.model.ids import PupilId, SchoolId
from gateway.model.journal import MarkChange
from gateway.ports.diary import AnnouncingUnit
from gateway.ports.frame import Clock
from outbox import NewMessage

DESTINATION = "portal"
"""The outbox destination of events for families."""

EVENT_LIFE = timedelta(days=7)
"""After this time an undelivered event is no news any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkAnnouncer:
    """Announces changes of one school's marks."""

    school: SchoolId
    clock: Clock

    def announce(self, unit: AnnouncingUnit, changes: Sequence[MarkChange]) -> None:
        """Enqueue an event for every change and every subscribed guardian whose right holds today (R-PAR-06).

        Events about one pupil leave in order for each guardian; what holds up one guardian does not hold up the
        other. A version of a mark is announced to a guardian once, however often its batch is posted.
        """
        now = self.clock()
        listeners = _listeners(unit, {change.now.pupil for change in changes}, now)
        heard = [change for change in changes if change.now.pupil in listeners]
        if not heard:
            return
        names = unit.diary.subject_names({change.lesson.subject for change in heard})
        messages = (
            self._message(change, right, names[change.lesson.subject], now)
            for change in heard
            for right in listeners[change.now.pupil]
        )
        unit.outbound.enqueue(*(message for message in messages if message is not None))

    def _message(self, change: MarkChange, right: ChildRight, subject_name: str, now: datetime) -> NewMessage | None:
        event = event_of(change, right, school=self.school, subject_name=subject_name, occurred_at=now)
        if event is None:
            return None
        return NewMessage(
            destination=DESTINATION,
            kind=event.kind.value,
            payload=event_to_json(event),
            content_type="application/json",
            ordering_key=f"{event.pupil}:{right.guardian}",
            idempotency_key=f"{event.mark}:{event.version}:{right.guardian}",
            expires_at=now + EVENT_LIFE,
            correlation=event.mark,
            subject=event.pupil,
        )


def event_of(
    change: MarkChange, right: ChildRight, *, school: SchoolId, subject_name: str, occurred_at: datetime
) -> MarkEvent | None:
    """Return what the holder of a right is told of a change; `None` where there is nothing to tell, or nobody there."""
    kind = event_kind(change)
    if kind is None or right.portal_user is None:
        return None
    old, new = visible_values(change)
    return MarkEvent(
        kind=kind,
        school=school,
        portal_user=right.portal_user,
        pupil=change.now.pupil,
        mark=change.now.id,
        version=change.version,
        lesson=change.lesson.id,
        day=change.lesson.day,
        subject=change.lesson.subject,
        subject_name=subject_name,
        work_kind=change.now.work_kind,
        old_value=old,
        new_value=new,
        occurred_at=occurred_at,
    )


def _listeners(
    unit: AnnouncingUnit, pupils: Iterable[PupilId], now: datetime
) -> Mapping[PupilId, Sequence[ChildRight]]:
    rights = unit.diary.rights_of_subscribers(pupils)
    listeners: dict[PupilId, list[ChildRight]] = defaultdict(list)
    for right in valid_rights(rights, today=school_day(unit.diary, now)):
        listeners[right.pupil].append(right)
    return dict(listeners)
