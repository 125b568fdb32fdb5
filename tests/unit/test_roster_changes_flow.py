"""Between whole readings a sync asks for what has changed; whatever is not plain makes it read everything at once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.errors import ContractChanged, Fault, PermanentError, Rejected, Text, TransientError
from gateway.model.people import PersonName
from gateway.model.roster import Received, RecordKind, RosterSnapshot
from gateway.model.roster_plan import PlanState
from gateway.model.roster_quarantine import UNKNOWN_REFERENCE
from gateway.model.roster_run import RunOutcome
from gateway.model.roster_source import Ladder
from gateway.roster.decisions import RosterDecisions
from tests.roster_changes_world import NOTHING, WHOLE, Days, changed, nobody_lost
from tests.roster_world import (
    FIRST,
    NOON,
    TODAY,
    UNPROVED,
    database,
    guardian,
    link,
    place,
    pupil,
    pupil_of,
    roster,
    school_class,
    without,
)

RENAMED = replace(pupil(2), name=PersonName(family="Новая", given="Проба", patronymic="Примеровна"))
NO_CHANGES = PermanentError("registry.no_changes", Text(ru="Нет изменений.", en="No changes here."))
BROKEN = ContractChanged("platform.contract_changed", Text(ru="Не то.", en="Not that."))
SILENT = TransientError("platform.timeout", Text(ru="Нет ответа.", en="No answer."))


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    with database(tmp_path) as base:
        yield Days(base)


def dangling(record: str, missing: str) -> Rejected:
    fault = Fault(code=UNKNOWN_REFERENCE, text=Text(ru="Нет.", en="Missing."), field="classId", value=missing)
    return Rejected(record=record, kind="enrollment", faults=(fault,), raw="<Enrollment/>")


def test_everything_once_a_week_and_changes_on_the_days_between(days: Days) -> None:
    for _ in range(9):
        days.day()
    marks = [f"mark-{number}" for number in range(1, 9)]
    assert days.source.asked == [WHOLE, *marks[:6], WHOLE, marks[7]]


def test_who_does_not_ask_for_it_reads_everything_every_time(days: Days) -> None:
    days.rules = replace(days.rules, whole_every_days=1)
    days.day()
    days.day()
    assert days.source.asked == [WHOLE, WHOLE]


def test_a_change_arrives_and_the_history_says_how_it_was_read(days: Days) -> None:
    days.day()
    days.source.changed = changed(RENAMED)
    result = days.day()
    assert (result.updated, result.partial, result.complete, result.deactivated) == (1, True, False, 0)
    assert days.in_force()[RecordKind.PUPIL][pupil_of(2),]["family"] == "Новая"
    with days.base.unit() as unit:
        newest, first = unit.roster_runs.newest()
    assert (newest.partial, first.partial) == (True, False)


def test_a_person_may_ask_for_everything(days: Days) -> None:
    days.day()
    days.day(everything=True)
    assert days.source.asked == [WHOLE, WHOLE]


def test_a_plan_and_a_preview_are_of_everything(days: Days) -> None:
    days.day()
    days.sync.preview()
    days.sync.plan()
    assert days.source.asked == [WHOLE, WHOLE, WHOLE]


def test_a_source_that_leaves_no_mark_is_read_whole(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(days.source), "_mark", lambda _self: "")
    days.day()
    days.day()
    assert days.source.asked == [WHOLE, WHOLE]


@pytest.mark.parametrize("refusal", [NO_CHANGES, BROKEN], ids=["no changes", "broken contract"])
def test_a_source_that_cannot_tell_is_read_whole_and_the_reason_is_told(days: Days, refusal: Exception) -> None:
    days.day()
    days.source.changed = refusal
    result = days.day()
    assert days.source.asked == [WHOLE, "mark-1", WHOLE]
    assert (result.partial, result.complete) == (False, True)
    with days.base.unit() as unit:
        said = [one.text.en for one in unit.roster.last_warnings("registry")]
    assert any("the whole list was read" in text and str(refusal).split(": ")[1] in text for text in said)


def test_after_a_failure_everything_is_read(days: Days) -> None:
    days.day()
    days.source.changed = SILENT
    with pytest.raises(TransientError):
        days.day()
    days.source.changed = NOTHING
    days.day()
    days.day()
    assert days.source.asked == [WHOLE, "mark-1", WHOLE, "mark-3"]


def test_after_a_doubt_everything_is_read_until_it_is_proved(days: Days) -> None:
    days.source.says = replace(days.source.says, doubts=UNPROVED)
    days.day()
    days.day()
    days.source.says = replace(days.source.says, doubts=())
    days.day()
    days.day()
    assert days.source.asked == [WHOLE, WHOLE, WHOLE, "mark-3"]


def test_while_something_waits_for_a_person_everything_is_read(days: Days) -> None:
    days.day()
    days.source.says = without(days.source.says, 1, 2, 3, 4, 5, 6)
    held = days.day(everything=True)
    assert held.held_plan is not None
    days.day()
    decisions = RosterDecisions(units=days.base.units, clock=days.clock)
    decisions.approve(held.held_plan, by="deputy", reason="left")
    decisions.apply(held.held_plan, by="deputy", reason="left")
    days.day()
    days.day()
    assert days.source.asked == [WHOLE, WHOLE, WHOLE, WHOLE, "mark-4"]


def test_a_plan_that_somebody_made_and_did_not_decide_about_keeps_it_whole(days: Days) -> None:
    days.day()
    days.source.says = replace(days.source.says, pupils=(pupil(1), RENAMED, *days.source.says.pupils[2:]))
    (head,) = days.sync.plan()
    assert head.state is PlanState.PROPOSED
    days.day()
    assert days.source.asked == [WHOLE, WHOLE, WHOLE]


def test_while_somebody_is_missing_and_waits_for_his_day_everything_is_read(days: Days) -> None:
    days.rules = replace(days.rules, ladder=Ladder(suspend_after=2))
    days.day()
    days.source.says = without(days.source.says, 1)
    days.day(everything=True)
    days.day()
    assert days.day().deactivated > 0
    days.day()
    assert days.source.asked == [WHOLE, WHOLE, WHOLE, WHOLE, "mark-4"]


def test_what_was_passed_over_in_a_pause_comes_with_a_whole_reading(days: Days) -> None:
    days.day()
    days.rules = replace(days.rules, additions_only=True)
    days.source.changed = changed(RENAMED)
    assert days.day().updated == 0
    days.rules = replace(days.rules, additions_only=False)
    days.day()
    assert days.in_force()[RecordKind.PUPIL][pupil_of(2),]["family"] == "Новая"


@pytest.mark.parametrize(
    "told",
    [
        replace(NOTHING, gone=1),
        replace(NOTHING, enrollments=(place(1, 1, until=TODAY - timedelta(days=1)),)),
        replace(NOTHING, enrollments=(place(1, 1, until=TODAY + timedelta(days=30)),)),
        replace(NOTHING, guardianships=(link(1, 1, until=TODAY - timedelta(days=1)),)),
        replace(NOTHING, doubts=UNPROVED),
        replace(NOTHING, rejected=(dangling("P-1/C-9/2026-09-01", "C-9"),)),
    ],
    ids=["gone", "place ended", "place will end", "guardianship ended", "counts differ", "names what is not there"],
)
def test_changes_that_are_not_plain_make_the_same_sync_read_everything(days: Days, told: RosterSnapshot) -> None:
    days.day()
    before = days.in_force()
    days.source.changed = told
    result = days.day()
    assert days.source.asked == [WHOLE, "mark-1", WHOLE]
    assert (result.partial, result.deactivated, result.held) == (False, 0, 0)
    assert days.in_force() == before


def test_who_is_gone_leaves_by_the_whole_list_that_proves_it(days: Days) -> None:
    days.day()
    days.source.says = without(days.source.says, 1)
    days.source.changed = replace(NOTHING, gone=3)
    result = days.day()
    assert (result.complete, result.deactivated > 0) == (True, True)
    assert (pupil_of(1),) not in days.in_force()[RecordKind.PUPIL]


def test_who_is_said_to_be_gone_and_cannot_be_proved_stays(days: Days) -> None:
    days.day()
    before = days.in_force()
    days.source.changed, days.source.failure = replace(NOTHING, gone=99), SILENT
    with pytest.raises(TransientError):
        days.day()
    assert days.in_force() == before
    with days.base.unit() as unit:
        assert unit.roster_runs.newest()[0].outcome is RunOutcome.FAILED


@pytest.mark.parametrize("came", ["P-9/C-9/2026-09-01", "C-9"], ids=["the record", "what it names"])
def test_a_change_to_what_lies_in_quarantine_brings_everything(days: Days, came: str) -> None:
    days.source.says = replace(days.source.says, rejected=(dangling("P-9/C-9/2026-09-01", "C-9"),))
    days.day()
    days.source.changed = changed(
        RENAMED, received=(Received(kind=RecordKind.CLASS, source_id=came, raw="<SchoolClass/>"),)
    )
    days.day()
    assert days.source.asked == [WHOLE, "mark-1", WHOLE]


def test_a_chronic_quarantine_does_not_cost_a_whole_reading_every_day(days: Days) -> None:
    days.source.says = replace(days.source.says, rejected=(dangling("P-9/C-9/2026-09-01", "C-9"),))
    days.day()
    days.source.changed = changed(RENAMED)
    days.day()
    assert days.source.asked == [WHOLE, "mark-1"]


def test_a_mark_is_left_only_where_changes_are_asked_for(days: Days) -> None:
    days.rules = replace(days.rules, whole_every_days=1)
    days.day()
    with days.base.unit() as unit:
        assert "until" not in unit.steps.recent()[0].summary


EVERYBODY = roster(8).snapshot()
LIES = {
    "lossy: nothing has changed": NOTHING,
    "everybody is gone": replace(NOTHING, gone=99),
    "everybody left long ago": replace(
        NOTHING, enrollments=tuple(replace(one, valid_to=FIRST) for one in EVERYBODY.enrollments)
    ),
    "everybody leaves next year": replace(
        NOTHING, enrollments=tuple(replace(one, valid_to=date(2027, 1, 1)) for one in EVERYBODY.enrollments)
    ),
    "dates far in the future": replace(
        NOTHING, enrollments=tuple(replace(one, valid_from=date(2999, 9, 1)) for one in EVERYBODY.enrollments)
    ),
    "everything twice": replace(
        EVERYBODY,
        pupils=EVERYBODY.pupils * 2,
        guardians=EVERYBODY.guardians * 2,
        enrollments=EVERYBODY.enrollments * 2,
        guardianships=EVERYBODY.guardianships * 2,
    ),
    "only some of them": without(EVERYBODY, 1, 2, 3, 4, 5, 6),
    "other people's records": replace(NOTHING, pupils=tuple(pupil(number) for number in range(90, 95))),
    "a class of somebody else, and everybody in it": replace(
        NOTHING,
        classes=(school_class(9, letter="Я"),),
        enrollments=tuple(place(number, 9, since=TODAY) for number in range(1, 9)),
    ),
    "a stranger for a guardian": replace(NOTHING, guardians=(guardian(77),), guardianships=(link(77, 1),)),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_changes_that_lie_take_nobody_away(days: Days, lie: RosterSnapshot) -> None:
    days.day()
    before = days.in_force()
    days.source.changed = lie
    for _ in range(2):
        assert days.day().deactivated == 0
        assert nobody_lost(before, days.in_force())
        assert nobody_lost(before, days.in_force(NOON.date() + timedelta(days=400)))
