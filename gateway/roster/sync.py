"""The road in: snapshot → matched → planned inside the source's scope → held or applied, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from gateway.errors import PlatformError, Text
from gateway.model.matching_cases import CaseState
from gateway.model.rollover_rest import rested
from gateway.model.roster import RosterSnapshot, RosterState
from gateway.model.roster_again import held_again
from gateway.model.roster_change import Action, Change
from gateway.model.roster_hold import split
from gateway.model.roster_link import CREATED
from gateway.model.roster_plan import PlanHead, RosterPlan
from gateway.model.roster_planning import plan
from gateway.model.roster_proof import overtaken, shrinkage, told
from gateway.model.roster_scope import Standing
from gateway.model.roster_since import UNTIL, may_be_built_on
from gateway.model.roster_source import REGISTRY_RULES, UNSEEN_DAYS, SourceKind, SourceRules
from gateway.model.school import School
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.roster import RosterSource
from gateway.ports.roster_links import MatchingUnit
from gateway.roster.asking import Asking, Reading, newest_runs, questions_open
from gateway.roster.author import Author
from gateway.roster.carry_out import carry_out
from gateway.roster.history import failed_run, finished_run
from gateway.roster.matching import recognised
from gateway.roster.preview import Confirmed, Preview, nothing_kept
from gateway.roster.probing import keep_what_was_found
from gateway.roster.proposals import Proposal, propose
from gateway.roster.quarantine import keep_what_came


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterResult:
    """What one sync did. Numbers are records of all kinds.

    ``deactivated`` are those that leave, now or on a day that is set, ``held`` are changes that wait for a person,
    ``missing`` records in force that the source no longer tells of, ``warnings`` remarks of the plan, ``complete``
    says that the list was proved to be all, ``partial`` that only what has changed was read. ``plan`` is the id of the
    plan that was applied, ``held_plans`` are those that wait, the gravest first.
    """

    source: str
    created: int
    updated: int
    deactivated: int
    reactivated: int
    transferred: int
    archived: int
    rejected: int
    held: int
    missing: int
    warnings: int
    complete: bool
    partial: bool
    plan: str | None
    held_plans: tuple[str, ...]

    @property
    def held_plan(self) -> str | None:
        """Id of the gravest plan that waits for a person."""
        return self.held_plans[0] if self.held_plans else None

    def summary(self) -> dict[str, object]:
        """Return the counts and ids as a step run keeps them."""
        return {
            "source": self.source,
            "created": self.created,
            "updated": self.updated,
            "deactivated": self.deactivated,
            "reactivated": self.reactivated,
            "transferred": self.transferred,
            "archived": self.archived,
            "rejected": self.rejected,
            "held": self.held,
            "missing": self.missing,
            "warnings": self.warnings,
            "complete": self.complete,
            "partial": self.partial,
            "plan": self.plan,
            "held_plan": self.held_plan,
            "held_plans": list(self.held_plans),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterSync:
    """Brings a school's roster to what a source says, as far as the source may.

    Attributes:
        units: opens units of work.
        source: where the snapshot comes from.
        clock: tells the present moment.
        new_id: gives ids.
        rules: what the source may do.
        stronger: rules of the school's other sources whose word counts more.
        weaker: rules of those whose word counts less.
    """

    units: Units[MatchingUnit]
    source: RosterSource
    clock: Clock
    new_id: NewId
    rules: SourceRules = REGISTRY_RULES
    stronger: tuple[SourceRules, ...] = ()
    weaker: tuple[SourceRules, ...] = ()

    def run(
        self,
        message: str | None = None,
        *,
        run_id: str | None = None,
        confirmed: Confirmed | None = None,
        everything: bool = False,
    ) -> RosterResult:
        """Pull, plan, and apply what needs no person.

        Everything written — rows, movement book, audit, plans, the run itself — is one transaction after the last byte
        has come from the source, so that a killed run leaves nothing and the next one starts over. A source that gave
        no snapshot leaves the failed run in the history, nothing else.

        Args:
            message: id of the queue message that asked for the sync.
            run_id: id of the run; without one that of the message, or a new one.
            confirmed: who has looked at the `preview` and answers for what flows; without it the source does.
            everything: read the source whole, even where what has changed would do.

        Raises:
            PlatformError: the source did not give a snapshot; the roster has not changed.
            RuleViolation: ``roster.preview_outdated``: it would do something else than was shown; nothing has changed.
        """
        started, run_id = self.clock(), run_id or message or self.new_id()
        try:
            reading = self._read(whole=everything or confirmed is not None)
        except PlatformError as error:
            with self.units() as unit:
                unit.roster_runs.add(
                    failed_run(run_id, self.rules.name, error, started_at=started, failed_at=self.clock())
                )
            raise
        with self.units() as unit:
            unit.roster.lock()
            before, at = unit.roster.state(), self.clock()
            read, today = reading.snapshot, local_day(reading.school, at)
            snapshot, whole = self._planned(unit, reading, before, at)
            if confirmed is not None:
                confirmed.check(whole)
            proposal = self._proposed(unit, whole, at, about=self._about(snapshot))
            if proposal.flowing is not None:
                author = confirmed.author if confirmed is not None else self._author
                carry_out(unit, proposal.flowing, before, author=author, at=at, today=today)
            unit.roster_absences.keep(self.rules.name, whole.absences)
            keep_what_came(unit, read, at=at)
            keep_what_was_found(unit.roster_probes, self.rules.name, self.source, at=at)
            result = _result(whole, proposal, snapshot)
            done, held = _parts(whole, proposal)
            unit.roster_runs.add(
                finished_run(
                    run_id,
                    read,
                    started_at=started,
                    finished_at=at,
                    done=done,
                    held=held,
                    plan=result.plan,
                    held_plans=result.held_plans,
                    doubts=snapshot.doubts,
                )
            )
            unit.steps.add(
                StepRun(
                    id=run_id,
                    step=Step.ROSTER_IN,
                    started_at=started,
                    finished_at=at,
                    outcome=StepOutcome.HELD if result.held_plan else StepOutcome.OK,
                    summary=result.summary() | self._mark(unit, snapshot, whole, carried_out=len(done)),
                    message=message,
                )
            )
        return result

    def plan(self) -> tuple[PlanHead, ...]:
        """Pull and plan, and apply nothing: the plans stay for a person to look at and apply.

        Returns:
            The plan of what would flow and those of what would wait for a person; empty when nothing would change.
        """
        reading = self._read(whole=True)
        with self.units() as unit:
            unit.roster.lock()
            before, at = unit.roster.state(), self.clock()
            snapshot, whole = self._planned(unit, reading, before, at)
            proposal = self._proposed(unit, whole, at, about=self._about(snapshot))
        flowing = () if proposal.flowing is None else (proposal.flowing.head,)
        return flowing + proposal.waiting

    def preview(self) -> Preview:
        """Pull and plan, and keep nothing: what `run` would do at this moment.

        Raises:
            PlatformError: the source did not give a snapshot.
        """
        reading = self._read(whole=True)
        with nothing_kept(self.units) as unit:
            unit.roster.lock()
            before, at = unit.roster.state(), self.clock()
            asked = self._open_questions(unit)
            snapshot, whole = self._planned(unit, reading, before, at)
            raised = self._open_questions(unit) - asked
        flowing, waiting = split(whole)
        return Preview(whole=whole, flowing=flowing, waiting=waiting, complete=snapshot.complete, questions=len(raised))

    def _open_questions(self, unit: MatchingUnit) -> frozenset[str]:
        return frozenset(one.id for one in unit.roster_cases.all(state=CaseState.OPEN, source=self.rules.name))

    def _read(self, *, whole: bool) -> Reading:
        asking = Asking(
            units=self.units, source=self.source, rules=self.rules, clock=self.clock, planned=self._would_change
        )
        return asking.read(whole=whole)

    def _would_change(self, unit: MatchingUnit, reading: Reading) -> RosterPlan:
        return self._planned(unit, reading, unit.roster.state(), self.clock())[1]

    def _planned(
        self, unit: MatchingUnit, reading: Reading, before: RosterState, at: datetime
    ) -> tuple[RosterSnapshot, RosterPlan]:
        """Return the snapshot with our ids and all doubts, and the plan it makes."""
        read, today = reading.snapshot, local_day(reading.school, at)
        rules, heard = rested(self.rules, read, unit.rollovers.turned(), today)
        matched = recognised(
            unit, replace(heard, doubts=read.doubts + self._second_thoughts(unit, reading)), before, at=at
        )
        snapshot = replace(matched.snapshot, remarks=matched.snapshot.remarks + matched.notes)
        standing = Standing(
            rules=rules,
            stronger=self.stronger,
            weaker=self.weaker,
            links=unit.roster_links.all(),
            locks=unit.roster_locks.all(),
            absences=unit.roster_absences.all(),
            left=unit.roster.left_unseen(read.source, since=at - timedelta(days=UNSEEN_DAYS)),
            met=frozenset((link.kind, link.id) for link in matched.new_links if link.rule != CREATED),
        )
        made = plan(before, snapshot, today=today, standing=standing)
        return snapshot, held_again(made, unit.roster.taken_back(read.source), before, today=today)

    def _second_thoughts(self, unit: MatchingUnit, reading: Reading) -> tuple[Text, ...]:
        """Return why a list is not believed to be all, or the newest, because of what is known of other runs."""
        older = overtaken(reading.runs, newest_runs(unit, self.rules.name))
        if reading.snapshot.partial:
            return older
        accepted = unit.roster_runs.last_accepted(reading.snapshot.source)
        return (*shrinkage(told(reading.snapshot), accepted, self.rules), *older)

    def _mark(
        self, unit: MatchingUnit, snapshot: RosterSnapshot, whole: RosterPlan, *, carried_out: int
    ) -> dict[str, object]:
        """Return the mark from which the next run may ask for changes; nothing where it has to read everything."""
        if self.rules.whole_every_days <= 1 or not snapshot.until:
            return {}
        asked = questions_open(unit, self.rules.name)
        settled = may_be_built_on(snapshot, whole, carried_out=carried_out, asked=asked)
        return {UNTIL: snapshot.until} if settled else {}

    @property
    def _author(self) -> Author:
        """Who answers for what flows without a person."""
        return Author(actor=self.rules.name, role="system", channel="roster")

    def _about(self, snapshot: RosterSnapshot) -> Collection[str] | None:
        """Return the people whom a reading is about where it is not about all: of others nothing is decided by it."""
        if snapshot.partial:
            return ()
        if snapshot.complete or self.rules.kind is not SourceKind.LISTS:
            return None
        pupils, guardians, staff = snapshot.pupils, snapshot.guardians, snapshot.staff
        return {*(one.id for one in pupils), *(one.id for one in guardians), *(one.id for one in staff)}

    def _proposed(
        self, unit: MatchingUnit, whole: RosterPlan, at: datetime, *, about: Collection[str] | None
    ) -> Proposal:
        days = self.rules.plan_days
        return propose(unit, whole, new_id=self.new_id, at=at, plan_days=days, about=about)


def local_day(school: School, moment: datetime) -> date:
    """Return the school's calendar day of a moment."""
    return moment.astimezone(ZoneInfo(school.zone)).date()


def _parts(whole: RosterPlan, proposal: Proposal) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """Return the changes that were carried out and those that wait."""
    flowing, waiting = split(whole)
    done = flowing.changes if proposal.flowing is not None else ()
    return done, tuple(chain.from_iterable(part.changes for part in waiting))


def _result(whole: RosterPlan, proposal: Proposal, snapshot: RosterSnapshot) -> RosterResult:
    carried_out, held = _parts(whole, proposal)
    done = Counter(change.action for change in carried_out)
    return RosterResult(
        source=whole.source,
        created=done[Action.CREATE],
        updated=done[Action.UPDATE],
        deactivated=done[Action.DEACTIVATE] + done[Action.END],
        reactivated=done[Action.REACTIVATE],
        transferred=done[Action.TRANSFER],
        archived=done[Action.ARCHIVE],
        rejected=len(whole.rejected),
        held=len(held),
        missing=len(whole.missing),
        warnings=len(whole.warnings),
        complete=snapshot.complete,
        partial=snapshot.partial,
        plan=proposal.flowing.head.id if proposal.flowing else None,
        held_plans=tuple(head.id for head in proposal.waiting),
    )
