"""One person in two schools or in two roles: which records are of one, and where only a person can say.

Every record keeps its place: a teacher who is also a mother stays a member of staff and a guardian, and a pupil who
changed schools stays a record of each. What is said here is only that they are one. It is said by itself where a
number that belongs to one person agrees and nothing speaks against it; names and days are a question to a person, never
an answer: namesakes born on one day live in every region.

Two records of one kind in one school are not looked at: if they are one, they are merged
(`gateway.model.person_merge`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

from gateway.model.ids import SchoolId, issued_id
from gateway.model.matching_names import email_key, name_key, phone_key
from gateway.model.people import PersonName
from gateway.model.roster import Fields, RecordKind

PERSON_KINDS = (RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.STAFF)
"""Kinds of record that are of a person."""

TELLING = frozenset(
    {"source_id", "family", "given", "patronymic", "birth_date", "snils", "phone", "email", "portal_user"}
)
"""Fields by which a person is known."""

_SURE, _USER, _BY_DAY, _DOUBTED, _BY_CONTACT, _BY_NAME = 100, 95, 70, 60, 60, 40
"""How sure each rule is, 0 to 100; below `_USER` a person is asked."""

_UNIQUE = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
"""An id that no other system gives to anybody else (RFC 9562)."""


class PersonState(StrEnum):
    """What is known of two records: one person, a question, or two people."""

    SAME = "same"
    ASKED = "asked"
    APART = "apart"


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class PersonKey:
    """A record of a person anywhere in the installation."""

    school: SchoolId
    kind: RecordKind
    id: str

    def __str__(self) -> str:
        """Return the key as commands take it."""
        return f"{self.school}/{self.kind.value}/{self.id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonFacts:
    """What a record tells of who somebody is; ``users`` are the sources and the ids there."""

    key: PersonKey
    name: PersonName = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
    snils: str | None = field(default=None, repr=False)
    portal_user: str | None = field(default=None, repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    users: frozenset[tuple[str, str]] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a rule says of two records: how sure it is, 0 to 100, and whether that is enough without a person."""

    rule: str
    confidence: int

    @property
    def is_sure(self) -> bool:
        """Whether nobody has to be asked."""
        return self.confidence >= _USER


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonLink:
    """What is known of two records; of the two the lower key stands first.

    Attributes:
        one: the lower key.
        other: the higher one.
        rule: what agreed (``snils``, ``name+birth_date`` …), ``person`` where somebody decided, ``merge <id>``.
        confidence: 0 to 100.
        state: one person, a question, two people.
        since: when it was found.
        decided_by: who decided; ``None`` where a rule was enough or nobody has.
        decided_at: when.
    """

    one: PersonKey
    other: PersonKey
    rule: str
    confidence: int
    state: PersonState
    since: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def pair(self) -> tuple[PersonKey, PersonKey]:
        """Whom it is about."""
        return self.one, self.other

    def beside(self, key: PersonKey) -> PersonKey:
        """Return the one of the two that is not the given one."""
        return self.other if key == self.one else self.one

    @property
    def is_settled(self) -> bool:
        """Whether a person has decided, or a merge of the two records: rules say nothing of it any more."""
        return self.decided_by is not None


BY_PERSON = "person"
"""Rule of a link that somebody decided."""


def pair_of(one: PersonKey, other: PersonKey) -> tuple[PersonKey, PersonKey]:
    """Return two keys in the order in which a link has them."""
    return (one, other) if one < other else (other, one)


def facts_of(key: PersonKey, fields: Fields, users: Iterable[tuple[str, str]] = ()) -> PersonFacts:
    """Return what a record of the roster tells."""
    born = fields.get("birth_date")
    return PersonFacts(
        key=key,
        name=PersonName(
            family=str(fields["family"]), given=str(fields["given"]), patronymic=str(fields.get("patronymic") or "")
        ),
        birth_date=None if born is None else date.fromisoformat(str(born)),
        snils=_told(fields.get("snils")),
        portal_user=_told(fields.get("portal_user")),
        phone=str(fields.get("phone") or ""),
        email=str(fields.get("email") or ""),
        users=frozenset(users),
    )


