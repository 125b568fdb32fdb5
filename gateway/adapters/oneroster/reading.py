"""Reading a list whole: on by the rows received, to an empty page, the first page once more, again if it moved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from gateway.adapters.oneroster.answers import Page
from gateway.adapters.oneroster.client import OneRosterClient
from gateway.mapping.oneroster import source_id

_BEGINNINGS = 3
"""How often a list is begun when it keeps moving under the reader."""

Query = Mapping[str, str | int]


@dataclass(frozen=True, kw_only=True, slots=True)
class ListQuery:
    """Where a list is, what is asked of it, how many rows at once; ``name`` is the standard's name of the list."""

    name: str
    address: str
    limit: int
    query: Query = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """How the reading of a list went.

    Attributes:
        name: of the list.
        limit: rows asked for at once.
        sizes: of the pages, the last (empty) one left out.
        distinct: different objects received.
        repeated: rows that had come before in the same reading.
        announced: rows the provider says there are; ``None`` if it says nothing.
        moved: the announced number or the first page changed while the list was read.
        pages_on: whether the provider goes on to further pages at all (``offset``).
        agreed: whether two whole readings brought the same objects; ``None`` if there was one only.
        beginnings: how often the list was begun.
    """

    name: str
    limit: int
    sizes: tuple[int, ...] = ()
    distinct: int = 0
    repeated: int = 0
    announced: int | None = None
    in_header: bool = False
    has_link: bool = False
    wrapper: str = ""
    moved: bool = False
    pages_on: bool = True
    agreed: bool | None = None
    beginnings: int = 1

    @property
    def is_steady(self) -> bool:
        """Whether nothing in the reading contradicts itself."""
        counts_agree = self.announced is None or self.announced == self.distinct
        return not self.moved and not self.repeated and counts_agree


class Taker:
    """Takes rows page by page; returns how many were new. ``forget`` begins anew."""

    def __init__(self, take: Callable[[tuple[object, ...]], int], forget: Callable[[], None]) -> None:
        self.take = take
        self.forget = forget


def read_list(client: OneRosterClient, asked: ListQuery, taker: Taker) -> Reading:
    """Read a list whole, up to three times until it does not contradict itself.

    Raises:
        PlatformError: the list could not be read.
    """
    reading = Reading(name=asked.name, limit=asked.limit)
    for beginning in range(1, _BEGINNINGS + 1):
        taker.forget()
        reading = replace(_read_once(client, asked, taker), beginnings=beginning)
        if reading.is_steady:
            break
    return reading


def _read_once(client: OneRosterClient, asked: ListQuery, taker: Taker) -> Reading:
    first = page = _page(client, asked, 0)
    sizes: list[int] = []
    distinct = received = 0
    moved, pages_on = False, True
    while page.rows:
        new = taker.take(page.rows)
        if not new and sizes:  # the same page again: the provider does not go on
            pages_on = False
            break
        sizes.append(len(page.rows))
        distinct += new
        received += len(page.rows)
        page = _page(client, asked, received)
        if not page.rows and first.announced is not None and received < first.announced:
            page = _page(client, asked, received)  # a second look: more was promised than came
        moved = moved or page.announced != first.announced
    again = _page(client, asked, 0)
    return Reading(
        name=asked.name,
        limit=asked.limit,
        sizes=tuple(sizes),
        distinct=distinct,
        repeated=received - distinct,
        announced=first.announced,
        in_header=first.in_header,
        has_link=first.has_link,
        wrapper=first.wrapper,
        moved=moved or not _begin_alike(first, again),
        pages_on=pages_on,
    )


def _page(client: OneRosterClient, asked: ListQuery, offset: int) -> Page:
    query = {**asked.query, "limit": asked.limit, "offset": offset}
    return client.page(asked.address, query, wanted=asked.name)


def _begin_alike(first: Page, again: Page) -> bool:
    """Tell whether two readings of the first page say the same, as far as both go; pages may come half full."""
    fewest = min(len(first.rows), len(again.rows))
    return bool(first.rows) == bool(again.rows) and _ids(first)[:fewest] == _ids(again)[:fewest]


def _ids(page: Page) -> tuple[str, ...]:
    return tuple(source_id(row) if isinstance(row, Mapping) else "" for row in page.rows)
