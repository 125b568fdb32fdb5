"""How a worker spends its time: the settings, and a timer that no change of the clock can mislead."""

from dataclasses import dataclass
from datetime import timedelta
from time import monotonic


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """How a worker spends its time.

    Attributes:
        threads: How many handlers may run at once. When they are fast, more messages are claimed ahead, as many as
            they can do in a tenth of a second; when they are slow, none.
        busy_poll: Where a commit elsewhere would not be heard, or something due may not be claimed for now: wait
            after a turn that found nothing; doubles with each further one.
        idle_poll: The doubling stops here, and no wait is longer. Where commits are heard at once, this only bounds
            how long a lost call stays unnoticed.
        grace: How long ``stop`` waits for running handlers.
        handler_timeout: A delivery that takes longer is a failed attempt (``Retry``, code ``handler_timeout``). Its
            thread cannot be ended; it is written off and replaced, and what it brings when it comes back is dropped.
            The recipient may have the message all the same. None lets a handler take for ever, with its lease
            extended.
        written_off: So many written-off threads are borne for one destination. While there are as many, nothing more
            is claimed for it, which the log and the health file say.

    Raises:
        ValueError: A number or a time with which a worker could not work.
    """

    threads: int = 4
    busy_poll: timedelta = timedelta(milliseconds=20)
    idle_poll: timedelta = timedelta(seconds=1)
    grace: timedelta = timedelta(seconds=30)
    handler_timeout: timedelta | None = None
    written_off: int = 4

    def __post_init__(self) -> None:
        """Refuse what a worker could not work with."""
        if self.threads < 1 or self.written_off < 1:
            raise ValueError("threads and written_off must be at least 1")
        if not timedelta(0) < self.busy_poll <= self.idle_poll:
            raise ValueError("a rhythm needs 0 < busy_poll <= idle_poll")
        if self.handler_timeout is not None and self.handler_timeout <= timedelta(0):
            raise ValueError("handler_timeout must be longer than nothing")


class Every:
    """Comes round once a period, by ``time.monotonic``; the first time at once."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.next = monotonic()

    def due(self) -> bool:
        """Say whether it is time."""
        return monotonic() >= self.next

    def done(self) -> None:
        """Begin the next period now."""
        self.next = monotonic() + self._seconds

    def put_off(self, seconds: float) -> None:
        """Let it come round so many seconds from now at the earliest."""
        self.next = max(self.next, monotonic() + seconds)
