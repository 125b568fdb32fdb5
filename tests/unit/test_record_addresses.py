"""A key has one form in an address, and comes back from it as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.journal_records import RecordKind
from gateway.model.record_shape import ID_PATTERN
from gateway.web.record_addresses import MOST_CHARACTERS, key_from, segment_from

IDS = st.from_regex(ID_PATTERN, fullmatch=True)
SPECIAL = st.text("~/,.0123%?#", min_size=1, max_size=64)


@given(IDS | SPECIAL)
def test_an_id_comes_back(name: str) -> None:
    segment = segment_from((name,))
    assert "/" not in segment
    assert segment not in {".", ".."}
    assert len(segment) <= MOST_CHARACTERS
    assert key_from(RecordKind.MARKS, segment) == (name,)


@given(IDS | SPECIAL, IDS | SPECIAL, st.dates())
def test_a_key_of_several_parts_comes_back(first: str, second: str, day: object) -> None:
    key = (first, second, str(day))
    assert key_from(RecordKind.CONSENTS, segment_from(key)) == key


@given(st.text(max_size=80))
def test_whatever_stands_in_an_address_is_a_key_in_one_form_only(segment: str) -> None:
    key = key_from(RecordKind.MARKS, segment)
    assert key is None or segment_from(key) == segment


@pytest.mark.parametrize(
    ("kind", "segment"),
    [
        (RecordKind.MARKS, ""),
        (RecordKind.MARKS, "with blank"),
        (RecordKind.MARKS, "a,b"),
        (RecordKind.MARKS, "x" * 65),
        (RecordKind.MARKS, "~4"),
        (RecordKind.MARKS, "a~3"),
        (RecordKind.MARKS, "a\x00"),
        (RecordKind.ABSENCES, "lesson"),
        (RecordKind.ABSENCES, "lesson,pupil,more"),
        (RecordKind.CONSENTS, "g,p,2026-13-01"),
        (RecordKind.CONSENTS, "g,p,20260901"),
        (RecordKind.CONSENTS, "g,p,2026-W36-2"),
    ],
)
def test_what_is_no_key_is_none(kind: RecordKind, segment: str) -> None:
    assert key_from(kind, segment) is None
