"""The package that leaves: a ZIP of the manifest, the document and its detached signature.

The same parts give the same bytes: members stand in a fixed order with a fixed date and no attributes of a machine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from gateway.exports.definitions import ExportDefinition
from gateway.model.school import Period
from gateway.ports.signing import CertificateFacts

MANIFEST = "manifest.json"
CONTENT_TYPE = "application/zip"

_NO_DATE = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16
_UNIX = 3


def signed_members(definition: ExportDefinition, document: bytes, signature: bytes) -> dict[str, bytes]:
    """Return document and signature under the names that they have in the package."""
    return {definition.member: document, definition.signature_member: signature}


def manifest(
    definition: ExportDefinition,
    members: Mapping[str, bytes],
    *,
    package: str,
    version: int,
    school: str,
    period: Period,
    made_at: datetime,
    content_digest: str,
    signer: CertificateFacts,
) -> dict[str, object]:
    """Return what a package says of itself (R-EXCH-16): JSON values only.

    ``school`` is the school's id in the registry; by it and ``package`` delivery finds the package when the receipt
    comes.
    """
    return {
        "package": package,
        "version": version,
        "definition": definition.name,
        "schema": {"namespace": definition.namespace, "version": definition.schema_version},
        "school": school,
        "recipient": definition.recipient,
        "period": {"id": period.id, "start": period.start.isoformat(), "end": period.end.isoformat()},
        "made_at": made_at.astimezone(UTC).isoformat(),
        "content_sha256": content_digest,
        "signer": {"certificate_sha256": signer.sha256, "subject": signer.subject},
        "members": [
            {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in members.items()
        ],
    }


def package_bytes(stated: Mapping[str, object], members: Mapping[str, bytes]) -> bytes:
    """Return the ZIP of the manifest and the members, in this order."""
    text = json.dumps(stated, ensure_ascii=False, indent=1) + "\n"
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, content in {MANIFEST: text.encode(), **members}.items():
            archive.writestr(_entry(name), content)
    return buffer.getvalue()


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _NO_DATE)
    entry.compress_type = ZIP_DEFLATED
    entry.create_system = _UNIX
    entry.external_attr = _PLAIN_FILE
    return entry
