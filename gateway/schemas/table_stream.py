"""Reads a table row by row, in flat memory: a CSV file (RFC 4180).

The first row names the columns; every other row is given as texts by column. A workbook is read by `xlsx_stream`.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from gateway.errors import Fault, SchemaError, Text

MAX_COLUMNS = 200
"""Columns at which a table is refused."""

MAX_ROW = 2**21
"""Bytes of one row at which a CSV file is refused; one cell may have 131 072 characters."""

_DELIMITERS = ",;"


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRow:
    """A row below the first.

    Attributes:
        number: its number in the table; the first row, that of the names, has the 1.
        line: the line of the file on which it ends; in a workbook the same as its number.
        cells: its texts by column; what stands beyond the last column is named by the number of its column.
    """

    number: int
    line: int
    cells: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """The names of the columns, and the rows below them.

    ``sheet`` is the name of the sheet that was read of a workbook, ``further`` those of others that hold something.
    """

    columns: tuple[str, ...]
    rows: Iterator[TableRow] = field(repr=False)
    sheet: str = ""
    further: tuple[str, ...] = ()


def read_csv(source: IO[bytes]) -> Table:
    """Return the table of a CSV file in UTF-8; whichever the first row has more of, comma or semicolon, parts cells.

    Raises:
        SchemaError: now or while the rows are read: it is not in UTF-8 (``csv.not_utf8``) or no CSV
            (``csv.not_well_formed``), a row is too long (``csv.too_long``), or the first row does not name the columns
            (``table.columns``).
    """
    return table_of(csv_rows(source))


def table_of(rows: Iterator[tuple[int, Sequence[str]]]) -> Table:
    """Return a table of its rows with their lines, the first of which names the columns.

    Raises:
        SchemaError: ``table.columns``: it does not, names one twice, or names more than `MAX_COLUMNS`.
    """
    _, names = next(rows, (1, ()))
    columns = tuple(name.strip() for name in names)
    if not columns or "" in columns or len(set(columns)) < len(columns) or len(columns) > MAX_COLUMNS:
        raise table_refusal(
            "table.columns",
            Text(
                ru=f"Первая строка должна называть столбцы: непустые, без повторов, не больше {MAX_COLUMNS}.",
                en=f"The first row has to name the columns: not empty, none twice, at most {MAX_COLUMNS}.",
            ),
            line=1,
        )
    return Table(columns=columns, rows=_below(columns, rows))


def table_refusal(code: str, text: Text, *, line: int | None, rule: str = "R-EXCH-01") -> SchemaError:
    """Return the refusal of a table for one thing that is wrong with it."""
    return SchemaError(code, text, faults=(Fault(code=code, text=text, line=line, rule=rule),), rule=rule)


def _below(columns: tuple[str, ...], rows: Iterable[tuple[int, Sequence[str]]]) -> Iterator[TableRow]:
    for number, (line, cells) in enumerate(rows, start=2):
        if any(cells):
            beyond = {f"#{place}": cell for place, cell in enumerate(cells, start=1) if place > len(columns) and cell}
            named = dict(zip(columns, cells, strict=False))
            yield TableRow(number=number, line=line, cells=dict.fromkeys(columns, "") | named | beyond)


def csv_rows(source: IO[bytes], *, delimiters: str = _DELIMITERS) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the rows of a CSV file, each with the line on which it ends; the first row shows which delimiter it is.

    Raises:
        SchemaError: as `read_csv`, but for the names of the columns, which are not looked at.
    """
    source.seek(0)
    first = source.readline(MAX_ROW)
    source.seek(0)
    lines = _Lines(source)
    delimiter = max(delimiters, key=lambda sign: first.count(sign.encode()))
    rows = csv.reader(lines, strict=True, delimiter=delimiter)
    while True:
        try:
            cells = next(rows, None)
        except csv.Error:
            raise _not_csv(rows.line_num) from None
        if cells is None:
            return
        lines.length = 0
        yield rows.line_num, cells


class _Lines:
    """The lines of a file as texts; ``length`` is that of those since it was last set to 0."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._number = 0
        self.length = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._source.readline(MAX_ROW + 1):
            self._number += 1
            self.length += len(line)
            if self.length > MAX_ROW:
                raise _too_long(self._number)
            if self._number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            yield self._decoded(line)

    def _decoded(self, line: bytes) -> str:
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise _not_utf8(self._number) from None
        if "\0" in text:
            raise _not_utf8(self._number)
        return text


def _not_utf8(line: int) -> SchemaError:
    return table_refusal(
        "csv.not_utf8",
        Text(
            ru="Таблица не в кодировке UTF-8. В Excel сохраните её как «CSV UTF-8» или как книгу .xlsx.",
            en="The table is not in UTF-8. In Excel save it as 'CSV UTF-8' or as a workbook .xlsx.",
        ),
        line=line,
        rule="RFC 4180",
    )


def _not_csv(line: int) -> SchemaError:
    return table_refusal(
        "csv.not_well_formed",
        Text(
            ru="Таблица не является правильным CSV: кавычки не парные или ячейка слишком длинна.",
            en="The table is no proper CSV: quotes do not match, or a cell is too long.",
        ),
        line=line,
        rule="RFC 4180",
    )


def _too_long(line: int) -> SchemaError:
    return table_refusal(
        "csv.too_long",
        Text(ru=f"Строка таблицы длиннее {MAX_ROW} байт.", en=f"A row of the table is longer than {MAX_ROW} bytes."),
        line=line,
        rule="R-SEC-07",
    )
