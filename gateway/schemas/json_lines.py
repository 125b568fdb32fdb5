"""Finds the source lines of values in a JSON text, so that a fault can name the line a person has to look at.

Python's parser keeps no positions. This goes through the text a second time, only when there is something to report,
and only into those values that lead to what is looked for: the others are skipped by the parser itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def pointer_to(names: Iterable[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) that leads through the given keys and indices."""
    return "".join(f"/{str(name).replace('~', '~0').replace('/', '~1')}" for name in names)


def lines_of(text: str, pointers: Iterable[str]) -> Mapping[str, int]:
    """Return the line (from 1) on which each value named by a JSON pointer begins.

    A pointer to something that is not there gets the line of its nearest container that is: that is where a missing
    field would have to be written. ``text`` must be well-formed JSON, and nested no deeper than Python recurses.
    """
    wanted = {pointer: _names(pointer) for pointer in pointers}
    root = _Place()
    for names in wanted.values():
        _reserve(root, names)
    _visit(text, skip_blank(text, 0), root)
    starts = {pointer: _deepest_start(root, names) for pointer, names in wanted.items()}
    lines = _lines_at(text, starts.values())
    return {pointer: lines[start] for pointer, start in starts.items()}


def line_at(text: str, position: int) -> int:
    """Return the line (from 1) of a position."""
    return text.count("\n", 0, position) + 1


def skip_blank(text: str, position: int) -> int:
    """Return where the next token begins."""
    match = _BLANK.match(text, position)
    return match.end() if match else position


def members(text: str, start: int) -> Iterator[tuple[str | int, int]]:
    """Yield key or index and beginning of every value in the object or array that begins at ``start``."""
    is_object = text[start] == "{"
    position, place = skip_blank(text, start + 1), 0
    while text[position] not in "]}":
        name: str | int = place
        if is_object:
            name, position = _DECODER.raw_decode(text, position)
            position = skip_blank(text, skip_blank(text, position) + len(":"))
        yield name, position
        _, position = _DECODER.raw_decode(text, position)
        position = skip_blank(text, position)
        if text[position] == ",":
            position, place = skip_blank(text, position + 1), place + 1


@dataclass(kw_only=True, slots=True)
class _Place:
    """A value somebody asked for or a container on the way to one; ``start`` stays ``None`` if the text lacks it."""

    start: int | None = None
    below: dict[str, _Place] = field(default_factory=dict)


def _names(pointer: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _reserve(place: _Place, names: list[str]) -> None:
    for name in names:
        place = place.below.setdefault(name, _Place())


def _visit(text: str, start: int, place: _Place) -> None:
    place.start = start
    missing = len(place.below)
    if not missing or text[start] not in "{[":
        return
    for name, position in members(text, start):
        below = place.below.get(str(name))
        if below is not None:
            _visit(text, position, below)
            missing -= 1
            if not missing:
                return


def _deepest_start(place: _Place, names: list[str]) -> int:
    start = place.start or 0
    for name in names:
        place = place.below[name]
        if place.start is None:
            break
        start = place.start
    return start


def _lines_at(text: str, starts: Iterable[int]) -> Mapping[int, int]:
    lines: dict[int, int] = {}
    line, counted = 1, 0
    for start in sorted(set(starts)):
        line += text.count("\n", counted, start)
        counted = start
        lines[start] = line
    return lines
