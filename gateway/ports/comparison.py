"""What comparing with a platform needs: the platform's view of a class, our class list, a place for what was found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from gateway.model.comparison import ClassList, Comparison
from gateway.model.ids import ClassId
from gateway.model.platform_week import PlatformWeek
from gateway.ports.frame import Unit
from gateway.ports.weeks import Weeks


class PlatformJournal(Protocol):
    """Another platform that shows lessons, marks and homework of our classes."""

    @property
    def platform(self) -> str:
        """Stable name of the platform, as in ``netschool``."""
        ...

    def class_week(self, class_name: str, monday: date) -> PlatformWeek:
        """Return what the platform shows of a class (``5А``) from that Monday to Saturday.

        Raises:
            PlatformError: the platform did not answer, refused, or answered with something unknown.
        """
        ...


class Comparisons(Protocol):
    """Comparisons of one school and the class lists they start from."""

    def class_list(self, school_class: ClassId, first: date, last: date) -> ClassList | None:
        """Return a class and everybody enrolled in it on a day from ``first`` to ``last``; ``None`` if unknown."""
        ...

    def get(self, comparison: str) -> Comparison | None:
        """Return a comparison by its id."""
        ...

    def keep(self, comparison: Comparison) -> None:
        """Store a comparison in the place of an earlier one with the same id."""
        ...

    def recent(self, *, limit: int = 20) -> Sequence[Comparison]:
        """Return the newest comparisons with their differences, newest first."""
        ...


class ComparisonUnit(Unit, Protocol):
    """The unit of the comparing flow."""

    @property
    def weeks(self) -> Weeks:
        """Pupils' weeks in our journal."""
        ...

    @property
    def comparisons(self) -> Comparisons:
        """Comparisons and class lists."""
        ...
