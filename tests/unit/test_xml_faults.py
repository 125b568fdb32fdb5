from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from gateway.errors import SchemaError
from gateway.schemas import xml_validation
from gateway.schemas.xml import MAX_ATTRIBUTES, parse_xml
from gateway.schemas.xml_validation import xml_faults
from tests.journal_world import as_xml, day_batch

BROKEN = b"""<journalBatch xmlns="urn:school-gateway:journal:1.0" version="1.0">
<school>school-1</school><sentAt>2026-09-15T15:00:00Z</sentAt>
<marks>
<mark><id>M-1</id><lesson>L-1</lesson>
<pupil>P-1</pupil><value>five</value><workKind>oral</workKind></mark>
<mark><id>M-2</id><lesson>L-1</lesson><pupil>P-1</pupil><value>5</value></mark>
</marks></journalBatch>"""


def faults_of(root: etree._Element, version: str = "1.0") -> list[tuple[str, int | None]]:
    return [(fault.path, fault.line) for fault in xml_faults(root, "journal", version, "journal-batch.xsd")]


def test_a_valid_batch_has_no_faults() -> None:
    assert faults_of(parse_xml(as_xml(day_batch())), "1.1") == []


def test_faults_have_path_and_line_and_no_value() -> None:
    found = xml_faults(parse_xml(BROKEN), "journal", "1.0", "journal-batch.xsd")
    assert {(fault.path, fault.line) for fault in found} == {
        ("/journalBatch/marks/mark[1]/value", 5),
        ("/journalBatch/marks/mark[2]", 6),
    }
    assert "five" not in "".join(fault.text.ru + fault.text.en for fault in found)


def test_what_only_the_strict_engine_sees_is_a_fault_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lenient:
        def iter_errors(self, _root: Any) -> list[Any]:
            return []

    monkeypatch.setattr(xml_validation, "_explaining_schema", lambda *_names: Lenient())
    (*_, last) = faults_of(parse_xml(BROKEN))
    assert last == ("", 6)


@pytest.mark.parametrize("prefix", ["", "j:"])
def test_a_path_has_local_names_whatever_the_prefix(prefix: str) -> None:
    declared = f"xmlns{':j' if prefix else ''}"
    tag = f"{prefix}lessons"
    inside = f"<{prefix}lesson><{prefix}id>a b</{prefix}id></{prefix}lesson>"
    document = f'<{prefix}batch {declared}="urn:school-gateway:journal:1.0"><{tag}>{inside}</{tag}></{prefix}batch>'
    record = parse_xml(document.encode())[0][0]
    found = xml_faults(record, "journal", "1.0", "journal-records.xsd")
    assert {fault.path for fault in found} == {"/lesson/id", "/lesson"}


@pytest.mark.parametrize(
    ("declared", "code"), [("xmlns:n{0}='u{0}'", "xml.too_many_namespaces"), ("n{0}='u'", "xml.too_many_attributes")]
)
def test_an_element_is_bounded_in_width(declared: str, code: str) -> None:
    def written(number: int) -> bytes:
        return f"<a {' '.join(declared.format(place) for place in range(number))}/>".encode()

    assert parse_xml(written(MAX_ATTRIBUTES)) is not None
    with pytest.raises(SchemaError) as caught:
        parse_xml(written(MAX_ATTRIBUTES + 1))
    assert caught.value.code == code
