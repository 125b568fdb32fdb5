"""``gateway roster lock|unlock|locks|missing`` and ``--source`` over an installation with one school."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.bootstrap.installation import Gateway, new_id
from gateway.cli.main import main
from gateway.roster.sync import RosterSync
from gateway.settings import read_settings
from tests.roster_world import SCHOOL, Told, pupil_of, roster
from tests.sqlite_files import upgraded_file

Command = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Give the command over a database with a small school in it."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "gateway.toml"
    file.write_text(
        f'database_url = "sqlite:///{tmp_path}/data/gateway.db"\nlanguage = "en"\n'
        '[rosters.registry]\nkind = "registry"\nurl = "http://127.0.0.1:9/roster"\n',
        encoding="utf-8",
    )

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, catch_exceptions=False)

    upgraded_file(tmp_path / "data" / "gateway.db")
    with Gateway(read_settings(file, {})) as gateway:
        gateway.add_school(SCHOOL)
        RosterSync(
            units=gateway.database.units(SCHOOL.id),
            source=Told(says=roster(2).snapshot()),
            clock=gateway.clock,
            new_id=new_id,
        ).run()
    return invoke


def test_a_field_is_locked_listed_and_given_free(run: Command) -> None:
    where = ("pupil", pupil_of(1), "family")
    locked = run("roster", "lock", *where, "--value", "Школьная", "--reason", "passport", "--json")
    assert json.loads(locked.stdout)["ok"] is True
    listed = run("roster", "locks", "--json").stdout
    assert pupil_of(1) in listed
    assert "Школьная" not in locked.stdout + listed
    assert run("roster", "missing", "--json").exit_code == 0
    assert run("roster", "unlock", *where, "--reason", "mended", "--json").exit_code == 0
    again = run("roster", "unlock", *where, "--reason", "mended", "--json")
    assert again.exit_code == 1
    assert "roster.lock_unknown" in again.stdout + again.stderr


@pytest.mark.parametrize("verb", ["sync", "plan"])
def test_a_source_nobody_has_set_is_told(run: Command, verb: str) -> None:
    refused = run("roster", verb, "--source", "lists", "--json")
    assert refused.exit_code == 1
    assert "configuration.roster" in refused.stdout + refused.stderr
