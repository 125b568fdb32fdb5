"""The commands as they are called: help everywhere, exit codes 0, 1 and 2, errors that say who has to act."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import main
from gateway.model.access import Role, Scope
from gateway.model.steps import Step
from outbox import State
from tests.sqlite_files import upgraded_file

Gateway = Callable[..., Result]


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Give the command over an empty installation in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gateway.toml").write_text(
        f'database_url = "sqlite:///{tmp_path}/data/gateway.db"\nlanguage = "en"\n', encoding="utf-8"
    )
    return lambda *arguments: CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def school(gateway: Gateway, tmp_path: Path) -> Gateway:
    """Give the command over an installation with a database and one school."""
    upgraded_file(tmp_path / "data" / "gateway.db")
    assert gateway("school", "add", "school-1", "--name", "Школа № 1", "--registry-id", "REG-1").exit_code == 0
    return gateway


def commands(group: click.Group, *before: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield (*before, name), command


ALL = dict(commands(main))


@pytest.mark.parametrize("names", ALL, ids=" ".join)
def test_every_command_helps_and_can_answer_programs(gateway: Gateway, names: tuple[str, ...]) -> None:
    helped = gateway(*names, "--help")
    assert helped.exit_code == 0
    assert "--json" in helped.stdout
    assert ALL[names].help


@pytest.mark.parametrize("names", ALL, ids=" ".join)
def test_every_command_asked_wrongly_ends_with_2(gateway: Gateway, names: tuple[str, ...]) -> None:
    asked = gateway(*names, "--no-such-option")
    assert (asked.exit_code, asked.stdout) == (2, "")
    assert "No such option" in asked.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("step", "run"), [s.value for s in Step if s not in {Step.JOURNAL_IN, Step.DIARY_SEEN}]),
        (("queue", "list", "--state"), [state.value for state in State]),
        (("user", "add", "anna", "--role"), [role.value for role in Role]),
        (("client", "add", "journal", "--scope"), [scope.value for scope in Scope]),
    ],
)
def test_words_are_asked_for_as_they_are_shown_everywhere(
    gateway: Gateway, arguments: tuple[str, ...], words: list[str]
) -> None:
    asked = gateway(*arguments, "no-such-word")
    assert asked.exit_code == 2
    assert all(f"'{word}'" in asked.stderr for word in words), asked.stderr


def test_an_unknown_setting_ends_with_1_and_who_has_to_act(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text("prot = 1", encoding="utf-8")
    ended = gateway("db", "check")
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.splitlines() == [
        "configuration.invalid: Настройка «prot»: такой настройки нет.",
        "Кто исправляет: школьный координатор",
    ]


def test_a_database_that_is_not_upgraded_is_told_so(gateway: Gateway) -> None:
    ended = gateway("db", "check", "--json")
    assert (ended.exit_code, ended.stdout) == (1, "")
    said = json.loads(ended.stderr)
    assert (said["ok"], said["code"], said["who"]) == (False, "configuration.database_version", "coordinator")
    assert gateway("db", "upgrade", "--json").stdout == '{"ok": true}\n'
    assert gateway("db", "check").exit_code == 0


@pytest.mark.parametrize("names", [("audit", "verify"), ("roster", "history"), ("export", "list"), ("step", "list")])
def test_without_a_school_it_is_asked_which(gateway: Gateway, names: tuple[str, ...]) -> None:
    gateway("db", "upgrade")
    ended = gateway(*names)
    assert ended.exit_code == 1
    assert ended.stderr.startswith("configuration.school: It is not clear which school is meant")


def test_an_unknown_school_is_told_with_those_that_are_known(school: Gateway) -> None:
    ended = school("audit", "verify", "--school", "school-9")
    assert ended.exit_code == 1
    assert "school-1" in ended.stderr


def test_a_school_is_added_once(school: Gateway) -> None:
    again = school("school", "add", "school-1", "--name", "Школа № 1", "--registry-id", "REG-1", "--json")
    assert json.loads(again.stdout) == {"ok": True, "added": False}
    [known] = json.loads(school("school", "list", "--json").stdout)
    assert known == {"id": "school-1", "name": "Школа № 1", "registry_id": "REG-1", "zone": "Europe/Moscow"}


def test_a_password_and_a_secret_are_shown_once(school: Gateway) -> None:
    user = json.loads(school("user", "add", "anna", "--role", "coordinator", "--json").stdout)
    client = json.loads(school("client", "add", "journal", "--scope", "journal.write", "--json").stdout)
    assert user["one_time_password"]
    assert client["client_secret"]
    assert school("client", "disable", client["client_id"], "--json").stdout == '{"ok": true, "disabled": true}\n'
    assert school("audit", "verify", "--json").stdout == '{"ok": true, "entries": 3}\n'


def test_a_step_put_into_the_queue_can_be_looked_at_and_decided_about(school: Gateway) -> None:
    message = json.loads(school("step", "run", "roster_in", "--json").stdout)["message"]
    [listed] = json.loads(school("queue", "list", "--json").stdout)
    assert (listed["id"], listed["kind"], listed["state"]) == (message, "roster_in", "ready")
    assert school("queue", "hold", message, "--reason", "сначала проверка").exit_code == 0
    shown = json.loads(school("queue", "show", message, "--json").stdout)
    assert (shown["state"], shown["attempts"]) == ("held", [])
    [decision] = shown["decisions"]
    assert (decision["verb"], decision["reason"]) == ("hold", "сначала проверка")
    refused = school("queue", "hold", message, "--reason", "ещё раз")
    assert (refused.exit_code, refused.stderr.splitlines()[0][:17]) == (1, "queue.not_allowed")


def test_a_decision_needs_a_reason(school: Gateway) -> None:
    assert school("queue", "stop").exit_code == 2
    assert school("queue", "stop", "--reason", "учения").exit_code == 0
    assert school("queue", "start", "--reason", "учения окончены").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("queue", "show", "nothing"), "queue.unknown_message"),
        (("queue", "retry", "nothing", "--reason", "x"), "queue.unknown_message"),
        (("export", "show", "nothing"), "export.unknown_package"),
        (("export", "run"), "configuration.no_period"),
        (("roster", "sync"), "configuration.missing"),
        (("sign", "gateway.toml"), "signing.file_missing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_what_cannot_be_done_ends_with_1_and_says_who_has_to_act(
    school: Gateway, arguments: tuple[str, ...], code: str
) -> None:
    ended = school(*arguments)
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith(code)
    assert ended.stderr.splitlines()[-1] == "Who has to act: the school's coordinator"


def test_an_archive_without_files_is_not_verified(school: Gateway) -> None:
    ended = school("archive", "verify", "--json")
    assert ended.exit_code == 1


def test_a_worker_that_drains_ends_by_itself(school: Gateway) -> None:
    drained = school("worker", "--drain", "30", "--json")
    assert (drained.exit_code, drained.stdout) == (0, '{"ok": true}\n')
