"""What readers of the provider may write in a query: the grammar of filters, orders, choices of fields."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import DocumentError
from gateway.model.oneroster import ObjectKind
from gateway.model.oneroster_fields import FIELDS, way_to
from gateway.model.oneroster_query import Predicate, chosen_fields, filter_of, order_of

USER, LINE_ITEM = ObjectKind.USER, ObjectKind.LINE_ITEM


def values(written: str, kind: ObjectKind = USER) -> list[object]:
    return [clause.value for clause in filter_of(kind, written).clauses]


@pytest.mark.parametrize("predicate", list(Predicate))
@pytest.mark.parametrize("between", ["", " ", "  "])
def test_every_predicate_is_read(predicate: Predicate, between: str) -> None:
    (clause,) = filter_of(USER, f" familyName{between}{predicate}{between}'Тестова' ").clauses
    assert (clause.predicate, clause.value, clause.way.last) == (predicate, "Тестова", ("familyName",))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("familyName='O'Коннор'", ["O'Коннор"]),
        ("familyName='O''Коннор'", ["O'Коннор"]),
        ("familyName=''", [""]),
        ("familyName=''''", ["'"]),
        ("familyName='a AND b' AND givenName='c'", ["a AND b", "c"]),
        ("familyName='a AND b=c' AND givenName='d'", ["a AND b=c", "d"]),
        ("familyName='a' and givenName='b'", ["a", "b"]),
        ("familyName='=' OR givenName='!='", ["=", "!="]),
        ("enabledUser=true", ["true"]),
        ("sourcedId='  '", ["  "]),
        ("familyName='a\nb'", ["a\nb"]),
    ],
)
def test_values(written: str, expected: list[str]) -> None:
    assert values(written) == expected


def test_or_is_told_from_and() -> None:
    assert filter_of(USER, "email='a' OR email='b'").either
    assert not filter_of(USER, "email='a' AND email='b'").either


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "familyName",
        "familyName=",
        "='x'",
        "familyName='x",
        "familyName=x y",
        "familyName=='x'",
        "familyName LIKE 'x'",
        "nothing='x'",
        "roles='x'",
        "roles.nothing='x'",
        "roles.org='x'",
        "roles.org.href='x'",
        "metadata='x'",
        "metadata.a\"b='x'",
        "familyName.x='x'",
        "a='1' AND b='2' AND c='3'",
        "email='1' AND email='2' OR email='3'",
        "dateLastModified>'soon'",
        "dateLastModified>'0001-01-01T00:00:00+14:00'",
    ],
)
def test_what_means_nothing_is_refused(written: str) -> None:
    with pytest.raises(DocumentError) as refused:
        filter_of(USER, written)
    assert refused.value.code == "oneroster.filter_invalid"
    assert refused.value.faults[0].field == "filter"


@pytest.mark.parametrize("filling", [" ", "T", " AND a='b"])
def test_a_filter_is_not_read_for_ever(filling: str) -> None:
    """A filter of the length of a request's head took minutes: the time grows with the square of the length."""
    longest = "dateLastModified>'" + filling * (1900 // len(filling))
    for written in (longest, longest * 2):
        with pytest.raises(DocumentError) as refused:
            filter_of(USER, written)
        assert ("2000" in refused.value.text.en) == (len(written) > 2000)


@pytest.mark.parametrize("number", ["x", "nan", "inf", ""])
def test_a_number_is_a_number(number: str) -> None:
    with pytest.raises(DocumentError):
        filter_of(LINE_ITEM, f"resultValueMax='{number}'")
    assert values("resultValueMax>'4.5'", LINE_ITEM) == [4.5]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-01", "2026-11-01T00:00:00.000Z"),
        ("2026-11-01T00:00:00.000Z", "2026-11-01T00:00:00.000Z"),
        ("2026-11-01T03:00:00+03:00", "2026-11-01T00:00:00.000Z"),
        ("2026-11-01T03:00:00 03:00", "2026-11-01T00:00:00.000Z"),
        ("2026-11-01T03:00:00.5 0300", "2026-11-01T00:00:00.500Z"),
    ],
)
def test_moments_in_every_form_that_is_sent(written: str, moment: str) -> None:
    assert values(f"dateLastModified>='{written}'") == [moment]


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(written: str) -> None:
    for text in (written, f"familyName='{written}'", f"familyName='x' AND {written}"):
        with suppress(DocumentError):  # any other exception would be a fault of ours
            assert 1 <= len(filter_of(USER, text).clauses) <= 2


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40))
def test_a_value_comes_through_its_quotes(value: str) -> None:
    quoted = value.replace("'", "''")
    assert values(f"familyName='{quoted}'") == [value]


@pytest.mark.parametrize("kind", list(ObjectKind))
def test_the_mandatory_fields_are_always_told(kind: ObjectKind) -> None:
    for name in FIELDS[kind]:
        assert chosen_fields(kind, f" {name} ") == {name, "sourcedId", "status", "dateLastModified"}


@pytest.mark.parametrize("written", ["", ",", "familyName,", "nothing", "roles.role", "familyname"])
def test_a_choice_of_unknown_fields_is_refused(written: str) -> None:
    with pytest.raises(DocumentError) as refused:
        chosen_fields(USER, written)
    assert refused.value.code == "oneroster.selection_invalid"


def test_lists_and_unknown_fields_have_no_order() -> None:
    assert order_of(USER, "roles.role", descending=False) is None
    assert order_of(USER, "nothing", descending=False) is None
    for name in (None, "", "sourcedId"):
        order = order_of(USER, name, descending=True)
        assert order is not None
        assert (order.way, order.descending) == (None, True)


def test_ways_through_lists() -> None:
    way = way_to(USER, "userProfiles.credentials.username")
    assert way is not None
    assert (way.lists, way.last) == ((("userProfiles",), ("credentials",)), ("username",))
