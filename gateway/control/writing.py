"""One record of the school's own, written at the console or the command line: through the schema, all rules, the audit.

It is held against the same rules as one that a batch brings, so what is allowed is decided in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import chain

from gateway.control.acting import By
from gateway.errors import DocumentError, Fault, GatewayError, Party, Text
from gateway.mapping.journal_json import VERSION
from gateway.mapping.journal_plain import moment_text, plain_from
from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.audit import AuditRecord
from gateway.model.batch import Batch
from gateway.model.ids import SchoolId
from gateway.model.journal_records import KIND_OF, Record, Stored, key_of, name_of
from gateway.model.rules.batch import check_batch
from gateway.model.rules.reference import JournalReference
from gateway.ports.records import RecordsUnit
from gateway.schemas.json_validation import json_faults

CHANNEL = "control"

_SCHEMA = ("journal", VERSION, "journal-batch.schema.json")


Refusal = Callable[[tuple[Fault, ...]], DocumentError]
"""Says of a record with faults that it is not written."""


def record_refused(faults: tuple[Fault, ...]) -> DocumentError:
    """Return the refusal ``control.record_refused``, with every fault."""
    return DocumentError(
        "control.record_refused",
        Text(ru="Запись не принята: в ней есть ошибки.", en="The record was not accepted: it has faults."),
        faults=faults,
        who=Party.COORDINATOR,
    )


def reference_of(unit: RecordsUnit, batch: Batch) -> JournalReference:
    """Return what the rules have to know for a batch; nobody else writes the journal until the transaction ends.

    Raises:
        GatewayError: ``school.unknown``.
    """
    reference = unit.journal.reference(batch)
    if reference is None:
        raise GatewayError(
            "school.unknown",
            Text(
                ru=f"Школа «{batch.school}» не заведена; добавьте её командой «gateway school add».",
                en=f"There is no school '{batch.school}'; add it with 'gateway school add'.",
            ),
        )
    return reference


def write(
    unit: RecordsUnit,
    record: Record,
    *,
    school: SchoolId,
    at: datetime,
    by: By,
    reason: str = "",
    refusal: Refusal = record_refused,
) -> None:
    """Write a record, new or over the one with its key; one that is held as it is changes nothing.

    Raises:
        DocumentError: what ``refusal`` makes of the faults: it is not valid or breaks a rule.
        GatewayError: ``school.unknown``.
    """
    kind = KIND_OF[type(record)]
    if faults := _invalid(record, school, at):
        raise refusal(faults)
    batch = Batch(school=school, sent_at=at, **{kind.value: (record,)})  # type: ignore[arg-type]  # a kind's list holds its records
    reference = reference_of(unit, batch)
    held = reference.stored.of(kind).get(key_of(record))
    verdict = check_batch(batch, reference, now=at)
    if verdict.faults:
        raise refusal(tuple(chain.from_iterable(verdict.faults.values())))
    if held is not None and held.record == record:
        return
    unit.journal.put(kind, [Stored(record=record, version=1 if held is None else held.version + 1)])
    unit.audit.append(
        [
            AuditRecord(
                at=at,
                actor=by.actor,
                role=by.role,
                channel=CHANNEL,
                action="create" if held is None else "update",
                object_kind=kind.one,
                object_id=name_of(key_of(record)),
                old=None if held is None else plain_from(held.record),
                new=plain_from(record),
                reason=reason,
                source=by.source,
            )
        ]
    )


def _invalid(record: Record, school: SchoolId, at: datetime) -> tuple[Fault, ...]:
    label = KIND_LABELS[KIND_OF[type(record)]]
    tree = {"version": VERSION, "school": school, "sentAt": moment_text(at), label: [plain_from(record)]}
    return json_faults(tree, *_SCHEMA)
