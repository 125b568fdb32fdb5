"""What an outcome means for its message: pure, so that every way a delivery can end is tested without a database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from outbox.message import (
    ANSWER_EXCERPT,
    MAX_NAME,
    MAX_RECEIPT,
    MAX_TEXT,
    AttemptOutcome,
    Delivered,
    Entry,
    Failure,
    Halt,
    Outcome,
    Refused,
    Retry,
    Sent,
    State,
)
from outbox.policy import DeadHead, Policy, next_attempt


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The new state of a message and what is to be written of its attempt.

    Attributes:
        finished: Whether it leaves its lane, so that its followers may go.
        counts: Whether the attempt counts against the message's budget.
        pauses: Whether the destination is to be left alone until a person has acted.
    """

    state: State
    attempt: AttemptOutcome
    finished: bool = False
    counts: bool = True
    pauses: bool = False
    retry_at: datetime | None = None
    answer_due_at: datetime | None = None
    failure: Failure | None = None

    @property
    def goes_on(self) -> bool:
        """Say whether the next message of the lane may be delivered under the same lease."""
        return self.finished and self.failure is None


DELIVERED = Verdict(state=State.DONE, attempt=AttemptOutcome.DELIVERED, finished=True)
"""The verdict of everything that is simply delivered."""


def judge(
    entry: Entry, outcome: Outcome, *, policy: Policy, away: timedelta, now: datetime, random: Callable[[], float]
) -> Verdict:
    """Decide what becomes of a leased message whose handler has returned.

    Args:
        entry: The message as its handler got it, this attempt counted.
        outcome: What the handler made of it.
        policy: The destination's.
        away: How long the destination was away since the first attempt that counts; matters to ``Retry`` only.
        now: The present.
        random: Gives a number in [0, 1).
    """
    match outcome:
        case Delivered():
            return DELIVERED
        case Sent():
            return _sent(entry, outcome, policy, now)
        case Retry():
            return _failed(entry, outcome, policy=policy, away=away, now=now, random=random)
        case Refused():
            return _dead(entry, AttemptOutcome.REFUSED, _failure(outcome), policy)
        case Halt():
            return Verdict(
                state=State.READY,
                attempt=AttemptOutcome.REFUSED,
                counts=False,
                pauses=True,
                failure=_failure(outcome),
            )


def _sent(entry: Entry, outcome: Sent, policy: Policy, now: datetime) -> Verdict:
    kind = policy.kind(entry.kind)
    return Verdict(
        state=State.SENT,
        attempt=AttemptOutcome.SENT,
        finished=not kind.await_answer,
        answer_due_at=now + (kind.answer_within if outcome.answer_within is None else outcome.answer_within),
    )


def _failed(
    entry: Entry, outcome: Retry, *, policy: Policy, away: timedelta, now: datetime, random: Callable[[], float]
) -> Verdict:
    """Judge a message that may be tried again, if number and age of its attempts allow it."""
    retry_at = next_attempt(
        policy,
        attempt=entry.budget_used,
        retry_after=outcome.retry_after,
        age=now - (entry.budget_since or now) - away,
        now=now,
        random=random,
    )
    if retry_at is None:
        return _dead(entry, AttemptOutcome.RETRY, _failure(outcome), policy)
    return Verdict(state=State.WAITING, attempt=AttemptOutcome.RETRY, retry_at=retry_at, failure=_failure(outcome))


def _dead(entry: Entry, attempt: AttemptOutcome, failure: Failure, policy: Policy) -> Verdict:
    """Judge a message for which no further attempt is made, by what its kind means to its lane."""
    dead_head = policy.kind(entry.kind).dead_head
    return Verdict(
        state=State.DEAD,
        attempt=attempt,
        finished=dead_head is DeadHead.SKIP,
        pauses=dead_head is DeadHead.BLOCK_DESTINATION,
        failure=failure,
    )


def _failure(outcome: Retry | Refused | Halt) -> Failure:
    return Failure(code=short_code(outcome.code), reason=short_text(outcome.reason))


def excerpt(answer: bytes) -> str:
    """Return the part of a destination's answer that is kept, as text that every database can store."""
    return storable(answer[:ANSWER_EXCERPT].decode("utf-8", errors="replace")) if answer else ""


def storable(text: str) -> str:
    """Replace what PostgreSQL cannot store in text: NUL and lone surrogates."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", errors="replace").decode("utf-8")


def short_code(code: str) -> str:
    """Return a code as it is stored: lists group by it, so it is no longer than a name."""
    kept = storable(code)
    return kept if len(kept) <= MAX_NAME else kept[: MAX_NAME - 1] + _CUT


def short_text(text: str) -> str:
    """Return a reason or an acceptance as it is stored: whoever sends a whole page does not fill the tables."""
    raw = storable(text).encode()
    if len(raw) <= MAX_TEXT:
        return raw.decode()
    return raw[: MAX_TEXT - len(_CUT.encode())].decode(errors="ignore") + _CUT


def fits_receipt(receipt: str) -> bool:
    """Say whether a receipt can be stored. One that is cut would be another receipt, so it is not cut."""
    return len(receipt) <= MAX_RECEIPT and len(storable(receipt).encode()) <= MAX_RECEIPT


_CUT = "\N{HORIZONTAL ELLIPSIS}"
