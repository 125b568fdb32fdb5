"""Grades from outside at the console: shown, searched, exported, approved and rejected by those who may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.mapping.oneroster_gradebook import gradebook_of
from gateway.model.access import Role
from gateway.model.oneroster import ObjectKind, reference
from gateway.model.oneroster_submission import SubmissionState
from gateway.model.pupil_data import Actor
from gateway.storage.tables.audit import view_entry
from gateway.storage.tables.journal import mark
from gateway.web.console.submission_pages import told_content
from tests.console_world import HOSTILE, Browser, add_person
from tests.diary_world import MONDAY, OWN, SCHOOL
from tests.web_world import Site

PAGE = "/console/grade-submissions"


@pytest.fixture
def site(new_site: Site) -> Site:
    for role in Role:
        add_person(new_site.world, role.value, role)
    written(new_site)
    return new_site


def written(site: Site, client: str = "") -> None:
    """Let a program write a line item of Monday and one result of it."""
    flow, writer = site.submissions(SCHOOL), Actor(client=client or site.credentials().client_id)
    flow.projection.refresh()
    with site.world.units(SCHOOL)() as unit:
        book = gradebook_of(unit.gradebook.facts(unit.provider.facts()))
        (taught,) = book.taught.values()
        category = next(one for one in book.frame() if one.body["title"] == "Тест")
    item = {
        "title": HOSTILE,
        "class": reference(ObjectKind.CLASS, taught.sourced_id),
        "category": reference(ObjectKind.CATEGORY, category.sourced_id),
        "assignDate": f"{MONDAY}T06:30:00Z",
    }
    flow.put(ObjectKind.LINE_ITEM, "quiz", item, writer=writer)
    result = {"lineItem": "quiz", "student": OWN, "score": 5, "scoreDate": str(MONDAY)}
    flow.put(ObjectKind.RESULT, "r-1", result, writer=writer)


def browser(site: Site, role: Role) -> Browser:
    one = Browser(site.app.test_client(), "ru")
    assert one.sign_in(role.value).status_code == 302
    return one


def decide(site: Site, sourced_id: str, role: Role = Role.DEPUTY, **form: str) -> int:
    (one,) = [each for each in site.submissions(SCHOOL).list() if each.sourced_id == sourced_id]
    return browser(site, role).post(f"{PAGE}/{one.id}", form_on=PAGE, **form).status_code


def states(site: Site) -> dict[str, SubmissionState]:
    return {one.sourced_id: one.state for one in site.submissions(SCHOOL).list()}


def test_what_waits_is_shown_with_the_pupils_name_and_the_look_is_kept(site: Site) -> None:
    shown = browser(site, Role.DEPUTY).get(PAGE).text
    assert "&lt;script&gt;" in shown
    assert HOSTILE not in shown
    assert "Ученикова Имярек" in shown
    assert ("deputy", OWN, "oneroster_submission") in {
        (row["actor"], row["pupil_id"], row["what"]) for row in site.world.rows(view_entry)
    }


def test_what_was_sent_is_told_in_words(site: Site) -> None:
    page = browser(site, Role.DEPUTY).get(PAGE).text
    assert f"балл 5, оценено полностью, от {MONDAY:%d.%m.%Y}" in page
    (sent,) = [one for one in site.submissions(SCHOOL).list() if one.sourced_id == "r-1"]
    graded = replace(sent, body={"score": 4.0, "scoreStatus": "fully graded", "comment": "Верно"})
    assert told_content(graded, "ru") == "балл 4, оценено полностью, комментарий Верно"
    assert told_content(graded, "en") == "score 4, fully graded, comment Верно"
    assert told_content(replace(sent, body={"score": 4.5, "scoreStatus": "odd"}), "ru") == "балл 4,5, odd"


@pytest.mark.parametrize(
    ("asked", "expected"), [("kind=result", ["r-1"]), ("q=quiz", ["quiz"]), ("state=approved", [])]
)
def test_the_list_is_filtered_searched_and_exported(site: Site, asked: str, expected: list[str]) -> None:
    told = browser(site, Role.DEPUTY).get(f"{PAGE}?{asked}&format=csv").text
    assert [line.split(";")[3].strip('"') for line in told.splitlines()[1:]] == expected


def test_a_line_item_and_its_result_are_approved_into_the_journal(site: Site) -> None:
    assert decide(site, "quiz", verdict="approve") == 422  # Monday has two lessons
    assert decide(site, "quiz", verdict="approve", lesson="lesson-1") == 302
    assert decide(site, "r-1", verdict="approve", mark="4") == 302
    kept = {row["id"]: row["value"] for row in site.world.rows(mark)}
    assert kept["r-1"] == 4


def test_nobody_approves_at_the_console_what_came_after_they_looked(site: Site) -> None:
    (one,) = [each for each in site.submissions(SCHOOL).list() if each.sourced_id == "quiz"]
    person = browser(site, Role.DEPUTY)
    page = person.get(PAGE).get_data(as_text=True)
    assert f'name="seen" value="{one.received_at.isoformat()}"' in page
    site.world.clock.advance(timedelta(minutes=1))
    written(site, client=one.client)
    address, form = f"{PAGE}/{one.id}", {"verdict": "approve", "lesson": "lesson-1"}
    seen = one.received_at.isoformat()
    assert person.post(address, form_on=PAGE, seen=seen, **form).status_code == 409
    assert states(site)["quiz"] is SubmissionState.PENDING
    newer = (one.received_at + timedelta(minutes=1)).isoformat()
    assert person.post(address, form_on=PAGE, seen=newer, **form).status_code == 302


def test_a_rejection_needs_a_reason(site: Site) -> None:
    assert decide(site, "r-1", verdict="reject", reason=" ") == 400
    assert states(site)["r-1"] is SubmissionState.PENDING
    assert decide(site, "r-1", verdict="reject", reason="не тот класс") == 302
    assert states(site)["r-1"] is SubmissionState.REJECTED


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.CLASS_TEACHER])
def test_who_may_not_approve_corrections_decides_nothing(site: Site, role: Role) -> None:
    person = browser(site, role)
    (one,) = [each for each in site.submissions(SCHOOL).list() if each.sourced_id == "r-1"]
    answer = person.post(f"{PAGE}/{one.id}", form_on="/console", verdict="approve", mark="5")
    assert answer.status_code in {403, 404}
    assert states(site)["r-1"] is SubmissionState.PENDING
