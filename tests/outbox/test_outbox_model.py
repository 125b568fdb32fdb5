"""Any sequence of events against a model of a few lines: order kept, nothing lost, nothing doubled, no lane shared.

The model knows of every message its lane, its state and when it may go; it does not know how the store does it.
"""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import URL, Engine, create_engine, delete

from outbox import (
    Delivered,
    Message,
    MessageId,
    NewMessage,
    Outcome,
    Policy,
    Refused,
    Retry,
    Settlement,
    State,
    claim,
    enqueue,
    find,
    give_back,
    heartbeat,
    hold,
    pause,
    reclaim,
    release,
    resume,
    retry,
    settle,
    skip,
    sqlite_engine,
    tables,
)
from outbox.testing import ManualClock

START = datetime(2026, 9, 1, tzinfo=UTC)
DELAY, LEASE = timedelta(seconds=10), timedelta(seconds=60)
POLICIES = {
    name: Policy(initial_delay=DELAY, max_delay=DELAY, jitter=0, max_attempts=3, lease=LEASE) for name in ("x", "y")
}
BY = {"by": "tester", "reason": "chance"}

lanes = st.tuples(st.sampled_from(["x", "y"]), st.sampled_from(["a", "b", None]))


@dataclass
class Known:
    """What the model knows of a message."""

    id: MessageId
    lane: tuple[str, str]
    state: State
    may_go: datetime
    expires: datetime | None = None
    tries: int = 0
    lease_until: datetime | None = None
    skipped: bool = False

    @property
    def finished(self) -> bool:
        return self.skipped or self.state is State.DONE


