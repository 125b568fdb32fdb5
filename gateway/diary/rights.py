"""Which right lets a portal user see a pupil today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import structlog

from gateway.model.diary import ChildRight, denial
from gateway.model.ids import PupilId
from gateway.ports.diary import DiaryFacts

_log = structlog.get_logger(__name__)


def school_day(diary: DiaryFacts, now: datetime) -> date:
    """Return today's date where the school is."""
    return now.astimezone(diary.zone()).date()


def valid_rights(rights: Iterable[ChildRight], *, today: date) -> list[ChildRight]:
    """Return the rights that hold today."""
    return [right for right in rights if denial(right, today=today) is None]


def right_to_see(rights: Sequence[ChildRight], pupil: PupilId, *, today: date) -> ChildRight | None:
    """Return the first right to the pupil that holds today; why the others do not is logged by id for the operator."""
    for right in rights:
        if right.pupil != pupil:
            continue
        reason = denial(right, today=today)
        if reason is None:
            return right
        _log.info("diary.denied", guardian=right.guardian, pupil=right.pupil, reason=reason.value)
    return None
