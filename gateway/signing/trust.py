"""When a signature counts: intact, by a certificate that leads to a trusted root and was valid at the moment.

Trust roots are always given; the operating system's list is never asked. Revocation is not checked: certificates of
the test authority carry no revocation address, and nothing is fetched while verifying.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.ades.report import AdESIndeterminate, AdESSubIndic
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import StandardCMSSignatureStatus
from pyhanko_certvalidator import ValidationContext

from gateway.errors import Fault, Party, SignatureError, Text
from gateway.ports.signing import CertificateFacts
from gateway.signing.keys import facts

SIGNER_KEY_USAGE = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
"""A certificate that may sign has at least one of these (RFC 5280, 4.2.1.3)."""


MALFORMED = (
    PdfError,
    UnsupportedAlgorithm,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What pyHanko and asn1crypto raise for bytes that are not what they should be.

Both read lazily and let the built-in errors of their own reading through, as mutating good files showed
(tests/property/test_signature_mutations.py); their other errors are ``ValueError``s.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signer:
    """Who made a signature that was found good, and when they say they made it (not proved by anybody)."""

    certificate: CertificateFacts
    claimed_at: datetime | None


def to_asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    """Return a certificate as pyHanko takes it."""
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def validation_context(roots: Sequence[x509.Certificate], at: datetime) -> ValidationContext:
    """Return what pyHanko needs to judge a certificate at a moment by the given roots and nothing else."""
    return ValidationContext(trust_roots=[to_asn1(root) for root in roots], moment=at, allow_fetching=False)


def accepted_signer(status: StandardCMSSignatureStatus) -> Signer:
    """Return who signed, from pyHanko's findings.

    Raises:
        SignatureError: ``signature.wrong_content``, ``signature.invalid``, ``signature.certificate_not_in_force``,
            ``signature.unknown_issuer`` or ``signature.untrusted``.
    """
    if not status.intact:
        raise refusal(
            "signature.wrong_content",
            ru="Подпись сделана под другим содержанием: документ изменён после подписания.",
            en="The signature belongs to other content: the document was changed after signing.",
        )
    if not status.valid:
        raise refusal(
            "signature.invalid",
            ru="Подпись не соответствует ключу из сертификата подписавшего.",
            en="The signature does not match the key in the signer's certificate.",
        )
    try:
        certificate = x509.load_der_x509_certificate(status.signing_cert.dump())
    except ValueError:  # asn1crypto has read it, but reads more leniently
        raise refusal(
            "signature.invalid",
            ru="Сертификат подписавшего не читается: подпись повреждена.",
            en="The signer's certificate cannot be read: the signature is damaged.",
        ) from None
    if status.trust_problem_indic is not None or not status.bottom_line:
        raise _distrust(status.trust_problem_indic, in_force=_in_force(certificate, status.validation_time))
    return Signer(certificate=facts(certificate), claimed_at=status.signer_reported_dt)


def refusal(code: str, *, ru: str, en: str, who: Party = Party.SENDER) -> SignatureError:
    """Return the error of a signature that does not count."""
    text = Text(ru=ru, en=en)
    return SignatureError(code, text, faults=(Fault(code=code, text=text, rule="R-ARCH-21", who=who),), who=who)


def _in_force(certificate: x509.Certificate, at: datetime | None) -> bool:
    return at is None or certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _distrust(reason: AdESSubIndic | None, *, in_force: bool) -> SignatureError:
    if not in_force:
        return refusal(
            "signature.certificate_not_in_force",
            ru="Сертификат подписавшего не действовал в проверяемый момент.",
            en="The signer's certificate was not valid at the moment in question.",
        )
    if reason == AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND:
        return refusal(
            "signature.unknown_issuer",
            ru="Сертификат подписавшего выдан неизвестным удостоверяющим центром.",
            en="The signer's certificate was issued by an unknown authority.",
        )
    return refusal(
        "signature.untrusted",
        ru="Сертификат подписавшего не даёт права подписывать документы.",
        en="The signer's certificate does not entitle to sign documents.",
    )
