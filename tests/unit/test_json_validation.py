from __future__ import annotations

from gateway.errors import Fault
from gateway.schemas.json import parse_json
from gateway.schemas.json_validation import MAX_FAULTS, json_faults

SOURCE = """{"version": "1.0",
 "school": "school-1",
 "sentAt": "2026-09-15T15:00:00Z",
 "marks": [
  {"id": "M-1", "lesson": "L-1", "pupil": "P-1", "value": 5, "workKind": "oral"},
  {"id": "M-2", "lesson": "L 2",
   "value": "Иванова",
   "workKind": "shouted",
   "colour": "пурпурный"}
 ],
 "homework": [{"lesson": "L-1", "text": ""}]}
"""


def faults_of(text: str, *, with_source: bool = True) -> dict[str, Fault]:
    data = text.encode()
    found = json_faults(
        parse_json(data), "journal", "1.0", "journal-batch.schema.json", source=data if with_source else None
    )
    return {fault.path: fault for fault in found}


def test_every_fault_is_told_with_pointer_line_record_and_field() -> None:
    found = faults_of(SOURCE)
    assert {path: (fault.line, fault.record, fault.field) for path, fault in found.items()} == {
        "/marks/1/lesson": (6, "M-2", "lesson"),
        "/marks/1/pupil": (6, "M-2", "pupil"),
        "/marks/1/value": (7, "M-2", "value"),
        "/marks/1/workKind": (8, "M-2", "workKind"),
        "/marks/1/colour": (9, "M-2", "colour"),
        "/homework/0/text": (11, None, "text"),
    }
    assert {fault.rule for fault in found.values()} == {"R-EXCH-01"}


def test_texts_say_what_is_expected_and_never_what_was_found() -> None:
    found = faults_of(SOURCE)
    assert found["/marks/1/pupil"].text.ru == "Поле «pupil»: не хватает обязательного поля."
    assert found["/marks/1/colour"].text.en == "Field 'colour': the schema has no such field."
    assert "oral, written" in found["/marks/1/workKind"].text.ru
    everything = " ".join(fault.text.ru + fault.text.en for fault in found.values())
    assert not any(value in everything for value in ("Иванова", "shouted", "L 2", "пурпурный"))


def test_a_valid_document_has_no_faults() -> None:
    assert faults_of('{"version": "1.0", "school": "s", "sentAt": "2026-09-15T15:00:00+03:00"}') == {}


def test_lines_are_told_only_when_the_source_is_there() -> None:
    assert {fault.line for fault in faults_of(SOURCE, with_source=False).values()} == {None}


def test_a_document_of_another_kind_is_one_fault() -> None:
    (fault,) = faults_of("[]").values()
    assert (fault.path, fault.line, fault.field) == ("", 1, None)
    assert fault.text.ru.startswith("Документ:")


def test_a_day_that_the_calendar_does_not_have_is_a_fault() -> None:
    (fault,) = faults_of('{"version": "1.0", "school": "s", "sentAt": "2026-02-30T15:00:00Z"}').values()
    assert fault.path == "/sentAt"


def test_no_more_faults_are_told_than_somebody_could_read() -> None:
    unknown = ",".join(f'"f{number}": 1' for number in range(MAX_FAULTS + 5))
    found = faults_of(f'{{"version": "1.0", "school": "s", "sentAt": "2026-09-15T15:00:00Z", {unknown}}}')
    assert len(found) == MAX_FAULTS


def test_a_list_that_is_wrong_as_a_whole_is_a_fault_like_its_items() -> None:
    group = {"id": "G", "name": "n", "kind": "profile", "subject": "s"}
    batch = {"version": "1.0", "school": "s", "sentAt": "2026-09-15T15:00:00Z"}
    for members, paths in (
        (["P"] * 1001, ["/groups/0/members"]),
        (["P", "", "P P"], ["/groups/0/members/1", "/groups/0/members/2"]),
        ("P", ["/groups/0/members"]),
    ):
        content = {**batch, "groups": [{**group, "members": members}]}
        found = json_faults(content, "journal", "1.0", "journal-batch.schema.json")
        assert [(fault.path, fault.record) for fault in found] == [(path, "G") for path in paths]
