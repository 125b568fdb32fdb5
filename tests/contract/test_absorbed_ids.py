"""Systems that go on calling somebody by a record that was made one with another: it is of the one who stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.journal.answer import BatchAnswer
from gateway.model.batch import Batch
from gateway.model.ids import RecordId
from gateway.model.oversight import ErrorReport
from gateway.model.person_merge import Merge
from gateway.model.roster import RecordKind
from gateway.model.standing_ids import with_standing_ids
from gateway.roster.author import Author
from gateway.roster.people import PersonMerges
from gateway.storage.roster_merges import SqlMerges
from gateway.storage.tables.journal import absence as absence_table
from gateway.storage.tables.journal import mark as mark_table
from gateway.storage.work import Database
from tests.diary_world import SCHOOL as OTHER_SCHOOL
from tests.gradebook_world import QUIZ, Writer, approve, approved_quiz, marks, with_a_quarter
from tests.journal_world import (
    ANNA,
    BORIS,
    NOW,
    SCHOOL,
    VERA,
    JournalWorld,
    absence,
    as_json,
    batch,
    lesson,
    mark,
    open_world,
    sender,
    setup_batch,
)
from tests.web_world import Site

AUTHOR = Author(actor="zavuch", role="deputy", channel="roster", reason="one child")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[JournalWorld]:
    opened = open_world(tmp_path / "gateway.db")
    post(opened, setup_batch(), key="set-up")
    post(opened, batch(lessons=(lesson(), lesson("L-2", hour=10))), key="lessons")
    yield opened
    opened.close()


def post(world: JournalWorld, posted: Batch, *, key: str) -> BatchAnswer:
    return world.intake.accept(as_json(posted), "application/json", key, sender(world.school))


def merges(world: JournalWorld) -> PersonMerges:
    units = Database(world.engine, lambda: NOW).units(SCHOOL.id)
    return PersonMerges(units=units, clock=lambda: NOW, new_id=lambda: "merge-1")


def whose(world: JournalWorld) -> dict[str, str]:
    with world.engine.connect() as connection:
        return {row.id: row.pupil_id for row in connection.execute(select(mark_table))}


def test_a_mark_of_the_absorbed_pupil_is_one_of_the_pupil_who_stays(world: JournalWorld) -> None:
    merges(world).merge(RecordKind.PUPIL, ANNA, BORIS, author=AUTHOR)
    answer = post(world, batch(marks=(mark("M-2", of="L-2", pupil=BORIS),)), key="marks")
    assert not answer.rejected
    assert whose(world) == {"M-2": ANNA}


def test_what_was_brought_before_the_merge_is_the_same_record_when_it_comes_again(world: JournalWorld) -> None:
    brought = batch(marks=(mark("M-2", of="L-2", pupil=BORIS),))
    post(world, brought, key="before")
    merges(world).merge(RecordKind.PUPIL, ANNA, BORIS, author=AUTHOR)
    answer = post(world, brought, key="after")
    assert (answer.accepted["marks"], answer.unchanged["marks"], answer.rejected) == (0, 1, ())
    assert whose(world) == {"M-2": ANNA}


def test_one_absence_told_of_both_is_one_that_nobody_can_tell_apart(world: JournalWorld) -> None:
    """Both records name the pupil who stays: which of them holds is for the sender to say."""
    merges(world).merge(RecordKind.PUPIL, ANNA, BORIS, author=AUTHOR)
    answer = post(world, batch(absences=(absence(pupil=ANNA), absence(pupil=BORIS), absence(pupil=VERA))), key="both")
    assert {fault.code for one in answer.rejected for fault in one.faults} >= {"journal.record_repeated"}
    with world.engine.connect() as connection:
        assert BORIS not in set(connection.execute(select(absence_table.c.pupil_id)).scalars())


def test_after_the_merge_is_undone_they_are_two_again(world: JournalWorld) -> None:
    merge = merges(world).merge(RecordKind.PUPIL, ANNA, BORIS, author=AUTHOR)
    merges(world).undo(merge.id, author=AUTHOR)
    post(world, batch(marks=(mark("M-2", of="L-2", pupil=BORIS),)), key="marks")
    assert whose(world) == {"M-2": BORIS}


def test_a_chain_of_merges_is_followed_lists_are_shortened_and_words_are_read() -> None:
    report = ErrorReport(
        pupil=BORIS,
        id=RecordId("R-1"),
        record_kind="absence",
        record=f"L-1 {BORIS}",
        reported_at=NOW,
        text="Он был",
    )
    told = with_standing_ids(batch(groups=setup_batch().groups, error_reports=(report,)), {BORIS: VERA, VERA: ANNA})
    assert [one.members for one in told.groups] == [(ANNA,), (ANNA,)]
    assert (told.error_reports[0].record, told.error_reports[0].pupil) == (f"L-1 {ANNA}", ANNA)


def test_a_batch_without_absorbed_people_is_the_very_same() -> None:
    told = batch(groups=setup_batch().groups)
    assert with_standing_ids(told, {"nobody": ANNA}) is told


# grades of other systems


@pytest.fixture
def site(each_site: Site) -> Site:
    return with_a_quarter(each_site)


def make_one(site: Site, kept: str, absorbed: str) -> None:
    with site.world.engine.begin() as connection:
        SqlMerges(connection, OTHER_SCHOOL).keep(
            Merge(
                id="merge-1",
                kind=RecordKind.PUPIL,
                kept=kept,
                absorbed=absorbed,
                merged_at=NOW,
                merged_by="zavuch",
                reason="one child",
            )
        )


def test_a_result_of_the_absorbed_pupil_is_one_of_the_pupil_who_stays(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    assert writer.result("lms-r1", student={"sourcedId": "twin"}).status_code != 201
    make_one(site, "own", "twin")
    assert writer.result("lms-r1", student={"sourcedId": "twin"}).status_code == 201
    assert writer.one("result", "/results/lms-r1")["student"]["sourcedId"] == "own"
    approve(site, "lms-r1")
    assert marks(site)["lms-r1"]["pupil_id"] == "own"


def test_a_result_that_waited_through_a_merge_is_of_the_pupil_who_stays(site: Site) -> None:
    writer = Writer(site)
    approved_quiz(site, writer)
    assert writer.result("lms-r1", QUIZ, student={"sourcedId": "adult"}).status_code == 201
    make_one(site, "own", "adult")
    approve(site, "lms-r1")
    assert marks(site)["lms-r1"]["pupil_id"] == "own"


def test_nobody_is_guessed_where_there_was_no_merge(site: Site) -> None:
    assert Writer(site).result("lms-r1", student={"sourcedId": "twin"}).status_code in {400, 422}
