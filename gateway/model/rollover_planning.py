"""Making a roll-over: next year's classes, a place for everybody who stays, an end for everybody who goes.

Laws, held by ``tests/property/test_rollover_laws.py``:

* nobody is lost or doubled: whoever had one place in a class of the ending year has one in the new, or an entry that
  says why not;
* opening + arrived − left = closing for every class (R-ROST-20);
* a roll-over of what has been rolled over already changes nothing;
* taking it back gives the roster before, exactly.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.model.ids import ClassId, PupilId, SchoolId, StaffId, issued_id
from gateway.model.people import Status
from gateway.model.rollover import (
    LEVEL_ENDS,
    YEAR_SOURCE,
    ClassLine,
    ClassName,
    Finding,
    FindingCode,
    Outcome,
    PupilDecision,
    PupilLine,
    RollOver,
    RollOverFacts,
)
from gateway.model.roster import Fields, Key, RecordKind, is_active
from gateway.model.roster_change import Action, Change, RowChange
from gateway.model.school import LAST_GRADE, YearState

_BASIC_END = 9
"""Grade after which many go: whether somebody stays is decided one by one."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seat:
    """A pupil's place in a class of the ending year that lasts to its end."""

    pupil: PupilId
    key: Key
    school_class: ClassId
    name: ClassName


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seats:
    """All places at the end of the year: one a pupil, and those of whom something is wrong."""

    single: tuple[_Seat, ...]
    several: tuple[PupilId, ...]
    leaving: int
    other_year: int
    without: int
    suspended: int
    there_already: Mapping[PupilId, Sequence[ClassId]]


def roll_over(facts: RollOverFacts, *, school: SchoolId) -> RollOver:
    """Return what becomes of pupils and classes when the year ends."""
    seats = _seats(facts)
    known = _known(facts)
    reached = _reached(facts, seats, known)
    ids = {name: known.get(name) or _new_id(school, facts.beginning.year, name) for name in reached}
    lines = tuple(_line(facts, seat, ids) for seat in seats.single)
    teachers = {name: _teacher(facts, name, ids[name], seats) for name in reached}
    changes = (
        *_class_changes(facts, ids, teachers),
        *(change for seat, line in zip(seats.single, lines, strict=True) for change in _moves(facts, seat, line)),
        *_archivals(facts),
    )
    classes = tuple(_class_lines(facts, seats, lines, ids, teachers))
    return RollOver(
        year=facts.beginning.year,
        first_day=facts.beginning.start,
        last_day=facts.beginning.end,
        pupils=lines,
        classes=classes,
        findings=tuple(_findings(facts, seats, lines, classes)),
        changes=changes,
        leaving=seats.leaving,
    )


def outcome_of(grade: int, decision: PupilDecision | None) -> Outcome | None:
    """Return what becomes of a pupil of a grade; ``None`` where a person has to decide."""
    if decision is not None:
        return decision.outcome
    if grade == LAST_GRADE:
        return Outcome.GRADUATES
    return None if grade == _BASIC_END else Outcome.PROMOTED


# who sits where


