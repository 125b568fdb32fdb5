"""A roster plan as lines that a person reads: which record, what happens to it, each field from old to new."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.model.roster import Key, RecordKind, Scalar, called
from gateway.model.roster_change import Action, Change, RowChange
from gateway.model.roster_plan import RosterPlan

REFERENCES = frozenset({"class_teacher", "guardian", "pupil", "school_class"})
"""Fields that hold the id of another record."""

_PEOPLE = frozenset({RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.STAFF})
NAMED = 2
"""Parts of a key that are ids; a third one is a day."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldLine:
    """A field: the value it had (``None`` for a new record) and the one it gets, ids told as names."""

    name: str
    old: Scalar = field(repr=False)
    new: Scalar = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeLine:
    """One change of a plan. ``record`` is what people call the record meant; a new one has no old values."""

    action: Action
    kind: RecordKind
    key: Key
    record: str = field(repr=False)
    is_new: bool
    fields: tuple[FieldLine, ...] = field(repr=False)

    @property
    def text(self) -> str:
        """Everything on the line, to be searched."""
        values = (str(value) for line in self.fields for value in (line.old, line.new) if value is not None)
        return " ".join([self.record, *self.key, *values])


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassLine:
    """What a plan does to a class: how many come, how many leave."""

    id: str
    name: str
    comes: int
    goes: int


def class_lines(changes: Iterable[Change], known: Mapping[str, str]) -> tuple[ClassLine, ...]:
    """Return what a plan does to each class, in the order of their names."""
    whole = tuple(changes)
    names = {**known, **dict(created_names(whole))}
    comes: Counter[str] = Counter()
    goes: Counter[str] = Counter()
    for row in (row for change in whole for row in change.rows if row.kind is RecordKind.ENROLLMENT):
        ends_now = row.new.get("valid_to") is not None
        (goes if ends_now and row.old is not None else comes)[row.key[1]] += 1
    found = (
        ClassLine(id=one, name=names.get(one, one), comes=comes[one], goes=goes[one])
        for one in comes.keys() | goes.keys()
    )
    return tuple(sorted(found, key=lambda line: (len(line.name), line.name)))


def classes_by_record(changes: Iterable[Change], held: Mapping[str, Collection[str]]) -> Mapping[str, frozenset[str]]:
    """Return the classes that each pupil, guardian and class of a plan has to do with, by its id.

    ``held`` are the classes in which pupils have a place now; those that the plan gives or ends come to them, and a
    guardian has those of the children whom the plan names with them.
    """
    rows = [row for change in changes for row in change.rows]
    found: dict[str, set[str]] = defaultdict(set, {pupil: set(classes) for pupil, classes in held.items()})
    for row in rows:
        if row.kind is RecordKind.ENROLLMENT:
            found[row.key[0]].add(row.key[1])
        elif row.kind is RecordKind.CLASS:
            found[row.key[0]].add(row.key[0])
    for row in rows:
        if row.kind is RecordKind.GUARDIANSHIP:
            found[row.key[0]] |= found[row.key[1]]
    return {one: frozenset(classes) for one, classes in found.items()}


def ids_in(changes: Iterable[Change]) -> set[str]:
    """Return the ids whose names a plan needs."""
    rows = [row for change in changes for row in change.rows]
    keys = {part for row in rows for part in row.key[:NAMED]}
    values = {fields[name] for row in rows for fields in (row.old or {}, row.new) for name in REFERENCES & set(fields)}
    return keys | {str(value) for value in values if value is not None}


def created_names(changes: Iterable[Change]) -> Iterator[tuple[str, str]]:
    """Yield ids and names of the people and classes that a plan creates."""
    for row in (row for change in changes for row in change.rows if row.old is None):
        if row.kind in _PEOPLE or row.kind is RecordKind.CLASS:
            yield row.key[0], called(row.new)


def ids_beside(plan: RosterPlan) -> set[str]:
    """Return the ids that remarks and missing records of a plan name."""
    keys = [one.key for one in plan.warnings] + [one.key for one in plan.missing]
    return {part for key in keys for part in key[:NAMED]}


def change_lines(changes: Iterable[Change], known: Mapping[str, str]) -> Iterator[ChangeLine]:
    """Yield a line for every change, and one for every row that a transfer closes besides.

    Args:
        changes: the changes of a plan.
        known: names by id of what we hold; records that the plan creates are named by the plan itself.
    """
    whole = tuple(changes)
    names = {**known, **dict(created_names(whole))}
    for change in whole:
        for row in change.rows:
            yield ChangeLine(
                action=change.action,
                kind=row.kind,
                key=row.key,
                record=" → ".join(names.get(part, part) for part in row.key[:NAMED]),
                is_new=row.old is None,
                fields=tuple(_field_line(name, row, names) for name in row.new),
            )


def _field_line(name: str, row: RowChange, names: Mapping[str, str]) -> FieldLine:
    old, new = (row.old or {}).get(name), row.new[name]
    if name in REFERENCES:
        old, new = (names.get(str(value), value) if value is not None else None for value in (old, new))
    return FieldLine(name=name, old=old, new=new)
