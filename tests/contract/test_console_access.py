"""Accounts and programs at the console: who may decide, what is shown once, what holds from the next request on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.model.access import Role, Scope
from gateway.storage.tables.audit import audit_entry
from tests.console_world import PASSWORD, Browser, add_person
from tests.diary_world import OTHER_SCHOOL, SCHOOL
from tests.web_world import Site

WHY = "Приказ № 5 <b>"


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("access"))
    for role in Role:
        add_person(site.world, role.value, role)
    add_person(site.world, "neighbour", Role.ADMINISTRATOR, of=OTHER_SCHOOL)
    yield site
    site.close()


def browser(site: Site, login: str = "administrator", language: str = "ru", password: str = PASSWORD) -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login, password).status_code == 302
    return one


def shown_once(text: str) -> str:
    found = re.search(r'<code class="secret">([^<]+)</code>', text)
    assert found is not None
    return found[1]


def decide(site: Site, login: str, verb: str, *, by: str = "administrator", **fields: str) -> int:
    person = browser(site, by)
    form = {"account": login, "verb": verb, "reason": WHY, **fields}
    return person.post("/console/person/decision", form_on="/console/password", **form).status_code


def audited(site: Site) -> list[tuple[str, str, str, str]]:
    return [
        (row["action"], row["actor"], row["object_id"], row["reason"])
        for row in site.world.rows(audit_entry)
        if row["object_kind"] in {"console_user", "api_client"}
    ]


def test_a_new_account_gets_a_password_that_is_shown_once_and_opens_it(site: Site) -> None:
    page = browser(site).post(
        "/console/new-person", form_on="/console/new-person", login="anna", role="deputy", staff="s-1",
        valid_to="2026-12-31",
    )  # fmt: skip
    password = shown_once(page.text)
    assert page.headers["Cache-Control"] == "no-store"
    known = site.world.directory.user("anna")
    assert known is not None
    assert (known.role, known.staff, known.must_change) == (Role.DEPUTY, "s-1", True)
    assert known.valid_to is not None
    assert known.valid_to.isoformat() == "2026-12-31T21:00:00+00:00"
    person = browser(site, "anna", password=password)
    assert person.get("/console").headers["Location"] == "/console/password"
    assert password not in browser(site).get("/console/person?login=anna").text
    told = browser(site).get("/console/people?q=учителева").text
    assert "anna" in told
    assert "2026-12-31" in told


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"login": "deputy", "role": "deputy"}, "Такое имя для входа уже есть."),
        ({"login": " ", "role": "deputy"}, "печатных знаков"),
        ({"login": "helper", "role": "support"}, "только на срок"),
    ],
)
def test_what_cannot_be_an_account_is_told_on_the_form(site: Site, fields: dict[str, str], problem: str) -> None:
    page = browser(site).post("/console/new-person", form_on="/console/new-person", **fields)
    assert page.status_code == 422
    assert problem in page.text
    assert audited(site) == []


def test_one_person_has_one_account(site: Site) -> None:
    assert decide(site, "deputy", "change", role="deputy", staff="s-1") == 302
    assert decide(site, "director", "change", role="director", staff="s-1") == 422
    assert "Учителева" not in browser(site).get("/console/new-person").text


def test_another_role_holds_from_the_next_request_on(site: Site) -> None:
    person = browser(site, "deputy")
    assert person.get("/console/queue").status_code == 200
    assert decide(site, "deputy", "change", role="dispatcher") == 302
    assert person.get("/console/queue").status_code == 403
    row = next(row for row in site.world.rows(audit_entry) if row["action"] == "user.changed")
    assert (row["old"], row["new"], row["reason"]) == ({"role": "deputy"}, {"role": "dispatcher"}, WHY)
    assert row["source"] == "127.0.0.1"


def test_a_disabled_account_is_out_at_once_and_may_come_back(site: Site) -> None:
    person = browser(site, "deputy")
    assert decide(site, "deputy", "disable") == 302
    assert person.get("/console").status_code == 302
    assert "отключён" in browser(site).get("/console/person?login=deputy").text
    assert "deputy" in browser(site).get("/console/people?state=disabled").text
    assert decide(site, "deputy", "enable") == 302
    assert browser(site, "deputy").get("/console").status_code == 200


def test_sessions_are_ended_and_the_password_still_opens(site: Site) -> None:
    person = browser(site, "deputy")
    site.world.clock.advance(timedelta(seconds=1))
    assert decide(site, "deputy", "end_sessions") == 302
    assert person.get("/console").status_code == 302
    assert browser(site, "deputy").get("/console").status_code == 200


def test_a_reset_password_is_shown_once_and_the_old_one_is_out(site: Site) -> None:
    page = browser(site).post(
        "/console/person/decision", form_on="/console/password", account="deputy", verb="reset", reason=WHY
    )
    browser(site, "deputy", password=shown_once(page.text))
    assert Browser(site.app.test_client()).sign_in("deputy").status_code == 401
    assert ("user.password_reset", "administrator", "deputy", WHY) in audited(site)


@pytest.mark.parametrize("verb", ["change", "disable"])
def test_nobody_changes_the_own_rights(site: Site, verb: str) -> None:
    assert decide(site, "administrator", verb, role="director") == 422
    page = browser(site).get("/console/person?login=administrator").text
    assert "другой администратор" in page
    assert 'value="disable"' not in page


def test_nothing_is_decided_without_a_reason(site: Site) -> None:
    assert decide(site, "deputy", "disable", reason=" ") == 400
    assert decide(site, "deputy", "change", role="king") == 404


def test_the_director_sees_and_does_not_decide(site: Site) -> None:
    person = browser(site, "director")
    assert "Новый пользователь" not in person.get("/console/people").text
    assert person.get("/console/person?login=deputy").status_code == 200
    assert person.get("/console/new-person").status_code == 403
    assert decide(site, "deputy", "disable", by="director") == 403
    assert person.get("/console/new-program").status_code == 403


def test_a_neighbours_accounts_and_programs_are_not_there(site: Site) -> None:
    made = site.credentials(Scope.DIARY_READ)
    person = browser(site, "neighbour")
    assert person.get("/console/person?login=deputy").status_code == 404
    assert person.get(f"/console/programs/{made.client_id}").status_code == 404
    assert decide(site, "deputy", "disable", by="neighbour") == 404
    assert "/console/person?login=deputy" not in person.get("/console/people").text


@pytest.mark.parametrize(
    ("query", "found", "missing"),
    [
        ("role=deputy", "deputy;", "director;"),
        ("q=DIREC", "director;", "deputy;"),
        ("state=locked", "login", "deputy;"),
    ],
)
def test_accounts_are_filtered_and_downloaded(site: Site, query: str, found: str, missing: str) -> None:
    text = browser(site).get(f"/console/people?{query}&format=csv").text
    assert found in text
    assert missing not in text


# programs


def opens(site: Site, client_id: str, secret: str) -> bool:
    return site.services.clients.authenticate(client_id, secret) is not None


def test_a_new_program_gets_a_secret_that_is_shown_once(site: Site) -> None:
    person = browser(site)
    answer = person.post("/console/new-program", form_on="/console/new-program", name="Журнал", scope="journal.read")
    secret = shown_once(answer.text)
    (listed,) = site.services.clients.listed(SCHOOL)
    assert listed.client.scopes == {Scope.JOURNAL_READ}
    assert opens(site, listed.client.client_id, secret)
    shown = person.get(f"/console/programs/{listed.client.client_id}").text
    assert secret not in shown
    assert "читать журнал" in shown


@pytest.mark.parametrize("fields", [{"name": "Журнал"}, {"name": " ", "scope": "journal.read"}, {"scope": "unknown"}])
def test_a_program_needs_a_name_and_a_right(site: Site, fields: dict[str, str]) -> None:
    answer = browser(site).post("/console/new-program", form_on="/console/new-program", **fields)
    assert answer.status_code == 422
    assert "Нужны название и хотя бы одно право." in answer.text


def program(site: Site, client_id: str, verb: str, **fields: str) -> str:
    page = f"/console/programs/{client_id}"
    answer = browser(site).post(f"{page}/decision", form_on=page, verb=verb, reason=WHY, **fields)
    assert answer.status_code in {200, 302}
    return answer.text


def test_a_new_secret_leaves_the_former_one_for_a_while(site: Site) -> None:
    made = site.credentials(Scope.DIARY_READ)
    fresh = shown_once(program(site, made.client_id, "rotate"))
    assert opens(site, made.client_id, fresh)
    assert opens(site, made.client_id, made.secret)
    assert "Прежний секрет действует до" in browser(site).get(f"/console/programs/{made.client_id}").text


def test_other_scopes_take_the_tokens_away(site: Site) -> None:
    headers = site.token(Scope.DIARY_READ)
    token = headers["Authorization"].split()[1]
    (listed,) = site.services.clients.listed(SCHOOL)
    program(site, listed.client.client_id, "scopes", scope="roster.read")
    (listed,) = site.services.clients.listed(SCHOOL)
    assert listed.client.scopes == {Scope.ROSTER_READ}
    assert site.services.clients.caller(token) is None
    changed = next(row for row in site.world.rows(audit_entry) if row["action"] == "client.scopes_changed")
    assert (changed["old"]["scopes"], changed["new"]["scopes"]) == (["diary.read"], ["roster.read"])


def test_tokens_are_revoked_and_a_program_is_turned_away(site: Site) -> None:
    token = site.token(Scope.DIARY_READ)["Authorization"].split()[1]
    (listed,) = site.services.clients.listed(SCHOOL)
    program(site, listed.client.client_id, "revoke")
    assert site.services.clients.caller(token) is None
    program(site, listed.client.client_id, "disable_program")
    shown = browser(site).get("/console/programs").text
    assert "отключена" in shown
    reasons = {
        reason for action, _, _, reason in audited(site) if action.startswith("client.") and action != "client.added"
    }
    assert reasons == {WHY}


def test_no_programs_says_what_to_do(site: Site) -> None:
    assert "Программ ещё нет." in browser(site).get("/console/programs").text
