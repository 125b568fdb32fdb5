"""The movement book's entries of those who come: first-graders on the first day, others when they join (R-ROST-05)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from gateway.model.ids import RecordId
from gateway.model.movement import MovementKind
from gateway.model.movement_order import MovementOrder
from gateway.model.school import FIRST_GRADE
from gateway.sandbox.school.moments import moment
from gateway.sandbox.school.sample import SampleSchool


def admissions(sample: SampleSchool, day: date, previous: date | None) -> Iterator[MovementOrder]:
    """Yield the orders for those whose first school day this is; ``previous`` is the school day before it."""
    grades = {each.id: each.grade for each in sample.classes}
    source_ids = {pupil.id: pupil.source_id for pupil in sample.pupils}
    for place in sample.enrollments:
        begins_now = place.valid_from <= day and (previous is None or previous < place.valid_from)
        if begins_now and (previous is not None or grades[place.school_class] == FIRST_GRADE):
            yield MovementOrder(
                id=RecordId(f"MO-{place.valid_from:%Y%m%d}-{source_ids[place.pupil]}"),
                pupil=place.pupil,
                kind=MovementKind.ADMISSION,
                happened_on=place.valid_from,
                document=f"Приказ о зачислении № {place.valid_from:%j} от {place.valid_from:%d.%m.%Y}",
                informed_at=moment(sample, place.valid_from - timedelta(days=1), 12),
                entered_at=moment(sample, day, 9, 20),
                to_class=place.school_class,
            )
