"""One person in two roles or schools, on both databases: found by a sync, decided by people, kept behind the wall."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from gateway.bootstrap import Gateway
from gateway.cli.main import main
from gateway.errors import GatewayError
from gateway.model.ids import SchoolId
from gateway.model.people import PersonName
from gateway.model.person_identity import PersonKey, PersonState
from gateway.model.roster import RecordKind, RosterSnapshot
from gateway.model.school import School
from gateway.ports.roster import RosterSource
from gateway.roster.author import Author
from gateway.roster.persons import also_known
from gateway.roster.sync import RosterSync
from gateway.settings import read_settings
from gateway.storage.tables import metadata
from gateway.storage.tables.people import guardian as guardian_table
from gateway.storage.tables.persons import person_link, person_record
from tests.roster_world import Moments, guardian, pupil, roster, teacher

HERE = School(id=SchoolId("school-1"), name="Школа № 101", registry_id="REG-0001")
THERE = School(id=SchoolId("school-2"), name="Школа № 102", registry_id="REG-0002")
OPERATOR = Author(actor="operator", role="operator", channel="cli", reason="Сверено по документам")


class Said:
    """A source that says the same of one school."""

    def __init__(self, says: RosterSnapshot) -> None:
        self.says = says

    def snapshot(self, school: School) -> RosterSnapshot:
        assert school.id == self.says.school
        return self.says


class Installation:
    """Two schools of one installation."""

    def __init__(self, folder: Path, url: str) -> None:
        self.file = folder / "gateway.toml"
        address = url or f"sqlite:///{folder / 'gateway.db'}"
        self.file.write_text(f'database_url = "{address}"\nlanguage = "ru"\n', "utf-8")
        self.gateway = Gateway(read_settings(self.file, {}))
        metadata.create_all(self.gateway.engine)
        for school in (HERE, THERE):
            self.gateway.add_school(school)
        self.number, self.lock = 0, Lock()

    def sync(self, school: School, says: RosterSnapshot) -> None:
        source: RosterSource = Said(says)
        RosterSync(units=self.gateway.database.units(school.id), source=source, clock=Moments(), new_id=self._id).run()

    def _id(self) -> str:
        with self.lock:
            self.number += 1
            return f"id-{self.number}"

    def persons(self) -> dict[str, str]:
        with self.gateway.database.unit(HERE.id) as unit:
            return {str(key): person for key, person in unit.persons.persons().items()}

    def states(self) -> list[tuple[str, str]]:
        with self.gateway.database.unit(HERE.id) as unit:
            return [(one.rule, one.state.value) for one in unit.persons.links()]

    def command(self, *words: str) -> Any:
        result = CliRunner().invoke(main, ["--config", str(self.file), "person", *words, "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def two_schools(each_database: str, tmp_path: Path) -> Iterator[Installation]:
    there = Installation(tmp_path, each_database)
    yield there
    there.gateway.close()


NAMES = [
    PersonName(family=family, given="Проба", patronymic="Примеровна")
    for family in ("Ёлкина", "Соснина", "Берёзова", "Липина")
]


def one_school() -> RosterSnapshot:
    """Two pupils with their guardians and a teacher who has a guardian's whole name."""
    told = roster(2).snapshot()
    pupils = tuple(replace(one, name=NAMES[number]) for number, one in enumerate(told.pupils))
    mother = replace(told.guardians[0], name=PersonName(family="Ёлкина", given="Ольга", patronymic="Примеровна"))
    member = replace(told.staff[0], name=PersonName(family="Елкина", given="Ольга", patronymic="Примеровна"))
    return replace(told, pupils=pupils, guardians=(mother, *told.guardians[1:]), staff=(member,))


def other_school(**changed: Any) -> RosterSnapshot:
    """One pupil, who may be one of the first school's."""
    told = replace(pupil(1), name=NAMES[0], id=f"x-{pupil(1).id}", source_id="X-1", **changed)  # type: ignore[arg-type]
    return RosterSnapshot(source="registry", school=THERE.id, pupils=(told,))


def key(school: School, kind: RecordKind, record: str) -> PersonKey:
    return PersonKey(school=school.id, kind=kind, id=record)


PUPIL_HERE = key(HERE, RecordKind.PUPIL, pupil(1).id)
PUPIL_THERE = key(THERE, RecordKind.PUPIL, f"x-{pupil(1).id}")
STAFF_HERE = key(HERE, RecordKind.STAFF, teacher(1).id)
MOTHER_HERE = key(HERE, RecordKind.GUARDIAN, guardian(1).id)


def test_the_same_snils_at_two_schools_is_one_person(two_schools: Installation) -> None:
    two_schools.sync(HERE, one_school())
    assert two_schools.persons() == {}
    two_schools.sync(THERE, other_school())
    persons = two_schools.persons()
    assert set(persons) == {str(PUPIL_HERE), str(PUPIL_THERE)}
    assert len(set(persons.values())) == 1
    # the same list again changes nothing, and finds nothing new
    two_schools.sync(THERE, other_school())
    assert two_schools.persons() == persons
    assert ("snils", "same") in two_schools.states()


def test_two_schools_at_once_find_each_other(two_schools: Installation) -> None:
    together = Barrier(2)

    def sync(school: School, says: RosterSnapshot) -> None:
        together.wait(timeout=60)
        two_schools.sync(school, says)

    with ThreadPoolExecutor(2) as pool:
        running = [pool.submit(sync, HERE, one_school()), pool.submit(sync, THERE, other_school())]
        for one in running:
            one.result()
    assert set(two_schools.persons()) == {str(PUPIL_HERE), str(PUPIL_THERE)}


