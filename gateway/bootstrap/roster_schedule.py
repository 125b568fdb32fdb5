"""Every source of every school's roster once a day, unless a schedule of the settings says when, or that it is not."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from gateway.bootstrap.roster_rules import problem
from gateway.bootstrap.rosters import rules_of
from gateway.delivery.steps import DESTINATION, StepTask, step_lane, step_payload
from gateway.errors import ConfigurationError, Text
from gateway.model.ids import SchoolId
from gateway.model.roster_source import SourceKind, SourceRules
from gateway.model.school import School
from gateway.model.steps import Step
from gateway.settings import ScheduleSettings, Settings
from outbox import Schedule

_OF_FILES = frozenset({SourceKind.ONEROSTER_FILES, SourceKind.LISTS})
_FIRST_HOUR = 4
_SPREAD_MINUTES = 120
"""Without a word about it a sync begins between 4 and 6 in the morning, each source of each school at a minute of its
own: a registry that serves a thousand schools is not asked by all of them at once."""


def daily_schedules(settings: Settings, schools: Iterable[School]) -> Iterator[Schedule]:
    """Yield a daily schedule for each source of each school, in the school's zone.

    A source for which a line of ``[[schedules]]`` has the step ``roster_in``, or one without a source for its school,
    has none besides; nor has one whose section says ``daily = false``, nor one of files that are only given by hand.

    Raises:
        ConfigurationError: ``configuration.roster``: a section means nothing.
    """
    for school in schools:
        taken = _scheduled(settings.schedules, school.id)
        for rules in rules_of(settings, school.id):
            at = daily_time(school.id, rules, settings.rosters.get(rules.name, {}))
            if at is not None and not taken & {"", rules.name}:
                yield _schedule(school, rules.name, at)


def daily_time(school: SchoolId, rules: SourceRules, section: Mapping[str, Any]) -> time | None:
    """Return the time of day at which a source is synced, ``None`` where it is not.

    Raises:
        ConfigurationError: ``configuration.roster``: the word ``daily`` is neither a time nor true nor false.
    """
    said = section.get("daily", rules.kind not in _OF_FILES or "folder" in section)
    if said is True:
        minute = int.from_bytes(hashlib.sha256(f"{school}/{rules.name}".encode()).digest()[:4]) % _SPREAD_MINUTES
        return time(_FIRST_HOUR + minute // 60, minute % 60)
    if said is False:
        return None
    try:
        at = said if isinstance(said, time) else time.fromisoformat(said)
    except (TypeError, ValueError) as error:
        raise _no_time(rules.name) from error
    if at.tzinfo is not None:
        raise _no_time(rules.name)
    return at


def _scheduled(lines: Collection[ScheduleSettings], school: SchoolId) -> set[str]:
    return {line.source for line in lines if line.school == school and line.step == Step.ROSTER_IN}


def _schedule(school: School, source: str, at: time) -> Schedule:
    task = StepTask(school=school.id, step=Step.ROSTER_IN, arguments={"source": source})
    return Schedule(
        name=f"roster {school.id} {source}",
        cron=f"{at.minute} {at.hour} * * *",
        zone=ZoneInfo(school.zone),
        destination=DESTINATION,
        kind=task.step,
        payload=step_payload(task),
        ordering_key=step_lane(task),
        owner=task.school,
    )


def _no_time(source: str) -> ConfigurationError:
    return problem(
        f"rosters.{source}.daily",
        Text(
            ru="ожидается время по часам школы («05:30») или false",
            en="a time by the school's clock ('05:30') or false is expected",
        ),
    )
