"""Dead letters: grouped by cause, dealt with in bulk, replayed after repair."""

from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from outbox.dead_letters import MAX_PATTERN, Cause, Letters, causes, fold, retry_all, skip_all
from outbox.message import Message, MessageId, Refused, State
from outbox.operations import hold, retry, skip
from outbox.queries import payload
from outbox.replay import PAYLOAD_GONE, Rebuilt, rebuild, replay
from outbox.sealing import PLAIN, Sealing
from outbox.testing import ManualClock
from tests.outbox_world import BY, Desk, new

IN_MEMORY_TOO = True

MINUTE = timedelta(minutes=1)
SEALING = Sealing({"2026": bytes(32)}, current="2026")


@pytest.fixture
def desk(engine: Engine, clock: ManualClock) -> Desk:
    return Desk(engine, clock)


def bury(desk: Desk, code: str = "schema", reason: str = "no") -> list[MessageId]:
    """Let every message that may go now die of this."""
    return desk.deliver(Refused(code=code, reason=reason))


class TestFold:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("line 12, column 7: wrong", "line 3, column 44: wrong"),
            ("pupil 'Petrov' is unknown", "pupil 'Ivanova' is unknown"),
            ("класс «5А» не найден", "класс «11Б» не найден"),
            ('field "mark" is empty', 'field "date" is empty'),
            ("document 5f2c9a71e0 refused", "document 0a7be44d11 refused"),
            ("id 6fa459ea-ee8a-3ca4-894e-db77e160355e", "id 16fd2706-8baf-433b-82eb-8c7fada847da"),
            ("before 2026-09-01 08:00", "before 2027-10-11 18:30"),
            ("value 3,5 is too high", "value 4 is too high"),
            ("wrong " * 1000 + "here", "wrong " * 1000 + "there"),
        ],
    )
    def test_what_differs_within_a_cause_is_folded_away(self, one: str, other: str) -> None:
        assert fold(one) == fold(other)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("field is empty", "field is missing"),
            ("the pupil's class isn't there", "the pupil's guardian isn't there"),
            ("deadbeef", "facade"),
        ],
    )
    def test_words_tell_causes_apart(self, one: str, other: str) -> None:
        assert fold(one) != fold(other)

    @given_any(st.text())
    def test_no_number_is_left_of_any_reason_and_not_too_much_of_a_long_one(self, reason: str) -> None:
        folded = fold(reason)
        assert not any(letter.isdecimal() for letter in folded)
        assert len(folded) <= MAX_PATTERN


class TestCauses:
    def test_letters_of_one_cause_are_one_line(self, desk: Desk) -> None:
        for number in range(3):
            desk.put(new(f"class-{number}"))
            bury(desk, reason=f"line {number}: wrong")
            desk.clock.advance(MINUTE)
        last = desk.clock() - MINUTE
        desk.put(*(new("class-0") for _ in range(4)), new("class-1"))
        desk.put(new("notice", kind="plan"))
        bury(desk, reason="line 7: wrong")
        first, other = desk.ask(causes, explain={"schema": "Mend the mapping."})
        assert (first.kind, first.code, first.pattern, first.count) == ("marks", "schema", "line #: wrong", 3)
        assert (first.lanes, first.followers) == (3, 5)
        assert (first.first, first.last) == (last - 2 * MINUTE, last)
        assert desk.entry(first.sample).ordering_key == "class-2"
        assert first.advice == "Mend the mapping."
        assert (other.kind, other.count, other.followers) == ("plan", 1, 0)

    def test_destination_kind_and_code_tell_causes_apart(self, desk: Desk) -> None:
        desk.put(new("a"), new("b", to="portal"), new("c", kind="plan"))
        bury(desk)
        desk.put(new("d"))
        bury(desk, code="http_404")
        assert {(cause.destination, cause.kind, cause.code, cause.count) for cause in desk.ask(causes)} == {
            ("authority", "marks", "schema", 1),
            ("portal", "marks", "schema", 1),
            ("authority", "plan", "schema", 1),
            ("authority", "marks", "http_404", 1),
        }
        assert [cause.destination for cause in desk.ask(causes, destination="portal")] == ["portal"]
        assert {cause.advice for cause in desk.ask(causes)} == {None}

    def test_an_owner_sees_its_own_letters(self, desk: Desk) -> None:
        desk.put(new("a", owner="school 1"), new("b", owner="school 2"))
        bury(desk)
        [cause] = desk.ask(causes, owner="school 1")
        assert cause.count == 1

    def test_what_is_decided_or_let_go_is_no_dead_letter(self, desk: Desk) -> None:
        skipped, retried, held, _ = desk.put(new("a"), new("b"), new("c"), new("d", kind="notice"))
        desk.decide(hold, held)
        bury(desk)
        desk.decide(skip, skipped)
        desk.decide(retry, retried)
        assert desk.ask(causes) == []

    def test_a_cause_finds_its_letters_again(self, desk: Desk) -> None:
        given = desk.put(new("a"), new("b"))
        bury(desk, reason="line 1: wrong")
        desk.put(new("c"))
        bury(desk, reason="line 1: missing")
        [cause] = [one for one in desk.ask(causes) if one.count == 2]
        assert isinstance(cause, Cause)
        assert desk.decide(retry_all, cause.letters).done == given


