"""Whether what was archived is still there, unchanged and signed by the right person (R-ARCH-16)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from gateway.errors import Fault, SignatureError
from gateway.model.archive import ArchiveEntry, finding
from gateway.ports.archive import ArchiveStore, ArchiveUnit
from gateway.ports.frame import Units
from gateway.ports.signing import CertificateFacts
from gateway.signing.cms import verify_detached
from gateway.signing.pades import verify_pdf


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveTrust:
    """Whom the archive trusts.

    Attributes:
        roots: authorities whose certificates count.
        directors: SHA-256 (hex) of the certificates of everybody who was director while files were signed; a good
            signature by anybody else does not make an archive file (R-ARCH-11).
    """

    roots: tuple[x509.Certificate, ...]
    directors: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class FileReport:
    """What was found of one file: nothing in ``findings`` means that it is sound.

    ``signer`` and ``pages`` are told where the signature inside the file is good.
    """

    location: str
    entry: ArchiveEntry | None = None
    findings: tuple[Fault, ...] = ()
    signer: CertificateFacts | None = None
    pages: int | None = None

    @property
    def sound(self) -> bool:
        """Tell whether nothing was found wrong."""
        return not self.findings


@dataclass(frozen=True, kw_only=True)
class ArchiveVerifier:
    """Holds the files of the archive against the registry and their signatures."""

    units: Units[ArchiveUnit]
    store: ArchiveStore
    trust: ArchiveTrust

    def verify(self, file_name: str | None = None) -> Iterator[FileReport]:
        """Yield a report for every version in the registry, or for those of one file; none if there is no such file."""
        with self.units() as unit:
            entries = unit.archive.entries()
        for entry in entries:
            if file_name in {None, entry.file_name}:
                yield verify_entry(entry, self.store, self.trust)


def verify_entry(entry: ArchiveEntry, store: ArchiveStore, trust: ArchiveTrust) -> FileReport:
    """Return what is found of one version: the file present, its hash and size as registered, both signatures good.

    Certificates are judged at the moment the registry says the file was signed: the registry, whose entries are in
    the audit chain, is the witness for that moment until timestamps are.
    """
    pdf = store.read(entry.location)
    if pdf is None:
        return FileReport(
            location=entry.location,
            entry=entry,
            findings=(
                finding(
                    "archive.file_missing",
                    entry.id,
                    ru=f"Файла «{entry.location}» нет в архиве.",
                    en=f"The file '{entry.location}' is not in the archive.",
                ),
            ),
        )
    return verify_file(
        pdf,
        store.read(entry.signature_location),
        trust,
        at=entry.signed_at,
        location=entry.location,
        entry=entry,
    )


def verify_file(
    pdf: bytes,
    signature: bytes | None,
    trust: ArchiveTrust,
    *,
    at: datetime,
    location: str = "",
    entry: ArchiveEntry | None = None,
) -> FileReport:
    """Return what is found of a file; without ``entry`` it is judged by its signatures alone, without a database.

    Args:
        pdf: the file.
        signature: the detached signature beside it, ``None`` if there is none.
        trust: whose signatures count.
        at: the moment at which the certificates have to be valid.
        location: how the report calls the file.
        entry: the registry's entry, where there is one.
    """
    entry_id = entry.id if entry else None
    findings: list[Fault] = []
    signer: CertificateFacts | None = None
    pages: int | None = None
    try:
        signed = verify_pdf(pdf, trust.roots, at)
        signer, pages = signed.signer.certificate, signed.pages
        findings += _of_signer(signer, trust, entry, entry_id)
    except SignatureError as error:
        findings.append(finding(error.code, entry_id, ru=error.text.ru, en=error.text.en))
    findings += _of_detached(pdf, signature, trust, at, entry_id)
    if entry:
        findings += _of_registry(pdf, pages, entry)
    return FileReport(location=location, entry=entry, findings=tuple(findings), signer=signer, pages=pages)


def _of_registry(pdf: bytes, pages: int | None, entry: ArchiveEntry) -> Iterator[Fault]:
    if len(pdf) != entry.size or hashlib.sha256(pdf).hexdigest() != entry.sha256:
        yield finding(
            "archive.hash_mismatch",
            entry.id,
            ru=f"Файл не тот, что внесён в реестр: другая контрольная сумма ({len(pdf)} байт вместо {entry.size}).",
            en=f"The file is not the one in the registry: its hash differs ({len(pdf)} bytes, not {entry.size}).",
        )
    if pages is not None and pages != entry.pages:
        yield finding(
            "archive.page_count",
            entry.id,
            ru=f"В файле {pages} стр., в реестре записано {entry.pages}.",
            en=f"The file has {pages} pages, the registry says {entry.pages}.",
        )


def _of_signer(
    signer: CertificateFacts, trust: ArchiveTrust, entry: ArchiveEntry | None, entry_id: str | None
) -> Iterator[Fault]:
    if signer.sha256 not in trust.directors:
        yield finding(
            "archive.foreign_signer",
            entry_id,
            ru="Файл подписан не сертификатом директора.",
            en="The file is not signed with the director's certificate.",
            rule="R-ARCH-11",
        )
    if entry and signer.sha256 != entry.certificate_sha256:
        yield finding(
            "archive.other_signer",
            entry_id,
            ru="Файл подписан не тем сертификатом, который указан в реестре.",
            en="The file is signed with another certificate than the registry says.",
            rule="R-ARCH-11",
        )


def _of_detached(
    pdf: bytes, signature: bytes | None, trust: ArchiveTrust, at: datetime, entry_id: str | None
) -> Iterator[Fault]:
    if signature is None:
        yield finding(
            "archive.signature_missing",
            entry_id,
            ru="Рядом с файлом нет отсоединённой подписи (.sig).",
            en="The detached signature (.sig) beside the file is missing.",
            rule="R-ARCH-11",
        )
        return
    try:
        signer = verify_detached(pdf, signature, trust.roots, at)
    except SignatureError as error:
        yield finding(
            "archive.signature_file",
            entry_id,
            ru=f"Отсоединённая подпись (.sig) не подтверждена. {error.text.ru}",
            en=f"The detached signature (.sig) does not hold. {error.text.en}",
            rule="R-ARCH-11",
        )
        return
    if signer.certificate.sha256 not in trust.directors:
        yield finding(
            "archive.foreign_signature_file",
            entry_id,
            ru="Отсоединённая подпись (.sig) сделана не сертификатом директора.",
            en="The detached signature (.sig) is not made with the director's certificate.",
            rule="R-ARCH-11",
        )
