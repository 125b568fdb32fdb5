"""What commands around rosters say besides their answer: what waits for whom, what is not reached, who is believed."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner, Result

from gateway.cli import sandbox as sandbox_command
from gateway.cli.main import main
from tests.sqlite_files import upgraded_file

Ask = Callable[..., Result]

HEADING = "ФИО;Дата рождения;Класс;Пол\n"
NAMES = ("Анна", "Вера", "Дарья", "Жанна", "Инна", "Клара", "Лада", "Майя")


def pupils(*names: str, year: int = 2015) -> str:
    return HEADING + "".join(f"Тестова {name} Примеровна;04.03.{year};5А;ж\n" for name in names)


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Give the command in the folder of a school with lists of its own, and a second source of lists."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATEWAY_LANGUAGE", "ru")
    upgraded_file(tmp_path / "gateway.db")
    kinds = '["pupil", "enrollment", "class"]'
    (tmp_path / "gateway.toml").write_text(
        f'database_url = "sqlite:///{tmp_path}/gateway.db"\n'
        f'[rosters.own]\nkind = "lists"\nfolder = "{tmp_path}/own"\nwhole = true\nkinds = ["pupil"]\n'
        "least_percent = 0\n"
        f'[rosters.other]\nkind = "lists"\nfolder = "{tmp_path}/other"\nkinds = {kinds}\n',
        encoding="utf-8",
    )
    for name in ("own", "other"):
        (tmp_path / name).mkdir()

    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, catch_exceptions=False)

    invoke("school", "add", "school-1", "--name", "Школа № 101", "--registry-id", "REG-0001")
    return invoke


def sync(ask: Ask, source: str, text: str) -> dict[str, str]:
    """Give a source another list and return what its sync warns of, by code."""
    Path(source, "Ученики.csv").write_text(text, encoding="utf-8")
    done = ask("roster", "sync", "--source", source, "--json")
    assert done.exit_code == 0, done.stderr
    told = [json.loads(line) for line in done.stderr.splitlines()]
    assert all(one["ok"] for one in told), "a warning is no failure"
    return {one["code"]: one["text"]["ru"] for one in told}


def test_a_sync_that_leaves_nothing_warns_of_nothing(ask: Ask) -> None:
    assert sync(ask, "own", pupils(*NAMES)) == {}
    assert sync(ask, "own", pupils(*NAMES)) == {}


def test_rows_turned_away_are_counted_and_say_where_they_are(ask: Ask) -> None:
    told = sync(ask, "own", pupils(*NAMES) + "Тестова А. П.;04.03.2015;5А;ж\nТестова Б. П.;;5А;ж\n")
    assert "Отклонено записей: 2." in told["roster.records_rejected"]
    assert "gateway roster quarantine" in told["roster.records_rejected"]
    listed = ask("roster", "quarantine", "--records").stdout
    assert "Ученики.csv, строка 10" in listed
    assert "Ученики.csv, строка 11" in listed
    assert "Тестова" not in listed


def test_a_plan_that_waits_is_told_with_the_next_command(ask: Ask) -> None:
    sync(ask, "own", pupils(*NAMES))
    told = sync(ask, "own", pupils(*NAMES[:4]))
    assert "Планов ждёт решения человека: 1" in told["roster.plans_wait"]
    assert "gateway roster approve" in told["roster.plans_wait"]
    plan = json.loads(ask("roster", "plans", "--state", "held", "--json").stdout)[0]["id"]
    assert f"gateway roster show {plan} " in told["roster.plans_wait"]


def test_questions_of_who_is_who_are_counted_for_the_source_that_was_synced(ask: Ask) -> None:
    sync(ask, "own", pupils(*NAMES))
    told = sync(ask, "other", pupils(NAMES[0], year=2016))
    assert "Вопросов «кто есть кто» без ответа: 1;" in told["roster.questions_wait"]
    listed = ask("roster", "cases").stdout
    assert "Ученики.csv, строка 2" in listed
    assert "Тестова" not in listed
    assert "roster.questions_wait" not in sync(ask, "own", pupils(*NAMES))


# doctor


@contextmanager
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def findings(ask: Ask) -> dict[str, dict[str, object]]:
    return {one["check"]: one for one in json.loads(ask("doctor", "--json").stdout)}


def test_the_doctor_tries_the_address_of_every_source(ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "gateway.toml"
    text = file.read_text("utf-8")
    assert "rosters.own" not in findings(ask), "files have no address"
    with listening() as port:
        source = f'[rosters.city]\nkind = "registry"\nurl = "http://127.0.0.1:{port}/roster"\n'
        file.write_text(f"{text}{source}", encoding="utf-8")
        assert findings(ask)["rosters.city"]["ok"] is True
    refused = findings(ask)["rosters.city"]
    assert (refused["ok"], refused["code"]) == (False, "doctor.unreachable")
    assert "«rosters.city»" in str(refused["text"])


@pytest.mark.parametrize("url", ["not an address", "http://127.0.0.1:port/", "http:///roster"])
def test_an_address_that_is_none_is_a_finding_and_no_crash(ask: Ask, tmp_path: Path, url: str) -> None:
    file = tmp_path / "gateway.toml"
    file.write_text(f'{file.read_text("utf-8")}[rosters.city]\nkind = "registry"\nurl = "{url}"\n', encoding="utf-8")
    done = ask("doctor", "--json")
    assert done.exit_code == 1
    assert {one["check"]: one["ok"] for one in json.loads(done.stdout)}["rosters.city"] is False


# sandbox


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the sandbox stop as soon as it has told where it is."""

    class Stopped(Event):
        def wait(self, timeout: float | None = None) -> bool:
            return timeout is None

    monkeypatch.setattr(sandbox_command, "Event", Stopped)
    monkeypatch.setattr("signal.signal", lambda *_: None)


SANDBOX = ("sandbox", "--school-size", "20", "--year", "2026", "--monday", "2026-10-12", "--json")


@pytest.mark.usefixtures("at_once")
def test_without_keys_the_sandbox_warns_that_nobody_is_believed_and_starts(ask: Ask) -> None:
    done = ask(*SANDBOX)
    assert done.exit_code == 0
    assert json.loads(done.stderr)["code"] == "sandbox.no_roots"
    told = json.loads(done.stdout)
    assert set(told) == {"ok", "registry", "netschool", "authority", "portal", "oneroster"}


@pytest.mark.usefixtures("at_once")
def test_a_class_that_is_not_there_ends_the_sandbox(ask: Ask) -> None:
    done = ask(*SANDBOX, "--class", "12Я")
    assert done.exit_code == 1
    assert "sandbox.no_class" in done.stderr
