"""The flows that the messages of the destination ``steps`` start, with what they are about when nobody says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from gateway.bootstrap.installation import Gateway
from gateway.delivery.steps import RunStep, StepTask
from gateway.errors import ConfigurationError, PlatformError, Text
from gateway.model.calendar import last_full_week, period_in_progress, period_just_ended
from gateway.model.ids import ClassId, PeriodId, SchoolId, issued_id
from gateway.model.school import Period, SchoolClass
from gateway.model.steps import Step


@dataclass(frozen=True, kw_only=True, slots=True)
class StepRuns:
    """Starts the flows of an installation for step tasks.

    Arguments of a task: ``period`` (id), ``class`` (id), ``monday`` (ISO date). Without ``period`` an export is about
    the quarter in progress and an archive about the quarter just ended; without ``class`` a comparison is about the
    class named in the settings and an archive about every class; without ``monday`` about the last full week.
    """

    gateway: Gateway

    def table(self) -> Mapping[Step, RunStep]:
        """Return the flow of every step that a message can start."""
        return {
            Step.ROSTER_IN: self.roster,
            Step.PLATFORM_COMPARED: self.comparison,
            Step.EXPORT_OUT: self.export,
            Step.ARCHIVE_SIGNED: self.archive,
        }

    def roster(self, task: StepTask, message: str) -> None:
        """Pull the roster from every source of the school, or from the one that is named.

        One that does not answer does not keep the others back; its error is raised at the end.
        """
        self.gateway.expire_plans(task.school)
        named = task.arguments.get("source")
        failed: list[PlatformError] = []
        for place, source in enumerate([named] if named else self.gateway.roster_sources(task.school)):
            run_id = message if place == 0 else issued_id(task.school, source, "roster_run", message)
            try:
                self.gateway.roster(task.school, source).run(message, run_id=run_id)
            except PlatformError as error:
                failed.append(error)
        if failed:
            raise failed[0]

    def comparison(self, task: StepTask, message: str) -> None:
        """Compare a class's week."""
        given = task.arguments.get("monday")
        monday = date.fromisoformat(given) if given else last_full_week(self._today(task.school))
        school_class = task.arguments.get("class") or self._configured_class(task.school).id
        self.gateway.comparison(task.school).run(ClassId(school_class), monday, message)

    def export(self, task: StepTask, message: str) -> None:
        """Build, sign and enqueue the export."""
        self.gateway.export(task.school).run(self.export_period(task), message)

    def archive(self, task: StepTask, message: str) -> None:
        """Archive one class, or all of them one by one."""
        period = self.archive_period(task)
        builder = self.gateway.archive(task.school)
        for school_class in self.archive_classes(task, period):
            builder.run(period, school_class, message)

    def export_period(self, task: StepTask) -> PeriodId:
        """Return the period an export is about."""
        given = task.arguments.get("period")
        if given:
            return PeriodId(given)
        return _found(period_in_progress(self._periods(task.school), self._today(task.school))).id

    def archive_period(self, task: StepTask) -> PeriodId:
        """Return the period an archive is about."""
        given = task.arguments.get("period")
        if given:
            return PeriodId(given)
        return _found(period_just_ended(self._periods(task.school), self._today(task.school))).id

    def archive_classes(self, task: StepTask, period: PeriodId) -> Sequence[ClassId]:
        """Return the classes an archive is about."""
        one = task.arguments.get("class")
        if one:
            return [ClassId(one)]
        with self.gateway.database.unit(task.school) as unit:
            classes = unit.archive.classes(period)
        if not classes:
            raise ConfigurationError(
                "archive.nothing_to_archive",
                Text(
                    ru=f"В школе нет учебного периода «{period}» или классов в нём: архивировать нечего.",
                    en=f"The school has no study period '{period}' or no classes in it: there is nothing to archive.",
                ),
            )
        return classes

    def _today(self, school: SchoolId) -> date:
        return self.gateway.clock().astimezone(ZoneInfo(self.gateway.school(school).zone)).date()

    def _periods(self, school: SchoolId) -> tuple[Period, ...]:
        with self.gateway.database.unit(school) as unit:
            return tuple(unit.calendar.periods())

    def _configured_class(self, school: SchoolId) -> SchoolClass:
        wanted = self.gateway.settings.netschool.class_name
        period = _found(period_in_progress(self._periods(school), self._today(school)))
        with self.gateway.database.unit(school) as unit:
            for school_class in unit.calendar.classes(period.year):
                if school_class.name == wanted:
                    return school_class
        raise ConfigurationError(
            "configuration.invalid",
            Text(
                ru=f"Настройка «netschool.class_name»: класса «{wanted}» в школе нет.",
                en=f"Setting 'netschool.class_name': the school has no class '{wanted}'.",
            ),
        )


def _found(period: Period | None) -> Period:
    if period is None:
        raise ConfigurationError(
            "configuration.no_period",
            Text(
                ru="Подходящего учебного периода нет: внесите периоды учебного года.",
                en="There is no such study period: enter the periods of the school year.",
            ),
        )
    return period
