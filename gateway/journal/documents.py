"""Opens a document in the form that its media type names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import IO

from gateway.errors import Party, SchemaError, Text
from gateway.journal.document import JournalDocument
from gateway.journal.json_document import JsonDocument
from gateway.journal.table_document import ReadTable, TableDocument
from gateway.journal.xml_document import XmlDocument
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKind
from gateway.schemas.table_stream import read_csv
from gateway.schemas.xlsx_stream import read_xlsx

JSON = "application/json"
XML = "application/xml"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MEDIA_TYPES: Mapping[str, str] = MappingProxyType({".json": JSON, ".xml": XML, ".csv": CSV, ".xlsx": XLSX})
"""The form of a file by the ending of its name."""

_TABLES: Mapping[str, ReadTable] = MappingProxyType({CSV: read_csv, XLSX: read_xlsx})


def open_document(source: IO[bytes], media_type: str) -> JournalDocument:
    """Return a batch of the media type ``application/json`` or ``application/xml``.

    Args:
        source: the document; it is read several times and must not change meanwhile.
        media_type: its form.

    Raises:
        SchemaError: the document is of another media type (``journal.media_type``), not well-formed, or its root is
            not a batch's (``journal.not_a_batch``).
    """
    if media_type == JSON:
        return JsonDocument(source)
    if media_type == XML:
        return XmlDocument(source)
    raise SchemaError(
        "journal.media_type",
        Text(
            ru="Пакет принимается как application/json или application/xml.",
            en="A batch is taken as application/json or application/xml.",
        ),
        who=Party.SENDER,
        rule="R-EXCH-01",
    )


def open_table(
    source: IO[bytes], media_type: str, *, kind: RecordKind, school: SchoolId, sent_at: datetime
) -> JournalDocument:
    """Return a table of records of one kind, of the media type of CSV or XLSX.

    Args:
        source: the table; it is read several times and must not change meanwhile.
        media_type: its form.
        kind: what its rows are.
        school: whose records they are.
        sent_at: when they were handed in.
    """
    return TableDocument(source, _TABLES[media_type], kind=kind, school=school, sent_at=sent_at)


def is_table(media_type: str) -> bool:
    """Tell whether a media type is that of a table, which does not say of what kind its records are."""
    return media_type in _TABLES
