"""Families: pupils with their places in classes, the adults who answer for them, and what these decided on delivery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from gateway.model.ids import ClassId, GuardianId, PupilId
from gateway.model.people import (
    Consent,
    ConsentDecision,
    Enrollment,
    Guardian,
    Guardianship,
    PersonName,
    Pupil,
    Relation,
    Sex,
)
from gateway.sandbox.school.identifiers import Kind, Registry
from gateway.sandbox.school.names import FAMILY_NAMES, family_name, patronymic, random_given, random_name, random_sex

_WITH_SIBLINGS = 1 / 6
_THREE_SIBLINGS = 0.1
_ONE_GUARDIAN = 1 / 3
_MOTHER_ALONE, _FATHER_ALONE = 0.85, 0.10
_MOTHER_KEPT_HER_NAME = 0.08
_JOINED_LATE = 0.01
_CONSENT, _REFUSAL = 0.90, 0.05


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A pupil's place in a class before there is a pupil; ``number`` counts the places of the school from 1."""

    number: int
    school_class: ClassId
    grade: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Household:
    """One family at the school: its children, the adults, and who answers for whom."""

    pupils: tuple[Pupil, ...]
    enrollments: tuple[Enrollment, ...]
    guardians: tuple[Guardian, ...]
    guardianships: tuple[Guardianship, ...]
    consents: tuple[Consent, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Parents:
    """The names the children take theirs from, and the adults who answer for them."""

    surname: str
    father: str
    adults: tuple[tuple[Relation, PersonName], ...]


def households(places: Sequence[Place], registry: Registry, *, year: int, rng: Random) -> Iterator[Household]:
    """Yield families until every place is taken; siblings take places of any grade, twins of the same one."""
    waiting = list(places)
    rng.shuffle(waiting)
    guardian_number = 1
    while waiting:
        children = [waiting.pop() for _ in range(min(_children(rng), len(waiting)))]
        family = _household(children, guardian_number, registry, year=year, rng=rng)
        guardian_number += len(family.guardians)
        yield family


def _children(rng: Random) -> int:
    if rng.random() >= _WITH_SIBLINGS:
        return 1
    return 3 if rng.random() < _THREE_SIBLINGS else 2


def _household(
    places: Sequence[Place], first_guardian: int, registry: Registry, *, year: int, rng: Random
) -> Household:
    parents = _parents(rng)
    birthdays = {place.grade: _birth_date(place.grade, year, rng) for place in places}
    pupils = tuple(_pupil(place, parents, birthdays[place.grade], registry, rng) for place in places)
    guardians = tuple(
        _guardian(number, name, registry) for number, (_, name) in enumerate(parents.adults, start=first_guardian)
    )
    guardianships = tuple(
        Guardianship(
            guardian=guardian.id,
            pupil=pupil.id,
            relation=relation,
            # The day on which the papers of children for the coming first grade are handed in.
            valid_from=date(year - place.grade + 1, 6, 1),
        )
        for guardian, (relation, _) in zip(guardians, parents.adults, strict=True)
        for place, pupil in zip(places, pupils, strict=True)
    )
    return Household(
        pupils=pupils,
        enrollments=tuple(
            Enrollment(pupil=pupil.id, school_class=place.school_class, valid_from=_first_day(year, rng))
            for place, pupil in zip(places, pupils, strict=True)
        ),
        guardians=guardians,
        guardianships=guardianships,
        consents=tuple(_consents(guardianships, first_guardian, year=year, rng=rng)),
    )


def _parents(rng: Random) -> _Parents:
    surname, father, mother = rng.choice(FAMILY_NAMES), random_given(rng, Sex.MALE), random_given(rng, Sex.FEMALE)
    maiden = rng.choice(FAMILY_NAMES)
    father_name = PersonName(family=surname, given=father, patronymic=patronymic(random_given(rng, Sex.MALE), Sex.MALE))
    mother_name = PersonName(
        family=family_name(maiden if rng.random() < _MOTHER_KEPT_HER_NAME else surname, Sex.FEMALE),
        given=mother,
        patronymic=patronymic(random_given(rng, Sex.MALE), Sex.FEMALE),
    )
    both = ((Relation.MOTHER, mother_name), (Relation.FATHER, father_name))
    if rng.random() >= _ONE_GUARDIAN:
        return _Parents(surname=surname, father=father, adults=both)
    draw = rng.random()
    if draw < _MOTHER_ALONE:
        return _Parents(surname=surname, father=father, adults=both[:1])
    if draw < _MOTHER_ALONE + _FATHER_ALONE:
        return _Parents(surname=surname, father=father, adults=both[1:])
    stranger = random_name(rng, random_sex(rng))
    return _Parents(surname=surname, father=father, adults=((Relation.LEGAL_GUARDIAN, stranger),))


def _pupil(place: Place, parents: _Parents, birth_date: date, registry: Registry, rng: Random) -> Pupil:
    sex = random_sex(rng)
    source_id = registry.source_id(Kind.PUPIL, place.number)
    return Pupil(
        id=PupilId(registry.issued(Kind.PUPIL, source_id)),
        source_id=source_id,
        name=PersonName(
            family=family_name(parents.surname, sex),
            given=random_given(rng, sex),
            patronymic=patronymic(parents.father, sex),
        ),
        birth_date=birth_date,
        sex=sex,
        snils=registry.snils(Kind.PUPIL, place.number),
    )


def _guardian(number: int, name: PersonName, registry: Registry) -> Guardian:
    source_id = registry.source_id(Kind.GUARDIAN, number)
    return Guardian(
        id=GuardianId(registry.issued(Kind.GUARDIAN, source_id)),
        source_id=source_id,
        name=name,
        phone=registry.phone(number),
        email=f"{source_id.lower()}@example.org",
        portal_user=f"portal-{source_id.lower()}",
    )


def _birth_date(grade: int, year: int, rng: Random) -> date:
    """Return a birthday of a child who was six years and eleven months to seven years and ten when it began school."""
    return date(year - grade - 7, 10, 20) + timedelta(days=rng.randrange(340))


def _first_day(year: int, rng: Random) -> date:
    """Return 1 September, or for a few who come from another school a day in the following months."""
    late = timedelta(days=rng.randrange(30, 120)) if rng.random() < _JOINED_LATE else timedelta()
    return date(year, 9, 1) + late


def _consents(guardianships: Sequence[Guardianship], first_number: int, *, year: int, rng: Random) -> Iterator[Consent]:
    """Yield the decisions taken in August; some guardians have not decided."""
    for number, guardianship in enumerate(guardianships, start=first_number):
        draw = rng.random()
        decided_on = date(year, 8, 1) + timedelta(days=rng.randrange(30))
        if draw < _CONSENT + _REFUSAL:
            yield Consent(
                guardian=guardianship.guardian,
                pupil=guardianship.pupil,
                decision=ConsentDecision.CONSENT if draw < _CONSENT else ConsentDecision.REFUSAL,
                decided_on=decided_on,
                document=f"Заявление № {number} от {decided_on:%d.%m.%Y}",
            )
