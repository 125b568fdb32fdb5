"""What the mapping writes is valid by the schema and reads back as the same value."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.mapping.registry import (
    RecordReader,
    class_id,
    field_texts,
    guardian_id,
    pupil_id,
    staff_id,
    write_class,
    write_enrollment,
    write_guardian,
    write_guardianship,
    write_pupil,
    write_staff,
)
from gateway.model.people import (
    Enrollment,
    Guardian,
    Guardianship,
    PersonName,
    Pupil,
    Relation,
    Sex,
    Staff,
    snils_check_digits,
)
from gateway.model.school import SchoolClass
from gateway.schemas.xml import parse_xml
from gateway.schemas.xml_validation import xml_faults
from tests.roster_world import SCHOOL

SOURCE_IDS = st.text("ABCDЯабв0123456789-._", min_size=1, max_size=64)
NAMES = st.lists(
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn"), exclude_characters=" \u2028"), min_size=1
    ),
    min_size=1,
    max_size=3,
).map(lambda words: " ".join(words)[:100].strip(" "))
PEOPLE = st.builds(PersonName, family=NAMES, given=NAMES, patronymic=st.just("") | NAMES)
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
SNILS = st.none() | st.from_regex(r"\A9[0-9]{8}\Z").map(
    lambda digits: f"{digits[:3]}-{digits[3:6]}-{digits[6:]} {snils_check_digits(digits)}"
)


def travelled(element: etree._Element) -> etree._Element:
    """The element after a journey as bytes, proved valid."""
    arrived = parse_xml(etree.tostring(element))
    assert xml_faults(arrived, "registry", "1.0", "roster.xsd") == ()
    return arrived


@given(SOURCE_IDS, PEOPLE, DAYS, st.sampled_from(Sex), SNILS)
@settings(max_examples=60)
def test_pupils(source_id: str, name: PersonName, birth: date, sex: Sex, snils: str | None) -> None:
    one = Pupil(
        id=pupil_id(SCHOOL.id, source_id), source_id=source_id, name=name, birth_date=birth, sex=sex, snils=snils
    )
    assert RecordReader(SCHOOL.id).pupil(field_texts(travelled(write_pupil(one)))) == one


@given(SOURCE_IDS, PEOPLE, st.sampled_from(["", "+7 000 123-45-67"]), st.sampled_from(["", "a@example.org"]))
@settings(max_examples=40)
def test_guardians(source_id: str, name: PersonName, phone: str, email: str) -> None:
    portal_user = None if phone else "portal-1"
    one = Guardian(
        id=guardian_id(SCHOOL.id, source_id),
        source_id=source_id,
        name=name,
        phone=phone,
        email=email,
        portal_user=portal_user,
    )
    assert RecordReader(SCHOOL.id).guardian(field_texts(travelled(write_guardian(one)))) == one


@given(SOURCE_IDS, PEOPLE, NAMES, SNILS)
@settings(max_examples=40)
def test_staff(source_id: str, name: PersonName, position: str, snils: str | None) -> None:
    one = Staff(id=staff_id(SCHOOL.id, source_id), source_id=source_id, name=name, position=position, snils=snils)
    assert RecordReader(SCHOOL.id).staff(field_texts(travelled(write_staff(one)))) == one


@given(SOURCE_IDS, SOURCE_IDS, st.integers(2000, 2100), st.integers(1, 11), st.sampled_from("АБВ"))
@settings(max_examples=40)
def test_classes(source_id: str, teacher: str, year: int, grade: int, letter: str) -> None:
    one = SchoolClass(
        id=class_id(SCHOOL.id, source_id),
        source_id=source_id,
        year=year,
        grade=grade,
        letter=letter,
        class_teacher=staff_id(SCHOOL.id, teacher),
    )
    assert RecordReader(SCHOOL.id).school_class(field_texts(travelled(write_class(one, class_teacher=teacher)))) == one


@given(SOURCE_IDS, SOURCE_IDS, st.sampled_from(Relation), DAYS, st.none() | DAYS)
@settings(max_examples=40)
def test_relations(first: str, second: str, relation: Relation, since: date, until: date | None) -> None:
    link = Guardianship(
        guardian=guardian_id(SCHOOL.id, first),
        pupil=pupil_id(SCHOOL.id, second),
        relation=relation,
        valid_from=since,
        valid_to=until,
    )
    written = write_guardianship(link, guardian=first, pupil=second)
    assert RecordReader(SCHOOL.id).guardianship(field_texts(travelled(written))) == link
    place = Enrollment(
        pupil=pupil_id(SCHOOL.id, first), school_class=class_id(SCHOOL.id, second), valid_from=since, valid_to=until
    )
    written = write_enrollment(place, pupil=first, school_class=second)
    assert RecordReader(SCHOOL.id).enrollment(field_texts(travelled(written))) == place
