"""A package of OneRoster CSV files: its manifest held against what is really in it, its rows streamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from gateway.errors import Fault, SchemaError, Text
from gateway.schemas.oneroster_csv import FILES, MANIFEST, MANIFEST_VERSION, ONEROSTER_VERSION, Mode, file_name
from gateway.schemas.oneroster_csv_rows import Row, header_faults, raw_rows, read_rows
from gateway.schemas.oneroster_csv_zip import Files, fault, open_files, refusal

_HEADER = ("propertyName", "value")
_VERSIONS: Mapping[str, str] = {"manifest.version": MANIFEST_VERSION, "oneroster.version": ONEROSTER_VERSION}


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """A package whose names, manifest and headers are in order.

    Attributes:
        name: of the zip or the folder.
        modes: what the manifest says each file is; every one that is not ``absent`` is there and has rows.
        system: what the sending system calls itself.
    """

    name: str
    modes: Mapping[str, Mode]
    system: str = ""
    files: Files = field(repr=False)

    def mode(self, name: str) -> Mode:
        """Return what a file is."""
        return self.modes.get(name, Mode.ABSENT)

    def rows(self, name: str) -> Iterator[Row]:
        """Yield the rows of a file, one by one; each call begins anew.

        Raises:
            SchemaError: the file is damaged, or is no CSV in UTF-8.
        """
        with self.files.open(file_name(name)) as content:
            yield from read_rows(name, content)


@contextmanager
def open_package(place: Path) -> Iterator[Package]:
    """Open a zip or a folder of CSV files.

    A manifest alone is a package without changes. A file that is there though the manifest calls it absent, or missing
    though it calls it bulk or delta, is refused, and so is a file without rows: it would read as "nobody is left".

    Raises:
        SchemaError: ``oneroster_csv.refused`` with every fault of names, manifest and headers.
    """
    with open_files(place) as files:
        if MANIFEST not in files.names:
            text = Text(ru="В наборе нет manifest.csv.", en="The package has no manifest.csv.")
            raise refusal((fault("oneroster_csv.no_manifest", text, path=MANIFEST),))
        with files.open(MANIFEST) as content:
            told, faults = _manifest(content)
        faults = (*faults, *_presence_faults(told, files), *_header_faults(files))
        if faults:
            raise refusal(faults)
        modes = {name: Mode(told[f"file.{name}"]) for name in FILES if f"file.{name}" in told}
        system = told.get("source.systemName") or told.get("source.systemCode", "")
        yield Package(name=place.name, modes=modes, system=system, files=files)


def _manifest(content: IO[bytes]) -> tuple[dict[str, str], tuple[Fault, ...]]:
    rows = raw_rows("manifest", content)
    _, header = next(rows, (1, ()))
    if tuple(header) != _HEADER:
        text = Text(
            ru="Заголовок manifest.csv должен быть «propertyName,value».",
            en="The header of manifest.csv has to be 'propertyName,value'.",
        )
        return {}, (fault("oneroster_csv.header", text, path=MANIFEST, line=1),)
    told: dict[str, str] = {}
    faults: list[Fault] = []
    for line, cells in rows:
        name, value = (*(cell.strip() for cell in cells), "", "")[:2]
        told[name] = value
        faults += _property_faults(name, value, line)
    missing = [name for name in _VERSIONS if name not in told]
    faults += [_manifest_fault(name, _VERSIONS[name], None) for name in missing]
    return told, tuple(faults)


def _property_faults(name: str, value: str, line: int) -> Iterator[Fault]:
    if name in _VERSIONS and value != _VERSIONS[name]:
        yield _manifest_fault(name, _VERSIONS[name], line)
    if name.removeprefix("file.") in FILES and name.startswith("file.") and value not in set(Mode):
        yield _manifest_fault(name, "absent | bulk | delta", line)


def _manifest_fault(name: str, wanted: str, line: int | None) -> Fault:
    text = Text(ru=f"Свойство «{name}» должно иметь значение {wanted}.", en=f"Property '{name}' has to be {wanted}.")
    return fault("oneroster_csv.manifest", text, path=MANIFEST, line=line, field=name)


def _presence_faults(told: Mapping[str, str], files: Files) -> Iterator[Fault]:
    for name in FILES:
        file, mode = file_name(name), told.get(f"file.{name}", Mode.ABSENT)
        if file in files.names and mode == Mode.ABSENT:
            text = Text(
                ru="Файл есть, а в манифесте он назван absent. Укажите bulk или delta либо уберите файл.",
                en="The file is there, and the manifest calls it absent. Say bulk or delta, or take the file out.",
            )
            yield fault("oneroster_csv.not_declared", text, path=file, field=f"file.{name}")
        if file not in files.names and mode in {Mode.BULK, Mode.DELTA}:
            text = Text(
                ru=f"В манифесте файл назван {mode}, а в наборе его нет.",
                en=f"The manifest calls the file {mode}, and it is not there.",
            )
            yield fault("oneroster_csv.file_missing", text, path=file, field=f"file.{name}")


def _header_faults(files: Files) -> Iterator[Fault]:
    for name in FILES:
        if file_name(name) not in files.names:
            continue
        with files.open(file_name(name)) as content:
            try:
                rows = raw_rows(name, content)
                _, found = next(rows, (1, ()))
                first = next(rows, None)
            except SchemaError as error:
                yield from error.faults
                continue
        faults = tuple(header_faults(name, found))
        yield from faults
        if first is None and not faults:
            text = Text(
                ru="В файле нет ни одной строки. Файл без записей в набор не кладут: в манифесте он absent.",
                en="The file has no rows. A file without records is left out: the manifest calls it absent.",
            )
            yield fault("oneroster_csv.no_rows", text, path=file_name(name), line=1)
