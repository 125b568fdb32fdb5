"""However a signed document is damaged, the answer is a `SignatureError` or the truth, never another exception."""

from datetime import UTC, datetime

import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import SignatureError
from gateway.signing.authority import create_test_authority
from gateway.signing.cms import sign_detached, verify_detached
from gateway.signing.keys import SigningIdentity, fingerprint
from gateway.signing.pades import sign_pdf, verify_pdf

NOW = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
CONTENT = "Отметки за 1 четверть".encode()

thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> SigningIdentity:
    return create_test_authority(tmp_path_factory.mktemp("signer") / "keys", now=NOW)


@pytest.fixture(scope="module")
def signature(identity: SigningIdentity) -> bytes:
    return sign_detached(identity, CONTENT)


@pytest.fixture(scope="module")
def signed_pdf(identity: SigningIdentity) -> bytes:
    pdf = typst.compile(
        "Журнал".encode(), pdf_standards="a-2u", pdf_tags=False, ignore_system_fonts=True, timestamp=NOW
    )
    return sign_pdf(identity, pdf, at=NOW)


def damaged(data: st.DataObject, whole: bytes) -> bytes:
    """Return the bytes with one piece replaced, taken out or put in, or the end cut off."""
    start = data.draw(st.integers(0, len(whole) - 1))
    taken = data.draw(st.integers(0, 40) | st.just(len(whole)))
    return whole[:start] + data.draw(st.binary(max_size=40)) + whole[start + taken :]


@thorough
@given(data=st.data())
def test_a_damaged_detached_signature(identity: SigningIdentity, signature: bytes, data: st.DataObject) -> None:
    try:
        signer = verify_detached(CONTENT, damaged(data, signature), identity.roots, NOW)
    except SignatureError:
        return
    # What a signature does not protect (version numbers, say) may change; who signed what may not.
    assert signer.certificate.sha256 == fingerprint(identity.certificate)


@thorough
@given(data=st.data())
def test_a_damaged_signed_pdf(identity: SigningIdentity, signed_pdf: bytes, data: st.DataObject) -> None:
    changed = damaged(data, signed_pdf)
    try:
        verify_pdf(changed, identity.roots, NOW)
    except SignatureError:
        return
    # Only the gap that holds the signature itself is not covered by it.
    start = signed_pdf.index(b"/Contents <") + len(b"/Contents <")
    end = signed_pdf.index(b">", start)
    assert len(changed) == len(signed_pdf)
    assert changed[:start] == signed_pdf[:start]
    assert changed[end:] == signed_pdf[end:]


@thorough
@given(content=st.binary(max_size=200))
def test_any_other_content_is_refused(identity: SigningIdentity, signature: bytes, content: bytes) -> None:
    if content != CONTENT:
        with pytest.raises(SignatureError, match=r"signature\.wrong_content"):
            verify_detached(content, signature, identity.roots, NOW)


@thorough
@given(content=st.binary(max_size=2000))
def test_random_bytes_are_neither_pdf_nor_signature(identity: SigningIdentity, content: bytes) -> None:
    with pytest.raises(SignatureError):
        verify_detached(CONTENT, content, identity.roots, NOW)
    with pytest.raises(SignatureError):
        verify_pdf(content, identity.roots, NOW)
