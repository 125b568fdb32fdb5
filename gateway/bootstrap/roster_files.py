"""Files as sources of rosters: OneRoster packages and a school's own lists, from their folder or from one given now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gateway.adapters.oneroster_files.adapter import OneRosterFilesAdapter
from gateway.adapters.oneroster_files.settings import settings_of as oneroster_settings
from gateway.adapters.school_lists.adapter import ListsAdapter
from gateway.adapters.school_lists.settings import settings_of as lists_settings
from gateway.adapters.school_lists.tables import ListColumns, columns_of
from gateway.bootstrap.roster_oneroster import knowing
from gateway.bootstrap.roster_rules import problem
from gateway.errors import Text
from gateway.model.roster_source import SourceKind
from gateway.roster.sync import RosterSync

if TYPE_CHECKING:
    from gateway.bootstrap.installation import Gateway
    from gateway.model.ids import SchoolId

ONEROSTER_FILES_WORDS = frozenset({"folder", "school_sourced_id"})
"""Words of a section of the kind ``oneroster_files`` that are the adapter's."""

LISTS_WORDS = frozenset({"folder", "columns", "whole", "school_year"})
"""Words of a section of the kind ``lists`` that are the adapter's."""


def open_oneroster_files(gateway: Gateway, name: str, words: Mapping[str, Any]) -> OneRosterFilesAdapter:
    """Return the packages of a section."""
    return OneRosterFilesAdapter(oneroster_settings(name, words), clock=gateway.clock, known=knowing(gateway, name))


def open_lists(
    gateway: Gateway,
    name: str,
    words: Mapping[str, Any],
    file_columns: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> ListsAdapter:
    """Return the lists of a section; ``file_columns`` say more of the columns of single files.

    Raises:
        ConfigurationError: ``school_lists.settings``.
    """
    settings = replace(lists_settings(name, words), file_columns=file_columns)
    return ListsAdapter(settings, clock=gateway.clock, known=knowing(gateway, name))


def import_of(
    gateway: Gateway,
    school: SchoolId,
    name: str,
    place: Path,
    *,
    whole: bool = False,
    file_columns: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
) -> RosterSync:
    """Return the sync of a source of files with a file or folder in the place of its own.

    ``whole`` is a person's word that lists are complete; packages tell that themselves. ``file_columns`` are a person's
    word what the columns of lists mean, by file.

    Raises:
        ConfigurationError: ``configuration.roster``: there is no such source, or it does not read files.
        SchemaError: the files are not what they should be; every fault is told.
        PermanentError: there are no files in the place.
    """
    words = {**gateway.settings.rosters.get(name, {}), "folder": str(place)}
    opened: OneRosterFilesAdapter | ListsAdapter
    match words.get("kind"):
        case SourceKind.ONEROSTER_FILES:
            opened = open_oneroster_files(gateway, name, words)
        case SourceKind.LISTS:
            opened = open_lists(gateway, name, words | ({"whole": True} if whole else {}), file_columns)
        case _:
            raise problem(
                f"rosters.{name}.kind",
                Text(
                    ru="из файла читают источники вида oneroster_files и lists",
                    en="sources of the kinds oneroster_files and lists are read from files",
                ),
            )
    opened.check()
    return replace(gateway.roster(school, name), source=opened)


def list_columns(
    gateway: Gateway, file: Path, name: str | None, said: Mapping[str, str] = MappingProxyType({})
) -> ListColumns:
    """Return what the columns of a list mean, by their names and by the settings of a source if one is named.

    What a person has ``said`` of them goes before both.

    Raises:
        SchemaError: the file is no table.
        ConfigurationError: ``school_lists.settings``.
    """
    section = gateway.settings.rosters.get(name, {}) if name else {}
    agreed = lists_settings(name or "", {**section, "folder": str(file)}).columns
    return columns_of(file, {**agreed, **said})
