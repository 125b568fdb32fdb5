"""The values of the outbox: what is enqueued, what is stored, what a handler answers.

All are frozen, all times are aware. A payload and an answer never appear in a ``repr``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import NewType

from outbox.errors import InvalidMessageError

MessageId = NewType("MessageId", str)

MAX_NAME = 255
"""Longest destination, kind, key, correlation, owner or subject, in characters."""

MAX_RECEIPT = 1000
"""Longest receipt, in bytes of UTF-8. Receipts are looked up by an index, and PostgreSQL refuses an entry of more than
a third of a page; destination and receipt share one."""

MAX_TEXT = 4096
"""How many bytes of a reason or an acceptance are kept, as UTF-8."""

ANSWER_EXCERPT = 1024
"""How many bytes of a destination's answer are kept with the attempt."""


class Priority(IntEnum):
    """Which of the lanes that could go now goes first. Few levels on purpose: a claim looks at each of them."""

    LOW = -1
    NORMAL = 0
    HIGH = 1


class State(StrEnum):
    """Where a message is in its life; README.md draws the ways between them.

    ``LEASED`` is stored with the lane, not with the message: a message is leased while its lane is and the lease
    reaches as far as the message. ``SENT`` is transport accepted, business answer still out.
    """

    READY = "ready"
    LEASED = "leased"
    WAITING = "waiting"
    SENT = "sent"
    DONE = "done"
    DEAD = "dead"
    HELD = "held"
    SUPERSEDED = "superseded"


class LaneState(StrEnum):
    """Where a lane is: the state of its head as a worker sees it, or that the lane is paused (blocked, too)."""

    IDLE = "idle"
    READY = "ready"
    LEASED = "leased"
    WAITING = "waiting"
    BLOCKED = "blocked"


class AttemptOutcome(StrEnum):
    """How one attempt ended."""

    RUNNING = "running"
    DELIVERED = "delivered"
    SENT = "sent"
    RETRY = "retry"
    REFUSED = "refused"
    LOST = "lost"


