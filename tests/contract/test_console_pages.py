"""Every page of the console on a real database: what it shows, to whom, in which language, and what is noted of it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from markupsafe import escape

from gateway.model.access import Role
from gateway.storage.tables.audit import audit_entry
from gateway.storage.tables.documents import archive_entry
from gateway.storage.tables.school import school
from gateway.web.console import rights
from gateway.web.console.listing import PAGE
from outbox import NewMessage, State
from tests.console_world import FORMULA, HOSTILE, Browser, Seeded, add_person, seed
from tests.diary_world import OTHER_SCHOOL, SCHOOL
from tests.web_world import Site

PAGES = sorted(Seeded(*[""] * 10).pages())
LISTS = ["runs", "queue", "plans", "roster syncs", "quarantine", "batches", "comparisons", "exports", "archive"]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("console"))
    for role in Role:
        add_person(site.world, role.value, role)
    add_person(site.world, "neighbour", Role.ADMINISTRATOR, of=OTHER_SCHOOL)
    yield site
    site.close()


@pytest.fixture(scope="module", autouse=True)
def seeded(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    return seed(site, keys=tmp_path_factory.mktemp("seed"))


def browser(site: Site, login: str = "coordinator", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def looks(site: Site) -> list[tuple[str, str, str, str]]:
    rows = site.world.rows(audit_entry)
    return [
        (row["actor"], row["action"], row["object_kind"], row["object_id"])
        for row in rows
        if row["channel"] == "console"
    ]


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_in_both_languages(site: Site, seeded: Seeded, name: str, language: str) -> None:
    page = browser(site, language=language).get(seeded.pages()[name])
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert ("Выйти" in page.text) == (language == "ru")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_needs_what_the_content_policy_forbids(site: Site, seeded: Seeded, name: str) -> None:
    page = browser(site).get(seeded.pages()[name])
    assert "'unsafe" not in page.headers["Content-Security-Policy"]
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page.text)


@pytest.mark.parametrize("name", ["applied plan", "held plan", "batch", "comparison", "accepted package", "message"])
def test_a_hostile_text_is_shown_as_text(site: Site, seeded: Seeded, name: str) -> None:
    page = browser(site).get(seeded.pages()[name]).text
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in page


@pytest.mark.parametrize("name", [*LISTS, "applied plan", "comparison", "batch", "accepted package"])
def test_every_list_is_a_file_too(site: Site, seeded: Seeded, name: str) -> None:
    address = seeded.pages()[name]
    answer = browser(site).get(f"{address}{'&' if '?' in address else '?'}format=csv")
    assert answer.mimetype == "text/csv"
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";")
    assert rows
    assert {len(row) for row in rows} == {len(head)}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@"))]


@pytest.mark.parametrize(
    ("address", "found", "not_found"),
    [
        ("/console/runs?step=archive_signed", "archive_signed", "journal_in"),
        ("/console/runs?outcome=held", "held", "archive_signed"),
        ("/console/queue?state=dead", "authority", "portal"),
        ("/console/queue?destination=portal", "portal", "authority"),
        ("/console/roster?state=held", "held", "applied"),
        ("/console/exports?state=refused", "package-2", "package-1"),
        ("/console/exports?q=receipt-7", "package-1", "package-2"),
        ("/console/batches?outcome=partly", "partly", "refused"),
        ("/console/comparisons?q=5а", "comparison-1", "comparison-2"),
        ("/console/archive?year=2026", "2026-2027", "2025-2026"),
        ("/console/comparisons/comparison-1?who=subject_teacher", "mark_differs", "lesson_missing_there"),
        ("/console/comparisons/comparison-1?kind=lesson_missing_there", "lesson_missing_there", "mark_differs"),
    ],
)
def test_lists_are_searched_and_filtered(site: Site, address: str, found: str, not_found: str) -> None:
    text = browser(site).get(f"{address}&format=csv").text
    assert found in text
    assert not_found not in text


@pytest.mark.parametrize("name", LISTS)
def test_what_nobody_has_is_not_found(site: Site, seeded: Seeded, name: str) -> None:
    page = browser(site).get(f"{seeded.pages()[name]}?q=nothing-of-the-kind").text
    assert "Ничего не найдено." in page


def test_the_overview_tells_steps_depth_and_errors(site: Site, seeded: Seeded) -> None:
    page = browser(site).get("/console").text
    for step in ("Контингент получен", "Журнал принят", "Платформа сверена", "Выгрузка отправлена", "Архив подписан"):
        assert step in page
    assert page.count('class="sign"') == 6
    assert f'href="/console/queue/{seeded.dead}"' in page
    assert f'href="/console/roster/{seeded.held_plan}"' in page
    assert f'href="/console/archive/{seeded.archived}"' in page
    assert "Подпись не принята." in page
    assert re.search(r'<rect class="dead"[^>]* width="100.0"', page)


def test_a_plan_tells_each_record_from_old_to_new_and_why_it_waits(site: Site, seeded: Seeded) -> None:
    applied = browser(site).get(f"/console/roster/{seeded.applied_plan}").text
    assert "<del>Ученикова</del> → <ins>&lt;script&gt;" in applied
    rejected = browser(site).get(f"/console/roster/{seeded.applied_plan}?part=rejected").text
    assert "Дата рождения не читается." in rejected
    assert "школьный координатор" in rejected
    assert "R-ROST-01" in rejected
    held = browser(site).get(f"/console/roster/{seeded.held_plan}?kind=class").text
    assert "Что решить человеку" in held
    assert "<del>нет</del> → <ins>да</ins>" in held
    assert "Утвердить" in held


def test_a_comparison_tells_who_acts(site: Site, seeded: Seeded) -> None:
    page = browser(site, language="en").get(f"/console/comparisons/{seeded.comparison}").text
    assert "Ученикова Имярек" in page
    assert "the subject teacher" in page
    assert "lesson missing there" in page


def test_a_package_tells_what_the_recipient_said(site: Site, seeded: Seeded) -> None:
    accepted = browser(site).get(f"/console/exports/{seeded.accepted}").text
    for told in ("RECEIPT-7", "547", "E17", "performance.xml", 'href="/console/queue/message-of-package-1"'):
        assert told in accepted
    refused = browser(site).get(f"/console/exports/{seeded.refused}").text
    assert "Подпись не принята." in refused
    assert "authority.signature" in refused


def test_a_batch_tells_every_rejected_record(site: Site, seeded: Seeded) -> None:
    page = browser(site).get(seeded.batch).text
    for told in ("journal.unknown_pupil", "new-1", "/marks/1/pupil", "Кто исправляет", "принят частично"):
        assert told in page
    assert "Запись, как она пришла" in page
    assert "R-ROST-01: Контингент обучающихся сформирован в системе на учебный год." in page
    assert f"значение <code>{escape(HOSTILE)}" in page
    table = browser(site).get(f"{seeded.batch}&format=csv").text
    assert "The pupil body is formed in the system for the school year." in table


def test_a_sound_archive_file_is_verified(site: Site, seeded: Seeded) -> None:
    address = f"/console/archive/{seeded.archived}"
    assert "подписи действительны" not in browser(site).get(address).text
    assert "подписи действительны" in browser(site).get(f"{address}?verify=1").text


def test_a_damaged_archive_file_is_told_with_who_acts(site: Site, seeded: Seeded) -> None:
    location = site.world.rows(archive_entry)[0]["location"]
    whole = site.archive_folder.read(location)
    assert whole is not None
    site.archive_folder.write(location, whole.replace(b"5", b"6", 1))
    try:
        page = browser(site).get(f"/console/archive/{seeded.archived}?verify=1").text
    finally:
        site.archive_folder.write(location, whole)
    assert "archive.hash_mismatch" in page
    assert "Кто исправляет:</b> директор" in page


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.DIRECTOR, 200), (Role.ADMINISTRATOR, 200), (Role.COORDINATOR, 200), (Role.DEPUTY, 403)],
)
def test_only_director_and_administrator_take_archive_files(
    site: Site, seeded: Seeded, role: Role, status: int
) -> None:
    before = looks(site)
    address = f"/console/archive/{seeded.archived}"
    person = browser(site, role.value)
    assert ("Скачать PDF" in person.get(address).text) == (status == 200)
    file, signature = person.get(f"{address}/file"), person.get(f"{address}/signature")
    assert (file.status_code, signature.status_code) == (status, status)
    assert file.data.startswith(b"%PDF") == (status == 200)
    location = site.world.rows(archive_entry)[0]["location"]
    noted = [(role.value, "download", "archive_file", name) for name in (location, f"{location}.sig")]
    assert looks(site)[len(before) :] == (noted if status == 200 else [])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("applied plan", "roster_plan"), ("comparison", "comparison"), ("batch", "journal_batch")],
)
def test_whoever_looks_at_pupils_data_is_noted_once(site: Site, seeded: Seeded, name: str, kind: str) -> None:
    before = looks(site)
    address = seeded.pages()[name]
    person = browser(site, "deputy")
    person.get(address)
    person.get(f"{address}{'&' if '?' in address else '?'}format=csv")
    noted = looks(site)[len(before) :]
    assert [(who, action, what) for who, action, what, _ in noted] == [
        ("deputy", "view", kind),
        ("deputy", "download", kind),
    ]


def test_a_platforms_answer_is_shown_to_those_who_see_people_and_the_look_is_noted(
    site: Site, seeded: Seeded, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, address = looks(site), seeded.pages()["message"]
    person = browser(site, "deputy")
    assert 'class="answer"' in person.get(address).text
    assert looks(site)[len(before) :] == [("deputy", "view", "message", seeded.dead)]
    nobodys = (rights.Operation.BACKUP, rights.Access.APPROVE)
    monkeypatch.setitem(rights._CELLS, rights.Right.SEE_PEOPLE, nobodys)
    page = person.get(address)
    assert (page.status_code, 'class="answer"' in page.text) == (200, False)
    assert len(looks(site)) == len(before) + 1


@pytest.mark.parametrize("before", [2**63, -(2**63) - 1, -1, "x", "9" * 5000])
def test_a_place_in_the_queue_that_no_number_can_be_is_the_beginning(site: Site, before: object) -> None:
    assert browser(site).get(f"/console/queue?before={before}").status_code == 200


@pytest.mark.parametrize("name", ["overview", "runs", "plans", "batches", "comparisons", "exports", "archive"])
def test_lists_without_pupils_data_are_not_noted(site: Site, seeded: Seeded, name: str) -> None:
    before = looks(site)
    browser(site).get(seeded.pages()[name])
    assert looks(site) == before


@pytest.mark.parametrize(
    "name", ["message", "applied plan", "batch", "comparison", "accepted package", "archive file", "verified file"]
)
def test_a_neighbour_school_sees_nothing_of_ours(site: Site, seeded: Seeded, name: str) -> None:
    page = browser(site, "neighbour").get(seeded.pages()[name])
    assert page.status_code == 404
    assert "Такой записи в вашей школе нет" in page.text


def test_a_neighbour_school_neither_lists_nor_decides_about_our_messages(site: Site, seeded: Seeded) -> None:
    person, page = browser(site, "neighbour"), f"/console/queue/{seeded.dead}"
    assert seeded.dead[:8] not in person.get("/console/queue").text + person.get("/console").text
    assert seeded.dead not in person.get("/console/queue?format=csv").text
    refused = person.post(f"{page}/decision", form_on="/console/password", verb="retry", reason="we want it")
    assert refused.status_code == 404
    assert [one.entry.state for one in site.world.announced() if one.id == seeded.dead] == [State.DEAD]


def test_times_are_those_of_the_school(site: Site, seeded: Seeded) -> None:
    address = f"/console/exports/{seeded.accepted}"
    assert "14.10.2026 12:00:00" in browser(site).get(address).text
    site.world.change(school, {"zone": "Asia/Vladivostok"}, school_id=SCHOOL)
    try:
        assert "14.10.2026 19:00:00" in browser(site).get(address).text
        assert "2026-10-14T19:00:00+10:00" in browser(site).get("/console/exports?format=csv").text
    finally:
        site.world.change(school, {"zone": "Europe/Moscow"}, school_id=SCHOOL)


def test_a_long_list_goes_on_the_next_page_with_its_filter(site: Site) -> None:
    person = browser(site, "neighbour")
    with site.world.units(OTHER_SCHOOL)() as unit:
        unit.outbound.enqueue(*[NewMessage(destination="many", kind="x", payload=b"") for _ in range(PAGE + 1)])
    first = person.get("/console/queue?destination=many").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    address = following[1].replace("&amp;", "&")
    assert parse_qs(urlsplit(address).query)["destination"] == ["many"]
    assert (first.count("<tr><td"), person.get(address).text.count("<tr><td")) == (PAGE, 1)


def test_a_formula_never_reaches_a_spreadsheet(site: Site, seeded: Seeded) -> None:
    person = browser(site)
    queue = person.get("/console/queue?state=dead&format=csv").text
    plan = person.get(f"/console/roster/{seeded.applied_plan}?q=HYPERLINK&format=csv").text
    assert f";'{FORMULA}" in queue
    assert f";'{FORMULA}" in plan
