"""The day of a roster in one page: what changed, what waits for a person, what is to be mended, who is missing.

A digest of an earlier day tells of its end: plans that waited then, records that were in quarantine then. Who was
missing then and has come back since is not kept and not told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from gateway.errors import Party, Text
from gateway.model.matching_cases import CaseState, StoredCase
from gateway.model.roster_change import Action
from gateway.model.roster_missing import MissingRecord
from gateway.model.roster_plan import WAITING, PlanHead, PlanState
from gateway.model.roster_quarantine import Quarantined, QuarantineState, RootCause, root_causes
from gateway.model.roster_run import RosterRun, RunOutcome
from gateway.model.roster_source import SourceKind, SourceRules


class SourceStanding(StrEnum):
    """How a source stands at the end of a day, the gravest first.

    Silent is one that the clock has asked and that was not synced; one that rests was never synced and is not due.
    """

    FAILED = "failed"
    SILENT = "silent"
    DOUBTED = "doubted"
    HELD = "held"
    RESTS = "rests"
    OK = "ok"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceDay:
    """A source on a day.

    Attributes:
        source: its name.
        standing: how it stands.
        run: its last sync until the end of the day, ``None`` before the first.
        good_at: when its last sync ended that did not fail.
        changed: what its syncs of the day did, by action.
        who: has to act next; ``None`` where nobody has to.
        text: what is the matter, in words.
    """

    source: str
    standing: SourceStanding
    run: RosterRun | None
    good_at: datetime | None
    changed: Mapping[Action, int] = field(default_factory=dict)
    who: Party | None = None
    text: Text | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterDigest:
    """What the coordinator has to know of a day.

    Attributes:
        day: the school's day.
        sources: those of the settings, in their order.
        changed: what was done to the roster on the day, by kind of record and action.
        decided: the plans about which a person decided on the day.
        waiting: the plans that wait for a person, the longest waiting first.
        questions: the questions of who is who that are open, the longest waiting first.
        causes: what has to be mended for the records in quarantine, the cause of most records first.
        missing: records that sources no longer tell of, the longest missing first.
    """

    day: date
    sources: tuple[SourceDay, ...]
    changed: Mapping[str, Mapping[str, int]]
    decided: tuple[PlanHead, ...]
    waiting: tuple[PlanHead, ...]
    questions: tuple[StoredCase, ...]
    causes: tuple[RootCause, ...]
    missing: tuple[MissingRecord, ...]

    @property
    def is_quiet(self) -> bool:
        """Whether nobody has to do anything."""
        return not (self.waiting or self.questions or self.causes) and all(
            one.standing in {SourceStanding.OK, SourceStanding.RESTS} for one in self.sources
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterBooks:
    """What is kept of a school's roster work, as far as a digest needs it; plans and syncs newest first."""

    runs: Collection[RosterRun] = ()
    plans: Collection[PlanHead] = ()
    quarantine: Collection[Quarantined] = ()
    cases: Collection[StoredCase] = ()
    missing: Collection[MissingRecord] = ()


def digest(
    day: date,
    begins: datetime,
    ends: datetime,
    sources: Iterable[SourceRules],
    books: RosterBooks,
    *,
    asked: Collection[str] = (),
) -> RosterDigest:
    """Return the digest of a day.

    Args:
        day: the school's day.
        begins: its first moment.
        ends: the first moment after it.
        sources: rules of the sources that the school has.
        books: what is kept.
        asked: the sources that should have been synced on the day by now.
    """
    runs = [one for one in books.runs if one.finished_at < ends]
    today = [one for one in runs if one.finished_at >= begins]
    plans = [one for one in books.plans if one.made_at < ends]
    decided = [one for one in plans if _decided_between(one, begins, ends)]
    return RosterDigest(
        day=day,
        sources=tuple(_source_day(one, runs, today, is_due=one.name in asked) for one in sources),
        changed=_changed(plans, begins, ends),
        decided=tuple(decided),
        waiting=tuple(reversed([one for one in plans if _waits(one, ends)])),
        questions=tuple(one for one in books.cases if _is_open(one, ends)),
        causes=root_causes([one for one in books.quarantine if _is_in_quarantine(one, ends)]),
        missing=tuple(one for one in books.missing if one.since <= day),
    )