class BusinessVerdict(StrEnum):
    """What a destination says in the end about the content of a message that it has had."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


def require_bytes(payload: object) -> None:
    """Make sure that a payload is what every attempt can send as it is.

    Raises:
        InvalidMessageError: It is not ``bytes``: how a text becomes bytes is for the caller to say, once.
    """
    if not isinstance(payload, bytes):
        raise InvalidMessageError(f"payload must be bytes, is {type(payload).__name__}")


_NAMES = (
    "destination",
    "kind",
    "content_type",
    "ordering_key",
    "idempotency_key",
    "correlation",
    "owner",
    "subject",
    "state_of",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMessage:
    """A message to be enqueued.

    Attributes:
        destination: To whom; also the name under which a worker finds its handler.
        kind: What it is, for people and filters.
        payload: The exact bytes that every attempt sends.
        content_type: Media type of the payload.
        ordering_key: Messages of one destination with one key leave strictly in the order of enqueueing.
            Without a key a message waits for nobody.
        idempotency_key: Unique per destination: enqueueing the same key again adds nothing.
        due_at: Not to be sent before; also holds back the followers in its lane.
        expires_at: Not to be sent at or after; the message is dead then.
        priority: Among lanes that could go now the one whose head has the higher priority goes first.
        correlation: Free text by which people find it (a document number, a batch).
        owner: On whose behalf it is sent, where one queue serves several; lists can be limited to an owner's messages.
        subject: Whom the content is about, as a pseudonym; ``forget`` destroys what is kept about a subject.
        state_of: Declares the payload to be the full state of this thing. While an older message with the same value
            still waits in the same lane, the newer one supersedes it. Needs an ordering key.

    Raises:
        InvalidMessageError: The payload is not ``bytes``, a name is empty or longer than ``MAX_NAME``, a time is naive
            or outside the years 1 to 9999 in UTC, or ``state_of`` is given without an ordering key.
    """

    destination: str
    kind: str
    payload: bytes = field(repr=False)
    content_type: str = "application/octet-stream"
    ordering_key: str | None = None
    idempotency_key: str | None = None
    due_at: datetime | None = None
    expires_at: datetime | None = None
    priority: Priority = Priority.NORMAL
    correlation: str | None = None
    owner: str | None = None
    subject: str | None = None
    state_of: str | None = None

    def __post_init__(self) -> None:
        """Refuse what one of the databases would refuse or cut off later."""
        require_bytes(self.payload)
        for name in _NAMES:
            value = getattr(self, name)
            if value is not None and not 0 < len(value) <= MAX_NAME:
                raise InvalidMessageError(f"{name} must have 1 to {MAX_NAME} characters, has {len(value)}")
            if value is not None and "\0" in value:
                raise InvalidMessageError(f"{name} must not contain a NUL character")
        for name in ("due_at", "expires_at"):
            moment = getattr(self, name)
            if moment is not None and moment.utcoffset() is None:
                raise InvalidMessageError(f"{name} must be an aware time, is naive")
            try:
                # All times are stored and compared in UTC: one that has none there would stop every later claim.
                _ = moment and moment.astimezone(UTC)
            except OverflowError as error:
                raise InvalidMessageError(f"{name} must be within the years 1 to 9999 in UTC") from error
        if self.state_of is not None and self.ordering_key is None:
            raise InvalidMessageError(
                "state_of needs an ordering_key: only within a lane is there an older and a newer"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why an attempt or a message failed: a stable code for programs, a reason for people."""

    code: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A stored message without its payload: what lists and consoles show.

    Attributes:
        id: Given at enqueueing, never changes, unique over all destinations.
        seq: Order of enqueueing; within a lane also the order of leaving.
        lane: Number of its lane.
        size: Length of the payload in bytes; known after the payload is gone, too.
        digest: SHA-256 of the payload in hexadecimal, likewise.
        attempts: Every attempt ever begun, including lost ones and the one that is running.
        budget_used: Attempts that count against the policy since enqueueing or since a person's last ``retry``, the
            running one included.
        budget_since: When the first of those attempts began.
        retry_at: While waiting, the earliest time of the next attempt.
        finished_at: When it left its lane: delivered, sent, dropped or superseded. A dead message without it blocks
            its lane.
        lease_owner: While leased, the worker that has it.
        lease_until: While leased, when the lease ends unless the worker extends it.
        fence: The lane's fencing number at this claim; a settlement with an older one is refused.
        receipt: What the destination gave as proof that it has the bytes (transport accepted).
        answer_due_at: While sent, when the business answer is overdue.
        answered_at: When the business answer came.
        acceptance: What the destination gave as proof that it has taken the content (business accepted).
        payload_gone_at: When the payload was destroyed by retention or ``forget``.
        last_error: Why the last attempt failed, or why the message is dead.
    """

    id: MessageId
    seq: int
    lane: int
    destination: str
    kind: str
    content_type: str
    ordering_key: str | None
    idempotency_key: str | None
    due_at: datetime | None
    expires_at: datetime | None
    priority: Priority
    correlation: str | None
    owner: str | None
    subject: str | None
    state_of: str | None
    size: int
    digest: str
    state: State
    attempts: int
    budget_used: int
    budget_since: datetime | None
    created_at: datetime
    retry_at: datetime | None
    finished_at: datetime | None
    lease_owner: str | None
    lease_until: datetime | None
    fence: int | None
    receipt: str | None
    answer_due_at: datetime | None
    answered_at: datetime | None
    acceptance: str | None
    payload_gone_at: datetime | None
    last_error: Failure | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Message(Entry):
    """A claimed message, as a handler gets it: the entry and the bytes to send."""

    payload: bytes = field(repr=False)

    @property
    def lease(self) -> tuple[int, int | None]:
        """Which claim of which message this is: after a lost lease one worker may hold an old and a new claim."""
        return self.seq, self.fence


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One attempt at delivery. Kept for ever, also when the worker was killed in it.

    Attributes:
        number: Counted from 1 over the life of the message.
        finished_at: When the handler returned; for a lost attempt, when the loss was noticed.
        status: The destination's status code, where its protocol has one.
        answer: The first ``ANSWER_EXCERPT`` bytes of its answer as text.
        worker: Name of the worker that made it.
    """

    number: int
    started_at: datetime
    finished_at: datetime | None
    outcome: AttemptOutcome
    status: int | None
    answer: str = field(repr=False)
    error: Failure | None
    worker: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """The destination has it and nothing more is to be heard of it: the message is done.

    Attributes:
        receipt: What it gave as proof, at most ``MAX_RECEIPT`` bytes.
    """

    receipt: str | None = None
    status: int | None = None
    answer: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """The destination has the bytes; whether it takes the content it says later (``accept``, ``reject``).

    Attributes:
        receipt: Under which the second answer will come; unique within the destination, at most
            ``MAX_RECEIPT`` bytes.
        answer_within: How long to wait for it; without it the kind's policy decides.
    """

    receipt: str
    status: int | None = None
    answer: bytes = field(default=b"", repr=False)
    answer_within: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """It did not work this time; the policy decides when to try again, or that it was the last time.

    Attributes:
        retry_after: How long the destination asked to be left alone (RFC 9110, 10.2.3).
    """

    reason: str
    code: str = "transient"
    status: int | None = None
    answer: bytes = field(default=b"", repr=False)
    retry_after: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """The destination will never take these bytes: the message is dead at once; its kind's policy says what then."""

    reason: str
    code: str = "refused"
    status: int | None = None
    answer: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Halt:
    """Nothing can be delivered to this destination until a person has acted: wrong credentials, another contract.

    The destination is paused, with the code and the message's id as its reason; the message goes back to the head of
    its lane and the attempt does not count against its budget.
    """

    reason: str
    code: str = "halted"
    status: int | None = None
    answer: bytes = field(default=b"", repr=False)


Outcome = Delivered | Sent | Retry | Refused | Halt

Handler = Callable[[Message], Outcome]
"""Delivers one message. Runs in a thread of the worker, may block, must be safe to repeat for the same message."""
