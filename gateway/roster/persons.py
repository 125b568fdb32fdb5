"""One person in several roles or schools: found when records are written, decided by people where rules are not sure.

A school is told of another one never more than a role: that its pupil was a pupil elsewhere, that its teacher is
somebody's guardian there. Ids, names and classes stay behind the school's wall; only the operator of the installation,
who has the database anyway, sees both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from gateway.errors import GatewayError, Text
from gateway.model.audit import AuditRecord
from gateway.model.ids import SchoolId
from gateway.model.person_identity import (
    BY_PERSON,
    PERSON_KINDS,
    TELLING,
    PersonFacts,
    PersonKey,
    PersonLink,
    PersonState,
    facts_of,
    looked_at,
    pair_of,
    who_is_who,
)
from gateway.model.roster import RecordKind, RosterState
from gateway.model.roster_change import Change, RowChange
from gateway.model.roster_link import Link
from gateway.model.roster_revert import Revert
from gateway.ports.frame import Clock, Units
from gateway.ports.persons import PersonRegister
from gateway.ports.roster_links import MatchingUnit
from gateway.roster.author import Author

_PORTION = 5000
"""Records looked at together."""

_SURE = 100


def identify_changed(
    unit: MatchingUnit, before: RosterState, changes: Iterable[Change], *, author: Author, at: datetime
) -> None:
    """Find out whether the people whom changes made or changed are somebody already; the changes are written."""
    rows = (row for change in changes for row in change.rows)
    _identify(unit, _changed(unit.roster.school().id, before, rows), author=author, at=at)


def identify_reverted(unit: MatchingUnit, before: RosterState, how: Revert, *, author: Author, at: datetime) -> None:
    """Let nothing be known of people whom a revert removed; look at those anew whose old values are back."""
    school = unit.roster.school().id
    _identify(unit, _changed(school, before, how.written), author=author, at=at)
    gone = [PersonKey(school=school, kind=row.kind, id=row.key[0]) for row in how.removed if row.kind in PERSON_KINDS]
    if gone:
        unit.persons.lock()
        links = unit.persons.links_of(gone)
        _drop(unit.persons, links, at=at)
        unit.audit.append(_audit_record(school, link, "person.forgotten", author, at) for link in links)


def identify_linked(unit: MatchingUnit, links: Iterable[Link], *, author: Author, at: datetime) -> None:
    """Find out whether the people whom a source was found to tell of are somebody else there, too."""
    school = unit.roster.school().id
    keys = [PersonKey(school=school, kind=one.kind, id=one.id) for one in links if one.kind in PERSON_KINDS]
    if keys:
        _identify(unit, unit.persons.facts(keys), author=author, at=at)


def join(unit: MatchingUnit, link: PersonLink) -> None:
    """Keep that two records are one person for a reason of its own, and who is who because of it."""
    unit.persons.lock()
    unit.persons.put([link])
    _settle(unit.persons, link.pair, at=link.since)


def part(unit: MatchingUnit, one: PersonKey, other: PersonKey, *, rule: str, at: datetime) -> None:
    """Forget that two records are one person, where it was that rule which said so."""
    unit.persons.lock()
    pair = pair_of(one, other)
    unit.persons.drop(link for link in unit.persons.links_of(pair) if (link.pair, link.rule) == (pair, rule))
    _settle(unit.persons, pair, at=at)


@dataclass(frozen=True, kw_only=True, slots=True)
class AlsoKnown:
    """Who else a record of a school is, as far as the school may know.

    Attributes:
        here: the person's other records in the school.
        elsewhere: the person's roles at other schools of the installation, each once.
        asked: questions about the record and another one of the school.
    """

    here: tuple[PersonKey, ...] = ()
    elsewhere: tuple[RecordKind, ...] = ()
    asked: tuple[PersonLink, ...] = ()


def also_known(persons: PersonRegister, key: PersonKey) -> AlsoKnown:
    """Return who else a record is; a record that was merged into another is not told of."""
    person = persons.held([key]).get(key)
    records = [one for one in persons.records_of(person) if one != key] if person else []
    asked = [
        link
        for link in persons.links_of([key])
        if link.state is PersonState.ASKED and link.beside(key).school == key.school
    ]
    return AlsoKnown(
        here=tuple(one for one in records if one.school == key.school),
        elsewhere=tuple(sorted({one.kind for one in records if one.school != key.school})),
        asked=tuple(asked),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonLine:
    """A record of a person with several: by which rule, how sure, who confirmed it and since when."""

    person: str
    key: PersonKey
    link: PersonLink


@dataclass(frozen=True, kw_only=True, slots=True)
class Persons:
    """The verbs of the operator over persons, each in the name of the school of the first record."""

    units: Units[MatchingUnit]
    clock: Clock

    def find(self, *, author: Author) -> int:
        """Look at everybody of the school; return how many links and questions are new."""
        with self.units() as unit:
            unit.roster.lock()
            school, state = unit.roster.school().id, unit.roster.state()
            people = (
                facts_of(PersonKey(school=school, kind=kind, id=key[0]), fields)
                for kind in PERSON_KINDS
                for key, fields in state.of(kind).items()
            )
            return _identify(unit, people, author=author, at=self.clock())

    def all(self) -> Sequence[PersonLine]:
        """Return every record of the installation that is of a person with several, person by person."""
        with self.units() as unit:
            links = unit.persons.links(PersonState.SAME)
            surest: dict[PersonKey, PersonLink] = {}
            for link in sorted(links, key=lambda one: one.confidence):
                surest.update(dict.fromkeys(link.pair, link))
            persons = unit.persons.persons()
        lines = [PersonLine(person=person, key=key, link=surest[key]) for key, person in persons.items()]
        return sorted(lines, key=lambda line: (line.person, line.key))

    def questions(self) -> Sequence[PersonLink]:
        """Return the pairs about which a person has to decide, the longest waiting first."""
        with self.units() as unit:
            return unit.persons.links(PersonState.ASKED)

    def of_school(self) -> Sequence[PersonLink]:
        """Return the pairs of the school's own records in two roles, those that wait for an answer first."""
        with self.units() as unit:
            found = unit.persons.links(within=unit.roster.school().id)
        kinds = [link for link in found if link.one.kind is not link.other.kind]
        return sorted(kinds, key=lambda link: link.state is not PersonState.ASKED)

    def same(self, one: PersonKey, other: PersonKey, *, author: Author) -> PersonLink:
        """Say that two records are one person.

        Raises:
            GatewayError: ``person.unknown``: one of them is not there; ``person.one_record``: they are one record, or
                two of one kind in one school, which are merged instead.
        """
        return self._decide(one, other, PersonState.SAME, author)

    def apart(self, one: PersonKey, other: PersonKey, *, author: Author) -> PersonLink:
        """Say that two records are two people, whatever rules say.

        Raises:
            GatewayError: as `same`.
        """
        return self._decide(one, other, PersonState.APART, author)

    def forget(self, key: PersonKey, *, author: Author) -> int:
        """Forget everything that joins a record to others, decisions too; return how many links that were.

        Rules find again what is still so when the record changes the next time.
        """
        with self.units() as unit:
            unit.persons.lock()
            at, links = self.clock(), unit.persons.links_of([key])
            _drop(unit.persons, links, at=at)
            unit.audit.append(_audit_record(key.school, link, "person.forgotten", author, at) for link in links)
            return len(links)

    def _decide(self, one: PersonKey, other: PersonKey, state: PersonState, author: Author) -> PersonLink:
        if (one.school, one.kind) == (other.school, other.kind):
            raise _one_record(one, other)
        with self.units() as unit:
            unit.persons.lock()
            if len({found.key for found in unit.persons.facts([one, other])}) < len({one, other}):
                raise _unknown(one, other)
            at, (low, high) = self.clock(), pair_of(one, other)
            before = next((link for link in unit.persons.links_of([one]) if link.pair == (low, high)), None)
            link = PersonLink(
                one=low,
                other=high,
                rule=before.rule if before else BY_PERSON,
                confidence=_SURE,
                state=state,
                since=before.since if before else at,
                decided_by=author.actor,
                decided_at=at,
            )
            unit.persons.put([link])
            _settle(unit.persons, link.pair, at=at)
            unit.audit.append([_audit_record(one.school, link, f"person.{state}", author, at)])
            return link


