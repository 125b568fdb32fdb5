"""What of a plan waits for a person by itself, while the rest flows.

Names and numbers rewritten in numbers, newcomers in numbers, rights to a child's data that a source gives whose list is
in doubt, classes that look like a slip of the pen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from gateway.errors import Text
from gateway.model.matching_names import letter_key
from gateway.model.roster import Fields, Key, RecordKind, RosterState, active_rows, is_active
from gateway.model.roster_change import Action, Change, RowChange
from gateway.model.roster_dependents import resting_on
from gateway.model.roster_ladder import Place
from gateway.model.roster_plan import HoldCause, HoldReason
from gateway.model.roster_source import CREATED_KINDS, SourceKind, SourceRules
from gateway.model.roster_warning import PlanWarning, WarningCode

IDENTITY: Mapping[RecordKind, frozenset[str]] = {
    RecordKind.PUPIL: frozenset({"family", "given", "patronymic", "birth_date", "snils"}),
    RecordKind.STAFF: frozenset({"family", "given", "patronymic", "snils"}),
    RecordKind.GUARDIAN: frozenset({"family", "given", "patronymic", "portal_user"}),
}
"""Fields by which a person is known. The number at the source is not among them: matching sees to that."""

_FEW = 3
"""A class with fewer pupils than that may be a slip of the pen."""

_ANEW = 3
_FIFTH = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Apart:
    """Changes, by kind and key, that wait, what for, and the remarks that go with them."""

    places: Mapping[Place, HoldCause] = field(default_factory=dict)
    reasons: tuple[HoldReason, ...] = ()
    warnings: tuple[PlanWarning, ...] = ()


def set_apart(
    current: RosterState, changes: Iterable[Change], *, today: date, rules: SourceRules, doubted: bool
) -> Apart:
    """Return what of a plan waits by itself.

    Args:
        current: all that is held.
        changes: of the plan.
        today: the school's day.
        rules: what the source may do.
        doubted: the source's list is not proved to be what it should be.
    """
    made = tuple(changes)
    if not made:
        return Apart()
    in_force = {kind: len(rows) for kind, rows in active_rows(current.rows, today).items()}
    is_unsure = (doubted and rules.kind is not SourceKind.LISTS) or _numbered_anew(made, in_force)
    slips = dict(_slips(current, made, today)) if rules.kind is SourceKind.LISTS else {}
    found = (
        _Found(cause=HoldCause.NAMES, places=_renamed(made), limits=_limits_of_names(rules, in_force)),
        _Found(cause=HoldCause.ACCESS, places=_let_in(current, made, today) if is_unsure else frozenset()),
        _Found(cause=HoldCause.SIMILAR, places=frozenset((RecordKind.CLASS, key) for key in slips)),
        _Found(cause=HoldCause.CREATIONS, places=_created(made, in_force), limits=_limits_of_new(rules, in_force)),
    )
    reasons = tuple(reason for one in found for reason in one.reasons(in_force))
    places: dict[Place, HoldCause] = {}
    for one in found:
        if own := one.over(reasons):
            places |= dict.fromkeys((*own, *resting_on(made, _new_of(made, own))), one.cause)
    warnings = (
        *(_slip(key, said, kept) for key, (said, kept) in slips.items()),
        *(_look_alike(key, name) for key, name in _look_alikes(current, made, today) if key not in slips),
    )
    return Apart(places=places, reasons=reasons, warnings=warnings)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """Changes of one cause, and how many of them need no person; of kinds that are not named none."""

    cause: HoldCause
    places: frozenset[Place]
    limits: Mapping[RecordKind, int] = field(default_factory=dict)

    def reasons(self, in_force: Mapping[RecordKind, int]) -> Iterator[HoldReason]:
        """Yield the kinds that are over their limit."""
        for kind, number in Counter(kind for kind, _ in self.places).items():
            if number > (limit := self.limits.get(kind, 0)):
                yield HoldReason(cause=self.cause, kind=kind, changed=number, in_force=in_force[kind], limit=limit)

    def over(self, reasons: Iterable[HoldReason]) -> frozenset[Place]:
        """Return the changes of the kinds that the reasons of this cause name."""
        kinds = {reason.kind for reason in reasons if reason.cause is self.cause}
        return frozenset(place for place in self.places if place[0] in kinds)


def _new_of(changes: Iterable[Change], places: frozenset[Place]) -> set[Place]:
    """Return those of the places where a record is made: on others nothing rests that has to wait with them."""
    made = ((change.kind, change.key) for change in changes if change.action is Action.CREATE)
    return {place for place in made if place in places}


# names and numbers


def _limits_of_names(rules: SourceRules, in_force: Mapping[RecordKind, int]) -> dict[RecordKind, int]:
    return {kind: rules.limits.of_identity(kind).limit(in_force[kind]) for kind in IDENTITY}


def _renamed(changes: Iterable[Change]) -> frozenset[Place]:
    """Return the people of whom something they are known by is rewritten; what was not known before is only added."""
    return frozenset(
        (row.kind, row.key)
        for change in changes
        for row in change.rows
        if row.old is not None and any(row.old.get(name) for name in IDENTITY.get(row.kind, ()))
    )


def _numbered_anew(changes: Iterable[Change], in_force: Mapping[RecordKind, int]) -> bool:
    """Tell whether people get other numbers of the source by this plan, as after a renumbering that was agreed to."""
    counted = Counter(
        row.kind
        for change in changes
        for row in change.rows
        if row.kind in IDENTITY and row.old is not None and "source_id" in row.new
    )
    return any(number >= max(_ANEW, in_force[kind] // _FIFTH) for kind, number in counted.items())


# newcomers


def _limits_of_new(rules: SourceRules, in_force: Mapping[RecordKind, int]) -> dict[RecordKind, int]:
    return {kind: rules.limits.of_creations(kind).least(in_force[kind]) for kind in CREATED_KINDS}


def _created(changes: Iterable[Change], in_force: Mapping[RecordKind, int]) -> frozenset[Place]:
    """Return the new records of the kinds that are counted; the first load of a kind is not held against anything."""
    return frozenset(
        (change.kind, change.key)
        for change in changes
        if change.action is Action.CREATE and change.kind in CREATED_KINDS and in_force[change.kind]
    )


# rights


def _let_in(current: RosterState, changes: Iterable[Change], today: date) -> frozenset[Place]:
    """Return the changes that let somebody see data of a child whom we know.

    Those are relations that begin, return, or last longer than they did, accounts, and guardians who return.
    """
    pupils = current.of(RecordKind.PUPIL)

    def lets_in(change: Change) -> bool:
        if change.kind is RecordKind.GUARDIAN:
            has_account = change.action is not Action.CREATE and bool(change.rows[0].new.get("portal_user"))
            return has_account or change.action is Action.REACTIVATE
        if change.kind is not RecordKind.GUARDIANSHIP:
            return False
        pupil = pupils.get((change.key[1],))
        if change.action is Action.REACTIVATE:
            return pupil is not None and is_active(RecordKind.PUPIL, pupil, today)
        if change.action is Action.UPDATE:
            return any(_lasts_longer(row) for row in change.rows)
        return change.action is Action.CREATE and pupil is not None

    return frozenset((change.kind, change.key) for change in changes if lets_in(change))


def _lasts_longer(row: RowChange) -> bool:
    """Tell whether a period begins earlier or ends later than it did."""
    old = row.old or {}
    begins_earlier = "valid_from" in row.new and str(row.new["valid_from"]) < str(old["valid_from"])
    last = row.new.get("valid_to")
    return begins_earlier or ("valid_to" in row.new and (last is None or str(last) > str(old["valid_to"])))


# slips of the pen


def _slips(current: RosterState, changes: Iterable[Change], today: date) -> Iterator[tuple[Key, tuple[str, str]]]:
    """Yield the new small classes whose names are one sign away from that of a class we have, with both names."""
    made = tuple(changes)
    entered = Counter(
        row.key[1] for change in made for row in change.rows if row.kind is RecordKind.ENROLLMENT and row.old is None
    )
    classes = [one for one in current.of(RecordKind.CLASS).values() if is_active(RecordKind.CLASS, one, today)]
    for change in made:
        if change.kind is not RecordKind.CLASS or change.action is not Action.CREATE or entered[change.key[0]] >= _FEW:
            continue
        new = change.rows[0].new
        like = next((one for one in classes if one["year"] == new["year"] and is_near(_spelt(one), _spelt(new))), None)
        if like is not None:
            yield change.key, (_name(new), _name(like))


def _look_alikes(current: RosterState, changes: Iterable[Change], today: date) -> Iterator[tuple[Key, str]]:
    """Yield the new classes whose names read like that of another class of the year, with the name."""
    held = current.of(RecordKind.CLASS).items()
    classes = [(key, one) for key, one in held if is_active(RecordKind.CLASS, one, today)]
    new = [
        (change.key, change.rows[0].new)
        for change in changes
        if change.kind is RecordKind.CLASS and change.action is Action.CREATE
    ]
    read = Counter((one["year"], _spelt(one)) for _, one in (*classes, *new))
    yield from ((key, _name(one)) for key, one in new if read[one["year"], _spelt(one)] > 1)


def is_near(one: str, other: str) -> bool:
    """Tell whether two names are the same or one sign apart: another one, one more, one less."""
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) > 1:
        return False
    if len(long) == len(short):
        return sum(mine != theirs for mine, theirs in zip(one, other, strict=True)) <= 1
    return any(long[:place] + long[place + 1 :] == short for place in range(len(long)))


def _spelt(fields: Fields) -> str:
    return f"{fields['grade']}{letter_key(str(fields['letter']))}"


def _name(fields: Fields) -> str:
    return f"{fields['grade']}{fields['letter']}"


def _look_alike(key: Key, name: str) -> PlanWarning:
    return PlanWarning(
        code=WarningCode.SIMILAR_CLASS,
        kind=RecordKind.CLASS,
        key=key,
        said=name,
        words=Text(
            ru=f"Классов с названием, которое читается как «{name}», в этом году будет несколько (буквы могут быть из "
            "разных алфавитов). Если класс один, исправьте источник.",
            en=f"There will be several classes of this year whose name reads '{name}' (letters may be of two "
            "alphabets). If it is one class, mend the source.",
        ),
    )


def _slip(key: Key, said: str, kept: str) -> PlanWarning:
    return PlanWarning(
        code=WarningCode.SIMILAR_CLASS,
        kind=RecordKind.CLASS,
        key=key,
        said=said,
        kept=kept,
        words=Text(
            ru=f"Класса «{said}» в школе нет, учеников в нём в списке меньше {_FEW}, а похожий класс «{kept}» есть: "
            "возможно, это описка. Класс и зачисления в него ждут решения: подтвердите план или исправьте список.",
            en=f"There is no class '{said}' at the school, the list has fewer than {_FEW} pupils in it, and there is "
            f"a class '{kept}': it may be a slip. The class and the places in it wait: approve the plan, or mend the "
            "list.",
        ),
    )
