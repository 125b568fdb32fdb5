"""Laws of the diary's rules, over anything that could be on record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.mapping.portal import EVENT_SCHEMA, event_from_json, event_to_json
from gateway.model.diary import (
    ChildRight,
    Denial,
    MarkEvent,
    MarkEventKind,
    decision_in_force,
    denial,
    event_kind,
    visible_values,
)
from gateway.model.grading import WorkKind
from gateway.model.ids import GuardianId, LessonId, MarkId, PupilId, SchoolId, SubjectId
from gateway.model.journal import MarkChange
from gateway.model.people import Consent, ConsentDecision, Guardianship, Relation, Status
from gateway.schemas.json import parse_json
from gateway.schemas.json_validation import json_faults
from tests.diary_world import change_of

unhurried = settings(deadline=None)  # a busy machine is no fault of the rules

days = st.dates(min_value=date(2026, 1, 1), max_value=date(2026, 12, 31))
consents = st.lists(
    st.builds(
        Consent,
        guardian=st.just(GuardianId("g")),
        pupil=st.just(PupilId("p")),
        decision=st.sampled_from(ConsentDecision),
        decided_on=days,
        document=st.just("№ 1"),
    ),
    unique_by=lambda consent: consent.decided_on,
    max_size=6,
).map(tuple)
rights = st.builds(
    ChildRight,
    guardianship=st.builds(
        Guardianship,
        guardian=st.just(GuardianId("g")),
        pupil=st.just(PupilId("p")),
        relation=st.sampled_from(Relation),
        valid_from=days,
        valid_to=st.none() | days,
    ),
    guardian_status=st.sampled_from(Status),
    portal_user=st.just("portal-g"),
    pupil_status=st.sampled_from(Status),
    birth_date=st.dates(min_value=date(2005, 1, 1), max_value=date(2019, 12, 31)),
    consents=consents,
)


@unhurried
@given(rights, days)
def test_whoever_sees_has_everything_it_takes(right: ChildRight, today: date) -> None:
    if denial(right, today=today) is not None:
        return
    ship = right.guardianship
    assert ship.valid_from <= today <= (ship.valid_to or today)
    assert right.guardian_status is right.pupil_status is Status.ACTIVE
    assert any(c.decision is ConsentDecision.CONSENT and c.decided_on <= today for c in right.consents)


@unhurried
@given(rights, days)
def test_a_refusal_made_today_closes_every_diary(right: ChildRight, today: date) -> None:
    earlier = tuple(consent for consent in right.consents if consent.decided_on != today)
    refusal = Consent(
        guardian=right.guardian, pupil=right.pupil, decision=ConsentDecision.REFUSAL, decided_on=today, document="№ 2"
    )
    assert denial(replace(right, consents=(*earlier, refusal)), today=today) is not None


@unhurried
@given(rights, days)
def test_taking_a_consent_away_never_opens_a_diary_that_had_no_refusal(right: ChildRight, today: date) -> None:
    only_yes = tuple(c for c in right.consents if c.decision is ConsentDecision.CONSENT)
    if denial(replace(right, consents=only_yes), today=today) is not None:
        assert denial(replace(right, consents=only_yes[1:]), today=today) is not None


@unhurried
@given(consents, days)
def test_the_decision_in_force_does_not_hang_on_the_order(made: tuple[Consent, ...], today: date) -> None:
    assert decision_in_force(made, today=today) == decision_in_force(made[::-1], today=today)


@unhurried
@given(rights, days)
def test_a_denial_is_one_of_the_four(right: ChildRight, today: date) -> None:
    assert denial(right, today=today) in {None, *Denial}


changes = st.builds(
    change_of,
    st.integers(min_value=1, max_value=5),
    old=st.none() | st.integers(min_value=1, max_value=5),
    voided=st.booleans(),
)


@unhurried
@given(changes)
def test_an_event_is_told_exactly_when_there_is_or_was_something_to_see(change: MarkChange) -> None:
    old, new = visible_values(change)
    assert (event_kind(change) is None) == (old is None and new is None)


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64)
events = st.builds(
    lambda change, portal_user, subject, at: MarkEvent(
        kind=event_kind(change) or MarkEventKind.ADDED,
        school=SchoolId("school-1"),
        portal_user=portal_user,
        pupil=PupilId("p"),
        mark=MarkId("m"),
        version=change.version,
        lesson=LessonId("l"),
        day=change.lesson.day,
        subject=SubjectId("s"),
        subject_name=subject,
        work_kind=WorkKind.TEST,
        old_value=visible_values(change)[0],
        new_value=visible_values(change)[1],
        occurred_at=at,
    ),
    changes.filter(lambda change: event_kind(change) is not None),
    names,
    names,
    st.datetimes(timezones=st.just(UTC)),
)


@unhurried
@given(events)
def test_every_event_is_valid_and_reads_back(event: MarkEvent) -> None:
    content = event_to_json(event)
    assert json_faults(parse_json(content), *EVENT_SCHEMA) == ()
    assert event_from_json(content) == event
