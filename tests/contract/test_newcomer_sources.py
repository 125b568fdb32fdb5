"""What somebody does who is new here: the sandbox, the registry, then a second source; over real sockets, by commands.

The second source (OneRoster) tells less of the same people than the registry did: no positions, no relation, no account
at the portal. What it does not tell stays, also when it has become the only source.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from sqlite3 import connect
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import main
from gateway.sandbox.outside import Outside, OutsideSettings, open_outside
from gateway.sandbox.school import nth_school
from tests.sqlite_files import upgraded_file

TABLES = ("pupil", "guardian", "staff", "guardianship", "enrollment", "school_class", "movement")
PUPILS = 120


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Somebody with an empty folder and the platforms around a made-up school."""

    folder: Path
    outside: Outside

    def settings(self, *, registry: bool) -> None:
        (self.folder / "secret").write_text("sandbox", encoding="utf-8")
        (self.folder / "gateway.toml").write_text(
            f'database_url = "sqlite:///{self.folder}/gateway.db"\nlanguage = "ru"\n'
            + (f'[registry]\nurl = "{self.outside.registry}/"\n' if registry else "")
            + f'[rosters.district]\nkind = "oneroster"\nurl = "{self.outside.oneroster}"\n'
            f'token_url = "{self.outside.oneroster}/token"\nclient_id = "gateway"\nsecret_file = "secret"\n',
            encoding="utf-8",
        )

    def do(self, *arguments: str) -> Result:
        done = CliRunner().invoke(main, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        return done

    def told(self, *arguments: str) -> Any:
        return json.loads(self.do("roster", *arguments, "--json").stdout)

    def content(self) -> Mapping[str, list[tuple[Any, ...]]]:
        with closing(connect(self.folder / "gateway.db")) as database:
            return {one: sorted(database.execute(f"SELECT * FROM {one}"), key=repr) for one in TABLES}  # noqa: S608  our own names


@pytest.fixture
def newcomer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Newcomer]:
    monkeypatch.chdir(tmp_path)
    upgraded_file(tmp_path / "gateway.db")
    settings = OutsideSettings(
        roots=(),
        sender="REG-0001",
        portal_secret="sandbox",
        netschool_password="sandbox",
        class_name="5А",
        monday=date(2026, 10, 12),
    )
    with ExitStack() as stack:
        outside = open_outside(stack, nth_school(1, PUPILS, year=2026), settings)
        one = Newcomer(folder=tmp_path, outside=outside)
        one.settings(registry=True)
        one.do("school", "add", "school-1", "--name", "Школа № 101", "--registry-id", "REG-0001")
        yield one


def test_a_second_source_leaves_what_it_does_not_tell(newcomer: Newcomer) -> None:
    assert newcomer.told("sync")["created"] > PUPILS
    before = newcomer.content()
    first = newcomer.do("roster", "sync", "--source", "district")
    assert "created: 0" in first.stdout, "everybody is known, and nobody comes twice"
    shown = newcomer.do(*first.stderr.rstrip(".\n").rpartition("Посмотреть: gateway ")[2].split())
    assert "не используются, записей: 120" in shown.stderr, "what is said to be looked at tells the remark"
    again = newcomer.do("roster", "sync", "--source", "district").stderr
    assert "gateway roster plan --source district, затем gateway roster show ПЛАН" in again
    assert newcomer.content() == before
    assert newcomer.told("cases") == []
    newcomer.settings(registry=False)
    assert newcomer.told("sync")["source"] == "district"
    assert newcomer.content() == before, "its word counts alone now, and what it does not say is not its word"
    assert newcomer.told("missing") == []


def test_the_sandbox_lets_somebody_leave_once_and_knows_nobody_else(newcomer: Newcomer) -> None:
    with httpx.Client(base_url=newcomer.outside.oneroster, trust_env=False) as provider:
        assert provider.delete("/_sandbox/people/nobody").status_code == 404
        gone = "/_sandbox/people/P-0001-000001"
        assert [provider.delete(gone).status_code for _ in range(2)] == [204, 404]
