"""The audit trail and the log of looks at the console: searched, paged, verified entry by entry, taken away."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import delete, update

from gateway.model.access import Role
from gateway.model.audit import AuditRecord, PupilView
from gateway.model.ids import PupilId
from gateway.storage.sealing import Sealer
from gateway.storage.tables.audit import audit_entry, audit_head, view_entry
from gateway.storage.work import Database
from gateway.web.console.chain_check import check_chain
from gateway.web.console.listing import PAGE
from tests.console_world import FORMULA, HOSTILE, Browser, add_person
from tests.diary_world import FOREIGN, NOW, OTHER_SCHOOL, OWN, SCHOOL
from tests.journal_world import sender
from tests.web_world import Site, as_json, batch_of

DAY = timedelta(days=1)


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("trails"))
    for role in Role:
        add_person(site.world, role.value, role)
    add_person(site.world, "neighbour", Role.DIRECTOR, of=OTHER_SCHOOL)
    yield site
    site.close()


def browser(site: Site, login: str = "director", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def rows_of(text: str) -> list[str]:
    return re.findall(r"<tr>\s*<td.*?</tr>", text, flags=re.DOTALL)


def note(site: Site, *records: AuditRecord) -> None:
    with site.world.units(SCHOOL)() as unit:
        unit.audit.append(records)


def record(number: int, *, actor: str = "s-1", action: str = "update", days: int = 0) -> AuditRecord:
    return AuditRecord(
        at=NOW + days * DAY,
        actor=actor,
        role="subject_teacher",
        channel="api",
        action=action,
        object_kind="room",
        object_id=f"room-{number}",
        old={"id": f"room-{number}", "name": "A"},
        new={"id": f"room-{number}", "name": "B"},
        reason=f"reason {number}",
        source="192.0.2.9",
    )


def check(site: Site) -> str:
    return browser(site).post("/console/audit/check", form_on="/console/audit").text


# the audit trail


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 4),
        ("actor=учителева", 2),
        ("actor=deputy", 1),
        ("actor=nobody", 0),
        ("kind=room", 4),
        ("kind=mark", 0),
        ("record=room-2", 1),
        ("action=create", 1),
        ("day_from=2026-10-15", 2),
        ("day_to=2026-10-14", 2),
        ("day_from=2026-10-15&day_to=2026-10-15", 1),
        ("day_from=nonsense", 4),
        ("before=3", 2),
        ("before=x", 4),
        (f"before={'9' * 30}", 4),
    ],
)
def test_the_trail_is_searched(site: Site, query: str, found: int) -> None:
    note(
        site,
        record(1),
        record(2, action="create", actor="deputy"),
        record(3, days=1),
        record(4, days=2, actor="client-1"),
    )
    assert len(rows_of(browser(site).get(f"/console/audit?{query}").text)) == found


def test_the_trail_tells_who_by_name_and_from_where(site: Site) -> None:
    note(site, record(1))
    row = rows_of(browser(site).get("/console/audit").text)[0]
    for told in ("Учителева Имярек", "192.0.2.9", "изменено", "кабинет", "room-1", "reason 1"):
        assert told in row


def test_the_trail_goes_on_by_number_and_keeps_its_filter(site: Site) -> None:
    note(site, *(record(number) for number in range(PAGE + 1)))
    person = browser(site)
    first = person.get("/console/audit?kind=room").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    assert "kind=room" in following[1]
    second = person.get(following[1].replace("&amp;", "&")).text
    assert (len(rows_of(first)), len(rows_of(second))) == (PAGE, 1)


def test_one_entry_tells_old_and_new_and_leads_to_the_record(site: Site) -> None:
    note(site, record(1))
    page = browser(site, "deputy").get("/console/audit/1").text
    assert "<dt>название</dt><dd><del>A</del> → <ins>B</ins></dd>" in page
    assert 'href="/console/journal/rooms/room-1"' in page
    assert browser(site).get("/console/audit/2").status_code == 404
    assert browser(site).get("/console/audit/x").status_code == 404


def test_values_that_a_role_may_not_read_are_not_in_the_trail_either(site: Site) -> None:
    """R-SEC-10: who has no right to health sheets sees that one was written, not what."""
    world = site.world
    world.database = Database(world.engine, world.clock, Sealer(keys={"k1": AESGCM(b"k" * 32)}, newest="k1"))
    content = {"id": "h-1", "pupil": OWN, "filledOn": "2026-10-01", "content": "лично"}
    health = AuditRecord(
        at=NOW, actor="s-1", role="x", channel="api", action="create", object_kind="health_sheet", object_id="h-1",
        new=content,
    )  # fmt: skip
    note(site, health)
    page = browser(site).get("/console/audit/1").text
    assert "Значения этой записи ваша роль не читает." in page
    assert not re.search("лично|2026-10-01", page)
    assert list(site.world.rows(view_entry)) == []


def test_reading_a_pupils_entry_is_a_look_at_the_pupil(site: Site) -> None:
    content = json.dumps(as_json(batch_of(5))).encode()
    site.intake(SCHOOL).accept(content, "application/json", "key-1", sender(SCHOOL, "client-9"))
    browser(site).get("/console/audit/1")
    kept = site.world.rows(view_entry)
    assert [(row["actor"], row["pupil_id"], row["what"], row["detail"]) for row in kept] == [
        ("director", OWN, "marks", "audit 1")
    ]


def test_an_empty_trail_says_what_fills_it(site: Site) -> None:
    assert "Они появятся с первым изменением" in browser(site).get("/console/audit").text
    assert "They appear with the first change" in browser(site, language="en").get("/console/audit").text


def test_taking_the_trail_away_is_audited_and_harmless(site: Site) -> None:
    note(site, record(1, actor=FORMULA))
    text = browser(site).get("/console/audit?format=csv").text
    assert f"'{FORMULA}" in text
    with site.world.units(SCHOOL)() as unit:
        last = list(unit.audit.entries())[-1].record
    assert (last.actor, last.action, last.object_kind, last.source) == ("director", "download", "audit", "127.0.0.1")


def test_a_whole_chain_is_told_so(site: Site) -> None:
    note(site, *(record(number) for number in range(5)))
    assert "Цепочка цела" in check(site)


def test_every_fault_of_a_chain_is_named(site: Site) -> None:
    """R-AUD-01: what was changed, removed or moved, each by its number."""
    note(site, *(record(number) for number in range(12)))
    with site.world.engine.begin() as connection:
        mine = audit_entry.c.school_id == SCHOOL
        connection.execute(update(audit_entry).where(mine, audit_entry.c.sequence == 3).values(actor="somebody"))
        connection.execute(delete(audit_entry).where(mine, audit_entry.c.sequence == 6))
        for old, new in ((8, 99), (9, 8), (99, 9)):
            connection.execute(update(audit_entry).where(mine, audit_entry.c.sequence == old).values(sequence=new))
    page = check(site)
    assert "Цепочка нарушена" in page
    told = [re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<li>((?:<a|№).*?)</li>", page)]
    assert told == [
        "№ 3: запись изменена",
        "№ 6: записи нет",
        "№ 8: запись стоит не на своём месте",
        "№ 9: запись стоит не на своём месте",
    ]


def test_entries_cut_off_or_added_past_the_head_are_named(site: Site) -> None:
    note(site, *(record(number) for number in range(4)))
    site.world.change(audit_head, {"sequence": 9}, school_id=SCHOOL)
    assert "№ 5–9: записи нет" in check(site)
    site.world.change(audit_head, {"sequence": 2}, school_id=SCHOOL)
    assert "№ 3–4: запись добавлена в обход шлюза" in check(site)


def test_the_check_tells_how_far_it_is_and_lets_work_go_on(site: Site) -> None:
    note(site, *(record(number) for number in range(7)))
    progress = check_chain(site.world.units(SCHOOL), portion=3)
    seen = [next(progress).seen, next(progress).seen]
    note(site, record(8))
    rest = list(progress)
    assert [*seen, *(one.seen for one in rest)] == [0, 3, 6, 7, 7]
    assert {one.total for one in rest} == {7}
    assert rest[-1].faults == ()


def test_the_bar_comes_while_the_check_runs(site: Site) -> None:
    note(site, record(1))
    page = check(site)
    assert re.findall(r'<progress max="1" value="(\d)">', page) == ["0", "1", "1"]
    assert not re.search(r"<script|\sstyle=", page)


# who looked


def look(site: Site, number: int, pupil: PupilId, *, actor: str = "deputy", days: int = 0) -> None:
    view = PupilView(
        id=f"view-{number:03}", at=NOW + days * DAY, actor=actor, role="deputy", pupil=pupil, what="marks", source="::1"
    )
    with site.world.units(SCHOOL)() as unit:
        unit.views.add([view])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("pupil=own", 2),
        ("pupil=ученикова", 3),
        ("pupil=nobody", 0),
        ("actor=deputy", 2),
        ("actor=учителева", 1),
        ("what=marks", 3),
        ("what=lessons", 0),
        ("day_from=2026-10-15", 1),
        ("day_to=2026-10-14", 2),
        ("before=nonsense", 3),
        ("before=2026-10-14T09:00:00%2B00:00+view-002", 1),
    ],
)
def test_looks_are_found_by_pupil_by_person_and_by_day(site: Site, query: str, found: int) -> None:
    look(site, 1, OWN)
    look(site, 2, FOREIGN)
    look(site, 3, OWN, actor="s-1", days=1)
    page = browser(site).get(f"/console/looks?{query}").text
    assert len(rows_of(page)) == found


def test_looks_go_on_where_the_page_ended(site: Site) -> None:
    for number in range(PAGE + 1):
        look(site, number, OWN)
    person = browser(site)
    first = person.get("/console/looks?pupil=own").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = person.get(following[1].replace("&amp;", "&")).text
    assert (len(rows_of(first)), len(rows_of(second))) == (PAGE, 1)


def test_looks_are_told_by_name_and_taken_away_with_a_trace(site: Site) -> None:
    look(site, 1, OWN, actor="s-1")
    person = browser(site)
    row = rows_of(person.get("/console/looks").text)[0]
    assert "Учителева Имярек" in row
    assert "Ученикова Имярек" in row
    assert "отметки" in row
    text = person.get("/console/looks?format=csv").text
    assert "Учителева Имярек" in text
    assert [row["object_kind"] for row in site.world.rows(audit_entry)] == ["looks"]


def test_no_looks_says_when_there_will_be_some(site: Site) -> None:
    assert "Просмотров ещё не было." in browser(site).get("/console/looks").text


def test_a_neighbour_school_sees_nothing_of_ours(site: Site) -> None:
    note(site, record(1, actor=HOSTILE))
    look(site, 1, OWN)
    person = browser(site, "neighbour")
    assert rows_of(person.get("/console/audit").text) == rows_of(person.get("/console/looks").text) == []
    assert person.get("/console/audit/1").status_code == 404
    assert HOSTILE not in browser(site).get("/console/audit").text


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.CLASS_TEACHER, Role.ARCHIVIST, Role.SUPPORT])
def test_only_those_who_control_see_the_trails(site: Site, role: Role) -> None:
    person = browser(site, role.value)
    for address in ("/console/audit", "/console/audit/1", "/console/looks", "/console/audit?format=csv"):
        assert person.get(address).status_code == 403