# two records


class Names(IntEnum):
    """How two names stand to each other: different, equal as far as both are told, or equal in full."""

    OTHER = 0
    SHORT = 1
    FULL = 2


class Days(IntEnum):
    """How two birth dates stand to each other."""

    OTHER = 0
    UNKNOWN = 1
    SAME = 2


def verdict(one: PersonFacts, other: PersonFacts) -> Verdict | None:
    """Return what rules say of two records, ``None`` where they say nothing or something speaks against it."""
    if (one.key.school, one.key.kind) == (other.key.school, other.key.kind) or _contradict(one, other):
        return None
    names, days = _names(one.name, other.name), _days(one.birth_date, other.birth_date)
    number = _number(one, other)
    if number is not None:
        doubted = names is Names.OTHER or days is Days.OTHER
        return Verdict(rule=number, confidence=_DOUBTED if doubted else _SURE)
    if names is Names.OTHER or days is Days.OTHER:
        return None
    shared = one.users & other.users
    if shared:
        return Verdict(rule="user", confidence=_USER if _is_one_user(one, other, shared, days) else _DOUBTED)
    return _by_name(one, other, names, days)


def _number(one: PersonFacts, other: PersonFacts) -> str | None:
    """Return which number that belongs to one person alone both have."""
    if one.snils and one.snils == other.snils:
        return "snils"
    return "portal_user" if one.portal_user and one.portal_user == other.portal_user else None


def _contradict(one: PersonFacts, other: PersonFacts) -> bool:
    return any(a and b and a != b for a, b in ((one.snils, other.snils), (one.portal_user, other.portal_user)))


def _is_one_user(one: PersonFacts, other: PersonFacts, shared: Iterable[tuple[str, str]], days: Days) -> bool:
    """Tell whether an id that both have at one source is an id of one person.

    It is where the id is unique in the world, where the birth date agrees besides, or where a member of staff and a
    guardian have it in one school: whoever numbers lists line by line gives neither of these.
    """
    if {one.key.kind, other.key.kind} == {RecordKind.PUPIL, RecordKind.GUARDIAN}:
        return False
    if days is Days.SAME or any(_UNIQUE.fullmatch(id_) for _, id_ in shared):
        return True
    return one.key.school == other.key.school and {one.key.kind, other.key.kind} == {
        RecordKind.STAFF,
        RecordKind.GUARDIAN,
    }


def _by_name(one: PersonFacts, other: PersonFacts, names: Names, days: Days) -> Verdict | None:
    if days is Days.SAME:
        return Verdict(rule="name+birth_date", confidence=_BY_DAY)
    if phone_key(one.phone) and phone_key(one.phone) == phone_key(other.phone):
        return Verdict(rule="name+phone", confidence=_BY_CONTACT)
    if email_key(one.email) and email_key(one.email) == email_key(other.email):
        return Verdict(rule="name+email", confidence=_BY_CONTACT)
    kinds = {one.key.kind, other.key.kind}
    is_here = one.key.school == other.key.school and kinds == {RecordKind.STAFF, RecordKind.GUARDIAN}
    if is_here and names is Names.FULL and one.name.patronymic:
        return Verdict(rule="name", confidence=_BY_NAME)
    return None


def _names(one: PersonName, other: PersonName) -> Names:
    if name_key(one.given) != name_key(other.given) or name_key(one.family) != name_key(other.family):
        return Names.OTHER
    mine, theirs = name_key(one.patronymic), name_key(other.patronymic)
    if mine == theirs:
        return Names.FULL
    return Names.OTHER if mine and theirs else Names.SHORT


def _days(one: date | None, other: date | None) -> Days:
    if one is None or other is None:
        return Days.UNKNOWN
    return Days.SAME if one == other else Days.OTHER


def _told(value: object) -> str | None:
    return str(value) if value else None


# many records


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """What rules say of some records now: links to keep, and links that hold no more."""

    kept: tuple[PersonLink, ...] = ()
    dropped: tuple[PersonLink, ...] = ()


