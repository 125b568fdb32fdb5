"""Making a roster plan: what has to change for what we hold to say what a source says, inside the source's scope.

Laws (R-ROST-01, -05, -06, -20; DESIGN part 5), held by ``tests/property/test_roster_plan_laws.py`` and
``test_roster_scope_laws.py``:

* planning against what is already held changes nothing;
* applying a plan of a complete snapshot leaves in force exactly what the snapshot says;
* nothing is taken out of force unless the snapshot is proved complete, and never a record that a rejected one may stand
  for, nor what hangs on such a record;
* locked fields, fields of stronger sources and records of others do not change;
* a source that only adds at present only adds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from gateway.model.people import Status
from gateway.model.roster import (
    Fields,
    Key,
    RecordKind,
    RosterSnapshot,
    RosterState,
    Rows,
    is_active,
    put_out_of_force,
    snapshot_rows,
)
from gateway.model.roster_apart import set_apart
from gateway.model.roster_change import LEAVING, Action, Change, RowChange
from gateway.model.roster_dependents import occupied
from gateway.model.roster_hold import hold_reasons, other_people
from gateway.model.roster_ladder import Absence, Fate, Missing, Place, next_step, noted
from gateway.model.roster_link import LINKED
from gateway.model.roster_moves import Move, moves
from gateway.model.roster_plan import RosterPlan
from gateway.model.roster_scope import Scope, Standing, confine, ends, is_protected, scope_of
from gateway.model.roster_warning import PlanWarning, WarningCode, from_source

NOTHING_ELSE = Standing()
"""The registry alone, with its default rules, no locks and no absences."""


def plan(
    current: RosterState, snapshot: RosterSnapshot, *, today: date, standing: Standing = NOTHING_ELSE
) -> RosterPlan:
    """Return what has to change for ``current`` to say what the snapshot says, as of the school's ``today``.

    Args:
        current: all that is held.
        snapshot: what the source says, with our ids of the records that are known.
        today: the school's day.
        standing: what the source may do, and what is known of links, locks and absences.
    """
    scope = scope_of(standing)
    confined = confine(current, snapshot_rows(snapshot), scope)
    wanted = dict(confined.wanted)
    moved = moves(current, wanted[RecordKind.ENROLLMENT], today)
    wanted[RecordKind.ENROLLMENT] = {**wanted[RecordKind.ENROLLMENT], **_left_classes(current, moved)}
    stated, refused = _within(scope, _stated(current, wanted, moved, today))
    book = [one for one in standing.absences if one.source == standing.rules.name]
    missing: tuple[Missing, ...] = ()
    passed_over: tuple[PlanWarning, ...] = ()
    left_out = 0
    if standing.rules.only_adds(today):
        absences = [one for one in book if one.key not in wanted[one.kind]]
        changes, passed_over = _additions(current, stated, today)
    elif snapshot.complete:
        missed = _missed(current, wanted, snapshot, scope, today)
        counted = noted(book, missed, source=standing.rules.name, today=today)
        absences = [*counted.values(), *_unclear(book, counted, wanted, snapshot)]
        missing, removals = _removals(current, counted.values(), scope, today)
        changes = stated + removals
    else:
        absences = [one for one in book if one.key not in wanted[one.kind]]
        changes = tuple(one for one in stated if one.action not in LEAVING)
        left_out = len(stated) - len(changes)
    changes, missing, kept_open = _but_for_occupied(current, wanted, changes, missing, today)
    apart = set_apart(current, changes, today=today, rules=standing.rules, doubted=bool(snapshot.doubts))
    return RosterPlan(
        source=snapshot.source,
        school=snapshot.school,
        changes=changes,
        rejected=snapshot.rejected,
        hold=hold_reasons(current, changes, today=today, limits=standing.rules.limits, left=standing.left)
        + apart.reasons,
        doubts=snapshot.doubts,
        warnings=from_source(snapshot.remarks)
        + confined.warnings
        + refused
        + tuple(_remarks(current, wanted, changes, today))
        + kept_open
        + apart.warnings
        + passed_over,
        missing=missing,
        absences=tuple(absences),
        apart=apart.places,
        left_out=left_out,
    )


def edit(kind: RecordKind, key: Key, held: Fields, fields: Fields, today: date) -> Change | None:
    """Return the change that gives a held record other fields, ``None`` where they are what it has."""
    wanted = {**held, **fields}
    row = _row_change(kind, key, held, wanted)
    return None if row is None else Change(action=_action(kind, held, wanted, today), rows=(row,))


def _left_classes(current: RosterState, moved: Iterable[Move]) -> dict[Key, Fields]:
    """Return the enrolments that end because the pupil's next one begins and the source does not say when they end."""
    held = current.of(RecordKind.ENROLLMENT)
    return {
        key: put_out_of_force(RecordKind.ENROLLMENT, held[key], move.since) for move in moved for key in move.unstated
    }


