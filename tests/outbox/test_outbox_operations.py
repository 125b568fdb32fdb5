"""What people decide about messages, lanes, destinations and everything."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from outbox.decisions import decisions
from outbox.errors import DestinationClosedError, NotAllowedError, UnknownLaneError, UnknownMessageError
from outbox.lane import LaneKey, lane_key
from outbox.lane_operations import drop_until, pause_lane, resume_lane, retry_head, skip_head
from outbox.lane_views import show_lane
from outbox.message import Delivered, LaneState, MessageId, Refused, Retry, Sent, State
from outbox.operations import drain, hold, pause, release, reopen, resume, retry, skip, start, stop
from outbox.queries import pauses
from outbox.testing import ManualClock
from tests.outbox_world import BY, DELAY, Desk, new

IN_MEMORY_TOO = True

CLASS_5A = lane_key("authority", "class-5a", MessageId(""))
NOBODY = MessageId("nobody")


@pytest.fixture
def desk(engine: Engine, clock: ManualClock) -> Desk:
    return Desk(engine, clock)


def verbs(desk: Desk, message_id: MessageId) -> list[str]:
    return [decision.verb for decision in desk.history(message_id).decisions]


class TestMessages:
    @pytest.mark.parametrize("verb", [retry, skip])
    def test_a_dead_head_blocks_until_a_person_decides(self, desk: Desk, verb: Callable[..., None]) -> None:
        first, second = desk.put(new(), new())
        desk.deliver(Refused(reason="schema"))
        desk.clock.advance(timedelta(days=30))
        assert desk.deliver() == []
        assert desk.state(first) is State.DEAD
        desk.decide(verb, first)
        assert desk.deliver() == ([first, second] if verb is retry else [second])

    def test_a_retry_begins_a_fresh_budget_and_keeps_the_history(self, desk: Desk) -> None:
        [given] = desk.put(new())
        for _ in range(3):
            desk.deliver(Retry(reason="503"))
            desk.clock.advance(timedelta(minutes=1))
        assert desk.state(given) is State.DEAD
        desk.decide(retry, given)
        desk.deliver(Retry(reason="503"))
        entry = desk.entry(given)
        assert (entry.state, entry.attempts, entry.budget_used) == (State.WAITING, 4, 1)
        assert entry.retry_at == desk.clock() + DELAY
        assert len(desk.history(given).attempts) == 4

    def test_a_waiting_message_can_be_retried_at_once(self, desk: Desk) -> None:
        [given] = desk.put(new())
        desk.deliver(Retry(reason="503"))
        desk.decide(retry, given)
        assert desk.deliver() == [given]

    def test_an_unanswered_head_can_be_sent_again(self, desk: Desk) -> None:
        first, second = desk.put(new(kind="strict"), new())
        assert desk.deliver(Sent(receipt="R-1")) == [first]
        desk.decide(retry, first)
        assert desk.deliver(Sent(receipt="R-2")) == [first]
        assert desk.entry(first).receipt == "R-2"
        assert desk.state(second) is State.READY

    def test_skipping_an_unanswered_head_frees_its_lane_and_leaves_it_sent(self, desk: Desk) -> None:
        first, second = desk.put(new(kind="strict"), new())
        desk.deliver(Sent(receipt="R-1"))
        desk.decide(skip, first)
        entry = desk.entry(first)
        assert (entry.state, entry.finished_at) == (State.SENT, desk.clock())
        assert entry.answer_due_at is None  # silence must not have it sent again, behind those that have overtaken it
        assert desk.deliver() == [second]

    def test_a_held_message_blocks_when_its_turn_comes_and_moves_when_released(self, desk: Desk) -> None:
        first, second, third = desk.put(new(), new(), new())
        desk.decide(hold, second)
        assert desk.deliver() == [first]
        desk.decide(release, second)
        assert desk.deliver() == [second, third]

    def test_releasing_does_not_shorten_the_wait(self, desk: Desk) -> None:
        [given] = desk.put(new(due_at=desk.clock() + timedelta(hours=1)))
        desk.decide(hold, given)
        desk.decide(release, given)
        assert desk.state(given) is State.WAITING
        assert desk.deliver() == []
        desk.clock.advance(timedelta(hours=1))
        assert desk.deliver() == [given]

    def test_what_is_in_flight_or_finished_cannot_be_decided_about(self, desk: Desk) -> None:
        given, behind = desk.put(new(), new())
        [message, _] = desk.take()
        for verb in (retry, hold, release, skip):
            for message_id in (given, behind):
                with pytest.raises(NotAllowedError, match="leased"):
                    desk.decide(verb, message_id)
        desk.give(message, Delivered())
        for verb in (retry, hold, release, skip):
            with pytest.raises(NotAllowedError, match="done"):
                desk.decide(verb, given)
        assert verbs(desk, given) == []

    def test_what_is_behind_a_lease_can_be_decided_about_and_the_lease_goes_on(self, desk: Desk) -> None:
        *leased, behind = desk.put(new(), new(), new(), new())
        messages = desk.take()
        assert [message.id for message in messages] == leased
        desk.decide(skip, behind)
        for message in messages:
            desk.give(message, Delivered(), more=message is not messages[-1])
        assert desk.deliver() == []
        assert desk.state(behind) is State.DEAD

    def test_a_skipped_message_cannot_come_back_behind_its_followers(self, desk: Desk) -> None:
        [given] = desk.put(new())
        desk.decide(skip, given)
        with pytest.raises(NotAllowedError, match="dead and finished"):
            desk.decide(retry, given)

    def test_the_lane_of_a_single_message_goes_with_it(self, desk: Desk) -> None:
        [given] = desk.put(new(None))
        place = lane_key("authority", None, given)
        assert desk.ask(show_lane, *place, now=desk.clock()).head == given
        desk.decide(skip, given)
        with pytest.raises(UnknownLaneError, match="authority"):
            desk.ask(show_lane, *place, now=desk.clock())

    def test_every_decision_is_written_down(self, desk: Desk) -> None:
        [given] = desk.put(new())
        desk.decide(hold, given)
        desk.decide(release, given)
        desk.decide(skip, given)
        made = desk.history(given).decisions
        assert [decision.verb for decision in made] == ["hold", "release", "skip"]
        assert {(one.by, one.reason, one.at, one.destination) for one in made} == {
            (BY["by"], BY["reason"], desk.clock(), "authority")
        }

    def test_an_unknown_id_is_named(self, desk: Desk) -> None:
        for verb in (retry, hold, release, skip):
            with pytest.raises(UnknownMessageError, match="nobody"):
                desk.decide(verb, NOBODY)


class TestLanes:
    def test_a_paused_lane_stands_still_and_others_go_on(self, desk: Desk) -> None:
        kept, other = desk.put(new(), new("class-5b"))
        desk.decide(pause_lane, CLASS_5A)
        desk.decide(pause_lane, CLASS_5A, by="somebody else")
        [later] = desk.put(new())
        assert desk.deliver() == [other]
        view = desk.ask(show_lane, *CLASS_5A, now=desk.clock())
        assert (view.state, view.reason, view.paused_by, view.head) == (LaneState.BLOCKED, "paused", BY["by"], kept)
        desk.decide(resume_lane, CLASS_5A)
        assert desk.deliver() == [kept, later]

    def test_what_is_in_flight_when_its_lane_is_paused_is_finished(self, desk: Desk) -> None:
        first, second = desk.put(new(), new())
        message, follower = desk.take()
        desk.decide(pause_lane, CLASS_5A)
        desk.give(message, Delivered(), more=True)
        desk.give(follower, Retry(reason="busy"))
        desk.clock.advance(DELAY)
        assert desk.deliver() == []
        assert (desk.state(first), desk.state(second)) == (State.DONE, State.WAITING)
        desk.decide(resume_lane, CLASS_5A)
        assert desk.deliver() == [second]

    def test_an_idle_lane_can_be_paused_before_anything_comes(self, desk: Desk) -> None:
        desk.put(new())
        desk.deliver()
        desk.decide(pause_lane, CLASS_5A)
        [given] = desk.put(new())
        assert desk.deliver() == []
        desk.decide(resume_lane, CLASS_5A)
        assert desk.deliver() == [given]

    def test_resuming_a_lane_does_not_raise_its_dead_head(self, desk: Desk) -> None:
        first, _ = desk.put(new(), new())
        desk.deliver(Refused(reason="schema", code="schema"))
        desk.decide(pause_lane, CLASS_5A)
        desk.decide(resume_lane, CLASS_5A)
        assert desk.deliver() == []
        view = desk.ask(show_lane, *CLASS_5A, now=desk.clock())
        assert (view.head, view.reason) == (first, "schema")

    def test_the_head_can_be_skipped_and_retried_without_knowing_its_id(self, desk: Desk) -> None:
        first, second = desk.put(new(), new())
        desk.deliver(Refused(reason="schema"))
        assert desk.decide(retry_head, CLASS_5A) == first
        assert desk.deliver(Refused(reason="schema")) == [first]
        assert desk.decide(skip_head, CLASS_5A) == first
        assert desk.deliver() == [second]
        assert verbs(desk, first) == ["retry", "skip"]
        with pytest.raises(UnknownLaneError):
            desk.decide(skip_head, CLASS_5A)

    @pytest.mark.parametrize("verb", [skip_head, retry_head])
    def test_another_head_than_the_expected_one_is_left_alone(self, desk: Desk, verb: Callable[..., object]) -> None:
        first, second = desk.put(new(), new())
        desk.deliver(Refused(reason="schema"))
        desk.decide(skip_head, CLASS_5A, expected=first)
        desk.deliver(Refused(reason="schema"))
        with pytest.raises(NotAllowedError, match=first):
            desk.decide(verb, CLASS_5A, expected=first)
        assert (desk.state(second), desk.entry(second).finished_at, verbs(desk, second)) == (State.DEAD, None, [])
        assert desk.decide(verb, CLASS_5A, expected=second) == second

    def test_a_head_in_flight_is_left_alone(self, desk: Desk) -> None:
        _, second = desk.put(new(), new())
        desk.take(limit=1)
        with pytest.raises(NotAllowedError, match="leased"):
            desk.decide(skip_head, CLASS_5A)
        with pytest.raises(NotAllowedError, match="in flight"):
            desk.decide(drop_until, CLASS_5A, second)

    def test_dropping_until_a_message_gives_up_all_before_it(self, desk: Desk) -> None:
        dead, held, ready, goal, behind = desk.put(*(new() for _ in range(5)))
        [elsewhere] = desk.put(new("class-5b", due_at=desk.clock() + timedelta(days=1)))
        desk.decide(hold, held)
        desk.deliver(Refused(reason="schema", code="schema"))
        assert desk.decide(drop_until, CLASS_5A, goal) == 3
        assert [desk.state(one) for one in (dead, held, ready)] == [State.DEAD] * 3
        assert [verbs(desk, one) for one in (dead, held, ready)] == [["drop"], ["hold", "drop"], ["drop"]]
        assert verbs(desk, goal) == []
        assert desk.entry(dead).last_error is not None
        assert desk.deliver() == [goal, behind]
        assert desk.state(elsewhere) is State.WAITING

    def test_dropping_needs_a_message_of_the_lane_that_is_not_finished(self, desk: Desk) -> None:
        [done] = desk.put(new())
        desk.deliver()
        [other] = desk.put(new("class-5b"))
        desk.put(new())
        for wrong in (done, other, NOBODY):
            with pytest.raises(UnknownMessageError):
                desk.decide(drop_until, CLASS_5A, wrong)

    def test_an_unknown_lane_is_named(self, desk: Desk) -> None:
        nowhere = LaneKey("authority", "k:class-9z")
        for verb in (pause_lane, resume_lane, skip_head, retry_head):
            with pytest.raises(UnknownLaneError, match="class-9z"):
                desk.decide(verb, nowhere)

    def test_decisions_about_a_lane_are_written_down_with_it(self, desk: Desk) -> None:
        _, goal = desk.put(new(), new())
        desk.decide(pause_lane, CLASS_5A)
        desk.decide(drop_until, CLASS_5A, goal)
        desk.decide(resume_lane, CLASS_5A)
        made = desk.ask(decisions, lane=CLASS_5A)
        assert [decision.verb for decision in made] == ["pause_lane", "drop_until", "resume_lane"]
        assert {(decision.by, decision.reason) for decision in made} == {(BY["by"], BY["reason"])}


class TestDestinations:
    def test_a_paused_destination_is_not_claimed_and_others_go_on(self, desk: Desk) -> None:
        kept, other = desk.put(new(), new(to="portal"))
        desk.decide(pause, "authority")
        desk.decide(pause, "authority", by="somebody else")
        [standing] = desk.ask(pauses)
        assert (standing.destination, standing.by, standing.reason) == ("authority", BY["by"], BY["reason"])
        assert desk.deliver() == [other]
        desk.decide(resume, "authority")
        assert desk.ask(pauses) == []
        assert desk.deliver() == [kept]

    def test_a_drained_destination_delivers_and_takes_nothing_in(self, desk: Desk) -> None:
        [given] = desk.put(new())
        desk.decide(drain, "authority")
        with pytest.raises(DestinationClosedError, match="authority"):
            desk.put(new())
        assert desk.deliver() == [given]
        desk.decide(reopen, "authority")
        assert desk.deliver() == []
        [later] = desk.put(new())
        assert desk.deliver() == [later]

    def test_the_global_stop_stops_everything_until_started(self, desk: Desk) -> None:
        desk.put(new(), new(to="portal"))
        desk.decide(stop)
        desk.decide(stop, by="somebody else")
        [standing] = desk.ask(pauses)
        assert (standing.destination, standing.by) == (None, BY["by"])
        assert desk.deliver() == []
        desk.decide(start)
        assert len(desk.deliver()) == 2

    def test_decisions_at_large_leave_messages_and_lanes_out(self, desk: Desk) -> None:
        [given] = desk.put(new())
        desk.decide(hold, given)
        desk.decide(pause_lane, CLASS_5A)
        desk.decide(pause, "authority")
        desk.decide(stop)
        made = desk.ask(decisions, at_large=True)
        assert [(one.verb, one.destination) for one in made] == [("pause", "authority"), ("stop", None)]

    def test_each_decision_is_written_down_once(self, desk: Desk) -> None:
        for verb in (pause, resume, drain, reopen):
            desk.decide(verb, "authority")
        desk.decide(stop)
        desk.decide(start)
        made = desk.ask(decisions)
        assert [(decision.verb, decision.destination) for decision in made] == [
            ("pause", "authority"),
            ("resume", "authority"),
            ("drain", "authority"),
            ("reopen", "authority"),
            ("stop", None),
            ("start", None),
        ]
        assert [decision.verb for decision in desk.ask(decisions, limit=2)] == ["stop", "start"]
        assert [decision.verb for decision in desk.ask(decisions, before=made[1].seq)] == ["pause"]
