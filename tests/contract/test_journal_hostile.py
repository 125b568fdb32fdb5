"""Documents made to be expensive: read in a process of its own that may not take much memory or time for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
JSON, XML = "application/json", "application/xml"

READ = """
import resource, sys
from gateway.errors import SchemaError
from gateway.journal.reading import read_document
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
media_type, before, repeated, times, after = sys.argv[1:]
content = (before + repeated * int(times) + after).encode()
try:
    print("read", len(read_document(content, media_type).rejected))
except SchemaError as error:
    print(error.code, len(error.faults))
"""

JSON_ENVELOPE = '{"version": "1.0", "school": "s", "sentAt": "2026-09-15T15:00:00Z", '
XML_ENVELOPE = (
    '<journalBatch xmlns="urn:school-gateway:journal:1.0" version="1.0">'
    "<school>s</school><sentAt>2026-09-15T15:00:00Z</sentAt>"
)
JSON_GROUP = '"groups": [{"id": "G", "name": "n", "kind": "profile", "subject": "s", "members": ['
XML_GROUP = "<groups><group><id>G</id><name>n</name><kind>profile</kind><subject>s</subject><members>"

# What is wrong in these documents costs, if all of it is looked for, gigabytes in JSON and hours in XML.
DOCUMENTS = {
    "wrong records in JSON": (JSON, JSON_ENVELOPE + '"marks": [', "1,", "1]}"),
    "wrong members in JSON": (JSON, JSON_ENVELOPE + JSON_GROUP, "1,", "1]}]}"),
    "wrong records in XML": (XML, XML_ENVELOPE + "<marks>", "<mark/>", "</marks></journalBatch>"),
    "text between records in XML": (XML, XML_ENVELOPE + "<marks>", "<mark/>text", "</marks></journalBatch>"),
    "wrong members in XML": (XML, XML_ENVELOPE + XML_GROUP, "<pupil/>", "</members></group></groups></journalBatch>"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_full_of_faults_is_refused_after_the_first_thousand(name: str) -> None:
    media_type, before, repeated, after = DOCUMENTS[name]
    times = "1000000" if "members" in name else "199999"
    assert read(media_type, before, repeated, times, after) == "journal.not_a_batch 1000"


def test_a_record_full_of_fields_it_should_not_have_falls_alone() -> None:
    said = read(XML, XML_ENVELOPE + "<marks><mark>", "<id/>", "300000", "</mark></marks></journalBatch>")
    assert said == "read 1"


MANY = {
    "records in JSON": (JSON, JSON_ENVELOPE + '"marks": [', "1,", "200000", "1]}"),
    "records in XML": (XML, XML_ENVELOPE + "<marks>", "<mark/>", "200001", "</marks></journalBatch>"),
    "empty lists in place of a batch": (JSON, "[", "[],", "20000000", "[]]"),
    "empty lists in a batch": (JSON, JSON_ENVELOPE + '"marks": [', "[],", "20000000", "[]]}"),
}


@pytest.mark.parametrize("name", MANY)
def test_more_records_than_a_batch_may_have_are_refused_before_they_are_looked_at(name: str) -> None:
    assert read(*MANY[name]) == "journal.too_many_records 1"


@pytest.mark.parametrize("root", ["[1,", '["a",'])
def test_a_document_that_is_no_object_is_refused_as_a_whole(root: str) -> None:
    assert read(JSON, root, "1,", "10000000", "1]") == "journal.not_a_batch 1"


def test_another_root_is_refused_before_the_rest_is_looked_at() -> None:
    assert read(XML, "<a>", "<b/>", "1000000", "</a>") == "journal.not_a_batch 1"


def test_namespaces_of_a_record_that_it_does_not_use_cost_nothing() -> None:
    declared = " ".join(f"xmlns:n{number}='u'" for number in range(2000))
    said = read(XML, f"{XML_ENVELOPE}<marks {declared}>", "<mark/>", "100", "</marks></journalBatch>")
    assert said == "read 100"


def read(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", READ, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()
