"""Detached CMS signatures (RFC 5652): made with `cryptography`, verified with pyHanko."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder
from pyhanko.sign.validation.generic_cms import async_validate_detached_cms

from gateway.errors import SignatureError
from gateway.signing.keys import SigningIdentity
from gateway.signing.trust import (
    MALFORMED,
    SIGNER_KEY_USAGE,
    Signer,
    accepted_signer,
    refusal,
    validation_context,
)


def sign_detached(identity: SigningIdentity, content: bytes) -> bytes:
    """Return a detached CMS signature in DER over the bytes as they are, with the signer's chain and SHA-256.

    The signing time inside is the machine's present time: the library leaves no choice.
    """
    builder = (
        PKCS7SignatureBuilder()
        .set_data(content)
        .add_signer(identity.certificate, identity.private_key, hashes.SHA256())
    )
    for certificate in identity.chain:
        builder = builder.add_certificate(certificate)
    return builder.sign(
        Encoding.DER, [PKCS7Options.DetachedSignature, PKCS7Options.Binary, PKCS7Options.NoCapabilities]
    )


def verify_detached(content: bytes, signature: bytes, roots: Sequence[x509.Certificate], at: datetime) -> Signer:
    """Return who signed the content; the signer's certificate has to lead to a root and be valid at the moment.

    Raises:
        SignatureError: ``signature.not_cms`` for bytes that are no detached CMS signature of one signer, and the
            codes of `gateway.signing.trust.accepted_signer`.
    """
    try:
        signed_data = _signed_data(signature)
        status = asyncio.run(
            async_validate_detached_cms(
                content,
                signed_data,
                signer_validation_context=validation_context(roots, at),
                key_usage_settings=SIGNER_KEY_USAGE,
            )
        )
    except MALFORMED:
        raise _not_cms() from None
    return accepted_signer(status)


def _signed_data(signature: bytes) -> cms.SignedData:
    info = cms.ContentInfo.load(signature, strict=True)
    if info["content_type"].native != "signed_data":
        raise _not_cms()
    return info["content"]


def _not_cms() -> SignatureError:
    return refusal(
        "signature.not_cms",
        ru="Подпись не является отсоединённой подписью CMS (PKCS #7) одного подписавшего.",
        en="The signature is not a detached CMS (PKCS #7) signature of one signer.",
    )
