"""What only a look back proves: a source that suddenly tells of far fewer records than before is not believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from gateway.errors import Text
from gateway.model.roster import RecordKind, RosterSnapshot, snapshot_counts
from gateway.model.roster_kind_names import KIND_NAMES
from gateway.model.roster_run import RosterRun, RunOutcome
from gateway.model.roster_source import SourceRules


def told(snapshot: RosterSnapshot) -> dict[RecordKind, int]:
    """Return how many records of each kind a source gave, good ones and rejected ones."""
    rejected = Counter(one.kind for one in snapshot.rejected)
    return {kind: number + rejected[kind.value] for kind, number in snapshot_counts(snapshot).items()}


def shrinkage(
    now: Mapping[RecordKind, int], before: Mapping[RecordKind, int] | None, rules: SourceRules
) -> tuple[Text, ...]:
    """Return the doubts about kinds that shrank too far since the last accepted run (``None``: there was none).

    A kind that has gone altogether is doubted however few it had, unless the rules let it shrink as it likes.
    """
    if before is None or rules.least_percent == 0:
        return ()
    return tuple(
        Text(
            ru=f"Записей «{KIND_NAMES[kind].ru}» источник дал {now.get(kind, 0)}, в последнем принятом "
            f"прогоне было {before[kind]}: похоже на часть списка или потерю прав у источника. Никто не выведен. "
            f"Если так и есть, подтвердите прогон или уменьшите «rosters.{rules.name}.least_percent».",
            en=f"Of the records '{KIND_NAMES[kind].en}' the source gave {now.get(kind, 0)}, in the last accepted "
            f"run there were {before[kind]}: this looks like half a list or lost rights at the source. Nobody "
            f"was removed. If it is true, accept the run or lower 'rosters.{rules.name}.least_percent'.",
        )
        for kind in RecordKind
        if kind in rules.kinds and before.get(kind, 0) and _is_too_few(now.get(kind, 0), before[kind], rules)
    )


def overtaken(before: Iterable[RosterRun], now: Iterable[RosterRun]) -> tuple[Text, ...]:
    """Return the doubt about a list during whose reading another run of the source ended: it may be the older one.

    Args:
        before: the newest runs of the source when the reading began.
        now: those when it was over.
    """
    known = {(run.id, run.finished_at) for run in before}
    if all((run.id, run.finished_at) in known or run.outcome is RunOutcome.FAILED for run in now):
        return ()
    return (
        Text(
            ru="Пока список читали, закончилась другая синхронизация с тем же источником: этот список может быть "
            "старее. Никто не выведен, следующая синхронизация всё уточнит.",
            en="While the list was read, another sync with the same source ended: this list may be the older one. "
            "Nobody was removed; the next sync will tell.",
        ),
    )


def _is_too_few(now: int, before: int, rules: SourceRules) -> bool:
    return now == 0 or now * 100 < before * rules.least_percent
