"""Journal in: a posted batch becomes rows, audit entries, news for families and an answer, all or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic

from gateway.errors import ConfigurationError, GatewayError, Party, RuleViolation, Text
from gateway.journal.answer import BatchAnswer, answer_for, answer_from_json, answer_to_json
from gateway.journal.changes import RecordChange, audit_record, changes_of, mark_changes
from gateway.journal.reading import Reading, read_document
from gateway.model.ids import SchoolId
from gateway.model.journal_records import RecordKind
from gateway.model.rules.batch import check_batch
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.ports.frame import Clock, Units
from gateway.ports.journal import Announce, JournalUnit, JournalUnitT, Posting, PostingAnswer


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalIntake(Generic[JournalUnitT]):
    """Takes the batches of one school's journal system."""

    units: Units[JournalUnitT]
    clock: Clock
    announce: Announce[JournalUnitT]

    def accept(
        self, content: bytes, media_type: str, idempotency_key: str, client: str, school: SchoolId
    ) -> BatchAnswer:
        """Take a batch and tell what became of each of its records.

        A record that is not valid by its schema or breaks a rule is turned away with all its faults, together with
        those that depend on it; the others are written in one transaction with the audit entries, the run of the
        step, the answer and the news for families. The same client, key and content are answered the same again and
        write nothing, also when they arrive at once.

        Args:
            content: the document as posted.
            media_type: ``application/json`` or ``application/xml``.
            idempotency_key: the client's own name of this posting, 1 to 64 characters.
            client: id of the API client that posts; the audit's author.
            school: the school the client may write for.

        Raises:
            SchemaError: the document as a whole is not usable; nothing was written.
            RuleViolation: ``journal.foreign_school``: the batch is of a school the client may not write for.
            GatewayError: ``journal.idempotency_key_reused``: the key was used for other content.
            ConfigurationError: ``journal.school_missing``: the school is not set up here.
        """
        received_at = self.clock()
        reading = read_document(content, media_type)
        if reading.batch.school != school:
            raise _foreign_school()
        posting = Posting(
            client=client,
            idempotency_key=idempotency_key,
            digest=hashlib.sha256(content).hexdigest(),
            received_at=received_at,
        )
        with self.units() as unit:
            told = unit.journal.claim(posting)
            return self._take(unit, posting, reading) if told is None else _told_again(told, posting)

    def _take(self, unit: JournalUnitT, posting: Posting, reading: Reading) -> BatchAnswer:
        reference = unit.journal.reference(reading.batch)
        if reference is None:
            raise _school_missing(reading.batch.school)
        verdict = check_batch(reading.batch, reference, now=posting.received_at, rejected=reading.rejected_keys)
        changes = changes_of(verdict.accepted, reference.stored)
        answer = answer_for(verdict.accepted, changes, [*reading.rejected, *reading.turn_away(verdict.faults)])
        _write(unit, posting, changes)
        unit.journal.settle(posting, status=answer.status, answer=answer_to_json(answer))
        unit.steps.add(_step_run(posting, answer, finished_at=self.clock()))
        self.announce(unit, mark_changes(changes, verdict.accepted, reference.stored))
        return answer


def _write(unit: JournalUnit, posting: Posting, changes: Sequence[RecordChange]) -> None:
    for kind in RecordKind:
        unit.journal.put(kind, [change.now for change in changes if change.kind is kind])
    if changes:
        unit.audit.append(audit_record(change, at=posting.received_at, client=posting.client) for change in changes)


def _told_again(told: PostingAnswer, posting: Posting) -> BatchAnswer:
    if told.digest != posting.digest:
        raise GatewayError(
            "journal.idempotency_key_reused",
            Text(
                ru=f"Ключ идемпотентности «{posting.idempotency_key}» уже использован для другого содержания.",
                en=f"Idempotency key '{posting.idempotency_key}' was used for other content.",
            ),
            who=Party.SENDER,
            rule="draft-ietf-httpapi-idempotency-key-header, 2.6",
        )
    return answer_from_json(told.answer)


def _step_run(posting: Posting, answer: BatchAnswer, *, finished_at: datetime) -> StepRun:
    taken = {kind: answer.accepted[kind] + answer.unchanged[kind] for kind in ("lessons", "marks", "absences")}
    name = f"{posting.client}\n{posting.idempotency_key}".encode()
    return StepRun(
        id=hashlib.sha256(name).hexdigest()[:32],
        step=Step.JOURNAL_IN,
        started_at=posting.received_at,
        finished_at=finished_at,
        outcome=StepOutcome.FAILED if answer.is_refused else StepOutcome.OK,
        summary={**taken, "rejected": len(answer.rejected)},
        error="journal.nothing_accepted" if answer.is_refused else "",
    )


def _foreign_school() -> RuleViolation:
    return RuleViolation(
        "journal.foreign_school",
        Text(
            ru="Пакет относится к школе, за которую этот клиент не может писать.",
            en="The batch is of a school that this client may not write for.",
        ),
        who=Party.SENDER,
        rule="R-SEC-07",
    )


def _school_missing(school: SchoolId) -> ConfigurationError:
    return ConfigurationError(
        "journal.school_missing",
        Text(ru=f"Школа «{school}» в шлюзе не заведена.", en=f"School '{school}' is not set up in the gateway."),
    )