def _seats(facts: RollOverFacts) -> _Seats:
    ending, beginning = facts.ending.year, facts.beginning
    classes, pupils = facts.state.of(RecordKind.CLASS), facts.state.of(RecordKind.PUPIL)
    lasting: dict[PupilId, list[_Seat]] = defaultdict(list)
    there: dict[PupilId, list[ClassId]] = defaultdict(list)
    seated: set[PupilId] = set()
    left: set[PupilId] = set()
    earlier: set[PupilId] = set()
    for key, fields in facts.state.of(RecordKind.ENROLLMENT).items():
        pupil, school_class = PupilId(str(fields["pupil"])), ClassId(str(fields["school_class"]))
        held = classes.get((school_class,))
        if held is None or _is_empty(fields):
            continue
        last = fields["valid_to"]
        lasts = last is None or str(last) >= beginning.start.isoformat()
        if held["year"] == beginning.year and lasts:
            there[pupil].append(school_class)
        elif held["year"] == ending and lasts:
            lasting[pupil].append(_Seat(pupil=pupil, key=key, school_class=school_class, name=_name_of(held)))
        elif held["year"] == ending:
            left.add(pupil)
        elif lasts:
            earlier.add(pupil)
    active = {PupilId(key[0]) for key, fields in pupils.items() if fields["status"] == Status.ACTIVE}
    seated.update(lasting, there)
    both = {pupil for pupil in lasting if len(lasting[pupil]) > 1 or pupil in there}
    both |= {pupil for pupil, found in there.items() if len(found) > 1}
    return _Seats(
        single=tuple(lasting[pupil][0] for pupil in sorted(lasting) if pupil in active and pupil not in both),
        several=tuple(sorted(both & active)),
        leaving=len((left & active) - seated),
        other_year=len((earlier & active) - seated - left),
        without=len(active - seated - left - earlier),
        suspended=len(set(lasting) - active),
        there_already={pupil: found for pupil, found in there.items() if pupil in active},
    )


def _is_empty(fields: Fields) -> bool:
    last = fields["valid_to"]
    return last is not None and str(last) < str(fields["valid_from"])


# next year's classes


def _known(facts: RollOverFacts) -> dict[ClassName, ClassId]:
    """Return next year's classes that are held already, by name; of two with one name the first by id."""
    return {
        _name_of(fields): ClassId(key[0])
        for key, fields in sorted(facts.state.of(RecordKind.CLASS).items(), reverse=True)
        if fields["year"] == facts.beginning.year and not fields["archived"]
    }


def _name_of(fields: Fields) -> ClassName:
    return ClassName(grade=int(str(fields["grade"])), letter=str(fields["letter"]))


def _new_id(school: SchoolId, year: int, name: ClassName) -> ClassId:
    return ClassId(issued_id(school, YEAR_SOURCE, RecordKind.CLASS, _source_id(year, name)))


def _source_id(year: int, name: ClassName) -> str:
    return f"{year}-{name}"


def _reached(facts: RollOverFacts, seats: _Seats, known: Collection[ClassName]) -> list[ClassName]:
    """Return the names of next year's classes: known, named by the school, or gone to by somebody."""
    promoted = {
        ClassName(grade=seat.name.grade + 1, letter=seat.name.letter)
        for seat in seats.single
        if _outcome(facts, seat) in {Outcome.PROMOTED, Outcome.CONDITIONAL} and seat.name.grade < LAST_GRADE
        if (decision := facts.decided.pupils.get(seat.pupil)) is None or decision.to is None
    }
    named = {
        decision.to
        for seat in seats.single
        if (decision := facts.decided.pupils.get(seat.pupil)) is not None
        and decision.to is not None
        and _fits(seat, decision.outcome, decision.to)
    }
    return sorted({*known, *facts.decided.classes, *promoted, *named}, key=lambda one: (one.grade, one.letter))


def _teacher(facts: RollOverFacts, name: ClassName, school_class: ClassId, seats: _Seats) -> StaffId | None:
    """Return the class teacher: the one decided, the one known, else the one whose class it was.

    Nobody takes a class over from grade 4 into 5 or from 9 into 10 without being asked.
    """
    if (decided := facts.decided.classes.get(name)) is not None:
        return decided
    classes = facts.state.of(RecordKind.CLASS)
    held = classes.get((school_class,))
    if held is not None and not held["archived"]:
        return _in_service(facts, held["class_teacher"])
    if name.grade - 1 in LEVEL_ENDS:
        return None
    came = Counter(
        seat.school_class
        for seat in seats.single
        if (seat.name.grade + 1, seat.name.letter) == (name.grade, name.letter)
    )
    if not came:
        return None
    before = min(came, key=lambda one: (-came[one], one))
    return _in_service(facts, classes[(before,)]["class_teacher"])


