"""Lists brought to the console: looked at, confirmed as shown or thrown away; and everything that is not taken."""

from __future__ import annotations

import csv
import io
import re
import stat
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from werkzeug.test import TestResponse

from gateway.model.access import Role
from gateway.model.roster import RecordKind
from gateway.model.roster_plan import PlanState
from gateway.roster.uploads import KEPT, MOST_FILES
from gateway.schemas.lists import FIELDS, ListKind
from gateway.storage.tables.audit import audit_entry
from gateway.web.console.roster_upload_words import LIST_KINDS, MEANINGS
from tests.console_world import FORMULA, HOSTILE, Browser, add_person
from tests.diary_world import OTHER_SCHOOL, SCHOOL
from tests.oneroster_csv_world import whole as whole_package
from tests.oneroster_csv_world import write
from tests.web_world import MAX_BODY, Site

PAGE = "/console/roster-upload"
HEADER = "ФИО;Дата рождения;Класс;Мать;Телефон;Заметка\n"
GOOD = "Загруженная Проба Примеровна;04.03.2015;11 «Я»;Загруженная Мама;+7 000 000-00-01;староста\n"
BAD = "Безымянная П.;04.03.2015;11Я;;;\nЗагруженный Опыт Примерович;31.02.2015;11Я;;;\nПроба П.;04.03.2015;11Я;;;\n"
_SHOWN = re.compile(r'name="shown" value="([0-9a-f]{64})"')
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')

Files = Mapping[str, bytes]


@pytest.fixture
def site(new_site: Site) -> Site:
    for role in (Role.COORDINATOR, Role.ADMINISTRATOR, Role.DEPUTY, Role.DIRECTOR, Role.CLASS_TEACHER):
        add_person(new_site.world, role.value, role)
    add_person(new_site.world, "neighbour", Role.COORDINATOR, of=OTHER_SCHOOL)
    return new_site


def browser(site: Site, login: str = "coordinator", language: str = "ru") -> Browser:
    one = Browser(site.app.test_client(), language)
    assert one.sign_in(login).status_code == 302
    return one


def bring(
    one: Browser, files: Files, *, source: str = "own", whole: bool = False, token: str | None = None
) -> TestResponse:
    """Choose files on the page and send them."""
    found = _TOKEN.search(one.get(PAGE).text)
    assert found is not None
    fields = {
        "form_token": found[1] if token is None else token,
        "source": source,
        "file": [(io.BytesIO(content), name) for name, content in files.items()],
        **({"whole": "yes"} if whole else {}),
    }
    return one.client.post(PAGE, data=fields, headers={"Accept-Language": one.language})


def brought(one: Browser, files: Files, *, source: str = "own", whole: bool = False) -> str:
    """Bring files that are taken; return the address of what they would change."""
    answer = bring(one, files, source=source, whole=whole)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def pupils(*rows: str) -> Files:
    return {"Ученики.csv": "".join([HEADER, *rows]).encode()}


def decide(one: Browser, address: str, verb: str, shown: str | None = None) -> TestResponse:
    if shown is None:
        found = _SHOWN.search(one.get(address).text)
        assert found is not None
        shown = found[1]
    return one.post(f"{address}/decision", form_on="/console/password", verb=verb, shown=shown)


def waiting(site: Site) -> list[Path]:
    root = site.data_folder / "roster-uploads"
    return sorted(root.iterdir()) if root.exists() else []


def families(site: Site) -> set[str]:
    with site.world.units(SCHOOL)() as unit:
        return {str(one["family"]) for one in unit.roster.state().of(RecordKind.PUPIL).values()}


