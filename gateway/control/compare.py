"""Step 3 of the road: our journal of a class's week held against a platform's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from gateway.errors import MappingError, Party, Text
from gateway.model.audit import AuditRecord
from gateway.model.comparison import ClassList, ComparedWeek, Comparison, NamedWeek, compare
from gateway.model.ids import ClassId, issued_id
from gateway.model.platform_week import PlatformWeek
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.model.week import PupilWeek
from gateway.ports.comparison import ComparisonUnit, PlatformJournal
from gateway.ports.frame import Clock, NewId, Units

_SCHOOL_DAYS = timedelta(days=5)
"""From Monday to Saturday."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformComparison:
    """Reads a class's week from a platform and keeps what differs from our journal."""

    units: Units[ComparisonUnit]
    platform: PlatformJournal
    clock: Clock
    new_id: NewId

    def run(self, school_class: ClassId, monday: date, message: str | None = None) -> Comparison:
        """Compare the week that begins on ``monday`` and store the result; return it as stored.

        Only lessons that are over are compared: the platform shows planned lessons too. One platform, class and week
        have one comparison: a second run replaces it, and with the same findings changes nothing but the log of runs.
        No transaction is open while the platform is asked; a run that is killed leaves nothing behind.

        Raises:
            MappingError: the class is unknown (``comparison.unknown_class``).
            PlatformError: what the platform's adapter met.
        """
        started = self.clock()
        saturday = monday + _SCHOOL_DAYS
        with self.units() as unit:
            name = _class_list(unit, school_class, monday, saturday).school_class.name
        theirs = self.platform.class_week(name, monday)
        with self.units() as unit:
            class_list = _class_list(unit, school_class, monday, saturday)
            weeks = unit.weeks.of_pupils([pupil.id for pupil in class_list.pupils], monday, saturday)
            ours = [NamedWeek(pupil=pupil, week=_over(weeks[pupil.id], started)) for pupil in class_list.pupils]
            comparison = Comparison(
                id=issued_id(class_list.school, self.platform.platform, "comparison", f"{school_class}/{monday}"),
                platform=self.platform.platform,
                school_class=school_class,
                week_start=monday,
                compared_at=started,
                found=compare(ours, _over_there(theirs, started)),
            )
            stored = _kept(unit, comparison)
            unit.steps.add(self._step_run(started, comparison, message))
        return stored

    def _step_run(self, started: datetime, comparison: Comparison, message: str | None) -> StepRun:
        return StepRun(
            id=message or self.new_id(),
            step=Step.PLATFORM_COMPARED,
            started_at=started,
            finished_at=self.clock(),
            outcome=StepOutcome.OK,
            summary={**_counts(comparison.found), "comparison": comparison.id},
            message=message,
        )


def _class_list(unit: ComparisonUnit, school_class: ClassId, first: date, last: date) -> ClassList:
    class_list = unit.comparisons.class_list(school_class, first, last)
    if class_list is None:
        raise MappingError(
            "comparison.unknown_class",
            Text(
                ru=f"Класс {school_class} не найден в реестре школы: сверять нечего.",
                en=f"Class {school_class} is not in the school's roster: there is nothing to compare.",
            ),
            who=Party.COORDINATOR,
        )
    return class_list


def _over(week: PupilWeek, now: datetime) -> PupilWeek:
    return replace(week, lessons=tuple(lesson for lesson in week.lessons if lesson.ends_at <= now))


def _over_there(week: PlatformWeek, now: datetime) -> PlatformWeek:
    pupils = (
        replace(pupil, lessons=tuple(lesson for lesson in pupil.lessons if lesson.ends_at <= now))
        for pupil in week.pupils
    )
    return replace(week, pupils=tuple(pupils))


def _kept(unit: ComparisonUnit, comparison: Comparison) -> Comparison:
    """Store the comparison unless the same was found before; return what is stored."""
    before = unit.comparisons.get(comparison.id)
    if before is not None and before.found == comparison.found:
        return before
    unit.comparisons.keep(comparison)
    unit.audit.append(
        [
            AuditRecord(
                at=comparison.compared_at,
                actor="gateway",
                role="system",
                channel=comparison.platform,
                action="compare",
                object_kind="comparison",
                object_id=comparison.id,
                old=None if before is None else _counts(before.found),
                new=_counts(comparison.found),
            )
        ]
    )
    return comparison


def _counts(found: ComparedWeek) -> Mapping[str, object]:
    return {"lessons": found.lessons, "differences": len(found.differences)}
