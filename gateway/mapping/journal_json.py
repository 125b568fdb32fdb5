"""The JSON form of a journal batch (``schemas/journal/1.1/journal-batch.schema.json``) ⇄ `Batch`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gateway.mapping.journal_plain import moment_text, plain_from
from gateway.mapping.journal_records import KIND_LABELS, moment_from, record_from
from gateway.model.batch import Batch
from gateway.model.ids import SchoolId
from gateway.model.journal_records import Record, RecordKind, records_of

VERSION = "1.1"
"""The version that is written; older ones that are accepted are read just the same."""

Positions = Collection[tuple[RecordKind, int]]
"""Records by their kind and their place, from 0, in the document's list of that kind."""


def tree_from(batch: Batch) -> dict[str, Any]:
    """Return a batch as a tree of JSON values; kinds of which there is no record are left out."""
    lists = {KIND_LABELS[kind]: [plain_from(record) for record in records_of(batch, kind)] for kind in RecordKind}
    return {
        "version": VERSION,
        "school": batch.school,
        "sentAt": moment_text(batch.sent_at),
        **{name: records for name, records in lists.items() if records},
    }


def batch_from(tree: Mapping[str, Any], *, leaving_out: Positions = ()) -> Batch:
    """Return the batch that a tree stands for; the tree must be valid but for the records that are left out."""
    lists: dict[str, Any] = {kind.value: _records(tree, kind, leaving_out) for kind in RecordKind}
    return Batch(school=SchoolId(tree["school"]), sent_at=moment_from(tree["sentAt"]), **lists)


def _records(tree: Mapping[str, Any], kind: RecordKind, leaving_out: Positions) -> tuple[Record, ...]:
    return tuple(
        record_from(kind, plain)
        for position, plain in enumerate(tree.get(KIND_LABELS[kind], ()))
        if (kind, position) not in leaving_out
    )
