"""Two-level receipts: the business answer, its absence, and the races between it and everything else."""

import re
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine, select, text, update

import outbox
from outbox import tables
from outbox.answers import MATCHED_WITHIN, Answered, accept, reject, strays
from outbox.dead_letters import Letters, causes, seek
from outbox.decisions import decisions
from outbox.errors import AnswerConflictError, InvalidMessageError
from outbox.grasp import grasp
from outbox.intake import enqueue
from outbox.lane import hold_lanes
from outbox.lane_views import lanes
from outbox.message import BusinessVerdict, Delivered, Failure, MessageId, Retry, Sent, State
from outbox.operations import retry, skip
from outbox.purging import closed
from outbox.queries import pauses
from outbox.rows import AnyRow
from outbox.testing import ManualClock
from tests.outbox_world import DELAY, PATIENCE, POLICIES, Desk, new

IN_MEMORY_TOO = True

SENT = Sent(receipt="R-1")
SECOND = timedelta(seconds=1)


class Registry(Desk):
    """A destination that answers, too."""

    def accept(self, receipt: str = "R-1", acceptance: str | None = "A-1", to: str = "authority") -> Answered:
        with self.engine.begin() as connection:
            return accept(connection, to, receipt, acceptance=acceptance, now=self.clock())

    def reject(self, receipt: str = "R-1", code: str = "class_unknown", to: str = "authority") -> Answered:
        with self.engine.begin() as connection:
            return reject(
                connection, to, receipt, code=code, reason="no such class", now=self.clock(), policies=POLICIES
            )


@pytest.fixture
def desk(engine: Engine, clock: ManualClock) -> Registry:
    return Registry(engine, clock)


class TestAccepted:
    def test_a_message_is_done_when_its_content_is_accepted(self, desk: Registry) -> None:
        [given] = desk.put(new())
        desk.deliver(SENT)
        sent_at = desk.clock()
        assert desk.entry(given).answer_due_at == sent_at + PATIENCE
        desk.clock.advance(SECOND)
        assert desk.accept() is Answered.MATCHED
        entry = desk.entry(given)
        assert (entry.state, entry.acceptance, entry.answered_at) == (State.DONE, "A-1", desk.clock())
        assert (entry.finished_at, entry.answer_due_at, entry.last_error) == (sent_at, None, None)
        [answer] = desk.history(given).answers
        assert (answer.receipt, answer.verdict, answer.acceptance) == ("R-1", BusinessVerdict.ACCEPTED, "A-1")

    def test_the_lane_goes_on_before_the_answer(self, desk: Registry) -> None:
        given = desk.put(new(), new())
        assert desk.deliver(SENT) == given

    def test_a_lane_that_waits_for_the_answer_moves_on_with_it(self, desk: Registry) -> None:
        first, second = desk.put(new(kind="strict"), new())
        assert desk.deliver(SENT) == [first]
        [view] = desk.ask(lanes, now=desk.clock()).lanes
        assert (view.reason, view.head) == ("awaiting_answer", first)
        assert desk.accept() is Answered.MATCHED
        assert desk.entry(first).finished_at == desk.clock()
        assert desk.deliver() == [second]

    def test_an_answer_to_what_was_delivered_is_kept_with_it(self, desk: Registry) -> None:
        [given] = desk.put(new())
        desk.deliver(Delivered(receipt="R-1"))
        assert desk.accept() is Answered.MATCHED
        assert desk.entry(given).acceptance == "A-1"

    def test_a_receipt_belongs_to_its_destination(self, desk: Registry) -> None:
        [given, other] = desk.put(new(), new(to="portal"))
        desk.deliver(SENT)
        desk.accept(to="portal")
        assert (desk.state(given), desk.state(other)) == (State.SENT, State.DONE)


class TestTooLong:
    def test_a_receipt_that_no_message_can_have_is_refused(self, desk: Registry) -> None:
        with pytest.raises(InvalidMessageError, match="1000 bytes"):
            desk.accept("ё" * 501)
        with pytest.raises(InvalidMessageError, match="1000 bytes"):
            desk.reject("x" * 100_000)

    def test_the_longest_receipt_finds_its_message(self, desk: Registry) -> None:
        # Of many sorts of characters, or PostgreSQL packs the index entry and it always fits.
        longest = "".join(sha256(b"%d" % n).hexdigest() for n in range(16))[:1000]
        name = "".join(chr(0x4E00 + n * 37) for n in range(255))
        [given] = desk.put(new())
        desk.deliver(Sent(receipt=longest))
        assert desk.accept(longest, acceptance="A" * 5000) is Answered.MATCHED
        assert desk.entry(given).acceptance == "A" * 4093 + "…"
        assert desk.accept(longest, acceptance="A" * 5000) is Answered.REPEATED
        assert desk.accept(longest, to=name) is Answered.UNKNOWN

    def test_a_long_rejection_is_cut(self, desk: Registry) -> None:
        [given] = desk.put(new())
        desk.deliver(SENT)
        assert desk.reject(code="c" * 10_000) is Answered.MATCHED
        failure = desk.entry(given).last_error
        assert failure is not None
        assert failure.code == "c" * 254 + "…"


