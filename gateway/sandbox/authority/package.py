"""Opens a package that may be anything, and checks what it says of itself."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from lxml import etree

from gateway.errors import SchemaError
from gateway.sandbox.authority.refusals import Place, Refusal, RefusalCode
from gateway.schemas.xml import parse_xml
from gateway.schemas.xml_validation import xml_faults

MANIFEST = "manifest.json"
DOCUMENT = "performance.xml"
SIGNATURE = "performance.xml.p7s"

MAX_MEMBER_BYTES = 32 * 2**20
"""A member that unpacks to more is refused while it is still being unpacked."""

_NS = "{urn:school-gateway:authority:performance:1.0}"


def opened(content: bytes) -> dict[str, bytes]:
    """Return the three members of a package.

    Raises:
        Refusal: ``InvalidPackage``: no ZIP, other members than the three, or one that is too large.
    """
    try:
        with ZipFile(BytesIO(content)) as archive:
            names = [entry.filename for entry in archive.infolist()]
            if sorted(names) != sorted((MANIFEST, DOCUMENT, SIGNATURE)):
                raise _bad_package("the members are not exactly manifest, document and signature")
            return {name: _member(archive, name) for name in names}
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        raise _bad_package("the package is no readable ZIP") from None


def _member(archive: ZipFile, name: str) -> bytes:
    with archive.open(name) as member:
        content = member.read(MAX_MEMBER_BYTES + 1)
    if len(content) > MAX_MEMBER_BYTES:
        raise _bad_package(f"{name} is larger than {MAX_MEMBER_BYTES // 2**20} MiB")
    return content


def check_manifest(members: Mapping[str, bytes], package: str) -> None:
    """Let a package pass whose manifest names this package and the other members as they are.

    Raises:
        Refusal: ``InvalidPackage``.
    """
    try:
        stated = json.loads(members[MANIFEST])
        named, listed = stated["package"], {entry["name"]: entry for entry in stated["members"]}
        matches = {
            name: listed[name]["sha256"] == hashlib.sha256(members[name]).hexdigest()
            and listed[name]["size"] == len(members[name])
            for name in (DOCUMENT, SIGNATURE)
        }
    except (ValueError, TypeError, KeyError, RecursionError):
        raise _bad_package("the manifest cannot be read") from None
    if named != package:
        raise _bad_package("the manifest belongs to another package")
    if set(listed) != set(matches) or not all(matches.values()):
        raise _bad_package("the manifest does not describe the members as they are")


def pupils_in(document: bytes, package: str) -> tuple[str, ...]:
    """Return the ids of the pupils in a document that is valid by the schema and belongs to the package.

    Raises:
        Refusal: ``InvalidDocument`` with every place that is wrong.
    """
    try:
        root = parse_xml(document)
    except SchemaError as error:
        faults = error.faults
    else:
        faults = xml_faults(root, "authority", "1.0", "performance.xsd")
        if not faults:
            _check_owner(root, package)
            return tuple(str(pupil.get("id")) for pupil in root.iter(f"{_NS}pupil"))
    places = tuple(Place(path=fault.path, line=fault.line, reason=fault.text.en) for fault in faults)
    raise Refusal(RefusalCode.INVALID_DOCUMENT, "the document is not valid by its schema", places)


def _check_owner(root: etree._Element, package: str) -> None:
    if root.get("packageId") != package:
        place = Place(path="/PerformanceReport/@packageId", line=root.sourceline, reason="names another package")
        raise Refusal(RefusalCode.INVALID_DOCUMENT, "the document belongs to another package", (place,))


def _bad_package(reason: str) -> Refusal:
    return Refusal(RefusalCode.INVALID_PACKAGE, reason)
