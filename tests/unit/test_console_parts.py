"""The console's pure parts: bars, figures and moments for people, rights, plan lines, words for everything."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from gateway.errors import Text
from gateway.model.access import Role
from gateway.model.difference import DifferenceKind
from gateway.model.export_package import PackageState
from gateway.model.journal_records import RecordKind as JournalKind
from gateway.model.record_shape import label_of
from gateway.model.roster import RecordKind
from gateway.model.roster_change import Action, Change, RowChange
from gateway.model.roster_plan import PlanState
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.web.console import names
from gateway.web.console.batch_pages import BatchOutcome
from gateway.web.console.csv_download import csv_download
from gateway.web.console.pictures import bars
from gateway.web.console.plan_lines import change_lines, ids_in
from gateway.web.console.presentation import clock_text, day_text, number_text, owner_text, size_text
from gateway.web.console.queue_pages import ALLOWED
from gateway.web.console.rights import Right, may
from gateway.web.console.step_pages import Standing, standing
from gateway.web.console.words import WORDS
from outbox import AttemptOutcome, State

MOMENT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def test_the_longest_bar_fills_the_width_and_segments_follow_each_other() -> None:
    first, second = bars({"long": {"a": 3, "none": 0, "b": 1}, "short": {"a": 2}})
    assert [(one.name, one.start, one.width) for one in first.segments] == [("a", 0, 75), ("b", 75, 25)]
    assert [(one.start, one.width) for one in second.segments] == [(0, 50)]
    assert (first.total, second.total) == (4, 2)


def test_nothing_makes_no_bar() -> None:
    assert bars({}) == []
    assert [list(one.segments) for one in bars({"empty": {"a": 0}})] == [[]]


def test_moments_and_figures_are_told_as_people_write_them() -> None:
    assert (clock_text(MOMENT, "ru"), clock_text(MOMENT, "en")) == ("04.03.2026 05:06:07", "2026-03-04 05:06:07")
    assert (day_text(date(2026, 3, 4), "ru"), day_text(date(2026, 3, 4), "en")) == ("04.03.2026", "2026-03-04")
    assert (number_text(3120, "ru"), number_text(3120, "en")) == ("3\u202f120", "3,120")


@pytest.mark.parametrize(
    ("count", "russian", "english"),
    [
        (0, "0 байт", "0 bytes"),
        (1023, "1023 байт", "1023 bytes"),
        (1536, "1,5 КиБ", "1.5 KiB"),
        (5 * 2**40, "5120,0 ГиБ", "5120.0 GiB"),
    ],
)
def test_sizes_are_told_in_the_largest_unit(count: int, russian: str, english: str) -> None:
    assert (size_text(count, "ru"), size_text(count, "en")) == (russian, english)


def test_the_owner_of_a_certificate_is_its_common_name() -> None:
    assert owner_text("CN=Образцова Проба,title=Директор,C=RU") == "Образцова Проба"


@pytest.mark.parametrize(
    ("right", "roles"),
    [
        (Right.DECIDE, {Role.ADMINISTRATOR, Role.COORDINATOR}),
        (Right.TAKE_ARCHIVE, {Role.ADMINISTRATOR, Role.COORDINATOR, Role.DIRECTOR, Role.ARCHIVIST}),
        (Right.SEE_PEOPLE, {Role.ADMINISTRATOR, Role.COORDINATOR, Role.DEPUTY, Role.DIRECTOR}),
    ],
)
def test_who_may_do_what(right: Right, roles: set[Role]) -> None:
    assert {role for role in Role if may(role, right)} == roles


def test_everything_that_can_be_shown_has_a_name() -> None:
    for table, kinds in (
        (names.STEPS, Step),
        (names.STEP_HINTS, Step),
        (names.OUTCOMES, StepOutcome),
        (names.STANDINGS, Standing),
        (names.STATES, State),
        (names.ATTEMPT_OUTCOMES, AttemptOutcome),
        (names.ROLES, Role),
        (names.PLAN_STATES, PlanState),
        (names.ACTIONS, Action),
        (names.RECORD_KINDS, RecordKind),
        (names.DIFFERENCES, DifferenceKind),
        (names.PACKAGE_STATES, PackageState),
        (names.JOURNAL_KINDS, JournalKind),
        (names.BATCH_OUTCOMES, BatchOutcome),
    ):
        assert set(table) == set(kinds)
    ones = {name for kind in JournalKind for name in (kind.one, label_of(kind.one))}
    assert {*RecordKind, *ones} == set(names.RECORDS)
    assert {verb for verbs in ALLOWED.values() for verb in verbs} <= set(names.VERBS)


def test_no_text_is_empty_in_either_language() -> None:
    tables = [table for table in vars(names).values() if isinstance(table, dict)]
    texts = [text for table in (*tables, WORDS) for text in table.values() if isinstance(text, Text)]
    assert all(text.ru.strip() and text.en.strip() for text in texts)


def test_a_plan_names_the_records_it_creates_and_those_we_hold() -> None:
    created = RowChange(
        kind=RecordKind.PUPIL,
        key=("p-1",),
        old=None,
        new={"family": "Новикова", "given": "Проба", "patronymic": "", "status": "active"},
    )
    ended = RowChange(
        kind=RecordKind.ENROLLMENT,
        key=("p-1", "c-1", "2026-09-01"),
        old={"valid_to": None, "school_class": "c-1"},
        new={"valid_to": "2026-10-01", "school_class": "c-2"},
    )
    changes = [Change(action=Action.CREATE, rows=(created,)), Change(action=Action.TRANSFER, rows=(ended,))]
    assert ids_in(changes) == {"p-1", "c-1", "c-2"}
    first, second = change_lines(changes, {"c-1": "5А", "c-2": "5Б"})
    assert (first.record, first.is_new, second.record) == ("Новикова Проба", True, "Новикова Проба → 5А")
    assert [(one.old, one.new) for one in second.fields] == [(None, "2026-10-01"), ("5А", "5Б")]
    assert "Новикова" not in repr(first)


def test_a_download_opens_in_a_spreadsheet_and_holds_no_formula() -> None:
    rows = [("=1+1", "a;b"), ("@x", 5), ("\t=1", -3)]
    answer = csv_download("list.csv", ("Имя", "value"), rows)
    text = answer.get_data(as_text=True)
    assert text == "\ufeffИмя;value\r\n'=1+1;\"a;b\"\r\n'@x;5\r\n'\t=1;-3\r\n"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="list.csv"'


@pytest.mark.parametrize(
    ("outcome", "summary", "expected"),
    [
        (StepOutcome.OK, {"lessons": 5, "rejected": 0}, Standing.OK),
        (StepOutcome.OK, {"lessons": 5, "rejected": 2}, Standing.REMARKS),
        (StepOutcome.OK, {"lessons": 700, "differences": 6}, Standing.REMARKS),
        (StepOutcome.OK, {"documents": 1, "state": "queued"}, Standing.QUEUED),
        (StepOutcome.HELD, {"rejected": 1}, Standing.HELD),
        (StepOutcome.FAILED, {}, Standing.FAILED),
    ],
)
def test_a_step_stands_well_only_when_nobody_has_to_look(
    outcome: StepOutcome, summary: dict[str, object], expected: Standing
) -> None:
    run = StepRun(id="1", step=Step.JOURNAL_IN, started_at=MOMENT, finished_at=MOMENT, outcome=outcome, summary=summary)
    assert standing(run) is expected
