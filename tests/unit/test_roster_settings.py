"""Sections ``[rosters.NAME]``: what they say, what they may not say, which source has the last word."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.bootstrap.installation import Gateway
from gateway.bootstrap.roster_rules import source_rules
from gateway.bootstrap.rosters import names_of, rules_of, source_of
from gateway.errors import ConfigurationError
from gateway.model.ids import SchoolId
from gateway.model.roster import RecordKind
from gateway.model.roster_source import (
    DEFAULT_CREATIONS,
    DEFAULT_REMOVALS,
    REGISTRY_RULES,
    Ladder,
    Pause,
    SourceKind,
    SourceRules,
    Thresholds,
)
from gateway.settings import Settings, read_settings

SCHOOL = SchoolId("school-1")
WHOLE = """
[rosters.registry]
kind = "registry"
url = "http://127.0.0.1:9/roster"
schools = ["school-1"]
kinds = ["pupil", "class"]
additions_only = false
least_percent = 30
plan_days = 7
whole_every_days = 5
fields.pupil = ["family", "given"]
limits.removals.all = { percent = 1, records = 2 }
limits.removals.pupil = { records = 3 }
limits.updates.class = { percent = 50 }
limits.identity.all = { percent = 2 }
limits.creations.guardianship = { records = 7 }
ladder = { suspend_after = 3 }
pauses = [{ first = 2027-06-01, last = 2027-08-31, reason = "summer" }]
"""


def written(folder: Path, text: str) -> Settings:
    file = folder / "gateway.toml"
    file.write_text(text, encoding="utf-8")
    return read_settings(file, {})


def test_a_section_says_what_its_source_may(tmp_path: Path) -> None:
    (rules,) = rules_of(written(tmp_path, WHOLE), SCHOOL)
    assert (rules.name, rules.kind) == ("registry", SourceKind.REGISTRY)
    assert rules.kinds == {RecordKind.PUPIL, RecordKind.CLASS}
    assert rules.owns(RecordKind.PUPIL, "family")
    assert not rules.owns(RecordKind.PUPIL, "birth_date")
    assert not rules.owns(RecordKind.STAFF, "family")
    assert rules.limits.of_removals(RecordKind.PUPIL) == Thresholds(percent=1, records=3)
    assert rules.limits.of_removals(RecordKind.CLASS) == Thresholds(percent=1, records=2)
    assert rules.limits.of_updates(RecordKind.CLASS).percent == 50
    assert rules.limits.of_identity(RecordKind.STAFF) == Thresholds(percent=2, records=10)
    assert rules.limits.of_creations(RecordKind.GUARDIANSHIP) == Thresholds(percent=50, records=7)
    assert rules.limits.of_creations(RecordKind.PUPIL) == DEFAULT_CREATIONS
    assert rules.ladder == Ladder(suspend_after=3)
    assert rules.pauses == (Pause(first=date(2027, 6, 1), last=date(2027, 8, 31), reason="summer"),)
    assert (rules.least_percent, rules.plan_days, rules.whole_every_days) == (30, 7, 5)
    assert rules.only_adds(date(2027, 7, 1))
    assert not rules.only_adds(date(2027, 9, 1))


def test_what_a_section_does_not_say_is_as_everywhere() -> None:
    rules = source_rules("registry", {"kind": "registry"})
    usual = SourceRules(name="registry", kind=SourceKind.REGISTRY)
    assert rules.limits.of_removals(RecordKind.PUPIL) == DEFAULT_REMOVALS
    assert replace(rules, limits=usual.limits) == usual


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ({}, "kind"),
        ({"kind": "telepathy"}, "kind"),
        ({"kinds": ["pupils"]}, "kinds"),
        ({"kinds": []}, "kinds"),
        ({"fields": {"pupil": ["source_id"]}}, "fields.pupil"),
        ({"fields": {"room": ["number"]}}, "fields.room"),
        ({"additions_only": "yes"}, "additions_only"),
        ({"least_percent": 101}, "least_percent"),
        ({"plan_days": -1}, "plan_days"),
        ({"whole_every_days": 0}, "whole_every_days"),
        ({"whole_every_days": 32}, "whole_every_days"),
        ({"limits": {"additions": {}}}, "limits.additions"),
        ({"limits": {"identity": {"class": {"percent": 5}}}}, "limits.identity.class"),
        ({"limits": {"creations": {"enrollment": {"percent": 5}}}}, "limits.creations.enrollment"),
        ({"limits": {"removals": {"all": {"percent": 500}}}}, "limits.removals.all.percent"),
        ({"limits": {"removals": {"all": 5}}}, "limits.removals.all"),
        ({"ladder": {"suspend_after": 1.5}}, "ladder.suspend_after"),
        ({"pauses": {"first": 1}}, "pauses"),
        ({"pauses": [{"first": date(2027, 6, 2), "last": date(2027, 6, 1)}]}, "pauses[0]"),
        ({"pauses": [{"first": "June", "last": date(2027, 6, 1)}]}, "pauses[0].first"),
    ],
)
def test_what_means_nothing_stops_with_its_place(words: dict[str, object], place: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        source_rules("registry", {"kind": "registry", **words} if words else {})
    assert refused.value.code == "configuration.roster"
    assert f"rosters.registry.{place}'" in refused.value.text.en


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[rosters.registry]\nkind = "registry"\nurll = "x"', "rosters.registry.urll"),
        ('[rosters.city]\nkind = "registry"', "rosters.city"),
        ('[rosters.school]\nkind = "registry"', "rosters.school"),
    ],
)
def test_a_section_that_no_source_can_have_is_refused(tmp_path: Path, text: str, place: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        rules_of(written(tmp_path, text), SCHOOL)
    assert f"'{place}'" in refused.value.text.en


def test_a_section_belongs_to_its_schools(tmp_path: Path) -> None:
    settings = written(tmp_path, WHOLE)
    assert rules_of(settings, SchoolId("school-2")) == ()
    assert names_of(settings, SCHOOL) == ("registry",)


def test_the_old_section_goes_on_being_the_registry() -> None:
    settings = read_settings(None, {"GATEWAY_REGISTRY_URL": "http://127.0.0.1:9/roster"})
    assert rules_of(settings, SCHOOL) == (REGISTRY_RULES,)


def test_the_source_named_first_is_the_stronger_one(tmp_path: Path) -> None:
    provider = '[rosters.city]\nkind = "oneroster"\nurl = "http://127.0.0.1:9"\ntoken_url = "http://127.0.0.1:9/t"\n'
    settings = written(tmp_path, f'{provider}client_id = "we"\nsecret = "s3cret"\n{WHOLE}')
    with Gateway(settings) as gateway:
        sync = gateway.roster(SCHOOL, "registry")
        assert [one.name for one in sync.stronger] == ["city"]
        assert gateway.roster(SCHOOL, "registry").source is sync.source
        assert gateway.roster_sources(SCHOOL) == ("city", "registry")
    assert "s3cret" not in repr(settings)


def test_an_unknown_source_is_told_with_those_there_are(tmp_path: Path) -> None:
    with Gateway(written(tmp_path, WHOLE)) as gateway, pytest.raises(ConfigurationError) as refused:
        source_of(gateway, SCHOOL, "lists")
    assert refused.value.code == "configuration.roster"
    assert "registry" in refused.value.text.en


def test_a_registry_without_an_address_is_told() -> None:
    with Gateway(Settings()) as gateway, pytest.raises(ConfigurationError) as refused:
        gateway.roster(SCHOOL)
    assert refused.value.code == "configuration.missing"


def test_sections_are_expected(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        written(tmp_path, "rosters = 5")


def test_the_registry_of_the_old_section_goes_before_sources_beside_it(tmp_path: Path) -> None:
    settings = written(tmp_path, '[registry]\nurl = "http://127.0.0.1:9/roster"\n[rosters.own]\nkind = "lists"\n')
    assert names_of(settings, SCHOOL) == ("registry", "own")
