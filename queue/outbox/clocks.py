"""How far the clocks of hosts may be apart, and what a stored time is worth when a clock has jumped. Pure."""

from datetime import datetime, timedelta

SKEW = timedelta(minutes=1)
"""Clocks of hosts that work on one queue are never further apart than this; what looks like more is a jump."""


def is_over(until: datetime, now: datetime, *, at_most: timedelta) -> bool:
    """Say whether a wait is over that was begun with at most this length.

    It is over when its end has come, and also when its end is further off than right clocks could ever have put it:
    then a clock ran ahead while it was written, or has been set back since. So whatever the clocks do, who finds that
    he has to wait never waits longer than ``at_most`` and ``SKEW``.
    """
    return now >= until or until - now > at_most + SKEW
