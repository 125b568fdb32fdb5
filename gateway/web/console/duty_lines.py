"""Duties as lines that a person reads: at which record, whose they are, how late."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask import url_for

from gateway.model.deadlines import DutyState, Obligation
from gateway.model.ids import PupilId
from gateway.model.journal import Lesson, Mark
from gateway.model.journal_records import RecordKey, RecordKind, name_of
from gateway.model.timetable import TimetableSlot
from gateway.ports.console import ConsoleUnit
from gateway.web.console.choice_names import CHOICES
from gateway.web.console.presentation import day_text, said
from gateway.web.console.record_lists import record_address
from gateway.web.console.record_names import ONE
from gateway.web.console.sessions import language

_WITHOUT_RECORD = frozenset(
    {
        RecordKind.SLOTS,
        RecordKind.PERIODS,
        RecordKind.CONTROL_CHECKS,
        RecordKind.PROFILE_VERIFICATIONS,
        RecordKind.PAPER_SLIPS,
    }
)
"""Kinds whose duties are there because a record is missing: the key tells what it would be of."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyLine:
    """A duty as it is shown.

    Attributes:
        state: where it stands.
        minutes: how many it is late, or was; below zero how many are left.
        person: name of the member of staff, empty where only the party is known.
        record: the record it is about, in words.
        pupil: whom the words name.
        address: the page of that record, ``None`` where there is none.
    """

    duty: Obligation
    state: DutyState
    minutes: int
    person: str = field(repr=False)
    record: str = field(repr=False)
    pupil: PupilId | None = None
    address: str | None = None


def duty_lines(
    unit: ConsoleUnit, duties: Sequence[Obligation], now: datetime, reads: Callable[[RecordKind], bool]
) -> Sequence[DutyLine]:
    """Return duties as lines; ``reads`` tells whether the person opens the page of a record of a kind."""
    known = _Known(unit, duties)
    return [_line(duty, now, known, reads) for duty in duties]


class _Known:
    """Names and records that lines need, read at once for all of them."""

    def __init__(self, unit: ConsoleUnit, duties: Iterable[Obligation]) -> None:
        keys: dict[RecordKind, set[RecordKey]] = {}
        staff: set[str] = set()
        for duty in duties:
            keys.setdefault(duty.kind, set()).add(duty.key)
            staff.add(duty.staff or "")
        lessons = _firsts(keys, RecordKind.LESSONS) | _firsts(keys, RecordKind.ABSENCES)
        self.marks = unit.record_browser.linked(RecordKind.MARKS, _firsts(keys, RecordKind.MARKS))
        lessons |= {mark.lesson for mark in self.marks.values() if isinstance(mark, Mark)}
        self.lessons = unit.record_browser.linked(RecordKind.LESSONS, lessons)
        self.slots = unit.record_browser.linked(RecordKind.SLOTS, _firsts(keys, RecordKind.SLOTS))
        sheets = keys.get(RecordKind.PERIODS, set())
        self.periods = unit.record_browser.linked(RecordKind.PERIODS, {key[0] for key in sheets})
        taught: list[Any] = [*self.lessons.values(), *self.slots.values()]
        subjects = {one.subject for one in taught} | {key[2] for key in sheets}
        self.subjects = unit.record_browser.linked(RecordKind.SUBJECTS, subjects)
        groups = {one.group for one in taught if one.group} | {key[1] for key in sheets}
        self.groups = unit.record_browser.linked(RecordKind.GROUPS, groups)
        others = {one.school_class for one in taught if one.school_class} | {key[1] for key in sheets}
        others |= _firsts(keys, RecordKind.PROFILE_VERIFICATIONS) | _firsts(keys, RecordKind.PAPER_SLIPS)
        self.names = unit.console.names(staff | others)

    def called(self, of: Mapping[str, Any], known: str) -> str:
        """Return the name of a subject, a group or a period, its id where it is not there."""
        return str(getattr(of.get(known), "name", known))

    def addressee(self, school_class: str | None, group: str | None) -> str:
        """Return the name of a class or a group."""
        if school_class is not None:
            return self.names.get(school_class, school_class)
        return self.called(self.groups, group or "")

    def taught(self, what: Lesson | TimetableSlot, day: date) -> str:
        """Return what is taught to whom on a day, and when."""
        parts = (
            self.addressee(what.school_class, what.group),
            day_text(day, language()),
            f"№ {what.number}",
            self.called(self.subjects, what.subject),
        )
        return ", ".join(parts)


