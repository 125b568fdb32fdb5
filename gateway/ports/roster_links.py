"""Who is who: links between records of sources and ours, questions that a person answers, records made one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.model.matching_cases import Case, CaseState, StoredCase
from gateway.model.person_merge import Collision, Merge, MovedRow
from gateway.model.roster import RecordKind
from gateway.model.roster_link import Link
from gateway.ports.persons import PersonRegister
from gateway.ports.roster import RosterUnit


class LinkRepository(Protocol):
    """The links of one school."""

    def all(self, *, source: str | None = None) -> Sequence[Link]:
        """Return every link, retired ones too; of one source, or of all."""
        ...

    def of(self, kind: RecordKind, ids: Collection[str]) -> Sequence[Link]:
        """Return the links of records of ours, retired ones too."""
        ...

    def put(self, links: Iterable[Link]) -> None:
        """Keep links, each over the one with its source, kind, source id and our id.

        A record of a source means one of ours at a time: an active link retires every other of its source id.
        """
        ...

    def remove(self, links: Iterable[Link]) -> None:
        """Forget links that never said anything of a source: those that an undone merge had made."""
        ...


class CaseRepository(Protocol):
    """The questions to a person of one school."""

    def ask(self, cases: Iterable[Case], *, source: str, at: datetime, complete: bool) -> int:
        """Keep what matching a source asks now; return how many cases were not open before.

        A case that is open stays open since it was; a decided one that is asked again is open again. Where the source
        was read whole, open cases that it asks no longer are closed.
        """
        ...

    def all(self, *, state: CaseState | None = None, source: str | None = None) -> Sequence[StoredCase]:
        """Return the cases, the one that waits longest first; the decided ones after them, newest first."""
        ...

    def get(self, case: str) -> StoredCase | None:
        """Return one case."""
        ...

    def decide(self, case: str, state: CaseState, *, chosen: str | None, by: str, at: datetime) -> None:
        """Keep what somebody decided."""
        ...

    def ignored(self, source: str) -> frozenset[tuple[RecordKind, str]]:
        """Return the records of a source, by kind and id there, that a person said to leave alone."""
        ...


class MergeRepository(Protocol):
    """Records made one, and what names them."""

    def aliases(self) -> Mapping[str, str]:
        """Return the ids of absorbed records and those of the ones that stand for them."""
        ...

    def all(self) -> Sequence[Merge]:
        """Return the merges without the rows they moved, newest first."""
        ...

    def get(self, merge: str) -> Merge | None:
        """Return one merge with everything it moved."""
        ...

    def keep(self, merge: Merge) -> None:
        """Keep a merge."""
        ...

    def undone(self, merge: str, *, by: str, at: datetime) -> None:
        """Keep that a merge was undone."""
        ...

    def collisions(self, kind: RecordKind, kept: str, absorbed: str) -> Sequence[Collision]:
        """Return the rows of the absorbed record that contradict one of the kept record.

        Two rows contradict where both would have one key, where both are marks in force of one lesson and kind of work
        or final marks of one period, where one is a mark and the other an absence of one lesson, where two enrolments
        into different classes overlap, and where both have an account at the console.
        """
        ...

    def naming(self, kind: RecordKind, id_: str) -> Mapping[str, int]:
        """Return how many rows of the journal and of the roster name a record, by table."""
        ...

    def repoint(self, kind: RecordKind, old: str, new: str) -> Sequence[MovedRow]:
        """Let every row that names one record name the other; return the rows as they were and as they are.

        A guardianship or a place in a class that the other has already is ended instead: both rows stay.
        """
        ...

    def give_back(self, moved: Sequence[MovedRow]) -> Sequence[MovedRow]:
        """Write moved rows as they were; return those that were changed since, and then write none."""
        ...


class MatchingUnit(RosterUnit, Protocol):
    """A transaction over one school's roster, its links and the questions about them."""

    @property
    def roster_links(self) -> LinkRepository:
        """Links of sources' records to ours."""
        ...

    @property
    def roster_cases(self) -> CaseRepository:
        """Questions to a person."""
        ...

    @property
    def persons(self) -> PersonRegister:
        """One person in several roles or schools."""
        ...

    @property
    def roster_merges(self) -> MergeRepository:
        """Records made one."""
        ...
