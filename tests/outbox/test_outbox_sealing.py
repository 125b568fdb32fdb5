"""Payloads at rest: sealed and opened with the right key for the right message, and with nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.errors import LockedPayloadError, PlainPayloadError, UnreadablePayloadError
from outbox.sealing import KEY_SIZE, MAX_KEY_NAME, PLAIN, Sealing, key_of

OLD, NEW = b"o" * KEY_SIZE, b"n" * KEY_SIZE
SEALED = Sealing({"2025": OLD}, "2025")
CHANGED = Sealing({"2025": OLD, "2026": NEW}, "2026")


def flipped(stored: bytes) -> bytes:
    return stored[:-1] + bytes([stored[-1] ^ 1])


@given(st.binary(max_size=2000))
@pytest.mark.parametrize("ring", [PLAIN, SEALED, CHANGED])
def test_what_was_sealed_is_opened_byte_for_byte(ring: Sealing, payload: bytes) -> None:
    assert ring.open(ring.seal(payload, "m1"), "m1") == payload


def test_plain_is_the_payload_behind_a_zero_byte() -> None:
    assert PLAIN.seal(b"<x/>", "m1") == b"\0<x/>"


def test_sealed_names_its_key_and_hides_the_payload() -> None:
    stored = SEALED.seal(b"Petrov", "m1")
    assert stored[:6] == b"\x01\x042025"
    assert len(stored) == 6 + 12 + len(b"Petrov") + 16
    assert b"Petrov" not in stored


def test_the_same_payload_is_never_sealed_the_same_way_twice() -> None:
    assert SEALED.seal(b"<x/>", "m1") != SEALED.seal(b"<x/>", "m1")


def test_a_changed_ring_opens_what_the_old_one_and_none_have_stored() -> None:
    assert CHANGED.open(SEALED.seal(b"<x/>", "m1"), "m1") == b"<x/>"
    assert Sealing({"2025": OLD}).open(PLAIN.seal(b"<x/>", "m1"), "m1") == b"<x/>"
    assert Sealing({"2025": OLD}).open(SEALED.seal(b"<x/>", "m1"), "m1") == b"<x/>"


def test_resealing_brings_everything_under_the_current_key_and_leaves_the_rest_alone() -> None:
    for ring, before in ((CHANGED.accepting_plain(), PLAIN), (CHANGED, SEALED)):
        stored = ring.resealed(before.seal(b"<x/>", "m1"), "m1")
        assert stored is not None
        assert Sealing({"2026": NEW}, "2026").open(stored, "m1") == b"<x/>"
        assert CHANGED.resealed(stored, "m1") is None
    assert PLAIN.resealed(PLAIN.seal(b"<x/>", "m1"), "m1") is None
    assert Sealing({"2025": OLD}).resealed(SEALED.seal(b"<x/>", "m1"), "m1") == PLAIN.seal(b"<x/>", "m1")


def test_a_ring_that_seals_takes_nothing_plain_unless_it_is_told_to() -> None:
    plain = PLAIN.seal(b"Petrov", "m1")
    for read in (SEALED.open, SEALED.resealed):
        with pytest.raises(PlainPayloadError, match="only what is sealed"):
            read(plain, "m1")
    for ring in (SEALED.accepting_plain(), Sealing({"2025": OLD}, "2025", accept_plain=True)):
        assert ring.open(plain, "m1") == b"Petrov"
        assert ring.open(SEALED.seal(b"Petrov", "m1"), "m1") == b"Petrov"
    with pytest.raises(PlainPayloadError):
        SEALED.open(plain, "m1")


def test_a_missing_key_is_told_from_a_wrong_one() -> None:
    stored = SEALED.seal(b"Petrov", "m1")
    with pytest.raises(LockedPayloadError, match=r"'2025'.*not in the ring"):
        Sealing({"2026": NEW}, "2026").open(stored, "m1")
    with pytest.raises(UnreadablePayloadError) as caught:
        Sealing({"2025": NEW}, "2025").open(stored, "m1")
    assert not isinstance(caught.value, LockedPayloadError)


def test_the_name_of_the_key_can_be_read_without_the_key() -> None:
    found = [key_of(stored) for stored in (SEALED.seal(b"", "m1"), PLAIN.seal(b"", "m1"), b"", b"\x01\x04202", b"\x02")]
    assert found == ["2025", None, None, None, None]


def test_a_key_whose_name_begins_like_the_current_one_is_another_key() -> None:
    ring = Sealing({"a": OLD, "ab": NEW}, "a")
    assert ring.resealed(Sealing({"ab": NEW}, "ab").seal(b"<x/>", "m1"), "m1") is not None


@pytest.mark.parametrize(
    ("ring", "stored", "key", "words"),
    [
        (PLAIN, SEALED.seal(b"Petrov", "m1"), "2025", "not in the ring"),
        (Sealing({"2025": NEW}, "2025"), SEALED.seal(b"Petrov", "m1"), "2025", "another key"),
        (SEALED, SEALED.seal(b"Petrov", "m2"), "2025", "belongs to another message"),
        (SEALED, flipped(SEALED.seal(b"Petrov", "m1")), "2025", "damaged"),
        (SEALED, SEALED.seal(b"Petrov", "m1")[:25], "2025", "damaged"),
        (SEALED, SEALED.seal(b"Petrov", "m1")[:10], None, "cut off"),
        (SEALED, b"\x01", None, "cut off"),
        (SEALED, b"", None, "does not know"),
        (SEALED, b"\x02Petrov", None, "does not know"),
    ],
    # What is sealed is never the same twice; the names of the tests have to be.
    ids=["no ring", "other key", "other message", "flipped", "cut", "cut in the nonce", "cut name", "empty", "unknown"],
)
def test_what_cannot_be_opened_is_said_with_message_and_key_and_without_content(
    ring: Sealing, stored: bytes, key: str | None, words: str
) -> None:
    with pytest.raises(UnreadablePayloadError, match=words) as caught:
        ring.open(stored, "m1")
    assert (caught.value.message_id, caught.value.key) == ("m1", key)
    assert "m1" in str(caught.value)
    assert "Petrov" not in str(caught.value)


def test_no_key_shows_in_a_repr() -> None:
    assert repr(CHANGED) == "Sealing(current='2026')"


@pytest.mark.parametrize(
    ("keys", "current"),
    [
        ({"a": b"short"}, "a"),
        ({"": OLD}, ""),
        ({"я" * (MAX_KEY_NAME // 2 + 1): OLD}, None),
        ({"a": OLD}, "b"),
        ({}, "a"),
    ],
)
def test_a_ring_that_could_not_work_is_refused(keys: dict[str, bytes], current: str | None) -> None:
    with pytest.raises(ValueError, match="key"):
        Sealing(keys, current)
