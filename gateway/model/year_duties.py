"""What has to be done by a named day of the school year, and whether it is: pure.

R-CAL-01 to -05; R-ROST-08, R-ACAD-18, R-ACAD-21, R-ACAD-22, R-ACAD-24; C-09, C-20, C-25.
Unlike the clocks, these run from no record: the day itself is named by the regulations or the school's policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from gateway.errors import Party
from gateway.model.clocks import named_day
from gateway.model.deadlines import Counting, DutyState
from gateway.model.duties import ControlCheck, ControlKind
from gateway.model.ids import ClassId, StaffId
from gateway.model.readiness import readiness
from gateway.model.school import AcademicYear, YearState
from gateway.model.setup_progress import SetupFacts, setup_progress

_YEAR_BEGINS = (9, 1)
"""Where no school year is set up, it begins on 1 September."""


class YearTask(StrEnum):
    """What is to be done by a named day, in the order of the days."""

    GROUP_LISTS = "group_lists"
    SETUP_CONTROL = "setup_control"
    SETUP = "setup"
    NEXT_YEAR = "next_year"
    CLOSING = "closing"


class _Rule(NamedTuple):
    rule: str
    setting: str
    party: Party
    years_later: int


_RULES = MappingProxyType(
    {
        YearTask.GROUP_LISTS: _Rule("R-ROST-08", "setup_control_date", Party.CLASS_TEACHER, 0),
        YearTask.SETUP_CONTROL: _Rule("C-09", "setup_control_date", Party.DIRECTOR, 0),
        YearTask.SETUP: _Rule("C-09", "setup_deadline", Party.DEPUTY, 0),
        YearTask.NEXT_YEAR: _Rule("R-ACAD-21", "two_years_open_from", Party.COORDINATOR, 1),
        YearTask.CLOSING: _Rule("R-ACAD-22", "two_years_open_to", Party.COORDINATOR, 1),
    }
)
"""Of each task: its rule, the setting that names the day, who acts, and in which calendar year after the first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class YearDuty:
    """A task of a school year.

    Attributes:
        year: the calendar year in which the school year begins.
        rule: row id of ``requirements``, or the conflict that the day comes from.
        setting: the policy setting that names the day; ``value`` is what it says, ``MM-DD``.
        due_at: the last moment that is in time; ``warn_at`` begins the day to warn on (C-25).
        done: whether it is done; ``done_at`` tells since when, where a record tells it.
        school_class: the class whose lists it is about.
        staff: the person, where one is known.
    """

    task: YearTask
    year: int
    rule: str
    setting: str
    value: str
    party: Party
    due_at: datetime
    warn_at: datetime
    done: bool
    done_at: datetime | None = None
    school_class: ClassId | None = None
    staff: StaffId | None = None

    def state(self, now: datetime) -> DutyState:
        """Return where the duty stands at a moment."""
        if self.done:
            late = self.done_at is not None and self.done_at > self.due_at
            return DutyState.DONE_LATE if late else DutyState.DONE
        if now > self.due_at:
            return DutyState.OVERDUE
        return DutyState.DUE_SOON if now >= self.warn_at else DutyState.OPEN


@dataclass(frozen=True, kw_only=True, slots=True)
class YearFacts:
    """What is known of a school year: how it is set up, which years there are, which controls were held."""

    setup: SetupFacts
    years: Sequence[AcademicYear] = ()
    control_checks: Sequence[ControlCheck] = ()


def year_duties(facts: YearFacts, counting: Counting) -> Iterator[YearDuty]:
    """Yield the tasks of a school year, done and not done.

    Done is: the lists of groups, when pupils of the class are in one or no group is empty; the director's look, with
    the director's first control in the year; the set-up, when the school's list is complete; the next year, when it
    is there; the closing, when the year is closed.
    """
    setup = facts.setup
    for one in setup.classes:
        filled = _has_groups(one.id, setup)
        yield _duty(
            YearTask.GROUP_LISTS, setup.year, counting, done=filled, school_class=one.id, staff=one.class_teacher
        )
    controlled = _controlled_at(facts, counting)
    yield _duty(YearTask.SETUP_CONTROL, setup.year, counting, done=controlled is not None, done_at=controlled)
    ready = readiness(setup.year, setup_progress(setup), counting.calendar, counting.policy, today=setup.today)
    yield _duty(YearTask.SETUP, setup.year, counting, done=ready.is_complete)
    yield _duty(YearTask.NEXT_YEAR, setup.year, counting, done=any(one.year == setup.year + 1 for one in facts.years))
    closed = any(one.year == setup.year and one.state is YearState.CLOSED for one in facts.years)
    yield _duty(YearTask.CLOSING, setup.year, counting, done=closed)


def _duty(
    task: YearTask,
    year: int,
    counting: Counting,
    *,
    done: bool,
    done_at: datetime | None = None,
    school_class: ClassId | None = None,
    staff: StaffId | None = None,
) -> YearDuty:
    rule = _RULES[task]
    value: str = getattr(counting.policy, rule.setting)
    due_at, warn_on = named_day(year + rule.years_later, value, counting.calendar, counting.policy)
    return YearDuty(
        task=task,
        year=year,
        rule=rule.rule,
        setting=rule.setting,
        value=value,
        party=rule.party,
        due_at=due_at,
        warn_at=counting.calendar.start_of(warn_on),
        done=done,
        done_at=done_at,
        school_class=school_class,
        staff=staff,
    )


def _has_groups(school_class: ClassId, setup: SetupFacts) -> bool:
    pupils = setup.pupils.get(school_class, frozenset())
    return all(group.pupils for group in setup.groups) or any(not pupils.isdisjoint(one.pupils) for one in setup.groups)


def _controlled_at(facts: YearFacts, counting: Counting) -> datetime | None:
    """Return when the director first held a control in the year."""
    number = facts.setup.year
    first = next((one.start for one in facts.years if one.year == number), date(number, *_YEAR_BEGINS))
    after = date(number + 1, *_YEAR_BEGINS)
    held = (
        one.held_at
        for one in facts.control_checks
        if one.kind is ControlKind.DIRECTOR and first <= counting.calendar.day_of(one.held_at) < after
    )
    return min(held, default=None)
