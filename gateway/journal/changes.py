"""What an accepted batch changes in the journal: pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.mapping.journal_plain import plain_from
from gateway.model.audit import AuditRecord
from gateway.model.batch import Batch
from gateway.model.journal import Mark, MarkChange
from gateway.model.journal_records import Record, RecordKind, Stored, all_records, key_of, name_of
from gateway.model.rules.reference import StoredRecords

ROLE = "journal_system"
CHANNEL = "api"


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordChange:
    """A record as it will be, with its new version, and as it is; ``before`` is ``None`` for a new one."""

    kind: RecordKind
    now: Stored[Record]
    before: Record | None


def changes_of(accepted: Batch, stored: StoredRecords) -> tuple[RecordChange, ...]:
    """Return the records that are new or differ from what is stored; those brought again as they are change nothing."""
    return tuple(_changes(accepted, stored))


def _changes(accepted: Batch, stored: StoredRecords) -> Iterator[RecordChange]:
    for kind, record in all_records(accepted):
        held = stored.of(kind).get(key_of(record))
        if held is None:
            yield RecordChange(kind=kind, now=Stored(record=record, version=1), before=None)
        elif held.record != record:
            yield RecordChange(kind=kind, now=Stored(record=record, version=held.version + 1), before=held.record)


def mark_changes(changes: Sequence[RecordChange], accepted: Batch, stored: StoredRecords) -> tuple[MarkChange, ...]:
    """Return the changes of marks, each with its lesson."""
    lessons = {lesson.id: lesson for lesson in accepted.lessons}
    held = stored.of(RecordKind.LESSONS)
    return tuple(
        MarkChange(
            now=mark,
            before=change.before if isinstance(change.before, Mark) else None,
            lesson=lessons.get(mark.lesson) or held[mark.lesson,].record,
            version=change.now.version,
        )
        for change in changes
        if isinstance(mark := change.now.record, Mark)
    )


def audit_record(
    change: RecordChange, *, at: datetime, client: str, source: str = "", channel: str = CHANNEL
) -> AuditRecord:
    """Return what the audit keeps of a change (R-AUD-01, R-AUD-02)."""
    return AuditRecord(
        at=at,
        actor=client,
        role=ROLE,
        channel=channel,
        action=_action(change),
        object_kind=change.kind.one,
        object_id=name_of(key_of(change.now.record)),
        old=None if change.before is None else plain_from(change.before),
        new=plain_from(change.now.record),
        source=source,
    )


def _action(change: RecordChange) -> str:
    if change.before is None:
        return "create"
    return "void" if _is_voided(change.now.record) and not _is_voided(change.before) else "update"


def _is_voided(record: Record) -> bool:
    return bool(getattr(record, "voided", False))
