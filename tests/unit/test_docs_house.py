"""docs/explanation/house.md shows the rooms that are there and the layers that import-linter enforces."""

from __future__ import annotations

import re
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSE = (ROOT / "docs" / "explanation" / "house.md").read_text("utf-8")


def lines(text: str) -> list[str]:
    """Return the lines of a text that are not empty, with single spaces."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def test_every_room_is_shown_and_no_other() -> None:
    shown = re.findall(r"^\| `gateway/(\w+)(?:/|\.py)` \|", HOUSE, flags=re.MULTILINE)
    there = {
        path.stem
        for path in (ROOT / "gateway").iterdir()
        if not path.name.startswith("__") and (path.suffix == ".py" or (path / "__init__.py").exists())
    }
    assert len(shown) == len(set(shown))
    assert set(shown) == there


def test_the_layers_are_those_that_are_enforced() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    shown = re.search(r"```text layers\n(.*?)```", HOUSE, flags=re.DOTALL)
    assert shown is not None
    assert lines(shown[1]) == lines(contracts["importlinter:contract:layers"]["layers"])
