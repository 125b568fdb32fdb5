"""Proof that lists are whole: what a reading of them must show before anybody may count as absent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.adapters.oneroster import words
from gateway.adapters.oneroster.reading import Reading
from gateway.errors import Text
from gateway.mapping.oneroster_gathering import Collection, Gathering
from gateway.model.roster import RecordKind
from gateway.model.roster_known import Known

_FEWEST_KNOWN = 5
"""Fewer known records than that say nothing of renumbering."""

NEVER_EMPTY = (Collection.CLASSES, Collection.USERS, Collection.ENROLLMENTS)


def list_doubts(readings: Mapping[Collection, Reading]) -> Iterator[Text]:
    """Yield why the lists that say who is there are not proved complete; demographics only say when they were born."""
    proving = [one for collection, one in readings.items() if collection is not Collection.DEMOGRAPHICS]
    unannounced = [one.name for one in proving if one.announced is None and one.agreed is None and one.distinct]
    if unannounced:
        yield words.no_total(", ".join(unannounced))
    for one in proving:
        yield from _doubts_of(one)


def _doubts_of(one: Reading) -> Iterator[Text]:
    miscounted = one.announced is not None and one.announced != one.distinct
    if one.distinct == 0 and one.name in NEVER_EMPTY:
        yield words.empty(one.name)
    elif one.moved:
        yield words.moved(one)
    elif not one.pages_on and one.announced != one.distinct:
        yield words.no_further_pages(one)
    elif miscounted:
        yield words.wrong_count(one)
    elif one.repeated:
        yield words.repeated(one)
    if one.agreed is False:
        yield words.readings_differ(one.name)


def school_doubts(gathered: Gathering, readings: Mapping[Collection, Reading]) -> Iterator[Text]:
    """Yield a doubt for each list that has rows and none of the school."""
    ours = {
        Collection.CLASSES: bool(gathered.classes),
        Collection.USERS: any(gathered.is_pupil(user) for user in gathered.users.values()),
        Collection.ENROLLMENTS: bool(gathered.enrolments),
    }
    for collection, some in ours.items():
        one = readings.get(collection)
        if one is not None and one.distinct and not some:
            yield words.nobody_here(collection, one.distinct)


def renumbering_doubts(gathered: Gathering, known: Known) -> Iterator[Text]:
    """Yield a doubt for each kind of which less than half of the known ids came back."""
    present = {
        RecordKind.PUPIL: gathered.users.keys(),
        RecordKind.STAFF: gathered.users.keys(),
        RecordKind.CLASS: gathered.classes.keys(),
    }
    for kind, received in present.items():
        ids = known.of(kind).keys()
        found = len(ids & received)
        if received and len(ids) >= _FEWEST_KNOWN and found * 2 < len(ids):
            yield words.renumbered(kind, len(ids), found)


def without_class(gathered: Gathering, known: Known) -> frozenset[str]:
    """Return known pupils who are still at the school and have lost their class."""
    placed = {one.user for one in gathered.enrolments.values() if one.role == "student"}
    return frozenset(one for one in known.enrolled if one in gathered.users and one not in placed)


def absent(gathered: Gathering, known: Known) -> dict[RecordKind, list[str]]:
    """Return known pupils, staff and classes that a list did not mention at all, not even as gone."""
    lists = {
        RecordKind.PUPIL: Collection.USERS,
        RecordKind.STAFF: Collection.USERS,
        RecordKind.CLASS: Collection.CLASSES,
    }
    return {
        kind: [one for one in known.of(kind) if not gathered.has_seen(collection, one)]
        for kind, collection in lists.items()
    }
