"""The port `PackageIntake` over the authority's SOAP service."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from gateway.adapters.authority import PLATFORM
from gateway.adapters.authority.client import IntakeClient
from gateway.adapters.authority.settings import AuthoritySettings
from gateway.errors import ContractChanged, Text
from gateway.model.export_package import Receipt, ReceiptStatus, RejectedRecord


class AuthorityIntake:
    """Hands packages over; the same package with the same bytes may be handed over any number of times."""

    def __init__(self, settings: AuthoritySettings) -> None:
        self._client = IntakeClient(settings)

    def submit(self, package: str, content: bytes) -> Receipt:
        """Hand over a package and return its receipt.

        Raises:
            TransientError: no answer in time, no connection, or the service failed: try again with the same bytes.
            PermanentError: the intake refuses these bytes for good; ``who`` has to act.
            ContractChanged: the answer is no receipt, or one for another package or other bytes.
        """
        receipt = self._client.submit_package(package, content)
        return read_receipt(receipt, package=package, sha256=hashlib.sha256(content).hexdigest())

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


_FIRST_YEAR, _LAST_YEAR = 2000, 2099
"""Years in which a package can have been accepted."""

_MOST_RECORDS = 10**9
_MOST_REASON = 1000


def read_receipt(answer: Any, *, package: str, sha256: str) -> Receipt:
    """Return zeep's value of a receipt, already valid by its schema, as ours; of a long reason only the beginning.

    Raises:
        ContractChanged: a field is missing or impossible, or the receipt is not for this package and these bytes.
    """
    _require(bool(getattr(answer, "receiptId", None)), "receiptId")
    _require(answer.packageId == package, "packageId")
    _require(answer.sha256 == sha256, "sha256")
    _require(_is_possible(answer.acceptedAt), "acceptedAt")
    _require(answer.status in set(ReceiptStatus), "status")
    _require(isinstance(answer.recordsAccepted, int) and 0 <= answer.recordsAccepted < _MOST_RECORDS, "recordsAccepted")
    _require(all(item.record and item.code for item in answer.rejected or ()), "rejected")
    return Receipt(
        id=answer.receiptId,
        package=answer.packageId,
        accepted_at=answer.acceptedAt,
        status=ReceiptStatus(answer.status),
        records_accepted=answer.recordsAccepted,
        rejected=tuple(
            RejectedRecord(record=item.record, code=item.code, reason=(item.reason or "")[:_MOST_REASON])
            for item in answer.rejected or ()
        ),
    )


def _is_possible(moment: object) -> bool:
    return isinstance(moment, datetime) and moment.tzinfo is not None and _FIRST_YEAR <= moment.year <= _LAST_YEAR


def _require(holds: bool, field: str) -> None:  # noqa: FBT001  the condition is what is required
    if not holds:
        raise ContractChanged(
            "authority.foreign_receipt" if field in {"packageId", "sha256"} else "platform.contract_changed",
            Text(
                ru=f"Ответ платформы «{PLATFORM}» не является квитанцией за этот пакет: поле «{field}».",
                en=f"The answer of platform '{PLATFORM}' is no receipt for this package: field '{field}'.",
            ),
        )