def _stated(current: RosterState, wanted: Rows, moved: Iterable[Move], today: date) -> Iterator[Change]:
    """Yield the changes that the snapshot's own records call for."""
    rows = {
        (kind, key): row
        for kind in RecordKind
        for key, fields in wanted[kind].items()
        if (row := _row_change(kind, key, current.of(kind).get(key), fields)) is not None
    }
    for move in moved:
        taken = [rows.pop((RecordKind.ENROLLMENT, key), None) for key in (move.opening, *move.closing)]
        yield Change(action=move.action, rows=tuple(row for row in taken if row is not None))
    for (kind, key), row in rows.items():
        action = _action(kind, current.of(kind).get(key), wanted[kind][key], today)
        yield Change(action=action, rows=(row,))


def _row_change(kind: RecordKind, key: Key, held: Fields | None, fields: Fields) -> RowChange | None:
    if held is None:
        return RowChange(kind=kind, key=key, old=None, new=fields)
    if held is fields:
        return None
    differing = [name for name, value in fields.items() if held[name] != value]
    if not differing:
        return None
    return RowChange(
        kind=kind,
        key=key,
        old={name: held[name] for name in differing},
        new={name: fields[name] for name in differing},
    )


def _action(kind: RecordKind, held: Fields | None, fields: Fields, today: date) -> Action:
    if held is None:
        return Action.CREATE
    match is_active(kind, held, today), is_active(kind, fields, today):
        case True, False:
            return Action.DEACTIVATE
        case False, True:
            return Action.REACTIVATE
        case True, True if _ends_earlier(held, fields):
            return Action.END
        case _:
            return Action.UPDATE


def _ends_earlier(held: Fields, fields: Fields) -> bool:
    before, last = held.get("valid_to"), fields.get("valid_to")
    return last is not None and (before is None or str(last) < str(before))


def _within(scope: Scope, changes: Iterable[Change]) -> tuple[tuple[Change, ...], tuple[PlanWarning, ...]]:
    """Leave out whole changes of which one row is not the source's to write, such as a transfer out of a locked class.

    Half a change would be worse than none: the pupil would sit in two classes.
    """
    kept: list[Change] = []
    refused: list[PlanWarning] = []
    for change in changes:
        warnings = [warning for row in change.rows if row.old is not None for warning in _refusals(scope, row)]
        if warnings:
            refused += warnings
        else:
            kept.append(change)
    return tuple(kept), tuple(refused)


def _refusals(scope: Scope, row: RowChange) -> Iterator[PlanWarning]:
    if not scope.owns(row.kind, row.key) or not all(scope.may_write(row.kind, row.key, name) for name in row.new):
        yield PlanWarning(code=WarningCode.OUT_OF_SCOPE, kind=row.kind, key=row.key)
    for name in sorted(scope.locks.on(row.kind, row.key) & set(row.new)):
        yield PlanWarning(
            code=WarningCode.LOCK_KEPT,
            kind=row.kind,
            key=row.key,
            field=name,
            said=row.new[name],
            kept=(row.old or {})[name],
        )


def _unclear(
    book: Iterable[Absence], counted: Mapping[Place, Absence], wanted: Rows, snapshot: RosterSnapshot
) -> Iterator[Absence]:
    """Yield the earlier absences of which this snapshot does not tell: a rejected record may stand for them."""
    for one in book:
        is_here = one.place in counted or one.key in wanted[one.kind]
        if not is_here and is_protected(one.kind, one.key, snapshot.protected):
            yield one


def _missed(
    current: RosterState, wanted: Rows, snapshot: RosterSnapshot, scope: Scope, today: date
) -> Iterator[tuple[Place, bool]]:
    """Yield the records in force or suspended that the source has told of and does not tell of now."""
    begins = _last_beginnings(wanted[RecordKind.ENROLLMENT])
    for kind in RecordKind:
        if kind not in scope.rules.kinds:
            continue
        for key, held in current.of(kind).items():
            if key in wanted[kind] or not scope.owns(kind, key) or is_protected(kind, key, snapshot.protected):
                continue
            in_force = is_active(kind, held, today)
            if in_force and not _runs_out(kind, held, begins):
                yield (kind, key), True
            elif not in_force and held.get("status") == Status.SUSPENDED:
                yield (kind, key), False


def _last_beginnings(enrollments: Mapping[Key, Fields]) -> dict[str, str]:
    begins: dict[str, str] = {}
    for fields in enrollments.values():
        pupil, first = str(fields["pupil"]), str(fields["valid_from"])
        begins[pupil] = max(first, begins.get(pupil, first))
    return begins


def _runs_out(kind: RecordKind, held: Fields, begins: Mapping[str, str]) -> bool:
    """Tell whether a pupil merely finishes the last days in a class before the next enrolment begins."""
    if kind is not RecordKind.ENROLLMENT or held["valid_to"] is None:
        return False
    return begins.get(str(held["pupil"]), "") > str(held["valid_to"])


