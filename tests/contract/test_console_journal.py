"""The journal at the console: every kind of record is listed and shown by name, to whom, and the look is kept."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import URL

from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.access import Role
from gateway.model.ids import PupilId, StaffId
from gateway.model.journal_records import RESTRICTED, RecordKind, Stored
from gateway.model.policy import Policy
from gateway.model.pupil_data import Actor
from gateway.model.school import PolicySetting
from gateway.storage.sealing import Sealer
from gateway.storage.tables.audit import view_entry
from gateway.storage.tables.journal import mark
from gateway.storage.tables.people import enrollment
from gateway.storage.tables.school import school_class
from gateway.storage.work import Database
from gateway.web.console.listing import PAGE
from gateway.web.console.rights import Right, may, record_reach
from tests.console_world import HOSTILE, Browser, add_person
from tests.diary_world import ADULT, ENDED, FOREIGN, LONG_AGO, OTHER_SCHOOL, OWN, SCHOOL, World
from tests.journal_world import sender
from tests.record_world import RecordMaker
from tests.web_world import Site, as_json, batch_of

TEACHER = StaffId("s-1")
WHOLE = RecordMaker(7)


@pytest.fixture
def site(new_site: Site) -> Site:
    prepare(new_site)
    return new_site


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that no test changes but for the log of looks."""
    site = Site(tmp_path_factory.mktemp("standing"))
    prepare(site)
    yield site
    site.close()


def prepare(site: Site) -> None:
    world = site.world
    world.database = Database(world.engine, world.clock, Sealer(keys={"k1": AESGCM(b"k" * 32)}, newest="k1"))
    for role in Role:
        add_person(world, role.value, role)
    add_person(world, "neighbour", Role.ADMINISTRATOR, of=OTHER_SCHOOL)


