"""The catalogue names every version there is, for as long as it is accepted; what was issued never changes."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from gateway.errors import Party, SchemaError
from gateway.schemas.catalogue import (
    CATALOGUE,
    SchemaState,
    SchemaVersion,
    current_version,
    schema_bytes,
    schema_path,
    usable_version,
    versions_of,
)
from gateway.schemas.recognition import recognised

GOLDEN = Path(__file__).parents[1] / "golden"
RELEASED = {
    "journal-batch.schema.json": "1c75712c804113699dc10b8e102fa30f8d31715f6d35968767252dbbdcb2d95b",
    "journal-batch.xsd": "da029f9c4e0e157d5a44c41c8607c6f6847d7f7774dc64407c12b48cc0c33012",
    "journal-records.xsd": "8b81a52e8b88bc85cbd75c496b08c036789bf37824114b5f9def10a637b0bf83",
}
"""SHA-256 of the files of journal/1.0 as they were released."""


def test_every_folder_of_schemas_is_in_the_catalogue() -> None:
    folders = {str(path.relative_to(ROOT)) for path in ROOT.glob("*/[0-9]*") if path.is_dir()}
    assert {str(one) for one in CATALOGUE} == folders
    assert all(one.files for one in CATALOGUE)


ROOT = schema_path("", "", "")


def test_every_schema_has_one_current_version_the_newest() -> None:
    current = Counter(one.name for one in CATALOGUE if one.accepted_until is None)
    assert set(current.values()) == {1}
    assert set(current) == {one.name for one in CATALOGUE}
    assert all(versions_of(name)[-1] == current_version(name) for name in current)


def test_what_was_released_is_as_it_was() -> None:
    assert {name: hashlib.sha256(schema_bytes("journal", "1.0", name)).hexdigest() for name in RELEASED} == RELEASED


@pytest.mark.parametrize(
    ("version", "on", "state"),
    [
        ("1.1", date(2099, 1, 1), SchemaState.CURRENT),
        ("1.0", date(2026, 12, 1), SchemaState.ACCEPTED),
        ("1.0", date(2027, 8, 31), SchemaState.ACCEPTED),
        ("1.0", date(2027, 9, 1), SchemaState.RETIRED),
    ],
)
def test_a_version_is_accepted_until_its_day(version: str, on: date, state: SchemaState) -> None:
    (found,) = [one for one in versions_of("journal") if one.version == version]
    assert found.state(on) is state


def test_a_version_that_is_accepted_may_be_used() -> None:
    assert usable_version("journal", "1.0", on=date(2027, 8, 31)).version == "1.0"


def test_a_retired_version_is_refused_with_the_current_one_and_whom_to_ask() -> None:
    with pytest.raises(SchemaError) as caught:
        usable_version("journal", "1.0", on=date(2027, 9, 1))
    error = caught.value
    assert (error.code, error.who, error.rule) == ("schema.retired", Party.SENDER, "R-EXCH-01")
    for words in (error.text.ru, error.text.en):
        assert "journal/1.0" in words
        assert "2027-09-01" in words
        assert "journal/1.1" in words
    assert "школьного координатора" in error.text.ru
    assert "school's coordinator" in error.text.en


@pytest.mark.parametrize(("name", "version", "named"), [("journal", "2.0", "journal/1.1"), ("diary", "1.0", "diary")])
def test_an_unknown_version_is_refused(name: str, version: str, named: str) -> None:
    with pytest.raises(SchemaError, match=r"schema\.unknown") as caught:
        usable_version(name, version, on=date(2026, 12, 1))
    assert named in caught.value.text.en


def test_a_version_says_since_when_it_is_retired() -> None:
    one = SchemaVersion(name="a", version="1", about="", issued_on=date(2026, 1, 1), accepted_until=date(2026, 12, 31))
    assert one.retired_since == date(2027, 1, 1)
    assert current_version("journal").retired_since is None


# recognition


def found(content: bytes, said: str = "") -> str:
    return str(recognised(io.BytesIO(content), said))


JOURNAL_JSON = b'{"version": "1.1", "school": "s", "sentAt": "2026-09-15T15:00:00Z", "marks": [{}]}'


@pytest.mark.parametrize(
    ("content", "said", "file"),
    [
        (JOURNAL_JSON, "", "journal/1.1/journal-batch.schema.json"),
        (JOURNAL_JSON.replace(b"1.1", b"1.0"), "", "journal/1.0/journal-batch.schema.json"),
        (JOURNAL_JSON.replace(b"1.1", b"1.0"), "journal/1.0", "journal/1.0/journal-batch.schema.json"),
        (b'\xef\xbb\xbf {"school": "s", "sentAt": 1}', "", "journal/1.1/journal-batch.schema.json"),
        (b'{"version": "9.0", "school": "s", "sentAt": 1}', "", "journal/1.1/journal-batch.schema.json"),
        (b'{"children": []}', "", "portal/1.0/children.schema.json"),
        (b"[]", "netschool/5/schools.schema.json", "netschool/5/schools.schema.json"),
        (b'<journalBatch xmlns="urn:school-gateway:journal:1.0"/>', "", "journal/1.0/journal-batch.xsd"),
        (b'\n<a:mark xmlns:a="urn:school-gateway:journal:1.1"/>', "", "journal/1.1/journal-records.xsd"),
    ],
)
def test_a_document_shows_by_which_schema_it_was_made(content: bytes, said: str, file: str) -> None:
    assert found(content, said) == file


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", ""),
        (b"[]", ""),
        (b"[]", "netschool/5"),
        (b'{"colour": 1}', ""),
        (JOURNAL_JSON, "journal/1.0"),
        (b'<journalBatch xmlns="urn:school-gateway:journal:1.0"/>', "journal/1.1"),
        (b'<journalBatch xmlns="urn:school-gateway:journal:9.0"/>', ""),
        (b"<html/>", ""),
    ],
)
def test_a_document_that_does_not_show_it_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(SchemaError, match=r"schema\.unclear"):
        found(content, said)


@pytest.mark.parametrize("content", [b'{"version": ', b"<journalBatch", b"id,lesson\n"])
def test_what_is_not_well_formed_is_refused_as_such(content: bytes) -> None:
    with pytest.raises(SchemaError, match="not_well_formed"):
        found(content)


@pytest.mark.parametrize("name", ["journal-batch-1.0.json", "journal-batch-1.0.xml"])
def test_a_kept_document_of_the_older_version_is_recognised(name: str) -> None:
    assert found((GOLDEN / name).read_bytes()).startswith("journal/1.0/")
