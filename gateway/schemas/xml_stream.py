"""Reads a large XML document element by element, in flat memory, with the prohibitions of `xml`.

What has been read is taken out of the tree, so that at the end only the frame around the elements is left of it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import IO, Literal

from lxml import etree

from gateway.errors import SchemaError, Text
from gateway.schemas.xml import MAX_ATTRIBUTES, check_no_doctype, check_width, refusal, syntax_error

MAX_LENGTH = 2**20
"""Bytes of one element, or between two, at which a document is refused."""

MAX_TAGS = 40_000
"""Tags of one element, or between two, at which a document is refused; the longest record has fewer."""

_STRAYS = 20
"""Elements that do not belong there are kept, for the fault to name them, up to so many in one place."""

_WINDOW = 2**16
_BEGINNING = 2**18
"""The root's start tag has to be in so many bytes."""

_PARENTS = 200
"""More elements that hold others than any document has."""

_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']{1,40})["']""")
_OTHER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SHOWN_TEXT = 40
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})


def root_of(source: IO[bytes]) -> etree._Element:
    """Return a document's root as far as its start tag; of what follows nothing has been looked at.

    Raises:
        SchemaError: as `parse_xml`; and the document is not in UTF-8 (``xml.encoding``), or its root is not to be
            found in the beginning (``xml.too_long``).
    """
    parser = _parser("start", None)
    first = source.read(_BEGINNING)
    check_encoding(first)
    root: etree._Element | None = None
    for piece in (first, b""):
        for element in _fed(parser, piece):
            if root is None:
                root = element
                check_no_doctype(root)
                check_width(root)
        if root is not None:
            return root
    raise _too_long(None)


class XmlStream:
    """The elements of a document that have one of the given tags inside one of the given parents below the root.

    Attributes:
        root: after all elements have been read, the root with all that is left: their parents, and what is none of
            the elements.
    """

    root: etree._Element

    def __init__(self, source: IO[bytes], homes: Mapping[str, str]) -> None:
        self._source = source
        self._homes = homes
        self._last: etree._Element | None = None
        self._parents = 0

    def elements(self) -> Iterator[etree._Element]:
        """Yield the elements, each whole and still in its parent; it is gone when the next one is asked for.

        Raises:
            SchemaError: as `parse_xml`; and an element, or what stands between two, is too long (``xml.too_long``).
        """
        parser = _parser("end", list(self._homes))
        length = tags = signs = 0
        while piece := self._source.read(_WINDOW):
            length, tags, signs = length + len(piece), tags + piece.count(b"<"), signs + piece.count(b"=")
            found = False
            for element in _fed(parser, piece):
                if self._is_at_home(element):
                    found = True
                    if signs > MAX_ATTRIBUTES:
                        check_width(element)
                    yield element
                    self._forget(element)
            if found:
                length = tags = signs = 0
            elif length > MAX_LENGTH or tags > MAX_TAGS:
                raise _too_long(None)
        self.root = _closed(parser)
        if self._last is not None:
            _take_out(self._last)
        check_width(self.root)

    def _is_at_home(self, element: etree._Element) -> bool:
        parent = element.getparent()
        if parent is None or self._homes[str(element.tag)] != parent.tag:
            return False
        above = parent.getparent()
        return above is not None and above.getparent() is None

    def _forget(self, element: etree._Element) -> None:
        """Empty an element that was read and take out the one before it, after which all has been parsed."""
        if self._last is None or self._last.getparent() is not element.getparent():
            self._parents += 1
            if self._parents > _PARENTS:
                raise _too_long(element.sourceline)
        if self._last is not None:
            _take_out(self._last)
        for stray in list(element.itersiblings(preceding=True))[_STRAYS:]:
            _take_out(stray)
        element.clear(keep_tail=True)
        self._last = element


def _take_out(element: etree._Element) -> None:
    """Take an element out of its parent; of text that follows it enough is kept to be seen."""
    parent = element.getparent()
    if parent is None:
        return
    tail = (element.tail or "").strip()
    if tail and not (parent.text or "").strip():
        parent.text = tail[:_SHOWN_TEXT]
    parent.remove(element)


def _parser(event: Literal["start", "end"], tags: list[str] | None) -> etree.XMLPullParser:
    return etree.XMLPullParser(
        (event,),
        tag=tags,
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _fed(parser: etree.XMLPullParser, piece: bytes) -> Iterator[etree._Element]:
    """Yield the elements that are complete after one more piece of the document; nothing ends it."""
    broken = None
    try:
        if piece:
            parser.feed(piece)
        else:
            parser.close()
    except etree.XMLSyntaxError as error:
        broken = error
    for _, element in parser.read_events():
        yield element
    if broken is not None:
        raise syntax_error(broken) from None


def _closed(parser: etree.XMLPullParser) -> etree._Element:
    try:
        root: etree._Element = parser.close()
    except etree.XMLSyntaxError as error:
        raise syntax_error(error) from None
    return root


def check_encoding(beginning: bytes) -> None:
    """Raise `SchemaError` (``xml.encoding``) if a document that begins so is in another encoding than UTF-8."""
    declared = _DECLARED.match(beginning.removeprefix(codecs.BOM_UTF8))
    name = declared.group(1).decode("ascii", "replace").lower() if declared else "utf-8"
    if name in _UTF8 and b"\0" not in beginning[:4] and not beginning.startswith(_OTHER_MARKS):
        return
    raise refusal(
        "xml.encoding",
        Text(
            ru="Документ не в кодировке UTF-8: другие кодировки не принимаются.",
            en="The document is not in UTF-8: other encodings are not accepted.",
        ),
        line=1,
    )


def _too_long(line: int | None) -> SchemaError:
    return refusal(
        "xml.too_long",
        Text(
            ru=f"Одна из частей документа слишком длинна или сложна (более {MAX_LENGTH} байт или {MAX_TAGS} тегов).",
            en=f"A part of the document is too long or has too many parts ({MAX_LENGTH} bytes, {MAX_TAGS} tags).",
        ),
        line=line,
    )
