"""Packages laid over each other: the newest word on a record counts, down to the newest bulk file.

That is the life of a record by `gateway.model.oneroster_life`, read from its end: whatever came before the last word on
a record, or before the last bulk file, makes no difference (``tests/property/test_oneroster_layers_laws.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.adapters.oneroster_files import words
from gateway.model.oneroster_life import RecordEvent
from gateway.schemas.oneroster_csv import DELTA_COLUMNS, MANIFEST, STATUS, Mode
from gateway.schemas.oneroster_csv_package import Package, open_package
from gateway.schemas.oneroster_csv_rows import Row

_GONE = "tobedeleted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """The last word on a record: its row, the package it stands in, what it says."""

    row: Row
    package: str
    event: RecordEvent

    @property
    def stands(self) -> bool:
        """Whether the record is there."""
        return self.event is not RecordEvent.DELTA_TO_BE_DELETED


@dataclass(kw_only=True)
class Layers:
    """Packages, the oldest first.

    Attributes:
        conflicts: files whose rows say something else than the manifest (bulk rows with a status, delta rows without):
            the rows count, and nothing is proved by them.
    """

    packages: Sequence[Package]
    conflicts: set[str] = field(default_factory=set)

    def has(self, name: str) -> bool:
        """Tell whether any package says something of a file."""
        return any(package.mode(name) is not Mode.ABSENT for package in self.packages)

    def has_bulk(self, name: str) -> bool:
        """Tell whether a file came whole in any package, so that whoever is not in it is not there."""
        return any(package.mode(name) is Mode.BULK for package in self.packages)

    def rows(self, name: str) -> Iterator[Told]:
        """Yield the last word on every record of a file; rows without an id are all given.

        A record that one file holds twice is given twice.

        Raises:
            SchemaError: a file is damaged, or is no CSV in UTF-8.
        """
        newer: set[int] = set()
        layers = self._layers(name)
        for number, package in enumerate(layers):
            own: set[int] = set()
            lowest = number == len(layers) - 1
            for row in package.rows(name):
                if row.id and hash(row.id) in newer:
                    continue
                if not lowest and row.id:
                    own.add(hash(row.id))
                yield Told(row=row, package=package.name, event=self._event(name, package, row))
            newer |= own

    def _layers(self, name: str) -> list[Package]:
        """Return the packages that count for a file, the newest first."""
        found = []
        for package in reversed(self.packages):
            if package.mode(name) is not Mode.ABSENT:
                found.append(package)
            if package.mode(name) is Mode.BULK:
                break
        return found

    def _event(self, name: str, package: Package, row: Row) -> RecordEvent:
        has_status = any(row.cells.get(column) for column in DELTA_COLUMNS)
        if has_status is (package.mode(name) is Mode.BULK):
            self.conflicts.add(name)
        if row.cells.get(STATUS, "").casefold() == _GONE:
            return RecordEvent.DELTA_TO_BE_DELETED
        return RecordEvent.DELTA_ACTIVE if has_status else RecordEvent.BULK_PRESENT


@contextmanager
def open_layers(place: Path | None) -> Iterator[Layers]:
    """Open a zip, an unpacked package, or a folder of zips in the order of their names.

    Raises:
        SchemaError: a package is refused.
        PermanentError: ``oneroster_files.nothing``: there is no package.
    """
    with ExitStack() as stack:
        yield Layers(packages=[stack.enter_context(open_package(one)) for one in _places(place)])


def _places(place: Path | None) -> list[Path]:
    if place is None:
        raise words.nothing()
    if place.is_file() or (place / MANIFEST).is_file():
        return [place]
    found = sorted(place.glob("*.zip")) if place.is_dir() else []
    if not found:
        raise words.nothing()
    return found