def _in_service(facts: RollOverFacts, teacher: object) -> StaffId | None:
    held = facts.state.of(RecordKind.STAFF).get((str(teacher),))
    is_there = held is not None and is_active(RecordKind.STAFF, held, facts.today)
    return StaffId(str(teacher)) if teacher is not None and is_there else None


def _class_changes(
    facts: RollOverFacts, ids: Mapping[ClassName, ClassId], teachers: Mapping[ClassName, StaffId | None]
) -> Iterator[Change]:
    """Yield what is written of next year's classes; of one that a source has told of only the decided class teacher."""
    held = facts.state.of(RecordKind.CLASS)
    for name, school_class in ids.items():
        before = held.get((school_class,))
        wanted: Fields = {
            "source_id": _source_id(facts.beginning.year, name),
            "year": facts.beginning.year,
            "grade": name.grade,
            "letter": name.letter,
            "class_teacher": teachers[name],
            "archived": False,
        }
        if before is not None:
            wanted = {**before, "class_teacher": teachers[name] or before["class_teacher"], "archived": False}
        if (row := _row(RecordKind.CLASS, (school_class,), before, wanted)) is not None:
            action = Action.CREATE if before is None else Action.REACTIVATE if before["archived"] else Action.UPDATE
            yield Change(action=action, rows=(row,))


# what becomes of everybody


def _outcome(facts: RollOverFacts, seat: _Seat) -> Outcome | None:
    return outcome_of(seat.name.grade, facts.decided.pupils.get(seat.pupil))


def _line(facts: RollOverFacts, seat: _Seat, ids: Mapping[ClassName, ClassId]) -> PupilLine:
    decision, outcome = facts.decided.pupils.get(seat.pupil), _outcome(facts, seat)
    order = None if outcome is None else facts.decided.orders.get(outcome)
    stays = outcome is None or outcome.stays
    target = _target(seat, outcome, decision)
    return PupilLine(
        pupil=seat.pupil,
        from_class=seat.school_class,
        outcome=outcome,
        to_class=None if target is None else ids.get(target),
        happened_on=facts.beginning.start if stays else _last_day(facts, decision, outcome) + _DAY,
        document=(decision.document if decision else "") or (order.document if order else ""),
        decided=decision is not None,
    )


def _target(seat: _Seat, outcome: Outcome | None, decision: PupilDecision | None) -> ClassName | None:
    if outcome is None or not outcome.stays:
        return None
    if decision is not None and decision.to is not None:
        return decision.to if _fits(seat, outcome, decision.to) else None
    step = 0 if outcome is Outcome.REPEATS else 1
    return ClassName(grade=seat.name.grade + step, letter=seat.name.letter)


def _fits(seat: _Seat, outcome: Outcome, to: ClassName) -> bool:
    if not outcome.stays:
        return False
    return to.grade - seat.name.grade == (0 if outcome is Outcome.REPEATS else 1)


def _last_day(facts: RollOverFacts, decision: PupilDecision | None, outcome: Outcome | None) -> date:
    order = None if outcome is None else facts.decided.orders.get(outcome)
    chosen = (decision.last_day if decision else None) or (order.last_day if order else None)
    return chosen or facts.beginning.start - _DAY


def _moves(facts: RollOverFacts, seat: _Seat, line: PupilLine) -> Iterator[Change]:
    """Yield what is written of one pupil; nothing while anything about them is open."""
    if line.outcome is None or (line.outcome.stays and line.to_class is None):
        return
    places = facts.state.of(RecordKind.ENROLLMENT)
    held = places[seat.key]
    ended = {**held, "valid_to": (line.happened_on - _DAY).isoformat()}
    closing = _row(RecordKind.ENROLLMENT, seat.key, held, ended)
    if closing is None:
        return
    if line.to_class is not None:
        first = facts.beginning.start.isoformat()
        key = (seat.pupil, line.to_class, first)
        fields = {"pupil": seat.pupil, "school_class": line.to_class, "valid_from": first, "valid_to": None}
        opening = _row(RecordKind.ENROLLMENT, key, places.get(key), fields)
        if opening is not None:
            yield Change(action=Action.TRANSFER, rows=(opening, closing))
        return
    is_gone = line.happened_on <= facts.today
    yield Change(action=Action.DEACTIVATE if is_gone else Action.UPDATE, rows=(closing,))
    if is_gone:
        yield _archival(seat.pupil)


