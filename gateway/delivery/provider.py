"""The destination ``provider``: what we give out as a OneRoster provider is made anew after a change.

So no reader has to wait for it. Every minute one message looks which schools have changed; each of those gets a message
of its own, which any worker may take. A school that nobody has ever asked for is left alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from gateway.delivery.outcomes import outcome_of
from gateway.errors import GatewayError
from gateway.model.ids import SchoolId
from outbox import Delivered, Message, NewMessage, Outcome, Schedule

DESTINATION = "provider"
_LOOK, _REFRESH = "look", "refresh"

EVERY_MINUTE = Schedule(
    name="provider",
    cron="* * * * *",
    zone=ZoneInfo("Europe/Moscow"),
    destination=DESTINATION,
    kind=_LOOK,
    payload=b"{}",
    ordering_key=_LOOK,
)
"""A minute that was missed is not made up for: the next one sees the same."""


def refresh_message(school: SchoolId, sequence: int, day: date) -> NewMessage:
    """Return the message that makes a school's objects anew as of an entry of its audit chain and a day there.

    The same entry and day are asked for once.
    """
    return NewMessage(
        destination=DESTINATION,
        kind=_REFRESH,
        payload=json.dumps({"school": school}).encode(),
        content_type="application/json",
        ordering_key=school,
        idempotency_key=f"{school}/{sequence}/{day.isoformat()}",
        owner=school,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderHandler:
    """Looks which schools have changed, and makes the objects of one anew.

    Attributes:
        stale: returns a message for each school that has changed.
        enqueue: puts messages into the queue.
        refresh: makes a school's objects anew and says how many changed.
    """

    stale: Callable[[], Sequence[NewMessage]]
    enqueue: Callable[[Sequence[NewMessage]], object]
    refresh: Callable[[SchoolId], int]

    def __call__(self, message: Message) -> Outcome:
        """Handle one message."""
        try:
            if message.kind == _LOOK:
                found = self.stale()
                if found:
                    self.enqueue(found)
                return Delivered(receipt=f"{len(found)} schools")
            return Delivered(receipt=f"{self.refresh(SchoolId(json.loads(message.payload)['school']))} objects")
        except GatewayError as error:
            return outcome_of(error)
