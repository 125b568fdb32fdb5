"""The console's pages of control on a real database: deadlines, set-up, incidents, corrections, rules, outages."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from gateway.model.access import Role
from gateway.model.journal_records import RecordKind
from gateway.model.oversight import Decision
from gateway.storage.tables.access import console_user
from gateway.storage.tables.audit import audit_entry, view_entry
from gateway.web.console.incident_pages import NOTABLE
from tests.console_world import HOSTILE, Browser, add_person
from tests.control_world import BY, DIRECTOR, THIEF, Controlled, mark, put, seed_control
from tests.diary_world import FOREIGN, NOW, OTHER_SCHOOL, OWN, REFUSED, SCHOOL
from tests.web_world import Site

PAGES = sorted(Controlled(incident="", correction="", refused="", outage="").pages())
LISTS = ["deadlines", "daily fill", "readiness", "incidents", "incident", "corrections", "policy", "outages"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("control"))
    yield site
    site.close()


@pytest.fixture(scope="module", autouse=True)
def seeded(site: Site) -> Controlled:
    seeded = seed_control(site)
    add_person(site.world, "neighbour", Role.DIRECTOR, of=OTHER_SCHOOL)
    return seeded


@pytest.fixture
def fresh(new_site: Site) -> Site:
    """Give a site of its own to a test that changes something."""
    return new_site


def browser(site: Site, login: str = "director", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def who_opens(name: str) -> str:
    return "deputy" if name == "report" else "director"


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_in_both_languages(site: Site, seeded: Controlled, name: str, language: str) -> None:
    page = browser(site, who_opens(name), language).get(seeded.pages()[name])
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page.text)
    if language == "en":
        main = page.text.partition("<main")[2].replace("Русский", "")
        for made_up in ("Учителева", "Опоздалова", "Заместителева", "Директорова", "Ученикова", "Проба", "Имярек"):
            main = main.replace(made_up, "")
        left = set(re.findall(r"[А-Яа-яё]{3,}", main))
        assert left <= {"Математика", "Описка", "Отметка", "верна", "ОСВ", "сентября"}


@pytest.mark.parametrize("name", ["correction", "outages"])
def test_a_hostile_text_is_shown_as_text(site: Site, seeded: Controlled, name: str) -> None:
    page = browser(site).get(seeded.pages()[name]).text
    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("name", LISTS)
def test_every_list_is_a_file_too(site: Site, seeded: Controlled, name: str) -> None:
    answer = browser(site).get(f"{seeded.pages()[name]}?format=csv")
    assert answer.mimetype == "text/csv"
    head, *lines = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";")
    assert lines
    assert {len(line) for line in lines} == {len(head)}


@pytest.mark.parametrize("name", LISTS)
def test_what_nobody_has_is_not_found_and_the_way_back_is_shown(site: Site, seeded: Controlled, name: str) -> None:
    page = browser(site).get(f"{seeded.pages()[name]}?q=nothing-of-the-kind").text
    assert "Под этот отбор ничего не подходит." in page


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("incidents", "Инцидентов не было."),
        ("corrections", "Об исправлениях никто не просил."),
        ("outages", "Перерывов не было."),
        ("daily fill", "Выберите другие дни."),
    ],
)
def test_an_empty_list_says_what_to_do(site: Site, seeded: Controlled, name: str, advice: str) -> None:
    page = browser(site, "neighbour").get(seeded.pages()[name])
    assert (page.status_code, advice in page.text) == (200, True)


@pytest.mark.parametrize(
    ("address", "column", "expected"),
    [
        ("/console/deadlines?state=overdue", "state", {"overdue"}),
        ("/console/deadlines?clock=homework", "clock", {"homework"}),
        ("/console/deadlines?staff=s-late", "staff", {"s-late"}),
        ("/console/deadlines?party=director", "party", {"director"}),
        ("/console/deadlines?q=опоздалова", "person", {"Опоздалова Проба"}),
        ("/console/deadlines/fill?state=late", "teacher", {"Опоздалова Проба"}),
        ("/console/deadlines/fill?first=2026-10-13&last=2026-10-13", "day", {"2026-10-13"}),
        ("/console/readiness?responsible=dispatcher", "responsible", {"dispatcher"}),
        ("/console/readiness?state=complete", "state", {"complete"}),
        ("/console/readiness?q=каникулы", "section", {"vacations"}),
        ("/console/corrections?decision=refused", "decision", {"refused"}),
        ("/console/corrections?q=mark-1", "record", {"mark-1"}),
        ("/console/policy?q=C-24", "setting", {"correction_open_days"}),
        ("/console/incidents?state=notified", "account", {THIEF}),
        ("/console/outages?course=over", "minutes", {"300"}),
    ],
)
def test_lists_are_searched_and_filtered(site: Site, address: str, column: str, expected: set[str]) -> None:
    found = rows(browser(site).get(f"{address}&format=csv").text)
    assert {row[column] for row in found} == expected


def test_overdue_duties_come_first_with_who_what_why_and_by_how_much(site: Site) -> None:
    """R-CAL-20, R-JRNL-04."""
    found = rows(browser(site).get("/console/deadlines?format=csv").text)
    states = [row["state"] for row in found]
    assert states == [*["overdue"] * states.count("overdue"), *(one for one in states if one != "overdue")]
    homework = next(row for row in found if row["clock"] == "homework" and row["staff"] == "s-late")
    assert homework["record"] == "5А, 13.10.2026, № 4, Математика"
    assert (homework["due_at"], homework["late_minutes"]) == ("2026-10-13T13:45:00+03:00", "1335")
    assert (homework["rule"], homework["settings"]) == ("R-JRNL-04", "homework_deadline_minutes=60")
    page = browser(site).get("/console/deadlines?staff=s-late&clock=homework").text
    assert "на 22 ч 15 мин" in page
    assert 'href="/console/policy/homework_deadline_minutes"' in page
    assert 'href="/console/journal/lessons/l-late"' in page


def test_the_bars_tell_every_clock_by_state(site: Site) -> None:
    page = browser(site).get("/console/deadlines").text
    bar = re.search(r'<th scope="row">домашнее задание</th>.*?</tr>', page, re.DOTALL)
    assert bar is not None
    assert re.findall(r'<rect class="(\w+)"[^>]* width="([\d.]+)"', bar[0]) == [("overdue", "50.0"), ("done", "50.0")]
    assert "<b>2</b>" in bar[0]


def test_a_deputy_reads_who_fills_the_journal_day_by_day(site: Site) -> None:
    """R-JRNL-26."""
    found = rows(browser(site, "deputy").get("/console/deadlines/fill?format=csv").text)
    on_tuesday = {row["staff"]: row for row in found if row["day"] == "2026-10-13"}
    assert (on_tuesday["s-1"]["entered"], on_tuesday["s-1"]["late"]) == ("1", "0")
    assert (on_tuesday["s-late"]["entered"], on_tuesday["s-late"]["late"]) == ("1", "1")
    page = browser(site, "deputy").get("/console/deadlines/fill").text
    assert '<td class="figure late">1/1' in page


@pytest.mark.parametrize(
    "asked", ["first=x&last=y", "first=2030-01-01&last=2031-01-01", "first=0001-01-01&last=0001-01-02"]
)
def test_days_that_cannot_be_are_others(site: Site, asked: str) -> None:
    assert browser(site).get(f"/console/deadlines/fill?{asked}").status_code == 200


def test_whose_paper_slip_is_due_is_shown_and_the_look_is_kept(site: Site) -> None:
    before = len(site.world.rows(view_entry))
    page = browser(site).get("/console/deadlines?clock=paper_slips").text
    assert "Ученикова Имярек" in page
    kept = site.world.rows(view_entry)[before:]
    assert [(one["actor"], one["pupil_id"], one["what"]) for one in kept] == [("director", REFUSED, "paper_slips")]


def test_the_set_up_is_told_section_by_section(site: Site) -> None:
    """R-ACAD-24, R-ACAD-26, C-16."""
    page = browser(site).get("/console/readiness").text
    assert "Готовность года: 2026-2027" in page
    assert "дней просрочки: 34" in page
    found = {row["section"]: row for row in rows(browser(site).get("/console/readiness?format=csv").text)}
    assert (found["periods"]["done"], found["periods"]["state"]) == ("1", "complete")
    assert (found["loads"]["responsible"], found["loads"]["due_on"]) == ("dispatcher", "2026-09-10")
    assert browser(site).get("/console/readiness?year=2027").text.count("просрочки:") == 0
    assert browser(site).get("/console/readiness?year=999999").status_code == 200


# incidents


def test_a_compromised_access_is_reported_and_closed(fresh: Site) -> None:
    """R-SEC-04, R-SEC-08: also by somebody who sees nothing else of it."""
    seed_control(fresh)
    add_person(fresh.world, "victim", Role.ARCHIVIST)
    person = browser(fresh, "class_teacher")
    form = "/console/incidents/new"
    answer = person.post(form, form_on=form, account="victim", learned_at="2026-10-14T11:30")
    assert answer.status_code == 302
    page = person.get(answer.headers["Location"]).text
    assert "14.10.2026 11:30:00" in page
    assert "<code>victim</code> закрыт" in page
    assert "Операции под сомнением" not in page
    closed = next(row for row in fresh.world.rows(console_user) if row["login"] == "victim")
    assert closed["disabled"]
    entry = [row for row in fresh.world.rows(audit_entry) if row["action"] == "access.blocked"][-1]
    assert (entry["actor"], entry["role"], entry["source"]) == ("class_teacher", "class_teacher", "127.0.0.1")


def test_a_name_that_nobody_has_is_told(fresh: Site) -> None:
    seed_control(fresh)
    person = browser(fresh, "deputy")
    before = len(fresh.services.console.incidents(SCHOOL).list())
    answer = person.post("/console/incidents/new", form_on="/console/incidents/new", account="theif")
    assert answer.status_code == 422
    assert "incident.account_unknown" in answer.text
    assert 'value="theif"' in answer.text
    assert len(fresh.services.console.incidents(SCHOOL).list()) == before


@pytest.mark.parametrize(
    "fields",
    [{"account": " "}, {"account": "x", "learned_at": "2026-10-15T11:30"}, {"account": "x", "learned_at": "soon"}],
)
def test_a_report_that_cannot_be_comes_back_with_what_was_written(site: Site, fields: dict[str, str]) -> None:
    person = browser(site, "deputy")
    answer = person.post("/console/incidents/new", form_on="/console/incidents/new", **fields)
    assert answer.status_code in {400, 422}
    assert 'role="alert"' in answer.text
    assert f'value="{fields["account"]}"' in answer.text


@pytest.mark.parametrize(
    ("login", "allowed"),
    [
        ("director", {"director_notified_at", "administrator_notified_at", "support_notified_at", "void_from"}),
        ("deputy", {"director_notified_at", "administrator_notified_at", "support_notified_at"}),
        (
            "administrator",
            {"director_notified_at", "administrator_notified_at", "support_notified_at", "credentials_reissued_at"},
        ),
    ],
)
def test_everybody_notes_what_is_theirs_to_note(fresh: Site, login: str, allowed: set[str]) -> None:
    """C-18: the director alone widens what is void; new credentials are an administrator's."""
    seeded = seed_control(fresh)
    page, person = f"/console/incidents/{seeded.incident}", browser(fresh, login)
    noted = set()
    for what in NOTABLE:
        answer = person.post(f"{page}/moments", form_on=page, what=what, moment="2026-10-14T12:00")
        assert answer.status_code in {302, 403}, what
        noted |= {what} if answer.status_code == 302 else set()
    assert noted == allowed