def browser(site: Site, login: str = "deputy", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def put(world: World, kind: RecordKind, *records: object) -> None:
    with world.units(SCHOOL)() as unit:
        unit.journal.put(kind, [Stored(record=record, version=1) for record in records])


def make_class_teacher(site: Site, *pupils: PupilId) -> None:
    """Give the class teacher's account a class with just these pupils."""
    site.world.change(school_class, {"class_teacher_id": TEACHER}, school_id=SCHOOL)
    with site.world.units(SCHOOL)() as unit:
        account = next(one for one in unit.access.users() if one.login == "class_teacher")
        unit.access.change_user(replace(account, staff=TEACHER))
    others = {row["pupil_id"] for row in site.world.rows(enrollment)} - set(pupils)
    for pupil in others:
        site.world.change(enrollment, {"valid_to": LONG_AGO}, school_id=SCHOOL, pupil_id=pupil)


def looks(site: Site) -> list[tuple[str, str, str, str]]:
    return [(row["actor"], row["pupil_id"], row["what"], row["detail"]) for row in site.world.rows(view_entry)]


def rows_of(text: str) -> list[str]:
    return re.findall(r"<tr[^>]*>\s*<td.*?</tr>", text, flags=re.DOTALL)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with one record of every kind, all of them about pupils of the class teacher's class."""
    site = Site(tmp_path_factory.mktemp("full"))
    prepare(site)
    for kind in RecordKind:
        put(site.world, kind, WHOLE.record(kind, whole=True))
    make_class_teacher(site, OWN, FOREIGN, ENDED, ADULT)
    for number, pupil in enumerate((OWN, FOREIGN, ENDED, ADULT)):
        site.world.change(enrollment, {"pupil_id": f"pupils-{number}"}, school_id=SCHOOL, pupil_id=pupil)
    site.world.change(school_class, {"id": "classes-0"}, school_id=SCHOOL)
    site.world.change(enrollment, {"class_id": "classes-0"}, school_id=SCHOOL)
    yield site
    site.close()


@pytest.mark.parametrize("kind", list(RecordKind))
def test_every_kind_is_listed_shown_and_downloaded(full: Site, kind: RecordKind) -> None:
    label, reader = KIND_LABELS[kind], next(role for role in Role if record_reach(role, kind, Policy()))
    for language in ("ru", "en"):
        person = browser(full, reader.value, language)
        shown = person.get(f"/console/journal/{label}")
        address = next(iter(re.findall(rf'href="(/console/journal/{label}/[^"?]+)"', shown.text)))
        assert (shown.status_code, person.get(address).status_code) == (200, 200)
    head, *lines = csv.reader(io.StringIO(person.get(f"/console/journal/{label}?format=csv").text), delimiter=";")
    assert lines
    assert {len(line) for line in lines} == {len(head)}


def test_the_catalogue_counts_what_a_role_may_read(standing: Site) -> None:
    page = browser(standing).get("/console/journal").text
    assert re.search(r'href="/console/journal/marks">отметки</a>\s*<b class="figure">3</b>', page)
    assert "листки здоровья" not in page
    assert browser(standing, "municipal_coordinator").get("/console/journal").status_code == 403


@pytest.mark.parametrize("role", [role for role in Role if may(role, Right.SEE_RECORDS)])
def test_special_categories_are_only_for_the_class_teacher(standing: Site, role: Role) -> None:
    """R-SEC-10: nobody else has a cell for health data in the matrix."""
    for kind in RESTRICTED:
        answer = browser(standing, role.value).get(f"/console/journal/{KIND_LABELS[kind]}")
        assert answer.status_code == (200 if role is Role.CLASS_TEACHER else 403)


def test_a_class_teacher_sees_records_of_the_own_class_only(site: Site) -> None:
    make_class_teacher(site, OWN)
    person = browser(site, "class_teacher")
    page = person.get("/console/journal/marks").text
    assert len(rows_of(page)) == 2
    assert "Показаны только записи о вашем классе." in page
    assert person.get("/console/journal/marks/mark-1").status_code == 200
    assert person.get("/console/journal/marks/mark-3").status_code == 404
    assert {pupil for _, pupil, _, _ in looks(site)} == {OWN}
    catalogue = person.get("/console/journal").text
    assert re.search(r'отметки</a> <span class="badge">свой класс</span> <b class="figure">2</b>', catalogue)


def test_a_sheet_is_read_in_clear_by_the_class_teacher_and_in_no_list_or_file(site: Site) -> None:
    sheet = RecordMaker(3).record(RecordKind.HEALTH_SHEETS, whole=True, pupil=OWN, content="близорукость")
    put(site.world, RecordKind.HEALTH_SHEETS, sheet)
    make_class_teacher(site, OWN)
    person = browser(site, "class_teacher")
    assert "близорукость" in person.get(f"/console/journal/healthSheets/{sheet.id}").text
    assert "близорукость" not in person.get("/console/journal/healthSheets").text
    assert "близорукость" not in person.get("/console/journal/healthSheets?format=csv").text


def test_links_are_told_by_name_and_lead_on(standing: Site) -> None:
    page = browser(standing).get("/console/journal/marks/mark-1").text
    assert '<a href="/console/journal/lessons/lesson-1">12.10.2026, 1, Математика, 5А</a>' in page
    assert "Ученикова Имярек" in page
    assert "контрольная работа" in page
    lesson = browser(standing, language="en").get("/console/journal/lessons/lesson-1").text
    assert "Учителева Имярек" in lesson
    assert '<a href="/console/journal/marks?lesson=lesson-1">marks (lesson)</a>' in lesson


def test_no_link_leads_where_the_reader_may_not_go(site: Site) -> None:
    absence = RecordMaker(5).record(RecordKind.ABSENCES, whole=True, lesson="lesson-1", pupil=OWN)
    put(site.world, RecordKind.ABSENCES, absence)
    page = browser(site).get(f"/console/journal/absences/lesson-1,{OWN}").text
    assert absence.certificate in page
    assert "/console/journal/medicalCertificates" not in page


def test_what_is_voided_is_struck_through(site: Site) -> None:
    site.world.change(mark, {"voided": True}, id="mark-2")
    rows = rows_of(browser(site).get("/console/journal/marks").text)
    struck = [row for row in rows if row.startswith('<tr class="voided"')]
    assert len(struck) == 1
    assert 'href="/console/journal/marks/mark-2"' in struck[0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=ученик", 3),
        ("q=УЧЕНИК", 3),
        ("q=mark-2", 1),
        ("q=ЛИЧНО", 3),
        ("q=nobody", 0),
        ("q=%25", 0),
        (f"pupil={FOREIGN}", 1),
        ("lesson=lesson-2", 0),
        ("work_kind=control", 3),
        ("work_kind=oral", 0),
        ("work_kind=none-of-these", 3),
        ("voided=true", 0),
        ("pupil=no+id", 3),
    ],
)
def test_a_list_is_searched_and_filtered(standing: Site, query: str, found: int) -> None:
    page = browser(standing).get(f"/console/journal/marks?{query}").text
    assert len(rows_of(page)) == found
    assert ("Ничего не найдено." in page) == (found == 0)