def _firsts(keys: Mapping[RecordKind, Iterable[RecordKey]], kind: RecordKind) -> set[str]:
    return {key[0] for key in keys.get(kind, ())}


def _line(duty: Obligation, now: datetime, known: _Known, reads: Callable[[RecordKind], bool]) -> DutyLine:
    state = duty.state(now)
    left = int((now - duty.deadline.due_at).total_seconds() // 60)
    minutes = duty.late_minutes(now)
    return DutyLine(
        duty=duty,
        state=state,
        minutes=left if state in {DutyState.OPEN, DutyState.DUE_SOON} else minutes,
        person=known.names.get(duty.staff, duty.staff) if duty.staff else "",
        record=_record_text(duty.kind, duty.key, known),
        pupil=PupilId(duty.key[0]) if duty.kind is RecordKind.PAPER_SLIPS else None,
        address=_address(duty, reads),
    )


def _record_text(kind: RecordKind, key: RecordKey, known: _Known) -> str:
    tell = _TELL.get(kind)
    return tell(key, known) if tell else f"{said(ONE[kind])} {name_of(key)}"


def _lesson(key: RecordKey, known: _Known) -> str:
    found = known.lessons.get(key[0])
    return known.taught(found, found.day) if isinstance(found, Lesson) else key[0]


def _mark(key: RecordKey, known: _Known) -> str:
    mark = known.marks.get(key[0])
    return _lesson((mark.lesson,), known) if isinstance(mark, Mark) else key[0]


def _slot(key: RecordKey, known: _Known) -> str:
    slot = known.slots.get(key[0])
    return known.taught(slot, date.fromisoformat(key[1])) if isinstance(slot, TimetableSlot) else key[0]


def _sheet(key: RecordKey, known: _Known) -> str:
    whose = known.names.get(key[1]) or known.called(known.groups, key[1])
    return ", ".join((whose, _period(key[0], known), known.called(known.subjects, key[2])))


def _name(key: RecordKey, known: _Known) -> str:
    return known.names.get(key[0], key[0])


_TELL: Mapping[RecordKind, Callable[[RecordKey, _Known], str]] = {
    RecordKind.LESSONS: _lesson,
    RecordKind.ABSENCES: _lesson,
    RecordKind.MARKS: _mark,
    RecordKind.SLOTS: _slot,
    RecordKind.PERIODS: _sheet,
    RecordKind.CONTROL_CHECKS: lambda _key, _known: "",
    RecordKind.PROFILE_VERIFICATIONS: _name,
    RecordKind.PAPER_SLIPS: _name,
}
"""How the records of each kind are told: a control is nothing but its clock, other kinds go by their key."""


def _period(period: str, known: _Known) -> str:
    found: Any = known.periods.get(period)
    return f"{said(CHOICES[type(found.kind)][found.kind])} {found.number}" if found else period


def _address(duty: Obligation, reads: Callable[[RecordKind], bool]) -> str | None:
    if duty.kind is RecordKind.INCIDENTS:
        return url_for("console.incident", incident_id=duty.key[0])
    if duty.kind is RecordKind.CORRECTIONS:
        return url_for("console.correction", correction_id=duty.key[0])
    if duty.kind is RecordKind.OUTAGES:
        return url_for("console.outages")
    if duty.kind in _WITHOUT_RECORD or not reads(duty.kind):
        return None
    return record_address(duty.kind, duty.key)
