"""The signer that flows are given: an identity behind the ports `DocumentSigner` and `ArchiveSigner`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.ports.frame import Clock
from gateway.ports.signing import CertificateFacts
from gateway.signing.cms import sign_detached
from gateway.signing.keys import SigningIdentity, facts, require_valid
from gateway.signing.pades import sign_pdf

_REASON = "Архивная копия электронного журнала"


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentitySigner:
    """Signs with a key that lies in this process; refuses when the certificate is not valid at that moment."""

    identity: SigningIdentity
    clock: Clock

    @property
    def certificate(self) -> CertificateFacts:
        """The certificate whose key signs."""
        return facts(self.identity.certificate)

    def sign_detached(self, content: bytes) -> bytes:
        """Return a detached CMS signature in DER over exactly these bytes (`gateway.signing.cms`)."""
        require_valid(self.identity.certificate, self.clock())
        return sign_detached(self.identity, content)

    def sign_pdf(self, pdf: bytes, *, at: datetime) -> bytes:
        """Return the PDF with the signature inside (`gateway.signing.pades`)."""
        require_valid(self.identity.certificate, at)
        return sign_pdf(self.identity, pdf, at=at, reason=_REASON)
