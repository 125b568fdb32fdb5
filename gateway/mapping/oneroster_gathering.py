"""What is kept of a OneRoster provider's lists while they arrive page by page: only what concerns one school.

A municipality's provider may send a million enrolments. Those of scheduled classes (courses) and of other schools are
counted and let go; people are kept as small values beside the text they came as.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from gateway.mapping.oneroster import (
    Class,
    Demographics,
    Enrolment,
    Json,
    Session,
    Unreadable,
    User,
    changed_at,
    day_is_odd,
    has_relative_references,
    is_tombstone,
    read_class,
    read_demographics,
    read_enrolment,
    read_session,
    read_user,
    source_id,
)
from gateway.model.roster import RecordKind
from gateway.model.roster_known import Known


class Collection(StrEnum):
    """Lists that are read, in the order in which they are: what is referred to comes first."""

    SESSIONS = "academicSessions"
    CLASSES = "classes"
    USERS = "users"
    ENROLLMENTS = "enrollments"
    DEMOGRAPHICS = "demographics"


STUDENT = "student"
GUARDIAN_ROLES = frozenset({"guardian", "parent", "relative"})
STAFF_ROLES: Mapping[str, str] = MappingProxyType(
    {
        "teacher": "учитель",
        "principal": "директор",
        "administrator": "администратор",
        "siteAdministrator": "администратор",
        "systemAdministrator": "администратор информационной системы",
        "counselor": "педагог-психолог",
        "aide": "ассистент (помощник)",
        "proctor": "организатор",
    }
)
"""Roles of those who work at a school, and the position that each stands for."""

KINDS_OF: Mapping[Collection, tuple[RecordKind, ...]] = MappingProxyType(
    {
        Collection.CLASSES: (RecordKind.CLASS,),
        Collection.USERS: (RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.STAFF),
        Collection.ENROLLMENTS: (RecordKind.ENROLLMENT,),
    }
)
"""Kinds of record that an object of a list may stand for."""

_DAYS = ("beginDate", "endDate", "birthDate", "startDate")


class Oddity(StrEnum):
    """What a provider does otherwise than the standard says, and does no harm to who reads leniently."""

    DATE_FORMS = "date_forms"
    RELATIVE_HREF = "relative_href"
    JSON_BOOLEANS = "json_booleans"
    TOMBSTONES = "tombstones"
    COURSES_LEFT_OUT = "courses_left_out"
    BAD_SNILS = "bad_snils"


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """An object that cannot be read: which list it stood in, its id if it has one, the field that is to blame."""

    collection: Collection
    id: str
    place: str
    raw: str = field(repr=False)


@dataclass(kw_only=True, slots=True)
class Gathering:
    """The objects of one school, gathered from the provider's lists.

    ``org`` is the school's id at the provider. ``today`` decides whether a role is over. ``gone_places`` counts the
    enrolments in classes of the school that were marked ``tobedeleted``.
    """

    org: str
    today: date
    sessions: dict[str, Session] = field(default_factory=dict)
    classes: dict[str, Class] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict, repr=False)
    enrolments: dict[str, Enrolment] = field(default_factory=dict, repr=False)
    demographics: dict[str, Demographics] = field(default_factory=dict, repr=False)
    raw: dict[tuple[Collection, str], str] = field(default_factory=dict, repr=False)
    broken: list[Broken] = field(default_factory=list)
    odd: dict[Collection, Counter[Oddity]] = field(default_factory=lambda: {one: Counter() for one in Collection})
    changed: dict[str, datetime] = field(default_factory=dict)
    gone_places: int = 0
    _seen: dict[Collection, set[int]] = field(default_factory=lambda: {one: set() for one in Collection}, repr=False)

    def of(self, collection: Collection) -> dict[str, Any]:
        """Return what is kept of a list, by id."""
        lists: dict[Collection, dict[str, Any]] = {
            Collection.SESSIONS: self.sessions,
            Collection.CLASSES: self.classes,
            Collection.USERS: self.users,
            Collection.ENROLLMENTS: self.enrolments,
            Collection.DEMOGRAPHICS: self.demographics,
        }
        return lists[collection]

    def forget(self, collection: Collection) -> None:
        """Begin a list anew."""
        self.of(collection).clear()
        self._seen[collection].clear()
        self.odd[collection].clear()
        if collection is Collection.USERS:
            self.changed.clear()
        if collection is Collection.ENROLLMENTS:
            self.gone_places = 0
        self.broken = [one for one in self.broken if one.collection is not collection]
        self.raw = {key: text for key, text in self.raw.items() if key[0] is not collection}

    def take(self, collection: Collection, items: Iterable[object]) -> int:
        """Take a page; return how many of its objects had not been seen before."""
        seen, before = self._seen[collection], len(self._seen[collection])
        nameless = 0
        for item in items:
            if not isinstance(item, Mapping) or not (own := source_id(item)):
                nameless += 1
                self.broken.append(Broken(collection=collection, id="", place="sourcedId", raw=_text_of(item)))
                continue
            if hash(own) in seen:
                continue
            seen.add(hash(own))
            if is_tombstone(item):
                self.odd[collection][Oddity.TOMBSTONES] += 1
                self.gone_places += collection is Collection.ENROLLMENTS and self._may_be_ours(item)
                continue
            try:
                self._keep(collection, own, item)
            except Unreadable as problem:
                self.broken.append(Broken(collection=collection, id=own, place=problem.field, raw=_text_of(item)))
        return len(seen) - before + nameless

    @property
    def oddities(self) -> Counter[Oddity]:
        """What was odd about the objects, and how many were."""
        return sum(self.odd.values(), Counter())

    def has_seen(self, collection: Collection, own: str) -> bool:
        """Tell whether a list held an object, kept or not."""
        return hash(own) in self._seen[collection]

    def seen(self, collection: Collection) -> frozenset[int]:
        """Return fingerprints of everything a list held, to compare two readings."""
        return frozenset(self._seen[collection])

    def missing_users(self) -> Iterator[str]:
        """Yield users that a pupil or an enrolment in a class names and the list of users did not hold, each once."""
        named = dict.fromkeys(one.user for one in self.enrolments.values() if one.user)
        for user in self.users.values():
            if self.is_pupil(user):
                named.update(dict.fromkeys(user.agents))
        return (one for one in named if not self.has_seen(Collection.USERS, one))

    def wards(self, pupils: Container[str]) -> list[str]:
        """Return those of the pupils whom a guardian names and the list of users did not hold."""
        named = dict.fromkeys(agent for user in self.users.values() if not self.is_pupil(user) for agent in user.agents)
        return [one for one in named if one in pupils and not self.has_seen(Collection.USERS, one)]

    def no_longer_here(self, known: Known) -> list[str]:
        """Return the people we know who were in the list of users and are no longer what they were at the school."""
        here = {
            RecordKind.PUPIL: {user.id for user in self.pupils()},
            RecordKind.STAFF: {
                user.id for user in self.users.values() if any(role in STAFF_ROLES for role in self.roles_here(user))
            },
            RecordKind.GUARDIAN: self.users.keys(),
        }
        return [
            one
            for kind, ids in here.items()
            for one in known.of(kind)
            if self.has_seen(Collection.USERS, one) and one not in ids
        ]

    def keep_places_like(self, changed: Iterable[Enrolment]) -> None:
        """Let go of all enrolments but those of the people who have some of the changed ones.

        Where a teacher has one, those of all teachers of that class stay: together they say who leads it.
        """
        places = tuple(changed)
        people = {one.user for one in places}
        led = {one.school_class for one in places if one.role != STUDENT}
        self.enrolments = {
            own: one
            for own, one in self.enrolments.items()
            if one.user in people or (one.role != STUDENT and one.school_class in led)
        }
        self.raw = {
            (collection, own): text
            for (collection, own), text in self.raw.items()
            if collection is not Collection.ENROLLMENTS or own in self.enrolments
        }

    def is_pupil(self, user: User) -> bool:
        """Tell whether a person is a pupil of the school."""
        return STUDENT in self.roles_here(user)

    def pupils(self) -> tuple[User, ...]:
        """Return the school's pupils."""
        return tuple(user for user in self.users.values() if self.is_pupil(user))

    def roles_here(self, user: User) -> tuple[str, ...]:
        """Return the roles that a person has at the school now, the main one first."""
        here = [one for one in user.roles if one.org == self.org and not one.is_over(self.today)]
        return tuple(one.role for one in sorted(here, key=lambda role: not role.primary))

    def _keep(self, collection: Collection, own: str, item: Json) -> None:
        self._note(self.odd[collection], item)
        kept = True
        match collection:
            case Collection.SESSIONS:
                self.sessions[own] = read_session(item)
            case Collection.CLASSES:
                kept = self._keep_class(read_class(item))
            case Collection.USERS:
                kept = self._keep_user(read_user(item), changed_at(item))
            case Collection.ENROLLMENTS:
                kept = self._keep_enrolment(read_enrolment(item))
            case Collection.DEMOGRAPHICS if own in self.users:
                self.demographics[own] = read_demographics(item)
        if kept and collection in KINDS_OF:
            self.raw[collection, own] = _text_of(item)

    def _keep_class(self, found: Class) -> bool:
        kept = found.school == self.org and found.is_homeroom
        if kept:
            self.classes[found.id] = found
        return kept

    def _keep_user(self, person: User, moment: datetime | None) -> bool:
        kept = bool(self.roles_here(person)) or any(one.role in GUARDIAN_ROLES for one in person.roles)
        if kept:
            self.users[person.id] = person
        if kept and moment is not None:
            self.changed[person.id] = moment
        return kept

    def _keep_enrolment(self, place: Enrolment) -> bool:
        kept = place.school_class in self.classes
        if kept:
            self.enrolments[place.id] = place
        else:
            self.odd[Collection.ENROLLMENTS][Oddity.COURSES_LEFT_OUT] += place.school == self.org
        return kept

    def _may_be_ours(self, item: Json) -> bool:
        """Tell whether an enrolment that is gone was in one of the school's classes; one that does not say may be."""
        try:
            return read_enrolment(item).school_class in self.classes
        except Unreadable:
            return True

    @staticmethod
    def _note(odd: Counter[Oddity], item: Json) -> None:
        odd[Oddity.DATE_FORMS] += any(day_is_odd(item, name) for name in _DAYS)
        odd[Oddity.RELATIVE_HREF] += has_relative_references(item)
        odd[Oddity.JSON_BOOLEANS] += any(isinstance(value, bool) for value in item.values())


def _text_of(item: object) -> str:
    return json.dumps(item, ensure_ascii=False, separators=(",", ":"))
