"""When a fact is entered at the journal: mostly right after the lesson, sometimes later that day, now and then late."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from gateway.model.ids import LessonId
from gateway.model.oversight import Outage
from gateway.sandbox.school.draws import fraction

_AT_ONCE, _SOON = 0.82, 0.96
"""Upper ends of the shares of lessons entered within minutes, and by the end of the working day."""
_MINUTES_AT_ONCE, _MINUTES_SOON = 12, 60
_LATE_FROM = time(17, 0)
_LATE_MINUTES = 150


def entered_after(ends_at: datetime, lesson: LessonId, outage: Outage, *, seed: int) -> datetime:
    """Return when the lesson's page was filled, before 19:30 of its day; never while there was an outage.

    Args:
        ends_at: end of the lesson.
        lesson: the lesson.
        outage: the time in which the journal could not be reached.
        seed: what the moment is drawn from.
    """
    draw, spread = fraction("entered", seed, lesson), fraction("entered-after", seed, lesson)
    if draw < _AT_ONCE:
        moment = ends_at + _minutes(1 + spread * _MINUTES_AT_ONCE)
    elif draw < _SOON:
        moment = ends_at + _minutes(_MINUTES_AT_ONCE + spread * _MINUTES_SOON)
    else:
        moment = datetime.combine(ends_at, _LATE_FROM, tzinfo=ends_at.tzinfo) + _minutes(spread * _LATE_MINUTES)
    if outage.ended_at is not None and outage.started_at <= moment < outage.ended_at:
        return outage.ended_at + _minutes(5 + spread * _MINUTES_SOON)
    return moment


def _minutes(count: float) -> timedelta:
    return timedelta(minutes=int(count))
