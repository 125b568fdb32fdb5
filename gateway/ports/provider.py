"""What giving out OneRoster objects needs: the objects as they are kept, and the facts they are made from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from gateway.model.ids import ClassId, GroupId, LessonId, PupilId, SubjectId
from gateway.model.journal import Lesson, PeriodMark
from gateway.model.oneroster import KeptObject, ObjectKind, ProviderObject
from gateway.model.oneroster_facts import SchoolFacts
from gateway.model.oneroster_marks import GradebookFacts, LessonFacts
from gateway.model.oneroster_query import Query
from gateway.model.oneroster_submission import Submission
from gateway.model.school import School
from gateway.ports.frame import Unit
from gateway.ports.records import AuditTrail, ViewLog


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """Up to which entry of the audit chain, for which day and when a part of the objects was made."""

    sequence: int
    day: date
    refreshed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectPage:
    """A page of a list.

    ``total`` objects are in the whole list, ``more`` tells that others follow, ``as_of`` when they were made.
    """

    objects: Sequence[KeptObject]
    total: int
    more: bool
    as_of: datetime | None = None


class ObjectShelf(Protocol):
    """The objects of one school, to be read."""

    def freshness(self, part: str) -> Freshness | None:
        """Return how fresh a part is, ``None`` if it was never made."""
        ...

    def changed_since(self, sequence: int, object_kinds: Collection[str], *, most: int) -> bool:
        """Tell whether the audit chain has an entry about such an object after an entry.

        Also where it has more than ``most`` entries at all: it would take longer and longer to look.
        """
        ...

    def one(self, kind: ObjectKind, sourced_id: str) -> KeptObject | None:
        """Return an object, also one that is gone."""
        ...

    def page(self, query: Query) -> ObjectPage:
        """Return a page of a list."""
        ...

    def facts(self) -> SchoolFacts:
        """Return what the rostering objects are made from."""
        ...


class Objects(ObjectShelf, Protocol):
    """The objects of one school."""

    def lock(self, part: str) -> None:
        """Keep other refreshes of the part waiting until the transaction ends."""
        ...

    def sequence(self) -> int:
        """Return the number of the newest entry of the audit chain."""
        ...

    def digests(self, kind: ObjectKind) -> dict[str, str | None]:
        """Return the digest of every object of a kind by id, ``None`` for what is gone."""
        ...

    def put(self, objects: Iterable[tuple[ProviderObject, str]], *, at: datetime) -> None:
        """Keep objects, each given with its digest, as they are from a moment on."""
        ...

    def bury(self, kind: ObjectKind, sourced_ids: Collection[str], *, at: datetime) -> None:
        """Make tombstones of objects."""
        ...

    def purge(self, kinds: Collection[ObjectKind], *, before: datetime) -> int:
        """Forget tombstones that are older; return how many."""
        ...

    def note(self, part: str, freshness: Freshness) -> None:
        """Keep how fresh a part is."""
        ...


class GradebookShelf(Protocol):
    """What the gradebook of one school is made from."""

    def facts(self, school: SchoolFacts) -> GradebookFacts:
        """Return what holds for all marks; ``school`` is what holds for everything."""
        ...

    def lessons(self, wanted: Collection[LessonId] | None = None) -> Iterator[LessonFacts]:
        """Yield lessons by id, each with its marks and homework: all of them, or those with some ids."""
        ...

    def lessons_on(
        self, day: date, *, subject: SubjectId, school_class: ClassId | None, group: GroupId | None
    ) -> Sequence[Lesson]:
        """Return the lessons of a subject that a class or a group had on a day, in their order."""
        ...

    def finals(
        self,
        *,
        stages: Collection[str] | None = None,
        ids: Collection[str] | None = None,
        pupil: PupilId | None = None,
    ) -> Iterator[PeriodMark]:
        """Yield final marks that hold, by id: all of them, those of some stages, with some ids or of a pupil."""
        ...

    def digests_of(
        self, kind: ObjectKind, *, ids: Collection[str] = (), items: Collection[str] = ()
    ) -> dict[str, str | None]:
        """Return the digests of objects with some ids, and of results of some line items; ``None`` for what is gone."""
        ...


class OwnSubmissions(Protocol):
    """What programs wrote into the gradebook of one school, to be read by themselves."""

    def newest(self, client: str, kind: ObjectKind, sourced_id: str) -> Submission | None:
        """Return the newest that a client wrote of an object."""
        ...


class SchoolName(Protocol):
    """The school itself."""

    def school(self) -> School:
        """Return it."""
        ...


class ProviderReading(Protocol):
    """One school's objects, to be read."""

    @property
    def roster(self) -> SchoolName:
        """The school."""
        ...

    @property
    def provider(self) -> ObjectShelf:
        """Its objects."""
        ...

    @property
    def submissions(self) -> OwnSubmissions:
        """What programs wrote."""
        ...


class ProviderUnit(Unit, Protocol):
    """A transaction over one school's objects."""

    @property
    def roster(self) -> SchoolName:
        """The school."""
        ...

    @property
    def provider(self) -> Objects:
        """Its objects."""
        ...

    @property
    def gradebook(self) -> GradebookShelf:
        """What its gradebook is made from."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """Its audit chain."""
        ...

    @property
    def views(self) -> ViewLog:
        """Who looked at whom."""
        ...