class TestInBulk:
    def test_a_thousand_letters_are_retried_in_batches_with_progress(self, desk: Desk) -> None:
        given = desk.put(*(new(None) for _ in range(1000)))
        bury_by_hand(desk)
        done: list[MessageId] = []
        steps, after = 0, 0
        while True:
            progress = desk.decide(retry_all, Letters(), after=after, limit=300)
            done += progress.done
            steps += 1
            if progress.after is None:
                break
            after = progress.after
        assert (steps, done) == (4, given)
        assert desk.ask(causes) == []
        entry = desk.entry(given[0])
        assert (entry.state, entry.budget_used) == (State.READY, 0)
        [decision] = desk.history(given[999]).decisions
        assert (decision.verb, decision.by, decision.destination) == ("retry", BY["by"], "authority")

    def test_a_letter_that_dies_again_is_not_retried_by_the_next_batch(self, desk: Desk) -> None:
        first, second = desk.put(new("a"), new("b"))
        bury(desk)
        progress = desk.decide(retry_all, Letters(), limit=1)
        assert (progress.done, bury(desk)) == ([first], [first])
        progress = desk.decide(retry_all, Letters(), limit=1, after=progress.after)
        assert progress.done == [second]
        assert desk.decide(retry_all, Letters(), limit=1, after=progress.after).done == []

    def test_a_pattern_is_looked_for_until_the_batch_is_full(self, desk: Desk) -> None:
        desk.put(*(new(None) for _ in range(1200)))
        bury_by_hand(desk)
        with desk.engine.begin() as connection:
            connection.execute(text("UPDATE outbox_message SET error_reason = 'rare' WHERE seq IN (2, 1100)"))
        which = Letters(pattern="rare")
        first = desk.decide(skip_all, which, limit=1)
        second = desk.decide(skip_all, which, limit=1, after=first.after)
        assert [desk.entry(one).seq for one in (*first.done, *second.done)] == [2, 1100]
        third = desk.decide(skip_all, which, limit=1, after=second.after)
        assert (third.done, third.after) == ([], None)

    def test_skipping_all_lets_the_followers_go(self, desk: Desk) -> None:
        _, _, follower = desk.put(new("a"), new("b", to="portal"), new("a"))
        bury(desk)
        assert len(desk.decide(skip_all, Letters(destination="authority")).done) == 1
        assert desk.deliver() == [follower]
        assert [cause.destination for cause in desk.ask(causes)] == ["portal"]

    @pytest.mark.parametrize(
        "which",
        [
            {"owner": "school 1"},
            {"destination": "portal"},
            {"kind": "plan"},
            {"code": "http_404"},
            {"pattern": "gone"},
            {"states": frozenset({State.HELD})},
        ],
    )
    def test_every_filter_finds_its_letter_and_no_other(self, desk: Desk, which: dict[str, Any]) -> None:
        desk.put(new("other"))
        bury(desk)
        if "states" in which:
            [wanted] = desk.put(new("wanted"))
            desk.decide(hold, wanted)
        else:
            of = {"owner": which.get("owner"), "kind": which.get("kind", "marks")}
            [wanted] = desk.put(new("wanted", to=which.get("destination", "authority"), **of))
            bury(desk, code=which.get("code", "schema"), reason=which.get("pattern", "no"))
        assert desk.decide(retry_all, Letters(**which)).done == [wanted]

    def test_held_letters_are_released_not_hurried(self, desk: Desk) -> None:
        [given] = desk.put(new(due_at=desk.clock() + MINUTE))
        desk.decide(hold, given)
        assert desk.decide(retry_all, Letters(states=frozenset({State.HELD}))).done == [given]
        assert desk.deliver() == []
        desk.clock.advance(MINUTE)
        assert desk.deliver() == [given]

    def test_only_dead_and_held_messages_are_letters(self) -> None:
        for states in (frozenset({State.READY}), frozenset({State.DEAD, State.DONE}), frozenset[State]()):
            with pytest.raises(ValueError, match="dead or held"):
                Letters(states=states)


def bury_by_hand(desk: Desk) -> None:
    """Kill everything at once, as a thousand deliveries would have."""
    with desk.engine.begin() as connection:
        connection.execute(text("UPDATE outbox_message SET state = 'dead', error_code = 'x', error_reason = 'common'"))
        connection.execute(
            text("UPDATE outbox_lane SET state = 'blocked', wake_at = NULL, blocked_reason = 'x', fence = fence + 1")
        )


def mend(message: Message) -> bytes | None:
    if message.payload == b"leave":
        return None
    if message.payload == b"break":
        raise KeyError("Petrov")
    return message.payload.replace(b"wrong", b"right")


