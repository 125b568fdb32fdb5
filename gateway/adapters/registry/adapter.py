"""The registry as a `RosterSource`: all pages of one snapshot, and the proof that they are all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Protocol

from gateway.adapters.registry.changes import ChangesMoved, ChangesPage, moved
from gateway.adapters.registry.client import Page, SnapshotExpired
from gateway.errors import ContractChanged, Text, TransientError
from gateway.mapping.registry_snapshot import SnapshotReader
from gateway.model.roster import RecordKind, RosterSnapshot
from gateway.model.roster_kind_names import KIND_NAMES
from gateway.model.school import School
from gateway.ports.frame import Progress, quietly

_BEGINNINGS = 3
"""How often a snapshot is begun when the roster keeps changing under the reader."""


class Pages(Protocol):
    """Gives pages of snapshots: a `gateway.adapters.registry.client.RegistryClient`."""

    def page(self, registry_school_id: str, *, snapshot_id: str | None, number: int) -> Page:
        """Return one page."""
        ...

    def changes_page(self, registry_school_id: str, *, since: str, until: str | None, number: int) -> ChangesPage:
        """Return one page of what has changed."""
        ...


class RegistryAdapter:
    """Reads a school's roster from the registry.

    A snapshot is complete when the registry says so, every page came from the same snapshot with the same totals, and
    the records of each kind are as many as the totals promise. If one of these fails, the snapshot says why
    (``doubts``), and nothing will be taken out of force for it.
    """

    def __init__(self, pages: Pages, *, progress: Progress = quietly) -> None:
        self._pages = pages
        self._progress = progress

    def telling(self, progress: Progress) -> RegistryAdapter:
        """Return the same source, which tells how far it has come."""
        return RegistryAdapter(self._pages, progress=progress)

    def snapshot(self, school: School) -> RosterSnapshot:
        """Return everything the registry says of the school now.

        Raises:
            TransientError: ``registry.unstable`` when the roster changed three times while it was read, or what the
                client met.
            PermanentError: the registry does not know the school or refuses us.
            ContractChanged: the answer is not what the contract promises.
        """
        for _ in range(_BEGINNINGS):
            reader = SnapshotReader(school.id)
            try:
                first = self._read(school.registry_id, reader)
            except SnapshotExpired:
                continue
            return replace(reader.snapshot(doubts=_doubts(first, reader.counts)), until=first.snapshot_id)
        raise TransientError(
            "registry.unstable",
            Text(
                ru=f"Состав школы в реестре менялся во время чтения {_BEGINNINGS} раза подряд.",
                en=f"The school's roster changed in the registry {_BEGINNINGS} times in a row while it was read.",
            ),
        )

    def changes(self, school: School, since: str) -> RosterSnapshot:
        """Return what has changed since an earlier reading; partial, so that nobody is missed for it.

        Raises:
            PermanentError: ``registry.no_changes``: the registry speaks contract 1.0; ``registry.cursor_expired``.
            TransientError: ``registry.changes_moved`` when the roster changed three times meanwhile, or what the client
                met.
            ContractChanged: the answer is not what the contract promises.
        """
        for _ in range(_BEGINNINGS):
            reader = SnapshotReader(school.id)
            try:
                first = self._read_changes(school.registry_id, since, reader)
            except ChangesMoved:
                continue
            read = reader.snapshot(doubts=tuple(_wrong_totals(first.totals, reader.counts)))
            return replace(read, partial=True, until=first.cursor, gone=first.gone)
        raise moved()

    def _read(self, registry_school_id: str, reader: SnapshotReader) -> Page:
        """Read all pages of one snapshot; return the first one, which says how many there are of everything."""
        first = self._pages.page(registry_school_id, snapshot_id=None, number=1)
        _refuse_endless(first, first)
        reader.take(first.records)
        self._progress("roster", len(first.records))
        for number in range(2, first.pages + 1):
            page = self._pages.page(registry_school_id, snapshot_id=first.snapshot_id, number=number)
            if (page.snapshot_id, page.pages, page.totals) != (first.snapshot_id, first.pages, first.totals):
                raise SnapshotExpired(
                    "registry.snapshot_changed",
                    Text(ru="Снимок состава изменился между страницами.", en="The snapshot changed between two pages."),
                )
            _refuse_endless(first, page)
            reader.take(page.records)
            self._progress("roster", len(page.records))
        return first

    def _read_changes(self, registry_school_id: str, since: str, reader: SnapshotReader) -> ChangesPage:
        """Read all pages of the changes; return the first one, which says how many there are of everything."""
        first = self._pages.changes_page(registry_school_id, since=since, until=None, number=1)
        _refuse_endless(first, first)
        reader.take(first.records)
        self._progress("changes", len(first.records))
        for number in range(2, first.pages + 1):
            page = self._pages.changes_page(registry_school_id, since=since, until=first.cursor, number=number)
            if (page.pages, page.totals) != (first.pages, first.totals):
                raise moved()
            _refuse_endless(first, page)
            reader.take(page.records)
            self._progress("changes", len(page.records))
        return first


def _refuse_endless(first: Page | ChangesPage, page: Page | ChangesPage) -> None:
    """Refuse pages that would never end: more than records are promised, or one without records before the last.

    Raises:
        ContractChanged: ``registry.endless_pages``.
    """
    is_hollow = not page.records and page.number < first.pages
    if is_hollow or first.pages > max(sum(first.totals.values()), 1):
        raise ContractChanged(
            "registry.endless_pages",
            Text(
                ru=f"Реестр объявил страниц: {first.pages}, а записей на них нет (страница {page.number}).",
                en=f"The registry announced {first.pages} pages, and there are no records on them (page "
                f"{page.number}).",
            ),
        )


def _doubts(first: Page, received: Mapping[RecordKind, int]) -> tuple[Text, ...]:
    """Return why the snapshot is not proved complete, empty when it is."""
    doubts = [*_wrong_totals(first.totals, received)]
    if not first.complete:
        doubts.append(
            Text(ru="Реестр сам назвал снимок неполным.", en="The registry itself calls the snapshot incomplete.")
        )
    return tuple(doubts)


def _wrong_totals(promised: Mapping[RecordKind, int], received: Mapping[RecordKind, int]) -> Iterator[Text]:
    for kind, number in promised.items():
        if received[kind] != number:
            yield Text(
                ru=f"Записей «{KIND_NAMES[kind].ru}»: обещано {number}, получено {received[kind]}.",
                en=f"Records '{KIND_NAMES[kind].en}': {number} promised, {received[kind]} received.",
            )