def _archivals(facts: RollOverFacts) -> Iterator[Change]:
    """Yield the records of those who were to go, whose last day is over by now, and who are still in force."""
    pupils = facts.state.of(RecordKind.PUPIL)
    for pupil, (grade, last) in sorted(_ended(facts).items()):
        outcome = outcome_of(grade, facts.decided.pupils.get(pupil))
        is_to_go = outcome is not None and not outcome.stays
        if is_to_go and last < facts.today.isoformat() and pupils[(pupil,)]["status"] == Status.ACTIVE:
            yield _archival(pupil)


def _ended(facts: RollOverFacts) -> dict[PupilId, tuple[int, str]]:
    """Return highest grade in the ending year and last day of whoever has no place that lasts into the new one."""
    classes, pupils = facts.state.of(RecordKind.CLASS), facts.state.of(RecordKind.PUPIL)
    first = facts.beginning.start.isoformat()
    ended: dict[PupilId, tuple[int, str]] = {}
    lasting: set[PupilId] = set()
    for fields in facts.state.of(RecordKind.ENROLLMENT).values():
        pupil, held = PupilId(str(fields["pupil"])), classes.get((str(fields["school_class"]),))
        if held is None or _is_empty(fields) or (pupil,) not in pupils:
            continue
        if fields["valid_to"] is None or str(fields["valid_to"]) >= first:
            lasting.add(pupil)
        elif held["year"] == facts.ending.year:
            grade, last = ended.get(pupil, (0, ""))
            ended[pupil] = (max(grade, int(str(held["grade"]))), max(last, str(fields["valid_to"])))
    return {pupil: found for pupil, found in ended.items() if pupil not in lasting}


def _archival(pupil: PupilId) -> Change:
    row = RowChange(
        kind=RecordKind.PUPIL,
        key=(pupil,),
        old={"status": Status.ACTIVE.value},
        new={"status": Status.ARCHIVED.value},
    )
    return Change(action=Action.ARCHIVE, rows=(row,))


def _row(kind: RecordKind, key: Key, held: Fields | None, wanted: Fields) -> RowChange | None:
    if held is None:
        return RowChange(kind=kind, key=key, old=None, new=wanted)
    changed = [name for name, value in wanted.items() if held[name] != value]
    if not changed:
        return None
    return RowChange(
        kind=kind, key=key, old={name: held[name] for name in changed}, new={name: wanted[name] for name in changed}
    )


# what it looks like


def _class_lines(
    facts: RollOverFacts,
    seats: _Seats,
    lines: Sequence[PupilLine],
    ids: Mapping[ClassName, ClassId],
    teachers: Mapping[ClassName, StaffId | None],
) -> Iterator[ClassLine]:
    """Yield this year's classes, then next year's, each by grade and letter."""
    held = facts.state.of(RecordKind.CLASS)
    moving = [one for one in lines if one.outcome is not None and (one.to_class is not None or not one.outcome.stays)]
    left = Counter(one.from_class for one in moving)
    arrived = Counter(one.to_class for one in moving)
    here = Counter(seat.school_class for seat in seats.single)
    there = Counter(found[0] for pupil, found in seats.there_already.items() if pupil not in seats.several)
    ending = [
        (_name_of(fields), ClassId(key[0]), fields["class_teacher"])
        for key, fields in held.items()
        if fields["year"] == facts.ending.year and (not fields["archived"] or here[ClassId(key[0])])
    ]
    for name, school_class, teacher in sorted(ending, key=lambda one: (one[0].grade, one[0].letter, one[1])):
        yield ClassLine(
            id=school_class,
            name=name,
            year=facts.ending.year,
            class_teacher=None if teacher is None else StaffId(str(teacher)),
            is_new=False,
            opening=here[school_class],
            arrived=0,
            left=left[school_class],
        )
    for name, school_class in ids.items():
        yield ClassLine(
            id=school_class,
            name=name,
            year=facts.beginning.year,
            class_teacher=teachers[name],
            is_new=(school_class,) not in held,
            opening=there[school_class],
            arrived=arrived[school_class],
            left=0,
        )


