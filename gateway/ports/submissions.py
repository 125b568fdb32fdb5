"""What taking in other systems' gradebook objects needs: where they wait, and the journal's own door."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKey, RecordKind, Stored
from gateway.model.oneroster import ObjectKind
from gateway.model.oneroster_submission import Submission, SubmissionState
from gateway.model.pupil_data import Actor
from gateway.ports.provider import ProviderUnit
from gateway.ports.records import RecordShelf


class SubmissionShelf(Protocol):
    """What other systems wrote, to be read."""

    def get(self, submission: str) -> Submission | None:
        """Return one."""
        ...

    def newest(self, client: str, kind: ObjectKind, sourced_id: str) -> Submission | None:
        """Return the newest that a client wrote of an object."""
        ...

    def approved(self, kind: ObjectKind, sourced_id: str) -> Submission | None:
        """Return the newest form of an object that was taken into the journal, whoever wrote it."""
        ...

    def of_record(self, kind: RecordKind, record: str) -> Sequence[Submission]:
        """Return what was taken into the journal as a record, by its key's parts with blanks between, and stands."""
        ...

    def all(self, *, state: SubmissionState | None = None, most: int) -> Sequence[Submission]:
        """Return the latest ones first, ``most`` at most."""
        ...


class SubmissionStore(SubmissionShelf, Protocol):
    """What other systems wrote."""

    def put(self, submissions: Iterable[Submission]) -> None:
        """Keep submissions, each over the one with its id."""
        ...

    def lock(self) -> None:
        """Keep all others waiting who write submissions, decide on them or write into the journal."""
        ...

    def next_ids(self, client: str, kind: ObjectKind, sourced_ids: Iterable[str]) -> Mapping[str, str]:
        """Return the ids of what a client writes of objects now: of its open form where an object has one."""
        ...


class Aliases(Protocol):
    """Who stands for whom."""

    def aliases(self) -> Mapping[str, str]:
        """Return the ids of absorbed records and those of the ones that stand for them."""
        ...


class SubmissionUnit(ProviderUnit, Protocol):
    """A transaction over one school's submissions and what they are held against."""

    @property
    def submissions(self) -> SubmissionStore:
        """The submissions."""
        ...

    @property
    def roster_merges(self) -> Aliases:
        """Records made one."""
        ...

    @property
    def records(self) -> RecordShelf:
        """Single records of the journal."""
        ...


SubmissionUnitT = TypeVar("SubmissionUnitT", bound=SubmissionUnit)


class JournalDoor(Protocol):
    """The one way of a single record into the journal: through its schema, its rules and its audit."""

    def put(
        self,
        kind: RecordKind,
        key: RecordKey,
        plain: object,
        *,
        precondition: Callable[[Stored[Any] | None], None],
        writer: Actor,
        school: SchoolId,
    ) -> object:
        """Write one record through all rules; brought again as it is held it changes nothing."""
        ...
