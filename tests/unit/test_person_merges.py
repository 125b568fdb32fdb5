"""Two records made one and taken apart again, over real tables: everything moves, nothing is lost, all is undone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, update

from gateway.errors import DocumentError, GatewayError
from gateway.model.attendance import AbsenceKind
from gateway.model.audit import first_fault
from gateway.model.ids import PeriodId, RecordId
from gateway.model.journal import PeriodMark
from gateway.model.journal_records import KIND_OF
from gateway.model.people import Status
from gateway.model.roster import RecordKind
from gateway.model.roster_link import Link, LinkState
from gateway.roster.author import Author
from gateway.roster.people import PersonMerges
from gateway.storage.engine import open_engine
from gateway.storage.group_members import write_members
from gateway.storage.journal_rows import TABLES
from gateway.storage.roster_links import SqlLinks
from gateway.storage.tables import metadata
from gateway.storage.tables.access import console_user
from gateway.storage.tables.people import enrollment, guardianship, pupil
from gateway.storage.tables.school import group_member
from gateway.storage.work import Database
from tests.journal_world import (
    ANNA,
    BORIS,
    CLASS_10,
    ENGLISH_GROUP,
    GUARDIAN,
    MATHS,
    NOW,
    OTHER_TEACHER,
    PLAN_GROUP,
    SCHOOL,
    TEACHER,
    VERA,
    absence,
    lesson,
    mark,
    seed,
    setup_batch,
    small_school,
)

ADMIN = Author(actor="zavuch", role="deputy", channel="console", reason="Один ребёнок, заведённый дважды")


class World:
    """A school with a journal in which Anna was entered twice: as Boris, too."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.base = Database(engine, lambda: NOW)
        self.number = 0

    @property
    def merges(self) -> PersonMerges:
        return PersonMerges(units=self.base.units(SCHOOL.id), clock=self._clock, new_id=self._id)

    def unit(self) -> Any:
        return self.base.unit(SCHOOL.id)

    def write(self, *records: Any) -> None:
        with self.engine.begin() as connection:
            for record in records:
                home = TABLES[KIND_OF[type(record)]]
                connection.execute(insert(home.table), [{**home.write(record), "school_id": SCHOOL.id, "version": 1}])

    def content(self) -> Mapping[str, list[tuple[Any, ...]]]:
        """Return what every table but those of the merge itself, the audit and the movement book holds."""
        kept_apart = {"audit_entry", "audit_head", "roster_merge", "movement", "roster_case"}
        found = {}
        with self.engine.connect() as connection:
            for table in metadata.sorted_tables:
                if table.name not in kept_apart:
                    columns = [column for column in table.columns if column.name != "version"]
                    rows = connection.execute(select(*columns)).all()
                    found[table.name] = sorted((tuple(row) for row in rows), key=repr)
        return found

    def of(self, table: Any, **where: Any) -> list[Any]:
        with self.engine.connect() as connection:
            conditions = (table.c[name] == value for name, value in where.items())
            return list(connection.execute(select(table).where(*conditions)).mappings())

    def _clock(self) -> datetime:
        return NOW

    def _id(self) -> str:
        self.number += 1
        return f"merge-{self.number}"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    engine = open_engine(f"sqlite:///{tmp_path / 'merges.db'}")
    metadata.create_all(engine)
    with engine.begin() as connection:
        seed(connection, small_school())
        for place, name in enumerate((ANNA, BORIS)):
            SqlLinks(connection, SCHOOL.id).put([_link(name, f"P-{place}")])
    try:
        there = World(engine)
        setup = setup_batch()
        there.write(*setup.periods, *setup.subjects, *setup.groups, *setup.consents, lesson(), lesson("L-2", hour=10))
        with engine.begin() as connection:
            write_members(connection, SCHOOL.id, setup.groups)
        yield there
    finally:
        engine.dispose()


