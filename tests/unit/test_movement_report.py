"""The report on the movement of pupils (R-REP-01) and the check of class sizes (R-ROST-20)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from gateway.bootstrap.installation import Gateway, new_id
from gateway.cli.main import main
from gateway.model.ids import ClassId, PupilId, RecordId
from gateway.model.movement import Movement, MovementKind
from gateway.model.movement_book import BookEntry
from gateway.model.movement_order import MovementOrder
from gateway.model.movement_report import MovementLine, class_sizes, movement_report
from gateway.model.roster import RecordKind, RosterState
from gateway.roster.movement import MovementReports
from gateway.roster.sync import RosterSync
from gateway.settings import read_settings
from tests.roster_life_world import SAID, Life
from tests.roster_world import FIRST, SCHOOL, TODAY, Told, class_of, database, place, pupil, pupil_of, roster, without
from tests.sqlite_files import upgraded_file

DAYS = st.dates(min_value=date(2026, 9, 1), max_value=date(2026, 9, 30))
CLASSES = [ClassId(f"c-{n}") for n in range(3)]


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with database(tmp_path) as base:
        yield Life(base=base)


def line(life: Life, school_class: ClassId | None, first: date, last: date) -> MovementLine:
    found = MovementReports(units=life.base.units).of(first, last).report
    return next(one for one in found.lines if one.school_class == school_class)


def test_who_came_moved_and_left_makes_the_sizes(life: Life) -> None:
    life.run()
    moved = replace(
        SAID,
        enrollments=(
            place(1, 1, until=TODAY - timedelta(days=1)),
            place(1, 2, since=TODAY),
            *(one for one in SAID.enrollments if one.pupil != pupil_of(1)),
            place(9, 2, since=TODAY),
        ),
        pupils=(*SAID.pupils, pupil(9)),
    )
    life.run(moved)
    life.clock.now += timedelta(days=1)
    life.run(without(moved, 2))
    last = TODAY + timedelta(days=1)
    one, two, school = (line(life, each, TODAY, last) for each in (class_of(1), class_of(2), None))
    assert (one.opening, one.moved_out, one.closing, one.counted) == (2, 1, 1, 1)
    assert (two.opening, two.arrived, two.left, two.moved_in, two.closing, two.counted) == (2, 1, 1, 1, 3, 3)
    assert (school.opening, school.arrived, school.left, school.moved_in, school.closing) == (4, 1, 1, 0, 4)
    assert one.agrees
    assert two.agrees
    assert school.agrees
    assert line(life, None, FIRST, FIRST).arrived == 4


def test_what_was_taken_back_has_never_been(life: Life) -> None:
    life.run()
    plan = life.applied(without(SAID, 1))
    assert line(life, None, TODAY, TODAY).left == 1
    life.reverting.run(plan, by="director", reason="a mistake")
    school = line(life, None, TODAY, TODAY)
    assert (school.left, school.closing, school.agrees) == (0, 4, True)


def test_somebody_past_the_book_is_seen(life: Life) -> None:
    life.run()
    with life.base.unit() as unit:
        state = unit.roster.state()
        book = unit.roster.movements()
    held = dict(state.of(RecordKind.ENROLLMENT))
    held.pop((pupil_of(1), class_of(1), FIRST.isoformat()))
    report = movement_report(
        book, replace(state, rows={**state.rows, RecordKind.ENROLLMENT: held}), (), first=FIRST, last=TODAY
    )
    agreeing = {one.school_class: one.agrees for one in report.lines}
    assert agreeing == {class_of(1): False, class_of(2): True, None: False}
    assert report.school.closing - report.school.counted == 1


def order(number: int, kind: MovementKind, day: date, whose: str = "p") -> MovementOrder:
    return MovementOrder(
        id=RecordId(f"o-{number}"),
        pupil=PupilId(whose),
        kind=kind,
        happened_on=day,
        document=f"№ {number}",
        informed_at=datetime(2026, 9, 1, tzinfo=UTC),
    )


def entry(number: int, one: Movement, cancels: str | None = None) -> BookEntry:
    return BookEntry(
        id=f"e-{number}", movement=one, plan="plan", entered_at=datetime(2026, 9, 1, tzinfo=UTC), cancels=cancels
    )


def test_each_movement_has_the_order_of_its_kind_nearest_in_time() -> None:
    days = [date(2026, 9, 3), date(2026, 9, 20)]
    book = [
        entry(n, Movement(pupil=PupilId("p"), kind=MovementKind.CLASS_TRANSFER, happened_on=day, to_class=CLASSES[n]))
        for n, day in enumerate(days)
    ]
    orders = [
        order(2, MovementKind.CLASS_TRANSFER, date(2026, 9, 21)),
        order(1, MovementKind.CLASS_TRANSFER, date(2026, 9, 2)),
        order(3, MovementKind.DEPARTURE, date(2026, 9, 3)),
        order(4, MovementKind.CLASS_TRANSFER, date(2026, 9, 3), "another"),
    ]
    found = movement_report(book, RosterState(), orders, first=date(2026, 9, 1), last=date(2026, 9, 30))
    assert [one.order and one.order.document for one in found.entries] == ["№ 1", "№ 2"]
    alone = movement_report(book, RosterState(), orders[1:2], first=date(2026, 9, 1), last=date(2026, 9, 30))
    assert [one.order and one.order.document for one in alone.entries] == ["№ 1", None]


def test_a_movement_that_names_its_order_has_that_one_and_no_other() -> None:
    days = [date(2026, 9, 3), date(2026, 9, 20), date(2026, 9, 25)]
    book = [
        entry(
            n,
            Movement(
                pupil=PupilId("p"),
                kind=MovementKind.CLASS_TRANSFER,
                happened_on=day,
                document=document,
                to_class=CLASSES[0],
            ),
        )
        for n, (day, document) in enumerate(zip(days, ("", "№ 1", "№ 7"), strict=True))
    ]
    orders = [
        order(1, MovementKind.CLASS_TRANSFER, date(2026, 9, 3)),
        order(2, MovementKind.CLASS_TRANSFER, date(2026, 9, 25)),
    ]
    found = movement_report(book, RosterState(), orders, first=date(2026, 9, 1), last=date(2026, 9, 30))
    assert [one.order and one.order.document for one in found.entries] == ["№ 2", "№ 1", None]


@st.composite
def lives(draw: st.DrawFn) -> list[BookEntry]:
    """Pupils who come, move and perhaps leave, on days in order; some lines cancelled."""
    book: list[BookEntry] = []
    for number in range(draw(st.integers(0, 5))):
        days = sorted(draw(st.lists(DAYS, min_size=1, max_size=4)))
        at: ClassId | None = None
        steps: list[Movement] = []
        for place_in, day in enumerate(days):
            then = draw(st.sampled_from(CLASSES))
            if place_in == 0:
                kind, before, after = MovementKind.ADMISSION, None, then
            elif place_in == len(days) - 1 and draw(st.booleans()):
                kind, before, after = MovementKind.DEPARTURE, at, None
            else:
                kind, before, after = MovementKind.CLASS_TRANSFER, at, then
            steps.append(
                Movement(pupil=PupilId(f"p-{number}"), kind=kind, happened_on=day, from_class=before, to_class=after)
            )
            at = after
        book += [entry(len(book) + n, one) for n, one in enumerate(steps)]
        if draw(st.booleans()):
            last = book[-1]
            book.append(replace(last, id=f"e-{len(book)}", cancels=last.id))
    return book


@given(book=lives(), first=DAYS, length=st.integers(0, 29))
def test_opening_and_in_less_out_is_closing_by_class_and_for_the_school(
    book: list[BookEntry], first: date, length: int
) -> None:
    last = first + timedelta(days=length)
    found = movement_report(book, RosterState(), (), first=first, last=last)
    classes = found.lines[:-1]
    assert sum(one.opening for one in classes) == found.school.opening
    assert sum(one.closing for one in classes) == found.school.closing
    assert sum(one.moved_in for one in classes) == sum(one.moved_out for one in classes)
    next_day = movement_report(book, RosterState(), (), first=last + timedelta(days=1), last=date(2026, 12, 1))
    openings = {one.school_class: one.opening for one in next_day.lines}
    for one in found.lines:
        assert openings.get(one.school_class, 0) == one.closing, "what closes a time opens the next one"


def test_a_class_has_the_pupils_of_the_day() -> None:
    state = RosterState(
        rows={
            RecordKind.ENROLLMENT: {
                ("p", "c", "2026-09-01"): {
                    "pupil": "p", "school_class": "c", "valid_from": "2026-09-01", "valid_to": "2026-09-02"
                }
            }
        }
    )  # fmt: skip
    sizes = [class_sizes(state, date(2026, 9, day))[ClassId("c")] for day in (1, 2, 3)]
    assert sizes == [1, 1, 0]


def test_the_command_tells_lines_and_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "gateway.toml"
    file.write_text(f'database_url = "sqlite:///{tmp_path}/gateway.db"\nlanguage = "en"\n', encoding="utf-8")
    upgraded_file(tmp_path / "gateway.db")
    with Gateway(read_settings(file, {})) as gateway:
        gateway.add_school(SCHOOL)
        RosterSync(
            units=gateway.database.units(SCHOOL.id),
            source=Told(says=roster(2).snapshot()),
            clock=gateway.clock,
            new_id=new_id,
        ).run()

    def told(*arguments: str) -> list[dict[str, object]]:
        result = CliRunner().invoke(main, ["report", "movement", "2026-09-01", "2026-09-30", "--json", *arguments])
        assert result.exit_code == 0, result.output
        answer: list[dict[str, object]] = json.loads(result.stdout)
        return answer

    lines = told()
    assert [(one["class"], one["arrived"], one["closing"], one["agrees"]) for one in lines] == [
        ("5А", 1, 1, True), ("5Б", 1, 1, True), ("*", 2, 2, True)
    ]  # fmt: skip
    assert [one["name"] for one in told("--entries")] == ["Тестова Проба Примеровна"] * 2
