"""What a school lets a roster source do: which kinds and fields are its own, how much may leave unseen, when it rests.

The rules are data, the same for every kind of source; how a source is reached is the adapter's business. A source
touches only what it owns: records that are linked to it, of the kinds and fields named here (DESIGN part 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from gateway.errors import Party
from gateway.model.roster import RecordKind


class SourceKind(StrEnum):
    """How a source speaks."""

    REGISTRY = "registry"
    ONEROSTER = "oneroster"
    ONEROSTER_FILES = "oneroster_files"
    LISTS = "lists"

    @property
    def teller(self) -> Party:
        """Who answers for what such a source tells: the school for its own lists, else who runs the other system."""
        return Party.COORDINATOR if self is SourceKind.LISTS else Party.PLATFORM_OPERATOR


_SHARE = 4

UNSEEN_DAYS = 7
"""So many days together no more may leave unseen than a threshold lets through."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Thresholds:
    """How many records of one kind may change unseen: ``percent`` of those in force or ``records``, the larger.

    ``records`` is never more than a quarter of those in force: ten pupils are few in a city and half a village school.
    """

    percent: int = 5
    records: int = 10

    def limit(self, in_force: int) -> int:
        """Return the largest number of changes that needs no person."""
        return max(min(self.records, -(-in_force // _SHARE)), in_force * self.percent // 100)

    def least(self, in_force: int) -> int:
        """Return the same for what does not take from those in force: ``records`` count in the smallest school too."""
        return max(self.records, in_force * self.percent // 100)


DEFAULT_REMOVALS = Thresholds()
DEFAULT_UPDATES = Thresholds(percent=75, records=50)
"""More updates than that look like a source that has renumbered, re-cased or mixed up everybody."""

DEFAULT_IDENTITY = Thresholds()
"""So many may get another name, birth date or number: fewer than of other fields, for they say who somebody is."""

DEFAULT_CREATIONS = Thresholds(percent=50, records=50)
"""More newcomers than that, where there are people already, look like another school's list."""

CREATED_KINDS = (RecordKind.STAFF, RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.GUARDIANSHIP)
"""Kinds whose newcomers are counted: classes and places in them are all new once a year."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Thresholds of a source, each of its own for what changes; kinds that are not named have the defaults."""

    removals: Mapping[RecordKind, Thresholds] = field(default_factory=dict)
    updates: Mapping[RecordKind, Thresholds] = field(default_factory=dict)
    identity: Mapping[RecordKind, Thresholds] = field(default_factory=dict)
    creations: Mapping[RecordKind, Thresholds] = field(default_factory=dict)

    @classmethod
    def everywhere(
        cls,
        *,
        removals: Thresholds = DEFAULT_REMOVALS,
        updates: Thresholds = DEFAULT_UPDATES,
        identity: Thresholds = DEFAULT_IDENTITY,
        creations: Thresholds = DEFAULT_CREATIONS,
    ) -> Limits:
        """Return the same thresholds for every kind."""
        return cls(
            removals=dict.fromkeys(RecordKind, removals),
            updates=dict.fromkeys(RecordKind, updates),
            identity=dict.fromkeys(RecordKind, identity),
            creations=dict.fromkeys(RecordKind, creations),
        )

    def of_removals(self, kind: RecordKind) -> Thresholds:
        """Return how many records of the kind may leave unseen."""
        return self.removals.get(kind, DEFAULT_REMOVALS)

    def of_updates(self, kind: RecordKind) -> Thresholds:
        """Return how many records of the kind may be rewritten unseen."""
        return self.updates.get(kind, DEFAULT_UPDATES)

    def of_identity(self, kind: RecordKind) -> Thresholds:
        """Return of how many people of the kind names and numbers may be rewritten unseen."""
        return self.identity.get(kind, DEFAULT_IDENTITY)

    def of_creations(self, kind: RecordKind) -> Thresholds:
        """Return how many records of the kind may be new at once unseen (`Thresholds.least`)."""
        return self.creations.get(kind, DEFAULT_CREATIONS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ladder:
    """How long absence lasts before it means anything, in days: missing → suspended → archived, back at any time.

    ``suspend_after`` of 0 suspends with the first complete snapshot that lacks the record; ``archive_after`` counts
    from the suspension.
    """

    suspend_after: int = 0
    archive_after: int = 365


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Days, both included, on which the source adds only (summer, the weeks of the roll-over), and why."""

    first: date
    last: date
    reason: str = ""

    def covers(self, day: date) -> bool:
        """Tell whether the source rests on the day."""
        return self.first <= day <= self.last


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRules:
    """What a school lets one source do.

    Attributes:
        name: of the source, in plans, links, history and settings.
        kind: how it speaks.
        kinds: kinds of record that it tells of; others are neither added nor missed.
        fields: by kind the fields that it owns; a kind that is not named is owned whole.
        additions_only: it adds and never changes or removes.
        limits: how much may change unseen.
        ladder: what absence leads to.
        pauses: when it only adds.
        least_percent: of the records of a kind in its last accepted run it has to tell of now; a kind that shrinks
            below that is not believed, and nothing is missed (0 = it may shrink as it likes).
        plan_days: a plan that has waited so long for a person expires.
        whole_every_days: so often a source that can tell changes is read whole at least; on the days between only what
            has changed is asked for (1 = whole every time).
    """

    name: str
    kind: SourceKind
    kinds: frozenset[RecordKind] = frozenset(RecordKind)
    fields: Mapping[RecordKind, frozenset[str]] = field(default_factory=dict)
    additions_only: bool = False
    limits: Limits = Limits()
    ladder: Ladder = Ladder()
    pauses: tuple[Pause, ...] = ()
    least_percent: int = 50
    plan_days: int = 14
    whole_every_days: int = 1

    def owns(self, kind: RecordKind, name: str) -> bool:
        """Tell whether the source may write a field of a kind."""
        return kind in self.kinds and (kind not in self.fields or name in self.fields[kind])

    def only_adds(self, day: date) -> bool:
        """Tell whether the source only adds on the day."""
        return self.additions_only or any(pause.covers(day) for pause in self.pauses)


REGISTRY_RULES = SourceRules(name="registry", kind=SourceKind.REGISTRY)
"""The regional registry as it is without further settings."""
