"""Times of day at a made-up school."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from gateway.sandbox.school.sample import SampleSchool


def moment(sample: SampleSchool, day: date, hour: int, minute: int = 0) -> datetime:
    """Return a time of day at the school as a moment."""
    return datetime.combine(day, time(hour, minute), tzinfo=ZoneInfo(sample.school.zone))
