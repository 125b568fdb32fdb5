"""What people decide at the console, who may and under which name; and what it tells when it cannot."""

from __future__ import annotations

import pytest

from gateway.errors import RuleViolation, Text
from gateway.model.access import Role
from gateway.storage.queue import SqlQueueDesk
from gateway.storage.tables.audit import audit_entry
from gateway.storage.tables.people import roster_plan
from outbox import State
from tests.console_world import Browser, Seeded, add_person, seed
from tests.web_world import Site

WHY = "Проверил у секретаря <b>"


@pytest.fixture
def site(new_site: Site) -> Site:
    for role in Role:
        add_person(new_site.world, role.value, role)
    return new_site


@pytest.fixture
def seeded(site: Site) -> Seeded:
    return seed(site)


def browser(site: Site, role: Role = Role.COORDINATOR, language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(role.value).status_code == 302
    return one


def plan_state(site: Site, plan: str) -> str:
    return next(str(row["state"]) for row in site.world.rows(roster_plan) if row["id"] == plan)


def state_of(site: Site, message: str) -> State:
    return next(one.entry.state for one in site.world.announced() if one.id == message)


def test_a_dead_message_is_retried_with_a_reason(site: Site, seeded: Seeded) -> None:
    page = f"/console/queue/{seeded.dead}"
    answer = browser(site).post(f"{page}/decision", form_on=page, verb="retry", reason=WHY)
    assert answer.headers["Location"] == page
    assert state_of(site, seeded.dead) is State.READY
    shown = browser(site).get(page).text
    assert "Проверил у секретаря &lt;b&gt;" in shown
    assert "coordinator" in shown


@pytest.mark.parametrize(("first", "then"), [("hold", State.HELD), ("skip", State.DEAD)])
def test_a_message_is_held_or_given_up(site: Site, seeded: Seeded, first: str, then: State) -> None:
    page = f"/console/queue/{seeded.waiting}"
    person = browser(site)
    person.post(f"{page}/decision", form_on=page, verb=first, reason=WHY)
    assert state_of(site, seeded.waiting) is then
    assert ("Отпустить" in person.get(page).text) == (first == "hold")
    assert ("Повторить" in person.get(page).text) is False


def test_a_held_plan_is_approved_then_applied(site: Site, seeded: Seeded) -> None:
    page, person = f"/console/roster/{seeded.held_plan}", browser(site, Role.ADMINISTRATOR)
    person.post(f"{page}/decision", form_on=page, verb="approve", reason=WHY)
    assert plan_state(site, seeded.held_plan) == "approved"
    person.post(f"{page}/decision", form_on=page, verb="apply", reason=WHY)
    assert plan_state(site, seeded.held_plan) == "applied"
    noted = next(row for row in site.world.rows(audit_entry) if row["action"] == "approve")
    assert (noted["actor"], noted["role"], noted["reason"]) == ("administrator", "administrator", WHY)
    assert [
        verb for verb in ("approve", "apply", "reject", "revert") if f'value="{verb}"' in person.get(page).text
    ] == ["revert"]


def test_an_applied_plan_is_taken_back(site: Site, seeded: Seeded) -> None:
    page, person = f"/console/roster/{seeded.applied_plan}", browser(site, Role.ADMINISTRATOR)
    person.post(f"{page}/decision", form_on=page, verb="revert", reason=WHY)
    assert plan_state(site, seeded.applied_plan) == "reverted"
    shown = person.get(page).text
    assert "Что сделать" not in shown
    assert "Проверил у секретаря &lt;b&gt;" in shown


def test_a_held_plan_is_rejected(site: Site, seeded: Seeded) -> None:
    page, person = f"/console/roster/{seeded.held_plan}", browser(site)
    person.post(f"{page}/decision", form_on=page, verb="reject", reason=WHY)
    assert plan_state(site, seeded.held_plan) == "rejected"


def test_a_held_plan_cannot_be_applied_unapproved(site: Site, seeded: Seeded) -> None:
    page = f"/console/roster/{seeded.held_plan}"
    answer = browser(site).post(f"{page}/decision", form_on=page, verb="apply", reason=WHY)
    assert answer.status_code == 409
    assert "roster.plan_held" in answer.text
    assert "заместитель директора" in answer.text
    assert plan_state(site, seeded.held_plan) == "held"


def test_an_applied_plan_is_closed(site: Site, seeded: Seeded) -> None:
    page, form = f"/console/roster/{seeded.applied_plan}", f"/console/roster/{seeded.held_plan}"
    answer = browser(site).post(f"{page}/decision", form_on=form, verb="apply", reason=WHY)
    assert (answer.status_code, "roster.plan_closed" in answer.text) == (409, True)


@pytest.mark.parametrize("role", [Role.DEPUTY, Role.DIRECTOR])
def test_who_only_looks_cannot_decide(site: Site, seeded: Seeded, role: Role) -> None:
    person = browser(site, role)
    for page, verb in ((f"/console/queue/{seeded.dead}", "retry"), (f"/console/roster/{seeded.held_plan}", "approve")):
        assert "Решение принимает координатор или администратор." in person.get(page).text
        answer = person.post(f"{page}/decision", form_on=page, verb=verb, reason=WHY)
        assert answer.status_code == 403
        assert "вашей роли не разрешено" in answer.text
    assert state_of(site, seeded.dead) is State.DEAD
    assert plan_state(site, seeded.held_plan) == "held"


@pytest.mark.parametrize(("verb", "reason"), [("retry", ""), ("retry", "  "), ("purge", WHY), ("", WHY)])
def test_nothing_is_decided_without_a_verb_and_a_reason(site: Site, seeded: Seeded, verb: str, reason: str) -> None:
    page = f"/console/queue/{seeded.dead}"
    answer = browser(site).post(f"{page}/decision", form_on=page, verb=verb, reason=reason)
    assert (answer.status_code, "console.decision_incomplete" in answer.text) == (400, True)
    assert state_of(site, seeded.dead) is State.DEAD


def test_a_decision_too_late_says_that_the_message_moved_on(site: Site, seeded: Seeded) -> None:
    page = f"/console/queue/{seeded.dead}"
    answer = browser(site, language="en").post(f"{page}/decision", form_on=page, verb="release", reason=WHY)
    assert answer.status_code == 409
    assert "the message has moved on" in answer.text


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/console/nowhere", 404),
        ("GET", "/console/queue/unknown", 404),
        ("GET", "/console/roster/unknown", 404),
        ("GET", "/console/batch", 404),
        ("GET", "/console/comparisons/unknown", 404),
        ("GET", "/console/exports/unknown", 404),
        ("GET", "/console/archive/unknown", 404),
        ("GET", "/console/sign-out", 405),
        ("PUT", "/console/queue", 405),
        ("POST", "/console/sign-out", 400),
    ],
)
def test_errors_are_pages_in_the_consoles_language(
    site: Site, method: str, address: str, status: int, language: str
) -> None:
    answer = browser(site).client.open(address, method=method, headers={"Accept-Language": language})
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert f'<html lang="{language}">' in answer.text
    assert ("К обзору" in answer.text) == (language == "ru")
    assert answer.headers["X-Request-Id"] in answer.text


def test_an_error_of_ours_is_told_with_rule_and_who_acts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_desk: object, _message: str) -> None:
        raise RuleViolation("queue.rule", Text(ru="Так <нельзя>.", en="Not so."), rule="R-ARCH-11")

    monkeypatch.setattr(SqlQueueDesk, "show", refuse)
    answer = browser(site).get("/console/queue/any")
    assert answer.status_code == 422
    for told in ("Так &lt;нельзя&gt;.", "R-ARCH-11", "queue.rule", "школьный координатор"):
        assert told in answer.text


def test_a_crash_is_a_page_that_tells_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_desk: object, _message: str) -> None:
        raise ValueError("Иванова Анна")

    monkeypatch.setattr(SqlQueueDesk, "show", crash)
    answer = browser(site).get("/console/queue/any")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "Иванова" not in answer.text
    assert "номер запроса администратору" in answer.text
