"""Signing documents, as the flows see it: bytes in, signature out, and who it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class CertificateFacts:
    """What a registry notes of the certificate a signature was made with.

    Attributes:
        subject: distinguished name of the owner (RFC 4514), common name first.
        sha256: SHA-256 (hex) of the certificate in DER.
        valid_from: first moment of validity.
        valid_to: last moment of validity.
    """

    subject: str = field(repr=False)
    sha256: str
    valid_from: datetime
    valid_to: datetime


class DocumentSigner(Protocol):
    """Signs whole documents, leaving them as they are."""

    @property
    def certificate(self) -> CertificateFacts:
        """The certificate whose key signs."""
        ...

    def sign_detached(self, content: bytes) -> bytes:
        """Return a detached CMS signature (RFC 5652, DER) over exactly these bytes.

        Raises:
            ConfigurationError: the certificate is not valid now.
        """
        ...


class ArchiveSigner(DocumentSigner, Protocol):
    """Signs archive files: inside the PDF and detached."""

    def sign_pdf(self, pdf: bytes, *, at: datetime) -> bytes:
        """Return the PDF with the signature inside (PAdES baseline B-B, ETSI EN 319 142-1), claimed time ``at``.

        Raises:
            ConfigurationError: the certificate is not valid at that time.
        """
        ...