def looked_at(
    wanted: Iterable[PersonFacts], others: Iterable[PersonFacts], known: Iterable[PersonLink], *, at: datetime
) -> Looked:
    """Return what changes in what is known of some records.

    Args:
        wanted: the records, each once.
        others: all records that may be one of them, and those that a link names.
        known: the links that they have.
        at: the moment of what is found.
    """
    mine, near = {one.key: one for one in wanted}, {one.key: one for one in others}
    told = {**near, **mine}
    held = {link.pair: link for link in known}
    kept: dict[tuple[PersonKey, PersonKey], PersonLink] = {}
    dropped = []
    for one, other in _pairs(mine, near, held):
        before, said = held.get((one, other)), verdict(told[one], told[other])
        if before is not None and before.is_settled:
            continue
        if said is None:
            if before is not None:
                dropped.append(before)
            continue
        state = PersonState.SAME if said.is_sure else PersonState.ASKED
        if before is None or (before.rule, before.state) != (said.rule, state):
            kept[one, other] = PersonLink(
                one=one, other=other, rule=said.rule, confidence=said.confidence, state=state, since=at
            )
    return Looked(kept=tuple(kept[pair] for pair in sorted(kept)), dropped=tuple(dropped))


def _pairs(
    mine: Mapping[PersonKey, PersonFacts],
    near: Mapping[PersonKey, PersonFacts],
    held: Iterable[tuple[PersonKey, PersonKey]],
) -> Iterator[tuple[PersonKey, PersonKey]]:
    """Yield the pairs that have a sign in common or a link, each once."""
    signed: dict[tuple[str, ...], list[PersonKey]] = defaultdict(list)
    for one in near.values():
        for sign in _signs(one):
            signed[sign].append(one.key)
    given = {sign[1] for sign in signed if sign[0] == "name"}
    seen = {
        pair_of(one.key, other)
        for one in mine.values()
        for sign in _signs(one, given)
        for other in signed.get(sign, ())
        if other != one.key
    }
    known = mine.keys() | near.keys()
    seen.update(pair for pair in held if known.issuperset(pair) and not mine.keys().isdisjoint(pair))
    yield from sorted(seen)


def _signs(one: PersonFacts, given: Collection[str] | None = None) -> Iterator[tuple[str, ...]]:
    """Yield that by which two records can be one person at all; names only with one of some given names."""
    first = name_key(one.name.given)
    if given is None or first in given:
        yield "name", first, name_key(one.name.family)
    if one.snils:
        yield "snils", one.snils
    if one.portal_user:
        yield "portal_user", one.portal_user
    yield from (("user", *user) for user in one.users)


def who_is_who(
    keys: Iterable[PersonKey], links: Iterable[PersonLink], held: Mapping[PersonKey, str], *, at: datetime
) -> Mapping[PersonKey, str | None]:
    """Return the person of each record; ``None`` for one that is nobody else's.

    Two whom somebody told apart are not one by way of others either: what people said joins first, then the surest
    rule, and a link that would join them after all joins nobody.

    Args:
        keys: records, with all that links join to them.
        links: of these, those that hold, and those that tell two apart.
        held: the persons that they were until now; a person keeps the id.
        at: the moment, from which new ids are made.
    """
    made = tuple(links)
    apart = {link.pair for link in made if link.state is PersonState.APART}
    joined = {key: {key} for key in keys}
    same = (link for link in made if link.state is PersonState.SAME)
    for link in sorted(same, key=lambda one: (not one.is_settled, -one.confidence, one.pair)):
        mine, theirs = joined[link.one], joined[link.other]
        if mine is theirs or (apart and any(pair_of(one, other) in apart for one in mine for other in theirs)):
            continue
        mine |= theirs
        joined.update(dict.fromkeys(theirs, mine))
    persons: dict[PersonKey, str | None] = {}
    taken: set[str] = set()
    for first in sorted(joined):
        if first in persons:
            continue
        members = sorted(joined[first])
        if len(members) == 1:
            persons[first] = None
            continue
        known = next((held[key] for key in members if key in held and held[key] not in taken), None)
        person = known or issued_id(first.school, "person", first.kind.value, f"{first.id}|{at.isoformat()}")
        taken.add(person)
        persons.update(dict.fromkeys(members, person))
    return persons
