"""What every outcome means for its message, without a database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from outbox.message import (
    AttemptOutcome,
    Delivered,
    Entry,
    Failure,
    Halt,
    MessageId,
    Outcome,
    Priority,
    Refused,
    Retry,
    Sent,
    State,
)
from outbox.policy import DeadHead, KindPolicy, Policy
from outbox.verdict import Verdict, excerpt, fits_receipt, judge, storable

NOW = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
POLICY = Policy(
    initial_delay=timedelta(seconds=10),
    jitter=0.5,
    max_attempts=3,
    max_age=timedelta(hours=1),
    kinds={
        "news": KindPolicy(dead_head=DeadHead.SKIP),
        "enrolment": KindPolicy(await_answer=True, answer_within=timedelta(hours=2)),
        "contract": KindPolicy(dead_head=DeadHead.BLOCK_DESTINATION),
    },
)


def entry(**more: Any) -> Entry:
    fields: dict[str, Any] = dict.fromkeys(Entry.__dataclass_fields__)
    fields |= {
        "id": MessageId("m1"),
        "seq": 1,
        "lane": 2,
        "destination": "authority",
        "kind": "marks",
        "content_type": "text/xml",
        "priority": Priority.NORMAL,
        "size": 1,
        "digest": "00",
        "state": State.LEASED,
        "attempts": 1,
        "budget_used": 1,
        "budget_since": NOW,
        "created_at": NOW,
    }
    return Entry(**fields | more)


def verdict(outcome: Outcome, *, away: timedelta = timedelta(0), now: datetime = NOW, **more: Any) -> Verdict:
    return judge(entry(**more), outcome, policy=POLICY, away=away, now=now, random=lambda: 0.5)


def test_delivered_is_done_and_the_lane_goes_on() -> None:
    found = verdict(Delivered(receipt="R"))
    assert found == Verdict(state=State.DONE, attempt=AttemptOutcome.DELIVERED, finished=True)
    assert found.goes_on


def test_sent_leaves_the_lane_and_is_answered_within_its_kinds_time() -> None:
    found = verdict(Sent(receipt="R"))
    assert (found.state, found.finished, found.goes_on) == (State.SENT, True, True)
    assert found.answer_due_at == NOW + timedelta(days=1)


def test_an_awaited_answer_holds_the_lane() -> None:
    found = verdict(Sent(receipt="R"), kind="enrolment")
    assert (found.state, found.finished, found.goes_on) == (State.SENT, False, False)
    assert found.answer_due_at == NOW + timedelta(hours=2)


def test_a_time_of_its_own_goes_before_the_kinds() -> None:
    found = verdict(Sent(receipt="R", answer_within=timedelta(minutes=5)), kind="enrolment")
    assert found.answer_due_at == NOW + timedelta(minutes=5)


def test_a_failure_waits_as_long_as_the_policy_or_the_destination_says() -> None:
    found = verdict(Retry(reason="busy", code="http_503"))
    assert (found.state, found.attempt, found.finished) == (State.WAITING, AttemptOutcome.RETRY, False)
    assert found.retry_at == NOW + timedelta(seconds=12.5)
    assert found.failure == Failure(code="http_503", reason="busy")
    assert verdict(Retry(reason="busy", retry_after=timedelta(minutes=9))).retry_at == NOW + timedelta(minutes=9)


@pytest.mark.parametrize(
    ("more", "away", "dies"),
    [
        ({"budget_used": 2}, timedelta(0), False),
        ({"budget_used": 3}, timedelta(0), True),
        ({"budget_since": NOW - timedelta(hours=2)}, timedelta(0), True),
        ({"budget_since": NOW - timedelta(hours=2)}, timedelta(hours=1, minutes=30), False),
        ({"budget_since": None}, timedelta(0), False),
    ],
)
def test_a_failure_is_the_last_when_number_or_age_are_used_up(
    more: dict[str, Any], away: timedelta, *, dies: bool
) -> None:
    found = verdict(Retry(reason="busy"), away=away, **more)
    assert found.state is (State.DEAD if dies else State.WAITING)
    assert (found.retry_at is None) == dies
    assert found.attempt is AttemptOutcome.RETRY


@pytest.mark.parametrize(
    ("kind", "finished", "pauses"), [("marks", False, False), ("news", True, False), ("contract", False, True)]
)
@pytest.mark.parametrize("outcome", [Refused(reason="no", code="schema"), Retry(reason="no", code="schema")])
def test_what_a_dead_message_does_is_its_kinds_matter(
    outcome: Outcome, kind: str, *, finished: bool, pauses: bool
) -> None:
    found = verdict(outcome, kind=kind, budget_used=3)
    assert (found.state, found.finished, found.pauses) == (State.DEAD, finished, pauses)
    assert found.failure == Failure(code="schema", reason="no")
    assert found.counts
    assert not found.goes_on


def test_a_halt_pauses_and_does_not_count() -> None:
    found = verdict(Halt(reason="wrong password", code="login"))
    assert (found.state, found.attempt) == (State.READY, AttemptOutcome.REFUSED)
    assert (found.finished, found.counts, found.pauses, found.goes_on) == (False, False, True, False)


def test_what_a_database_cannot_store_is_replaced() -> None:
    assert storable("a\0b\ud800") == "a\N{REPLACEMENT CHARACTER}b?"
    assert verdict(Refused(reason="x\0", code="y\0")).failure == Failure(
        code="y\N{REPLACEMENT CHARACTER}", reason="x\N{REPLACEMENT CHARACTER}"
    )


def test_a_code_and_a_reason_are_cut_where_they_are_too_long() -> None:
    failure = verdict(Refused(reason="ё" * 3000, code="c" * 256)).failure
    assert failure is not None
    assert failure.code == "c" * 254 + "…"
    assert failure.reason == "ё" * 2046 + "…"
    assert verdict(Refused(reason="r" * 4096, code="c" * 255)).failure == Failure(code="c" * 255, reason="r" * 4096)


@pytest.mark.parametrize(("receipt", "fits"), [("x" * 1000, True), ("ё" * 501, False), ("\0" * 334, False)])
def test_a_receipt_is_as_long_as_what_is_stored_of_it(receipt: str, *, fits: bool) -> None:
    assert fits_receipt(receipt) == fits


def test_of_an_answer_its_first_kilobyte_is_kept_as_text() -> None:
    assert excerpt(b"") == ""
    assert excerpt(b"x" * 5000) == "x" * 1024
    assert excerpt("ё".encode() * 600)[-1] == "ё"
    assert excerpt(b"\xff\0") == "\N{REPLACEMENT CHARACTER}" * 2
