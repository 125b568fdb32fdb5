"""What every form of a posted document gives: its records one by one, its envelope, and where its faults are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from gateway.errors import Fault, SchemaError, Text
from gateway.mapping.journal_records import KEY_FIELDS
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKey, RecordKind
from gateway.model.rules.batch import Position

MAX_RECORDS = 2_000_000
"""Records of one batch, of all kinds together."""

MAX_RAW = 2000
"""Characters of a rejected record's raw form that are kept."""

SHOWN_ID = 64
"""Characters of an id that are repeated to the sender: a valid one has no more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadRecord:
    """A record as it stands in the document.

    Attributes:
        position: its kind, and its place among the document's records of that kind.
        plain: its plain values; ``None`` if it is not valid by the schema.
        faults: why it is not, with paths, lines and values.
        key: what the sender calls it; ``None`` if a part of its key is missing.
        raw: the beginning of its own form without its texts (`shown`); empty for a valid record.
    """

    position: Position
    plain: Mapping[str, Any] | None = field(repr=False)
    key: RecordKey | None
    faults: tuple[Fault, ...] = ()
    raw: str = field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """What a document says of itself; without a fault it is a batch."""

    school: SchoolId
    sent_at: datetime
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Located:
    """A record's faults with their paths, lines and values in the document, and its own form without its texts."""

    position: Position
    faults: tuple[Fault, ...]
    raw: str = field(repr=False)


class JournalDocument(Protocol):
    """A document that is meant to be a batch, read from its beginning each time it is asked."""

    @property
    def version(self) -> str:
        """The version of the schema that it is held against."""
        ...

    def records(self) -> Iterator[ReadRecord]:
        """Yield the records, kinds in the document's own order.

        Raises:
            SchemaError: the document is not well-formed, or made to be expensive.
        """
        ...

    def envelope(self) -> Envelope:
        """Return what stands around the records; only after all of them have been read."""
        ...

    def locate(self, found: Mapping[Position, Sequence[Fault]]) -> Iterator[Located]:
        """Look up records that turned out to have faults, in the document's order."""
        ...


def key_in(kind: RecordKind, plain: Mapping[str, object]) -> RecordKey | None:
    """Return what the sender calls a record, valid or not; ``None`` if a part of its key is missing."""
    key = []
    for name in KEY_FIELDS[kind]:
        part = plain.get(name)
        if not part or not isinstance(part, str):
            return None
        key.append(part[:SHOWN_ID])
    return tuple(key)


def not_a_batch(faults: tuple[Fault, ...]) -> SchemaError:
    """Return the refusal of a document that is well-formed but not a batch, with all that was found."""
    return SchemaError("journal.not_a_batch", NOT_A_BATCH, faults=faults, rule="R-EXCH-01")


def wrong_root(path: str, *, line: int | None) -> SchemaError:
    """Return the refusal of a document whose root is that of something else."""
    return not_a_batch((Fault(code="journal.not_a_batch", text=NOT_A_BATCH, path=path, line=line, rule="R-EXCH-01"),))


def too_many_records() -> SchemaError:
    """Return the refusal of a batch with more than `MAX_RECORDS` records."""
    text = Text(
        ru=f"В пакете больше {MAX_RECORDS} записей. Разделите его на несколько.",
        en=f"The batch has more than {MAX_RECORDS} records. Divide it into several.",
    )
    fault = Fault(code="journal.too_many_records", text=text, rule="R-SEC-07")
    return SchemaError("journal.too_many_records", text, faults=(fault,), rule="R-SEC-07")


NOT_A_BATCH = Text(
    ru="Документ не является пакетом журнала по принимаемой схеме; все найденные ошибки перечислены.",
    en="The document is not a journal batch by a schema that is accepted; all faults found are listed.",
)
