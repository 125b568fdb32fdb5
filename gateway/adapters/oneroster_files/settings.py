"""Where the packages of a source lie; read from ``[rosters.NAME]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class OneRosterFilesSettings:
    """Packages and what is agreed about them.

    Attributes:
        name: of the source, in ids, links and plans.
        folder: holds zips, read in the order of their names (``2026-09-01.zip``, ``2026-09-02-delta.zip``), or is an
            unpacked package itself; ``None``: packages are brought by hand (``gateway roster import``).
        school: the school's ``sourcedId`` in them; empty: the organisation whose ``identifier`` is the school's id in
            the registry.
    """

    name: str
    folder: Path | None = None
    school: str = ""


def settings_of(name: str, words: Mapping[str, Any]) -> OneRosterFilesSettings:
    """Return the settings of a section ``[rosters.NAME]``; words of other parts of the section are passed over."""
    folder = words.get("folder")
    return OneRosterFilesSettings(
        name=name,
        folder=Path(str(folder)) if folder else None,
        school=str(words.get("school_sourced_id", "")),
    )
