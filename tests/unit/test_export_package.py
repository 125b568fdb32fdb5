"""The package: the same parts give the same bytes, and the manifest says what is in it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime
from io import BytesIO
from zipfile import ZipFile

from gateway.exports.definitions import PERFORMANCE
from gateway.exports.package import MANIFEST, manifest, package_bytes, signed_members
from gateway.model.ids import PeriodId
from gateway.model.school import Period, PeriodKind
from gateway.ports.signing import CertificateFacts

AT = datetime(2026, 10, 26, 15, 0, tzinfo=UTC)
SIGNER = CertificateFacts(subject="CN=Test", sha256="ab" * 32, valid_from=AT, valid_to=AT)
PERIOD = Period(
    id=PeriodId("q1"), year=2026, kind=PeriodKind.QUARTER, number=1, start=date(2026, 9, 1), end=date(2026, 10, 24)
)
MEMBERS = signed_members(PERFORMANCE, b"<document/>", b"signature")


def stated() -> dict[str, object]:
    return manifest(
        PERFORMANCE,
        MEMBERS,
        package="package-1",
        version=2,
        school="REG-0001",
        period=PERIOD,
        made_at=AT,
        content_digest="cd" * 32,
        signer=SIGNER,
    )


def test_the_same_parts_give_the_same_bytes() -> None:
    assert package_bytes(stated(), MEMBERS) == package_bytes(stated(), MEMBERS)


def test_the_package_has_exactly_manifest_document_and_signature() -> None:
    with ZipFile(BytesIO(package_bytes(stated(), MEMBERS))) as archive:
        assert archive.namelist() == ["manifest.json", "performance.xml", "performance.xml.p7s"]
        assert archive.read("performance.xml") == b"<document/>"
        assert archive.read("performance.xml.p7s") == b"signature"
        assert json.loads(archive.read(MANIFEST)) == stated()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_manifest_names_every_member_with_size_and_digest() -> None:
    assert stated()["members"] == [
        {"name": "performance.xml", "size": 11, "sha256": hashlib.sha256(b"<document/>").hexdigest()},
        {"name": "performance.xml.p7s", "size": 9, "sha256": hashlib.sha256(b"signature").hexdigest()},
    ]
    assert (stated()["package"], stated()["version"], stated()["school"]) == ("package-1", 2, "REG-0001")
    assert stated()["schema"] == {"namespace": "urn:school-gateway:authority:performance:1.0", "version": "1.0"}
