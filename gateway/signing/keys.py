"""A signer's private key, certificate and chain, read from PEM files and checked to fit together."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from gateway.errors import ConfigurationError, Party, Text
from gateway.ports.signing import CertificateFacts

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

ROOTS_FILE = "roots.pem"
"""The certificates that a verifier trusts, one file for all identities of a folder."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningIdentity:
    """Who signs: certificate, private key, intermediate certificates and the trusted roots above them."""

    name: str
    certificate: x509.Certificate = field(repr=False)
    private_key: PrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = field(default=(), repr=False)
    roots: tuple[x509.Certificate, ...] = ()


def certificate_file(folder: Path, name: str) -> Path:
    """Return where the certificate of an identity lies; further certificates in it are its intermediates."""
    return folder / f"{name}.crt.pem"


def key_file(folder: Path, name: str) -> Path:
    """Return where the private key of an identity lies."""
    return folder / f"{name}.key.pem"


def load_identity(folder: Path, name: str, *, passphrase: bytes | None = None) -> SigningIdentity:
    """Read ``<name>.crt.pem``, ``<name>.key.pem`` and ``roots.pem`` of a folder.

    Raises:
        ConfigurationError: a file is missing or unreadable, others than its owner may read the key file, the
            passphrase is wrong, the key is neither RSA nor ECDSA, or key and certificate do not belong together.
    """
    certificate, *chain = _read_certificates(certificate_file(folder, name))
    private_key = _read_private_key(key_file(folder, name), passphrase)
    if private_key.public_key() != certificate.public_key():
        raise _misconfigured(
            "signing.key_mismatch",
            ru=f"Закрытый ключ «{name}» не соответствует сертификату «{name}».",
            en=f"The private key '{name}' does not belong to the certificate '{name}'.",
        )
    return SigningIdentity(
        name=name,
        certificate=certificate,
        private_key=private_key,
        chain=tuple(chain),
        roots=load_roots(folder / ROOTS_FILE),
    )


def load_roots(file: Path) -> tuple[x509.Certificate, ...]:
    """Read the certificates a verifier trusts from one PEM file.

    Raises:
        ConfigurationError: the file is missing or holds no certificate.
    """
    return tuple(_read_certificates(file))


def facts(certificate: x509.Certificate) -> CertificateFacts:
    """Return what a registry notes of a certificate."""
    return CertificateFacts(
        subject=certificate.subject.rfc4514_string({NameOID.TITLE: "title"}),
        sha256=fingerprint(certificate),
        valid_from=certificate.not_valid_before_utc,
        valid_to=certificate.not_valid_after_utc,
    )


def fingerprint(certificate: x509.Certificate) -> str:
    """Return the SHA-256 (hex) of a certificate in DER."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def require_valid(certificate: x509.Certificate, at: datetime) -> None:
    """Let a certificate pass that is valid at the moment.

    Raises:
        ConfigurationError: it is not valid yet, or no longer; the director has to obtain a new one.
    """
    if at < certificate.not_valid_before_utc:
        raise _misconfigured(
            "signing.certificate_not_yet_valid",
            ru=f"Сертификат подписи начнёт действовать {certificate.not_valid_before_utc:%d.%m.%Y %H:%M} UTC.",
            en=f"The signing certificate becomes valid on {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC.",
            who=Party.DIRECTOR,
        )
    if at > certificate.not_valid_after_utc:
        raise _misconfigured(
            "signing.certificate_expired",
            ru=f"Срок действия сертификата подписи истёк {certificate.not_valid_after_utc:%d.%m.%Y %H:%M} UTC.",
            en=f"The signing certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC.",
            who=Party.DIRECTOR,
        )


def to_pem(certificates: Iterable[x509.Certificate]) -> bytes:
    """Return certificates one after another in PEM."""
    return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates)


def _read_certificates(file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(_read(file))
    except ValueError:
        raise _misconfigured(
            "signing.certificate_unreadable",
            ru=f"Файл «{file.name}» не содержит сертификатов в формате PEM.",
            en=f"The file '{file.name}' holds no certificates in PEM.",
        ) from None


def _read_private_key(file: Path, passphrase: bytes | None) -> PrivateKey:
    content = _read(file)
    if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        raise _misconfigured(
            "signing.key_exposed",
            ru=f"Файл закрытого ключа «{file.name}» доступен не только владельцу; установите права 0600.",
            en=f"The private key file '{file.name}' is open to others than its owner; set its mode to 0600.",
        )
    try:
        key = serialization.load_pem_private_key(content, passphrase)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # cryptography tells a wrong passphrase, a missing one and a broken file by different exceptions
        raise _misconfigured(
            "signing.key_unreadable",
            ru=f"Закрытый ключ «{file.name}» не читается: неверный пароль или повреждённый файл.",
            en=f"The private key '{file.name}' cannot be read: wrong passphrase or damaged file.",
        ) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise _misconfigured(
            "signing.key_unsupported",
            ru=f"Закрытый ключ «{file.name}» должен быть RSA или ECDSA.",
            en=f"The private key '{file.name}' has to be RSA or ECDSA.",
        )
    return key


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise _misconfigured(
            "signing.file_missing",
            ru=f"Файл «{file}» не читается: {error.strerror}.",
            en=f"The file '{file}' cannot be read: {error.strerror}.",
        ) from None


def _misconfigured(code: str, *, ru: str, en: str, who: Party = Party.COORDINATOR) -> ConfigurationError:
    return ConfigurationError(code, Text(ru=ru, en=en), who=who)
