"""Objects of OneRoster 1.2 (REST) of a made-up school, and of another school of the same provider."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from gateway.model.people import Guardian, PersonName, Pupil, Relation, Staff
from gateway.model.school import SchoolClass
from gateway.sandbox.registry import RosterData

Json = dict[str, Any]

COLLECTIONS = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments", "demographics")
DISTRICT, OTHER_SCHOOL = "org-district", "org-other"
_OLD = "2026-08-20T03:00:00.000Z"
_COURSE = "course-algebra"


def org_id(data: RosterData) -> str:
    """Return the id that the school has at this provider: not its id in the registry."""
    return f"org-{data.school.registry_id}"


def objects(data: RosterData) -> dict[str, list[Json]]:
    """Return the lists of a provider that serves the school and another one."""
    own = org_id(data)
    years = {one.year for one in data.classes}
    people = [
        *(_pupil(one, own, data) for one in data.pupils),
        *(_guardian(one, own, data) for one in data.guardians),
        *(_staff(one, own) for one in data.staff),
    ]
    return {
        "orgs": list(_orgs(data, own)),
        "academicSessions": [_session(year) for year in sorted(years)],
        "courses": [_object(_COURSE, title="Алгебра", courseCode="ALG", org=reference("org", own))],
        "classes": [*_classes(data.classes, own), *_other_class(years)],
        "users": [*people, _other_pupil()],
        "enrollments": [*_places(data, own), *_class_teachers(data, own), *_courses(data, own)],
        "demographics": [*map(_born, data.pupils), *_sexes(data)],
    }


def reference(kind: str, source_id: str) -> Json:
    """Return a reference; its ``href`` gets the server's address when it is sent."""
    return {"href": f"/{kind}s/{source_id}", "sourcedId": source_id, "type": kind}


def enrolment(own: str, pupil: str, school_class: str, first: date, last: date | None) -> Json:
    """Return a pupil's enrolment; ``last`` is included, ``endDate`` is not."""
    return _object(
        f"E-{pupil}-{school_class}-{first:%Y%m%d}",
        user=reference("user", pupil),
        **{"class": reference("class", school_class)},
        school=reference("org", own),
        role="student",
        primary="true",
        beginDate=first.isoformat(),
        **({"endDate": (last + timedelta(days=1)).isoformat()} if last else {}),
    )


def person(source_id: str, name: PersonName, roles: Sequence[Json], **more: object) -> Json:
    """Return a user."""
    return _object(
        source_id,
        enabledUser="true",
        givenName=name.given,
        familyName=name.family,
        middleName=name.patronymic,
        username="",
        roles=list(roles),
        **more,
    )


def role(word: str, org: str, **more: object) -> Json:
    """Return a role at an organisation."""
    return {"roleType": "primary", "role": word, "org": reference("org", org), **more}


def _object(source_id: str, **fields: object) -> Json:
    return {"sourcedId": source_id, "status": "active", "dateLastModified": _OLD, **fields}


def _orgs(data: RosterData, own: str) -> Iterator[Json]:
    yield _object(DISTRICT, name="Управление образования", type="district", identifier="UO-1")
    yield _object(own, name=data.school.name, type="school", identifier=data.school.registry_id)
    yield _object(OTHER_SCHOOL, name="Другая школа", type="school", identifier="REG-OTHER")


def _session(year: int) -> Json:
    return _object(
        f"year-{year}",
        title=f"{year}/{year + 1}",
        type="schoolYear",
        startDate=f"{year}-09-01",
        endDate=f"{year + 1}-05-31",
        schoolYear=str(year + 1),
    )


def _classes(classes: Iterable[SchoolClass], own: str) -> Iterator[Json]:
    for one in classes:
        frame: Json = {
            "course": reference("course", _COURSE),
            "school": reference("org", own),
            "terms": [reference("academicSession", f"year-{one.year}")],
            "grades": [f"{one.grade:02d}"],
        }
        yield _object(one.source_id, title=one.name, classType="homeroom", **frame)
        yield _object(f"{one.source_id}-alg", title=f"Алгебра {one.name}", classType="scheduled", **frame)


def _other_class(years: Iterable[int]) -> Iterator[Json]:
    for year in sorted(years):
        yield _object(
            f"other-5A-{year}",
            title="5А",
            classType="homeroom",
            course=reference("course", _COURSE),
            school=reference("org", OTHER_SCHOOL),
            terms=[reference("academicSession", f"year-{year}")],
        )


def _other_pupil() -> Json:
    name = PersonName(family="Соседова", given="Проба")
    return person("other-pupil", name, [role("student", OTHER_SCHOOL)])


def _pupil(one: Pupil, own: str, data: RosterData) -> Json:
    guardians = {each.id: each.source_id for each in data.guardians}
    agents = [guardians[link.guardian] for link in data.guardianships if link.pupil == one.id and link.valid_to is None]
    return person(
        one.source_id,
        one.name,
        [role("student", own)],
        userIds=[{"type": "СНИЛС", "identifier": one.snils}] if one.snils else [],
        agents=[reference("user", agent) for agent in agents],
    )


def _guardian(one: Guardian, own: str, data: RosterData) -> Json:
    links = [link for link in data.guardianships if link.guardian == one.id and link.valid_to is None]
    word = "guardian" if any(link.relation is Relation.LEGAL_GUARDIAN for link in links) else "parent"
    begins = {"beginDate": links[0].valid_from.isoformat()} if links else {}
    return person(one.source_id, one.name, [role(word, own, **begins)], email=one.email, phone=one.phone)


def _staff(one: Staff, own: str) -> Json:
    word = "principal" if one.position.casefold().startswith("директор") else "teacher"
    return person(
        one.source_id,
        one.name,
        [role(word, own)],
        userIds=[{"type": "СНИЛС", "identifier": one.snils}] if one.snils else [],
    )


def _places(data: RosterData, own: str) -> Iterator[Json]:
    pupils = {one.id: one.source_id for one in data.pupils}
    classes = {one.id: one.source_id for one in data.classes}
    for one in data.enrollments:
        yield enrolment(own, pupils[one.pupil], classes[one.school_class], one.valid_from, one.valid_to)


def _courses(data: RosterData, own: str) -> Iterator[Json]:
    pupils = {one.id: one.source_id for one in data.pupils}
    classes = {one.id: one.source_id for one in data.classes}
    for one in data.enrollments:
        course = f"{classes[one.school_class]}-alg"
        yield enrolment(own, pupils[one.pupil], course, one.valid_from, one.valid_to)


def _class_teachers(data: RosterData, own: str) -> Iterator[Json]:
    staff = {one.id: one.source_id for one in data.staff}
    for one in data.classes:
        if one.class_teacher is not None:
            teacher = staff[one.class_teacher]
            place = enrolment(own, teacher, one.source_id, date(one.year, 9, 1), None)
            yield {**place, "role": "teacher"}


def _born(one: Pupil) -> Json:
    return _object(one.source_id, birthDate=one.birth_date.isoformat(), sex=one.sex.value)


def _sexes(data: RosterData) -> Iterator[Json]:
    ids = {one.id: one.source_id for one in data.guardians}
    sexes = {Relation.MOTHER: "female", Relation.FATHER: "male"}
    told = {ids[link.guardian]: sexes[link.relation] for link in data.guardianships if link.relation in sexes}
    yield from (_object(source_id, sex=sex) for source_id, sex in sorted(told.items()))
