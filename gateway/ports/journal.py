"""What the journal intake needs: the journal's records, the batches that were posted, and somebody to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from gateway.model.batch import Batch
from gateway.model.journal import MarkChange
from gateway.model.journal_records import Record, RecordKind, Stored
from gateway.model.rules.reference import JournalReference
from gateway.ports.frame import Unit


@dataclass(frozen=True, kw_only=True, slots=True)
class Posting:
    """A batch as it was posted: by which client, under which key, the SHA-256 (hex) of its bytes, when."""

    client: str
    idempotency_key: str
    digest: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PostingAnswer:
    """What a posting was told: the HTTP status and the answer as JSON, beside the digest of what was posted."""

    digest: str
    status: int
    answer: Mapping[str, object] = field(repr=False)


class JournalRepository(Protocol):
    """The journal of one school and the batches posted to it."""

    def claim(self, posting: Posting) -> PostingAnswer | None:
        """Take the client's key for this posting, or return what the posting that has it was told.

        Of two transactions that claim one key at once, the second waits for the first to end.
        """
        ...

    def forget(self, *, before: datetime) -> int:
        """Remove the postings received before a moment, with what they were told; return how many there were."""
        ...

    def settle(self, posting: Posting, *, status: int, answer: Mapping[str, object]) -> None:
        """Keep what a claimed posting is told."""
        ...

    def standing(self, batch: Batch) -> Batch:
        """Return a batch with the ids of those who stand for people made one with others.

        Until the transaction ends no two records of the school are made one.
        """
        ...

    def reference(self, batch: Batch) -> JournalReference | None:
        """Return what the rules have to know of the school for a batch, ``None`` if there is no such school.

        Until the transaction ends no other batch of the school gets past this point, so that what is returned stays
        true.
        """
        ...

    def add(self, kind: RecordKind, records: Sequence[Stored[Record]]) -> None:
        """Write records of one kind that are not there yet."""
        ...

    def put(self, kind: RecordKind, records: Sequence[Stored[Record]]) -> None:
        """Write records of one kind, each over the one with its key if there is one."""
        ...


class JournalUnit(Unit, Protocol):
    """A transaction over one school's journal."""

    @property
    def journal(self) -> JournalRepository:
        """The journal and the batches posted to it."""
        ...


JournalUnitT = TypeVar("JournalUnitT", bound=JournalUnit)
U_contra = TypeVar("U_contra", contravariant=True)


class Announce(Protocol[U_contra]):
    """Tells whoever wants to know of changed marks, inside the transaction that changed them."""

    def __call__(self, unit: U_contra, changes: Sequence[MarkChange], /) -> None:
        """Put the news where they leave with the commit."""
        ...
