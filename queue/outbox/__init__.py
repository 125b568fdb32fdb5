"""A retrying outbound queue in the database that the application already has.

It knows messages, destinations and time, and nothing of what the messages are about.

    message      the values: what is enqueued, stored, claimed, answered
    intake       the producer: ``enqueue`` in its own transaction
    lane         the rule of order: the head of a lane decides for all of it
    claiming     the worker takes messages: ``claim``
    settling     the worker hands in what came of them: ``settle``, ``heartbeat``, ``give_back``, ``reclaim``
    verdict      what an outcome means for a message (pure)
    policy       how often and how long to retry (pure)
    schedule     messages by the clock: ``fire``
    worker       the loop around all that, with threads for the handlers
    operations   what people decide: ``retry``, ``hold``, ``skip``, ``pause``, ``stop``, ``purge`` …
    queries      what people look at: ``find``, ``show``, ``depths`` …
    tables       the tables; ``rows`` turns their rows into values
    migrations   ``migrate`` and ``check``
    sqlite       SQLite set up to carry a queue
    testing      for the tests of those who use the outbox
    errors       what can go wrong

README.md beside this file has a quickstart, the guarantees and their limits.
"""

from outbox.claiming import Claim, claim
from outbox.errors import (
    InvalidMessageError,
    NotAllowedError,
    OutboxError,
    SchemaMismatchError,
    UnknownMessageError,
)
from outbox.intake import enqueue
from outbox.message import (
    Attempt,
    AttemptOutcome,
    Delivered,
    Entry,
    Failure,
    Handler,
    Message,
    MessageId,
    NewMessage,
    Outcome,
    Refused,
    Retry,
    State,
)
from outbox.migrations import check, migrate
from outbox.operations import hold, pause, purge, release, resume, retry, skip, start, stop
from outbox.policy import Policies, Policy, next_attempt
from outbox.queries import (
    Decision,
    Depth,
    History,
    Page,
    Pause,
    decisions,
    depths,
    find,
    is_drained,
    pauses,
    payload,
    show,
)
from outbox.schedule import Schedule, due_ticks, fire
from outbox.settling import Settlement, give_back, heartbeat, reclaim, settle
from outbox.sqlite import configure_sqlite, reading, sqlite_engine
from outbox.worker import Rhythm, Worker

__all__ = [
    "Attempt",
    "AttemptOutcome",
    "Claim",
    "Decision",
    "Delivered",
    "Depth",
    "Entry",
    "Failure",
    "Handler",
    "History",
    "InvalidMessageError",
    "Message",
    "MessageId",
    "NewMessage",
    "NotAllowedError",
    "OutboxError",
    "Outcome",
    "Page",
    "Pause",
    "Policies",
    "Policy",
    "Refused",
    "Retry",
    "Rhythm",
    "Schedule",
    "SchemaMismatchError",
    "Settlement",
    "State",
    "UnknownMessageError",
    "Worker",
    "check",
    "claim",
    "configure_sqlite",
    "decisions",
    "depths",
    "due_ticks",
    "enqueue",
    "find",
    "fire",
    "give_back",
    "heartbeat",
    "hold",
    "is_drained",
    "migrate",
    "next_attempt",
    "pause",
    "pauses",
    "payload",
    "purge",
    "reading",
    "reclaim",
    "release",
    "resume",
    "retry",
    "settle",
    "show",
    "skip",
    "sqlite_engine",
    "start",
    "stop",
]