def _source_day(
    rules: SourceRules, runs: Iterable[RosterRun], today: Iterable[RosterRun], *, is_due: bool
) -> SourceDay:
    own = [one for one in runs if one.source == rules.name]
    of_day = [one for one in today if one.source == rules.name]
    last = _telling(of_day) or _telling(own)
    standing = _standing(last, is_silent=is_due and not of_day)
    who, text = _trouble(standing, last, rules.kind)
    return SourceDay(
        source=rules.name,
        standing=standing,
        run=last,
        good_at=next((one.finished_at for one in own if one.outcome is not RunOutcome.FAILED), None),
        changed={action: number for action in Action if (number := sum(one.total(action.value) for one in of_day))},
        who=who,
        text=text,
    )


def _telling(runs: Sequence[RosterRun]) -> RosterRun | None:
    """Return the newest of some syncs; one of a part of the roster only where there is no other."""
    return next((one for one in runs if not one.partial), next(iter(runs), None))


def _standing(last: RosterRun | None, *, is_silent: bool) -> SourceStanding:
    if is_silent:
        return SourceStanding.SILENT
    if last is None:
        return SourceStanding.RESTS
    if last.outcome is RunOutcome.FAILED:
        return SourceStanding.FAILED
    if not (last.complete or last.partial or last.accepted_by):
        return SourceStanding.DOUBTED
    return SourceStanding.HELD if last.outcome is RunOutcome.HELD else SourceStanding.OK


def _trouble(standing: SourceStanding, last: RosterRun | None, kind: SourceKind) -> tuple[Party | None, Text | None]:
    """Return who has to act, and why."""
    match standing:
        case SourceStanding.FAILED if last is not None:
            return last.error_who or Party.COORDINATOR, last.error_text
        case SourceStanding.SILENT:
            return Party.COORDINATOR, _NEVER if last is None else _SILENT
        case SourceStanding.DOUBTED if last is not None:
            return kind.teller, last.doubts[0] if last.doubts else _UNPROVED
        case SourceStanding.HELD:
            return Party.COORDINATOR, _HELD
        case _:
            return None, None


_NEVER = Text(
    ru="Источник ещё ни разу не синхронизировался: проверьте, что работает gateway worker и что задано расписание.",
    en="The source has never been synced: see that gateway worker runs and that there is a schedule.",
)
_SILENT = Text(
    ru="За день не было ни одной синхронизации: проверьте, что работает gateway worker и что задано расписание.",
    en="There was no sync on the day: see that gateway worker runs and that there is a schedule.",
)
_UNPROVED = Text(
    ru="Полнота ответа не доказана, поэтому никто не выбыл.",
    en="The answer is not proved complete, so nobody has left.",
)
_HELD = Text(ru="План ждёт решения человека.", en="A plan waits for a person's decision.")


def _changed(plans: Iterable[PlanHead], begins: datetime, ends: datetime) -> Mapping[str, Mapping[str, int]]:
    """Return what the plans that were carried out on the day did; what was taken back on the day is left out."""
    counted: dict[str, Counter[str]] = {}
    for one in plans:
        states = {made.state for made in one.decisions if begins <= made.at < ends}
        if PlanState.APPLIED in states and PlanState.REVERTED not in states:
            for kind, by_action in one.counts.items():
                counted.setdefault(kind, Counter()).update(by_action)
    return {kind: dict(numbers) for kind, numbers in counted.items()}


def _decided_between(head: PlanHead, begins: datetime, ends: datetime) -> bool:
    """Tell whether a person decided about the plan: a source decides in its own name, and about its own plans only."""
    return any(begins <= one.at < ends and one.by != head.source for one in head.decisions)


def _waits(head: PlanHead, moment: datetime) -> bool:
    made = [one.state for one in head.decisions if one.at < moment]
    return made[-1] in WAITING if made else head.state in WAITING or bool(head.decisions)


def _is_open(stored: StoredCase, moment: datetime) -> bool:
    if stored.since >= moment:
        return False
    if stored.state is CaseState.OPEN:
        return True
    return stored.decided_at is not None and stored.decided_at >= moment


def _is_in_quarantine(one: Quarantined, moment: datetime) -> bool:
    if one.first_seen >= moment:
        return False
    if one.state is QuarantineState.OPEN:
        return True
    return one.resolved_at is not None and one.resolved_at >= moment
