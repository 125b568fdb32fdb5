"""Rows of lists at the console: named by file, sheet and row, and searched by that; their ids tell nobody anything."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from gateway.errors import Fault, Party, Rejected, Text
from gateway.model.access import Role
from gateway.model.file_place import FilePlace
from gateway.model.matching_cases import Candidate, Case, CaseReason, ProposedLink
from gateway.model.roster import RecordKind, RosterSnapshot
from gateway.model.roster_quarantine import quarantine_id, quarantined
from tests.console_world import Browser, add_person
from tests.diary_world import NOW, SCHOOL
from tests.web_world import Site

HANDLE = "3f" * 12
PLACE = FilePlace(file="5 классы.xlsx", row=14, sheet="5А")
SAID = {"ru": "5 классы.xlsx, лист «5А», строка 14", "en": "5 классы.xlsx, sheet &#39;5А&#39;, row 14"}
RECORD = {"family": "Тестова", "given": "Проба", "patronymic": "", "birth_date": date(2015, 3, 4).isoformat()}
ONE = Case(
    source="lists",
    kind=RecordKind.PUPIL,
    source_id=HANDLE,
    reason=CaseReason.AMBIGUOUS,
    record=RECORD,
    candidates=(Candidate(id="somebody", score=50),),
    place=PLACE,
)
MANY = Case(
    source="lists",
    kind=RecordKind.STAFF,
    source_id="",
    reason=CaseReason.RENUMBERED,
    proposed=(ProposedLink(source_id=HANDLE, id="somebody", score=90, place=PLACE),),
    records=1,
)
FAULT = Fault(
    code="school_lists.value",
    text=Text(ru="Класс не понятен.", en="The class is not understood."),
    path=PLACE.path,
    line=PLACE.row,
    field="class",
    rule="R-ROST-02",
    who=Party.COORDINATOR,
)
TURNED_AWAY = RosterSnapshot(
    source="lists",
    school=SCHOOL,
    rejected=(Rejected(record=HANDLE, kind="pupil", faults=(FAULT,), raw='{"full_name":"Тестова Проба"}'),),
)


@pytest.fixture
def site(new_site: Site) -> Site:
    add_person(new_site.world, "coordinator", Role.COORDINATOR, of=SCHOOL)
    with new_site.world.units(SCHOOL)() as unit:
        unit.roster_cases.ask([ONE, MANY], source="lists", at=NOW, complete=True)
        unit.quarantine.put(quarantined(TURNED_AWAY, (), at=NOW))
    return new_site


def browser(site: Site, language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in("coordinator").status_code == 302
    return one


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_page_names_the_row(site: Site, language: str) -> None:
    one = browser(site, language)
    record = quarantine_id(SCHOOL, "lists", "pupil", HANDLE)
    for address in (
        "/console/roster-matches",
        f"/console/roster-matches/{ONE.id_in(SCHOOL)}",
        f"/console/roster-matches/{MANY.id_in(SCHOOL)}",
        "/console/quarantine",
        f"/console/quarantine/{record}",
    ):
        assert SAID[language] in one.get(address).text, address
    assert HANDLE not in one.get("/console/quarantine").text
    assert HANDLE not in one.get("/console/roster-matches").text


@pytest.mark.parametrize("page", ["roster-matches", "quarantine"])
def test_a_row_is_found_by_its_place_and_taken_along(site: Site, page: str) -> None:
    answer = browser(site).get(f"/console/{page}?q=строка 14&format=csv")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";")
    assert row["place"] == SAID["ru"]
    assert browser(site).get(f"/console/{page}?q=строка 15&format=csv").text.count("\n") == 1
