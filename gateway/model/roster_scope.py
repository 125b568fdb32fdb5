"""Scope: what a source may touch. It touches records linked to it, of the kinds and fields that are its own.

Taken out of what it says are other kinds, fields that belong to the school or to a stronger source, and records that it
is not linked to. What it does not mention it can only miss if it told of it before (DESIGN part 5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.model.roster import Fields, Key, Protected, RecordKind, RosterState, Rows
from gateway.model.roster_ladder import Absence, Place
from gateway.model.roster_link import Link, LinkState
from gateway.model.roster_locks import FieldLock, Locks
from gateway.model.roster_source import REGISTRY_RULES, SourceRules
from gateway.model.roster_warning import PlanWarning, WarningCode


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What is known of the sources of a school besides roster and snapshot.

    Attributes:
        rules: what the source may do.
        stronger: rules of the other sources whose word counts more where both tell of a record.
        weaker: rules of those whose word counts less.
        links: which record of which source is which of ours; ``None`` where nobody keeps links: then all is its own.
        locks: fields that the school keeps.
        absences: what any of the sources has missed so far.
        left: by kind, how many records have left on the source's word alone in the last days (`UNSEEN_DAYS`).
        met: records that this very snapshot was found to tell of for the first time. What its source does not tell of
            them was filled in without knowing them, so ours stands; from the next time on its word counts.
    """

    rules: SourceRules = REGISTRY_RULES
    stronger: tuple[SourceRules, ...] = ()
    weaker: tuple[SourceRules, ...] = ()
    links: Collection[Link] | None = None
    locks: Collection[FieldLock] = ()
    absences: Collection[Absence] = ()
    left: Mapping[RecordKind, int] = field(default_factory=dict)
    met: frozenset[tuple[RecordKind, str]] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scope:
    """The same, indexed for questions about single records."""

    rules: SourceRules
    stronger: tuple[SourceRules, ...]
    others: tuple[SourceRules, ...]
    linked: Mapping[str, set[tuple[RecordKind, str]]] | None
    locks: Locks
    missed_by: Mapping[str, set[Place]]
    met: frozenset[tuple[RecordKind, str]] = frozenset()

    def owns(self, kind: RecordKind, key: Key) -> bool:
        """Tell whether a record is one that this source has told of."""
        return self._is_linked(self.rules, kind, key)

    def told_elsewhere(self, kind: RecordKind, key: Key) -> bool:
        """Tell whether another source still tells of the record."""
        return any(self._is_told(rules, kind, key) for rules in self.others)

    def may_write(self, kind: RecordKind, key: Key, name: str) -> bool:
        """Tell whether the source's word counts for a field of a record."""
        if not self.rules.owns(kind, name):
            return False
        return not any(rules.owns(kind, name) and self._is_told(rules, kind, key) for rules in self.stronger)

    def is_met(self, kind: RecordKind, key: Key) -> bool:
        """Tell whether the source tells of a record, or of one that it hangs on, for the first time."""
        return any(end in self.met for end in ends(kind, key))

    def is_new(self, kind: RecordKind, key: Key, current: RosterState) -> bool:
        """Tell whether a record that is not held may be added: what it hangs on is the source's, or new as well."""
        return all(
            (end, (one,)) == (kind, key) or (one,) not in current.of(end) or self.owns(end, (one,))
            for end, one in ends(kind, key)
        )

    def is_written_whole(self, kind: RecordKind) -> bool:
        """Tell whether every field of every record of a kind is the source's (locks apart)."""
        return not self.stronger and kind not in self.rules.fields and self.linked is None

    def _is_told(self, rules: SourceRules, kind: RecordKind, key: Key) -> bool:
        is_missed = (kind, key) in self.missed_by.get(rules.name, ())
        return kind in rules.kinds and not is_missed and self._is_linked(rules, kind, key)

    def _is_linked(self, rules: SourceRules, kind: RecordKind, key: Key) -> bool:
        if self.linked is None:
            return rules is self.rules
        known = self.linked.get(rules.name, set())
        return all(end in known for end in ends(kind, key))