def _changed(school: SchoolId, before: RosterState, rows: Iterable[RowChange]) -> Iterator[PersonFacts]:
    for row in rows:
        if row.kind in PERSON_KINDS and (row.old is None or not TELLING.isdisjoint(row.new)):
            fields = {**before.of(row.kind).get(row.key, {}), **row.new}
            yield facts_of(PersonKey(school=school, kind=row.kind, id=row.key[0]), fields)


def _identify(unit: MatchingUnit, people: Iterable[PersonFacts], *, author: Author, at: datetime) -> int:
    waiting, found = iter(people), 0
    portion = list(islice(waiting, _PORTION))
    if portion:
        unit.persons.lock()
    while portion:
        found += _look(unit, portion, author=author, at=at)
        portion = list(islice(waiting, _PORTION))
    return found


def _look(unit: MatchingUnit, portion: Sequence[PersonFacts], *, author: Author, at: datetime) -> int:
    persons, keys = unit.persons, [one.key for one in portion]
    users = persons.users(keys)
    wanted = [replace(one, users=users.get(one.key, frozenset())) for one in portion]
    known = persons.links_of(keys)
    near = {one.key: one for one in persons.near(wanted)}
    linked = {end for link in known for end in link.pair} - near.keys() - set(keys)
    looked = looked_at(wanted, [*near.values(), *persons.facts(linked)], known, at=at)
    if not (looked.kept or looked.dropped):
        return 0
    persons.put(looked.kept)
    persons.drop(looked.dropped)
    _settle(persons, {end for link in (*looked.kept, *looked.dropped) for end in link.pair}, at=at)
    school = keys[0].school
    unit.audit.append(
        [
            *(_audit_record(school, link, f"person.{link.state}", author, at) for link in looked.kept),
            *(_audit_record(school, link, "person.forgotten", author, at) for link in looked.dropped),
        ]
    )
    return len(looked.kept)


