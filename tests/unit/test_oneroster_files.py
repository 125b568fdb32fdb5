"""A folder of OneRoster CSV packages as a source: bulk, deltas, and what is no proof (R-ROST-01, R-ROST-07)."""

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from gateway.errors import PermanentError
from gateway.model.people import Relation, Sex
from gateway.model.roster import Protected, RecordKind, RosterState, snapshot_rows
from gateway.model.roster_known import known_of
from gateway.model.roster_link import Link
from gateway.model.school import School
from gateway.schemas.oneroster_csv import Mode
from tests.oneroster_csv_world import (
    NOW,
    SCHOOL,
    SOURCE,
    Entries,
    Rows,
    adapter,
    dated,
    named,
    place,
    read,
    rewrite,
    role,
    school_class,
    user,
    whole,
    write,
)

SHARED = Path(__file__).parents[3] / "shared" / "data" / "roster-2-schools"
EVERYBODY = {"pupils": ["p-1", "p-2"], "guardians": ["g-1"], "staff": ["t-1"], "classes": ["c-5a"]}


def bulk(folder: Path, name: str = "01.zip", changed: Rows | None = None) -> Path:
    return write(folder / name, {**whole(), **(changed or {})})


def delta(folder: Path, name: str, rows: dict[str, list[dict[str, Any]]], status: str = "active") -> Path:
    return write(folder / name, dated(rows, status), Mode.DELTA)


# a bulk


def test_a_whole_bulk_is_a_proved_snapshot_of_our_school_only(tmp_path: Path) -> None:
    bulk(tmp_path)
    snapshot = read(tmp_path)
    assert snapshot.complete
    assert named(snapshot) == EVERYBODY
    assert snapshot.source == SOURCE
    pupil = next(one for one in snapshot.pupils if one.source_id == "p-1")
    assert (pupil.birth_date, pupil.sex, pupil.name.patronymic) == (date(2015, 3, 4), Sex.FEMALE, "Примеровна")
    assert [one.relation for one in snapshot.guardianships] == [Relation.LEGAL_GUARDIAN]
    assert snapshot.classes[0].class_teacher == snapshot.staff[0].id
    assert {one.source_id for one in snapshot.received} >= {"p-1", "p-2", "g-1", "t-1", "c-5a"}
    assert snapshot.numbers[RecordKind.PUPIL, "p-1"] == ("77",)


def test_an_unpacked_package_is_read_like_a_packed_one(tmp_path: Path) -> None:
    packed = bulk(tmp_path)
    folder = tmp_path / "unpacked"
    with ZipFile(packed) as archive:
        archive.extractall(folder)
    assert read(folder) == read(packed)


def test_a_school_that_is_not_in_the_packages_is_an_error_and_no_empty_roster(tmp_path: Path) -> None:
    bulk(tmp_path)
    elsewhere = School(id=SCHOOL.id, name="Другая", registry_id="REG-0404")
    with pytest.raises(PermanentError) as caught:
        adapter(tmp_path).snapshot(elsewhere)
    assert caught.value.code == "oneroster_files.school_not_there"


# what is no proof


@pytest.mark.parametrize(
    ("name", "row", "words"),
    [
        ("users", user("p-1", "Двойник", "Тестова", middleName="Примеровна"), "users.csv: строк с уже встреченным"),
        ("enrollments", place("p-1", "c-5a"), "enrollments.csv: строк с уже встреченным"),
        ("roles", role("p-1", "student"), "roles.csv: строк с уже встреченным"),
        ("enrollments", place("p-404", "c-5a"), "ссылается на записи, которых нет в users.csv"),
        ("enrollments", place("p-2", "c-404"), "ссылается на записи, которых нет в classes.csv"),
        ("roles", role("p-404", "student"), "ссылается на записи, которых нет в users.csv"),
        ("classes", school_class("c-6a", "6А") | {"termSourcedIds": ["term-404"]}, "нет в academicSessions.csv"),
        ("classes", school_class("c-6a", "6А") | {"courseSourcedId": "course-404"}, "нет в courses.csv"),
    ],
)
def test_repeated_ids_and_references_to_nobody_are_doubts(
    tmp_path: Path, name: str, row: dict[str, Any], words: str
) -> None:
    bulk(tmp_path, changed={name: [*whole()[name], row]})
    snapshot = read(tmp_path)
    assert not snapshot.complete
    assert any(words in one.ru for one in snapshot.doubts)
    assert set(named(snapshot)["pupils"]) == {"p-1", "p-2"}


