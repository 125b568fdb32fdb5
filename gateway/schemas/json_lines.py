"""Finds the source lines of values in a JSON text, so that a fault can name the line a person has to look at.

Python's parser keeps no positions. This reads a text that the parser has already accepted a second time, without
recursion and without a pointer for every value on the way, and only when there is something to report.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def pointer_to(names: Iterable[str | int]) -> str:
    """Return the JSON pointer (RFC 6901) that leads through the given keys and indices."""
    return "".join(f"/{str(name).replace('~', '~0').replace('/', '~1')}" for name in names)


def lines_of(text: str, pointers: Iterable[str]) -> Mapping[str, int]:
    """Return the line (from 1) on which each value named by a JSON pointer begins.

    A pointer to something that is not there gets the line of its nearest container that is: that is where a missing
    field would have to be written. ``text`` must be well-formed JSON.
    """
    wanted = {pointer: _names(pointer) for pointer in pointers}
    root = _Place()
    for names in wanted.values():
        _reserve(root, names)
    trail: list[_Place | None] = []
    for value in _values(text):
        del trail[value.depth :]
        place = _below(trail[-1], value.name) if trail else root
        trail.append(place)
        if place is not None:
            place.line = value.line
    return {pointer: _deepest_line(root, names) for pointer, names in wanted.items()}


def first_repeated(text: str) -> tuple[str, int] | None:
    """Return pointer and line of the first key that its object already has, or ``None``."""
    trail: list[str | int] = []
    names_inside: list[set[str | int]] = []
    for value in _values(text):
        del trail[value.depth :], names_inside[value.depth :]
        trail.append(value.name)
        if names_inside:
            if value.name in names_inside[-1]:
                return pointer_to(trail[1:]), value.line
            names_inside[-1].add(value.name)
        names_inside.append(set())
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Value:
    """A value of the text: how many containers it is in, its key or index in the innermost, its line."""

    depth: int
    name: str | int
    line: int


@dataclass(kw_only=True, slots=True)
class _Place:
    """A value somebody asked for or a container on the way to one; ``line`` stays 0 until the text has it."""

    line: int = 0
    below: dict[str, _Place] = field(default_factory=dict)


def _names(pointer: str) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]


def _reserve(place: _Place, names: list[str]) -> None:
    for name in names:
        place = place.below.setdefault(name, _Place())


def _below(place: _Place | None, name: str | int) -> _Place | None:
    return place.below.get(str(name)) if place is not None else None


def _deepest_line(place: _Place, names: list[str]) -> int:
    line = place.line
    for name in names:
        place = place.below[name]
        line = place.line or line
    return line


def _values(text: str) -> Iterator[_Value]:
    """Yield every value of a well-formed text in the order in which they begin."""
    names: list[str | int] = [""]
    """For every open container the key or index of the value that is being read; the first is the document's own."""
    in_object = [False]
    expects_key = False
    for symbol, line in _tokens(text):
        if expects_key and symbol.startswith('"'):
            names[-1], expects_key = json.loads(symbol), False
            continue
        match symbol:
            case "{" | "[":
                yield _Value(depth=len(names) - 1, name=names[-1], line=line)
                expects_key = symbol == "{"
                in_object.append(expects_key)
                names.append(0)
            case "}" | "]":
                names.pop()
                in_object.pop()
                expects_key = False
            case ",":
                expects_key = in_object[-1]
                last = names[-1]
                names[-1] = last + 1 if isinstance(last, int) else last
            case ":":
                pass
            case _:
                yield _Value(depth=len(names) - 1, name=names[-1], line=line)


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    line, counted = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        yield match.group(), line