def test_a_moment_before_it_was_known_is_refused(site: Site, seeded: Controlled) -> None:
    page = f"/console/incidents/{seeded.incident}"
    answer = browser(site).post(f"{page}/moments", form_on=page, what="support_notified_at", moment="2026-10-13T12:00")
    assert (answer.status_code, "incident.moments" in answer.text) == (422, True)


def test_operations_of_the_time_are_shown_as_quarantined_or_void(fresh: Site) -> None:
    """R-AUD-08, C-18: quarantine from the earliest receipt, void from the latest."""
    seeded = seed_control(fresh)
    page = f"/console/incidents/{seeded.incident}"
    found = rows(browser(fresh).get(f"{page}?format=csv").text)
    assert [(row["object_id"], row["state"]) for row in found] == [("m-good", "void"), ("m-false", "void")]
    only = rows(browser(fresh).get(f"{page}?format=csv&standing=quarantined").text)
    assert only == []


def value_of(site: Site, name: str) -> tuple[int | None, bool]:
    with site.world.units(SCHOOL)() as unit:
        held = unit.records.get(RecordKind.MARKS, (name,))
    assert held is not None
    return held.record.value, held.record.voided


def test_a_settlement_is_looked_at_before_it_is_carried_out(fresh: Site) -> None:
    """R-SEC-05: nothing is done before it is confirmed; then exactly what was shown."""
    seeded = seed_control(fresh)
    page, person = f"/console/incidents/{seeded.incident}/settlement", browser(fresh)
    before = fresh.world.rows(audit_entry)
    shown = person.get(page).text
    assert "m-good" in shown
    assert fresh.world.rows(audit_entry) == before
    assert (value_of(fresh, "m-good"), value_of(fresh, "m-false")) == ((2, False), (5, False))
    token = re.search(r'name="shown" value="(\w+)"', shown)
    assert token is not None
    assert person.post(page, form_on=page, shown=token[1]).status_code == 400
    answer = person.post(page, form_on=page, shown=token[1], confirm="yes")
    assert answer.headers["Location"].endswith("?show=effects")
    assert (value_of(fresh, "m-good"), value_of(fresh, "m-false")) == ((5, False), (5, True))
    assert "Всё уже разобрано" in person.get(page).text
    assert "возврат записи" in person.get(answer.headers["Location"]).text


