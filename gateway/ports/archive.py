"""What the archive needs: the journal of a class, the registry, a place for files, somebody who sets the pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.model.archive import ArchiveEntry, ArchiveSource
from gateway.model.ids import ClassId, PeriodId
from gateway.ports.frame import Unit


class ArchiveRepository(Protocol):
    """The journal as the archive reads it, and the append-only registry."""

    def source(self, period: PeriodId, school_class: ClassId) -> ArchiveSource | None:
        """Return everything that goes into the file, ``None`` if class or period is unknown."""
        ...

    def classes(self, period: PeriodId) -> Sequence[ClassId]:
        """Return the classes the period is for, by grade and letter (R-ARCH-28)."""
        ...

    def of_period(self, period: PeriodId) -> Sequence[ArchiveEntry]:
        """Return the registry's entries of a period, all versions."""
        ...

    def entries(self) -> Sequence[ArchiveEntry]:
        """Return the whole registry by file name and version."""
        ...

    def add(self, entry: ArchiveEntry) -> bool:
        """Add an entry; ``False`` if this version of the file is there already.

        Until the transaction ends, another one that adds the same version waits.
        """
        ...


class ArchiveUnit(Unit, Protocol):
    """A unit of the archive's flows."""

    @property
    def archive(self) -> ArchiveRepository:
        """Journal and registry."""
        ...


class ArchiveStore(Protocol):
    """Where the files lie."""

    def write(self, location: str, content: bytes) -> None:
        """Put a file there, whole and safe on the medium, or not at all; what lay there is replaced.

        Raises:
            TransientError: ``archive.disk_full``.
            ConfigurationError: ``archive.medium_failed``.
        """
        ...

    def read(self, location: str) -> bytes | None:
        """Return a file, ``None`` if there is none.

        Raises:
            ConfigurationError: ``archive.medium_failed``.
        """
        ...


class JournalRenderer(Protocol):
    """Sets the pages of a class journal."""

    def render(self, source: ArchiveSource, *, at: datetime) -> bytes:
        """Return the journal as PDF/A-2u, made at ``at``; equal arguments give equal bytes.

        Raises:
            DocumentError: ``archive.not_typeset``.
        """
        ...
