"""A snapshot with our ids in the place of the source's: what is withheld taken out, what it may mean protected."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

from gateway.errors import Fault, Rejected, Text
from gateway.model.ids import ClassId, GuardianId, PupilId, StaffId
from gateway.model.matching_kind import Resolution
from gateway.model.matching_links import LinkBook
from gateway.model.matching_verdicts import Person
from gateway.model.people import Enrollment, Guardian, Guardianship, Pupil, Staff
from gateway.model.roster import Key, Protected, RecordKind, RosterSnapshot, RosterState
from gateway.model.school import SchoolClass

P = TypeVar("P", Pupil, Guardian, Staff, SchoolClass)

_ENDS: Mapping[RecordKind, tuple[RecordKind, ...]] = {
    RecordKind.STAFF: (RecordKind.STAFF,),
    RecordKind.CLASS: (RecordKind.CLASS,),
    RecordKind.PUPIL: (RecordKind.PUPIL,),
    RecordKind.GUARDIAN: (RecordKind.GUARDIAN,),
    RecordKind.GUARDIANSHIP: (RecordKind.GUARDIAN, RecordKind.PUPIL),
    RecordKind.ENROLLMENT: (RecordKind.PUPIL, RecordKind.CLASS),
}
"""Whose id each part of a key is; a further part is none."""


def with_our_ids(
    snapshot: RosterSnapshot, found: Mapping[RecordKind, Resolution], book: LinkBook, state: RosterState
) -> RosterSnapshot:
    """Return the snapshot of our people and classes; the very same one where nothing is called otherwise."""
    return _Rewriting(snapshot=snapshot, found=found, book=book, state=state).done()


@dataclass(kw_only=True)
class _Rewriting:
    snapshot: RosterSnapshot
    found: Mapping[RecordKind, Resolution]
    book: LinkBook
    state: RosterState
    protected: set[Protected] = field(default_factory=set)
    rejected: list[Rejected] = field(default_factory=list)

    def done(self) -> RosterSnapshot:
        told = self.snapshot
        if all(self._is_as_it_was(kind, ones) for kind, ones in self._people()) and not self._renamed_elsewhere():
            return told
        guardianships = tuple(self._guardianships())
        enrollments = tuple(self._enrollments())
        self._protect_withheld()
        return replace(
            told,
            pupils=tuple(self._of_kind(RecordKind.PUPIL, told.pupils)),
            guardians=tuple(self._of_kind(RecordKind.GUARDIAN, told.guardians)),
            staff=tuple(self._of_kind(RecordKind.STAFF, told.staff)),
            classes=tuple(self._with_teacher(one) for one in self._of_kind(RecordKind.CLASS, told.classes)),
            guardianships=guardianships,
            enrollments=enrollments,
            rejected=(*told.rejected, *self.rejected),
            protected=frozenset(self._our(one) for one in told.protected) | self.protected,
        )

    # who is who

    def _people(self) -> Iterator[tuple[RecordKind, tuple[Person, ...]]]:
        told = self.snapshot
        yield RecordKind.STAFF, told.staff
        yield RecordKind.CLASS, told.classes
        yield RecordKind.PUPIL, told.pupils
        yield RecordKind.GUARDIAN, told.guardians

    def _is_as_it_was(self, kind: RecordKind, ones: Iterable[Person]) -> bool:
        one_of = self.found[kind]
        return not (one_of.withheld or one_of.whole) and all(one_of.ids[one.source_id] == one.id for one in ones)

    def _renamed_elsewhere(self) -> bool:
        """Tell whether something names a record that is not in the snapshot and is called otherwise here."""
        if not (self.snapshot.protected or self.snapshot.partial):
            return False
        here = {(kind, one.id) for kind, ones in self._people() for one in ones}
        named = {(kind, id_) for one in self.snapshot.protected for kind, id_ in _named(one)}
        if self.snapshot.partial:
            named |= {(RecordKind.PUPIL, one.pupil) for one in self.snapshot.enrollments}
            named |= {(RecordKind.CLASS, one.school_class) for one in self.snapshot.enrollments}
            named |= {(RecordKind.PUPIL, one.pupil) for one in self.snapshot.guardianships}
            named |= {(RecordKind.GUARDIAN, one.guardian) for one in self.snapshot.guardianships}
        return any(self._elsewhere.get(one, one[1]) != one[1] for one in named - here)

    @cached_property
    def _elsewhere(self) -> Mapping[tuple[RecordKind, str], str]:
        """Our ids of records that are linked but not in the snapshot, by kind and provisional id."""
        return self.book.provisional()

    @cached_property
    def _ids(self) -> Mapping[RecordKind, Mapping[str, str | None]]:
        """Our ids by kind and provisional id; ``None`` for a record that is withheld."""
        return {
            kind: {one.id: self.found[kind].ids.get(one.source_id) for one in ones} for kind, ones in self._people()
        }

    def _id(self, kind: RecordKind, provisional: str) -> str | None:
        known = self._ids[kind]
        return known[provisional] if provisional in known else self._elsewhere.get((kind, provisional), provisional)

    # records

    def _of_kind(self, kind: RecordKind, ones: Iterable[P]) -> Iterator[P]:
        """Yield one record for each of ours; of several the one by whose number it is known stands."""
        ids, held = self.found[kind].ids, self.state.of(kind)
        alike: dict[str, list[P]] = defaultdict(list)
        for one in ones:
            if one.source_id in ids:
                alike[ids[one.source_id]].append(one)
        for ours, several in alike.items():
            before = held.get((ours,))
            number = None if before is None else str(before["source_id"])
            first = min(several, key=lambda one: (one.source_id != number, one.source_id))
            yield _called(first, ours, self._number(kind, ours, first.source_id, number))

    def _number(self, kind: RecordKind, ours: str, told: str, before: str | None) -> str:
        """Return the number that stands in our record: that of the source it came from, until this one changes it."""
        if before is None or before == told:
            return told
        has_meant_it = (kind, before, ours) in self.book.meanings
        if not has_meant_it and all((one.source_id, one.id) != (before, ours) for one in self.found[kind].links):
            return before
        link = self.book.active.get((kind, before))
        is_out_of_sight = link is not None and self.book.ours(link) == ours and not self.snapshot.complete
        return before if is_out_of_sight else told

    def _with_teacher(self, one: SchoolClass) -> SchoolClass:
        """Return a class with our id of its teacher; while that is not known, it keeps the teacher it has."""
        if one.class_teacher is None:
            return one
        teacher = self._id(RecordKind.STAFF, one.class_teacher)
        if teacher is None:
            before = self.state.of(RecordKind.CLASS).get((one.id,), {}).get("class_teacher")
            return replace(one, class_teacher=None if before is None else StaffId(str(before)))
        return one if teacher == one.class_teacher else replace(one, class_teacher=StaffId(teacher))

    # relations

    def _guardianships(self) -> Iterator[Guardianship]:
        seen: set[Key] = set()
        for one in self.snapshot.guardianships:
            guardian = self._id(RecordKind.GUARDIAN, one.guardian)
            pupil = self._id(RecordKind.PUPIL, one.pupil)
            if guardian is None or pupil is None or (guardian, pupil) in seen:
                continue
            seen.add((guardian, pupil))
            yield Guardianship(
                guardian=GuardianId(guardian),
                pupil=PupilId(pupil),
                relation=one.relation,
                valid_from=one.valid_from,
                valid_to=one.valid_to,
            )

    def _enrollments(self) -> Iterator[Enrollment]:
        """Yield the enrolments; where two records are one pupil, that pupil sits in one class at a time (R-ROST-20)."""
        twice = self._met_twice
        taken: dict[str, list[Enrollment]] = defaultdict(list)
        for one in self.snapshot.enrollments:
            pupil = self._id(RecordKind.PUPIL, one.pupil)
            in_class = self._id(RecordKind.CLASS, one.school_class)
            if pupil is None or in_class is None:
                if pupil is not None:
                    self.protected.add(Protected(kind=RecordKind.ENROLLMENT, prefix=(pupil,)))
                continue
            ours = Enrollment(
                pupil=PupilId(pupil), school_class=ClassId(in_class), valid_from=one.valid_from, valid_to=one.valid_to
            )
            if pupil in twice:
                if any(_overlap(ours, other) for other in taken[pupil]):
                    if ours not in taken[pupil]:
                        self.rejected.append(_two_classes(one))
                    continue
                taken[pupil].append(ours)
            yield ours

    @cached_property
    def _met_twice(self) -> frozenset[str]:
        counted = Counter(self.found[RecordKind.PUPIL].ids.values())
        return frozenset(ours for ours, records in counted.items() if records > 1)

    # what must not be missed

    def _our(self, one: Protected) -> Protected:
        kinds = (*_ENDS[one.kind], *(None,) * len(one.prefix))
        parts = tuple(
            part if kind is None else self._id(kind, part) or part
            for kind, part in zip(kinds, one.prefix, strict=False)
        )
        return Protected(kind=one.kind, prefix=parts)

    def _protect_withheld(self) -> None:
        for kind, resolution in self.found.items():
            if resolution.whole:
                self.protected |= {Protected(kind=kind), *(Protected(kind=one) for one in _hanging_on(kind))}
            for ours in resolution.protected:
                self.protected.add(Protected(kind=kind, prefix=(ours,)))
                if kind is RecordKind.PUPIL:
                    self.protected.add(Protected(kind=RecordKind.ENROLLMENT, prefix=(ours,)))
                if kind is RecordKind.GUARDIAN:
                    self.protected.add(Protected(kind=RecordKind.GUARDIANSHIP, prefix=(ours,)))
        pupils, classes = self.found[RecordKind.PUPIL].protected, self.found[RecordKind.CLASS].protected
        self.protected |= {
            Protected(kind=RecordKind.GUARDIANSHIP, prefix=key)
            for key in self.state.of(RecordKind.GUARDIANSHIP)
            if key[1] in pupils
        }
        self.protected |= {
            Protected(kind=RecordKind.ENROLLMENT, prefix=key)
            for key in self.state.of(RecordKind.ENROLLMENT)
            if key[1] in classes
        }


def _called(one: P, ours: str, number: str) -> P:
    if (one.id, one.source_id) == (ours, number):
        return one
    changes: dict[str, Any] = {"id": ours, "source_id": number}
    return replace(one, **changes)


def _named(one: Protected) -> Iterator[tuple[RecordKind, str]]:
    yield from zip(_ENDS[one.kind], one.prefix, strict=False)


def _hanging_on(kind: RecordKind) -> tuple[RecordKind, ...]:
    """Return the relations that have an end of that kind."""
    relations = (RecordKind.GUARDIANSHIP, RecordKind.ENROLLMENT)
    return tuple(one for one in relations if kind in _ENDS[one])


def _overlap(one: Enrollment, other: Enrollment) -> bool:
    return (other.valid_to is None or one.valid_from <= other.valid_to) and (
        one.valid_to is None or other.valid_from <= one.valid_to
    )


def _two_classes(one: Enrollment) -> Rejected:
    label = f"{one.pupil}/{one.school_class}/{one.valid_from.isoformat()}"
    fault = Fault(
        code="roster.two_classes",
        text=Text(
            ru="Ученик, у которого в источнике две записи, уже зачислен в это время в другой класс.",
            en="The pupil, who has two records at the source, is already enrolled in a class at that time.",
        ),
        record=label,
        field="school_class",
        rule="R-ROST-20",
    )
    return Rejected(record=label, kind=RecordKind.ENROLLMENT.value, faults=(fault,), raw="")
