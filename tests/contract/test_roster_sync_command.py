"""``gateway roster sync`` with a registry over a real socket: changes between whole readings, and a counter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import roster as roster_commands
from gateway.cli.main import main
from gateway.sandbox.registry import Registry, registry_emulator
from gateway.sandbox.server import RunningServer
from tests.roster_world import SCHOOL, roster
from tests.sqlite_files import upgraded_file

Ask = Callable[..., Any]


@pytest.fixture
def registry() -> Registry:
    return Registry({SCHOOL.registry_id: roster(6)}, page_size=7)


@pytest.fixture
def ask(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Give the command over a school whose registry is read whole once a week."""
    monkeypatch.chdir(tmp_path)

    def ask(*arguments: str) -> Any:
        answer = CliRunner().invoke(main, (*arguments, "--json"), catch_exceptions=False)
        assert answer.exit_code == 0, answer.stderr
        return json.loads(answer.stdout)

    with RunningServer(registry_emulator(registry)) as server:
        (tmp_path / "gateway.toml").write_text(
            f'database_url = "sqlite:///{tmp_path}/gateway.db"\nlanguage = "en"\n'
            f'[rosters.registry]\nkind = "registry"\nurl = "{server.url}/"\nwhole_every_days = 7\n',
            encoding="utf-8",
        )
        upgraded_file(tmp_path / "gateway.db")
        ask("school", "add", SCHOOL.id, "--name", SCHOOL.name, "--registry-id", SCHOOL.registry_id)
        yield ask


def test_changes_are_asked_for_unless_somebody_wants_everything(ask: Ask, registry: Registry) -> None:
    assert ask("roster", "sync")["partial"] is False
    registry.change(SCHOOL.registry_id, "P-2", "family", "Новая")
    by_changes = ask("roster", "sync")
    assert (by_changes["partial"], by_changes["updated"]) == (True, 1)
    assert ask("roster", "sync", "--whole")["partial"] is False
    assert [run["read"] for run in ask("roster", "history")] == ["whole", "changes or one record only", "whole"]


def test_how_far_a_sync_has_come_is_shown(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, int]] = []

    @contextmanager
    def counted() -> Iterator[Callable[[str, int], None]]:
        yield lambda what, records: heard.append((what, records))

    monkeypatch.setattr(roster_commands, "counted", counted)
    ask("roster", "sync")
    assert {what for what, _ in heard} == {"roster"}
    assert sum(records for _, records in heard) == 6 * 4 + 3
