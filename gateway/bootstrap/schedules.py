"""What is done by the clock: the lines of the settings, the daily syncs of rosters, the upkeep of every night."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.bootstrap.roster_schedule import daily_schedules
from gateway.bootstrap.rosters import names_of
from gateway.delivery import steps, upkeep
from gateway.errors import ConfigurationError, Text
from gateway.model.ids import SchoolId
from gateway.model.school import School
from gateway.model.steps import Step
from gateway.settings import ScheduleSettings, Settings
from outbox import Schedule, next_ticks

_JUST_BEFORE = timedelta(microseconds=1)


def make_schedules(settings: Settings, schools: Iterable[School] = ()) -> Sequence[Schedule]:
    """Return the schedules of the settings, the daily syncs of rosters, and what the installation does every night.

    Raises:
        ConfigurationError: one of them means nothing (``configuration.schedule``, ``configuration.roster``).
    """
    lines = (make_schedule(line) for line in settings.schedules)
    return [*lines, *daily_schedules(settings, schools), upkeep.NIGHTLY]


def make_schedule(line: ScheduleSettings) -> Schedule:
    """Return the schedule that a line of the settings describes.

    A missed tick has no ``max_lateness``: a step brings something up to date, which is better late than never, and a
    school's machine may be switched off at night. ``StepRuns`` looks at the day on which it runs.

    Raises:
        ConfigurationError: unknown step, time zone or cron expression (``configuration.schedule``).
    """
    try:
        arguments = {"source": line.source} if line.source else {}
        task = steps.StepTask(school=SchoolId(line.school), step=Step(line.step), arguments=arguments)
        return Schedule(
            name=line.name,
            cron=line.cron,
            zone=ZoneInfo(line.zone),
            destination=steps.DESTINATION,
            kind=task.step,
            payload=steps.step_payload(task),
            ordering_key=steps.step_lane(task),
            owner=task.school,
        )
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise ConfigurationError(
            "configuration.schedule",
            Text(
                ru=f"Расписание «{line.name}»: неверный шаг, часовой пояс или выражение cron ({error}).",
                en=f"Schedule '{line.name}': wrong step, time zone or cron expression ({error}).",
            ),
        ) from error


def rosters_asked(settings: Settings, school: School, begins: datetime, ends: datetime) -> frozenset[str]:
    """Return the roster sources of a school that the clock asks between two moments, the second one not included."""
    return frozenset(_asked(settings, school, begins, ends))


def _asked(settings: Settings, school: School, begins: datetime, ends: datetime) -> Iterator[str]:
    for schedule in make_schedules(settings, [school]):
        if schedule.owner != school.id or schedule.kind != Step.ROSTER_IN:
            continue
        if any(tick < ends for tick in next_ticks(schedule, begins - _JUST_BEFORE, 1)):
            named = steps.read_step_task(schedule.payload).arguments.get("source")
            yield from [named] if named else names_of(settings, school.id)
