"""When a destination may be spoken to: hours of the week in its time zone, without quiet ones and quiet days. Pure.

All hours are those of the clock on the wall. Where it is put forward, the hours that it leaves out are never there;
where it is put back, an hour that comes twice is open (or quiet) both times.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from outbox.walltime import moments, transition

_WEEK = 7
_DAY = timedelta(days=1)
FORESIGHT = timedelta(days=400)
"""How far ahead an opening is looked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A span of some days of the week.

    Attributes:
        days: 0 for Monday to 6 for Sunday: the days on which it begins.
        opens: Local time from which on it is open.
        closes: Local time from which on it is closed again; not later than ``opens`` means on the following day, so
            two equal times make a whole day.

    Raises:
        ValueError: No day, no such day, or a time with a zone of its own.
    """

    days: frozenset[int]
    opens: time
    closes: time

    def __post_init__(self) -> None:
        """Refuse a span that never comes, or whose clock hangs elsewhere."""
        if not self.days or not self.days <= frozenset(range(_WEEK)):
            raise ValueError("a window needs at least one day, 0 for Monday to 6 for Sunday")
        if self.opens.tzinfo is not None or self.closes.tzinfo is not None:
            raise ValueError("a window's times are local to the zone of its Windows and have none of their own")


@dataclass(frozen=True, kw_only=True, slots=True)
class Windows:
    """All spans of a destination.

    Attributes:
        zone: Where its clock hangs.
        open: When it may be spoken to; always, where empty.
        quiet: When it must not be spoken to, although it is open.
        closed_days: Days on which it is left alone altogether, midnight to midnight, such as announced maintenance.
    """

    zone: ZoneInfo
    open: Sequence[Window] = ()
    quiet: Sequence[Window] = ()
    closed_days: frozenset[date] = frozenset()


def is_open(windows: Windows, now: datetime) -> bool:
    """Say whether the destination may be spoken to at this moment."""
    local = now.astimezone(windows.zone)
    if local.date() in windows.closed_days:
        return False
    day, at = local.weekday(), local.time()
    return (not windows.open or _within(windows.open, day, at)) and not _within(windows.quiet, day, at)


def next_opening(windows: Windows, now: datetime) -> datetime | None:
    """Return the first moment from ``now`` on at which the destination may be spoken to.

    Returns:
        ``now`` itself where it is open, otherwise a moment in the zone of ``now``; None where it stays closed for all
        of ``FORESIGHT``.
    """
    if is_open(windows, now):
        return now
    day = now.astimezone(windows.zone).date()
    for ahead in range(FORESIGHT // _DAY):
        found = [edge for edge in _edges(windows, day + ahead * _DAY) if edge > now and is_open(windows, edge)]
        if found:
            return min(found).astimezone(now.tzinfo)
    return None


def _within(spans: Sequence[Window], day: int, at: time) -> bool:
    return any(_covers(span, day, at) for span in spans)


def _covers(span: Window, day: int, at: time) -> bool:
    if span.opens < span.closes:
        return day in span.days and span.opens <= at < span.closes
    return (day in span.days and at >= span.opens) or ((day - 1) % _WEEK in span.days and at < span.closes)


def _edges(windows: Windows, day: date) -> Iterator[datetime]:
    """Yield every moment of a local day at which a closed destination can become open, in no order."""
    beginnings = {time(0)} | {span.opens for span in windows.open} | {span.closes for span in windows.quiet}
    for at in beginnings:
        yield from moments(day, at, windows.zone)
    moved = transition(day, windows.zone)
    if moved is not None:
        yield moved
