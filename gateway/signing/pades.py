"""Signatures inside a PDF: PAdES baseline B-B (ETSI EN 319 142-1), made and verified with pyHanko."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator.registry import SimpleCertificateStore

from gateway.errors import SignatureError
from gateway.signing.keys import SigningIdentity
from gateway.signing.trust import (
    MALFORMED,
    SIGNER_KEY_USAGE,
    Signer,
    accepted_signer,
    refusal,
    to_asn1,
    validation_context,
)

FIELD_NAME = "DirectorSignature"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedPdf:
    """A PDF whose signature was found good: who signed it and how many pages it has."""

    signer: Signer
    pages: int


def sign_pdf(identity: SigningIdentity, pdf: bytes, *, at: datetime, reason: str = "") -> bytes:
    """Return the PDF with an invisible certifying signature that allows no later change.

    The document is kept byte for byte; the signature is an incremental update after it. ``at`` is the claimed signing
    time, the ``/M`` entry of the signature.
    """
    return asyncio.run(_sign(identity, pdf, at, reason))


async def _sign(identity: SigningIdentity, pdf: bytes, at: datetime, reason: str) -> bytes:
    metadata = PdfSignatureMetadata(
        field_name=FIELD_NAME,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        reason=reason or None,
    )
    session = PdfSigner(metadata, _pyhanko_signer(identity)).init_signing_session(_Writer(BytesIO(_ended(pdf))))
    session.system_time = at
    document = session.prepare_tbs_document(
        validation_info=None,
        bytes_reserved=await session.estimate_signature_container_size(None),
    )
    output = BytesIO()
    prepared, _ = document.digest_tbs_document(output=output)
    await document.perform_signature(
        document_digest=prepared.document_digest,
        pdf_cms_signed_attrs=PdfCMSSignedAttributes(signing_time=at),
    )
    return output.getvalue()


def verify_pdf(pdf: bytes, roots: Sequence[x509.Certificate], at: datetime) -> SignedPdf:
    """Return who signed the PDF; the one signature in it has to cover every byte of the file.

    Raises:
        SignatureError: ``signature.not_pdf``, ``signature.missing``, ``signature.several``,
            ``signature.not_whole_file`` (something was added after signing), and the codes of
            `gateway.signing.trust.accepted_signer`.
    """
    try:
        reader = PdfFileReader(BytesIO(pdf))
        signatures = reader.embedded_signatures
        pages = int(reader.root["/Pages"]["/Count"])
    except MALFORMED:
        raise _not_pdf() from None
    if not signatures:
        raise refusal(
            "signature.missing",
            ru="В файле PDF нет электронной подписи.",
            en="The PDF file holds no signature.",
        )
    if len(signatures) > 1:
        raise refusal(
            "signature.several",
            ru="В файле PDF больше одной подписи: после подписания добавлена ещё одна.",
            en="The PDF file holds more than one signature: another one was added after signing.",
        )
    try:
        status = validate_pdf_signature(
            signatures[0], validation_context(roots, at), key_usage_settings=SIGNER_KEY_USAGE
        )
    except MALFORMED:
        raise _not_pdf() from None
    # First whether the signed bytes are sound, then whether there are others: a changed byte is told as such.
    if status.intact and status.coverage != SignatureCoverageLevel.ENTIRE_FILE:
        raise refusal(
            "signature.not_whole_file",
            ru="Подпись не охватывает весь файл: после подписания к нему что-то добавлено.",
            en="The signature does not cover the whole file: something was added after signing.",
        )
    return SignedPdf(signer=accepted_signer(status), pages=pages)


class _Writer(IncrementalPdfFileWriter):
    """Leaves the document's metadata alone.

    pyHanko 0.38 writes the XMP packet anew on every update and damages the description of the PDF/A extension schema
    in it, so that the signed file would no longer be PDF/A (guarded by tests/contract/test_signature_pades.py).
    """

    def _update_meta(self) -> None:
        pass


def _ended(pdf: bytes) -> bytes:
    """Return the file with a line end after ``%%EOF``: pyHanko would start its update on the same line."""
    return pdf if pdf.endswith(b"\n") else pdf + b"\n"


def _pyhanko_signer(identity: SigningIdentity) -> SimpleSigner:
    key = identity.private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    intermediates = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # annotated everywhere but here
    intermediates.register_multiple(to_asn1(certificate) for certificate in identity.chain)
    return SimpleSigner(
        signing_cert=to_asn1(identity.certificate),
        signing_key=PrivateKeyInfo.load(key),
        cert_registry=intermediates,
    )


def _not_pdf() -> SignatureError:
    return refusal(
        "signature.not_pdf",
        ru="Файл не читается как PDF или подпись в нём испорчена.",
        en="The file cannot be read as PDF, or the signature in it is broken.",
    )
