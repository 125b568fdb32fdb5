"""What goes wrong between a program that writes grades and a person who approves them: nothing may be half done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import insert

from gateway.cli.main import main
from gateway.errors import DocumentError, GatewayError, RuleViolation, Text
from gateway.model.ids import issued_id
from gateway.model.journal_records import RecordKind
from gateway.model.oneroster_submission import Decider, SubmissionState
from gateway.model.pupil_data import Actor
from gateway.provider.submissions import Submissions
from gateway.storage.tables.journal import mark
from gateway.storage.tables.people import enrollment
from gateway.storage.tables.provider_submissions import provider_submission
from gateway.storage.tables.records import RECORD_TABLES
from gateway.storage.tables.school import school_class
from gateway.storage.work import Work
from tests.diary_world import SCHOOL
from tests.gradebook_world import (
    DEPUTY,
    GRADES,
    QUIZ,
    Writer,
    approve,
    approved_quiz,
    marks,
    waiting,
    with_a_quarter,
)
from tests.web_world import Site

JOURNAL = Actor(client="journal")


@pytest.fixture
def site(each_site: Site) -> Site:
    return with_a_quarter(each_site)


def final_item(writer: Writer) -> str:
    return str(writer.get(f"{GRADES}/lineItems", filter="title~'Итоговая'").json()["lineItems"][0]["sourcedId"])


def finals(site: Site) -> dict[str, tuple[str, int]]:
    rows = site.world.rows(RECORD_TABLES[RecordKind.PERIOD_MARKS])
    return {str(row["id"]): (row["pupil_id"], row["value"]) for row in rows}


def told_finals(writer: Writer, item: str) -> dict[str, tuple[str, float]]:
    results = writer.get(f"{GRADES}/results", filter=f"lineItem.sourcedId='{item}' AND status='active'").json()
    return {one["sourcedId"]: (one["student"]["sourcedId"], one["score"]) for one in results["results"]}


def final_of(site: Site, key: str, of: str, value: int) -> None:
    plain = {"id": key, "pupil": of, "subject": "math", "period": "q1", "value": value, "stage": "period"}
    site.records(SCHOOL).put(
        RecordKind.PERIOD_MARKS, (key,), plain, precondition=lambda _held: None, writer=JOURNAL, school=SCHOOL
    )


def renamed(site: Site, kind: RecordKind, old: str, new: str) -> None:
    site.records(SCHOOL).rename(kind, (old,), (new,), writer=JOURNAL, school=SCHOOL)


def refusal(site: Site, sourced_id: str, **chosen: str) -> str:
    with pytest.raises((RuleViolation, DocumentError)) as refused:
        approve(site, sourced_id, **chosen)
    assert waiting(site, sourced_id).state is SubmissionState.REFUSED
    return refused.value.code


# what is sent


def test_nonsense_is_refused_by_the_name_of_its_field_on_both_databases(site: Site) -> None:
    writer = Writer(site)
    writer.quiz()
    for name, value in (
        ("score", []),
        ("score", {"value": 5}),
        ("metadata", {"note": "a\0b"}),
        ("metadata", {"note": [{"a\0b": 1}]}),
        ("scoreDate", "0001-01-01"),
    ):
        answer = writer.result("r-1", **{name: value})
        assert (answer.status_code, name in answer.text) == (422, True), (name, value, answer.text)
    for name in (".", "..", "a/b"):
        assert writer.result("r-1", lineItem={"sourcedId": name}).status_code == 422
    answer = writer.quiz("far", assignDate="9999-12-31T23:59:59Z", dueDate="9999-12-31T23:59:59Z")
    assert (answer.status_code, "assignDate" in answer.text) == (422, True)
    for steps in (
        [],
        [{"itemValueLHS": "a\0", "itemValueRHS": "b"}],
        [{"itemValueLHS": "a" * 201, "itemValueRHS": "b"}],
    ):
        scale = {"title": "A", "type": "b", "class": writer.taught()["sourcedId"], "scoreScaleValue": steps}
        assert writer.put("/scoreScales/s", scale).status_code == 422


def test_metadata_that_looks_like_a_reference_is_told_as_it_came(site: Site) -> None:
    writer = Writer(site)
    writer.quiz()
    sent = {"own": {"sourcedId": "x", "type": "nothing"}, "list": [{"sourcedId": {}, "type": []}]}
    assert writer.result("r-1", metadata=sent).status_code == 201
    told = writer.one("result", "/results/r-1")["metadata"]
    assert {name: told[name] for name in sent} == sent


def test_an_empty_id_in_a_set_is_none_and_an_empty_field_says_nothing(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    result = {"student": {"sourcedId": "own"}, "score": 4, "lineItem": None}
    for nothing in (None, "", {}):
        answer = writer.post(f"/lineItems/{QUIZ}/results", {"results": [{**result, "sourcedId": nothing}]})
        assert answer.status_code == 422, nothing
    assert writer.post(f"/lineItems/{QUIZ}/results", {"results": [{**result, "sourcedId": "a"}]}).status_code == 201


def test_a_pupil_of_another_class_gets_no_mark(site: Site) -> None:
    with site.world.engine.begin() as connection:
        home = {"school_id": SCHOOL, "id": "c-6b", "source_id": "C-2", "year": 2026, "grade": 6, "letter": "Б"}
        connection.execute(insert(school_class), [{**home, "archived": False}])
    site.world.change(enrollment, {"class_id": "c-6b"}, school_id=SCHOOL, pupil_id="foreign")
    writer = Writer(site)
    approved_quiz(site, writer)
    assert writer.result("r-1", student={"sourcedId": "foreign"}).status_code == 201
    assert refusal(site, "r-1") == "journal.record_refused"
    assert "r-1" not in marks(site)


# ids that are somebody else's


def test_a_line_item_that_was_deleted_can_be_written_again(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    writer.delete(f"/lineItems/{QUIZ}")
    approve(site, QUIZ)
    assert writer.one("lineItem", f"/lineItems/{QUIZ}")["status"] == "tobedeleted"
    assert writer.quiz(title="Again").status_code == 201
    approve(site, QUIZ, lesson="lesson-1")
    told = writer.one("lineItem", f"/lineItems/{QUIZ}")
    assert (told["status"], told["title"]) == ("active", "Again")


def test_a_line_item_of_the_journal_stays_its_own_when_it_is_gone(site: Site) -> None:
    writer = Writer(site)
    own = writer.one("result", "/results/mark-1")["lineItem"]["sourcedId"]
    for key in ("mark-1", "mark-2", "mark-3"):
        writer.delete(f"/results/{key}")
        approve(site, key)
    assert writer.one("lineItem", f"/lineItems/{own}")["status"] == "tobedeleted"
    assert writer.quiz(own).status_code == 201
    assert refusal(site, own, lesson="lesson-2") == "oneroster.not_of_another"


def test_a_final_mark_that_two_programs_wrote_is_told_once(site: Site) -> None:
    first, second = Writer(site), Writer(site)
    item = final_item(first)
    first.result("f-1", item, score=4)
    approve(site, "f-1")
    assert told_finals(first, item) == {"f-1": ("own", 4.0)}
    second.result("f-2", item, score=3)
    approve(site, "f-2")
    assert finals(site) == {"f-1": ("own", 3)}
    assert told_finals(first, item) == {"f-2": ("own", 3.0)}
    assert first.one("result", "/results/f-1")["status"] == "tobedeleted"
    states = {one.sourced_id: one.state for one in site.submissions(SCHOOL).list()}
    assert states == {"f-1": SubmissionState.SUPERSEDED, "f-2": SubmissionState.APPROVED}


def test_the_result_of_one_pupil_never_becomes_that_of_another(site: Site) -> None:
    writer = Writer(site)
    item = final_item(writer)
    final_of(site, "pm-1", "foreign", 4)
    ((theirs, _),) = told_finals(writer, item).items()
    assert writer.result(theirs, item, score=3).status_code == 201
    assert refusal(site, theirs) == "oneroster.not_of_another"
    approved_quiz(site, writer)
    assert writer.result(theirs, QUIZ, student={"sourcedId": "foreign"}).status_code == 201
    assert refusal(site, theirs) == "oneroster.not_of_another"
    assert finals(site) == {"pm-1": ("foreign", 4)}
    assert told_finals(writer, item) == {theirs: ("foreign", 4.0)}


def test_categories_that_every_school_has_do_not_change(site: Site) -> None:
    writer = Writer(site)
    for title in ("Тест", "Итоговая отметка"):
        category = writer.category(title)
        assert writer.put(f"/categories/{category}", {"title": "Ours", "weight": 3}).status_code == 201
        assert refusal(site, category) == "oneroster.not_of_another"
    assert not site.world.rows(RECORD_TABLES[RecordKind.WORK_TYPES])


def test_a_category_that_is_there_keeps_its_kind(site: Site) -> None:
    writer = Writer(site)
    for body in ({"title": "Контрольная", "weight": 3}, {"title": "Мониторинг"}):
        writer.put("/categories/k", body)
        approve(site, "k")
    (kept,) = site.world.rows(RECORD_TABLES[RecordKind.WORK_TYPES])
    assert (kept["name"], kept["kind"], kept["weight"]) == ("Мониторинг", "control", 3)


def test_a_mark_whose_id_no_address_can_carry_is_changed_by_the_id_it_is_told_by(site: Site) -> None:
    row = next(row for row in site.world.rows(mark) if row["id"] == "mark-1")
    with site.world.engine.begin() as connection:
        connection.execute(insert(mark), [{**row, "id": "оценка-1/б", "lesson_id": "lesson-2"}])
    told = issued_id(SCHOOL, "provider", "mark", "оценка-1/б")
    writer = Writer(site)
    item = writer.one("result", f"/results/{told}")["lineItem"]["sourcedId"]
    writer.result(told, item, score=3)
    approve(site, told)
    assert marks(site)["оценка-1/б"]["value"] == 3
    assert told not in marks(site)
    writer.delete(f"/results/{told}")
    approve(site, told)
    assert marks(site)["оценка-1/б"]["voided"]


# two at once, and none to the end


class Died(BaseException):
    """The process ends in the middle."""


def watched(site: Site, after: Callable[[], None]) -> Submissions[Work]:
    """Return the flow, with something that happens when the journal is written and the decision is not."""

    class Door:
        def __init__(self, unit: Work) -> None:
            self._desk = site.records(SCHOOL).inside(unit)

        def put(self, *record: Any, **said: Any) -> object:
            written = self._desk.put(*record, **said)
            after()
            return written

    return replace(site.submissions(SCHOOL), journal=Door)


def test_who_dies_in_the_middle_has_written_nothing_and_repeats(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    writer.result("r-1")
    one = waiting(site, "r-1")

    def die() -> None:
        raise Died

    with pytest.raises(Died):
        watched(site, die).approve(one.id, by=DEPUTY)
    assert "r-1" not in marks(site)
    assert waiting(site, "r-1") == one
    approve(site, "r-1")
    assert marks(site)["r-1"]["value"] == 5


def test_a_line_item_whose_marks_cannot_all_be_voided_loses_none(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    for name, of in (("r-1", "own"), ("r-2", "refused")):
        writer.result(name, student={"sourcedId": of})
        approve(site, name)
    writer.delete(f"/lineItems/{QUIZ}")
    second = iter((False, True))

    def refuse_the_second() -> None:
        if next(second):
            raise RuleViolation("journal.locked", Text(ru="Закрыто.", en="Locked."), rule="R-MARK-08")

    with pytest.raises(RuleViolation):
        watched(site, refuse_the_second).approve(waiting(site, QUIZ).id, by=DEPUTY)
    assert not any(row["voided"] for row in marks(site).values())
    assert waiting(site, QUIZ).faults[0].rule == "R-MARK-08"


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[tuple[Callable[[], None], list[object]]]:
    """Give what lets somebody else act while the journal is being written, and what came of it."""
    now, came = Event(), list[object]()

    def run() -> None:
        assert now.wait(30)
        try:
            came.append(act())
        except GatewayError as error:
            came.append(error.code)

    other = Thread(target=run)
    other.start()
    try:
        yield now.set, came
    finally:
        now.set()
        other.join()


def test_of_two_who_approve_at_once_one_decides(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    writer.result("r-1")
    one, second = waiting(site, "r-1"), Decider(actor="director", role="director", channel="console")
    with meanwhile(lambda: site.submissions(SCHOOL).approve(one.id, by=second, mark="2")) as (begin, came):
        assert watched(site, begin).approve(one.id, by=DEPUTY, mark="4").decided_by == "deputy"
    assert came == ["submission.decided"]
    assert marks(site)["r-1"]["value"] == 4


def test_who_rejects_what_is_being_approved_is_told_so(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    writer.result("r-1")
    one = waiting(site, "r-1")
    with meanwhile(lambda: site.submissions(SCHOOL).reject(one.id, by=DEPUTY, reason="нет")) as (begin, came):
        watched(site, begin).approve(one.id, by=DEPUTY)
    assert came == ["submission.decided"]
    assert site.submissions(SCHOOL).get(one.id).state is SubmissionState.APPROVED


def test_what_is_written_while_somebody_approves_waits_for_its_own_decision(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    writer.result("r-1")
    one = waiting(site, "r-1")
    with meanwhile(lambda: writer.result("r-1", score=2).status_code) as (begin, came):
        watched(site, begin).approve(one.id, by=DEPUTY)
    assert came == [201]
    kept = [each for each in site.submissions(SCHOOL).list() if each.sourced_id == "r-1"]
    assert {(each.state, each.body["score"]) for each in kept} == {
        (SubmissionState.APPROVED, 5.0),
        (SubmissionState.PENDING, 2.0),
    }
    assert marks(site)["r-1"]["value"] == 5


def test_nobody_decides_on_a_form_they_have_not_seen(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    writer.result("r-1")
    seen = waiting(site, "r-1")
    site.world.clock.advance(timedelta(seconds=1))
    writer.result("r-1", score=2)
    flow = site.submissions(SCHOOL)
    for decide in (
        lambda: flow.approve(seen.id, by=DEPUTY, seen=seen.received_at),
        lambda: flow.reject(seen.id, by=DEPUTY, reason="нет", seen=seen.received_at),
    ):
        with pytest.raises(GatewayError) as refused:
            decide()
        assert refused.value.code == "submission.decided"
    assert waiting(site, "r-1").state is SubmissionState.PENDING
    assert "r-1" not in marks(site)


def test_several_are_approved_whatever_became_of_some_of_them(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    writer.result("r-1")
    decided = next(one for one in site.submissions(SCHOOL).list() if one.sourced_id == QUIZ)
    one = waiting(site, "r-1")
    assert site.submissions(SCHOOL).approve_all([decided.id, one.id, one.id], by=DEPUTY) == (1, 1)
    assert "r-1" in marks(site)


def test_nothing_is_approved_into_a_closed_year(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    writer.result("r-1")
    year = {"school_id": SCHOOL, "id": "2026", "year": 2026, "start_on": date(2026, 9, 1), "end_on": date(2027, 8, 31)}
    with site.world.engine.begin() as connection:
        connection.execute(insert(RECORD_TABLES[RecordKind.YEARS]), [{**year, "state": "closed", "version": 1}])
    assert refusal(site, "r-1") == "journal.record_refused"
    assert waiting(site, "r-1").faults[0].rule == "R-ACAD-22"
    assert "r-1" not in marks(site)


# a record gets another id


def test_what_became_a_record_follows_it_to_its_new_id(site: Site) -> None:
    writer = Writer(site)
    writer.put("/categories/lms-cat", {"title": "Тест недели"})
    approve(site, "lms-cat")
    writer.quiz(category={"sourcedId": "lms-cat"})
    approve(site, QUIZ, lesson="lesson-1")
    writer.result("r-1")
    approve(site, "r-1")
    item = final_item(writer)
    writer.result("f-1", item, score=4, student={"sourcedId": "foreign"})
    approve(site, "f-1")
    for kind, old, new in (
        (RecordKind.LESSONS, "lesson-1", "lesson-9"),
        (RecordKind.MARKS, "r-1", "r-9"),
        (RecordKind.WORK_TYPES, "lms-cat", "cat-9"),
        (RecordKind.PERIOD_MARKS, "f-1", "f-9"),
    ):
        renamed(site, kind, old, new)
    told = writer.one("result", "/results/r-9")
    assert (told["lineItem"]["sourcedId"], told["status"]) == (QUIZ, "active")
    assert writer.one("lineItem", f"/lineItems/{QUIZ}")["category"]["sourcedId"] == "cat-9"
    assert told_finals(writer, item) == {"f-1": ("foreign", 4.0)}
    kept = {row["sourced_id"]: (row["lesson_id"], row["record_id"]) for row in site.world.rows(provider_submission)}
    assert kept == {
        "lms-cat": (None, "cat-9"),
        QUIZ: ("lesson-9", ""),
        "r-1": (None, "r-9"),
        "f-1": (None, "f-9"),
    }
    writer.result("r-2", student={"sourcedId": "refused"})
    approve(site, "r-2")
    assert marks(site)["r-2"]["lesson_id"] == "lesson-9"


def test_a_change_of_a_mark_that_got_another_id_makes_no_second_mark(site: Site) -> None:
    writer = Writer(site)
    item = writer.one("result", "/results/mark-1")["lineItem"]["sourcedId"]
    writer.result("mark-1", item, score=3)
    renamed(site, RecordKind.MARKS, "mark-1", "mark-9")
    assert refusal(site, "mark-1") == "oneroster.not_of_another"
    assert "mark-1" not in marks(site)
    assert marks(site)["mark-9"]["value"] == 4


# by commands


@pytest.fixture
def run(site: Site, tmp_path: Path) -> Callable[..., Result]:
    """Give the commands of the same installation."""
    config = tmp_path / "gateway.toml"
    url = site.world.engine.url.render_as_string(hide_password=False)
    config.write_text(f'database_url = "{url}"\nlanguage = "en"\n', encoding="utf-8")
    return lambda *words: CliRunner().invoke(main, ("--config", str(config), *words))


def test_the_commands_list_approve_and_reject(site: Site, run: Callable[..., Result]) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    for name, of in (("r-1", "own"), ("r-2", "refused"), ("r-3", "ended")):
        writer.result(name, student={"sourcedId": of}, comment="лично")
    ids = {one.sourced_id: one.id for one in site.submissions(SCHOOL).list()}
    listed = run("gradebook", "list", "--school", SCHOOL, "--state", "pending")
    assert listed.exit_code == 0, listed.output
    assert all(ids[name] in listed.output for name in ("r-1", "r-2", "r-3"))
    assert ids[QUIZ] not in listed.output
    assert "лично" not in listed.output
    approved = run("gradebook", "approve", ids["r-1"], "--mark", "3", "--school", SCHOOL)
    assert approved.exit_code == 0, approved.output
    assert marks(site)["r-1"]["value"] == 3
    again = run("gradebook", "approve", ids["r-1"], "--school", SCHOOL)
    assert (again.exit_code, "look at it again" in again.output) == (1, True)
    assert run("gradebook", "approve", ids["r-2"], ids["r-3"], "--mark", "3", "--school", SCHOOL).exit_code == 2
    assert run("gradebook", "approve", "none", "--school", SCHOOL).exit_code == 1
    assert run("gradebook", "reject", ids["r-2"], "--reason", " ", "--school", SCHOOL).exit_code == 2
    refused = run("gradebook", "reject", ids["r-2"], "none", "--reason", "не тот класс", "--school", SCHOOL)
    assert refused.exit_code == 1
    assert site.submissions(SCHOOL).get(ids["r-2"]).state is SubmissionState.PENDING  # all or none
    assert run("gradebook", "reject", ids["r-2"], "--reason", "не тот класс", "--school", SCHOOL).exit_code == 0
    several = run("gradebook", "approve", ids["r-2"], ids["r-3"], "--school", SCHOOL, "--json")
    assert ('"approved": 1' in several.output, '"refused": 1' in several.output) == (True, True), several.output


def test_the_export_command_writes_whole_files_only(run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "package.zip"
    exported = run("roster", "export", "--csv", str(file), "--school", SCHOOL)
    assert exported.exit_code == 0, exported.output
    whole = file.read_bytes()
    assert whole.startswith(b"PK")
    for words in (("--since", "yesterday"), ("--csv", str(tmp_path)), ("--csv", str(tmp_path / "none" / "a.zip"))):
        assert run("roster", "export", "--csv", str(file), "--school", SCHOOL, *words).exit_code != 0
    assert file.read_bytes() == whole
    delta = run("roster", "export", "--csv", str(file), "--since", "2027-01-01T00:00:00Z", "--school", SCHOOL)
    assert delta.exit_code == 0, delta.output
    assert sorted(one.name for one in tmp_path.glob("package*")) == ["package.zip"]
