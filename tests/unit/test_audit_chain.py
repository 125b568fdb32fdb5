"""The audit chain: whatever is changed, taken out, put in or swapped is found, and found where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.audit import GENESIS, AuditEntry, AuditRecord, ChainFault, entry_hash, first_fault, seal

AT = datetime(2026, 9, 15, 8, 0, tzinfo=UTC)
RECORD = AuditRecord(
    at=AT,
    actor="client-1",
    role="journal",
    channel="journal",
    action="update",
    object_kind="mark",
    object_id="M-1",
    old={"value": 4},
    new={"value": 5},
    reason="исправлено",
)
OTHER: dict[str, Any] = {
    "at": AT + timedelta(microseconds=1),
    "actor": "client-2",
    "role": "teacher",
    "channel": "console",
    "action": "create",
    "object_kind": "lesson",
    "object_id": "L-1",
    "old": None,
    "new": {"value": -1},
    "reason": "",
}


def chain_of(length: int) -> list[AuditEntry]:
    records = [replace(RECORD, object_id=f"M-{number}", new={"value": number}) for number in range(length)]
    return list(seal(records, sequence=0, previous=GENESIS))


def head_of(chain: Sequence[AuditEntry]) -> tuple[int, str]:
    return (chain[-1].sequence, chain[-1].hash) if chain else (0, GENESIS)


@st.composite
def chains(draw: st.DrawFn, *, shortest: int = 1) -> tuple[list[AuditEntry], int]:
    """Draw a chain and a place in it."""
    length = draw(st.integers(shortest, 12))
    return chain_of(length), draw(st.integers(0, length - 1))


@given(st.integers(0, 12), st.integers(0, 12))
def test_a_chain_is_whole_in_one_go_and_in_two(length: int, cut: int) -> None:
    whole = chain_of(length)
    begun = whole[:cut]
    sequence, previous = head_of(begun)
    continued = list(seal([entry.record for entry in whole[cut:]], sequence=sequence, previous=previous))
    assert [*begun, *continued] == whole
    assert [entry.sequence for entry in whole] == list(range(1, length + 1))
    assert first_fault(whole, head=head_of(whole)) is None


@given(chains(), st.sampled_from(sorted(OTHER)))
def test_a_changed_field_is_found_at_its_entry(drawn: tuple[list[AuditEntry], int], field: str) -> None:
    chain, place = drawn
    changed = replace(chain[place].record, **{field: OTHER[field]})
    chain[place] = replace(chain[place], record=changed)
    assert first_fault(chain) == ChainFault(sequence=place + 1, reason="changed")


def test_every_field_of_a_record_is_sealed() -> None:
    assert set(OTHER) == {one.name for one in fields(AuditRecord)}


@given(chains(shortest=2))
def test_a_change_that_was_sealed_again_is_found_at_the_next_entry(drawn: tuple[list[AuditEntry], int]) -> None:
    chain, place = drawn
    before = chain[place]
    forged = replace(before.record, actor="somebody else")
    chain[place] = replace(before, record=forged, hash=entry_hash(before.sequence, before.previous, forged))
    found = first_fault(chain, head=head_of(chain_of(len(chain))))
    is_last = place == len(chain) - 1
    # The last one has no next: only the head, kept apart, still knows better.
    assert found == (ChainFault(sequence=place + 2, reason="missing" if is_last else "changed"))


@given(chains())
def test_a_removed_entry_is_found_at_its_place(drawn: tuple[list[AuditEntry], int]) -> None:
    chain, place = drawn
    head = head_of(chain)
    del chain[place]
    assert first_fault(chain, head=head) == ChainFault(sequence=place + 1, reason="missing")


@given(chains(shortest=2), st.data())
def test_swapped_entries_are_found_at_the_first_of_them(
    drawn: tuple[list[AuditEntry], int], data: st.DataObject
) -> None:
    chain, place = drawn
    other = data.draw(st.integers(0, len(chain) - 1).filter(lambda drawn_place: drawn_place != place))
    chain[place], chain[other] = chain[other], chain[place]
    assert first_fault(chain) == ChainFault(sequence=min(place, other) + 1, reason="missing")


@given(chains())
def test_a_repeated_entry_is_found_where_it_stands_again(drawn: tuple[list[AuditEntry], int]) -> None:
    chain, place = drawn
    chain.insert(place + 1, chain[place])
    assert first_fault(chain) == ChainFault(sequence=place + 2, reason="reordered")


@given(chains(shortest=2))
def test_swapped_contents_under_the_old_numbers_are_found(drawn: tuple[list[AuditEntry], int]) -> None:
    chain, place = drawn
    other = (place + 1) % len(chain)
    one, two = chain[place], chain[other]
    chain[place], chain[other] = replace(one, record=two.record), replace(two, record=one.record)
    assert first_fault(chain) == ChainFault(sequence=min(place, other) + 1, reason="changed")


@given(chains())
def test_an_end_cut_off_shows_only_against_the_head(drawn: tuple[list[AuditEntry], int]) -> None:
    chain, place = drawn
    head = head_of(chain)
    assert first_fault(chain[:place]) is None
    assert first_fault(chain[:place], head=head) == ChainFault(sequence=place + 1, reason="missing")


def test_a_chain_that_begins_elsewhere_is_found() -> None:
    foreign = list(seal([RECORD], sequence=0, previous="1" * 64))
    assert first_fault(foreign) == ChainFault(sequence=1, reason="changed")


def test_the_same_moment_in_another_zone_is_the_same_entry() -> None:
    moscow = replace(RECORD, at=AT.astimezone(timezone(timedelta(hours=3))))
    assert entry_hash(1, GENESIS, moscow) == entry_hash(1, GENESIS, RECORD)


@pytest.mark.parametrize("value", ["Иванова", 4])
def test_a_record_shows_no_content_in_its_repr(value: object) -> None:
    shown = repr(replace(RECORD, old={"content": value}, new={"content": value}))
    assert "content" not in shown