def _link(ours: str, source_id: str) -> Link:
    return Link(
        source="registry",
        kind=RecordKind.PUPIL,
        source_id=source_id,
        id=ours,
        confidence=100,
        rule="created",
        linked_at=NOW,
    )


def _period_mark(name: str, whose: str) -> PeriodMark:
    return PeriodMark(id=RecordId(name), pupil=whose, subject=MATHS, period=PeriodId("q1"), value=5)  # type: ignore[arg-type]


def test_everything_that_named_the_one_names_the_other(world: World) -> None:
    world.write(mark(pupil=ANNA), mark("M-2", of="L-2", pupil=BORIS), _period_mark("F-1", BORIS))
    world.write(absence(of="L-1", pupil=VERA))
    world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    marks = world.of(TABLES[KIND_OF[type(mark())]].table)
    assert {row["pupil_id"] for row in marks} == {ANNA}
    assert {row["version"] for row in marks if row["id"] == "M-2"} == {2}
    assert {row["version"] for row in marks if row["id"] == "M-1"} == {1}
    (final,) = world.of(TABLES[KIND_OF[PeriodMark]].table)
    assert final["pupil_id"] == ANNA
    assert world.of(pupil, id=BORIS)[0]["status"] == Status.ARCHIVED
    (group,) = world.of(TABLES[KIND_OF[type(setup_batch().groups[0])]].table, id=ENGLISH_GROUP)
    assert group["members"] == [ANNA]
    assert {row["pupil_id"] for row in world.of(group_member, group_id=ENGLISH_GROUP)} == {ANNA}
    assert {row["pupil_id"] for row in world.of(TABLES[KIND_OF[type(absence())]].table)} == {VERA}


def test_the_same_place_in_a_class_is_not_had_twice(world: World) -> None:
    world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    (kept,) = world.of(enrollment, pupil_id=ANNA)
    (other,) = world.of(enrollment, pupil_id=BORIS)
    assert kept["valid_to"] is None
    assert other["valid_to"] < other["valid_from"]


def test_a_guardianship_of_both_is_had_once_and_one_of_the_other_moves(world: World) -> None:
    with world.engine.begin() as connection:
        row = dict(connection.execute(select(guardianship)).mappings().one())
        both = [{**row, "pupil_id": BORIS}, {**row, "guardian_id": "g-2", "pupil_id": BORIS}]
        connection.execute(insert(guardianship), both)
    world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    in_force = {(row["guardian_id"], row["pupil_id"]) for row in world.of(guardianship) if row["valid_to"] is None}
    assert in_force == {(GUARDIAN, ANNA), ("g-2", ANNA)}


def test_sources_mean_the_kept_record_from_then_on(world: World) -> None:
    world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    with world.unit() as unit:
        active = {(one.source_id, one.id) for one in unit.roster_links.all() if one.state is LinkState.ACTIVE}
        assert active == {("P-0", ANNA), ("P-1", ANNA)}
        assert unit.roster_merges.aliases() == {BORIS: ANNA}


def test_undone_everything_is_as_it_was(world: World) -> None:
    world.write(mark(pupil=ANNA), mark("M-2", of="L-2", pupil=BORIS), _period_mark("F-1", BORIS), absence(pupil=VERA))
    before = world.content()
    merge = world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    assert world.content() != before
    undone = world.merges.undo(merge.id, author=ADMIN)
    assert undone.undone_by == "zavuch"
    assert world.content() == before
    with world.unit() as unit:
        assert unit.roster_merges.aliases() == {}
        assert first_fault(list(unit.audit.entries())) is None


def test_every_row_that_was_written_is_in_the_audit(world: World) -> None:
    world.write(mark("M-2", of="L-2", pupil=BORIS))
    world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    with world.unit() as unit:
        entries = list(unit.audit.entries())
    assert {entry.record.action for entry in entries} == {"merge"}
    (moved,) = [entry.record for entry in entries if entry.record.object_kind == "mark"]
    assert (moved.object_id, moved.old, moved.new) == ("M-2", {"pupil_id": BORIS}, {"pupil_id": ANNA})
    assert all(entry.record.actor == "zavuch" for entry in entries)


