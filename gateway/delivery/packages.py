"""The destination ``authority``: hands a signed package over and keeps what the authority said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from gateway.delivery.outcomes import outcome_of, retry_later
from gateway.errors import ContractChanged, GatewayError, PermanentError, Text, TransientError
from gateway.model.export_package import Receipt
from gateway.ports.exports import PackageIntake
from outbox import Delivered, Message, Outcome

DESTINATION = "authority"
_MANIFEST = "manifest.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageAddress:
    """Which package lies in a message, and of which school: ``registry_id`` is the school's id in the registry."""

    registry_id: str
    package: str


def read_address(payload: bytes) -> PackageAddress:
    """Return what the manifest of a package says of itself.

    Raises:
        PermanentError: the bytes are not a package (``package.unreadable``).
    """
    try:
        with ZipFile(BytesIO(payload)) as archive:
            manifest = json.loads(archive.read(_MANIFEST))
        return PackageAddress(registry_id=manifest["school"], package=manifest["package"])
    except (BadZipFile, KeyError, ValueError, TypeError) as error:
        raise PermanentError(
            "package.unreadable",
            Text(ru="Пакет выгрузки не читается.", en="The export package cannot be read."),
        ) from error


@dataclass(frozen=True, kw_only=True, slots=True)
class PackageHandler:
    """Delivers packages. A repeated delivery gives the same receipt and changes nothing (exactly once in effect).

    Attributes:
        intake: the authority.
        record_receipt: keeps a receipt: address, receipt, attempts so far.
        record_refusal: keeps a refusal: address, error, attempts so far.
    """

    intake: PackageIntake
    record_receipt: Callable[[PackageAddress, Receipt, int], None]
    record_refusal: Callable[[PackageAddress, GatewayError, int], None]

    def __call__(self, message: Message) -> Outcome:
        """Handle one message."""
        try:
            address = read_address(message.payload)
        except PermanentError as error:
            return outcome_of(error)
        try:
            return self._handed_over(address, message)
        except GatewayError as error:
            # What the authority said could not be kept: it will say the same again.
            return retry_later(error)

    def _handed_over(self, address: PackageAddress, message: Message) -> Outcome:
        try:
            receipt = self.intake.submit(address.package, message.payload)
        except (TransientError, ContractChanged) as error:
            # Nobody knows whether the authority has taken it, so nothing is noted of the package itself.
            return outcome_of(error)
        except GatewayError as error:
            self.record_refusal(address, error, message.attempts)
            return outcome_of(error)
        self.record_receipt(address, receipt, message.attempts)
        return Delivered(receipt=receipt.id)
