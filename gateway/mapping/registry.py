"""Records of the regional registry (``schemas/registry/1.0/roster.xsd``) ⇄ our own values. Pure, both directions.

The elements read here are valid by the schema. The registry is this project's own (no real one is published): another
registry gets another mapping beside this one, and nothing else changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache, partial
from types import MappingProxyType
from typing import TypeVar

from lxml import etree

from gateway.model.ids import ClassId, GuardianId, PupilId, SchoolId, StaffId, issued_id
from gateway.model.people import Enrollment, Guardian, Guardianship, PersonName, Pupil, Relation, Sex, Staff
from gateway.model.school import SchoolClass

SOURCE = "registry"
"""Name of the source in ids, plans and audit."""

NAMESPACE = "urn:school-gateway:registry:1.0"

SEX_CODES: Mapping[str, Sex] = MappingProxyType({"F": Sex.FEMALE, "M": Sex.MALE})
RELATION_CODES: Mapping[str, Relation] = MappingProxyType(
    {"01": Relation.MOTHER, "02": Relation.FATHER, "03": Relation.LEGAL_GUARDIAN}
)

_SEX_OUT = {value: code for code, value in SEX_CODES.items()}
_RELATION_OUT = {value: code for code, value in RELATION_CODES.items()}
_SPACE = re.compile(r"[ \t\r\n]+")
_STRING_VALUE = etree.XPath("string()")
_OWN_FIELDS = f"{{{NAMESPACE}}}*"
_NAME_BEGINS = len(NAMESPACE) + len("{}")
_DAYS = 4096
"""Days that are remembered: more than ten years of them."""

IdT = TypeVar("IdT", bound=str)

Texts = Mapping[str, str]
"""Texts of a record's fields by name. Holds personal data: never logged."""


def pupil_id(school: SchoolId, source_id: str) -> PupilId:
    """Return our id of the registry's pupil."""
    return PupilId(issued_id(school, SOURCE, "pupil", source_id))


def guardian_id(school: SchoolId, source_id: str) -> GuardianId:
    """Return our id of the registry's guardian."""
    return GuardianId(issued_id(school, SOURCE, "guardian", source_id))


def staff_id(school: SchoolId, source_id: str) -> StaffId:
    """Return our id of the registry's member of staff."""
    return StaffId(issued_id(school, SOURCE, "staff", source_id))


def class_id(school: SchoolId, source_id: str) -> ClassId:
    """Return our id of the registry's class."""
    return ClassId(issued_id(school, SOURCE, "class", source_id))


def field_texts(record: etree._Element) -> dict[str, str]:
    """Return the texts of a record's fields by name, white space collapsed as ``xs:token`` asks.

    Of a field that stands there twice the first counts.
    """
    texts: dict[str, str] = {}
    for child in record.iterchildren(_OWN_FIELDS):
        text = str(_STRING_VALUE(child)) if len(child) else child.text or ""
        texts.setdefault(str(child.tag)[_NAME_BEGINS:], _SPACE.sub(" ", text).strip(" "))
    return texts


class RecordReader:
    """Reads the records of one school from their texts (`field_texts`), each valid by the schema.

    Ids and days that stand in many records are one and the same object in all of them: a school has few of them.
    """

    def __init__(self, school: SchoolId) -> None:
        self._pupils = _Issued(partial(pupil_id, school))
        self._guardians = _Issued(partial(guardian_id, school))
        self._staff = _Issued(partial(staff_id, school))
        self._classes = _Issued(partial(class_id, school))

    def pupil(self, told: Texts) -> Pupil:
        """Return the pupil of a ``Pupil`` element."""
        source_id = told["sourceId"]
        return Pupil(
            id=self._pupils[source_id],
            source_id=source_id,
            name=_name(told),
            birth_date=_day(told["birthDate"]),
            sex=SEX_CODES[told["sex"]],
            snils=told.get("snils"),
        )

    def guardian(self, told: Texts) -> Guardian:
        """Return the guardian of a ``Guardian`` element."""
        source_id = told["sourceId"]
        return Guardian(
            id=self._guardians[source_id],
            source_id=source_id,
            name=_name(told),
            phone=told.get("phone", ""),
            email=told.get("email", ""),
            portal_user=told.get("portalUser"),
        )

    def guardianship(self, told: Texts) -> Guardianship:
        """Return the guardianship of a ``Guardianship`` element."""
        return Guardianship(
            guardian=self._guardians[told["guardianId"]],
            pupil=self._pupils[told["pupilId"]],
            relation=RELATION_CODES[told["relation"]],
            valid_from=_day(told["validFrom"]),
            valid_to=_optional_day(told.get("validTo")),
        )

    def staff(self, told: Texts) -> Staff:
        """Return the member of staff of a ``Staff`` element."""
        source_id = told["sourceId"]
        return Staff(
            id=self._staff[source_id],
            source_id=source_id,
            name=_name(told),
            position=told["position"],
            snils=told.get("snils"),
        )

    def school_class(self, told: Texts) -> SchoolClass:
        """Return the class of a ``SchoolClass`` element."""
        source_id = told["sourceId"]
        return SchoolClass(
            id=self._classes[source_id],
            source_id=source_id,
            year=int(told["year"]),
            grade=int(told["grade"]),
            letter=told["letter"],
            class_teacher=self._staff[told["classTeacherId"]],
        )

    def enrollment(self, told: Texts) -> Enrollment:
        """Return the enrolment of an ``Enrollment`` element."""
        return Enrollment(
            pupil=self._pupils[told["pupilId"]],
            school_class=self._classes[told["classId"]],
            valid_from=_day(told["validFrom"]),
            valid_to=_optional_day(told.get("validTo")),
        )