def test_of_two_rows_with_one_id_the_first_counts_and_the_second_is_kept_with_its_line(tmp_path: Path) -> None:
    bulk(tmp_path, changed={"users": [*whole()["users"], user("p-1", "Двойник", "Тестова", middleName="Примеровна")]})
    snapshot = read(tmp_path)
    assert {one.name.given for one in snapshot.pupils} == {"Проба", "Опыт"}
    (rejected,) = snapshot.rejected
    assert (rejected.record, rejected.faults[0].code) == ("p-1", "oneroster_csv.duplicate")
    assert (rejected.faults[0].path, rejected.faults[0].line) == ("users.csv#column=1", 7)
    assert "Двойник" in rejected.raw


@pytest.mark.parametrize("missing", ["classes", "users", "enrollments"])
def test_a_bulk_with_rows_of_others_only_is_a_doubt(tmp_path: Path, missing: str) -> None:
    others = {
        "classes": [school_class("c-other", "7Б", org="org-2")],
        "users": [user("p-9", "Чужой", "Соседов", middleName="Примерович")],
        "enrollments": [place("p-9", "c-other") | {"schoolSourcedId": "org-2"}],
    }
    bulk(tmp_path, changed={missing: others[missing]})
    snapshot = read(tmp_path)
    assert not snapshot.complete
    assert any(f"{missing}.csv" in one.ru for one in snapshot.doubts)


def test_rows_that_deny_the_manifest_are_read_and_prove_nothing(tmp_path: Path) -> None:
    def claim_bulk(entries: Entries) -> None:
        entries["manifest.csv"] = entries["manifest.csv"].replace(b"file.users,delta", b"file.users,bulk")

    bulk(tmp_path)
    rewrite(delta(tmp_path, "02.zip", {"users": whole()["users"][:1]}), claim_bulk)
    snapshot = read(tmp_path)
    assert any("противоречат манифесту" in one.ru for one in snapshot.doubts)
    assert not snapshot.complete
    assert "p-1" in named(snapshot)["pupils"]


def test_a_delta_without_status_is_no_bulk(tmp_path: Path) -> None:
    """What calls itself a delta and has no status must not make everybody else absent."""

    def claim_delta(entries: Entries) -> None:
        entries["manifest.csv"] = entries["manifest.csv"].replace(b"file.users,bulk", b"file.users,delta")

    bulk(tmp_path)
    rewrite(write(tmp_path / "02.zip", {"users": whole()["users"][:1]}), claim_delta)
    snapshot = read(tmp_path)
    assert named(snapshot) == EVERYBODY
    assert not snapshot.complete


def test_a_bad_row_is_turned_away_with_its_place_and_protects_whom_it_may_mean(tmp_path: Path) -> None:
    def spoil(entries: Entries) -> None:
        entries["users.csv"] = entries["users.csv"].replace(",Опыт,".encode(), b",,")

    rewrite(bulk(tmp_path), spoil)
    snapshot = read(tmp_path)
    assert named(snapshot)["pupils"] == ["p-1"]
    fault = next(one for one in snapshot.rejected if one.record == "p-2").faults[0]
    assert (fault.code, fault.path, fault.line) == ("oneroster_csv.required", "users.csv#column=7", 3)
    good = read(bulk(tmp_path, "01.zip"))
    ours = next(one.id for one in good.pupils if one.source_id == "p-2")
    assert Protected(kind=RecordKind.PUPIL, prefix=(ours,)) in snapshot.protected


