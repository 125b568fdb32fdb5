"""Checks a detached CMS signature step by step (RFC 5652, 5.4 and 5.6).

Written on asn1crypto and cryptography alone, on purpose: the gateway verifies with pyHanko, and the recipient must
not share its mistakes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from asn1crypto import cms, core
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from gateway.sandbox.authority.refusals import Refusal, RefusalCode

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


def check_signature(content: bytes, signature: bytes, roots: Iterable[x509.Certificate], at: datetime) -> None:
    """Let a signature pass that was made over these bytes by somebody the roots vouch for.

    Raises:
        Refusal: ``InvalidSignature``, with the step that failed.
    """
    try:
        signed_data = cms.ContentInfo.load(signature, strict=True)["content"]
        (signer,) = signed_data["signer_infos"]
        certificates = [x509.load_der_x509_certificate(choice.chosen.dump()) for choice in signed_data["certificates"]]
        attributes = {attribute["type"].native: attribute["values"] for attribute in signer["signed_attrs"]}
        stated_digest = attributes["message_digest"][0].native
        stated_type = attributes["content_type"][0].native
        algorithm = signer["digest_algorithm"]["algorithm"].native
        encapsulated = signed_data["encap_content_info"]["content"]
        certificate = _signer_certificate(signer["sid"], certificates)
    except (ValueError, TypeError, KeyError, LookupError, AttributeError):
        raise _refusal("the signature is no CMS signature of one signer with signed attributes") from None
    if not isinstance(encapsulated, core.Void):
        raise _refusal("the signature is not detached")
    if algorithm not in _HASHES:
        raise _refusal("the digest algorithm is not accepted")
    if stated_type != "data" or stated_digest != hashlib.new(algorithm, content).digest():
        raise _refusal("the signature is not over this document")
    _check_signed_attributes(certificate, signer, _HASHES[algorithm]())
    _check_chain(certificate, certificates, roots, at)


def _signer_certificate(sid: cms.SignerIdentifier, certificates: Iterable[x509.Certificate]) -> x509.Certificate:
    if sid.name != "issuer_and_serial_number":
        raise LookupError("the signer is not named by issuer and serial number")
    issuer, serial = sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native
    (certificate,) = (
        one for one in certificates if one.serial_number == serial and one.issuer.public_bytes() == issuer
    )
    return certificate


def _check_signed_attributes(
    certificate: x509.Certificate, signer: cms.SignerInfo, algorithm: hashes.HashAlgorithm
) -> None:
    """Verify the signature value over the DER of the signed attributes as a SET (RFC 5652, 5.4)."""
    signed = signer["signed_attrs"].untag().dump()
    value = signer["signature"].native
    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, signed, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(value, signed, padding.PKCS1v15(), algorithm)
        else:
            raise _refusal("the kind of key is not accepted")
    except InvalidSignature:
        raise _refusal("the signature value does not belong to the certificate") from None


def _check_chain(
    certificate: x509.Certificate,
    certificates: Iterable[x509.Certificate],
    roots: Iterable[x509.Certificate],
    at: datetime,
) -> None:
    signers = ExtensionPolicy.permit_all().require_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_sign)
    verifier = (
        PolicyBuilder()
        .store(Store(list(roots)))
        .time(at)
        .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=signers)
        .build_client_verifier()
    )
    try:
        verifier.verify(certificate, [one for one in certificates if one != certificate])
    except VerificationError:
        raise _refusal("the signer's certificate does not lead to a trusted root, or is not valid now") from None


def _may_sign(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage) -> None:
    if not (usage.digital_signature or usage.content_commitment):
        raise ValueError("the certificate is not for signing documents")


def _refusal(reason: str) -> Refusal:
    return Refusal(RefusalCode.INVALID_SIGNATURE, reason)
