"""What people need to look around in the journal: how many records there are, lists with a search, names of links."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from gateway.model.ids import StaffId
from gateway.model.journal_records import Record, RecordKey, RecordKind, Stored
from gateway.model.record_shape import Linked


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnClass:
    """What of the school is a class teacher's own: the classes and the pupils who are in them."""

    classes: frozenset[str] = frozenset()
    pupils: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordSearch:
    """Which records of a kind are wanted.

    Attributes:
        kind: the kind.
        where: attributes with the value they have, as `gateway.ports.records.Records.page` takes them.
        text: what stands in the id or in a text of the record, or in the name of somebody or something it links to.
        own: only what is about these classes and pupils; ``None`` for the whole school.
    """

    kind: RecordKind
    where: Mapping[str, str] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)
    own: OwnClass | None = None


class RecordBrowser(Protocol):
    """The records of one school, as people look for them."""

    def counts(self, kinds: Iterable[RecordKind], *, own: OwnClass | None = None) -> Mapping[RecordKind, int]:
        """Return how many records of each kind there are."""
        ...

    def page(self, search: RecordSearch, *, after: RecordKey | None, limit: int) -> Sequence[Stored[Any]]:
        """Return the next records that are wanted, the newest first, those without a time of their own by key.

        Raises:
            KeyError: an attribute of ``where`` cannot be looked for.
            ValueError: a value of ``where`` or ``after`` is none of its attribute.
        """
        ...

    def linked(self, kind: RecordKind, ids: Collection[str]) -> Mapping[str, Record]:
        """Return the records of a kind known by an id, by id; what nobody has is left out."""
        ...

    def named(self, text: str) -> Mapping[Linked, frozenset[str]]:
        """Return the ids of people, classes, subjects, … whose names hold a text, whatever the case."""
        ...

    def classes(self) -> Mapping[str, str]:
        """Return the names of the classes that are not archived, by id, in the order of a school."""
        ...

    def own_class(self, teacher: StaffId, day: date) -> OwnClass:
        """Return what is a class teacher's own on a day."""
        ...
