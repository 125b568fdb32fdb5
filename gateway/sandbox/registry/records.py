"""Roster records as the registry writes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Protocol

from lxml import etree

from gateway.model.people import Enrollment, Guardian, Guardianship, PersonName, Pupil, Relation, Sex, Staff
from gateway.model.school import School, SchoolClass

NAMESPACE = "urn:school-gateway:registry:1.0"
TAGS = ("Staff", "SchoolClass", "Pupil", "Guardian", "Guardianship", "Enrollment")
"""Kinds of record in the order in which the registry sends them."""

_SEX = {Sex.FEMALE: "F", Sex.MALE: "M"}
_RELATION = {Relation.MOTHER: "01", Relation.FATHER: "02", Relation.LEGAL_GUARDIAN: "03"}


class RosterData(Protocol):
    """What the registry needs of a school; a `gateway.sandbox.school.SampleSchool` has it."""

    @property
    def school(self) -> School: ...  # noqa: D102  the names say it
    @property
    def pupils(self) -> tuple[Pupil, ...]: ...  # noqa: D102
    @property
    def guardians(self) -> tuple[Guardian, ...]: ...  # noqa: D102
    @property
    def guardianships(self) -> tuple[Guardianship, ...]: ...  # noqa: D102
    @property
    def staff(self) -> tuple[Staff, ...]: ...  # noqa: D102
    @property
    def classes(self) -> tuple[SchoolClass, ...]: ...  # noqa: D102
    @property
    def enrollments(self) -> tuple[Enrollment, ...]: ...  # noqa: D102


def record(tag: str, *fields: tuple[str, str | None]) -> etree._Element:
    """Return a record with the fields that have a value."""
    element = etree.Element(etree.QName(NAMESPACE, tag), nsmap={None: NAMESPACE})
    for name, value in fields:
        if value is not None:
            etree.SubElement(element, etree.QName(NAMESPACE, name)).text = value
    return element


def records(roster: RosterData) -> Iterator[etree._Element]:
    """Yield a school's records in the registry's order."""
    staff_ids: dict[str, str] = {one.id: one.source_id for one in roster.staff}
    class_ids: dict[str, str] = {one.id: one.source_id for one in roster.classes}
    pupil_ids: dict[str, str] = {one.id: one.source_id for one in roster.pupils}
    guardian_ids: dict[str, str] = {one.id: one.source_id for one in roster.guardians}
    for member in roster.staff:
        fields = (*_person(member.source_id, member.name), ("position", member.position), ("snils", member.snils))
        yield record("Staff", *fields)
    for school_class in roster.classes:
        yield _school_class(school_class, staff_ids)
    for pupil in roster.pupils:
        yield _pupil(pupil)
    for guardian in roster.guardians:
        yield _guardian(guardian)
    for link in roster.guardianships:
        whose = (("guardianId", guardian_ids[link.guardian]), ("pupilId", pupil_ids[link.pupil]))
        period = _period(link.valid_from, link.valid_to)
        yield record("Guardianship", *whose, ("relation", _RELATION[link.relation]), *period)
    for place in roster.enrollments:
        where = (("pupilId", pupil_ids[place.pupil]), ("classId", class_ids[place.school_class]))
        yield record("Enrollment", *where, *_period(place.valid_from, place.valid_to))


def _pupil(pupil: Pupil) -> etree._Element:
    return record(
        "Pupil",
        *_person(pupil.source_id, pupil.name),
        ("birthDate", pupil.birth_date.isoformat()),
        ("sex", _SEX[pupil.sex]),
        ("snils", pupil.snils),
    )


def _guardian(guardian: Guardian) -> etree._Element:
    return record(
        "Guardian",
        *_person(guardian.source_id, guardian.name),
        ("phone", guardian.phone or None),
        ("email", guardian.email or None),
        ("portalUser", guardian.portal_user),
    )


def _school_class(school_class: SchoolClass, staff_ids: dict[str, str]) -> etree._Element:
    return record(
        "SchoolClass",
        ("sourceId", school_class.source_id),
        ("year", str(school_class.year)),
        ("grade", str(school_class.grade)),
        ("letter", school_class.letter),
        ("classTeacherId", staff_ids.get(school_class.class_teacher or "")),
    )


def _person(source_id: str, name: PersonName) -> tuple[tuple[str, str | None], ...]:
    return (
        ("sourceId", source_id),
        ("family", name.family),
        ("given", name.given),
        ("patronymic", name.patronymic or None),
    )


def _period(first: date, last: date | None) -> tuple[tuple[str, str | None], ...]:
    return ("validFrom", first.isoformat()), ("validTo", last.isoformat() if last else None)
