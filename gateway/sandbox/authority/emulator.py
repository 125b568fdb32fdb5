"""The intake itself: what it took, and the addresses under which it can be reached."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

from cryptography import x509
from werkzeug.wrappers import Request, Response

from gateway.sandbox.authority.package import DOCUMENT, SIGNATURE, check_manifest, opened, pupils_in
from gateway.sandbox.authority.refusals import Refusal, RefusalCode
from gateway.sandbox.authority.signature import check_signature
from gateway.sandbox.authority.soap import (
    IntakeReceipt,
    NotASubmissionError,
    Submission,
    not_understood,
    read_submission,
    receipt_answer,
    refusal_answer,
)
from gateway.sandbox.server import Emulator, Route, json_answer, named


@dataclass(kw_only=True, slots=True)
class _Accepted:
    """A package that was taken once, and how often it arrived."""

    receipt: IntakeReceipt
    content: bytes = field(repr=False)
    deliveries: int = 1


class _Intake:
    """Checks packages and keeps those that pass, each once. Safe for several threads."""

    def __init__(
        self,
        *,
        senders: Iterable[str],
        roots: Iterable[x509.Certificate],
        unknown_pupils: Iterable[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._senders = frozenset(senders)
        self._roots = tuple(roots)
        self._unknown_pupils = frozenset(unknown_pupils)
        self._clock = clock
        self._accepted: dict[str, _Accepted] = {}
        self._lock = Lock()

    def submit(self, request: Request) -> Response:
        """Answer ``SubmitPackage``."""
        try:
            submission = read_submission(request.get_data())
        except NotASubmissionError:
            return not_understood()
        try:
            return receipt_answer(self._receipt(submission))
        except Refusal as refusal:
            return refusal_answer(refusal)

    def accepted(self, _request: Request) -> Response:
        """List the packages that were taken: ``deliveries`` counts how often the same bytes arrived."""
        with self._lock:
            return json_answer(
                [
                    {"packageId": package, "sha256": taken.receipt.sha256, "deliveries": taken.deliveries}
                    for package, taken in self._accepted.items()
                ]
            )

    def _receipt(self, submission: Submission) -> IntakeReceipt:
        if submission.sender not in self._senders:
            raise Refusal(RefusalCode.UNKNOWN_SENDER, "no such sender")
        if hashlib.sha256(submission.content).hexdigest() != submission.sha256:
            raise Refusal(RefusalCode.DIGEST_MISMATCH, "the content is not what the checksum says")
        with self._lock:
            return self._repeated(submission) or self._taken(submission)

    def _repeated(self, submission: Submission) -> IntakeReceipt | None:
        before = self._accepted.get(submission.package)
        if before is None:
            return None
        if before.receipt.sha256 != submission.sha256:
            raise Refusal(RefusalCode.PACKAGE_ID_REUSED, "another package was taken under this id")
        before.deliveries += 1
        return replace(before.receipt, status="duplicate")

    def _taken(self, submission: Submission) -> IntakeReceipt:
        now = self._clock()
        members = opened(submission.content)
        check_manifest(members, submission.package)
        check_signature(members[DOCUMENT], members[SIGNATURE], self._roots, now)
        pupils = pupils_in(members[DOCUMENT], submission.package)
        rejected = tuple(pupil for pupil in pupils if pupil in self._unknown_pupils)
        receipt = IntakeReceipt(
            id=f"RECEIPT-{len(self._accepted) + 1:06d}",
            package=submission.package,
            sha256=submission.sha256,
            accepted_at=now,
            status="accepted",
            records_accepted=len(pupils) - len(rejected),
            rejected=rejected,
        )
        self._accepted[submission.package] = _Accepted(receipt=receipt, content=submission.content)
        return receipt


def authority_emulator(
    *,
    senders: Iterable[str],
    roots: Iterable[x509.Certificate],
    clock: Callable[[], datetime],
    unknown_pupils: Iterable[str] = (),
) -> Emulator:
    """Return the emulator: SOAP at ``/intake``, what was taken at ``/_sandbox/accepted``.

    Args:
        senders: ids of those who may send.
        roots: certificates that signers' certificates have to lead to.
        clock: the present moment, aware.
        unknown_pupils: registry ids of pupils whose rows are rejected, the rest of their package is taken.
    """
    intake = _Intake(senders=senders, roots=roots, unknown_pupils=unknown_pupils, clock=clock)
    return Emulator(
        "authority",
        [
            Route(rule="/intake", methods=("POST",), handler=intake.submit, operation=named("SubmitPackage")),
            Route(rule="/_sandbox/accepted", methods=("GET",), handler=intake.accepted, operation=named("accepted")),
        ],
    )
