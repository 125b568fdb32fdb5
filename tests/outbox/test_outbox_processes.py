"""Several worker processes on one database, one of them killed, suspended or stopped in the middle of a delivery."""

import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from sqlalchemy import URL, Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from outbox.intake import enqueue
from outbox.message import AttemptOutcome, MessageId, NewMessage, State
from outbox.queries import find, show
from outbox.sqlite import sqlite_engine

PROGRAM = Path(__file__).with_name("outbox_worker_process.py")
PATIENCE = 60.0
"""Seconds; only a test that fails waits so long."""


def start(database: URL, *arguments: str | Path) -> subprocess.Popen[bytes]:
    address = database.render_as_string(hide_password=False)
    return subprocess.Popen([sys.executable, str(PROGRAM), address, *map(str, arguments)])


def wait_for(file: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(int(PATIENCE * 100)):
        if file.exists():
            return
        assert process.poll() is None, "the victim ended before its time"
        Event().wait(0.01)
    raise AssertionError(f"{file.name} did not appear")


def fill(engine: Engine, lanes: int, messages: int) -> dict[str, list[MessageId]]:
    given: dict[str, list[MessageId]] = {}
    with engine.begin() as connection:
        for number in range(lanes):
            lane = f"lane-{number}"
            new = [NewMessage(destination="authority", kind="marks", payload=b"x", ordering_key=lane)] * messages
            given[lane] = enqueue(connection, *new, now=datetime.now(UTC))
    return given


def assert_in_order(book: Path, given: dict[str, list[MessageId]]) -> list[list[str]]:
    """Check what the destination got, and return its lines."""
    lines = [line.split() for line in book.read_text().splitlines()]
    for lane, expected in given.items():
        arrived = [message_id for key, message_id, _ in lines if key == lane]
        # A repetition is the same message with the same id: the recipient drops it. In effect it arrived once.
        assert list(dict.fromkeys(arrived)) == expected
    return lines


def states(engine: Engine) -> Counter[State]:
    with engine.connect() as connection:
        return Counter(entry.state for entry in find(connection, limit=1000).entries)


def end(*processes: subprocess.Popen[bytes]) -> None:
    for process in processes:
        process.kill()
        process.wait(PATIENCE)


def suspend(process: subprocess.Popen[bytes], database: URL) -> None:
    """Suspend a process outside of its transactions: inside one it would keep everybody else from the database."""
    while True:
        process.send_signal(signal.SIGSTOP)
        # What it had sent off before it stood still begins a moment later.
        Event().wait(0.1)
        if is_free(database):
            return
        process.send_signal(signal.SIGCONT)
        Event().wait(0.01)


def is_free(database: URL) -> bool:
    """Say whether nobody is in a transaction."""
    if database.drivername == "sqlite":
        engine = sqlite_engine(database.database or "", busy_timeout=timedelta(0))
        try:
            with engine.begin():
                return True
        except OperationalError:
            return False
        finally:
            engine.dispose()
    engine = create_engine(database)
    with engine.connect() as connection:
        others = connection.execute(
            text(
                "SELECT count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
            )
        ).scalar_one()
    engine.dispose()
    return bool(others == 0)


def test_a_killed_worker_loses_nothing_doubles_nothing_and_disturbs_no_order(
    database: URL, engine: Engine, tmp_path: Path
) -> None:
    given = fill(engine, lanes=12, messages=6)
    book, grave = tmp_path / "book", tmp_path / "grave"

    victim = start(database, "first", book, grave, "victim")
    others = [start(database, "second", book, grave, "survivor")]
    try:
        wait_for(grave, victim)
        victim.send_signal(signal.SIGKILL)
        assert victim.wait(PATIENCE) == -signal.SIGKILL
        others.append(start(database, "third", book, grave, "survivor"))
        assert [other.wait(PATIENCE) for other in others] == [0, 0]
    finally:
        end(victim, *others)

    lines = assert_in_order(book, given)
    repeated = [MessageId(message_id) for message_id, times in Counter(line[1] for line in lines).items() if times > 1]
    assert states(engine) == {State.DONE: 72}
    with engine.connect() as connection:
        histories = [show(connection, message_id).attempts for message_id in repeated]
    # What was settled before the kill is not repeated, and neither is what was claimed but not begun …
    for *earlier, last in histories:
        assert {attempt.outcome for attempt in earlier} <= {AttemptOutcome.LOST}
        assert last.outcome is AttemptOutcome.DELIVERED
    # … and what the victim was at when it was killed is repeated and explained.
    assert "first" in {attempts[0].worker for attempts in histories}


def test_a_suspended_worker_begins_nothing_when_it_goes_on_after_its_lease(
    database: URL, engine: Engine, tmp_path: Path
) -> None:
    given = fill(engine, lanes=12, messages=6)
    book, grave, dawn = tmp_path / "book", tmp_path / "grave", tmp_path / "dawn"

    sleeper = start(database, "first", book, grave, "sleeper")
    others = []
    try:
        wait_for(grave, sleeper)
        suspend(sleeper, database)
        others.append(start(database, "second", book, grave, "survivor"))
        assert others[0].wait(PATIENCE) == 0
        written = len(book.read_text().splitlines())
        assert states(engine) == {State.DONE: 72}
        dawn.touch()
        sleeper.send_signal(signal.SIGCONT)
        assert sleeper.wait(PATIENCE) == 0
    finally:
        end(sleeper, *others)

    assert len(assert_in_order(book, given)) == written
    assert states(engine) == {State.DONE: 72}


def test_a_terminated_worker_finishes_what_it_is_at_and_gives_back_the_rest(
    database: URL, engine: Engine, tmp_path: Path
) -> None:
    given = fill(engine, lanes=12, messages=6)
    book, grave, dawn = tmp_path / "book", tmp_path / "grave", tmp_path / "dawn"

    servant = start(database, "first", book, grave, "servant")
    try:
        wait_for(grave, servant)
        servant.send_signal(signal.SIGTERM)
        dawn.touch()
        assert servant.wait(PATIENCE) == 0
    finally:
        end(servant)

    lines = [line.split() for line in book.read_text().splitlines()]
    found = states(engine)
    assert found == {State.DONE: len(lines), State.READY: 72 - len(lines)} or found == {State.DONE: 72}
    with engine.connect() as connection:
        begun = {message_id for _, message_id, _ in lines}
        for message_id in (message_id for lane in given.values() for message_id in lane):
            history = show(connection, message_id)
            assert len(history.attempts) == history.entry.attempts == (1 if message_id in begun else 0)