def test_what_has_changed_since_it_was_shown_is_not_carried_out(fresh: Site) -> None:
    seeded = seed_control(fresh)
    page, person = f"/console/incidents/{seeded.incident}/settlement", browser(fresh)
    token = re.search(r'name="shown" value="(\w+)"', person.get(page).text)
    assert token is not None
    put(fresh, mark("m-later", OWN, 2), by=THIEF)
    answer = person.post(page, form_on=page, shown=token[1], confirm="yes")
    assert (answer.status_code, "incident.changed" in answer.text, "m-later" in answer.text) == (409, True, True)
    assert value_of(fresh, "m-good") == (2, False)


def test_what_is_left_to_a_person_is_dealt_with_once(fresh: Site) -> None:
    seeded = seed_control(fresh)
    put(fresh, mark("m-good", OWN, 4))
    page, person = f"/console/incidents/{seeded.incident}/settlement", browser(fresh)
    token = re.search(r'name="shown" value="(\w+)"', person.get(page).text)
    assert token is not None
    person.post(page, form_on=page, shown=token[1], confirm="yes")
    effects = f"/console/incidents/{seeded.incident}?show=effects"
    assert "нужно сделать: 1" in person.get(effects).text
    named = {"kind": "decide", "object_kind": "mark", "object_id": "m-good", "why": "later_change"}
    address = f"/console/incidents/{seeded.incident}/effects"
    assert person.post(address, form_on=effects, reason="", **named).status_code == 400
    assert person.post(address, form_on=effects, reason="x", **{**named, "object_id": "m-0"}).status_code == 404
    person.post(address, form_on=effects, reason="Отметка верна", **named)
    assert "нужно сделать: 0" in person.get(effects).text
    assert fresh.world.rows(audit_entry)[-1]["reason"] == "Отметка верна"


