"""``gateway journal import``: the same files, the same rules, the same answers as over HTTP."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from openpyxl import Workbook

from gateway.cli.main import main
from gateway.mapping.journal_csv import write_table
from gateway.model.attendance import MedicalCertificate
from gateway.model.audit import first_fault
from gateway.model.ids import MedicalCertificateId, PupilId
from gateway.model.journal_records import RecordKind
from gateway.storage.audit import SqlAuditLog
from tests.journal_world import (
    ANNA,
    DAY,
    JournalWorld,
    as_json,
    as_xml,
    batch,
    day_batch,
    lesson,
    mark,
    open_world,
    setup_batch,
)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JournalWorld]:
    monkeypatch.setenv("GATEWAY_DATABASE_URL", f"sqlite:///{tmp_path / 'gateway.db'}")
    monkeypatch.chdir(tmp_path)
    with closing(open_world(tmp_path / "gateway.db")) as opened:
        yield opened


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["journal", "import", *map(str, arguments)], catch_exceptions=False)


def told(result: Result) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(result.stdout)
    return content


def written(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def set_up(folder: Path) -> None:
    assert run(written(folder, "set-up.xml", as_xml(setup_batch()))).exit_code == 0


def test_a_set_up_and_a_day_are_imported_and_audited(world: JournalWorld, tmp_path: Path) -> None:
    set_up(tmp_path)
    day = written(tmp_path, "day.json", as_json(day_batch()))
    result = run(day, "--as-client", "deputy", "--json")
    assert result.exit_code == 0
    assert told(result)["accepted"] == {"lessons": 2, "absences": 1, "marks": 2, "homework": 2}
    with world.engine.begin() as connection:
        entries = list(SqlAuditLog(connection, world.school).entries())
    assert first_fault(entries) is None
    assert {(entry.record.actor, entry.record.channel) for entry in entries[-7:]} == {("deputy", "cli")}


def test_the_same_file_is_answered_the_same_and_writes_nothing(world: JournalWorld, tmp_path: Path) -> None:
    set_up(tmp_path)
    day = written(tmp_path, "day.json", as_json(day_batch()))
    first, held = run(day, "--json"), world.counts()
    assert run(day, "--json").stdout == first.stdout
    assert world.counts() == held


def test_a_dry_run_tells_all_and_writes_nothing(world: JournalWorld, tmp_path: Path) -> None:
    set_up(tmp_path)
    held = world.counts()
    day = written(tmp_path, "day.xml", as_xml(day_batch()))
    rehearsed = told(run(day, "--dry-run", "--json"))
    assert world.counts() == held
    done = told(run(day, "--json"))
    assert {**rehearsed, "dry_run": False} == done


@pytest.mark.usefixtures("world")
def test_a_table_is_imported_as_csv_and_as_a_workbook(tmp_path: Path) -> None:
    set_up(tmp_path)
    marks = (mark(), mark("M-2", value=4))
    lessons, table = tmp_path / "lessons.csv", tmp_path / "marks.csv"
    with lessons.open("w", encoding="utf-8", newline="") as file:
        write_table(RecordKind.LESSONS, (lesson(),), file)
    with table.open("w", encoding="utf-8", newline="") as file:
        write_table(RecordKind.MARKS, marks, file)
    assert told(run(lessons, "--kind", "lessons", "--json"))["accepted"] == {"lessons": 1}
    semicolons = written(tmp_path, "semicolons.csv", b"\xef\xbb\xbf" + table.read_bytes().replace(b",", b";"))
    assert told(run(semicolons, "--kind", "marks", "--json"))["accepted"] == {"marks": 2}
    book = Workbook()
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            book.worksheets[0].append([int(cell) if cell.isdecimal() else cell for cell in row])
    book.save(tmp_path / "marks.xlsx")
    assert told(run(tmp_path / "marks.xlsx", "--kind", "marks", "--json"))["unchanged"] == {"marks": 2}


@pytest.mark.usefixtures("world")
def test_every_fault_is_told_with_record_field_value_rule_and_who_acts(tmp_path: Path) -> None:
    set_up(tmp_path)
    posted = batch(lessons=(lesson(),), marks=(mark(), mark("M-2", pupil=PupilId("nobody")), mark("M-3", value=9)))
    file = written(tmp_path, "day.json", as_json(posted))
    result = run(file, "--rejected", tmp_path / "rejected.csv", "--json")
    assert result.exit_code == 0
    with (tmp_path / "rejected.csv").open(encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    assert [{name: str(value or "") for name, value in row.items()} for row in told(result)["rejected"]] == rows
    by_record = {row["record"]: row for row in rows}
    unknown = by_record["M-2"]
    assert (unknown["kind"], unknown["field"], unknown["value"], unknown["who"]) == (
        "mark",
        "pupil",
        "nobody",
        "coordinator",
    )
    assert (unknown["rule"], unknown["clause_en"]) == (
        "R-ROST-01",
        "The pupil body is formed in the system for the school year.",
    )
    assert unknown["clause_ru"]
    assert unknown["text_ru"] != unknown["text_en"]
    assert (
        file.read_text(encoding="utf-8").splitlines()[int(unknown["line"]) - 1].strip().startswith('"pupil": "nobody"')
    )
    assert by_record["M-3"]["value"] == "9"
    shown = run(written(tmp_path, "again.json", as_json(posted)))
    assert "nobody" in shown.stdout
    assert unknown["clause_ru"] in shown.stdout


@pytest.mark.usefixtures("world")
def test_an_operator_at_the_machine_needs_no_scope(tmp_path: Path) -> None:
    set_up(tmp_path)
    certificate = MedicalCertificate(id=MedicalCertificateId("MC-1"), pupil=ANNA, valid_from=DAY, valid_to=DAY)
    result = run(written(tmp_path, "papers.json", as_json(batch(medical_certificates=(certificate,)))), "--json")
    assert told(result)["accepted"] == {"medicalCertificates": 1}


@pytest.mark.usefixtures("world")
def test_a_row_that_is_not_valid_is_named_by_its_cell(tmp_path: Path) -> None:
    set_up(tmp_path)
    rows = [
        b"id,lesson,pupil,value,workKind,comment",
        b"M-1,L-1,pupil-anna,five,oral,secret words",
        b",,,,,",
        b"M-2,L-1,pupil-anna,5,oral,,extra",
    ]
    table = b"\r\n".join(rows)
    result = run(written(tmp_path, "marks.csv", table), "--kind", "marks", "--json")
    assert result.exit_code == 1
    found = told(result)["rejected"]
    assert [(row["record"], row["path"], row["line"], row["value"]) for row in found] == [
        ("M-1", "cell=2,4", 2, "five"),
        ("M-2", "row=4", 4, None),
    ]
    assert "secret" not in result.stdout


def test_a_document_that_is_no_batch_is_told_and_writes_nothing(world: JournalWorld, tmp_path: Path) -> None:
    held = world.counts()
    result = run(written(tmp_path, "day.json", b"[]"))
    assert result.exit_code == 1
    assert "journal.not_a_batch" in result.stderr
    assert world.counts() == held


@pytest.mark.parametrize("arguments", [["day.txt"], ["day.csv", "--kind", "pupils"], ["nothing.xml"]])
def test_asked_wrongly(world: JournalWorld, tmp_path: Path, arguments: list[str]) -> None:
    for name in ("day.txt", "day.csv"):
        written(tmp_path, name, b"id\r\n")
    assert run(tmp_path / arguments[0], *arguments[1:]).exit_code == 2
    assert world.counts()["lesson"] == 0


@pytest.mark.usefixtures("world")
def test_what_a_spreadsheet_could_take_for_a_formula_is_made_harmless(tmp_path: Path) -> None:
    set_up(tmp_path)
    posted = batch(lessons=(lesson(),), marks=(mark("=1+1", pupil=PupilId("@nobody")),))
    run(written(tmp_path, "day.json", as_json(posted)), "--rejected", tmp_path / "rejected.csv")
    assert "'=1+1" in (tmp_path / "rejected.csv").read_text(encoding="utf-8-sig")
    assert "'@nobody" in (tmp_path / "rejected.csv").read_text(encoding="utf-8-sig")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("kind", ["periodMarks", "period_marks"])
def test_a_correction_is_asked_for_by_the_name_of_a_kind_or_its_former_one(kind: str) -> None:
    arguments = ["correction", "request", kind, "P-1", "--staff", "s", "--reason", "x", "--json"]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert "correction.record_unknown" in result.output
    wrong = CliRunner().invoke(main, ["correction", "request", "weather", *arguments[3:]], catch_exceptions=False)
    assert wrong.exit_code == 2
