"""Life of a record through OneRoster CSV packages: four states, four events (CSV binding 1.2). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class RecordState(StrEnum):
    """What is known of a record: nothing, present without a status (bulk), active or to be deleted."""

    NONE = "none"
    NO_STATUS = "no_status"
    ACTIVE = "active"
    TO_BE_DELETED = "tobedeleted"

    @property
    def is_there(self) -> bool:
        """Whether the record stands."""
        return self in {RecordState.NO_STATUS, RecordState.ACTIVE}


class RecordEvent(StrEnum):
    """What a package says of a record."""

    BULK_PRESENT = "bulk_present"
    BULK_ABSENT = "bulk_absent"
    DELTA_ACTIVE = "delta_active"
    DELTA_TO_BE_DELETED = "delta_tobedeleted"


def after(state: RecordState, event: RecordEvent) -> RecordState:
    """Return a record's state after an event.

    A bulk file revives what was to be deleted, and gives up whatever it does not hold; what nobody ever told of cannot
    be given up. A delta may delete a record that was never told of: it is remembered as deleted.
    """
    match event:
        case RecordEvent.BULK_PRESENT:
            return RecordState.NO_STATUS
        case RecordEvent.BULK_ABSENT:
            return state if state is RecordState.NONE else RecordState.TO_BE_DELETED
        case RecordEvent.DELTA_ACTIVE:
            return RecordState.ACTIVE
        case RecordEvent.DELTA_TO_BE_DELETED:
            return RecordState.TO_BE_DELETED


def state_after(events: Iterable[RecordEvent]) -> RecordState:
    """Return a record's state after all events, the oldest first."""
    state = RecordState.NONE
    for event in events:
        state = after(state, event)
    return state
