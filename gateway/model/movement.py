"""The movement book (книга движения учащихся): who came, moved up, changed class, left (R-ROST-05, R-ROST-06)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gateway.model.ids import ClassId, PupilId
from gateway.model.roster import Fields, Key, RecordKind, RosterState
from gateway.model.roster_change import Action, Change, applied
from gateway.model.roster_moves import last_class


class MovementKind(StrEnum):
    """The six kinds of entry. A roster plan tells of all but graduation, which only an order of the school makes."""

    ADMISSION = "admission"
    DEPARTURE = "departure"
    CLASS_TRANSFER = "class_transfer"
    PROMOTION = "promotion"
    REPEAT = "repeat"
    GRADUATION = "graduation"


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """One entry of the book: on ``happened_on`` the pupil went from one class to another, in, or out.

    ``document`` is number and date of the order, empty where the entry was made without one.
    """

    pupil: PupilId
    kind: MovementKind
    happened_on: date
    from_class: ClassId | None = None
    to_class: ClassId | None = None
    document: str = ""


def movements(before: RosterState, changes: Iterable[Change], *, today: date) -> tuple[Movement, ...]:
    """Return the entries that the changes of a plan make in the book.

    The first load of a school admits every pupil on the first day of the enrolment, so that opening + in − out =
    closing holds from the empty book on (R-ROST-20). A departure is dated by the day on which we learned of it.
    """
    done = tuple(changes)
    after = applied(before, done)
    return tuple(_entries(before, after, done, today))


def _entries(before: RosterState, after: RosterState, changes: tuple[Change, ...], today: date) -> Iterator[Movement]:
    held_before = _enrollments_by_pupil(before)
    held_after = _enrollments_by_pupil(after)
    for change in changes:
        pupil = PupilId(change.key[0])
        match change.kind, change.action:
            case RecordKind.PUPIL, Action.CREATE | Action.REACTIVATE:
                yield _admission(pupil, change.action, held_after.get(pupil, {}), today)
            case RecordKind.PUPIL, Action.DEACTIVATE:
                left = last_class(held_before.get(pupil, {}), besides=())
                yield Movement(pupil=pupil, kind=MovementKind.DEPARTURE, happened_on=today, from_class=_class_id(left))
            case RecordKind.ENROLLMENT, Action.TRANSFER:
                yield _transfer(pupil, change, held_before[pupil], after.of(RecordKind.CLASS))


def _admission(pupil: PupilId, action: Action, enrollments: Mapping[Key, Fields], today: date) -> Movement:
    to_class = last_class(enrollments, besides=())
    first = min((str(fields["valid_from"]) for fields in enrollments.values()), default=None)
    is_first_time = action is Action.CREATE and first is not None
    return Movement(
        pupil=pupil,
        kind=MovementKind.ADMISSION,
        happened_on=date.fromisoformat(str(first)) if is_first_time else today,
        to_class=_class_id(to_class),
    )


def _transfer(pupil: PupilId, change: Change, held: Mapping[Key, Fields], classes: Mapping[Key, Fields]) -> Movement:
    _, to_class, first_day = change.key
    from_class = last_class(held, besides=change.key)
    return Movement(
        pupil=pupil,
        kind=_transfer_kind(classes.get((from_class or "",)), classes.get((to_class,))),
        happened_on=date.fromisoformat(first_day),
        from_class=_class_id(from_class),
        to_class=ClassId(to_class),
    )


def _transfer_kind(old: Fields | None, new: Fields | None) -> MovementKind:
    """Tell a change of class inside the year from the step into the next one."""
    if old is None or new is None or old["year"] == new["year"]:
        return MovementKind.CLASS_TRANSFER
    return MovementKind.PROMOTION if old["grade"] != new["grade"] else MovementKind.REPEAT


def _class_id(text: str | None) -> ClassId | None:
    return None if text is None else ClassId(text)


def _enrollments_by_pupil(state: RosterState) -> dict[str, dict[Key, Fields]]:
    grouped: dict[str, dict[Key, Fields]] = {}
    for key, fields in state.of(RecordKind.ENROLLMENT).items():
        grouped.setdefault(str(fields["pupil"]), {})[key] = fields
    return grouped
