"""The test authority appears whole or not at all, once, and says that it is a test."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway.errors import ConfigurationError
from gateway.signing import authority
from gateway.signing.authority import AuthoritySubjects, create_test_authority
from gateway.signing.keys import fingerprint

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


def common_name(name: x509.Name) -> str:
    value = name.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert isinstance(value, str)
    return value


def test_names_say_that_it_is_a_test(tmp_path: Path) -> None:
    identity = create_test_authority(tmp_path / "keys", now=NOW)

    assert common_name(identity.roots[0].subject) == "Тестовый удостоверяющий центр"
    assert "тест" in identity.certificate.subject.rfc4514_string().casefold()


def test_extensions_are_those_of_an_authority_and_a_signer(tmp_path: Path) -> None:
    identity = create_test_authority(tmp_path / "keys", now=NOW)
    root, certificate = identity.roots[0].extensions, identity.certificate.extensions

    assert root.get_extension_for_class(x509.BasicConstraints).value.ca
    assert root.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    assert not certificate.get_extension_for_class(x509.BasicConstraints).value.ca
    usage = certificate.get_extension_for_class(x509.KeyUsage).value
    assert usage.digital_signature
    assert usage.content_commitment
    assert not usage.key_cert_sign
    issuer = certificate.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    assert issuer == root.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    identity.certificate.verify_directly_issued_by(identity.roots[0])


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    create_test_authority(tmp_path / "keys", now=NOW)

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()}

    assert modes == dict.fromkeys(
        ("authority.crt.pem", "authority.key.pem", "director.crt.pem", "director.key.pem", "roots.pem"), 0o600
    )


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    first = create_test_authority(tmp_path / "keys", now=NOW)
    content = {file.name: file.read_bytes() for file in (tmp_path / "keys").iterdir()}

    second = create_test_authority(tmp_path / "keys", now=NOW)

    assert second.certificate == first.certificate
    assert {file.name: file.read_bytes() for file in (tmp_path / "keys").iterdir()} == content


@pytest.mark.parametrize("written", range(5))
def test_a_run_that_stops_after_some_files_leaves_no_half_authority(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    files = 0
    write = authority._write

    def stops(file: Path, content: bytes) -> None:
        nonlocal files
        if files == written:
            raise KeyboardInterrupt
        files += 1
        write(file, content)

    with monkeypatch.context() as patched:
        patched.setattr(authority, "_write", stops)
        with pytest.raises(KeyboardInterrupt):
            create_test_authority(tmp_path / "keys", now=NOW)
    assert not (tmp_path / "keys").exists()

    create_test_authority(tmp_path / "keys", now=NOW)


def test_of_runs_at_once_one_wins_and_all_get_its_identity(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: create_test_authority(tmp_path / "keys", now=NOW), range(8)))

    assert len({fingerprint(identity.certificate) for identity in made}) == 1
    assert [folder.name for folder in tmp_path.iterdir()] == ["keys"]


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "notes.txt").write_text("mine")

    with pytest.raises(ConfigurationError) as caught:
        create_test_authority(tmp_path / "keys", now=NOW)

    assert caught.value.code == "signing.folder_occupied"
    assert [file.name for file in (tmp_path / "keys").iterdir()] == ["notes.txt"]


def test_long_names_are_cut_between_letters(tmp_path: Path) -> None:
    subjects = AuthoritySubjects(director="Ж" * 100)

    identity = create_test_authority(tmp_path / "keys", now=NOW, subjects=subjects)

    assert common_name(identity.certificate.subject) == "Ж" * 32
