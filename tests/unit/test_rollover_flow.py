"""The year roll-over over real tables: decided, shown, carried out with its orders, taken back until it begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.errors import DocumentError, GatewayError
from gateway.model.audit import first_fault
from gateway.model.ids import LessonId, PeriodId, RecordId, StaffId, SubjectId
from gateway.model.journal import Lesson, PeriodMark, Stage
from gateway.model.journal_records import RecordKind as JournalKind
from gateway.model.journal_records import Stored
from gateway.model.movement import MovementKind
from gateway.model.movement_book import balance, uncancelled
from gateway.model.rollover import FindingCode, Outcome
from gateway.model.roster import RecordKind
from gateway.model.roster_plan import PlanState
from gateway.model.roster_warning import WarningCode
from gateway.model.school import Period, PeriodKind, YearState
from gateway.storage.tables.people import enrollment, movement
from tests.rollover_world import AUGUST, BEGINNING, ENDING, ORDERS, Year, next_snapshot, snapshot, year
from tests.roster_world import class_of, place, pupil, pupil_of, school_class, teacher


@pytest.fixture
def school(tmp_path: Path) -> Iterator[Year]:
    with year(tmp_path) as made:
        yield made


def classes(school: Year) -> dict[str, str]:
    """The class of every pupil on the first day of the new year, by name; the grade tells the year apart."""
    state, first = school.state(), BEGINNING.start.isoformat()
    names = {key[0]: f"{one['year']} {one['grade']}{one['letter']}" for key, one in state.of(RecordKind.CLASS).items()}
    return {
        str(one["pupil"]): names[str(one["school_class"])]
        for one in state.of(RecordKind.ENROLLMENT).values()
        if str(one["valid_from"]) <= first and (one["valid_to"] is None or str(one["valid_to"]) >= first)
    }


def codes(school: Year) -> set[tuple[FindingCode, object]]:
    found = school.roll_over.plan().roll_over.findings
    return {(one.code, one.pupil or one.school_class) for one in found}


def test_everybody_goes_where_the_school_says(school: Year) -> None:
    school.settle()
    school.decide(3, Outcome.REPEATS)
    school.decide(4, Outcome.CONDITIONAL)
    school.decide(8, Outcome.LEAVES)
    school.applied()
    assert classes(school) == {
        pupil_of(1): "2027 5А",
        pupil_of(2): "2027 5А",
        pupil_of(3): "2027 5А",
        pupil_of(4): "2027 6А",
        pupil_of(5): "2027 10А",
    }


def test_old_places_end_the_day_before_the_new_year_and_old_classes_stay(school: Year) -> None:
    school.settle()
    school.applied()
    state = school.state()
    ended = [one["valid_to"] for one in state.of(RecordKind.ENROLLMENT).values() if one["valid_from"] == "2026-09-01"]
    assert set(ended) == {"2027-08-31"}
    assert not any(one["archived"] for one in state.of(RecordKind.CLASS).values())


def test_the_book_has_every_kind_with_its_order(school: Year) -> None:
    school.settle()
    school.decide(3, Outcome.REPEATS, document="Протокол № 3 от 28.05.2027")
    school.decide(8, Outcome.LEAVES)
    plan, _ = school.applied()
    with school.base.unit() as unit:
        book = {one.movement.pupil: one.movement for one in unit.roster.book(plan)}
    assert {pupil: (one.kind, one.document) for pupil, one in book.items()} == {
        pupil_of(1): (MovementKind.PROMOTION, ORDERS[Outcome.PROMOTED]),
        pupil_of(2): (MovementKind.PROMOTION, ORDERS[Outcome.PROMOTED]),
        pupil_of(3): (MovementKind.REPEAT, "Протокол № 3 от 28.05.2027"),
        pupil_of(4): (MovementKind.PROMOTION, ORDERS[Outcome.PROMOTED]),
        pupil_of(5): (MovementKind.PROMOTION, ORDERS[Outcome.PROMOTED]),
        pupil_of(6): (MovementKind.GRADUATION, ORDERS[Outcome.GRADUATES]),
        pupil_of(7): (MovementKind.GRADUATION, ORDERS[Outcome.GRADUATES]),
        pupil_of(8): (MovementKind.DEPARTURE, ORDERS[Outcome.LEAVES]),
    }
    assert {one.happened_on for one in book.values()} == {date(2027, 9, 1)}


def test_the_book_balances_over_the_turn_of_the_year(school: Year) -> None:
    school.settle()
    _, shown = school.applied()
    with school.base.unit() as unit:
        book = unit.roster.movements()
    whole = balance(book, first=date(2027, 9, 1), last=date(2027, 9, 1))
    assert (whole.opening, whole.arrived, whole.left, whole.closing) == (8, 0, 2, 6)
    for line in shown.classes:
        day = balance(book, first=date(2027, 9, 1), last=date(2027, 9, 1), school_class=line.id)
        assert (day.opening, day.arrived, day.left, day.closing) == (
            line.opening,
            line.arrived,
            line.left,
            line.closing,
        )


def test_class_teachers_stay_with_their_class_and_are_asked_for_after_a_level(school: Year) -> None:
    found = {str(one.name): one for one in school.roll_over.plan().roll_over.classes if one.year == 2027}
    assert {name: one.class_teacher for name, one in found.items()} == {"5А": None, "5Б": None, "6А": teacher(1).id}
    school.roll_over.name_class("5А", teacher(2).id, by="zavuch")
    school.roll_over.name_class("1А", teacher(1).id, by="zavuch")
    shown = school.roll_over.plan().roll_over
    found = {str(one.name): one for one in shown.classes if one.year == 2027}
    assert (found["5А"].class_teacher, found["1А"].class_teacher) == (teacher(2).id, teacher(1).id)
    without = {one.school_class for one in shown.findings if one.code is FindingCode.NO_CLASS_TEACHER}
    assert without == {found["5Б"].id}


def test_a_class_that_the_registry_has_told_of_is_used(school: Year) -> None:
    said = snapshot()
    school.source.says = replace(said, classes=(*said.classes, school_class(30, grade=6, letter="А", year=2027)))
    school.sync.run()
    school.settle()
    school.applied()
    places = school.state().of(RecordKind.ENROLLMENT)
    assert (pupil_of(3), class_of(30), "2027-09-01") in places


def test_what_is_missing_stops_it_and_is_listed(school: Year) -> None:
    shown = school.roll_over.plan()
    with pytest.raises(DocumentError) as refused:
        school.roll_over.apply(shown.head.id, by="zavuch", reason="now")
    assert refused.value.code == "year.rollover_incomplete"
    listed = {(one.field, one.record) for one in refused.value.faults}
    assert {("undecided", pupil_of(5)), ("undecided", pupil_of(6)), ("no_order", pupil_of(1))} <= listed
    assert "Тестова" not in str(refused.value)
    assert set(classes(school).values()) == {"2026 4А", "2026 4Б", "2026 5А", "2026 9А", "2026 11А"}


@pytest.mark.parametrize(
    ("number", "outcome", "to", "code"),
    [
        (7, Outcome.PROMOTED, "", FindingCode.WRONG_OUTCOME),
        (1, Outcome.GRADUATES, "", FindingCode.WRONG_OUTCOME),
        (1, Outcome.PROMOTED, "6А", FindingCode.WRONG_CLASS),
        (3, Outcome.REPEATS, "6А", FindingCode.WRONG_CLASS),
        (5, Outcome.REPEATS, "", FindingCode.NO_TARGET),
        (1, Outcome.CONDITIONAL, "", FindingCode.CONDITIONAL_AT_LEVEL_END),
    ],
)
def test_a_decision_that_does_not_fit_is_told(
    school: Year, number: int, outcome: Outcome, to: str, code: FindingCode
) -> None:
    school.settle()
    school.decide(number, outcome, to=to)
    assert (code, pupil_of(number)) in codes(school)


def test_a_repeater_goes_into_the_class_that_is_named(school: Year) -> None:
    school.settle()
    school.decide(5, Outcome.REPEATS, to="9Б")
    school.applied()
    assert classes(school)[pupil_of(5)] == "2027 9Б"


def test_a_pupil_in_two_classes_is_left_alone_and_stops_the_plan(school: Year) -> None:
    second = place(1, 2, since=date(2026, 10, 1))
    school.put_into(enrollment, pupil_id=second.pupil, class_id=second.school_class, valid_from=second.valid_from)
    school.settle()
    shown = school.roll_over.plan().roll_over
    assert pupil_of(1) not in {one.pupil for one in shown.pupils}
    assert (FindingCode.TWO_CLASSES, pupil_of(1)) in codes(school)
    assert not shown.is_complete


def test_marks_of_the_year_are_looked_for(school: Year) -> None:
    whole = Period(id=PeriodId("y"), year=2026, kind=PeriodKind.YEAR, number=1, start=ENDING.start, end=ENDING.end)
    mark = PeriodMark(
        id=RecordId("m-1"), pupil=pupil_of(1), subject=SubjectId("maths"), period=whole.id, stage=Stage.YEAR, value=2
    )
    school.put(whole, mark, replace(mark, id=RecordId("m-2"), pupil=pupil_of(3), value=5))
    shown = school.roll_over.plan().roll_over
    unmarked = {one.school_class: one.number for one in shown.findings if one.code is FindingCode.NO_YEAR_MARKS}
    assert unmarked == {class_of(1): 1, class_of(2): 1, class_of(3): 2, class_of(4): 1, class_of(5): 1}
    assert (FindingCode.FAILED, pupil_of(1)) in codes(school)
    school.settle()
    school.decide(1, Outcome.REPEATS, to="4В")
    assert FindingCode.FAILED not in {code for code, _ in codes(school)}


def test_what_was_shown_is_done_or_nothing(school: Year) -> None:
    school.settle()
    shown = school.roll_over.plan()
    school.decide(3, Outcome.REPEATS)
    before = school.state()
    with pytest.raises(GatewayError) as refused:
        school.roll_over.apply(shown.head.id, by="zavuch", reason="now")
    assert (refused.value.code, school.state()) == ("year.rollover_outdated", before)


def test_another_order_is_another_plan(school: Year) -> None:
    school.settle()
    shown = school.roll_over.plan()
    assert school.roll_over.plan().head.id == shown.head.id
    school.roll_over.order(Outcome.PROMOTED, "Приказ № 50", by="zavuch")
    with pytest.raises(GatewayError, match="rollover_outdated"):
        school.roll_over.apply(shown.head.id, by="zavuch", reason="now")
    assert school.roll_over.plan().head.id != shown.head.id
    assert school.decisions.show(shown.head.id).head.state is PlanState.SUPERSEDED


def test_it_is_undone_exactly_and_the_book_only_grows(school: Year) -> None:
    school.settle()
    before = school.state()
    plan, _ = school.applied()
    done = school.roll_over.undo(plan, by="zavuch", reason="too early", role="deputy")
    assert school.state() == before
    assert (done.head.state, done.cancelled, done.how.withdrawn) == (PlanState.REVERTED, 8, ())
    with school.base.unit() as unit:
        book, entries = unit.roster.movements(), list(unit.audit.entries())
    assert not [one for one in uncancelled(book) if one.plan == plan]
    assert first_fault(entries) is None


def test_undone_it_can_be_done_again(school: Year) -> None:
    school.settle()
    plan, _ = school.applied()
    there = classes(school)
    school.roll_over.undo(plan, by="zavuch", reason="too early")
    school.applied()
    assert classes(school) == there


def lesson_of(day: date) -> Lesson:
    return Lesson(
        id=LessonId("L-9"),
        day=day,
        number=1,
        starts_at=datetime(2027, 9, 1, 6, 0, tzinfo=UTC),
        ends_at=datetime(2027, 9, 1, 6, 45, tzinfo=UTC),
        subject=SubjectId("maths"),
        teacher=StaffId("t"),
        topic="Дроби",
        school_class=class_of(1),
    )


def test_after_the_first_lesson_it_stays_with_the_list(school: Year) -> None:
    school.settle()
    plan, _ = school.applied()
    school.put(replace(lesson_of(date(2027, 8, 30)), id=LessonId("L-8")), lesson_of(date(2027, 9, 1)))
    before = school.state()
    with pytest.raises(DocumentError) as refused:
        school.roll_over.undo(plan, by="zavuch", reason="late")
    assert refused.value.code == "year.rollover_begun"
    assert [one.record for one in refused.value.faults] == ["lesson/L-9"]
    assert school.state() == before


def test_once_the_open_year_has_begun_it_stays(school: Year) -> None:
    school.settle()
    plan, _ = school.applied()
    with school.base.unit() as unit:
        unit.journal.put(JournalKind.YEARS, [Stored(record=replace(BEGINNING, state=YearState.OPEN), version=2)])
    school.clock.now = datetime(2027, 9, 1, 9, 0, tzinfo=UTC)
    with pytest.raises(GatewayError, match="rollover_year_open"):
        school.roll_over.undo(plan, by="zavuch", reason="late")


def test_the_common_road_of_plans_is_closed_to_it(school: Year) -> None:
    school.settle()
    shown = school.roll_over.plan()
    for decide in (school.decisions.approve, school.decisions.apply, school.decisions.reject):
        with pytest.raises(GatewayError, match="plan_of_year"):
            decide(shown.head.id, by="zavuch", reason="now")
    school.roll_over.apply(shown.head.id, by="zavuch", reason="now")
    with pytest.raises(GatewayError, match="plan_of_year"):
        school.reverting.run(shown.head.id, by="zavuch", reason="back")


@pytest.mark.parametrize("statement", ["INSERT INTO enrollment", "INSERT INTO movement", "INSERT INTO audit_entry",
                                       "UPDATE roster_plan"])  # fmt: skip
def test_killed_at_any_seam_nothing_is_half_done(school: Year, statement: str) -> None:
    school.settle()
    shown, before = school.roll_over.plan(), school.state()
    with school.base.dying_at(statement), pytest.raises(KeyboardInterrupt):
        school.roll_over.apply(shown.head.id, by="zavuch", reason="now")
    assert school.state() == before
    assert school.decisions.show(shown.head.id).head.state is PlanState.HELD


def test_graduates_are_archived_after_their_last_day(school: Year) -> None:
    school.settle()
    first, shown = school.applied()
    statuses = {key[0]: one["status"] for key, one in school.state().of(RecordKind.PUPIL).items()}
    assert set(statuses.values()) == {"active"}
    assert [one.number for one in shown.findings if one.code is FindingCode.STILL_HERE] == [2]
    school.clock.now = datetime(2027, 9, 1, 9, 0, tzinfo=UTC)
    again = school.roll_over.plan()
    school.roll_over.apply(again.head.id, by="zavuch", reason="their last day is over")
    gone = {key[0] for key, one in school.state().of(RecordKind.PUPIL).items() if one["status"] == "archived"}
    assert gone == {pupil_of(6), pupil_of(7)}
    with school.base.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(movement)).scalar_one() == 16
    with pytest.raises(GatewayError, match="rollover_later"):
        school.roll_over.undo(first, by="zavuch", reason="all of it")
    school.roll_over.undo(again.head.id, by="zavuch", reason="all of it")
    school.roll_over.undo(first, by="zavuch", reason="all of it")
    assert set(classes(school).values()) == {"2026 4А", "2026 4Б", "2026 5А", "2026 9А", "2026 11А"}


def test_a_source_that_still_tells_of_last_year_only_adds(school: Year) -> None:
    school.settle()
    school.applied()
    there = classes(school)
    said = snapshot()
    school.source.says = replace(said, pupils=(*said.pupils, pupil(9)), enrollments=(*said.enrollments, place(9, 2)))
    for now in (AUGUST, datetime(2027, 9, 3, 9, 0, tzinfo=UTC)):
        school.clock.now = now
        result = school.sync.run()
        assert (result.updated, result.transferred, result.deactivated, result.held) == (0, 0, 0, 0)
        assert classes(school) == there
    with school.base.unit() as unit:
        remarks = unit.roster.last_warnings("registry")
    assert any(one.code is WarningCode.SOURCE and one.words and "прошлом" in one.words.ru for one in remarks)
    assert (pupil_of(9),) in school.state().of(RecordKind.PUPIL)
    assert FindingCode.NO_CLASS in {one.code for one in school.roll_over.plan(2026).roll_over.findings}


def test_a_source_that_speaks_of_the_new_year_is_heard_again(school: Year) -> None:
    school.settle()
    school.applied()
    there = classes(school)
    school.clock.now = datetime(2027, 9, 3, 9, 0, tzinfo=UTC)
    school.source.says = next_snapshot()
    school.sync.run()
    stayed = {pupil_of(one) for one in (1, 2, 3, 4)}
    assert {one: name for one, name in classes(school).items() if one in stayed} == {
        one: name for one, name in there.items() if one in stayed
    }
    school.source.says = next_snapshot((1, 2, 3))
    school.sync.run()
    assert school.state().of(RecordKind.PUPIL)[(pupil_of(4),)]["status"] == "suspended"


def test_without_the_next_year_there_is_nowhere_to_go(school: Year) -> None:
    with pytest.raises(GatewayError) as refused:
        school.roll_over.plan(2027)
    assert (refused.value.code, refused.value.rule) == ("year.next_missing", "R-ACAD-21")
    with pytest.raises(GatewayError, match=r"year\.unknown"):
        school.roll_over.plan(2010)


def test_decisions_about_nobody_are_refused(school: Year) -> None:
    roll_over = school.roll_over
    for code, ask in {
        "rollover_pupil": lambda: school.decide(99, Outcome.REPEATS),
        "rollover_class": lambda: school.decide(1, Outcome.REPEATS, to="12А"),
        "rollover_teacher": lambda: roll_over.name_class("5А", StaffId("nobody"), by="zavuch"),
        "rollover_document": lambda: roll_over.order(Outcome.PROMOTED, " ", by="zavuch"),
    }.items():
        with pytest.raises(GatewayError, match=code):
            ask()


def test_decisions_are_audited_and_can_be_forgotten(school: Year) -> None:
    school.settle()
    assert school.roll_over.forget([pupil_of(5), pupil_of(1)], by="zavuch") == 1
    assert (FindingCode.UNDECIDED, pupil_of(5)) in codes(school)
    with school.base.unit() as unit:
        records = [one.record for one in unit.audit.entries() if one.record.action == "decide"]
    assert (records[-1].object_id, records[-1].new) == (pupil_of(5), None)
