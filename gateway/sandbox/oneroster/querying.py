"""Filter, sort and page as OneRoster 1.2 has them (1.2, Query rules)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from gateway.sandbox.oneroster.records import Json

_CLAUSE = re.compile(r"([A-Za-z.]+)\s*(!=|>=|<=|=|>|<|~)\s*'(.*)'")
_PREDICATES: Mapping[str, Callable[[str, str], bool]] = MappingProxyType(
    {
        "=": operator.eq,
        "!=": operator.ne,
        ">": operator.gt,
        ">=": operator.ge,
        "<": operator.lt,
        "<=": operator.le,
        "~": operator.contains,
    }
)


class BadQueryError(ValueError):
    """The query cannot be understood; the argument is the code to answer with."""


def chosen(found: Sequence[Json], query: Mapping[str, str]) -> list[Json]:
    """Return the objects that the filter keeps, in the order asked for.

    Raises:
        BadQueryError: the filter is none.
    """
    expression = query.get("filter", "")
    kept = [one for one in found if _fulfils(one, expression)] if expression else list(found)
    if name := query.get("sort"):
        kept.sort(key=lambda one: next(iter(_values(one, name.split("."))), ""), reverse=query.get("orderBy") == "desc")
    return kept


def number(query: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    """Return a whole number of the query.

    Raises:
        BadQueryError: it is none, or too small.
    """
    text = query.get(name, str(default))
    if not text.isdigit() or int(text) < least:
        raise BadQueryError("invaliddata")
    return int(text)


def _fulfils(item: Json, expression: str) -> bool:
    clauses = re.split(r"\s+AND\s+", expression)
    return all(_holds(item, clause) for clause in clauses)


def _holds(item: Json, clause: str) -> bool:
    match = _CLAUSE.fullmatch(clause.strip())
    if match is None:
        raise BadQueryError("invalid_filter_field")
    path, sign, wanted = match.groups()
    return any(_PREDICATES[sign](value, wanted) for value in _values(item, path.split(".")))


def _values(item: Any, path: list[str]) -> Iterator[str]:
    if isinstance(item, list):
        for one in item:
            yield from _values(one, path)
    elif not path:
        yield str(item)
    elif isinstance(item, Mapping) and path[0] in item:
        yield from _values(item[path[0]], path[1:])
