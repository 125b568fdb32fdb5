"""Class sizes on a day (наполняемость классов, R-REP-02): how many pupils, boys and girls, on an individual plan.

How many a class may hold is told nowhere in the gateway: it is *not known*, and so is the number of individual plans
where the journal system has told of none at all. Not known is no zero.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from gateway.model.curriculum import IndividualPlan
from gateway.model.ids import ClassId, StaffId
from gateway.model.people import Sex
from gateway.model.roster import Fields, RecordKind, RosterState

_SEPTEMBER = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassSize:
    """A class, or the school as a whole (``school_class`` is ``None``), on the day.

    Attributes:
        school_class: id of the class.
        teacher: id of the class teacher, ``None`` where there is none.
        pupils: who have a place in the class on the day; always ``boys`` and ``girls`` together.
        boys: of them.
        girls: of them.
        on_plan: of them on an individual study plan (ИУП, R-ACAD-07); ``None``: not known.
        capacity: how many the class may hold; ``None``: not known.
    """

    school_class: ClassId | None
    teacher: StaffId | None = None
    boys: int = 0
    girls: int = 0
    on_plan: int | None = None
    capacity: int | None = None

    @property
    def pupils(self) -> int:
        """Pupils of the class."""
        return self.boys + self.girls


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassSizes:
    """The report of a day: a line a class in the order of grade and letter, the school last."""

    day: date
    lines: tuple[ClassSize, ...]

    @property
    def school(self) -> ClassSize:
        """The line of the school."""
        return self.lines[-1]


def class_sizes_report(state: RosterState, plans: Collection[IndividualPlan], day: date) -> ClassSizes:
    """Return the report; a class without pupils on the day is in it as long as it is not archived."""
    counted, planned = _counted(state, day), _planned(state, plans, day)
    classes = state.of(RecordKind.CLASS)
    shown = [
        (ClassId(key[0]), held)
        for key, held in classes.items()
        if any(counted[key[0], sex] for sex in Sex) or (not held["archived"] and held["year"] == _year_of(day))
    ]
    lines = [
        ClassSize(
            school_class=one,
            teacher=StaffId(str(held["class_teacher"])) if held["class_teacher"] else None,
            boys=counted[one, Sex.MALE],
            girls=counted[one, Sex.FEMALE],
            on_plan=planned[one] if plans else None,
        )
        for one, held in sorted(shown, key=lambda pair: _order_of(*pair))
    ]
    return ClassSizes(day=day, lines=(*lines, _together(lines)))


def _counted(state: RosterState, day: date) -> Counter[tuple[str, Sex]]:
    pupils = state.of(RecordKind.PUPIL)
    return Counter((one, Sex(str(pupils[pupil,]["sex"]))) for pupil, one in places_on(state, day))


def _planned(state: RosterState, plans: Iterable[IndividualPlan], day: date) -> Counter[str]:
    having = {one.pupil for one in plans if one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)}
    return Counter(one for pupil, one in places_on(state, day) if pupil in having)


def places_on(state: RosterState, day: date) -> Iterator[tuple[str, str]]:
    """Yield pupil and class of every place that is taken on the day."""
    iso = day.isoformat()
    for row in state.of(RecordKind.ENROLLMENT).values():
        if str(row["valid_from"]) <= iso and (row["valid_to"] is None or str(row["valid_to"]) >= iso):
            yield str(row["pupil"]), str(row["school_class"])


def _year_of(day: date) -> int:
    """Return the calendar year in which the school year of a day begins; it turns with September."""
    return day.year if day.month >= _SEPTEMBER else day.year - 1


def _order_of(one: ClassId, held: Fields) -> tuple[int, int, str, str]:
    year, grade = held["year"], held["grade"]
    return (
        -year if isinstance(year, int) else 0,
        grade if isinstance(grade, int) else 0,
        str(held["letter"]),
        one,
    )


def _together(lines: Collection[ClassSize]) -> ClassSize:
    on_plan = [one.on_plan for one in lines if one.on_plan is not None]
    return ClassSize(
        school_class=None,
        boys=sum(one.boys for one in lines),
        girls=sum(one.girls for one in lines),
        on_plan=sum(on_plan) if on_plan else None,
    )