def test_bad_rows_of_other_schools_are_not_ours_to_mend(tmp_path: Path) -> None:
    def spoil(entries: Entries) -> None:
        entries["users.csv"] = entries["users.csv"].replace(",Чужой,".encode(), b",,")

    rewrite(bulk(tmp_path), spoil)
    assert read(tmp_path).rejected == ()


def test_what_the_mapping_turns_away_has_file_and_line_too(tmp_path: Path) -> None:
    bulk(tmp_path, changed={"demographics": whole()["demographics"][:1]})
    (rejected,) = [one for one in read(tmp_path).rejected if one.kind == RecordKind.PUPIL]
    assert (rejected.faults[0].path, rejected.faults[0].line) == ("users.csv", 3)


# deltas


def test_a_delta_over_a_bulk_changes_adds_and_takes_away(tmp_path: Path) -> None:
    bulk(tmp_path)
    renamed = user("p-1", "Проба", "Новая", middleName="Примеровна", agentSourcedIds=["g-1"])
    born = {"sourcedId": "p-3", "birthDate": "2015-07-08", "sex": "male"}
    delta(
        tmp_path,
        "02.zip",
        {
            "users": [renamed, user("p-3", "Третий", "Тестов", middleName="Примерович")],
            "roles": [role("p-3", "student")],
            "enrollments": [place("p-3", "c-5a", beginDate="2026-11-23")],
            "demographics": [born],
        },
    )
    snapshot = read(tmp_path)
    assert snapshot.complete
    assert named(snapshot)["pupils"] == ["p-1", "p-2", "p-3"]
    assert {one.source_id: one.name.family for one in snapshot.pupils}["p-1"] == "Новая"
    delta(tmp_path, "03.zip", {name: whole()[name][1:2] for name in ("users", "roles", "enrollments")}, "tobedeleted")
    later = read(tmp_path)
    assert named(later)["pupils"] == ["p-1", "p-3"]
    assert later.complete
    assert "tobedeleted" in later.remarks[0].ru
    bulk(tmp_path, "04.zip")
    assert named(read(tmp_path)) == EVERYBODY


def test_a_delta_alone_is_partial_and_removes_nobody(tmp_path: Path) -> None:
    delta(tmp_path, "02.zip", {"users": whole()["users"][1:2], "roles": whole()["roles"][1:2]}, "tobedeleted")
    snapshot = read(tmp_path, school="org-1")
    assert snapshot.partial
    assert not snapshot.complete
    assert named(snapshot)["pupils"] == []
    assert "никто не выводится" in snapshot.remarks[0].ru


def test_a_delta_alone_renames_whom_we_know_though_it_repeats_no_role(tmp_path: Path) -> None:
    before = read(bulk(tmp_path))
    links = [
        Link(
            source=SOURCE,
            kind=RecordKind.PUPIL,
            source_id=one.source_id,
            id=one.id,
            confidence=100,
            rule="created",
            linked_at=NOW,
        )
        for one in before.pupils
    ]
    known = known_of(links, RosterState(rows=snapshot_rows(before)), NOW.date())
    renamed = user("p-1", "Проба", "Новая", middleName="Примеровна")
    snapshot = read(delta(tmp_path, "02.zip", {"users": [renamed]}), school="org-1", known=known)
    assert [(one.source_id, one.name.family) for one in snapshot.pupils] == [("p-1", "Новая")]
    assert snapshot.pupils[0].birth_date == date(2015, 3, 4)
    assert snapshot.partial


# the realistic roster of two schools


@pytest.fixture
def two_schools() -> Path:
    if not SHARED.exists():
        pytest.skip("the roster of two schools is not here")
    return SHARED


