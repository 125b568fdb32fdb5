"""Sources that lie a little every day, people who decide late: nobody leaves unless a person said so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.errors import DocumentError, GatewayError
from gateway.mapping.registry import pupil_id
from gateway.model.matching_cases import CaseReason, CaseState
from gateway.model.people import PersonName
from gateway.model.roster import RecordKind, RosterSnapshot, active_rows
from gateway.model.roster_plan import PlanState
from gateway.model.roster_source import DEFAULT_UPDATES, Thresholds
from gateway.roster.author import Author
from gateway.roster.locks import FieldLocks
from gateway.roster.matching import MatchDecisions
from gateway.roster.people import PersonMerges
from gateway.roster.sync import RosterSync
from tests.roster_life_world import SAID, Life
from tests.roster_world import SCHOOL, TODAY, UNPROVED, database, place, pupil, pupil_of, removing, roster, without

SCHOOL_OF_40 = roster(40).snapshot()
DAY = timedelta(days=1)
AUTHOR = Author(actor="zavuch", role="deputy", channel="roster", reason="looked")


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with database(tmp_path) as base:
        yield Life(base=base)


def pupils_in_force(life: Life) -> int:
    return len(active_rows(life.state().rows, TODAY)[RecordKind.PUPIL])


def ending(said: RosterSnapshot, last: date, *numbers: int) -> RosterSnapshot:
    """The snapshot with places that end."""
    theirs = {pupil_of(number) for number in numbers}
    return replace(
        said,
        enrollments=tuple(replace(one, valid_to=last) if one.pupil in theirs else one for one in said.enrollments),
    )


def renamed(number: int, *, family: str) -> PersonName:
    return replace(pupil(number).name, family=family)


# a little every day


def test_who_leaves_a_few_a_day_is_counted_over_the_week(life: Life) -> None:
    life.run(SCHOOL_OF_40)
    for day, gone in enumerate((9, 18, 27, 36)):
        life.clock.now += DAY
        result = life.run(without(SCHOOL_OF_40, *range(1, gone + 1)))
        assert (result.held > 0) == (day > 0)
    assert pupils_in_force(life) == 40 - 9


def test_after_a_week_a_few_more_may_leave(life: Life) -> None:
    life.run(SCHOOL_OF_40)
    life.run(without(SCHOOL_OF_40, *range(1, 10)))
    life.clock.now += 8 * DAY
    assert life.run(without(SCHOOL_OF_40, *range(1, 18))).held == 0


def test_what_a_person_agreed_to_does_not_count(life: Life) -> None:
    life.run(SCHOOL_OF_40)
    (held,) = life.run(without(SCHOOL_OF_40, *range(1, 20))).held_plans
    life.decisions.approve(held, by="zavuch", reason="a school was opened next door")
    life.decisions.apply(held, by="zavuch", reason="a school was opened next door")
    assert life.run(without(SCHOOL_OF_40, *range(1, 21))).held == 0


def test_half_of_a_small_school_does_not_leave_unseen(life: Life) -> None:
    said = roster(20).snapshot()
    life.run(said)
    result = life.run(without(said, *range(1, 11)))
    assert result.held_plan is not None
    assert pupils_in_force(life) == 20


# leaving under another name


def test_places_that_end_tomorrow_are_places_that_are_left(life: Life) -> None:
    life.run(SCHOOL_OF_40)
    result = life.run(ending(SCHOOL_OF_40, TODAY + DAY, *range(1, 21)))
    assert (result.updated, result.deactivated) == (0, 0)
    assert result.held == 20


def test_an_unproved_list_ends_no_place_that_is_still_to_end(life: Life) -> None:
    life.run(SAID)
    result = life.run(replace(ending(SAID, TODAY + DAY, 1), doubts=UNPROVED))
    assert (result.updated, result.deactivated, result.held) == (0, 0, 0)


# a person said no


def test_a_part_of_what_a_person_refused_does_not_flow(life: Life) -> None:
    life.run(SCHOOL_OF_40)
    (held,) = life.run(without(SCHOOL_OF_40, *range(1, 16))).held_plans
    life.decisions.reject(held, by="zavuch", reason="they are all here")
    life.clock.now += DAY
    life.run(without(SCHOOL_OF_40, *range(1, 6)))
    assert pupils_in_force(life) == 40


def test_what_hangs_on_a_leaver_who_was_brought_back_does_not_end_the_next_day(life: Life) -> None:
    life.run(SAID)
    before = life.state()
    plan = life.applied(without(SAID, 1))
    life.reverting.run(plan, by="zavuch", reason="she is here")
    life.clock.now += DAY
    life.run()
    assert life.state() == before


def test_agreeing_to_one_thing_again_is_not_agreeing_to_another(life: Life) -> None:
    life.run(SAID)
    for number in (1, 2):
        plan = life.applied(without(SAID, number))
        life.reverting.run(plan, by="zavuch", reason="here")
        life.clock.now += DAY
    for held in life.run(without(SAID, 1)).held_plans:
        life.decisions.approve(held, by="zavuch", reason="left")
        life.decisions.apply(held, by="zavuch", reason="left")
    assert pupils_in_force(life) == 3
    life.run(without(SAID, 1, 2))
    assert pupils_in_force(life) == 3


# decided late


def test_an_approved_plan_does_not_write_over_a_lock(life: Life) -> None:
    life.run(SAID)
    life.thresholds = Thresholds(percent=0, records=0)
    (held,) = life.run(without(SAID, 1)).held_plans
    life.decisions.approve(held, by="zavuch", reason="left")
    locks = FieldLocks(units=life.base.units, clock=life.clock, new_id=life.base.new_id)
    locks.lock(RecordKind.PUPIL, (pupil_of(1),), "status", by="director", reason="she stays")
    with pytest.raises(GatewayError) as refused:
        life.decisions.apply(held, by="zavuch", reason="left")
    assert refused.value.code == "roster.plan_outdated"
    assert pupils_in_force(life) == 4


def test_a_revert_does_not_write_over_a_lock(life: Life) -> None:
    life.run(SAID)
    married = replace(SAID.pupils[0], name=renamed(1, family="Новая"))
    plan = life.applied(replace(SAID, pupils=(married, *SAID.pupils[1:])))
    locks = FieldLocks(units=life.base.units, clock=life.clock, new_id=life.base.new_id)
    locks.lock(RecordKind.PUPIL, (pupil_of(1),), "family", by="director", reason="passport seen")
    with pytest.raises(DocumentError) as refused:
        life.reverting.run(plan, by="zavuch", reason="wrong file")
    assert refused.value.code == "roster.revert_refused"


def test_a_plan_that_waited_too_long_is_not_approved(life: Life) -> None:
    life.run(SCHOOL_OF_40)
    (held,) = life.run(without(SCHOOL_OF_40, *range(1, 20))).held_plans
    life.clock.now += 15 * DAY
    with pytest.raises(GatewayError) as refused:
        life.decisions.approve(held, by="zavuch", reason="late")
    assert refused.value.code == "roster.plan_expired"


def test_a_list_that_was_read_before_another_one_removes_nobody(life: Life) -> None:
    life.run(SAID)

    class Overtaken:
        """A reading during which another one begins and ends."""

        def snapshot(self, _school: object) -> RosterSnapshot:
            life.run(replace(SAID, pupils=(*SAID.pupils, pupil(9)), enrollments=(*SAID.enrollments, place(9, 1))))
            return SAID

    slow = RosterSync(
        units=life.base.units,
        source=Overtaken(),
        clock=life.clock,
        new_id=life.base.new_id,
        rules=removing(Thresholds()),
    )
    result = slow.run()
    assert (result.deactivated, result.complete) == (0, False)
    assert pupils_in_force(life) == 5


# who is who


def test_two_pupils_whose_numbers_are_swapped_wait_for_a_person(life: Life) -> None:
    one, two, *rest = SAID.pupils
    life.run(SAID)
    swapped = (replace(one, snils=two.snils), replace(two, snils=one.snils))
    result = life.run(replace(SAID, pupils=(*swapped, *rest)))
    assert result.updated == 0
    assert life.state().of(RecordKind.PUPIL)[pupil_of(1),]["snils"] == one.snils


def test_two_pupils_whose_names_are_swapped_wait_for_a_person(life: Life) -> None:
    names = [PersonName(family="Первых", given="Анна"), PersonName(family="Вторых", given="Борис")]
    pupils = tuple(replace(SAID.pupils[n], name=name) for n, name in enumerate(names))
    said = replace(SAID, pupils=(*pupils, *SAID.pupils[2:]))
    life.run(said)
    swapped = tuple(replace(one, name=name) for one, name in zip(pupils, reversed(names), strict=True))
    result = life.run(replace(said, pupils=(*swapped, *SAID.pupils[2:])))
    assert result.updated == 0


def test_new_numbers_that_a_person_agreed_to_are_no_rewriting(life: Life) -> None:
    said = roster(80).snapshot()

    def sync(says: RosterSnapshot) -> RosterSync:
        life.source.says = says
        rules = removing(Thresholds(), updates=DEFAULT_UPDATES)
        return replace(life.sync, rules=rules)

    sync(said).run()
    numbered = tuple(
        replace(one, id=pupil_id(SCHOOL.id, f"N-{n}"), source_id=f"N-{n}") for n, one in enumerate(said.pupils)
    )
    theirs = {before.id: after.id for before, after in zip(said.pupils, numbered, strict=True)}
    anew = replace(
        said,
        pupils=numbered,
        enrollments=tuple(replace(one, pupil=theirs[one.pupil]) for one in said.enrollments),
        guardianships=tuple(replace(one, pupil=theirs[one.pupil]) for one in said.guardianships),
    )
    assert sync(anew).run().deactivated == 0
    matches = MatchDecisions(units=life.base.units, clock=life.clock, new_id=life.base.new_id)
    (case,) = matches.cases(state=CaseState.OPEN)
    assert case.case.reason is CaseReason.RENUMBERED
    matches.same(case.id, author=AUTHOR)
    result = sync(anew).run()
    assert (result.held, result.updated, result.created, result.deactivated) == (0, 80, 0, 0)


# made one


def merges(life: Life) -> PersonMerges:
    return PersonMerges(units=life.base.units, clock=life.clock, new_id=life.base.new_id)


def test_a_revert_that_touches_a_record_made_one_with_another_is_refused(life: Life) -> None:
    nobody = replace(SAID, pupils=SAID.pupils[2:], guardianships=(), enrollments=SAID.enrollments[2:])
    life.run(nobody)
    bare = replace(SAID.pupils[1], name=PersonName(family="Иная", given="Проба"), snils=None)
    plan = life.applied(
        replace(
            nobody,
            pupils=(SAID.pupils[0], bare, *nobody.pupils),
            enrollments=(*nobody.enrollments, SAID.enrollments[0]),
        )
    )
    merge = merges(life).merge(RecordKind.PUPIL, pupil_of(1), pupil_of(2), author=AUTHOR)
    before = life.state()
    with pytest.raises(DocumentError) as refused:
        life.reverting.run(plan, by="zavuch", reason="wrong file")
    assert refused.value.code == "roster.revert_refused"
    assert {one.record for one in refused.value.faults} >= {f"pupil/{pupil_of(1)}", f"pupil/{pupil_of(2)}"}
    assert life.state() == before
    merges(life).undo(merge.id, author=AUTHOR)
    assert life.reverting.run(plan, by="zavuch", reason="wrong file").head.state is PlanState.REVERTED


def test_a_plan_of_after_a_merge_is_taken_back_as_any_other(life: Life) -> None:
    bare = replace(pupil(9), name=PersonName(family="Иная", given="Запись"), birth_date=date(2015, 5, 6), snils=None)
    life.run(replace(SAID, pupils=(*SAID.pupils, bare)))
    merges(life).merge(RecordKind.PUPIL, pupil_of(1), pupil_of(9), author=AUTHOR)
    married = replace(SAID.pupils[0], name=renamed(1, family="Новая"))
    before = life.state()
    plan = life.applied(replace(SAID, pupils=(married, *SAID.pupils[1:], bare)))
    life.reverting.run(plan, by="zavuch", reason="wrong file")
    assert life.state() == before


def test_a_merge_is_undone_after_a_sync_and_the_next_sync_finds_two_again(life: Life) -> None:
    bare = replace(pupil(9), name=PersonName(family="Иная", given="Запись"), birth_date=date(2015, 5, 6), snils=None)
    said = replace(SAID, pupils=(*SAID.pupils, bare), enrollments=(*SAID.enrollments, place(9, 1)))
    life.run(said)
    before = life.state()
    merge = merges(life).merge(RecordKind.PUPIL, pupil_of(1), pupil_of(9), author=AUTHOR)
    merged = life.state()
    for _ in range(2):
        life.clock.now += DAY
        assert life.run().held == 0
    assert life.state() == merged
    merges(life).undo(merge.id, author=AUTHOR)
    assert life.state() == before
    life.run()
    assert life.state() == before


def test_what_a_later_plan_did_is_not_taken_back_with_an_earlier_one(life: Life) -> None:
    life.run(SAID)
    first = life.applied(without(SAID, 1))
    life.run(SAID)
    last = life.applied(without(SAID, 1))
    before = life.state()
    with pytest.raises(DocumentError) as refused:
        life.reverting.run(first, by="zavuch", reason="late")
    assert refused.value.code == "roster.revert_refused"
    assert life.state() == before
    life.reverting.run(last, by="zavuch", reason="wrong file")
    assert pupils_in_force(life) == 4


def test_however_many_plans_wait_the_newest_list_makes_the_old_ones_pointless(life: Life) -> None:
    life.run(SCHOOL_OF_40)
    (old,) = life.run(without(SCHOOL_OF_40, *range(1, 20))).held_plans
    stored = life.decisions.show(old)
    with life.base.unit() as unit:
        for number in range(60):
            head = replace(stored.head, id=f"other-{number}", source="other", made_at=life.clock())
            unit.roster.keep(replace(stored, head=head))
    life.run(SCHOOL_OF_40)
    assert life.decisions.show(old).head.state is PlanState.SUPERSEDED
