"""Sources that lie a second time: about rights, about the hour, about who is who, while another reading overtakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from gateway.model.ids import SchoolId
from gateway.model.people import PersonName, Status
from gateway.model.person_identity import PersonKey, PersonLink, PersonState, pair_of, who_is_who
from gateway.model.roster import RecordKind, RosterSnapshot
from gateway.model.roster_hold import split
from gateway.model.roster_plan import HoldCause
from gateway.model.roster_run import RosterRun, RunOutcome
from gateway.model.roster_since import since_mark
from gateway.model.roster_source import REGISTRY_RULES
from gateway.model.school import School
from tests.roster_changes_world import WHOLE, Days, Teller, changed
from tests.roster_world import FIRST, TODAY, UNPROVED, database, link, pupil
from tests.unit.test_roster_set_apart import FORTY, causes, planned

SOON = TODAY + timedelta(days=10)
NOW = datetime(2026, 10, 1, 9, tzinfo=UTC)


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    with database(tmp_path) as base:
        yield Days(base)


# rights


def with_first_link(*, valid_from: date = FIRST, valid_to: date | None = None) -> RosterSnapshot:
    first = replace(link(1, 1), valid_from=valid_from, valid_to=valid_to)
    return replace(FORTY, guardianships=(first, *FORTY.guardianships[1:]))


def doubted(said: RosterSnapshot) -> RosterSnapshot:
    return replace(said, doubts=UNPROVED)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (with_first_link(valid_to=SOON), FORTY),
        (with_first_link(valid_to=SOON), with_first_link(valid_to=SOON + timedelta(days=365))),
        (with_first_link(valid_from=SOON), FORTY),
        (with_first_link(valid_from=SOON, valid_to=SOON), with_first_link(valid_from=SOON)),
    ],
    ids=["its end is forgotten", "its end is put off", "it begins sooner", "it has not begun and never ends"],
)
def test_a_right_that_will_end_is_not_prolonged_by_a_doubted_source(
    before: RosterSnapshot, said: RosterSnapshot
) -> None:
    assert causes(planned(doubted(said), before)) == {HoldCause.ACCESS: {RecordKind.GUARDIANSHIP}}
    assert not planned(said, before).hold, "a source that is believed may"


def test_a_right_that_is_cut_short_needs_nobody() -> None:
    later = with_first_link(valid_from=SOON)
    assert not planned(doubted(later), FORTY).hold


def test_a_guardian_who_was_put_out_of_force_is_not_let_in_again_by_a_doubted_source() -> None:
    gone = replace(FORTY.guardians[0], status=Status.SUSPENDED)
    before = replace(FORTY, guardians=(gone, *FORTY.guardians[1:]))
    assert causes(planned(doubted(FORTY), before)) == {HoldCause.ACCESS: {RecordKind.GUARDIAN}}
    assert not planned(FORTY, before).hold


def test_what_else_a_doubted_source_says_of_a_guardian_flows() -> None:
    other = replace(FORTY.guardians[0], phone="+7 000 000-00-09")
    flowing, waiting = split(planned(doubted(replace(FORTY, guardians=(other, *FORTY.guardians[1:])))))
    assert (len(flowing.changes), waiting) == (1, ())


# the hour


def test_a_whole_reading_from_the_future_is_no_ground_to_ask_for_changes() -> None:
    """A clock that was years ahead for a day would else keep everybody who leaves until then."""
    then = NOW + timedelta(days=2000)
    run = RosterRun(
        id="w", source="registry", started_at=then, finished_at=then, outcome=RunOutcome.UNCHANGED, complete=True
    )
    rules = replace(REGISTRY_RULES, whole_every_days=7)
    assert since_mark([run], {"w": "mark"}, rules, now=then, zone="Europe/Moscow") == "mark"
    assert since_mark([run], {"w": "mark"}, rules, now=NOW, zone="Europe/Moscow") is None


# two at once


def test_changes_that_another_reading_overtook_leave_no_mark(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """They may be older than what was written meanwhile: the next sync reads everything."""
    days.day()
    days.source.changed = changed(replace(pupil(2), name=PersonName(family="Новая", given="Проба")))
    ask = type(days.source).changes

    def slowly(source: Teller, school: School, since: str) -> RosterSnapshot:
        told = ask(source, school, since)
        monkeypatch.undo()
        days.sync.run(everything=True)
        return told

    monkeypatch.setattr(type(days.source), "changes", slowly)
    days.day()
    days.source.asked.clear()
    days.day()
    assert days.source.asked == [WHOLE]


# who is who


def key(school: str, kind: RecordKind) -> PersonKey:
    return PersonKey(school=SchoolId(school), kind=kind, id=kind.value)


def joined(
    one: PersonKey, other: PersonKey, state: PersonState = PersonState.SAME, *, by: str | None = None
) -> PersonLink:
    low, high = pair_of(one, other)
    return PersonLink(one=low, other=high, rule="user", confidence=95, state=state, since=NOW, decided_by=by)


def test_two_whom_a_person_told_apart_are_not_one_by_way_of_a_third() -> None:
    """Another school's record that agrees with both must not make a namesake on the staff somebody's mother."""
    mother, teacher = key("a", RecordKind.GUARDIAN), key("a", RecordKind.STAFF)
    elsewhere = key("b", RecordKind.STAFF)
    links = [joined(mother, elsewhere), joined(teacher, elsewhere)]
    keys = [mother, teacher, elsewhere]
    one = who_is_who(keys, links, {}, at=NOW)
    assert one[mother] == one[teacher] is not None
    apart = joined(mother, teacher, PersonState.APART, by="zavuch")
    for order in (links, links[::-1]):
        told = who_is_who(keys, [*order, apart], {}, at=NOW)
        assert told[mother] != told[teacher]
        assert told == who_is_who(keys, [apart, *order], {}, at=NOW), "whatever the order"


def test_what_somebody_said_joins_before_what_rules_found() -> None:
    mother, teacher = key("a", RecordKind.GUARDIAN), key("a", RecordKind.STAFF)
    elsewhere = key("b", RecordKind.STAFF)
    links = [
        joined(mother, elsewhere),
        joined(teacher, elsewhere, by="op"),
        joined(mother, teacher, PersonState.APART, by="zavuch"),
    ]
    told = who_is_who([mother, teacher, elsewhere], links, {}, at=NOW)
    assert told[mother] is None
    assert told[teacher] == told[elsewhere] is not None
