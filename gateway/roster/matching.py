"""Matching in a unit of work: what rules find becomes links, what they do not becomes questions, people answer them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.errors import GatewayError, Party, RuleViolation, Text
from gateway.model.audit import AuditRecord
from gateway.model.matching import Matched, Remembered, match
from gateway.model.matching_cases import CaseReason, CaseState, StoredCase
from gateway.model.matching_kind import BY_PERSON
from gateway.model.roster import RecordKind, RosterSnapshot, RosterState
from gateway.model.roster_kind_names import ONE_NAMES
from gateway.model.roster_link import Link, LinkState
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.roster_links import MatchingUnit
from gateway.roster.author import Author
from gateway.roster.persons import identify_linked

_SURE = 100


def recognised(unit: MatchingUnit, read: RosterSnapshot, before: RosterState, *, at: datetime) -> Matched:
    """Return a snapshot with our ids in it; keep the links found and the questions asked.

    Call it with the roster locked, before planning; the links of what the plan creates are made when it is carried out.
    """
    matched = match(
        read,
        unit.roster_links.all(),
        before,
        now=at,
        remembered=Remembered(ignored=unit.roster_cases.ignored(read.source), aliases=unit.roster_merges.aliases()),
    )
    unit.roster_links.put(matched.new_links)
    identify_linked(unit, matched.new_links, author=Author(actor=read.source, role="system", channel="roster"), at=at)
    unit.roster_cases.ask(matched.cases, source=read.source, at=at, complete=read.complete)
    return matched


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchDecisions:
    """The verbs of a person over the questions of matching in one school."""

    units: Units[MatchingUnit]
    clock: Clock
    new_id: NewId

    def cases(self, *, state: CaseState | None = None, source: str | None = None) -> Sequence[StoredCase]:
        """Return the questions, the one that waits longest first."""
        with self.units() as unit:
            return unit.roster_cases.all(state=state, source=source)

    def links(self, kind: RecordKind, ids: Collection[str]) -> Sequence[Link]:
        """Return who records of ours are in the sources."""
        with self.units() as unit:
            return unit.roster_links.of(kind, ids)

    def show(self, case: str) -> StoredCase:
        """Return one question.

        Raises:
            GatewayError: ``roster.case_unknown``.
        """
        with self.units() as unit:
            return _known(unit, case)

    def same(self, case: str, record: str | None = None, *, author: Author) -> StoredCase:
        """Say that the source's record is one of ours: the likeliest, or the one named.

        For a case of many it agrees to every link that was proposed. The source's record flows with the next sync.

        Raises:
            GatewayError: ``roster.case_unknown``; ``roster.case_closed``: decided already.
            RuleViolation: ``roster.case_record``: there is no such record of that kind.
        """
        with self.units() as unit:
            unit.roster.lock()
            stored = _open(unit, case)
            if stored.case.reason.is_of_many:
                return self._agree(unit, stored, author)
            ours = record or next((one.id for one in stored.case.candidates), None)
            if ours is None or (ours,) not in unit.roster.state().of(stored.case.kind):
                raise _no_such_record(stored)
            unit.roster_links.put([self._link(stored, ours, author)])
            return self._decided(unit, stored, CaseState.SAME, ours, author)

    def new(self, case: str, *, author: Author) -> StoredCase:
        """Say that the source's record is of somebody new; for a case of many, that everybody in it is.

        Raises:
            GatewayError: ``roster.case_unknown``; ``roster.case_closed``: decided already.
            RuleViolation: ``roster.case_of_many``: a source that has numbered anew has no new people to agree to.
        """
        with self.units() as unit:
            unit.roster.lock()
            stored = _open(unit, case)
            if stored.case.reason is CaseReason.RENUMBERED:
                raise _of_many(stored)
            if stored.case.reason.is_of_many:
                return self._agree(unit, stored, author)
            ours = self.new_id()
            unit.roster_links.put([self._link(stored, ours, author)])
            return self._decided(unit, stored, CaseState.NEW, ours, author)

    def ignore(self, case: str, *, author: Author) -> StoredCase:
        """Say that the source's record is to be left alone: it changes nothing until the case is opened again.

        Raises:
            GatewayError: ``roster.case_unknown``; ``roster.case_closed``: decided already.
            RuleViolation: ``roster.case_of_many``: a case of many is answered, or stays open.
        """
        with self.units() as unit:
            unit.roster.lock()
            stored = _open(unit, case)
            if stored.case.reason.is_of_many:
                raise _of_many(stored)
            return self._decided(unit, stored, CaseState.IGNORED, None, author)

    def reopen(self, case: str, *, author: Author) -> StoredCase:
        """Ask again what was decided: the link that the decision made is retired, the next sync asks anew.

        Raises:
            GatewayError: ``roster.case_unknown``.
        """
        with self.units() as unit:
            unit.roster.lock()
            stored = _known(unit, case)
            if stored.state in {CaseState.SAME, CaseState.NEW} and stored.chosen is not None:
                made = self._link(stored, stored.chosen, author)
                unit.roster_links.put([replace(made, state=LinkState.RETIRED)])
            return self._decided(unit, stored, CaseState.OPEN, None, author)

    def same_where_one(self, *, source: str, kind: RecordKind | None = None, at_least: int = 0, author: Author) -> int:
        """Say "the same" to every open question of a source with one candidate only; return how many there were.

        Args:
            source: name of the source.
            kind: only about records of this kind.
            at_least: only where the candidate has this score.
            author: who says so, and why.
        """
        asked = [
            stored.id
            for stored in self.cases(state=CaseState.OPEN, source=source)
            if stored.case.reason is CaseReason.AMBIGUOUS
            and (kind is None or stored.case.kind is kind)
            and len(stored.case.candidates) == 1
            and stored.case.candidates[0].score >= at_least
        ]
        for case in asked:
            self.same(case, author=author)
        return len(asked)

    def _agree(self, unit: MatchingUnit, stored: StoredCase, author: Author) -> StoredCase:
        """Make every link of a case of many; what the source called the same people before is called so no more."""
        proposed = stored.case.proposed
        is_strangers = stored.case.reason is CaseReason.STRANGERS
        before = unit.roster_links.of(stored.case.kind, {one.id for one in proposed})
        source_ids = {one.source_id for one in proposed}
        unit.roster_links.put(
            replace(link, state=LinkState.RETIRED)
            for link in before
            if link.source == stored.case.source and link.source_id not in source_ids and not is_strangers
        )
        unit.roster_links.put(replace(self._link(stored, one.id, author), source_id=one.source_id) for one in proposed)
        return self._decided(unit, stored, CaseState.NEW if is_strangers else CaseState.SAME, None, author)

    def _link(self, stored: StoredCase, ours: str, author: Author) -> Link:
        return Link(
            source=stored.case.source,
            kind=stored.case.kind,
            source_id=stored.case.source_id,
            id=ours,
            confidence=_SURE,
            rule=BY_PERSON,
            linked_at=self.clock(),
            linked_by=author.actor,
        )

    def _decided(
        self, unit: MatchingUnit, stored: StoredCase, state: CaseState, chosen: str | None, author: Author
    ) -> StoredCase:
        at = self.clock()
        unit.roster_cases.decide(stored.id, state, chosen=chosen, by=author.actor, at=at)
        unit.audit.append(
            [
                AuditRecord(
                    at=at,
                    actor=author.actor,
                    role=author.role,
                    channel=author.channel,
                    action=f"match.{state}",
                    object_kind="roster_case",
                    object_id=stored.id,
                    old={"state": stored.state.value, "chosen": stored.chosen},
                    new={"state": state.value, "chosen": chosen, "records": stored.case.records},
                    reason=author.reason,
                )
            ]
        )
        return _known(unit, stored.id)


def _known(unit: MatchingUnit, case: str) -> StoredCase:
    stored = unit.roster_cases.get(case)
    if stored is None:
        raise GatewayError(
            "roster.case_unknown",
            Text(ru=f"Вопроса сопоставления «{case}» нет.", en=f"There is no question of matching '{case}'."),
        )
    return stored


def _open(unit: MatchingUnit, case: str) -> StoredCase:
    stored = _known(unit, case)
    if stored.state is not CaseState.OPEN:
        raise GatewayError(
            "roster.case_closed",
            Text(
                ru=f"Вопрос сопоставления «{case}» уже решён. Решить иначе можно, открыв его снова.",
                en=f"Question of matching '{case}' has been decided. Open it again to decide otherwise.",
            ),
        )
    return stored


def _no_such_record(stored: StoredCase) -> RuleViolation:
    return RuleViolation(
        "roster.case_record",
        Text(
            ru=f"Записи «{ONE_NAMES[stored.case.kind].ru}» с таким идентификатором у школы нет.",
            en=f"The school has no record '{ONE_NAMES[stored.case.kind].en}' with that id.",
        ),
        who=Party.COORDINATOR,
        rule="R-EXCH-04",
    )


def _of_many(stored: StoredCase) -> RuleViolation:
    return RuleViolation(
        "roster.case_of_many",
        Text(
            ru=f"Вопрос «{stored.id}» — сразу о многих записях ({stored.case.records}): на него отвечают согласием, "
            "или он остаётся открытым, пока источник не исправят.",
            en=f"Question '{stored.id}' is about many records at once ({stored.case.records}): agree to it, or "
            "leave it open until the source is mended.",
        ),
        who=Party.COORDINATOR,
        rule="R-EXCH-04",
    )
