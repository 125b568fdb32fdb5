"""The console's pages of matching on a real database: the queue of questions, one question, a person's answer."""

from __future__ import annotations

import csv
import io

import pytest

from gateway.model.access import Role
from gateway.model.matching_cases import Candidate, Case, CaseReason, CaseState, ProposedLink, StoredCase
from gateway.model.matching_rules import Evidence, Rule
from gateway.model.roster import RecordKind
from gateway.model.roster_link import LinkState
from gateway.storage.tables.audit import audit_entry
from tests.console_world import FORMULA, HOSTILE, Browser, add_person
from tests.diary_world import FOREIGN, NOW, OTHER_SCHOOL, OWN, SCHOOL
from tests.web_world import Site

SECOND = "oneroster"
DOUBTFUL = Case(
    source=SECOND,
    kind=RecordKind.PUPIL,
    source_id="or-17",
    reason=CaseReason.AMBIGUOUS,
    record={
        "source_id": "or-17",
        "family": HOSTILE,
        "given": "Имярек",
        "patronymic": "",
        "birth_date": "2014-05-05",
        "sex": "female",
        "snils": None,
        "status": "active",
    },
    candidates=(
        Candidate(
            id=OWN,
            score=55,
            evidence=(Evidence(rule=Rule.NAME_PART, weight=35), Evidence(rule=Rule.BIRTH_NEAR, weight=15)),
        ),
        Candidate(id=FOREIGN, score=50, evidence=(Evidence(rule=Rule.NAME_PART, weight=35),)),
    ),
)
FORMULAIC = Case(
    source=SECOND,
    kind=RecordKind.STAFF,
    source_id=FORMULA,
    reason=CaseReason.AMBIGUOUS,
    record={"source_id": FORMULA, "family": "Учебный", "given": "Учитель", "patronymic": "", "position": "учитель"},
)
ANEW = Case(
    source="registry",
    kind=RecordKind.PUPIL,
    source_id="",
    reason=CaseReason.RENUMBERED,
    proposed=(ProposedLink(source_id="new-1", id=OWN, score=99),),
    records=1,
)


@pytest.fixture
def site(new_site: Site) -> Site:
    for login, role, school in (
        ("coordinator", Role.COORDINATOR, SCHOOL),
        ("director", Role.DIRECTOR, SCHOOL),
        ("support", Role.SUPPORT, SCHOOL),
        ("neighbour", Role.COORDINATOR, OTHER_SCHOOL),
    ):
        add_person(new_site.world, login, role, of=school)
    with new_site.world.units(SCHOOL)() as unit:
        unit.roster_cases.ask([DOUBTFUL, FORMULAIC], source=SECOND, at=NOW, complete=True)
        unit.roster_cases.ask([ANEW], source="registry", at=NOW, complete=True)
    return new_site


