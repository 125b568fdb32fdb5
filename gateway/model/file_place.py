"""Where in a file a record stands, as a person finds it again: the file, the sheet of a workbook, the row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import Fault, Text

_PATH = re.compile(r"(?P<file>[^/\[\]]+\.(?:csv|xlsx))(?: \[(?P<sheet>.*)\])?(?:#.*)?", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class FilePlace:
    """A row of a file; ``row`` counts from 1 as spreadsheets and editors do, ``sheet`` is empty outside workbooks."""

    file: str
    row: int
    sheet: str = ""

    @property
    def path(self) -> str:
        """The place without its row, as a `Fault` names it: ``classes.csv``, ``classes.xlsx [5А]``."""
        return f"{self.file} [{self.sheet}]" if self.sheet else self.file

    @property
    def text(self) -> Text:
        """The place in words: ``classes.xlsx, лист «5А», строка 14``."""
        ru, en = (f", лист «{self.sheet}»", f", sheet '{self.sheet}'") if self.sheet else ("", "")
        return Text(ru=f"{self.file}{ru}, строка {self.row}", en=f"{self.file}{en}, row {self.row}")


def place_of(faults: Iterable[Fault]) -> FilePlace | None:
    """Return the row of a file that the first of some faults to name one is about; ``None``: none names a file."""
    for fault in faults:
        found = _PATH.fullmatch(fault.path)
        if found is not None and fault.line is not None:
            return FilePlace(file=found["file"], row=fault.line, sheet=found["sheet"] or "")
    return None


def places_told(places: Sequence[FilePlace], *, most: int = 3) -> Text:
    """Return some rows in a sentence, no more than ``most``; nothing where there are none."""
    told = [one.text for one in sorted(places, key=lambda one: (one.path, one.row))[:most]]
    more = " …" if len(places) > most else ""
    return Text(ru="; ".join(one.ru for one in told) + more, en="; ".join(one.en for one in told) + more)


def place_to_json(place: FilePlace | None) -> list[Any] | None:
    """Return a place as JSON values."""
    return None if place is None else [place.file, place.row, place.sheet]


def place_from_json(items: Sequence[Any] | None) -> FilePlace | None:
    """Return the place that `place_to_json` wrote; ``None`` where none was written."""
    if not items:
        return None
    file, row, sheet = items
    return FilePlace(file=file, row=row, sheet=sheet)
