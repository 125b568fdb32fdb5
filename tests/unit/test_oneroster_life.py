"""The life of a record by the CSV binding: every cell of four states and four events."""

from __future__ import annotations

import pytest

from gateway.model.oneroster_life import RecordEvent, RecordState, after, state_after

NONE, PLAIN, ACTIVE, GONE = RecordState.NONE, RecordState.NO_STATUS, RecordState.ACTIVE, RecordState.TO_BE_DELETED
PRESENT, ABSENT = RecordEvent.BULK_PRESENT, RecordEvent.BULK_ABSENT
LIVE, DELETE = RecordEvent.DELTA_ACTIVE, RecordEvent.DELTA_TO_BE_DELETED

CELLS = [
    (NONE, PRESENT, PLAIN),
    (NONE, ABSENT, NONE),
    (NONE, LIVE, ACTIVE),
    (NONE, DELETE, GONE),
    (PLAIN, PRESENT, PLAIN),
    (PLAIN, ABSENT, GONE),
    (PLAIN, LIVE, ACTIVE),
    (PLAIN, DELETE, GONE),
    (ACTIVE, PRESENT, PLAIN),
    (ACTIVE, ABSENT, GONE),
    (ACTIVE, LIVE, ACTIVE),
    (ACTIVE, DELETE, GONE),
    (GONE, PRESENT, PLAIN),
    (GONE, ABSENT, GONE),
    (GONE, LIVE, ACTIVE),
    (GONE, DELETE, GONE),
]


@pytest.mark.parametrize(("state", "event", "then"), CELLS)
def test_every_cell(state: RecordState, event: RecordEvent, then: RecordState) -> None:
    assert after(state, event) is then


def test_no_cell_is_left_out() -> None:
    assert {(state, event) for state, event, _ in CELLS} == {(one, two) for one in RecordState for two in RecordEvent}


def test_a_record_that_was_given_up_is_revived_by_a_later_bulk() -> None:
    assert state_after([PRESENT, ABSENT]) is GONE
    assert state_after([PRESENT, ABSENT, PRESENT]).is_there
    assert state_after([]) is NONE
