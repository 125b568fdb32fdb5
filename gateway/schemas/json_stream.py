"""Reads a large JSON document of the form ``{"name": value, "list": [item, …], …}`` item by item, in flat memory.

The values are read by the decoder of `json`, so that a document is understood, and refused, just as by `parse_json`.
Only a window of the text is held; no item, nor all that stands outside of the lists, may be longer than `MAX_LENGTH`.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from gateway.errors import SchemaError, Text
from gateway.schemas.json import (
    DECODER,
    MAX_DEPTH,
    ForbiddenNumberError,
    RepeatedKeyError,
    check_depth,
    check_surrogates,
    forbidden_number,
    not_utf8,
    not_well_formed,
    refusal,
    repeated_key,
    too_deep,
)
from gateway.schemas.json_lines import pointer_to

MAX_LENGTH = 2**20
"""Characters of one item, of the blanks between two tokens, or of all members that are no lists of items, at which a
document is refused."""

_MAX_BRACKETS = 20_000
"""Objects and lists of one value that is longer than a window; far more than the longest record has."""

MAX_MEMBERS = 200
"""Members of the document's object at which it is refused."""

_WINDOW = 2**18
_CUT = 16
"""An error so near the end of the window may only mean that the text goes on."""

_BLANK = re.compile(r"[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_BEGINS_VALUE = frozenset('["-0123456789tfn')


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonMember:
    """A member of the document's object; of a list of items, its beginning, with an empty list as its value."""

    name: str
    value: Any = field(repr=False)
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class JsonItem:
    """An item of one of the lists: which, its place from 0, what it is, its text, and the line it begins on."""

    name: str
    place: int
    value: Any = field(repr=False)
    text: str = field(repr=False)
    line: int


def is_object(source: IO[bytes]) -> bool:
    """Tell whether a document begins as an object; of what follows nothing has been looked at.

    Raises:
        SchemaError: it begins as no JSON value at all.
    """
    window = _Window(source)
    first = window.peek()
    if first != "{" and first not in _BEGINS_VALUE:
        raise window.malformed("Expecting value")
    return first == "{"


def read_members(source: IO[bytes], lists: Collection[str]) -> Iterator[JsonMember | JsonItem]:
    """Yield the members of a document that is an object, and the items of the lists named, in their order.

    Raises:
        SchemaError: as `parse_json`; and a value, or all that is none of the items, is too long, the object has too
            many members (``json.too_long``).
    """
    window = _Window(source)
    window.expect("{")
    names: set[str] = set()
    outside = 0
    more = window.peek() != "}"
    while more:
        name, line = _name(window, names)
        outside += len(name)
        if name in lists and window.peek() == "[":
            yield JsonMember(name=name, value=[], line=line)
            yield from _items(window, name)
        else:
            value, text = window.value([name])
            outside += len(text)
            yield JsonMember(name=name, value=value, line=line)
        if outside > MAX_LENGTH:
            raise _too_long([])
        more = window.separator("}")
    window.expect("}")
    if window.peek():
        raise window.malformed("Extra data")


def _name(window: _Window, names: set[str]) -> tuple[str, int]:
    if window.peek() != '"':
        raise window.malformed("Expecting property name enclosed in double quotes")
    name, _ = window.value([])
    window.expect(":")
    window.peek()
    if name in names:
        raise window.repeated(name)
    names.add(name)
    if len(names) > MAX_MEMBERS:
        raise _too_long([])
    return name, window.line


def _items(window: _Window, name: str) -> Iterator[JsonItem]:
    window.expect("[")
    place = 0
    more = window.peek() != "]"
    while more:
        window.peek()
        line = window.line
        value, text = window.value([name, place])
        yield JsonItem(name=name, place=place, value=value, text=text, line=line)
        place += 1
        more = window.separator("]")
    window.expect("]")


class _Window:
    """The part of a document that is being read; ``at`` is how far it has been."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._text = ""
        self._at = 0
        self._line = 1
        self._counted = 0
        self._rest = b""
        self._bytes = 0
        self._newlines = 0

    @property
    def line(self) -> int:
        """The line, from 1, that has been reached."""
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def peek(self) -> str:
        """Go to the next token and return its first character, empty at the end of the document."""
        blanks = 0
        while True:
            if (match := _BLANK.match(self._text, self._at)) is not None:
                blanks += match.end() - self._at
                self._at = match.end()
            if blanks > MAX_LENGTH:
                raise _too_long([])
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read_on():
                return ""

    def expect(self, token: str) -> None:
        """Go past a token of one character."""
        if self.peek() != token:
            raise self.malformed(f"Expecting '{token}' delimiter")
        self._at += 1

    def separator(self, end: str) -> bool:
        """Go past a comma and return ``True``, or stay before the end of the list and return ``False``."""
        match = _COMMA.match(self._text, self._at)
        if match:
            self._at = match.end()
            return True
        if self.peek() == end:
            return False
        self.expect(",")
        return True

    def value(self, trail: list[str | int]) -> tuple[Any, str]:
        """Go past the value that begins here and return it with its text; ``trail`` leads to it."""
        while True:
            decoded = self._decoded(trail)
            # A number may go on behind the window.
            if decoded is not None and (decoded[1] < len(self._text) or not self._read_on()):
                break
            if decoded is None:
                self._read_on_inside(trail)
        value, end = decoded
        if end - self._at > MAX_LENGTH:
            raise _too_long(trail)
        text = self._text[self._at : end]
        self._at = end
        if text.count("[") + text.count("{") > MAX_DEPTH:
            check_depth(value)
        if "\\u" in text and _SURROGATE_ESCAPE.search(text):
            check_surrogates(value)
        return value, text

    def malformed(self, reason: str, position: int | None = None) -> SchemaError:
        """Return the refusal of what stands at a position, by default at the one reached."""
        at = self._at if position is None else position
        column = at - self._text.rfind("\n", 0, at)
        return not_well_formed(reason, line=self.line + self._text.count("\n", self._at, at), column=column)

    def repeated(self, name: str) -> SchemaError:
        """Return the refusal of a member whose name was there before."""
        error = repeated_key('{"a":1,"a":1}', line=self.line)
        (fault,) = error.faults
        return refusal(error.code, error.text, rule=fault.rule or "", path=pointer_to([name]), line=fault.line)

    def _decoded(self, trail: list[str | int]) -> tuple[Any, int] | None:
        """Return the value that begins here and where it ends, ``None`` if more of the text is needed."""
        try:
            value, end = DECODER.raw_decode(self._text, self._at)
        except RecursionError:
            raise too_deep() from None
        except RepeatedKeyError:
            raise repeated_key(self._text[self._at :], inside=pointer_to(trail), line=self.line) from None
        except ForbiddenNumberError:
            raise forbidden_number() from None
        except json.JSONDecodeError as error:
            if error.pos < len(self._text) - _CUT and not error.msg.startswith("Unterminated string"):
                raise self.malformed(error.msg, error.pos) from None
            return None
        return value, end

    def _read_on_inside(self, trail: list[str | int]) -> None:
        held = len(self._text) - self._at
        brackets = self._text.count("[", self._at) + self._text.count("{", self._at)
        if held > MAX_LENGTH or (held > _WINDOW and brackets > _MAX_BRACKETS):
            raise _too_long(trail)
        if not self._read_on(min(max(held, _WINDOW), MAX_LENGTH + _WINDOW - held)):
            try:
                DECODER.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                raise self.malformed(error.msg, error.pos) from None

    def _read_on(self, size: int = _WINDOW) -> bool:
        """Forget what was read and take in more of the document; ``False`` if there is no more."""
        data = self._source.read(size)
        self._line = self.line
        self._text = self._text[self._at :] + self._decode(data)
        self._at = self._counted = 0
        return bool(data)

    def _decode(self, data: bytes) -> str:
        content = self._rest + data
        try:
            text, used = codecs.utf_8_decode(content, "strict", not data)
        except UnicodeDecodeError as error:
            line = self._newlines + content.count(b"\n", 0, error.start) + 1
            raise not_utf8(self._bytes + error.start + 1, line=line) from None
        if self._bytes == 0:
            text = text.removeprefix("\ufeff")
        self._rest = content[used:]
        self._bytes += used
        self._newlines += text.count("\n")
        return text


def _too_long(trail: list[str | int]) -> SchemaError:
    return refusal(
        "json.too_long",
        Text(
            ru=f"Запись документа или то, что вне записей, слишком длинно или сложно (более {MAX_LENGTH} знаков).",
            en=f"A record of the document, or what stands outside, is too long or complex ({MAX_LENGTH} characters).",
        ),
        rule="R-SEC-07",
        path=pointer_to(trail),
    )
