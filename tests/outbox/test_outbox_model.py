"""Any sequence of events against a model of a few lines: order kept, nothing lost, nothing doubled, no lane shared.

The model knows of every message its lane, its state and when it may go, and of every claim what it covers; it does
not know how the store does it.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, groupby
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import URL, Engine, create_engine, delete, select

from outbox import tables
from outbox.answers import accept, reject
from outbox.claiming import Claim, claim
from outbox.intake import enqueue
from outbox.lane import lane_key
from outbox.lane_operations import pause_lane, resume_lane
from outbox.message import Delivered, Halt, Message, MessageId, NewMessage, Outcome, Refused, Retry, Sent, State
from outbox.operations import hold, pause, release, resume, retry, skip
from outbox.policy import DeadHead, KindPolicy, Policy
from outbox.queries import find
from outbox.settling import Settlement, give_back, heartbeat, reclaim, settle
from outbox.sqlite import sqlite_engine
from outbox.testing import ManualClock

START = datetime(2026, 9, 1, tzinfo=UTC)
DELAY, LEASE = timedelta(seconds=10), timedelta(seconds=60)
TRIES, EVERYTHING = 3, 60
KINDS = {
    "strict": KindPolicy(dead_head=DeadHead.BLOCK, expired=DeadHead.BLOCK),
    "loose": KindPolicy(dead_head=DeadHead.SKIP, expired=DeadHead.SKIP),
    "asked": KindPolicy(await_answer=True, expired=DeadHead.BLOCK),
}
RUNS = {"x": 3, "y": 1}
POLICIES = {
    name: Policy(
        initial_delay=DELAY,
        max_delay=DELAY,
        jitter=0,
        max_attempts=TRIES,
        lease=LEASE,
        run=run,
        breaker=None,
        kinds=KINDS,
    )
    for name, run in RUNS.items()
}
BY = {"by": "tester", "reason": "chance"}

# Few lanes, so that much happens in each of them.
lanes = st.sampled_from([("x", "a"), ("x", "a"), ("x", "a"), ("x", "b"), ("x", None), ("y", "a")])
kinds = st.sampled_from(sorted(KINDS))
Lane = tuple[str, str]


@dataclass(eq=False)
class Known:
    """What the model knows of a message."""

    id: MessageId
    lane: Lane
    kind: str
    may_go: datetime
    state: State = State.READY
    expires: datetime | None = None
    state_of: str | None = None
    attempts: int = 0
    tries: int = 0
    finished: bool = False
    receipt: str | None = None

    def eligible(self, now: datetime) -> bool:
        return self.state in (State.READY, State.WAITING) and self.may_go <= now and not self.expired(now)

    def expired(self, now: datetime) -> bool:
        return self.expires is not None and self.expires <= now and self.state in (State.READY, State.WAITING)


@dataclass(eq=False)
class Lease:
    """A claim of some messages of one lane, and what is left of it."""

    lane: Lane
    messages: list[tuple[Message, Known]]
    until: datetime


class OutboxMachine(RuleBasedStateMachine):
    """Drives the store and the model side by side."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(START)
        self.known: list[Known] = []
        self.leases: list[Lease] = []
        self.stale: list[Message] = []
        self.careful: dict[Lane, set[MessageId]] = {}
        self.paused: set[str] = set()
        self.paused_lanes: set[Lane] = set()
        self.numbers = count()
        with self.engine.begin() as connection:
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(delete(table))

    def new_id(self) -> MessageId:
        # Not at random: hypothesis must be able to repeat what it has found.
        return MessageId(f"m{next(self.numbers)}")

    # What the model expects

    def unfinished(self, lane: Lane) -> list[Known]:
        return [one for one in self.known if one.lane == lane and not one.finished]

    def find_known(self, message_id: MessageId) -> Known:
        return next(one for one in self.known if one.id == message_id)

    def leased(self) -> set[Known]:
        return {one for lease in self.leases for _, one in lease.messages}

    def due(self, now: datetime) -> Iterator[Lane]:
        """Name the lanes that a claim must find."""
        taken = {lease.lane for lease in self.leases} | self.paused_lanes
        for lane in dict.fromkeys(one.lane for one in self.known):
            waiting = self.unfinished(lane)
            free = lane not in taken and lane[0] not in self.paused and waiting
            if free and (waiting[0].eligible(now) or waiting[0].expired(now)):
                yield lane

    def run_of(self, lane: Lane, now: datetime) -> list[Known]:
        """Return the longest run that may be claimed of a lane."""
        waiting = self.unfinished(lane)
        end = next((place for place, one in enumerate(waiting) if not one.eligible(now)), len(waiting))
        longest = 1 if waiting[0].id in self.careful.get(lane, ()) else RUNS[lane[0]]
        return waiting[: min(end, longest)]

    def fail(self, one: Known) -> None:
        one.state = State.DEAD if one.tries >= TRIES else State.WAITING
        one.finished = one.state is State.DEAD and one.kind == "loose"
        one.may_go = self.clock() + DELAY

    # Producers

    def add(self, *messages: NewMessage, commit: bool = True) -> None:
        now = self.clock()
        with self.engine.connect() as connection:
            given = enqueue(connection, *messages, now=now, new_id=self.new_id)
            if not commit:
                connection.rollback()
                return
            connection.commit()
        for message_id, message in zip(given, messages, strict=True):
            if any(one.id == message_id for one in self.known):
                assert message.idempotency_key is not None
                continue
            one = Known(
                id=message_id,
                lane=(message.destination, message.ordering_key or message_id),
                kind=message.kind,
                may_go=message.due_at or now,
                state=State.WAITING if message.due_at else State.READY,
                expires=message.expires_at,
                state_of=message.state_of,
            )
            self.supersede(one)
            self.known.append(one)

    def supersede(self, newer: Known) -> None:
        for one in self.unfinished(newer.lane):
            same = newer.state_of is not None and one.state_of == newer.state_of
            if same and one.state in (State.READY, State.WAITING) and one not in self.leased():
                one.state, one.finished = State.SUPERSEDED, True

    @initialize(number=st.integers(2, 6), kind=kinds)
    def begin_with_a_full_lane(self, number: int, kind: str) -> None:
        self.add(*[NewMessage(destination="x", ordering_key="a", kind=kind, payload=b"p")] * number)

    @rule(data=st.data(), lane=lanes, kind=kinds)
    def somebody_enqueues(self, data: st.DataObject, lane: tuple[str, str | None], kind: str) -> None:
        fields: dict[str, Any] = {"destination": lane[0], "ordering_key": lane[1], "kind": kind, "payload": b"p"}
        match data.draw(st.sampled_from(["plain", "plain", "rolled back", "later", "perishable", "state", "repeated"])):
            case "later":
                due = self.clock() + timedelta(seconds=data.draw(st.sampled_from([5, 30])))
                self.add(NewMessage(**fields), NewMessage(**fields, due_at=due))
            case "perishable":
                expires = self.clock() + timedelta(seconds=data.draw(st.sampled_from([5, 30])))
                self.add(NewMessage(**fields, expires_at=expires))
            case "state":
                # A full state needs an ordering key.
                self.add(NewMessage(**{**fields, "ordering_key": lane[1] or "a"}, state_of="class"))
            case "repeated":
                self.add(NewMessage(**fields, idempotency_key="k"))
            case word:
                self.add(*[NewMessage(**fields)] * data.draw(st.integers(1, 4)), commit=word == "plain")

    # Workers

    @rule(limit=st.sampled_from([1, 2, 5, EVERYTHING, EVERYTHING]), worker=st.sampled_from(["w1", "w2"]))
    def claim(self, limit: int, worker: str) -> None:
        now = self.clock()
        due = list(self.due(now))
        if not due and not self.leases:
            # Otherwise an example would spend most of its steps with everything paused or waiting.
            now = self.clock.advance(DELAY)
            self.resume_all()
            due = list(self.due(now))
        runs = {lane: self.run_of(lane, now) for lane in due}
        with self.engine.begin() as connection:
            claimed = claim(
                connection, policies=POLICIES, worker=worker, limit=limit, now=now, random=lambda: limit / 100
            )
        assert len(claimed.messages) <= limit
        assert bool(claimed.messages or claimed.expired) == bool(due)
        self.bury(claimed)
        found: set[Lane] = {self.find_known(entry.id).lane for entry in claimed.expired}
        for _, group in groupby(claimed.messages, key=lambda message: message.lane):
            messages = list(group)
            expected = self.lease(messages, due, now)
            found.add(expected[0].lane)
        if limit == EVERYTHING:
            assert found == set(due)
            whole = [one.id for lane in due for one in runs[lane]]
            assert set(whole) <= {message.id for message in claimed.messages}

    def bury(self, claimed: Claim) -> None:
        for entry in claimed.expired:
            one = self.find_known(entry.id)
            assert one.expired(self.clock())
            assert self.unfinished(one.lane)[0] is one
            one.state, one.finished = State.DEAD, one.kind == "loose"

    def lease(self, messages: Sequence[Message], due: Sequence[Lane], now: datetime) -> list[Known]:
        """Enter a claimed run, which must be the beginning of the one that the model expects."""
        lane = self.find_known(messages[0].id).lane
        assert lane in due
        assert lane not in {lease.lane for lease in self.leases}
        expected = self.run_of(lane, now)[: len(messages)]
        assert [message.id for message in messages] == [one.id for one in expected]
        for message, one in zip(messages, expected, strict=True):
            assert (message.attempts, message.budget_used) == (one.attempts + 1, one.tries + 1)
        self.leases.append(Lease(lane=lane, messages=list(zip(messages, expected, strict=True)), until=now + LEASE))
        return expected

    @precondition(lambda self: self.leases)
    @rule(
        data=st.data(),
        outcome=st.sampled_from(
            [Delivered(), Delivered(), Sent(receipt=""), Retry(reason="r"), Refused(reason="n"), Halt(reason="h")]
        ),
        more=st.booleans(),
    )
    def settle(self, data: st.DataObject, outcome: Outcome, *, more: bool) -> None:
        lease = data.draw(st.sampled_from(self.leases))
        number = data.draw(st.integers(1, len(lease.messages)))
        part, rest = lease.messages[:number], lease.messages[number:]
        outcomes: list[Outcome] = [Delivered()] * (number - 1)
        if isinstance(outcome, Sent):
            outcome = Sent(receipt=f"{part[-1][0].id}-{part[-1][0].attempts}")
        outcomes.append(outcome)
        assert self.settled(part, outcomes, more=more)
        for (_, one), each in zip(part, outcomes, strict=True):
            self.end(one, each)
        self.stale += [message for message, _ in part]
        lease.messages = rest
        if not (more and rest and part[-1][1].finished and part[-1][1].state is not State.DEAD):
            self.leases.remove(lease)
            self.stale += [message for message, _ in rest]

    def end(self, one: Known, outcome: Outcome) -> None:
        """Enter the end of an attempt; whatever leaves a lane must have been its head."""
        assert self.unfinished(one.lane)[0] is one
        one.attempts += 1
        one.tries += 1
        if isinstance(outcome, Delivered):
            one.state, one.finished = State.DONE, True
        elif isinstance(outcome, Sent):
            one.state, one.finished, one.receipt = State.SENT, one.kind != "asked", outcome.receipt
        elif isinstance(outcome, Refused):
            one.state, one.finished = State.DEAD, one.kind == "loose"
        elif isinstance(outcome, Halt):
            one.state, one.may_go = State.READY, self.clock()
            one.tries -= 1
            self.paused.add(one.lane[0])
        else:
            self.fail(one)

    def settled(self, part: Sequence[tuple[Message, Known]], outcomes: Sequence[Outcome], *, more: bool) -> bool:
        now = self.clock()
        settlements = [
            Settlement(
                message=message,
                outcome=outcome,
                started_at=now,
                finished_at=now,
                more=more or place < len(part) - 1,
            )
            for place, ((message, _), outcome) in enumerate(zip(part, outcomes, strict=True))
        ]
        with self.engine.begin() as connection:
            result = settle(connection, *settlements, policies=POLICIES, now=now, random=lambda: 0.0)
        return not result.late

    @precondition(lambda self: self.stale or self.leases)
    @rule(data=st.data())
    def a_worker_comes_too_late_or_out_of_turn(self, data: st.DataObject) -> None:
        # The latest ones are those whose lanes are most likely leased again.
        wrong = self.stale[-6:] + [message for lease in self.leases for message, _ in lease.messages[1:]]
        if wrong:
            self.come_too_late(data.draw(st.sampled_from(wrong)))

    def come_too_late(self, message: Message) -> None:
        assert not self.settled([(message, self.find_known(message.id))], [Delivered(receipt="late")], more=False)
        with self.engine.begin() as connection:
            give_back(connection, [message])

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def something_happens_to_the_workers(self, data: st.DataObject) -> None:
        match data.draw(st.sampled_from(["give back", "beat", "die"])):
            case "give back":
                self.give_back(data.draw(st.sampled_from(self.leases)))
            case "beat":
                self.beat()
            case _:
                self.clock.advance(LEASE)
                self.reclaim()
                self.clock.advance(DELAY)
                self.claim(limit=EVERYTHING, worker="w1")

    @rule(by=st.sampled_from([5, 20, 70]))
    def time_passes(self, by: int) -> None:
        self.clock.advance(timedelta(seconds=by))
        self.reclaim()

    def give_back(self, lease: Lease) -> None:
        self.leases.remove(lease)
        messages = [message for message, _ in lease.messages]
        with self.engine.begin() as connection:
            give_back(connection, messages)
        self.stale += messages

    def beat(self) -> None:
        messages = [message for lease in self.leases for message, _ in lease.messages[:1]]
        with self.engine.begin() as connection:
            assert heartbeat(connection, messages, policies=POLICIES, now=self.clock()) == []
        for lease in self.leases:
            lease.until = self.clock() + LEASE

    def reclaim(self) -> None:
        now = self.clock()
        with self.engine.begin() as connection:
            found = {entry.id for entry in reclaim(connection, policies=POLICIES, now=now, random=lambda: 0.0)}
        lost = [lease for lease in self.leases if lease.until <= now]
        assert found == {lease.messages[0][1].id for lease in lost}
        for lease in lost:
            self.leases.remove(lease)
            self.stale += [message for message, _ in lease.messages]
            self.careful[lease.lane] = {one.id for _, one in lease.messages}
            head = lease.messages[0][1]
            head.attempts += 1
            head.tries += 1
            self.fail(head)

    # People and destinations

    def undecided(self) -> list[Known]:
        leased = self.leased()
        return [one for one in self.known if not one.finished and one not in leased]

    @rule(data=st.data())
    def somebody_decides(self, data: st.DataObject) -> None:
        sent = [one for one in self.known if one.state is State.SENT]
        match data.draw(st.sampled_from(["message", "message", "answer", "answer", "destination", "lane"])):
            case "answer" if sent:
                self.answer(data.draw(st.sampled_from(sent)), taken=data.draw(st.booleans()))
            case "destination":
                self.pause_or_resume(data.draw(st.sampled_from(["x", "y"])))
            case "lane":
                shared = {one.lane for one in self.known if one.lane[1] != one.id}
                self.pause_or_resume_lane(data.draw(st.sampled_from(sorted(shared))))
            case _ if self.undecided():
                self.decide(data.draw(st.sampled_from(self.undecided())), data)

    def decide(self, one: Known, data: st.DataObject) -> None:
        now = self.clock()
        verbs = {
            State.READY: [hold, skip],
            State.WAITING: [hold, skip, retry],
            State.HELD: [release, skip],
            State.DEAD: [retry, skip],
            State.SENT: [skip],
        }
        verb = data.draw(st.sampled_from(verbs[one.state]))
        with self.engine.begin() as connection:
            verb(connection, one.id, **BY, now=now)
        if verb is hold:
            one.state = State.HELD
        elif verb is skip:
            one.finished = True
            one.state = State.SENT if one.state is State.SENT else State.DEAD
        elif verb is retry:
            one.state, one.tries, one.may_go = State.READY, 0, now
        else:
            one.state = State.READY if one.may_go <= now else State.WAITING

    def answer(self, one: Known, *, taken: bool) -> None:
        assert one.receipt is not None
        with self.engine.begin() as connection:
            # What has left its lane and is not taken comes back in another one, of which this model knows nothing.
            if taken or one.finished:
                accept(connection, one.lane[0], one.receipt, acceptance="yes", now=self.clock())
                one.state, one.finished = State.DONE, True
            else:
                why: dict[str, Any] = {"code": "no", "reason": "not taken", "policies": POLICIES}
                reject(connection, one.lane[0], one.receipt, now=self.clock(), **why)
                one.state = State.DEAD

    def pause_or_resume(self, destination: str) -> None:
        with self.engine.begin() as connection:
            if destination in self.paused:
                resume(connection, destination, **BY, now=self.clock())
                self.paused.remove(destination)
            else:
                pause(connection, destination, **BY, now=self.clock())
                self.paused.add(destination)

    def pause_or_resume_lane(self, lane: Lane) -> None:
        """Whatever happens in a paused lane, nothing is claimed of it; what is in flight goes on."""
        key = lane_key(*lane, MessageId(""))
        with self.engine.begin() as connection:
            (resume_lane if lane in self.paused_lanes else pause_lane)(connection, key, **BY, now=self.clock())
        self.paused_lanes ^= {lane}

    def resume_all(self) -> None:
        for name in sorted(self.paused):
            self.pause_or_resume(name)
        for lane in sorted(self.paused_lanes):
            self.pause_or_resume_lane(lane)

    # What must always hold

    @invariant()
    def the_store_has_exactly_what_the_model_has(self) -> None:
        with self.engine.connect() as connection:
            entries = {entry.id: entry for entry in find(connection, limit=1000).entries}
        assert set(entries) == {one.id for one in self.known}
        leased = self.leased()
        heads = {lease.messages[0][1] for lease in self.leases}
        for one in self.known:
            entry = entries[one.id]
            begun = 1 if one in heads else 0
            assert (entry.attempts, entry.budget_used) == (one.attempts + begun, one.tries + begun)
            assert (entry.finished_at is not None) == one.finished
            if one in leased:
                assert entry.state is State.LEASED
                continue
            # Ready and waiting differ in name only once the time has come.
            same = {State.READY, State.WAITING} if one.may_go <= self.clock() else {one.state}
            assert entry.state is one.state or (one.state in same and entry.state in same)

    @invariant()
    def a_lane_wakes_for_its_head_and_for_nobody_else(self) -> None:
        with self.engine.connect() as connection:
            seqs = {entry.id: entry.seq for entry in find(connection, limit=1000).entries}
            rows = {(row.destination, row.key): row for row in connection.execute(select(tables.lane))}
        leased = {lease.lane for lease in self.leases}
        for lane in {one.lane for one in self.known if one.lane[1] != one.id} - leased:
            row, waiting = rows[lane_key(*lane, MessageId(""))], self.unfinished(lane)
            moving = bool(waiting) and waiting[0].state in (State.READY, State.WAITING)
            assert row.head == (seqs[waiting[0].id] if waiting else None)
            assert (row.wake_at is not None) == (moving and lane not in self.paused_lanes)

    def teardown(self) -> None:
        """At the end everything that a person lets go is delivered, once, in order."""
        now = self.clock.advance(timedelta(days=1))
        with self.engine.begin() as connection:
            reclaim(connection, policies=POLICIES, now=now, random=lambda: 0.0)
        self.resume_all()
        remaining = [one for one in self.known if not one.finished]
        heads = [lease.messages[0][1] for lease in self.leases]
        lost = [one for one in heads if one.kind == "loose" and one.tries + 1 >= TRIES]
        delivered: dict[Lane, list[MessageId]] = {}
        for _ in range(2 * len(remaining) + 2):
            self._release_all(now)
            with self.engine.begin() as connection:
                claimed = claim(connection, policies=POLICIES, worker="last", limit=EVERYTHING, now=now)
            for _, group in groupby(claimed.messages, key=lambda message: message.lane):
                part = [(message, self.find_known(message.id)) for message in group]
                assert self.settled(part, [Delivered()] * len(part), more=False)
                delivered.setdefault(part[0][1].lane, []).extend(message.id for message, _ in part)
        for lane in {one.lane for one in remaining}:
            assert delivered.get(lane, []) == [
                one.id
                for one in remaining
                if one.lane == lane and not (one.expires and one.expires <= now) and one.state is not State.SENT
                if one not in lost
            ]

    def _release_all(self, now: datetime) -> None:
        with self.engine.begin() as connection:
            for entry in find(connection, limit=1000, unfinished=True).entries:
                if entry.state is State.SENT or (entry.expires_at is not None and entry.expires_at <= now):
                    skip(connection, entry.id, **BY, now=now)
                elif entry.state is State.HELD:
                    release(connection, entry.id, **BY, now=now)
                elif entry.state in (State.DEAD, State.WAITING):
                    retry(connection, entry.id, **BY, now=now)


def run(engine: Engine, examples: int) -> None:
    machine = type("Machine", (OutboxMachine,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_sqlite_does_what_the_model_does(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "model.db")
    engine = sqlite_engine(tmp_path / "model.db")
    run(engine, examples=16)
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_postgres_does_what_the_model_does(database: URL) -> None:
    engine = create_engine(database)
    run(engine, examples=8)
    engine.dispose()
