"""Files that a person brings for the roster: what is known of them, and where they wait until the person decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from gateway.model.ids import SchoolId


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadedFile:
    """A file as it waits: its name, made harmless, and its size in bytes. A name may be that of a person."""

    name: str = field(repr=False)
    size: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """Files that wait for the decision of who brought them.

    Attributes:
        id: random; nobody comes upon it by counting.
        school: whose roster they are for.
        owner: login of who brought them and alone may look at them.
        source: name of the source of the settings whose files they are.
        whole: the owner says that the lists are complete.
        brought_at: when.
        files: in the order of their names.
        columns: what the owner said that the columns of lists mean, by file and column; ``-`` leaves a column out.
    """

    id: str
    school: SchoolId
    owner: str
    source: str
    whole: bool
    brought_at: datetime
    files: tuple[UploadedFile, ...] = ()
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class FileColumns:
    """What a list was taken for: ``kind`` is what it is of, ``meanings`` those of its columns; others are left out."""

    file: str = field(repr=False)
    kind: str
    columns: tuple[str, ...]
    meanings: Mapping[str, str]


class UploadStore(Protocol):
    """Where files wait. Who takes some out is the only one to have them."""

    def keep(self, upload: Upload, contents: Sequence[tuple[str, IO[bytes]]]) -> Upload:
        """Keep files by their names, all or none; return the upload with them.

        Raises:
            OSError: there is no room.
        """
        ...

    def get(self, upload_id: str) -> Upload | None:
        """Return what waits under an id; ``None`` if nothing does, or somebody has taken it out."""
        ...

    def place(self, upload_id: str) -> Path:
        """Return the folder of the files of what waits."""
        ...

    def say_columns(self, upload_id: str, columns: Mapping[str, Mapping[str, str]]) -> Upload | None:
        """Keep what the columns of lists mean; return the upload with it, ``None`` where nothing waits any more."""
        ...

    def take(self, upload_id: str) -> Path | None:
        """Take files out; return their folder, ``None`` if another one was first or there are none."""
        ...

    def put_back(self, upload_id: str) -> None:
        """Let files that were taken out wait again."""
        ...

    def drop(self, upload_id: str) -> None:
        """Remove files, waiting or taken out; that there are none is no error."""
        ...

    def drop_brought_before(self, moment: datetime) -> int:
        """Remove everything that was brought before a moment; return how many uploads that were."""
        ...
