"""A retrying outbound queue in the database that the application already has.

It knows messages, destinations and time, and nothing of what the messages are about. README.md beside this file has a
quickstart, the guarantees and their limits, and code for each part; all of it is run by the tests.

The values
    message          what is enqueued, stored, claimed, answered
    policy           how a destination and a kind of message are treated, as data; ``plain`` reads and writes them
    breaker, limits, windows    when a destination is left alone (pure)
    errors           what can go wrong

The producer
    intake           ``enqueue`` in its own transaction
    sealing          payloads encrypted where they are stored
    schedule         messages by the clock: ``fire``; ``calendar`` knows the days, ``walltime`` the clock on the wall

The worker
    lane             the rule of order: the head of a lane decides for all of it; ``placing`` puts messages into lanes
    claiming         takes messages: ``claim``; ``opening`` tells a damaged payload from a wrong ring of keys
    settling         hands in what came of them: ``settle``, ``heartbeat``, ``give_back``, ``reclaim``
    verdict          what an outcome means for a message (pure)
    destinations     what all workers know together of a destination: pause, breaker, rate
    answers          what a destination says later: ``accept``, ``reject``, ``lapse``
    worker           the loop around all that; ``hands`` its threads, ``flight`` what it has, ``pace`` how much
                     it takes, ``rhythm`` its times, ``upkeep`` what it does now and then, ``listening`` what wakes it
    readiness        what it makes sure of before it begins
    health, metrics, observer    what it tells of itself

People
    operations       decisions about messages and about everything; ``lane_operations`` about lanes
    dead_letters     grouped by cause, retried by filter; ``replay`` sends a repaired payload
    queries          lists and histories; ``lane_views`` lanes, ``figures`` depths and freshness
    decisions        who decided what, when and why
    inspection       what is wrong with an installation

Keeping
    retention        what is over loses its content, then its row; ``purging`` does it, ``forgetting`` for one subject
    resealing        payloads under a new key
    reconciling      what was produced, sent and taken, day by day, with a hash
    evidence         attempts in a stable order, to be chained and signed
    moving           the whole queue into another database

Below
    tables, rows, bulk, migrations, sqlite, clocks, grasp, testing
"""

from outbox.answers import Answered, Stray, accept, lapse, reject, strays
from outbox.breaker import BreakerRule, BreakerState, Tally
from outbox.calendar import Calendar, PlainCalendar
from outbox.claiming import Claim, claim
from outbox.dead_letters import Cause, Letters, Progress, causes, retry_all, skip_all
from outbox.decisions import Decision, decisions
from outbox.destinations import DestinationStanding, Transition, standings
from outbox.errors import (
    AnswerConflictError,
    DestinationClosedError,
    InvalidMessageError,
    LockedPayloadError,
    MovedAwayError,
    NotAllowedError,
    OutboxError,
    PlainPayloadError,
    SchemaMismatchError,
    UnknownLaneError,
    UnknownMessageError,
    UnreadablePayloadError,
)
from outbox.evidence import EvidenceRow, Position, chain, evidence
from outbox.figures import Depth, Freshness, depths, freshness
from outbox.forgetting import Forgotten, forget
from outbox.health import Health, Pulse, read_health
from outbox.inspection import Actor, Finding, inspect
from outbox.intake import enqueue
from outbox.lane import LaneKey, lane_key
from outbox.lane_operations import drop_until, pause_lane, resume_lane, retry_head, skip_head
from outbox.lane_views import LanePage, LaneView, lanes, owners, queued, show_lane
from outbox.limits import Rate
from outbox.message import (
    Attempt,
    AttemptOutcome,
    BusinessVerdict,
    Delivered,
    Entry,
    Failure,
    Halt,
    Handler,
    LaneState,
    Message,
    MessageId,
    NewMessage,
    Outcome,
    Priority,
    Refused,
    Retry,
    Sent,
    State,
)
from outbox.migrations import check, migrate
from outbox.moving import Moved, MoveFailedError, MoveRefusedError, move
from outbox.observer import Observer
from outbox.operations import drain, hold, pause, release, reopen, resume, retry, skip, start, stop
from outbox.policy import DeadHead, KindPolicy, Policies, Policy, Silence, next_attempt
from outbox.queries import Answer, History, Page, Pause, find, is_drained, pauses, payload, show
from outbox.reconciling import DayTally, ledger, ledger_hash, tally
from outbox.replay import Rebuilt, Replayed, rebuild, replay
from outbox.resealing import Resealed, reseal
from outbox.retention import Retention, Tended, purge, tend
from outbox.rhythm import Rhythm
from outbox.schedule import CatchUp, ClosedDay, Edge, PeriodDay, Schedule, due_ticks, fire, next_ticks, schedules
from outbox.sealing import PLAIN, Sealing
from outbox.settling import Settled, Settlement, give_back, heartbeat, reclaim, settle
from outbox.sqlite import configure_sqlite, reading, sqlite_engine
from outbox.windows import Window, Windows
from outbox.worker import Worker

