"""Reports that a deputy hands in: class sizes (R-REP-02), and both reports as table, CSV, JSON and signed page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from gateway.archive.renderer import TypstReports
from gateway.bootstrap.installation import Gateway, new_id
from gateway.cli.main import main
from gateway.errors import DocumentError
from gateway.model.class_sizes import ClassSize, class_sizes_report
from gateway.model.curriculum import IndividualPlan
from gateway.model.ids import PupilId, RecordId
from gateway.model.movement_report import MovementLine, MovementReport, class_sizes
from gateway.model.people import Sex
from gateway.model.printed_report import PrintedColumn, PrintedReport, PrintedTable
from gateway.model.roster import RosterState, snapshot_rows
from gateway.roster.movement import NamedReport
from gateway.roster.report_words import movement_notes, movement_rows
from gateway.roster.sync import RosterSync
from gateway.settings import read_settings
from tests.roster_world import FIRST, SCHOOL, TODAY, Told, class_of, place, pupil, pupil_of, roster
from tests.sqlite_files import upgraded_file

Ask = Callable[..., Result]
AT = datetime(2026, 10, 30, 9, tzinfo=UTC)


def plan(number: int, whose: PupilId, *, until: date | None = None) -> IndividualPlan:
    return IndividualPlan(
        id=RecordId(f"plan-{number}"),
        pupil=whose,
        year=2026,
        valid_from=FIRST,
        valid_to=until,
        document="№ 1",
        subjects=(),
    )


def held(pupils: int = 4) -> RosterState:
    """Two classes; the first pupil is a boy."""
    said = roster(pupils).snapshot()
    boys = (replace(said.pupils[0], sex=Sex.MALE), *said.pupils[1:])
    return RosterState(rows=snapshot_rows(replace(said, pupils=boys)))


def test_a_class_is_told_with_teacher_and_who_is_in_it() -> None:
    one, two, school = class_sizes_report(held(5), [plan(1, pupil_of(3))], TODAY).lines
    assert (one.school_class, one.pupils, one.boys, one.girls, one.on_plan) == (class_of(1), 3, 1, 2, 1)
    assert (two.school_class, two.pupils, two.boys, two.on_plan) == (class_of(2), 2, 0, 0)
    assert one.teacher == roster().staff[0].id
    assert (school.school_class, school.pupils, school.boys, school.girls, school.on_plan) == (None, 5, 1, 4, 1)


def test_what_nobody_tells_is_not_known_and_no_zero() -> None:
    school = class_sizes_report(held(), [], TODAY).school
    assert (school.on_plan, school.capacity) == (None, None)


def test_a_plan_counts_on_its_days_only() -> None:
    ended = plan(1, pupil_of(1), until=TODAY - timedelta(days=1))
    assert class_sizes_report(held(), [ended], TODAY).school.on_plan == 0
    assert class_sizes_report(held(), [ended], TODAY - timedelta(days=1)).school.on_plan == 1


def test_an_empty_class_of_the_year_is_told_and_one_of_another_year_is_not() -> None:
    said = roster(0).snapshot()
    old = replace(said.classes[1], year=2025)
    state = RosterState(rows=snapshot_rows(replace(said, classes=(said.classes[0], old))))
    assert [one.school_class for one in class_sizes_report(state, [], TODAY).lines] == [class_of(1), None]


@settings(max_examples=15)
@given(
    sexes=st.lists(st.sampled_from(list(Sex)), max_size=8),
    starts=st.lists(st.integers(0, 60), min_size=8, max_size=8),
    day=st.integers(0, 60),
)
def test_boys_and_girls_are_the_pupils_and_classes_are_the_school(
    sexes: list[Sex], starts: list[int], day: int
) -> None:
    said = roster(0).snapshot()
    numbers = range(1, len(sexes) + 1)
    state = RosterState(
        rows=snapshot_rows(
            replace(
                said,
                pupils=tuple(replace(pupil(n), sex=sexes[n - 1]) for n in numbers),
                enrollments=tuple(place(n, 1 + n % 2, since=FIRST + timedelta(days=starts[n - 1])) for n in numbers),
            )
        )
    )
    on = FIRST + timedelta(days=day)
    found = class_sizes_report(state, [], on)
    counted = class_sizes(state, on)
    assert {one.school_class: one.pupils for one in found.lines[:-1]} == {
        one.school_class: counted[one.school_class] for one in found.lines[:-1] if one.school_class
    }
    assert found.school == ClassSize(
        school_class=None,
        boys=sum(one.boys for one in found.lines[:-1]),
        girls=sum(one.girls for one in found.lines[:-1]),
    )
    assert found.school.pupils == counted.total()


# commands


@pytest.fixture(params=["ru", "en"])
def language(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str) -> Ask:
    """Give the command over a small school."""
    monkeypatch.chdir(tmp_path)
    upgraded_file(tmp_path / "gateway.db")
    file = tmp_path / "gateway.toml"
    file.write_text(f'database_url = "sqlite:///{tmp_path}/gateway.db"\nlanguage = "{language}"\n', encoding="utf-8")
    with Gateway(read_settings(file, {})) as gateway:
        gateway.add_school(SCHOOL)
        RosterSync(
            units=gateway.database.units(SCHOOL.id),
            source=Told(says=roster(2).snapshot()),
            clock=gateway.clock,
            new_id=new_id,
        ).run()
    return lambda *arguments: CliRunner().invoke(main, ["report", *arguments], catch_exceptions=False)


def test_class_sizes_are_told_to_people_in_their_language_and_to_programs_by_keys(ask: Ask, language: str) -> None:
    table, spread, keys = (ask("class-sizes", "2026-10-30", *how) for how in ((), ("--csv",), ("--json",)))
    assert [one.exit_code for one in (table, spread, keys)] == [0, 0, 0]
    heading = "Класс;Классный руководитель;Учеников" if language == "ru" else "Class;Class teacher;Pupils"
    assert spread.stdout.startswith(heading)
    assert ("нет данных" if language == "ru" else "not known") in table.stdout
    first = json.loads(keys.stdout)[0]
    assert (first["class"], first["class_teacher"], first["pupils"], first["on_plan"], first["capacity"]) == (
        "5А", "Учебный Учитель Образцович", 1, None, None
    )  # fmt: skip


def test_both_reports_are_pages_to_sign(ask: Ask, language: str, tmp_path: Path) -> None:
    assert ask("movement", "2026-09-01", "2026-09-30", "--pdf", "movement.pdf").exit_code == 0
    assert ask("class-sizes", "2026-09-30", "--pdf", "sizes.pdf").exit_code == 0
    words = {
        "ru": ("Движение учащихся", "с 01.09.2026 по 30.09.2026", "Поимённо", "Заместитель директора", "стр. 1 из 1"),
        "en": ("Movement of pupils", "from 2026-09-01 to 2026-09-30", "By name", "Deputy head", "page 1 of 1"),
    }
    moved = text_of((tmp_path / "movement.pdf").read_bytes())
    assert all(one in moved for one in (*words[language], SCHOOL.name, "Тестова Проба Примеровна")), moved
    sizes = text_of((tmp_path / "sizes.pdf").read_bytes())
    title = "Наполняемость классов" if language == "ru" else "Class sizes"
    assert all(one in sizes for one in (title, SCHOOL.name, "Учебный Учитель Образцович")), sizes


def test_a_movement_without_an_order_is_remarked(ask: Ask) -> None:
    told = ask("movement", "2026-09-01", "2026-09-30", "--json")
    assert json.loads(told.stderr)["code"] == "report.movement_remark"
    assert ask("movement", "2026-08-01", "2026-08-31").stderr == ""


def test_a_class_whose_book_and_list_differ_is_named_with_who_finds_out() -> None:
    lines = (
        MovementLine(school_class=class_of(1), opening=25, arrived=1, left=2, counted=24),
        MovementLine(school_class=class_of(2), opening=20, moved_in=1, moved_out=1, counted=21),
        MovementLine(school_class=None, opening=45, arrived=1, left=2, counted=45),
    )
    report = MovementReport(first=FIRST, last=TODAY, lines=lines, entries=())
    named = NamedReport(report=report, names={class_of(1): "5А", class_of(2): "5Б"})
    by_class, whole = movement_notes(named)
    assert by_class.ru.startswith("5Б: по книге движения на конец 20, в списке 21.")
    assert "deputy head" in by_class.en
    assert whole.en.startswith("School: 44 at the end by the movement book, 45 on the list.")
    assert [row[0] for row in movement_rows(named, "ru") if row[-1] == "нет"] == ["5Б", "По школе"]


def test_days_the_wrong_way_round_are_a_wrong_question(ask: Ask) -> None:
    assert ask("movement", "2026-09-30", "2026-09-01").exit_code == 2


# pages


def test_what_stands_in_a_report_is_never_markup_and_a_long_one_has_numbered_pages() -> None:
    rows = tuple((f"#panic() *{number}* $x$", str(number)) for number in range(120))
    table = PrintedTable(columns=(PrintedColumn(title="[имя]"), PrintedColumn(title="№", is_figure=True)), rows=rows)
    report = PrintedReport(
        language="ru", title="Отчёт", school="Школа", period="на 30.10.2026", made="30.10.2026", tables=(table,)
    )
    pdf = TypstReports().pages(report, at=AT)
    pages = PdfReader(BytesIO(pdf)).pages
    assert len(pages) > 1
    assert f"стр. 2 из {len(pages)}" in " ".join(pages[1].extract_text().split())
    assert "#panic() *0* $x$" in text_of(pdf)
    assert pdf == TypstReports().pages(report, at=AT)


def test_a_typesetter_that_takes_too_long_is_told_without_the_content() -> None:
    report = PrintedReport(language="ru", title="Отчёт", school="Школа", period="", made="", tables=())
    with pytest.raises(DocumentError) as caught:
        TypstReports(time_limit=timedelta(0)).pages(report, at=AT)
    assert caught.value.code == "report.not_typeset"


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)
