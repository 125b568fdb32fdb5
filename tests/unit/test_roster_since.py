"""From which mark a source is asked for changes: the newest one, under a whole reading that is young enough."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.model.roster_run import RosterRun, RunOutcome
from gateway.model.roster_since import since_mark
from gateway.model.roster_source import REGISTRY_RULES
from tests.roster_world import UNPROVED

RULES = replace(REGISTRY_RULES, whole_every_days=3)
MOSCOW = "Europe/Moscow"
LATE = datetime(2026, 10, 1, 20, 30, tzinfo=UTC)
"""Half past eleven in the evening in Moscow."""


def run(name: str, *, at: datetime = LATE, partial: bool = True, **more: object) -> RosterRun:
    """A run that went well; ``w…`` is of everything, everything else of changes."""
    good = RosterRun(
        id=name, source="registry", started_at=at, finished_at=at, outcome=RunOutcome.UNCHANGED, partial=partial
    )
    return replace(good, **more)  # type: ignore[arg-type]  # fields of a run by name


WHOLE = run("w", partial=False, complete=True)
MARKS = {"w": "mark-w", "c": "mark-c"}


def mark(*runs: RosterRun, now: datetime = LATE + timedelta(hours=1)) -> str | None:
    """The newest run comes first."""
    return since_mark(runs, MARKS, RULES, now=now, zone=MOSCOW)


def test_the_newest_mark_counts() -> None:
    assert mark(WHOLE) == "mark-w"
    assert mark(run("c"), WHOLE) == "mark-c"


def test_a_single_record_that_was_read_between_is_passed_over() -> None:
    assert mark(run("refreshed"), run("c"), run("refreshed again"), WHOLE) == "mark-c"


@pytest.mark.parametrize(
    "runs",
    [
        (),
        (run("c"),),
        (run("c", outcome=RunOutcome.FAILED), WHOLE),
        (run("c", outcome=RunOutcome.HELD), WHOLE),
        (run("c", doubts=UNPROVED), WHOLE),
        (run("c"), run("other", outcome=RunOutcome.FAILED), WHOLE),
        (run("unsettled", partial=False, complete=True), WHOLE),
        (replace(WHOLE, doubts=UNPROVED, complete=False),),
    ],
    ids=["nothing yet", "no whole reading", "failed", "held", "doubted", "failed in between", "unsettled", "unproved"],
)
def test_everything_is_read(runs: tuple[RosterRun, ...]) -> None:
    assert mark(*runs) is None


@pytest.mark.parametrize(
    ("hours", "found"), [(1, "mark-w"), (48, "mark-w"), (48.4, "mark-w"), (48.6, None), (72, None)], ids=str
)
def test_a_whole_reading_grows_old_by_the_days_of_the_school(hours: float, found: str | None) -> None:
    """It was read half an hour before midnight: the third day after it begins 48 and a half hours later."""
    assert mark(WHOLE, now=LATE + timedelta(hours=hours)) == found
