"""The destination ``upkeep``: what the queue does for itself every night, as a message like any other.

So it is seen in the queue when it was done and why it was not, it runs once however many workers there are, and a
failed one is tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from gateway.settings import QueueSettings
from outbox import Delivered, Message, Outcome, Retention, Schedule, Tended

DESTINATION = "upkeep"

NIGHTLY = Schedule(
    name="upkeep",
    cron="40 2 * * *",
    zone=ZoneInfo("Europe/Moscow"),
    destination=DESTINATION,
    kind="retention",
    payload=b"{}",
)
"""Every night, when nobody waits for anything; after a night in which nobody was up, once as soon as somebody is."""


_FOR_EVER = timedelta(days=36_500)


def retention(settings: QueueSettings) -> Retention:
    """Return how long what is finished is kept. A repeated message is recognised as long as the first one is kept.

    Raises:
        ValueError: a number is negative, or messages would go before their content.
    """
    content = timedelta(days=settings.content_days) if settings.content_days else _FOR_EVER
    messages = timedelta(days=settings.message_days) if settings.message_days else None
    return Retention(payloads=content, answers=content, messages=messages, keys=messages or _FOR_EVER)


@dataclass(frozen=True, kw_only=True, slots=True)
class UpkeepHandler:
    """Removes what is kept no longer.

    Attributes:
        tend: does it, and says how much it was.
    """

    tend: Callable[[], Tended]

    def __call__(self, message: Message) -> Outcome:  # noqa: ARG002  there is one thing to do
        """Handle one message."""
        tended = self.tend()
        return Delivered(receipt=f"{tended.payloads} payloads, {tended.messages} messages")
