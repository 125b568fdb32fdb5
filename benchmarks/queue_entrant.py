"""A queue that takes part in a measurement, and its roles as programs (``queue_stage.py``)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from queue_stage import make_book

STAGE = Path(__file__).resolve().parent / "queue_stage.py"
_PATIENCE = 600.0
_GLANCE = 0.01
_FAREWELL = 10.0


class NotMeasuredError(Exception):
    """A queue could not be measured; says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Entrant:
    """A queue that takes part.

    Attributes:
        name: As it is printed.
        place: ``module:Class`` of its ``Queue``; see ``queue_stage.py``.
        new_address: Gives the address of an empty place to put a queue.
        options: For its ``Queue``.
        python: The interpreter in which it is installed.
        drains: Whether it can tell that everything is settled; if not, work lasts from the beginning of the first
            handler to the beginning of the last.
    """

    name: str
    place: str
    new_address: Callable[[], str]
    options: Mapping[str, Any] = field(default_factory=dict)
    python: Path = Path(sys.executable)
    drains: bool = False


def prepared(entrant: Entrant) -> str:
    """Make the queue's tables in a new place and return its address."""
    address = entrant.new_address()
    ask(entrant, "nothing", address, new=True)
    return address


def ask(entrant: Entrant, role: str, address: str, *arguments: object, new: bool = False) -> Any:
    """Let the queue play a role that ends by itself, in a new place or not, and return what it says.

    Raises:
        NotMeasuredError: It failed or took too long.
    """
    command = _command(entrant, role, address, *arguments, new=new)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotMeasuredError(f"{role} took longer than {_PATIENCE:.0f} s") from error
    if done.returncode:
        raise NotMeasuredError(f"{role} failed: {_last_line(done.stderr)}")
    return json.loads(done.stdout.splitlines()[-1])


class Crew:
    """Worker processes at work.

    Attributes:
        books: Where each notes what it begins; see ``queue_stage.Book``.
    """

    def __init__(self, folder: Path) -> None:
        self.books: list[Path] = []
        self._folder = folder
        self._running: list[subprocess.Popen[str]] = []

    def hire(self, command: Sequence[str], size: int) -> None:
        """Start one more; it waits for ``go``."""
        book = self._folder / str(len(self.books))
        make_book(book, size)
        with book.with_suffix(".log").open("w") as log:
            worker = subprocess.Popen(
                [*command, str(book), str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.books.append(book)
        self._running.append(worker)

    def go(self) -> None:
        """Let all begin together, as soon as all are ready."""
        for worker in self._running:
            assert worker.stdout is not None
            if worker.stdout.readline().strip() != '"ready"':
                raise NotMeasuredError(f"a worker did not start: {self._complaint()}")
        for worker in self._running:
            assert worker.stdin is not None
            worker.stdin.write("\n")
            worker.stdin.flush()

    def wait(self, done: Callable[[], bool], what: str) -> None:
        """Wait until something is done.

        Raises:
            NotMeasuredError: A worker has failed, or it takes too long.
        """
        deadline = time.monotonic() + _PATIENCE
        while not done():
            if any(worker.poll() for worker in self._running):
                raise NotMeasuredError(f"a worker failed: {self._complaint()}")
            if time.monotonic() > deadline:
                raise NotMeasuredError(f"{what} took longer than {_PATIENCE:.0f} s")
            time.sleep(_GLANCE)

    def dismiss(self) -> None:
        """End all, kindly first."""
        for worker in self._running:
            worker.terminate()
        for worker in self._running:
            try:
                worker.wait(timeout=_FAREWELL)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
            for pipe in (worker.stdin, worker.stdout):
                assert pipe is not None
                pipe.close()

    def _complaint(self) -> str:
        return _last_line("\n".join(path.read_text() for path in sorted(self._folder.glob("*.log"))))


@contextmanager
def at_work(
    entrant: Entrant, role: str, address: str, *, messages: int, workers: int, new: bool = False
) -> Iterator[Crew]:
    """Run so many workers, begun at the same moment, for so many messages; they end with the block."""
    with TemporaryDirectory(prefix="gateway-bench-books-") as folder:
        crew = Crew(Path(folder))
        try:
            for _ in range(workers):
                # A message may come twice where a queue promises "at least once", and there may be more than asked for.
                crew.hire(_command(entrant, role, address, new=new), 2 * messages)
            crew.go()
            yield crew
        finally:
            crew.dismiss()


def _command(entrant: Entrant, role: str, address: str, *arguments: object, new: bool) -> list[str]:
    options = json.dumps(dict(entrant.options))
    flags = ["--new"] if new else []
    return [str(entrant.python), str(STAGE), *flags, role, entrant.place, address, options, *map(str, arguments)]


def _last_line(text: str) -> str:
    said = [line for line in text.splitlines() if line.strip() and not line.startswith(("(", " "))]
    return said[-1] if said else "it said nothing"
