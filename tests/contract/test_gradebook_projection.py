"""The gradebook follows the journal's changes and is then what it would be if it were made whole."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from gateway.errors import DocumentError
from gateway.model.journal_records import RecordKind
from gateway.model.oneroster import ObjectKind, ObjectStatus
from gateway.model.pupil_data import Actor
from gateway.provider.gradebook import GRADEBOOK
from gateway.provider.part import Part, Remade
from gateway.provider.projection import Projection
from gateway.storage.tables.provider import provider_object
from gateway.storage.tables.records import RECORD_TABLES
from tests.diary_world import SCHOOL
from tests.web_world import Site

WRITER = Actor(client="journal")
KINDS = {kind.value for kind in GRADEBOOK.kinds}


@pytest.fixture
def site(each_site: Site) -> Site:
    filled(each_site)
    return each_site


@pytest.fixture
def renewable(tmp_path: Path) -> Iterator[Site]:
    found = Site(tmp_path)
    yield found
    found.close()


def filled(site: Site) -> None:
    row = {
        "school_id": SCHOOL, "id": "q1", "year": 2026, "kind": "quarter", "number": 1, "start_on": date(2026, 9, 1),
        "end_on": date(2026, 10, 25), "first_grade": 1, "last_grade": 9, "version": 1,
    }  # fmt: skip
    with site.world.engine.begin() as connection:
        connection.execute(insert(RECORD_TABLES[RecordKind.PERIODS]), [row])


def refreshed(site: Site, part: Part = GRADEBOOK) -> int:
    world = site.world
    readings = world.database.readings(SCHOOL)
    projection = Projection(
        units=world.units(SCHOOL), readings=readings, clock=world.clock, rest=timedelta(0), parts=(part,)
    )
    return projection.refresh()


def told(site: Site) -> dict[str, Any]:
    """Return what is given out of the gradebook: bodies of what is there, by id."""
    return {
        row["sourced_id"]: row["body"]
        for row in site.world.rows(provider_object)
        if row["kind"] in KINDS and row["status"] == ObjectStatus.ACTIVE
    }


def whole(site: Site) -> dict[str, Any]:
    with site.world.units(SCHOOL)() as unit:
        return {one.sourced_id: dict(one.body) for one in GRADEBOOK.make(unit, date(2026, 10, 14))}


def put(site: Site, kind: RecordKind, key: str, plain: dict[str, Any]) -> None:
    site.records(SCHOOL).put(kind, (key,), plain, precondition=lambda _held: None, writer=WRITER, school=SCHOOL)


def mark(number: int, lesson: int, value: int, kind: str, *, voided: bool = False) -> dict[str, Any]:
    return {
        "id": f"m-{number}", "lesson": f"lesson-{lesson}", "pupil": "own", "value": value, "workKind": kind,
        "voided": voided,
    }  # fmt: skip


MARKS = st.builds(
    mark,
    st.integers(1, 3),
    st.integers(1, 2),
    st.integers(2, 5),
    st.sampled_from(["oral", "test", "homework"]),
    voided=st.booleans(),
)
FINALS = st.builds(
    lambda value, voided: {
        "id": "f-1",
        "pupil": "own",
        "subject": "math",
        "period": "q1",
        "value": value,
        "voided": voided,
    },
    st.integers(2, 5),
    st.booleans(),
)
HOMEWORK = st.builds(
    lambda lesson, text: {"lesson": f"lesson-{lesson}", "text": text},
    st.integers(1, 2),
    st.sampled_from([None, "№ 1", "№ 2"]),
)


@given(
    steps=st.lists(
        st.one_of(
            MARKS.map(lambda plain: (RecordKind.MARKS, plain["id"], plain)),
            FINALS.map(lambda plain: (RecordKind.PERIOD_MARKS, plain["id"], plain)),
            HOMEWORK.map(lambda plain: (RecordKind.HOMEWORK, plain["lesson"], plain)),
        ),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_followed_is_what_would_be_made_whole(renewable: Site, steps: list[Any]) -> None:
    site = renewable
    site.world.renew()
    filled(site)
    refreshed(site)
    for kind, key, plain in steps:
        with suppress(DocumentError):  # what the rules refuse changes nothing, and that is looked at too
            put(site, kind, key, plain)
        refreshed(site)
        assert told(site) == whole(site)
    assert refreshed(site) == 0


def test_a_change_of_one_mark_writes_its_result_only(site: Site) -> None:
    refreshed(site)
    before = {row["sourced_id"]: row["changed_at"] for row in site.world.rows(provider_object)}
    site.world.clock.advance(timedelta(minutes=5))
    put(site, RecordKind.MARKS, "mark-1", {**mark(1, 1, 3, "control"), "id": "mark-1", "weight": 2})
    assert refreshed(site) == 1
    after = {row["sourced_id"]: row["changed_at"] for row in site.world.rows(provider_object)}
    assert {name for name, at in after.items() if before.get(name) != at} == {"mark-1"}


def test_changes_are_followed_and_a_new_pupil_or_period_makes_everything_anew(site: Site) -> None:
    followed: list[Remade | None] = []
    assert GRADEBOOK.follow is not None
    follow = GRADEBOOK.follow

    def watched(unit: Any, since: int) -> Remade | None:
        followed.append(follow(unit, since))
        return followed[-1]

    part = Part(name="gradebook", kinds=GRADEBOOK.kinds, watches=GRADEBOOK.watches, make=GRADEBOOK.make, follow=watched)
    refreshed(site, part)
    put(site, RecordKind.MARKS, "m-1", mark(1, 1, 4, "oral"))
    refreshed(site, part)
    plain = {
        "id": "q2", "year": 2026, "kind": "quarter", "number": 2, "start": "2026-11-05", "end": "2026-12-28",
        "firstGrade": 1, "lastGrade": 9,
    }  # fmt: skip
    put(site, RecordKind.PERIODS, "q2", plain)
    refreshed(site, part)
    assert [one is None for one in followed] == [False, True]
    assert told(site) == whole(site)


def test_exams_are_assessments_and_final_marks_have_their_line_items_from_the_beginning(site: Site) -> None:
    refreshed(site)
    items = [one for one in told(site).values() if str(one.get("title", "")).startswith("Итоговая отметка, 1")]
    assert len(items) == 1
    year = {"id": "y", "year": 2026, "kind": "year", "number": 1, "start": "2026-09-01", "end": "2027-05-31"}
    put(site, RecordKind.PERIODS, "y", {**year, "firstGrade": 1, "lastGrade": 9})
    exam = {"id": "exam", "pupil": "own", "subject": "math", "period": "y", "stage": "exam", "value": 5}
    put(site, RecordKind.PERIOD_MARKS, "exam", {**exam, "announcedOn": "2026-10-14"})
    refreshed(site)
    kinds = {row["kind"] for row in site.world.rows(provider_object)}
    assert {ObjectKind.ASSESSMENT_LINE_ITEM, ObjectKind.ASSESSMENT_RESULT} <= kinds
    assert told(site) == whole(site)
