"""Matching: links, rules, questions to a person, sources that number anew."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.model.matching import Remembered
from gateway.model.matching_cases import CaseReason
from gateway.model.people import PersonName, Pupil
from gateway.model.roster import Protected, RecordKind, RosterSnapshot, RosterState
from gateway.model.roster_change import Action
from gateway.model.roster_link import Link, LinkState
from gateway.model.roster_planning import plan
from tests.matching_world import SECOND, from_source, held_after, links_of, matched, snils_of, told
from tests.roster_world import FIRST, NOON, SCHOOL, TODAY, UNPROVED, pupil_of, teacher

BASE = told(4)
STATE = held_after(BASE)
LINKS = links_of(BASE)


def only(snapshot: RosterSnapshot, *pupils: Pupil) -> RosterSnapshot:
    """A snapshot of some pupils and nothing else."""
    return RosterSnapshot(source=snapshot.source, school=snapshot.school, pupils=pupils)


def second(pupil: Pupil, **changes: object) -> RosterSnapshot:
    """One pupil as the second source tells of them."""
    return from_source(only(BASE, replace(pupil, **changes)), SECOND)  # type: ignore[arg-type]


def test_what_is_linked_is_given_back_as_it_is() -> None:
    found = matched(BASE, LINKS, STATE)
    assert found.snapshot is BASE
    assert (found.new_links, found.cases, found.doubts, found.renumbered) == ((), (), (), False)


def test_a_first_load_is_new_and_needs_no_link_and_no_person() -> None:
    found = matched(BASE, (), RosterState())
    assert found.snapshot is BASE
    assert (found.new_links, found.cases) == ((), ())


def test_records_that_came_before_there_were_links_are_linked_to_themselves() -> None:
    found = matched(BASE, (), STATE)
    assert found.snapshot is BASE
    assert {(one.kind, one.source_id, one.id, one.confidence, one.rule) for one in found.new_links} == {
        (one.kind, one.source_id, one.id, 100, "created") for one in LINKS
    }


def test_a_second_source_brings_nobody_twice() -> None:
    said = from_source(BASE, SECOND)
    found = matched(said, LINKS, STATE)
    assert found.cases == ()
    assert {one.id for one in found.new_links} == {one.id for one in LINKS}
    changes = plan(STATE, found.snapshot, today=TODAY).changes
    assert changes == ()


def test_a_second_source_in_latin_letters_without_patronymics_and_numbers_is_the_same_people() -> None:
    names = {"Щукина": "Shchukina", "Пробная": "Probnaya", "Образцова": "Obraztsova", "Учебная": "Uchebnaia"}
    given = {"Алёна": "Alyona", "Юлия": "Yuliya", "Мария": "Maria", "Елена": "Yelena"}
    said = from_source(BASE, SECOND)
    latin = replace(
        said,
        pupils=tuple(
            replace(one, snils=None, name=PersonName(family=names[one.name.family], given=given[one.name.given]))
            for one in said.pupils
        ),
    )
    found = matched(latin, LINKS, STATE)
    linked = {one.source_id: one.id for one in found.new_links if one.kind is RecordKind.PUPIL}
    assert linked == {f"x-P-{number}": pupil_of(number) for number in range(1, 5)}
    assert found.cases == ()


def test_relations_and_class_teachers_follow_the_people() -> None:
    found = matched(from_source(BASE, SECOND), LINKS, STATE).snapshot
    assert set(found.enrollments) == set(BASE.enrollments)
    assert set(found.guardianships) == set(BASE.guardianships)
    assert {one.class_teacher for one in found.classes} == {teacher(1).id}
    assert {one.source_id for one in found.pupils} == {one.source_id for one in BASE.pupils}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"snils": None}, "name+birth_date"),
        (
            {"name": PersonName(family="Иная", given="Алёна", patronymic="Примеровна")},
            "snils+family_differs+birth_date",
        ),
        ({"snils": None, "name": PersonName(family="ЩУКИНА", given="алена")}, "name_part+birth_date"),
    ],
)
def test_what_is_sure(changes: dict[str, object], rule: str) -> None:
    found = matched(second(BASE.pupils[0], **changes), LINKS, STATE)
    (link,) = found.new_links
    assert (link.source, link.source_id, link.id, link.rule, link.linked_by) == (
        SECOND,
        "x-P-1",
        pupil_of(1),
        rule,
        None,
    )
    assert 80 <= link.confidence <= 99


@pytest.mark.parametrize(
    "changes",
    [
        {"birth_date": date(2001, 1, 1)},
        {"name": PersonName(family="Иная", given="Другая", patronymic="Чужая")},
        {"snils": None, "name": PersonName(family="Алёна", given="Щукина")},
        {"snils": None, "birth_date": date(2011, 3, 1)},
        {"snils": None, "name": PersonName(family="Щукина", given="Алёна", patronymic="Иная")},
        {"snils": None, "name": PersonName(family="Иная", given="Алёна", patronymic="Примеровна")},
    ],
    ids=["snils and another day", "snils and another name", "swapped", "near day", "other patronymic", "other family"],
)
def test_what_a_person_has_to_decide_is_withheld_and_whom_it_may_mean_is_protected(changes: dict[str, object]) -> None:
    first = replace(BASE.pupils[0], birth_date=date(2010, 3, 1))
    base = replace(BASE, pupils=(first, *BASE.pupils[1:]))
    found = matched(second(first, **changes), LINKS, held_after(base))
    (case,) = found.cases
    assert (case.reason, case.kind, case.source_id) == (CaseReason.AMBIGUOUS, RecordKind.PUPIL, "x-P-1")
    assert case.candidates[0].id == pupil_of(1)
    assert found.new_links == ()
    assert found.snapshot.pupils == ()
    assert Protected(kind=RecordKind.PUPIL, prefix=(pupil_of(1),)) in found.snapshot.protected
    assert Protected(kind=RecordKind.ENROLLMENT, prefix=(pupil_of(1),)) in found.snapshot.protected


@pytest.mark.parametrize(
    "changes",
    [
        {"snils": snils_of(77)},
        {"snils": None, "birth_date": date(2001, 7, 19)},
        {"snils": None, "name": PersonName(family="Иная", given="Другая")},
    ],
    ids=["another snils", "namesake", "same day only"],
)
def test_who_is_somebody_else_is_new(changes: dict[str, object]) -> None:
    said = second(BASE.pupils[0], **changes)
    found = matched(said, LINKS, STATE)
    assert (found.new_links, found.cases) == ((), ())
    assert found.snapshot.pupils == said.pupils


def test_two_who_may_be_meant_are_a_question_with_both() -> None:
    twin = replace(BASE.pupils[1], name=BASE.pupils[0].name, birth_date=BASE.pupils[0].birth_date)
    base = replace(BASE, pupils=(BASE.pupils[0], twin, *BASE.pupils[2:]))
    found = matched(second(BASE.pupils[0], snils=None), LINKS, held_after(base))
    (case,) = found.cases
    assert {one.id for one in case.candidates} == {pupil_of(1), pupil_of(2)}
    assert all(one.evidence for one in case.candidates)


def test_namesakes_in_one_list_are_two_people() -> None:
    other = replace(teacher(2), name=teacher(1).name)
    found = matched(replace(BASE, staff=(teacher(1), other)), LINKS, STATE)
    assert found.cases == ()
    assert {one.id for one in found.snapshot.staff} == {teacher(1).id, other.id}


def test_a_pupil_listed_twice_with_one_snils_is_one_person_with_two_links() -> None:
    first = BASE.pupils[0]
    again = replace(first, id=pupil_of(9), source_id="P-9")
    said = replace(BASE, pupils=(*BASE.pupils, again))
    found = matched(said, LINKS, STATE)
    assert [(one.source_id, one.id) for one in found.new_links] == [("P-9", first.id)]
    assert [one.source_id for one in found.snapshot.pupils if one.id == first.id] == ["P-1"]
    assert plan(STATE, found.snapshot, today=TODAY).changes == ()


def test_a_pupil_listed_twice_sits_in_one_class() -> None:
    first = BASE.pupils[0]
    again = replace(first, id=pupil_of(9), source_id="P-9")
    place = BASE.enrollments[0]
    elsewhere = replace(place, pupil=again.id, school_class=BASE.classes[1].id, valid_from=FIRST + timedelta(days=9))
    said = replace(BASE, pupils=(*BASE.pupils, again), enrollments=(*BASE.enrollments, elsewhere))
    found = matched(said, LINKS, STATE).snapshot
    assert set(found.enrollments) == set(BASE.enrollments)
    assert [one.faults[0].code for one in found.rejected] == ["roster.two_classes"]


def test_a_first_list_with_one_person_twice_makes_one_person() -> None:
    again = replace(BASE.pupils[0], id=pupil_of(9), source_id="P-9")
    found = matched(only(BASE, BASE.pupils[0], again), (), RosterState())
    assert [one.id for one in found.snapshot.pupils] == [pupil_of(1)]
    assert [(one.source_id, one.id) for one in found.new_links] == [("P-9", pupil_of(1))]


def test_a_pupil_listed_twice_without_numbers_is_a_question() -> None:
    pupils = tuple(replace(one, snils=None) for one in BASE.pupils)
    again = replace(pupils[0], id=pupil_of(9), source_id="P-9")
    said = replace(BASE, pupils=(*pupils, again))
    found = matched(said, LINKS, STATE)
    (case,) = found.cases
    assert (case.source_id, case.candidates[0].id) == ("P-9", pupil_of(1))
    assert {one.source_id for one in found.snapshot.pupils} == {one.source_id for one in pupils}


def test_a_number_known_from_another_source_links() -> None:
    stranger = replace(BASE.pupils[0], snils=None, name=PersonName(family="Щукина", given="Алёна"))
    said = from_source(only(BASE, stranger), SECOND)
    said = replace(said, numbers={(RecordKind.PUPIL, "x-P-1"): ("P-1",)})
    (link,) = matched(said, LINKS, STATE).new_links
    assert link.rule.startswith("number+")


def test_guardians_are_known_by_their_children() -> None:
    said = from_source(BASE, SECOND)
    bare = replace(
        said,
        guardians=tuple(
            replace(one, phone="", email="", portal_user=None, name=replace(one.name, patronymic=""))
            for one in said.guardians
        ),
    )
    found = matched(bare, LINKS, STATE)
    linked = {one.source_id: one.rule for one in found.new_links if one.kind is RecordKind.GUARDIAN}
    assert linked == {f"x-G-{number}": "name_part+child" for number in range(1, 5)}


def test_two_parents_with_one_telephone_and_one_address_are_two_people() -> None:
    mother = BASE.guardians[0]
    father = replace(mother, portal_user=None, name=PersonName(family="Щукин", given="Папа", patronymic="Примерович"))
    said = from_source(replace(BASE, guardians=(father, *BASE.guardians[1:])), SECOND)
    found = matched(said, LINKS, STATE)
    assert "x-G-1" not in {one.source_id for one in found.new_links}
    assert found.cases == ()


def test_a_record_withheld_takes_its_relations_with_it_and_nobody_leaves_for_it() -> None:
    doubtful = replace(BASE.pupils[0], birth_date=date(2001, 1, 1))
    said = from_source(replace(BASE, pupils=(doubtful, *BASE.pupils[1:])), SECOND)
    found = matched(said, LINKS, STATE)
    assert len(found.cases) == 1
    assert all(one.pupil != said.pupils[0].id for one in found.snapshot.enrollments)
    changes = plan(STATE, found.snapshot, today=TODAY).changes
    assert changes == ()


def test_a_class_keeps_its_teacher_while_it_is_asked_who_the_teacher_is() -> None:
    base = replace(BASE, staff=(replace(teacher(1), snils=snils_of(50)),))
    someone = replace(base.staff[0], name=PersonName(family="Иной", given="Другой", patronymic="Чужой"))
    found = matched(from_source(replace(base, staff=(someone,)), SECOND), LINKS, held_after(base))
    assert [case.kind for case in found.cases] == [RecordKind.STAFF]
    assert {one.class_teacher for one in found.snapshot.classes} == {teacher(1).id}


def test_a_number_that_stands_for_somebody_else_now_is_a_question() -> None:
    other = replace(
        BASE.pupils[0],
        name=PersonName(family="Иная", given="Другая"),
        birth_date=date(2009, 9, 9),
        snils=None,
    )
    found = matched(replace(BASE, pupils=(other, *BASE.pupils[1:])), LINKS, STATE)
    (case,) = found.cases
    assert (case.reason, case.candidates[0].id) == (CaseReason.ANOTHER_PERSON, pupil_of(1))
    changes = plan(STATE, found.snapshot, today=TODAY).changes
    assert changes == ()


def test_a_changed_family_name_or_a_corrected_day_is_the_same_person() -> None:
    first, second_, *rest = BASE.pupils
    married = replace(first, name=replace(first.name, family="Замужняя"))
    corrected = replace(second_, birth_date=date(2009, 9, 9))
    found = matched(replace(BASE, pupils=(married, corrected, *rest)), LINKS, STATE)
    assert found.cases == ()
    assert {change.action for change in plan(STATE, found.snapshot, today=TODAY).changes} == {Action.UPDATE}


def test_a_link_that_a_person_made_is_not_doubted() -> None:
    links = tuple(replace(one, rule="person", linked_by="anna") for one in LINKS)
    other = replace(BASE.pupils[0], name=PersonName(family="Иная", given="Другая"), birth_date=date(2009, 9, 9))
    assert matched(replace(BASE, pupils=(other, *BASE.pupils[1:])), links, STATE).cases == ()


def test_a_source_that_numbers_anew_is_asked_about_once_and_nothing_flows() -> None:
    said = from_source(BASE, "registry", mark="new-")
    found = matched(said, LINKS, STATE)
    assert found.renumbered
    assert {case.reason for case in found.cases} == {CaseReason.RENUMBERED}
    pupils = next(case for case in found.cases if case.kind is RecordKind.PUPIL)
    assert {(one.source_id, one.id) for one in pupils.proposed} == {
        (f"new-P-{number}", pupil_of(number)) for number in range(1, 5)
    }
    assert not found.snapshot.complete
    assert found.snapshot.pupils == ()
    assert all(link.kind is not RecordKind.PUPIL for link in found.new_links)
    changes = plan(STATE, found.snapshot, today=TODAY).changes
    assert changes == ()


def test_numbers_dealt_out_anew_among_the_same_people_are_a_renumbering_too() -> None:
    pupils = BASE.pupils
    shuffled = tuple(
        replace(one, id=other.id, source_id=other.source_id)
        for one, other in zip(pupils, (*pupils[1:], pupils[0]), strict=True)
    )
    found = matched(replace(BASE, pupils=shuffled), LINKS, STATE)
    (case,) = found.cases
    assert case.reason is CaseReason.RENUMBERED
    assert {(one.source_id, one.id) for one in case.proposed} == {
        (one.source_id, whose.id) for one, whose in zip(shuffled, pupils, strict=True)
    }
    changes = plan(STATE, found.snapshot, today=TODAY).changes
    assert changes == ()


def test_one_pupil_under_a_new_number_is_no_renumbering() -> None:
    moved = replace(BASE.pupils[0], id=pupil_of(9), source_id="P-9")
    said = replace(
        BASE,
        pupils=(moved, *BASE.pupils[1:]),
        enrollments=tuple(
            replace(one, pupil=moved.id) if one.pupil == pupil_of(1) else one for one in BASE.enrollments
        ),
        guardianships=tuple(
            replace(one, pupil=moved.id) if one.pupil == pupil_of(1) else one for one in BASE.guardianships
        ),
    )
    found = matched(said, LINKS, STATE)
    assert not found.renumbered
    (link,) = found.new_links
    assert (link.source_id, link.id) == ("P-9", pupil_of(1))
    (change,) = plan(STATE, found.snapshot, today=TODAY).changes
    assert change.rows[0].new == {"source_id": "P-9"}


def test_another_schools_list_is_asked_about_and_nothing_flows() -> None:
    base = told(12)
    strangers = tuple(
        replace(
            one,
            id=pupil_of(100 + place),
            source_id=f"P-{100 + place}",
            snils=snils_of(100 + place),
            name=PersonName(family=f"Чужая{chr(0x430 + place)}", given="Иная", patronymic="Другая"),
            birth_date=date(2012, 12, 1 + place),
        )
        for place, one in enumerate(base.pupils)
    )
    said = replace(base, pupils=strangers, enrollments=(), guardianships=())
    found = matched(said, links_of(base), held_after(base))
    (case,) = [case for case in found.cases if case.kind is RecordKind.PUPIL]
    assert (case.reason, case.records, len(case.proposed)) == (CaseReason.STRANGERS, 12, 12)
    assert found.snapshot.pupils == ()
    assert not found.snapshot.complete


def test_what_a_person_said_to_leave_alone_never_flows() -> None:
    said = second(BASE.pupils[0], birth_date=date(2001, 1, 1))
    ignored = Remembered(ignored=frozenset({(RecordKind.PUPIL, "x-P-1")}))
    found = matched(said, LINKS, STATE, ignored)
    assert (found.cases, found.new_links, found.snapshot.pupils) == ((), (), ())


def test_a_retired_link_only_counts_as_a_number() -> None:
    retired = tuple(replace(one, state=LinkState.RETIRED) for one in LINKS if one.kind is RecordKind.PUPIL)
    others = tuple(one for one in LINKS if one.kind is not RecordKind.PUPIL)
    found = matched(BASE, (*retired, *others), STATE)
    assert {one.source_id: one.id for one in found.new_links} == {one.source_id: one.id for one in BASE.pupils}
    assert all("number" in one.rule for one in found.new_links)


def test_an_absorbed_record_is_the_one_it_was_made_one_with() -> None:
    remembered = Remembered(aliases={pupil_of(2): pupil_of(1)})
    found = matched(BASE, LINKS, STATE, remembered)
    assert {one.id for one in found.snapshot.pupils} == {pupil_of(number) for number in (1, 3, 4)}


def test_what_a_rejected_record_stands_for_is_protected_under_our_id() -> None:
    said = from_source(BASE, SECOND)
    links = (*LINKS, *matched(said, LINKS, STATE).new_links)
    lost = said.pupils[0]
    protected = frozenset({Protected(kind=RecordKind.PUPIL, prefix=(lost.id,))})
    found = matched(replace(said, pupils=said.pupils[1:], protected=protected), links, STATE)
    assert Protected(kind=RecordKind.PUPIL, prefix=(pupil_of(1),)) in found.snapshot.protected


def test_an_enrolment_alone_is_understood() -> None:
    said = from_source(BASE, SECOND)
    links = (*LINKS, *matched(said, LINKS, STATE).new_links)
    alone = RosterSnapshot(source=SECOND, school=SCHOOL.id, enrollments=said.enrollments, partial=True)
    assert set(matched(alone, links, STATE).snapshot.enrollments) == set(BASE.enrollments)


def test_in_half_a_list_nobody_is_linked_anew_by_name_alone() -> None:
    moved = replace(BASE.pupils[0], id=pupil_of(9), source_id="P-9", snils=None)
    said = replace(BASE, pupils=(moved, *BASE.pupils[2:]), doubts=UNPROVED)
    found = matched(said, LINKS, STATE)
    assert found.new_links == ()
    assert [case.source_id for case in found.cases] == ["P-9"]


def test_a_pupil_and_a_teacher_with_one_snils_are_noted() -> None:
    said = replace(BASE, staff=(replace(teacher(1), snils=BASE.pupils[0].snils),))
    (note,) = matched(said, LINKS, STATE).notes
    assert "P-1" in note.en
    assert "S-1" in note.ru


def test_a_link_of_another_source_says_nothing_of_this_ones_ids() -> None:
    foreign = Link(
        source="lists",
        kind=RecordKind.PUPIL,
        source_id="P-1",
        id=pupil_of(2),
        confidence=100,
        rule="created",
        linked_at=NOON,
    )
    assert matched(BASE, (*LINKS, foreign), STATE).snapshot is BASE
