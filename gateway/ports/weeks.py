"""Reading pupils' weeks from the journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Protocol

from gateway.model.ids import PupilId
from gateway.model.week import PupilWeek


class Weeks(Protocol):
    """Reads what the journal holds for pupils over some days."""

    def of_pupils(self, pupils: Iterable[PupilId], first: date, last: date) -> Mapping[PupilId, PupilWeek]:
        """Return a week for every pupil asked for, with no lessons where there were none.

        A pupil has the lessons of the classes they were enrolled in and of the study groups they were a member of on
        that day; voided marks and absences are left out.
        """
        ...
