"""The archive's files in a folder of this machine."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from gateway.errors import ConfigurationError, GatewayError, Party, Text, TransientError

_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveFolder:
    """Keeps files below ``root``; a location is a relative path with ``/`` and never leads out of it."""

    root: Path

    def write(self, location: str, content: bytes) -> None:
        """Put a file there, whole and safe on the medium, or not at all; what lay there is replaced.

        The content is written beside its place, forced to the medium and moved. What a killed run leaves there is
        overwritten by the next one.

        Raises:
            TransientError: ``archive.disk_full``.
            ConfigurationError: ``archive.medium_failed``.
        """
        file = self._file(location)
        partial = file.with_name(f".{file.name}.partial")
        try:
            file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            try:
                _write_through(partial, content)
                partial.replace(file)
            except OSError:
                partial.unlink(missing_ok=True)
                raise
            _sync_folder(file.parent)
        except OSError as error:
            raise _failure(location, error) from None

    def read(self, location: str) -> bytes | None:
        """Return a file, ``None`` if there is none.

        Raises:
            ConfigurationError: ``archive.medium_failed``.
        """
        try:
            return self._file(location).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failure(location, error) from None

    def _file(self, location: str) -> Path:
        parts = PurePosixPath(location).parts
        if not parts or any(part in {"/", ".."} or "\\" in part or "\0" in part for part in parts):
            raise ConfigurationError(
                "archive.location",
                Text(ru="Место файла выводит за пределы архива.", en="A file's location leads out of the archive."),
            )
        return self.root.joinpath(*parts)


def _write_through(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    """Force the folder's own entry to the medium, so that the move survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _failure(location: str, error: OSError) -> GatewayError:
    if error.errno in _FULL:
        return TransientError(
            "archive.disk_full",
            Text(
                ru=f"На носителе архива нет места: файл «{location}» не записан. Освободите место.",
                en=f"The archive's medium is full: the file '{location}' was not written. Free some space.",
            ),
            who=Party.COORDINATOR,
        )
    return ConfigurationError(
        "archive.medium_failed",
        Text(
            ru=f"Носитель архива недоступен, файл «{location}»: {error.strerror}.",
            en=f"The archive's medium failed at '{location}': {error.strerror}.",
        ),
    )
