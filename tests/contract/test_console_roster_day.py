"""The console's pages of the roster's day, of who is missing and of locked fields, on a real database."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, timedelta

import pytest
from markupsafe import escape

from gateway.errors import Text
from gateway.model.access import Role
from gateway.model.roster import RecordKind
from gateway.model.roster_ladder import Absence
from gateway.model.roster_plan import StoredPlan
from gateway.model.roster_warning import PlanWarning, WarningCode
from gateway.storage.tables.audit import audit_entry
from tests.console_world import Browser, Seeded, add_person, seed
from tests.diary_world import NOW, OTHER_SCHOOL, OWN, SCHOOL
from tests.web_world import Site

LOCKS, DECISION = "/console/roster-locks", "/console/roster-locks/decision"
REASON = "паспорт показан"
LOCK = {"verb": "lock", "kind": "pupil", "record": OWN, "field": "given", "reason": REASON}


@pytest.fixture
def site(new_site: Site) -> Site:
    for login, role, school in (
        ("coordinator", Role.COORDINATOR, SCHOOL),
        ("director", Role.DIRECTOR, SCHOOL),
        ("support", Role.SUPPORT, SCHOOL),
        ("archivist", Role.ARCHIVIST, SCHOOL),
        ("neighbour", Role.COORDINATOR, OTHER_SCHOOL),
    ):
        add_person(new_site.world, login, role, of=school)
    return new_site


@pytest.fixture
def seeded(site: Site) -> Seeded:
    return seed(site)


def browser(site: Site, login: str = "coordinator", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def decider(site: Site) -> str:
    """Somebody who may decide."""
    return next(
        one for one in ("coordinator", "director") if browser(site, one).get(LOCKS).text.count('name="verb"') > 0
    )


def test_today_leads_to_everything_that_waits(site: Site, seeded: Seeded) -> None:
    page = browser(site).get("/console/roster-today").text
    for expected in (
        f"/console/roster/{seeded.held_plan}",
        f"/console/roster-runs/{seeded.sync}",
        "/console/quarantine?cause=",
        "/console/roster-missing?source=registry",
        "часть ждёт решения",
        "школьный координатор",
    ):
        assert expected in page
    assert "Имярек" not in page, "no names on a page that is not noted"


def test_the_start_page_tells_of_the_day(site: Site, seeded: Seeded) -> None:
    page = browser(site).get("/console").text
    assert "/console/roster-today" in page
    assert "Ждёт решения: 1" in page
    assert seeded.held_plan in browser(site).get("/console/roster-today").text


def test_a_neighbour_sees_a_school_of_their_own(site: Site, seeded: Seeded) -> None:
    page = browser(site, "neighbour").get("/console/roster-today").text
    assert seeded.held_plan not in page
    assert rows(browser(site, "neighbour").get("/console/roster-missing?format=csv").text) == []


def test_the_sources_of_a_day_are_exported(site: Site, seeded: Seeded) -> None:
    (line,) = rows(browser(site).get("/console/roster-today?format=csv").text)
    assert (line["source"], line["standing"], line["who"]) == ("registry", "held", "coordinator")
    assert int(line["changes"]) > 0
    assert seeded.applied_plan


def test_who_is_missing_is_found_filtered_and_exported(site: Site, seeded: Seeded) -> None:
    with site.world.units(SCHOOL)() as unit:
        unit.roster_absences.keep(
            "registry",
            [
                Absence(source="registry", kind=RecordKind.PUPIL, key=(OWN,), since=date(2026, 10, 2), times=3),
                Absence(source="registry", kind=RecordKind.STAFF, key=("=1",), since=date(2026, 10, 9)),
            ],
        )
    one = browser(site)
    found = rows(one.get("/console/roster-missing?format=csv").text)
    assert [(line["kind"], line["record"], line["since"], line["next"]) for line in found] == [
        ("pupil", OWN, "2026-10-02", "suspension"),
        ("staff", "'=1", "2026-10-09", "suspension"),
    ]
    for query, number in (
        ("kind=pupil", 1), ("source=lists", 0), ("step=archive", 0), (f"q={OWN}", 1), ("q=nobody", 0), ("", 2)
    ):  # fmt: skip
        assert len(rows(one.get(f"/console/roster-missing?format=csv&{query}").text)) == number, query
    assert "02.10.2026" in one.get("/console/roster-missing").text
    assert [row["action"] for row in site.world.rows(audit_entry) if row["object_kind"] == "roster_missing"] == (
        ["download"] * 7 + ["view"]
    )
    assert seeded.held_plan


def test_a_field_is_locked_found_and_given_free(site: Site, seeded: Seeded) -> None:
    login = decider(site)
    one = browser(site, login)
    answer = one.post(DECISION, form_on=LOCKS, **LOCK, value="Ясна", set="on")
    assert (answer.status_code, answer.location) == (302, LOCKS)
    page = one.get(LOCKS).text
    assert REASON in page
    assert "Ясна" in page, "the new name is what the record is called by now"
    (line,) = rows(one.get(f"{LOCKS}?format=csv&q={REASON}&kind=pupil").text)
    assert (line["field"], line["locked_by"], line["reason"]) == ("given", login, REASON)
    assert rows(one.get(f"{LOCKS}?format=csv&kind=staff").text) == []
    with site.world.units(SCHOOL)() as unit:
        assert unit.roster.state().of(RecordKind.PUPIL)[OWN,]["given"] == "Ясна"
    freed = one.post(DECISION, form_on=LOCKS, **{**LOCK, "verb": "unlock"})
    assert freed.status_code == 302
    assert rows(one.get(f"{LOCKS}?format=csv").text) == []
    actions = [(row["action"], row["actor"]) for row in site.world.rows(audit_entry) if row["channel"] == "roster"]
    assert ("lock", login) in actions
    assert ("unlock", login) in actions
    assert seeded.held_plan


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"record": "nobody"}, 0, "roster.record_unknown"),
        ({"field": "grade"}, 0, "roster.lock_field"),
        ({"field": "birth_date", "value": "soon", "set": "on"}, 0, "roster.lock_value"),
        ({"verb": "unlock"}, 0, "roster.lock_unknown"),
        ({"reason": " "}, 400, "console.decision_incomplete"),
        ({"verb": "burn"}, 400, "console.decision_incomplete"),
        ({"kind": "horse"}, 404, "console.not_found"),
    ],
)
def test_what_cannot_be_locked_is_told_and_nothing_happens(
    site: Site, change: dict[str, str], status: int, code: str
) -> None:
    one = browser(site, decider(site))
    answer = one.post(DECISION, form_on=LOCKS, **{**LOCK, **change})
    assert answer.status_code >= 400
    assert answer.status_code == (status or answer.status_code)
    assert code in answer.text
    assert rows(one.get(f"{LOCKS}?format=csv").text) == []


def test_who_may_not_decide_sees_no_form_and_is_refused(site: Site) -> None:
    token_page = "/console/password"
    for login in ("support", "archivist"):
        one = browser(site, login)
        assert 'name="verb"' not in one.get(LOCKS).text
        assert one.post(DECISION, form_on=token_page, **LOCK).status_code == 403
    with site.world.units(SCHOOL)() as unit:
        assert unit.roster_locks.all() == []


def test_a_plan_tells_remarks_about_the_source_and_about_records(site: Site, seeded: Seeded) -> None:
    remarks = (
        PlanWarning(code=WarningCode.SOURCE, words=Text(ru="Источник режет страницы.", en="The source clamps pages.")),
        PlanWarning(code=WarningCode.ONLY_ADDITIONS, kind=RecordKind.PUPIL, number=3),
        PlanWarning(
            code=WarningCode.LOCK_KEPT, kind=RecordKind.PUPIL, key=(OWN,), field="given", said="Яна", kept="Ясна"
        ),
    )
    with site.world.units(SCHOOL)() as unit:
        held = unit.roster.plan(seeded.held_plan)
        assert held is not None
        plan = replace(held.plan, warnings=remarks)
        unit.roster.keep(
            StoredPlan(
                head=replace(held.head, id="with-remarks", made_at=NOW - timedelta(days=1), decisions=()), plan=plan
            )
        )
    page = browser(site).get("/console/roster/with-remarks?part=warnings").text
    for one in remarks:
        assert str(escape(one.text.ru)) in page
    assert "Яна" in page
    assert "Ясна" in page
    assert browser(site, language="en").get("/console/roster/with-remarks").status_code == 200
