"""Holds a JSON value against a JSON Schema of the catalogue and tells every fault with pointer and line.

Draft 2020-12, with the ``format`` keyword as an assertion.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import Any

from jsonschema_rs import Draft202012Validator, ValidationError

from gateway.errors import Fault, Text
from gateway.schemas.catalogue import schema_bytes
from gateway.schemas.json_lines import lines_of, pointer_to

MAX_FAULTS = 1000
"""At most so many faults of one document are told."""

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
    schema = _schema(name, version, file)
    if schema.is_valid(content):
        return ()
    every = (fault for error in schema.iter_errors(content) for fault in _faults(error, content))
    faults = tuple(islice(every, MAX_FAULTS))
    return faults if source is None else with_lines(faults, source)


def with_lines(faults: Sequence[Fault], source: bytes) -> tuple[Fault, ...]:
    """Return the faults with the lines that their pointers have in the document as received."""
    if not faults:
        return ()
    lines = lines_of(source.decode("utf-8-sig"), {fault.path for fault in faults})
    return tuple(replace(fault, line=lines[fault.path]) for fault in faults)


@lru_cache(maxsize=32)
def _schema(name: str, version: str, file: str) -> Draft202012Validator:
    return Draft202012Validator(schema_bytes(name, version, file).decode(), validate_formats=True, offline=True)


def _faults(error: ValidationError, content: object) -> Iterator[Fault]:
    """Yield one fault a place: a missing or an unknown field is a place of its own."""
    record = _record(error.instance_path, content)
    for path, reason in _places(error):
        field = _field(path)
        yield Fault(
            code="json.invalid",
            text=_told(field, reason),
            path=pointer_to(path),
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
