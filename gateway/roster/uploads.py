"""Lists that a person brings: kept for an hour, looked at, then carried out as shown, or thrown away."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import IO

from gateway.errors import GatewayError, Party, PlatformError, RuleViolation, SchemaError, Text
from gateway.model.ids import SchoolId
from gateway.model.roster_source import SourceKind
from gateway.ports.frame import Clock, NewId
from gateway.ports.roster_uploads import FileColumns, Upload, UploadStore
from gateway.roster.author import Author
from gateway.roster.preview import Confirmed, Preview
from gateway.roster.sync import RosterResult, RosterSync

KEPT = timedelta(hours=1)
"""How long files wait for a decision."""

MOST_FILES = 20
"""Files that may be brought at once."""

SUFFIXES: Mapping[SourceKind, tuple[str, ...]] = {
    SourceKind.LISTS: (".csv", ".xlsx"),
    SourceKind.ONEROSTER_FILES: (".zip",),
}
"""Kinds of source whose files a person may bring, and how the names of those end."""

_COLUMNS = "school_lists.columns"
"""Code of the refusal of a list whose columns do not tell what it is of."""

LEFT_OUT = "-"
"""Meaning of a column that is passed over."""

_LONGEST_NAME = 60
_LONGEST_REASON = 500
_HARMLESS = " ._-()№«»"


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A file as a browser gave it."""

    name: str = field(repr=False)
    content: IO[bytes] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a person is shown before deciding.

    Attributes:
        columns: what the columns of each list were taken for.
        preview: what would be done; ``None`` where the columns do not tell what a list is of.
        problem: what tells so.
    """

    columns: tuple[FileColumns, ...]
    preview: Preview | None
    problem: SchemaError | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterUploads:
    """What a person does with files for the roster of a school.

    Attributes:
        school: whose roster it is.
        sources: the sources of the school whose files may be brought, by name.
        store: where files wait.
        open: gives the sync of an upload with its files in a folder; it raises `SchemaError` when they are not what
            they should be.
        columns: tells what a list of an upload is taken for.
        clock: tells the present moment.
        new_id: gives random ids.
    """

    school: SchoolId
    sources: Mapping[str, SourceKind]
    store: UploadStore
    open: Callable[[Upload, Path], RosterSync]
    columns: Callable[[Upload, Path], FileColumns]
    clock: Clock
    new_id: NewId

    def bring(self, owner: str, source: str, given: Sequence[Given], *, whole: bool) -> Upload:
        """Keep files that can be read for their source; what cannot is told whole and not kept.

        Lists whose columns are not understood are kept, so that `look` may tell which are and which are not.

        Raises:
            RuleViolation: ``roster.upload_source``, ``roster.upload_files``, ``roster.upload_kind``,
                ``roster.upload_names``.
            SchemaError: they are no tables or packages.
            OSError: there is no room.
        """
        self.sweep()
        files = _named(given, self._suffixes(source))
        upload = Upload(
            id=self.new_id(),
            school=self.school,
            owner=owner,
            source=source,
            whole=whole and self.sources[source] is SourceKind.LISTS,
            brought_at=self.clock(),
        )
        kept = self.store.keep(upload, files)
        with ExitStack() as undone:
            undone.callback(self.store.drop, kept.id)
            try:
                self._sync(kept, self.store.place(kept.id))
            except SchemaError as error:
                if error.code != _COLUMNS:
                    raise
            undone.pop_all()
        return kept

    def waiting(self, upload_id: str, owner: str) -> Upload | None:
        """Return what somebody has brought and not yet decided about, ``None`` if there is no such thing of theirs."""
        self.sweep()
        found = self.store.get(upload_id)
        return found if found is not None and (found.school, found.owner) == (self.school, owner) else None

    def lists(self, upload: Upload) -> tuple[FileColumns, ...]:
        """Return what the columns of each list of an upload are taken for; packages have none."""
        if self.sources[upload.source] is not SourceKind.LISTS:
            return ()
        return tuple(self.columns(upload, self.store.place(upload.id) / one.name) for one in upload.files)

    def look(self, upload: Upload) -> Seen:
        """Return what would be done; nothing of it is kept. Files that cannot be read to the end are thrown away.

        Raises:
            PlatformError: they cannot be; the text tells why.
        """
        place, columns = self.store.place(upload.id), self.lists(upload)
        try:
            preview = self._sync(upload, place).preview()
        except SchemaError as error:
            return Seen(columns=columns, preview=None, problem=error)
        except PlatformError:
            self.store.drop(upload.id)
            raise
        return Seen(columns=columns, preview=preview)

    def say_columns(self, upload: Upload, said: Mapping[str, Mapping[str, str]]) -> Upload:
        """Keep what the columns of the upload's lists mean, as long as it waits; ``said`` is by file and column.

        Columns that the lists do not have are passed over.

        Raises:
            RuleViolation: ``roster.upload_meanings``: two columns of a list would mean the same; nothing is kept.
            GatewayError: ``roster.upload_gone``: it waits no longer.
        """
        place = self.store.place(upload.id)
        kept: dict[str, Mapping[str, str]] = {}
        for file in (one.name for one in upload.files if one.name in said):
            there = {
                name: said[file][name] for name in self.columns(upload, place / file).columns if name in said[file]
            }
            told = Counter(meaning for meaning in there.values() if meaning != LEFT_OUT)
            if any(number > 1 for number in told.values()):
                raise _refused(
                    "roster.upload_meanings",
                    Text(
                        ru="Двум столбцам одного списка дан один смысл. Выберите каждому свой или «пропускается»; "
                        "прежний выбор остался.",
                        en="Two columns of one list were given the same meaning. Choose one of its own for each, or "
                        "leave one out; the choice before stands.",
                    ),
                )
            kept[file] = there
        found = self.store.say_columns(upload.id, kept)
        if found is None:
            raise upload_gone()
        return found

    def confirm(self, upload: Upload, digest: str, *, author: Author) -> RosterResult:
        """Carry out what was shown: the run has the upload's id. The files are gone afterwards.

        Whatever fails without having changed anything lets them wait on, but for files that cannot be read.

        Raises:
            GatewayError: ``roster.upload_gone``: somebody was first.
            RuleViolation: ``roster.preview_outdated``: it would do something else than was shown.
            PlatformError: the files cannot be read to the end.
        """
        place = self.store.take(upload.id)
        if place is None:
            raise upload_gone()
        with ExitStack() as undone:
            undone.callback(self.store.put_back, upload.id)
            sync, confirmed = self._sync(upload, place), Confirmed(digest=digest, author=_because_of(author, upload))
            try:
                result = sync.run(run_id=upload.id, confirmed=confirmed)
            except PlatformError:
                undone.pop_all()
                self.store.drop(upload.id)
                raise
            undone.pop_all()
        self.store.drop(upload.id)
        return result

    def cancel(self, upload: Upload) -> None:
        """Throw files away; nothing was done with them."""
        self.store.drop(upload.id)

    def sweep(self) -> int:
        """Throw away what nobody has decided about in time; return how many uploads that were."""
        return self.store.drop_brought_before(self.clock() - KEPT)

    def _sync(self, upload: Upload, place: Path) -> RosterSync:
        return self.open(upload, place)

    def _suffixes(self, source: str) -> tuple[str, ...]:
        if source not in self.sources:
            raise _refused(
                "roster.upload_source",
                Text(
                    ru="Выберите, чьи это файлы: такого источника у школы нет.",
                    en="Choose whose files these are: the school has no such source.",
                ),
            )
        return SUFFIXES[self.sources[source]]


def upload_gone() -> GatewayError:
    """Return the refusal of what waits no longer."""
    return GatewayError(
        "roster.upload_gone",
        Text(
            ru="Этих файлов больше нет: они уже загружены, отменены или пролежали больше часа. Загрузите их ещё раз.",
            en="These files are no longer here: they were carried out, cancelled or left for over an hour. Upload them "
            "again.",
        ),
        who=Party.SENDER,
    )


def harmless(name: str) -> str:
    """Return a file's name without folders and signs that mean something to a system; its ending in lower case."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    stem, _, suffix = last.rpartition(".")
    kept = "".join(sign if sign.isalnum() or sign in _HARMLESS else "_" for sign in stem).strip(" .")
    return f"{kept[:_LONGEST_NAME].strip(' .') or 'list'}.{suffix.casefold()}"


