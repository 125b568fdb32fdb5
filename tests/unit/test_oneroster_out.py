"""A school as OneRoster objects: what is told, what is not, nothing refers to nothing (R-ROST-03, R-ROST-07)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.oneroster_ids import homeroom_guid, period_guid, taught_guid
from gateway.mapping.oneroster_out import roster_objects
from gateway.mapping.oneroster_teaching import school_year_of
from gateway.mapping.oneroster_users import roles_of
from gateway.model.ids import ClassId, PeriodId
from gateway.model.oneroster import ObjectKind, buried, place_of, pupils_told
from gateway.model.oneroster_facts import SchoolFacts
from gateway.model.oneroster_fields import FIELDS
from gateway.model.people import Enrollment
from tests.provider_world import (
    ANNA,
    ART,
    BORIS,
    EMAIL,
    FIFTH,
    HEAD,
    MATHS,
    MOTHER,
    PHONE,
    SCHOOL,
    SINGERS,
    SNILS,
    TEACHER,
    TENTH,
    TODAY,
    VERA,
    WARD,
    facts,
    references_in,
    staff,
)

Objects = Mapping[ObjectKind, Mapping[str, Mapping[str, Any]]]

MATHS_OF_FIFTH = taught_guid(SCHOOL.id, MATHS, year=2026, school_class=FIFTH)
CHOIR = taught_guid(SCHOOL.id, ART, year=2026, group=SINGERS)


def made(of: SchoolFacts | None = None, today: date = TODAY) -> Objects:
    found: dict[ObjectKind, dict[str, Mapping[str, Any]]] = defaultdict(dict)
    for one in roster_objects(of or facts(), today):
        assert one.sourced_id not in found[one.kind]
        assert set(one.body) <= set(FIELDS[one.kind])
        found[one.kind][one.sourced_id] = one.body
    return found


def ids(references: Iterable[Mapping[str, str]]) -> list[str]:
    return [one["sourcedId"] for one in references]


def places(objects: Objects, in_class: str) -> dict[tuple[str, str], tuple[str | None, str | None]]:
    """Return role and user of everybody in a class with the first day and the day after the last."""
    return {
        (body["role"], body["user"]["sourcedId"]): (body.get("beginDate"), body.get("endDate"))
        for body in objects[ObjectKind.ENROLLMENT].values()
        if body["class"]["sourcedId"] == in_class
    }


def test_nothing_refers_to_what_is_not_there() -> None:
    objects = made()
    for bodies in objects.values():
        for body in bodies.values():
            for one in references_in(body):
                assert one["sourcedId"] in objects[ObjectKind(one["type"])]


def test_the_school() -> None:
    body = made()[ObjectKind.ORG][SCHOOL.id]
    assert body == {"name": "Школа № 101", "type": "school", "identifier": "REG-0001"}


def test_a_year_is_divided_as_the_grades_have_it() -> None:
    sessions = made()[ObjectKind.ACADEMIC_SESSION]
    assert Counter(body["type"] for body in sessions.values()) == {"schoolYear": 1, "term": 2, "gradingPeriod": 4}
    (year,) = (body for body in sessions.values() if body["type"] == "schoolYear")
    assert (year["title"], year["startDate"], year["endDate"]) == ("2026/27", "2026-09-01", "2027-09-01")
    assert {body["schoolYear"] for body in sessions.values()} == {"2027"}
    quarters = next(body for body in sessions.values() if "четверти" in body["title"])
    assert (quarters["startDate"], quarters["endDate"]) == ("2026-09-01", "2026-12-28")  # the day after the last
    assert ids(quarters["children"]) == ["q-1", "q-2"]
    assert sessions["q-1"]["endDate"] == "2026-10-26"
    assert sessions[sessions["q-1"]["parent"]["sourcedId"]] == quarters


def test_a_class_has_the_term_of_its_grade_and_every_term_has_grading_periods() -> None:
    objects = made()
    sessions = objects[ObjectKind.ACADEMIC_SESSION]
    terms = {name: ids(body["terms"]) for name, body in objects[ObjectKind.CLASS].items()}
    assert ["четверти" in sessions[one]["title"] for one in terms[FIFTH]] == [True]
    assert ["полугодия" in sessions[one]["title"] for one in terms[TENTH]] == [True]
    assert terms[MATHS_OF_FIFTH] == terms[FIFTH]
    for term in {one for several in terms.values() for one in several}:
        assert sessions[term]["children"]


def test_without_periods_the_year_is_the_one_grading_period() -> None:
    objects = made(facts(periods=()))
    sessions = objects[ObjectKind.ACADEMIC_SESSION]
    assert Counter(body["type"] for body in sessions.values()) == {"schoolYear": 1, "term": 1, "gradingPeriod": 1}
    for body in objects[ObjectKind.CLASS].values():
        (term,) = ids(body["terms"])
        assert ids(sessions[term]["children"])


def test_classes_and_courses() -> None:
    objects = made()
    classes, courses = objects[ObjectKind.CLASS], objects[ObjectKind.COURSE]
    assert {body["title"]: body["classType"] for body in classes.values()} == {
        "5А": "homeroom",
        "10Б": "homeroom",
        "Математика, 5А": "scheduled",
        "Хор, Хор": "scheduled",
    }
    maths = classes[MATHS_OF_FIFTH]
    assert (maths["grades"], maths["subjects"], maths["subjectCodes"]) == (["05"], ["Математика"], ["02.1"])
    course = courses[maths["course"]["sourcedId"]]
    assert (course["title"], course["courseCode"], course["grades"]) == ("Математика, 5 класс", "02.1-5", ["05"])
    assert classes[CHOIR]["grades"] == ["05"]  # that of the pupils in the group
    assert courses[classes[CHOIR]["course"]["sourcedId"]]["courseCode"] == "art-5"


def test_a_group_that_nobody_is_in_still_has_a_course() -> None:
    group = replace(facts().groups[0], members=(), dated=())
    objects = made(facts(groups=(group,)))
    course = objects[ObjectKind.COURSE][objects[ObjectKind.CLASS][CHOIR]["course"]["sourcedId"]]
    assert (course["title"], course["courseCode"], "grades" in course) == ("Хор", "art", False)


def test_who_is_in_which_class_and_until_when() -> None:
    objects = made()
    student, teacher = "student", "teacher"
    assert places(objects, FIFTH) == {
        (student, ANNA): ("2026-09-01", None),
        (student, BORIS): ("2026-09-01", "2026-10-01"),  # begun years ago, kept inside the year; the end is exclusive
        (teacher, HEAD): (None, None),
    }
    assert places(objects, MATHS_OF_FIFTH) == {
        (student, ANNA): ("2026-09-01", None),
        (student, BORIS): ("2026-09-01", "2026-10-01"),
        (teacher, TEACHER): ("2026-09-01", "2027-01-01"),
    }
    assert places(objects, TENTH) == {(student, BORIS): ("2026-10-01", None)}
    assert places(objects, CHOIR) == {
        (student, ANNA): (None, None),
        (student, VERA): ("2026-10-01", "2026-11-01"),
        (teacher, HEAD): (None, None),
    }


def test_one_teacher_is_the_primary_one_of_several_none() -> None:
    load = facts().loads[0]
    several = made(facts(loads=(load, replace(load, id="load-2", teacher=HEAD))))
    for objects, expected in ((made(), {"true"}), (several, {"false"})):
        told = {
            body["primary"]
            for body in objects[ObjectKind.ENROLLMENT].values()
            if body["class"]["sourcedId"] == MATHS_OF_FIFTH and body["role"] == "teacher"
        }
        assert told == expected
        students = [body for body in objects[ObjectKind.ENROLLMENT].values() if body["role"] == "student"]
        assert not any("primary" in body for body in students)


def test_a_place_that_never_took_effect_is_none() -> None:
    empty = Enrollment(pupil=ANNA, school_class=TENTH, valid_from=date(2026, 10, 1), valid_to=date(2026, 9, 30))
    former = Enrollment(pupil=ANNA, school_class=TENTH, valid_from=date(2019, 9, 1), valid_to=date(2020, 5, 30))
    assert places(made(facts(enrollments=(empty, former))), TENTH) == {}


def test_users() -> None:
    users = made()[ObjectKind.USER]
    org = {"sourcedId": SCHOOL.id, "type": "org"}
    assert users[ANNA] == {
        "enabledUser": "true",
        "givenName": "Проба",
        "familyName": "Тестова",
        "middleName": "Примеровна",
        "roles": [{"roleType": "primary", "role": "student", "org": org}],
        "primaryOrg": org,
        "identifier": ANNA.upper(),
        "grades": ["05"],
        "agents": [{"sourcedId": MOTHER, "type": "user"}],
    }
    assert users[BORIS]["grades"] == ["10"]
    assert (users[VERA]["enabledUser"], "grades" in users[VERA]) == ("false", False)
    assert "agents" not in users[BORIS]  # the guardianship has ended
    assert [one["role"] for one in users[MOTHER]["roles"]] == ["parent"]
    assert ids(users[MOTHER]["agents"]) == [ANNA]
    assert ([one["role"] for one in users[WARD]["roles"]], "agents" in users[WARD]) == (["guardian"], False)
    assert [(one["roleType"], one["role"]) for one in users[HEAD]["roles"]] == [
        ("primary", "teacher"),
        ("secondary", "principal"),
    ]


@pytest.mark.parametrize(
    ("position", "teaches", "roles"),
    [
        ("учитель", False, ["teacher"]),
        ("Заместитель директора по УВР", False, ["siteAdministrator"]),
        ("заместитель директора", True, ["teacher", "siteAdministrator"]),
        ("директор", False, ["principal"]),
        ("секретарь", False, ["aide"]),
        ("библиотекарь", True, ["teacher"]),
        ("педагог-психолог", False, ["teacher"]),
    ],
)
def test_roles_of_staff(position: str, teaches: bool, roles: list[str]) -> None:  # noqa: FBT001
    assert roles_of(staff(HEAD, position), teaches=teaches) == roles


def test_a_teacher_who_is_a_mother_is_one_user_with_both_roles() -> None:
    users = made(facts(other_role={MOTHER: TEACHER}))[ObjectKind.USER]
    assert MOTHER not in users
    told = users[TEACHER]
    assert [(role["roleType"], role["role"]) for role in told["roles"]] == [
        ("primary", "teacher"),
        ("secondary", "parent"),
    ]
    assert ids(told["agents"]) == [ANNA]
    assert ids(users[ANNA]["agents"]) == [TEACHER]
    assert users[WARD]["roles"][0]["role"] == "guardian"


def test_personal_data_that_no_class_list_needs_stays_here() -> None:
    objects = made()
    told = str({kind: bodies for kind, bodies in objects.items() if kind is not ObjectKind.DEMOGRAPHICS})
    for secret in (SNILS, PHONE, EMAIL, "2015-03-04", "female", "portal-1"):
        assert secret not in told
    demographics = objects[ObjectKind.DEMOGRAPHICS]
    assert demographics[ANNA] == {"birthDate": "2015-03-04", "sex": "female"}
    assert set(demographics) == {ANNA, BORIS, VERA}


def test_an_object_does_not_show_its_content() -> None:
    (anna,) = (one for one in roster_objects(facts(), TODAY) if one.sourced_id == ANNA and one.kind == "user")
    assert "Тестова" not in repr(anna)


def test_what_is_gone_keeps_its_keys_and_nothing_more() -> None:
    objects = {(one.kind, one.sourced_id): one for one in roster_objects(facts(), TODAY)}
    anna = objects[ObjectKind.USER, ANNA]
    gone = buried(anna).body
    assert (gone["enabledUser"], gone["identifier"], gone["roles"]) == ("false", ANNA.upper(), anna.body["roles"])
    assert {"grades", "agents", "middleName"}.isdisjoint(gone)
    assert buried(objects[ObjectKind.DEMOGRAPHICS, ANNA]).body == {}
    for one in objects.values():
        assert place_of(buried(one)).of_class == place_of(one).of_class
        assert place_of(buried(one)).of_user == place_of(one).of_user


def test_whom_an_object_tells_of() -> None:
    told = defaultdict(set)
    for one in roster_objects(facts(), TODAY):
        told[one.kind] |= set(pupils_told(one))
    assert told[ObjectKind.USER] == told[ObjectKind.DEMOGRAPHICS] == {ANNA, BORIS, VERA}
    assert told[ObjectKind.ENROLLMENT] == {ANNA, BORIS, VERA}
    assert not told[ObjectKind.CLASS] | told[ObjectKind.ORG] | told[ObjectKind.COURSE]


def test_ids_that_no_address_can_hold_are_replaced() -> None:
    assert period_guid(SCHOOL.id, PeriodId("q-1")) == "q-1"
    for name in ("половина 1", "a/b", "", "x" * 65):
        assert period_guid(SCHOOL.id, PeriodId(name)) != name
        assert homeroom_guid(SCHOOL.id, ClassId(name)) != period_guid(SCHOOL.id, PeriodId(name))


@pytest.mark.parametrize(
    ("day", "year"), [(date(2026, 8, 1), 2026), (date(2026, 7, 31), 2025), (date(2027, 5, 1), 2026)]
)
def test_the_school_year_of_a_day(day: date, year: int) -> None:
    assert school_year_of(day) == year


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_facts_changes_nothing(random: Any) -> None:
    def shuffled(values: Iterable[Any]) -> tuple[Any, ...]:
        mixed = list(values)
        random.shuffle(mixed)
        return tuple(mixed)

    told = facts()
    names = ("periods", "subjects", "classes", "loads", "lessons", "pupils", "guardians", "guardianships")
    mixed = replace(told, **{name: shuffled(getattr(told, name)) for name in (*names, "staff", "enrollments")})
    assert made(mixed) == made(told)