def _codes(caught: pytest.ExceptionInfo[DocumentError]) -> set[str]:
    return {fault.code for fault in caught.value.faults}


def test_two_marks_for_one_work_refuse_and_nothing_is_written(world: World) -> None:
    world.write(mark(pupil=ANNA, value=5), mark("M-2", pupil=BORIS, value=2))
    before = world.content()
    with pytest.raises(DocumentError, match=r"roster\.merge_refused") as caught:
        world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    assert _codes(caught) == {"roster.merge_two_marks"}
    assert world.content() == before


def test_a_voided_mark_does_not_refuse(world: World) -> None:
    world.write(mark(pupil=ANNA), mark("M-2", pupil=BORIS, value=2, voided=True))
    world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)


def test_a_mark_and_an_absence_at_one_lesson_refuse(world: World) -> None:
    world.write(mark(pupil=ANNA), absence(pupil=BORIS))
    with pytest.raises(DocumentError) as caught:
        world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    assert _codes(caught) == {"roster.merge_mark_and_absence"}


def test_coming_late_and_a_mark_agree(world: World) -> None:
    world.write(mark(pupil=ANNA), absence(pupil=BORIS, kind=AbsenceKind.LATE))
    world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)


def test_two_absences_at_one_lesson_refuse(world: World) -> None:
    world.write(absence(pupil=ANNA), absence(pupil=BORIS))
    with pytest.raises(DocumentError) as caught:
        world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    assert _codes(caught) == {"roster.merge_one_key"}


def test_two_final_marks_refuse(world: World) -> None:
    world.write(_period_mark("F-1", ANNA), _period_mark("F-2", BORIS))
    with pytest.raises(DocumentError) as caught:
        world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    assert _codes(caught) == {"roster.merge_two_final_marks"}


def test_two_classes_at_a_time_refuse(world: World) -> None:
    with world.engine.begin() as connection:
        connection.execute(update(enrollment).where(enrollment.c.pupil_id == BORIS).values(class_id=CLASS_10))
    with pytest.raises(DocumentError) as caught:
        world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    assert _codes(caught) == {"roster.merge_two_classes"}


def test_two_snils_are_two_people(world: World) -> None:
    with world.engine.begin() as connection:
        for name, snils in ((ANNA, "112-233-445 95"), (BORIS, "087-654-303 00")):
            connection.execute(update(pupil).where(pupil.c.id == name).values(snils=snils))
    with pytest.raises(DocumentError) as caught:
        world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    assert _codes(caught) == {"roster.merge_two_people"}


def test_what_the_kept_record_lacks_it_takes_from_the_other(world: World) -> None:
    with world.engine.begin() as connection:
        connection.execute(update(pupil).where(pupil.c.id == BORIS).values(snils="112-233-445 95", patronymic="Иная"))
    merge = world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    (kept,) = world.of(pupil, id=ANNA)
    assert (kept["snils"], kept["patronymic"]) == ("112-233-445 95", "Иная")
    world.merges.undo(merge.id, author=ADMIN)
    assert world.of(pupil, id=ANNA)[0]["snils"] is None


@pytest.mark.parametrize(("kept", "absorbed"), [(ANNA, ANNA), (ANNA, "nobody"), (TEACHER, ANNA)])
def test_only_two_people_of_a_kind_can_be_made_one(world: World, kept: str, absorbed: str) -> None:
    with pytest.raises(GatewayError, match=r"roster\.merge_record"):
        world.merges.merge(RecordKind.PUPIL, kept, absorbed, author=ADMIN)


def test_who_was_absorbed_is_not_absorbed_again(world: World) -> None:
    world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    with pytest.raises(GatewayError, match=r"roster\.merged"):
        world.merges.merge(RecordKind.PUPIL, VERA, BORIS, author=ADMIN)


