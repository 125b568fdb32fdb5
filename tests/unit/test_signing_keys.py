"""Identities are read from PEM files and refused where something does not fit."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from gateway.errors import ConfigurationError, Party
from gateway.signing.authority import create_test_authority
from gateway.signing.keys import facts, load_identity, load_roots, require_valid

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_test_authority(tmp_path / "keys", now=NOW)
    return tmp_path / "keys"


def write_key(file: Path, key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, passphrase: bytes = b"") -> None:
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption))


def refused(folder: Path, passphrase: bytes | None = None) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_identity(folder, "director", passphrase=passphrase)
    return caught.value.code


def test_what_was_written_is_read(folder: Path) -> None:
    identity = load_identity(folder, "director")

    assert identity.private_key.public_key() == identity.certificate.public_key()
    assert identity.roots == load_roots(folder / "roots.pem")
    assert identity.certificate.issuer == identity.roots[0].subject


def test_neither_the_key_nor_the_name_shows_in_repr(folder: Path) -> None:
    identity = load_identity(folder, "director")

    shown = repr(identity) + repr(facts(identity.certificate))

    assert "Образцова" not in shown
    assert "PrivateKey" not in shown


def test_a_missing_file_is_told(folder: Path) -> None:
    (folder / "director.key.pem").unlink()

    assert refused(folder) == "signing.file_missing"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_may_touch_is_refused(folder: Path, mode: int) -> None:
    (folder / "director.key.pem").chmod(mode)

    assert refused(folder) == "signing.key_exposed"


def test_a_key_of_somebody_else_is_refused(folder: Path) -> None:
    shutil.copy(folder / "authority.key.pem", folder / "director.key.pem")

    assert refused(folder) == "signing.key_mismatch"


def test_an_ed25519_key_is_refused(folder: Path) -> None:
    write_key(folder / "director.key.pem", ed25519.Ed25519PrivateKey.generate())

    assert refused(folder) == "signing.key_unsupported"


@pytest.mark.parametrize("passphrase", [None, b"wrong"])
def test_a_wrong_passphrase_is_told(folder: Path, passphrase: bytes | None) -> None:
    key = load_identity(folder, "director").private_key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    write_key(folder / "director.key.pem", key, b"right")

    assert refused(folder, passphrase) == "signing.key_unreadable"
    assert load_identity(folder, "director", passphrase=b"right").private_key.public_key() == key.public_key()


def test_a_certificate_file_without_certificate_is_told(folder: Path) -> None:
    (folder / "director.crt.pem").write_text("nothing here")

    assert refused(folder) == "signing.certificate_unreadable"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (NOW - timedelta(days=2), "signing.certificate_not_yet_valid"),
        (NOW + timedelta(days=457), "signing.certificate_expired"),
    ],
)
def test_a_certificate_outside_its_time_is_the_directors_business(folder: Path, at: datetime, code: str) -> None:
    certificate = load_identity(folder, "director").certificate

    with pytest.raises(ConfigurationError) as caught:
        require_valid(certificate, at)

    assert (caught.value.code, caught.value.who) == (code, Party.DIRECTOR)


def test_a_certificate_inside_its_time_passes(folder: Path) -> None:
    certificate = load_identity(folder, "director").certificate

    require_valid(certificate, NOW)
    require_valid(certificate, facts(certificate).valid_to)
