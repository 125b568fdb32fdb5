"""The turn of the year at the console: shown, searched, taken as a file, decided by the deputy alone, undone."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from gateway.model.access import Role
from gateway.model.archive import school_year_name
from gateway.model.ids import YearId
from gateway.model.journal_records import RecordKind, Stored
from gateway.model.rollover import FindingCode
from gateway.model.roster_plan import PlanState
from gateway.model.school import AcademicYear, YearState
from tests.console_world import Browser, add_person
from tests.diary_world import SCHOOL
from tests.web_world import Site

PAGE, DECISION, SETTLING = "/console/year-end", "/console/year-end/decision", "/console/year-end/settling"


@pytest.fixture
def site(new_site: Site) -> Iterator[Site]:
    for role in (Role.DEPUTY, Role.DIRECTOR, Role.COORDINATOR):
        add_person(new_site.world, role.value, role)
    years = (
        AcademicYear(id=YearId("2026"), year=2026, start=date(2026, 9, 1), end=date(2027, 8, 30), state=YearState.OPEN),
        AcademicYear(id=YearId("2027"), year=2027, start=date(2027, 9, 1), end=date(2028, 8, 30)),
    )
    with new_site.world.units(SCHOOL)() as unit:
        unit.journal.put(RecordKind.YEARS, [Stored(record=one, version=1) for one in years])
    new_site.world.now = datetime(2027, 8, 20, 9, 0, tzinfo=UTC)
    return new_site


def browser(site: Site, login: str = "deputy", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def lines(deputy: Browser, query: str = "") -> list[dict[str, str]]:
    text = deputy.get(f"{PAGE}?format=csv{query}").text
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def planned(site: Site) -> Browser:
    deputy = browser(site)
    assert deputy.post(DECISION, form_on=PAGE, verb="plan").status_code == 302
    return deputy


def plan_of(site: Site) -> str:
    with site.world.units(SCHOOL)() as unit:
        return next(one.id for one in unit.roster.plans(states={PlanState.HELD}) if one.source == "year")


def test_before_there_is_a_plan_the_page_says_what_to_do_or_who_does(site: Site) -> None:
    page = browser(site).get(PAGE).text
    assert "Плана ещё нет" in page
    assert 'value="plan"' in page
    others = browser(site, "coordinator").get(PAGE).text
    assert "Постройте" not in others
    assert "заместитель директора" in others
    assert 'value="plan"' not in others


def test_numbers_of_several_classes_are_told_by_class(site: Site) -> None:
    deputy = planned(site)
    made = site.services.console.roll_over(SCHOOL).show()
    assert made is not None
    unmarked = [one for one in made.roll_over.findings if one.code is FindingCode.NO_YEAR_MARKS]
    total = sum(one.number for one in unmarked)
    page = deputy.get(PAGE).text
    assert f"Годовых отметок нет, учеников – {total}." in page
    assert f"5А: {unmarked[0].number}" in page


def test_the_general_page_of_plans_leads_to_the_turn_of_the_year(site: Site) -> None:
    planned(site)
    plan, coordinator = plan_of(site), browser(site, "coordinator")
    page = coordinator.get(f"/console/roster/{plan}").text
    assert f"{PAGE}?plan={plan}" in page
    assert 'name="verb"' not in page
    for verb in ("approve", "apply", "reject", "revert"):
        answer = coordinator.post(
            f"/console/roster/{plan}/decision", form_on="/console/password", verb=verb, reason="Пора"
        )
        assert answer.status_code >= 400
        assert "переход на новый учебный год" in answer.text or verb == "revert"
    assert plan_of(site) == plan


def test_the_plan_of_the_year_does_not_expire(site: Site) -> None:
    planned(site)
    plan = plan_of(site)
    with site.world.units(SCHOOL)() as unit:
        stored = unit.roster.plan(plan)
        assert stored is not None
        of_sync = replace(stored.head, id="of-a-sync", source="registry", decisions=())
        unit.roster.keep(replace(stored, head=of_sync))
    site.world.clock.advance(timedelta(days=30))
    assert [one.id for one in site.services.console.decisions(SCHOOL).expire()] == ["of-a-sync"]
    assert plan_of(site) == plan


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_preview_tells_who_goes_where_and_what_is_missing(site: Site, language: str) -> None:
    planned(site)
    page = browser(site, language=language).get(PAGE)
    assert page.status_code == 200
    assert school_year_name(2027) in page.text
    assert {"ru": "Нет приказа", "en": "There is no order"}[language] in page.text
    assert "6А" in page.text


def test_the_list_is_searched_filtered_and_taken_as_a_file(site: Site) -> None:
    deputy = planned(site)
    every = lines(deputy)
    assert {one["from"] for one in every} == {"5А"}
    assert {one["to"] for one in every} == {"6А"}
    name = every[0]["pupil"]
    assert [one["pupil"] for one in lines(deputy, f"&q={every[0]['id']}")] == [name]
    assert lines(deputy, "&outcome=repeats") == []
    assert lines(deputy, "&class=5А") == every
    with site.world.units(SCHOOL)() as unit:
        looks = [one.record for one in unit.audit.entries() if one.record.action == "download"]
    assert {one.object_kind for one in looks} == {"roster_plan"}


def test_the_deputy_decides_applies_and_takes_back(site: Site) -> None:
    deputy = planned(site)
    repeater = lines(deputy)[0]["id"]
    deputy.post(SETTLING, form_on=PAGE, what="order", outcome="promoted", document="Приказ № 45")
    deputy.post(
        SETTLING, form_on=PAGE, what="pupils", pupil=repeater, outcome="repeats", to="5Б", document="Протокол № 3"
    )
    deputy.post(SETTLING, form_on=PAGE, what="class", **{"class": "6А", "teacher": "s-1"})
    decided = {one["id"]: one for one in lines(deputy)}
    assert (decided[repeater]["to"], decided[repeater]["document"]) == ("5Б", "Протокол № 3")
    assert "Применить план" in deputy.get(PAGE).text
    plan = plan_of(site)
    assert deputy.post(DECISION, form_on=PAGE, verb="apply", plan=plan, reason="Год окончен").status_code == 302
    assert "Отменить переход" in deputy.get(PAGE).text
    with site.world.units(SCHOOL)() as unit:
        assert {one.movement.document for one in unit.roster.book(plan)} == {"Приказ № 45", "Протокол № 3"}
        head = unit.roster.plan(plan)
    assert head is not None
    assert [(one.state.value, one.by, one.reason) for one in head.head.decisions] == [
        ("approved", "deputy", "Год окончен"),
        ("applied", "deputy", "Год окончен"),
    ]
    assert deputy.post(DECISION, form_on=PAGE, verb="undo", plan=plan, reason="Рано").status_code == 302
    with site.world.units(SCHOOL)() as unit:
        assert not [one for one in unit.roster.state().rows.get("enrollment", {}).values() if one["valid_to"]]


def test_what_cannot_be_done_comes_back_with_the_list(site: Site) -> None:
    deputy = planned(site)
    answer = deputy.post(DECISION, form_on=PAGE, verb="apply", plan=plan_of(site), reason="Всё равно")
    assert (answer.status_code, "year.rollover_incomplete" in answer.text) == (409, True)
    wrong = deputy.post(SETTLING, form_on=PAGE, what="class", **{"class": "12Я", "teacher": ""})
    assert (wrong.status_code, "year.rollover_class" in wrong.text) == (422, True)


@pytest.mark.parametrize("login", ["director", "coordinator"])
def test_others_look_and_do_not_decide(site: Site, login: str) -> None:
    planned(site)
    other = browser(site, login)
    page = other.get(PAGE)
    assert (page.status_code, "Решает заместитель" in page.text, SETTLING in page.text.replace("&amp;", "&")) == (
        200,
        True,
        True,
    )
    assert other.client.post(DECISION, data={"verb": "plan"}).status_code in {400, 403}
