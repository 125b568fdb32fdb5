"""A test authority and the director's certificate under it, made on first run.

For trials and demonstrations only: every name in it says so. A school that signs for real puts the files of its
accredited authority into the folder instead (`gateway.signing.keys.load_identity`).
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.errors import ConfigurationError, Text
from gateway.signing.keys import ROOTS_FILE, SigningIdentity, certificate_file, key_file, load_identity, to_pem

DIRECTOR = "director"
AUTHORITY = "authority"

_AUTHORITY_LIFETIME = timedelta(days=10 * 365)
_DIRECTOR_LIFETIME = timedelta(days=456)  # fifteen months, as accredited authorities usually issue
_CLOCK_SKEW = timedelta(days=1)
_NAME_BOUND = 64  # bytes; RFC 5280, appendix A.1 says characters, cryptography counts them in UTF-8


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthoritySubjects:
    """The made-up names in the test certificates, each cut to what a certificate has room for."""

    authority: str = "Тестовый удостоверяющий центр"
    organization: str = "Тестовая школа"
    director: str = "Образцова Проба Тестовна"


def create_test_authority(
    folder: Path, *, now: datetime, subjects: AuthoritySubjects | None = None, name: str = DIRECTOR
) -> SigningIdentity:
    """Make a test authority and a certificate ``name`` under it in a folder, unless they are there; return the latter.

    ECDSA P-256, files of mode 0600. The folder appears whole or not at all: a run that was killed leaves nothing
    that the next one trips over, and of two runs at once one wins and both return its identity. What exists is
    never overwritten.

    Raises:
        ConfigurationError: the folder holds something else.
    """
    if certificate_file(folder, name).exists():
        return load_identity(folder, name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _write_authority(staging, name, now, subjects or AuthoritySubjects())
        _move_into_place(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return load_identity(folder, name)


def _move_into_place(staging: Path, folder: Path) -> None:
    """Rename the folder, which is atomic; leave one alone that another run was quicker to make."""
    try:
        staging.rename(folder)
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            raise
        if not (folder / ROOTS_FILE).exists():
            raise ConfigurationError(
                "signing.folder_occupied",
                Text(
                    ru=f"Папка ключей «{folder}» занята другими файлами; тестовые ключи в ней не создаются.",
                    en=f"The key folder '{folder}' holds other files; no test keys are made there.",
                ),
            ) from None


def _write_authority(folder: Path, name: str, now: datetime, subjects: AuthoritySubjects) -> None:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority_certificate(authority_key, now, subjects)
    director_key = ec.generate_private_key(ec.SECP256R1())
    director = _director_certificate(director_key, authority, authority_key, now, subjects)
    _write(key_file(folder, AUTHORITY), _key_pem(authority_key))
    _write(certificate_file(folder, AUTHORITY), to_pem([authority]))
    _write(key_file(folder, name), _key_pem(director_key))
    _write(certificate_file(folder, name), to_pem([director]))
    _write(folder / ROOTS_FILE, to_pem([authority]))


def _authority_certificate(
    key: ec.EllipticCurvePrivateKey, now: datetime, subjects: AuthoritySubjects
) -> x509.Certificate:
    name = x509.Name([_attribute(NameOID.COMMON_NAME, subjects.authority)])
    return (
        _certificate(name, name, key.public_key(), now, _AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _director_certificate(
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: datetime,
    subjects: AuthoritySubjects,
) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "RU"),
            _attribute(NameOID.ORGANIZATION_NAME, subjects.organization),
            x509.NameAttribute(NameOID.TITLE, "Директор (тест)"),
            _attribute(NameOID.COMMON_NAME, subjects.director),
        ]
    )
    return (
        _certificate(name, authority.subject, key.public_key(), now, _DIRECTOR_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, lifetime: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _attribute(kind: x509.ObjectIdentifier, text: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(kind, text.encode()[:_NAME_BOUND].decode(errors="ignore"))


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=not signs_certificates,  # nonRepudiation in the words of RFC 3280
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, content: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
