"""Rules over corrections: who asks, who approves, and what an approved one opens (R-AUD-02, R-AUD-03, C-24).

Whether the approver may approve is a question of authorship (`authorship`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from gateway.errors import Fault, Party, Text
from gateway.model.ids import CorrectionId
from gateway.model.journal_records import RecordKey, RecordKind, name_of
from gateway.model.oversight import Correction, Decision
from gateway.model.record_shape import KIND_NAMED
from gateway.model.rules.view import JournalView

_DECIDED = frozenset({Decision.APPROVED, Decision.REFUSED})


def correction_faults(correction: Correction, view: JournalView) -> Iterator[Fault]:
    """Hold a correction against R-AUD-03: of a kind there is, decided by somebody else, and once for all."""
    yield from record_kind_faults(correction.record_kind, rule="R-AUD-03")
    if (correction.decision in _DECIDED) != (correction.decided_by is not None and correction.decided_at is not None):
        yield Fault(
            code="journal.correction_decision",
            text=Text(
                ru="У решения по исправлению должно быть указано, кто и когда его принял, а у запроса – нет.",
                en="A decision on a correction says who made it and when, a request does not.",
            ),
            field="decidedBy",
            rule="R-AUD-03",
            who=Party.DEPUTY,
        )
    if correction.decided_by == correction.requested_by:
        yield Fault(
            code="journal.correction_own",
            text=Text(
                ru="Исправление утверждает не тот, кто его запросил.",
                en="A correction is not approved by whoever asked for it.",
            ),
            field="decidedBy",
            rule="R-AUD-03",
            who=Party.DIRECTOR,
        )
    if correction.open_until is not None and correction.decision is not Decision.APPROVED:
        yield Fault(
            code="journal.correction_not_approved",
            text=Text(
                ru="Запись открывает только утверждённое исправление.",
                en="Only an approved correction opens a record.",
            ),
            field="openUntil",
            rule="R-AUD-03",
            who=Party.DEPUTY,
        )
    before = view.stored(RecordKind.CORRECTIONS, (correction.id,))
    if isinstance(before, Correction) and before.decision in _DECIDED and before.decision is not correction.decision:
        yield Fault(
            code="journal.correction_decided",
            text=Text(
                ru="Решение по этому исправлению уже принято: для другого нужен новый запрос.",
                en="This correction is decided already: another decision needs a new request.",
            ),
            field="decision",
            rule="R-AUD-03",
            who=Party.DEPUTY,
        )


def correction_link_faults(kind: RecordKind, record: Any, key: RecordKey, view: JournalView) -> Iterator[Fault]:
    """Refuse a record that names a correction of another record: the trail of a correction has to lead to it."""
    correction: CorrectionId | None = record.correction
    if correction is None:
        return
    found = view.find(RecordKind.CORRECTIONS, correction)
    if isinstance(found, Correction) and not _names(found, kind, key):
        yield Fault(
            code="journal.correction_of_other",
            text=Text(
                ru=f"Исправление {correction} относится к другой записи.",
                en=f"Correction {correction} is of another record.",
            ),
            field="correction",
            rule="R-AUD-03",
        )


def opens(correction: CorrectionId, kind: RecordKind, key: RecordKey, view: JournalView) -> bool:
    """Tell whether a correction opens a record now: approved, of this record, and its time has not run out.

    Without an end of its own an approval is good for the policy's ``correction_open_days`` (C-24).
    """
    found = view.find(RecordKind.CORRECTIONS, correction)
    if not isinstance(found, Correction) or found.decision is not Decision.APPROVED or found.decided_at is None:
        return False
    end = found.open_until or found.decided_at + timedelta(days=view.policy.correction_open_days)
    return _names(found, kind, key) and found.decided_at <= view.now <= end


def record_kind_faults(name: str, *, rule: str) -> Iterator[Fault]:
    """Refuse the name of a kind of record that there is not."""
    if name not in KIND_NAMED:
        yield Fault(
            code="journal.record_kind",
            text=Text(ru="Такого вида записей в журнале нет.", en="The journal has no such kind of record."),
            field="recordKind",
            rule=rule,
        )


def _names(correction: Correction, kind: RecordKind, key: RecordKey) -> bool:
    return KIND_NAMED.get(correction.record_kind) is kind and correction.record == name_of(key)
