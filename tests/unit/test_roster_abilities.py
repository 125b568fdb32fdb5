"""What a source was found to do is kept, and that it does less than before stays known until it does it again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.bootstrap import Gateway
from gateway.cli.doctor import examine
from gateway.errors import Party
from gateway.model.roster_abilities import StoredProbe, probed
from gateway.roster.probing import keep_probe, keep_what_was_found
from gateway.roster.sync import RosterSync
from gateway.settings import Settings
from tests.roster_world import NOON, SCHOOL, Moments, Told, database, roster

NOW = datetime(2026, 10, 1, tzinfo=UTC)
ALL = {"dialect": "1.2", "total": True, "sort": True, "changes": True, "page": 1000, "users": 5000, "errors": None}


def after(*findings: dict[str, Any]) -> StoredProbe:
    kept: StoredProbe | None = None
    for one in findings:
        kept = probed(kept, "district", one, at=NOW)
    assert kept is not None
    return kept


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({}, {}),
        ({"sort": False}, {"sort": True}),
        ({"page": 100}, {"page": 1000}),
        ({"dialect": "1.1"}, {"dialect": "1.2"}),
        ({"users": 10, "errors": "html"}, {}),  # what changes by itself is no ability
        ({"page": 2000, "nested": True}, {}),
    ],
)
def test_what_is_less_than_before_is_lost(change: dict[str, Any], lost: dict[str, object]) -> None:
    assert dict(after(ALL, {**ALL, **change}).lost) == lost


def test_what_was_lost_stays_lost_until_it_is_back() -> None:
    poor = {**ALL, "sort": False, "page": 100}
    still = after(ALL, poor, {**poor, "page": 200})
    assert dict(still.lost) == {"page": 1000, "sort": True}
    assert [one.en for one in still.unable] == ["records a page: was 1000, is 200", "sorts"]
    assert after(ALL, poor, ALL).unable == ()


_FINDINGS = st.fixed_dictionaries({"sort": st.booleans(), "changes": st.booleans(), "page": st.integers(1, 5)})


@settings(max_examples=30)
@given(st.lists(_FINDINGS, min_size=1, max_size=5))
def test_lost_is_what_was_ever_better(found: list[dict[str, Any]]) -> None:
    best = {name: max(one[name] for one in found) for name in ("sort", "changes", "page")}
    assert dict(after(*found).lost) == {name: value for name, value in best.items() if found[-1][name] < value}


class Found:
    """Findings as an adapter tells them."""

    def __init__(self, **said: object) -> None:
        self.said = said

    def as_json(self) -> dict[str, object]:
        return self.said


class Probed(Told):
    """A source that finds out what it does while it is read."""

    found: Found | None = None

    def probe(self, _school: object) -> Found:
        raise AssertionError("a sync does not ask twice")


def test_a_sync_keeps_what_it_found_and_one_that_finds_nothing_out_keeps_nothing(tmp_path: Path) -> None:
    with database(tmp_path) as base:
        source = Probed(says=roster(2).snapshot())
        sync = RosterSync(units=base.units, source=source, clock=Moments(), new_id=base.new_id)
        sync.run()
        with base.unit() as unit:
            assert unit.roster_probes.all() == []
        for sorts in (True, False):
            source.found = Found(sort=sorts)
            sync.run()
        with base.unit() as unit:
            (kept,) = unit.roster_probes.all()
            assert (kept.source, dict(kept.findings), dict(kept.lost)) == ("registry", {"sort": False}, {"sort": True})
            keep_what_was_found(unit.roster_probes, "other", Told(says=source.says), at=NOON)
            assert len(unit.roster_probes.all()) == 1


def test_doctor_tells_what_a_source_does_no_more(tmp_path: Path) -> None:
    with Gateway(Settings(database_url=f"sqlite:///{tmp_path / 'gateway.db'}"), clock=lambda: NOW) as gateway:
        gateway.upgrade_database()
        gateway.add_school(SCHOOL)
        for findings in (ALL, {**ALL, "page": 100}):
            with gateway.database.unit(SCHOOL.id) as unit:
                keep_probe(unit.roster_probes, "district", findings, at=NOW)
                keep_probe(unit.roster_probes, "other", ALL, at=NOW)
        found = {one.check: one.error for one in examine(gateway) if one.check.startswith("abilities")}
    assert found.keys() == {"abilities school-1 district", "abilities school-1 other"}
    assert found["abilities school-1 other"] is None
    lost = found["abilities school-1 district"]
    assert lost is not None
    assert (lost.code, lost.who) == ("doctor.abilities_lost", Party.PLATFORM_OPERATOR)
    assert "записей на странице: было 1000, стало 100" in lost.text.ru