@pytest.mark.parametrize(
    ("query", "found"),
    [("day_from=2026-10-12&day_to=2026-10-12", 2), ("day_from=2026-10-13", 0), ("q=математ", 2), ("day_to=never", 2)],
)
def test_lessons_are_found_by_day_and_subject(standing: Site, query: str, found: int) -> None:
    assert len(rows_of(browser(standing).get(f"/console/journal/lessons?{query}").text)) == found


def test_a_long_list_goes_on_by_key(site: Site) -> None:
    maker = RecordMaker(1)
    rooms = [maker.record(RecordKind.ROOMS, id=f"room-{number:03}") for number in range(PAGE + 1)]
    put(site.world, RecordKind.ROOMS, *rooms)
    person = browser(site)
    first = person.get("/console/journal/rooms").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = person.get(following[1].replace("&amp;", "&")).text
    assert (len(rows_of(first)), len(rows_of(second))) == (PAGE, 1)
    assert 'rel="first"' in second
    assert "room-050" in second


def test_lessons_are_listed_the_newest_first_with_whom_they_were_for(site: Site) -> None:
    maker = RecordMaker(3)
    group = maker.record(RecordKind.GROUPS, id="g-1", name="Подгруппа 1", subject="math")
    days = [date(2026, 9, 1) + timedelta(days=number) for number in range(PAGE)]
    lessons = [
        maker.record(RecordKind.LESSONS, id=f"l-{day}", day=day, group="g-1", school_class=None, subject="math")
        for day in days
    ]
    put(site.world, RecordKind.GROUPS, group)
    put(site.world, RecordKind.LESSONS, *lessons)
    person = browser(site)
    first = person.get("/console/journal/lessons").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    listed = rows_of(first) + rows_of(person.get(following[1].replace("&amp;", "&")).text)
    shown = [match[1] for row in listed if (match := re.search(r">(\d\d\.\d\d\.\d{4})<", row))]
    expected = sorted([*days, date(2026, 10, 12), date(2026, 10, 12)], reverse=True)
    assert shown == [f"{day:%d.%m.%Y}" for day in expected]
    assert "Подгруппа 1" in listed[0]
    assert sum(">5А<" in row for row in listed) == 2


def test_a_download_has_days_as_programs_write_them(standing: Site) -> None:
    head, *lines = csv.reader(
        io.StringIO(browser(standing).get("/console/journal/lessons?format=csv").text.removeprefix("\ufeff")),
        delimiter=";",
    )
    told = dict(zip(head, lines[0], strict=True))
    assert (told["day"], told["startsAt"][:11], told["subject"]) == ("2026-10-12", "2026-10-12T", "Математика")
    assert datetime.fromisoformat(told["startsAt"]).utcoffset() is not None


@pytest.mark.parametrize(
    ("language", "value"), [("ru", "всё, и уроки с отметками"), ("en", "everything, lessons and marks too")]
)
def test_what_the_school_has_decided_is_told_in_words(site: Site, language: str, value: str) -> None:
    setting = PolicySetting(id="class_teacher_mode", value="edit_all", decided_on=date(2026, 9, 1), document="№ 1")
    put(site.world, RecordKind.POLICIES, setting)
    for page in ("policies", "policies/class_teacher_mode"):
        assert value in browser(site, language=language).get(f"/console/journal/{page}").text


def test_an_empty_kind_says_what_to_do(standing: Site) -> None:
    assert "Их присылает журнал школы" in browser(standing).get("/console/journal/rooms").text
    assert "gateway journal import" in browser(standing, language="en").get("/console/journal/rooms").text


