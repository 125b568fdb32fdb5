"""The commands that tell what syncs did, over a filled school: runs, plans, quarantine, one record, taking back."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.bootstrap import Gateway, new_id
from gateway.cli.main import main
from gateway.errors import Fault, Rejected, Text
from gateway.model.roster import Received, RecordKind
from gateway.roster.sync import RosterSync
from gateway.settings import read_settings
from tests.roster_world import Moments, Told, pupil_of, roster
from tests.sqlite_files import upgraded_file

RAW = "<Pupil><family>Тестова</family></Pupil>"
BAD = Rejected(
    record="P-9", kind="pupil", faults=(Fault(code="roster.snils", text=Text(ru="Не сходится.", en="Wrong.")),), raw=RAW
)
SAID = replace(
    roster(2).snapshot(),
    rejected=(BAD,),
    received=(Received(kind=RecordKind.PUPIL, source_id="P-1", raw=RAW),),
)

Ask = Callable[..., Result]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Give the command over a school whose roster has come once."""
    monkeypatch.chdir(tmp_path)
    key = base64.b64encode(b"a made-up key of thirty-two byte").decode()
    settings = tmp_path / "gateway.toml"
    settings.write_text(
        f'database_url = "sqlite:///{tmp_path}/gateway.db"\nlanguage = "en"\n[storage]\nseal_key = "{key}"\n',
        encoding="utf-8",
    )

    def ask(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments, catch_exceptions=False)

    upgraded_file(tmp_path / "gateway.db")
    ask("school", "add", "school-1", "--name", "Школа № 101", "--registry-id", "REG-0001")
    with Gateway(read_settings(settings, {})) as gateway:
        units = gateway.database.units(gateway.school(None).id)
        RosterSync(units=units, source=Told(says=SAID), clock=Moments(), new_id=new_id).run()
    return ask


def told(ask: Ask, *arguments: str) -> Any:
    answer = ask("roster", *arguments, "--json")
    assert answer.exit_code == 0, answer.stderr
    return json.loads(answer.stdout)


def test_history_and_one_run(ask: Ask) -> None:
    (run,) = told(ask, "history")
    assert (run["outcome"], run["complete"], run["rejected"]) == ("applied", True, 1)
    shown = told(ask, "run", run["id"])
    assert shown["counts"]["pupil"] == {"received": 3, "rejected": 1, "create": 2}
    assert [one["state"] for one in shown["plans"]] == ["applied"]
    assert told(ask, "accept", run["id"], "--reason", "checked")["received"]["pupil"] == 3


def test_a_plan_is_taken_back_after_a_look(ask: Ask) -> None:
    (plan,) = told(ask, "plans", "--state", "applied")
    seen = told(ask, "revert", plan["id"], "--dry-run")
    assert (seen["done"], seen["removed"], seen["movements_cancelled"]) == (False, plan_size(plan), 2)
    assert ask("roster", "revert", plan["id"]).exit_code == 2
    done = told(ask, "revert", plan["id"], "--reason", "wrong file")
    assert (done["state"], done["removed"]) == ("reverted", plan_size(plan))
    (closed,) = told(ask, "plans")
    assert (closed["state"], closed["reason"]) == ("reverted", "wrong file")


def test_quarantine_by_cause_by_record_and_one_with_its_raw_form(ask: Ask) -> None:
    (cause,) = told(ask, "quarantine")
    assert (cause["cause"], cause["records"]) == ("Wrong.", 1)
    (record,) = told(ask, "quarantine", "--records")
    assert (record["record"], record["code"]) == ("P-9", "roster.snils")
    assert told(ask, "quarantine", record["id"])["raw"] == RAW
    assert told(ask, "quarantine", "--resolved") == []


def test_a_record_as_received_as_mapped_as_stored(ask: Ask) -> None:
    view = told(ask, "record", "pupil", pupil_of(1))
    assert view["stored"]["family"] == "Тестова"
    assert [(one["source"], one["raw"]) for one in view["received"]] == [("registry", RAW)]
    assert view["differing"] == []
    assert RAW in ask("roster", "record", "pupil", pupil_of(1)).stdout


def test_a_source_without_single_records_says_so(ask: Ask, tmp_path: Path) -> None:
    with (tmp_path / "gateway.toml").open("a", encoding="utf-8") as settings:
        settings.write('[registry]\nurl = "http://127.0.0.1:1/registry"\n')
    answer = ask("roster", "refresh", "pupil", "P-1")
    assert (answer.exit_code, "roster.no_single_records" in answer.stderr) == (1, True)


def test_nothing_waits_so_nothing_expires(ask: Ask) -> None:
    assert told(ask, "expire") == {"ok": True, "expired": []}


def plan_size(plan: dict[str, Any]) -> int:
    return sum(number for by_action in plan["counts"].values() for number in by_action.values())
