"""The typesetting process: reads one journal or report as JSON, writes one PDF/A-2u, ends.

``python -m gateway.archive.typesetting`` with ``{"template": "journal", "content": …, "made_at": <Unix seconds>}`` on
standard input. One process a document: the typesetter keeps the memory of everything it has set (1.7 GB after ten
journals).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import typst

_TEMPLATES = files("gateway.archive").joinpath("templates")
_UNPRINTABLE = re.compile(r"the text `(\"(?:[^\"\\]|\\.)*\")` could not be displayed")
_RUST_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")

_CONTROLS = {
    number: f"[U+{number:04X}]"
    for number in (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000))
    if chr(number) not in "\t\n\r"
}
"""Control characters and lone surrogates: no font has a glyph, the latter cannot even be written as UTF-8."""


def typeset(content: dict[str, Any], made_at: int, template: str = "journal") -> bytes:
    """Return content set by a template as PDF/A-2u, untagged; equal arguments give equal bytes.

    A character that no font has (an emoji in a homework) is replaced by its code point, ``[U+1F600]``, instead of
    stopping the archive: PDF/A forbids characters without a glyph.

    Raises:
        typst.TypstError: the template cannot be set for another reason.
    """
    content = _translated(content, _CONTROLS)
    replaced: set[str] = set()
    while True:
        try:
            return _compiled(content, made_at, template)
        except typst.TypstError as error:
            missing = _missing_characters(error.diagnostic) - replaced
            if not missing:
                raise
            content = _translated(content, {ord(character): code_point(character) for character in missing})
            replaced |= missing


def code_point(character: str) -> str:
    """Return how a character without a glyph is printed: ``[U+1F600]``."""
    return f"[U+{ord(character):04X}]"


def _compiled(content: Any, made_at: int, template: str) -> bytes:
    return typst.compile(
        _TEMPLATES.joinpath(f"{template}.typ").read_bytes(),
        sys_inputs={template: json.dumps(content, ensure_ascii=False)},
        ignore_system_fonts=True,
        pdf_standards="a-2u",
        pdf_tags=False,
        timestamp=made_at,
    )


def _translated(value: Any, table: Mapping[int, str]) -> Any:
    """Return a JSON value with the characters of its texts replaced."""
    match value:
        case str():
            return value.translate(table)
        case list() | tuple():
            return [_translated(item, table) for item in value]
        case dict():
            return {key: _translated(item, table) for key, item in value.items()}
        case _:
            return value


def _missing_characters(diagnostic: str) -> set[str]:
    """Return the characters the typesetter complains of; it quotes them as Rust does."""
    quoted = (match[1][1:-1] for match in _UNPRINTABLE.finditer(diagnostic))
    return {character for text in quoted for character in _RUST_ESCAPE.sub(lambda m: chr(int(m[1], 16)), text)}


def main() -> int:
    """Set what is on standard input; tell a failure on standard error without quoting it."""
    order = json.load(sys.stdin.buffer)
    try:
        pdf = typeset(order["content"], order["made_at"], order["template"])
    except typst.TypstError as error:
        print(error.message, *error.hints, sep="\n", file=sys.stderr)  # noqa: T201  the parent reads it
        return 1
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
