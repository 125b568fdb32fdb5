"""Reading rosters from a registry, and keeping the school's own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.errors import Rejected
from gateway.model.access import ConsoleUser
from gateway.model.ids import SchoolId, StaffId
from gateway.model.movement import Movement
from gateway.model.movement_book import BookEntry
from gateway.model.roster import Key, ListedRecord, RecordKind, RosterSnapshot, RosterState
from gateway.model.roster_change import Change
from gateway.model.roster_plan import PlanHead, PlanState, StoredPlan
from gateway.model.roster_revert import Revert
from gateway.model.roster_warning import PlanWarning
from gateway.model.school import School
from gateway.ports.frame import Unit
from gateway.ports.rollover import RollOvers
from gateway.ports.roster_keeping import RosterAbsences, RosterLocks
from gateway.ports.roster_probe import ProbeRepository
from gateway.ports.roster_runs import Quarantine, ReceivedRecords, RosterRuns


class RosterSource(Protocol):
    """A registry that knows who is at a school."""

    def snapshot(self, school: School) -> RosterSnapshot:
        """Return everything the source says of the school now.

        Raises:
            TransientError: no answer, or the roster changed under the reader again and again.
            PermanentError: the source does not know the school or refuses us.
            ContractChanged: the answer is not what the contract promises.
        """
        ...


class RosterListing(Protocol):
    """The people and classes of one school's roster, to be listed."""

    def listing(self, kind: RecordKind, *, after: str | None = None, limit: int = 1000) -> Sequence[ListedRecord]:
        """Return pupils, guardians, classes or staff by id, from the one that follows ``after`` on."""
        ...


class RosterRepository(RosterListing, Protocol):
    """The roster of one school, its plans and its movement book."""

    def school(self) -> School:
        """Return the school itself."""
        ...

    def lock(self) -> None:
        """Keep other writers of the roster and of its plans waiting until the transaction ends."""
        ...

    def state(self) -> RosterState:
        """Return all that is held."""
        ...

    def write(self, changes: Iterable[Change]) -> None:
        """Make the changes: rows whose ``old`` is ``None`` are added, the others changed."""
        ...

    def enter(self, movements: Iterable[Movement], *, plan: str, at: datetime) -> None:
        """Enter movements into the book, each with the plan it came from."""
        ...

    def book(self, plan: str) -> Sequence[BookEntry]:
        """Return the lines of the movement book that a plan made, and those that cancel them."""
        ...

    def movements(self) -> Sequence[BookEntry]:
        """Return the whole movement book, in the order in which it was written."""
        ...

    def cancel(self, entries: Iterable[BookEntry], *, plan: str, at: datetime) -> None:
        """Enter a counter-entry for every line: the book is never changed."""
        ...

    def take_back(self, how: Revert) -> None:
        """Give rows their old values back and remove those that a plan had created and nothing refers to."""
        ...

    def referred(self, records: Mapping[RecordKind, Collection[Key]]) -> Mapping[RecordKind, set[Key]]:
        """Return those of the records, by kind and key, that something outside the roster names."""
        ...

    def keep(self, stored: StoredPlan) -> None:
        """Keep a new plan."""
        ...

    def decide(self, plan: str, state: PlanState, *, by: str, at: datetime, reason: str = "") -> None:
        """Record what became of a plan; earlier decisions stay beside it."""
        ...

    def plan(self, plan: str) -> StoredPlan | None:
        """Return a stored plan with its changes."""
        ...

    def plans(self, *, states: Collection[PlanState] | None = None, limit: int = 50) -> Sequence[PlanHead]:
        """Return the newest plans, newest first; only those in the given states."""
        ...

    def last_rejected(self, source: str) -> tuple[Rejected, ...]:
        """Return the records that were turned away when the newest plan of a source was made."""
        ...

    def taken_back(self, source: str) -> tuple[Change, ...]:
        """Return the changes of a source's plans that a person reverted or rejected, but for those agreed to since."""
        ...

    def left_unseen(self, source: str, *, since: datetime) -> Mapping[RecordKind, int]:
        """Return how many records of each kind a source has let leave since a moment without a person's decision."""
        ...

    def last_warnings(self, source: str) -> tuple[PlanWarning, ...]:
        """Return the remarks of the newest plan of a source."""
        ...


class StaffAccounts(Protocol):
    """The accounts of members of staff at the console."""

    def close_of(self, staff: Collection[StaffId], *, at: datetime) -> Sequence[ConsoleUser]:
        """Disable the accounts of members of staff and end their sessions; return those that were not disabled yet.

        They are returned as they were before.
        """
        ...

    def users(self) -> Sequence[ConsoleUser]:
        """Return all accounts, by login."""
        ...


class RosterUnit(Unit, Protocol):
    """A transaction over one school's roster."""

    @property
    def access(self) -> StaffAccounts:
        """The accounts of the school's staff."""
        ...

    @property
    def roster(self) -> RosterRepository:
        """The school's roster."""
        ...

    @property
    def roster_absences(self) -> RosterAbsences:
        """Records that sources no longer tell of."""
        ...

    @property
    def rollovers(self) -> RollOvers:
        """Year roll-overs."""
        ...

    @property
    def roster_locks(self) -> RosterLocks:
        """Fields whose values are the school's."""
        ...

    @property
    def roster_probes(self) -> ProbeRepository:
        """What sources were found to do."""
        ...

    @property
    def roster_runs(self) -> RosterRuns:
        """What syncs did."""
        ...

    @property
    def quarantine(self) -> Quarantine:
        """Records that were turned away."""
        ...

    @property
    def received(self) -> ReceivedRecords:
        """Records as they came."""
        ...


class Schools(Protocol):
    """The schools of this installation."""

    def add(self, school: School) -> bool:
        """Add a school; ``False`` if exactly this one is already there.

        Raises:
            GatewayError: ``school.taken``: its id or its registry id belongs to another school.
        """
        ...

    def all(self) -> Sequence[School]:
        """Return the schools by id."""
        ...

    def get(self, school: SchoolId) -> School | None:
        """Return one school."""
        ...
