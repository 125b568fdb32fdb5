"""The worker: deliver, survive, stop."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Lock, Thread, active_count
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import URL, Engine, create_engine, event, func, select, text, update
from sqlalchemy.exc import OperationalError

from outbox import tables
from outbox.breaker import BreakerRule, BreakerState
from outbox.claiming import claim
from outbox.destinations import Transition, mark_full, report, standings
from outbox.hands import Hands, Left, Report, Run
from outbox.health import read_health
from outbox.intake import enqueue
from outbox.message import (
    AttemptOutcome,
    Delivered,
    Halt,
    Handler,
    LaneState,
    Message,
    MessageId,
    NewMessage,
    Outcome,
    Refused,
    Retry,
    Sent,
    State,
)
from outbox.policy import KindPolicy, Policy
from outbox.queries import find, show
from outbox.rhythm import Rhythm
from outbox.schedule import Schedule
from outbox.sealing import Sealing
from outbox.settling import Settlement, reclaim
from outbox.sqlite import sqlite_engine
from outbox.testing import ManualClock
from outbox.worker import Worker

IN_MEMORY_TOO = True

SOON = timedelta(seconds=30)
"""Longer than any of this takes; only a test that fails waits for it."""

QUICK = Policy(initial_delay=timedelta(milliseconds=5), max_delay=timedelta(milliseconds=20), max_attempts=5)


def utc_now() -> datetime:
    return datetime.now(UTC)


def new(key: str | None = None, **more: Any) -> NewMessage:
    fields: dict[str, Any] = {"destination": "authority", "kind": "marks", "payload": b"x", "ordering_key": key}
    return NewMessage(**{**fields, **more})


def put(engine: Engine, *messages: NewMessage) -> list[MessageId]:
    with engine.begin() as connection:
        return enqueue(connection, *messages, now=utc_now())


def worker(engine: Engine, handler: Handler, *, policies: Mapping[str, Policy] | None = None, **more: Any) -> Worker:
    rhythm = Rhythm(threads=3, busy_poll=timedelta(milliseconds=5), idle_poll=timedelta(milliseconds=20))
    options: dict[str, Any] = {"name": "w1", "rhythm": rhythm}
    return Worker(engine, {"authority": handler}, policies or {"authority": QUICK}, **{**options, **more})


def states(engine: Engine) -> dict[State, int]:
    """Count all messages by state, finished ones included."""
    with engine.connect() as connection:
        found: dict[State, int] = {}
        for entry in find(connection, limit=1000).entries:
            found[entry.state] = found.get(entry.state, 0) + 1
    return found


def wait_until(met: Callable[[], bool]) -> None:
    deadline = utc_now() + SOON
    while not met():
        assert utc_now() < deadline
        Event().wait(0.01)


class Counting:
    """An observer that remembers."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[MessageId, Outcome]] = []
        self.batches: list[int] = []
        self.late_ones: list[str] = []
        self.lost_ones: list[str] = []
        self.breakers: list[tuple[str, BreakerState]] = []

    def settled(self, settlements: Sequence[tuple[Settlement, float]]) -> None:
        assert all(seconds >= 0 for _, seconds in settlements)
        self.batches.append(len(settlements))
        self.outcomes += [(settlement.message.id, settlement.outcome) for settlement, _ in settlements]

    def late(self, destination: str) -> None:
        self.late_ones.append(destination)

    def lost(self, destination: str) -> None:
        self.lost_ones.append(destination)

    def moved(self, breakers: Mapping[str, BreakerState]) -> None:
        self.breakers += breakers.items()


class Running:
    """A worker in a thread of its own, stopped at the end."""

    def __init__(self, subject: Worker) -> None:
        self.worker = subject
        self._thread = Thread(target=subject.run)

    def __enter__(self) -> Worker:
        self._thread.start()
        return self.worker

    def __exit__(self, *_: object) -> None:
        self.worker.stop()
        self._thread.join(SOON.total_seconds())
        assert not self._thread.is_alive()


def test_everything_is_delivered_in_order_with_retries_on_the_way(engine: Engine) -> None:
    given = {key: put(engine, *(new(key) for _ in range(8))) for key in ("a", "b", "c")}
    seen: list[tuple[str | None, MessageId]] = []
    guard = Lock()

    def handle(message: Message) -> Outcome:
        if message.attempts == 1 and message.seq % 3 == 0:
            return Retry(reason="busy")
        with guard:
            seen.append((message.ordering_key, message.id))
        return Delivered(receipt=f"R-{message.seq}")

    assert worker(engine, handle).drain(within=SOON)
    for key, expected in given.items():
        assert [message_id for lane, message_id in seen if lane == key] == expected
    assert states(engine) == {State.DONE: 24}


