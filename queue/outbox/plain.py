"""Values as plain data, such as JSON and TOML hold, and back: the fields' types say how. Pure.

A field becomes an entry of the same name, a length of time one in seconds whose name says so (``lease`` becomes
``lease_seconds``). Days, times of day and zones are text as in ISO 8601 and the time zone database, sets and sequences
are lists, values inside values are mappings. Nothing (None) is ``false``, because TOML has no other word for it;
``None`` itself is understood, too. What is left out keeps its default, what is not known is refused by its name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_SECONDS = "_seconds"

Value = TypeVar("Value")


def to_plain(value: Any) -> dict[str, Any]:
    """Return a frozen dataclass as plain data, with every field."""
    hints = get_type_hints(type(value))
    return {_entry(name, hints[name]): _written(getattr(value, name)) for name in _names(type(value))}


def from_plain(kind: type[Value], data: Mapping[str, Any], *, at: str) -> Value:
    """Make a frozen dataclass from plain data.

    Args:
        kind: The class.
        data: As ``to_plain`` returns it; entries may be missing.
        at: Where the data stand, for the messages of errors.

    Raises:
        ValueError: An unknown name, an entry of a wrong sort, or one that the class refuses; the message says where.
    """
    if not isinstance(data, Mapping):
        raise _wrong(at, "a mapping", data)
    hints = get_type_hints(kind)
    known = {_entry(name, hints[name]): name for name in _names(kind)}
    unknown = [repr(entry) for entry in data if entry not in known]
    if unknown:
        raise ValueError(f"{at}: unknown name {', '.join(unknown)}; known are {', '.join(known)}")
    values = {known[entry]: _read(hints[known[entry]], value, f"{at}.{entry}") for entry, value in data.items()}
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{at}: {error}") from error


def _names(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)]


def _entry(name: str, hint: Any) -> str:
    return name + _SECONDS if timedelta in (hint, *get_args(hint)) else name


def _written(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _written(inner) for name, inner in value.items()}
    if isinstance(value, frozenset):
        return [_written(inner) for inner in sorted(value)]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_written(inner) for inner in value]
    return to_plain(value) if is_dataclass(value) else _written_scalar(value)


def _written_scalar(value: Any) -> Any:
    match value:
        case None:
            return False
        case timedelta():
            seconds = value.total_seconds()
            return int(seconds) if seconds.is_integer() else seconds
        case time() | date():
            return value.isoformat()
        case Enum():
            return value.value
        case ZoneInfo():
            return value.key
        case _:
            return value


def _read(hint: Any, value: Any, at: str) -> Any:
    if isinstance(hint, UnionType):
        if value is None or value is False:
            return None
        [hint] = [part for part in get_args(hint) if part is not type(None)]
    origin = get_origin(hint)
    if origin is not None:
        return _read_many(origin, get_args(hint)[-1], value, at)
    if hint in _SCALARS:
        return _read_scalar(hint, value, at)
    if issubclass(hint, Enum):
        return _read_word(hint, value, at)
    return from_plain(hint, value, at=at)


def _read_many(origin: Any, inner: Any, value: Any, at: str) -> Any:
    if issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise _wrong(at, "a mapping", value)
        return {name: _read(inner, one, f"{at}.{name}") for name, one in value.items()}
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise _wrong(at, "a list", value)
    found = [_read(inner, one, f"{at}[{number}]") for number, one in enumerate(value)]
    return frozenset(found) if origin is frozenset else tuple(found)


def _read_word(kind: type[Enum], value: Any, at: str) -> Enum:
    words = {word.value: word for word in kind}
    if not isinstance(value, str) or value not in words:
        raise _wrong(at, "one of " + ", ".join(words), value)
    return words[value]


def _read_scalar(hint: Any, value: Any, at: str) -> Any:
    wanted, kinds, make = _SCALARS[hint]
    # A bool is an int to Python, and a datetime a date; to people they are not.
    if not isinstance(value, kinds) or (isinstance(value, bool) and hint is not bool) or isinstance(value, datetime):
        raise _wrong(at, wanted, value)
    try:
        return make(value)
    except (ValueError, OverflowError, ZoneInfoNotFoundError) as error:
        raise _wrong(at, wanted, value) from error


def _wrong(at: str, wanted: str, value: Any) -> ValueError:
    return ValueError(f"{at} must be {wanted}, is {value!r}")


_SCALARS: Mapping[Any, tuple[str, tuple[type, ...], Any]] = {
    bool: ("true or false", (bool,), bool),
    int: ("a whole number", (int,), int),
    float: ("a number", (int, float), float),
    str: ("text", (str,), str),
    timedelta: ("a number of seconds", (int, float), lambda seconds: timedelta(seconds=seconds)),
    time: (
        "a time such as 08:30",
        (str, time),
        lambda text: text if isinstance(text, time) else time.fromisoformat(text),
    ),
    date: (
        "a day such as 2026-09-01",
        (str, date),
        lambda text: text if isinstance(text, date) else date.fromisoformat(text),
    ),
    ZoneInfo: ("a time zone such as Europe/Moscow", (str,), ZoneInfo),
}
