"""Pages of our OneRoster provider: 1 000 users each, read one behind the other from the first to the last."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from hashlib import blake2b
from pathlib import Path
from uuid import UUID

from figure import Figure
from places import postgres_place

from gateway.bootstrap import Gateway
from gateway.model.ids import SchoolId
from gateway.model.oneroster import ObjectKind, ProviderObject, reference
from gateway.model.oneroster_query import Query
from gateway.provider.projection import digest_of
from gateway.settings import Settings

PAGE = 1000
TIMED = 20
"""So many pages at either end; both ends are read in turn, so that a busy machine slows both."""

_SCHOOL = SchoolId("school-1")
_DAY = date(2026, 9, 1)


def paging(folder: Path, *, users: int) -> Figure:
    """Return pages a second at the end of the list, beside those at its beginning."""
    with postgres_place(folder) as (address, _), Gateway(Settings(database_url=address)) as gateway:
        gateway.upgrade_database()
        with gateway.database.unit(_SCHOOL) as unit:
            unit.provider.put(((one, digest_of(one)) for one in _users(users)), at=datetime(2026, 9, 1, tzinfo=UTC))
        with gateway.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE provider_object")
        behind = sorted(_id(number) for number in range(users))[PAGE - 1 :: PAGE]
        first, last = [None, *behind[: TIMED - 1]], behind[-TIMED - 1 : -1]
        pairs = list(zip(first, last, strict=True))
        for pair in pairs[:2]:  # connections are opened, plans made
            _pages(gateway, pair)
        taken = [sum(times) for times in zip(*(_pages(gateway, pair) for pair in pairs), strict=True)]
    return Figure(
        name="roster_pages",
        value=TIMED / taken[1],
        unit="pages/s",
        bound=TIMED / taken[0],
        peers={"users": users, "last page": users // PAGE},
    )


def _pages(gateway: Gateway, pair: tuple[str | None, str | None]) -> list[float]:
    """Return the seconds that it took to read a page of the beginning, and one of the end."""
    return [_page(gateway, after) for after in pair]


def _page(gateway: Gateway, after: str | None) -> float:
    query = Query(kind=ObjectKind.USER, today=_DAY, limit=PAGE, after=after)
    with gateway.database.reading(_SCHOOL) as unit:
        started = time.perf_counter()
        page = unit.provider.page(query)
        taken = time.perf_counter() - started
    assert len(page.objects) == PAGE
    return taken


def _users(count: int) -> Iterator[ProviderObject]:
    org = reference(ObjectKind.ORG, _SCHOOL)
    for number in range(count):
        yield ProviderObject(
            kind=ObjectKind.USER,
            sourced_id=_id(number),
            body={
                "enabledUser": "true",
                "givenName": "Проба",
                "familyName": f"Пробина-{number}",
                "roles": [{"roleType": "primary", "role": "student", "org": org}],
            },
        )


def _id(number: int) -> str:
    return str(UUID(bytes=blake2b(number.to_bytes(8), digest_size=16).digest()))
