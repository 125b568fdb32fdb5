"""The movement book at the console: the report adds up, the entries are found, cancelled ones stay struck through."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from gateway.model.access import Role
from gateway.model.ids import ClassId
from gateway.model.movement import Movement, MovementKind
from gateway.storage.tables.audit import audit_entry
from tests.console_world import CLASS, Browser, add_person
from tests.diary_world import FOREIGN, NOW, OTHER_SCHOOL, OWN, REFUSED, SCHOOL
from tests.web_world import Site

PAGE, BOOK = "/console/movement-book", "/console/movement-book/entries"
MOVES = (
    Movement(pupil=OWN, kind=MovementKind.ADMISSION, happened_on=date(2026, 9, 1), to_class=CLASS),
    Movement(pupil=FOREIGN, kind=MovementKind.ADMISSION, happened_on=date(2026, 9, 1), to_class=ClassId("c-x")),
    Movement(
        pupil=OWN,
        kind=MovementKind.CLASS_TRANSFER,
        happened_on=date(2026, 10, 5),
        from_class=CLASS,
        to_class=ClassId("c-x"),
        document="Приказ № 12",
    ),
)
LEFT = Movement(pupil=FOREIGN, kind=MovementKind.DEPARTURE, happened_on=date(2026, 10, 6), from_class=ClassId("c-x"))
ERROR = Movement(pupil=REFUSED, kind=MovementKind.ADMISSION, happened_on=date(2026, 10, 7), to_class=CLASS)


@pytest.fixture
def site(new_site: Site) -> Site:
    for role in (Role.COORDINATOR, Role.DEPUTY, Role.DIRECTOR, Role.CLASS_TEACHER):
        add_person(new_site.world, role.value, role)
    add_person(new_site.world, "neighbour", Role.DEPUTY, of=OTHER_SCHOOL)
    with new_site.world.units(SCHOOL)() as unit:
        unit.roster.enter(MOVES, plan="plan-1", at=NOW)
        unit.roster.enter([LEFT, ERROR], plan="plan-2", at=NOW)
        mistaken = [one for one in unit.roster.movements() if one.movement == ERROR]
        unit.roster.cancel(mistaken, plan="plan-3", at=NOW)
    return new_site


def browser(site: Site, login: str = "deputy", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_opening_and_in_and_out_make_closing(site: Site) -> None:
    told = rows(browser(site).get(f"{PAGE}?day_from=2026-10-01&day_to=2026-10-14&format=csv").text)
    of = {one["id"]: one for one in told}
    numbers = ("opening", "arrived", "moved_in", "left", "moved_out", "closing")
    assert [of[CLASS][name] for name in numbers] == ["1", "0", "0", "0", "1", "0"]
    assert [of["c-x"][name] for name in numbers] == ["1", "0", "1", "1", "0", "1"]
    assert [of[""][name] for name in numbers] == ["2", "0", "0", "1", "0", "1"]
    for one in told:
        come, gone = int(one["arrived"]) + int(one["moved_in"]), int(one["left"]) + int(one["moved_out"])
        assert int(one["opening"]) + come - gone == int(one["closing"])


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_report_is_shown_with_a_picture_and_leads_to_the_entries(site: Site, language: str) -> None:
    page = browser(site, language=language).get(f"{PAGE}?day_from=2026-10-01").text
    assert "<svg" in page
    assert f"{BOOK}?day_from=2026-10-01" in page
    assert (
        "не сходится" if language == "ru" else "differs"
    ) in page  # the book of this test tells of none of the seats


def test_days_that_make_no_sense_are_no_error(site: Site) -> None:
    one = browser(site)
    for query in ("day_from=2026-10-14&day_to=2026-10-01", "day_from=x", "day_to=9999-12-31", "day_from=0001-01-01"):
        assert one.get(f"{PAGE}?{query}").status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("kind=departure", {FOREIGN}),
        ("class=c-x&kind=admission", {FOREIGN}),
        ("day_from=2026-10-06&day_to=2026-10-06", {FOREIGN}),
        ("state=standing&day_from=2026-10-05", {OWN, FOREIGN}),
        ("state=cancelled", {REFUSED}),
        ("state=storno", {REFUSED}),
        ("plan=plan-3", {REFUSED}),
        ("q=приказ № 12", {OWN}),
        ("q=nobody", set()),
    ],
)
def test_entries_are_searched_filtered_and_taken_along(site: Site, query: str, found: set[str]) -> None:
    assert {one["pupil_id"] for one in rows(browser(site).get(f"{BOOK}?format=csv&{query}").text)} == found


def test_what_was_cancelled_is_struck_through_and_the_look_is_kept(site: Site) -> None:
    page = browser(site).get(BOOK).text
    assert page.count('class="voided"') == 1
    assert "сторно" in page
    assert ("view", "movement", "deputy") in {
        (row["action"], row["object_kind"], row["actor"]) for row in site.world.rows(audit_entry)
    }


def test_names_are_for_those_who_keep_the_book(site: Site) -> None:
    coordinator = browser(site, "coordinator")
    page = coordinator.get(PAGE)
    assert (page.status_code, BOOK in page.text, "видят директор и заместитель" in page.text) == (200, False, True)
    assert coordinator.get(BOOK).status_code == 403
    assert browser(site, "director").get(BOOK).status_code == 200
    assert browser(site, "class_teacher").get(PAGE).status_code == 403
    assert rows(browser(site, "neighbour").get(f"{BOOK}?format=csv").text) == []


def test_a_school_without_movement_says_so(new_site: Site) -> None:
    add_person(new_site.world, "deputy", Role.DEPUTY)
    assert "Книга пуста" in browser(new_site).get(BOOK).text
    assert "никто не пришёл" in browser(new_site).get(PAGE).text
