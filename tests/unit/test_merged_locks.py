"""What the school has locked on a record that is made one with another stays as the school set it, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.model.people import PersonName
from gateway.model.roster import Key, RecordKind, RosterSnapshot
from gateway.model.roster_locks import FieldLock
from gateway.roster.author import Author
from gateway.roster.locks import FieldLocks
from gateway.roster.people import PersonMerges
from tests.roster_life_world import SAID, Life
from tests.roster_world import FIRST, class_of, database, guardian, link, place, pupil, pupil_of

AUTHOR = Author(actor="zavuch", role="deputy", channel="roster", reason="one child")
TWICE = replace(pupil(9), name=PersonName(family="Иная", given="Запись"), birth_date=date(2015, 5, 6), snils=None)
LATER = date(2026, 9, 15)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with database(tmp_path) as base:
        yield Life(base=base)


def lock(life: Life, kind: RecordKind, key: Key, name: str, value: str | None = None) -> None:
    locks = FieldLocks(units=life.base.units, clock=life.clock, new_id=life.base.new_id)
    locks.lock(kind, key, name, by="director", reason="papers seen", value=value)


def held_locks(life: Life) -> list[FieldLock]:
    with life.base.unit() as unit:
        return list(unit.roster_locks.all())


def merges(life: Life) -> PersonMerges:
    return PersonMerges(units=life.base.units, clock=life.clock, new_id=life.base.new_id)


def entered_twice(*places: date) -> RosterSnapshot:
    return replace(
        SAID,
        pupils=(*SAID.pupils, TWICE),
        guardians=(*SAID.guardians, guardian(9)),
        guardianships=(*SAID.guardianships, link(9, 9), link(1, 9)),
        enrollments=(*SAID.enrollments, *(place(9, 1, since=one) for one in places)),
    )


def synced(life: Life, days: int = 2) -> None:
    for _ in range(days):
        life.clock.now += timedelta(days=1)
        assert life.run().held == 0


def test_a_locked_name_of_the_record_that_goes_stays_and_comes_back(life: Life) -> None:
    life.run(entered_twice())
    lock(life, RecordKind.PUPIL, (TWICE.id,), "family", "Настоящая")
    before, locked = life.state(), held_locks(life)
    merge = merges(life).merge(RecordKind.PUPIL, pupil_of(1), TWICE.id, author=AUTHOR)
    synced(life)
    assert life.state().of(RecordKind.PUPIL)[pupil_of(1),]["family"] == "Настоящая"
    assert [(one.key, one.field) for one in held_locks(life)] == [((pupil_of(1),), "family")]
    merges(life).undo(merge.id, author=AUTHOR)
    assert (life.state(), held_locks(life)) == (before, locked)


def test_where_both_are_locked_the_one_that_stays_has_the_last_word(life: Life) -> None:
    life.run(entered_twice())
    lock(life, RecordKind.PUPIL, (TWICE.id,), "family", "Настоящая")
    lock(life, RecordKind.PUPIL, (pupil_of(1),), "family", "Верная")
    before, locked = life.state(), held_locks(life)
    merge = merges(life).merge(RecordKind.PUPIL, pupil_of(1), TWICE.id, author=AUTHOR)
    synced(life)
    assert life.state().of(RecordKind.PUPIL)[pupil_of(1),]["family"] == "Верная"
    merges(life).undo(merge.id, author=AUTHOR)
    assert (life.state(), held_locks(life)) == (before, locked)


def test_nothing_is_filled_into_what_the_school_has_locked_empty(life: Life) -> None:
    life.run(entered_twice())
    lock(life, RecordKind.PUPIL, (TWICE.id,), "snils", "")
    merges(life).merge(RecordKind.PUPIL, TWICE.id, pupil_of(2), author=AUTHOR)
    assert life.state().of(RecordKind.PUPIL)[TWICE.id,]["snils"] is None


@pytest.mark.parametrize("since", [FIRST, LATER], ids=["the same first day", "another first day"])
def test_a_locked_end_of_a_place_that_both_have_stays_and_comes_back(life: Life, since: date) -> None:
    life.run(entered_twice(since))
    lock(life, RecordKind.ENROLLMENT, (TWICE.id, class_of(1), since.isoformat()), "valid_to", "2027-01-31")
    before, locked = life.state(), held_locks(life)
    merge = merges(life).merge(RecordKind.PUPIL, pupil_of(1), TWICE.id, author=AUTHOR)
    synced(life)
    own = pupil_of(1), class_of(1), FIRST.isoformat()
    assert life.state().of(RecordKind.ENROLLMENT)[own]["valid_to"] == "2027-01-31"
    assert [one.key for one in held_locks(life)] == [own]
    merges(life).undo(merge.id, author=AUTHOR)
    assert (life.state(), held_locks(life)) == (before, locked)


def test_a_locked_end_on_the_place_that_stays_is_not_overrun(life: Life) -> None:
    life.run(entered_twice(FIRST))
    own = pupil_of(1), class_of(1), FIRST.isoformat()
    lock(life, RecordKind.ENROLLMENT, own, "valid_to", "2027-01-31")
    merges(life).merge(RecordKind.PUPIL, pupil_of(1), TWICE.id, author=AUTHOR)
    assert life.state().of(RecordKind.ENROLLMENT)[own]["valid_to"] == "2027-01-31"


@pytest.mark.parametrize(("number", "taken"), [(9, False), (1, True)], ids=["their own", "both have it"])
def test_a_locked_relation_stays_and_comes_back(life: Life, number: int, *, taken: bool) -> None:
    life.run(entered_twice())
    lock(life, RecordKind.GUARDIANSHIP, (guardian(number).id, TWICE.id), "relation", "legal_guardian")
    before, locked = life.state(), held_locks(life)
    merge = merges(life).merge(RecordKind.PUPIL, pupil_of(1), TWICE.id, author=AUTHOR)
    synced(life)
    own = guardian(number).id, pupil_of(1)
    assert life.state().of(RecordKind.GUARDIANSHIP)[own]["relation"] == "legal_guardian"
    assert [one.key for one in held_locks(life)] == [own]
    assert taken == (own in before.of(RecordKind.GUARDIANSHIP))
    merges(life).undo(merge.id, author=AUTHOR)
    assert (life.state(), held_locks(life)) == (before, locked)
