"""The destination ``portal``: hands events for families to the city portal."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.delivery.outcomes import outcome_of
from gateway.errors import GatewayError
from gateway.ports.diary import EventSink
from outbox import Delivered, Message, Outcome

DESTINATION = "portal"


@dataclass(frozen=True, kw_only=True, slots=True)
class EventHandler:
    """Delivers events; the message's id lets the portal recognise a repeated one."""

    sink: EventSink

    def __call__(self, message: Message) -> Outcome:
        """Handle one message."""
        try:
            receipt = self.sink.send(message.id, message.kind, message.payload)
        except GatewayError as error:
            return outcome_of(error)
        return Delivered(receipt=receipt)
