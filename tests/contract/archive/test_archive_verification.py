"""Whatever is done to an archived file is found, and told for what it is."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pypdf import PdfReader
from sqlalchemy import update

from gateway.archive.verification import ArchiveTrust, verify_file
from gateway.errors import Party
from gateway.signing.authority import create_test_authority
from gateway.signing.cms import sign_detached
from gateway.signing.keys import fingerprint
from gateway.signing.pades import sign_pdf
from gateway.storage.tables import documents

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
NAME = "2026-2027_1-четверть_5А.pdf"


def pdf_file(built: Any) -> Path:
    file: Path = built.folder.root / "school-1" / NAME
    return file


def signature_file(built: Any) -> Path:
    return pdf_file(built).with_name(f"{NAME}.sig")


def found(built: Any) -> set[str]:
    (report,) = built.verifier.verify()
    assert all(fault.record == report.entry.id and fault.who is Party.DIRECTOR for fault in report.findings)
    assert all(fault.text.ru and fault.text.en and fault.rule for fault in report.findings)
    return {fault.code for fault in report.findings}


def revised(pdf: bytes) -> bytes:
    """Return the file with a revision after the signature that paints over its first page."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    while "/Kids" in page:
        page = page["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 900 600 re f"))
    writer.update_container(page)
    output = BytesIO()
    writer.write(output)  # type: ignore[no-untyped-call]  # pyHanko left it unannotated
    return output.getvalue()


def tampered(pdf: bytes) -> bytes:
    place = pdf.index(b"stream") + 20
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def test_a_sound_archive_has_no_findings(built: Any) -> None:
    (report,) = built.verifier.verify()

    assert report.sound
    assert report.location == f"school-1/{NAME}"
    assert report.pages == report.entry.pages
    assert report.signer.sha256 == report.entry.certificate_sha256


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (tampered, {"signature.wrong_content", "archive.hash_mismatch", "archive.signature_file"}),
        (lambda pdf: pdf[:-1000], {"signature.not_pdf", "archive.hash_mismatch", "archive.signature_file"}),
        (lambda pdf: pdf[: len(pdf) // 2], {"signature.not_pdf", "archive.hash_mismatch", "archive.signature_file"}),
        (revised, {"signature.not_whole_file", "archive.hash_mismatch", "archive.signature_file"}),
        (lambda pdf: pdf + b"junk", {"signature.not_whole_file", "archive.hash_mismatch", "archive.signature_file"}),
        (lambda _: b"", {"signature.not_pdf", "archive.hash_mismatch", "archive.signature_file"}),
    ],
    ids=["tampered byte", "cut end", "cut in half", "appended revision", "junk after the end", "emptied"],
)
def test_a_changed_file_is_found(built: Any, change: Callable[[bytes], bytes], codes: set[str]) -> None:
    pdf_file(built).write_bytes(change(pdf_file(built).read_bytes()))

    assert found(built) == codes


def test_a_missing_file_is_found(built: Any) -> None:
    pdf_file(built).unlink()

    assert found(built) == {"archive.file_missing"}


def test_a_missing_or_broken_detached_signature_is_found(built: Any) -> None:
    signature_file(built).write_bytes(b"not a signature")
    assert found(built) == {"archive.signature_file"}

    signature_file(built).unlink()
    assert found(built) == {"archive.signature_missing"}


def signed_by(identity: Any, built: Any) -> None:
    """Put a file in place that somebody else signed, and register it as if it were right."""
    original = pdf_file(built).read_bytes()
    pdf = sign_pdf(identity, original[: original.index(b"%%EOF") + 5], at=NOW)
    pdf_file(built).write_bytes(pdf)
    signature_file(built).write_bytes(sign_detached(identity, pdf))


def test_a_signer_of_another_authority_is_found(built: Any, tmp_path: Path) -> None:
    signed_by(create_test_authority(tmp_path / "stranger", now=NOW), built)

    assert found(built) == {"signature.unknown_issuer", "archive.signature_file", "archive.hash_mismatch"}