def traces(site: Site) -> tuple[object, ...]:
    """Return everything that a preview must leave as it is."""
    with site.world.units(SCHOOL)() as unit:
        return (
            unit.roster.state().rows,
            unit.roster.plans(),
            unit.roster_runs.newest(),
            unit.roster_links.all(),
            unit.roster_cases.all(),
            unit.quarantine.all(),
        )


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_list_is_shown_before_anything_happens(site: Site, language: str) -> None:
    before, one = traces(site), browser(site, language=language)
    page = one.get(brought(one, pupils(GOOD, BAD))).text
    assert traces(site) == before
    assert "Загруженная" in page
    assert (
        "класс 11Я:" if language == "ru" else "class 11Я:"
    ) in page  # a remark about a class that is still to be made
    assert ("дата рождения" if language == "ru" else "date of birth") in page
    assert ("пропускается" if language == "ru" else "passed over") in page  # «Заметка»
    assert ("Ученики.csv, строки 3, 5" if language == "ru" else "Ученики.csv, lines 3, 5") in page
    assert ("Ученики.csv, строки 4" if language == "ru" else "Ученики.csv, lines 4") in page


def test_confirmed_it_is_carried_out_in_the_persons_name_and_the_file_is_gone(site: Site) -> None:
    one = browser(site, "deputy")
    address = brought(one, pupils(GOOD))
    assert waiting(site)
    answer = decide(one, address, "confirm")
    assert answer.status_code == 302
    run = one.get(answer.headers["Location"])
    assert run.status_code == 200
    assert "Загруженная" in families(site)
    assert waiting(site) == []
    with site.world.units(SCHOOL)() as unit:
        (head,) = unit.roster.plans()
    assert (head.source, head.state, head.decided_by) == ("own", PlanState.APPLIED, "deputy")
    assert f"/console/roster/{head.id}" in run.text
    ours = [row for row in site.world.rows(audit_entry) if row["object_kind"] == "pupil" and row["actor"] == "deputy"]
    assert {(row["role"], row["channel"], row["reason"].partition(" [")[0]) for row in ours} == {
        ("deputy", "console", "Ученики.csv")
    }


def test_a_second_confirmation_leads_to_what_was_done_and_does_nothing(site: Site) -> None:
    one = browser(site)
    address = brought(one, pupils(GOOD))
    shown = _SHOWN.search(one.get(address).text)
    assert shown is not None
    first = decide(one, address, "confirm", shown[1])
    before = traces(site)
    for again in (decide(one, address, "confirm", shown[1]), decide(one, address, "cancel", "")):
        assert (again.status_code, again.headers["Location"]) == (302, first.headers["Location"])
    assert one.get(address).headers["Location"] == first.headers["Location"]
    assert traces(site) == before


def test_what_has_changed_since_it_was_shown_is_shown_again_and_not_done(site: Site) -> None:
    one = browser(site)
    stale = brought(one, pupils(GOOD))
    shown = _SHOWN.search(one.get(stale).text)
    assert shown is not None
    decide(one, brought(one, pupils(GOOD)), "confirm")
    before = traces(site)
    answer = decide(one, stale, "confirm", shown[1])
    assert answer.status_code == 409
    assert "Состав школы изменился" in answer.text
    assert traces(site) == before
    assert decide(one, stale, "confirm").status_code == 302


def test_thrown_away_nothing_is_left(site: Site) -> None:
    before, one = traces(site), browser(site)
    address = brought(one, pupils(GOOD))
    assert decide(one, address, "cancel", "").headers["Location"] == PAGE
    assert (waiting(site), traces(site)) == ([], before)
    assert one.get(address).status_code == 409


def test_after_an_hour_the_file_is_gone(site: Site) -> None:
    one = browser(site)
    address = brought(one, pupils(GOOD))
    site.world.clock.advance(KEPT + timedelta(seconds=1))
    one = browser(site)
    answer = one.get(address)
    assert answer.status_code == 409
    assert "пролежали больше часа" in answer.text
    assert waiting(site) == []


