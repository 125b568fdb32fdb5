"""What a record is to a member of staff: an own lesson, an own class, a lesson given in somebody's place.

From the school's appointments, teaching loads, substitution orders and class teachers follow the duties somebody has
on a day and how far they reach; `permissions` says what may be done with them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from gateway.model.duties import Appointment, Duty
from gateway.model.ids import ClassId, GroupId, PupilId, StaffId, SubjectId
from gateway.model.journal import Lesson
from gateway.model.journal_records import RecordKind
from gateway.model.permissions import Access, Operation, Reach, allowed
from gateway.model.rules.view import JournalView
from gateway.model.school import Period
from gateway.model.timetable import SubstitutionOrder, TeachingLoad


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What a record is about, as far as rights go by it; ``first`` to ``last`` are the days it is about."""

    first: date
    last: date
    lesson: Lesson | None = None
    school_class: ClassId | None = None
    group: GroupId | None = None
    pupil: PupilId | None = None
    subject: SubjectId | None = None


def target_of(record: Any, at: datetime, view: JournalView) -> Target | None:
    """Return what a record signed at a moment is about; ``None`` when it names a lesson or period that is not there."""
    if isinstance(record, Lesson):
        return _at_lesson(record)
    if (named := getattr(record, "lesson", None)) is not None:
        lesson = view.lesson(named)
        return None if lesson is None else _at_lesson(lesson, getattr(record, "pupil", None))
    first = last = getattr(record, "day", None) or view.day_of(at)
    if (period := getattr(record, "period", None)) is not None:
        found = view.find(RecordKind.PERIODS, period)
        if not isinstance(found, Period):
            return None
        first, last = found.start, found.end
    return Target(
        first=first,
        last=last,
        school_class=getattr(record, "school_class", None),
        group=getattr(record, "group", None),
        pupil=getattr(record, "pupil", None),
        subject=getattr(record, "subject", None),
    )


