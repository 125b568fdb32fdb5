"""Who may see whose diary, and what a change of a mark means: the pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.model.diary import ChildRight, Denial, MarkEventKind, age, decision_in_force, denial, event_kind
from gateway.model.ids import GuardianId, PupilId
from gateway.model.people import Consent, ConsentDecision, Guardianship, Relation, Status
from tests.diary_world import change_of

TODAY = date(2026, 10, 14)
DAY = timedelta(days=1)


def _consent(decision: ConsentDecision, on: date) -> Consent:
    return Consent(guardian=GuardianId("g"), pupil=PupilId("p"), decision=decision, decided_on=on, document="№ 1")


YES = _consent(ConsentDecision.CONSENT, TODAY - 10 * DAY)
SHIP = Guardianship(
    guardian=GuardianId("g"), pupil=PupilId("p"), relation=Relation.MOTHER, valid_from=TODAY, valid_to=TODAY
)
RIGHT = ChildRight(
    guardianship=SHIP,
    guardian_status=Status.ACTIVE,
    portal_user="portal-g",
    pupil_status=Status.ACTIVE,
    birth_date=date(2015, 5, 5),
    consents=(YES,),
)


def test_a_right_holds_on_the_first_and_the_last_day_of_the_guardianship() -> None:
    assert denial(RIGHT, today=TODAY) is None
    assert denial(RIGHT, today=TODAY - DAY) is Denial.NO_GUARDIANSHIP
    assert denial(RIGHT, today=TODAY + DAY) is Denial.NO_GUARDIANSHIP


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.ARCHIVED])
def test_suspended_guardians_and_pupils_see_and_are_seen_no_more(status: Status) -> None:
    assert denial(replace(RIGHT, pupil_status=status), today=TODAY) is Denial.SUSPENDED
    assert denial(replace(RIGHT, guardian_status=status), today=TODAY) is Denial.SUSPENDED


def test_on_the_eighteenth_birthday_the_guardian_needs_the_pupils_consent() -> None:
    assert denial(replace(RIGHT, birth_date=date(2008, 10, 15)), today=TODAY) is None
    assert denial(replace(RIGHT, birth_date=date(2008, 10, 14)), today=TODAY) is Denial.ADULT_PUPIL


def test_who_was_born_on_29_february_is_a_year_older_on_1_march() -> None:
    assert age(date(2008, 2, 29), today=date(2026, 2, 28)) == 17
    assert age(date(2008, 2, 29), today=date(2026, 3, 1)) == 18


def test_the_newest_decision_wins_and_the_order_of_entry_does_not_matter() -> None:
    no = _consent(ConsentDecision.REFUSAL, TODAY - DAY)
    again = _consent(ConsentDecision.CONSENT, TODAY)
    assert decision_in_force((no, YES), today=TODAY) is ConsentDecision.REFUSAL
    assert decision_in_force((again, no, YES), today=TODAY) is ConsentDecision.CONSENT


def test_a_decision_of_tomorrow_is_not_in_force_yet_and_none_is_no_consent() -> None:
    coming = _consent(ConsentDecision.REFUSAL, TODAY + DAY)
    assert decision_in_force((YES, coming), today=TODAY) is ConsentDecision.CONSENT
    assert decision_in_force((), today=TODAY) is None
    assert denial(replace(RIGHT, consents=()), today=TODAY) is Denial.NO_CONSENT


def test_nothing_personal_is_shown() -> None:
    assert "portal-g" not in repr(RIGHT)
    assert "2015" not in repr(RIGHT)


def test_new_changed_and_withdrawn_marks_are_told_apart() -> None:
    assert event_kind(change_of(4)) is MarkEventKind.ADDED
    assert event_kind(change_of(4, old=3)) is MarkEventKind.CHANGED
    assert event_kind(change_of(4, old=4)) is MarkEventKind.CHANGED
    assert event_kind(change_of(4, old=4, voided=True)) is MarkEventKind.VOIDED


def test_a_mark_that_nobody_ever_saw_is_no_news() -> None:
    assert event_kind(change_of(4, voided=True)) is None


def test_a_mark_taken_back_into_force_is_new_to_the_family() -> None:
    change = change_of(4, old=4)
    assert change.before is not None
    restored = replace(change, before=replace(change.before, voided=True))
    assert event_kind(restored) is MarkEventKind.ADDED
