"""Rows of one file of the OneRoster CSV binding, streamed: the header found out, every bad row told apart by its place.

The header has to be that of 1.2.1 or 1.2, in exact case and order; further columns stand at the right and begin with
``metadata.``. A byte order mark is tolerated, a line break inside a cell is not (the binding forbids it).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import IO

from gateway.errors import Fault, SchemaError, Text
from gateway.schemas.oneroster_csv import FILES, GUID_RULE, file_name, headers
from gateway.schemas.oneroster_csv_zip import fault, refusal
from gateway.schemas.table_stream import csv_rows

_METADATA = "metadata."
_GUID = re.compile(GUID_RULE)
_OF_1_1 = frozenset({"orgSourcedIds", "role"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row: the line on which it ends, its cells by column, what is wrong with it."""

    line: int
    cells: Mapping[str, str] = field(repr=False)
    faults: tuple[Fault, ...] = ()

    @property
    def id(self) -> str:
        """Its ``sourcedId``."""
        return self.cells.get("sourcedId", "")


def read_header(name: str, content: IO[bytes]) -> tuple[str, ...]:
    """Return the header of a file.

    Raises:
        SchemaError: with a fault for each column that is not what it should be.
    """
    _, found = next(raw_rows(name, content), (1, ()))
    if faults := tuple(header_faults(name, found)):
        raise refusal(faults)
    return tuple(found)


def read_rows(name: str, content: IO[bytes]) -> Iterator[Row]:
    """Yield the rows of a file below its header; a row with faults is given too.

    Raises:
        SchemaError: the file is no CSV in UTF-8, or its header is wrong.
    """
    rows = raw_rows(name, content)
    _, found = next(rows, (1, ()))
    if faults := tuple(header_faults(name, found)):
        raise refusal(faults)
    check = _Checks(name, found)
    for line, cells in rows:
        if any(cells):
            faults = () if check.is_fine(cells) else tuple(check.faults(line, cells))
            yield Row(line=line, cells=dict(zip(found, cells, strict=False)), faults=faults)


def header_faults(name: str, found: Sequence[str]) -> Iterator[Fault]:
    """Yield what is wrong with a header: column by column against the nearest of those that are accepted."""
    file = file_name(name)
    own = [column for column in found if not column.startswith(_METADATA)]
    if name == "users" and set(own) >= _OF_1_1:
        text = Text(
            ru="Это users.csv версии OneRoster 1.1. Попросите выгрузку по OneRoster 1.2.",
            en="This is a users.csv of OneRoster 1.1. Ask for an export by OneRoster 1.2.",
        )
        yield fault("oneroster_csv.header", text, path=file, line=1)
        return
    wanted = min(headers(name), key=lambda one: sum(a != b for a, b in zip_longest(one, own)))
    if tuple(own) == wanted and tuple(found[: len(wanted)]) == wanted and len(set(found)) == len(found):
        return
    for number, (right, actual) in enumerate(zip_longest(wanted, found), start=1):
        beyond = right is None and actual is not None
        if beyond and actual.startswith(_METADATA) and found.index(actual) == number - 1:
            continue
        if right != actual:
            yield _wrong_column(file, number, right, actual)


def _wrong_column(file: str, number: int, right: str | None, actual: str | None) -> Fault:
    if right is None:
        ru = "Лишний или повторный столбец. Дополнительные столбцы стоят справа и начинаются с «metadata.»."
        en = "A column too many or twice. Further columns stand at the right and begin with 'metadata.'."
    elif actual is None:
        ru, en = f"Нет столбца «{right}».", f"Column '{right}' is missing."
    else:
        ru = f"Здесь должен стоять столбец «{right}», точно с этими буквами и на этом месте."
        en = f"Column '{right}' has to stand here, exactly in this case and place."
    return fault("oneroster_csv.header", Text(ru=ru, en=en), path=f"{file}#column={number}", line=1)


def raw_rows(name: str, content: IO[bytes]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield rows as they are, each with the line on which it ends.

    Raises:
        SchemaError: what the table reader refuses, with the name of the file.
    """
    try:
        yield from csv_rows(content, delimiters=",")
    except SchemaError as error:
        first = error.faults[0]
        raise refusal(
            (fault(error.code, error.text, path=file_name(name), line=first.line, rule="RFC 4180"),)
        ) from None


class _Checks:
    """What a row of a file has to be."""

    def __init__(self, name: str, found: Sequence[str]) -> None:
        self._file = file_name(name)
        self._width = len(found)
        self._number_of = {column: number for number, column in enumerate(found, start=1)}
        places = {column: number - 1 for column, number in self._number_of.items()}
        self._required = [(places[one.name], one.name) for one in FILES[name] if one.required]
        self._ids = [
            (places[one.name], one.name)
            for one in FILES[name]
            if one.name == "sourcedId" or (one.refers_to and not one.many)
        ]

    def is_fine(self, cells: Sequence[str]) -> bool:
        """Tell in one look whether a row has no faults: nearly all have none, and there may be millions."""
        if len(cells) != self._width or "\n" in (whole := "".join(cells)) or "\r" in whole:
            return False
        if not all(cells[place].strip() for place, _ in self._required):
            return False
        return all(not cells[place] or _GUID.fullmatch(cells[place]) for place, _ in self._ids)

    def faults(self, line: int, cells: Sequence[str]) -> Iterator[Fault]:
        if len(cells) != self._width:
            ru = f"Ячеек в строке – {len(cells)}, столбцов – {self._width}: вероятно, запятая в тексте без кавычек."
            en = f"The row has {len(cells)} cells, there are {self._width} columns: perhaps a comma outside quotes."
            yield self._fault(
                code="oneroster_csv.row_width", text=Text(ru=ru, en=en), line=line, cells=cells, column=""
            )
            return
        for place, column in self._required:
            if not cells[place].strip():
                text = Text(ru=f"Не заполнено поле «{column}».", en=f"Field '{column}' is not filled in.")
                yield self._fault(code="oneroster_csv.required", text=text, line=line, cells=cells, column=column)
        for place, column in self._ids:
            if cells[place] and not _GUID.fullmatch(cells[place]):
                ru = f"В поле «{column}» недопустимый идентификатор: до 255 латинских букв, цифр и знаков . - _ / @."
                en = f"Field '{column}' holds an improper id: up to 255 Latin letters, digits and . - _ / @."
                yield self._fault(
                    code="oneroster_csv.guid", text=Text(ru=ru, en=en), line=line, cells=cells, column=column
                )
        if any("\n" in cell or "\r" in cell for cell in cells):
            text = Text(ru="Внутри ячейки есть перенос строки.", en="There is a line break inside a cell.")
            yield self._fault(code="oneroster_csv.line_break", text=text, line=line, cells=cells, column="")

    def _fault(self, *, code: str, text: Text, line: int, cells: Sequence[str], column: str) -> Fault:
        path = f"{self._file}#column={self._number_of[column]}" if column else self._file
        record = cells[0] if cells and _GUID.fullmatch(cells[0]) else None
        return fault(code, text, path=path, line=line, field=column or None, record=record, rule="R-EXCH-01")
