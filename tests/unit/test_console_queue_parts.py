"""The pure parts of the queue's pages: how a destination stands, what can be decided about a lane, words for all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.ports.queue_destinations import DestinationReport
from gateway.web.console import queue_names
from gateway.web.console.cause_pages import cause_id
from gateway.web.console.destination_lines import Condition, destination_lines, standings_of
from gateway.web.console.lane_lines import TIMES, Patience, SeenLane, lane_name, lane_verbs
from gateway.web.console.queue_pages import message_verbs
from outbox import (
    BreakerState,
    BusinessVerdict,
    Cause,
    Depth,
    DestinationStanding,
    Entry,
    Freshness,
    LaneKey,
    LaneState,
    LaneView,
    MessageId,
    Pause,
    Priority,
    State,
)

NOW = datetime(2026, 10, 14, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)

QUIET = DestinationStanding(
    name="portal",
    paused_at=None,
    paused_by=None,
    paused_reason=None,
    drained_at=None,
    drained_by=None,
    drained_reason=None,
    full_at=None,
    breaker=BreakerState.CLOSED,
    breaker_since=None,
    breaker_until=None,
    breaker_trips=0,
    ok=0,
    failed=0,
    away=timedelta(0),
    away_since=None,
)
PORTAL = DestinationReport(name="portal", standing=QUIET, window_open=True, next_opening=None, freshness=())
LANE = LaneView(
    id=1,
    key=LaneKey("portal", "k:own:g-mother"),
    state=LaneState.BLOCKED,
    reason="held",
    stopped_at=NOW,
    head=MessageId("m"),
    head_kind="mark.added",
    head_age=HOUR,
    waiting=0,
    lease_owner=None,
    lease_until=None,
    paused_at=None,
    paused_by=None,
    paused_reason=None,
)
ENTRY = Entry(
    id=MessageId("m"),
    seq=1,
    lane=1,
    destination="portal",
    kind="mark.added",
    content_type="application/json",
    ordering_key="own:g-mother",
    idempotency_key=None,
    due_at=None,
    expires_at=None,
    priority=Priority.NORMAL,
    correlation=None,
    owner="school-1",
    subject=None,
    state_of=None,
    size=4,
    digest="0",
    state=State.READY,
    attempts=0,
    budget_used=0,
    budget_since=None,
    created_at=NOW,
    retry_at=None,
    finished_at=None,
    lease_owner=None,
    lease_until=None,
    fence=None,
    receipt=None,
    answer_due_at=None,
    answered_at=None,
    acceptance=None,
    payload_gone_at=None,
    last_error=None,
)
CAUSE = Cause(
    destination="portal",
    kind="mark.added",
    code="portal.unknown_pupil",
    pattern="Ученика … нет.",
    count=4,
    lanes=4,
    followers=1,
    first=NOW,
    last=NOW,
    sample=MessageId("m"),
    advice=None,
)


def conditions(report: DestinationReport, stop: Pause | None = None) -> list[Condition]:
    return [one.condition for one in standings_of(report, stop)]


def test_a_destination_that_nothing_keeps_works() -> None:
    assert conditions(PORTAL) == conditions(replace(PORTAL, standing=None)) == [Condition.WORKS]


def test_everything_that_keeps_a_destination_is_told_the_weightiest_first() -> None:
    standing = replace(
        QUIET,
        paused_at=NOW,
        drained_at=NOW + HOUR,
        full_at=NOW,
        breaker=BreakerState.OPEN,
        breaker_since=NOW,
        breaker_until=NOW + HOUR,
        away_since=NOW - HOUR,
        paused_by="boris",
        paused_reason="Ремонт",
        drained_by="anna",
        drained_reason="Переезд",
    )
    stop = Pause(destination=None, at=NOW, by="anna", reason="Тревога")
    report = replace(PORTAL, standing=standing, window_open=False, next_opening=NOW + 2 * HOUR)
    found = standings_of(report, stop)
    assert [one.condition for one in found] == [one for one in Condition if one not in {"probed", "works"}]
    stopped, paused, silent, off_hours, drained, full = found
    assert (stopped.by, stopped.reason) == ("anna", "Тревога")
    assert (paused.since, paused.by, paused.reason) == (NOW, "boris", "Ремонт")
    assert (silent.since, silent.until) == (NOW - HOUR, NOW + HOUR)
    assert off_hours.until == NOW + 2 * HOUR
    assert (drained.by, full.since) == ("anna", NOW)


def test_a_breaker_that_asks_whether_the_destination_is_back_is_told_as_such() -> None:
    standing = replace(QUIET, breaker=BreakerState.HALF_OPEN, breaker_since=NOW, breaker_until=NOW + HOUR)
    [probed] = standings_of(replace(PORTAL, standing=standing), None)
    assert (probed.condition, probed.since) == (Condition.PROBED, NOW)


def test_a_line_counts_what_waits_and_what_was_delivered() -> None:
    depths = [
        Depth(destination="portal", state=State.READY, count=3, oldest=NOW),
        Depth(destination="portal", state=State.SENT, count=2, oldest=NOW),
        Depth(destination="portal", state=State.DONE, over=True, count=7, oldest=NOW),
        Depth(destination="portal", state=State.DEAD, over=True, count=5, oldest=NOW),
        Depth(destination="authority", state=State.READY, count=9, oldest=NOW),
    ]
    [line] = destination_lines([PORTAL], depths, [])
    assert (line.total, line.delivered) == (5, 7)
    assert {state: count for state, count in line.waiting.items() if count} == {State.READY: 3, State.SENT: 2}


def test_of_several_kinds_the_one_that_is_late_is_told() -> None:
    late = Freshness(
        destination="portal",
        kind="mark.added",
        oldest=NOW - HOUR,
        age=HOUR,
        allowed=HOUR / 2,
        broken=True,
        blocked_lanes=0,
    )
    older = replace(late, kind="archive", age=5 * HOUR, allowed=None, broken=False)
    none = replace(late, kind="other", oldest=None, age=timedelta(0), broken=False)
    [line] = destination_lines([replace(PORTAL, freshness=(older, late, none))], [], [])
    assert line.oldest == late
    [line] = destination_lines([replace(PORTAL, freshness=(none,))], [], [])
    assert line.oldest is None


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (State.DEAD, ("retry_head", "skip_head", "pause_lane")),
        (State.WAITING, ("retry_head", "skip_head", "pause_lane")),
        (State.SENT, ("retry_head", "skip_head", "pause_lane")),
        (State.READY, ("skip_head", "pause_lane")),
        (State.HELD, ("skip_head", "pause_lane")),
        (State.LEASED, ("pause_lane",)),
        (None, ("pause_lane",)),
    ],
)
def test_only_what_makes_sense_is_offered_for_a_lane(head: State | None, expected: tuple[str, ...]) -> None:
    entry = None if head is None else replace(ENTRY, state=head)
    assert lane_verbs(SeenLane(lane=LANE, is_shared=False), entry) == expected
    paused = SeenLane(lane=replace(LANE, paused_at=NOW), is_shared=False)
    assert lane_verbs(paused, entry) == (*expected[:-1], "resume_lane")
    assert lane_verbs(SeenLane(lane=LANE, is_shared=True), entry) == ()


def test_nothing_is_offered_for_a_message_that_has_left_its_lane() -> None:
    assert message_verbs(replace(ENTRY, state=State.DEAD)) == ("retry", "skip")
    for state in State:
        assert message_verbs(replace(ENTRY, state=state, finished_at=NOW)) == ()


def test_a_lane_is_known_by_its_key_without_the_mark_before_it() -> None:
    assert lane_name(LANE.key) == "own:g-mother"
    assert lane_name(LaneKey("portal", "m:0123")) == "0123"


def test_the_number_of_a_cause_is_that_of_its_letters_however_many() -> None:
    assert cause_id(CAUSE) == cause_id(replace(CAUSE, count=1, last=NOW + HOUR, sample=MessageId("n")))
    others = [replace(CAUSE, **{name: "x"}) for name in ("destination", "kind", "code", "pattern")]  # type: ignore[arg-type]  # all are texts
    assert len({cause_id(one) for one in (CAUSE, *others)}) == 5
    assert "Ученика" not in cause_id(CAUSE)


def test_everything_that_can_be_shown_of_the_queue_has_a_name() -> None:
    for table, kinds in (
        (queue_names.CONDITIONS, Condition),
        (queue_names.SIGNS, Condition),
        (queue_names.LANE_STATES, LaneState),
        (queue_names.LANE_SIGNS, LaneState),
        (queue_names.PATIENCE, Patience),
        (queue_names.VERDICTS, BusinessVerdict),
        (TIMES, Patience),
    ):
        assert set(table) == set(kinds)
