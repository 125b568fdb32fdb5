"""``gateway schema``: the catalogue as it is today, and files held against it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import schema
from gateway.cli.main import main

GOLDEN = Path(__file__).parents[1] / "golden"
Gateway = Callable[..., Result]


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """Give the command without any installation."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(schema, "utc_now", lambda: datetime(2026, 12, 1, tzinfo=UTC))
    return lambda *arguments: CliRunner().invoke(main, arguments, catch_exceptions=False)


def refused(result: Result) -> Any:
    assert (result.exit_code, result.stdout) == (1, "")
    return json.loads(result.stderr)


def test_the_catalogue_tells_the_state_of_every_version(gateway: Gateway) -> None:
    listed = {one["schema"]: one for one in json.loads(gateway("schema", "list", "--json").stdout)}
    assert listed["journal/1.1"]["state"] == "current"
    assert listed["journal/1.0"]["state"] == "accepted"
    assert listed["journal/1.0"]["accepted_until"] == "2027-08-31"
    assert "journal/1.1" in gateway("schema", "list").stdout


def test_the_catalogue_tells_what_is_retired_by_now(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "utc_now", lambda: datetime(2027, 9, 1, tzinfo=UTC))
    listed = {one["schema"]: one["state"] for one in json.loads(gateway("schema", "list", "--json").stdout)}
    assert listed["journal/1.0"] == "retired"
    error = refused(gateway("schema", "check", str(GOLDEN / "journal-batch-1.0.json"), "--json"))
    assert (error["code"], error["who"]) == ("schema.retired", "sender")


@pytest.mark.parametrize("name", ["journal-batch-1.0.json", "journal-batch-1.0.xml", "performance.xml"])
def test_a_valid_file_is_told_by_which_schema(gateway: Gateway, name: str) -> None:
    checked = gateway("schema", "check", str(GOLDEN / name), "--json")
    assert checked.exit_code == 0, checked.stderr
    assert json.loads(checked.stdout)["ok"] is True
    assert json.loads(checked.stdout)["schema"].split("/")[0] == ("authority" if "perf" in name else "journal")


@pytest.mark.parametrize(
    ("name", "right", "wrong", "path", "line"),
    [
        ("journal-batch-1.0.json", '"number": 1', '"number": 10', "/periods/0/number", 10),
        (
            "journal-batch-1.0.xml",
            "<number>1</number>",
            "<number>10</number>",
            "/journalBatch/periods/period[1]/number",
            7,
        ),
        ("journal-batch-1.0.json", '"school": "school-1"', '"school": ""', "/school", 3),
        ("performance.xml", 'schemaVersion="1.0"', 'schemaVersion="7"', "/PerformanceReport", 2),
    ],
)
def test_every_fault_of_a_file_is_told_with_its_place(
    gateway: Gateway, tmp_path: Path, name: str, right: str, wrong: str, path: str, line: int
) -> None:
    content = (GOLDEN / name).read_text("utf-8")
    assert right in content
    file = tmp_path / name
    file.write_text(content.replace(right, wrong), "utf-8")
    error = refused(gateway("schema", "check", str(file), "--json"))
    assert error["code"] == "schema.not_valid"
    assert (path, line) in {(fault["path"], fault["line"]) for fault in error["faults"]}
    assert str(path) in gateway("schema", "check", str(file)).stderr


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("journal/1.1", "schema.unclear"),
        ("journal/9.9", "schema.unknown"),
        ("diary", "schema.unknown"),
        ("journal/1.0", None),
        ("journal/1.0/journal-batch.schema.json", None),
    ],
)
def test_the_schema_that_was_asked_for_is_held_against(gateway: Gateway, said: str, code: str | None) -> None:
    checked = gateway("schema", "check", str(GOLDEN / "journal-batch-1.0.json"), "--schema", said, "--json")
    assert (None if checked.exit_code == 0 else refused(checked)["code"]) == code


def test_a_record_by_itself_is_checked(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "mark.xml"
    file.write_text('<room xmlns="urn:school-gateway:journal:1.1"><id>r</id><name>12</name></room>', "utf-8")
    error = refused(gateway("schema", "check", str(file), "--json"))
    assert [fault["field"] for fault in error["faults"]] == ["room"]


def test_what_is_no_document_is_refused(gateway: Gateway, tmp_path: Path) -> None:
    file = tmp_path / "marks.txt"
    file.write_text("id,lesson\n", "utf-8")
    assert refused(gateway("schema", "check", str(file), "--json"))["code"] == "json.not_well_formed"


TABLE = "id,lesson,pupil,value,workKind\nM-1,L-1,P-1,5,oral\nM-2,L-1,P-2,пять,oral\n"


@pytest.mark.parametrize(("name", "kind"), [("marks.csv", ()), ("table.csv", ("--kind", "marks"))])
def test_a_table_is_checked_row_by_row(gateway: Gateway, tmp_path: Path, name: str, kind: tuple[str, ...]) -> None:
    file = tmp_path / name
    file.write_text(TABLE, "utf-8")
    error = refused(gateway("schema", "check", str(file), *kind, "--json"))
    assert [(fault["line"], fault["field"]) for fault in error["faults"]] == [(3, "value")]
    file.write_text(TABLE.replace("пять", "5"), "utf-8")
    checked = json.loads(gateway("schema", "check", str(file), *kind, "--json").stdout)
    assert checked == {"ok": True, "schema": "journal/1.1/journal-batch.schema.json"}


@pytest.mark.parametrize(
    ("asked", "code"), [((), "schema.no_kind"), (("--kind", "marks", "--schema", "journal/1.0"), "schema.unclear")]
)
def test_a_table_has_one_kind_and_the_current_version(
    gateway: Gateway, tmp_path: Path, asked: tuple[str, ...], code: str
) -> None:
    file = tmp_path / "table.csv"
    file.write_text(TABLE, "utf-8")
    assert refused(gateway("schema", "check", str(file), *asked, "--json"))["code"] == code


def test_only_a_batch_may_be_very_large(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_MAX_WHOLE", 10)
    file = GOLDEN / "performance.xml"
    assert refused(gateway("schema", "check", str(file), "--json"))["code"] == "schema.too_large"
    assert gateway("schema", "check", str(GOLDEN / "journal-batch-1.0.xml"), "--json").exit_code == 0
