"""People and classes that look like each other: twins, a teacher who is a mother, two alphabets, half a list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.adapters.school_lists.adapter import ListsAdapter
from gateway.adapters.school_lists.settings import ListsSettings
from gateway.model.matching_cases import CaseState
from gateway.model.roster import RecordKind, RosterSnapshot, active_rows
from gateway.model.roster_known import known_of
from gateway.model.roster_source import SourceKind, SourceRules
from gateway.roster.author import Author
from gateway.roster.matching import MatchDecisions
from gateway.roster.sync import RosterResult, RosterSync
from tests.roster_life_world import SAID, Life
from tests.roster_world import SCHOOL, TODAY, database, guardian, link, place, pupil, pupil_id, pupil_of

AUTHOR = Author(actor="zavuch", role="deputy", channel="roster", reason="looked")
DAY = timedelta(days=1)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with database(tmp_path) as base:
        yield Life(base=base)


def matches(life: Life) -> MatchDecisions:
    return MatchDecisions(units=life.base.units, clock=life.clock, new_id=life.base.new_id)


def asked(life: Life) -> list[str]:
    return sorted(one.case.source_id for one in matches(life).cases(state=CaseState.OPEN))


def in_force(life: Life, kind: RecordKind) -> int:
    return len(active_rows(life.state().rows, TODAY)[kind])


def with_twins(*numbers: int) -> RosterSnapshot:
    """A school with children of one name, one birth date and one mother, and no СНИЛС."""
    return replace(
        SAID,
        pupils=(*SAID.pupils, *(replace(pupil(n, family="Близнецова"), snils=None) for n in numbers)),
        guardians=(*SAID.guardians, guardian(20)),
        guardianships=(*SAID.guardianships, *(link(20, n) for n in numbers)),
        enrollments=(*SAID.enrollments, *(place(n, 1) for n in numbers)),
    )


def answered(life: Life) -> None:
    """Say of everybody asked about that it is somebody new, and sync again."""
    for one in matches(life).cases(state=CaseState.OPEN):
        matches(life).new(one.id, author=AUTHOR)
    life.run()


def test_of_two_children_alike_in_everything_a_person_says_that_they_are_two(life: Life) -> None:
    life.run(SAID)
    life.run(with_twins(21, 22))
    assert (asked(life), in_force(life, RecordKind.PUPIL)) == (["P-22"], 5)
    answered(life)
    assert (asked(life), in_force(life, RecordKind.PUPIL)) == ([], 6)
    before = life.state()
    life.run(with_twins(22, 21))
    assert (asked(life), life.state()) == ([], before)


def test_a_twin_who_comes_later_is_never_made_the_first_one(life: Life) -> None:
    life.run(with_twins(21))
    first = life.state().of(RecordKind.PUPIL)[pupil_of(21),]
    life.clock.now += DAY
    life.run(with_twins(21, 22))
    assert life.state().of(RecordKind.PUPIL)[pupil_of(21),] == first
    assert in_force(life, RecordKind.PUPIL) + len(asked(life)) == 6


def test_a_twin_who_leaves_takes_nobody_along(life: Life) -> None:
    life.run(with_twins(21))
    life.run(with_twins(21, 22))
    answered(life)
    (other,) = set(life.state().of(RecordKind.PUPIL)) - {(pupil_of(n),) for n in (1, 2, 3, 4, 21)}
    life.run(with_twins(21))
    state = life.state().of(RecordKind.PUPIL)
    assert (state[pupil_of(21),]["status"], state[other]["status"]) == ("active", "suspended")


def test_a_mother_who_teaches_here_stays_a_mother_when_she_leaves_the_staff(life: Life) -> None:
    mother = replace(guardian(30), name=SAID.staff[0].name)
    said = replace(SAID, guardians=(*SAID.guardians, mother), guardianships=(*SAID.guardianships, link(30, 1)))
    life.run(said)
    life.run(replace(said, staff=()))
    state = life.state()
    assert [row["status"] for row in state.of(RecordKind.STAFF).values()] == ["suspended"]
    assert state.of(RecordKind.GUARDIAN)[mother.id,]["status"] == "active"
    assert state.of(RecordKind.GUARDIANSHIP)[mother.id, pupil_of(1)]["valid_to"] is None


def test_a_latin_letter_in_a_family_name_makes_nobody_new(life: Life) -> None:
    """The same child under another number, whose name somebody typed with a Latin letter: a person is asked."""
    life.run(SAID)
    one = SAID.pupils[0]
    typed = replace(
        one,
        id=pupil_id(SCHOOL.id, "X-1"),
        source_id="X-1",
        name=replace(one.name, family="T" + one.name.family[1:]),
        snils=None,
    )
    life.run(
        replace(
            SAID,
            pupils=(typed, *SAID.pupils[1:]),
            enrollments=(replace(SAID.enrollments[0], pupil=typed.id), *SAID.enrollments[1:]),
            guardianships=(replace(SAID.guardianships[0], pupil=typed.id), *SAID.guardianships[1:]),
        )
    )
    assert asked(life) == ["X-1"]
    assert (in_force(life, RecordKind.PUPIL), len(life.state().of(RecordKind.PUPIL))) == (4, 4)


# lists of the school


HEAD = "ФИО;Пол;Дата рождения;Класс\n"
KINDS = frozenset({RecordKind.PUPIL, RecordKind.CLASS, RecordKind.ENROLLMENT})


def row(number: int, school_class: str) -> str:
    letters = "абвгдежзиклмнопрстуф"
    name = f"Тестов{letters[number // 20]}{letters[number % 20]}"
    return f"{name} Проба Примеровна;ж;{number % 28 + 1:02}.03.2015;{school_class}\n"


def took(life: Life, folder: Path, rows: str) -> RosterResult:
    """What came of the list, which a person calls whole."""
    (folder / "Ученики.csv").write_text(HEAD + rows, encoding="utf-8")
    (folder / "Классы.csv").write_text("Класс;Классный руководитель\n5А;\n", encoding="utf-8")
    with life.base.unit() as unit:
        known = known_of(unit.roster_links.all(source="own"), unit.roster.state(), TODAY)
    source = ListsAdapter(
        ListsSettings(name="own", folder=folder, whole=True, kinds=KINDS), clock=life.clock, known=lambda _school: known
    )
    rules = SourceRules(name="own", kind=SourceKind.LISTS, kinds=KINDS)
    return RosterSync(
        units=life.base.units, source=source, clock=life.clock, new_id=life.base.new_id, rules=rules
    ).run()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "lists"
    made.mkdir()
    return made


def test_half_of_a_list_that_is_called_whole_removes_nobody(life: Life, folder: Path) -> None:
    whole = [row(n, "5А" if n % 2 else "5Б") for n in range(40)]
    assert took(life, folder, "".join(whole)).held == 0
    life.clock.now += DAY
    half = took(life, folder, "".join(whole[:20]))
    assert (half.deactivated, in_force(life, RecordKind.PUPIL), in_force(life, RecordKind.ENROLLMENT)) == (0, 40, 40)
    assert half.held > 0
    life.clock.now += DAY
    third = took(life, folder, "".join(whole[:13]))
    assert (third.deactivated, third.complete, in_force(life, RecordKind.PUPIL)) == (0, False, 40)


def test_a_class_whose_letter_is_typed_in_latin_is_the_same_class(life: Life, folder: Path) -> None:
    took(life, folder, "".join(row(n, "5А") for n in range(10)))
    result = took(life, folder, "".join(row(n, "5A") for n in range(10)))
    assert (result.created, result.updated, result.transferred, result.held) == (0, 0, 0, 0)
    assert in_force(life, RecordKind.CLASS) == 1


def test_a_slip_in_the_name_of_a_class_waits_and_the_child_stays_where_it_is(life: Life, folder: Path) -> None:
    rows = [row(n, "5А") for n in range(10)]
    took(life, folder, "".join(rows))
    before = life.state()
    result = took(life, folder, "".join((*rows[:9], row(9, "6А"))))
    assert (result.created, result.transferred, result.held) == (0, 0, 2)
    assert life.state() == before
    assert took(life, folder, "".join(rows)).held == 0
