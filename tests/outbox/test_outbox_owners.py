"""One queue for several owners: each sees the lanes and the figures of its own messages only."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from outbox.figures import freshness
from outbox.lane import LaneKey, lane_key
from outbox.lane_views import lanes, owners, queued
from outbox.message import LaneState, MessageId, Refused, State
from outbox.operations import skip
from outbox.testing import ManualClock
from tests.outbox_world import POLICIES, Desk, new

OURS, THEIRS = "school 1", "school 2"
HOUR = timedelta(hours=1)


@pytest.fixture
def desk(engine: Engine, clock: ManualClock) -> Desk:
    return Desk(engine, clock)


def key(name: str) -> LaneKey:
    return lane_key("authority", name, MessageId("any"))


def keys(desk: Desk, **which: object) -> list[LaneKey]:
    return [one.key for one in desk.ask(lanes, now=desk.clock(), **which).lanes]


def test_an_owner_sees_the_lanes_in_which_a_message_of_theirs_waits(desk: Desk) -> None:
    desk.put(new("theirs", owner=THEIRS), new("shared", owner=THEIRS), new("shared", owner=OURS))
    [gone] = desk.put(new("ours", owner=OURS))
    assert keys(desk, owner=OURS) == [key("ours"), key("shared")]
    assert keys(desk, owner=THEIRS) == [key("shared"), key("theirs")]
    assert keys(desk, owner=OURS, text="our") == [key("ours")]
    assert keys(desk, owner="nobody") == []
    desk.decide(skip, gone)
    assert keys(desk, owner=OURS) == [key("shared")]
    assert keys(desk, owner=OURS, states=[LaneState.BLOCKED]) == []


def test_what_waits_in_a_lane_is_told_in_the_order_of_leaving(desk: Desk) -> None:
    first, second, third = desk.put(new("a"), new("a"), new("a"))
    desk.put(new("b"))
    desk.take(1)
    found = desk.ask(queued, key("a"))
    assert [(one.id, one.state) for one in found[:2]] == [(first, State.LEASED), (second, found[1].state)]
    assert [one.id for one in desk.ask(queued, key("a"), after=found[0].seq, limit=1)] == [second]
    assert [one.id for one in desk.ask(queued, key("a"), after=found[1].seq)] == [third]
    assert desk.ask(queued, key("nowhere")) == []


def test_whom_a_decision_about_a_lane_would_touch_is_told(desk: Desk) -> None:
    desk.put(new("a", owner=OURS), new("a"), new("b", owner=THEIRS))
    [gone] = desk.put(new("a", owner=THEIRS))
    assert desk.ask(owners, key("a")) == {OURS, THEIRS, None}
    desk.decide(skip, gone)
    assert desk.ask(owners, key("a")) == {OURS, None}
    assert desk.ask(owners, key("nowhere")) == set()


def test_an_owners_freshness_is_that_of_their_own_messages(desk: Desk) -> None:
    desk.put(new("theirs", owner=THEIRS))
    for message in desk.take():
        desk.give(message, Refused(reason="no", code="schema"))
    desk.clock.advance(3 * HOUR)
    desk.put(new("ours", owner=OURS))
    [ours] = desk.ask(freshness, POLICIES, now=desk.clock(), owner=OURS)
    [theirs] = desk.ask(freshness, POLICIES, now=desk.clock(), owner=THEIRS)
    assert (ours.age, ours.broken, ours.blocked_lanes) == (timedelta(0), False, 0)
    assert (theirs.age, theirs.broken, theirs.blocked_lanes) == (3 * HOUR, True, 1)
