"""Batches of the journal system at the console: the list, and one with every record that was turned away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask import Response, render_template, request

from gateway.errors import Rejected
from gateway.journal.answer import BatchAnswer, answer_from_json
from gateway.mapping.journal_records import KIND_LABELS
from gateway.model.journal_records import RecordKind
from gateway.model.record_shape import label_of
from gateway.model.rules.clauses import clause_of
from gateway.ports.console import PostedBatch
from gateway.web.console import names
from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.listing import MOST_READ, chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.pictures import bars
from gateway.web.console.presentation import Presentation, said
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user

_BATCHES = ("client", "key", "received_at", "outcome", "accepted", "unchanged", "rejected")
_REJECTED = (
    *("kind", "record", "code", "field", "value", "rule", "clause_ru", "clause_en"),
    *("who", "path", "line", "text_ru", "text_en"),
)


class BatchOutcome(StrEnum):
    """How much of a batch was accepted."""

    CLEAN = "clean"
    PARTLY = "partly"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchLine:
    """A batch in the list, with its counts."""

    batch: PostedBatch
    answer: BatchAnswer

    @property
    def outcome(self) -> BatchOutcome:
        """How much of it was accepted."""
        if self.answer.is_refused:
            return BatchOutcome.REFUSED
        return BatchOutcome.PARTLY if self.answer.rejected else BatchOutcome.CLEAN

    @property
    def accepted(self) -> int:
        """Records written."""
        return sum(self.answer.accepted.values())

    @property
    def unchanged(self) -> int:
        """Records that the journal held already."""
        return sum(self.answer.unchanged.values())

    @property
    def rejected(self) -> Sequence[Rejected]:
        """Records turned away."""
        return self.answer.rejected


class BatchPages:
    """Views over the batches posted for the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def batches(self) -> Response | str:
        """List the batches, filtered, or as CSV."""
        with self._services.units(user().school)() as unit:
            newest = [_line(batch) for batch in unit.console.batches(limit=MOST_READ)]
        outcome = chosen("outcome", BatchOutcome)
        found = [line for line in newest if is_wanted(outcome, line.outcome) and _is_found(line)]
        if is_csv():
            return csv_download("batches.csv", _BATCHES, [self._row(line) for line in found])
        return render_template("console/batches.html", listing=listing(found))

    def batch(self) -> Response | str:
        """Show one batch and every record turned away (or those as CSV). The look is audited.

        The batch is named in the query: a sender's key may hold a slash.
        """
        person = require(Right.SEE_PEOPLE)
        client, key = request.args.get("client", ""), request.args.get("key", "")
        look = Look.DOWNLOAD if is_csv() else Look.VIEW
        with self._services.units(person.school)() as unit:
            batch = unit.console.batch(client, key)
            if batch is None:
                raise not_found()
            note_look(unit.audit, person, look, "journal_batch", f"{client}/{key}", at=self._services.clock())
        line = _line(batch)
        found = [one for one in line.rejected if is_found(one.kind, one.record, *(f.text for f in one.faults))]
        if is_csv():
            return csv_download("rejected.csv", _REJECTED, _fault_rows(found))
        return render_template(
            "console/batch.html", line=line, batch=batch, listing=listing(found), chart_rows=bars(_fates(line.answer))
        )

    def _row(self, line: BatchLine) -> tuple[object, ...]:
        return (
            line.batch.client_name,
            line.batch.key,
            self._presentation.stamp(line.batch.received_at),
            line.outcome.value,
            line.accepted,
            line.unchanged,
            len(line.rejected),
        )


def _line(batch: PostedBatch) -> BatchLine:
    return BatchLine(batch=batch, answer=answer_from_json(batch.answer))


def _is_found(line: BatchLine) -> bool:
    """Search in who posted it, under which key, and which records were turned away."""
    return is_found(line.batch.client_name, line.batch.client, line.batch.key, *(one.record for one in line.rejected))


def _fates(answer: BatchAnswer) -> Mapping[str, Mapping[str, int]]:
    """Return what became of the records of each kind that the batch had."""
    rejected = Counter(one.kind for one in answer.rejected)
    rows = {
        kind: {
            "accepted": answer.accepted[KIND_LABELS[kind]],
            "unchanged": answer.unchanged[KIND_LABELS[kind]],
            "rejected": rejected[label_of(kind.one)],
        }
        for kind in RecordKind
    }
    return {said(names.JOURNAL_KINDS[kind]): counts for kind, counts in rows.items() if any(counts.values())}


def _fault_rows(rejected: Sequence[Rejected]) -> list[tuple[object, ...]]:
    return [
        (
            one.kind,
            one.record,
            fault.code,
            fault.field or "",
            fault.value or "",
            fault.rule or "",
            clause.ru if (clause := clause_of(fault.rule)) else "",
            clause.en if clause else "",
            fault.who.value,
            fault.path,
            fault.line or "",
            fault.text.ru,
            fault.text.en,
        )
        for one in rejected
        for fault in one.faults
    ]
