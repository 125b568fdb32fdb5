"""One person in two roles at the console: asked, answered, shown with the record; of another school a role only."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest

from gateway.model.access import Role
from gateway.model.person_identity import PersonKey, PersonLink, PersonState, pair_of
from gateway.model.roster import RecordKind
from gateway.roster.persons import join
from gateway.roster.probing import keep_probe
from tests.console_world import Browser, add_person
from tests.diary_world import MOTHER_ID, OTHER_SCHOOL, OWN, SCHOOL
from tests.web_world import Site

NOW = datetime(2026, 10, 14, 9, tzinfo=UTC)
TEACHER = "s-1"
LIST, DECISION = "/console/same-person", "/console/same-person/decision"
MOTHER = PersonKey(school=SCHOOL, kind=RecordKind.GUARDIAN, id=MOTHER_ID)
MEMBER = PersonKey(school=SCHOOL, kind=RecordKind.STAFF, id=TEACHER)
PUPIL = PersonKey(school=SCHOOL, kind=RecordKind.PUPIL, id=OWN)
ELSEWHERE = PersonKey(school=OTHER_SCHOOL, kind=RecordKind.STAFF, id="secret-id-elsewhere")
ANSWER = {"one": f"guardian/{MOTHER_ID}", "other": f"staff/{TEACHER}", "reason": "Личное дело"}


def link(one: PersonKey, other: PersonKey, state: PersonState) -> PersonLink:
    low, high = pair_of(one, other)
    return PersonLink(one=low, other=high, rule="name", confidence=40, state=state, since=NOW)


@pytest.fixture
def site(new_site: Site) -> Site:
    """Give a school whose teacher may be a mother, and whose pupil is of the staff of another school."""
    for role in (Role.COORDINATOR, Role.DIRECTOR):
        add_person(new_site.world, role.value, role)
    add_person(new_site.world, "neighbour", Role.COORDINATOR, of=OTHER_SCHOOL)
    with new_site.world.units(SCHOOL)() as unit:
        join(unit, link(MOTHER, MEMBER, PersonState.ASKED))
        join(unit, link(PUPIL, ELSEWHERE, PersonState.SAME))
    return new_site


def browser(site: Site, login: str = "coordinator", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_a_question_is_listed_answered_and_answered_otherwise(site: Site) -> None:
    one = browser(site)
    (row,) = rows(one.get(f"{LIST}?format=csv").text)
    assert (row["record"], row["other_record"], row["state"]) == (MOTHER_ID, TEACHER, "asked")
    assert rows(one.get(f"{LIST}?format=csv&state=same").text) == []
    assert rows(one.get(f"{LIST}?format=csv&q=nobody-is-called-so").text) == []
    page = f"/console/roster-records/guardian/{MOTHER_ID}"
    assert "возможно, один человек" in one.get(page).text
    assert one.post(DECISION, form_on=LIST, verb="same", **ANSWER).status_code == 302
    told = one.get(page).text
    assert "Этот же человек" in told
    assert f"/console/roster-records/staff/{TEACHER}" in told
    (row,) = rows(one.get(f"{LIST}?format=csv").text)
    assert (row["state"], row["decided_by"]) == ("same", "coordinator")
    assert one.post(DECISION, form_on=LIST, verb="apart", **ANSWER).status_code == 302
    assert "Этот же человек" not in one.get(page).text
    assert browser(site, language="en").get(LIST).status_code == 200


def test_of_another_school_only_the_role_is_told(site: Site) -> None:
    one = browser(site)
    page = one.get(f"/console/roster-records/pupil/{OWN}").text
    assert "в другой школе этой установки" in page
    for text in (page, one.get(LIST).text, one.get(f"{LIST}?format=csv").text, one.get("/console/audit").text):
        assert ELSEWHERE.id not in text
    assert rows(browser(site, "neighbour").get(f"{LIST}?format=csv").text) == []


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"verb": "burn"}, 400),
        ({"reason": " "}, 400),
        ({"one": "class/c-1"}, 404),
        ({"one": "guardian/nobody"}, 404),
        ({"other": f"staff/{ELSEWHERE.id}"}, 404),
        ({"other": f"guardian/{MOTHER_ID}"}, 404),
    ],
)
def test_what_cannot_be_said_changes_nothing(site: Site, change: dict[str, str], status: int) -> None:
    one = browser(site)
    assert one.post(DECISION, form_on=LIST, **{"verb": "same", **ANSWER, **change}).status_code == status
    (row,) = rows(one.get(f"{LIST}?format=csv").text)
    assert row["state"] == "asked"


def test_who_may_not_decide_sees_no_form(site: Site) -> None:
    one = browser(site, "director")
    assert 'name="verb"' not in one.get(LIST).text
    assert one.post(DECISION, form_on="/console/password", verb="same", **ANSWER).status_code == 403


def test_the_day_tells_what_a_source_can_do_and_no_longer_does(site: Site) -> None:
    for page in (1000, 100):
        with site.world.units(SCHOOL)() as unit:
            keep_probe(unit.roster_probes, "district", {"sort": True, "page": page}, at=NOW)
    text = browser(site).get("/console/roster-today").text
    assert "Что умеют источники" in text
    assert "записей на странице: было 1000, стало 100" in text
    assert "Что умеют источники" not in browser(site, "neighbour").get("/console/roster-today").text