__all__ = [
    "PLAIN",
    "Actor",
    "Answer",
    "AnswerConflictError",
    "Answered",
    "Attempt",
    "AttemptOutcome",
    "BreakerRule",
    "BreakerState",
    "BusinessVerdict",
    "Calendar",
    "CatchUp",
    "Cause",
    "Claim",
    "ClosedDay",
    "DayTally",
    "DeadHead",
    "Decision",
    "Delivered",
    "Depth",
    "DestinationClosedError",
    "DestinationStanding",
    "Edge",
    "Entry",
    "EvidenceRow",
    "Failure",
    "Finding",
    "Forgotten",
    "Freshness",
    "Halt",
    "Handler",
    "Health",
    "History",
    "InvalidMessageError",
    "KindPolicy",
    "LaneKey",
    "LanePage",
    "LaneState",
    "LaneView",
    "Letters",
    "LockedPayloadError",
    "Message",
    "MessageId",
    "MoveFailedError",
    "MoveRefusedError",
    "Moved",
    "MovedAwayError",
    "NewMessage",
    "NotAllowedError",
    "Observer",
    "OutboxError",
    "Outcome",
    "Page",
    "Pause",
    "PeriodDay",
    "PlainCalendar",
    "PlainPayloadError",
    "Policies",
    "Policy",
    "Position",
    "Priority",
    "Progress",
    "Pulse",
    "Rate",
    "Rebuilt",
    "Refused",
    "Replayed",
    "Resealed",
    "Retention",
    "Retry",
    "Rhythm",
    "Schedule",
    "SchemaMismatchError",
    "Sealing",
    "Sent",
    "Settled",
    "Settlement",
    "Silence",
    "State",
    "Stray",
    "Tally",
    "Tended",
    "Transition",
    "UnknownLaneError",
    "UnknownMessageError",
    "UnreadablePayloadError",
    "Window",
    "Windows",
    "Worker",
    "accept",
    "causes",
    "chain",
    "check",
    "claim",
    "configure_sqlite",
    "decisions",
    "depths",
    "drain",
    "drop_until",
    "due_ticks",
    "enqueue",
    "evidence",
    "find",
    "fire",
    "forget",
    "freshness",
    "give_back",
    "heartbeat",
    "hold",
    "inspect",
    "is_drained",
    "lane_key",
    "lanes",
    "lapse",
    "ledger",
    "ledger_hash",
    "migrate",
    "move",
    "next_attempt",
    "next_ticks",
    "owners",
    "pause",
    "pause_lane",
    "pauses",
    "payload",
    "purge",
    "queued",
    "read_health",
    "reading",
    "rebuild",
    "reclaim",
    "reject",
    "release",
    "reopen",
    "replay",
    "reseal",
    "resume",
    "resume_lane",
    "retry",
    "retry_all",
    "retry_head",
    "schedules",
    "settle",
    "show",
    "show_lane",
    "skip",
    "skip_all",
    "skip_head",
    "sqlite_engine",
    "standings",
    "start",
    "stop",
    "strays",
    "tally",
    "tend",
]
