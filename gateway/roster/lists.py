"""Lists of a school for systems that match their own records with ours: people, classes, groups, subjects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.model.ids import PupilId
from gateway.model.journal_records import RecordKind as JournalKind
from gateway.model.pupil_data import Actor
from gateway.model.roster import ListedRecord, RecordKind
from gateway.model.school import StudyGroup, Subject
from gateway.ports.frame import Clock, NewId, ReadingUnits, Units
from gateway.ports.roster_lists import RosterListsReading, ViewsUnit


class Listed(StrEnum):
    """What there are lists of (R-EXCH-04)."""

    PUPILS = "pupils"
    GUARDIANS = "guardians"
    CLASSES = "classes"
    STAFF = "staff"
    GROUPS = "groups"
    SUBJECTS = "subjects"


ROSTER = {
    Listed.PUPILS: RecordKind.PUPIL,
    Listed.GUARDIANS: RecordKind.GUARDIAN,
    Listed.CLASSES: RecordKind.CLASS,
    Listed.STAFF: RecordKind.STAFF,
}
"""Lists of what the registry brings; the others are of what the journal system brought itself."""


AnyListed = ListedRecord | StudyGroup | Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPage:
    """Entries of a list by id; ``more`` tells that others follow."""

    records: Sequence[AnyListed] = field(repr=False)
    more: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterLists:
    """The lists of one school."""

    units: Units[ViewsUnit]
    readings: ReadingUnits[RosterListsReading]
    clock: Clock
    new_id: NewId

    def page(self, listed: Listed, *, after: str | None, limit: int, reader: Actor) -> ListPage:
        """Return the records that follow an id, by id, and keep at which pupils' data was looked."""
        with self.readings() as reading:
            found = _listed(reading, listed, after, limit + 1)
        page = ListPage(records=found[:limit], more=len(found) > limit)
        looks = ((pupil, f"roster.{listed}") for one in page.records for pupil in _pupils(one))
        if views := reader.views(looks, at=self.clock(), new_id=self.new_id):
            with self.units() as unit:
                unit.views.add(views)
        return page


def _listed(reading: RosterListsReading, listed: Listed, after: str | None, limit: int) -> Sequence[AnyListed]:
    if listed in ROSTER:
        return reading.roster.listing(ROSTER[listed], after=after, limit=limit)
    key = None if after is None else (after,)
    return [held.record for held in reading.records.page(JournalKind(listed), after=key, limit=limit, where={})]


def _pupils(one: AnyListed) -> Iterator[PupilId]:
    """Yield the pupils that an entry tells something of; of groups it is not told who is in them."""
    if isinstance(one, ListedRecord):
        if one.kind is RecordKind.PUPIL:
            yield PupilId(one.id)
        yield from one.pupils