def _named(given: Sequence[Given], suffixes: Collection[str]) -> list[tuple[str, IO[bytes]]]:
    if not given or len(given) > MOST_FILES:
        raise _refused(
            "roster.upload_files",
            Text(
                ru=f"Выберите файлы: хотя бы один, не больше {MOST_FILES}.",
                en=f"Choose files: at least one, at most {MOST_FILES}.",
            ),
        )
    files = [(harmless(one.name), one.content) for one in given]
    if not all(name.endswith(tuple(suffixes)) for name, _ in files):
        known = ", ".join(sorted(suffixes))
        raise _refused(
            "roster.upload_kind",
            Text(
                ru=f"Этот источник читает файлы {known}. Таблицу другого вида сохраните как «Книга Excel (.xlsx)».",
                en=f"This source reads files {known}. Save another kind of table as 'Excel Workbook (.xlsx)'.",
            ),
        )
    if len({name.casefold() for name, _ in files}) < len(files):
        raise _refused(
            "roster.upload_names",
            Text(
                ru="Два файла называются одинаково. Переименуйте один из них.",
                en="Two files have the same name. Rename one of them.",
            ),
        )
    return files


def _because_of(author: Author, upload: Upload) -> Author:
    """Return who answers, with the files as the reason."""
    return replace(author, reason=", ".join(one.name for one in upload.files)[:_LONGEST_REASON])


def _refused(code: str, text: Text) -> RuleViolation:
    return RuleViolation(code, text, who=Party.SENDER)
