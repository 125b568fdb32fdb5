"""The one JSON parser of the house: UTF-8, no repeated keys, no NaN or Infinity, bounded depth.

RFC 8259, narrowed as I-JSON (RFC 7493) asks, so that every receiver reads the same document in the same way.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable

from gateway.errors import Fault, SchemaError, Text
from gateway.schemas.json_lines import line_at, members, pointer_to, skip_blank

MAX_DEPTH = 64
"""Nesting of arrays and objects at which a document is refused."""

_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89a-fA-F]")


class RepeatedKeyError(ValueError):
    """An object has a key twice."""


class ForbiddenNumberError(ValueError):
    """A number that no JSON number can be: NaN, an infinity, or too large for a float."""


def parse_json(data: bytes) -> object:
    """Return the value of a document, or raise `SchemaError` with line and reason.

    Refuses what is not UTF-8 (``json.not_utf8``) or not well-formed (``json.not_well_formed``), a repeated key
    (``json.repeated_key``), NaN, infinities and numbers too large to hold (``json.number``), half a surrogate pair
    (``json.surrogate``), and nesting deeper than `MAX_DEPTH` (``json.too_deep``). A byte order mark is skipped.
    """
    text = _decoded(data)
    try:
        value = DECODER.decode(text)
    except RecursionError:
        raise too_deep() from None
    except json.JSONDecodeError as error:
        raise not_well_formed(error.msg, line=error.lineno, column=error.colno) from None
    except RepeatedKeyError:
        raise repeated_key(text) from None
    except ForbiddenNumberError:
        raise forbidden_number() from None
    check_depth(value)
    if _SURROGATE_ESCAPE.search(data):
        check_surrogates(value)
    return value


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise not_utf8(error.start + 1, line=data.count(b"\n", 0, error.start) + 1) from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RepeatedKeyError
    return members


def _refuse_constant(_literal: str) -> object:
    raise ForbiddenNumberError


def _finite(literal: str) -> float:
    number = float(literal)
    if not math.isfinite(number):
        raise ForbiddenNumberError
    return number


def _bounded(literal: str) -> int:
    try:
        return int(literal)
    except ValueError:  # longer than sys.get_int_max_str_digits() digits
        raise ForbiddenNumberError from None


DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_bounded
)
"""Reads values; raises `RepeatedKeyError`, `ForbiddenNumberError`, ``RecursionError`` and the decoder's own errors."""


def check_depth(value: object) -> None:
    """Raise `SchemaError` (``json.too_deep``) for a value that is nested deeper than `MAX_DEPTH`."""
    level = _containers([value])
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _containers(outer)]
        if not level:
            return
    raise too_deep()


def _containers(values: Iterable[object]) -> list[Iterable[object]]:
    """Return those of the values that hold others, as what they hold."""
    return [value.values() if isinstance(value, dict) else value for value in values if isinstance(value, dict | list)]


def check_surrogates(value: object) -> None:
    """Raise `SchemaError` (``json.surrogate``) for a value with half of a surrogate pair in it."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise refusal(
            "json.surrogate",
            Text(
                ru="В строке стоит половина суррогатной пары: такого символа нет.",
                en="A string holds half of a surrogate pair: there is no such character.",
            ),
            rule="RFC 7493, 2.1",
        ) from None


def not_utf8(byte: int, *, line: int) -> SchemaError:
    """Return the refusal of a document that is not UTF-8 from a byte on (from 1)."""
    return refusal(
        "json.not_utf8",
        Text(
            ru=f"Документ не в кодировке UTF-8 (байт {byte}).",
            en=f"The document is not in UTF-8 (byte {byte}).",
        ),
        rule="RFC 8259, 8.1",
        line=line,
    )


def too_deep() -> SchemaError:
    """Return the refusal of a document that is nested too deep."""
    return refusal(
        "json.too_deep",
        Text(
            ru=f"Вложенность массивов и объектов превышает допустимую ({MAX_DEPTH} уровней).",
            en=f"Arrays and objects are nested deeper than allowed ({MAX_DEPTH} levels).",
        ),
        rule="R-SEC-07",
    )


def not_well_formed(reason: str, *, line: int, column: int) -> SchemaError:
    """Return the refusal of what is no JSON, for the decoder's reason."""
    return refusal(
        "json.not_well_formed",
        Text(
            ru=f"Документ не является правильно построенным JSON: строка {line}, столбец {column}.",
            en=f"The document is not well-formed JSON: line {line}, column {column} ({reason}).",
        ),
        rule="RFC 8259, 2",
        line=line,
    )


def repeated_key(text: str, *, inside: str = "", line: int = 1) -> SchemaError:
    """Return the refusal of a text in which an object has a key twice.

    Args:
        text: begins with the value that has the object in it.
        inside: pointer to that value in the document.
        line: line of the value in the document.
    """
    path, position = _repeated_place(text)
    return refusal(
        "json.repeated_key",
        Text(
            ru="Ключ объекта повторяется: неясно, какое из значений верно.",
            en="A key of an object is repeated: it is unclear which of the values holds.",
        ),
        rule="RFC 7493, 2.3",
        path=inside + path,
        line=line - 1 + line_at(text, position),
    )


def _repeated_place(text: str) -> tuple[str, int]:
    """Return pointer and position of the value under a repeated key, or of a container of it at `MAX_DEPTH`."""
    trail: list[str | int] = []
    position = skip_blank(text, 0)
    while len(trail) < MAX_DEPTH:
        seen: set[str | int] = set()
        for name, position in members(text, position):  # noqa: B020  the walk goes down into one of them
            if name in seen:
                return pointer_to([*trail, name]), position
            seen.add(name)
            if _has_repeated_key(text, position):
                trail.append(name)
                break
    return pointer_to(trail), position


def _has_repeated_key(text: str, position: int) -> bool:
    try:
        DECODER.raw_decode(text, position)
    except RepeatedKeyError:
        return True
    return False


def forbidden_number() -> SchemaError:
    """Return the refusal of a document with a number that JSON cannot have."""
    return refusal(
        "json.number",
        Text(
            ru="В документе есть число, которого в JSON быть не может: NaN, бесконечность или слишком большое.",
            en="The document holds a number that JSON cannot have: NaN, an infinity, or one that is too large.",
        ),
        rule="RFC 8259, 6",
    )


def refusal(code: str, text: Text, *, rule: str, path: str = "", line: int | None = None) -> SchemaError:
    """Return the refusal of a document for one thing that is wrong with it."""
    return SchemaError(code, text, faults=(Fault(code=code, text=text, path=path, line=line, rule=rule),), rule=rule)
