"""What is kept between two syncs: who is missing since when, which fields the school has locked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from gateway.model.roster import Key, RecordKind
from gateway.model.roster_ladder import Absence
from gateway.model.roster_locks import FieldLock


class RosterAbsences(Protocol):
    """Records of one school that its sources no longer tell of."""

    def all(self, *, source: str | None = None) -> Sequence[Absence]:
        """Return the absences, the oldest first; those of one source, or of all."""
        ...

    def keep(self, source: str, absences: Iterable[Absence]) -> None:
        """Keep these absences of a source instead of those it had."""
        ...


class RosterLocks(Protocol):
    """Fields of one school's roster whose values are the school's."""

    def all(self) -> Sequence[FieldLock]:
        """Return the locks by kind, key and field."""
        ...

    def put(self, lock: FieldLock) -> None:
        """Lock a field; a lock that is there already is replaced."""
        ...

    def remove(self, kind: RecordKind, key: Key, name: str) -> bool:
        """Give a field free; ``False`` if it was not locked."""
        ...
