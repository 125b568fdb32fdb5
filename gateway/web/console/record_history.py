"""The life of a record as the audit chain tells it: every change, who made it, old → new (R-AUD-01, R-AUD-02)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from gateway.errors import Text
from gateway.model.audit import AuditEntry
from gateway.model.journal_records import RecordKind, name_of
from gateway.model.record_history import REKEY
from gateway.model.record_shape import RecordField, shape_of_kind
from gateway.ports.trails import AuditBrowser, AuditSearch
from gateway.web.console.field_names import field_name
from gateway.web.console.record_values import NOTHING, Reader

MOST_ENTRIES = 200
"""Changes of a record that its page shows."""

_SEALED = Text(ru="зашифровано", en="encrypted")


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldChange:
    """A field's value before and after; ``was`` is ``None`` for a record that was new."""

    name: str
    was: str | None = field(repr=False)
    became: str = field(repr=False)


def history_of(browser: AuditBrowser, kind: RecordKind, key: tuple[str, ...]) -> Sequence[AuditEntry]:
    """Return what was done to a record, the newest first, also under the keys that it had before."""
    found: list[AuditEntry] = []
    name, before = name_of(key), None
    while name and len(found) < MOST_ENTRIES:
        search = AuditSearch(object_kind=kind.one, object_id=name)
        entries = browser.page(search, before=before, limit=MOST_ENTRIES - len(found))
        renamed = next((place for place, entry in enumerate(entries) if entry.record.action == REKEY), None)
        if renamed is None:
            return [*found, *entries]
        found += entries[: renamed + 1]
        name, before = _former_name(entries[renamed]), entries[renamed].sequence
    return found


def _former_name(entry: AuditEntry) -> str:
    key = (entry.record.old or {}).get("key")
    return name_of(tuple(map(str, key))) if isinstance(key, list) else ""


def plain_of(entry: AuditEntry, kind: RecordKind) -> Sequence[Mapping[str, Any]]:
    """Return the record in its plain form before and after an entry, as far as the entry has it."""
    labels = {one.label for one in shape_of_kind(kind).fields}
    return [content for content in (entry.record.old, entry.record.new) if content and content.keys() <= labels]


def field_changes(entry: AuditEntry, kind: RecordKind, reader: Reader) -> Sequence[FieldChange]:
    """Return the fields that an entry changed, in the order of the record; all of them for a new record."""
    shape, old, new = shape_of_kind(kind), entry.record.old, entry.record.new or {}
    if not (old or {}).keys() | new.keys() <= {one.label for one in shape.fields}:
        return raw_changes(entry)
    return [
        FieldChange(
            name=reader.say(field_name(shape.record, one.name)),
            was=None if old is None else _told(one, old, reader),
            became=_told(one, new, reader),
        )
        for one in shape.fields
        if (old or {}).get(one.label) != new.get(one.label)
    ]


def raw_changes(entry: AuditEntry, name: Callable[[str], str] = str) -> Sequence[FieldChange]:
    """Return what an entry about something else than a record changed, fields called by ``name``."""
    old, new = entry.record.old, entry.record.new or {}
    return [
        FieldChange(
            name=name(label),
            was=None if old is None else _raw(old.get(label)),
            became=_raw(new.get(label)),
        )
        for label in dict.fromkeys(chain(old or {}, new))
        if (old or {}).get(label) != new.get(label)
    ]


def _raw(value: object) -> str:
    if value is None:
        return NOTHING
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _told(one: RecordField, plain: Mapping[str, Any], reader: Reader) -> str:
    value = plain.get(one.label, one.default)
    if one.sealed and value:
        return reader.say(_SEALED)
    return reader.text(one, _plain(value)) or NOTHING


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
