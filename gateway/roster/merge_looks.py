"""Two records that may be one person, looked at side by side before anybody makes them one: nothing is kept of it.

What a merge would do is found out by doing it and taking it back, so that the page can refuse nothing that the merge
would do, and promise nothing that it would refuse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace

from gateway.errors import GatewayError
from gateway.model.person_merge import MERGED_KINDS, Merge
from gateway.model.roster import Fields, RecordKind, RosterState, called
from gateway.model.roster_link import Link, LinkState
from gateway.ports.frame import Units
from gateway.ports.roster_links import MatchingUnit
from gateway.roster.author import Author
from gateway.roster.people import PersonMerges
from gateway.roster.preview import nothing_kept

MOST_FOUND = 30
"""People that a search shows; who looks for more has to say more of the name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundPerson:
    """A record that a search found: its id, its fields, the ids of its classes."""

    id: str
    fields: Fields = field(repr=False)
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeSide:
    """One of the two records.

    Attributes:
        person: the record.
        relatives: ids of the guardians of a pupil, of the pupils of a guardian.
        links: what sources call the record.
        naming: how many rows name the record, by table.
    """

    person: FoundPerson
    relatives: tuple[str, ...]
    links: tuple[Link, ...]
    naming: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeLook:
    """Both records, and why they cannot be made one (``None``: they can)."""

    kind: RecordKind
    one: MergeSide
    other: MergeSide
    problem: GatewayError | None

    def differs(self, name: str) -> bool:
        """Tell whether both records say something of a field, and not the same."""
        left, right = self.one.person.fields.get(name), self.other.person.fields.get(name)
        return bool(left) and bool(right) and left != right


@dataclass(frozen=True, kw_only=True, slots=True)
class MergeLooks:
    """What somebody looks at who is about to make two records of a school one."""

    merges: PersonMerges

    def find(self, kind: RecordKind, text: str) -> Sequence[FoundPerson]:
        """Return people of a kind in whose name, birth date or id every word stands; absorbed records are left out."""
        words = _folded(text).split()
        if kind not in MERGED_KINDS or not words:
            return ()
        with self._units() as unit:
            state, gone = unit.roster.state(), unit.roster_merges.aliases()
        found = [
            _person(state, kind, key[0])
            for key, held in state.of(kind).items()
            if key[0] not in gone and all(word in _searched(key[0], held) for word in words)
        ]
        return sorted(found, key=lambda one: (_folded(called(one.fields)), one.id))[:MOST_FOUND]

    def named(self, kind: RecordKind, ids: Sequence[str]) -> Sequence[FoundPerson]:
        """Return the records with the ids, in their order; an id that nobody has is left out."""
        with self._units() as unit:
            state = unit.roster.state()
        return [_person(state, kind, one) for one in ids if (one,) in state.of(kind)]

    def look(self, kind: RecordKind, one: str, other: str) -> MergeLook | None:
        """Return both records side by side; ``None`` where one of them is not there or both are the same."""
        with self._units() as unit:
            state = unit.roster.state()
            if kind not in MERGED_KINDS or one == other or not {(one,), (other,)} <= state.of(kind).keys():
                return None
            sides = [_side(unit, state, kind, id_) for id_ in (one, other)]
        return MergeLook(kind=kind, one=sides[0], other=sides[1], problem=self._refused(kind, one, other))

    def merge(self, merge_id: str) -> Merge | None:
        """Return a merge with everything that it moved."""
        with self._units() as unit:
            return unit.roster_merges.get(merge_id)

    @property
    def _units(self) -> Units[MatchingUnit]:
        return self.merges.units

    def _refused(self, kind: RecordKind, kept: str, absorbed: str) -> GatewayError | None:
        author = Author(actor="", role="", channel="")
        try:
            with nothing_kept(self._units) as unit:
                replace(self.merges, units=lambda: nullcontext(unit)).merge(kind, kept, absorbed, author=author)
        except GatewayError as problem:
            return problem
        return None


def _side(unit: MatchingUnit, state: RosterState, kind: RecordKind, id_: str) -> MergeSide:
    pairs = [(str(row["guardian"]), str(row["pupil"])) for row in state.of(RecordKind.GUARDIANSHIP).values()]
    guardians = tuple(guardian for guardian, pupil in pairs if kind is RecordKind.PUPIL and pupil == id_)
    children = tuple(pupil for guardian, pupil in pairs if kind is RecordKind.GUARDIAN and guardian == id_)
    return MergeSide(
        person=_person(state, kind, id_),
        relatives=guardians + children,
        links=tuple(one for one in unit.roster_links.of(kind, {id_}) if one.state is LinkState.ACTIVE),
        naming=Counter(unit.roster_merges.naming(kind, id_)),
    )


def _person(state: RosterState, kind: RecordKind, id_: str) -> FoundPerson:
    seats = (row for row in state.of(RecordKind.ENROLLMENT).values() if row["pupil"] == id_)
    led = (key[0] for key, row in state.of(RecordKind.CLASS).items() if row["class_teacher"] == id_)
    classes = {
        RecordKind.PUPIL: lambda: (str(row["school_class"]) for row in seats if row["valid_to"] is None),
        RecordKind.STAFF: lambda: led,
    }.get(kind, lambda: iter(()))()
    return FoundPerson(id=id_, fields=state.of(kind)[id_,], classes=tuple(sorted(classes)))


def _searched(id_: str, fields: Fields) -> str:
    day = str(fields.get("birth_date") or "")
    as_written = ".".join(reversed(day.split("-")))
    return _folded(f"{called(fields)} {id_} {fields.get('source_id') or ''} {day} {as_written}")


def _folded(text: str) -> str:
    return text.casefold().replace("ё", "е")
