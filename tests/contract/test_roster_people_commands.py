"""``gateway roster cases|match|links|merge|merges|unmerge`` on a real database."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.bootstrap import Gateway
from gateway.cli.main import main
from gateway.roster.sync import RosterSync
from gateway.settings import read_settings
from tests.matching_world import SECOND, from_source, told
from tests.roster_world import SCHOOL, Moments, Told, pupil_of
from tests.sqlite_files import upgraded_file

BASE = told(4)


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """An installation with a school in it, one of whose pupils a second source describes otherwise."""
    file = tmp_path / "gateway.toml"
    file.write_text(f'database_url = "sqlite:///{tmp_path / "gateway.db"}"\nlanguage = "en"\n', "utf-8")
    upgraded_file(tmp_path / "gateway.db")
    with Gateway(read_settings(file, {})) as gateway:
        gateway.add_school(SCHOOL)
        doubtful = replace(BASE.pupils[0], birth_date=date(2001, 1, 1))
        second = from_source(replace(BASE, pupils=(doubtful, *BASE.pupils[1:])), SECOND)
        for place, said in enumerate((BASE, second)):
            RosterSync(
                units=gateway.database.units(SCHOOL.id),
                source=Told(says=said),
                clock=Moments(),
                new_id=iter(f"id-{place}-{number}" for number in range(99)).__next__,
            ).run()
    return file


def asked(settings: Path, *words: str) -> Result:
    return CliRunner().invoke(main, ["--config", str(settings), "roster", *words])


def answer(settings: Path, *words: str) -> Any:
    result = asked(settings, *words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_question_is_listed_and_answered(settings: Path) -> None:
    (case,) = answer(settings, "cases")
    assert (case["source"], case["record"], case["why"]) == (SECOND, "x-P-1", "ambiguous")
    assert pupil_of(1) in case["candidates"]
    told_back = answer(settings, "match", case["id"], "--same", "--reason", "Checked")
    assert (told_back["state"], told_back["record"]) == ("same", pupil_of(1))
    assert answer(settings, "cases") == []
    links = answer(settings, "links", "pupil", pupil_of(1))
    assert {(one["source"], one["source_id"], one["rule"]) for one in links} == {
        (SECOND, "x-P-1", "person"),
        ("registry", "P-1", "created"),
    }
    answer(settings, "match", case["id"], "--reopen", "--reason", "A mistake")
    assert [one["id"] for one in answer(settings, "cases")] == [case["id"]]


def test_all_with_one_candidate_are_agreed_to_at_once(settings: Path) -> None:
    assert answer(settings, "match", "--all", "--source", SECOND, "--reason", "Checked")["decided"] == 1
    assert [one["state"] for one in answer(settings, "cases", "--state", "same")] == ["same"]


@pytest.mark.parametrize("words", [(), ("x", "--same", "--new"), ("--all",), ("x", "--all", "--source", "y"), ("x",)])
def test_what_is_meant_has_to_be_said(settings: Path, words: tuple[str, ...]) -> None:
    assert asked(settings, "match", *words, "--reason", "Checked").exit_code == 2


def test_a_case_that_is_not_there_is_told(settings: Path) -> None:
    result = asked(settings, "match", "nothing", "--same", "--reason", "Checked")
    assert result.exit_code == 1
    assert "roster.case_unknown" in result.stderr


def test_records_are_made_one_and_taken_apart(settings: Path) -> None:
    result = asked(settings, "merge", "pupil", pupil_of(1), pupil_of(2), "--reason", "One child")
    assert result.exit_code == 1
    assert "roster.merge_refused" in result.stderr
    merge = answer(settings, "merge", "guardian", _guardian(settings, 1), _guardian(settings, 2), "--reason", "One")
    assert [one["id"] for one in answer(settings, "merges")] == [merge["merge"]]
    answer(settings, "unmerge", merge["merge"], "--reason", "Two after all")
    (listed,) = answer(settings, "merges")
    assert listed["undone_at"]


def _guardian(settings: Path, number: int) -> str:
    """Return the id of a guardian, whose account at the portal is taken away first: two accounts are two people."""
    wanted = BASE.guardians[number - 1].id
    with Gateway(read_settings(settings, {})) as gateway, gateway.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE guardian SET portal_user = NULL")
    return wanted
