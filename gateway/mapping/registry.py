"""Records of the regional registry (``schemas/registry/1.0/roster.xsd``) ⇄ our own values. Pure, both directions.

The elements read here are valid by the schema. The registry is this project's own (no real one is published): another
registry gets another mapping beside this one, and nothing else changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

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


def field_text(record: etree._Element, name: str) -> str | None:
    """Return a field's text with white space collapsed as ``xs:token`` asks, ``None`` where it is missing or empty."""
    child = record.find(etree.QName(NAMESPACE, name))
    if child is None:
        return None
    return _SPACE.sub(" ", str(_STRING_VALUE(child))).strip(" ") or None


def read_pupil(record: etree._Element, school: SchoolId) -> Pupil:
    """Return the pupil of a ``Pupil`` element."""
    source_id = _text(record, "sourceId")
    return Pupil(
        id=pupil_id(school, source_id),
        source_id=source_id,
        name=_name(record),
        birth_date=_day(record, "birthDate"),
        sex=SEX_CODES[_text(record, "sex")],
        snils=field_text(record, "snils"),
    )


def read_guardian(record: etree._Element, school: SchoolId) -> Guardian:
    """Return the guardian of a ``Guardian`` element."""
    source_id = _text(record, "sourceId")
    return Guardian(
        id=guardian_id(school, source_id),
        source_id=source_id,
        name=_name(record),
        phone=field_text(record, "phone") or "",
        email=field_text(record, "email") or "",
        portal_user=field_text(record, "portalUser"),
    )


def read_guardianship(record: etree._Element, school: SchoolId) -> Guardianship:
    """Return the guardianship of a ``Guardianship`` element."""
    return Guardianship(
        guardian=guardian_id(school, _text(record, "guardianId")),
        pupil=pupil_id(school, _text(record, "pupilId")),
        relation=RELATION_CODES[_text(record, "relation")],
        valid_from=_day(record, "validFrom"),
        valid_to=_optional_day(record, "validTo"),
    )


def read_staff(record: etree._Element, school: SchoolId) -> Staff:
    """Return the member of staff of a ``Staff`` element."""
    source_id = _text(record, "sourceId")
    return Staff(
        id=staff_id(school, source_id),
        source_id=source_id,
        name=_name(record),
        position=_text(record, "position"),
        snils=field_text(record, "snils"),
    )


def read_class(record: etree._Element, school: SchoolId) -> SchoolClass:
    """Return the class of a ``SchoolClass`` element."""
    source_id = _text(record, "sourceId")
    return SchoolClass(
        id=class_id(school, source_id),
        source_id=source_id,
        year=int(_text(record, "year")),
        grade=int(_text(record, "grade")),
        letter=_text(record, "letter"),
        class_teacher=staff_id(school, _text(record, "classTeacherId")),
    )


def read_enrollment(record: etree._Element, school: SchoolId) -> Enrollment:
    """Return the enrolment of an ``Enrollment`` element."""
    return Enrollment(
        pupil=pupil_id(school, _text(record, "pupilId")),
        school_class=class_id(school, _text(record, "classId")),
        valid_from=_day(record, "validFrom"),
        valid_to=_optional_day(record, "validTo"),
    )


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


def _text(record: etree._Element, name: str) -> str:
    return field_text(record, name) or ""


def _day(record: etree._Element, name: str) -> date:
    return date.fromisoformat(_text(record, name))


def _optional_day(record: etree._Element, name: str) -> date | None:
    text = field_text(record, name)
    return None if text is None else date.fromisoformat(text)


def _name(record: etree._Element) -> PersonName:
    return PersonName(
        family=_text(record, "family"), given=_text(record, "given"), patronymic=_text(record, "patronymic")
    )


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
