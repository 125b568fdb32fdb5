"""What is kept of roster syncs: runs, records turned away, records as they came."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from gateway.model.roster import Fields, Key, RecordKind, RosterSnapshot
from gateway.model.roster_quarantine import Quarantined, QuarantineState
from gateway.model.roster_received import KeptRecord, ReceivedAs
from gateway.model.roster_run import RosterRun
from gateway.model.school import School


class RosterRuns(Protocol):
    """The runs of one school."""

    def add(self, run: RosterRun) -> None:
        """Keep a finished run; a run with the same id replaces the earlier one."""
        ...

    def get(self, run: str) -> RosterRun | None:
        """Return one run."""
        ...

    def newest(self, *, source: str | None = None, limit: int = 50) -> Sequence[RosterRun]:
        """Return the newest runs, newest first; of one source, or of all."""
        ...

    def last_accepted(self, source: str) -> Mapping[RecordKind, int] | None:
        """Return how many records of each kind the last accepted run of a source received, ``None`` before the first.

        A run is accepted when it was proved complete and what it held for a person has been carried out, or when a
        person has said that its numbers are right.
        """
        ...

    def accept(self, run: str, *, by: str, at: datetime) -> None:
        """Keep that a person called the numbers of a run right."""
        ...


class Quarantine(Protocol):
    """The records of one school's sources that were turned away."""

    def put(self, records: Collection[Quarantined]) -> None:
        """Keep records, each over the one with its source, kind and name."""
        ...

    def all(self, *, source: str | None = None, state: QuarantineState | None = None) -> Sequence[Quarantined]:
        """Return the records without their raw form, the ones seen last first."""
        ...

    def get(self, record: str) -> Quarantined | None:
        """Return one record with its raw form, by its id here."""
        ...


class ReceivedRecords(Protocol):
    """The newest form in which each record came from its source, and how it was read."""

    def put(self, source: str, records: Iterable[KeptRecord], *, at: datetime) -> int:
        """Keep those that are not kept in this form already; return how many were written.

        Without a key to seal with nothing is kept.
        """
        ...

    def of(self, kind: RecordKind, key: Key, stored: Fields) -> Sequence[ReceivedAs]:
        """Return what each source last said of a record of ours, by the links of the record or of its ends."""
        ...


@runtime_checkable
class RecordSource(Protocol):
    """A source that can be asked for a single record."""

    def one(self, school: School, kind: RecordKind, source_id: str) -> RosterSnapshot:
        """Return what the source says now of one record and what hangs on it, as a partial snapshot.

        Raises:
            PermanentError: the source has no such record.
            TransientError: no answer.
        """
        ...