def browser(site: Site, login: str = "coordinator", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def address(case: Case) -> str:
    return f"/console/roster-matches/{case.id_in(SCHOOL)}"


def kept(site: Site, case: Case) -> StoredCase:
    with site.world.units(SCHOOL)() as unit:
        found = unit.roster_cases.get(case.id_in(SCHOOL))
    assert found is not None
    return found


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_queue_tells_who_waits_and_why(site: Site, language: str) -> None:
    page = browser(site, language=language).get("/console/roster-matches").text
    assert ("может быть одним из наших" if language == "ru" else "may be one of ours") in page
    assert HOSTILE not in page
    assert "or-17" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=or-17", {"or-17"}),
        ("kind=staff", {FORMULA}),
        ("reason=renumbered", {""}),
        ("source=registry", {""}),
        ("state=same", set()),
    ],
)
def test_the_queue_is_filtered_searched_and_taken_along(site: Site, query: str, found: set[str]) -> None:
    answer = browser(site).get(f"/console/roster-matches?{query}&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert {row["source_id"].removeprefix("'") for row in rows} == found
    assert all(not row["source_id"].startswith("=") for row in rows)


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("case", [DOUBTFUL, FORMULAIC, ANEW], ids=["doubtful", "nobody like it", "anew"])
def test_a_question_shows_both_sides(site: Site, case: Case, language: str) -> None:
    answer = browser(site, language=language).get(address(case))
    assert answer.status_code == 200
    assert HOSTILE not in answer.text
    if case is DOUBTFUL:
        assert ("05.05.2014" if language == "ru" else "2014-05-05") in answer.text
        assert "+35" in answer.text


def test_saying_the_same_makes_a_link(site: Site) -> None:
    one = browser(site)
    answer = one.post(
        f"{address(DOUBTFUL)}/decision", form_on=address(DOUBTFUL), verb="same", record=FOREIGN, reason="Личное дело"
    )
    assert answer.status_code == 302
    assert (kept(site, DOUBTFUL).state, kept(site, DOUBTFUL).chosen) == (CaseState.SAME, FOREIGN)
    with site.world.units(SCHOOL)() as unit:
        (link,) = [one for one in unit.roster_links.all(source=SECOND) if one.state is LinkState.ACTIVE]
    assert (link.source_id, link.id, link.linked_by, link.rule) == ("or-17", FOREIGN, "coordinator", "person")
    assert "Личное дело" in {row["reason"] for row in site.world.rows(audit_entry)}


@pytest.mark.parametrize(("verb", "state"), [("new", CaseState.NEW), ("ignore", CaseState.IGNORED)])
def test_the_other_answers(site: Site, verb: str, state: CaseState) -> None:
    one = browser(site)
    one.post(f"{address(DOUBTFUL)}/decision", form_on=address(DOUBTFUL), verb=verb, reason="Сверено")
    assert kept(site, DOUBTFUL).state is state
    one.post(f"{address(DOUBTFUL)}/decision", form_on=address(DOUBTFUL), verb="reopen", reason="Ошибка")
    assert kept(site, DOUBTFUL).state is CaseState.OPEN


def test_a_new_numbering_is_agreed_to(site: Site) -> None:
    one = browser(site)
    one.post(f"{address(ANEW)}/decision", form_on=address(ANEW), verb="same", reason="Реестр переехал")
    assert kept(site, ANEW).state is CaseState.SAME
    with site.world.units(SCHOOL)() as unit:
        assert [(link.source_id, link.id) for link in unit.roster_links.all(source="registry")] == [("new-1", OWN)]


def test_an_answer_that_cannot_be_given_comes_back_with_the_page(site: Site) -> None:
    answer = browser(site).post(
        f"{address(DOUBTFUL)}/decision", form_on=address(DOUBTFUL), verb="same", record="nobody", reason="Ошибка"
    )
    assert answer.status_code in {409, 422}
    assert "Записи «ученик» с таким" in answer.text
    assert kept(site, DOUBTFUL).state is CaseState.OPEN


def test_one_candidate_only_is_agreed_to_for_all(site: Site) -> None:
    single = Case(
        source=SECOND,
        kind=RecordKind.PUPIL,
        source_id="or-18",
        reason=CaseReason.AMBIGUOUS,
        record=DOUBTFUL.record,
        candidates=DOUBTFUL.candidates[:1],
    )
    with site.world.units(SCHOOL)() as unit:
        unit.roster_cases.ask([single, DOUBTFUL], source=SECOND, at=NOW, complete=True)
    one = browser(site)
    one.post(
        "/console/roster-matches/decision",
        form_on="/console/roster-matches",
        verb="same",
        source=SECOND,
        reason="Проверено списком",
    )
    assert kept(site, single).state is CaseState.SAME
    assert kept(site, DOUBTFUL).state is CaseState.OPEN


def test_only_who_may_decide_decides_and_another_school_sees_nothing(site: Site) -> None:
    assert browser(site, "neighbour").get(address(DOUBTFUL)).status_code == 404
    page = browser(site, "director").get(address(DOUBTFUL)).text
    assert "/decision" not in page
    assert browser(site, "support").get("/console/roster-matches").status_code == 403
