"""The settings of section 5: all conflicts covered, values read strictly, the reference held against the code."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from gateway.model.ids import RecordId
from gateway.model.policy import (
    CONFLICTS,
    ClassTeacherMode,
    DeputyMode,
    Policy,
    conflict_of,
    describe,
    policy_of,
    setting_faults,
)
from gateway.model.school import PolicySetting

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT.parent / "shared" / "requirements.md"
PAGE = ROOT / "docs" / "reference" / "policy.md"
LATER = "(used by a later part)"


def _setting(name: str, value: str) -> PolicySetting:
    return PolicySetting(id=RecordId(name), value=value, decided_on=date(2026, 8, 28), document="Приказ № 12")


def _codes(name: str, value: str) -> list[str]:
    return [fault.code for fault in setting_faults(_setting(name, value))]


def _documented() -> list[list[str]]:
    lines = PAGE.read_text("utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| C-")]


@pytest.mark.shared
def test_every_conflict_of_the_requirements_has_a_setting() -> None:
    if not REQUIREMENTS.exists():
        pytest.skip("the requirements do not lie beside this checkout")
    asked = re.findall(r"^\| (C-\d\d) \|", REQUIREMENTS.read_text("utf-8"), re.MULTILINE)
    assert asked == [f"C-{number:02d}" for number in range(1, 39)]
    assert list(CONFLICTS) == asked


def test_every_setting_decides_exactly_one_conflict() -> None:
    named = [name for names in CONFLICTS.values() for name in names]
    assert sorted(named) == sorted(known.name for known in fields(Policy))
    assert all(CONFLICTS.values())
    assert conflict_of("deputy_mode") == "C-02"


def test_without_settings_the_defaults_hold() -> None:
    assert policy_of([]) == Policy()


def test_every_default_can_be_set_and_reads_back() -> None:
    settings = [_setting(one.name, one.default) for one in describe()]
    assert [fault for setting in settings for fault in setting_faults(setting)] == []
    assert policy_of(settings) == Policy()


def test_every_listed_value_is_one_and_means_something() -> None:
    for one in describe():
        for value in one.values.split(", "):
            if re.fullmatch(r"[a-z0-9_]+", value):
                assert _codes(one.name, value) == [], (one.name, value)


def test_settings_replace_defaults_and_leave_the_others() -> None:
    policy = policy_of(
        [
            _setting("class_teacher_mode", "edit_all"),
            _setting("deputy_mode", "full"),
            _setting("homework_deadline_minutes", "90"),
            _setting("named_day_inclusive", "false"),
            _setting("lesson_page_deadline", "end_of_day"),
            _setting("setup_deadline", "09-15"),
        ]
    )
    assert policy == Policy(
        class_teacher_mode=ClassTeacherMode.EDIT_ALL,
        deputy_mode=DeputyMode.FULL,
        homework_deadline_minutes=90,
        named_day_inclusive=False,
        lesson_page_deadline="end_of_day",
        setup_deadline="09-15",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("deputy_mode", "FULL"),
        ("deputy_mode", ""),
        ("homework_deadline_minutes", "1441"),
        ("homework_deadline_minutes", "-1"),
        ("homework_deadline_minutes", "6O"),
        ("homework_deadline_minutes", "٦٠"),
        ("homework_deadline_minutes", "9" * 5000),
        ("retention_journal_years", "4"),
        ("retention_summary_years", "24"),
        ("named_day_inclusive", "yes"),
        ("lesson_page_deadline", "15"),
        ("lesson_page_deadline", "25:00"),
        ("lesson_page_deadline", "15:00:30"),
        ("setup_deadline", "02-29"),
        ("setup_deadline", "13-01"),
        ("setup_deadline", "9-5"),
        ("setup_deadline", "tomorrow"),
    ],
)
def test_an_impossible_value_is_named_with_those_allowed(name: str, value: str) -> None:
    faults = list(setting_faults(_setting(name, value)))
    assert [(fault.code, fault.field, fault.rule) for fault in faults] == [
        ("journal.policy_value", "value", conflict_of(name))
    ]
    (allowed,) = (one.values for one in describe() if one.name == name)
    assert allowed in faults[0].text.ru
    assert allowed in faults[0].text.en
    assert policy_of([_setting(name, value)]) == Policy()


def test_an_unknown_setting_is_turned_away_and_decides_nothing() -> None:
    assert _codes("no_such_setting", "true") == ["journal.policy_unknown"]
    assert policy_of([_setting("no_such_setting", "true")]) == Policy()


def test_the_reference_lists_every_setting_with_default_and_values() -> None:
    expected = [
        [one.conflict, f"`{one.name}`", f"`{one.default}`", ", ".join(f"`{value}`" for value in one.values.split(", "))]
        for one in describe()
    ]
    assert [row[:4] for row in _documented()] == expected
    assert all(row[4] for row in _documented())


def test_the_reference_says_which_settings_nothing_asks_yet() -> None:
    asked = _names_in_code()
    for row in _documented():
        assert (LATER in row[4]) != (row[1].strip("`") in asked), row[1]


def _names_in_code() -> set[str]:
    """Return what the code reads by name: attributes anywhere, and names in quotes where settings are named so."""
    model = ROOT / "gateway" / "model"
    trees = {file: ast.parse(file.read_text("utf-8")) for file in (ROOT / "gateway").rglob("*.py")}
    nodes = [(file, node) for file, tree in trees.items() if file != model / "policy.py" for node in ast.walk(tree)]
    quoting = {model / "permissions.py", model / "clocks.py"}
    return {node.attr for _, node in nodes if isinstance(node, ast.Attribute)} | {
        node.value
        for file, node in nodes
        if file in quoting and isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
