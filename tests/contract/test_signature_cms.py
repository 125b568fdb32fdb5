"""Detached CMS signatures: good ones verify here and in OpenSSL, others are told apart by code."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7Options, PKCS7SignatureBuilder

from gateway.errors import ConfigurationError, SignatureError
from gateway.signing.authority import create_test_authority
from gateway.signing.cms import sign_detached, verify_detached
from gateway.signing.keys import SigningIdentity, fingerprint
from gateway.signing.signer import IdentitySigner

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
CONTENT = "Отметки за 1 четверть\r\n\x00\xff".encode()


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> SigningIdentity:
    return create_test_authority(tmp_path_factory.mktemp("signer") / "keys", now=NOW)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> SigningIdentity:
    return create_test_authority(tmp_path_factory.mktemp("stranger") / "keys", now=NOW)


def refused(identity: SigningIdentity, content: bytes, signature: bytes, *, at: datetime = NOW) -> str:
    with pytest.raises(SignatureError) as caught:
        verify_detached(content, signature, identity.roots, at)
    assert caught.value.faults[0].code == caught.value.code
    return caught.value.code


def issued(
    identity: SigningIdentity,
    authority_key: ec.EllipticCurvePrivateKey,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    usage: x509.KeyUsage,
) -> SigningIdentity:
    """Return an identity with its own key and key usage under the same authority."""
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string("CN=Тест"))
        .issuer_name(identity.roots[0].subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(usage, critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    return SigningIdentity(name="other", certificate=certificate, private_key=key, roots=identity.roots)


def key_usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=signs,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


@pytest.fixture
def authority_key(tmp_path: Path) -> tuple[SigningIdentity, ec.EllipticCurvePrivateKey]:
    made = create_test_authority(tmp_path / "keys", now=NOW)
    key = serialization.load_pem_private_key((tmp_path / "keys" / "authority.key.pem").read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return made, key


def test_a_good_signature_tells_who_signed(identity: SigningIdentity) -> None:
    signer = verify_detached(CONTENT, sign_detached(identity, CONTENT), identity.roots, NOW)

    assert signer.certificate.sha256 == fingerprint(identity.certificate)
    assert signer.certificate.subject.startswith("CN=")
    assert signer.claimed_at is not None


def test_the_content_is_not_inside(identity: SigningIdentity) -> None:
    assert CONTENT not in sign_detached(identity, CONTENT)


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"\n", CONTENT.replace(b"\r\n", b"\n"), b""])
def test_other_content_is_refused(identity: SigningIdentity, content: bytes) -> None:
    assert refused(identity, content, sign_detached(identity, CONTENT)) == "signature.wrong_content"


def test_an_unknown_issuer_is_refused(identity: SigningIdentity, stranger: SigningIdentity) -> None:
    assert refused(identity, CONTENT, sign_detached(stranger, CONTENT)) == "signature.unknown_issuer"


@pytest.mark.parametrize("days", [-2, 457])
def test_a_certificate_outside_its_time_is_refused(identity: SigningIdentity, days: int) -> None:
    signature = sign_detached(identity, CONTENT)

    assert refused(identity, CONTENT, signature, at=NOW + timedelta(days=days)) == "signature.certificate_not_in_force"


@pytest.mark.parametrize("signature", [b"", b"not a signature", b"\x30\x03\x02\x01\x05", b"\x30\x80" * 500])
def test_what_is_no_cms_is_refused(identity: SigningIdentity, signature: bytes) -> None:
    assert refused(identity, CONTENT, signature) == "signature.not_cms"


def test_a_signature_that_carries_its_own_content_is_refused(identity: SigningIdentity) -> None:
    attached = (
        PKCS7SignatureBuilder()
        .set_data(b"something else")
        .add_signer(identity.certificate, identity.private_key, hashes.SHA256())
        .sign(serialization.Encoding.DER, [PKCS7Options.Binary])
    )

    assert refused(identity, CONTENT, attached) == "signature.not_cms"


def test_a_signature_with_a_foreign_signature_value_is_refused(identity: SigningIdentity) -> None:
    signature = sign_detached(identity, CONTENT)

    damaged = signature[:-8] + bytes(8)

    assert refused(identity, CONTENT, damaged) == "signature.invalid"


def test_a_certificate_that_may_not_sign_is_refused(
    authority_key: tuple[SigningIdentity, ec.EllipticCurvePrivateKey],
) -> None:
    identity, key = authority_key
    other = issued(identity, key, ec.generate_private_key(ec.SECP256R1()), key_usage(signs=False))

    assert refused(identity, CONTENT, sign_detached(other, CONTENT)) == "signature.untrusted"


def test_rsa_signs_too(authority_key: tuple[SigningIdentity, ec.EllipticCurvePrivateKey]) -> None:
    identity, key = authority_key
    other = issued(identity, key, rsa.generate_private_key(65537, 2048), key_usage(signs=True))

    signer = verify_detached(CONTENT, sign_detached(other, CONTENT), identity.roots, NOW)

    assert signer.certificate.sha256 == fingerprint(other.certificate)


def test_the_signer_of_the_flows_refuses_with_an_expired_certificate(identity: SigningIdentity) -> None:
    late = IdentitySigner(identity=identity, clock=lambda: NOW + timedelta(days=457))
    in_time = IdentitySigner(identity=identity, clock=lambda: NOW)

    with pytest.raises(ConfigurationError, match=r"signing\.certificate_expired"):
        late.sign_detached(CONTENT)
    verify_detached(CONTENT, in_time.sign_detached(CONTENT), identity.roots, NOW)
    assert in_time.certificate.sha256 == fingerprint(identity.certificate)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
@pytest.mark.parametrize(("content", "accepted"), [(CONTENT, True), (CONTENT + b"!", False)])
def test_openssl_agrees(identity: SigningIdentity, tmp_path: Path, content: bytes, accepted: bool) -> None:  # noqa: FBT001
    (tmp_path / "content").write_bytes(content)
    (tmp_path / "signature").write_bytes(sign_detached(identity, CONTENT))
    (tmp_path / "roots.pem").write_bytes(identity.roots[0].public_bytes(serialization.Encoding.PEM))
    command = "openssl cms -verify -binary -inform DER -in signature -content content -CAfile roots.pem -purpose any"

    # OpenSSL judges by the machine's clock, the certificates are of a fixed day.
    verdict = subprocess.run(
        [*command.split(), "-attime", str(int(NOW.timestamp())), "-out", "out"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert (verdict.returncode == 0) is accepted, verdict.stderr