def test_only_the_gateway_reads_a_waiting_file(site: Site) -> None:
    brought(browser(site), pupils(GOOD))
    (folder,) = waiting(site)
    assert stat.S_IMODE(folder.parent.stat().st_mode) == stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "files" / "Ученики.csv").stat().st_mode) == 0o600


def test_nobody_else_sees_it_or_decides_about_it(site: Site) -> None:
    address = brought(browser(site), pupils(GOOD))
    for login in ("administrator", "neighbour"):
        other = browser(site, login)
        assert other.get(address).status_code == 409
        assert decide(other, address, "cancel", "").status_code == 409
    assert len(waiting(site)) == 1


@pytest.mark.parametrize("login", ["director", "class_teacher"])
def test_who_may_not_write_class_lists_is_turned_away(site: Site, login: str) -> None:
    one = browser(site, login)
    assert one.get(PAGE).status_code == 403
    answer = one.post(PAGE, form_on="/console/password", source="own")
    assert (answer.status_code, waiting(site)) == (403, [])


def test_a_form_from_elsewhere_is_turned_away(site: Site) -> None:
    one = browser(site)
    assert bring(one, pupils(GOOD), token="forged").status_code == 400
    address = brought(one, pupils(GOOD))
    answer = one.client.post(f"{address}/decision", data={"verb": "confirm", "form_token": "forged"})
    assert answer.status_code == 400
    assert "Загруженная" not in families(site)


@pytest.mark.parametrize(("left", "in_force"), [(36, 36), (24, 40)], ids=["a few go", "many wait"])
def test_a_shorter_list_removes_nobody_unless_it_is_said_to_be_whole(site: Site, left: int, in_force: int) -> None:
    one = browser(site)
    many = [f"Загруженная Проба{'б' * number} Примеровна;04.03.2015;11Я;;;\n" for number in range(40)]
    lists = {**pupils(*many), "Классы.csv": "Класс\n11Я\n".encode(), "Кадры.csv": _staff()}
    decide(one, brought(one, lists, whole=True), "confirm")
    shorter = {**lists, **pupils(*many[:left])}
    page = one.get(address := brought(one, shorter)).text
    assert "не доказательство" in page
    decide(one, address, "confirm")
    assert _in_force(site) == 40
    page = one.get(address := brought(one, shorter, whole=True)).text
    assert "не доказательство" not in page
    assert "Кого нет у источника" in page
    assert ("Будет ждать решения" in page) is (in_force == 40)
    decide(one, address, "confirm")
    assert _in_force(site) == in_force


def _in_force(site: Site) -> int:
    with site.world.units(SCHOOL)() as unit:
        held = unit.roster.state().of(RecordKind.PUPIL)
    return len([one for one in held.values() if one["family"] == "Загруженная" and one["status"] == "active"])


def _staff() -> bytes:
    return "Фамилия;Имя;Отчество;Должность\nУчебный;Учитель;Образцович;учитель\n".encode()


def test_a_package_is_brought_the_same_way(site: Site, tmp_path: Path) -> None:
    rows = whole_package()
    with site.world.units(SCHOOL)() as unit:
        rows["orgs"][0]["identifier"] = unit.roster.school().registry_id
    package = write(tmp_path / "bulk.zip", rows).read_bytes()
    one = browser(site)
    address = brought(one, {"bulk.zip": package}, source="city", whole=True)
    assert "Опыт" in one.get(address).text
    assert decide(one, address, "confirm").status_code == 302
    assert "Тестова" in families(site)


def test_a_workbook_is_read_and_its_formulas_are_not_run(site: Site) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["ФИО", "Дата рождения", "Класс"])
    sheet.append(["Загруженная Проба Примеровна", "04.03.2015", "11Я"])
    sheet.append(['=HYPERLINK("http://x.example","y")', "04.03.2015", "11Я"])
    content = io.BytesIO()
    book.save(content)
    one = browser(site)
    page = one.get(brought(one, {"Ученики.XLSX": content.getvalue()})).text
    assert "Ученики.xlsx, лист «Sheet», строки 3" in page
    assert "HYPERLINK" not in page


