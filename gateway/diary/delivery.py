"""The last look at a family's right before an event leaves: a withdrawn consent stops what is queued (R-PAR-12)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from gateway.diary.rights import right_to_see, school_day
from gateway.mapping.portal import event_from_json
from gateway.model.diary import MarkEvent
from gateway.model.ids import SchoolId
from gateway.ports.diary import DiaryUnit, EventSink
from gateway.ports.frame import Clock, Units

WITHHELD = "withheld: R-PAR-12"
"""Stands where a receipt would, for an event that was not sent because the right to it has ended."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentedEvents:
    """An event sink that hands on only what the addressee may still see."""

    sink: EventSink
    units: Callable[[SchoolId], Units[DiaryUnit]]
    clock: Clock

    def send(self, message_id: str, kind: str, content: bytes) -> str:
        """Hand the event on and return the receipt, or keep it back for good and return `WITHHELD`.

        Keeping back is no failure: the rule has decided, nobody has to act, and what the family may see again after a
        new consent must not wait behind it.

        Raises:
            PlatformError: what the sink behind met.
            SchemaError: the content is not an event of this gateway.
        """
        event = event_from_json(content)
        if self._may_be_seen(event):
            return self.sink.send(message_id, kind, content)
        _log.info("event.withheld", message=message_id, school=event.school, pupil=event.pupil)
        return WITHHELD

    def _may_be_seen(self, event: MarkEvent) -> bool:
        with self.units(event.school)() as unit:
            rights = unit.diary.rights_of_portal_user(event.portal_user)
            today = school_day(unit.diary, self.clock())
            return right_to_see(rights, event.pupil, today=today) is not None
