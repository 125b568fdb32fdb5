"""What we know already of a source's people: what it may leave unsaid, and whom it should not forget in silence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from gateway.model.roster import Fields, RecordKind, RosterState, Rows, active_rows
from gateway.model.roster_link import Link, LinkState

_PEOPLE_AND_CLASSES = (RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.STAFF, RecordKind.CLASS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """Our records in force that are linked to a source, by the ids they have there.

    Attributes:
        records: by kind and id at the source, our fields; holds personal data.
        guardianships: by ids of guardian and pupil at the source, our fields.
        staff_ids: ids at the source of members of staff, by ours.
        enrolled: pupils' ids at the source who sit in a class now.
        places: of them, the class's id at the source (empty: it has none there) and the first day in it.
        read_at: when the source was read whole the last time.
    """

    records: Mapping[RecordKind, Mapping[str, Fields]] = field(default_factory=dict, repr=False)
    guardianships: Mapping[tuple[str, str], Fields] = field(default_factory=dict, repr=False)
    staff_ids: Mapping[str, str] = field(default_factory=dict)
    enrolled: frozenset[str] = field(default=frozenset(), repr=False)
    places: Mapping[str, tuple[str, date]] = field(default_factory=dict, repr=False)
    read_at: datetime | None = None

    def of(self, kind: RecordKind) -> Mapping[str, Fields]:
        """Return the records of one kind by their ids at the source."""
        return self.records.get(kind, {})


NOTHING_KNOWN = Known()


def known_of(links: Iterable[Link], state: RosterState, today: date, *, read_at: datetime | None = None) -> Known:
    """Return what we know of the people and classes that the links of one source name."""
    in_force = active_rows(state.rows, today)
    ids: dict[RecordKind, dict[str, list[str]]] = {kind: {} for kind in RecordKind}
    for link in links:
        if link.state is LinkState.ACTIVE:
            ids[link.kind].setdefault(link.id, []).append(link.source_id)
    records = {
        kind: {
            source_id: in_force[kind][ours,]
            for ours, source_ids in ids[kind].items()
            if (ours,) in in_force[kind]
            for source_id in source_ids
        }
        for kind in _PEOPLE_AND_CLASSES
    }
    pupils = ids[RecordKind.PUPIL]
    return Known(
        records=records,
        guardianships=_guardianships(in_force, ids[RecordKind.GUARDIAN], pupils),
        staff_ids={ours: source_ids[0] for ours, source_ids in ids[RecordKind.STAFF].items()},
        enrolled=frozenset(
            source_id
            for row in in_force[RecordKind.ENROLLMENT].values()
            if str(row["valid_from"]) <= today.isoformat()
            for source_id in pupils.get(str(row["pupil"]), ())
        ),
        places=_places(in_force, ids[RecordKind.CLASS], pupils, today),
        read_at=read_at,
    )


def _places(
    in_force: Rows, classes: Mapping[str, list[str]], pupils: Mapping[str, list[str]], today: date
) -> dict[str, tuple[str, date]]:
    return {
        source_id: (
            next(iter(classes.get(str(row["school_class"]), ())), ""),
            date.fromisoformat(str(row["valid_from"])),
        )
        for row in in_force[RecordKind.ENROLLMENT].values()
        if str(row["valid_from"]) <= today.isoformat()
        for source_id in pupils.get(str(row["pupil"]), ())
    }


def _guardianships(
    in_force: Rows, guardians: Mapping[str, list[str]], pupils: Mapping[str, list[str]]
) -> dict[tuple[str, str], Fields]:
    return {
        (guardian, pupil): row
        for row in in_force[RecordKind.GUARDIANSHIP].values()
        for guardian in guardians.get(str(row["guardian"]), ())
        for pupil in pupils.get(str(row["pupil"]), ())
    }
