"""The clock on the wall: from a local day and time to the moments that it means, over changes of the clock. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the moment in UTC at which a clock in the zone first shows this time on this day.

    Where it never does, because it is put forward over it: the moment at which it is put forward.
    """
    found = moments(day, at, zone)
    if found:
        return found[0]
    local = datetime.combine(day, at, zone)
    # Taken for a time before the change a left-out time lies after it, and the other way round (PEP 495).
    return _change(local.replace(fold=1).astimezone(UTC), local.replace(fold=0).astimezone(UTC), zone)


def moments(day: date, at: time, zone: ZoneInfo) -> list[datetime]:
    """Return every moment in UTC at which a clock in the zone shows this time on this day: none, one or two."""
    wall = datetime.combine(day, at)
    readings = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(reading for reading in readings if reading.astimezone(zone).replace(tzinfo=None, fold=0) == wall)


def transition(day: date, zone: ZoneInfo) -> datetime | None:
    """Return the moment in UTC on a local day at which the clock is put forward or back; None on other days."""
    start, end = (datetime.combine(one, time(0), zone).astimezone(UTC) for one in (day, day + _DAY))
    return None if _offset(start, zone) == _offset(end, zone) else _change(start, end, zone)


def _change(before: datetime, behind: datetime, zone: ZoneInfo) -> datetime:
    """Find the first moment with the offset of ``behind``, between the two."""
    old = _offset(before, zone)
    while behind - before > _MICROSECOND:
        middle = before + (behind - before) // 2
        if _offset(middle, zone) == old:
            before = middle
        else:
            behind = middle
    return behind


def _offset(at: datetime, zone: ZoneInfo) -> timedelta | None:
    return at.astimezone(zone).utcoffset()
