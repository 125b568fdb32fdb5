"""Opens a package of OneRoster CSV files, a zip or a folder, without trusting it: nothing is unpacked by its name.

Looked at before anything is read: names (no folders, no way out of the package, exact case, nothing unknown, none
twice), encryption, sizes, how densely entries are packed. While an entry is read, no more comes out of it than it
declared.
"""

from __future__ import annotations

import stat
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from types import MappingProxyType
from typing import IO, Protocol, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from gateway.errors import Fault, Party, SchemaError, Text
from gateway.schemas.oneroster_csv import FILES, MANIFEST, file_name

MAX_ENTRIES = 100
"""The binding knows 22 files."""
MAX_FILE = 2 * 2**30
"""Bytes of one file, unpacked."""
MAX_TOTAL = 4 * 2**30
"""Bytes of all files, unpacked."""
MAX_RATIO = 200
"""How many times as long as it is packed a file may be; rosters stay below 30."""
_FREE = 2**20
_BUFFER = 2**18
_ENCRYPTED = 0x1
_RULE = "OneRoster 1.2"

KNOWN: Mapping[str, str] = MappingProxyType(
    {name.casefold(): name for name in (MANIFEST, *(file_name(one) for one in FILES))}
)
"""Names of the files by their lower case."""

BROKEN_ZIP = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)
"""What `zipfile` raises over archives that are not what they seem."""


class Files(Protocol):
    """The files of a package."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the files."""
        ...

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """Open a file to be read."""
        ...


class ZippedFiles:
    """The files of a zip."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self.names = tuple(archive.namelist())

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file to be read.

        Raises:
            SchemaError: ``oneroster_csv.not_readable``: it is damaged.
        """
        try:
            with self._archive.open(name) as content, BufferedReader(cast("RawIOBase", content), _BUFFER) as buffered:
                yield buffered
        except BROKEN_ZIP:
            raise _not_readable(name) from None


class FolderFiles:
    """The files of a folder in which somebody has unpacked a package."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.names = tuple(sorted(one.name for one in folder.iterdir() if one.suffix.casefold() == ".csv"))

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Open a file to be read."""
        with (self._folder / name).open("rb") as content:
            yield content


@contextmanager
def open_files(place: Path) -> Iterator[Files]:
    """Open a zip or a folder, once its entries have been looked at.

    Raises:
        SchemaError: with a fault for everything that is wrong with the entries.
    """
    if place.is_dir():
        folder = FolderFiles(place)
        _refuse(tuple(_name_faults(folder.names)))
        yield folder
        return
    try:
        archive = ZipFile(place)
    except BROKEN_ZIP:
        raise _not_readable(place.name) from None
    with archive:
        _refuse(tuple(entry_faults(archive.infolist())))
        yield ZippedFiles(archive)


def entry_faults(entries: list[ZipInfo]) -> Iterator[Fault]:
    """Yield what is wrong with the entries of a zip."""
    if len(entries) > MAX_ENTRIES:
        ru, en = f"В архиве больше {MAX_ENTRIES} файлов.", f"The archive has more than {MAX_ENTRIES} files."
        yield fault("oneroster_csv.too_large", Text(ru=ru, en=en), rule="R-SEC-07")
        return
    yield from _name_faults(tuple(one.filename for one in entries))
    for one in entries:
        yield from _content_faults(one)
    if sum(one.file_size for one in entries) > MAX_TOTAL:
        ru = f"Архив после распаковки больше {MAX_TOTAL} байт."
        en = f"The archive is larger than {MAX_TOTAL} bytes when unpacked."
        yield fault("oneroster_csv.too_large", Text(ru=ru, en=en), rule="R-SEC-07")


