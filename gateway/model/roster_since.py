"""Whether a source may be asked for its changes only, and whether what it told of them is enough. Pure.

Changes are an accelerator: they add and rewrite, and nobody is missed for them. Whatever is not plain calls for the
whole list at once, in which the proofs, the thresholds and the ladder decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.errors import GatewayError, Text
from gateway.model.roster import RosterSnapshot
from gateway.model.roster_ladder import Fate
from gateway.model.roster_plan import RosterPlan
from gateway.model.roster_quarantine import UNKNOWN_REFERENCE, Quarantined
from gateway.model.roster_run import RosterRun, RunOutcome
from gateway.model.roster_source import SourceRules
from gateway.model.roster_warning import WarningCode

UNTIL = "until"
"""Name, in the summary of a step run, of the mark up to which its source told; only runs to be built upon have it."""


def since_mark(
    runs: Iterable[RosterRun], marks: Mapping[str, str], rules: SourceRules, *, now: datetime, zone: str
) -> str | None:
    """Return the mark from which a source may be asked for changes, ``None`` where it has to be read whole.

    The newest run that left a mark counts, if the last whole reading is young enough and no run since then failed, was
    doubted or left something to a person. Readings of single records are passed over.

    Args:
        runs: the newest runs of the source, newest first.
        marks: the marks that runs have left, by the id of the run.
        rules: of the source.
        now: the present moment.
        zone: of the school; ``whole_every_days`` counts its days.
    """
    newest: str | None = None
    for run in runs:
        mark = marks.get(run.id)
        if run.outcome in {RunOutcome.FAILED, RunOutcome.HELD} or run.doubts:
            return None
        if mark is None and run.partial:
            continue
        if mark is None:
            return None
        newest = newest or mark
        if not run.partial:
            age = now.astimezone(ZoneInfo(zone)).date() - run.started_at.astimezone(ZoneInfo(zone)).date()
            # A clock that was ahead when everything was read must not keep it from being read again.
            return newest if 0 <= age.days < rules.whole_every_days else None
    return None


def may_be_built_on(snapshot: RosterSnapshot, plan: RosterPlan, *, carried_out: int, asked: int) -> bool:
    """Tell whether what a run was told is all carried out, so that the next one may ask for what came later.

    Args:
        snapshot: as it was planned, with all doubts.
        plan: what it would change.
        carried_out: how many of the plan's changes were made.
        asked: how many questions about the source's records wait for a person.
    """
    return (
        not snapshot.doubts
        and carried_out == len(plan.changes)
        and not asked
        and not plan.left_out
        and not any(one.fate is Fate.WAITS for one in plan.missing)
        and not any(one.code is WarningCode.ONLY_ADDITIONS for one in plan.warnings)
    )


def refused_changes(error: GatewayError) -> Text:
    """Return the remark on a source that does not tell its changes."""
    return Text(
        ru=f"Источник не отдал изменения, прочитан весь список: {error.text.ru}",
        en=f"The source did not tell its changes, the whole list was read: {error.text.en}",
    )


def not_enough(read: RosterSnapshot, plan: RosterPlan, waiting: Iterable[Quarantined]) -> Text | None:
    """Return why the changes that a source told are not believed to be enough, ``None`` where they are.

    Args:
        read: the changes as they came.
        plan: what they would change.
        waiting: records of the source in quarantine.
    """
    return next(_shortcomings(read, plan, waiting), None)


def _shortcomings(read: RosterSnapshot, plan: RosterPlan, waiting: Iterable[Quarantined]) -> Iterator[Text]:
    if read.doubts:
        yield _read_whole(read.doubts[0].ru, read.doubts[0].en)
    if number := read.gone + plan.left_out:
        yield _read_whole(
            f"В изменениях источника ушедших или выбывающих записей: {number}.",
            f"The source's changes name {number} record(s) as gone or leaving.",
        )
    if plan.hold:
        yield _read_whole(
            "Изменения источника пришлось бы задержать для решения человека.",
            "The source's changes would have to wait for a person.",
        )
    if any(fault.code == UNKNOWN_REFERENCE for one in read.rejected for fault in one.faults):
        yield _read_whole(
            "Изменения источника ссылаются на записи, которых в них нет.",
            "The source's changes refer to records that are not among them.",
        )
    came = {one.source_id for one in read.received}
    if any(one.record in came or any(fault.value in came for fault in one.faults) for one in waiting):
        yield _read_whole(
            "Изменились записи, из-за которых другие лежат в карантине.",
            "Records have changed because of which others are in quarantine.",
        )


def _read_whole(ru: str, en: str) -> Text:
    return Text(ru=f"{ru} Поэтому прочитан весь список.", en=f"{en} So the whole list was read.")