def test_what_was_changed_since_is_not_undone(world: World) -> None:
    world.write(mark("M-2", of="L-2", pupil=BORIS))
    merge = world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    table = TABLES[KIND_OF[type(mark())]].table
    with world.engine.begin() as connection:
        connection.execute(update(table).values(pupil_id=VERA))
    with pytest.raises(DocumentError, match=r"roster\.unmerge_refused") as caught:
        world.merges.undo(merge.id, author=ADMIN)
    assert [fault.record for fault in caught.value.faults] == ["mark M-2"]
    with world.unit() as unit:
        assert unit.roster_merges.aliases() == {BORIS: ANNA}


def test_a_merge_is_undone_once(world: World) -> None:
    merge = world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    world.merges.undo(merge.id, author=ADMIN)
    with pytest.raises(GatewayError, match=r"roster\.merge_undone"):
        world.merges.undo(merge.id, author=ADMIN)
    with pytest.raises(GatewayError, match=r"roster\.merge_unknown"):
        world.merges.undo("nothing", author=ADMIN)


def test_two_records_of_a_teacher_become_one(world: World) -> None:
    world.write(lesson("L-9", hour=11, teacher=OTHER_TEACHER), mark("M-9", of="L-9", author=OTHER_TEACHER))
    before = world.content()
    merge = world.merges.merge(RecordKind.STAFF, TEACHER, OTHER_TEACHER, author=ADMIN)
    assert {row["teacher_id"] for row in world.of(TABLES[KIND_OF[type(lesson())]].table)} == {TEACHER}
    assert {row["author_id"] for row in world.of(TABLES[KIND_OF[type(mark())]].table)} == {TEACHER}
    world.merges.undo(merge.id, author=ADMIN)
    assert world.content() == before


def test_two_accounts_refuse(world: World) -> None:
    with world.engine.begin() as connection:
        for login, staff in (("one", TEACHER), ("two", OTHER_TEACHER)):
            connection.execute(
                insert(console_user).values(
                    school_id=SCHOOL.id,
                    login=login,
                    role="deputy",
                    password_hash="x",
                    must_change=False,
                    created_at=NOW,
                    failures=0,
                    disabled=False,
                    staff_id=staff,
                )
            )
    with pytest.raises(DocumentError) as caught:
        world.merges.merge(RecordKind.STAFF, TEACHER, OTHER_TEACHER, author=ADMIN)
    assert _codes(caught) == {"roster.merge_two_accounts"}


def test_a_leaver_who_came_back_under_another_record_keeps_both_times(world: World) -> None:
    left = date(2026, 9, 5)
    with world.engine.begin() as connection:
        of_boris = enrollment.c.pupil_id == BORIS
        connection.execute(update(enrollment).where(of_boris).values(valid_from=date(2025, 9, 1), valid_to=left))
        of_anna = enrollment.c.pupil_id == ANNA
        connection.execute(update(enrollment).where(of_anna).values(valid_from=left + timedelta(days=1)))
    merge = world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    assert len(world.of(enrollment, pupil_id=ANNA)) == 2
    world.merges.undo(merge.id, author=ADMIN)
    assert len(world.of(enrollment, pupil_id=BORIS)) == 1


def test_a_group_with_only_one_of_them_is_given_back_too(world: World) -> None:
    merge = world.merges.merge(RecordKind.PUPIL, ANNA, VERA, author=ADMIN)
    assert {row["pupil_id"] for row in world.of(group_member, group_id=PLAN_GROUP)} == {ANNA}
    world.merges.undo(merge.id, author=ADMIN)
    assert {row["pupil_id"] for row in world.of(group_member, group_id=PLAN_GROUP)} == {VERA}


def test_the_list_of_merges_tells_who_and_why(world: World) -> None:
    merge = world.merges.merge(RecordKind.PUPIL, ANNA, BORIS, author=ADMIN)
    (listed,) = world.merges.all()
    assert replace(merge, changes=(), moved=()) == listed