def test_drain_leaves_what_waits_for_a_person_and_says_when_time_was_short(engine: Engine) -> None:
    refused, behind = put(engine, new("a"), new("a"))
    assert worker(engine, lambda _: Refused(reason="no")).drain(within=SOON)
    with engine.connect() as connection:
        assert show(connection, refused).entry.state is State.DEAD
        assert show(connection, behind).entry.state is State.READY
    put(engine, new("b", due_at=utc_now() + timedelta(days=1)))
    assert not worker(engine, lambda _: Delivered()).drain(within=timedelta(milliseconds=50))


def test_an_exception_is_a_failed_attempt_and_its_text_goes_nowhere(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    [given] = put(engine, new(payload=b"Petrov"))

    def handle(message: Message) -> Outcome:
        if message.attempts < 3:
            raise ValueError(message.payload.decode())
        return Delivered()

    with caplog.at_level(logging.DEBUG, logger="outbox"):
        assert worker(engine, handle).drain(within=SOON)
    with engine.connect() as connection:
        history = show(connection, given)
    assert [attempt.outcome for attempt in history.attempts] == [
        AttemptOutcome.RETRY,
        AttemptOutcome.RETRY,
        AttemptOutcome.DELIVERED,
    ]
    assert history.attempts[0].error is not None
    assert history.attempts[0].error.code == "handler_error"
    assert history.attempts[0].error.reason == "the handler raised ValueError"
    assert "ValueError" in {getattr(record, "error", None) for record in caplog.records}
    everything = caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    assert "Petrov" not in everything


@pytest.mark.parametrize("fault", [SystemExit, KeyboardInterrupt])
def test_not_even_an_exit_in_a_handler_ends_the_worker(engine: Engine, fault: type[BaseException]) -> None:
    put(engine, *(new() for _ in range(6)))

    def handle(message: Message) -> Outcome:
        if message.attempts == 1:
            raise fault
        return Delivered()

    assert worker(engine, handle).drain(within=SOON)
    assert states(engine) == {State.DONE: 6}


def test_an_answer_that_is_no_outcome_is_a_failed_attempt(engine: Engine) -> None:
    [given] = put(engine, new())
    assert worker(engine, lambda _: None).drain(within=SOON)  # type: ignore[arg-type,return-value]  # wrong on purpose
    with engine.connect() as connection:
        entry = show(connection, given).entry
    assert entry.state is State.DEAD
    assert entry.last_error is not None
    assert entry.last_error.reason == "the handler returned NoneType, not an outcome"


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Refused(reason="no", code="unknown_pupil", status=422), ("not delivered", "unknown_pupil")),
        (Delivered(), ("delivered", None)),
    ],
)
def test_what_is_not_delivered_is_logged_with_its_error_code(
    engine: Engine, outcome: Outcome, told: tuple[str, str | None], caplog: pytest.LogCaptureFixture
) -> None:
    put(engine, new())
    with caplog.at_level(logging.INFO, logger="outbox.worker"):
        worker(engine, lambda _message: outcome).drain(within=SOON)
    lines = [record for record in caplog.records if getattr(record, "outcome", None)]
    assert [(line.message, getattr(line, "code", None)) for line in lines] == [told]


def test_a_long_handler_keeps_its_lease_by_heartbeats(engine: Engine) -> None:
    lease = timedelta(milliseconds=300)
    [given] = put(engine, new())
    renewed = Event()
    first_end: list[datetime] = []

    def handle(message: Message) -> Outcome:
        assert message.lease_until is not None
        first_end.append(message.lease_until)
        while not renewed.wait(0.02):
            with engine.connect() as connection:
                until = show(connection, given).entry.lease_until
            if until is not None and until > message.lease_until + lease:
                renewed.set()
        return Delivered()

    policy = Policy(lease=lease)
    assert worker(engine, handle, policies={"authority": policy}).drain(within=SOON)
    assert renewed.is_set()
    assert len(first_end) == 1


def test_a_wake_up_shortens_the_wait(engine: Engine) -> None:
    delivered = Event()
    sleepy = Rhythm(threads=1, busy_poll=timedelta(hours=1), idle_poll=timedelta(hours=1))

    def handle(_: Message) -> Outcome:
        delivered.set()
        return Delivered()

    policies = {"authority": Policy(lease=timedelta(days=1))}
    with Running(worker(engine, handle, policies=policies, rhythm=sleepy)) as subject:
        put(engine, new())
        subject.wake()
        assert delivered.wait(SOON.total_seconds())


