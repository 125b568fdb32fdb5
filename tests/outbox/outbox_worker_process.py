"""A worker as a program of its own, for the tests that kill it.

Arguments: database address, name, the destination's book (a file), the grave (a file) and the part to play. A victim
creates the grave when it has written its tenth line into the book, and never comes back from that handler. A survivor
waits at its own tenth line until the grave is there, so that it cannot leave nothing for the victim to die of.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event, Lock

from sqlalchemy import create_engine, make_url

from outbox import Delivered, Message, Outcome, Policy, Rhythm, Worker, sqlite_engine

FATAL_LINE = 10


class Destination:
    """Writes what it gets into a book, as a recipient would: a line a message, in the order of arrival."""

    def __init__(self, name: str, book: Path, grave: Path, *, victim: bool) -> None:
        self._name = name
        self._victim = victim
        self._book = os.open(book, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._grave = grave
        self._lines = 0
        self._guard = Lock()

    def __call__(self, message: Message) -> Outcome:
        with self._guard:
            os.write(self._book, f"{message.ordering_key} {message.id} {self._name}\n".encode())
            self._lines += 1
            line = self._lines
        if self._victim and line == FATAL_LINE:
            self._grave.touch()
            Event().wait()
        while not self._victim and line >= FATAL_LINE and not self._grave.exists():
            Event().wait(0.01)
        return Delivered(receipt=message.id)


def main() -> int:
    address, name, book, grave, part = sys.argv[1:]
    url = make_url(address)
    engine = sqlite_engine(url.database or "") if url.drivername == "sqlite" else create_engine(url)
    destination = Destination(name, Path(book), Path(grave), victim=part == "victim")
    policy = Policy(initial_delay=timedelta(milliseconds=20), lease=timedelta(seconds=2))
    rhythm = Rhythm(threads=2, idle_poll=timedelta(milliseconds=50))
    worker = Worker(engine, {"authority": destination}, {"authority": policy}, name=name, rhythm=rhythm)
    return 0 if worker.drain(within=timedelta(seconds=60)) else 1


if __name__ == "__main__":
    sys.exit(main())
