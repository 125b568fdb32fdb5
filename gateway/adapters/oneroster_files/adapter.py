"""A folder of OneRoster CSV packages as a `RosterSource`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.adapters.oneroster_files import words
from gateway.adapters.oneroster_files.layers import Layers, open_layers
from gateway.adapters.oneroster_files.places import with_places
from gateway.adapters.oneroster_files.reading import Reading
from gateway.adapters.oneroster_files.settings import OneRosterFilesSettings
from gateway.errors import SchemaError, Text
from gateway.mapping.oneroster import read_org
from gateway.mapping.oneroster_csv import object_in
from gateway.mapping.oneroster_gathering import GUARDIAN_ROLES, STAFF_ROLES, Gathering
from gateway.mapping.oneroster_snapshot import read_snapshot
from gateway.model.ids import SchoolId
from gateway.model.roster import RecordKind, RosterSnapshot
from gateway.model.roster_known import NOTHING_KNOWN, Known
from gateway.model.school import School
from gateway.schemas.oneroster_csv import ROSTER_FILES

_NEVER_OTHERS_ONLY = ("classes", "users", "enrollments")


class OneRosterFilesAdapter:
    """Reads one school's roster from packages: the newest bulk file of each kind with the deltas after it.

    The snapshot is complete when every file of a roster came whole at some time, no row denies its manifest, no id
    stands twice, nothing that a record of ours refers to is missing, and there are rows of ours in each list. With
    deltas only it is partial: nobody is missed for it, and a ``tobedeleted`` is told in the remarks.
    """

    def __init__(
        self,
        settings: OneRosterFilesSettings,
        *,
        clock: Callable[[], datetime],
        known: Callable[[SchoolId], Known] = lambda _school: NOTHING_KNOWN,
    ) -> None:
        """Take where the packages are and who tells what we know of the source's people."""
        self._settings = settings
        self._clock = clock
        self._known = known

    def snapshot(self, school: School) -> RosterSnapshot:
        """Return what the packages say of the school.

        Raises:
            PermanentError: ``oneroster_files.nothing``, ``oneroster_files.refused``,
                ``oneroster_files.school_not_there``.
        """
        try:
            return self.read(school)
        except SchemaError as error:
            raise words.refused(error) from error

    def read(self, school: School) -> RosterSnapshot:
        """Return what the packages say of the school; what is wrong with them is told whole.

        Raises:
            SchemaError: ``oneroster_csv.refused`` with every fault.
            PermanentError: as for `snapshot`.
        """
        with open_layers(self._settings.folder) as layers:
            if not any(layers.has(name) for name in ROSTER_FILES):
                return self._unchanged(school)
            today = self._clock().astimezone(ZoneInfo(school.zone)).date()
            org = self._org(layers, school)
            known, source = self._known(school.id), self._settings.name
            reading = Reading(
                layers=layers,
                gathered=Gathering(org=org, today=today),
                school=school.id,
                source=source,
                known=known,
            )
            reading.read()
            partial = not all(layers.has_bulk(name) for name in ROSTER_FILES)
            made = read_snapshot(
                reading.gathered,
                school=school.id,
                source=source,
                known=known,
                doubts=tuple(_doubts(reading)),
            )
            return replace(
                made,
                rejected=(*with_places(layers, made.rejected), *reading.rejected),
                protected=made.protected | reading.protected,
                remarks=tuple(_remarks(reading)),
                partial=partial,
                numbers=_numbers(reading),
            )

    def check(self) -> None:
        """Look at names, manifests and headers, without judging rows.

        Raises:
            SchemaError: ``oneroster_csv.refused`` with every fault.
            PermanentError: ``oneroster_files.nothing``.
        """
        with open_layers(self._settings.folder):
            pass

    def close(self) -> None:
        """Nothing is kept open between readings."""

    def _unchanged(self, school: School) -> RosterSnapshot:
        return RosterSnapshot(source=self._settings.name, school=school.id, remarks=(words.no_changes(),), partial=True)

    def _org(self, layers: Layers, school: School) -> str:
        """Return the school's id in the packages; a delta need not repeat its organisation, so the settings' is taken.

        Raises:
            PermanentError: ``oneroster_files.school_not_there``.
        """
        orgs = [read_org(object_in(one.row.cells)) for one in layers.rows("orgs") if one.stands]
        own = self._settings.school
        ours = [one for one in orgs if (one.id == own if own else one.identifier == school.registry_id)]
        if len(ours) > 1:
            ours = [one for one in ours if one.type == "school"] or ours
        if len(ours) == 1:
            return ours[0].id
        if own and not layers.has_bulk("orgs"):
            return own
        raise words.school_not_there(self._settings.name, len(orgs))


def _doubts(reading: Reading) -> Iterator[Text]:
    layers = reading.layers
    yield from (words.conflict(name) for name in sorted(layers.conflicts))
    yield from (words.twice(name, number) for name, number in reading.twice.items())
    yield from (words.dangling(name, target, number) for (name, target), number in reading.dangling.items())
    yield from (words.broken_rows(name, number) for name, number in reading.broken.items())
    for name in _NEVER_OTHERS_ONLY:
        if layers.has_bulk(name) and not reading.ours[name]:
            yield words.none_of_ours(name, reading.rows[name])


def _remarks(reading: Reading) -> Iterator[Text]:
    whole = [name for name in ROSTER_FILES if reading.layers.has_bulk(name)]
    if whole:
        yield from (words.not_whole(name) for name in ROSTER_FILES if name not in whole)
    if reading.tombstones:
        yield words.tombstones(reading.tombstones)


def _numbers(reading: Reading) -> dict[tuple[RecordKind, str], tuple[str, ...]]:
    gathered = reading.gathered
    found = {}
    for user in gathered.users.values():
        here = gathered.roles_here(user)
        kinds = {
            RecordKind.PUPIL: gathered.is_pupil(user),
            RecordKind.STAFF: any(role in STAFF_ROLES for role in here),
            RecordKind.GUARDIAN: any(one.role in GUARDIAN_ROLES for one in user.roles),
        }
        if told := reading.numbers.get(user.id):
            found.update({(kind, user.id): told for kind, is_one in kinds.items() if is_one})
    return found
