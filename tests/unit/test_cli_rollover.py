"""``gateway year roll-over`` as it is called: plan, decide, orders, apply, undo; refusals say who has to act."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, insert

from gateway.cli.main import main
from gateway.model.journal_records import RecordKind
from gateway.model.roster import snapshot_rows
from gateway.storage.roster_rows import RECORD_TABLES
from gateway.storage.tables.records import RECORD_TABLES as JOURNAL_TABLES
from tests.rollover_world import snapshot
from tests.roster_world import SCHOOL, class_of, pupil_of, teacher
from tests.sqlite_files import upgraded_file


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gateway.toml").write_text(f'database_url = "sqlite:///{tmp_path}/g.db"\nlanguage = "en"\n', encoding="utf-8")
    upgraded_file(tmp_path / "g.db")
    added = ["school", "add", SCHOOL.id, "--name", SCHOOL.name, "--registry-id", SCHOOL.registry_id]
    assert CliRunner().invoke(main, added).exit_code == 0
    engine = create_engine(f"sqlite:///{tmp_path}/g.db")
    with engine.begin() as connection:
        for kind, rows in snapshot_rows(snapshot()).items():
            home = RECORD_TABLES[kind]
            for key, fields in rows.items():
                row = {**home.columns(fields), **home.key_columns(key)}
                connection.execute(insert(home.table).values(school_id=SCHOOL.id, **row))
        for year in (2026, 2027):
            connection.execute(insert(JOURNAL_TABLES[RecordKind.YEARS]).values(**year_row(year)))
    engine.dispose()


def year_row(year: int) -> dict[str, Any]:
    days = {"start_on": date(year, 9, 1), "end_on": date(year + 1, 8, 30)}
    return {"school_id": SCHOOL.id, "id": str(year), "year": year, "state": "planning", "version": 1, **days}


def called(*arguments: str, ok: bool = True) -> Any:
    done = CliRunner().invoke(main, ["year", "roll-over", *arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == (0 if ok else 1), done.output
    return json.loads(done.stdout if ok else done.stderr)


def test_the_whole_turn_by_commands() -> None:
    asked = called("plan", "--year", "2026")
    assert (asked["year"], asked["complete"]) == (2027, False)
    refused = called("apply", asked["plan"], "--reason", "now", ok=False)
    assert (refused["code"], refused["who"]) == ("year.rollover_incomplete", "deputy")
    for outcome in ("promoted", "graduates", "leaves"):
        called("order", outcome, "--document", f"Order {outcome}", "--year", "2026")
    called("decide", "--class", class_of(3), "--outcome", "graduates", "--year", "2026")
    called("decide", pupil_of(8), "--outcome", "leaves", "--last-day", "2027-06-25", "--year", "2026")
    called("class", "5А", "--teacher", teacher(2).id, "--year", "2026")
    plan = called("plan", "--year", "2026")
    assert plan["complete"]
    assert {one["class"]: one["closing"] for one in plan["classes"] if one["year"] == 2027} == {"5А": 2, "6А": 2}
    lines = {one["pupil"]: one for one in called("show", "--pupils")}
    assert (lines[pupil_of(8)]["outcome"], lines[pupil_of(8)]["on"]) == ("leaves", "2027-06-26")
    assert called("apply", plan["plan"], "--reason", "now")["state"] == "applied"
    assert called("undo", plan["plan"], "--reason", "too early")["movements_cancelled"] == 8
    assert {one["state"] for one in called("list")} == {"superseded", "reverted"}
    assert called("forget", pupil_of(8), "--year", "2026")["forgotten"] == 1


def test_a_year_that_was_not_made_is_told() -> None:
    assert called("plan", "--year", "2027", ok=False)["code"] == "year.next_missing"
