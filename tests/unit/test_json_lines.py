from __future__ import annotations

from gateway.schemas.json_lines import lines_of, pointer_to

TEXT = """{
  "school": "s", "empty": {}, "none": [],
  "marks": [
    {"id": "M-1"},
    {
      "id": "M-2",
      "with \\"quotes\\", [brackets] and {braces}": 1,
      "value":
        5
    }
  ],
  "a/b~c": {"ё\\u0451": [[], [1,
  2]]}
}"""


def test_every_value_has_the_line_on_which_it_begins() -> None:
    pointers = [
        "",
        "/school",
        "/none",
        "/marks",
        "/marks/0",
        "/marks/0/id",
        "/marks/1",
        "/marks/1/id",
        "/marks/1/value",
    ]
    assert [lines_of(TEXT, pointers)[pointer] for pointer in pointers] == [1, 2, 2, 3, 4, 4, 5, 6, 9]


def test_keys_are_read_as_they_are_meant() -> None:
    deep = pointer_to(["a/b~c", "ёё", 1, 1])
    quoted = pointer_to(["marks", 1, 'with "quotes", [brackets] and {braces}'])
    assert deep == "/a~1b~0c/ёё/1/1"
    assert lines_of(TEXT, [deep, quoted]) == {deep: 13, quoted: 7}


def test_what_is_missing_has_the_line_of_what_it_is_missing_in() -> None:
    assert lines_of(TEXT, ["/marks/1/pupil", "/marks/7/id", "/nowhere/at/all"]) == {
        "/marks/1/pupil": 5,
        "/marks/7/id": 3,
        "/nowhere/at/all": 1,
    }


def test_a_value_that_is_no_container_is_a_document_too() -> None:
    assert lines_of("\n\n5", [""]) == {"": 3}