def test_nothing_is_settled_before_everybody_was_told(fresh: Site) -> None:
    seed_control(fresh)
    incidents = fresh.services.console.incidents(SCHOOL)
    add_person(fresh.world, "victim", Role.ARCHIVIST)
    early = incidents.report("victim", by=BY).incident.id
    page = browser(fresh).get(f"/console/incidents/{early}/settlement")
    assert (page.status_code, "incident.not_void" in page.text, "Признать недействительным" in page.text) == (
        422,
        True,
        False,
    )


# corrections


def decision_of(site: Site, correction: str) -> Decision:
    with site.world.units(SCHOOL)() as unit:
        held = unit.records.get(RecordKind.CORRECTIONS, (correction,))
    assert held is not None
    decided: Decision = held.record.decision
    return decided


def test_a_correction_is_asked_for_by_one_and_approved_by_another(fresh: Site) -> None:
    """R-AUD-03, R-AUD-04, C-24."""
    seed_control(fresh)
    form, asking = "/console/corrections/new", browser(fresh, "deputy")
    answer = asking.post(form, form_on=form, kind="marks", record="mark-3", reason="Не тому ученику")
    page = answer.headers["Location"]
    assert "Это ваша просьба" in asking.get(page).text
    own = asking.post(f"{page}/decision", form_on="/console/password", verb="approve", reason="Сам себе")
    assert (own.status_code, "journal.correction_own" in own.text) == (422, True)
    deciding = browser(fresh)
    deciding.post(f"{page}/decision", form_on=page, verb="approve", reason="Проверено")
    shown = deciding.get(page).text
    for told in (
        "одобрено",
        "Заместителева Проба",
        "Директорова Проба",
        "15.10.2026 23:59:59",
        "открыто сейчас",
        "Проверено",
    ):
        assert told in shown
    fresh.world.clock.advance(timedelta(days=3))
    later = browser(fresh).get(page).text
    assert "время истекло" in later


