"""Finds out by which schema of the catalogue a document means to be valid, without holding it in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import IO, Any

from lxml import etree

from gateway.errors import Party, SchemaError, Text
from gateway.schemas.catalogue import CATALOGUE, SchemaVersion, schema_bytes
from gateway.schemas.json_stream import JsonItem, is_object, read_members
from gateway.schemas.xml_stream import root_of

_BOM = b"\xef\xbb\xbf"
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_JSON_SCHEMA = ".schema.json"
_XML_SCHEMA = ".xsd"


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaFile:
    """A file of a version of the catalogue that documents can be held against."""

    version: SchemaVersion
    file: str

    @property
    def is_xml(self) -> bool:
        """Tell whether it is for XML; else it is for JSON."""
        return self.file.endswith(_XML_SCHEMA)

    def __str__(self) -> str:
        """Return name, version and file as commands take them."""
        return f"{self.version}/{self.file}"


def recognised(source: IO[bytes], said: str = "") -> SchemaFile:
    """Return the schema file for a document.

    XML says it by the namespace of its root, JSON by the names it has; where two versions know as many of them, the
    newer one is meant.

    Args:
        source: the document; it is read from its beginning and left somewhere.
        said: ``NAME/VERSION`` or ``NAME/VERSION/FILE`` that was asked for; empty to find out.

    Raises:
        SchemaError: the document is not well-formed as far as it was read; no schema is meant, or more than one, or
            another than was asked for (``schema.unclear``).
    """
    is_xml = _is_xml(source)
    files = [one for one in _files() if one.is_xml == is_xml and f"{one}/".startswith(f"{said}/" if said else "")]
    source.seek(0)
    found = _by_root(root_of(source), files) if is_xml else _by_names(source, files, asked=bool(said))
    if found is None:
        raise unclear([str(one) for one in files])
    return found


@cache
def _files() -> tuple[SchemaFile, ...]:
    return tuple(
        SchemaFile(version=version, file=file)
        for version in CATALOGUE
        for file in version.files
        if file.endswith((_JSON_SCHEMA, _XML_SCHEMA))
    )


def _is_xml(source: IO[bytes]) -> bool:
    source.seek(0)
    return source.read(1024).removeprefix(_BOM).lstrip().startswith(b"<")


def _by_root(root: etree._Element, files: list[SchemaFile]) -> SchemaFile | None:
    name = etree.QName(root)
    return next((one for one in files if (name.namespace, name.localname) in _roots(one)), None)


@cache
def _roots(one: SchemaFile) -> frozenset[tuple[str | None, str | None]]:
    schema = etree.fromstring(schema_bytes(one.version.name, one.version.version, one.file))
    space = schema.get("targetNamespace")
    return frozenset((space, element.get("name")) for element in schema.findall(f"{_XSD}element"))


def _by_names(source: IO[bytes], files: list[SchemaFile], *, asked: bool) -> SchemaFile | None:
    if not is_object(source):
        return files[0] if asked and len(files) == 1 else None
    source.seek(0)
    lists = {name for one in files for name in _properties(one) if _properties(one)[name].get("type") == "array"}
    members = {part.name: part.value for part in read_members(source, lists) if not isinstance(part, JsonItem)}
    scores = {one: sum(_points(members, _properties(one))) for one in files}
    best = max(scores.values(), default=0)
    likely = [one for one, score in scores.items() if score == best > 0]
    if asked and any(0 in _points(members, _properties(one)) for one in likely):
        return None
    return likely[-1] if len({(one.version.name, one.file) for one in likely}) == 1 else None


@cache
def _properties(one: SchemaFile) -> Mapping[str, Any]:
    schema = json.loads(schema_bytes(one.version.name, one.version.version, one.file))
    properties: Mapping[str, Any] = schema.get("properties", {})
    return properties


def _points(members: Mapping[str, Any], properties: Mapping[str, Any]) -> Iterator[int]:
    """Yield 1 for each member that a schema knows, and 1 or 0 for each that must be just so."""
    for name in members.keys() & properties.keys():
        yield 1
        if "const" in properties[name]:
            yield 1 if properties[name]["const"] == members[name] else 0


def unclear(named: list[str]) -> SchemaError:
    """Return the refusal of a document that does not show by which schema it was made; one of these it may be."""
    listed = ", ".join(named) or "–"
    return SchemaError(
        "schema.unclear",
        Text(
            ru=f"Не видно, по какой схеме составлен документ. Укажите её (--schema): {listed}.",
            en=f"It cannot be seen by which schema the document was made. Name it (--schema): {listed}.",
        ),
        who=Party.SENDER,
        rule="R-EXCH-01",
    )
