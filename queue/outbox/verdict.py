"""What an outcome means for its message: pure, so that every way a delivery can end is tested without a database."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from outbox.message import ANSWER_EXCERPT, AttemptOutcome, Delivered, Entry, Failure, Outcome, Retry, State
from outbox.policy import Policy, next_attempt


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The new state of a message and the closing entry of its attempt."""

    state: State
    attempt: AttemptOutcome
    retry_at: datetime | None = None
    receipt: str | None = None
    failure: Failure | None = None
    status: int | None = None
    answer: str = field(default="", repr=False)


def judge(entry: Entry, outcome: Outcome, *, policy: Policy, now: datetime, random: Callable[[], float]) -> Verdict:
    """Decide what becomes of a leased message whose handler has returned."""
    answer = excerpt(outcome.answer)
    if isinstance(outcome, Delivered):
        return Verdict(
            state=State.DONE,
            attempt=AttemptOutcome.DELIVERED,
            receipt=None if outcome.receipt is None else storable(outcome.receipt),
            status=outcome.status,
            answer=answer,
        )
    failure = Failure(code=storable(outcome.code), reason=storable(outcome.reason))
    if not isinstance(outcome, Retry):
        return Verdict(
            state=State.DEAD, attempt=AttemptOutcome.REFUSED, failure=failure, status=outcome.status, answer=answer
        )
    retry_at = next_attempt(
        policy,
        attempt=entry.budget_used,
        retry_after=outcome.retry_after,
        since=entry.budget_since or now,
        now=now,
        random=random,
    )
    return Verdict(
        state=State.DEAD if retry_at is None else State.WAITING,
        attempt=AttemptOutcome.RETRY,
        retry_at=retry_at,
        failure=failure,
        status=outcome.status,
        answer=answer,
    )


def excerpt(answer: bytes) -> str:
    """Return the part of a destination's answer that is kept, as text that every database can store."""
    return storable(answer[:ANSWER_EXCERPT].decode("utf-8", errors="replace"))


def storable(text: str) -> str:
    """Replace what PostgreSQL cannot store in text: NUL and lone surrogates."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", errors="replace").decode("utf-8")
