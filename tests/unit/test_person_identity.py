"""Which records of two roles or schools are one person by rule, and where only a person can say."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.model.ids import SchoolId
from gateway.model.people import PersonName
from gateway.model.person_identity import (
    PersonFacts,
    PersonKey,
    PersonLink,
    PersonState,
    looked_at,
    pair_of,
    verdict,
    who_is_who,
)
from gateway.model.roster import RecordKind

NOW = datetime(2026, 10, 1, tzinfo=UTC)
SNILS = "112-233-445 95"
OTHER_SNILS = "112-233-446 96"
GUID = "0f3c2a9e-3b0a-4d57-9f0e-0d3f6a1f7c11"


def key(school: str, kind: RecordKind, number: int = 1) -> PersonKey:
    return PersonKey(school=SchoolId(school), kind=kind, id=f"{kind.value}-{number}")


def someone(school: str, kind: RecordKind, number: int = 1, **told: Any) -> PersonFacts:
    name = PersonName(family="Щукина", given="Алёна", patronymic="Примеровна")
    return PersonFacts(key=key(school, kind, number), **{"name": name, **told})


PUPIL, GUARDIAN, STAFF = RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.STAFF
BORN = date(2015, 3, 4)


@pytest.mark.parametrize(
    ("one", "other", "rule", "is_sure"),
    [
        (someone("a", PUPIL, snils=SNILS), someone("b", PUPIL, snils=SNILS), "snils", True),
        (someone("a", PUPIL, snils=SNILS), someone("a", STAFF, snils=SNILS), "snils", True),
        (someone("a", GUARDIAN, portal_user="u"), someone("b", GUARDIAN, portal_user="u"), "portal_user", True),
        (someone("a", STAFF, users={("d", GUID)}), someone("b", GUARDIAN, users={("d", GUID)}), "user", True),
        (someone("a", STAFF, users={("d", "7")}), someone("a", GUARDIAN, users={("d", "7")}), "user", True),
        # a number that is not unique in the world says little of another school
        (someone("a", STAFF, users={("d", "7")}), someone("b", GUARDIAN, users={("d", "7")}), "user", False),
        (someone("a", PUPIL, birth_date=BORN), someone("b", PUPIL, birth_date=BORN), "name+birth_date", False),
        (
            someone("a", GUARDIAN, phone="8 900 0000001"),
            someone("b", GUARDIAN, phone="+79000000001"),
            "name+phone",
            False,
        ),
        (someone("a", GUARDIAN, email="A@x.ru"), someone("b", GUARDIAN, email="a@x.ru"), "name+email", False),
        (someone("a", STAFF), someone("a", GUARDIAN), "name", False),
        # the same number, another day or another name: somebody's mistake, a person looks
        (
            someone("a", PUPIL, snils=SNILS, birth_date=BORN),
            someone("b", PUPIL, snils=SNILS, birth_date=date(2010, 1, 1)),
            "snils",
            False,
        ),
        (
            someone("a", PUPIL, snils=SNILS),
            someone("b", PUPIL, snils=SNILS, name=PersonName(family="Иванов", given="Пётр")),
            "snils",
            False,
        ),
    ],
)
def test_a_rule_says_so(one: PersonFacts, other: PersonFacts, rule: str, is_sure: bool) -> None:  # noqa: FBT001
    for said in (verdict(one, other), verdict(other, one)):
        assert said is not None
        assert (said.rule, said.is_sure) == (rule, is_sure)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (someone("a", PUPIL, 1, snils=SNILS), someone("a", PUPIL, 2, snils=SNILS)),  # such are merged
        (someone("a", PUPIL, snils=SNILS, birth_date=BORN), someone("b", PUPIL, snils=OTHER_SNILS, birth_date=BORN)),
        (
            someone("a", GUARDIAN, portal_user="u", phone="89000000001"),
            someone("b", GUARDIAN, portal_user="v", phone="89000000001"),
        ),
        (someone("a", PUPIL, birth_date=BORN), someone("b", PUPIL, birth_date=date(2015, 4, 3))),
        (someone("a", STAFF), someone("b", GUARDIAN)),  # a namesake
        (
            someone("a", STAFF, users={("d", "7")}),
            someone("a", GUARDIAN, users={("d", "7")}, name=PersonName(family="Иванов", given="Пётр")),
        ),
        (someone("a", STAFF), someone("a", GUARDIAN, name=PersonName(family="Щукина", given="Алёна"))),
    ],
)
def test_nothing_is_said(one: PersonFacts, other: PersonFacts) -> None:
    assert verdict(one, other) is verdict(other, one) is None


def test_a_pupil_and_a_guardian_with_one_number_are_never_one_by_rule() -> None:
    said = verdict(someone("a", PUPIL, users={("d", GUID)}), someone("a", GUARDIAN, users={("d", GUID)}))
    assert said is not None
    assert not said.is_sure


def test_what_somebody_decided_is_not_asked_again() -> None:
    one, other = someone("a", STAFF), someone("a", GUARDIAN)
    low, high = pair_of(one.key, other.key)
    decided = PersonLink(
        one=low, other=high, rule="name", confidence=100, state=PersonState.APART, since=NOW, decided_by="op"
    )
    assert looked_at([one], [other], [decided], at=NOW).kept == ()
    assert len(looked_at([one], [other], [], at=NOW).kept) == 1


def test_what_is_sure_no_more_becomes_a_question_and_what_is_wrong_goes() -> None:
    one, other = someone("a", PUPIL, snils=SNILS), someone("b", PUPIL, snils=SNILS)
    (found,) = looked_at([one], [other], [], at=NOW).kept
    renamed = replace(one, name=PersonName(family="Иванов", given="Пётр"))
    (asked,) = looked_at([renamed], [other], [found], at=NOW).kept
    assert (found.state, asked.state) == (PersonState.SAME, PersonState.ASKED)
    corrected = replace(one, snils=OTHER_SNILS)
    assert looked_at([corrected], [other], [found], at=NOW).dropped == (found,)
    assert looked_at([one], [other], [found], at=NOW).kept == ()


_KEYS = [key(school, kind) for school in "ab" for kind in (PUPIL, GUARDIAN, STAFF)]


@settings(max_examples=30)
@given(
    pairs=st.sets(st.sampled_from([(a, b) for a in _KEYS for b in _KEYS if a < b])),
    held=st.dictionaries(st.sampled_from(_KEYS), st.sampled_from(["p-1", "p-2"])),
)
def test_persons_are_what_links_join(pairs: set[tuple[PersonKey, PersonKey]], held: dict[PersonKey, str]) -> None:
    links = [
        PersonLink(one=a, other=b, rule="snils", confidence=100, state=PersonState.SAME, since=NOW) for a, b in pairs
    ]
    persons = who_is_who(_KEYS, links, held, at=NOW)
    assert set(persons) == set(_KEYS)
    for a, b in pairs:
        assert persons[a] is not None
        assert persons[a] == persons[b]
    # two that nothing joins are two
    groups: list[set[PersonKey]] = [{one} for one in _KEYS]
    for a, b in pairs:
        first, second = (next(group for group in groups if end in group) for end in (a, b))
        if first is not second:
            first |= second
            groups.remove(second)
    named = [{persons[one] for one in group} for group in groups if len(group) > 1]
    assert all(len(names) == 1 for names in named)
    assert len({name for names in named for name in names}) == len(named)
    assert all(persons[one] is None for group in groups if len(group) == 1 for one in group)
    # said once, it stays
    settled = {one: person for one, person in persons.items() if person}
    assert who_is_who(_KEYS, links, settled, at=NOW) == persons
