"""The worker's process as its watchers see it: the health file, the figures for Prometheus, the end in order."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from gateway.bootstrap import Gateway
from gateway.cli.main import main
from gateway.settings import read_settings
from outbox import tables
from tests.sqlite_files import upgraded_file

PATIENCE = 60.0
Run = Callable[..., Result]


@pytest.fixture
def port() -> int:
    """Give a port of the loopback that is free."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def run(tmp_path: Path, port: int) -> Run:
    """Give the commands of an installation whose worker tells of itself."""
    config = tmp_path / "gateway.toml"
    config.write_text(
        f"""
        database_url = "sqlite:///{tmp_path / "gateway.db"}"
        language = "en"
        [worker]
        poll_seconds = 0.05
        health_file = "{tmp_path / "worker.json"}"
        metrics_port = {port}
        """,
        encoding="utf-8",
    )
    return lambda *arguments: CliRunner().invoke(main, ("--config", str(config), *arguments), catch_exceptions=False)


@pytest.fixture
def worker(run: Run, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Give a worker's process on an installation with one school and a step that cannot succeed."""
    upgraded_file(tmp_path / "gateway.db")
    assert run("school", "add", "school-1", "--name", "Школа", "--registry-id", "R-1").exit_code == 0
    assert run("step", "run", "roster_in").exit_code == 0
    command = [sys.executable, "-m", "gateway", "--config", str(tmp_path / "gateway.toml"), "worker"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        yield process
        process.kill()


def until(look: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not look():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def test_a_worker_tells_of_itself_while_it_lives(run: Run, worker: subprocess.Popen[bytes], port: int) -> None:
    def figures() -> str:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
        except httpx.TransportError:
            return ""

    until(lambda: 'outbox_attempts_total{destination="steps",outcome="refused"} 1.0' in figures())
    assert "school-1" not in figures()
    until(lambda: run("queue", "health").exit_code == 0)
    told = json.loads(run("queue", "health", "--json").stdout)
    assert (told["ok"], told["pid"], told["error"]) == (True, worker.pid, None)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0
    assert figures() == ""
    ended = run("queue", "health", "--older-than", "0.001", "--json")
    assert (ended.exit_code, json.loads(ended.stderr)["code"]) == (1, "worker.unwell")


def test_without_a_sign_of_life_there_is_no_worker(run: Run, tmp_path: Path) -> None:
    ended = run("queue", "health")
    assert (ended.exit_code, ended.stderr.split(":")[0]) == (1, "worker.unwell")
    (tmp_path / "gateway.toml").write_text("", encoding="utf-8")
    assert run("queue", "health").stderr.startswith("configuration.missing")


def test_no_worker_begins_where_the_queue_has_left(run: Run, tmp_path: Path) -> None:
    upgraded_file(tmp_path / "gateway.db")
    with Gateway(read_settings(tmp_path / "gateway.toml", {})) as gateway, gateway.engine.begin() as connection:
        moved = {"name": tables.MOVED, "set_at": gateway.clock(), "set_by": "anna", "reason": "moved to elsewhere"}
        connection.execute(insert(tables.switch).values(moved))
    ended = run("worker", "--drain", "5", "--json")
    assert (ended.exit_code, json.loads(ended.stderr.splitlines()[-1])["code"]) == (1, "queue.moved")
