"""Step 5 on a real database: weeks, children, subscriptions, and every way not to be allowed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.mapping.portal import CHILDREN_SCHEMA, WEEK_SCHEMA, children_json, week_json
from gateway.model.audit import first_fault
from gateway.model.ids import PupilId
from gateway.model.steps import Step, StepOutcome
from gateway.schemas.json_validation import json_faults
from gateway.storage.tables.access import portal_subscription
from gateway.storage.tables.audit import audit_entry, view_entry
from gateway.storage.tables.people import guardian
from gateway.storage.tables.runs import step_run
from tests.diary_world import (
    ELSEWHERE,
    FATHER,
    FOREIGN,
    MONDAY,
    MOTHER,
    OTHER_SCHOOL,
    OWN,
    REFUSED,
    SCHOOL,
    STRANGER,
    TODAY,
    UNSEEN,
    World,
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def test_a_mother_sees_her_childs_week(world: World) -> None:
    week = world.diary().week("portal", MOTHER, OWN, MONDAY)
    assert week is not None
    assert (week.first, week.last) == (MONDAY, MONDAY + timedelta(days=6))
    assert [lesson.lesson for lesson in week.lessons] == ["lesson-1", "lesson-2"]
    assert [(mark.value, week.versions[mark.id]) for mark in week.lessons[0].marks] == [(4, 1), (5, 3)]


def test_the_week_is_valid_by_its_schema_and_holds_no_comment(world: World) -> None:
    week = world.diary().week("portal", MOTHER, OWN, MONDAY)
    assert week is not None
    content = week_json(week)
    assert json_faults(content, *WEEK_SCHEMA) == ()
    assert "лично" not in repr(content)
    assert content["lessons"][0]["homework"] == {"text": "№ 5", "due": TODAY.isoformat()}


def test_every_look_is_kept_and_one_run_a_minute(world: World) -> None:
    for _ in range(2):
        world.diary().week("portal", MOTHER, OWN, MONDAY)
    views = world.rows(view_entry)
    assert [(v["client"], v["actor"], v["role"], v["pupil_id"], v["what"], v["detail"]) for v in views] == [
        ("portal", "g-mother", "parent", OWN, "diary.week", MONDAY.isoformat())
    ] * 2
    with world.units(SCHOOL)() as unit:
        run = unit.steps.last(Step.DIARY_SEEN)
    assert run is not None
    assert (run.outcome, run.summary) == (StepOutcome.OK, {"lessons": 2, "marks": 2})
    assert len(world.rows(step_run)) == 1


@pytest.mark.parametrize("child", UNSEEN)
def test_without_a_right_there_is_nothing_and_nothing_is_kept(world: World, child: PupilId) -> None:
    assert world.diary().week("portal", MOTHER, child, MONDAY) is None
    assert not world.diary().subscribe("portal", MOTHER, child)
    assert not world.diary().unsubscribe("portal", MOTHER, child)
    assert [world.rows(table) for table in (view_entry, step_run, portal_subscription, audit_entry)] == [[], [], [], []]


def test_an_unknown_guardian_and_one_of_another_school_see_nothing(world: World) -> None:
    for nobody in ("portal-unknown", STRANGER):
        assert world.diary().week("portal", nobody, OWN, MONDAY) is None
        assert world.diary().children(nobody) is None
    assert world.diary(OTHER_SCHOOL).week("portal", MOTHER, OWN, MONDAY) is None
    assert world.diary(OTHER_SCHOOL).week("portal", STRANGER, ELSEWHERE, MONDAY) is not None


def test_children_are_those_whose_diaries_may_be_seen(world: World) -> None:
    children = world.diary().children(MOTHER)
    assert children is not None
    assert [(child.pupil, child.class_name) for child in children] == [(OWN, "5А")]
    content = children_json(children)
    assert json_faults(content, *CHILDREN_SCHEMA) == ()
    assert "Ученикова" not in repr(content)


def test_a_guardian_with_no_visible_child_is_as_good_as_unknown(world: World) -> None:
    world.decide(FOREIGN, "refusal", TODAY, by="g-father")
    assert world.diary().children(FATHER) is None


def test_a_new_decision_opens_and_closes_the_diary(world: World) -> None:
    assert world.diary().week("portal", MOTHER, REFUSED, MONDAY) is None
    world.decide(REFUSED, "consent", TODAY)
    assert world.diary().week("portal", MOTHER, REFUSED, MONDAY) is not None
    world.decide(OWN, "refusal", TODAY)
    assert world.diary().week("portal", MOTHER, OWN, MONDAY) is None


def test_today_is_the_schools_day_not_utcs(world: World) -> None:
    world.decide(REFUSED, "consent", TODAY + timedelta(days=1))
    world.clock.advance(timedelta(hours=11, minutes=59))  # 20:59 UTC, 23:59 in Moscow
    assert world.diary().week("portal", MOTHER, REFUSED, MONDAY) is None
    world.clock.advance(timedelta(minutes=1))
    assert world.diary().week("portal", MOTHER, REFUSED, MONDAY) is not None


def test_two_registry_records_of_one_person_do_not_hide_the_child(world: World) -> None:
    world.change(guardian, {"portal_user": MOTHER}, id="g-father")
    assert world.diary().week("portal", MOTHER, FOREIGN, MONDAY) is not None
    assert world.diary().week("portal", MOTHER, OWN, MONDAY) is not None


def test_subscribing_twice_is_subscribing_once(world: World) -> None:
    diary = world.diary()
    assert diary.subscribe("portal", MOTHER, OWN)
    assert diary.subscribe("portal", MOTHER, OWN)
    assert len(world.rows(portal_subscription)) == 1
    assert diary.unsubscribe("portal", MOTHER, OWN)
    assert diary.unsubscribe("portal", MOTHER, OWN)
    assert world.rows(portal_subscription) == []
    assert [row["action"] for row in world.rows(audit_entry)] == ["diary.subscribed", "diary.unsubscribed"]
    with world.units(SCHOOL)() as unit:
        assert first_fault(unit.audit.entries()) is None


def test_a_subscription_can_be_ended_after_the_right_to_it_has_ended(world: World) -> None:
    assert world.diary().subscribe("portal", MOTHER, OWN)
    world.decide(OWN, "refusal", TODAY)
    assert world.diary().unsubscribe("portal", MOTHER, OWN)
    assert not world.diary().unsubscribe("portal", MOTHER, OWN)


def test_a_read_that_fails_in_the_middle_keeps_nothing(world: World) -> None:
    numbers = iter(["view-1"])
    diary = replace(world.diary(), new_id=lambda: next(numbers))
    with pytest.raises(StopIteration):
        diary.week("portal", MOTHER, OWN, MONDAY)
    assert world.rows(view_entry) == []