def _content_faults(one: ZipInfo) -> Iterator[Fault]:
    if one.flag_bits & _ENCRYPTED:
        yield fault(
            "oneroster_csv.encrypted",
            Text(
                ru="Файл в архиве зашифрован. Пришлите архив без пароля.",
                en="The file in the archive is encrypted. Send the archive without a password.",
            ),
            path=one.filename,
        )
    if one.file_size > MAX_FILE or one.file_size > max(_FREE, MAX_RATIO * one.compress_size):
        ru = f"Файл после распаковки больше {MAX_FILE} байт или сжат более чем в {MAX_RATIO} раз."
        en = f"The file is larger than {MAX_FILE} bytes when unpacked, or packed more than {MAX_RATIO} times."
        yield fault("oneroster_csv.too_large", Text(ru=ru, en=en), path=one.filename, rule="R-SEC-07")
    if stat.S_ISLNK(one.external_attr >> 16):
        yield _unknown(one.filename)


def _name_faults(names: tuple[str, ...]) -> Iterator[Fault]:
    for name, times in Counter(names).items():
        if times > 1:
            yield fault(
                "oneroster_csv.entry_twice",
                Text(
                    ru=f"Файлов с этим именем в архиве – {times}: непонятно, который из них верен. Оставьте один.",
                    en=f"The archive has {times} files of this name, and nobody knows which is right. Leave one.",
                ),
                path=name,
            )
        yield from _name_fault(name)


def _name_fault(name: str) -> Iterator[Fault]:
    plain = name.replace("\\", "/")
    if plain.startswith("/") or ".." in plain.split("/") or ":" in plain:
        yield fault(
            "oneroster_csv.traversal",
            Text(
                ru="Имя файла ведёт за пределы архива: так делают только вредоносные архивы. Архив не читается.",
                en="The file's name leads out of the archive: only malicious archives do that. It is not read.",
            ),
            path=name,
            rule="R-SEC-07",
        )
    elif "/" in plain:
        yield fault(
            "oneroster_csv.folder",
            Text(
                ru="В архиве есть папка. Файлы должны лежать в архиве сами по себе: выделите их и сожмите без папки.",
                en="The archive has a folder. Files have to lie in it by themselves: pack the files, not their folder.",
            ),
            path=name,
        )
    elif name not in KNOWN.values():
        right = KNOWN.get(name.casefold())
        yield _wrong_case(name, right) if right else _unknown(name)


def _wrong_case(name: str, right: str) -> Fault:
    return fault(
        "oneroster_csv.file_case",
        Text(
            ru=f"Имя файла написано не теми буквами: нужно точно «{right}». Переименуйте файл.",
            en=f"The file's name has the wrong case: it has to be exactly '{right}'. Rename the file.",
        ),
        path=name,
    )


def _unknown(name: str) -> Fault:
    return fault(
        "oneroster_csv.unknown_file",
        Text(
            ru="Такого файла в OneRoster нет. Уберите его из архива или исправьте имя.",
            en="OneRoster knows no such file. Take it out of the archive or correct its name.",
        ),
        path=name,
    )


def fault(
    code: str,
    text: Text,
    *,
    path: str = "",
    line: int | None = None,
    field: str | None = None,
    record: str | None = None,
    rule: str = _RULE,
) -> Fault:
    """Return a fault of a package: ``path`` is the file, for a cell with its column (``users.csv#column=3``)."""
    return Fault(
        code=code,
        text=text,
        path=path,
        line=line,
        record=record,
        field=field,
        rule=rule,
        who=Party.PLATFORM_OPERATOR,
    )


def refusal(faults: tuple[Fault, ...]) -> SchemaError:
    """Return the refusal of a package for everything that is wrong with it."""
    return SchemaError(
        "oneroster_csv.refused",
        Text(
            ru=f"Набор файлов OneRoster не принят, ошибок: {len(faults)}. Ничего не изменено.",
            en=f"The set of OneRoster files is not taken, faults: {len(faults)}. Nothing was changed.",
        ),
        faults=faults,
        who=Party.PLATFORM_OPERATOR,
        rule=_RULE,
    )


def _refuse(faults: tuple[Fault, ...]) -> None:
    if faults:
        raise refusal(faults)


def _not_readable(name: str) -> SchemaError:
    text = Text(
        ru="Архив или файл в нём не читается: он повреждён, зашифрован или это не ZIP. Пришлите его ещё раз.",
        en="The archive or a file in it cannot be read: it is damaged, encrypted or no ZIP. Send it again.",
    )
    return refusal((fault("oneroster_csv.not_readable", text, path=name),))