def test_the_same_name_and_day_is_a_question_which_a_person_answers(two_schools: Installation) -> None:
    two_schools.sync(HERE, one_school())
    two_schools.sync(THERE, other_school(snils=None))
    assert two_schools.persons() == {}
    asked = two_schools.command("questions")
    assert [(one["record"], one["other"], one["rule"]) for one in asked] == [
        (str(MOTHER_HERE), str(STAFF_HERE), "name"),
        (str(PUPIL_HERE), str(PUPIL_THERE), "name+birth_date"),
    ]
    two_schools.command("same", str(PUPIL_HERE), str(PUPIL_THERE), "--reason", "Сверено")
    assert set(two_schools.persons()) == {str(PUPIL_HERE), str(PUPIL_THERE)}
    two_schools.command("apart", str(PUPIL_HERE), str(PUPIL_THERE), "--reason", "Ошибка")
    assert two_schools.persons() == {}
    two_schools.command("find", "--school", HERE.id)
    assert two_schools.persons() == {}, "what somebody decided no rule undoes"
    assert [one["record"] for one in two_schools.command("questions")] == [str(MOTHER_HERE)]
    two_schools.command("forget", str(PUPIL_HERE), "--reason", "Забыть")
    two_schools.command("find", "--school", HERE.id)
    assert len(two_schools.command("questions")) == 2


def test_a_teacher_with_a_mothers_name_is_asked_about_and_a_school_learns_roles_only(
    two_schools: Installation,
) -> None:
    two_schools.sync(HERE, one_school())
    two_schools.sync(THERE, other_school())
    flow = two_schools.gateway.persons(HERE.id)
    (question,) = flow.questions()
    assert set(question.pair) == {STAFF_HERE, MOTHER_HERE}
    assert question.rule == "name"
    flow.same(*question.pair, author=OPERATOR)
    with two_schools.gateway.database.unit(HERE.id) as unit:
        assert also_known(unit.persons, STAFF_HERE).here == (MOTHER_HERE,)
        assert also_known(unit.persons, PUPIL_HERE).elsewhere == (RecordKind.PUPIL,)
        entries = [one.record for one in unit.audit.entries() if one.record.object_kind == "person"]
    assert {one.action for one in entries} == {"person.asked", "person.same"}
    for school in (HERE, THERE):
        with two_schools.gateway.database.unit(school.id) as unit:
            told = repr(
                [
                    (one.record.object_id, one.record.new)
                    for one in unit.audit.entries()
                    if one.record.object_kind == "person"
                ]
            )
        other = PUPIL_THERE if school is HERE else PUPIL_HERE
        assert str(other.school) not in told
        assert f"'{other.id}'" not in told


def test_merged_records_are_one_person_and_apart_again_when_the_merge_is_undone(two_schools: Installation) -> None:
    two_schools.sync(HERE, one_school())
    two_schools.sync(THERE, other_school())
    second = key(HERE, RecordKind.GUARDIAN, guardian(2).id)
    flow, merges = two_schools.gateway.persons(HERE.id), two_schools.gateway.person_merges(HERE.id)
    flow.same(STAFF_HERE, second, author=OPERATOR)
    before = rows(two_schools)
    with two_schools.gateway.engine.begin() as connection:  # two portal accounts would be two people
        connection.execute(guardian_table.update().values(portal_user=None))
    merge = merges.merge(RecordKind.GUARDIAN, MOTHER_HERE.id, second.id, author=OPERATOR)
    persons = two_schools.persons()
    assert persons[str(MOTHER_HERE)] == persons[str(second)] == persons[str(STAFF_HERE)]
    merges.undo(merge.id, author=OPERATOR)
    assert rows(two_schools) == before


def rows(installation: Installation) -> list[tuple[Any, ...]]:
    with installation.gateway.engine.connect() as connection:
        return [
            tuple(row)
            for table in (person_link, person_record)
            for row in connection.execute(select(table).order_by(*table.primary_key))
        ]


def test_a_plan_that_is_taken_back_leaves_nobody_joined_to_who_is_gone(two_schools: Installation) -> None:
    two_schools.sync(HERE, one_school())
    two_schools.sync(THERE, other_school())
    assert len(two_schools.persons()) == 2
    with two_schools.gateway.database.unit(THERE.id) as unit:
        (head,) = unit.roster.plans()
    two_schools.gateway.roster_reverting(THERE.id).run(head.id, by="operator", reason="Не та школа")
    assert two_schools.persons() == {}
    with two_schools.gateway.database.unit(THERE.id) as unit:
        assert unit.persons.links_of([PUPIL_THERE]) == []


def test_records_that_are_not_there_and_two_of_one_kind_are_refused(two_schools: Installation) -> None:
    two_schools.sync(HERE, one_school())
    flow = two_schools.gateway.persons(HERE.id)
    with pytest.raises(GatewayError) as nobody:
        flow.same(PUPIL_HERE, PUPIL_THERE, author=OPERATOR)
    assert nobody.value.code == "person.unknown"
    with pytest.raises(GatewayError) as merged:
        flow.same(PUPIL_HERE, replace(PUPIL_HERE, id=pupil(2).id), author=OPERATOR)
    assert merged.value.code == "person.one_record"
    assert [one.state for one in flow.questions()] == [PersonState.ASKED]


def test_what_a_teacher_is_at_one_source_is_one_person_in_both_roles(two_schools: Installation) -> None:
    told = one_school()
    name = told.guardians[0].name
    same_number = replace(teacher(1), name=name, source_id=guardian(1).source_id)
    two_schools.sync(HERE, replace(told, staff=(same_number,)))
    assert set(two_schools.persons()) == {str(STAFF_HERE), str(MOTHER_HERE)}
    assert two_schools.states() == [("user", "same")]
    assert {line.link.rule for line in two_schools.gateway.persons(HERE.id).all()} == {"user"}