class TestRejected:
    def test_what_had_left_its_lane_is_a_dead_letter_that_holds_nobody(self, desk: Registry) -> None:
        first, second, third = desk.put(new(), new(), new())
        desk.give(desk.take()[0], SENT)
        assert desk.reject() is Answered.MATCHED
        entry = desk.entry(first)
        assert (entry.state, entry.finished_at, entry.answered_at) == (State.DEAD, None, desk.clock())
        assert entry.last_error == Failure(code="class_unknown", reason="no such class")
        [cause] = desk.ask(causes)
        assert (cause.code, cause.count, cause.followers, cause.sample) == ("class_unknown", 1, 0, first)
        assert desk.deliver() == [second, third]
        desk.decide(retry, first)
        assert desk.deliver() == [first]
        assert desk.ask(lanes, now=desk.clock()).lanes[0].head is None

    def test_one_of_two_that_leaves_their_lane_while_both_are_taken_in_hand_is_held_with_the_other(
        self, desk: Registry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given = desk.put(new(), new())
        one, two = desk.take()
        desk.give(one, SENT, more=True)
        desk.give(two, Sent(receipt="R-2"))
        looks: list[set[int]] = []

        def hold(connection: Connection, ids: Collection[int]) -> dict[int, AnyRow]:
            looks.append(set(ids))
            assert len(looks) < 10, "it goes round for ever"
            if len(looks) == 1:
                # As if another transaction had been faster: between the look at the lanes and their being held.
                reject(connection, "authority", "R-1", code="late", reason="", now=desk.clock(), policies=POLICIES)
            return hold_lanes(connection, ids)

        monkeypatch.setattr("outbox.grasp.hold_lanes", hold)
        with desk.engine.begin() as connection:
            entries = grasp(connection, [one.seq, two.seq])
        assert [entry.id for entry in entries] == given
        assert entries[0].lane != entries[1].lane == one.lane
        # In the end all of them are held at once, in the one order in which everybody takes them.
        assert looks[-1] == {entry.lane for entry in entries}

    def test_a_single_message_gets_its_lane_back(self, desk: Registry) -> None:
        [given] = desk.put(new(None))
        desk.deliver(SENT)
        assert desk.ask(lanes, now=desk.clock()).lanes == []
        desk.reject()
        assert [view.head for view in desk.ask(lanes, now=desk.clock()).lanes] == [given]
        desk.decide(skip, given)
        assert desk.ask(lanes, now=desk.clock()).lanes == []
        assert desk.state(given) is State.DEAD

    def test_a_late_rejection_while_the_lane_is_in_flight_does_not_disturb_it(self, desk: Registry) -> None:
        first, second, third = desk.put(new(), new(), new())
        one, two, three = desk.take()
        desk.give(one, SENT, more=True)
        desk.reject()
        desk.give(two, Delivered(), more=True)
        desk.give(three, Delivered())
        assert [desk.state(given) for given in (first, second, third)] == [State.DEAD, State.DONE, State.DONE]

    def test_a_lane_that_waits_stays_blocked(self, desk: Registry) -> None:
        first, second = desk.put(new(kind="strict"), new())
        desk.deliver(SENT)
        desk.reject()
        assert desk.deliver() == []
        [view] = desk.ask(lanes, now=desk.clock()).lanes
        assert (view.head, view.reason, view.stopped_at) == (first, "class_unknown", desk.clock())
        desk.decide(skip, first)
        assert desk.deliver() == [second]

    @pytest.mark.parametrize("kind", ["notice", "strict notice"])
    def test_what_may_be_skipped_is_over_and_no_dead_letter(self, desk: Registry, kind: str) -> None:
        first, second = desk.put(new(kind=kind), new())
        desk.give(desk.take()[0], SENT)
        desk.reject()
        entry = desk.entry(first)
        assert (entry.state, entry.finished_at) == (State.DEAD, desk.clock())
        assert desk.ask(causes) == []
        assert desk.deliver() == [second]

    def test_a_broken_contract_pauses_the_destination(self, desk: Registry) -> None:
        [given] = desk.put(new(kind="contract"))
        desk.deliver(SENT)
        desk.reject()
        [pause] = desk.ask(pauses)
        assert (pause.destination, pause.reason) == ("authority", f"class_unknown: {given}")

    def test_what_a_person_gave_up_stays_given_up(self, desk: Registry) -> None:
        [given] = desk.put(new(kind="strict"))
        desk.deliver(SENT)
        desk.decide(skip, given)
        desk.clock.advance(PATIENCE)
        desk.lapse()
        assert desk.state(given) is State.SENT
        assert desk.reject() is Answered.MATCHED
        entry = desk.entry(given)
        assert (entry.state, entry.finished_at) == (State.DEAD, desk.clock() - PATIENCE)
        assert entry.last_error == Failure(code="class_unknown", reason="no such class")

    @pytest.mark.parametrize("kind", ["strict", "strict again"])
    def test_what_a_person_gave_up_is_not_sent_behind_its_followers(self, desk: Registry, kind: str) -> None:
        first, second = desk.put(new(kind=kind), new())
        desk.deliver(SENT)
        desk.decide(skip, first)
        assert desk.deliver() == [second]
        desk.clock.advance(PATIENCE)
        assert desk.lapse() == []
        desk.clock.advance(DELAY)
        assert desk.deliver() == []
        assert desk.accept() is Answered.MATCHED
        assert desk.state(first) is State.DONE

    def test_what_was_given_up_and_still_waited_for_is_mended_by_the_statement_of_the_readme(
        self, desk: Registry, engine: Engine
    ) -> None:
        given_up, waiting = desk.put(new("a", kind="strict again"), new("b", kind="strict again"))
        desk.deliver(SENT)
        desk.decide(skip, given_up)
        due = desk.entry(waiting).answer_due_at
        readme = Path(outbox.__file__).with_name("README.md").read_text(encoding="utf-8")
        [statement] = re.findall(r"`(UPDATE outbox_message SET answer_due_at[^`]+)`", readme)
        with engine.begin() as connection:
            connection.execute(update(tables.message).values(answer_due_at=due))
            connection.execute(text(statement))
        assert [desk.entry(one).answer_due_at for one in (given_up, waiting)] == [None, due]

    def test_what_a_person_gave_up_is_closed_to_retention(self, desk: Registry) -> None:
        [given] = desk.put(new(kind="strict"))
        desk.deliver(SENT)
        desk.decide(skip, given)
        assert desk.ask(lambda c: c.execute(select(closed()).where(tables.message.c.id == given)).scalar_one())

    def test_a_retried_rejection_is_not_rejected_by_its_repetition(self, desk: Registry) -> None:
        [given] = desk.put(new())
        desk.deliver(SENT)
        desk.reject()
        desk.decide(retry, given)
        assert desk.entry(given).answered_at is None
        assert desk.reject() is Answered.REPEATED
        assert desk.deliver(Sent(receipt="R-2")) == [given]
        assert desk.accept("R-2") is Answered.MATCHED
        history = desk.history(given)
        assert history.entry.state is State.DONE
        assert [answer.verdict for answer in history.answers] == [BusinessVerdict.REJECTED, BusinessVerdict.ACCEPTED]


class TestRaces:
    def test_an_answer_before_our_own_settlement_waits_for_it(self, desk: Registry) -> None:
        [given] = desk.put(new())
        [message] = desk.take()
        assert desk.accept() is Answered.UNKNOWN
        desk.lapse()
        assert desk.state(given) is State.LEASED
        desk.give(message, SENT)
        assert desk.state(given) is State.SENT
        assert desk.lapse() == []
        assert desk.state(given) is State.DONE
        assert desk.entry(given).acceptance == "A-1"

    def test_a_rejection_before_our_own_settlement_kills_later(self, desk: Registry) -> None:
        first, second = desk.put(new(kind="strict"), new())
        message, _ = desk.take()
        assert desk.reject() is Answered.UNKNOWN
        desk.give(message, SENT)
        desk.lapse()
        assert (desk.state(first), desk.state(second)) == (State.DEAD, State.READY)

    def test_handing_in_again_matches_without_waiting_for_a_worker(self, desk: Registry) -> None:
        [given] = desk.put(new())
        [message] = desk.take()
        assert desk.accept() is Answered.UNKNOWN
        assert desk.accept() is Answered.UNKNOWN
        desk.give(message, SENT)
        assert desk.accept() is Answered.MATCHED
        assert desk.accept() is Answered.REPEATED
        assert desk.state(given) is State.DONE

    def test_an_answer_to_the_first_sending_waits_while_the_second_is_in_flight(self, desk: Registry) -> None:
        [given] = desk.put(new(kind="again"))
        desk.deliver(SENT)
        desk.clock.advance(PATIENCE)
        desk.lapse()
        desk.clock.advance(DELAY)
        [message] = desk.take()
        assert desk.accept() is Answered.UNKNOWN
        desk.lapse()
        desk.give(message, Retry(reason="busy"))
        desk.lapse()
        assert desk.state(given) is (State.DONE if desk.entry(given).receipt == "R-1" else State.WAITING)

    def test_opposite_answers_at_one_moment_leave_one_of_them(self, desk: Registry) -> None:
        given = desk.put(*(new(None) for _ in range(10)))
        for number, message in enumerate(desk.take()):
            desk.give(message, Sent(receipt=f"R-{number}"))
        together = Barrier(2)

        def answer(verdict: BusinessVerdict) -> int:
            refused = 0
            for number in range(10):
                together.wait()
                try:
                    if verdict is BusinessVerdict.ACCEPTED:
                        desk.accept(f"R-{number}")
                    else:
                        desk.reject(f"R-{number}")
                except AnswerConflictError:
                    refused += 1
            return refused

        with ThreadPoolExecutor(2) as threads:
            refused = sum(threads.map(answer, BusinessVerdict))
        assert refused == 10
        for message_id in given:
            history = desk.history(message_id)
            [answer_of_it] = history.answers
            accepted = answer_of_it.verdict is BusinessVerdict.ACCEPTED
            assert history.entry.state is (State.DONE if accepted else State.DEAD)

    def test_many_workers_may_look_for_what_is_overdue(self, desk: Registry) -> None:
        given = desk.put(*(new(f"lane-{number % 7}") for number in range(40)))
        desk.deliver(Sent(receipt="same"))
        desk.clock.advance(PATIENCE)
        together = Barrier(4)

        def look(_: int) -> list[MessageId]:
            together.wait()
            return desk.lapse()

        with ThreadPoolExecutor(4) as threads:
            found = [message_id for part in threads.map(look, range(4)) for message_id in part]
        assert sorted(found) == sorted(given)
        assert {desk.state(message_id) for message_id in given} == {State.DEAD}


class TestRepeatedAndContradicting:
    def test_the_same_answer_again_changes_nothing(self, desk: Registry) -> None:
        [given] = desk.put(new())
        desk.deliver(SENT)
        desk.accept()
        before = desk.history(given)
        desk.clock.advance(SECOND)
        assert desk.accept() is Answered.REPEATED
        assert desk.history(given) == before

    def test_another_answer_is_refused_and_written_down(self, desk: Registry) -> None:
        [given] = desk.put(new())
        desk.deliver(SENT)
        desk.accept()
        with desk.engine.begin() as connection, pytest.raises(AnswerConflictError, match="R-1") as caught:
            reject(connection, "authority", "R-1", code="late", reason="too late", now=desk.clock(), policies=POLICIES)
        assert (caught.value.first, caught.value.second) == ("accepted", "rejected")
        [decision] = desk.history(given).decisions
        assert (decision.verb, decision.by) == ("conflict", "authority")
        assert "A-1" in decision.reason
        assert "late" in decision.reason
        assert desk.state(given) is State.DONE

    def test_another_proof_of_acceptance_is_a_contradiction_too(self, desk: Registry) -> None:
        desk.put(new())
        desk.deliver(SENT)
        desk.accept(acceptance="A-1")
        with pytest.raises(AnswerConflictError):
            desk.accept(acceptance="A-2")

    def test_contradicting_answers_without_a_message_are_refused_as_well(self, desk: Registry) -> None:
        assert desk.accept("R-9") is Answered.UNKNOWN
        with desk.engine.begin() as connection, pytest.raises(AnswerConflictError):
            accept(connection, "authority", "R-9", acceptance="other", now=desk.clock())
        [decision] = desk.ask(decisions)
        assert (decision.verb, decision.message_id) == ("conflict", None)

    def test_a_receipt_that_nobody_knows_is_left_to_people(self, desk: Registry) -> None:
        desk.accept("R-9")
        desk.clock.advance(MATCHED_WITHIN)
        desk.lapse()
        [stray] = desk.ask(strays, before=desk.clock())
        assert (stray.destination, stray.receipt, stray.verdict) == ("authority", "R-9", BusinessVerdict.ACCEPTED)


class TestSilence:
    def test_without_an_answer_in_time_a_message_is_dead(self, desk: Registry) -> None:
        first, second = desk.put(new(kind="strict"), new())
        desk.deliver(SENT)
        desk.clock.advance(PATIENCE - SECOND)
        assert desk.lapse() == []
        desk.clock.advance(SECOND)
        assert desk.lapse() == [first]
        assert desk.lapse() == []
        entry = desk.entry(first)
        assert entry.state is State.DEAD
        assert entry.last_error is not None
        assert entry.last_error.code == "no_answer"
        assert desk.deliver() == []
        desk.decide(skip, first)
        assert desk.deliver() == [second]

    def test_the_time_that_the_handler_gave_counts(self, desk: Registry) -> None:
        [given] = desk.put(new())
        desk.deliver(Sent(receipt="R-1", answer_within=SECOND))
        desk.clock.advance(SECOND)
        assert desk.lapse() == [given]

    def test_what_had_left_its_lane_is_a_dead_letter(self, desk: Registry) -> None:
        [given] = desk.put(new())
        desk.deliver(SENT)
        [follower] = desk.put(new())
        desk.clock.advance(PATIENCE)
        desk.lapse()
        assert desk.ask(seek, Letters(code="no_answer"), limit=10) == [desk.entry(given).seq]
        assert desk.deliver() == [follower]

    @pytest.mark.parametrize("kind", ["again", "strict again"])
    def test_it_can_be_sent_again_until_its_attempts_are_used_up(self, desk: Registry, kind: str) -> None:
        [given] = desk.put(new(kind=kind))
        for number in range(3):
            assert desk.deliver(Sent(receipt=f"R-{number}")) == [given]
            desk.clock.advance(PATIENCE)
            assert desk.lapse() == [given]
            assert desk.deliver() == []
            desk.clock.advance(timedelta(minutes=1))
        entry = desk.entry(given)
        assert (entry.state, entry.attempts, entry.finished_at) == (State.DEAD, 3, None)

    def test_what_waits_to_be_sent_again_holds_its_lane_only_if_that_waited(self, desk: Registry) -> None:
        [strict] = desk.put(new("a", kind="strict again"))
        [loose] = desk.put(new("b", kind="again"))
        for number, message in enumerate(desk.take()):
            desk.give(message, Sent(receipt=f"R-{number}"))
        behind = desk.put(new("a"), new("b"))
        desk.clock.advance(PATIENCE)
        assert sorted(desk.lapse()) == sorted([strict, loose])
        assert desk.deliver() == [behind[1]]
        desk.clock.advance(DELAY)
        assert set(desk.deliver()) == {strict, loose, behind[0]}

    def test_an_answer_that_comes_after_all_still_counts(self, desk: Registry) -> None:
        dead, waiting = desk.put(new("a"), new("b", kind="strict again"))
        for number, message in enumerate(desk.take()):
            desk.give(message, Sent(receipt=f"R-{number}"))
        desk.clock.advance(PATIENCE)
        desk.lapse()
        assert (desk.state(dead), desk.state(waiting)) == (State.DEAD, State.WAITING)
        for number in range(2):
            assert desk.accept(f"R-{number}") is Answered.MATCHED
        assert (desk.state(dead), desk.state(waiting)) == (State.DONE, State.DONE)
        assert desk.deliver() == []
        assert desk.ask(causes) == []

    def test_an_early_answer_saves_a_message_from_lapsing_in_the_same_call(self, desk: Registry) -> None:
        [given] = desk.put(new())
        [message] = desk.take()
        desk.accept()
        desk.give(message, SENT)
        desk.clock.advance(PATIENCE)
        assert desk.lapse() == []
        assert desk.state(given) is State.DONE

    def test_other_destinations_are_left_to_those_who_serve_them(self, desk: Registry) -> None:
        with desk.engine.begin() as connection:
            enqueue(connection, new(to="elsewhere"), now=desk.clock())
        desk.accept("R-9", to="elsewhere")
        desk.clock.advance(PATIENCE)
        assert desk.lapse() == []
        assert [stray.destination for stray in desk.ask(strays, before=desk.clock())] == ["elsewhere"]
