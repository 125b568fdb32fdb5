"""What is locked, when, and what opens it (R-MARK-08, C-08; R-AUD-03, R-JRNL-18, R-MARK-12, R-MARK-16, R-ATT-03)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from gateway.model.attendance import Absence, AbsenceKind, CertifiedResult, StudyCertificate
from gateway.model.journal import Deferral, MarkOrigin, Stage
from gateway.model.oversight import Correction, Decision, Outage
from gateway.model.school import Period, PolicySetting, YearState
from tests import rules_world as world
from tests.rules_world import ANNA, BORIS, DEPUTY, Q1, TEACHER, YEAR, at, broken, homework, lesson, mark, period_mark

LAST_WEEK, AFTER = at(date(2026, 10, 22), 16), at(date(2026, 11, 9), 16)
LOCKED = {("journal.locked", "correction", "R-MARK-08")}
TAUGHT = lesson()
HELD = (TAUGHT, mark(), Absence(lesson="L-1", pupil=BORIS, kind=AbsenceKind.ILLNESS), homework(), period_mark())
NEW_LESSON = lesson("L-2", hour=10)

CHANGES = {
    "mark of the pupil": replace(mark(), value=3),
    "new mark of the pupil": mark("M-2"),
    "mark of another pupil": mark("M-3", pupil=world.VERA),
    "withdrawn mark": replace(mark(), voided=True),
    "absence": Absence(lesson="L-1", pupil=BORIS, kind=AbsenceKind.EXCUSED),
    "absence of another": Absence(lesson="L-1", pupil=world.VERA, kind=AbsenceKind.LATE),
    "topic": replace(TAUGHT, topic="Проценты"),
    "new lesson": NEW_LESSON,
    "homework": homework(text="№ 8"),
}


def locked(now: datetime, *held: Any) -> set[str]:
    """Which of the changes are locked, each posted alone."""
    journal = world.opened().hold(*HELD, *held)
    verdicts = {name: journal.copy().post(world.batch_of(record), now=now).faults for name, record in CHANGES.items()}
    assert all(list(broken(faults).values()) in ([], [LOCKED]) for faults in verdicts.values())
    return {name for name, faults in verdicts.items() if faults}


def test_without_final_marks_nothing_is_locked_by_the_calendar_alone() -> None:
    assert locked(AFTER, period_mark(voided=True)) == set()
    assert locked(AFTER, period_mark(stage=Stage.EXAM, period=YEAR)) == set()


def test_until_the_period_ends_the_marks_are_locked_of_whoever_has_a_final_mark() -> None:
    assert locked(LAST_WEEK) == {"mark of the pupil", "new mark of the pupil", "withdrawn mark"}


def test_from_the_end_of_the_period_on_the_whole_page_is_locked() -> None:
    assert locked(AFTER) == set(CHANGES)


def test_a_school_may_lock_the_whole_page_at_once() -> None:
    setting = PolicySetting(id="lock_level", value="full", decided_on=world.DAY, document="Приказ")
    assert locked(LAST_WEEK, setting) == set(CHANGES)


def test_a_mark_of_the_year_locks_the_year() -> None:
    journal = world.opened().hold(TAUGHT, period_mark(period=YEAR, stage=Stage.YEAR))
    assert broken(journal.post(world.batch_of(mark()), now=LAST_WEEK).faults) == {("marks", 0): LOCKED}


def test_other_subjects_and_classes_stay_open() -> None:
    journal = world.opened().hold(*HELD)
    english = lesson("L-3", day=date(2026, 10, 1), subject=world.ENGLISH)
    others = lesson("L-4", day=date(2026, 10, 1), school_class=world.OTHER_5)
    assert journal.post(world.batch_of(english, others, mark("M-9", of="L-3")), now=AFTER).faults == {}


def test_what_is_brought_again_as_it_is_meets_no_lock() -> None:
    assert world.opened().hold(*HELD).post(world.batch_of(*HELD), now=AFTER).faults == {}


def test_a_lesson_cannot_be_carried_out_of_a_lock() -> None:
    journal = world.opened().hold(lesson("L-5"), period_mark())
    moved = lesson("L-5", day=date(2026, 11, 5))
    assert broken(journal.post(world.batch_of(moved), now=AFTER).faults) == {("lessons", 0): LOCKED}


@pytest.mark.parametrize(
    "change",
    [
        {"start": date(2026, 9, 20)},
        {"end": world.START},
        {"end": date(2026, 11, 3)},
        {"first_grade": 6},
        {"last_grade": 4},
    ],
)
def test_a_period_with_final_marks_keeps_its_days_and_grades(change: dict[str, Any]) -> None:
    quarter = next(one for one in world.frame() if isinstance(one, Period) and one.id == Q1)
    in_use = {("periods", 0): {("journal.period_in_use", "start", "R-MARK-08")}}
    changed = world.batch_of(replace(quarter, **change))
    assert broken(world.opened().hold(*HELD).post(changed, now=AFTER).faults) == in_use
    for open_still in (period_mark(voided=True), period_mark(stage=Stage.EXAM)):
        assert world.opened().hold(TAUGHT, open_still).post(changed, now=AFTER).faults == {}
    renumbered = world.batch_of(replace(quarter, number=2))
    assert world.opened().hold(*HELD).post(renumbered, now=AFTER).faults == {}


# corrections

CORRECTION = Correction(
    id="C-1",
    record_kind="marks",
    record="M-1",
    reason="ошибка",
    requested_by=TEACHER,
    requested_at=AFTER - timedelta(hours=3),
    decision=Decision.APPROVED,
    decided_by=DEPUTY,
    decided_at=AFTER - timedelta(hours=2),
)
CORRECTED = replace(mark(), value=3, correction="C-1")


def test_an_approved_correction_opens_its_record() -> None:
    journal = world.opened().hold(*HELD)
    assert journal.post(world.batch_of(CORRECTION, CORRECTED), now=AFTER).faults == {}


@pytest.mark.parametrize("name", ["periodMarks", "periodMark", "period_marks", "period_mark"])
def test_a_correction_calls_a_kind_as_the_schemas_do_or_as_it_was_called_before(name: str) -> None:
    journal = world.opened().hold(*HELD, replace(CORRECTION, record_kind=name, record="P-1"))
    assert journal.post(world.batch_of(period_mark(value=5, correction="C-1")), now=AFTER).faults == {}


@pytest.mark.parametrize(
    ("correction", "days", "faults"),
    [
        (replace(CORRECTION, decision=Decision.REQUESTED, decided_by=None, decided_at=None), 0, LOCKED),
        (replace(CORRECTION, decision=Decision.REFUSED), 0, LOCKED),
        (CORRECTION, 1, LOCKED),
        (replace(CORRECTION, open_until=AFTER + timedelta(days=3)), 1, set()),
        (replace(CORRECTION, open_until=AFTER - timedelta(hours=1)), 0, LOCKED),
        (replace(CORRECTION, record="M-2"), 0, LOCKED | {("journal.correction_of_other", "correction", "R-AUD-03")}),
        (
            replace(CORRECTION, record_kind="absences"),
            0,
            LOCKED | {("journal.correction_of_other", "correction", "R-AUD-03")},
        ),
    ],
    ids=["requested", "refused", "a day later", "open longer", "run out", "another mark", "another kind"],
)
def test_only_an_approval_of_this_record_opens_it_while_it_lasts(correction: Any, days: int, faults: Any) -> None:
    journal = world.opened().hold(*HELD, correction)
    verdict = journal.post(world.batch_of(CORRECTED), now=AFTER + timedelta(days=days))
    assert broken(verdict.faults).get(("marks", 0), set()) == faults


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"decided_by": TEACHER}, ("journal.correction_own", "decidedBy", "R-AUD-03")),
        ({"decided_by": None}, ("journal.correction_decision", "decidedBy", "R-AUD-03")),
        ({"decision": Decision.REQUESTED}, ("journal.correction_decision", "decidedBy", "R-AUD-03")),
        ({"record_kind": "weather"}, ("journal.record_kind", "recordKind", "R-AUD-03")),
        ({"decided_at": AFTER - timedelta(hours=4)}, ("journal.moments_reversed", "decidedAt", "R-AUD-03")),
        ({"decided_at": AFTER + timedelta(hours=4)}, ("journal.in_future", "decidedAt", "R-AUD-03")),
        (
            {"decision": Decision.REFUSED, "open_until": AFTER},
            ("journal.correction_not_approved", "openUntil", "R-AUD-03"),
        ),
    ],
)
def test_a_correction_wrong_in_one_way(changes: Any, fault: Any) -> None:
    verdict = world.opened().post(world.batch_of(replace(CORRECTION, **changes)), now=AFTER)
    assert fault in broken(verdict.faults)["corrections", 0]


def test_a_correction_is_decided_once() -> None:
    journal = world.opened().hold(CORRECTION)
    verdict = journal.post(world.batch_of(replace(CORRECTION, decision=Decision.REFUSED)), now=AFTER)
    assert broken(verdict.faults) == {("corrections", 0): {("journal.correction_decided", "decision", "R-AUD-03")}}


# what else opens a lock


@pytest.mark.parametrize(
    ("ended_on", "shut"), [(date(2026, 11, 9), set()), (date(2026, 11, 6), set()), (date(2026, 11, 5), set(CHANGES))]
)
def test_an_outage_keeps_its_days_open_until_a_working_day_after_it(ended_on: date, shut: set[str]) -> None:
    outage = Outage(id="o", started_at=at(date(2026, 9, 14), 8), ended_at=at(ended_on, 10), reason="авария")
    assert locked(AFTER, outage) == shut


def test_an_outage_of_other_days_opens_nothing() -> None:
    outage = Outage(id="o", started_at=at(date(2026, 11, 5), 8), reason="авария")
    assert locked(AFTER, outage) == set(CHANGES)


def test_a_deferral_keeps_the_lock_open_for_its_pupil_only() -> None:
    deferral = Deferral(
        id="d",
        pupil=world.VERA,
        subject=world.MATHS,
        period=Q1,
        reason="болезнь",
        until=date(2026, 11, 20),
        document="Приказ",
    )
    assert locked(AFTER, deferral) == set(CHANGES) - {"mark of another pupil"}
    assert locked(AFTER, replace(deferral, until=date(2026, 11, 8))) == set(CHANGES)


CERTIFICATE = StudyCertificate(
    id="s",
    pupil=ANNA,
    organisation="Больница",
    document="№ 1",
    valid_from=world.START,
    valid_to=world.DAY,
    results=(CertifiedResult(subject=world.MATHS, value=5), CertifiedResult(subject=world.MATHS, value=4)),
)
MEDICAL: Any = {"origin": MarkOrigin.MEDICAL, "certificate": "s"}


def test_marks_of_a_medical_organisation_come_after_the_lock() -> None:
    journal = world.opened().hold(*HELD, CERTIFICATE)
    assert journal.post(world.batch_of(mark("M-5", **MEDICAL)), now=AFTER).faults == {}
    assert journal.post(world.batch_of(mark("M-5", value=4, **MEDICAL)), now=AFTER).faults == {}


def test_a_certificate_opens_the_lock_for_what_it_states_and_nothing_else() -> None:
    """R-MARK-16: a mark of the school does not become the hospital's, and the hospital's are not just taken back."""
    journal = world.opened().hold(*HELD, CERTIFICATE, mark("M-5", **MEDICAL), period_mark("P-2", **MEDICAL))
    for change in (
        mark(value=4, **MEDICAL),
        mark(voided=True, **MEDICAL),
        mark("M-5", voided=True, **MEDICAL),
        mark("M-5"),
    ):
        assert broken(journal.copy().post(world.batch_of(change), now=AFTER).faults) == {("marks", 0): LOCKED}
    for final in (period_mark(value=5, voided=True, **MEDICAL), period_mark("P-2", voided=True, **MEDICAL)):
        assert broken(journal.copy().post(world.batch_of(final), now=AFTER).faults) == {("period_marks", 0): LOCKED}
    alone = world.opened().hold(TAUGHT, CERTIFICATE, period_mark())
    own = world.batch_of(period_mark(value=5, **MEDICAL))
    assert broken(alone.post(own, now=AFTER).faults) == {("period_marks", 0): LOCKED}
    unstated = mark("M-6", value=3, **MEDICAL)
    assert broken(journal.post(world.batch_of(unstated), now=AFTER).faults) == {
        ("marks", 0): {("journal.result_not_certified", "value", "R-MARK-16")}
    }


def test_a_final_mark_is_set_late_but_changed_in_its_period_only() -> None:
    journal = world.opened().hold(*HELD)
    change = world.batch_of(period_mark(value=5))
    assert journal.copy().post(change, now=LAST_WEEK).faults == {}
    assert broken(journal.copy().post(change, now=AFTER).faults) == {("period_marks", 0): LOCKED}
    assert journal.post(world.batch_of(period_mark("P-2", pupil=BORIS)), now=AFTER).faults == {}
    exam = period_mark("P-3", period=YEAR, stage=Stage.EXAM, announced_on=date(2026, 11, 6))
    journal.hold(exam)
    assert journal.post(world.batch_of(replace(exam, value=5)), now=AFTER).faults == {}


# years


def test_a_closed_year_takes_nothing() -> None:
    journal = world.opened().hold(*HELD, CORRECTION)
    (year,) = (one for one in world.frame(YearState.CLOSED) if type(one).__name__ == "AcademicYear")
    journal.hold(year)
    changed = [*CHANGES.values(), period_mark("P-2", pupil=BORIS), CORRECTED, replace(world.frame()[1], number=2)]
    for record in changed:
        faults = journal.copy().post(world.batch_of(record), now=AFTER).faults
        assert any(fault.code == "journal.year_closed" for found in faults.values() for fault in found), record
    assert journal.post(world.batch_of(*HELD), now=AFTER).faults == {}


def test_a_year_that_is_planned_takes_plans_only() -> None:
    journal = world.MemoryJournal().hold(*world.frame(YearState.PLANNING))
    assert broken(journal.post(world.batch_of(TAUGHT)).faults) == {
        ("lessons", 0): {("journal.year_not_open", None, "C-20")}
    }
    assert journal.post(world.batch_of(replace(world.frame()[1], end=date(2026, 10, 24)))).faults == {}


def test_a_school_without_years_keeps_its_journal() -> None:
    journal = world.MemoryJournal().hold(*world.frame()[1:])
    assert journal.post(world.batch_of(TAUGHT, mark())).faults == {}
