"""How commands speak: JSON for programs, lines for people, errors that say where, which rule and who has to act."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.cli.output import Voice
from gateway.errors import Fault, GatewayError, Party, SchemaError, Text
from gateway.model.steps import Step

RU, EN = Voice(as_json=False, language="ru"), Voice(as_json=False, language="en")
JSON = Voice(as_json=True, language="ru")
FAULT = Fault(
    code="journal.unknown_pupil",
    text=Text(ru="Ученика нет.", en="There is no such pupil."),
    path="/marks/3/pupil",
    line=17,
    record="M-4",
    field="pupil",
    rule="R-ROST-01",
    who=Party.CLASS_TEACHER,
)
ERROR = SchemaError(
    "journal.not_a_batch", Text(ru="Не пакет.", en="No batch."), faults=(FAULT,), who=Party.SENDER, rule="R-EXCH-01"
)
WHEN = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)


def test_an_answer_for_programs_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    JSON.answer({"ok": True, "at": WHEN, "day": date(2026, 9, 15), "step": Step.ROSTER_IN, "file": Path("ё.pdf")})
    assert json.loads(capsys.readouterr().out) == {
        "ok": True,
        "at": "2026-09-15T08:00:00+00:00",
        "day": "2026-09-15",
        "step": "roster_in",
        "file": "ё.pdf",
    }


def test_an_answer_for_people_is_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    RU.answer({"ok": True, "receipt": None, "counts": {"pupil": 3, "staff": 1}})
    assert capsys.readouterr().out == "ok: True\nreceipt: \ncounts: pupil 3, staff 1\n"
    RU.answer({"ok": True}, lambda: ["своими словами"])
    assert capsys.readouterr().out == "своими словами\n"


def test_a_table_for_programs_is_a_list_of_objects(capsys: pytest.CaptureFixture[str]) -> None:
    JSON.table(("id", "at"), [("a", WHEN), ("b", None)])
    assert json.loads(capsys.readouterr().out) == [
        {"id": "a", "at": "2026-09-15T08:00:00+00:00"},
        {"id": "b", "at": None},
    ]


def test_a_table_for_people_has_a_head_and_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    RU.table(("id", "state"), [("a", "done"), ("b", None)])
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["id", "state"]
    assert [line.split() for line in lines] == [["a", "done"], ["b"]]


@pytest.mark.parametrize("content", ["[red]опасно[/red]", "[/]", ":smile:"])
def test_what_was_sent_is_never_taken_for_markup(capsys: pytest.CaptureFixture[str], content: str) -> None:
    RU.table(("topic",), [(content,)])
    assert content in capsys.readouterr().out


def test_a_failure_names_place_record_field_rule_and_who_has_to_act(capsys: pytest.CaptureFixture[str]) -> None:
    RU.failure(ERROR)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "journal.not_a_batch: Не пакет.",
        "  17:/marks/3/pupil M-4.pupil Ученика нет. [R-ROST-01] (Кто исправляет: классный руководитель)",
        "Кто исправляет: отправитель данных (интегратор)",
    ]
    EN.failure(ERROR)
    assert capsys.readouterr().err.splitlines() == [
        "journal.not_a_batch: No batch.",
        "  17:/marks/3/pupil M-4.pupil There is no such pupil. [R-ROST-01] (Who has to act: the class teacher)",
        "Who has to act: the sending system's integrator",
    ]


def test_a_fault_without_a_place_is_told_without_one() -> None:
    bare = Fault(code="x.y", text=Text(ru="Плохо.", en="Bad."))
    assert EN.fault_line(bare) == "Bad. (Who has to act: the sending system's integrator)"


def test_many_faults_are_counted_not_poured_out(capsys: pytest.CaptureFixture[str]) -> None:
    RU.failure(SchemaError("x.y", Text(ru="Плохо.", en="Bad."), faults=(FAULT,) * 60))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 + 50 + 1 + 1
    assert lines[-2] == "  … +10"


def test_a_failure_for_programs_holds_everything(capsys: pytest.CaptureFixture[str]) -> None:
    JSON.failure(ERROR)
    said = json.loads(capsys.readouterr().err)
    fault = {
        "code": "journal.unknown_pupil",
        "path": "/marks/3/pupil",
        "line": 17,
        "record": "M-4",
        "field": "pupil",
        "rule": "R-ROST-01",
        "clause": {
            "ru": "Контингент обучающихся сформирован в системе на учебный год.",
            "en": "The pupil body is formed in the system for the school year.",
        },
        "who": "class_teacher",
        "text": {"ru": "Ученика нет.", "en": "There is no such pupil."},
    }
    assert said == {
        "ok": False,
        "code": "journal.not_a_batch",
        "text": {"ru": "Не пакет.", "en": "No batch."},
        "who": "sender",
        "rule": "R-EXCH-01",
        "clause": {
            "ru": "Обмен с другими системами идёт в стандартных форматах.",
            "en": "Data are exchanged with other systems in standard formats.",
        },
        "faults": [fault],
    }


def test_an_error_without_faults_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    JSON.failure(GatewayError("x.y", Text(ru="Плохо.", en="Bad.")))
    assert json.loads(capsys.readouterr().err)["faults"] == []
