"""What the settings say of the worker and of destinations is understood, or refused before anything is sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.bootstrap import Gateway, make_worker
from gateway.bootstrap.destinations import policies
from gateway.errors import ConfigurationError
from gateway.settings import Settings, WorkerSettings
from outbox import DeadHead
from tests.sqlite_files import upgraded_file


@pytest.mark.parametrize(
    "worker", [WorkerSettings(threads=0), WorkerSettings(poll_seconds=0), WorkerSettings(poll_seconds=1e300)]
)
def test_a_worker_that_could_not_work_is_refused_by_name(tmp_path: Path, worker: WorkerSettings) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'gateway.db'}", worker=worker)
    upgraded_file(tmp_path / "gateway.db")
    with Gateway(settings) as gateway, pytest.raises(ConfigurationError) as refused:
        make_worker(gateway)
    assert refused.value.code == "configuration.worker"


def test_a_section_changes_its_destination_only() -> None:
    found = policies(Settings(destinations={"authority": {"concurrency": 2, "lease_seconds": 5}}))
    assert (found["authority"].concurrency, found["authority"].lease) == (2, timedelta(seconds=5))
    assert found["authority"].other_kinds.dead_head is DeadHead.BLOCK
    assert found["portal"].concurrency is None


@pytest.mark.parametrize("section", [{"nowhere": {}}, {"portal": {"leese_seconds": 5}}, {"portal": {"jitter": 7}}])
def test_what_no_destination_and_no_policy_knows_is_refused(section: dict[str, dict[str, object]]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        policies(Settings(destinations=section))
    assert refused.value.code == "configuration.destination"
