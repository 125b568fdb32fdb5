"""Rules over certificates of study from medical organisations, and marks that come by them (R-MARK-16, R-EXCH-11).

A certificate of study is a paper: what it states can be added to as long as it is being copied, never taken away, so
that a mark which came by it is stated there for good. Who copied it wrong writes it anew, under another id.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gateway.errors import Fault, Party, Text
from gateway.model.attendance import CertifiedResult, StudyCertificate
from gateway.model.ids import SubjectId
from gateway.model.journal import Mark, MarkOrigin, PeriodMark
from gateway.model.journal_records import RecordKind
from gateway.model.rules.view import JournalView


def study_certificate_faults(certificate: StudyCertificate, view: JournalView) -> Iterator[Fault]:
    """Hold a certificate of study against R-MARK-16: each result a number or a sign, and what it stated it states."""
    if any((result.value is None) == (result.sign is None) for result in certificate.results):
        yield _fault(
            "journal.certificate_result",
            "results.value",
            "Каждый результат справки – либо балл, либо знак.",
            "Each result of a certificate is either a number or a sign.",
        )
    before = view.stored(RecordKind.STUDY_CERTIFICATES, (certificate.id,))
    if isinstance(before, StudyCertificate) and not _states_all_of(certificate, before):
        yield _fault(
            "journal.certificate_result_withdrawn",
            "results",
            "Результаты и дни, уже внесённые из справки, не убираются: по ним выставлены отметки. "
            "Справку, внесённую с ошибкой, внесите заново под другим идентификатором.",
            "Results and days that a certificate has stated stay: marks are given by them. "
            "A certificate that was copied wrong is written anew, under another id.",
        )


def origin_faults(
    mark: Mark | PeriodMark, subject: SubjectId, first: date, last: date, view: JournalView
) -> Iterator[Fault]:
    """R-MARK-16: a mark of a medical organisation has a certificate of study that states it, any other has none.

    Args:
        mark: a mark at a lesson or a final mark.
        subject: what it was given in.
        first: the first of the days it is for, one of which the certificate has.
        last: the last of them.
        view: the journal as it would be.
    """
    if (mark.origin is MarkOrigin.MEDICAL) != (mark.certificate is not None):
        yield _fault(
            "journal.mark_origin",
            "certificate",
            "Справка об обучении указывается у отметки медицинской организации, и только у неё.",
            "A mark of a medical organisation names its certificate of study, and no other mark does.",
        )
    certificate = view.find(RecordKind.STUDY_CERTIFICATES, mark.certificate) if mark.certificate is not None else None
    if not isinstance(certificate, StudyCertificate):
        return
    if certificate.pupil != mark.pupil or last < certificate.valid_from or certificate.valid_to < first:
        yield _fault(
            "journal.study_certificate_of_other",
            "certificate",
            "Справка об обучении выдана другому ученику или на другое время.",
            "The certificate of study is of another pupil or of another time.",
        )
    elif CertifiedResult(subject=subject, value=mark.value, sign=mark.sign) not in certificate.results:
        yield _fault(
            "journal.result_not_certified",
            "value" if mark.sign is None else "sign",
            "В справке об обучении нет такого результата по этому предмету: классный руководитель сверяет отметку "
            "со справкой и вносит в журнал все её результаты.",
            "The certificate of study has no such result in this subject: the class teacher compares the mark with "
            "the certificate and enters all of its results.",
        )


def _states_all_of(certificate: StudyCertificate, before: StudyCertificate) -> bool:
    return (
        certificate.valid_from <= before.valid_from
        and before.valid_to <= certificate.valid_to
        and set(before.results) <= set(certificate.results)
    )


def _fault(code: str, field: str, ru: str, en: str) -> Fault:
    return Fault(code=code, text=Text(ru=ru, en=en), field=field, rule="R-MARK-16", who=Party.CLASS_TEACHER)
