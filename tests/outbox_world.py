"""The outbox's verbs for tests, each in a transaction of its own, and a way to bring a message into any state."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import Engine

from outbox.answers import lapse
from outbox.claiming import claim
from outbox.intake import enqueue
from outbox.message import Delivered, Entry, Message, MessageId, NewMessage, Outcome, State
from outbox.policy import DeadHead, KindPolicy, Policies, Policy, Silence
from outbox.queries import History, show
from outbox.settling import Settlement, settle
from outbox.testing import ManualClock

BY = {"by": "coordinator", "reason": "checked by telephone"}

DELAY, LEASE, PATIENCE = timedelta(seconds=10), timedelta(minutes=1), timedelta(hours=1)

POLICIES: Policies = {
    name: Policy(
        initial_delay=DELAY,
        jitter=0,
        max_attempts=3,
        lease=LEASE,
        breaker=None,
        run=3,
        freshness=timedelta(hours=2),
        other_kinds=KindPolicy(answer_within=PATIENCE),
        kinds={
            "notice": KindPolicy(answer_within=PATIENCE, dead_head=DeadHead.SKIP),
            "contract": KindPolicy(answer_within=PATIENCE, dead_head=DeadHead.BLOCK_DESTINATION),
            "strict": KindPolicy(answer_within=PATIENCE, await_answer=True),
            "strict notice": KindPolicy(answer_within=PATIENCE, await_answer=True, dead_head=DeadHead.SKIP),
            "again": KindPolicy(answer_within=PATIENCE, silence=Silence.RETRY),
            "strict again": KindPolicy(answer_within=PATIENCE, await_answer=True, silence=Silence.RETRY),
        },
    )
    for name in ("authority", "portal")
}

_T = TypeVar("_T")


def new(key: str | None = "class-5a", *, to: str = "authority", **more: Any) -> NewMessage:
    fields: dict[str, Any] = {"destination": to, "kind": "marks", "payload": b"<x/>", "ordering_key": key}
    return NewMessage(**{**fields, **more})


class Desk:
    """One worker and one person before an outbox."""

    def __init__(self, engine: Engine, clock: ManualClock) -> None:
        self.engine = engine
        self.clock = clock

    def put(self, *messages: NewMessage) -> list[MessageId]:
        with self.engine.begin() as connection:
            return enqueue(connection, *messages, now=self.clock())

    def take(self, limit: int = 100) -> Sequence[Message]:
        with self.engine.begin() as connection:
            found = claim(connection, policies=POLICIES, worker="w1", limit=limit, now=self.clock(), random=lambda: 0.0)
            return found.messages

    def give(self, message: Message, outcome: Outcome, *, more: bool = False) -> None:
        now = self.clock()
        settlement = Settlement(message=message, outcome=outcome, started_at=now, finished_at=now, more=more)
        with self.engine.begin() as connection:
            settled = settle(connection, settlement, policies=POLICIES, now=now, random=lambda: 0.5)
        assert not settled.late

    def deliver(self, outcome: Outcome = Delivered()) -> list[MessageId]:  # noqa: B008 -- frozen
        """Give every message that may go now the same outcome; return them in order, each as often as it was tried."""
        seen = []
        while messages := self.take():
            for lane in {message.lane for message in messages}:
                [head, *_] = [message for message in messages if message.lane == lane]
                seen.append(head.id)
                self.give(head, outcome)
        return seen

    def decide(self, verb: Callable[..., _T], *what: Any, **more: Any) -> _T:
        with self.engine.begin() as connection:
            return verb(connection, *what, **{**BY, **more}, now=self.clock())

    def ask(self, query: Callable[..., _T], *what: Any, **more: Any) -> _T:
        with self.engine.connect() as connection:
            return query(connection, *what, **more)

    def history(self, message_id: MessageId) -> History:
        return self.ask(show, message_id)

    def entry(self, message_id: MessageId) -> Entry:
        return self.history(message_id).entry

    def state(self, message_id: MessageId) -> State:
        return self.entry(message_id).state

    def lapse(self) -> list[MessageId]:
        with self.engine.begin() as connection:
            found = lapse(connection, policies=POLICIES, now=self.clock(), random=lambda: 0.5)
        return [entry.id for entry in found]
