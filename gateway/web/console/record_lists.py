"""Lists of records: their columns and lines, the lists that a record leads to, the file to take away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from flask import Response, url_for

from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.journal_records import KEYS, RecordKey, RecordKind, Stored, key_of
from gateway.model.record_shape import RecordField, shape_of_kind
from gateway.web.console.csv_download import csv_download
from gateway.web.console.field_names import field_name
from gateway.web.console.presentation import said
from gateway.web.console.record_access import RecordAccess
from gateway.web.console.record_names import MANY
from gateway.web.console.record_values import Cell, Part, Reader
from gateway.web.record_addresses import segment_from

_COLUMNS = 8
"""Fields that a list shows; a download has them all."""

_MARGINAL = frozenset({"id", "author", "entered_at", "correction", "voided", "file_sha256", "starts_at", "ends_at"})
"""Fields that a list leaves to the record's own page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordLine:
    """A record in a list: where its page is, what stands in the columns."""

    address: str
    cells: Sequence[Cell] = field(repr=False)
    voided: bool


# what the page shows


def columns_of(kind: RecordKind) -> Sequence[RecordField]:
    """Return the fields of a list: what a record is about, without what is kept encrypted."""
    fields = [one for one in shape_of_kind(kind).fields if not one.sealed]
    telling = [one for one in fields if one.name not in _MARGINAL or (one.name == "id" and kind is RecordKind.POLICIES)]
    return telling[:_COLUMNS]


def line_of(
    kind: RecordKind, stored: Stored[Any], plain: Mapping[str, Any], columns: Sequence[RecordField], reader: Reader
) -> RecordLine:
    """Return a record as a line of a list."""
    return RecordLine(
        address=record_address(kind, key_of(stored.record)),
        cells=[reader.told(kind, one, plain) for one in columns],
        voided=bool(getattr(stored.record, "voided", False)),
    )


def list_address(kind: RecordKind) -> str:
    """Return where the list of a kind is."""
    return url_for("console.records", kind_label=KIND_LABELS[kind])


def record_address(kind: RecordKind, key: RecordKey) -> str:
    """Return where a record's page is."""
    return url_for("console.record", kind_label=KIND_LABELS[kind], key=segment_from(key))


def link_address(part: Part, access: RecordAccess) -> str | None:
    """Return the page of the record that a value links to, where it has one that the person may open."""
    kind, known = part.link or (None, "")
    return record_address(kind, (known,)) if isinstance(kind, RecordKind) and access.reads(kind) else None


def related_lists(kind: RecordKind, key: RecordKey, access: RecordAccess) -> Mapping[str, str]:
    """Return the lists of records that link to a record: what they are called, and where they are."""
    if KEYS[kind] != ("id",):
        return {}
    return {
        _list_name(other, one): f"{list_address(other)}?{urlencode({one.name: key[0]})}"
        for other in RecordKind
        for one in shape_of_kind(other).fields
        if one.links_to is kind and not one.many and access.reads(other)
    }


def _list_name(kind: RecordKind, by: RecordField) -> str:
    return f"{said(MANY[kind])} ({said(field_name(shape_of_kind(kind).record, by.name))})"


def records_csv(
    kind: RecordKind, stored: Sequence[Stored[Any]], plain: Sequence[Mapping[str, Any]], reader: Reader
) -> Response:
    """Return records as a file: all fields but those kept encrypted, days and moments in ISO 8601."""
    fields, exact = [one for one in shape_of_kind(kind).fields if not one.sealed], replace(reader, exact=True)
    rows = (
        [*(exact.text(one, row.get(one.label, one.default)) for one in fields), each.version]
        for each, row in zip(stored, plain, strict=True)
    )
    return csv_download(f"{KIND_LABELS[kind]}.csv", [*(one.label for one in fields), "version"], rows)