@dataclass(frozen=True, kw_only=True, slots=True)
class Confined:
    """What a source says, inside its scope, and what was said beyond it."""

    wanted: Rows = field(repr=False)
    warnings: tuple[PlanWarning, ...] = ()


def ends(kind: RecordKind, key: Key) -> tuple[tuple[RecordKind, str], ...]:
    """Return the linked records that a record consists of or hangs on."""
    match kind:
        case RecordKind.GUARDIANSHIP:
            return (RecordKind.GUARDIAN, key[0]), (RecordKind.PUPIL, key[1])
        case RecordKind.ENROLLMENT:
            return (RecordKind.PUPIL, key[0]), (RecordKind.CLASS, key[1])
        case _:
            return ((kind, key[0]),)


def scope_of(standing: Standing) -> Scope:
    """Return the scope of a source."""
    missed_by: dict[str, set[Place]] = defaultdict(set)
    for one in standing.absences:
        missed_by[one.source].add(one.place)
    links = standing.links
    return Scope(
        rules=standing.rules,
        stronger=standing.stronger,
        others=standing.stronger + standing.weaker,
        linked=None if links is None else _linked(links),
        locks=Locks.of(standing.locks),
        missed_by=missed_by,
        met=standing.met,
    )


def confine(current: RosterState, said: Rows, scope: Scope) -> Confined:
    """Return what a source says without everything that is not its to say."""
    warnings: list[PlanWarning] = []
    wanted: dict[RecordKind, Mapping[Key, Fields]] = {}
    for kind in RecordKind:
        rows = said.get(kind, {}) if kind in scope.rules.kinds else {}
        held = current.of(kind)
        if scope.is_written_whole(kind) and not scope.locks.fields:
            wanted[kind] = rows
            continue
        confined: dict[Key, Fields] = {}
        for key, fields in rows.items():
            if key not in held and scope.is_new(kind, key, current):
                confined[key] = fields
            elif key not in held or not scope.owns(kind, key):
                warnings.append(PlanWarning(code=WarningCode.OUT_OF_SCOPE, kind=kind, key=key))
            elif held[key] == fields or scope.is_met(kind, key):
                confined[key] = held[key]
            else:
                confined[key] = _own_fields(kind, key, held[key], fields, scope)
                warnings += _locked(kind, key, held[key], fields, scope)
        wanted[kind] = confined
    return Confined(wanted=wanted, warnings=tuple(warnings))


def is_protected(kind: RecordKind, key: Key, protected: frozenset[Protected]) -> bool:
    """Tell whether a record may be what a rejected one stands for, or hangs on one that may be."""
    return any(
        Protected(kind=of_kind, prefix=of_key[:length]) in protected
        for of_kind, of_key in ((kind, key), *((end, (one,)) for end, one in ends(kind, key)))
        for length in range(len(of_key) + 1)
    )


def _linked(links: Iterable[Link]) -> Mapping[str, set[tuple[RecordKind, str]]]:
    found: dict[str, set[tuple[RecordKind, str]]] = defaultdict(set)
    for one in links:
        if one.state is LinkState.ACTIVE:
            found[one.source].add((one.kind, one.id))
    return found


def _own_fields(kind: RecordKind, key: Key, held: Fields, fields: Fields, scope: Scope) -> Fields:
    """Return the fields as they shall be: the source's where it may write, ours elsewhere."""
    locked = scope.locks.on(kind, key)
    kept = {
        name
        for name, value in fields.items()
        if held[name] != value and (name in locked or not scope.may_write(kind, key, name))
    }
    return {**fields, **{name: held[name] for name in kept}} if kept else fields


def _locked(kind: RecordKind, key: Key, held: Fields, fields: Fields, scope: Scope) -> Iterator[PlanWarning]:
    for name in sorted(scope.locks.on(kind, key)):
        if name in fields and held[name] != fields[name]:
            yield PlanWarning(
                code=WarningCode.LOCK_KEPT, kind=kind, key=key, field=name, said=fields[name], kept=held[name]
            )
