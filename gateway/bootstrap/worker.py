"""The worker of an installation: handlers, policies and schedules."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from gateway.bootstrap.destinations import policies
from gateway.bootstrap.installation import Gateway
from gateway.bootstrap.roster_uploads import sweep_uploads
from gateway.bootstrap.schedules import make_schedules
from gateway.bootstrap.steps import StepRuns
from gateway.delivery import events, packages, provider, steps, upkeep
from gateway.delivery.packages import PackageAddress
from gateway.diary.delivery import ConsentedEvents
from gateway.errors import ConfigurationError, GatewayError, Text
from gateway.exports.receipts import record_receipt, record_refusal
from gateway.model.export_package import Receipt
from gateway.model.school import School
from gateway.settings import WorkerSettings, seconds
from outbox import Handler, NewMessage, Observer, Rhythm, Schedule, Tended, Worker

_log = logging.getLogger("gateway.worker")


class StandingSchedules:
    """What is done by the clock, as of now: a school that was added since is looked after without a restart.

    Raises:
        ConfigurationError: a schedule cannot be understood; later only in the log, and what held before goes on.
    """

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._schools: Sequence[School] = gateway.schools()
        self._known = make_schedules(gateway.settings, self._schools)

    def __call__(self) -> Sequence[Schedule]:
        """Return the schedules."""
        gateway = self._gateway
        schools = gateway.schools()
        if schools != self._schools:
            try:
                self._known = make_schedules(gateway.settings, schools)
            except ConfigurationError as error:
                _log.error("schedules not understood", extra={"code": error.code})
            self._schools = schools
        return [*self._known, provider.EVERY_MINUTE] if self._is_given_out() else self._known

    def _is_given_out(self) -> bool:
        return bool(self._gateway.settings.provider.refresh_seconds) and self._gateway.is_given_out()


def make_worker(gateway: Gateway, observer: Observer | None = None) -> Worker:
    """Return a worker for what this installation is set up for: no address, no handler, no claims.

    Raises:
        ConfigurationError: a schedule or what is said of a destination cannot be understood.
    """
    settings = gateway.settings.worker
    rhythm = _rhythm(settings)
    handlers = make_handlers(gateway)
    return Worker(
        gateway.engine,
        handlers,
        policies(gateway.settings),
        name=f"{socket.gethostname()}:{os.getpid()}",
        schedules=StandingSchedules(gateway),
        rhythm=rhythm,
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
        upkeep.DESTINATION: upkeep.UpkeepHandler(tend=partial(_tend, gateway)),
        provider.DESTINATION: provider.ProviderHandler(
            stale=partial(_stale, gateway),
            enqueue=lambda messages: gateway.desk.enqueue(*messages),
            refresh=gateway.refresh_given_out,
        ),
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


def _tend(gateway: Gateway) -> Tended:
    """Remove what is kept no longer: files that nobody decided about, and what the queue has finished."""
    sweep_uploads(gateway)
    return gateway.tend_queue()


def _stale(gateway: Gateway) -> Sequence[NewMessage]:
    return [provider.refresh_message(one.school, one.sequence, one.day) for one in gateway.stale_given_out()]


def _record_receipt(gateway: Gateway, address: PackageAddress, receipt: Receipt, attempts: int) -> None:
    units = gateway.database.units(gateway.school_in_registry(address.registry_id).id)
    record_receipt(units, package=address.package, receipt=receipt, attempts=attempts, clock=gateway.clock)


def _record_refusal(gateway: Gateway, address: PackageAddress, error: GatewayError, attempts: int) -> None:
    units = gateway.database.units(gateway.school_in_registry(address.registry_id).id)
    record_refusal(units, package=address.package, error=error, attempts=attempts, clock=gateway.clock)
