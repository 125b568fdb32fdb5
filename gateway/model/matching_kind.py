"""Matching the records of one kind: linked ones checked, the others compared, what is not sure withheld."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from gateway.errors import Text
from gateway.model.file_place import FilePlace
from gateway.model.matching_cases import Candidate, Case, CaseReason, ProposedLink
from gateway.model.matching_index import ProfileIndex, Ranked
from gateway.model.matching_links import LinkBook, former_number
from gateway.model.matching_rules import MatchRules, Profile, is_another, profile_of
from gateway.model.matching_verdicts import Comparison, Person, Sought, Verdict
from gateway.model.people import Guardian, Pupil, Staff
from gateway.model.roster import Fields, RecordKind, RosterSnapshot, RosterState, snapshot_rows
from gateway.model.roster_link import CREATED, Link
from gateway.model.school import SchoolClass

BY_PERSON = "person"
"""Rule of a link that a person made."""

_SURE = 100
_ALMOST_SURE = 99
_MOST_CANDIDATES = 10
_STRANGERS_FROM = 10
"""Linked records from which it means something that none of them is in the list."""


@dataclass(kw_only=True, slots=True)
class Resolution:
    """What the records of one kind are.

    Attributes:
        ids: our ids by the ids at the source.
        withheld: ids at the source of the records that wait for a person.
        protected: our ids that those may mean.
        whole: nothing of the kind may be missed.
        links: found by rules.
        cases: for a person.
        doubts: why nothing may leave.
    """

    ids: dict[str, str] = field(default_factory=dict)
    withheld: set[str] = field(default_factory=set)
    protected: set[str] = field(default_factory=set)
    whole: bool = False
    links: list[Link] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    doubts: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class KindMatching:
    """The records of one kind of a snapshot, and everything they are compared with.

    ``ignored`` are ids at the source; ``pupils`` are what the pupils of the snapshot have been found to be.
    """

    kind: RecordKind
    snapshot: RosterSnapshot
    state: RosterState
    book: LinkBook
    rules: MatchRules
    now: datetime
    ignored: Collection[str]
    pupils: Resolution

    def resolved(self) -> Resolution:
        """Return what the records are."""
        done = Resolution()
        linked, loose = self._by_links(done)
        others = [one for one in linked if self._is_another(one, done.ids[one.source_id])]
        if not (loose or others):
            return done
        self._compare(done, linked=linked, others=others, loose=loose)
        return done

    # what the links say

    def _by_links(self, done: Resolution) -> tuple[list[Person], list[Person]]:
        """Take the ids that the links give; return the linked records and those that no link knows."""
        linked: list[Person] = []
        loose: list[Person] = []
        held = self.state.of(self.kind)
        for one in _records(self.snapshot, self.kind):
            link = self.book.active.get((self.kind, one.source_id))
            if one.source_id in self.ignored:
                done.withheld.add(one.source_id)
                done.protected.update([self.book.ours(link)] if link else [])
                continue
            if link is None and (self.kind, one.source_id) not in self.book.known and (one.id,) in held:
                link = self._link(one, one.id, confidence=_SURE, rule=CREATED)
                done.links.append(link)
            if link is None:
                loose.append(one)
            else:
                linked.append(one)
                done.ids[one.source_id] = self.book.ours(link)
        return linked, sorted(loose, key=lambda one: one.source_id)

    def _is_another(self, one: Person, ours: str) -> bool:
        held = self.state.of(self.kind).get((ours,))
        if held is None or _looks_the_same(one, held):
            return False
        link = self.book.active.get((self.kind, one.source_id))
        if link is not None and link.rule == BY_PERSON:
            return False
        fields = _fields_of(self.snapshot, self.kind, [one])[one.source_id]
        return is_another(profile_of(self.kind, ours, fields), profile_of(self.kind, ours, held))

    # what the comparison says

    def _compare(self, done: Resolution, *, linked: list[Person], others: list[Person], loose: list[Person]) -> None:
        fields = _fields_of(self.snapshot, self.kind, [*linked, *loose])

        def sought(one: Person) -> Sought:
            told = fields[one.source_id]
            return Sought(record=one, fields=told, profile=self._profile(one, told))

        unsure, changed = [sought(one) for one in loose], [sought(one) for one in others]
        asked = frozenset(handle for one in (*unsure, *changed) for handle in one.profile.handles())
        held = ProfileIndex(kind=self.kind, rules=self.rules, asked=asked)
        held.add(self._held_profiles())
        hidden = () if self.snapshot.complete else {ours for kind, ours in self.book.source_ids if kind is self.kind}
        comparison = Comparison(kind=self.kind, rules=self.rules, held=held, out_of_sight=hidden)
        is_other = {one.source_id for one in others}
        for one in linked:
            if one.source_id not in is_other:
                comparison.claimed[done.ids[one.source_id]].append(self._profile(one, fields[one.source_id]))
        verdicts = [comparison.of_other(one, done.ids.pop(one.record.source_id)) for one in changed]
        self._settle(done, [*verdicts, *comparison.verdicts(unsure)])

    # what follows

    def _settle(self, done: Resolution, verdicts: list[Verdict]) -> None:
        reason = self._reason_of_many(verdicts)
        if reason is not None:
            self._hold_all(done, verdicts, reason)
            return
        for verdict in verdicts:
            one = verdict.sought.record
            if verdict.linked is not None or (verdict.possible and verdict.certain is None):
                self._ask(done, verdict)
            elif verdict.certain is not None:
                done.ids[one.source_id] = verdict.certain.id
                rule = "+".join(each.rule for each in verdict.certain.judgement.evidence if each.weight > 0)
                score = min(verdict.certain.judgement.score, _ALMOST_SURE)
                done.links.append(self._link(one, verdict.certain.id, confidence=score, rule=rule))
            else:
                done.ids[one.source_id] = one.id

    def _ask(self, done: Resolution, verdict: Verdict) -> None:
        ranked = [Candidate(id=verdict.linked, score=0)] if verdict.linked is not None else []
        ranked += [
            Candidate(id=one.id, score=one.judgement.score, evidence=one.judgement.evidence)
            for one in verdict.possible[:_MOST_CANDIDATES]
        ]
        done.withheld.add(verdict.source_id)
        done.protected.update(one.id for one in ranked)
        done.cases.append(
            Case(
                source=self.snapshot.source,
                kind=self.kind,
                source_id=verdict.source_id,
                reason=CaseReason.AMBIGUOUS if verdict.linked is None else CaseReason.ANOTHER_PERSON,
                record=verdict.sought.fields,
                candidates=tuple(ranked),
                place=self._place(verdict),
            )
        )

    def _reason_of_many(self, verdicts: list[Verdict]) -> CaseReason | None:
        held = self.state.of(self.kind)
        linked = {ours for kind, ours in self.book.source_ids if kind is self.kind and (ours,) in held}
        here = {one.source_id for one in _records(self.snapshot, self.kind)}
        moved = sum(verdict.linked is not None or self._has_moved(verdict.likeliest, here) for verdict in verdicts)
        if self.rules.is_renumbering(moved, len(linked)):
            return CaseReason.RENUMBERED
        gone = sum(here.isdisjoint(self.book.source_ids[self.kind, ours]) for ours in linked)
        new = sum(verdict.likeliest is None for verdict in verdicts)
        is_of_people = self.kind in {RecordKind.PUPIL, RecordKind.STAFF} and not self.snapshot.partial
        if is_of_people and len(linked) >= _STRANGERS_FROM and 2 * gone > len(linked) and 2 * new > len(here):
            return CaseReason.STRANGERS
        return None

    def _has_moved(self, likeliest: Ranked | None, here: Collection[str]) -> bool:
        """Tell whether somebody whom the source had under a number that is gone seems to have come under another."""
        if likeliest is None or self.snapshot.partial:
            return False
        before = self.book.source_ids.get((self.kind, likeliest.id), ())
        return bool(before) and not any(source_id in here for source_id in before)

    def _hold_all(self, done: Resolution, verdicts: list[Verdict], reason: CaseReason) -> None:
        """Let nothing of the kind flow that was not linked before, and ask once."""
        done.whole = True
        done.withheld.update(verdict.source_id for verdict in verdicts)
        proposed = tuple(
            ProposedLink(
                source_id=verdict.source_id,
                id=verdict.certain.id if verdict.certain else verdict.sought.record.id,
                score=verdict.certain.judgement.score if verdict.certain else 0,
                place=self._place(verdict),
            )
            for verdict in verdicts
            if verdict.certain or (reason is CaseReason.STRANGERS and not verdict.possible)
        )
        done.cases.append(
            Case(
                source=self.snapshot.source,
                kind=self.kind,
                source_id="",
                reason=reason,
                proposed=proposed,
                records=len(verdicts),
            )
        )
        done.doubts = (_doubt(self.snapshot.source, self.kind, reason, len(verdicts)),)

    # values

    def _place(self, verdict: Verdict) -> FilePlace | None:
        return self.snapshot.places.get((self.kind, verdict.source_id))

    def _link(self, one: Person, ours: str, *, confidence: int, rule: str) -> Link:
        return Link(
            source=self.snapshot.source,
            kind=self.kind,
            source_id=one.source_id,
            id=ours,
            confidence=confidence,
            rule=rule,
            linked_at=self.now,
        )

    def _profile(self, one: Person, fields: Fields) -> Profile:
        told = self.snapshot.numbers.get((self.kind, one.source_id), ())
        numbers = frozenset((*told, former_number(self.snapshot.source, one.source_id)))
        return profile_of(self.kind, one.id, fields, numbers=numbers, children=self._children(one))

    def _children(self, one: Person) -> frozenset[str]:
        return frozenset(self._children_told.get(one.id, ()))

    @cached_property
    def _children_told(self) -> Mapping[str, set[str]]:
        """Our ids of the pupils whom the source gives into each guardian's care, by the guardian's provisional id."""
        children: dict[str, set[str]] = defaultdict(set)
        if self.kind is RecordKind.GUARDIAN:
            pupils = {one.id: self.pupils.ids.get(one.source_id) for one in self.snapshot.pupils}
            for ship in self.snapshot.guardianships:
                if (pupil := pupils.get(ship.pupil)) is not None:
                    children[ship.guardian].add(pupil)
        return children

    def _held_profiles(self) -> Iterator[Profile]:
        children: dict[str, set[str]] = defaultdict(set)
        if self.kind is RecordKind.GUARDIAN:
            for guardian, pupil in self.state.of(RecordKind.GUARDIANSHIP):
                children[guardian].add(pupil)
        for (id_,), fields in self.state.of(self.kind).items():
            ours = self.book.aliases.get(id_, id_)
            numbers = {*self.book.numbers.get((self.kind, ours), ()), str(fields["source_id"])}
            yield profile_of(
                self.kind, ours, fields, numbers=frozenset(numbers), children=frozenset(children.get(id_, ()))
            )


def _records(snapshot: RosterSnapshot, kind: RecordKind) -> tuple[Person, ...]:
    match kind:
        case RecordKind.CLASS:
            return snapshot.classes
        case RecordKind.STAFF:
            return snapshot.staff
        case RecordKind.PUPIL:
            return snapshot.pupils
        case _:
            return snapshot.guardians


def _fields_of(snapshot: RosterSnapshot, kind: RecordKind, ones: list[Person]) -> Mapping[str, Fields]:
    """Return the fields of records by their ids at the source."""
    some = RosterSnapshot(
        source=snapshot.source,
        school=snapshot.school,
        pupils=tuple(one for one in ones if isinstance(one, Pupil)),
        guardians=tuple(one for one in ones if isinstance(one, Guardian)),
        staff=tuple(one for one in ones if isinstance(one, Staff)),
        classes=tuple(one for one in ones if isinstance(one, SchoolClass)),
    )
    return {str(fields["source_id"]): fields for fields in snapshot_rows(some)[kind].values()}


def _looks_the_same(one: Person, held: Fields) -> bool:
    """Tell at a glance that a record is whom it was: everybody but a few, day after day."""
    if isinstance(one, SchoolClass):
        return True
    has_same_name = one.name.family == held["family"] and one.name.given == held["given"]
    return has_same_name and (not isinstance(one, Pupil) or one.birth_date.isoformat() == held["birth_date"])


_MANY = {
    RecordKind.CLASS: Text(ru="классов", en="classes"),
    RecordKind.STAFF: Text(ru="сотрудников", en="members of staff"),
    RecordKind.PUPIL: Text(ru="учеников", en="pupils"),
    RecordKind.GUARDIAN: Text(ru="родителей", en="guardians"),
}


def _doubt(source: str, kind: RecordKind, reason: CaseReason, records: int) -> Text:
    many = _MANY[kind]
    if reason is CaseReason.RENUMBERED:
        return Text(
            ru=f"Источник «{source}» сменил номера {many.ru} (записей: {records}): решите, кто есть кто, в очереди "
            "сопоставления; до этого никто не выводится и не заводится.",
            en=f"Source '{source}' has numbered its {many.en} anew ({records} records): decide who is who in the queue "
            "of matching; until then nobody leaves and nobody is added.",
        )
    return Text(
        ru=f"Источник «{source}» прислал других людей: {many.ru}, которых здесь никто не знает, — {records}, а "
        "большинства прежних нет. Похоже на список другой школы; до решения никто не выводится и не заводится.",
        en=f"Source '{source}' speaks of other people: {records} {many.en} whom nobody here knows, and most of those "
        "known are gone. It looks like another school's list; until decided nobody leaves and nobody is added.",
    )
