"""What a mark, an event and a final result need, and that a closed year stays to be read (R-JRNL, R-MARK, R-ATT)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from gateway.mapping.journal_json import VERSION
from gateway.mapping.journal_plain import plain_from
from gateway.model.access import Scope
from gateway.model.duties import Appointment, Duty
from gateway.model.family import IndividualTask, Recommendation, SchoolEvent
from gateway.model.journal import Lesson, Stage
from gateway.model.journal_records import RecordKind, Stored
from gateway.model.school import AcademicYear, GroupKind, StudyGroup, Subject, YearState
from gateway.model.timetable import LessonTransfer, TeachingLoad
from gateway.schemas.json_validation import json_faults
from tests import rules_world as world
from tests.diary_world import MARK, MONDAY, SCHOOL
from tests.rules_world import ANNA, CLASS_5, DAY, DEPUTY, MATHS, NOW, OTHER, START, TEACHER, YEAR, broken, period_mark
from tests.web_world import Site


@pytest.fixture
def site(new_site: Site) -> Site:
    return new_site


def test_a_mark_without_its_kind_of_work_is_not_valid() -> None:
    """R-JRNL-02."""
    tree = {"version": VERSION, "school": SCHOOL, "sentAt": "2026-09-15T15:00:00Z", "marks": [plain_from(world.mark())]}
    assert json_faults(tree, "journal", VERSION, "journal-batch.schema.json") == ()
    del tree["marks"][0]["workKind"]
    (fault,) = json_faults(tree, "journal", VERSION, "journal-batch.schema.json")
    assert (fault.record, fault.field) == ("M-1", "workKind")


def test_an_event_is_of_a_class_or_of_the_whole_school() -> None:
    """R-JRNL-23."""
    event = {"day": date(2026, 9, 20), "name": "День здоровья", "text": "Сбор в 9:00."}
    general = SchoolEvent(id="e-1", **event)
    of_class = SchoolEvent(id="e-2", school_class=CLASS_5, **event)
    assert world.opened().post(world.batch_of(general, of_class)).faults == {}
    assert broken(world.opened().post(world.batch_of(SchoolEvent(id="e-3", school_class="7Я", **event))).faults) == {
        ("events", 0): {("journal.unknown_class", "class", "R-ROST-02")}
    }


LOAD = TeachingLoad(
    id="l", year=2026, teacher=TEACHER, subject=MATHS, hours_a_week=5, valid_from=START, school_class=CLASS_5
)
POST = Appointment(
    id="a", staff=DEPUTY, duty=Duty.DEPUTY, document="№ 1", ordered_at=NOW - timedelta(days=9), valid_from=START
)
ADVICE = Recommendation(id="r", author=TEACHER, given_at=NOW, text="повторить дроби", pupil=ANNA)
TASK = IndividualTask(id="t", pupil=ANNA, author=TEACHER, given_at=NOW, text="задача")
TRANSFER = LessonTransfer(
    id="x",
    subject=MATHS,
    from_day=DAY,
    from_number=1,
    to_day=DAY,
    to_number=2,
    reason="совещание",
    registered_by=DEPUTY,
    school_class=CLASS_5,
)


@pytest.mark.parametrize(
    ("paper", "author", "rule"),
    [
        (ADVICE, "author", "R-JRNL-14"),
        (replace(ADVICE, pupil=None, school_class=CLASS_5), "author", "R-JRNL-14"),
        (TASK, "author", "R-JRNL-22"),
        (TRANSFER, "registered_by", "R-JRNL-13"),
    ],
)
def test_advice_tasks_and_transfers_come_from_whom_they_may(paper: Any, author: str, rule: str) -> None:
    """R-JRNL-13, R-JRNL-14, R-JRNL-22: from who teaches the pupil or the class, transfers from a deputy."""
    journal = world.opened().hold(LOAD, POST)
    assert journal.copy().post(world.batch_of(paper)).faults == {}
    (found,) = broken(journal.post(world.batch_of(replace(paper, **{author: OTHER}))).faults).values()
    assert {(code, told) for code, _, told in found} == {("journal.duty_missing", rule)}


def test_the_result_of_the_whole_course_stands_beside_the_years() -> None:
    """R-ATT-06: a result of mastering the programme is of the year, one of its own stage, one a subject."""
    final = period_mark("F", period=YEAR, stage=Stage.FINAL, announced_on=DAY)
    of_year = period_mark("Y", period=YEAR, stage=Stage.YEAR)
    journal = world.opened()
    assert journal.post(world.batch_of(final, of_year)).faults == {}
    twice = journal.post(world.batch_of(period_mark("F-2", period=YEAR, stage=Stage.FINAL, announced_on=DAY)))
    assert broken(twice.faults) == {("period_marks", 0): {("journal.period_mark_repeated", "period", "R-MARK-07")}}
    of_quarter = world.opened().post(world.batch_of(period_mark(stage=Stage.FINAL, announced_on=DAY)))
    assert ("journal.stage_of_other_period", "stage", "R-MARK-11") in broken(of_quarter.faults)["period_marks", 0]


def test_a_closed_year_is_read_and_not_written(site: Site) -> None:
    """R-MARK-15, R-ACAD-22."""
    token = site.token(Scope.JOURNAL_READ, Scope.JOURNAL_WRITE)
    address = f"/api/v1/journal/marks/{MARK}"
    before = site.http.get(address, headers=token)
    closed = AcademicYear(id="2026", year=2026, start=date(2026, 9, 1), end=date(2027, 8, 30), state=YearState.CLOSED)
    with site.world.units(SCHOOL)() as unit:
        unit.journal.put(RecordKind.YEARS, [Stored(record=closed, version=1)])
    after = site.http.get(address, headers=token)
    assert (after.status_code, after.json()) == (200, before.json())
    assert MARK in {one["key"] for one in site.http.get("/api/v1/journal/marks", headers=token).json()["items"]}
    changed = {**after.json(), "value": 2}
    refused = site.http.put(address, json=changed, headers={**token, "If-Match": after.headers["ETag"]})
    assert refused.status_code >= 400
    assert "journal.year_closed" in refused.text
    renamed = {"kind": "marks", "from": MARK, "to": "another"}
    refused = site.http.post("/api/v1/journal/key-changes", json=renamed, headers=token)
    assert (refused.status_code, "journal.year_closed" in refused.text) == (423, True)
    assert site.http.get(address, headers=token).json() == before.json()


def test_what_a_closed_year_names_keeps_its_key(site: Site) -> None:
    """R-ACAD-22: a subject or a group is of no year itself; once a closed year names it, its key is history."""
    token = site.token(*Scope)
    new = AcademicYear(id="2027", year=2027, start=date(2027, 9, 1), end=date(2028, 8, 30), state=YearState.PLANNING)
    group = StudyGroup(id="g-1", name="Группа", kind=GroupKind.SUBGROUP, subject="math", members=())
    other = replace(group, id="g-2")
    taught = Lesson(
        id="of-group", day=MONDAY, number=5, starts_at=NOW, ends_at=NOW, subject="math", teacher="s-1", topic="Дроби"
    )
    with site.world.units(SCHOOL)() as unit:
        for kind, records in {
            RecordKind.YEARS: [replace(new, id="2026", year=2026, start=START, end=date(2027, 8, 30)), new],
            RecordKind.SUBJECTS: [Subject(id="other", name="Черчение")],
            RecordKind.GROUPS: [group, other],
            RecordKind.LESSONS: [replace(taught, group="g-1")],
        }.items():
            unit.journal.put(kind, [Stored(record=record, version=1) for record in records])

    def rename(kind: str, old: str) -> httpx.Response:
        change = {"kind": kind, "from": old, "to": f"{old}-x"}
        return site.http.post("/api/v1/journal/key-changes", json=change, headers=token)

    assert rename("groups", "g-2").status_code == 200
    with site.world.units(SCHOOL)() as unit:
        closed = replace(new, id="2026", year=2026, start=START, end=date(2027, 8, 30), state=YearState.CLOSED)
        unit.journal.put(RecordKind.YEARS, [Stored(record=closed, version=2)])
    for kind, old in (("subjects", "math"), ("groups", "g-1")):
        refused = rename(kind, old)
        assert (refused.status_code, refused.json()["code"]) == (409, "journal.key_in_closed_year")
        assert refused.json()["rule"] == "R-ACAD-22"
        assert site.http.get(f"/api/v1/journal/{kind}/{old}", headers=token).status_code == 200
    assert rename("subjects", "other").status_code == 200
    assert rename("groups", "g-2-x").status_code == 200
