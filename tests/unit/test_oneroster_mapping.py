"""Objects of OneRoster read leniently, and what becomes of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from gateway.mapping.oneroster import Unreadable, day, grade_and_letter, read_class, read_enrolment, read_user, truth
from gateway.mapping.oneroster_gathering import Collection, Gathering
from gateway.mapping.oneroster_snapshot import read_snapshot
from gateway.model.ids import SchoolId
from gateway.model.people import Relation, Sex
from gateway.model.roster import Protected, RecordKind, RosterSnapshot
from gateway.model.roster_known import NOTHING_KNOWN, Known

TODAY = date(2026, 10, 1)
SCHOOL = SchoolId("school-1")


def ref(source_id: str) -> dict[str, str]:
    return {"href": f"https://x/{source_id}", "sourcedId": source_id, "type": "any"}


def user(source_id: str, role: str, **more: Any) -> dict[str, Any]:
    names = {"familyName": "Тестова", "givenName": "Проба", "middleName": "Примеровна"}
    return {"sourcedId": source_id, "status": "active", **names, "roles": [{"role": role, "org": ref("org")}], **more}


def homeroom(source_id: str = "c", title: str = "5А", **more: Any) -> dict[str, Any]:
    return {"sourcedId": source_id, "title": title, "classType": "homeroom", "school": ref("org"), **more}


def place(source_id: str, pupil: str = "p", school_class: str = "c", **more: Any) -> dict[str, Any]:
    ends = {"user": ref(pupil), "class": ref(school_class), "school": ref("org")}
    return {"sourcedId": source_id, **ends, "role": "student", "beginDate": "2026-09-01", **more}


BORN = {"sourcedId": "p", "birthDate": "2015-03-04", "sex": "female"}


def gathered(**lists: list[Any]) -> Gathering:
    whole = Gathering(org="org", today=TODAY)
    for name in Collection:
        whole.take(name, lists.get(name.name.lower(), ()))
    return whole


def school(*, known: Known = NOTHING_KNOWN, **lists: list[Any]) -> RosterSnapshot:
    usual: dict[str, list[Any]] = {
        "classes": [homeroom()],
        "users": [user("p", "student")],
        "enrollments": [place("e")],
        "demographics": [BORN],
    }
    return read_snapshot(gathered(**{**usual, **lists}), school=SCHOOL, source="s", known=known)


@pytest.mark.parametrize(
    ("title", "named"),
    [
        ("5А", (5, "А")),
        ("5-а", (5, "А")),
        ("05 «A» класс", (5, "А")),
        ("11", (11, "")),
        ("12А", None),
        ("Алгебра 5А", None),
    ],
)
def test_a_class_is_named_by_grade_and_letter(title: str, named: tuple[int, str] | None) -> None:
    assert grade_and_letter(title) == named


@pytest.mark.parametrize("told", ["2015-03-04", "2015-03-03T21:00:00.000Z", "2015-03-04T00:00:00Z", "04.03.2015"])
def test_a_day_is_the_same_in_all_its_forms(told: str) -> None:
    assert day({"birthDate": told}, "birthDate") == date(2015, 3, 4)


@pytest.mark.parametrize("told", ["03/04/2015", "вчера", "2015-13-01"])
def test_a_day_that_may_mean_two_is_not_guessed_at(told: str) -> None:
    with pytest.raises(Unreadable):
        day({"birthDate": told}, "birthDate")


def test_truth_is_a_word_or_a_json_value() -> None:
    assert [truth(value) for value in ("true", True, "false", False, None, 1)] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]


def test_references_are_objects_flat_ids_or_words() -> None:
    flat = {"sourcedId": "e", "userSourcedId": "p", "classSourcedId": "c", "schoolSourcedId": "org", "role": "student"}
    assert (read_enrolment(flat).user, read_enrolment(flat).school_class) == ("p", "c")
    assert read_class({"sourcedId": "c", "school": "org"}).school == "org"


def test_the_older_dialect_has_one_role_and_several_organisations() -> None:
    one = read_user({"sourcedId": "u", "role": "student", "orgs": [ref("org"), ref("other")]})
    assert [(role.role, role.org) for role in one.roles] == [("student", "org"), ("student", "other")]


def test_the_end_is_the_first_day_that_is_no_longer_in_it() -> None:
    read = school(enrollments=[place("e", endDate="2027-06-01")])
    assert read.enrollments[0].valid_to == date(2027, 5, 31)


def test_four_terms_in_one_class_are_one_enrolment() -> None:
    terms = [("2026-09-01", "2026-11-01"), ("2026-11-01", "2027-01-01"), ("2027-01-01", None)]
    read = school(
        enrollments=[place(f"e{n}", beginDate=a, **({"endDate": b} if b else {})) for n, (a, b) in enumerate(terms)]
    )
    assert [(one.valid_from, one.valid_to) for one in read.enrollments] == [(date(2026, 9, 1), None)]


def test_a_second_class_at_the_same_time_is_turned_away() -> None:
    read = school(classes=[homeroom(), homeroom("d", "5Б")], enrollments=[place("e"), place("f", school_class="d")])
    assert len(read.enrollments) == 1
    assert [one.faults[0].code for one in read.rejected] == ["roster.two_classes"]


def test_a_pupil_without_birth_date_waits_and_is_protected_with_all_that_hangs_on_it() -> None:
    agents = {"agents": [ref("g")]}
    read = school(users=[user("p", "student", **agents), user("g", "parent")], demographics=[])
    assert {(one.kind, one.faults[0].code) for one in read.rejected} == {
        ("pupil", "oneroster.no_demographics"),
        ("guardianship", "roster.unknown_reference"),
        ("enrollment", "roster.unknown_reference"),
    }
    assert [one.source_id for one in read.guardians] == ["g"]
    assert {one.kind for one in read.protected} == {RecordKind.PUPIL, RecordKind.GUARDIANSHIP, RecordKind.ENROLLMENT}


def test_what_the_source_does_not_tell_stays_as_we_have_it() -> None:
    held = {
        "patronymic": "Старовна",
        "birth_date": "2014-01-02",
        "sex": "female",
        "snils": "112-233-445 95",
    }
    bare = {"sourcedId": "p", "familyName": "Т", "givenName": "П", "roles": [{"role": "student", "org": ref("org")}]}
    read = school(known=Known(records={RecordKind.PUPIL: {"p": held}}), users=[bare], demographics=[])
    (pupil,) = read.pupils
    assert (pupil.birth_date, pupil.sex, pupil.snils) == (date(2014, 1, 2), Sex.FEMALE, "112-233-445 95")
    assert pupil.name.patronymic == "Старовна"
    assert read.rejected == ()


def test_a_parent_is_mother_or_father_by_sex_or_patronymic_else_a_legal_guardian() -> None:
    people = [
        user("p", "student", agents=[ref("m"), ref("f"), ref("x")]),
        user("m", "parent"),
        user("f", "parent", middleName="Примерович"),
        user("x", "guardian"),
    ]
    read = school(users=people)
    ids = {one.id: one.source_id for one in read.guardians}
    assert {ids[one.guardian]: one.relation for one in read.guardianships} == {
        "m": Relation.MOTHER,
        "f": Relation.FATHER,
        "x": Relation.LEGAL_GUARDIAN,
    }


def test_a_link_may_be_written_at_the_guardians_end() -> None:
    read = school(users=[user("p", "student"), user("g", "guardian", agents=[ref("p")])])
    assert len(read.guardianships) == 1


def test_one_person_in_two_roles_is_told_in_both() -> None:
    both = user("t", "teacher")
    both["roles"].append({"role": "parent", "org": ref("org")})
    read = school(users=[user("p", "student", agents=[ref("t")]), both])
    assert ([one.source_id for one in read.staff], [one.source_id for one in read.guardians]) == (["t"], ["t"])


def test_people_and_classes_of_other_schools_and_ended_roles_are_not_ours() -> None:
    elsewhere = user("o", "student")
    elsewhere["roles"][0]["org"] = ref("other")
    over = user("q", "teacher")
    over["roles"][0]["endDate"] = TODAY.isoformat()
    read = school(
        users=[user("p", "student"), elsewhere, over], classes=[homeroom(), homeroom("x", school=ref("other"))]
    )
    assert ([one.source_id for one in read.pupils], read.staff, len(read.classes)) == (["p"], (), 1)


def test_an_object_without_an_id_protects_its_whole_kind() -> None:
    read = school(enrollments=[place("e"), "nonsense"])
    assert Protected(kind=RecordKind.ENROLLMENT) in read.protected
    assert len(read.enrollments) == 1


def test_the_class_teacher_is_the_primary_one_or_the_only_one() -> None:
    teachers = [user("t", "teacher"), user("u", "teacher")]
    lead = [place("e1", "t", role="teacher", primary="true"), place("e2", "u", role="teacher")]
    read = school(users=teachers, enrollments=lead)
    assert read.classes[0].class_teacher == next(one.id for one in read.staff if one.source_id == "t")
    undecided = school(users=teachers, enrollments=[place("e1", "t", role="teacher"), place("e2", "u", role="teacher")])
    assert undecided.classes[0].class_teacher is None


def test_no_personal_data_in_what_is_shown_of_objects() -> None:
    whole = gathered(classes=[homeroom()], users=[user("p", "student")], demographics=[BORN], enrollments=[place("e")])
    assert "Тестова" not in repr(whole)
    assert "2015" not in repr(whole)
