"""A schedule in the settings starts the export, exactly once although several workers watch the clock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from gateway.bootstrap import Gateway, make_worker
from gateway.errors import ConfigurationError
from gateway.model.steps import Step
from gateway.sandbox.authority import authority_emulator
from gateway.sandbox.journal_system import to_json
from gateway.sandbox.registry import Registry, registry_emulator
from gateway.sandbox.school import SampleSchool, journal_day, school_days, schools, setup_batch
from gateway.sandbox.server import RunningServer
from gateway.settings import (
    AuthoritySettings,
    RegistrySettings,
    ScheduleSettings,
    Settings,
    SigningSettings,
    WorkerSettings,
)
from gateway.signing.authority import create_test_authority
from outbox import State
from tests.journal_world import sender

EVERY_MINUTE = ScheduleSettings(name="performance", school="school-1", step="export_out", cron="* * * * *")


@pytest.fixture
def sample() -> SampleSchool:
    return next(schools(60, year=2026))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def authority(stack: ExitStack, tmp_path: Path) -> str:
    identity = create_test_authority(tmp_path / "keys", now=datetime.now(UTC))
    emulator = authority_emulator(senders=["TEST"], roots=identity.roots, clock=lambda: datetime.now(UTC))
    return stack.enter_context(RunningServer(emulator)).url


def open_gateway(stack: ExitStack, tmp_path: Path, authority: str, registry: str) -> Gateway:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path / 'gateway.db'}",
        registry=RegistrySettings(url=f"{registry}/"),
        authority=AuthoritySettings(url=f"{authority}/intake", sender="TEST"),
        signing=SigningSettings(folder=tmp_path / "keys"),
        worker=WorkerSettings(poll_seconds=0.05, first_retry_seconds=0.1),
        schedules=(EVERY_MINUTE,),
    )
    return stack.enter_context(Gateway(settings))


def test_a_schedule_exports_once_though_two_workers_watch(
    stack: ExitStack, tmp_path: Path, sample: SampleSchool, authority: str
) -> None:
    registry = stack.enter_context(RunningServer(registry_emulator(Registry({sample.school.registry_id: sample}))))
    gateway = open_gateway(stack, tmp_path, authority, registry.url)
    gateway.upgrade_database()
    gateway.add_school(sample.school)
    gateway.roster(sample.school.id).run()
    intake = gateway.journal(sample.school.id)
    first_day = next(school_days(sample))
    for key, batch in (("setup", setup_batch(sample)), ("day", journal_day(sample, first_day))):
        assert not intake.accept(to_json(batch), "application/json", key, sender(sample.school.id)).rejected

    workers = [make_worker(open_gateway(stack, tmp_path, authority, registry.url)) for _ in range(2)]
    with ThreadPoolExecutor(max_workers=2) as pool:
        assert all(pool.map(lambda worker: worker.drain(within=timedelta(minutes=1)), workers))

    started = gateway.desk.find(destination="steps").entries
    assert {entry.state for entry in started} == {State.DONE}
    assert all((entry.correlation or "").startswith("performance@") for entry in started)
    assert len({entry.idempotency_key for entry in started}) == len(started)
    accepted = httpx.get(f"{authority}/_sandbox/accepted", trust_env=False).json()
    assert len(accepted) == 1
    with gateway.database.unit(sample.school.id) as unit:
        last = unit.steps.last(Step.EXPORT_OUT)
        (package,) = unit.exports.recent()
    assert last is not None
    assert package.receipt is not None


@pytest.mark.parametrize(
    "line",
    [
        ScheduleSettings(name="a", school="school-1", step="no_such_step", cron="* * * * *"),
        ScheduleSettings(name="a", school="school-1", step="export_out", cron="99 * * * *"),
        ScheduleSettings(name="a", school="school-1", step="export_out", cron="* * * * *", zone="Mars/Olympus"),
    ],
)
def test_a_schedule_that_means_nothing_stops_the_start(tmp_path: Path, line: ScheduleSettings) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'gateway.db'}", schedules=(line,))
    with Gateway(settings) as gateway:
        gateway.upgrade_database()
        with pytest.raises(ConfigurationError) as caught:
            make_worker(gateway)
    assert caught.value.code == "configuration.schedule"
