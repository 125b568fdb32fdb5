"""A provider whose answers are well-formed, whose counts agree, and which says what is not so, over real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import PlatformError
from gateway.model.roster import Key, RecordKind, active_rows
from gateway.model.roster_source import SourceKind, SourceRules
from gateway.model.school import School
from gateway.roster.sync import RosterResult, RosterSync
from gateway.sandbox.oneroster.records import role
from tests.oneroster_world import SOURCE, Provider, provider
from tests.roster_world import TODAY, Database, Moments, database, roster

PUPILS = 40
EVERYBODY = range(1, PUPILS + 1)
MANY = range(1, PUPILS // 3)
"""Too few for a list to be called short, too many to leave unseen."""

Lie = Callable[[Provider], None]


class Lied:
    """A school that was loaded while its provider told the truth."""

    def __init__(self, base: Database, source: Provider) -> None:
        self.base = base
        self.source = source
        self.clock = Moments()
        rules = SourceRules(name=SOURCE, kind=SourceKind.ONEROSTER)
        self.sync = RosterSync(units=base.units, source=self, clock=self.clock, new_id=base.new_id, rules=rules)
        self.sync.run()
        self.before = self.in_force(TODAY)
        self._remember()

    def snapshot(self, _school: School) -> Any:
        return self.source.snapshot()

    def in_force(self, day: date) -> dict[RecordKind, dict[Key, Mapping[str, object]]]:
        with self.base.unit() as unit:
            return {kind: dict(rows) for kind, rows in active_rows(unit.roster.state().rows, day).items()}

    def night(self) -> RosterResult:
        """Sync on the next day."""
        self._remember()
        self.clock.now += timedelta(days=1)
        return self.sync.run()

    def left(self, *, on: date = TODAY + timedelta(days=30)) -> dict[RecordKind, int]:
        """Return how many of those who were in force will not be, some day soon."""
        later = self.in_force(on)
        return {kind: len(rows.keys() - later[kind].keys()) for kind, rows in self.before.items()}

    def _remember(self) -> None:
        with self.base.unit() as unit:
            self.source.remember(unit.roster_links.all(source=SOURCE), unit.roster.state())


@pytest.fixture
def lied(tmp_path: Path) -> Iterator[Lied]:
    with database(tmp_path) as base, provider(held=roster(PUPILS), page=50) as source:
        yield Lied(base, source)


def places(source: Provider, numbers: range) -> list[str]:
    pupils = {f"P-{number}" for number in numbers}
    listed = source.holdings.listed("enrollments")
    return [one["sourcedId"] for one in listed if one["role"] == "student" and one["user"]["sourcedId"] in pupils]


def halves_every_list(source: Provider) -> None:
    for number in range(1, PUPILS, 2):
        source.holdings.drop(f"P-{number}")


def drops_a_third(source: Provider) -> None:
    for number in MANY:
        source.holdings.drop(f"P-{number}")


def buries(numbers: range) -> Lie:
    def lie(source: Provider) -> None:
        for number in numbers:
            source.holdings.bury(f"P-{number}")

    return lie


def calls_teachers(numbers: range) -> Lie:
    def lie(source: Provider) -> None:
        for number in numbers:
            source.holdings.change("users", f"P-{number}", roles=[role("teacher", source.holdings.org)])

    return lie


def ends(numbers: range, end: date) -> Lie:
    def lie(source: Provider) -> None:
        for own in places(source, numbers):
            source.holdings.change("enrollments", own, endDate=end.isoformat())

    return lie


def calls_the_school_another(source: Provider) -> None:
    source.holdings.change("orgs", source.holdings.org, identifier="REG-RENAMED")


def moves_classes_to_another_school(source: Provider) -> None:
    for own in ("C-1", "C-2"):
        source.holdings.change("classes", own, school={"sourcedId": "another", "type": "org"})


LIES: Mapping[str, Lie] = {
    "a halved list and a count of the half": halves_every_list,
    "a third is gone": drops_a_third,
    "all are marked as gone": buries(EVERYBODY),
    "a third is marked as gone": buries(MANY),
    "all are teachers": calls_teachers(EVERYBODY),
    "a third are teachers": calls_teachers(MANY),
    "all places ended yesterday": ends(EVERYBODY, TODAY),
    "a third of the places ended yesterday": ends(MANY, TODAY),
    "all places end in a week": ends(EVERYBODY, TODAY + timedelta(days=7)),
    "a third of the places end in a week": ends(MANY, TODAY + timedelta(days=7)),
    "the school is called another": calls_the_school_another,
    "the classes are another school's": moves_classes_to_another_school,
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_nobody_leaves_for_a_lie_night_after_night(lied: Lied, lie: Lie) -> None:
    lie(lied.source)
    for _ in range(3):
        try:
            result = lied.night()
        except PlatformError:
            continue
        assert result.held or not result.complete
        assert result.deactivated == 0
    assert set(lied.left().values()) == {0}


def test_a_source_that_loses_a_few_every_night_does_not_empty_a_class(lied: Lied) -> None:
    for night in range(5):
        for number in range(9 * night + 1, 9 * night + 10):
            lied.source.holdings.drop(f"P-{min(number, PUPILS)}")
        lied.night()
    assert lied.left()[RecordKind.PUPIL] <= 10


def test_birth_dates_that_are_all_a_day_later_wait_for_a_person(lied: Lied) -> None:
    for one in lied.source.holdings.listed("demographics"):
        if "birthDate" not in one:
            continue
        later = date.fromisoformat(one["birthDate"]) + timedelta(days=1)
        lied.source.holdings.change("demographics", one["sourcedId"], birthDate=later.isoformat())
    result = lied.night()
    assert (result.updated, result.deactivated, result.held) == (0, 0, PUPILS)