def test_stopping_finishes_what_is_begun_and_keeps_its_lease_meanwhile(engine: Engine) -> None:
    first, second = put(engine, new("a"), new("a"))
    begun, may_end = Event(), Event()
    lease = timedelta(milliseconds=300)

    def handle(message: Message) -> Outcome:
        begun.set()
        may_end.wait()
        return Delivered(receipt=str(message.lease_until))

    def lease_until() -> datetime:
        with engine.connect() as connection:
            return show(connection, first).entry.lease_until or utc_now()

    with Running(worker(engine, handle, policies={"authority": Policy(lease=lease)})) as subject:
        assert begun.wait(SOON.total_seconds())
        subject.stop()
        stopped_with = lease_until()
        wait_until(lambda: lease_until() > stopped_with + lease)
        may_end.set()
    with engine.connect() as connection:
        assert [show(connection, one).entry.state for one in (first, second)] == [State.DONE, State.READY]


def test_stopping_gives_back_what_was_not_begun(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    [given] = put(engine, new())
    subject = worker(engine, lambda _: Delivered())
    # Nobody's hands: the message is claimed, and the word to stop comes before anyone has begun it.
    monkeypatch.setattr(subject._hands, "hire", lambda _number: None)
    subject.stop()
    subject.run()
    with engine.connect() as connection:
        history = show(connection, given)
    assert (history.entry.state, history.entry.attempts, history.attempts) == (State.READY, 0, [])


def test_stopping_does_not_wait_for_ever_and_leaves_the_rest_to_the_lease(engine: Engine) -> None:
    [given] = put(engine, new())
    begun, never = Event(), Event()

    def handle(_: Message) -> Outcome:
        begun.set()
        never.wait()
        return Delivered()

    rhythm = Rhythm(threads=1, idle_poll=timedelta(milliseconds=20), grace=timedelta(milliseconds=50))
    with Running(worker(engine, handle, rhythm=rhythm)):
        assert begun.wait(SOON.total_seconds())
    with engine.connect() as connection:
        assert show(connection, given).entry.state is State.LEASED
    never.set()


class Notice(logging.Handler):
    """Notices the first record with a text."""

    def __init__(self, text: str) -> None:
        super().__init__(logging.WARNING)
        self._text = text
        self.seen = Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == self._text:
            self.seen.set()


@contextmanager
def outage(url: URL) -> Iterator[None]:
    """Make a database unreachable: throw everybody out of PostgreSQL, or keep SQLite locked."""
    if url.drivername == "sqlite":
        rival = sqlite_engine(url.database or "")
        with rival.begin():
            yield
        rival.dispose()
        return
    admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'ALTER DATABASE "{url.database}" WITH ALLOW_CONNECTIONS false'))
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"),
            {"name": url.database},
        )
        yield
        connection.execute(text(f'ALTER DATABASE "{url.database}" WITH ALLOW_CONNECTIONS true'))
    admin.dispose()


def test_outcomes_survive_an_outage_of_the_database(database: URL) -> None:
    impatient = timedelta(milliseconds=50)
    engine = (
        sqlite_engine(database.database or "", busy_timeout=impatient)
        if database.drivername == "sqlite"
        else create_engine(database)
    )
    given = put(engine, *(new() for _ in range(5)))
    calls: list[MessageId] = []
    begun, may_end = Event(), Event()

    def handle(message: Message) -> Outcome:
        calls.append(message.id)
        begun.set()
        may_end.wait()
        return Delivered()

    notice = Notice("database away")
    logger = logging.getLogger("outbox.worker")
    logger.addHandler(notice)
    subject = worker(engine, handle)
    thread = Thread(target=subject.drain, kwargs={"within": SOON})
    thread.start()
    assert begun.wait(SOON.total_seconds())
    with outage(database):
        may_end.set()
        assert notice.seen.wait(SOON.total_seconds())
    thread.join(SOON.total_seconds())
    logger.removeHandler(notice)
    assert sorted(calls) == sorted(given)
    assert states(engine) == {State.DONE: 5}
    engine.dispose()


def test_schedules_are_fired_by_the_worker(engine: Engine) -> None:
    every_second = Schedule(
        name="tick", cron="* * * * * *", zone=ZoneInfo("UTC"), destination="authority", kind="tick", payload=b"t"
    )
    ticked = Event()

    def handle(message: Message) -> Outcome:
        assert message.kind == "tick"
        ticked.set()
        return Delivered()

    with Running(worker(engine, handle, schedules=[every_second])):
        assert ticked.wait(SOON.total_seconds())
    with engine.connect() as connection:
        entries = find(connection).entries
    assert len({entry.idempotency_key for entry in entries}) == len(entries)


def test_a_schedule_that_is_added_is_fired_without_a_restart(engine: Engine) -> None:
    first, second = (
        Schedule(name=kind, cron="* * * * * *", zone=ZoneInfo("UTC"), destination="authority", kind=kind, payload=b"t")
        for kind in ("first", "second")
    )
    standing, ticked = [first], Event()

    def handle(message: Message) -> Outcome:
        if message.kind == "first" and second not in standing:
            standing.append(second)
        if message.kind == "second":
            ticked.set()
        return Delivered()

    with Running(worker(engine, handle, schedules=lambda: tuple(standing))):
        assert ticked.wait(SOON.total_seconds())


