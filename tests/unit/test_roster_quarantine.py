"""Quarantine: records turned away are kept sealed, one root cause is one problem, what comes back clean is resolved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.errors import Fault, GatewayError, Rejected, Text
from gateway.model.roster import Received, RecordKind, RosterSnapshot
from gateway.model.roster_quarantine import CauseKind, QuarantineState, quarantine_id, quarantined, root_causes
from gateway.roster.quarantine import RosterQuarantine, keep_what_came
from gateway.storage.roster_quarantine import SqlQuarantine
from gateway.storage.sealing import NO_KEY
from gateway.storage.tables.roster_runs import roster_quarantine
from tests.roster_world import NOON, SCHOOL, UNPROVED, Database, database, roster

SAID = roster(4).snapshot()
WRONG = Text(ru="Не сходится.", en="Wrong.")
RAW = "<Pupil><family>Тестова</family></Pupil>"


def bad(record: str, *, kind: str = "pupil", code: str = "roster.snils", names: str | None = None) -> Rejected:
    """A record with one fault; ``names`` is the class that it names in vain."""
    fault = Fault(
        code="roster.unknown_reference" if names else code,
        text=WRONG,
        record=record,
        field="classId" if names else "snils",
        value=names,
    )
    return Rejected(record=record, kind=kind, faults=(fault,), raw=RAW)


def enrollments_of(school_class: str, *pupils: int) -> tuple[Rejected, ...]:
    return tuple(bad(f"P-{one}/{school_class}/2026-09-01", kind="enrollment", names=school_class) for one in pupils)


def said(*rejected: Rejected, **changed: object) -> RosterSnapshot:
    return replace(SAID, rejected=rejected, **changed)  # type: ignore[arg-type]  # fields of a snapshot


@pytest.fixture
def base(tmp_path: Path) -> Iterator[Database]:
    with database(tmp_path) as base:
        yield base


def test_thirty_enrolments_of_one_missing_class_are_one_problem() -> None:
    records = quarantined(said(*enrollments_of("C-9", *range(1, 31))), (), at=NOON)
    (cause,) = root_causes(records)
    assert (cause.kind, cause.about, len(cause.records)) == (CauseKind.MISSING, ("class", "C-9"), 30)
    assert "C-9" in cause.text.ru
    assert "C-9" in cause.text.en


def test_a_bad_class_carries_those_who_name_it() -> None:
    records = quarantined(said(bad("C-1", kind="class"), *enrollments_of("C-1", 1, 2)), (), at=NOON)
    (cause,) = root_causes(records)
    assert (cause.kind, cause.about, cause.text) == (CauseKind.RECORD, ("class", "C-1"), WRONG)
    assert cause.records[0] == quarantine_id(SCHOOL.id, "registry", "class", "C-1")
    assert len(cause.records) == 3


def test_faults_of_one_sort_are_one_cause_and_the_largest_comes_first() -> None:
    one_sort = [bad(f"P-{number}") for number in range(5)]
    records = quarantined(
        said(*one_sort, bad("P-8", code="roster.period_reversed"), *enrollments_of("C-9", 1, 2)), (), at=NOON
    )
    assert [len(cause.records) for cause in root_causes(records)] == [5, 2, 1]


def test_a_circle_of_records_that_name_each_other_ends() -> None:
    circle = (
        replace(bad("A", kind="class", names="B")),
        replace(bad("B", kind="class", names="A")),
    )
    assert sum(len(cause.records) for cause in root_causes(quarantined(said(*circle), (), at=NOON))) == 2


def test_a_cause_has_the_same_id_in_the_next_run() -> None:
    first = root_causes(quarantined(said(*enrollments_of("C-9", 1)), (), at=NOON))
    later = root_causes(quarantined(said(*enrollments_of("C-9", 1, 2)), (), at=NOON + timedelta(days=1)))
    assert first[0].id == later[0].id


def test_a_record_that_comes_back_clean_is_resolved_even_in_a_doubted_snapshot() -> None:
    held = quarantined(said(bad("P-1"), bad("P-9")), (), at=NOON)
    later = NOON + timedelta(days=1)
    changed = quarantined(said(bad("P-9"), doubts=UNPROVED), held, at=later)
    states = {one.record: one.state for one in changed}
    assert states == {"P-1": QuarantineState.RESOLVED, "P-9": QuarantineState.OPEN}
    still = next(one for one in changed if one.record == "P-9")
    assert (still.first_seen, still.last_seen) == (NOON, later)


def test_a_record_that_a_doubted_snapshot_does_not_have_stays_open() -> None:
    held = quarantined(said(bad("P-9")), (), at=NOON)
    assert quarantined(said(doubts=UNPROVED), held, at=NOON) == ()
    assert quarantined(said(partial=True), held, at=NOON) == ()
    (gone,) = quarantined(said(), held, at=NOON)
    assert gone.state is QuarantineState.RESOLVED


def test_a_relation_that_came_clean_is_resolved() -> None:
    held = quarantined(said(*enrollments_of("C-9", 1)), (), at=NOON)
    came = (Received(kind=RecordKind.ENROLLMENT, source_id="P-1/C-9/2026-09-01", raw="<E/>"),)
    (one,) = quarantined(said(partial=True, received=came), held, at=NOON)
    assert one.state is QuarantineState.RESOLVED


def test_a_record_that_is_bad_again_is_new(base: Database) -> None:
    later = NOON + timedelta(days=2)
    with base.unit() as unit:
        keep_what_came(unit, said(bad("P-9")), at=NOON)
        keep_what_came(unit, said(), at=NOON + timedelta(days=1))
        keep_what_came(unit, said(bad("P-9")), at=later)
    (one,) = RosterQuarantine(units=base.units).records()
    assert (one.first_seen, one.state) == (later, QuarantineState.OPEN)


def test_raw_records_are_sealed_and_opened_for_who_may_see_them(base: Database) -> None:
    quarantine = RosterQuarantine(units=base.units)
    with base.unit() as unit:
        keep_what_came(unit, said(bad("P-9")), at=NOON)
    with base.engine.connect() as connection:
        stored = connection.execute(select(roster_quarantine)).mappings().one()
    assert "Тестова" not in str(dict(stored))
    assert stored["raw"].startswith("sealed:1:")
    (listed,) = quarantine.records()
    assert (listed.raw, quarantine.record(listed.id).raw) == ("", RAW)
    assert "Тестова" not in repr(quarantine.record(listed.id))


def test_resolving_keeps_the_raw_form(base: Database) -> None:
    quarantine = RosterQuarantine(units=base.units)
    with base.unit() as unit:
        keep_what_came(unit, said(bad("P-9")), at=NOON)
        keep_what_came(unit, said(), at=NOON + timedelta(days=1))
    (one,) = quarantine.records(state=QuarantineState.RESOLVED)
    assert quarantine.record(one.id).raw == RAW
    assert quarantine.causes() == ()


def test_without_a_key_the_raw_form_is_not_kept(base: Database) -> None:
    with base.engine.begin() as connection:
        quarantine = SqlQuarantine(connection, SCHOOL.id, NO_KEY)
        quarantine.put(quarantined(said(bad("P-9")), (), at=NOON))
        (one,) = quarantine.all()
        kept = quarantine.get(one.id)
    assert kept is not None
    assert (kept.raw, kept.faults[0].code) == ("", "roster.snils")


def test_what_was_written_in_a_wrong_place_is_not_kept_in_clear(base: Database) -> None:
    fault = Fault(code="roster.snils", text=WRONG, value="900-000-001 99")
    with base.unit() as unit:
        keep_what_came(unit, said(replace(bad("P-9"), faults=(fault,))), at=NOON)
    with base.engine.connect() as connection:
        assert "900-000-001" not in str(connection.execute(select(roster_quarantine)).mappings().all())


def test_an_unknown_record_is_told(base: Database) -> None:
    with pytest.raises(GatewayError) as refused:
        RosterQuarantine(units=base.units).record("nobody")
    assert refused.value.code == "roster.quarantine_unknown"
