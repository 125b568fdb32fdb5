"""Holds a JSON value against a JSON Schema of the catalogue and tells every fault with pointer and line.

Draft 2020-12, with the ``format`` keyword as an assertion.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice
from typing import Any, TypeAlias

from jsonschema_rs import ValidationError, Validator, validator_map_for

from gateway.errors import Fault, Text
from gateway.schemas.catalogue import schema_bytes
from gateway.schemas.json_lines import lines_of, pointer_to

MAX_FAULTS = 1000
"""At most so many faults of one document are told."""

_ROOT = "#"
_DEFINITIONS = "#/$defs/"
_Path: TypeAlias = list[str | int]
_Found: TypeAlias = tuple[_Path, ValidationError]
_SHOWN_NAME = 64
"""A field the schema does not know may have a name of any length."""


def json_faults(
    content: object, name: str, version: str, file: str, *, source: bytes | None = None
) -> tuple[Fault, ...]:
    """Return every fault of a value by a schema of the catalogue, empty when it is valid.

    A fault names the JSON pointer of the place, the field, the ``id`` of the record around it where there is one and,
    when ``source`` (the bytes the value was read from) is given, the line. At most `MAX_FAULTS` faults are told. The
    text never quotes the offending value (it may be personal data).
    """
    every = (
        fault
        for path, error in _errors(_schema(name, version, file), _ROOT, content, [])
        for fault in _faults(error, path, content)
    )
    faults = tuple(islice(every, MAX_FAULTS))
    return faults if source is None else with_lines(faults, source)


def item_faults(item: object, name: str, version: str, file: str, *, of: str, place: int) -> tuple[Fault, ...]:
    """Return every fault of one item of a list that a schema describes, as `json_faults` of the whole would.

    Args:
        item: the value.
        name: name of the schema, with ``version`` and ``file``.
        version: its version.
        file: its file.
        of: name of the list, a member of the document's object.
        place: the item's place in it, from 0.
    """
    parts = _schema(name, version, file)
    if (pointer := parts[_ROOT].lists.get(of)) is None:
        return _outside(parts[_ROOT], item, of)
    if parts[pointer].validator.is_valid(item):
        return ()
    every = (
        fault
        for path, error in _errors(parts, pointer, item, [of, place])
        for fault in _faults(error, path, {of: {place: item}})
    )
    return tuple(islice(every, MAX_FAULTS))


def _outside(root: _Part, item: object, of: str) -> tuple[Fault, ...]:
    """Return what is wrong with a list that the schema, perhaps an older version, does not have."""
    whole = {of: [item]}
    every = (fault for error in root.validator.iter_errors(whole) for fault in _faults(error, [], whole))
    return tuple(islice((fault for fault in every if fault.path.startswith(pointer_to([of]))), MAX_FAULTS))


def with_lines(faults: Sequence[Fault], source: bytes) -> tuple[Fault, ...]:
    """Return the faults with the lines that their pointers have in the document as received."""
    if not faults:
        return ()
    lines = lines_of(source.decode("utf-8-sig"), {fault.path for fault in faults})
    return tuple(replace(fault, line=lines[fault.path]) for fault in faults)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A schema or one of its definitions; which of its fields are lists of a definition, and of which."""

    validator: Validator
    lists: Mapping[str, str]

    def lists_in(self, content: Any) -> Mapping[str, list[Any]]:
        """Return those lists of a value."""
        members = content if isinstance(content, dict) else {}
        return {name: members[name] for name in self.lists if isinstance(members.get(name), list)}


@lru_cache(maxsize=32)
def _schema(name: str, version: str, file: str) -> Mapping[str, _Part]:
    schema = json.loads(schema_bytes(name, version, file))
    validators = validator_map_for(schema, validate_formats=True, offline=True)
    parts = {_ROOT: schema} | {_DEFINITIONS + key: part for key, part in schema.get("$defs", {}).items()}
    return {pointer: _Part(validator=validators[pointer], lists=_lists(part)) for pointer, part in parts.items()}


def _lists(schema: Mapping[str, Any]) -> Mapping[str, str]:
    items = {name: field.get("items", {}) for name, field in schema.get("properties", {}).items()}
    needed = {name for name, field in schema.get("properties", {}).items() if "minItems" in field}
    return {
        name: item["$ref"]
        for name, item in items.items()
        if name not in needed and item.keys() == {"$ref"} and item["$ref"].startswith(_DEFINITIONS)
    }


