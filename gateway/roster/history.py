"""What syncs did: the runs of a school, which of them measure the next one, who decided what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.errors import GatewayError, Text
from gateway.model.audit import AuditRecord
from gateway.model.roster import RecordKind, RosterSnapshot, snapshot_counts
from gateway.model.roster_change import Change
from gateway.model.roster_plan import PlanHead
from gateway.model.roster_run import RosterRun, RunCount, RunOutcome
from gateway.ports.frame import Clock, Units
from gateway.ports.roster import RosterUnit
from gateway.ports.roster_trail import RosterTrail


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStory:
    """A run, and the plans it made, as they are now: the one that was carried out first."""

    run: RosterRun
    plans: tuple[PlanHead, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterHistory:
    """The runs of a school's syncs."""

    units: Units[RosterUnit]
    clock: Clock

    def newest(self, *, source: str | None = None, limit: int = 50) -> Sequence[RosterRun]:
        """Return the newest runs, newest first."""
        with self.units() as unit:
            return unit.roster_runs.newest(source=source, limit=limit)

    def story(self, run_id: str) -> RunStory:
        """Return a run with what became of its plans.

        Raises:
            GatewayError: ``roster.run_unknown``.
        """
        with self.units() as unit:
            return run_story(unit, run_id)

    def accept(self, run_id: str, *, by: str, reason: str, role: str = "operator") -> RosterRun:
        """Call the numbers of a doubted run right: the next run is measured by them.

        It proves nothing else and removes nothing by itself.

        Raises:
            GatewayError: ``roster.run_unknown``; ``roster.run_no_measure``: the run failed or was partial.
        """
        with self.units() as unit:
            unit.roster.lock()
            run = run_story(unit, run_id).run
            if run.partial or run.outcome is RunOutcome.FAILED:
                raise _no_measure(run)
            at = self.clock()
            unit.roster_runs.accept(run_id, by=by, at=at)
            unit.audit.append(
                [
                    AuditRecord(
                        at=at,
                        actor=by,
                        role=role,
                        channel="roster",
                        action="accept",
                        object_kind="roster_run",
                        object_id=run_id,
                        new={kind.value: number for kind, number in run.received().items()},
                        reason=reason,
                    )
                ]
            )
            return replace(run, accepted_by=by, accepted_at=at)


def run_story(unit: RosterTrail, run_id: str) -> RunStory:
    """Return a run with what became of its plans; raise ``roster.run_unknown`` where there is none."""
    run = unit.roster_runs.get(run_id)
    if run is None:
        raise GatewayError(
            "roster.run_unknown",
            Text(ru=f"Синхронизации «{run_id}» нет в истории.", en=f"There is no sync '{run_id}' in the history."),
        )
    made = (unit.roster.plan(one) for one in (run.plan, *run.held_plans) if one)
    return RunStory(run=run, plans=tuple(stored.head for stored in made if stored is not None))


def run_counts(
    snapshot: RosterSnapshot, done: Iterable[Change], held: Iterable[Change] = ()
) -> Mapping[str, Mapping[str, int]]:
    """Return what is counted of a sync: by kind of record, received, rejected, each action done, and held.

    Received are all records the source gave, those that were turned away too: it is the source that is measured.
    """
    counted: dict[str, Counter[str]] = {kind.value: Counter() for kind in RecordKind}
    for kind, number in snapshot_counts(snapshot).items():
        counted[kind.value][RunCount.RECEIVED.value] += number
    for one in snapshot.rejected:
        counted.setdefault(one.kind, Counter()).update((RunCount.RECEIVED.value, RunCount.REJECTED.value))
    for change in done:
        counted[change.kind.value][change.action.value] += 1
    for change in held:
        counted[change.kind.value][RunCount.HELD.value] += 1
    return {kind: dict(numbers) for kind, numbers in counted.items() if any(numbers.values())}


def finished_run(
    run_id: str,
    snapshot: RosterSnapshot,
    *,
    started_at: datetime,
    finished_at: datetime,
    done: Iterable[Change] = (),
    held: Iterable[Change] = (),
    plan: str | None = None,
    held_plans: tuple[str, ...] = (),
    doubts: tuple[Text, ...] | None = None,
) -> RosterRun:
    """Return the run of a sync that came to its end.

    Args:
        run_id: its id.
        snapshot: as it was read.
        started_at: before the first byte was asked for.
        finished_at: when everything is written.
        done: the changes that were carried out.
        held: the changes that wait for a person.
        plan: id of the plan that was carried out.
        held_plans: ids of the plans that wait.
        doubts: those of the snapshot, and what matching and comparing with earlier runs added.
    """
    doubted = snapshot.doubts if doubts is None else doubts
    changes = tuple(done)
    outcome = RunOutcome.APPLIED if changes else RunOutcome.UNCHANGED
    return RosterRun(
        id=run_id,
        source=snapshot.source,
        started_at=started_at,
        finished_at=finished_at,
        outcome=RunOutcome.HELD if held_plans else outcome,
        counts=run_counts(snapshot, changes, held),
        complete=snapshot.complete and not doubted,
        partial=snapshot.partial,
        doubts=doubted,
        plan=plan,
        held_plans=held_plans,
    )


def failed_run(
    run_id: str, source: str, error: GatewayError, *, started_at: datetime, failed_at: datetime
) -> RosterRun:
    """Return the run of a sync that was stopped by an error."""
    return RosterRun(
        id=run_id,
        source=source,
        started_at=started_at,
        finished_at=failed_at,
        outcome=RunOutcome.FAILED,
        error=error.code,
        error_text=error.text,
        error_who=error.who,
    )


def _no_measure(run: RosterRun) -> GatewayError:
    return GatewayError(
        "roster.run_no_measure",
        Text(
            ru=f"Синхронизация «{run.id}» не может быть мерой: она не дочитана или прочитала лишь часть.",
            en=f"Sync '{run.id}' cannot be a measure: it did not come to its end or read a part only.",
        ),
    )
