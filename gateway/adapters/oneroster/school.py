"""Finding our school among the organisations that a provider lets us see: the check of a token's reach."""

from __future__ import annotations

from gateway.adapters.oneroster.client import OneRosterClient
from gateway.adapters.oneroster.reading import ListQuery, Taker, read_list
from gateway.errors import Party, PermanentError, Text
from gateway.mapping.oneroster import Org, is_tombstone, read_org

_LIMIT = 1000
_LIST = "orgs"


def own_org(client: OneRosterClient, school_identifier: str) -> Org:
    """Return our school's organisation: the one of the settings, else the one whose identifier is the registry's.

    Raises:
        PermanentError: ``oneroster.school_not_visible``, ``oneroster.school_ambiguous``.
        PlatformError: the list could not be read.
    """
    found: dict[str, Org] = {}

    def take(rows: tuple[object, ...]) -> int:
        before = len(found)
        orgs = [read_org(row) for row in rows if isinstance(row, dict) and not is_tombstone(row)]
        found.update({org.id: org for org in orgs if org.id})
        return len(found) - before

    read_list(client, ListQuery(name=_LIST, address=_LIST, limit=_LIMIT), Taker(take, found.clear))
    own = client.settings.school
    ours = [one for one in found.values() if (one.id == own if own else one.identifier == school_identifier)]
    if len(ours) > 1:
        ours = [one for one in ours if one.type == "school"] or ours
    if len(ours) == 1:
        return ours[0]
    raise _ambiguous(len(ours)) if ours else _not_visible(client.settings.name, len(found))


def _not_visible(source: str, number: int) -> PermanentError:
    told = (
        Text(
            ru="Список организаций пуст, хотя ответ успешен (статус 200)",
            en="The list of organisations is empty although the answer is a success (status 200)",
        )
        if number == 0
        else Text(
            ru=f"Среди видимых организаций ({number}) нашей школы нет: токен выдан для другой",
            en=f"Our school is not among the organisations we can see ({number}): the token is for another one",
        )
    )
    return PermanentError(
        "oneroster.school_not_visible",
        Text(
            ru=f"Источник «{source}»: {told.ru}. Ничего не изменено. Попросите поставщика дать токену права на школу; "
            f"если у неё там другой код, укажите rosters.{source}.school_sourced_id.",
            en=f"Source '{source}': {told.en}. Nothing was changed. Ask the provider to give the token rights for the "
            f"school; if it has another code there, set rosters.{source}.school_sourced_id.",
        ),
        who=Party.PLATFORM_OPERATOR,
    )


def _ambiguous(number: int) -> PermanentError:
    return PermanentError(
        "oneroster.school_ambiguous",
        Text(
            ru=f"У поставщика OneRoster организаций с кодом нашей школы – {number}: укажите school_sourced_id.",
            en=f"The OneRoster provider has {number} organisations with our school's code: set school_sourced_id.",
        ),
        who=Party.COORDINATOR,
    )