def _errors(parts: Mapping[str, _Part], pointer: str, content: Any, path: _Path) -> Iterator[_Found]:
    """Yield errors, each with the path to the value whose validation found it; lists are gone through item by item.

    The validator finds all errors of a value before it tells the first: of a list with a million wrong items that
    would cost minutes and gigabytes.
    """
    part = parts[pointer]
    if part.validator.is_valid(content):
        return
    found = chain(_own_errors(part, content, path), _item_errors(parts, part, content, path))
    first = next(found, None)
    if first is not None:
        yield first
        yield from found
    else:  # a list is wrong as a whole, for instance too long
        yield from ((path, error) for error in part.validator.iter_errors(content))


def _own_errors(part: _Part, content: Any, path: _Path) -> Iterator[_Found]:
    emptied: dict[str, object] = {name: [] for name in part.lists_in(content)}
    errors = part.validator.iter_errors({**content, **emptied} if emptied else content)
    return ((path, error) for error in errors)


def _item_errors(parts: Mapping[str, _Part], part: _Part, content: Any, path: _Path) -> Iterator[_Found]:
    for name, items in part.lists_in(content).items():
        for place, item in enumerate(items):
            yield from _errors(parts, part.lists[name], item, [*path, name, place])


def _faults(error: ValidationError, base: _Path, content: object) -> Iterator[Fault]:
    """Yield one fault a place: a missing or an unknown field is a place of its own."""
    record = _record([*base, *error.instance_path], content)
    for path, reason in _places(error):
        field = _field([*base, *path])
        yield Fault(
            code="json.invalid",
            text=_told(field, reason),
            path=pointer_to([*base, *path]),
            record=record,
            field=field,
            rule="R-EXCH-01",
        )


def _told(field: str | None, reason: Text) -> Text:
    if field is None:
        return Text(ru=f"Документ: {reason.ru}.", en=f"Document: {reason.en}.")
    name = field[:_SHOWN_NAME]
    return Text(ru=f"Поле «{name}»: {reason.ru}.", en=f"Field '{name}': {reason.en}.")


def _places(error: ValidationError) -> list[tuple[list[str | int], Text]]:
    path, value = error.instance_path, error.kind.value
    match error.kind.name:
        case "required":
            return [([*path, value], Text(ru="не хватает обязательного поля", en="a required field is missing"))]
        case "additionalProperties":
            unknown = Text(ru="поле не предусмотрено схемой", en="the schema has no such field")
            return [([*path, name], unknown) for name in value]
        case keyword:
            return [(path, _REASONS.get(keyword, _plain_reason)(value))]


def _field(path: Sequence[str | int]) -> str | None:
    """Name of the field a place is in: the last key on the way to it, without list indices."""
    return next((name for name in reversed(path) if isinstance(name, str)), None)


def _record(path: Sequence[str | int], content: object) -> str | None:
    """Id of the innermost object on the way to a place that has one."""
    found = None
    for name in [*path, None]:
        if isinstance(content, dict) and isinstance(content.get("id"), str):
            found = content["id"]
        if name is not None:
            content = content[name]  # type: ignore[index]  # the validator has just walked this way
    return found


def _plain_reason(_value: Any) -> Text:
    return Text(ru="значение не соответствует схеме", en="the value does not match the schema")


def _listed(value: Any) -> str:
    return ", ".join(str(item) for item in value)


_REASONS: Mapping[str, Callable[[Any], Text]] = {
    "type": lambda types: Text(
        ru=f"значение не того типа, ожидается: {_listed(types)}",
        en=f"the value is not of the right type, expected: {_listed(types)}",
    ),
    "enum": lambda options: Text(
        ru=f"значение не из допустимого списка: {_listed(options)}",
        en=f"the value is not one of the allowed: {_listed(options)}",
    ),
    "const": lambda value: Text(ru=f"допускается только «{value}»", en=f"only '{value}' is allowed"),
    "format": lambda name: Text(
        ru=f"значение не соответствует формату {name}", en=f"the value does not have the format {name}"
    ),
    "pattern": lambda _pattern: Text(ru="значение не соответствует образцу", en="the value does not match the pattern"),
    "minimum": lambda limit: Text(ru=f"значение меньше {limit}", en=f"the value is less than {limit}"),
    "maximum": lambda limit: Text(ru=f"значение больше {limit}", en=f"the value is greater than {limit}"),
    "minLength": lambda limit: Text(
        ru=f"значение короче допустимого (символов: {limit})",
        en=f"the value is shorter than allowed (characters: {limit})",
    ),
    "maxLength": lambda limit: Text(
        ru=f"значение длиннее допустимого (символов: {limit})",
        en=f"the value is longer than allowed (characters: {limit})",
    ),
    "minItems": lambda limit: Text(ru=f"элементов меньше {limit}", en=f"there are fewer than {limit} items"),
    "maxItems": lambda limit: Text(ru=f"элементов больше {limit}", en=f"there are more than {limit} items"),
    "uniqueItems": lambda _value: Text(ru="элементы повторяются", en="items are repeated"),
}
