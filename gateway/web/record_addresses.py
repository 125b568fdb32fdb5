"""A record's key as one segment of an address, and back.

The parts of a key stand with a comma between them: ``absences/lesson-17,pupil-4``. Ids may hold characters that would
not survive in an address (RFC 3986, 2.2 and 5.2.4), so in a part ``~0`` stands for ``~``, ``~1`` for ``/``, ``~2`` for
``,``, ``~3`` for the first dot of a key that is nothing but ``.`` or ``..``. Every key has one such form and no other;
what an address cannot hold besides is percent-encoded as ever.
"""

from __future__ import annotations

import re
from datetime import date

from gateway.model.journal_records import RecordKey, RecordKind
from gateway.model.record_shape import ID_PATTERN, FieldType, RecordField, key_fields

_ID = re.compile(ID_PATTERN)
_ESCAPES = (("~", "~0"), ("/", "~1"), (",", "~2"))
_DOTS = frozenset({".", ".."})
MOST_CHARACTERS = 512
"""Longest key in an address; the longest there is has three ids of 64 characters, each of them escaped."""


def segment_from(key: RecordKey) -> str:
    """Return a key as a segment of an address, not yet percent-encoded."""
    segment = ",".join(_escaped(part) for part in key)
    return f"~3{segment[1:]}" if segment in _DOTS else segment


def key_from(kind: RecordKind, segment: str) -> RecordKey | None:
    """Return the key that a segment stands for; ``None`` for what is the key of no record of the kind."""
    if len(segment) > MOST_CHARACTERS:
        return None
    parts = tuple(_unescaped(part) for part in segment.split(","))
    fields = key_fields(kind)
    if len(parts) != len(fields) or not all(map(_can_be, fields, parts)):
        return None
    return parts if segment_from(parts) == segment else None


def _escaped(part: str) -> str:
    for plain, escape in _ESCAPES:
        part = part.replace(plain, escape)
    return part


def _unescaped(part: str) -> str:
    part = part.replace("~3", ".")
    for plain, escape in reversed(_ESCAPES):
        part = part.replace(escape, plain)
    return part


def _can_be(field: RecordField, part: str) -> bool:
    """Tell whether a value of the field can be written so; nothing else may reach the database."""
    if field.holds is FieldType.DAY:
        return is_day(part)
    return is_id(part)


def is_id(text: str) -> bool:
    """Tell whether a text is such as ids are."""
    return _ID.fullmatch(text) is not None


def is_day(text: str) -> bool:
    """Tell whether a text is a day in the one form that ISO 8601 has with hyphens."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
