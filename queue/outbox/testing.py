"""For the tests of those who use the outbox."""

from datetime import datetime, timedelta


class ManualClock:
    """A clock that stands still until it is told to move; call it to read it."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """Return the present."""
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Move on, or back where ``by`` is negative, and return the new present."""
        self._now += by
        return self._now
