"""Every requirement of the journal's sections stands in docs/reference/requirements.md with what proves it."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "requirements.md"
LEDGER = ROOT.parent / "shared" / "requirements.csv"
THEMES = {"ROST": 20, "ACAD": 26, "JRNL": 26, "MARK": 17, "ATT": 10, "ROLE": 31, "AUD": 8, "SEC": 12}
"""Themes of sections 1.1–1.5, 1.7, 1.12 and 1.13 with the number of their rows."""

BESIDE = ("R-REP-01", "R-REP-02")
"""Rows of other sections that follow from what these ask for: the reports on movement and class sizes."""

ROW = re.compile(r"^\| (R-[A-Z]+-\d\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
ELSEWHERE = "Other part: "


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row of the page: what it says of a requirement."""

    requirement: str
    modules: str
    tests: str

    @property
    def is_elsewhere(self) -> bool:
        return self.modules.startswith(ELSEWHERE)


def lines() -> list[Line]:
    return [
        Line(requirement=row, modules=modules.strip(), tests=tests.strip())
        for row, _words, modules, tests in ROW.findall(PAGE.read_text("utf-8"))
    ]


def due() -> list[str]:
    rows = [f"R-{theme}-{number:02}" for theme, count in THEMES.items() for number in range(1, count + 1)]
    return [*rows, *BESIDE]


@cache
def cases_in(path: Path) -> frozenset[str]:
    """Return the names of the tests in a file; those of a class as ``Class::test``."""
    return frozenset(_tests(ast.parse(path.read_text("utf-8"))))


def _tests(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            yield node.name
        elif isinstance(node, ast.ClassDef):
            yield from (f"{node.name}::{one.name}" for one in node.body if isinstance(one, ast.FunctionDef))
        elif isinstance(node, ast.Assign | ast.AnnAssign):  # a state machine's ``TestCase``
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def is_there(test: str) -> bool:
    file, _, name = test.partition("::")
    return (ROOT / file).is_file() and name in cases_in(ROOT / file)


def test_every_row_stands_there_once_and_in_order() -> None:
    assert [line.requirement for line in lines()] == due()


@pytest.mark.parametrize("line", lines() if PAGE.is_file() else [], ids=lambda line: line.requirement)
def test_what_a_row_names_exists(line: Line) -> None:
    if line.is_elsewhere:
        assert len(line.modules) > len(ELSEWHERE) + 20, "the reason is missing"
        return
    modules, tests = CODE.findall(line.modules), CODE.findall(line.tests)
    assert modules, "no module is named"
    assert tests, "no test is named"
    assert [name for name in modules if find_spec(name) is None] == []
    assert [name for name in tests if not is_there(name)] == []


def test_a_test_that_is_missing_is_found_out() -> None:
    assert is_there("tests/unit/test_docs_requirements.py::test_a_test_that_is_missing_is_found_out")
    assert not is_there("tests/unit/test_docs_requirements.py::test_nobody_wrote")
    assert not is_there("tests/unit/test_no_such_file.py::test_anything")


@pytest.mark.shared
def test_the_rows_are_those_of_the_ledger() -> None:
    if not LEDGER.is_file():
        pytest.skip(f"needs {LEDGER.relative_to(ROOT.parent)} beside the checkout")
    with LEDGER.open(encoding="utf-8", newline="") as file:
        known = [row["id"] for row in csv.DictReader(file) if row["theme"] in THEMES or row["id"] in BESIDE]
    assert sorted(known) == sorted(due())
