"""What other systems write into our gradebook: taken in leniently, kept apart, and written by a person's decision.

Nothing comes into the journal but through the journal's own door, with all its rules. Until somebody has decided the
object waits; its writer, and nobody else, reads it back by its id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic
from zoneinfo import ZoneInfo

from gateway.errors import DocumentError, Fault, GatewayError, Party, RuleViolation, Text
from gateway.mapping.journal_plain import plain_from
from gateway.mapping.oneroster_gradebook import gradebook_of
from gateway.model.audit import AuditRecord, PupilView
from gateway.model.ids import PupilId, SchoolId
from gateway.model.journal_records import key_of
from gateway.model.oneroster import (
    ObjectKind,
    ObjectStatus,
    referred,
)
from gateway.model.oneroster_submission import (
    RESULTS,
    SUBMISSION,
    WRITABLE,
    Action,
    Decider,
    Submission,
    SubmissionState,
)
from gateway.model.pupil_data import Actor
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.submissions import JournalDoor, SubmissionUnit, SubmissionUnitT
from gateway.provider.entries import Choice, Entries, Entry
from gateway.provider.intake import Intake
from gateway.provider.projection import Projection
from gateway.provider.refusals import never_deleted, object_unknown
from gateway.provider.standing import with_standing_users

MOST_LISTED = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Submissions(Generic[SubmissionUnitT]):
    """What other systems write into one school's gradebook.

    Attributes:
        journal: gives the journal's door inside a transaction, so that a record and the decision that made it are
            there together or not at all.
    """

    school: SchoolId
    units: Units[SubmissionUnitT]
    journal: Callable[[SubmissionUnitT], JournalDoor]
    projection: Projection
    clock: Clock
    new_id: NewId

    # by programs

    def put(self, kind: ObjectKind, sourced_id: str, tree: object, *, writer: Actor) -> Submission:
        """Keep an object as a program wants it to be, over what it wrote before if nobody has decided on that.

        Raises:
            DocumentError: ``oneroster.object_invalid``: it means nothing here, or refers to what is not there.
        """
        self.projection.ready()
        with self.units() as unit:
            one = self._intake(unit, writer).one(kind, sourced_id, tree)
            unit.submissions.put([one])
        return one

    def post(
        self, kind: ObjectKind, trees: Sequence[object], *, named: Mapping[str, str], writer: Actor
    ) -> list[tuple[str, str]]:
        """Keep new objects, all or none; return the id that each was given with and the one it is known by now.

        The same objects posted once more get the same ids.

        Args:
            kind: what they are.
            trees: the objects.
            named: what the address names; objects that do not say otherwise refer to it.
            writer: who writes.

        Raises:
            GatewayError: ``oneroster.object_unknown``: the address names something that is not there.
            DocumentError: ``oneroster.object_invalid``.
        """
        self.projection.ready()
        with self.units() as unit:
            pairs, kept = self._intake(unit, writer).several(kind, trees, named)
            unit.submissions.put(kept)
        return list(pairs.items())

    def delete(self, kind: ObjectKind, sourced_id: str, *, writer: Actor) -> None:
        """Keep that a program wants an object to be gone; what it wrote and nobody decided on goes at once.

        Raises:
            GatewayError: ``oneroster.object_unknown``; ``oneroster.never_deleted``: no decision could delete it.
        """
        self.projection.ready()
        with self.units() as unit:
            unit.submissions.lock()
            newest = unit.submissions.newest(writer.client, kind, sourced_id)
            held = unit.provider.one(kind, sourced_id)
            is_held = held is not None and held.status is ObjectStatus.ACTIVE
            if newest is not None and newest.state.is_open and newest.action is Action.WRITE:
                unit.submissions.put([replace(newest, state=SubmissionState.WITHDRAWN, decided_at=self.clock())])
                if not is_held:
                    return
            elif not is_held:
                raise object_unknown(kind)
            if kind not in _DELETABLE:
                raise never_deleted(kind)
            assert held is not None  # noqa: S101  it is held
            unit.submissions.put(
                [
                    Submission(
                        id=unit.submissions.next_ids(writer.client, kind, [sourced_id])[sourced_id],
                        client=writer.client,
                        kind=kind,
                        sourced_id=sourced_id,
                        action=Action.DELETE,
                        body=held.object.body,
                        received_at=self.clock(),
                    )
                ]
            )

    # by people

    def list(self, *, state: SubmissionState | None = None) -> Sequence[Submission]:
        """Return what was written, the latest first."""
        with self.units() as unit:
            return unit.submissions.all(state=state, most=MOST_LISTED)

    def get(self, submission: str) -> Submission:
        """Return one.

        Raises:
            GatewayError: ``submission.unknown``.
        """
        with self.units() as unit:
            return _found(unit, submission)

    def names_of(self, ones: Sequence[Submission], *, reader: str, role: str, source: str) -> Mapping[str, str]:
        """Return the names of the pupils that submissions are about, by id; that they were looked at is kept."""
        wanted = sorted({pupil for one in ones if (pupil := referred(one.body, "student"))})
        if not wanted:
            return {}
        now = self.clock()
        with self.units() as unit:
            found = {pupil: unit.provider.one(ObjectKind.USER, pupil) for pupil in wanted}
            unit.views.add(
                PupilView(
                    id=self.new_id(),
                    at=now,
                    actor=reader,
                    role=role,
                    pupil=PupilId(pupil),
                    what=SUBMISSION,
                    source=source,
                )
                for pupil in wanted
            )
        return {
            pupil: f"{one.object.body['familyName']} {one.object.body['givenName']}"
            for pupil, one in found.items()
            if one is not None
        }

    def choice(self, submission: str) -> Choice:
        """Return what a person may choose where it is approved: the mark that follows, the lessons of that day."""
        with self.units() as unit:
            return self._entries(unit).choice(_found(unit, submission))

    def approve(
        self, submission: str, *, by: Decider, mark: str = "", lesson: str = "", seen: datetime | None = None
    ) -> Submission:
        """Write it into the journal.

        Args:
            submission: which one.
            by: who decides.
            mark: the mark, where none follows from the result or another is meant.
            lesson: the lesson of a line item, where there are several on its day.
            seen: when the form came that the person has before them; a newer one is not decided on unseen.

        Raises:
            GatewayError: ``submission.unknown``, ``submission.decided``; the reason why the journal cannot have it,
                which is kept with it: a rule of the journal (``journal.record_refused``), ``oneroster.mark_needed``,
                ``oneroster.lesson_needed``, ``oneroster.item_waits``, ``oneroster.not_of_another``.
        """
        self.projection.refresh()
        one = self.get(submission)
        try:
            with self.units() as unit:
                held = _open(unit, one, seen)
                held = replace(held, body=with_standing_users(held.body, unit.roster_merges.aliases()))
                entry = self._entries(unit).of(held, mark=mark, lesson=lesson)
                self._write(unit, held, entry, by)
                return self._keep(unit, _approved(held, entry), by=by, action="approve", trace=entry.trace)
        except (DocumentError, RuleViolation) as refusal:
            faults = refusal.faults if isinstance(refusal, DocumentError) and refusal.faults else (_fault_of(refusal),)
            refused = replace(one, state=SubmissionState.REFUSED, faults=faults)
            with self.units() as unit:
                _open(unit, one, seen)
                self._keep(unit, refused, by=by, action="submission.refused", trace={})
            raise

    def approve_all(self, submissions: Sequence[str], *, by: Decider) -> tuple[int, int]:
        """Approve several, what is referred to first; return how many were written and how many were not."""
        with self.units() as unit:
            wanted = [_found(unit, one) for one in dict.fromkeys(submissions)]
        written = 0
        for one in sorted(wanted, key=lambda each: (WRITABLE.index(each.kind), each.received_at)):
            try:
                self.approve(one.id, by=by, seen=one.received_at)
            except GatewayError as refusal:
                if not (isinstance(refusal, DocumentError | RuleViolation) or refusal.code == "submission.decided"):
                    raise
                continue
            written += 1
        return written, len(wanted) - written

    def reject(self, submission: str, *, by: Decider, reason: str, seen: datetime | None = None) -> Submission:
        """Turn it away; its writer reads the reason.

        Raises:
            GatewayError: ``submission.unknown``, ``submission.decided``.
        """
        one = self.get(submission)
        with self.units() as unit:
            return self._reject(unit, one, seen, by=by, reason=reason)

    def reject_all(self, submissions: Sequence[str], *, by: Decider, reason: str) -> int:
        """Turn several away, all or none; return how many they were.

        Raises:
            GatewayError: ``submission.unknown``, ``submission.decided``.
        """
        wanted = [self.get(one) for one in dict.fromkeys(submissions)]
        with self.units() as unit:
            for one in wanted:
                self._reject(unit, one, None, by=by, reason=reason)
        return len(wanted)

    # inside

    def _reject(
        self, unit: SubmissionUnit, one: Submission, seen: datetime | None, *, by: Decider, reason: str
    ) -> Submission:
        rejected = replace(_open(unit, one, seen), state=SubmissionState.REJECTED, reason=reason, faults=())
        return self._keep(unit, rejected, by=by, action="submission.rejected", trace={})

    def _write(self, unit: SubmissionUnitT, one: Submission, entry: Entry, by: Decider) -> None:
        door, writer = self.journal(unit), Actor(client=one.client, source=by.source)
        for kind, record in entry.records:
            door.put(
                kind,
                key_of(record),
                plain_from(record),
                precondition=lambda _held: None,
                writer=writer,
                school=self.school,
            )

    def _keep(
        self, unit: SubmissionUnit, one: Submission, *, by: Decider, action: str, trace: Mapping[str, str]
    ) -> Submission:
        now = self.clock()
        decided = replace(one, decided_by=by.actor, decided_at=now)
        over = _over(unit, one) if one.state is SubmissionState.APPROVED else []
        unit.submissions.put([decided, *over])
        unit.audit.append(
            [
                _audit_record(one, by, action=action, trace=trace, at=now),
                *(
                    _audit_record(each, by, action="submission.superseded", trace={"result": each.sourced_id}, at=now)
                    for each in over
                    if each.sourced_id != one.sourced_id
                ),
            ]
        )
        return decided

    def _intake(self, unit: SubmissionUnit, writer: Actor) -> Intake:
        unit.submissions.lock()
        return Intake(unit=unit, school=self.school, client=writer.client, at=self.clock(), zone=_zone(unit))

    def _entries(self, unit: SubmissionUnit) -> Entries:
        return Entries(unit=unit, book=gradebook_of(unit.gradebook.facts(unit.provider.facts())), zone=_zone(unit))


_DELETABLE = frozenset({ObjectKind.LINE_ITEM, *RESULTS})


def _zone(unit: SubmissionUnit) -> ZoneInfo:
    return ZoneInfo(unit.roster.school().zone)


def _found(unit: SubmissionUnit, submission: str) -> Submission:
    found = unit.submissions.get(submission)
    if found is None:
        raise GatewayError(
            "submission.unknown",
            Text(
                ru="Такой присланной записи нет; номера – в столбце id списка «gateway gradebook list».",
                en="There is no such submission; 'gateway gradebook list' has their numbers in the column id.",
            ),
            who=Party.COORDINATOR,
        )
    return found


def _decided() -> GatewayError:
    """Return the refusal where somebody has decided on it, or its writer has written it anew."""
    return GatewayError(
        "submission.decided",
        Text(
            ru="По этой записи уже решено, или её прислали заново: посмотрите её ещё раз.",
            en="This submission has been decided on, or was written anew: look at it again.",
        ),
        who=Party.COORDINATOR,
    )


def _open(unit: SubmissionUnit, one: Submission, seen: datetime | None) -> Submission:
    """Return it as it is, kept from all others who decide until the transaction ends."""
    unit.submissions.lock()
    held = unit.submissions.get(one.id)
    if held is None or not held.state.is_open or held.received_at != (seen or one.received_at):
        raise _decided()
    return held


def _approved(one: Submission, entry: Entry) -> Submission:
    first = next(((kind, key_of(record)) for kind, record in entry.records), None)
    return replace(
        one,
        state=SubmissionState.APPROVED,
        faults=(),
        lesson=entry.lesson,
        record_kind=first[0] if first else None,
        record=" ".join(first[1]) if first else "",
    )


def _over(unit: SubmissionUnit, one: Submission) -> Sequence[Submission]:
    """Return what an approved one stands instead of from now on: its former form, and whoever else wrote its record."""
    gone = one.action is Action.DELETE
    former = unit.submissions.approved(one.kind, one.sourced_id)
    over = {former.id: former} if former else {}
    if one.record_kind is not None and one.kind in RESULTS:
        over |= {each.id: each for each in unit.submissions.of_record(one.record_kind, one.record)}
    state = SubmissionState.WITHDRAWN if gone else SubmissionState.SUPERSEDED
    return [replace(each, state=state) for each in over.values()]


def _audit_record(one: Submission, by: Decider, *, action: str, trace: Mapping[str, str], at: datetime) -> AuditRecord:
    return AuditRecord(
        at=at,
        actor=by.actor,
        role=by.role,
        channel=by.channel,
        action=action,
        object_kind=SUBMISSION,
        object_id=one.id,
        new={"kind": one.kind.value, "sourcedId": one.sourced_id, "action": one.action.value, **trace},
        reason=one.reason,
        source=by.source,
        client=one.client,
    )


def _fault_of(refusal: GatewayError) -> Fault:
    return Fault(code=refusal.code, text=refusal.text, rule=refusal.rule, who=refusal.who)
