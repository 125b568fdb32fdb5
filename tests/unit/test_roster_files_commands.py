"""``gateway roster import`` and ``columns`` from file to stored roster (R-ROST-07)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import main
from tests.oneroster_csv_world import SCHOOL, whole, write
from tests.sqlite_files import upgraded_file

Gateway = Callable[..., Result]
LIST = "ФИО;Дата рождения;Класс;Мать;Телефон\nТестова Проба Примеровна;04.03.2015;5 «А»;Тестова Мама;+7 000 000-00-01\n"


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gateway.toml").write_text(
        f"""database_url = "sqlite:///{tmp_path}/data/gateway.db"
[rosters.own]
kind = "lists"
[rosters.own.columns]
"Кто" = "full_name"
[rosters.city]
kind = "oneroster_files"
[rosters.registry]
kind = "registry"
""",
        encoding="utf-8",
    )

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, catch_exceptions=False)

    upgraded_file(tmp_path / "data" / "gateway.db")
    assert run("school", "add", SCHOOL.id, "--name", SCHOOL.name, "--registry-id", SCHOOL.registry_id).exit_code == 0
    return run


def test_a_list_becomes_the_roster_and_once_more_changes_nothing(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "Ученики.csv"
    file.write_text(LIST, encoding="utf-8")
    planned = gateway("roster", "import", str(file), "--source", "own", "--dry-run", "--json")
    assert planned.exit_code == 0, planned.stderr
    first = json.loads(gateway("roster", "import", str(file), "--source", "own", "--json").stdout)
    assert (first["source"], first["created"], first["rejected"]) == ("own", 5, 0)
    again = json.loads(gateway("roster", "import", str(file), "--source", "own", "--json").stdout)
    assert [again[one] for one in ("created", "updated", "deactivated", "held", "missing")] == [0, 0, 0, 0, 0]


def test_a_dry_run_leaves_nothing_behind(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "Ученики.csv"
    file.write_text(LIST, encoding="utf-8")
    planned = json.loads(gateway("roster", "import", str(file), "--source", "own", "--dry-run", "--json").stdout)
    assert [(one["state"], one["held_because"]) for one in planned] == [("proposed", [])]
    assert planned[0]["counts"]["pupil"] == {"create": 1}
    assert json.loads(gateway("roster", "plans", "--json").stdout) == []


def test_a_list_of_others_leaves_a_plan_that_waits_and_one_of_the_same_takes_its_place(
    gateway: Gateway, tmp_path: Path
) -> None:
    def load(*pupils: str) -> Any:
        file = tmp_path / "Ученики.csv"
        file.write_text("\n".join(["ФИО;Дата рождения;Класс", *pupils, ""]), encoding="utf-8")
        return json.loads(gateway("roster", "import", str(file), "--source", "own", "--json").stdout)

    load(*(f"Тестова {name} Примеровна;0{day}.03.2015;5А" for day, name in enumerate(("Анна", "Вера", "Зоя"), 1)))
    held = load("Проба Инна Примеровна;05.03.2015;5Ф")["held_plan"]
    load("Опытова Рита Примеровна;06.03.2015;5А")

    def waiting() -> set[str]:
        return {one["id"] for one in json.loads(gateway("roster", "plans", "--state", "held", "--json").stdout)}

    assert waiting() == {held}
    load("Проба Инна Примеровна;05.03.2015;5А")
    assert waiting() == set()


def test_a_shorter_list_removes_nobody(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "Ученики.csv"
    file.write_text(LIST + "Тестов Опыт Примерович;05.03.2015;5А;;\n", encoding="utf-8")
    gateway("roster", "import", str(file), "--source", "own")
    file.write_text(LIST, encoding="utf-8")
    after = json.loads(gateway("roster", "import", str(file), "--source", "own", "--json").stdout)
    assert (after["complete"], after["deactivated"], after["held"]) == (False, 0, 0)


def test_a_package_becomes_the_roster(gateway: Gateway, tmp_path: Path) -> None:
    package = write(tmp_path / "bulk.zip", whole())
    done = json.loads(gateway("roster", "import", str(package), "--source", "city", "--json").stdout)
    assert (done["complete"], done["created"], done["rejected"]) == (True, 8, 0)


def test_a_broken_package_is_told_fault_by_fault_and_changes_nothing(gateway: Gateway, tmp_path: Path) -> None:
    (tmp_path / "bulk.zip").write_bytes(b"no zip")
    refused = gateway("roster", "import", str(tmp_path / "bulk.zip"), "--source", "city")
    assert refused.exit_code == 1
    assert "bulk.zip" in refused.stderr
    assert gateway("roster", "plans", "--json").stdout.strip() == "[]"


@pytest.mark.parametrize("source", ["registry", "nobody"])
def test_sources_that_read_no_files_are_told_so(gateway: Gateway, tmp_path: Path, source: str) -> None:
    file = tmp_path / "x.csv"
    file.write_text(LIST, encoding="utf-8")
    refused = gateway("roster", "import", str(file), "--source", source, "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stderr)["code"] == "configuration.roster"


def test_a_source_without_folder_says_so_when_the_daily_step_asks_it(gateway: Gateway) -> None:
    refused = gateway("roster", "sync", "--source", "own", "--json")
    assert json.loads(refused.stderr)["code"] == "school_lists.nothing"


def test_columns_are_shown_as_lines_for_the_settings(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Кто;Дата рождения;Заметка\n", encoding="utf-8")
    shown = gateway("roster", "columns", str(file), "--source", "own").stdout
    assert "# x.csv: pupils" in shown
    assert '"Кто" = "full_name"' in shown
    assert '"Заметка" = "-"' in shown
    told = json.loads(gateway("roster", "columns", str(file), "--json").stdout)
    assert told["columns"] == {"Дата рождения": "birth_date"}
    assert told["list"] is None
