"""What incidents need: whose access it is, what was done with it, what was made of that, a place for what is found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from gateway.model.audit import AuditEntry
from gateway.model.incident import Effect, EffectKind, MadeDocument
from gateway.ports.records import RecordsUnit


@dataclass(frozen=True, kw_only=True, slots=True)
class QueuedEvent:
    """A message to a family that is in the outbox, or was: about which version of which mark."""

    message: str
    mark: str
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class QueuedPackage:
    """The message that carries an export package."""

    message: str
    package: str


class Incidents(Protocol):
    """Breaches of access of one school and their consequences."""

    def knows(self, account: str) -> bool:
        """Tell whether somebody is known by this name: a login, an API client or a member of staff."""
        ...

    def names_of(self, account: str) -> frozenset[str]:
        """Return all names of the person whose access it is: login, client, member of staff."""
        ...

    def block(self, names: Collection[str], at: datetime) -> Sequence[str]:
        """Let nobody in by accounts and clients of these names from a moment on; return those that were open."""
        ...

    def unblock(self, names: Collection[str]) -> Sequence[str]:
        """Let accounts and clients of these names in again; return those that were blocked."""
        ...

    def operations(self, names: Collection[str], start: datetime, end: datetime | None) -> Sequence[AuditEntry]:
        """Return what was done under these names from a moment on until before another, oldest first."""
        ...

    def unsigned(self, names: Collection[str], start: datetime, end: datetime | None) -> Sequence[AuditEntry]:
        """Return what was entered without an author at lessons that somebody of these names gave, oldest first.

        A lesson was given by who stood in at it, else by its teacher.
        """
        ...

    def histories(self, objects: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Sequence[AuditEntry]]:
        """Return everything that was done to some objects, oldest first, by kind and id as the audit names them."""
        ...

    def renamings(self, kinds: Collection[str]) -> Sequence[AuditEntry]:
        """Return the changes of keys of records of some kinds, oldest first, by kind as the audit names it."""
        ...

    def events(self, destination: str, since: datetime) -> Sequence[QueuedEvent]:
        """Return the messages about marks that were put into the outbox for a destination since a moment."""
        ...

    def packages(self, since: datetime) -> Sequence[QueuedPackage]:
        """Return the messages of the export packages that were made since a moment."""
        ...

    def pull(self, message: str, *, by: str, reason: str, at: datetime) -> bool:
        """Take a message out of the outbox for good; ``False`` if it has left, is just leaving, or was taken out."""
        ...

    def documents(self, since: datetime) -> Sequence[MadeDocument]:
        """Return the export packages and archive documents that were made since a moment."""
        ...

    def newer(self, kind: EffectKind, document: str) -> bool:
        """Tell whether a package or an archive document has a next version."""
        ...

    def effects(self, incident: str) -> Sequence[Effect]:
        """Return what an incident did and asks for, in the order in which it was found."""
        ...

    def keep(self, effects: Iterable[Effect]) -> int:
        """Keep findings; those that are there already stay as they are. Return how many are new."""
        ...

    def close(self, effect: Effect, at: datetime) -> bool:
        """Note that an effect is dealt with; ``False`` if it was before, or is not there."""
        ...


class IncidentUnit(RecordsUnit, Protocol):
    """A transaction over one school's incidents."""

    @property
    def incidents(self) -> Incidents:
        """Breaches of access and their consequences."""
        ...


IncidentUnitT = TypeVar("IncidentUnitT", bound=IncidentUnit)
