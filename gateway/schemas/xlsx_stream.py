"""Reads the first sheet of an XLSX workbook (ISO/IEC 29500) row by row, in flat memory.

A workbook is a ZIP archive of XML parts. Before any of it is understood, every part is looked through: how long it
really is, that it declares no document type, that no row is made to be expensive. Links to other files are never
followed; of formulas the values count that were kept with them.
"""

from __future__ import annotations

import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import IO, Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile, ZipInfo

from lxml import etree
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from gateway.errors import SchemaError, Text
from gateway.schemas.table_stream import Table, table_of, table_refusal
from gateway.schemas.xml_stream import check_encoding

MAX_PARTS = 1000
MAX_PART = 64 * 2**20
"""Bytes of one part that is no sheet, unpacked."""
MAX_SHEET = 2**30
"""Bytes of one sheet, unpacked."""
MAX_ROW = 4 * 2**20
"""Bytes of one row of a sheet, unpacked."""
MAX_ROWS = 1_048_576
"""Rows that a sheet can have."""
MAX_RATIO = 200
"""How many times as long as it is packed a part may be; what is honest stays far below."""

_WINDOW = 2**16
_FREE = 2**20
"""Bytes up to which a part may be packed as densely as it likes."""

_LOOKED_AT = 100
"""Rows of a further sheet that are looked at to tell whether it is empty."""

_SHEETS = "xl/worksheets/"
_ROW = re.compile(rb"<(?:[\w.-]+:)?row[\s/>]")
_TAIL = 64


def read_xlsx(source: IO[bytes]) -> Table:
    """Return the table of a workbook's first sheet.

    Raises:
        SchemaError: now or while the rows are read: it is no workbook (``xlsx.not_readable``), it is made to be
            expensive (``xlsx.too_long``) or dangerous (``xml.doctype``, ``xml.encoding``), or the first row does not
            name the columns (``table.columns``).
    """
    source.seek(0)
    try:
        with ZipFile(source) as archive:
            _look_through(archive)
        sheet, *others = _sheets(source)
        further = tuple(one.title for one in others if one.sheet_state == "visible" and _holds_something(one))
    except _UNREADABLE:
        raise _not_readable() from None
    return replace(table_of(_rows(sheet)), sheet=sheet.title, further=further)


_UNREADABLE = (
    BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    AttributeError,
    ParseError,
    etree.XMLSyntaxError,
    InvalidFileException,
)
"""What `zipfile` and `openpyxl` raise over files that are not what they seem."""


def _sheets(source: IO[bytes]) -> Sequence[Any]:
    source.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions that do not matter here
        workbook = load_workbook(source, read_only=True, data_only=True, keep_links=False)
    for sheet in workbook.worksheets:
        sheet.reset_dimensions()  # what a sheet says of its size need not be true
    return workbook.worksheets


def _holds_something(sheet: Any) -> bool:
    rows = sheet.iter_rows(max_row=_LOOKED_AT, values_only=True)
    return any(value is not None for row in rows for value in row)


def _rows(sheet: Any) -> Iterator[tuple[int, Sequence[str]]]:
    try:
        for number, row in enumerate(sheet.iter_rows(max_row=MAX_ROWS, values_only=True), start=1):
            yield number, _without_empty_end([_text(value) for value in row])
    except _UNREADABLE:
        raise _not_readable() from None


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value)


def _look_through(archive: ZipFile) -> None:
    parts = archive.infolist()
    if len(parts) > MAX_PARTS:
        raise _too_long()
    for part in parts:
        limit = MAX_SHEET if part.filename.startswith(_SHEETS) else MAX_PART
        if part.file_size > limit or part.file_size > max(_FREE, MAX_RATIO * part.compress_size):
            raise _too_long()
        if part.filename.endswith((".xml", ".rels")):
            _look_into(archive, part)


def _look_into(archive: ZipFile, part: ZipInfo) -> None:
    """Unpack a part once; `ZipFile` gives no more of it than the size it declares."""
    is_sheet = part.filename.startswith(_SHEETS)
    since_row, tail = 0, b""
    with archive.open(part) as content:
        while piece := content.read(_WINDOW):
            if not tail:
                check_encoding(piece)
            window = tail + piece
            if b"<!DOCTYPE" in window:
                raise _doctype()
            since_row = 0 if _ROW.search(window) else since_row + len(piece)
            if is_sheet and since_row > MAX_ROW:
                raise _too_long()
            tail = window[-_TAIL:]


def _doctype() -> SchemaError:
    return table_refusal(
        "xml.doctype",
        Text(
            ru="Документ содержит объявление DOCTYPE; определения типов и сущности не принимаются.",
            en="The document has a DOCTYPE declaration; document types and entities are not accepted.",
        ),
        line=None,
        rule="R-SEC-07",
    )


def _not_readable() -> SchemaError:
    return table_refusal(
        "xlsx.not_readable",
        Text(
            ru="Файл не читается как книга XLSX: он повреждён, зашифрован или другого вида.",
            en="The file cannot be read as an XLSX workbook: it is damaged, encrypted or of another kind.",
        ),
        line=None,
    )


def _too_long() -> SchemaError:
    return table_refusal(
        "xlsx.too_long",
        Text(
            ru="Книга XLSX после распаковки слишком велика, или одна из её строк слишком длинна.",
            en="The XLSX workbook is too large when unpacked, or one of its rows is too long.",
        ),
        line=None,
        rule="R-SEC-07",
    )