FIRST = School(id=SCHOOL.id, name="МБОУ СОШ № 1", registry_id="1001")


def test_school_1_of_the_realistic_roster(two_schools: Path) -> None:
    snapshot = adapter(two_schools / "01-bulk-full.zip").read(FIRST)
    turned_away = [one for one in snapshot.rejected if one.kind == RecordKind.PUPIL]
    assert len(snapshot.pupils) + len(turned_away) == 255
    assert {one.faults[0].code for one in turned_away} == {"oneroster.no_demographics"}
    assert all(one.faults[0].path == "users.csv" and one.faults[0].line for one in turned_away)
    assert len(snapshot.staff) == 20
    assert snapshot.guardianships == (), "agentSourcedIds is empty, and nothing is made up"
    assert any("О'К" in one.name.family or "O'К" in one.name.family for one in snapshot.pupils)
    assert not snapshot.complete, "courses only, no homeroom: nobody leaves for that"


def test_pupils_of_two_schools_carry_the_number_that_makes_them_one_person(two_schools: Path) -> None:
    snapshot = adapter(two_schools / "01-bulk-full.zip").read(FIRST)
    pupils = [one.source_id for one in snapshot.pupils]
    numbers = [snapshot.numbers[RecordKind.PUPIL, own][0] for own in pupils]
    twice = {one for one in numbers if numbers.count(one) == 2}
    assert twice
    assert twice <= {f"{number:07d}" for number in range(1, 6)}
    assert max(numbers.count(one) for one in numbers) == 2


def test_the_delta_of_the_realistic_roster(two_schools: Path) -> None:
    before = adapter(two_schools / "01-bulk-full.zip").read(FIRST)
    after = adapter(two_schools).read(FIRST)
    left = {one.source_id for one in before.pupils} - {one.source_id for one in after.pupils}
    assert left == {"07e22cc7b42239fb9b121bbc484d5a28"}, "of three tobedeleted one is ours"
    families = {one.source_id: one.name.family for one in after.pupils}
    assert families["0c34367ec03379dad499226bb91f6ae9"] == "Переименованная"
    new = {one.record for one in after.rejected} - {one.record for one in before.rejected}
    assert new == {f"new-pupil-{number}" for number in range(5)}, "the delta tells no birth dates of the new"


def test_the_delta_alone_is_partial(two_schools: Path) -> None:
    snapshot = adapter(two_schools / "02-delta.zip", school="b8c37e33defde51cf91e1e03e51657da").read(FIRST)
    assert snapshot.partial
    assert snapshot.pupils == ()


# memory


def test_memory_does_not_grow_with_the_enrolments_in_courses(tmp_path: Path) -> None:
    """A city's file has more than a million of them; what is kept depends on our classes, not on its length."""

    def peak(number: int) -> int:
        rows = ({**place("p-1", "c-other"), "sourcedId": f"e-{one}"} for one in range(number))
        file = tmp_path / f"{number}.zip"
        write(file, {**whole(), "enrollments": [*whole()["enrollments"], *rows]})
        tracemalloc.start()
        try:
            read(file)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    read(write(tmp_path / "warm.zip", whole()))
    assert peak(8000) < peak(500) + 2**20


def test_rows_are_quoted_as_rfc_4180_has_it(tmp_path: Path) -> None:
    odd = user("p-1", 'Про"ба', "О'Коннор, мл.", middleName="Примеровна")
    bulk(tmp_path, changed={"users": [*whole()["users"][1:], odd]})
    with ZipFile(tmp_path / "01.zip") as archive:
        text = archive.read("users.csv").decode()
    assert '"О\'Коннор, мл."' in text
    assert '"Про""ба"' in text
    assert len({len(row) for row in csv.reader(io.StringIO(text), strict=True)}) == 1
    assert "О'Коннор, мл." in {one.name.family for one in read(tmp_path).pupils}
