"""Two records of one person at the console: found, compared, made one by who may, refused where they clash, undone."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest

from gateway.model.access import Role
from gateway.model.people import Status
from gateway.model.person_merge import Merge
from gateway.model.roster import RecordKind
from gateway.model.roster_change import Action, Change, RowChange
from gateway.storage.tables.audit import audit_entry
from gateway.storage.tables.people import roster_plan
from gateway.storage.tables.roster_links import roster_merge
from tests.console_world import HOSTILE, Browser, add_person
from tests.diary_world import OTHER_SCHOOL, OWN, SCHOOL
from tests.web_world import Site

PAGE, NEW = "/console/people-merges", "/console/people-merges/new"
TWIN = "twin"
REASON = "Личное дело одно"
PAIR = f"{NEW}?kind=pupil&one={OWN}&other={TWIN}"


@pytest.fixture
def site(new_site: Site) -> Site:
    """Give a school in which one pupil was entered twice, the second time without a class."""
    for role in (Role.COORDINATOR, Role.DEPUTY, Role.DIRECTOR, Role.CLASS_TEACHER):
        add_person(new_site.world, role.value, role)
    add_person(new_site.world, "neighbour", Role.COORDINATOR, of=OTHER_SCHOOL)
    enter(new_site, snils=None)
    return new_site


def enter(site: Site, **other: object) -> None:
    with site.world.units(SCHOOL)() as unit:
        own = unit.roster.state().of(RecordKind.PUPIL)[OWN,]
        fields = {**own, "source_id": "TWIN", "patronymic": HOSTILE, **other}
        row = RowChange(kind=RecordKind.PUPIL, key=(TWIN,), old=None, new=fields)  # type: ignore[arg-type]  # fields of a pupil
        unit.roster.write([Change(action=Action.CREATE, rows=(row,))])


def browser(site: Site, login: str = "coordinator", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def merge(one: Browser, *, kept: str = OWN, reason: str = REASON) -> str:
    answer = one.post(NEW, form_on=PAIR, verb="merge", kind="pupil", one=OWN, other=TWIN, kept=kept, reason=reason)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def merges(site: Site) -> list[Merge]:
    return list(site.services.console.merges(SCHOOL).all())


def status_of(site: Site, pupil: str) -> object:
    with site.world.units(SCHOOL)() as unit:
        return unit.roster.state().of(RecordKind.PUPIL)[pupil,]["status"]


@pytest.mark.parametrize("query", ["Ученикова", "ученикова имярек", TWIN, "BORN", "AS WRITTEN"])
def test_people_are_found_by_any_word_of_them(site: Site, query: str) -> None:
    with site.world.units(SCHOOL)() as unit:
        born = date.fromisoformat(str(unit.roster.state().of(RecordKind.PUPIL)[OWN,]["birth_date"]))
    asked = query.replace("BORN", born.isoformat()).replace("AS WRITTEN", f"{born:%d.%m.%Y}")
    page = browser(site).get(f"{NEW}?kind=pupil&q={asked}").text
    assert f'value="{TWIN}"' in page or f'value="{OWN}"' in page
    assert HOSTILE not in page


@pytest.mark.parametrize("language", ["ru", "en"])
def test_both_are_shown_side_by_side_with_what_hangs_on_them(site: Site, language: str) -> None:
    page = browser(site, language=language).get(PAIR).text
    assert ("Какая запись остаётся" if language == "ru" else "Which record stays") in page
    assert "<mark>" in page  # the patronymics differ
    assert ("отметка" if language == "ru" else "mark") in page
    assert re.search(rf'name="kept" required value="{TWIN}"', page)
    assert HOSTILE not in page


def test_looking_changes_nothing_and_is_kept(site: Site) -> None:
    before = (site.world.rows(roster_merge), status_of(site, TWIN))
    browser(site).get(PAIR)
    assert (site.world.rows(roster_merge), status_of(site, TWIN)) == before
    seen = {(row["action"], row["object_id"]) for row in site.world.rows(audit_entry) if row["object_kind"] == "pupil"}
    assert seen == {("view", OWN), ("view", TWIN)}


@pytest.mark.parametrize("login", ["coordinator", "deputy"])
def test_two_become_one_and_two_again(site: Site, login: str) -> None:
    one = browser(site, login)
    page = merge(one)
    (made,) = merges(site)
    assert (made.kept, made.absorbed, made.merged_by, made.reason) == (OWN, TWIN, login, REASON)
    assert status_of(site, TWIN) == Status.ARCHIVED
    assert {row["role"] for row in site.world.rows(audit_entry) if row["action"] == "merge"} == {login}
    assert "Отменить объединение" in one.get(page).text
    answer = one.post(f"{page}/undo", form_on=page, verb="unmerge", reason="Это близнецы")
    assert answer.status_code == 302
    assert status_of(site, TWIN) == Status.ACTIVE
    (undone,) = merges(site)
    assert undone.undone_by == login
    again = one.post(f"{page}/undo", form_on="/console/password", verb="unmerge", reason="Ещё раз")
    assert (again.status_code >= 400, "roster.merge_undone" in again.text) == (True, True)


def test_the_other_record_may_stay(site: Site) -> None:
    merge(browser(site), kept=TWIN)
    (made,) = merges(site)
    assert (made.kept, made.absorbed) == (TWIN, OWN)


def test_the_list_is_searched_filtered_and_taken_along(site: Site) -> None:
    one = browser(site)
    merge(one)

    def found(query: str) -> list[str]:
        text = one.get(f"{PAGE}?format=csv&{query}").text.removeprefix("\ufeff")
        return [row["absorbed"] for row in csv.DictReader(io.StringIO(text), delimiter=";")]

    assert found("") == found("kind=pupil") == found("state=standing") == found("q=имярек") == [TWIN]
    assert found("kind=staff") == found("state=undone") == found("q=nobody") == []


def test_what_clashes_is_named_and_not_made_one(site: Site) -> None:
    with site.world.units(SCHOOL)() as unit:
        held = unit.roster.state().of(RecordKind.PUPIL)
        rows = [
            RowChange(kind=RecordKind.PUPIL, key=(who,), old={"snils": held[who,]["snils"]}, new={"snils": number})
            for who, number in ((OWN, "112-233-445 95"), (TWIN, "087-654-303 00"))
        ]
        unit.roster.write([Change(action=Action.UPDATE, rows=(row,)) for row in rows])
    one = browser(site)
    page = one.get(PAIR).text
    assert "Объединить их сейчас нельзя" in page
    assert "roster.merge_refused" in page
    assert 'value="merge"' not in page
    form = {"verb": "merge", "kind": "pupil", "one": OWN, "other": TWIN, "kept": OWN, "reason": REASON}
    answer = one.post(NEW, form_on="/console/password", **form)
    assert (answer.status_code, "roster.merge_refused" in answer.text) == (422, True)
    assert merges(site) == []


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "class", "one": OWN, "other": TWIN, "kept": OWN, "reason": REASON},
        {"kind": "pupil", "one": OWN, "other": TWIN, "kept": "nobody", "reason": REASON},
        {"kind": "pupil", "one": OWN, "other": OWN, "kept": OWN, "reason": REASON},
        {"kind": "pupil", "one": OWN, "other": "nobody", "kept": OWN, "reason": REASON},
        {"kind": "pupil", "one": OWN, "other": TWIN, "kept": OWN, "reason": " "},
    ],
)
def test_what_makes_no_sense_changes_nothing(site: Site, form: dict[str, str]) -> None:
    answer = browser(site).post(NEW, form_on=PAIR, verb="merge", **form)
    assert answer.status_code >= 400
    assert merges(site) == []


def test_who_may_not_merge_looks_on_and_another_school_sees_nothing(site: Site) -> None:
    page = merge(browser(site))
    director = browser(site, "director")
    assert director.get(page).status_code == 200
    assert "/undo" not in director.get(page).text
    assert director.get(NEW).status_code == 403
    assert director.post(f"{page}/undo", form_on="/console/password", verb="unmerge", reason="x").status_code == 403
    assert browser(site, "class_teacher").get(PAGE).status_code == 403
    neighbour = browser(site, "neighbour")
    assert neighbour.get(page).status_code == 404
    assert "Ничего не найдено" in neighbour.get(f"{NEW}?kind=pupil&q={TWIN}").text
    assert len(merges(site)) == 1
    assert site.world.rows(roster_plan) == []


def test_a_record_and_the_questions_lead_here(site: Site) -> None:
    one = browser(site)
    assert f"{NEW}?kind=pupil&amp;one={OWN}" in one.get(f"/console/roster-records/pupil/{OWN}").text
    assert NEW in one.get("/console/roster-matches").text
