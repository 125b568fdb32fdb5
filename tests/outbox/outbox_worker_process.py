"""A worker as a program of its own, for the tests that kill, stop and suspend it.

Arguments: database address, name, the destination's book (a file), the grave (a file) and the part to play. A victim
creates the grave when it has written its tenth line into the book, and never comes back from that handler. A sleeper
does the same and comes back when the file ``dawn`` lies beside the grave. A survivor waits at its own tenth line until
the grave is there, so that it cannot leave nothing for the victim to die of. A servant, too, creates the grave at its
tenth line, waits for the dawn, and then works until SIGTERM.
"""

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event, Lock

from sqlalchemy import create_engine, make_url

from outbox.message import Delivered, Message, Outcome
from outbox.policy import Policy
from outbox.rhythm import Rhythm
from outbox.sqlite import sqlite_engine
from outbox.worker import Worker

FATAL_LINE = 10


class Destination:
    """Writes what it gets into a book, as a recipient would: a line a message, in the order of arrival."""

    def __init__(self, name: str, book: Path, grave: Path, part: str) -> None:
        self._name = name
        self._part = part
        self._book = os.open(book, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._grave = grave
        self._lines = 0
        self._guard = Lock()

    def __call__(self, message: Message) -> Outcome:
        with self._guard:
            os.write(self._book, f"{message.ordering_key} {message.id} {self._name}\n".encode())
            self._lines += 1
            line = self._lines
        if self._part != "survivor" and line == FATAL_LINE:
            self._grave.touch()
            await_file(self._grave if self._part == "victim" else self._grave.with_name("dawn"))
        if self._part == "victim" and line == FATAL_LINE:
            Event().wait()
        if self._part == "survivor" and line >= FATAL_LINE:
            await_file(self._grave)
        return Delivered(receipt=message.id)


def await_file(file: Path) -> None:
    while not file.exists():
        Event().wait(0.01)


def main() -> int:
    address, name, book, grave, part = sys.argv[1:]
    url = make_url(address)
    engine = sqlite_engine(url.database or "") if url.drivername == "sqlite" else create_engine(url)
    destination = Destination(name, Path(book), Path(grave), part)
    policy = Policy(initial_delay=timedelta(milliseconds=20), lease=timedelta(seconds=2))
    rhythm = Rhythm(threads=2, idle_poll=timedelta(milliseconds=50))
    worker = Worker(engine, {"authority": destination}, {"authority": policy}, name=name, rhythm=rhythm)
    if part == "servant":
        signal.signal(signal.SIGTERM, lambda *_: worker.stop())
        worker.run()
        return 0
    return 0 if worker.drain(within=timedelta(seconds=60)) else 1


if __name__ == "__main__":
    sys.exit(main())
