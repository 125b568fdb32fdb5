"""The one XML parser: nothing outside the bytes is read, and what is refused is told with line, reason and rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import Party, SchemaError
from gateway.schemas.xml import MAX_DEPTH, parse_xml

LAUGHS = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'


def refusal(data: bytes) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        parse_xml(data)
    [fault] = caught.value.faults
    assert (fault.code, fault.rule, fault.who) == (caught.value.code, caught.value.rule, Party.SENDER)
    assert fault.text == caught.value.text
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1251", "utf-16"])
def test_a_document_says_its_own_encoding(encoding: str) -> None:
    root = parse_xml(f'<?xml version="1.0" encoding="{encoding}"?><тег>ёж</тег>'.encode(encoding))
    assert (root.tag, root.text) == ("тег", "ёж")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"<a>\n<b></a>", 2),
        (b"<a>\n\n&nbsp;</a>", 3),
        (b"<a/><b/>", 1),
        (b"\xff\xfe", 1),
        (b"", 1),
        (b"   ", 1),
        (b"<a b='1' b='2'/>", 1),
        ("<?xml version='1.0' encoding='utf-8'?><a>ё</a>".encode("cp1251"), 1),
    ],
)
def test_what_is_not_well_formed_is_told_with_its_line(data: bytes, line: int) -> None:
    error = refusal(data)
    assert (error.code, error.rule) == ("xml.not_well_formed", "XML 1.0, 2.1")
    assert error.faults[0].line == line


@pytest.mark.parametrize("data", [LAUGHS, "<!DOCTYPE a><a/>", "<!DOCTYPE a SYSTEM 'http://127.0.0.1:9/a.dtd'><a/>"])
def test_a_document_type_is_refused(data: str) -> None:
    error = refusal(data.encode())
    assert (error.code, error.rule) == ("xml.doctype", "R-SEC-07")


def test_an_external_entity_is_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("секрет", encoding="utf-8")
    address = (tmp_path / "secret").as_uri()
    error = refusal(f'<!DOCTYPE a [<!ENTITY x SYSTEM "{address}">]><a>&x;</a>'.encode())
    assert error.code == "xml.doctype"
    assert "секрет" not in str(error)


def test_xinclude_is_not_carried_out(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("секрет", encoding="utf-8")
    address, namespace = (tmp_path / "secret").as_uri(), "http://www.w3.org/2001/XInclude"
    root = parse_xml(f'<a xmlns:i="{namespace}"><i:include parse="text" href="{address}"/></a>'.encode())
    assert "".join(root.itertext()) == ""


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


def test_the_depth_is_bounded() -> None:
    assert len(list(parse_xml(nested(MAX_DEPTH)).iter())) == MAX_DEPTH
    error = refusal(nested(MAX_DEPTH + 1))
    assert (error.code, error.rule) == ("xml.too_deep", "R-SEC-07")


def test_bottomless_nesting_is_refused_as_soon_as_it_is_too_deep() -> None:
    assert refusal(b"<a>" * 10**6).code == "xml.too_deep"