class TestReplay:
    @pytest.fixture(params=[PLAIN, SEALING], ids=["plain", "sealed"])
    def sealing(self, request: pytest.FixtureRequest) -> Sealing:
        sealing: Sealing = request.param
        return sealing

    def dead(self, desk: Desk, sealing: Sealing, *payloads: bytes) -> list[MessageId]:
        given = desk.put(*(new(f"k{number}", payload=part) for number, part in enumerate(payloads)))
        bury(desk)
        with desk.engine.begin() as connection:
            for part, message_id in zip(payloads, given, strict=True):
                connection.execute(
                    text(
                        "UPDATE outbox_payload SET bytes = :bytes "
                        "WHERE message = (SELECT seq FROM outbox_message WHERE id = :id)"
                    ),
                    {"bytes": sealing.seal(part, message_id), "id": message_id},
                )
        return given

    def rebuilt(self, desk: Desk, sealing: Sealing = PLAIN, which: Letters | None = None, **more: Any) -> list[Rebuilt]:
        found: list[Rebuilt] = desk.ask(rebuild, which or Letters(), mend, sealing=sealing, **more)
        return found

    def test_only_what_comes_out_different_is_sent(self, desk: Desk, sealing: Sealing) -> None:
        wrong, same, left, broken = self.dead(desk, sealing, b"wrong mark", b"good", b"leave", b"break")
        seen = self.rebuilt(desk, sealing)
        assert [(one.id, one.differs, one.fault) for one in seen] == [
            (wrong, True, None),
            (same, False, None),
            (left, False, None),
            (broken, False, "KeyError"),
        ]
        assert (seen[0].old_digest, seen[0].old_size) == (sha256(b"wrong mark").hexdigest(), 10)
        assert (seen[0].new_digest, seen[0].new_size) == (sha256(b"right mark").hexdigest(), 10)
        assert "right" not in repr(seen)
        assert "Petrov" not in repr(seen)
        assert {desk.state(one.id) for one in seen} == {State.DEAD}

        done = desk.decide(replay, seen, sealing=sealing)
        assert (done.sent, done.unchanged, done.refused) == ([wrong], [same, left, broken], [])
        assert [desk.state(one) for one in (wrong, same, left, broken)] == [State.READY] + [State.DEAD] * 3
        assert desk.ask(payload, wrong, sealing=sealing) == b"right mark"
        entry = desk.entry(wrong)
        assert (entry.digest, entry.size) == (sha256(b"right mark").hexdigest(), 10)
        [decision] = desk.history(wrong).decisions
        assert (decision.verb, decision.by) == ("replay", BY["by"])
        assert BY["reason"] in decision.reason
        assert sha256(b"wrong mark").hexdigest() in decision.reason

    def test_what_has_changed_since_the_preview_is_refused(self, desk: Desk) -> None:
        given = self.dead(desk, PLAIN, b"wrong 1", b"wrong 2", b"wrong 3", b"wrong 4")
        seen = self.rebuilt(desk)
        retried, skipped, replaced, untouched = given
        desk.decide(retry, retried)
        desk.decide(skip, skipped)
        other = [one for one in desk.ask(rebuild, Letters(), lambda _: b"else") if one.id == replaced]
        desk.decide(replay, other)
        bury_one(desk, replaced)
        done = desk.decide(replay, seen)
        assert (done.sent, done.refused) == ([untouched], [retried, skipped, replaced])
        assert desk.ask(payload, replaced) == b"else"
        assert desk.ask(payload, retried) == b"wrong 1"

    def test_held_messages_are_replayed_too(self, desk: Desk) -> None:
        [given] = desk.put(new(payload=b"wrong"))
        desk.decide(hold, given)
        assert self.rebuilt(desk) == []
        seen = self.rebuilt(desk, which=Letters(states=frozenset({State.HELD, State.DEAD})))
        assert desk.decide(replay, seen).sent == [given]
        [message] = desk.take()
        assert message.payload == b"right"

    def test_there_is_nothing_to_rebuild_a_destroyed_payload_from(self, desk: Desk) -> None:
        self.dead(desk, PLAIN, b"wrong")
        with desk.engine.begin() as connection:
            connection.execute(text("DELETE FROM outbox_payload"))
        [one] = self.rebuilt(desk)
        assert (one.fault, one.differs) == (PAYLOAD_GONE, False)

    def test_a_payload_sealed_with_a_lost_key_is_a_fault_of_its_message(self, desk: Desk) -> None:
        self.dead(desk, SEALING, b"wrong")
        [one] = self.rebuilt(desk)
        assert one.fault == "LockedPayloadError"

    def test_previews_come_in_bounded_pieces(self, desk: Desk) -> None:
        given = self.dead(desk, PLAIN, *(f"wrong {number}".encode() for number in range(5)))
        pieces: list[Sequence[Rebuilt]] = [self.rebuilt(desk, limit=2)]
        while len(pieces[-1]) == 2:
            pieces.append(self.rebuilt(desk, limit=2, after=pieces[-1][-1].seq))
        assert [len(piece) for piece in pieces] == [2, 2, 1]
        assert [one.id for piece in pieces for one in piece] == given


def bury_one(desk: Desk, message_id: MessageId) -> None:
    for message in desk.take():
        if message.id == message_id:
            desk.give(message, Refused(reason="no"))
