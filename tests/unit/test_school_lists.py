"""A school's own lists: columns as people name them, cells as people write them (R-ROST-03, R-ROST-07, R-ROST-11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from gateway.adapters.school_lists.adapter import ListsAdapter
from gateway.adapters.school_lists.settings import ListsSettings, settings_of
from gateway.adapters.school_lists.tables import columns_of
from gateway.errors import ConfigurationError, Fault, PermanentError, SchemaError, Text
from gateway.mapping.school_list_values import class_in, day_in, name_in, relation_in, sex_in, snils_in
from gateway.mapping.school_lists import told_kinds
from gateway.model.file_place import FilePlace, place_of
from gateway.model.ids import SchoolId, StaffId
from gateway.model.people import PersonName, Relation, Sex
from gateway.model.roster import RecordKind, RosterSnapshot, RosterState, snapshot_rows
from gateway.model.roster_known import NOTHING_KNOWN, Known, known_of
from gateway.model.roster_link import Link
from gateway.model.school import School
from gateway.schemas.lists import FIELDS, ListKind, kind_of, lacking, propose

SCHOOL = School(id=SchoolId("school-1"), name="Школа № 101", registry_id="REG-0001")
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SNILS = "112-233-445 95"
PUPILS = """ФИО;Дата рождения;Пол;Класс;СНИЛС;Родитель 1;Телефон;Родитель 2;Телефон 2
Тестова Проба Примеровна;04.03.2015;ж;5 «А»;112-233-445 95;Тестова Мама Образцовна;+7 000 000-00-01;;
Тестов Опыт Примерович;5 мая 2015 г.;;5-б класс;;Тестова Мама Образцовна;8 000 000 00 01;Тестов Папа;+7 000 000-00-02
"""
STAFF = """Фамилия;Имя;Отчество;Должность;Классное руководство
Учебный;Учитель;Образцович;учитель математики;5А
Главная;Завуч;Образцовна;заместитель директора;
"""
CLASSES = """Класс;Классный руководитель
5Б;Главная Завуч Образцовна
"""


def lists(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def read(
    place: Path, settings: ListsSettings | None = None, *, known: Known = NOTHING_KNOWN, now: datetime = NOW
) -> RosterSnapshot:
    used = replace(settings or ListsSettings(name="own"), folder=place)
    return ListsAdapter(used, clock=lambda: now, known=lambda _school: known).read(SCHOOL)


@pytest.fixture
def whole_lists(tmp_path: Path) -> Path:
    return lists(tmp_path, pupils=PUPILS, staff=STAFF, classes=CLASSES)


# cells


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("04.03.2015", date(2015, 3, 4)),
        ("4.3.2015", date(2015, 3, 4)),
        ("04/03/2015", date(2015, 3, 4)),
        ("04-03-2015", date(2015, 3, 4)),
        ("2015-03-04", date(2015, 3, 4)),
        ("2015-03-04T00:00:00", date(2015, 3, 4)),
        ("4 марта 2015 г.", date(2015, 3, 4)),
        ("«4» мая 2015 года", date(2015, 5, 4)),
        ("4 мая 2015", date(2015, 5, 4)),
        ("31.02.2015", None),
        ("4.3.15", None),
        ("март 2015", None),
        ("4 мартобря 2015", None),
        ("", None),
    ],
)
def test_days_as_they_are_written_here(written: str, day: date | None) -> None:
    assert day_in(written) == day


@pytest.mark.parametrize(
    ("written", "found"),
    [
        *((one, (5, "А")) for one in ("5А", "5а", "5 А", "5-А", "5 «А»", '5 "А"', "5«А» класс", "5 кл. А", "кл. 5А")),
        *((one, (5, "А")) for one in ("05А", "5A", "V А", "V «А»", "5 А кл.", "Класс 5-а")),
        ("11", (11, "")),
        ("XI Б", (11, "Б")),
        ("12А", None),
        ("0А", None),
        ("старшая группа", None),
        ("", None),
    ],
)
def test_classes_in_all_usual_spellings(written: str, found: tuple[int, str] | None) -> None:
    assert class_in(written) == found


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Тестова  Проба Примеровна", PersonName(family="Тестова", given="Проба", patronymic="Примеровна")),
        ("Алиев Али Вели оглы", PersonName(family="Алиев", given="Али", patronymic="Вели оглы")),
        ("Римский-Корсаков Пётр", PersonName(family="Римский-Корсаков", given="Пётр")),
        ("Тестова П. П.", None),
        ("Тестова П.П.", None),
        ("Тестова", None),
        ("", None),
    ],
)
def test_names_in_one_cell(written: str, name: PersonName | None) -> None:
    assert name_in(written) == name


@pytest.mark.parametrize(
    ("written", "patronymic", "sex"),
    [
        ("Ж", "", Sex.FEMALE),
        ("муж.", "", Sex.MALE),
        ("девочка", "", Sex.FEMALE),
        ("мальчик", "", Sex.MALE),
        ("", "Примеровна", Sex.FEMALE),
        ("", "Примерович", Sex.MALE),
        ("", "Вели оглы", Sex.MALE),
        ("", "", None),
    ],
)
def test_sex_as_written_or_by_the_patronymic(written: str, patronymic: str, sex: Sex | None) -> None:
    assert sex_in(written, patronymic) is sex


def test_a_snils_is_taken_in_any_form_with_right_check_digits_only() -> None:
    assert snils_in("11223344595") == snils_in("112-233-445-95") == SNILS
    assert snils_in("112-233-445 96") is None


@pytest.mark.parametrize(
    ("written", "patronymic", "column", "relation"),
    [
        ("мать", "", "parent1", Relation.MOTHER),
        ("Опекун", "Образцовна", "parent1", Relation.LEGAL_GUARDIAN),
        ("", "", "mother", Relation.MOTHER),
        ("", "", "father", Relation.FATHER),
        ("", "Образцович", "parent2", Relation.FATHER),
        ("", "", "parent1", Relation.LEGAL_GUARDIAN),
    ],
)
def test_relations(written: str, patronymic: str, column: str, relation: Relation) -> None:
    assert relation_in(written, PersonName(family="Т", given="Т", patronymic=patronymic), column) is relation


# columns


def test_columns_are_recognised_by_the_names_people_give_them() -> None:
    assert propose(
        ["№ п/п", "Ф.И.О. ребёнка", "Д.р.", "Кл.", "Мать", "Телефон", "E-mail", "ФИО отца", "Тел. отца"]
    ) == {
        "Ф.И.О. ребёнка": "full_name",
        "Д.р.": "birth_date",
        "Кл.": "class",
        "Мать": "mother_name",
        "Телефон": "mother_phone",
        "E-mail": "mother_email",
        "ФИО отца": "father_name",
        "Тел. отца": "father_phone",
    }


def test_no_meaning_is_given_twice_and_a_telephone_of_nobody_is_left_out() -> None:
    assert propose(["Класс", "кл", "Телефон", "Примечание"]) == {"Класс": "class"}


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        (["full_name", "birth_date", "class"], ListKind.PUPILS),
        (["family", "given", "class"], ListKind.PUPILS),
        (["family", "given", "position", "birth_date"], ListKind.STAFF),
        (["class", "class_teacher"], ListKind.CLASSES),
        (["family"], None),
        (["full_name"], None),
    ],
)
def test_what_a_list_is_of(fields: list[str], kind: ListKind | None) -> None:
    assert kind_of(fields) is kind


@pytest.mark.parametrize(
    ("fields", "kind", "missing"),
    [
        ({"full_name"}, ListKind.PUPILS, (("birth_date",),)),
        ({"family", "given"}, ListKind.STAFF, (("position",),)),
        ({"family"}, ListKind.STAFF, (("full_name",), ("position",))),
        ({"position"}, ListKind.CLASSES, (("class", "grade"),)),
        ({"grade"}, ListKind.CLASSES, ()),
    ],
)
def test_what_a_list_lacks_is_named(fields: set[str], kind: ListKind, missing: tuple[tuple[str, ...], ...]) -> None:
    assert lacking(fields, kind) == missing


@pytest.mark.parametrize("kind", list(ListKind))
def test_what_lacks_nothing_of_a_kind_is_a_list_of_it(kind: ListKind) -> None:
    told = [choice[0] for choice in lacking((), kind)]
    assert set(told) <= set(FIELDS)
    assert kind_of(told) is kind


def test_what_is_said_of_one_file_goes_before_what_is_agreed() -> None:
    settings = ListsSettings(name="own", columns={"Кто": "family"}, file_columns={"a.csv": {"Кто": "full_name"}})
    assert settings.columns_of("a.csv") == {"Кто": "full_name"}
    assert settings.columns_of("b.csv") == {"Кто": "family"}


def test_agreed_columns_go_before_recognised_ones_and_a_dash_leaves_one_out(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_text("Кто,Класс,Дата рождения,СНИЛС\n", encoding="utf-8")
    found = columns_of(file, {"Кто": "full_name", "СНИЛС": "-"})
    assert dict(found.meanings) == {"Кто": "full_name", "Класс": "class", "Дата рождения": "birth_date"}
    assert found.kind is ListKind.PUPILS
    with pytest.raises(ConfigurationError) as caught:
        settings_of("own", {"folder": ".", "columns": {"Кто": "name"}})
    assert "rosters.own.columns.Кто" in caught.value.text.ru


def test_a_file_that_is_no_list_we_know_is_refused_with_what_it_lacks(tmp_path: Path) -> None:
    place = lists(tmp_path, menu="Блюдо;Цена\nСуп;10\n")
    with pytest.raises(SchemaError) as caught:
        read(place)
    assert caught.value.code == "school_lists.columns"
    with pytest.raises(PermanentError) as refused:
        ListsAdapter(ListsSettings(name="own", folder=place), clock=lambda: NOW).snapshot(SCHOOL)
    assert refused.value.code == "school_lists.refused"
    assert "menu.csv" in refused.value.text.ru


@pytest.mark.parametrize("place", [None, "."])
def test_no_lists_are_an_error_and_no_empty_roster(tmp_path: Path, place: str | None) -> None:
    settings = ListsSettings(name="own", folder=tmp_path / place if place else None)
    with pytest.raises(PermanentError) as caught:
        ListsAdapter(settings, clock=lambda: NOW).snapshot(SCHOOL)
    assert caught.value.code == "school_lists.nothing"


# the roster


def test_three_lists_make_a_roster(whole_lists: Path) -> None:
    snapshot = read(whole_lists)
    assert snapshot.rejected == ()
    assert {(one.name.given, one.sex, one.snils) for one in snapshot.pupils} == {
        ("Проба", Sex.FEMALE, SNILS),
        ("Опыт", Sex.MALE, None),
    }
    assert {one.position for one in snapshot.staff} == {"учитель математики", "заместитель директора"}
    teachers = {one.id: one.name.family for one in snapshot.staff}
    assert {one.name: teachers[one.class_teacher] for one in snapshot.classes if one.class_teacher} == {
        "5А": "Учебный",
        "5Б": "Главная",
    }
    assert {one.valid_from for one in snapshot.enrollments} == {date(2026, 9, 1)}


def test_a_parent_of_two_children_is_one_person_by_name_and_telephone(whole_lists: Path) -> None:
    snapshot = read(whole_lists)
    assert len(snapshot.guardians) == 2
    assert [one.relation for one in snapshot.guardianships] == [
        Relation.MOTHER,
        Relation.MOTHER,
        Relation.LEGAL_GUARDIAN,
    ]


def test_ids_tell_nobody_who_it_is_and_stay_the_same(whole_lists: Path) -> None:
    first, second = read(whole_lists), read(whole_lists)
    assert first == second
    assert not any("Тест" in one.source_id or "112" in one.source_id for one in first.pupils)


def test_a_workbook_is_read_like_a_csv(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["ФИО", "Дата рождения", "Класс"])
    sheet.append(["Тестова Проба Примеровна", datetime(2015, 3, 4), "5А"])  # noqa: DTZ001  a cell has no zone
    book.save(tmp_path / "Ученики.xlsx")
    (tmp_path / "~$Ученики.xlsx").write_bytes(b"a lock of the office program")
    (pupil,) = read(tmp_path).pupils
    assert (pupil.birth_date, pupil.sex) == (date(2015, 3, 4), Sex.FEMALE)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("Тестова П. П.;04.03.2015;ж;5А;;;;;", "full_name"),
        ("Тестова Проба;4.3.15;ж;5А;;;;;", "birth_date"),
        ("Тестова Проба;;ж;5А;;;;;", "birth_date"),
        ("Тестова Проба;04.03.2015;;5А;;;;;", "sex"),
        ("Тестова Проба;04.03.2015;ж;старшая;;;;;", "class"),
        ("Тестова Проба Примеровна;04.03.2015;ж;5А;112-233-445 95;;;;", "id"),
    ],
)
def test_a_row_that_cannot_be_used_costs_nobody_else_and_protects_whom_it_may_mean(
    tmp_path: Path, row: str, field: str
) -> None:
    snapshot = read(lists(tmp_path, pupils=f"{PUPILS}{row}\n"))
    assert len(snapshot.pupils) == 2
    (rejected,) = snapshot.rejected
    fault = rejected.faults[0]
    assert (fault.code, fault.field, fault.path, fault.line) == ("school_lists.value", field, "pupils.csv", 4)
    assert any(one.kind is RecordKind.PUPIL for one in snapshot.protected)
    assert any(one.kind is RecordKind.GUARDIAN and not one.prefix for one in snapshot.protected)


def test_a_wrong_snils_costs_the_value_and_not_the_pupil(tmp_path: Path) -> None:
    snapshot = read(lists(tmp_path, pupils=PUPILS.replace(SNILS, "112-233-445 96")))
    assert [one.snils for one in snapshot.pupils] == [None, None]
    assert "pupils.csv, строка 2" in snapshot.remarks[0].ru
    assert "pupils.csv, row 2" in snapshot.remarks[0].en


def test_a_class_teacher_whom_the_staff_list_does_not_have_is_told(tmp_path: Path) -> None:
    snapshot = read(lists(tmp_path, staff=STAFF, classes=CLASSES.replace("Главная", "Другая")))
    assert [one.faults[0].rule for one in snapshot.rejected] == ["R-ROST-02"]


# proof


def test_a_class_teacher_whom_we_know_needs_no_second_list_of_staff(whole_lists: Path, tmp_path: Path) -> None:
    known = known_after(read(whole_lists))
    for name in ("pupils", "staff"):
        (whole_lists / f"{name}.csv").unlink()
    (tmp_path / "classes.csv").write_text(CLASSES.replace("Главная", "главная"), encoding="utf-8")
    snapshot = read(tmp_path, known=known)
    assert snapshot.rejected == ()
    teachers = {one.id: one.name.family for one in read(lists(tmp_path, staff=STAFF)).staff}
    (one,) = snapshot.classes
    assert teachers[one.class_teacher or StaffId("")] == "Главная"
    (tmp_path / "staff.csv").unlink()
    assert [one.faults[0].field for one in read(tmp_path).rejected] == ["class_teacher"], "nobody is known of"


@pytest.mark.parametrize(
    ("column", "meaning"), [("Мама (ФИО)", "mother_name"), ("ФИО мамы", "mother_name"), ("Папа ФИО", "father_name")]
)
def test_a_parent_is_recognised_as_people_name_the_column(column: str, meaning: str) -> None:
    assert propose(["ФИО", column])[column] == meaning


def test_a_list_is_never_proof_unless_a_person_says_so(whole_lists: Path) -> None:
    assert not read(whole_lists).complete
    assert read(whole_lists, ListsSettings(name="own", whole=True)).complete


def test_even_a_whole_list_proves_nothing_of_kinds_it_does_not_tell_of(tmp_path: Path) -> None:
    place = lists(tmp_path, pupils=PUPILS)
    doubts = read(place, ListsSettings(name="own", whole=True)).doubts
    assert {"«сотрудники»" in one.ru or "«классы»" in one.ru for one in doubts} == {True}
    pupils = frozenset({RecordKind.PUPIL, RecordKind.GUARDIAN, RecordKind.GUARDIANSHIP, RecordKind.ENROLLMENT})
    assert read(place, ListsSettings(name="own", whole=True, kinds=pupils)).complete


# what we know already


def known_after(snapshot: RosterSnapshot) -> Known:
    people = [
        *((RecordKind.PUPIL, one.source_id, one.id) for one in snapshot.pupils),
        *((RecordKind.CLASS, one.source_id, one.id) for one in snapshot.classes),
        *((RecordKind.STAFF, one.source_id, one.id) for one in snapshot.staff),
    ]
    links = [
        Link(source="own", kind=kind, source_id=source_id, id=own, confidence=100, rule="created", linked_at=NOW)
        for kind, source_id, own in people
    ]
    return known_of(links, RosterState(rows=snapshot_rows(snapshot)), NOW.date())


def test_who_sits_in_another_class_now_moves_today_and_who_stays_stays(whole_lists: Path) -> None:
    before = read(whole_lists)
    lists(whole_lists, pupils=PUPILS.replace("5 «А»", "5 «Б»"))
    after = read(whole_lists, known=known_after(before), now=datetime(2027, 1, 20, 9, 0, tzinfo=UTC))
    names = {one.id: one.name.given for one in after.pupils}
    assert {names[one.pupil]: one.valid_from for one in after.enrollments} == {
        "Проба": date(2027, 1, 20),
        "Опыт": date(2026, 9, 1),
    }


def test_a_list_without_snils_does_not_take_one_away(tmp_path: Path) -> None:
    before = read(
        lists(tmp_path, pupils="ID;ФИО;Дата рождения;СНИЛС\nП-1;Тестова Проба Примеровна;04.03.2015;" + SNILS)
    )
    after = read(
        lists(tmp_path, pupils="ID;ФИО;Дата рождения\nП-1;Тестова Проба Примеровна;04.03.2015\n"),
        known=known_after(before),
    )
    assert [one.snils for one in after.pupils] == [SNILS]


# where in a file


def workbook(file: Path, **sheets: list[list[str]]) -> None:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(file)


HEADING = ["ФИО", "Дата рождения", "Класс", "Родитель 1", "Телефон"]
KNOWN_PUPIL = ["Тестова Проба Примеровна", "04.03.2015", "5А", "Тестова Мама Образцовна", "+7 000 000-00-01"]


def test_a_row_is_named_by_file_sheet_and_row(tmp_path: Path) -> None:
    workbook(tmp_path / "5 классы.xlsx", **{"5А новый": [HEADING, KNOWN_PUPIL, ["Тестов О. П.", "04.03.2015", "5А"]]})
    snapshot = read(tmp_path)
    (rejected,) = snapshot.rejected
    place = place_of(rejected.faults)
    assert place == FilePlace(file="5 классы.xlsx", row=3, sheet="5А новый")
    assert place.text.ru == "5 классы.xlsx, лист «5А новый», строка 3"
    assert place.text.en == "5 классы.xlsx, sheet '5А новый', row 3"
    assert {(kind, one.row) for (kind, _), one in snapshot.places.items()} == {
        (RecordKind.PUPIL, 2),
        (RecordKind.CLASS, 2),
        (RecordKind.GUARDIAN, 2),
    }
    assert not any(name in repr(snapshot.places) for name in ("Тестова", "Мама"))


@pytest.mark.parametrize("path", ["", "/rost:Roster[1]/rost:Pupil[3]", "/pupils/0", "users"])
def test_what_is_no_row_of_a_file_has_no_place(path: str) -> None:
    text = Text(ru="", en="")
    assert place_of([Fault(code="a.b", text=text, path=path, line=3)]) is None
    assert place_of([Fault(code="a.b", text=text, path="pupils.csv")]) is None


def test_a_column_of_a_package_is_the_row_that_it_stands_in() -> None:
    fault = Fault(code="a.b", text=Text(ru="", en=""), path="users.csv#column=7", line=12)
    assert place_of([fault]) == FilePlace(file="users.csv", row=12)


def test_sheets_that_are_not_read_are_a_doubt_even_of_a_whole_list(tmp_path: Path) -> None:
    rows = {"5А": [HEADING, KNOWN_PUPIL], "5Б": [HEADING, KNOWN_PUPIL], "Лист3": []}
    workbook(tmp_path / "Ученики.xlsx", **rows)
    own = ListsSettings(name="own", whole=True, kinds=told_kinds([ListKind.PUPILS]))
    (doubt,) = read(tmp_path, own).doubts
    assert "Ученики.xlsx" in doubt.ru
    assert "5Б" in doubt.en
    assert "Лист3" not in doubt.ru, "an empty sheet is no loss"
    workbook(tmp_path / "Ученики.xlsx", **{"5А": rows["5А"]})
    assert read(tmp_path, own).complete


def test_of_several_lists_the_one_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    lists(tmp_path, pupils=PUPILS)
    (tmp_path / "staff.csv").write_bytes("ФИО;Должность\n".encode("cp1251"))
    adapter = ListsAdapter(ListsSettings(name="own", folder=tmp_path), clock=lambda: NOW)
    with pytest.raises(PermanentError) as caught:
        adapter.snapshot(SCHOOL)
    assert "staff.csv, строка 1: " in caught.value.text.ru
    assert "staff.csv, row 1: " in caught.value.text.en
