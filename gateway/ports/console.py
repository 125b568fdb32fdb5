"""What the console reads of one school beside what the capabilities' own ports give, inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from gateway.errors import Text
from gateway.model.export_package import PackageState, RejectedRecord
from gateway.ports.access import AccessRepository
from gateway.ports.archive import ArchiveRepository
from gateway.ports.comparison import Comparisons
from gateway.ports.exports import Exports
from gateway.ports.frame import Unit
from gateway.ports.persons import PersonRegister
from gateway.ports.record_browser import RecordBrowser
from gateway.ports.records import AuditTrail, Records, ViewLog
from gateway.ports.roster import RosterRepository
from gateway.ports.roster_probe import ProbeRepository
from gateway.ports.roster_runs import Quarantine, ReceivedRecords, RosterRuns
from gateway.ports.trails import AuditBrowser, ViewBrowser


@dataclass(frozen=True, kw_only=True, slots=True)
class PostedBatch:
    """A batch of the journal system and what it was told.

    Attributes:
        client: id of the program that posted it; ``client_name`` is what the school calls it.
        key: the client's idempotency key of the posting.
        status: HTTP status of the answer.
        answer: the answer as kept (``gateway.journal.answer``); the values in it may be personal data.
    """

    client: str
    client_name: str
    key: str
    received_at: datetime
    status: int
    answer: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageHead:
    """An export package without its bytes."""

    id: str
    definition: str
    recipient: str
    period_start: date
    period_end: date
    version: int
    made_at: datetime
    size: int
    state: PackageState
    receipt: str | None
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageAnswer:
    """What the recipient said to a package.

    Attributes:
        records_accepted: records it took, ``None`` when it refused the package.
        rejected: records of an accepted package that it could not use.
        code: stable code of a refusal, empty otherwise; ``refusal`` tells it in words.
    """

    records_accepted: int | None = None
    rejected: tuple[RejectedRecord, ...] = ()
    code: str = ""
    refusal: Text | None = None


class ConsoleReads(Protocol):
    """Reads that only the console needs."""

    def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Return full names of people and names of classes by id; an id that nobody has is left out."""
        ...

    def classes_of(self, pupils: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """Return the ids of the classes in which pupils have a place that has no end yet, by pupil."""
        ...

    def staff(self) -> Mapping[str, str]:
        """Return the full names of the staff in service by id, in the order of their names."""
        ...

    def batches(self, *, limit: int) -> Sequence[PostedBatch]:
        """Return the newest batches, newest first."""
        ...

    def batch(self, client: str, key: str) -> PostedBatch | None:
        """Return one batch."""
        ...

    def packages(self, *, limit: int) -> Sequence[PackageHead]:
        """Return the newest export packages, newest first."""
        ...

    def package_answer(self, package: str) -> PackageAnswer | None:
        """Return what the recipient said to a package, ``None`` while it has said nothing."""
        ...


class ConsoleUnit(Unit, Protocol):
    """A transaction over what the console shows."""

    @property
    def console(self) -> ConsoleReads:
        """The console's own reads."""
        ...

    @property
    def roster(self) -> RosterRepository:
        """The school and its roster plans."""
        ...

    @property
    def roster_runs(self) -> RosterRuns:
        """What roster syncs did."""
        ...

    @property
    def persons(self) -> PersonRegister:
        """One person in several roles or schools."""
        ...

    @property
    def roster_probes(self) -> ProbeRepository:
        """What roster sources were found to do."""
        ...

    @property
    def quarantine(self) -> Quarantine:
        """Records of roster sources that were turned away."""
        ...

    @property
    def received(self) -> ReceivedRecords:
        """Records of roster sources as they came."""
        ...

    @property
    def comparisons(self) -> Comparisons:
        """Comparisons with platforms."""
        ...

    @property
    def exports(self) -> Exports:
        """Export packages."""
        ...

    @property
    def archive(self) -> ArchiveRepository:
        """The archive registry."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """The school's audit chain."""
        ...

    @property
    def audit_browser(self) -> AuditBrowser:
        """The audit chain, to be searched."""
        ...

    @property
    def records(self) -> Records:
        """Single records of the journal."""
        ...

    @property
    def record_browser(self) -> RecordBrowser:
        """The journal, to be looked around in."""
        ...

    @property
    def views(self) -> ViewLog:
        """Who looked at which pupil."""
        ...

    @property
    def view_browser(self) -> ViewBrowser:
        """The log of looks, to be searched."""
        ...

    @property
    def access(self) -> AccessRepository:
        """Accounts and programs."""
        ...