def test_cells_that_look_like_formulas_or_markup_stay_texts(site: Site) -> None:
    one = browser(site)
    rows = [f"Загруженная {FORMULA} Примеровна;04.03.2015;11Я;;;\n", f"=1+1;04.03.2015;11Я;;;{HOSTILE}\n"]
    address = brought(one, {f"{HOSTILE}.csv": (HEADER + "".join(rows)).encode()})
    assert HOSTILE not in one.get(address).text
    for part in ("", "&part=rejected"):
        answer = one.get(f"{address}?format=csv{part}")
        table = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
        assert len(table) > 1
        assert not [cell for row in table[1:] for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_changes_are_searched_and_filtered(site: Site) -> None:
    one = browser(site)
    address = brought(one, pupils(GOOD))
    answer = one.get(f"{address}?kind=guardian&q=Мама&format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert {row["kind"] for row in rows} == {"guardian"}
    assert "Загруженная Мама" in {row["record"] for row in rows}


def test_a_list_whose_columns_are_not_understood_shows_them_and_cannot_be_confirmed(site: Site) -> None:
    one = browser(site)
    address = brought(one, {"x.csv": "Дата рождения;Кто\n04.03.2015;Проба\n".encode()})
    answer = one.get(address)
    assert answer.status_code == 422
    assert "school_lists.columns" in answer.text
    assert "дата рождения" in answer.text
    assert 'value="confirm"' not in answer.text
    assert decide(one, address, "confirm", "0" * 64).status_code == 422
    assert decide(one, address, "cancel", "").status_code == 302


def say_columns(one: Browser, address: str, *meanings: str) -> TestResponse:
    """Choose a meaning for every column of the only list, in the order of the columns."""
    token = _TOKEN.search(one.get("/console/password").text)
    assert token is not None
    data = {"form_token": token[1], "meaning-0": list(meanings)}
    return one.client.post(f"{address}/columns", data=data, headers={"Accept-Language": one.language})


UNKNOWN = {"x.csv": "Родился;Кто;Где\n04.03.2015;Загруженная Проба Примеровна;11Я\n".encode()}
CHOSEN = ("birth_date", "full_name", "class")


def test_a_person_says_what_the_columns_mean_and_what_is_missing_is_named(site: Site) -> None:
    one = browser(site)
    address = brought(one, UNKNOWN)
    page = one.get(address).text
    assert "Чего не хватает" in page
    assert "<b>ФИО</b>" in page
    assert say_columns(one, address, *CHOSEN).status_code == 302
    page = one.get(address).text
    assert "Чего не хватает" not in page
    assert 'value="confirm"' in page
    assert decide(one, address, "confirm").status_code == 302
    assert "Загруженная" in families(site)


def test_a_column_is_left_out_for_this_upload_alone(site: Site) -> None:
    one = browser(site)
    address = brought(one, pupils(GOOD))
    before = traces(site)
    assert say_columns(one, address, "full_name", "birth_date", "class", "-", "-", "-").status_code == 302
    assert "Мама" not in one.get(f"{address}?format=csv").text
    assert "Мама" in one.get(brought(one, pupils(GOOD)) + "?format=csv").text
    assert traces(site) == before


def test_two_columns_of_one_meaning_are_refused_and_the_choice_before_stands(site: Site) -> None:
    one = browser(site)
    address = brought(one, UNKNOWN)
    say_columns(one, address, *CHOSEN)
    answer = say_columns(one, address, "full_name", "full_name", "class")
    assert (answer.status_code, "roster.upload_meanings" in answer.text) == (422, True)
    assert 'value="confirm"' in one.get(address).text


@pytest.mark.parametrize("meanings", [(), ("nonsense",) * 3, ("full_name",) * 40])
def test_what_is_no_choice_is_no_error(site: Site, meanings: tuple[str, ...]) -> None:
    one = browser(site)
    address = brought(one, UNKNOWN)
    assert say_columns(one, address, *meanings).status_code in {302, 422}
    assert one.get(address).status_code == 422  # still not plain what the list is of


def test_nobody_else_says_what_columns_mean_and_not_of_what_is_gone(site: Site) -> None:
    one = browser(site)
    address = brought(one, UNKNOWN)
    assert say_columns(browser(site, "administrator"), address, *CHOSEN).status_code == 409
    assert say_columns(browser(site, "director"), address, *CHOSEN).status_code == 403
    decide(one, address, "cancel", "")
    assert say_columns(one, address, *CHOSEN).status_code == 409


def test_questions_of_who_is_who_are_counted_before_they_are_asked(site: Site) -> None:
    one, before = browser(site), traces(site)
    page = one.get(brought(one, pupils("Ученикова Имярек Петровна;05.05.2015;5А;;;\n"))).text  # several are called so
    assert "Новых вопросов «Кто есть кто»: 1" in page
    assert "Новых вопросов" not in one.get(brought(one, pupils(GOOD))).text
    assert traces(site) == before


@pytest.mark.parametrize(
    ("files", "source", "code"),
    [
        ({}, "own", "roster.upload_files"),
        ({f"{number}.csv": b"x" for number in range(MOST_FILES + 1)}, "own", "roster.upload_files"),
        ({"x.pdf": b"%PDF"}, "own", "roster.upload_kind"),
        ({"x": b"x"}, "own", "roster.upload_kind"),
        ({"x.csv": b"x"}, "city", "roster.upload_kind"),
        ({"x.csv": b"a", "X.CSV": b"a"}, "own", "roster.upload_names"),
        ({"x.csv": b"a"}, "registry", "roster.upload_source"),
        ({"x.csv": b""}, "own", "table.columns"),
        ({"x.csv": b"\xff\xfe"}, "own", "csv.not_utf8"),
        ({"x.xlsx": b"no book"}, "own", "xlsx.not_readable"),
        ({"x.zip": b"no zip"}, "city", "oneroster_csv.refused"),
        ({"../../x.csv": b"", "y.csv": b"a"}, "own", "table.columns"),
    ],
)
def test_what_is_no_list_is_told_and_not_kept(site: Site, files: Files, source: str, code: str) -> None:
    before = traces(site)
    answer = bring(browser(site), files, source=source)
    assert answer.status_code == 422
    assert f"<code>{code}</code>" in answer.text
    assert (waiting(site), traces(site)) == ([], before)


def test_a_file_that_breaks_off_below_its_heading_is_told_and_thrown_away(site: Site) -> None:
    one = browser(site)
    content = (HEADER + GOOD).encode() + b'"'
    address = brought(one, {"x.csv": content})
    answer = one.get(address)
    assert answer.status_code == 422
    assert "school_lists.refused" in answer.text
    assert waiting(site) == []


def test_too_much_at_once_is_refused(site: Site) -> None:
    answer = bring(browser(site), {"x.csv": b"x" * (MAX_BODY + 1)})
    assert (answer.status_code, waiting(site)) == (413, [])


def test_an_unknown_decision_changes_nothing(site: Site) -> None:
    one = browser(site)
    address = brought(one, pupils(GOOD))
    assert decide(one, address, "apply").status_code == 400
    assert len(waiting(site)) == 1


@pytest.mark.parametrize("upload", ["none", "..", "%2e%2e", "a.taken"])
def test_what_nobody_brought_is_not_there(site: Site, upload: str) -> None:
    assert browser(site).get(f"{PAGE}/{upload}").status_code in {404, 409}


def test_every_meaning_and_kind_of_list_has_words() -> None:
    assert MEANINGS.keys() == set(FIELDS)
    assert LIST_KINDS.keys() == {kind.value for kind in ListKind}
