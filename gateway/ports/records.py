"""What single records need: reading them one by one and page by page, renaming them, noting who looked at whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from gateway.model.audit import AuditEntry, PupilView
from gateway.model.ids import PupilId
from gateway.model.journal_records import RecordKey, RecordKind, Stored
from gateway.ports.frame import AuditLog, Unit
from gateway.ports.journal import JournalRepository


class RecordShelf(Protocol):
    """The records of one school, whatever their kind, to be read."""

    def get(self, kind: RecordKind, key: RecordKey) -> Stored[Any] | None:
        """Return a record by its key, ``None`` if there is none."""
        ...

    def page(
        self, kind: RecordKind, *, after: RecordKey | None, limit: int, where: Mapping[str, str]
    ) -> Sequence[Stored[Any]]:
        """Return the next records of a kind, ordered by key.

        Args:
            kind: the kind.
            after: key of the last record of the page before; ``None`` for the first page.
            limit: how many at most.
            where: attributes with the value they have; days in ISO 8601, flags ``true`` or ``false``; besides
                ``day_from`` and ``day_to``, which bound ``day``.

        Raises:
            KeyError: an attribute of ``where`` is none of the kind's, is a list or has fields of its own, or is kept
                encrypted.
            ValueError: a value of ``where`` is no value of its attribute.
        """
        ...


class Records(RecordShelf, Protocol):
    """The records of one school, whatever their kind."""

    def naming(
        self, kind: RecordKind, key: RecordKey, kinds: Collection[RecordKind]
    ) -> Iterator[tuple[RecordKind, Any]]:
        """Yield the records of some kinds that link to a record known by its id, each with its kind."""
        ...

    def rekey(self, kind: RecordKind, old: RecordKey, new: RecordKey) -> int:
        """Give a record a new key, also in every record that links to it; return how many records were written.

        Raises:
            RuleViolation: ``journal.key_unknown``: there is no record with the old key, or the new one is no key of
                the kind; ``journal.key_taken``: the new key is another record's.
        """
        ...


class AuditChain(Protocol):
    """The school's audit chain, to be read."""

    def entries(self) -> Iterator[AuditEntry]:
        """Yield the chain from its beginning."""
        ...

    def head(self) -> tuple[int, str]:
        """Return number and hash of the last entry that was sealed; ``(0, GENESIS)`` before the first."""
        ...

    def changes(self, since: int, limit: int) -> Sequence[AuditEntry]:
        """Return the entries after entry ``since``, oldest first, ``limit`` at most."""
        ...

    def by_actor(self, actor: str, start: datetime, end: datetime) -> Iterator[AuditEntry]:
        """Yield what somebody did from a moment on until before another, oldest first (R-AUD-08)."""
        ...


class AuditTrail(AuditChain, AuditLog, Protocol):
    """The school's audit chain, to be read as well."""


class ViewLog(Protocol):
    """The log of reads of personal data (R-PAR-14, R-AUD-06)."""

    def add(self, views: Iterable[PupilView]) -> None:
        """Keep looks at pupils' data; a look with an id that is there already is the same look."""
        ...

    def of_pupil(self, pupil: PupilId, start: datetime, end: datetime) -> Iterator[PupilView]:
        """Yield who looked at a pupil's data from a moment on until before another, oldest first."""
        ...

    def by_actor(self, actor: str, start: datetime, end: datetime) -> Iterator[PupilView]:
        """Yield at whom somebody looked from a moment on until before another, oldest first."""
        ...


class RecordsReading(Protocol):
    """One school's records, to be read."""

    @property
    def audit(self) -> AuditChain:
        """The school's audit chain."""
        ...

    @property
    def records(self) -> RecordShelf:
        """Single records."""
        ...


class RecordsUnit(Unit, Protocol):
    """A transaction over one school's records."""

    @property
    def audit(self) -> AuditTrail:
        """The school's audit chain."""
        ...

    @property
    def journal(self) -> JournalRepository:
        """The journal and the batches posted to it."""
        ...

    @property
    def records(self) -> Records:
        """Single records."""
        ...

    @property
    def views(self) -> ViewLog:
        """Who looked at whom."""
        ...


RecordsUnitT = TypeVar("RecordsUnitT", bound=RecordsUnit)
