"""The names in docs/explanation/roads.md are true."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from gateway.model.steps import Step

PAGES = [
    path
    for folder in ("explanation", "how-to", "reference", "tutorial")
    for path in sorted((Path(__file__).parents[2] / "docs" / folder).glob("*.md"))
]
ROADS = Path(__file__).parents[2] / "docs" / "explanation" / "roads.md"
NAME = re.compile(r"`((?:gateway|outbox)(?:\.[A-Za-z_]\w*)+)`")
FILES = {"gateway.toml", "gateway.db", "gateway.service"}


def names(page: Path) -> list[str]:
    """Return every dotted name of ours on a page."""
    return [name for name in NAME.findall(page.read_text("utf-8")) if name not in FILES]


def resolve(name: str) -> object:
    """Return what a dotted name stands for: the longest prefix that is a module, then its attributes.

    Raises:
        ModuleNotFoundError: not even the first part is a module of ours.
        AttributeError: there is no such thing in it.
    """
    parts = name.split(".")
    for split in range(len(parts), 0, -1):
        module = ".".join(parts[:split])
        try:
            found: object = import_module(module)
        except ModuleNotFoundError as error:
            if split == 1 or error.name is None or not module.startswith(error.name):
                raise  # a module of somebody else's is missing
            continue
        for part in parts[split:]:
            found = getattr(found, part)
        return found
    raise ModuleNotFoundError(name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: f"{page.parent.name}/{page.name}")
def test_every_name_on_a_page_resolves(page: Path) -> None:
    wrong = []
    for name in names(page):
        try:
            resolve(name)
        except (ImportError, AttributeError):
            wrong.append(name)
    assert not wrong


def test_the_roads_have_names_along_them() -> None:
    assert len(names(ROADS)) > 100


def test_every_step_has_its_road() -> None:
    headings = [line for line in ROADS.read_text("utf-8").splitlines() if line.startswith("### ")]
    told = [step for heading in headings for step in Step if f"`{step.value}`" in heading]
    assert told == list(Step)


@pytest.mark.parametrize("name", ["gateway.nowhere.at_all", "gateway.journal.intake.JournalIntake.refuse_all"])
def test_a_name_that_is_not_there_is_found_out(name: str) -> None:
    with pytest.raises((ImportError, AttributeError)):
        resolve(name)
