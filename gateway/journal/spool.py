"""Keeps the records of a batch between reading and writing: in a temporary file, sorted by turn, not in memory."""

from __future__ import annotations

import marshal
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Any, Self

from gateway.model.journal_records import RecordKey, RecordKind
from gateway.model.rules.turns import TURNS, Turn

_BLOCK = 1000
"""Records of one turn that are written together."""

_IN_MEMORY = 2**20
"""Bytes up to which nothing is written to disk."""

SpooledRecord = tuple[int, RecordKey, dict[str, Any]]
"""A record's place among those of its kind in the document, its key, its plain values."""


class Spool:
    """Records in, in any order; out by turn, those of one turn in the order they came in."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  closed by `close`
        self._waiting: defaultdict[Turn, list[SpooledRecord]] = defaultdict(list)
        self._blocks: defaultdict[Turn, list[tuple[int, int]]] = defaultdict(list)
        self._end = 0
        self._keys = _KeySet()
        self.count = 0

    def __enter__(self) -> Self:
        """Use as a context manager that removes the file at the end."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Remove the file."""
        self._file.close()

    def add(self, kind: RecordKind, place: int, key: RecordKey, plain: Mapping[str, Any]) -> None:
        """Keep a record.

        Raises:
            OSError: there is no room for it.
        """
        self.count += 1
        self._keys.add(kind, key)
        turn = _turn(kind, plain)
        waiting = self._waiting[turn]
        waiting.append((place, key, dict(plain)))
        if len(waiting) == _BLOCK:
            self._write(turn)

    def records(self, turn: Turn) -> Iterator[SpooledRecord]:
        """Yield the records that have one of `TURNS`."""
        for start, length in self._blocks.get(turn, ()):
            self._file.seek(start)
            yield from marshal.loads(self._file.read(length))  # noqa: S302  the file has no name, only we write it
        yield from self._waiting.get(turn, ())

    def repeated(self) -> Mapping[RecordKind, Mapping[RecordKey, int]]:
        """Return the keys that more than one record of a kind has, and how many have them."""
        suspects = self._keys.repeated()
        found: dict[RecordKind, Mapping[RecordKey, int]] = {}
        for kind in {kind for kind, _ in suspects}:
            records = chain.from_iterable(self.records(turn) for turn in _TURNS_OF[kind])
            times = Counter(key for _, key, _ in records if (kind, hash((kind, key))) in suspects)
            found[kind] = {key: number for key, number in times.items() if number > 1}
        return found

    def _write(self, turn: Turn) -> None:
        block = marshal.dumps(self._waiting.pop(turn))
        self._file.seek(self._end)
        self._file.write(block)
        self._blocks[turn].append((self._end, len(block)))
        self._end += len(block)


_TURNS_OF = {kind: tuple(turn for turn in TURNS if turn.kind is kind) for kind in RecordKind}


def _turn(kind: RecordKind, plain: Mapping[str, Any]) -> Turn:
    """Return the turn of a record by its plain values, without making the record of them."""
    turns = _TURNS_OF[kind]
    if len(turns) == 1:
        return turns[0]
    return next(turn for turn in turns if turn.withdrawn is plain.get("voided", False))


class _KeySet:
    """Finds the keys that come twice, with eight bytes a key: two million keys of a batch take 16 MB.

    Keys are told apart by their hashes; of these, parts small enough for a set are looked at one after the other.
    """

    _PARTS = 256

    def __init__(self) -> None:
        self._parts: defaultdict[tuple[RecordKind, int], array[int]] = defaultdict(lambda: array("q"))

    def add(self, kind: RecordKind, key: RecordKey) -> None:
        hashed = hash((kind, key))
        self._parts[kind, hashed % self._PARTS].append(hashed)

    def repeated(self) -> frozenset[tuple[RecordKind, int]]:
        """Return the kinds and hashes of keys that seem to come twice."""
        found: set[tuple[RecordKind, int]] = set()
        for (kind, _), hashes in self._parts.items():
            if len(set(hashes)) < len(hashes):
                found.update((kind, hashed) for hashed, times in Counter(hashes).items() if times > 1)
        return frozenset(found)