def _at_lesson(lesson: Lesson, pupil: PupilId | None = None) -> Target:
    """A lesson is of its class; at a lesson of a group, a pupil is of the own class."""
    return Target(
        first=lesson.day,
        last=lesson.day,
        lesson=lesson,
        school_class=lesson.school_class,
        group=lesson.group,
        pupil=pupil if lesson.school_class is None else None,
        subject=lesson.subject,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """A member of staff who acts on a day."""

    staff: StaffId
    day: date


def may(actor: Actor, operation: Operation, access: Access, target: Target, view: JournalView) -> bool:
    """Tell whether somebody may, by their duties on the day and by what the target is to them."""
    duties = duties_on(actor, view, target)
    reached = frozenset(_reached(actor.staff, target, view))
    operations = [operation]
    if operation is Operation.LESSON_ENTRIES:
        operations.append(Operation.SUBSTITUTED_LESSON)
    return any(allowed(duties, one, access, reached=reached, policy=view.policy) for one in operations)


def duties_on(actor: Actor, view: JournalView, target: Target | None = None) -> frozenset[Duty]:
    """Return the duties somebody has on a day: by appointment (R-ROLE-25), by the roster, by teaching.

    An appointment that is for some class, group or subject only counts only where the target is of it (R-ROLE-19,
    R-ROLE-24).
    """
    appointed = {
        one.duty
        for one in _appointments(actor.staff, view)
        if _in_force(one, actor.day) and (target is None or _is_for(one, target, view))
    }
    if actor.staff in view.reference.class_teachers.values():
        appointed.add(Duty.CLASS_TEACHER)
    return frozenset(appointed | {Duty.SUBJECT_TEACHER})


def keeps(kind: RecordKind, view: JournalView) -> bool:
    """Tell whether the school keeps records of a kind here at all, so that rights can be held against them."""
    return kind in view.reference.kept or bool(view.accepted[kind]) or bool(view.reference.stored.of(kind))


# what a record is to its author


def _reached(author: StaffId, target: Target, view: JournalView) -> Iterator[Reach]:
    if is_own_class(author, target, view):
        yield Reach.OWN_CLASS
    if _teaches(author, target, view):
        yield Reach.OWN_LESSONS
    if target.lesson is not None and _substitutes(author, target.lesson, view):
        yield Reach.SUBSTITUTED_LESSON


def is_own_class(author: StaffId, target: Target, view: JournalView) -> bool:
    """Tell whether somebody is the class teacher of what the target is of, by the roster or by appointment."""
    own = {known for known, teacher in view.reference.class_teachers.items() if teacher == author}
    own |= {
        one.school_class
        for one in _appointments(author, view)
        if one.duty is Duty.CLASS_TEACHER and one.school_class and _in_force(one, target.last)
    }
    return bool(own & classes_of(target, view))


def classes_of(target: Target, view: JournalView) -> frozenset[ClassId]:
    """Return the classes that a target is of: the one it names, or the pupil's in its days."""
    if target.school_class is not None:
        return frozenset({target.school_class})
    if target.pupil is None:
        return frozenset()
    places = view.places_of(target.pupil, target.first, target.last)
    return frozenset(place.school_class for place in places)


def _teaches(author: StaffId, target: Target, view: JournalView) -> bool:
    """R-ROLE-09: rights follow the teaching load of the days in question."""
    if not keeps(RecordKind.LOADS, view):
        return target.lesson is None or author == target.lesson.teacher
    loads = _of_staff(RecordKind.LOADS, "teacher", view).get(author, ())
    return any(_covers(load, target, view) for load in loads) or _educates(author, target, view)


def _covers(load: TeachingLoad, target: Target, view: JournalView) -> bool:
    in_time = load.valid_from <= target.last and (load.valid_to is None or target.first <= load.valid_to)
    in_subject = target.subject is None or load.subject == target.subject
    if not (in_time and in_subject):
        return False
    if target.group is not None:
        return load.group == target.group
    if load.school_class is not None:
        return load.school_class in classes_of(target, view)
    group = view.group(load.group) if load.group is not None and target.pupil is not None else None
    return group is not None and target.pupil in group.pupils


def _educates(author: StaffId, target: Target, view: JournalView) -> bool:
    """R-ROLE-24: educators write for the groups that they are appointed to, and for no others."""
    return any(
        one.duty is Duty.EDUCATOR and _in_force(one, target.last) and _is_for(one, target, view)
        for one in _appointments(author, view)
        if one.group is not None or one.school_class is not None
    )


def _substitutes(author: StaffId, lesson: Lesson, view: JournalView) -> bool:
    """R-JRNL-10, R-JRNL-11: by the entry itself or by the deputy's order; for this lesson and no other (C-12)."""
    if lesson.substitution is not None and lesson.substitution.teacher == author:
        return True
    orders = _of_staff(RecordKind.SUBSTITUTIONS, "actual", view).get(author, ())
    return any(_orders(order, lesson) for order in orders)


def _orders(order: SubstitutionOrder, lesson: Lesson) -> bool:
    return (order.day, order.number, order.subject, order.school_class, order.group) == (
        lesson.day,
        lesson.number,
        lesson.subject,
        lesson.school_class,
        lesson.group,
    )


def _is_for(one: Appointment, target: Target, view: JournalView) -> bool:
    if one.duty is Duty.CLASS_TEACHER:  # what is the own class of a class teacher, `is_own_class` tells
        return True
    return (
        (one.school_class is None or one.school_class in classes_of(target, view))
        and (one.group is None or one.group == target.group)
        and (one.subject is None or one.subject == target.subject)
    )


def _in_force(one: Appointment, day: date) -> bool:
    return one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)


def _appointments(author: StaffId, view: JournalView) -> tuple[Appointment, ...]:
    return _of_staff(RecordKind.APPOINTMENTS, "staff", view).get(author, ())


def _of_staff(kind: RecordKind, by: str, view: JournalView) -> Mapping[StaffId, tuple[Any, ...]]:
    """Return the records of a kind by the member of staff they are of."""
    return view.remember(("of staff", kind, len(view.accepted[kind])), lambda: _sorted_by(kind, by, view))


def _sorted_by(kind: RecordKind, by: str, view: JournalView) -> Mapping[StaffId, tuple[Any, ...]]:
    found: dict[StaffId, list[Any]] = {}
    for record in view.all(kind):
        found.setdefault(getattr(record, by), []).append(record)
    return MappingProxyType({staff: tuple(records) for staff, records in found.items()})
