"""Where a school's own lists lie and what their columns mean; read from ``[rosters.NAME]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.errors import ConfigurationError, Text
from gateway.model.roster import RecordKind
from gateway.schemas.lists import FIELDS

LEFT_OUT = "-"


@dataclass(frozen=True, kw_only=True, slots=True)
class ListsSettings:
    """Lists and what is agreed about them.

    Attributes:
        name: of the source, in ids, links and plans.
        folder: holds the lists (``*.csv``, ``*.xlsx``), or is one list itself; ``None``: lists are brought by hand.
        columns: meanings of columns by their names; what is not named is recognised, ``-`` leaves a column out.
        file_columns: the same for the columns of single files, by the file's name; it goes before ``columns``.
        whole: whether a person says that the lists are the whole of what they are lists of.
        kinds: kinds of record that the source tells of, as the section's ``kinds`` says.
        year: calendar year in which the lists' school year begins; 0: the present one.
    """

    name: str
    folder: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    file_columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    whole: bool = False
    kinds: frozenset[RecordKind] = frozenset(RecordKind)
    year: int = 0

    def columns_of(self, file: str) -> Mapping[str, str]:
        """Return what is agreed about the columns of a file."""
        return {**self.columns, **self.file_columns.get(file, {})}


def settings_of(name: str, words: Mapping[str, Any]) -> ListsSettings:
    """Return the settings of a section ``[rosters.NAME]``; words of other parts of the section are passed over.

    Raises:
        ConfigurationError: ``school_lists.settings``: a column means nothing we know, or the year is none.
    """
    folder = words.get("folder")
    columns = words.get("columns", {})
    if not isinstance(columns, Mapping):
        raise _problem(name, "columns", Text(ru="ожидается таблица", en="a table is expected"))
    for column, meaning in columns.items():
        if meaning not in {*FIELDS, LEFT_OUT}:
            known = ", ".join((*FIELDS, LEFT_OUT))
            raise _problem(name, f"columns.{column}", Text(ru=f"ожидается одно из: {known}", en=f"one of: {known}"))
    return ListsSettings(
        name=name,
        folder=Path(str(folder)) if folder else None,
        columns={str(column): str(meaning) for column, meaning in columns.items()},
        whole=words.get("whole", False) is True,
        kinds=frozenset(kind for kind in RecordKind if kind in words.get("kinds", tuple(RecordKind))),
        year=_year(name, words.get("school_year", 0)),
    )


def _year(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _problem(name, "school_year", Text(ru="ожидается год", en="a year is expected"))
    return value


def _problem(name: str, word: str, text: Text) -> ConfigurationError:
    where = f"rosters.{name}.{word}"
    return ConfigurationError(
        "school_lists.settings", Text(ru=f"Настройка «{where}»: {text.ru}.", en=f"Setting '{where}': {text.en}.")
    )