def test_the_messages_of_a_lane_are_claimed_together_and_the_rest_is_given_back_where_one_fails(
    engine: Engine,
) -> None:
    given = put(engine, *(new("a") for _ in range(6)))
    seen: list[tuple[MessageId, int | None]] = []

    def handle(message: Message) -> Outcome:
        seen.append((message.id, message.fence))
        return Refused(reason="no") if message.id == given[3] else Delivered()

    assert worker(engine, handle, policies={"authority": Policy()}).drain(within=SOON)
    assert [message_id for message_id, _ in seen] == given[:4]
    with engine.connect() as connection:
        histories = [show(connection, message_id) for message_id in given]
    assert [history.entry.state for history in histories] == [State.DONE] * 3 + [State.DEAD] + [State.READY] * 2
    # What was claimed behind the refused one was never begun, and nothing says otherwise.
    assert [len(history.attempts) for history in histories] == [1, 1, 1, 1, 0, 0]
    assert [history.entry.attempts for history in histories] == [1, 1, 1, 1, 0, 0]


def test_a_long_run_is_settled_as_it_goes_on(engine: Engine) -> None:
    given = put(engine, *(new("a") for _ in range(30)))
    fences: dict[int | None, int] = {}
    settled_before: list[State] = []

    def handle(message: Message) -> Outcome:
        fences[message.fence] = fences.get(message.fence, 0) + 1
        if message.id == given[-1]:
            # The one before it in the same run is written down while this one is still at work.
            wait_until(lambda: states(engine).get(State.DONE) == 29)
            settled_before.append(State.DONE)
        return Delivered()

    assert worker(engine, handle, policies={"authority": Policy(run=10)}).drain(within=SOON)
    assert states(engine) == {State.DONE: 30}
    assert settled_before
    # The first message is claimed alone, before it is known how fast its handler is.
    assert max(fences.values()) > 1


def test_slow_handlers_hoard_nothing(engine: Engine) -> None:
    put(engine, *(new() for _ in range(10)), *(new("a") for _ in range(10)))
    begun, may_end = Event(), Event()
    guard = Lock()
    running = 0

    def handle(_: Message) -> Outcome:
        nonlocal running
        with guard:
            running += 1
            if running == 3:
                begun.set()
        may_end.wait()
        return Delivered()

    with Running(worker(engine, handle)):
        assert begun.wait(SOON.total_seconds())
        assert leased(engine) == 3
        may_end.set()
        wait_until(lambda: states(engine) == {State.DONE: 20})


