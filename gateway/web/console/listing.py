"""A list on a page: what is searched for, what is chosen, which part is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from flask import request

T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)

PAGE = 50
"""Lines on a page."""

MOST_READ = 10_000
"""Newest records a list looks through, and a download holds at most."""

_POSITIONS = 2**63


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing(Generic[T]):
    """One page of what was found: ``page`` of ``pages``, both from 1; ``first`` is the number of its first line."""

    items: Sequence[T]
    total: int
    page: int
    pages: int
    first: int


def listing(found: Sequence[T]) -> Listing[T]:
    """Return the page that the address asks for, the nearest one where there is no such page."""
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    start = (page - 1) * PAGE
    return Listing(items=found[start : start + PAGE], total=len(found), page=page, pages=pages, first=start + 1)


def chosen(name: str, choices: Iterable[Choice]) -> Choice | None:
    """Return what the address chooses of a filter, ``None`` for everything."""
    return next((choice for choice in choices if choice.value == request.args.get(name)), None)


def is_wanted(choice: object | None, value: object) -> bool:
    """Tell whether a value passes a filter."""
    return choice is None or choice == value


def is_found(*texts: object) -> bool:
    """Tell whether what is searched for stands in one of the texts, whatever the case."""
    wanted = request.args.get("q", "").strip().casefold()
    return not wanted or wanted in "\n".join(str(text) for text in texts).casefold()


def position(text: str) -> int:
    """Return where a page begins; raise `ValueError` for what no database holds as a number."""
    place = int(text)
    if not 0 <= place < _POSITIONS:
        raise ValueError
    return place


def is_csv() -> bool:
    """Tell whether the list is asked for as a file."""
    return request.args.get("format") == "csv"
