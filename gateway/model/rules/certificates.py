"""Rules over certificates of study from medical organisations (R-MARK-16, R-EXCH-11)."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.attendance import StudyCertificate
from gateway.model.rules.view import JournalView


def study_certificate_faults(certificate: StudyCertificate, _view: JournalView) -> Iterator[Fault]:
    """Hold a certificate of study against R-MARK-16: each of its results is a number or a sign."""
    if any((result.value is None) == (result.sign is None) for result in certificate.results):
        yield Fault(
            code="journal.certificate_result",
            text=Text(
                ru="Каждый результат справки – либо балл, либо знак.",
                en="Each result of a certificate is either a number or a sign.",
            ),
            field="results.value",
            rule="R-MARK-16",
            who=Party.CLASS_TEACHER,
        )
