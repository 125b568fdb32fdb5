"""Which lists are asked of a provider and how, given what it is able to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from gateway.adapters.oneroster.answers import NotAllowed, QueryRefused
from gateway.adapters.oneroster.client import OneRosterClient
from gateway.adapters.oneroster.probe import Capabilities
from gateway.adapters.oneroster.reading import ListQuery, Reading, Taker, read_list
from gateway.errors import PermanentError, Text
from gateway.mapping.oneroster_gathering import Collection, Gathering
from gateway.mapping.oneroster_relations import other_ends, withdrawn
from gateway.model.roster import RecordKind
from gateway.model.roster_known import Known
from gateway.ports.frame import Progress, quietly

_OVERLAP = timedelta(hours=1)
"""For clocks that differ, and for what was written while the last reading went on."""

_FIRST_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)
"""No provider has told anything before: a mark from then is none of a reading."""

_MANY_USERS = 5000
"""From that many users on, a provider that can cut its lists down to a school is asked to."""

_SCHOOL_FIELDS: Mapping[Collection, str] = MappingProxyType(
    {
        Collection.CLASSES: "school.sourcedId",
        Collection.USERS: "roles.org.sourcedId",
        Collection.ENROLLMENTS: "school.sourcedId",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lists:
    """The lists of a provider for one school; ``org`` is its id there."""

    client: OneRosterClient
    abilities: Capabilities
    org: str
    progress: Progress = quietly

    @property
    def cut_to_school(self) -> bool:
        """Whether lists are asked for one school only; people of no school (guardians) may then be left out."""
        return self.abilities.school_filter and (self.abilities.users or _MANY_USERS) >= _MANY_USERS

    def read(self, collection: Collection, gathered: Gathering) -> Reading:
        """Read a list whole; twice where nothing is announced and the settings take that for proof.

        Raises:
            PlatformError: the list could not be read.
        """
        field = _SCHOOL_FIELDS.get(collection)
        try:
            only = f"{field}='{self.org}'" if field and self.cut_to_school else ""
            return self._read(collection, gathered, only)
        except QueryRefused:
            return self._read(collection, gathered, "")

    def read_changes(self, gathered: Gathering, since: datetime, known: Known) -> int:
        """Read sessions and classes whole, of the rest what has changed, and whom the changes name.

        Enrolments are read whole once one of them has changed, for several may be one place of ours; those of people
        and classes that nothing has changed for are let go again.

        Returns:
            How many records of ours the changes name as gone.

        Raises:
            PermanentError: ``oneroster.no_changes``: the provider does not obey a filter for ``dateLastModified``.
            PlatformError: a list could not be read.
        """
        if not self.abilities.changes:
            raise PermanentError(
                "oneroster.no_changes",
                Text(
                    ru="Поставщик OneRoster не умеет отдавать изменения по дате (filter по dateLastModified).",
                    en="The OneRoster provider cannot tell changes by date (a filter for dateLastModified).",
                ),
            )
        moment = f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        self.read(Collection.SESSIONS, gathered)
        self.read(Collection.CLASSES, gathered)
        changed = f"dateLastModified>'{moment}'"
        self._read(Collection.USERS, gathered, changed)
        self._read(Collection.ENROLLMENTS, gathered, changed)
        gone = gathered.gone_places
        if places := tuple(gathered.enrolments.values()):
            self.read(Collection.ENROLLMENTS, gathered)
            gathered.keep_places_like(places)
        if self.abilities.demographics:
            self.take_each(gathered, Collection.USERS, self._born_anew(gathered, changed, known))
        self.take_each(gathered, Collection.USERS, gathered.wards(known.of(RecordKind.PUPIL)))
        self.take_missing(gathered, most=None)
        asked = other_ends(gathered, known)
        self.take_each(gathered, Collection.USERS, asked)
        if self.abilities.demographics:
            self.take_each(gathered, Collection.DEMOGRAPHICS, [one.id for one in gathered.pupils()])
        return gone + len(gathered.no_longer_here(known)) + withdrawn(gathered, known, asked=asked)

    def _born_anew(self, gathered: Gathering, changed: str, known: Known) -> list[str]:
        """Return the pupils we know whose demographics have changed and who were in no list."""
        told = Gathering(org=gathered.org, today=gathered.today)
        self._read(Collection.DEMOGRAPHICS, told, changed)
        pupils = known.of(RecordKind.PUPIL)
        return [
            one
            for one in pupils
            if told.has_seen(Collection.DEMOGRAPHICS, one) and not gathered.has_seen(Collection.USERS, one)
        ]

    def take_missing(self, gathered: Gathering, *, most: int | None) -> int:
        """Ask for users who are named and were in no list, one by one; return how many the provider has."""
        return self.take_each(gathered, Collection.USERS, list(gathered.missing_users())[:most])

    def take_each(self, gathered: Gathering, collection: Collection, ids: Iterable[str]) -> int:
        """Ask for objects one by one; return how many the provider has."""
        return sum(gathered.take(collection, self.single(collection, one)) for one in ids)

    def single(self, collection: Collection, source_id: str) -> tuple[object, ...]:
        """Return an object by its id; nothing where it is not there or not for us."""
        try:
            body = self.client.one(f"{collection}/{source_id}")
        except (NotAllowed, QueryRefused):
            return ()
        if not isinstance(body, Mapping):
            return ()
        inside = [value for value in body.values() if isinstance(value, Mapping) and "sourcedId" in value]
        return (body,) if "sourcedId" in body else tuple(inside[:1])

    def _read(self, collection: Collection, gathered: Gathering, only: str) -> Reading:
        query: dict[str, str | int] = {"filter": only} if only else {}
        if self.abilities.sort:
            query |= {"sort": "sourcedId", "orderBy": "asc"}
        asked = ListQuery(name=collection, address=collection, limit=self.abilities.page, query=query)

        def take(rows: tuple[object, ...]) -> int:
            self.progress(collection, len(rows))
            return gathered.take(collection, rows)

        taker = Taker(take, lambda: gathered.forget(collection))
        reading = read_list(self.client, asked, taker)
        if reading.announced is not None or not self.client.settings.two_readings_prove:
            return reading
        before = gathered.seen(collection)
        again = read_list(self.client, asked, taker)
        return replace(again, agreed=gathered.seen(collection) == before)


def asked_from(mark: str) -> datetime:
    """Return from when on changes are asked for, given the moment at which an earlier reading began.

    Raises:
        PermanentError: ``oneroster.unknown_mark``: it is no such moment. A source of another kind may have left its own
            under the same name.
    """
    with suppress(ValueError):
        moment = datetime.fromisoformat(mark)
        if moment.tzinfo is not None and moment >= _FIRST_MOMENT:
            return moment - _OVERLAP
    raise PermanentError(
        "oneroster.unknown_mark",
        Text(
            ru="Отметка прошлого чтения оставлена не этим источником OneRoster.",
            en="The mark of the last reading was not left by this OneRoster source.",
        ),
    )
