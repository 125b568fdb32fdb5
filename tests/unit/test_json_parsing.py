from __future__ import annotations

import tracemalloc

import pytest

from gateway.errors import SchemaError
from gateway.schemas.json import MAX_DEPTH, parse_json


def refusal(data: bytes) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        parse_json(data)
    return caught.value


def test_a_document_is_read() -> None:
    assert parse_json('{"a": [1, 2.5, null, true, "ё"]}'.encode()) == {"a": [1, 2.5, None, True, "ё"]}


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse_json(b"\xef\xbb\xbf[]") == []


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse_json(b'["\\ud83d\\ude00"]') == ["\N{GRINNING FACE}"]


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "json.not_well_formed", 1),
        (b'{"a": 1,\n "b": }', "json.not_well_formed", 2),
        (b"[1, 2", "json.not_well_formed", 1),
        (b"[1] x", "json.not_well_formed", 1),
        (b'["\n"]', "json.not_well_formed", 1),
        (b'[\n"\xff"]', "json.not_utf8", 2),
        (b'{"a": 1,\n "a": 1}', "json.repeated_key", 2),
        (b"[NaN]", "json.number", None),
        (b"[-Infinity]", "json.number", None),
        (b"[1e999]", "json.number", None),
        (b"[" + b"9" * 5000 + b"]", "json.number", None),
        (b'["\\ud800"]', "json.surrogate", None),
        (b'{"\\udc00": 1}', "json.surrogate", None),
    ],
)
def test_what_is_not_json_for_everybody_is_refused(data: bytes, code: str, line: int | None) -> None:
    error = refusal(data)
    assert error.code == code
    assert [(fault.code, fault.line) for fault in error.faults] == [(code, line)]
    assert error.rule


def test_line_and_column_are_told_in_both_languages() -> None:
    error = refusal(b'{"a": 1,\n "b": }')
    assert "строка 2, столбец 7" in error.text.ru
    assert "line 2, column 7" in error.text.en


def test_a_repeated_key_is_told_with_its_place() -> None:
    (fault,) = refusal(b'{"marks": [\n{"id": "1"},\n{"id": "2",\n "id": "3"}]}').faults
    assert (fault.path, fault.line) == ("/marks/1/id", 4)


def test_a_repeated_key_is_found_however_the_rest_looks() -> None:
    deep = b'{"a": [1, {"b": {"c": 1, "b": 2}}, \n {"b": {"c": 1,\n "c": 2}, "a": ]]] oh'
    (fault,) = refusal(deep).faults
    assert (fault.path, fault.line) == ("/a/2/b/c", 3)


def test_a_key_may_return_in_another_object() -> None:
    assert parse_json(b'{"a": {"a": {"a": []}}, "b": {"a": 1}}') == {"a": {"a": {"a": []}}, "b": {"a": 1}}


def test_a_repeated_key_too_deep_to_follow_is_told_by_what_it_is_in() -> None:
    depth = MAX_DEPTH + 5
    (fault,) = refusal(b'{"a":' * depth + b'{"b": 1, "b": 2}' + b"}" * depth).faults
    assert fault.path == "/a" * MAX_DEPTH


def test_the_allowed_depth_is_exact() -> None:
    parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    deeper = MAX_DEPTH + 1
    assert refusal(b"[" * deeper + b"]" * deeper).code == "json.too_deep"


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_fifty_megabytes_of_nesting_are_refused_without_a_tree_of_them(opening: bytes) -> None:
    data = opening * (50_000_000 // len(opening))
    tracemalloc.start()
    try:
        error = refusal(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert error.code == "json.too_deep"
    assert peak < 2 * len(data)
