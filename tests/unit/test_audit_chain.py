"""The audit chain: whatever is changed, taken out, put in or swapped is found, and found where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.audit import (
    GENESIS,
    AuditEntry,
    AuditRecord,
    ChainFault,
    FaultReason,
    SealForm,
    all_faults,
    entry_hash,
    first_fault,
    seal,
)

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
    source="10.0.0.1",
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
    "source": "10.0.0.2",
    "client": "client-3",
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
    assert first_fault(chain) == ChainFault(sequence=place + 1, reason=FaultReason.CHANGED)


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
    assert found == (ChainFault(sequence=place + 2, reason=FaultReason.MISSING if is_last else FaultReason.CHANGED))


@given(chains())
def test_a_removed_entry_is_found_at_its_place(drawn: tuple[list[AuditEntry], int]) -> None:
    chain, place = drawn
    head = head_of(chain)
    del chain[place]
    assert first_fault(chain, head=head) == ChainFault(sequence=place + 1, reason=FaultReason.MISSING)


@given(chains(shortest=2), st.data())
def test_swapped_entries_are_found_at_the_first_of_them(
    drawn: tuple[list[AuditEntry], int], data: st.DataObject
) -> None:
    chain, place = drawn
    other = data.draw(st.integers(0, len(chain) - 1).filter(lambda drawn_place: drawn_place != place))
    chain[place], chain[other] = chain[other], chain[place]
    assert first_fault(chain) == ChainFault(sequence=min(place, other) + 1, reason=FaultReason.MISSING)


@given(chains())
def test_a_repeated_entry_is_found_where_it_stands_again(drawn: tuple[list[AuditEntry], int]) -> None:
    chain, place = drawn
    chain.insert(place + 1, chain[place])
    assert first_fault(chain) == ChainFault(sequence=place + 2, reason=FaultReason.REORDERED)


@given(chains(shortest=2))
def test_swapped_contents_under_the_old_numbers_are_found(drawn: tuple[list[AuditEntry], int]) -> None:
    chain, place = drawn
    other = (place + 1) % len(chain)
    one, two = chain[place], chain[other]
    chain[place], chain[other] = replace(one, record=two.record), replace(two, record=one.record)
    assert first_fault(chain) == ChainFault(sequence=min(place, other) + 1, reason=FaultReason.CHANGED)


@given(chains())
def test_an_end_cut_off_shows_only_against_the_head(drawn: tuple[list[AuditEntry], int]) -> None:
    chain, place = drawn
    head = head_of(chain)
    assert first_fault(chain[:place]) is None
    assert first_fault(chain[:place], head=head) == ChainFault(sequence=place + 1, reason=FaultReason.MISSING)


def test_a_chain_that_begins_elsewhere_is_found() -> None:
    foreign = list(seal([RECORD], sequence=0, previous="1" * 64))
    assert first_fault(foreign) == ChainFault(sequence=1, reason=FaultReason.CHANGED)


def test_the_same_moment_in_another_zone_is_the_same_entry() -> None:
    moscow = replace(RECORD, at=AT.astimezone(timezone(timedelta(hours=3))))
    assert entry_hash(1, GENESIS, moscow) == entry_hash(1, GENESIS, RECORD)


@pytest.mark.parametrize("value", ["Иванова", 4])
def test_a_record_shows_no_content_in_its_repr(value: object) -> None:
    shown = repr(replace(RECORD, old={"content": value}, new={"content": value}))
    assert "content" not in shown


# everything that is wrong, not only the first of it (R-AUD-01)


def faults_of(chain: Sequence[AuditEntry], head: tuple[int, str]) -> list[tuple[int, str, int | None]]:
    return [(one.sequence, one.reason.value, one.last) for one in all_faults(chain, head=head)]


@given(st.integers(0, 12))
def test_a_whole_chain_has_no_faults(length: int) -> None:
    assert faults_of(chain_of(length), head_of(chain_of(length))) == []


@given(chains(), st.sampled_from([*sorted(OTHER), "previous", "hash"]))
def test_any_single_change_is_named_and_nothing_else(drawn: tuple[list[AuditEntry], int], field: str) -> None:
    chain, place = drawn
    head = head_of(chain)
    before = chain[place]
    chain[place] = (
        replace(before, previous="1" * 64)
        if field == "previous"
        else replace(before, hash="1" * 64)
        if field == "hash"
        else replace(before, record=replace(before.record, **{field: OTHER[field]}))
    )
    assert faults_of(chain, head) == [(place + 1, "changed", None)]


@given(chains())
def test_a_change_sealed_anew_is_named_at_its_own_entry(drawn: tuple[list[AuditEntry], int]) -> None:
    chain, place = drawn
    head = head_of(chain)
    before = chain[place]
    forged = replace(before.record, actor="somebody else")
    chain[place] = replace(before, record=forged, hash=entry_hash(before.sequence, before.previous, forged))
    assert faults_of(chain, head) == [(place + 1, "changed", None)]


@given(chains(shortest=2), st.data())
def test_any_removal_is_named(drawn: tuple[list[AuditEntry], int], data: st.DataObject) -> None:
    chain, place = drawn
    head = head_of(chain)
    last = data.draw(st.integers(place, len(chain) - 1))
    del chain[place : last + 1]
    assert faults_of(chain, head) == [(place + 1, "missing", last + 1 if last > place else None)]


@given(chains(shortest=2), st.data())
def test_entries_that_swapped_their_numbers_are_both_named(
    drawn: tuple[list[AuditEntry], int], data: st.DataObject
) -> None:
    chain, place = drawn
    head = head_of(chain)
    other = data.draw(st.integers(0, len(chain) - 1).filter(lambda drawn_place: drawn_place != place))
    one, two = chain[place], chain[other]
    chain[place], chain[other] = replace(two, sequence=one.sequence), replace(one, sequence=two.sequence)
    assert faults_of(chain, head) == [(number + 1, "reordered", None) for number in sorted((place, other))]


@given(chains(shortest=2))
def test_a_removal_hidden_by_new_numbers_is_named(drawn: tuple[list[AuditEntry], int]) -> None:
    chain, place = drawn
    head = head_of(chain)
    del chain[place]
    moved = [replace(entry, sequence=number) for number, entry in enumerate(chain, start=1)]
    expected = [(number, "reordered", None) for number in range(place + 1, len(moved) + 1)]
    assert faults_of(moved, head) == [*expected, (len(moved) + 1, "missing", None)]


@given(chains(), st.integers(1, 3))
def test_entries_added_past_the_head_are_named(drawn: tuple[list[AuditEntry], int], number: int) -> None:
    chain, _ = drawn
    sequence, previous = head_of(chain)
    added = list(seal([RECORD] * number, sequence=sequence, previous=previous))
    last = sequence + number if number > 1 else None
    assert faults_of([*chain, *added], head_of(chain)) == [(sequence + 1, "added", last)]


@given(chains(shortest=3), st.sampled_from(sorted(OTHER)))
def test_two_faults_are_both_named(drawn: tuple[list[AuditEntry], int], field: str) -> None:
    chain, place = drawn
    head = head_of(chain)
    changed = (place + 1) % len(chain)
    chain[changed] = replace(chain[changed], record=replace(chain[changed].record, **{field: OTHER[field]}))
    del chain[place]
    assert faults_of(chain, head) == sorted([(place + 1, "missing", None), (changed + 1, "changed", None)])


# chains that the first version began


FIRST_RECORD = replace(RECORD, source="")
FIRST_HASH = "17ac7e20666fb4982d9316d69da342c3124cbb08321d6de4144c7c23f6318e25"  # as the first version computed it


def first_form(length: int) -> list[AuditEntry]:
    chain: list[AuditEntry] = []
    for number in range(1, length + 1):
        previous = chain[-1].hash if chain else GENESIS
        digest = entry_hash(number, previous, FIRST_RECORD, form=SealForm.FIRST)
        chain.append(
            AuditEntry(sequence=number, previous=previous, hash=digest, record=FIRST_RECORD, form=SealForm.FIRST)
        )
    return chain


def test_an_entry_of_the_first_version_has_the_hash_it_always_had() -> None:
    [entry] = first_form(1)
    assert entry.hash == FIRST_HASH


@given(st.integers(0, 5), st.integers(0, 5))
def test_a_chain_of_the_first_version_is_continued_and_verified(old: int, new: int) -> None:
    begun = first_form(old)
    sequence, previous = head_of(begun)
    chain = [*begun, *seal([RECORD] * new, sequence=sequence, previous=previous)]
    assert first_fault(chain, head=head_of(chain)) is None
    assert all_faults(chain, head=head_of(chain)) == ()


@pytest.mark.parametrize("field", ["source", "client"])
def test_nothing_can_be_added_to_an_entry_of_the_first_version(field: str) -> None:
    chain = first_form(3)
    chain[1] = replace(chain[1], record=replace(chain[1].record, **cast("dict[str, Any]", {field: "10.0.0.9"})))
    assert faults_of(chain, head_of(chain)) == [(2, "changed", None)]


def test_a_new_entry_cannot_pass_for_one_of_the_first_version() -> None:
    chain = chain_of(2)
    bare = replace(chain[1].record, source="", client="")
    chain[1] = replace(chain[1], record=bare, form=SealForm.FIRST)
    assert faults_of(chain, head_of(chain)) == [(2, "changed", None)]
