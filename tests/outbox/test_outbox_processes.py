"""Several worker processes on one database, one of them killed in the middle of a delivery."""

import signal
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from sqlalchemy import URL, Engine

from outbox import AttemptOutcome, MessageId, NewMessage, State, depths, enqueue, show

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


def test_a_killed_worker_loses_nothing_doubles_nothing_and_disturbs_no_order(
    database: URL, engine: Engine, tmp_path: Path
) -> None:
    given: dict[str, list[MessageId]] = {}
    with engine.begin() as connection:
        for number in range(12):
            lane = f"lane-{number}"
            messages = [
                NewMessage(destination="authority", kind="marks", payload=b"x", ordering_key=lane) for _ in range(6)
            ]
            given[lane] = enqueue(connection, *messages, now=datetime.now(UTC))
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
        for process in (victim, *others):
            process.kill()
            process.wait(PATIENCE)

    lines = [line.split() for line in book.read_text().splitlines()]
    for lane, expected in given.items():
        arrived = [message_id for key, message_id, _ in lines if key == lane]
        # A repetition is the same message with the same id: the recipient drops it. In effect it arrived once.
        assert list(dict.fromkeys(arrived)) == expected
    repeated = [MessageId(message_id) for message_id, times in Counter(line[1] for line in lines).items() if times > 1]
    with engine.connect() as connection:
        assert [(depth.state, depth.count) for depth in depths(connection)] == [(State.DONE, 72)]
        histories = [show(connection, message_id).attempts for message_id in repeated]
    # Every repetition is explained by a lost lease (on a busy machine a living worker may lose one, too) …
    for *earlier, last in histories:
        assert {attempt.outcome for attempt in earlier} == {AttemptOutcome.LOST}
        assert last.outcome is AttemptOutcome.DELIVERED
    # … and what the victim was at when it was killed is among them.
    assert "first" in {attempts[0].worker for attempts in histories}
