"""Who gives each lesson of a day: its own teacher, or somebody free when that one is away (замена, R-JRNL-10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from gateway.model.ids import StaffId, SubstitutionId
from gateway.model.journal import Lesson, Substitution
from gateway.model.people import Staff
from gateway.model.timetable import SubstitutionOrder
from gateway.sandbox.school.curriculum import Specialism
from gateway.sandbox.school.draws import fraction
from gateway.sandbox.school.leaders import leaders
from gateway.sandbox.school.sample import SampleSchool
from gateway.sandbox.school.spells import SpellKind, in_spell
from gateway.sandbox.school.staff import DEPUTY
from gateway.sandbox.school.timetable import TimetableEntry

_REASONS = {
    SpellKind(name="sick-leave", chance=0.06, shortest=4, longest=9): "больничный лист",
    SpellKind(name="training", chance=0.03, shortest=2, longest=4): "курсы повышения квалификации",
}
_WITHOUT_ORDER = 0.04
"""Share of the substitutions that the deputy has not put into an order when the entry is made (C-12)."""
_TEACHERS = frozenset(specialism.value for specialism in Specialism)


def substitutions(
    sample: SampleSchool, day: date, today: Sequence[TimetableEntry]
) -> dict[TimetableEntry, Substitution | None]:
    """Return the lessons of the day that somebody gives, with the substitution where it is not their own teacher.

    A substitute is present and free; one of the same subject goes before another teacher, who goes before a deputy
    head. A lesson for which nobody is left is missing from the result.
    """
    reasons = _away(sample, day)
    position = {person.id: person.position for person in sample.staff}
    busy: dict[int, set[StaffId]] = defaultdict(set)
    for entry in today:
        busy[entry.number].add(entry.teacher)
    given: dict[TimetableEntry, Substitution | None] = {}
    for entry in today:
        if entry.teacher not in reasons:
            given[entry] = None
            continue
        taken = busy[entry.number] | reasons.keys()
        substitute = min(
            (person for person in sample.staff if person.id not in taken and _may_teach(person)),
            key=lambda person: _rank(person, position[entry.teacher], sample, day, entry),
            default=None,
        )
        if substitute is not None:
            busy[entry.number].add(substitute.id)
            given[entry] = Substitution(
                teacher=substitute.id, reason=reasons[entry.teacher], order=_order_id(sample, day, entry)
            )
    return given


def substitution_orders(sample: SampleSchool, lessons: Iterable[Lesson]) -> Iterator[SubstitutionOrder]:
    """Yield the deputy's orders for the substitutions at the lessons that name one (R-JRNL-12)."""
    for lesson in lessons:
        if lesson.substitution is None or lesson.substitution.order is None:
            continue
        yield SubstitutionOrder(
            id=lesson.substitution.order,
            day=lesson.day,
            number=lesson.number,
            subject=lesson.subject,
            planned=lesson.teacher,
            actual=lesson.substitution.teacher,
            reason=lesson.substitution.reason,
            document=f"Приказ № {lesson.day:%j}/{lesson.number}-з от {lesson.day:%d.%m.%Y}",
            registered_by=leaders(sample).deputy,
            school_class=lesson.school_class,
            group=lesson.group,
        )


def _order_id(sample: SampleSchool, day: date, entry: TimetableEntry) -> SubstitutionId | None:
    if fraction("no-order", sample.seed, day, entry.number, entry.code) < _WITHOUT_ORDER:
        return None
    return SubstitutionId(f"SO-{day:%Y%m%d}-{entry.number}-{entry.code}")


def _away(sample: SampleSchool, day: date) -> dict[StaffId, str]:
    """Return those who are away on the day, and why."""
    return {
        person.id: reason
        for kind, reason in _REASONS.items()
        for person in sample.staff
        if in_spell(kind, day, sample.seed, person.id)
    }


def _may_teach(person: Staff) -> bool:
    return person.position in _TEACHERS or person.position == DEPUTY


def _rank(
    person: Staff, wanted: str, sample: SampleSchool, day: date, entry: TimetableEntry
) -> tuple[bool, bool, float]:
    """Return what orders the substitutes: first those of the subject, last the deputy head, else by chance."""
    chance = fraction("substitute", sample.seed, day, entry.number, person.id)
    return person.position != wanted, person.position == DEPUTY, chance