def test_a_correction_is_refused_with_its_reason(fresh: Site) -> None:
    seeded = seed_control(fresh)
    page, person = f"/console/corrections/{seeded.correction}", browser(fresh)
    assert person.post(f"{page}/decision", form_on=page, verb="refuse", reason="").status_code == 400
    assert decision_of(fresh, seeded.correction) is Decision.REQUESTED
    person.post(f"{page}/decision", form_on=page, verb="refuse", reason="Отметка верна")
    assert decision_of(fresh, seeded.correction) is Decision.REFUSED
    again = person.post(f"{page}/decision", form_on="/console/password", verb="approve", reason="Передумал")
    assert (again.status_code, "journal.correction_decided" in again.text) == (422, True)


def test_an_account_that_is_nobody_neither_asks_nor_decides(site: Site, seeded: Controlled) -> None:
    page, person = f"/console/corrections/{seeded.correction}", browser(site, "nobody")
    assert "не связана с сотрудником" in person.get(page).text
    assert "не связана с сотрудником" in person.get("/console/corrections/new").text
    answer = person.post(f"{page}/decision", form_on="/console/password", verb="approve", reason="x")
    assert (answer.status_code, "console.no_person" in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": "marks", "record": "mark-0", "reason": "Описка"}, "correction.record_unknown"),
        ({"kind": "nothing", "record": "mark-1", "reason": "Описка"}, "console.decision_incomplete"),
        ({"kind": "marks", "record": "mark-1", "reason": " "}, "console.decision_incomplete"),
        ({"kind": "marks", "record": "a b c", "reason": "Описка"}, "correction.record_unknown"),
    ],
)
def test_a_request_that_cannot_be_comes_back_with_what_was_written(
    site: Site, fields: dict[str, str], code: str
) -> None:
    answer = browser(site).post("/console/corrections/new", form_on="/console/corrections/new", **fields)
    assert (answer.status_code in {400, 422}, code in answer.text) == (True, True)
    assert f'value="{fields["record"]}"' in answer.text


def test_a_request_can_be_begun_from_a_record(site: Site) -> None:
    page = browser(site).get("/console/corrections/new?kind=marks&record=mark-1").text
    assert '<option value="marks" selected>' in page
    assert 'value="mark-1"' in page


# rules of the school and outages


def test_a_decision_is_written_with_its_document_and_moves_deadlines(fresh: Site) -> None:
    """Section 5, R-ROLE-15."""
    seed_control(fresh)
    page, person = "/console/policy/homework_deadline_minutes", browser(fresh, "administrator")
    person.post(
        f"{page}/decision", form_on=page, value="1440", decided_on="2026-09-01", document="Приказ № 12 от 01.09.2026"
    )
    shown = person.get(page).text
    assert "Приказ № 12 от 01.09.2026" in shown
    (row,) = rows(person.get("/console/policy?origin=decided&format=csv").text)
    assert (row["conflict"], row["value"], row["default"], row["since"]) == ("C-04", "1440", "60", "2026-09-01")
    found = rows(person.get("/console/deadlines?clock=homework&format=csv").text)
    assert {one["settings"] for one in found} == {"homework_deadline_minutes=1440"}


