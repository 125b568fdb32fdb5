"""Files that wait for a person's decision, in a folder that only the gateway's own account may read.

An upload is a folder named by its id, with what is known of it in ``upload.json`` and its files in ``files/``. While it
is being written its name ends in ``.partial``, while somebody works on it in ``.taken``: a rename is what decides
between two who want the same.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import get_ident
from typing import IO, Any

from gateway.model.ids import SchoolId
from gateway.ports.roster_uploads import Upload, UploadedFile

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_PARTIAL, _TAKEN = ".partial", ".taken"
_FACTS, _FILES = "upload.json", "files"
_WORK = timedelta(hours=1)
"""How much longer files stay that somebody works on; after that whoever did was killed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadFolder:
    """Keeps uploads below ``root``; an id that could lead elsewhere is none that anything waits under."""

    root: Path

    def keep(self, upload: Upload, contents: Sequence[tuple[str, IO[bytes]]]) -> Upload:
        """Keep files by their names, all or none; return the upload with them.

        Raises:
            OSError: there is no room.
            ValueError: the id or a name could lead elsewhere.
        """
        if not _ID.fullmatch(upload.id) or any(Path(name).name != name for name, _ in contents):
            raise ValueError("an id or a name that could lead elsewhere")
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = self._folder(upload.id, _PARTIAL)
        with ExitStack() as undone:
            undone.callback(shutil.rmtree, partial, ignore_errors=True)
            partial.mkdir(mode=0o700)
            _write_facts(partial, upload)
            (partial / _FILES).mkdir(mode=0o700)
            sizes = {name: _write(partial / _FILES / name, content) for name, content in contents}
            kept = replace(upload, files=tuple(UploadedFile(name=name, size=sizes[name]) for name in sorted(sizes)))
            _write_facts(partial, kept)
            partial.rename(self._folder(upload.id))
            undone.pop_all()
        return kept

    def get(self, upload_id: str) -> Upload | None:
        """Return what waits under an id; ``None`` if nothing does, or somebody has taken it out."""
        return _facts(self._folder(upload_id)) if _ID.fullmatch(upload_id) else None

    def place(self, upload_id: str) -> Path:
        """Return the folder of the files of what waits."""
        return self._folder(upload_id) / _FILES

    def say_columns(self, upload_id: str, columns: Mapping[str, Mapping[str, str]]) -> Upload | None:
        """Keep what the columns of lists mean; return the upload with it, ``None`` where nothing waits any more."""
        known = self.get(upload_id)
        if known is None:
            return None
        said = replace(known, columns=columns)
        try:
            _write_facts(self._folder(upload_id), said)
        except FileNotFoundError:  # taken out, or thrown away, in this very moment
            return None
        return said

    def take(self, upload_id: str) -> Path | None:
        """Take files out; return their folder, ``None`` if another one was first or there are none."""
        if not _ID.fullmatch(upload_id):
            return None
        taken = self._folder(upload_id, _TAKEN)
        try:
            self._folder(upload_id).rename(taken)
        except FileNotFoundError:
            return None
        return taken / _FILES

    def put_back(self, upload_id: str) -> None:
        """Let files that were taken out wait again."""
        self._folder(upload_id, _TAKEN).rename(self._folder(upload_id))

    def drop(self, upload_id: str) -> None:
        """Remove files, waiting or taken out; that there are none is no error."""
        if _ID.fullmatch(upload_id):
            for state in ("", _TAKEN):
                shutil.rmtree(self._folder(upload_id, state), ignore_errors=True)

    def drop_brought_before(self, moment: datetime) -> int:
        """Remove everything that was brought before a moment; return how many uploads that were."""
        old = [
            folder
            for folder, brought_at in self._all()
            if brought_at < (moment - _WORK if folder.suffix == _TAKEN else moment)
        ]
        for folder in old:
            shutil.rmtree(folder, ignore_errors=True)
        return len(old)

    def _all(self) -> Iterator[tuple[Path, datetime]]:
        """Yield every upload, whatever its state, and when it was brought; for a broken one when it was written."""
        for folder in self.root.iterdir() if self.root.is_dir() else ():
            known = _facts(folder)
            if known is not None:
                yield folder, known.brought_at
            elif folder.exists():
                yield folder, datetime.fromtimestamp(folder.stat().st_mtime, UTC)

    def _folder(self, upload_id: str, state: str = "") -> Path:
        return self.root / f"{upload_id}{state}"


def _write(file: Path, content: IO[bytes]) -> int:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
        shutil.copyfileobj(content, kept)
        return kept.tell()


def _write_facts(folder: Path, upload: Upload) -> None:
    facts = {
        "id": upload.id,
        "school": upload.school,
        "owner": upload.owner,
        "source": upload.source,
        "whole": upload.whole,
        "brought_at": upload.brought_at.isoformat(),
        "files": [[one.name, one.size] for one in upload.files],
        "columns": {file: dict(meanings) for file, meanings in upload.columns.items()},
    }
    # A name of its own: two who write at once must not put each other's half into place.
    beside = folder / f"{_FACTS}-{os.getpid()}-{get_ident()}{_PARTIAL}"
    beside.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
    beside.replace(folder / _FACTS)


def _facts(folder: Path) -> Upload | None:
    try:
        facts: dict[str, Any] = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # gone meanwhile, or half of it written when the process was killed
        return None
    return Upload(
        id=facts["id"],
        school=SchoolId(facts["school"]),
        owner=facts["owner"],
        source=facts["source"],
        whole=facts["whole"],
        brought_at=datetime.fromisoformat(facts["brought_at"]),
        files=tuple(UploadedFile(name=name, size=size) for name, size in facts["files"]),
        columns=facts.get("columns", {}),
    )
