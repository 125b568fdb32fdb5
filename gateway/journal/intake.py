"""Journal in: a posted batch becomes rows, audit entries, news for families and an answer, all or nothing.

A batch of any size is taken in flat memory: it is read record by record, and held against the rules and written part
by part, in one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from io import BytesIO
from itertools import groupby, islice
from typing import IO, Generic, NoReturn

from gateway.errors import ConfigurationError, Fault, GatewayError, Party, RuleViolation, Text
from gateway.journal.answer import BatchAnswer, Tally, answer_from_json, answer_to_json, too_many_rejected
from gateway.journal.changes import CHANNEL, RecordChange, audit_record, changes_of, mark_changes
from gateway.journal.document import JournalDocument
from gateway.journal.documents import open_document
from gateway.journal.kinds_allowed import forbidden_kinds
from gateway.journal.reading import PART, Part, Reading, read_document
from gateway.journal.versions import JOURNAL
from gateway.model.access import Scope
from gateway.model.ids import SchoolId
from gateway.model.journal_records import records_of
from gateway.model.rules.batch import check_batch
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.ports.frame import Clock, Units
from gateway.ports.journal import Announce, JournalUnitT, Posting, PostingAnswer
from gateway.schemas.catalogue import usable_version
from gateway.schemas.json_validation import MAX_FAULTS


class Stage(StrEnum):
    """How far a batch has come."""

    READING = "reading"
    WRITING = "writing"


Heard = Callable[[Stage, int, int | None], None]
"""Hears of a stage how many records are done, and of how many (``None``: not known yet)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Who brings a batch, and how.

    Attributes:
        client: id of the API client, or name of the person; the audit's author.
        school: the school it may write for.
        source: address it comes from.
        scopes: what it may do; a record of a kind that they do not let write is turned away.
        channel: the way in, as the audit calls it.
    """

    client: str
    school: SchoolId
    scopes: frozenset[Scope]
    source: str = ""
    channel: str = CHANNEL


class _RehearsedError(Exception):
    """Ends the transaction of a dry run, so that nothing of it stays."""

    def __init__(self, answer: BatchAnswer) -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, kw_only=True, slots=True)
class JournalIntake(Generic[JournalUnitT]):
    """Takes the batches of one school's journal system.

    ``keys_kept`` is how long a posting's key is remembered, and with it the answer; ``part_size`` is how many records
    are held against the rules and written together.
    """

    units: Units[JournalUnitT]
    clock: Clock
    announce: Announce[JournalUnitT]
    keys_kept: timedelta = timedelta(days=90)
    part_size: int = PART

    def accept(
        self,
        content: IO[bytes] | bytes,
        media_type: str,
        idempotency_key: str,
        sender: Sender,
    ) -> BatchAnswer:
        """Take a batch and tell what became of each of its records.

        A record that its sender may not bring is turned away before anything looks at it; one that is not valid by
        its schema or breaks a rule with all its faults; each together with those that depend on it. The others are
        written in one transaction with the audit entries, the run of the step, the answer and the news for families.
        The same client, key and content are answered the same again and write nothing, also when they arrive at once.

        Args:
            content: the document as posted, of any size; a file is read several times from its beginning.
            media_type: ``application/json`` or ``application/xml``.
            idempotency_key: the client's own name of this posting, 1 to 64 characters.
            sender: who posts it.

        Raises:
            SchemaError: the document as a whole is not usable, for instance of a version that is retired
                (``schema.retired``); nothing was written.
            DocumentError: ``journal.too_many_rejected``: too many of its records break rules; nothing was written.
            RuleViolation: ``journal.foreign_school``: the batch is of a school the client may not write for.
            GatewayError: ``journal.idempotency_key_reused``: the key was used for other content.
            ConfigurationError: ``journal.school_missing``: the school is not set up here.
            OSError: there is no room for temporary files.
        """
        file = BytesIO(content) if isinstance(content, bytes) else content
        document = open_document(file, media_type)
        return self.take(document, idempotency_key, digest_of(file), sender)

    def take(
        self,
        document: JournalDocument,
        idempotency_key: str,
        digest: str,
        sender: Sender,
        *,
        dry_run: bool = False,
        heard: Heard = lambda _stage, _done, _of: None,
    ) -> BatchAnswer:
        """Take a document that is open already, as `accept` does.

        Args:
            document: the document.
            idempotency_key: name of this posting.
            digest: SHA-256 of the document's bytes, in hex.
            sender: who brings it.
            dry_run: tell what would become of it, and write nothing.
            heard: hears how far it has come.
        """
        received_at = self.clock()
        usable_version(JOURNAL, document.version, on=received_at.date())
        forbidden = forbidden_kinds(sender.scopes)
        reads = read_document(document, lambda done: heard(Stage.READING, done, None), forbidden=forbidden)
        with reads as reading:
            if reading.batch.school != sender.school:
                raise _foreign_school()
            posting = Posting(
                client=sender.client, idempotency_key=idempotency_key, digest=digest, received_at=received_at
            )
            try:
                with self.units() as unit:
                    unit.journal.forget(before=received_at - self.keys_kept)
                    told = unit.journal.claim(posting)
                    if told is not None:
                        return _told_again(told, posting)
                    taking = _Taking(unit=unit, posting=posting, reading=reading, sender=sender, announce=self.announce)
                    answer = taking.whole(heard, self.part_size)
                    unit.steps.add(_step_run(posting, answer, finished_at=self.clock()))
                    if dry_run:
                        _undo(answer)
                    return answer
            except _RehearsedError as rehearsed:
                return rehearsed.answer


@dataclass(frozen=True, kw_only=True, slots=True)
class _Taking(Generic[JournalUnitT]):
    """One batch on its way through one transaction."""

    unit: JournalUnitT
    posting: Posting
    reading: Reading
    sender: Sender
    announce: Announce[JournalUnitT]

    def whole(self, heard: Heard, part_size: int) -> BatchAnswer:
        """Take all parts, and keep what the sender is told."""
        tally = Tally(self.reading.rejected_keys, self.reading.forbidden)
        for part in self.reading.parts(part_size):
            self._part(part, tally)
            if tally.is_hopeless:
                raise too_many_rejected(_first_faults(self.reading, tally))
            heard(Stage.WRITING, tally.count, self.reading.count + len(self.reading.forbidden))
        answer = tally.answer([*self.reading.rejected, *self.reading.turn_away(tally.faults)])
        self.unit.journal.settle(self.posting, status=answer.status, answer=answer_to_json(answer))
        return answer

    def _part(self, part: Part, tally: Tally) -> None:
        batch = self.unit.journal.standing(part.batch)
        reference = self.unit.journal.reference(batch)
        if reference is None:
            raise _school_missing(batch.school)
        verdict = check_batch(
            batch,
            reference,
            now=self.posting.received_at,
            rejected=tally.rejected_keys,
            repeated=self.reading.repeated,
        )
        changes = changes_of(verdict.accepted, reference.stored)
        self._write(changes)
        tally.take(verdict.accepted, changes)
        for (kind, place), faults in verdict.faults.items():
            tally.turn_away(part.in_document((kind, place)), records_of(batch, kind)[place], faults)
        self.announce(self.unit, mark_changes(changes, verdict.accepted, reference.stored))

    def _write(self, changes: Sequence[RecordChange]) -> None:
        for kind, group in groupby(changes, key=lambda change: change.kind):
            told = list(group)
            self.unit.journal.add(kind, [change.now for change in told if change.before is None])
            self.unit.journal.put(kind, [change.now for change in told if change.before is not None])
        if changes:
            posting, sender = self.posting, self.sender
            self.unit.audit.append(
                audit_record(
                    change, at=posting.received_at, client=sender.client, source=sender.source, channel=sender.channel
                )
                for change in changes
            )


def digest_of(file: IO[bytes]) -> str:
    """Return the SHA-256 of a file, in hex."""
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(2**16):
        digest.update(piece)
    return digest.hexdigest()


def _first_faults(reading: Reading, tally: Tally) -> tuple[Fault, ...]:
    some = dict(islice(tally.faults.items(), MAX_FAULTS))
    return tuple(islice((fault for one in reading.turn_away(some) for fault in one.faults), MAX_FAULTS))


def _undo(answer: BatchAnswer) -> NoReturn:
    raise _RehearsedError(answer)


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