@pytest.mark.parametrize(
    ("setting", "fields", "code"),
    [
        ("homework_deadline_minutes", {"value": "1441"}, "journal.policy_value"),
        ("setup_deadline", {"value": "02-29"}, "journal.policy_value"),
        ("lesson_page_deadline", {"value": "25:00"}, "journal.policy_value"),
        ("deputy_mode", {"value": "anything"}, "journal.policy_value"),
        ("deputy_mode", {"value": "full", "document": ""}, "control.record_refused"),
        ("deputy_mode", {"value": "full", "decided_on": "yesterday"}, "console.form_value"),
    ],
)
def test_an_impossible_decision_comes_back(site: Site, setting: str, fields: dict[str, str], code: str) -> None:
    page, person = f"/console/policy/{setting}", browser(site, "administrator")
    usual = {"value": "1", "decided_on": "2026-09-01", "document": "Приказ № 1"}
    answer = person.post(f"{page}/decision", form_on=page, **{**usual, **fields})
    assert (answer.status_code, code in answer.text) == (422, True)
    assert rows(person.get("/console/policy?origin=decided&format=csv").text) == []


def test_a_setting_that_is_not_there_is_not_found(site: Site) -> None:
    person = browser(site, "administrator")
    assert person.get("/console/policy/nothing").status_code == 404
    answer = person.post("/console/policy/nothing/decision", form_on="/console/password", value="1")
    assert answer.status_code == 404


def test_an_outage_stops_the_clocks_until_it_is_over(fresh: Site) -> None:
    """R-JRNL-18."""
    seed_control(fresh)
    page, person = "/console/outages", browser(fresh, "administrator")
    person.post(f"{page}/new", form_on=page, reason="Нет света", started_at="2026-10-14T08:00")
    assert "идёт: Нет света" in person.get(page).text
    twice = person.post(f"{page}/new", form_on=page, reason="Ещё раз")
    assert (twice.status_code, "outage.lasts" in twice.text) == (409, True)
    outage = fresh.services.console.outages(SCHOOL).list()[0].id
    early = person.post(f"{page}/{outage}/end", form_on=page, ended_at="2026-10-14T07:00")
    assert (early.status_code, "outage.moments" in early.text) == (422, True)
    person.post(f"{page}/{outage}/end", form_on=page, ended_at="")
    (row,) = rows(person.get(f"{page}?q=света&format=csv").text)
    assert (row["minutes"], row["catch_up_until"]) == ("240", "2026-10-15T23:59:59+03:00")
    again = person.post(f"{page}/{outage}/end", form_on=page)
    assert (again.status_code, "outage.ended" in again.text) == (409, True)
    nothing = person.post(f"{page}/none/end", form_on=page)
    assert nothing.status_code == 404


@pytest.mark.parametrize("login", ["director", "deputy"])
def test_who_only_looks_decides_nothing(site: Site, login: str) -> None:
    person = browser(site, login)
    assert "Решения записывает координатор или администратор." in person.get("/console/policy/deputy_mode").text
    for address in ("/console/policy/deputy_mode/decision", "/console/outages/new", "/console/outages/none/end"):
        assert person.post(address, form_on="/console/password", value="full", reason="x").status_code == 403


@pytest.mark.parametrize("name", ["incident", "effects", "settlement", "correction", "refused correction"])
def test_a_neighbour_school_sees_nothing_of_ours(site: Site, seeded: Controlled, name: str) -> None:
    assert browser(site, "neighbour").get(seeded.pages()[name]).status_code == 404


def test_the_world_is_as_the_tests_say(site: Site) -> None:
    """The director decides as a member of staff, and the thief's account is closed."""
    users = {row["login"]: row for row in site.world.rows(console_user)}
    assert users["director"]["staff_id"] == DIRECTOR
    assert users[THIEF]["disabled"]
    assert (OWN, FOREIGN, NOW.day) == ("own", "foreign", 14)