def _removals(
    current: RosterState, absences: Iterable[Absence], scope: Scope, today: date
) -> tuple[tuple[Missing, ...], tuple[Change, ...]]:
    """Return what is missing, with its fate, and the changes of those that leave or go to the archive now."""
    steps = {one.place: step for one in absences if (step := _step(current, one, scope, today)) is not None}
    fates = {place: missing.fate for place, (missing, _) in steps.items()}
    settled = [
        (replace(missing, fate=_fate(place, missing.fate, fates)), row) for place, (missing, row) in steps.items()
    ]
    actions = {Fate.LEAVES: Action.DEACTIVATE, Fate.ARCHIVED: Action.ARCHIVE}
    changes = (Change(action=actions[missing.fate], rows=(row,)) for missing, row in settled if missing.fate in actions)
    return tuple(missing for missing, _ in settled), tuple(changes)


def _step(current: RosterState, absence: Absence, scope: Scope, today: date) -> tuple[Missing, RowChange] | None:
    """Return what a missing record comes to, ``None`` where it is suspended and not due for the archive."""
    kind, key = absence.place
    held, in_force = current.of(kind)[key], absence.suspended_on is None
    fields = put_out_of_force(kind, held, today) if in_force else {**held, "status": Status.ARCHIVED.value}
    row = _row_change(kind, key, held, fields)
    if row is None:
        return None
    due: date | None = next_step(absence, scope.rules.ladder)
    is_kept = scope.told_elsewhere(kind, key) or bool(scope.locks.on(kind, key) & set(row.new))
    if is_kept:
        fate, due = Fate.KEPT, None
    elif due is not None and due > today:
        fate = Fate.WAITS
    else:
        fate = Fate.LEAVES if in_force else Fate.ARCHIVED
    if not in_force and fate is not Fate.ARCHIVED:
        return None
    return Missing(kind=kind, key=key, since=absence.since, times=absence.times, fate=fate, due=due), row


def _fate(place: Place, own: Fate, fates: Mapping[Place, Fate]) -> Fate:
    """Return the fate of a record: what hangs on somebody who is kept is kept, unless its other end leaves."""
    kind, key = place
    if kind in LINKED:
        return own
    of_ends = {fates.get((end, (one,))) for end, one in ends(kind, key)}
    return Fate.KEPT if Fate.KEPT in of_ends and Fate.LEAVES not in of_ends else own


def _but_for_occupied(
    current: RosterState, wanted: Rows, changes: tuple[Change, ...], missing: tuple[Missing, ...], today: date
) -> tuple[tuple[Change, ...], tuple[Missing, ...], tuple[PlanWarning, ...]]:
    """Leave the classes open in which pupils would stay of whom the source does not tell there."""
    said, classes = wanted[RecordKind.ENROLLMENT], wanted[RecordKind.CLASS]
    full = {
        (school_class,): len(others)
        for school_class, places in occupied(current, (row for one in changes for row in one.rows), today).items()
        if (others := [key for key in places if key not in said or (school_class,) not in classes])
    }
    if not full:
        return changes, missing, ()
    return (
        tuple(one for one in changes if one.kind is not RecordKind.CLASS or one.key not in full),
        tuple(
            replace(one, fate=Fate.KEPT, due=None) if one.kind is RecordKind.CLASS and one.key in full else one
            for one in missing
        ),
        tuple(
            PlanWarning(code=WarningCode.CLASS_NOT_EMPTY, kind=RecordKind.CLASS, key=key, number=number)
            for key, number in full.items()
        ),
    )


def _additions(
    current: RosterState, stated: Iterable[Change], today: date
) -> tuple[tuple[Change, ...], tuple[PlanWarning, ...]]:
    """Return only the changes that add, and how many others there would have been.

    A relation of somebody who is out of force and stays so is not added either.
    """
    made = tuple(stated)
    added = tuple(
        one
        for one in made
        if one.action is Action.CREATE
        and not any(_is_out_of_force(current, end, key, today) for end, key in ends(one.kind, one.key))
    )
    others = Counter(one.kind for one in made)
    others.subtract(one.kind for one in added)
    return added, tuple(
        PlanWarning(code=WarningCode.ONLY_ADDITIONS, kind=kind, number=number)
        for kind, number in others.items()
        if number
    )


def _is_out_of_force(current: RosterState, kind: RecordKind, key: str, today: date) -> bool:
    held = current.of(kind).get((key,))
    return held is not None and not is_active(kind, held, today)


def _remarks(current: RosterState, wanted: Rows, changes: Iterable[Change], today: date) -> Iterator[PlanWarning]:
    """Yield the remarks that the plan itself gives rise to."""
    for kind, one in sorted(other_people(changes)):
        yield PlanWarning(code=WarningCode.OTHER_PERSON, kind=kind, key=(one,))
    for key, fields in wanted[RecordKind.CLASS].items():
        if is_active(RecordKind.CLASS, fields, today) and not _is_led(current, wanted, fields, today):
            yield PlanWarning(code=WarningCode.NO_CLASS_TEACHER, kind=RecordKind.CLASS, key=key)


def _is_led(current: RosterState, wanted: Rows, school_class: Fields, today: date) -> bool:
    kind, key = RecordKind.STAFF, (str(school_class["class_teacher"]),)
    teacher = wanted[kind].get(key, current.of(kind).get(key))
    return teacher is not None and is_active(kind, teacher, today)
