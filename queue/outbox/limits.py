"""How fast a destination may be spoken to: a token bucket shared by all workers, reckoned without a token. Pure.

The generic cell rate algorithm (ITU-T I.371, annex A) needs one moment a destination: when everything sent so far would
have been sent, had it been sent evenly. How far that moment lies ahead of the present says how much of the burst is
used up. It is reckoned in whole microseconds, the resolution in which it is stored, and never rounded in favour of
speed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from outbox.clocks import SKEW

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """At most so many messages in a time, over all workers on all hosts.

    What is counted is claimed messages: one that is given back without having been sent has used its place.

    Attributes:
        messages: How many ...
        per: ... in this time, evenly.
        burst: How many may go at once after a pause.

    Raises:
        ValueError: One of them is not positive.
    """

    messages: int
    per: timedelta = timedelta(seconds=1)
    burst: int = 1

    def __post_init__(self) -> None:
        """Refuse a rate at which nothing could ever be sent."""
        if self.messages < 1 or self.burst < 1:
            raise ValueError("a rate needs at least 1 message and a burst of at least 1")
        if self.per <= timedelta(0):
            raise ValueError("a rate needs a time longer than nothing")


def allowance(rate: Rate, rate_at: datetime | None, now: datetime) -> int:
    """Say how many messages may go now, at most ``rate.burst``.

    In any span of time the messages allowed and ``used`` (see ``after``) are never more than
    ``burst + messages * span / per``, the span taken one microsecond longer.

    A clock that is set back, or that ran ahead when ``rate_at`` was written, holds the destination back for no longer
    than the burst takes at the even rate, and ``SKEW``: a moment further off is no longer believed, and reckoning
    begins anew with a full burst.

    Args:
        rate: The destination's rate.
        rate_at: What ``after`` returned last; None at the beginning.
        now: The present.
    """
    return max(0, rate.burst - _ceiling(_ahead(rate, rate_at, now) * rate.messages, rate.per // _MICROSECOND))


def after(rate: Rate, rate_at: datetime | None, now: datetime, used: int) -> datetime:
    """Return the moment to remember after so many messages were sent; ``used`` is at most the ``allowance``."""
    ahead = _ahead(rate, rate_at, now) + _even(rate, used)
    return now + ahead * _MICROSECOND


def next_allowance(rate: Rate, rate_at: datetime | None, now: datetime) -> datetime:
    """Return the moment from which on at least one message may go; the present where one may go now."""
    full = (rate.burst - 1) * (rate.per // _MICROSECOND) // rate.messages
    return now + max(0, _ahead(rate, rate_at, now) - full) * _MICROSECOND


def _ahead(rate: Rate, rate_at: datetime | None, now: datetime) -> int:
    """Return by how many microseconds the remembered moment lies ahead."""
    if rate_at is None or rate_at <= now:
        return 0
    ahead = (rate_at - now) // _MICROSECOND
    return 0 if ahead > _even(rate, rate.burst) + SKEW // _MICROSECOND else ahead


def _even(rate: Rate, messages: int) -> int:
    """Return how many microseconds so many messages take at the even rate, rounded up."""
    return _ceiling(messages * (rate.per // _MICROSECOND), rate.messages)


def _ceiling(number: int, divisor: int) -> int:
    return -(-number // divisor)
