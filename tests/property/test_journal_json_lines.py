"""Lines of JSON values, against a printer that knows on which line it put each of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.schemas.json import parse_json
from gateway.schemas.json_lines import lines_of, pointer_to

documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=20,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Any]]:
    yield pointer_to(path), value
    if isinstance(value, dict):
        for name, child in value.items():
            yield from places(child, (*path, name))
    if isinstance(value, list):
        for place, child in enumerate(value):
            yield from places(child, (*path, place))


def numbered(value: Any, line: int = 1) -> tuple[str, dict[int, int], int]:
    """Print a value with a line a token; return the text, the line of every value in document order, the last line."""
    if isinstance(value, dict | list) and value:
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        text, lines, last = opening, {0: line}, line
        items = value.items() if isinstance(value, dict) else [(None, child) for child in value]
        for place, (name, child) in enumerate(items):
            last += 1
            text += ("," if place else "") + "\n" + ("" if name is None else json.dumps(name) + ":")
            inner, inner_lines, last = numbered(child, last)
            text += inner
            count = len(lines)
            lines |= {count + number: found for number, found in inner_lines.items()}
        return text + "\n" + closing, lines, last + 1
    return json.dumps(value), {0: line}, line


@given(documents)
def test_every_value_is_found_on_its_line(document: Any) -> None:
    text, lines, _ = numbered(document)
    found = [pointer for pointer, _ in places(document)]
    assert parse_json(text.encode()) == document
    assert [lines_of(text, found)[pointer] for pointer in found] == list(lines.values())
