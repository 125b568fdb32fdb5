"""The registry as a `RosterSource`: all pages of one snapshot, and the proof that they are all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from lxml import etree

from gateway.adapters.registry.client import Page, SnapshotExpired
from gateway.errors import Text, TransientError
from gateway.mapping.registry_snapshot import count_kinds, read_snapshot
from gateway.model.roster import RosterSnapshot
from gateway.model.school import School

_BEGINNINGS = 3
"""How often a snapshot is begun when the roster keeps changing under the reader."""


class Pages(Protocol):
    """Gives pages of snapshots: a `gateway.adapters.registry.client.RegistryClient`."""

    def page(self, registry_school_id: str, *, snapshot_id: str | None, number: int) -> Page:
        """Return one page."""
        ...


class RegistryAdapter:
    """Reads a school's roster from the registry.

    A snapshot is complete when the registry says so, every page came from the same snapshot with the same totals, and
    the records of each kind are as many as the totals promise. If one of these fails, the snapshot says why
    (``doubts``), and nothing will be taken out of force for it.
    """

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def snapshot(self, school: School) -> RosterSnapshot:
        """Return everything the registry says of the school now.

        Raises:
            TransientError: ``registry.unstable`` when the roster changed three times while it was read, or what the
                client met.
            PermanentError: the registry does not know the school or refuses us.
            ContractChanged: the answer is not what the contract promises.
        """
        for _ in range(_BEGINNINGS):
            try:
                pages = tuple(self._of_one_snapshot(school.registry_id))
            except SnapshotExpired:
                continue
            records = [record for page in pages for record in page.records]
            return read_snapshot(records, school=school.id, doubts=_doubts(pages[0], records))
        raise TransientError(
            "registry.unstable",
            Text(
                ru=f"Состав школы в реестре менялся во время чтения {_BEGINNINGS} раза подряд.",
                en=f"The school's roster changed in the registry {_BEGINNINGS} times in a row while it was read.",
            ),
        )

    def _of_one_snapshot(self, registry_school_id: str) -> Iterator[Page]:
        first = self._pages.page(registry_school_id, snapshot_id=None, number=1)
        yield first
        for number in range(2, first.pages + 1):
            page = self._pages.page(registry_school_id, snapshot_id=first.snapshot_id, number=number)
            if (page.snapshot_id, page.pages, page.totals) != (first.snapshot_id, first.pages, first.totals):
                raise SnapshotExpired(
                    "registry.snapshot_changed",
                    Text(ru="Снимок состава изменился между страницами.", en="The snapshot changed between two pages."),
                )
            yield page


def _doubts(first: Page, records: Sequence[etree._Element]) -> tuple[Text, ...]:
    """Return why the snapshot is not proved complete, empty when it is."""
    received = count_kinds(records)
    doubts = [
        Text(
            ru=f"Записей «{kind}»: обещано {promised}, получено {received[kind]}.",
            en=f"Records '{kind}': {promised} promised, {received[kind]} received.",
        )
        for kind, promised in first.totals.items()
        if received[kind] != promised
    ]
    if not first.complete:
        doubts.append(
            Text(ru="Реестр сам назвал снимок неполным.", en="The registry itself calls the snapshot incomplete.")
        )
    return tuple(doubts)
