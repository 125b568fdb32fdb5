"""What a provider really does, found out by asking: the adapter behaves accordingly, and people can be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from gateway.adapters.oneroster.answers import ErrorBody, NotAllowed, NotThere, Page, QueryRefused
from gateway.adapters.oneroster.client import OneRosterClient
from gateway.adapters.oneroster.settings import Dialect
from gateway.adapters.oneroster.token import TokenForm
from gateway.mapping.oneroster import source_id

_NOWHERE = "no-such-id-0f3c"
_FAR_FUTURE = "2999-01-01T00:00:00.000Z"
_MODEST_PAGE = 100
"""The standard's default, for who refuses larger ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """What a provider does.

    Attributes:
        dialect: the version that it speaks.
        token_form: where it wants to read who we are.
        demographics: whether it gives us birth dates and sex.
        total: whether it announces how many rows a list has, in header or body.
        users: how many users it announces, ``None`` if it does not.
        link: whether it links the pages.
        page: rows that it really gives at once; ``clamped`` tells that more were asked for.
        clamped: whether it gives fewer in silence.
        sort: whether ``sort`` and ``orderBy`` change the order.
        filters: whether a filter for a field is obeyed.
        school_filter: whether lists can be cut down to one school.
        changes: whether a filter for ``dateLastModified`` is obeyed.
        nested: whether lists below a school (``/schools/{id}/classes``) are there.
        errors: how it words a refusal.
    """

    dialect: Dialect
    token_form: TokenForm | None
    demographics: bool
    total: bool
    users: int | None
    link: bool
    page: int
    clamped: bool
    sort: bool
    filters: bool
    school_filter: bool
    changes: bool
    nested: bool
    errors: ErrorBody | None

    def as_json(self) -> dict[str, object]:
        """Return the findings by name."""
        return asdict(self)


def probe(client: OneRosterClient, org: str) -> Capabilities:
    """Find out what the provider does; ``org`` is our school's id there. Some fifteen small requests.

    Raises:
        PlatformError: the provider gives no list of users at all.
    """
    asked, first = _first_page(client)
    page, clamped = _page_size(client, first, asked)
    before = client.experience.error_bodies.copy()
    client.one(f"orgs/{_NOWHERE}")
    return Capabilities(
        dialect=client.dialect,
        token_form=client.tokens.form,
        demographics=_gives(client, "demographics"),
        total=first.announced is not None,
        users=first.announced,
        link=first.has_link,
        page=page,
        clamped=clamped,
        sort=_sorts(client),
        filters=_cuts(client, "users", f"sourcedId='{_NOWHERE}'", all_rows=first),
        school_filter=_cuts(client, "users", f"roles.org.sourcedId='{_NOWHERE}'", all_rows=first)
        and _finds(client, "users", f"roles.org.sourcedId='{org}'"),
        changes=_cuts(client, "users", f"dateLastModified>'{_FAR_FUTURE}'", all_rows=first),
        nested=_gives(client, f"schools/{org}/classes"),
        errors=next(iter(client.experience.error_bodies - before), None),
    )


def _first_page(client: OneRosterClient) -> tuple[int, Page]:
    try:
        return client.settings.page, client.page("users", {"limit": client.settings.page, "offset": 0})
    except QueryRefused:
        return _MODEST_PAGE, client.page("users", {"limit": _MODEST_PAGE, "offset": 0})


def _page_size(client: OneRosterClient, first: Page, asked: int) -> tuple[int, bool]:
    """Return how many rows come at once, and whether that is fewer than asked for although there are more."""
    size = len(first.rows)
    if not 0 < size < asked:
        return asked, False
    more = size < first.announced if first.announced is not None else None
    if more is None:
        more = bool(client.page("users", {"limit": asked, "offset": size}).rows)
    return (size, True) if more else (asked, False)


def _sorts(client: OneRosterClient) -> bool:
    """Tell whether the last one comes first when asked to."""
    up = _ask(client, "users", {"limit": 1, "sort": "sourcedId", "orderBy": "asc"})
    down = _ask(client, "users", {"limit": 1, "sort": "sourcedId", "orderBy": "desc"})
    return up is not None and down is not None and _ids(up) != _ids(down)


def _cuts(client: OneRosterClient, address: str, expression: str, *, all_rows: Page) -> bool:
    """Tell whether a filter that nothing fulfils leaves nothing, and announces nothing."""
    page = _ask(client, address, {"limit": 1, "filter": expression})
    return bool(all_rows.rows) and page is not None and not page.rows and not page.announced


def _finds(client: OneRosterClient, address: str, expression: str) -> bool:
    page = _ask(client, address, {"limit": 1, "filter": expression})
    return page is not None and bool(page.rows)


def _gives(client: OneRosterClient, address: str) -> bool:
    page = _ask(client, address, {"limit": 1})
    return page is not None and bool(page.rows)


def _ask(client: OneRosterClient, address: str, query: Mapping[str, str | int]) -> Page | None:
    try:
        return client.page(address, query)
    except (NotThere, NotAllowed, QueryRefused):
        return None


def _ids(page: Page) -> list[str]:
    return [source_id(row) for row in page.rows if isinstance(row, Mapping)]
