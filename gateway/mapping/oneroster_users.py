"""Pupils, guardians and staff as the users and demographics of OneRoster.

What is told is what a class list needs (R-SEC-06): name, role, grade, who is whose guardian, the registry's number.
Neither СНИЛС nor telephone nor e-mail of a guardian leaves here; birth date and sex only as demographics, behind
their own scope.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.model.ids import GuardianId, PupilId, SchoolId, StaffId
from gateway.model.oneroster import STUDENT, TEACHER, ObjectKind, ProviderObject, reference
from gateway.model.oneroster_facts import SchoolFacts
from gateway.model.people import Guardian, Guardianship, PersonName, Pupil, Relation, Staff, Status

_PARENT, _GUARDIAN, _AIDE = "parent", "guardian", "aide"
_PRINCIPAL, _ADMINISTRATOR = "principal", "siteAdministrator"

_ROLE_OF_RELATION: Mapping[Relation, str] = {
    Relation.MOTHER: _PARENT,
    Relation.FATHER: _PARENT,
    Relation.LEGAL_GUARDIAN: _GUARDIAN,
}
_TEACHING_WORDS = ("учител", "преподавател", "педагог", "teacher")
_DEPUTY_WORDS = ("заместитель директора", "зам. директора", "завуч", "deputy")
_HEAD_WORDS = ("директор", "principal", "head")


@dataclass(frozen=True, kw_only=True, slots=True)
class Families:
    """Who guards whom today: both ways, by id, lowest first."""

    of_pupil: Mapping[PupilId, Sequence[GuardianId]]
    of_guardian: Mapping[GuardianId, Sequence[Guardianship]]


def families_of(facts: SchoolFacts, today: date) -> Families:
    """Return the guardianships in force between people who are here."""
    pupils, guardians = {one.id for one in facts.pupils}, {one.id for one in facts.guardians}
    of_pupil: dict[PupilId, list[GuardianId]] = defaultdict(list)
    of_guardian: dict[GuardianId, list[Guardianship]] = defaultdict(list)
    for one in sorted(facts.guardianships, key=lambda ship: (ship.guardian, ship.pupil)):
        in_force = one.valid_from <= today and (one.valid_to is None or one.valid_to >= today)
        if in_force and one.pupil in pupils and one.guardian in guardians:
            of_pupil[one.pupil].append(one.guardian)
            of_guardian[one.guardian].append(one)
    return Families(of_pupil=of_pupil, of_guardian=of_guardian)


def user_objects(
    facts: SchoolFacts, families: Families, grades: Mapping[PupilId, int], teaching: frozenset[StaffId]
) -> Iterator[ProviderObject]:
    """Yield everybody as a user; ``grades`` are the pupils' present ones, ``teaching`` are those who teach.

    Whoever is a member of staff and a guardian is one user with the roles of both, known by the id of the staff record:
    that is what classes and marks refer to.
    """
    school, also = facts.school.id, _one_user(facts)
    for pupil in facts.pupils:
        body = _person(school, pupil, [STUDENT])
        if pupil.id in grades:
            body["grades"] = [grade_code(grades[pupil.id])]
        agents = dict.fromkeys(also.get(one, one) for one in families.of_pupil.get(pupil.id, ()))
        yield _user(pupil.id, body, list(agents))
    parents: dict[StaffId, list[Guardian]] = defaultdict(list)
    for guardian in facts.guardians:
        if guardian.id in also:
            parents[also[guardian.id]].append(guardian)
            continue
        ships = families.of_guardian.get(guardian.id, ())
        yield _user(guardian.id, _person(school, guardian, _guarding(ships)), [one.pupil for one in ships])
    for member in facts.staff:
        own = parents.get(member.id, ())
        ships = [one for guardian in own for one in families.of_guardian.get(guardian.id, ())]
        roles = [*roles_of(member, teaches=member.id in teaching), *(_guarding(ships) if own else ())]
        wards = list(dict.fromkeys(one.pupil for one in ships))
        yield _user(member.id, _person(school, member, roles), wards)


def _one_user(facts: SchoolFacts) -> Mapping[GuardianId, StaffId]:
    """Return the guardians who are told as the members of staff that they are.

    Where one of the roles is out of force and the other is not they stay two users: who was dismissed is not switched
    on as a parent, and who may no longer see a child does not see it as a teacher.
    """
    staff = {one.id: one.status is Status.ACTIVE for one in facts.staff}
    guardians = {one.id: one.status is Status.ACTIVE for one in facts.guardians}
    return {
        guardian: member
        for guardian, member in facts.other_role.items()
        if guardian in guardians and guardians[guardian] == staff.get(member)
    }


def _guarding(ships: Iterable[Guardianship]) -> list[str]:
    """Return the roles of a guardian: one of nobody at present is a guardian all the same."""
    return sorted({_ROLE_OF_RELATION[one.relation] for one in ships}, reverse=True) or [_GUARDIAN]


def demographic_objects(facts: SchoolFacts) -> Iterator[ProviderObject]:
    """Yield birth date and sex of every pupil."""
    for pupil in facts.pupils:
        body = {"birthDate": pupil.birth_date.isoformat(), "sex": pupil.sex.value}
        yield ProviderObject(kind=ObjectKind.DEMOGRAPHICS, sourced_id=pupil.id, body=body)


def grade_code(grade: int) -> str:
    """Return a grade as OneRoster's usual vocabulary (CEDS) writes it: two digits."""
    return f"{grade:02d}"


def roles_of(member: Staff, *, teaches: bool) -> list[str]:
    """Return the roles of a member of staff, the primary one first.

    Whoever teaches is a teacher first, since that is what a reader of classes looks for; a head or a deputy besides.
    """
    position = member.position.casefold()
    is_teacher = teaches or any(word in position for word in _TEACHING_WORDS)
    roles = [TEACHER] if is_teacher else []
    if any(word in position for word in _DEPUTY_WORDS):
        roles.append(_ADMINISTRATOR)
    elif any(word in position for word in _HEAD_WORDS):
        roles.append(_PRINCIPAL)
    return roles or [_AIDE]


def _user(sourced_id: str, body: dict[str, object], agents: Sequence[str]) -> ProviderObject:
    if agents:
        body["agents"] = [reference(ObjectKind.USER, one) for one in agents]
    return ProviderObject(kind=ObjectKind.USER, sourced_id=sourced_id, body=body)


def _person(school: SchoolId, person: Pupil | Guardian | Staff, roles: Sequence[str]) -> dict[str, object]:
    org = reference(ObjectKind.ORG, school)
    return {
        "enabledUser": "true" if person.status is Status.ACTIVE else "false",
        **_names(person.name),
        "roles": [
            {"roleType": "secondary" if place else "primary", "role": role, "org": org}
            for place, role in enumerate(roles)
        ],
        "primaryOrg": org,
        "identifier": person.source_id,
    }


def _names(name: PersonName) -> dict[str, str]:
    told = {"givenName": name.given, "familyName": name.family}
    return {**told, "middleName": name.patronymic} if name.patronymic else told
