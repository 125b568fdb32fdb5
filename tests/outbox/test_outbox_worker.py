"""The worker: deliver, survive, stop."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Lock, Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import URL, Engine, create_engine, text

from outbox import (
    AttemptOutcome,
    Delivered,
    Handler,
    Message,
    MessageId,
    NewMessage,
    Outcome,
    Policy,
    Refused,
    Retry,
    Rhythm,
    Schedule,
    State,
    Worker,
    depths,
    enqueue,
    find,
    show,
    sqlite_engine,
)

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
    with engine.connect() as connection:
        assert {depth.state for depth in depths(connection)} == {State.DONE}


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
    with engine.connect() as connection:
        assert [depth.state for depth in depths(connection)] == [State.DONE]


def test_an_answer_that_is_no_outcome_is_a_failed_attempt(engine: Engine) -> None:
    [given] = put(engine, new())
    assert worker(engine, lambda _: None).drain(within=SOON)  # type: ignore[arg-type,return-value]  # wrong on purpose
    with engine.connect() as connection:
        entry = show(connection, given).entry
    assert entry.state is State.DEAD
    assert entry.last_error is not None
    assert entry.last_error.reason == "the handler returned NoneType, not an outcome"


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


def wait_until(met: Callable[[], bool]) -> None:
    deadline = utc_now() + SOON
    while not met():
        assert utc_now() < deadline
        Event().wait(0.01)


def test_stopping_gives_back_what_was_not_begun(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    [given] = put(engine, new())
    subject = worker(engine, lambda _: Delivered())
    # Nobody's hands: the message is claimed, and the word to stop comes before anyone has begun it.
    monkeypatch.setattr(subject._hands, "hire", lambda _number: None)
    subject.stop()
    subject.run()
    with engine.connect() as connection:
        history = show(connection, given)
    assert (history.entry.state, history.entry.budget_used) == (State.READY, 0)
    assert [attempt.outcome for attempt in history.attempts] == [AttemptOutcome.GIVEN_BACK]


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
    with engine.connect() as connection:
        assert [depth.state for depth in depths(connection)] == [State.DONE]
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
