"""The one time in the year when the journal could not be reached (R-JRNL-18)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.model.ids import OutageId
from gateway.model.oversight import Outage
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.sample import SampleSchool

_BEGIN, _END = time(10, 5), time(12, 40)
_WEDNESDAY = 3
_WEEKS = 3
"""The outage falls into one of so many weeks of September."""


def outage(sample: SampleSchool) -> Outage:
    """Return the outage: some hours of a Wednesday in September."""
    second_week = date(sample.year, 9, 8)
    wednesday = second_week + timedelta(days=(_WEDNESDAY - second_week.isoweekday()) % 7)
    day = wednesday + timedelta(weeks=int(fraction("outage", sample.seed, sample.school.id) * _WEEKS))
    zone = ZoneInfo(sample.school.zone)
    return Outage(
        id=OutageId(f"OUT-{day:%Y%m%d}"),
        started_at=datetime.combine(day, _BEGIN, tzinfo=zone),
        ended_at=datetime.combine(day, _END, tzinfo=zone),
        reason="Авария на линии связи провайдера",
    )
