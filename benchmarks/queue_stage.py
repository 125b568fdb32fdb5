"""One role of one queue as a program of its own.

    python queue_stage.py [--new] ROLE MODULE:CLASS ADDRESS OPTIONS ...

Every queue that is measured, the bare bounds and the outbox included, is a class of this shape:

    Queue(address, **options)        makes no tables and needs none yet
    prepare()                        makes the tables
    enqueue(payloads)                puts in a list of texts, in one transaction where the queue can
    work(handle)                     calls ``handle(payload)`` for everything that comes, until the process is ended
    drain(handle)                    where the queue can: the same, but returns when everything is settled

With ``--new`` the tables are made first. This program runs under the interpreter in which the queue is installed and
uses the standard library only. The times of the handlers' beginnings go into a file mapped into memory, which the
conductor (``queue_entrant.py``) reads: CLOCK_MONOTONIC is one clock for all processes of a machine.
"""

from __future__ import annotations

import json
import random
import struct
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import count
from mmap import mmap
from pathlib import Path
from typing import Any, Protocol

PAYLOAD = 1024
_HEAD = '{"at": '
_DIGITS = 20
_ENTRY = struct.Struct("=qq")
_KEYS = 10_000


class Queue(Protocol):
    """What a measured queue's module has to offer; ``drain`` where it can."""

    def __init__(self, address: str, **options: Any) -> None: ...

    def prepare(self) -> None: ...

    def enqueue(self, payloads: Sequence[str]) -> None: ...

    def work(self, handle: Callable[[str], None]) -> None: ...


class Book:
    """Who began what when: entries of (when the payload was made, when its handler began), in nanoseconds.

    The first two entries are kept for the times when work began and ended, where the queue can tell.
    """

    def __init__(self, path: Path, size: int) -> None:
        with path.open("r+b") as file:
            self._pages = mmap(file.fileno(), (size + 2) * _ENTRY.size)
        self._places = count(2)

    def note(self, payload: str) -> None:
        """Write down that the handler of this payload begins now."""
        at = time.monotonic_ns()
        _ENTRY.pack_into(self._pages, next(self._places) * _ENTRY.size, int(payload[7:27]), at)

    def note_span(self, began: int, ended: int) -> None:
        """Write down when the whole work began and ended."""
        _ENTRY.pack_into(self._pages, 0, began, ended)


def read_book(path: Path) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    """Return the span (zeros where the queue cannot tell) and the entries so far."""
    entries: list[tuple[int, int]] = list(_ENTRY.iter_unpack(path.read_bytes()))
    return entries[0], [entry for entry in entries[2:] if entry[1]]


def begun(path: Path) -> int:
    """Return how many handlers have begun, without reading all that a book says."""
    used = len(path.read_bytes().rstrip(b"\0"))
    return max(0, -(-used // _ENTRY.size) - 2)


def ended(path: Path) -> bool:
    """Say whether the end of the whole work is written down."""
    with path.open("rb") as file:
        return any(file.read(_ENTRY.size))


def make_book(path: Path, size: int) -> None:
    """Make an empty book with room for so many entries."""
    path.write_bytes(bytes((size + 2) * _ENTRY.size))


def payload(number: int) -> str:
    """Return a JSON text of 1 kB that says when it was made, and which of 10 000 things it is about."""
    start = f'{_HEAD}{time.monotonic_ns():>{_DIGITS}}, "key": "{number % _KEYS:05}", "text": "'
    return f'{start}{"x" * (PAYLOAD - len(start) - 2)}"}}'


def key_of(text: str) -> str:
    """Return which thing a payload is about."""
    return text[37:42]


def main() -> None:
    new, arguments = sys.argv[1] == "--new", [one for one in sys.argv[1:] if one != "--new"]
    role, place, address, options, *more = arguments
    module, _, name = place.partition(":")
    queue = getattr(import_module(module), name)(address, **json.loads(options))
    if new:
        queue.prepare()
    print(json.dumps(_ROLES[role](queue, *more)), flush=True)


def _nothing(_queue: Queue) -> None:
    """Only make the tables."""


def _enqueue(queue: Queue, number: str, batch: str) -> float:
    """Put in so many messages in batches; return how many a second, not counting the making and the connecting."""
    payloads = [payload(place) for place in range(int(number))]
    batches = [payloads[start : start + int(batch)] for start in range(0, len(payloads), int(batch))]
    queue.enqueue(batches.pop(0))  # connections are opened, statements prepared
    started = time.perf_counter()
    for texts in batches:
        queue.enqueue(texts)
    return sum(map(len, batches)) / (time.perf_counter() - started)


def _tick(queue: Queue, number: str) -> None:
    """Put in so many messages one by one, at uneven times, so that the worker is idle before each."""
    draw = random.Random(1)
    for place in range(int(number)):
        time.sleep(draw.uniform(0.02, 0.06))
        queue.enqueue([payload(place)])


def _work(queue: Queue, path: str, size: str) -> None:
    """Work until ended from outside."""
    book = _ready(path, size)
    queue.work(book.note)


def _drain(queue: Any, path: str, size: str) -> None:
    """Work until everything is settled."""
    book = _ready(path, size)
    began = time.monotonic_ns()
    queue.drain(book.note)
    book.note_span(began, time.monotonic_ns())


def _ready(path: str, size: str) -> Book:
    """Say that everything is imported and wait for the word to begin."""
    book = Book(Path(path), int(size))
    print(json.dumps("ready"), flush=True)
    sys.stdin.readline()
    return book


_ROLES: dict[str, Callable[..., Any]] = {
    "nothing": _nothing,
    "enqueue": _enqueue,
    "tick": _tick,
    "work": _work,
    "drain": _drain,
}

if __name__ == "__main__":
    main()
