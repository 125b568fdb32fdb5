"""The worker of an installation: handlers, policies and schedules."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.bootstrap.destinations import policies
from gateway.bootstrap.installation import Gateway
from gateway.bootstrap.steps import StepRuns
from gateway.delivery import events, packages, steps, upkeep
from gateway.delivery.packages import PackageAddress
from gateway.diary.delivery import ConsentedEvents
from gateway.errors import ConfigurationError, GatewayError, Text
from gateway.exports.receipts import record_receipt, record_refusal
from gateway.model.export_package import Receipt
from gateway.model.ids import SchoolId
from gateway.model.steps import Step
from gateway.settings import ScheduleSettings, Settings, WorkerSettings, seconds
from outbox import Handler, Observer, Rhythm, Schedule, Worker


def make_worker(gateway: Gateway, observer: Observer | None = None) -> Worker:
    """Return a worker for what this installation is set up for: no address, no handler, no claims.

    Raises:
        ConfigurationError: a schedule or what is said of a destination cannot be understood.
    """
    settings = gateway.settings.worker
    handlers = make_handlers(gateway)
    return Worker(
        gateway.engine,
        handlers,
        policies(gateway.settings),
        name=f"{socket.gethostname()}:{os.getpid()}",
        schedules=make_schedules(gateway.settings),
        rhythm=_rhythm(settings),
        clock=gateway.clock,
        sealing=gateway.sealer.payloads,
        observer=observer,
        health_file=Path(settings.health_file) if settings.health_file else None,
    )


def _rhythm(settings: WorkerSettings) -> Rhythm:
    try:
        return Rhythm(
            threads=settings.threads,
            idle_poll=seconds(settings.poll_seconds),
            handler_timeout=seconds(settings.longest_handling_seconds) or None,
        )
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(
            "configuration.worker", Text(ru=f"Раздел «worker»: {error}.", en=f"Section 'worker': {error}.")
        ) from error


def make_handlers(gateway: Gateway) -> Mapping[str, Handler]:
    """Return the handlers by destination."""
    handlers: dict[str, Handler] = {
        steps.DESTINATION: steps.StepHandler(
            runs=StepRuns(gateway=gateway).table(), units=gateway.database.units, clock=gateway.clock
        ),
        upkeep.DESTINATION: upkeep.UpkeepHandler(tend=gateway.tend_queue),
    }
    if gateway.settings.authority.url:
        handlers[packages.DESTINATION] = packages.PackageHandler(
            intake=gateway.intake,
            record_receipt=partial(_record_receipt, gateway),
            record_refusal=partial(_record_refusal, gateway),
        )
    if gateway.settings.portal.events_url:
        sink = ConsentedEvents(sink=gateway.portal, units=gateway.database.units, clock=gateway.clock)
        handlers[events.DESTINATION] = events.EventHandler(sink=sink)
    return handlers


def make_schedules(settings: Settings) -> Sequence[Schedule]:
    """Return the schedules of the settings, and what the installation does for itself every night.

    Raises:
        ConfigurationError: one of them means nothing (``configuration.schedule``).
    """
    return [*(make_schedule(line) for line in settings.schedules), upkeep.NIGHTLY]


def make_schedule(line: ScheduleSettings) -> Schedule:
    """Return the schedule that a line of the settings describes.

    A missed tick has no ``max_lateness``: a step brings something up to date, which is better late than never, and a
    school's machine may be switched off at night. ``StepRuns`` looks at the day on which it runs.

    Raises:
        ConfigurationError: unknown step, time zone or cron expression (``configuration.schedule``).
    """
    try:
        task = steps.StepTask(school=SchoolId(line.school), step=Step(line.step))
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


def _record_receipt(gateway: Gateway, address: PackageAddress, receipt: Receipt, attempts: int) -> None:
    units = gateway.database.units(gateway.school_in_registry(address.registry_id).id)
    record_receipt(units, package=address.package, receipt=receipt, attempts=attempts, clock=gateway.clock)


def _record_refusal(gateway: Gateway, address: PackageAddress, error: GatewayError, attempts: int) -> None:
    units = gateway.database.units(gateway.school_in_registry(address.registry_id).id)
    record_refusal(units, package=address.package, error=error, attempts=attempts, clock=gateway.clock)
