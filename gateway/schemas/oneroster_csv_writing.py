"""Writes a package of OneRoster CSV files as the binding 1.2.1 wants it: exact headers, exact order, streamed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from io import TextIOWrapper
from itertools import chain
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from gateway.schemas.oneroster_csv import (
    DELTA_COLUMNS,
    FILES,
    MANIFEST,
    MANIFEST_VERSION,
    ONEROSTER_VERSION,
    Mode,
    file_name,
    header,
)

Cell = str | int | float | bool | Iterable[str] | None
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same content gives the same bytes, whenever it is written."""


def write_oneroster_zip(
    stream: IO[bytes], files: Mapping[str, Iterable[Mapping[str, Cell]]], *, mode: Mode, system: str, code: str = ""
) -> dict[str, int]:
    """Write a package; return how many rows each file has.

    A bulk package leaves ``status`` and ``dateLastModified`` empty whatever the rows say, a delta needs both. Files
    without rows are left out and called absent. Rows are taken one by one; texts keep no line breaks (the binding
    forbids them), lists become one cell (``a,b``), truth values words.

    Args:
        stream: where the zip goes; it need not be seekable.
        files: rows by file without ``.csv`` (``users``), each by column; a column that is missing stays empty.
        mode: ``bulk`` or ``delta``, for all files.
        system: ``source.systemName``.
        code: ``source.systemCode``.

    Raises:
        ValueError: a file or a column that the binding does not know, or a row of a delta without status or moment.
    """
    if unknown := files.keys() - FILES.keys():
        raise ValueError(f"no files of OneRoster: {sorted(unknown)}")
    written: dict[str, int] = {}
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        for name in FILES:
            rows = iter(files.get(name, ()))
            if (first := next(rows, None)) is not None:
                written[name] = _write(archive, file_name(name), header(name), _cells(name, mode, chain([first], rows)))
        _write(archive, MANIFEST, ("propertyName", "value"), _manifest(written, mode, system, code))
    return written


def _write(archive: ZipFile, file: str, columns: tuple[str, ...], rows: Iterable[Iterable[str]]) -> int:
    info = ZipInfo(file, _EPOCH)
    info.compress_type = ZIP_DEFLATED
    number = 0
    with archive.open(info, "w", force_zip64=True) as content, TextIOWrapper(content, "utf-8", newline="") as text:
        out = csv.writer(text, lineterminator="\r\n")
        out.writerow(columns)
        for row in rows:
            out.writerow(row)
            number += 1
    return number


def _cells(name: str, mode: Mode, rows: Iterable[Mapping[str, Cell]]) -> Iterator[list[str]]:
    columns = header(name)
    known = frozenset(columns)
    for row in rows:
        if unknown := row.keys() - known:
            raise ValueError(f"no columns of {name}: {sorted(unknown)}")
        told = {**row, **dict.fromkeys(DELTA_COLUMNS)} if mode is Mode.BULK else row
        if mode is Mode.DELTA and not all(told.get(column) for column in DELTA_COLUMNS):
            raise ValueError(f"a row of a delta of {name} has no status or no dateLastModified")
        yield [_text(told.get(column)) for column in columns]


def _text(value: Cell) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return " ".join(value.splitlines()) if "\n" in value or "\r" in value else value
        case int() | float():
            return str(value)
        case _:
            return ",".join(value)


def _manifest(written: Mapping[str, int], mode: Mode, system: str, code: str) -> Iterator[tuple[str, str]]:
    yield "manifest.version", MANIFEST_VERSION
    yield "oneroster.version", ONEROSTER_VERSION
    for name in FILES:
        yield f"file.{name}", mode if name in written else Mode.ABSENT
    yield "source.systemName", system
    yield "source.systemCode", code