def leased(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(
            select(func.count()).select_from(tables.lane).where(tables.lane.c.state == LaneState.LEASED)
        ).scalar_one()


def test_what_was_claimed_ahead_is_given_back_when_handlers_become_slow(engine: Engine) -> None:
    put(engine, *(new() for _ in range(20)))
    may_end, slow = Event(), Event()

    def handle(_: Message) -> Outcome:
        if slow.is_set():
            may_end.wait()
        return Delivered()

    with Running(worker(engine, handle)):
        wait_until(lambda: states(engine) == {State.DONE: 20})
        slow.set()
        put(engine, *(new() for _ in range(40)))
        wait_until(lambda: leased(engine) > 3)
        wait_until(lambda: leased(engine) == 3)
        may_end.set()
        wait_until(lambda: states(engine) == {State.DONE: 60})


def test_nothing_is_begun_under_a_lease_that_is_lost(engine: Engine) -> None:
    lease = timedelta(milliseconds=600)
    policies = {"authority": Policy(lease=lease, initial_delay=timedelta(0), max_delay=timedelta(0), run=5)}
    put(engine, *(new() for _ in range(3)))
    observer = Counting()
    seen: list[tuple[str | None, int | None]] = []
    begun, may_end = Event(), Event()

    def handle(message: Message) -> Outcome:
        if message.ordering_key is not None:
            seen.append((message.id, message.fence))
            if not begun.is_set():
                begun.set()
                may_end.wait()
        return Delivered()

    subject = worker(engine, handle, policies=policies, observer=observer)
    with Running(subject):
        # With a measured pace the lane's messages are claimed together.
        wait_until(lambda: states(engine) == {State.DONE: 3})
        first, second = put(engine, new("a"), new("a"))
        assert begun.wait(SOON.total_seconds())
        with engine.begin() as connection:
            lost = reclaim(connection, policies=policies, now=utc_now() + timedelta(hours=1), random=lambda: 0.0)
            assert [entry.id for entry in lost] == [first]
            # Nobody claims it again before this test allows it.
            connection.execute(update(tables.lane).values(wake_at=utc_now() + timedelta(days=1)))
        wait_until(lambda: bool(observer.lost_ones))
        may_end.set()
        wait_until(lambda: bool(observer.late_ones))
        assert [message_id for message_id, _ in seen] == [first]
        with engine.begin() as connection:
            table = tables.message
            connection.execute(
                update(table).where(table.c.finished_at.is_(None)).values(state=State.READY, retry_at=None)
            )
            connection.execute(update(tables.lane).values(wake_at=utc_now()))
        wait_until(lambda: states(engine) == {State.DONE: 5})
    assert [message_id for message_id, _ in seen] == [first, first, second]
    assert seen[1][1] != seen[0][1]


def test_a_handler_that_never_returns_is_given_up_and_replaced(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    [stuck] = put(engine, new(kind="trap"))
    never = Event()
    observer = Counting()

    def handle(message: Message) -> Outcome:
        if message.kind == "trap":
            never.wait()
        return Delivered()

    rhythm = Rhythm(threads=1, handler_timeout=timedelta(milliseconds=50), written_off=2)
    file = tmp_path / "health.json"
    subject = Worker(
        engine,
        {"authority": handle, "elsewhere": handle},
        {"authority": QUICK},
        name="w1",
        rhythm=rhythm,
        observer=observer,
        health_file=file,
    )
    threads = active_count()
    with Running(subject):
        wait_until(lambda: any("authority" in fault for fault in read_health(file, now=utc_now()).faults))
        # Two threads are lost, and no third one will be: the destination is left alone, others are served.
        [barred, served] = put(engine, new(), new(destination="elsewhere"))
        with engine.connect() as connection:
            attempts = show(connection, stuck).attempts
        assert [(attempt.outcome, attempt.error and attempt.error.code) for attempt in attempts] == [
            (AttemptOutcome.RETRY, "handler_timeout")
        ] * 2
        wait_until(lambda: served in dict(observer.outcomes))
        assert barred not in dict(observer.outcomes)
        # They come back: what they bring is dropped, and the destination is served again.
        never.set()
        wait_until(lambda: states(engine) == {State.DONE: 3})
        wait_until(lambda: read_health(file, now=utc_now()).healthy)
    assert active_count() <= threads + 1
    assert {"handler given up", "handler came back after it was given up"} <= set(caplog.messages)
    assert "destination barred: its handlers do not come back" in caplog.messages


def test_a_call_from_another_process_shortens_the_wait(database: URL, engine: Engine) -> None:
    delivered = Event()

    def handle(_: Message) -> Outcome:
        delivered.set()
        return Delivered()

    sleepy = Rhythm(threads=1, idle_poll=timedelta(hours=1))
    with Running(worker(engine, handle, rhythm=sleepy)) as subject:
        wait_until(lambda: subject._ear is not None and subject._ear.hears)
        # Nothing in this process but the database connects the two.
        other = sqlite_engine(database.database or "") if database.drivername == "sqlite" else create_engine(database)
        put(other, new())
        other.dispose()
        assert delivered.wait(SOON.total_seconds())


def test_an_idle_worker_wakes_for_what_is_due_next(engine: Engine) -> None:
    delivered: list[datetime] = []
    due = utc_now() + timedelta(milliseconds=700)
    put(engine, new(due_at=due), new(due_at=due + timedelta(days=1)))

    def handle(_: Message) -> Outcome:
        delivered.append(utc_now())
        return Delivered()

    sleepy = Rhythm(threads=1, busy_poll=timedelta(hours=1), idle_poll=timedelta(hours=1))
    with Running(worker(engine, handle, rhythm=sleepy)):
        wait_until(lambda: bool(delivered))
    assert delivered[0] >= due


@pytest.mark.parametrize("jump", [timedelta(days=2), timedelta(days=-2)])
def test_a_clock_that_jumps_costs_no_lease(engine: Engine, jump: timedelta, caplog: pytest.LogCaptureFixture) -> None:
    offset = timedelta(0)

    def clock() -> datetime:
        return utc_now() + offset

    [given] = put(engine, new())
    calls: list[int] = []
    begun, may_end = Event(), Event()

    def handle(message: Message) -> Outcome:
        calls.append(message.attempts)
        begun.set()
        may_end.wait()
        return Delivered()

    observer = Counting()
    with Running(worker(engine, handle, clock=clock, policies={"authority": Policy()}, observer=observer)):
        assert begun.wait(SOON.total_seconds())
        offset = jump
        wait_until(lambda: "clock jumped" in caplog.messages)
        # The lease is extended by the new clock before anything is reclaimed by it.
        wait_until(lambda: abs(lease_end(engine, given) - clock()) < timedelta(minutes=2))
        may_end.set()
        wait_until(lambda: bool(observer.outcomes))
    assert (calls, states(engine), observer.lost_ones) == ([1], {State.DONE: 1}, [])


def lease_end(engine: Engine, message_id: MessageId) -> datetime:
    with engine.connect() as connection:
        until = show(connection, message_id).entry.lease_until
    assert until is not None
    return until


def test_a_breaker_opens_at_once_and_is_heard_of(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    put(engine, *(new() for _ in range(30)))
    calls: list[MessageId] = []
    observer = Counting()

    def handle(message: Message) -> Outcome:
        calls.append(message.id)
        return Retry(reason="down")

    policy = Policy(breaker=BreakerRule(least_attempts=5, open_for=timedelta(hours=1), longest=timedelta(hours=1)))
    with Running(worker(engine, handle, policies={"authority": policy}, observer=observer)):
        wait_until(lambda: bool(observer.breakers))
    assert observer.breakers == [("authority", BreakerState.OPEN)]
    # Most were claimed already; they were not thrown at it all the same.
    assert len(calls) < 10
    [record] = [record for record in caplog.records if record.getMessage() == "breaker moved"]
    assert (vars(record)["destination"], vars(record)["new"]) == ("authority", "open")


def test_probes_of_a_breaker_close_it_again(engine: Engine) -> None:
    given = put(engine, *(new() for _ in range(12)))
    down = True
    observer = Counting()

    def handle(_: Message) -> Outcome:
        return Retry(reason="down") if down else Delivered()

    rule = BreakerRule(least_attempts=5, open_for=timedelta(milliseconds=50), longest=timedelta(milliseconds=50))
    quick = Policy(breaker=rule, initial_delay=timedelta(milliseconds=1), max_delay=timedelta(milliseconds=1))
    with Running(worker(engine, handle, policies={"authority": quick}, observer=observer)):
        wait_until(lambda: ("authority", BreakerState.HALF_OPEN) in observer.breakers)
        down = False
        wait_until(lambda: states(engine) == {State.DONE: len(given)})
        wait_until(lambda: observer.breakers[-1] == ("authority", BreakerState.CLOSED))


def test_a_destination_is_trusted_again_though_the_breaker_was_first_told_in_vain(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(engine, new())
    faults = [OperationalError("", {}, Exception("locked"))]

    def tell(*told: Any, **more: Any) -> list[Transition]:
        if faults:
            raise faults.pop()
        return report(*told, **more)

    def handle(message: Message) -> Outcome:
        return Retry(reason="503") if message.attempts == 1 else Delivered()

    monkeypatch.setattr("outbox.upkeep.report", tell)
    rule = BreakerRule(least_attempts=1, open_for=timedelta(milliseconds=20))
    policy = replace(QUICK, breaker=rule)
    assert worker(engine, handle, policies={"authority": policy}).drain(within=timedelta(seconds=5))
    assert not faults
    assert states(engine) == {State.DONE: 1}


def test_a_full_destination_takes_in_again_when_no_policy_has_a_backlog_any_more(engine: Engine) -> None:
    put(engine, new())
    with engine.begin() as connection:
        assert mark_full(connection, {"authority": replace(QUICK, backlog=1)}, now=utc_now()) == {"authority": True}

    def full() -> bool:
        with engine.connect() as connection:
            return standings(connection)[0].full_at is not None

    with Running(worker(engine, lambda _: Delivered())):
        wait_until(lambda: not full())
    # ``enqueue`` would refuse it.
    put(engine, new())


def test_a_halt_pauses_the_destination_and_costs_no_attempt(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    [given] = put(engine, new())
    observer = Counting()
    with Running(worker(engine, lambda _: Halt(reason="wrong password"), observer=observer)):
        wait_until(lambda: bool(observer.outcomes))
    with engine.connect() as connection:
        entry = show(connection, given).entry
    assert (entry.state, entry.budget_used) == (State.READY, 0)
    assert "destination halted" in caplog.messages


def test_a_lane_that_awaits_an_answer_is_not_gone_on_with(engine: Engine) -> None:
    first, second = put(engine, new("a"), new("a"))
    policy = Policy(kinds={"marks": KindPolicy(await_answer=True)})
    subject = worker(engine, lambda message: Sent(receipt=message.id), policies={"authority": policy})
    assert subject.drain(within=SOON)
    with engine.connect() as connection:
        assert show(connection, first).entry.state is State.SENT
        behind = show(connection, second)
    assert (behind.entry.state, behind.attempts) == (State.READY, [])


GARBAGE = bytes(range(256)) * 8


@pytest.mark.parametrize(
    "outcome",
    [
        Delivered(receipt="R\0\ud800" * 100, status=200, answer=GARBAGE),
        Refused(reason="\0\ud800", code="\0", status=-1, answer=GARBAGE),
    ],
)
def test_an_answer_of_garbage_is_written_down(engine: Engine, outcome: Outcome) -> None:
    [given] = put(engine, new())
    assert worker(engine, lambda _: outcome).drain(within=SOON)
    with engine.connect() as connection:
        history = show(connection, given)
    assert history.entry.state is (State.DONE if isinstance(outcome, Delivered) else State.DEAD)
    assert len(history.attempts[0].answer.encode()) <= 4 * 1024


@pytest.mark.parametrize(
    "outcome",
    [
        Delivered(status=2**40),
        Delivered(status=True),
        Delivered(receipt="x" * 1001),
        Sent(receipt="\0" * 334),
        Delivered(receipt=7),  # type: ignore[arg-type]  # wrong on purpose
        Delivered(answer="text"),  # type: ignore[arg-type]  # wrong on purpose
        Retry(reason="later", retry_after=timedelta.max),
        Sent(receipt="r", answer_within=timedelta.max),
    ],
)
def test_an_outcome_that_cannot_be_written_down_is_a_failed_attempt(engine: Engine, outcome: Outcome) -> None:
    bad, good = put(engine, new("bad"), new("good"))
    subject = worker(engine, lambda message: outcome if message.ordering_key == "bad" else Delivered())
    assert subject.drain(within=SOON)
    with engine.connect() as connection:
        entry = show(connection, bad).entry
        assert show(connection, good).entry.state is State.DONE
    assert entry.state is State.DEAD
    assert entry.last_error is not None
    assert entry.last_error.code == "handler_error"


def test_a_payload_of_50_megabytes_goes_through_whole(engine: Engine) -> None:
    payload = b"0123456789" * 5_000_000
    put(engine, new(payload=payload), new(payload=b"small"))
    sizes: list[int] = []

    def handle(message: Message) -> Outcome:
        sizes.append(len(message.payload))
        return Delivered() if message.payload in {payload, b"small"} else Refused(reason="changed on the way")

    assert worker(engine, handle).drain(within=SOON)
    assert states(engine) == {State.DONE: 2}
    assert sorted(sizes) == [5, 50_000_000]


def test_a_full_disk_is_waited_out(sqlite_template: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """SQLite's own limit on pages gives the same error as a full disk: SQLITE_FULL."""
    path = tmp_path / "full.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = sqlite_engine(path)
    put(engine, *(new() for _ in range(300)))
    full = Event()
    full.set()

    @event.listens_for(engine, "begin")
    def limit(connection: Any) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages if full.is_set() else 1_000_000}")

    # Long answers need further pages, so settling is what fails.
    subject = worker(engine, lambda _: Delivered(answer=b"a" * 1000))
    thread = Thread(target=subject.drain, kwargs={"within": SOON})
    thread.start()
    wait_until(lambda: "database away" in caplog.messages)
    full.clear()
    thread.join(SOON.total_seconds())
    assert states(engine) == {State.DONE: 300}
    engine.dispose()


def test_the_observer_hears_of_every_settled_attempt(engine: Engine) -> None:
    given = put(engine, *(new() for _ in range(7)))
    observer = Counting()
    assert worker(engine, lambda _: Delivered(), observer=observer).drain(within=SOON)
    assert sorted(message_id for message_id, _ in observer.outcomes) == sorted(given)


def test_a_frozen_clock_does_not_stop_a_worker(engine: Engine, clock: ManualClock) -> None:
    with engine.begin() as connection:
        [given] = enqueue(connection, new(), now=clock())
    answers: Iterator[Outcome] = iter([Retry(reason="not yet"), Delivered()])
    policy = Policy(initial_delay=timedelta(hours=1), jitter=0)
    with Running(worker(engine, lambda _: next(answers), policies={"authority": policy}, clock=clock)) as subject:
        wait_until(lambda: states(engine) == {State.WAITING: 1})
        clock.advance(timedelta(hours=2))
        subject.wake()
        wait_until(lambda: states(engine) == {State.DONE: 1})
    with engine.connect() as connection:
        attempts = show(connection, given).attempts
    assert [attempt.started_at for attempt in attempts] == [clock() - timedelta(hours=2), clock()]


class TestHands:
    """What a hand does with a run, without a worker around it."""

    def work_off(self, engine: Engine, outcomes: Sequence[Outcome], **changes: Any) -> list[str]:
        """Let a hand work off a run of three messages and return what it reports of them."""
        put(engine, *(new("a") for _ in range(3)))
        policy = Policy(breaker=BreakerRule(least_attempts=2))
        with engine.begin() as connection:
            messages = claim(connection, policies={"authority": policy}, worker="w1", limit=3, now=utc_now()).messages
        answers = iter(outcomes)
        reports: list[Report] = []
        hands = Hands(
            {"authority": lambda _: next(answers)},
            {"authority": policy},
            name="hand",
            clock=utc_now,
            report=reports.append,
        )
        run = Run(
            messages=messages,
            valid_until=changes.get("valid_until", monotonic() + 60),
            ends_at=changes.get("ends_at", utc_now() + timedelta(minutes=1)),
            remaining=3,
            revoked=changes.get("revoked", False),
        )
        hands.bar(changes.get("barred", ()))
        hands.give([run])
        hands.hire(1)
        wait_until(lambda: not hands.waiting_runs and bool(reports) and hands.earliest() is None)
        hands.dismiss()
        return [
            f"left from {report.first}"
            if isinstance(report, Left)
            else f"{type(report.settlement.outcome).__name__}{' and more' if report.settlement.more else ''}"
            for report in reports
        ]

    def test_it_goes_on_while_all_is_well(self, engine: Engine) -> None:
        outcomes: list[Outcome] = [Delivered(), Sent(receipt="r"), Delivered()]
        assert self.work_off(engine, outcomes) == ["Delivered and more", "Sent and more", "Delivered"]

    def test_it_stops_where_one_fails(self, engine: Engine) -> None:
        assert self.work_off(engine, [Delivered(), Retry(reason="busy")]) == ["Delivered and more", "Retry"]

    @pytest.mark.parametrize(
        "changes",
        [
            {"valid_until": monotonic()},
            {"ends_at": datetime(2026, 1, 1, tzinfo=UTC)},
            {"revoked": True},
            {"barred": ("authority",)},
        ],
        ids=lambda changes: next(iter(changes)),
    )
    def test_it_begins_nothing_without_a_good_lease(self, engine: Engine, changes: dict[str, Any]) -> None:
        assert self.work_off(engine, [], **changes) == ["left from 0"]

    def test_it_begins_nothing_whose_time_is_over(self, engine: Engine) -> None:
        clock = ManualClock(utc_now())

        def expire(_: Message) -> Outcome:
            clock.advance(timedelta(hours=2))
            return Delivered()

        put(engine, new("a"), new("a", expires_at=utc_now() + timedelta(hours=1)))
        policies = {"authority": Policy()}
        with engine.begin() as connection:
            messages = claim(connection, policies=policies, worker="w1", limit=3, now=utc_now()).messages
        reports: list[Report] = []
        hands = Hands({"authority": expire}, policies, name="hand", clock=clock, report=reports.append)
        hands.give([Run(messages=messages, valid_until=monotonic() + 60, ends_at=None, remaining=2)])
        hands.hire(1)
        wait_until(lambda: len(reports) == 2)
        hands.dismiss()
        assert isinstance(reports[1], Left)
        assert reports[1].first == 1


def test_a_worker_without_the_right_key_leaves_the_messages_and_says_which_is_missing(
    engine: Engine, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    old = Sealing({"2025": b"o" * 32}, "2025")
    with engine.begin() as connection:
        given = enqueue(connection, *(new(f"lane-{number}") for number in range(5)), now=utc_now(), sealing=old)
    file = tmp_path / "health"
    handled: list[Message] = []

    def deliver(message: Message) -> Outcome:
        handled.append(message)
        return Delivered()

    def unwell() -> bool:
        return "'2025'" in " ".join(read_health(file, now=utc_now()).faults)

    wrong = worker(engine, deliver, sealing=Sealing({"2026": b"n" * 32}, "2026"), health_file=file)
    with Running(wrong):
        wait_until(unwell)
    assert (handled, states(engine)) == ([], {State.READY: 5})
    [told] = [record for record in caplog.records if record.message == "destination locked"]
    assert told.__dict__["destination"] == "authority"
    assert "'2025'" in told.__dict__["error"]
    with engine.connect() as connection:
        assert {show(connection, one).entry.attempts for one in given} == {0}
    assert worker(engine, deliver, sealing=old, name="w2").drain(within=SOON)
    assert {message.id for message in handled} == set(given)


def test_a_key_that_is_missing_is_asked_for_again_and_holds_up_no_other_destination(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outbox.worker._LOCKED", 0.01)
    ring = Sealing({"2026": b"n" * 32}, "2026")
    with engine.begin() as connection:
        [locked] = enqueue(connection, new(), now=utc_now(), sealing=Sealing({"2025": b"o" * 32}, "2025"))
        enqueue(connection, *(new(destination="portal") for _ in range(20)), now=utc_now(), sealing=ring)
    handlers: dict[str, Handler] = {name: lambda _: Delivered() for name in ("authority", "portal")}
    rhythm = Rhythm(threads=2, busy_poll=timedelta(milliseconds=5), idle_poll=timedelta(milliseconds=20))
    with Running(Worker(engine, handlers, {}, name="w1", rhythm=rhythm, sealing=ring)):
        wait_until(lambda: states(engine) == {State.DONE: 20, State.READY: 1})
        stored = ring.seal(b"x", locked)
        with engine.begin() as connection:
            number = show(connection, locked).entry.seq
            connection.execute(update(tables.payload).where(tables.payload.c.message == number).values(bytes=stored))
        wait_until(lambda: states(engine) == {State.DONE: 21})
