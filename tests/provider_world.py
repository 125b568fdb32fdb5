"""A made-up school for the OneRoster provider, and objects of every kind with every field there is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from gateway.model.ids import ClassId, GroupId, GuardianId, PeriodId, PupilId, RecordId, SchoolId, StaffId, SubjectId
from gateway.model.oneroster import ObjectKind, ProviderObject, reference
from gateway.model.oneroster_facts import SchoolFacts, TaughtLessons
from gateway.model.oneroster_fields import FIELDS, Form, Leaf, Several
from gateway.model.people import Enrollment, Guardian, Guardianship, PersonName, Pupil, Relation, Sex, Staff, Status
from gateway.model.school import (
    DatedMember,
    GroupKind,
    Period,
    PeriodKind,
    School,
    SchoolClass,
    StudyGroup,
    Subject,
)
from gateway.model.timetable import TeachingLoad

TODAY = date(2026, 10, 14)
SCHOOL = School(id=SchoolId("school-1"), name="Школа № 101", registry_id="REG-0001")
MATHS, ART = SubjectId("math"), SubjectId("art")
FIFTH, TENTH = ClassId("c-5a"), ClassId("c-10b")
HEAD, TEACHER = StaffId("s-head"), StaffId("s-maths")
ANNA, BORIS, VERA = PupilId("p-anna"), PupilId("p-boris"), PupilId("p-vera")
MOTHER, WARD = GuardianId("g-mother"), GuardianId("g-ward")
SINGERS = GroupId("g-singers")
SNILS, PHONE, EMAIL = "112-233-445 95", "+7 000 111-22-33", "mother@example.org"

DOCUMENTS = Path(__file__).parents[2] / "shared" / "data" / "oneroster" / "openapi-1.2-official"


def facts(**changed: Any) -> SchoolFacts:
    """Two classes, one subject taught to the fifth, one study group, three pupils, two guardians, two of staff."""
    told: dict[str, Any] = {
        "school": SCHOOL,
        "periods": (*quarters(), half_year(1), half_year(2)),
        "subjects": (
            Subject(id=MATHS, name="Математика", federal_code="02.1"),
            Subject(id=ART, name="Хор"),
        ),
        "classes": (school_class(FIFTH, 5, "А", HEAD), school_class(TENTH, 10, "Б")),
        "groups": (
            StudyGroup(
                id=SINGERS,
                name="Хор",
                kind=GroupKind.CLUB,
                subject=ART,
                members=(ANNA,),
                dated=(DatedMember(pupil=VERA, valid_from=date(2026, 10, 1), valid_to=date(2026, 10, 31)),),
            ),
        ),
        "loads": (
            TeachingLoad(
                id=RecordId("load-1"),
                year=2026,
                teacher=TEACHER,
                subject=MATHS,
                hours_a_week=5,
                valid_from=date(2026, 9, 1),
                valid_to=date(2026, 12, 31),
                school_class=FIFTH,
            ),
        ),
        "lessons": (
            TaughtLessons(subject=ART, teacher=HEAD, first=date(2026, 9, 2), last=date(2026, 10, 7), group=SINGERS),
        ),
        "pupils": (pupil(ANNA), pupil(BORIS), pupil(VERA, status=Status.SUSPENDED)),
        "guardians": (guardian(MOTHER), guardian(WARD)),
        "guardianships": (
            guards(MOTHER, ANNA, Relation.MOTHER),
            guards(WARD, BORIS, Relation.LEGAL_GUARDIAN, until=date(2026, 9, 30)),
        ),
        "staff": (staff(HEAD, "Директор"), staff(TEACHER, "учитель математики")),
        "enrollments": (
            Enrollment(pupil=ANNA, school_class=FIFTH, valid_from=date(2026, 9, 1)),
            Enrollment(pupil=BORIS, school_class=FIFTH, valid_from=date(2020, 9, 1), valid_to=date(2026, 9, 30)),
            Enrollment(pupil=BORIS, school_class=TENTH, valid_from=date(2026, 10, 1)),
        ),
    }
    return SchoolFacts(**{**told, **changed})


def quarters() -> tuple[Period, ...]:
    days = ((date(2026, 9, 1), date(2026, 10, 25)), (date(2026, 11, 2), date(2026, 12, 27)))
    return tuple(
        Period(
            id=PeriodId(f"q-{number}"),
            year=2026,
            kind=PeriodKind.QUARTER,
            number=number,
            start=first,
            end=last,
            first_grade=1,
            last_grade=9,
        )
        for number, (first, last) in enumerate(days, start=1)
    )


def half_year(number: int) -> Period:
    days = {1: (date(2026, 9, 1), date(2026, 12, 27)), 2: (date(2027, 1, 11), date(2027, 5, 26))}[number]
    return Period(
        id=PeriodId(f"половина {number}"),
        year=2026,
        kind=PeriodKind.HALF_YEAR,
        number=number,
        start=days[0],
        end=days[1],
        first_grade=10,
        last_grade=11,
    )


def school_class(name: ClassId, grade: int, letter: str, teacher: StaffId | None = None) -> SchoolClass:
    return SchoolClass(id=name, source_id=name.upper(), year=2026, grade=grade, letter=letter, class_teacher=teacher)


def pupil(name: PupilId, *, status: Status = Status.ACTIVE) -> Pupil:
    return Pupil(
        id=name,
        source_id=name.upper(),
        name=PersonName(family="Тестова", given="Проба", patronymic="Примеровна"),
        birth_date=date(2015, 3, 4),
        sex=Sex.FEMALE,
        snils=SNILS,
        status=status,
    )


def guardian(name: GuardianId) -> Guardian:
    return Guardian(
        id=name,
        source_id=name.upper(),
        name=PersonName(family="Тестова", given="Мама"),
        phone=PHONE,
        email=EMAIL,
        portal_user="portal-1",
    )


def staff(name: StaffId, position: str) -> Staff:
    names = PersonName(family="Учебный", given="Учитель")
    return Staff(id=name, source_id=name.upper(), name=names, position=position, snils=SNILS)


def guards(by: GuardianId, whom: PupilId, relation: Relation, *, until: date | None = None) -> Guardianship:
    return Guardianship(guardian=by, pupil=whom, relation=relation, valid_from=date(2020, 9, 1), valid_to=until)


def references_in(value: Any) -> Iterator[Mapping[str, str]]:
    """Yield every reference inside a body, with or without its address."""
    if isinstance(value, list):
        for one in value:
            yield from references_in(one)
    elif isinstance(value, Mapping):
        if {"sourcedId", "type"} <= set(value) <= {"sourcedId", "type", "href"}:
            yield value
        else:
            for one in value.values():
                yield from references_in(one)


# objects of every kind with every field

_REFERRED = {
    "parent": None,
    "children": None,
    "schoolYear": ObjectKind.ACADEMIC_SESSION,
    "org": ObjectKind.ORG,
    "school": ObjectKind.ORG,
    "primaryOrg": ObjectKind.ORG,
    "course": ObjectKind.COURSE,
    "class": ObjectKind.CLASS,
    "terms": ObjectKind.ACADEMIC_SESSION,
    "gradingPeriod": ObjectKind.ACADEMIC_SESSION,
    "academicSession": ObjectKind.ACADEMIC_SESSION,
    "agents": ObjectKind.USER,
    "user": ObjectKind.USER,
    "student": ObjectKind.USER,
    "resources": ObjectKind.RESOURCE,
    "category": ObjectKind.CATEGORY,
    "scoreScale": ObjectKind.SCORE_SCALE,
    "lineItem": ObjectKind.LINE_ITEM,
    "parentAssessmentLineItem": ObjectKind.ASSESSMENT_LINE_ITEM,
    "assessmentLineItem": ObjectKind.ASSESSMENT_LINE_ITEM,
}
"""The kind that a field refers to; ``None`` = its own."""

_CHOICES = {
    (ObjectKind.ORG, "type"): "school",
    (ObjectKind.ACADEMIC_SESSION, "type"): "term",
    "classType": "scheduled",
    "roleType": "primary",
    (ObjectKind.ENROLLMENT, "role"): "student",
    "roles": "student",
    "role": "student",
    "importance": "primary",
    "sex": "female",
    "scoreStatus": "fully graded",
    "source": "case",
}
_DAYS = frozenset({"startDate", "endDate", "beginDate", "birthDate", "scoreDate"})
_FLAGS = frozenset(
    {
        "enabledUser",
        "primary",
        "inProgress",
        "incomplete",
        "late",
        "missing",
        "americanIndianOrAlaskaNative",
        "asian",
        "blackOrAfricanAmerican",
        "nativeHawaiianOrOtherPacificIslander",
        "white",
        "demographicRaceTwoOrMoreRaces",
        "hispanicOrLatinoEthnicity",
    }
)
_ADDRESSES = frozenset({"userProfile", "profileId"})


def whole_object(kind: ObjectKind, number: int = 1) -> ProviderObject:
    """Return a valid object that has every field of its kind, each with a value that tells of kind and number."""
    body = {
        name: _value(kind, name, form, number)
        for name, form in FIELDS[kind].items()
        if name not in {"sourcedId", "status", "dateLastModified", "metadata"}
    }
    return ProviderObject(kind=kind, sourced_id=whole_id(kind, number), body=body)


def whole_id(kind: ObjectKind, number: int = 1) -> str:
    return f"{kind.value}-{number:05d}"


def _value(kind: ObjectKind, name: str, form: Form, number: int) -> Any:
    if isinstance(form, Several):
        return [_value(kind, name, form.of, number)]
    if isinstance(form, Mapping):
        if "href" in form:
            referred = _REFERRED[name] or kind
            return reference(referred, whole_id(referred, number))
        return {inner: _value(kind, inner, one, number) for inner, one in form.items()}
    return number + 0.5 if form is Leaf.NUMBER else _text(kind, name, form, number)


def _text(kind: ObjectKind, name: str, form: Form, number: int) -> str:
    day = f"2026-{12 if name == 'endDate' else 9:02d}-{number % 28 + 1:02d}"
    if form is Leaf.MOMENT:
        return f"{day}T06:00:00.000Z"
    if name in _ADDRESSES:
        return f"https://example.org/{number}"
    fixed = day if name in _DAYS else "true" if name in _FLAGS else _CHOICES.get((kind, name)) or _CHOICES.get(name)
    return fixed or f"{name} {number:05d} О'Коннор"


def leaf_paths(kind: ObjectKind) -> list[str]:
    """Return the dotted path of every value of a kind that a query can ask for."""
    return sorted(_paths(FIELDS[kind]))


def _paths(form: Form, before: str = "") -> Iterator[str]:
    if isinstance(form, Several):
        yield from _paths(form.of, before)
    elif isinstance(form, Mapping):
        for name, one in form.items():
            if name not in {"href", "metadata"}:
                yield from _paths(one, f"{before}.{name}" if before else name)
    else:
        yield before


def value_at(body: Any, path: str) -> Any:
    """Return the value that a path leads to, of a list that of its first element."""
    for name in path.split("."):
        body = body[name]
        while isinstance(body, list):
            body = body[0]
    return body
