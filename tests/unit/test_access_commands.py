"""``gateway user add`` with its times, ``gateway token …``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import main
from tests.sqlite_files import upgraded_file

Gateway = Callable[..., Result]


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Give the command over an installation with a database and one school."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gateway.toml").write_text(
        f'database_url = "sqlite:///{tmp_path}/data/gateway.db"\nlanguage = "en"\n', encoding="utf-8"
    )

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, catch_exceptions=False)

    upgraded_file(tmp_path / "data" / "gateway.db")
    assert run("school", "add", "school-1", "--name", "Школа № 1", "--registry-id", "REG-1").exit_code == 0
    return run


def test_a_new_secret_is_shown_once_and_the_list_tells_of_it(school: Gateway) -> None:
    client = json.loads(school("client", "add", "journal", "--scope", "journal.write", "--json").stdout)
    rotated = json.loads(school("token", "rotate", client["client_id"], "--grace-days", "2", "--json").stdout)
    assert rotated["client_secret"] not in {None, client["client_secret"]}
    listed = school("token", "list", "--json").stdout
    [one] = json.loads(listed)["clients"]
    assert (one["client_id"], one["scopes"], one["tokens"]) == (client["client_id"], ["journal.write"], 0)
    assert one["former_secret_until"] > one["secret_since"]
    assert rotated["client_secret"] not in listed
    revoked = json.loads(school("token", "revoke", client["client_id"], "--json").stdout)
    assert revoked == {"ok": True, "revoked": 0}
    assert json.loads(school("token", "list", "--json").stdout)["clients"][0]["former_secret_until"] is None


def test_a_client_nobody_knows_gets_no_secret(school: Gateway) -> None:
    refused = school("token", "rotate", "nobody", "--json")
    assert refused.exit_code == 1
    assert "access.client_unknown" in refused.stdout + refused.stderr


def test_support_gets_an_account_with_an_end_only(school: Gateway) -> None:
    assert school("user", "add", "vendor", "--role", "support").exit_code == 1
    assert school("user", "add", "vendor", "--role", "support", "--to", "2026-10-05").exit_code == 0
    assert school("user", "add", "anna", "--role", "class_teacher", "--staff", "s-1").exit_code == 0
    assert school("user", "add", "anna-2", "--role", "deputy", "--staff", "s-1").exit_code == 1
