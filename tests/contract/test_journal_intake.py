"""The journal intake over real databases: what is written, what is not, and what two postings at once do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import URL, event, select

from gateway.errors import ConfigurationError, DocumentError, GatewayError, Party, RuleViolation, SchemaError
from gateway.journal import answer as answer_module
from gateway.journal.answer import BatchAnswer
from gateway.mapping import journal_json
from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.attendance import MedicalCertificate
from gateway.model.audit import AuditEntry, first_fault
from gateway.model.batch import Batch
from gateway.model.ids import PupilId, SchoolId, SubjectId
from gateway.model.journal import MarkChange
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.storage.audit import SqlAuditLog
from gateway.storage.engine import open_engine
from gateway.storage.steps import SqlStepLog
from gateway.storage.tables import metadata
from gateway.storage.tables.journal import journal_batch
from gateway.storage.tables.journal import mark as mark_table
from tests.journal_world import (
    ANNA,
    BORIS,
    CLASS_1,
    DAY,
    FIRST_GRADER,
    NOW,
    VERA,
    JournalWork,
    JournalWorld,
    absence,
    as_json,
    as_xml,
    batch,
    day_batch,
    homework,
    lesson,
    mark,
    open_world,
    seed,
    sender,
    setup_batch,
    small_school,
)

JSON, XML = "application/json", "application/xml"
CLIENT = "journal-client"
FORMS = pytest.mark.parametrize(("write", "media_type"), [(as_json, JSON), (as_xml, XML)], ids=["json", "xml"])
Write = Callable[[Batch], bytes]


def postgres_world(address: URL) -> JournalWorld:
    engine = open_engine(address.render_as_string(hide_password=False))
    metadata.create_all(engine)
    with engine.begin() as connection:
        seed(connection, small_school())
    return JournalWorld(engine=engine)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[JournalWorld]:
    is_sqlite = request.param == "sqlite"
    opened = (
        open_world(tmp_path / "gateway.db") if is_sqlite else postgres_world(request.getfixturevalue("postgres_url"))
    )
    set_up(opened)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_world(tmp_path: Path) -> Iterator[JournalWorld]:
    opened = open_world(tmp_path / "gateway.db")
    set_up(opened)
    yield opened
    opened.close()


def set_up(world: JournalWorld) -> None:
    world.now = NOW - timedelta(hours=1)
    post(world, setup_batch(), key="set-up")
    world.now = NOW


def post(world: JournalWorld, posted: Batch, *, key: str = "key", client: str = CLIENT) -> BatchAnswer:
    return world.intake.accept(as_json(posted), JSON, key, sender(world.school, client))


def post_bytes(world: JournalWorld, content: bytes, media_type: str, *, key: str = "key") -> BatchAnswer:
    return world.intake.accept(content, media_type, key, sender(world.school, CLIENT))


def chain(world: JournalWorld) -> list[AuditEntry]:
    with world.engine.begin() as connection:
        return list(SqlAuditLog(connection, world.school).entries())


def last_run(world: JournalWorld) -> StepRun:
    with world.engine.begin() as connection:
        run = SqlStepLog(connection, world.school).last(Step.JOURNAL_IN)
    assert run is not None
    return run


def marks_in(world: JournalWorld) -> dict[str, tuple[int, bool, int]]:
    with world.engine.begin() as connection:
        rows = connection.execute(select(mark_table)).mappings().all()
    return {row["id"]: (row["value"], row["voided"], row["version"]) for row in rows}


def counts(given: dict[str, int]) -> dict[str, int]:
    return {label: given.get(label, 0) for label in KIND_LABELS.values()}


def told(answer: BatchAnswer) -> set[tuple[str, str, str, str | None, str | None, Party]]:
    return {
        (one.kind, one.record, fault.code, fault.field, fault.rule, fault.who)
        for one in answer.rejected
        for fault in one.faults
    }


@FORMS
def test_a_day_is_written_with_its_audit_and_its_run(world: JournalWorld, write: Write, media_type: str) -> None:
    before = len(chain(world))
    answer = post_bytes(world, write(day_batch()), media_type)
    assert answer == BatchAnswer(
        accepted=counts({"lessons": 2, "marks": 2, "absences": 1, "homework": 2}), unchanged=counts({}), rejected=()
    )
    assert answer.status == 200
    assert marks_in(world) == {"M-1": (5, False, 1), "M-2": (3, False, 1)}
    entries = chain(world)
    assert first_fault(entries) is None
    written = [entry.record for entry in entries[before:]]
    assert [(one.action, one.object_kind, one.object_id) for one in written] == [
        ("create", "lesson", "L-1"),
        ("create", "lesson", "L-2"),
        ("create", "absence", "L-1 pupil-boris"),
        ("create", "mark", "M-1"),
        ("create", "mark", "M-2"),
        ("create", "homework", "L-1"),
        ("create", "homework", "L-2"),
    ]
    assert {(one.actor, one.role, one.channel, one.at) for one in written} == {
        (CLIENT, "journal_system", "api", world.now)
    }
    assert (last_run(world).outcome, last_run(world).summary) == (
        StepOutcome.OK,
        {"lessons": 2, "marks": 2, "absences": 1, "rejected": 0},
    )


def test_the_set_up_is_read_back_by_the_rules(world: JournalWorld) -> None:
    assert post(world, setup_batch(), key="again").unchanged == counts(
        {"periods": 3, "vacations": 2, "subjects": 2, "groups": 2, "consents": 1}
    )


def test_the_same_posting_is_answered_the_same_and_writes_nothing(world: JournalWorld) -> None:
    posted = replace(day_batch(), marks=(mark(), mark("M-9", pupil=PupilId("nobody"))))
    first = post(world, posted)
    held = world.counts()
    assert first.rejected
    world.announced.clear()
    assert post(world, posted) == first
    assert world.counts() == held
    assert world.announced == []


def test_the_same_content_under_another_key_changes_nothing(world: JournalWorld) -> None:
    post(world, day_batch())
    entries = len(chain(world))
    world.announced.clear()
    answer = post(world, day_batch(), key="another")
    assert answer.accepted == counts({})
    assert answer.unchanged == counts({"lessons": 2, "marks": 2, "absences": 1, "homework": 2})
    assert answer.status == 200
    assert len(chain(world)) == entries
    assert world.announced == []


def test_a_key_is_good_for_one_content(world: JournalWorld) -> None:
    post(world, day_batch())
    held = world.counts()
    with pytest.raises(GatewayError) as caught:
        post(world, batch(lessons=(lesson("L-3"),)))
    assert caught.value.code == "journal.idempotency_key_reused"
    assert world.counts() == held


def test_a_key_is_remembered_as_long_as_its_setting_says(world: JournalWorld) -> None:
    post(world, day_batch())
    other = batch(lessons=(lesson("L-3"),))
    world.now = NOW + timedelta(days=90)
    with pytest.raises(GatewayError):
        post(world, other)
    world.now += timedelta(seconds=1)
    assert post(world, other).accepted["lessons"] == 1
    assert world.counts()["journal_batch"] == 1, "the set-up's key is forgotten too"


def test_a_retired_version_writes_nothing(sqlite_world: JournalWorld) -> None:
    def sent(year: int, month: int, day: int, content: bytes, media_type: str) -> BatchAnswer:
        sqlite_world.now = datetime(year, month, day, 9, 0, tzinfo=UTC)
        return post_bytes(sqlite_world, content, media_type, key=f"{month}-{media_type}")

    for content, media_type in ((as_json(batch()), JSON), (as_xml(batch()), XML)):
        old = content.replace(b"journal:1.1", b"journal:1.0").replace(b'"1.1"', b'"1.0"')
        assert old != content
        assert sent(2027, 8, 31, old, media_type).status == 200
        held = sqlite_world.counts()
        with pytest.raises(SchemaError) as caught:
            sent(2027, 9, 1, old, media_type)
        assert (caught.value.code, caught.value.who, caught.value.rule) == (
            "schema.retired",
            Party.SENDER,
            "R-EXCH-01",
        )
        assert "journal/1.1" in caught.value.text.en
        assert sqlite_world.counts() == held


@pytest.mark.parametrize("size", [1, 2000])
def test_with_too_many_broken_records_nothing_is_written(
    sqlite_world: JournalWorld, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(answer_module, "MAX_REJECTED", 3)
    sqlite_world.part_size = size
    broken = tuple(mark(f"M-{number}", pupil=PupilId("nobody")) for number in range(4))
    held = sqlite_world.counts()
    with pytest.raises(DocumentError) as caught:
        post(sqlite_world, batch(lessons=(lesson(),), marks=(mark("M-good"), *broken)))
    assert (caught.value.code, caught.value.rule) == ("journal.too_many_rejected", "R-EXCH-04")
    assert {fault.path for fault in caught.value.faults} == {f"/marks/{place}/pupil" for place in (1, 2, 3, 4)}
    assert all(fault.line for fault in caught.value.faults)
    assert sqlite_world.counts() == held
    assert post(sqlite_world, batch(lessons=(lesson(),), marks=broken[:3])).accepted["lessons"] == 1


@FORMS
def test_of_a_restricted_record_nothing_is_repeated_or_kept(
    sqlite_world: JournalWorld, write: Write, media_type: str
) -> None:
    unknown, backwards = (
        MedicalCertificate(
            id=name,  # type: ignore[arg-type]  # an id like any other
            pupil=pupil,
            valid_from=DAY,
            valid_to=DAY,
            exempt_from=(SubjectId("секрет"),),
        )
        for name, pupil in (("MC-1", PupilId("секрет")), ("MC-2", ANNA))
    )
    content = write(batch(medical_certificates=(unknown, backwards)))
    whole = content.decode().replace("MC-2", "секрет с пробелами").encode()
    answer = post_bytes(sqlite_world, whole, media_type)
    faults = [fault for one in answer.rejected for fault in one.faults]
    assert {fault.code for fault in faults} >= {"journal.unknown_pupil", "journal.unknown_subject"}
    assert len({one.record for one in answer.rejected}) == 2
    assert all(fault.value is None for fault in faults)
    assert all(one.raw == "" for one in answer.rejected)


def test_a_key_belongs_to_its_client(world: JournalWorld) -> None:
    post(world, day_batch())
    assert post(world, batch(lessons=(lesson("L-3"),)), client="another").accepted["lessons"] == 1


def test_a_mark_is_new_then_changed_then_taken_back(world: JournalWorld) -> None:
    post(world, batch(lessons=(lesson(),), marks=(mark(),)), key="1")
    post(world, batch(marks=(mark(value=4),)), key="2")
    post(world, batch(marks=(mark(value=4, voided=True),)), key="3")
    assert world.announced == [
        MarkChange(now=mark(), before=None, lesson=lesson(), version=1),
        MarkChange(now=mark(value=4), before=mark(), lesson=lesson(), version=2),
        MarkChange(now=mark(value=4, voided=True), before=mark(value=4), lesson=lesson(), version=3),
    ]
    assert marks_in(world) == {"M-1": (4, True, 3)}
    of_mark = [entry.record for entry in chain(world) if entry.record.object_kind == "mark"]
    assert [one.action for one in of_mark] == ["create", "update", "void"]
    assert [(one.old or {}).get("value") for one in of_mark] == [None, 5, 4]
    assert [(one.new or {}).get("value") for one in of_mark] == [5, 4, 4]


def test_a_lesson_keeps_its_facts_when_it_changes(world: JournalWorld) -> None:
    post(world, day_batch(), key="1")
    answer = post(world, batch(lessons=(lesson(topic="Проценты"),)), key="2")
    assert answer.accepted["lessons"] == 1
    assert marks_in(world)["M-1"] == (5, False, 1)
    last = chain(world)[-1].record
    assert ((last.old or {})["topic"], (last.new or {})["topic"]) == ("Дроби", "Проценты")


@FORMS
def test_one_bad_record_among_a_hundred(world: JournalWorld, write: Write, media_type: str) -> None:
    marks = tuple(mark(f"M-{number}", pupil=PupilId("nobody") if number == 57 else ANNA) for number in range(100))
    content = write(batch(lessons=(lesson(),), marks=marks))
    answer = post_bytes(world, content, media_type)
    assert answer.accepted["marks"] == len(marks_in(world)) == 99
    assert told(answer) == {
        ("mark", "M-57", "journal.unknown_pupil", "pupil", "R-ROST-01", Party.COORDINATOR),
    }
    (rejected,) = answer.rejected
    (fault,) = rejected.faults
    assert fault.path in {"/marks/57/pupil", "/journalBatch/marks/mark[58]/pupil"}
    assert "nobody" in content.decode().splitlines()[(fault.line or 0) - 1]
    assert "M-57" in rejected.raw


@FORMS
def test_faults_of_schema_and_rules_are_told_together(world: JournalWorld, write: Write, media_type: str) -> None:
    posted = batch(
        lessons=(lesson(), lesson("L-later", hour=22), lesson("L 3"), lesson("L-first", school_class=CLASS_1)),
        marks=(
            mark(),
            mark("M-2", of="L-later"),
            mark("M-3", value=9),
            mark("M-4", pupil=BORIS),
            mark("M-5", of="L-first", pupil=FIRST_GRADER),
        ),
        absences=(absence(),),
        homework=(homework(of="L-first"),),
    )
    answer = post_bytes(world, write(posted), media_type)
    assert {(kind, record, code, rule) for kind, record, code, _, rule, _ in told(answer)} == {
        ("lesson", "L 3", "json.invalid" if media_type == JSON else "xml.invalid", "R-EXCH-01"),
        ("lesson", "L-later", "journal.lesson_in_future", "R-JRNL-06"),
        ("mark", "M-2", "journal.depends_on_rejected", "R-EXCH-04"),
        ("mark", "M-3", "journal.mark_value", "R-MARK-14"),
        ("mark", "M-4", "journal.mark_without_protocol", "R-JRNL-09"),
        ("mark", "M-5", "journal.mark_in_grade_1", "R-MARK-06"),
        ("homework", "L-first", "journal.homework_in_grade_1", "R-JRNL-19"),
    }
    assert {k: n for k, n in answer.accepted.items() if n} == {"lessons": 2, "marks": 1, "absences": 1}
    assert all(fault.line for one in answer.rejected for fault in one.faults)
    assert last_run(world).summary["rejected"] == len(answer.rejected)


def test_rules_see_what_the_journal_holds(world: JournalWorld) -> None:
    post(world, day_batch(), key="1")
    answer = post(
        world,
        batch(
            marks=(mark("M-1", of="L-2"), mark("M-8", pupil=BORIS), mark("M-9", of="L-2", pupil=VERA)),
            absences=(absence(pupil=ANNA),),
            lessons=(lesson("L-2", hour=10, school_class=CLASS_1),),
        ),
        key="2",
    )
    assert {(record, code) for _, record, code, _, _, _ in told(answer)} == {
        ("L-2", "journal.lesson_id_reused"),
        ("L-2", "journal.lesson_has_facts"),
        ("M-1", "journal.depends_on_rejected"),
        ("M-1", "journal.mark_id_reused"),
        ("M-8", "journal.mark_without_protocol"),
        ("M-9", "journal.depends_on_rejected"),
        ("L-1 pupil-anna", "journal.absence_despite_mark"),
    }
    answer = post(world, batch(marks=(mark("M-9", of="L-2", pupil=VERA),)), key="3")
    assert {code for _, _, code, _, _, _ in told(answer)} == {"journal.not_in_group"}


def test_a_batch_of_which_nothing_is_accepted(world: JournalWorld) -> None:
    held = world.counts()
    answer = post(world, batch(marks=(mark(),)))
    assert (answer.status, answer.is_refused) == (422, True)
    assert (last_run(world).outcome, last_run(world).error) == (StepOutcome.FAILED, "journal.nothing_accepted")
    assert world.counts() == held | {
        "journal_batch": held["journal_batch"] + 1,
        "step_run": held["step_run"] + 1,
    }
    assert post(world, batch(marks=(mark(),))) == answer


def test_an_empty_batch_is_no_fault(world: JournalWorld) -> None:
    assert post(world, batch()).status == 200


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        (b"<journalBatch" * 100, XML, "xml.not_well_formed"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', XML, "xml.doctype"),
        (b"{", JSON, "json.not_well_formed"),
        (b'{"school": "school-1"}', JSON, "journal.not_a_batch"),
    ],
)
def test_a_document_that_is_no_batch_writes_nothing(
    sqlite_world: JournalWorld, content: bytes, media_type: str, code: str
) -> None:
    held = sqlite_world.counts()
    with pytest.raises(SchemaError) as caught:
        post_bytes(sqlite_world, content, media_type)
    assert caught.value.code == code
    assert caught.value.who is Party.SENDER
    assert sqlite_world.counts() == held


def test_nobody_writes_for_another_school(sqlite_world: JournalWorld) -> None:
    held = sqlite_world.counts()
    with pytest.raises(RuleViolation) as caught:
        post(sqlite_world, replace(day_batch(), school=SchoolId("school-2")))
    assert caught.value.code == "journal.foreign_school"
    assert sqlite_world.counts() == held


def test_a_school_that_is_not_set_up_is_told_to_the_coordinator(sqlite_world: JournalWorld) -> None:
    sqlite_world.school = SchoolId("school-2")
    held = sqlite_world.counts()
    with pytest.raises(ConfigurationError) as caught:
        post(sqlite_world, replace(day_batch(), school=SchoolId("school-2")))
    assert (caught.value.code, caught.value.who) == ("journal.school_missing", Party.COORDINATOR)
    assert sqlite_world.counts() == held


def test_when_the_last_write_fails_nothing_was_written(world: JournalWorld) -> None:
    def stumble(_unit: JournalWork, _changes: Sequence[MarkChange]) -> None:
        raise InterruptedError

    held = world.counts()
    world.announce = stumble
    with pytest.raises(InterruptedError):
        post(world, day_batch())
    assert world.counts() == held
    world.announce = None
    assert post(world, day_batch()).accepted["marks"] == 2


def test_however_many_records_the_same_statements(sqlite_world: JournalWorld) -> None:
    statements: list[str] = []

    @event.listens_for(sqlite_world.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    used = []
    for number, size in enumerate((1, 300)):
        statements.clear()
        lessons = tuple(lesson(f"L-{number}-{one}") for one in range(size))
        marks = tuple(mark(f"M-{number}-{one}", of=f"L-{number}-{one}") for one in range(size))
        post(sqlite_world, batch(lessons=lessons, marks=marks), key=f"{number}")
        used.append(len(statements))
    assert used[0] == used[1]


def at_once(world: JournalWorld, *postings: tuple[Batch, str]) -> list[BatchAnswer | GatewayError]:
    start = Barrier(len(postings))

    def one(posting: tuple[Batch, str]) -> BatchAnswer | GatewayError:
        start.wait(timeout=10)
        try:
            return post(world, posting[0], key=posting[1])
        except GatewayError as error:
            return error

    with ThreadPoolExecutor(len(postings)) as threads:
        return list(threads.map(one, postings))


def test_two_postings_of_one_key_at_once_have_one_effect(world: JournalWorld) -> None:
    held = world.counts()
    first, second = at_once(world, (day_batch(), "key"), (day_batch(), "key"))
    assert isinstance(first, BatchAnswer)
    assert first == second
    assert sum(first.accepted.values()) == 7
    now = world.counts()
    assert now["audit_entry"] - held["audit_entry"] == 7
    assert now["journal_batch"] - held["journal_batch"] == 1
    assert len(world.announced) == 2
    assert first_fault(chain(world)) is None


def test_of_two_contents_under_one_key_one_is_refused(world: JournalWorld) -> None:
    answers = at_once(world, (day_batch(), "key"), (batch(lessons=(lesson("L-3"),)), "key"))
    refused = [one for one in answers if isinstance(one, GatewayError)]
    assert [error.code for error in refused] == ["journal.idempotency_key_reused"]


def test_two_batches_about_one_mark_take_turns(world: JournalWorld) -> None:
    post(world, batch(lessons=(lesson(),), marks=(mark(value=3),)), key="0")
    world.announced.clear()
    answers = at_once(world, (batch(marks=(mark(value=4),)), "1"), (batch(marks=(mark(value=5),)), "2"))
    assert all(isinstance(one, BatchAnswer) and one.accepted["marks"] == 1 for one in answers)
    first, second = sorted(world.announced, key=lambda change: change.version)
    assert (first.version, second.version) == (2, 3)
    assert second.before == first.now
    assert marks_in(world) == {"M-1": (second.now.value, False, 3)}
    assert first_fault(chain(world)) is None


def test_two_new_marks_with_one_id_at_once_are_one_and_its_change(world: JournalWorld) -> None:
    post(world, batch(lessons=(lesson(),)), key="0")
    at_once(world, (batch(marks=(mark(value=4),)), "1"), (batch(marks=(mark(value=5),)), "2"))
    assert {key: version for key, (_, _, version) in marks_in(world).items()} == {"M-1": 2}


def test_the_answer_is_kept_beside_the_batch_and_the_faults_with_it(sqlite_world: JournalWorld) -> None:
    tree = journal_json.tree_from(batch(marks=(mark(),)))
    tree["marks"][0]["value"] = "Петрова — пять"
    content = json.dumps(tree, ensure_ascii=False).encode()
    first = post_bytes(sqlite_world, content, JSON)
    again = post_bytes(sqlite_world, content, JSON)
    assert again == first
    assert "Петрова" in again.rejected[0].raw
    assert "Петрова" not in repr(again)
    assert again.rejected[0].record == "M-1"


def test_no_text_of_a_rejected_record_is_kept_beside_its_batch(sqlite_world: JournalWorld) -> None:
    """R-SEC-10: a comment may tell of a person's health; only what is accepted is kept, where its kind is kept."""
    told = "у ученика диабет"
    answer = post(sqlite_world, batch(marks=(mark(pupil=PupilId("nobody"), comment=told),)))
    assert [one.record for one in answer.rejected] == ["M-1"]
    with sqlite_world.engine.connect() as connection:
        (kept,) = connection.execute(
            select(journal_batch.c.answer).where(journal_batch.c.answer_status == 422)
        ).scalars()
    assert "M-1" in kept["rejected"][0]["raw"]
    assert told not in json.dumps(kept, ensure_ascii=False)