# what is missing


def _findings(
    facts: RollOverFacts, seats: _Seats, lines: Sequence[PupilLine], classes: Iterable[ClassLine]
) -> Iterator[Finding]:
    if facts.ending.state is not YearState.CLOSED:
        yield Finding(code=FindingCode.YEAR_NOT_CLOSED)
    yield from (Finding(code=FindingCode.TWO_CLASSES, pupil=pupil) for pupil in seats.several)
    for seat, line in zip(seats.single, lines, strict=True):
        for code in _of_pupil(facts, seat, line):
            yield Finding(code=code, pupil=seat.pupil, school_class=seat.school_class)
    unmarked = Counter(
        seat.school_class for seat in seats.single if seat.name.grade > 1 and seat.pupil not in facts.marks.marked
    )
    for school_class, number in sorted(unmarked.items()):
        yield Finding(code=FindingCode.NO_YEAR_MARKS, school_class=school_class, number=number)
    for one in classes:
        if one.year == facts.beginning.year and one.class_teacher is None:
            yield Finding(code=FindingCode.NO_CLASS_TEACHER, school_class=one.id)
        if one.year == facts.beginning.year and one.closing > facts.largest_class:
            yield Finding(code=FindingCode.TOO_LARGE, school_class=one.id, number=one.closing)
    later = [line for line in lines if line.outcome is not None and not line.outcome.stays]
    counted = {
        FindingCode.NO_CLASS: seats.without,
        FindingCode.OTHER_YEAR: seats.other_year,
        FindingCode.NOT_IN_FORCE: seats.suspended,
        FindingCode.STILL_HERE: sum(line.happened_on > facts.today for line in later),
    }
    yield from (Finding(code=code, number=number) for code, number in counted.items() if number)


def _of_pupil(facts: RollOverFacts, seat: _Seat, line: PupilLine) -> Iterator[FindingCode]:
    decision, grade = facts.decided.pupils.get(seat.pupil), seat.name.grade
    if line.outcome is None:
        yield FindingCode.UNDECIDED
        return
    if not _is_possible(line.outcome, grade):
        yield FindingCode.WRONG_OUTCOME
    elif decision is not None and decision.to is not None and not _fits(seat, line.outcome, decision.to):
        yield FindingCode.WRONG_CLASS
    elif line.outcome.stays and line.to_class is None:
        yield FindingCode.NO_TARGET
    if not line.document:
        yield FindingCode.NO_ORDER
    if not line.outcome.stays and not _is_within(facts, seat, line):
        yield FindingCode.LAST_DAY
    if line.outcome is Outcome.CONDITIONAL and grade in LEVEL_ENDS:
        yield FindingCode.CONDITIONAL_AT_LEVEL_END
    if decision is None and line.outcome is Outcome.PROMOTED and seat.pupil in facts.marks.failed:
        yield FindingCode.FAILED


def _is_possible(outcome: Outcome, grade: int) -> bool:
    match outcome:
        case Outcome.PROMOTED | Outcome.CONDITIONAL:
            return grade < LAST_GRADE
        case Outcome.GRADUATES:
            return grade in {_BASIC_END, LAST_GRADE}
        case _:
            return True


def _is_within(facts: RollOverFacts, seat: _Seat, line: PupilLine) -> bool:
    first = date.fromisoformat(str(facts.state.of(RecordKind.ENROLLMENT)[seat.key]["valid_from"]))
    return first <= line.happened_on - _DAY < facts.beginning.start