class _Issued(dict[str, IdT]):
    """Our ids by the registry's, each made when it is asked for first."""

    def __init__(self, issue: Callable[[str], IdT]) -> None:
        super().__init__()
        self._issue = issue

    def __missing__(self, source_id: str) -> IdT:
        issued = self[source_id] = self._issue(source_id)
        return issued


def write_pupil(pupil: Pupil) -> etree._Element:
    """Return the ``Pupil`` element of a pupil."""
    return _record(
        "Pupil",
        {
            "sourceId": pupil.source_id,
            **_name_fields(pupil.name),
            "birthDate": pupil.birth_date.isoformat(),
            "sex": _SEX_OUT[pupil.sex],
            "snils": pupil.snils,
        },
    )


def write_guardian(guardian: Guardian) -> etree._Element:
    """Return the ``Guardian`` element of a guardian."""
    return _record(
        "Guardian",
        {
            "sourceId": guardian.source_id,
            **_name_fields(guardian.name),
            "phone": guardian.phone or None,
            "email": guardian.email or None,
            "portalUser": guardian.portal_user,
        },
    )


def write_guardianship(guardianship: Guardianship, *, guardian: str, pupil: str) -> etree._Element:
    """Return the ``Guardianship`` element of a guardianship between the registry's own ids."""
    return _record(
        "Guardianship",
        {
            "guardianId": guardian,
            "pupilId": pupil,
            "relation": _RELATION_OUT[guardianship.relation],
            **_period_fields(guardianship.valid_from, guardianship.valid_to),
        },
    )


def write_staff(member: Staff) -> etree._Element:
    """Return the ``Staff`` element of a member of staff."""
    return _record(
        "Staff",
        {
            "sourceId": member.source_id,
            **_name_fields(member.name),
            "position": member.position,
            "snils": member.snils,
        },
    )


def write_class(school_class: SchoolClass, *, class_teacher: str) -> etree._Element:
    """Return the ``SchoolClass`` element of a class with the registry's own id of its teacher."""
    return _record(
        "SchoolClass",
        {
            "sourceId": school_class.source_id,
            "year": str(school_class.year),
            "grade": str(school_class.grade),
            "letter": school_class.letter,
            "classTeacherId": class_teacher,
        },
    )


def write_enrollment(enrollment: Enrollment, *, pupil: str, school_class: str) -> etree._Element:
    """Return the ``Enrollment`` element of an enrolment between the registry's own ids."""
    return _record(
        "Enrollment",
        {
            "pupilId": pupil,
            "classId": school_class,
            **_period_fields(enrollment.valid_from, enrollment.valid_to),
        },
    )


@lru_cache(maxsize=_DAYS)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def _optional_day(text: str | None) -> date | None:
    return None if text is None else _day(text)


def _name(told: Texts) -> PersonName:
    return PersonName(family=told["family"], given=told["given"], patronymic=told.get("patronymic", ""))


def _name_fields(name: PersonName) -> dict[str, str | None]:
    return {"family": name.family, "given": name.given, "patronymic": name.patronymic or None}


def _period_fields(first: date, last: date | None) -> dict[str, str | None]:
    return {"validFrom": first.isoformat(), "validTo": last.isoformat() if last else None}


def _record(tag: str, fields: Mapping[str, str | None]) -> etree._Element:
    element = etree.Element(etree.QName(NAMESPACE, tag), nsmap={None: NAMESPACE})
    for name, value in fields.items():
        if value is not None:
            etree.SubElement(element, etree.QName(NAMESPACE, name)).text = value
    return element