def _drop(persons: PersonRegister, links: Sequence[PersonLink], *, at: datetime) -> None:
    persons.drop(links)
    _settle(persons, {end for link in links for end in link.pair}, at=at)


def _settle(persons: PersonRegister, changed: Iterable[PersonKey], *, at: datetime) -> None:
    """Keep who is who after links of some records changed: of them and of all whom links join to them."""
    keys: set[PersonKey] = set()
    links: dict[tuple[PersonKey, PersonKey], PersonLink] = {}
    reached = set(changed)
    while reached:
        keys |= reached
        found = persons.links_of(reached)
        links.update((link.pair, link) for link in found)
        reached = {end for link in found if link.state is PersonState.SAME for end in link.pair} - keys
    held = persons.held(keys)
    now = who_is_who(keys, links.values(), held, at=at)
    persons.keep({key: person for key, person in now.items() if held.get(key) != person})


def _audit_record(school: SchoolId, link: PersonLink, action: str, author: Author, at: datetime) -> AuditRecord:
    """Return what the audit of a school keeps: of a record of another school only its role."""
    own = link.one if link.one.school == school else link.other
    other = link.beside(own)
    told: Mapping[str, object] = {
        "kind": own.kind.value,
        "also": other.kind.value,
        "record": other.id if other.school == school else None,
        "rule": link.rule,
        "confidence": link.confidence,
    }
    return AuditRecord(
        at=at,
        actor=author.actor,
        role=author.role,
        channel=author.channel,
        action=action,
        object_kind="person",
        object_id=own.id,
        new=told,
        reason=author.reason,
    )


def _unknown(one: PersonKey, other: PersonKey) -> GatewayError:
    return GatewayError(
        "person.unknown",
        Text(
            ru=f"Записей «{one}» и «{other}» нет в этой установке: укажите ШКОЛА/ВИД/ИДЕНТИФИКАТОР существующих.",
            en=f"Records '{one}' and '{other}' are not both here: name existing ones as SCHOOL/KIND/ID.",
        ),
    )


def _one_record(one: PersonKey, other: PersonKey) -> GatewayError:
    return GatewayError(
        "person.one_record",
        Text(
            ru=f"«{one}» и «{other}» – записи одного вида в одной школе: такие объединяют («gateway roster merge»).",
            en=f"'{one}' and '{other}' are of one kind in one school: such are merged ('gateway roster merge').",
        ),
    )
