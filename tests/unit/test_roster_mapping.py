"""The registry's records read and judged: every bad one tells why, names itself, and stops nobody else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from lxml import etree

from gateway.errors import Party
from gateway.mapping.registry import (
    field_texts,
    write_class,
    write_enrollment,
    write_guardian,
    write_guardianship,
    write_pupil,
    write_staff,
)
from gateway.mapping.registry_snapshot import SnapshotReader
from gateway.model.roster import Protected, RecordKind, RosterSnapshot, snapshot_counts
from gateway.sandbox.registry.records import NAMESPACE, record, records
from gateway.schemas.xml import parse_xml
from tests.roster_world import FIRST, SCHOOL, class_of, link, place, pupil_of, roster, teacher

Element = etree._Element


def sent(pupils: int = 4) -> list[Element]:
    return list(records(roster(pupils)))


def read(*pages: list[Element]) -> RosterSnapshot:
    reader = SnapshotReader(SCHOOL.id)
    for page in pages:
        reader.take(page)
    return reader.snapshot()


def of(elements: list[Element], tag: str, place: int = 0) -> Element:
    return [element for element in elements if etree.QName(element).localname == tag][place]


def put(element: Element, field: str, value: str) -> None:
    child = element.find(f"{{{NAMESPACE}}}{field}")
    assert child is not None
    child.text = value


def remove(element: Element, field: str) -> None:
    child = element.find(f"{{{NAMESPACE}}}{field}")
    assert child is not None
    element.remove(child)


def test_what_the_emulator_writes_is_what_the_mapping_writes() -> None:
    """Two writers that share nothing agree on every kind of record."""
    school = roster()
    ours = [
        *(write_staff(one) for one in school.staff),
        *(write_class(one, class_teacher="S-1") for one in school.classes),
        *(write_pupil(one) for one in school.pupils),
        *(write_guardian(one) for one in school.guardians),
        *(write_guardianship(one, guardian=f"G-{n}", pupil=f"P-{n}") for n, one in enumerate(school.guardianships, 1)),
        *(
            write_enrollment(one, pupil=f"P-{n}", school_class=f"C-{2 - n % 2}")
            for n, one in enumerate(school.enrollments, 1)
        ),
    ]
    canonical = [etree.tostring(element, method="c14n") for element in ours]
    assert canonical == [etree.tostring(element, method="c14n") for element in records(school)]


def test_good_records_become_the_values_they_were_written_from() -> None:
    snapshot = read(sent())
    assert replace(snapshot, received=()) == roster().snapshot()
    assert len(snapshot.received) == sum(snapshot_counts(snapshot).values())
    assert "P-1/C-1/2026-09-01" in {one.source_id for one in snapshot.received}
    assert "Тестова" not in repr(snapshot.received)


@pytest.mark.parametrize("size", [1, 3, 7])
def test_it_does_not_matter_where_one_page_ends_and_the_next_begins(size: int) -> None:
    elements = [*sent(), of(sent(), "Pupil"), of(sent(), "SchoolClass")]
    put(of(elements, "Pupil", 1), "snils", "900-000-001 00")
    put(of(elements, "Staff"), "position", "")
    put(of(elements, "SchoolClass", 2), "classTeacherId", "S-77")
    assert read(*(elements[first : first + size] for first in range(0, len(elements), size))) == read(elements)


def test_a_fault_names_its_place_in_the_record() -> None:
    elements = [one for one in sent() if field_texts(one).get("sourceId") != "C-2"]
    put(of(elements, "Pupil"), "snils", "900000001")
    put(of(elements, "Pupil", 2), "snils", "900-000-001 00")
    faults = {(fault.code, fault.path) for one in read(elements).rejected for fault in one.faults}
    assert {
        ("xml.invalid", "/Pupil/snils"),
        ("roster.snils", "/Pupil/snils"),
        ("roster.unknown_reference", "/Enrollment/classId"),
    } <= faults


def test_the_first_of_two_classes_keeps_its_own_teacher() -> None:
    elements = sent()
    again = of(sent(), "SchoolClass")
    put(again, "classTeacherId", "S-77")
    snapshot = read([*elements, again])
    assert snapshot.classes == roster().classes
    assert [one.faults[0].code for one in snapshot.rejected] == ["roster.duplicate"]


def test_the_id_that_is_missing_is_told_with_the_fault() -> None:
    elements = [one for one in sent() if field_texts(one).get("sourceId") != "C-2"]
    faults = [fault for one in read(elements).rejected for fault in one.faults]
    assert {(fault.code, fault.field, fault.value) for fault in faults} == {
        ("roster.unknown_reference", "classId", "C-2")
    }


def test_records_are_counted_good_or_bad() -> None:
    elements = sent()
    put(of(elements, "Pupil"), "sex", "?")
    elements.append(etree.Element("Pupil"))
    reader = SnapshotReader(SCHOOL.id)
    reader.take(elements)
    assert reader.counts[RecordKind.PUPIL] == 4


@pytest.mark.parametrize(
    ("tag", "spoil", "code", "field", "who"),
    [
        ("Pupil", lambda e: put(e, "snils", "900-000-001 00"), "roster.snils", "snils", Party.COORDINATOR),
        ("Pupil", lambda e: put(e, "snils", "900000001"), "xml.invalid", "snils", Party.PLATFORM_OPERATOR),
        ("Pupil", lambda e: put(e, "birthDate", "2015-02-30"), "xml.invalid", "birthDate", Party.PLATFORM_OPERATOR),
        ("Pupil", lambda e: put(e, "birthDate", "2015-02-03Z"), "xml.invalid", "birthDate", Party.PLATFORM_OPERATOR),
        ("Pupil", lambda e: remove(e, "sex"), "xml.invalid", None, Party.PLATFORM_OPERATOR),
        ("Pupil", lambda e: put(e, "family", " "), "xml.invalid", "family", Party.PLATFORM_OPERATOR),
        ("Pupil", lambda e: put(e, "family", "Ы" * 101), "xml.invalid", "family", Party.PLATFORM_OPERATOR),
        ("Guardian", lambda e: put(e, "email", "nobody"), "xml.invalid", "email", Party.PLATFORM_OPERATOR),
        ("Guardianship", lambda e: put(e, "relation", "99"), "xml.invalid", "relation", Party.PLATFORM_OPERATOR),
        ("Guardianship", lambda e: put(e, "pupilId", "P-77"), "roster.unknown_reference", "pupilId", Party.COORDINATOR),
        (
            "Guardianship",
            lambda e: put(e, "guardianId", "G-77"),
            "roster.unknown_reference",
            "guardianId",
            Party.COORDINATOR,
        ),
        ("Enrollment", lambda e: put(e, "classId", "C-77"), "roster.unknown_reference", "classId", Party.COORDINATOR),
        ("Enrollment", lambda e: e.append(record("validTo")), "xml.invalid", "validTo", Party.PLATFORM_OPERATOR),
        ("Staff", lambda e: remove(e, "position"), "xml.invalid", None, Party.PLATFORM_OPERATOR),
    ],
)
def test_a_bad_record_tells_what_is_wrong_with_it(
    tag: str, spoil: Callable[[Element], None], code: str, field: str | None, who: Party
) -> None:
    elements = sent()
    bad = of(elements, tag)
    spoil(bad)
    (rejected,) = [one for one in read(elements).rejected if one.faults[0].code == code]
    fault = rejected.faults[0]
    assert (fault.code, fault.who) == (code, who)
    assert field is None or fault.field == field
    assert fault.record == rejected.record
    assert fault.rule
    assert fault.path
    assert parse_xml(rejected.raw.encode()).tag == bad.tag


@pytest.mark.parametrize("grade", ["0", "12", "пять"])
def test_a_grade_is_1_to_11(grade: str) -> None:
    elements = sent()
    put(of(elements, "SchoolClass"), "grade", grade)
    snapshot = read(elements)
    assert snapshot.rejected[0].faults[0].field == "grade"
    assert [one.id for one in snapshot.classes] == [class_of(2)]


def test_no_fault_tells_personal_data() -> None:
    elements = sent()
    put(of(elements, "Pupil"), "snils", "900-000-001 00")
    put(of(elements, "Pupil", 1), "family", "Секретная" * 20)
    shown = repr(read(elements).rejected)
    assert "Секретная" not in shown
    assert "900-000" not in shown


def test_all_faults_of_a_record_are_told() -> None:
    elements = sent()
    bad = of(elements, "Pupil")
    put(bad, "sex", "?")
    put(bad, "birthDate", "once")
    snapshot = read(elements)
    assert {fault.field for fault in snapshot.rejected[0].faults} == {"sex", "birthDate"}


def test_what_hangs_on_a_rejected_pupil_waits_with_it_and_is_protected() -> None:
    elements = sent()
    put(of(elements, "Pupil"), "snils", "900-000-001 00")
    snapshot = read(elements)
    assert {(one.kind, one.record) for one in snapshot.rejected} == {
        ("pupil", "P-1"),
        ("guardianship", "G-1/P-1"),
        ("enrollment", "P-1/C-1/2026-09-01"),
    }
    assert snapshot.protected == {
        Protected(kind=RecordKind.PUPIL, prefix=(pupil_of(1),)),
        Protected(kind=RecordKind.GUARDIANSHIP, prefix=(link(1, 1).guardian, pupil_of(1))),
        Protected(kind=RecordKind.ENROLLMENT, prefix=(pupil_of(1),)),
    }
    assert len(snapshot.pupils) == 3


def test_a_record_without_a_readable_id_protects_its_whole_kind() -> None:
    elements = sent()
    put(of(elements, "Pupil"), "sourceId", "")
    snapshot = read(elements)
    assert Protected(kind=RecordKind.PUPIL) in snapshot.protected
    assert snapshot.rejected[0].record == "#4"


def test_the_first_of_two_equal_ids_stands() -> None:
    elements = sent()
    again = of(sent(), "Pupil")
    put(again, "family", "Двойникова")
    snapshot = read([*elements, again])
    assert snapshot.pupils == roster().pupils
    assert [one.faults[0].code for one in snapshot.rejected] == ["roster.duplicate"]


def test_a_class_keeps_a_teacher_who_was_turned_away_but_not_one_nobody_knows() -> None:
    elements = sent()
    put(of(elements, "Staff"), "position", "")
    put(of(elements, "SchoolClass", 1), "classTeacherId", "S-77")
    snapshot = read(elements)
    assert [one.class_teacher for one in snapshot.classes] == [teacher(1).id]
    (of_class,) = [one for one in snapshot.rejected if one.kind == "class"]
    assert (of_class.faults[0].field, of_class.faults[0].rule) == ("classTeacherId", "R-ROST-02")


def test_a_pupil_is_in_one_class_at_a_time() -> None:
    both = replace(roster(1), enrollments=(place(1, 1), place(1, 2, since=date(2026, 9, 20))))
    snapshot = read(list(records(both)))
    assert snapshot.enrollments == (place(1, 1),)
    assert snapshot.rejected[0].faults[0].code == "roster.two_classes"
    after = replace(roster(1), enrollments=(place(1, 1, until=date(2026, 9, 19)), place(1, 2, since=date(2026, 9, 20))))
    assert read(list(records(after))).rejected == ()


def test_a_period_may_not_end_before_it_begins() -> None:
    reversed_ = replace(roster(1), enrollments=(place(1, 1, until=date(2026, 8, 31)),))
    (rejected,) = read(list(records(reversed_))).rejected
    assert (rejected.faults[0].code, rejected.faults[0].rule) == ("roster.period_reversed", "R-ROST-20")


@pytest.mark.parametrize("tag", ["Cat", "{urn:other}Pupil", f"{{{NAMESPACE}}}Cat"])
def test_an_element_nobody_knows_is_turned_away(tag: str) -> None:
    snapshot = read([*sent(), etree.Element(tag)])
    assert [one.faults[0].code for one in snapshot.rejected] == ["roster.unknown_record"]
    assert snapshot.protected == frozenset()


def test_white_space_and_processing_instructions_inside_a_value_do_not_change_it() -> None:
    elements = sent()
    first = of(elements, "Pupil")
    family = first.find(f"{{{NAMESPACE}}}family")
    assert family is not None
    family.text = "\n  Тес"
    family.append(etree.ProcessingInstruction("x", "y"))
    family[0].tail = "това "
    assert read(elements).pupils == roster().pupils


def test_one_bad_record_among_a_hundred_stops_nobody() -> None:
    elements = sent(100)
    put(of(elements, "Pupil", 56), "sex", "X")
    snapshot = read(elements)
    assert len(snapshot.pupils) == 99
    assert len(snapshot.enrollments) == 99
    assert [one.record for one in snapshot.rejected if one.kind == "pupil"] == ["P-57"]
    assert all(one.valid_from == FIRST for one in snapshot.enrollments)
