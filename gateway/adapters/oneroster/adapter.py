"""A OneRoster provider as a `RosterSource`: what it tells of one school, and whether that is proved to be all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.adapters.oneroster import words
from gateway.adapters.oneroster.client import OneRosterClient
from gateway.adapters.oneroster.lists import Lists, asked_from
from gateway.adapters.oneroster.probe import Capabilities, probe
from gateway.adapters.oneroster.proof import absent, list_doubts, renumbering_doubts, school_doubts, without_class
from gateway.adapters.oneroster.remarks import remarks
from gateway.adapters.oneroster.school import own_org
from gateway.adapters.oneroster.settings import settings_of
from gateway.errors import Text
from gateway.mapping.oneroster_gathering import Collection, Gathering
from gateway.mapping.oneroster_snapshot import read_snapshot
from gateway.model.ids import SchoolId
from gateway.model.roster import RecordKind, RosterSnapshot
from gateway.model.roster_known import NOTHING_KNOWN, Known
from gateway.model.school import School
from gateway.ports.frame import Progress, quietly

_MOST_LOOKS = 100
"""Missing records that are asked for one by one: more of them are stopped by the thresholds anyway."""

_LISTS: Mapping[RecordKind, Collection] = {
    RecordKind.CLASS: Collection.CLASSES,
    RecordKind.PUPIL: Collection.USERS,
    RecordKind.STAFF: Collection.USERS,
    RecordKind.GUARDIAN: Collection.USERS,
}


class OneRosterAdapter:
    """Reads one school's roster from a provider.

    A snapshot is complete when our school is visible, every list brought as many different objects as the provider
    announces, nothing came twice or moved meanwhile, nothing that a record refers to is missing, and nobody we know who
    is missing from a list can be had one by one. What fails is a doubt, and nothing is taken out of force for it.
    """

    def __init__(
        self,
        client: OneRosterClient,
        *,
        clock: Callable[[], datetime],
        known: Callable[[SchoolId], Known] = lambda _school: NOTHING_KNOWN,
        progress: Progress = quietly,
    ) -> None:
        """Take the client, and who tells what we know of the source's people."""
        self._client = client
        self._clock = clock
        self._known = known
        self._progress = progress
        self._found: Capabilities | None = None

    @property
    def found(self) -> Capabilities | None:
        """What the provider was found to do the last time it was read or asked; ``None`` before."""
        return self._found

    def snapshot(self, school: School) -> RosterSnapshot:
        """Return everything the provider says of the school now.

        Raises:
            TransientError: no usable answer, however often it was asked.
            PermanentError: the school is not visible to us (``oneroster.school_not_visible``), or we are refused.
            ContractChanged: the answer is not what OneRoster promises.
        """
        known = self._known(school.id)
        lists, gathered = self._begin(school)
        readings = {one: lists.read(one, gathered) for one in _read_here(lists.abilities)}
        doubts = (*list_doubts(readings), *school_doubts(gathered, readings), *renumbering_doubts(gathered, known))
        if not doubts:
            doubts = tuple(self._second_look(gathered, known, lists))
        read = self._mapped(gathered, school, known, doubts)
        said = remarks(lists.abilities, readings.values(), gathered.oddities, self._client.experience)
        lossy = tuple(self._lossy(gathered, known))
        until = self._client.began_at.isoformat() if lists.abilities.changes and not lossy else ""
        return replace(read, remarks=(*said, *lossy), until=until)

    def changes(self, school: School, since: str) -> RosterSnapshot:
        """Return what the provider says has changed since a reading began: partial, so that nobody is missed for it.

        Whoever is marked ``tobedeleted``, or has no role at the school any more, is only counted (``gone``).

        Args:
            school: whose roster it is.
            since: ``until`` of an earlier snapshot: the moment at which that reading began, by the provider's clock or
                by ours, whichever is earlier.

        Raises:
            PermanentError: the provider cannot tell changes (``oneroster.no_changes``), the mark is none of its
                (``oneroster.unknown_mark``), or as for `snapshot`.
        """
        begun, known = asked_from(since), self._known(school.id)
        lists, gathered = self._begin(school)
        gone = lists.read_changes(gathered, begun, known)
        read = self._mapped(gathered, school, known)
        said = remarks(lists.abilities, (), gathered.oddities, self._client.experience)
        until = self._client.began_at.isoformat()
        return replace(read, remarks=tuple(said), partial=True, until=until, gone=gone)

    def one(self, school: School, kind: RecordKind, source_id: str) -> RosterSnapshot:
        """Return a single pupil, guardian, member of staff or class as the provider has it now; partial.

        Raises:
            PlatformError: as for `snapshot`.
        """
        lists, gathered = self._begin(school)
        if kind is RecordKind.CLASS:
            lists.read(Collection.SESSIONS, gathered)
        lists.take_each(gathered, _LISTS[kind], [source_id])
        if kind is RecordKind.PUPIL:
            lists.take_each(gathered, Collection.DEMOGRAPHICS, [source_id])
            lists.take_missing(gathered, most=None)
        read = self._mapped(gathered, school, self._known(school.id))
        return replace(read, partial=True)

    def probe(self, school: School) -> Capabilities:
        """Find out what the provider does.

        Raises:
            PlatformError: it does not answer, or does not show us the school.
        """
        return self._begin(school)[0].abilities

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _begin(self, school: School) -> tuple[Lists, Gathering]:
        self._client.begin()
        org = own_org(self._client, school.registry_id).id
        self._found = abilities = probe(self._client, org)
        today = self._clock().astimezone(ZoneInfo(school.zone)).date()
        lists = Lists(client=self._client, abilities=abilities, org=org, progress=self._progress)
        return lists, Gathering(org=org, today=today)

    def _mapped(
        self, gathered: Gathering, school: School, known: Known, doubts: tuple[Text, ...] = ()
    ) -> RosterSnapshot:
        return read_snapshot(gathered, school=school.id, source=self._client.settings.name, known=known, doubts=doubts)

    def _second_look(self, gathered: Gathering, known: Known, lists: Lists) -> Iterator[Text]:
        """Ask once more for what is missing; yield a doubt for each list that withheld something."""
        if lists.cut_to_school:
            lists.take_missing(gathered, most=None)
        elif number := lists.take_missing(gathered, most=_MOST_LOOKS):
            yield words.list_skips(Collection.USERS, number)
        for kind, missing in absent(gathered, known).items():
            looked = Gathering(org=gathered.org, today=gathered.today)
            lists.take_each(looked, _LISTS[kind], missing[:_MOST_LOOKS])
            if number := len(looked.of(_LISTS[kind])):
                yield words.list_skips(_LISTS[kind], number)
        if lonely := without_class(gathered, known):
            before = gathered.seen(Collection.ENROLLMENTS)
            lists.read(Collection.ENROLLMENTS, gathered)
            if gathered.seen(Collection.ENROLLMENTS) != before:
                yield words.enrolments_differ(len(lonely))

    @staticmethod
    def _lossy(gathered: Gathering, known: Known) -> Iterator[Text]:
        """Yield a remark if people appeared since the last reading whose date says that they are older."""
        if known.read_at is None:
            return
        met = {source_id for records in known.records.values() for source_id in records}
        late = [one for one, moment in gathered.changed.items() if one not in met and moment < known.read_at]
        here = [one for one in late if gathered.roles_here(gathered.users[one])]
        if met and here:
            yield words.lossy_changes(len(here))


def _read_here(abilities: Capabilities) -> Iterator[Collection]:
    return (one for one in Collection if one is not Collection.DEMOGRAPHICS or abilities.demographics)


def open_source(
    name: str,
    words: Mapping[str, Any],
    *,
    clock: Callable[[], datetime],
    known: Callable[[SchoolId], Known] = lambda _school: NOTHING_KNOWN,
    progress: Progress = quietly,
) -> OneRosterAdapter:
    """Return the source of a section ``[rosters.NAME]``; whoever takes it closes it.

    Raises:
        ConfigurationError: ``oneroster.settings``.
    """
    client = OneRosterClient(settings_of(name, words), clock=clock)
    return OneRosterAdapter(client, clock=clock, known=known, progress=progress)