class OutboxMachine(RuleBasedStateMachine):
    """Drives the store and the model side by side."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(START)
        self.known: list[Known] = []
        self.leases: list[tuple[Message, Known]] = []
        self.stale: list[Message] = []
        self.paused: set[str] = set()
        self.numbers = count()
        with self.engine.begin() as connection:
            for table in reversed(tables.metadata.sorted_tables):
                connection.execute(delete(table))

    def new_id(self) -> MessageId:
        # Not at random: hypothesis must be able to repeat what it has found.
        return MessageId(f"m{next(self.numbers)}")

    # What the model expects

    def head(self, lane: tuple[str, str]) -> Known | None:
        return next((one for one in self.known if one.lane == lane and not one.finished), None)

    def heads(self) -> list[Known]:
        return [head for lane in dict.fromkeys(one.lane for one in self.known) if (head := self.head(lane))]

    def find_known(self, message_id: MessageId) -> Known:
        return next(one for one in self.known if one.id == message_id)

    def fail(self, one: Known) -> None:
        one.lease_until = None
        one.state = State.DEAD if one.tries >= 3 else State.WAITING
        one.may_go = self.clock() + DELAY

    # Producers

    @rule(lane=lanes, number=st.integers(1, 3), commit=st.booleans(), later=st.sampled_from([0, 0, 5, 30]))
    def enqueue(self, lane: tuple[str, str | None], number: int, commit: bool, later: int) -> None:  # noqa: FBT001 -- drawn by hypothesis
        due = self.clock() + timedelta(seconds=later)
        messages = [
            NewMessage(destination=lane[0], ordering_key=lane[1], kind="k", payload=b"p", due_at=due if later else None)
            for _ in range(number)
        ]
        with self.engine.connect() as connection:
            given = enqueue(connection, *messages, now=self.clock(), new_id=self.new_id)
            if not commit:
                connection.rollback()
                return
            connection.commit()
        for message_id in given:
            place = (lane[0], lane[1] or message_id)
            state = State.WAITING if later else State.READY
            self.known.append(Known(id=message_id, lane=place, state=state, may_go=due))

    @rule(lane=lanes, lasting=st.sampled_from([5, 30]))
    def enqueue_perishable(self, lane: tuple[str, str | None], lasting: int) -> None:
        expires = self.clock() + timedelta(seconds=lasting)
        message = NewMessage(destination=lane[0], ordering_key=lane[1], kind="k", payload=b"p", expires_at=expires)
        with self.engine.begin() as connection:
            [message_id] = enqueue(connection, message, now=self.clock(), new_id=self.new_id)
        place = (lane[0], lane[1] or message_id)
        known = Known(id=message_id, lane=place, state=State.READY, may_go=self.clock(), expires=expires)
        self.known.append(known)

    @rule(lane=lanes, data=st.data())
    def repeat(self, lane: tuple[str, str | None], data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(["k1", "k2"]))
        message = NewMessage(destination=lane[0], ordering_key=lane[1], kind="k", payload=b"p", idempotency_key=key)
        with self.engine.begin() as connection:
            [message_id] = enqueue(connection, message, now=self.clock(), new_id=self.new_id)
            page = find(connection, destination=lane[0], limit=1000)
        assert [entry.idempotency_key for entry in page.entries].count(key) == 1
        if message_id not in {one.id for one in self.known}:
            place = (lane[0], lane[1] or message_id)
            self.known.append(Known(id=message_id, lane=place, state=State.READY, may_go=self.clock()))

    # Workers

    @rule(limit=st.integers(1, 4))
    def claim(self, limit: int) -> None:
        now = self.clock()
        going = [
            head
            for head in self.heads()
            if head.lane[0] not in self.paused
            and head.state in (State.READY, State.WAITING)
            and (head.may_go <= now or (head.expires is not None and head.expires <= now))
        ]
        expired = [head for head in going if head.expires is not None and head.expires <= now]
        with self.engine.begin() as connection:
            claimed = claim(connection, policies=POLICIES, worker="w", limit=limit, now=now)
        assert len(claimed.messages) + claimed.buried == min(limit, len(going))
        for message in claimed.messages:
            one = self.find_known(message.id)
            assert one in going
            assert one not in expired
            one.state, one.tries, one.lease_until = State.LEASED, one.tries + 1, now + LEASE
            assert message.budget_used == one.tries
            self.leases.append((message, one))
        if claimed.buried:
            self.bury(expired, claimed.buried)

    def bury(self, expired: list[Known], number: int) -> None:
        with self.engine.connect() as connection:
            dead = {entry.id for entry in find(connection, states={State.DEAD}, limit=1000).entries}
        buried = [one for one in expired if one.id in dead]
        assert len(buried) == number
        for one in buried:
            one.state = State.DEAD

    @precondition(lambda self: self.leases)
    @rule(data=st.data(), outcome=st.sampled_from([Delivered(), Delivered(), Retry(reason="r"), Refused(reason="n")]))
    def settle(self, data: st.DataObject, outcome: Outcome) -> None:
        message, one = self.leases.pop(data.draw(st.integers(0, len(self.leases) - 1)))
        assert self.settled(message, outcome)
        one.lease_until = None
        if isinstance(outcome, Delivered):
            one.state = State.DONE
        elif isinstance(outcome, Refused):
            one.state = State.DEAD
        else:
            self.fail(one)
        self.stale.append(message)

    def settled(self, message: Message, outcome: Outcome) -> bool:
        now = self.clock()
        settlement = Settlement(message=message, outcome=outcome, finished_at=now)
        with self.engine.begin() as connection:
            return not settle(connection, settlement, policies=POLICIES, now=now, random=lambda: 0.0)

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        message, one = self.leases.pop(data.draw(st.integers(0, len(self.leases) - 1)))
        with self.engine.begin() as connection:
            give_back(connection, [message], now=self.clock())
        one.state, one.tries, one.lease_until, one.may_go = State.READY, one.tries - 1, None, self.clock()
        self.stale.append(message)

    @precondition(lambda self: self.stale)
    @rule(data=st.data())
    def a_stale_worker_comes_back(self, data: st.DataObject) -> None:
        message = data.draw(st.sampled_from(self.stale))
        assert not self.settled(message, Delivered(receipt="stale"))
        with self.engine.begin() as connection:
            assert heartbeat(connection, [message], policies=POLICIES, now=self.clock()) == [message]

    @rule()
    def all_workers_beat(self) -> None:
        messages = [message for message, _ in self.leases]
        with self.engine.begin() as connection:
            assert heartbeat(connection, messages, policies=POLICIES, now=self.clock()) == []
        for _, one in self.leases:
            one.lease_until = self.clock() + LEASE

    @rule(by=st.sampled_from([5, 20, 70]))
    def time_passes(self, by: int) -> None:
        self.clock.advance(timedelta(seconds=by))

    @rule()
    def reclaim(self) -> None:
        now = self.clock()
        with self.engine.begin() as connection:
            found = {entry.id for entry in reclaim(connection, policies=POLICIES, now=now, random=lambda: 0.0)}
        lost = [
            (message, one) for message, one in self.leases if one.lease_until is not None and one.lease_until <= now
        ]
        assert found == {one.id for _, one in lost}
        for message, one in lost:
            self.leases.remove((message, one))
            self.stale.append(message)
            self.fail(one)

    # People

    def undecided(self) -> list[Known]:
        return [one for one in self.known if not one.finished and one.state is not State.LEASED]

    @precondition(lambda self: self.undecided())
    @rule(data=st.data())
    def somebody_decides(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.undecided()))
        now = self.clock()
        verb = data.draw(
            st.sampled_from(
                {State.READY: [hold, skip], State.WAITING: [hold, skip, retry], State.HELD: [release, skip]}.get(
                    one.state, [retry, skip]
                )
            )
        )
        with self.engine.begin() as connection:
            verb(connection, one.id, **BY, now=now)
        if verb is hold:
            one.state = State.HELD
        elif verb is skip:
            one.state, one.skipped = State.DEAD, True
        elif verb is retry:
            one.state, one.tries, one.may_go = State.READY, 0, now
        else:
            one.state = State.READY if one.may_go <= now else State.WAITING

    @rule(destination=st.sampled_from(["x", "y"]))
    def pause_or_resume(self, destination: str) -> None:
        with self.engine.begin() as connection:
            if destination in self.paused:
                resume(connection, destination, **BY, now=self.clock())
                self.paused.remove(destination)
            else:
                pause(connection, destination, **BY, now=self.clock())
                self.paused.add(destination)

    # What must always hold

    @invariant()
    def the_store_has_exactly_what_the_model_has(self) -> None:
        with self.engine.connect() as connection:
            entries = {entry.id: entry for entry in find(connection, limit=1000).entries}
        assert set(entries) == {one.id for one in self.known}
        for one in self.known:
            entry = entries[one.id]
            # Ready and waiting differ in name only once the time has come.
            same = {State.READY, State.WAITING} if one.may_go <= self.clock() else {one.state}
            assert entry.state is one.state or (one.state in same and entry.state in same)
            assert (entry.finished_at is not None) == one.finished
            assert entry.budget_used == one.tries

    @invariant()
    def no_lane_has_two_in_flight_and_only_its_head_is(self) -> None:
        leased = [one for one in self.known if one.state is State.LEASED]
        assert len({one.lane for one in leased}) == len(leased)
        assert all(self.head(one.lane) is one for one in leased)

    def teardown(self) -> None:
        """At the end everything that a person lets go is delivered, once, in order."""
        delivered: dict[tuple[str, str], list[MessageId]] = {}
        now = self.clock.advance(timedelta(days=1))
        with self.engine.begin() as connection:
            for name in self.paused:
                resume(connection, name, **BY, now=now)
        remaining = [one for one in self.known if not one.finished]
        for _ in range(2 * len(remaining) + 2):
            self._release_all(now)
            with self.engine.begin() as connection:
                claimed = claim(connection, policies=POLICIES, worker="last", limit=50, now=now)
            for message in claimed.messages:
                assert self.settled(message, Delivered())
                delivered.setdefault(self.find_known(message.id).lane, []).append(message.id)
        for lane in {one.lane for one in remaining}:
            assert delivered.get(lane, []) == [
                one.id for one in remaining if one.lane == lane and not (one.expires and one.expires <= now)
            ]

    def _release_all(self, now: datetime) -> None:
        with self.engine.begin() as connection:
            reclaim(connection, policies=POLICIES, now=now - timedelta(hours=1), random=lambda: 0.0)
            for entry in find(connection, states={State.DEAD, State.HELD, State.WAITING}, limit=1000).entries:
                if entry.finished_at is not None:
                    continue
                if entry.expires_at is not None and entry.expires_at <= now:
                    skip(connection, entry.id, **BY, now=now)
                elif entry.state is State.HELD:
                    release(connection, entry.id, **BY, now=now)
                else:
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
    run(engine, examples=15)
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_postgres_does_what_the_model_does(database: URL) -> None:
    engine = create_engine(database)
    run(engine, examples=8)
    engine.dispose()