def test_whoever_looks_is_kept_for_every_pupil_once(site: Site) -> None:
    person = browser(site)
    person.get("/console/journal/marks")
    assert looks(site) == [("deputy", FOREIGN, "marks", "view"), ("deputy", OWN, "marks", "view")]
    person.get("/console/journal/marks?format=csv")
    assert looks(site)[2:] == [("deputy", FOREIGN, "marks", "download"), ("deputy", OWN, "marks", "download")]
    person.get("/console/journal/marks/mark-3")
    assert looks(site)[4:] == [("deputy", FOREIGN, "marks", "mark-3")]
    person.get("/console/journal/lessons")
    assert len(looks(site)) == 5
    assert {row["source"] for row in site.world.rows(view_entry)} == {"127.0.0.1"}


def test_the_history_tells_every_change_from_old_to_new(site: Site) -> None:
    for number, value in enumerate((5, 3)):
        content = json.dumps(as_json(batch_of(value))).encode()
        site.intake(SCHOOL).accept(content, "application/json", f"key-{number}", sender(SCHOOL, "client-9"))
    page = browser(site).get("/console/journal/marks/new-0").text
    latest, first = rows_of(page)
    assert "<dt>отметка</dt><dd><del>5</del> → <ins>3</ins></dd>" in latest
    assert "<del>" not in first
    assert "<ins>12.10.2026, 1, Математика, 5А</ins>" in first
    assert "client-9" in latest
    assert "версия" in page.lower()


def test_the_history_follows_a_record_to_its_former_key(site: Site) -> None:
    content = json.dumps(as_json(batch_of(5))).encode()
    site.intake(SCHOOL).accept(content, "application/json", "key-1", sender(SCHOOL, "client-9"))
    renamed = ("renamed",)
    site.records(SCHOOL).rename(
        RecordKind.MARKS, ("new-0",), renamed, writer=Actor(client="client-9", source="192.0.2.7"), school=SCHOOL
    )
    latest, first = rows_of(browser(site).get("/console/journal/marks/renamed").text)
    assert "<del>new-0</del> → <ins>renamed</ins>" in latest
    assert "192.0.2.7" in latest
    assert "создано" in first


@pytest.mark.parametrize(
    "address",
    ["marks/unknown", "marks/a,b", "unknown", "unknown/mark-1", "marks/%00", f"marks/{'x' * 600}"],
)
def test_what_is_not_there_is_not_found(standing: Site, address: str) -> None:
    assert browser(standing).get(f"/console/journal/{address}").status_code == 404


def test_a_neighbour_school_sees_nothing_of_ours(standing: Site) -> None:
    person = browser(standing, "neighbour")
    assert person.get("/console/journal/marks/mark-1").status_code == 404
    assert rows_of(person.get("/console/journal/marks").text) == []
    assert "Ученикова" not in person.get("/console/journal/lessons?pupil=own").text


def test_a_hostile_text_is_shown_as_text(site: Site) -> None:
    put(site.world, RecordKind.ROOMS, RecordMaker(2).record(RecordKind.ROOMS, id="room-x", name=HOSTILE))
    for address in ("/console/journal/rooms", "/console/journal/rooms/room-x", f"/console/journal/rooms?q={HOSTILE}"):
        assert HOSTILE not in browser(site).get(address).text


@pytest.mark.postgres
def test_lists_and_records_are_the_same_on_postgresql(
    postgres_url: URL, tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = Site(tmp_path_factory.mktemp("pg"), url=postgres_url.render_as_string(hide_password=False))
    try:
        prepare(site)
        make_class_teacher(site, OWN)
        for login, marks in (("deputy", 3), ("class_teacher", 2)):
            person = browser(site, login)
            assert person.get("/console/journal").status_code == 200
            assert len(rows_of(person.get("/console/journal/marks?q=ученик").text)) == marks
            assert person.get("/console/journal/consents?after=g-mother,own,2020-09-01").status_code == 200
            assert person.get("/console/journal/marks/mark-1").status_code == 200
        for address in ("/console/audit?day_from=2026-10-14&actor=x", "/console/looks?pupil=ученик&day_to=2026-10-14"):
            page = browser(site).get(address)
            assert page.status_code == 200
        assert len(rows_of(page.text)) > 0
    finally:
        site.close()