def test_a_signer_who_is_not_the_director_is_found_even_if_the_registry_was_forged(built: Any, tmp_path: Path) -> None:
    teacher = create_test_authority(tmp_path / "teacher", now=NOW)
    signed_by(teacher, built)
    pdf = pdf_file(built).read_bytes()
    table = documents.archive_entry
    forged = {"size": len(pdf), "sha256": hashlib.sha256(pdf).hexdigest()}
    trust = replace(built.verifier.trust, roots=built.verifier.trust.roots + teacher.roots)
    verifier = replace(built.verifier, trust=trust)
    with built.engine.begin() as connection:
        connection.execute(update(table).values(**forged, certificate_sha256=fingerprint(teacher.certificate)))

    (report,) = verifier.verify()

    assert {fault.code for fault in report.findings} == {"archive.foreign_signer", "archive.foreign_signature_file"}


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("sha256", "0" * 64, "archive.hash_mismatch"),
        ("size", 1, "archive.hash_mismatch"),
        ("pages", 999, "archive.page_count"),
        ("certificate_sha256", "0" * 64, "archive.other_signer"),
        ("location", "school-1/other.pdf", "archive.file_missing"),
        ("signed_at", NOW + timedelta(days=1000), "signature.certificate_not_in_force"),
    ],
)
def test_a_changed_registry_is_found(built: Any, column: str, value: object, code: str) -> None:
    with built.engine.begin() as connection:
        connection.execute(update(documents.archive_entry).values({column: value}))

    assert code in found(built)


def test_one_file_can_be_asked_for(built: Any) -> None:
    assert [report.entry.file_name for report in built.verifier.verify(NAME)] == [NAME]
    assert list(built.verifier.verify("2026-2027_1-четверть_6А.pdf")) == []


def test_a_lone_file_is_verified_without_a_database(built: Any) -> None:
    pdf, signature = pdf_file(built).read_bytes(), signature_file(built).read_bytes()
    trust = built.verifier.trust

    report = verify_file(pdf, signature, trust, at=NOW, location=NAME)

    assert report.sound
    assert report.signer
    assert report.signer.sha256 in trust.directors
    assert {f.code for f in verify_file(pdf, None, trust, at=NOW).findings} == {"archive.signature_missing"}
    assert {f.code for f in verify_file(pdf + b" ", signature, trust, at=NOW).findings} == {
        "signature.not_whole_file",
        "archive.signature_file",
    }
    nobody = ArchiveTrust(roots=(), directors=trust.directors)
    assert "signature.unknown_issuer" in {f.code for f in verify_file(pdf, signature, nobody, at=NOW).findings}


def test_the_archived_text_can_be_searched(built: Any) -> None:
    text = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(pdf_file(built)).pages)

    for sought in ("Выбывалов Лев", "Ёлкин Иван", "Обыкновенные дроби", "§ 1, № 15 (к 02.09)", "не задано",
                   "Английский язык (подгруппа 1)", "Замещаев О. (замена)"):  # fmt: skip
        assert sought in text
    for absent in ("Прошлогодний", "Старший", "Чужой урок", "Урок второй четверти"):
        assert absent not in text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")
def test_another_program_finds_the_text_too(built: Any) -> None:
    told = subprocess.run(["pdftotext", pdf_file(built), "-"], capture_output=True, check=True).stdout.decode()

    assert "Обыкновенные дроби" in told
    assert "Жуков Пётр Ильич" in told


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="pdfsig (poppler-utils) is not installed")
def test_pdfsig_finds_the_signature_valid_and_whole(built: Any) -> None:
    told = subprocess.run(["pdfsig", "-nocert", pdf_file(built)], capture_output=True, text=True, check=True).stdout

    assert "Signature is Valid." in told
    assert "Total document signed" in told


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_the_detached_signature_and_the_one_in_the_file(built: Any, tmp_path: Path) -> None:
    pdf = pdf_file(built).read_bytes()
    (tmp_path / "roots.pem").write_bytes(built.identity.roots[0].public_bytes(serialization.Encoding.PEM))

    def verdict(signature: bytes, content: bytes, *options: str) -> int:
        (tmp_path / "signature").write_bytes(signature)
        (tmp_path / "content").write_bytes(content)
        command = "openssl cms -verify -binary -inform DER -in signature -content content -CAfile roots.pem"
        # OpenSSL judges by the machine's clock, the certificates are of a fixed day.
        at = ["-purpose", "any", "-attime", str(int(NOW.timestamp())), "-out", "out"]
        return subprocess.run(
            [*command.split(), *at, *options], cwd=tmp_path, capture_output=True, check=False
        ).returncode

    numbers = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", pdf)
    assert numbers
    _, first, second, rest = map(int, numbers.groups())
    inside = bytes.fromhex(pdf[first + 1 : second - 1].decode())
    length = 4 + int.from_bytes(inside[2:4])  # DER: a sequence whose length takes two bytes
    covered = pdf[:first] + pdf[second : second + rest]

    assert verdict(signature_file(built).read_bytes(), pdf) == 0
    assert verdict(signature_file(built).read_bytes(), pdf + b" ") != 0
    assert verdict(inside[:length], covered, "-cades") == 0
    assert verdict(inside[:length], covered + b" ", "-cades") != 0
