"""Signatures inside a PDF: good ones verify here, in poppler and in OpenSSL; every later change is found."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
import typst
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from gateway.errors import ConfigurationError, SignatureError
from gateway.signing.authority import create_test_authority
from gateway.signing.keys import SigningIdentity, fingerprint
from gateway.signing.pades import sign_pdf, verify_pdf
from gateway.signing.signer import IdentitySigner

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> SigningIdentity:
    return create_test_authority(tmp_path_factory.mktemp("signer") / "keys", now=NOW)


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    """Return a PDF/A of two pages that ends, as typst leaves it, without a line end."""
    pdf = typst.compile(
        '#set document(title: "Журнал")\n= Журнал\n#pagebreak()\nвторая'.encode(),
        pdf_standards="a-2u", pdf_tags=False, ignore_system_fonts=True, timestamp=NOW,
    )  # fmt: skip
    assert pdf.endswith(b"%%EOF")
    return pdf


@pytest.fixture(scope="module")
def signed(identity: SigningIdentity, unsigned: bytes) -> bytes:
    return sign_pdf(identity, unsigned, at=NOW, reason="Архив")


def refused(identity: SigningIdentity, pdf: bytes, at: datetime = NOW) -> str:
    with pytest.raises(SignatureError) as caught:
        verify_pdf(pdf, identity.roots, at)
    return caught.value.code


def test_a_good_signature_tells_who_signed_when_and_how_many_pages(identity: SigningIdentity, signed: bytes) -> None:
    found = verify_pdf(signed, identity.roots, NOW)

    assert found.signer.certificate.sha256 == fingerprint(identity.certificate)
    assert found.signer.claimed_at == NOW
    assert found.pages == 2


def test_the_document_is_kept_and_the_signature_begins_on_a_new_line(unsigned: bytes, signed: bytes) -> None:
    assert signed.startswith(unsigned + b"\n")


def test_the_metadata_stays_what_makes_it_pdf_a(unsigned: bytes, signed: bytes) -> None:
    packets = re.findall(rb"<\?xpacket begin.*?<\?xpacket end", signed, re.DOTALL)

    assert packets == re.findall(rb"<\?xpacket begin.*?<\?xpacket end", unsigned, re.DOTALL)
    assert b"pdfaid:part>2<" in packets[0]


def test_an_unsigned_file_is_refused(identity: SigningIdentity, unsigned: bytes) -> None:
    assert refused(identity, unsigned) == "signature.missing"


@pytest.mark.parametrize("junk", [b"x", b"\n% comment\n", b"\x00" * 500])
def test_anything_after_the_end_is_refused(identity: SigningIdentity, signed: bytes, junk: bytes) -> None:
    assert refused(identity, signed + junk) == "signature.not_whole_file"


def test_a_changed_byte_of_the_document_is_refused(identity: SigningIdentity, unsigned: bytes, signed: bytes) -> None:
    place = unsigned.index(b"/Type")
    changed = signed[:place] + b"/Tipe" + signed[place + 5 :]

    assert refused(identity, changed) in {"signature.wrong_content", "signature.not_pdf"}


def test_an_appended_revision_is_refused(identity: SigningIdentity, signed: bytes) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 600 800 re f"))
    writer.update_container(page)
    appended = BytesIO()
    writer.write(appended)  # type: ignore[no-untyped-call]  # pyHanko left it unannotated

    assert refused(identity, appended.getvalue()) == "signature.not_whole_file"


def test_a_file_cut_back_before_its_signature_is_refused(
    identity: SigningIdentity, unsigned: bytes, signed: bytes
) -> None:
    assert refused(identity, signed[: len(unsigned) + 1]) == "signature.missing"
    assert refused(identity, signed[:-200]) == "signature.not_pdf"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n%%EOF", b"hello" * 1000])
def test_what_is_no_pdf_is_refused(identity: SigningIdentity, content: bytes) -> None:
    assert refused(identity, content) == "signature.not_pdf"


def test_an_unknown_issuer_is_refused(identity: SigningIdentity, unsigned: bytes, tmp_path: Path) -> None:
    stranger = create_test_authority(tmp_path / "keys", now=NOW)

    assert refused(identity, sign_pdf(stranger, unsigned, at=NOW)) == "signature.unknown_issuer"


@pytest.mark.parametrize("days", [-2, 457])
def test_a_certificate_outside_its_time_is_refused(identity: SigningIdentity, signed: bytes, days: int) -> None:
    assert refused(identity, signed, at=NOW + timedelta(days=days)) == "signature.certificate_not_in_force"


def test_the_signer_of_the_flows_refuses_with_an_expired_certificate(
    identity: SigningIdentity, unsigned: bytes
) -> None:
    signer = IdentitySigner(identity=identity, clock=lambda: NOW)

    with pytest.raises(ConfigurationError, match=r"signing\.certificate_expired"):
        signer.sign_pdf(unsigned, at=NOW + timedelta(days=457))
    assert verify_pdf(signer.sign_pdf(unsigned, at=NOW), identity.roots, NOW).pages == 2


def cut_out(pdf: bytes) -> tuple[bytes, bytes]:
    """Return the signed bytes and the CMS of a signed PDF by its ByteRange, without any PDF library."""
    found = re.search(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", pdf)
    assert found
    start, first, second, rest = map(int, found.groups())
    content = pdf[start : start + first] + pdf[second : second + rest]
    padded = bytes.fromhex(pdf[start + first + 1 : second - 1].decode())
    length_bytes = padded[1] & 0x7F
    return content, padded[: 2 + length_bytes + int.from_bytes(padded[2 : 2 + length_bytes])]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_verifies_the_signature_cut_out_of_the_file(
    identity: SigningIdentity, signed: bytes, tmp_path: Path
) -> None:
    content, signature = cut_out(signed)
    (tmp_path / "content").write_bytes(content)
    (tmp_path / "signature").write_bytes(signature)
    (tmp_path / "roots.pem").write_bytes(identity.roots[0].public_bytes(serialization.Encoding.PEM))
    command = (
        "openssl cms -verify -cades -binary -inform DER -in signature -content content -CAfile roots.pem -purpose any"
    )

    verdict = subprocess.run(
        [*command.split(), "-attime", str(int(NOW.timestamp())), "-out", "out"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert verdict.returncode == 0, verdict.stderr


@pytest.mark.skipif(shutil.which("pdfsig") is None, reason="pdfsig (poppler-utils) is not installed")
def test_pdfsig_finds_the_signature_valid_and_whole(signed: bytes, tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(signed)

    told = subprocess.run(
        ["pdfsig", "-nocert", "signed.pdf"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout

    assert "Signature is Valid." in told
    assert "Total document signed" in told
    assert "ETSI.CAdES.detached" in told


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_nothing_to_complain_of(signed: bytes, tmp_path: Path) -> None:
    (tmp_path / "signed.pdf").write_bytes(signed)

    checked = subprocess.run(
        ["qpdf", "--check", "signed.pdf"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout + checked.stderr
