"""A signed package on its way to a recipient, and what the recipient says to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from gateway.model.ids import PeriodId


class PackageState(StrEnum):
    """Where a package is: in the queue, taken by the recipient, or turned away by it for good."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportPackage:
    """A package as it was signed; its bytes never change (DESIGN part 4, rule 5).

    Attributes:
        id: also the idempotency key under which it lies in the outbox.
        version: counts the packages of one definition and period from 1; a change makes the next (R-EXCH-16).
        content_digest: SHA-256 (hex) of what the document says, without ids and moments (R-EXCH-16).
        size: bytes of the whole package as sent.
        message: id of the queue message that carries it; ``None`` until it lies in the outbox.
        receipt: the recipient's receipt id, once there is one.
    """

    id: str
    definition: str
    schema_version: str
    recipient: str
    period: PeriodId
    period_start: date
    period_end: date
    version: int
    made_at: datetime
    content_digest: str
    document: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    manifest: Mapping[str, object] = field(repr=False)
    size: int
    message: str | None = None
    state: PackageState = PackageState.QUEUED
    receipt: str | None = None
    receipt_at: datetime | None = None


class ReceiptStatus(StrEnum):
    """What a receipt says: taken now, or taken before and not counted again."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, kw_only=True, slots=True)
class RejectedRecord:
    """A record of an accepted package that the recipient could not use: its id there, a code, the reason told."""

    record: str
    code: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """A recipient's proof that it took a package. A repeated delivery gives the same ``id``."""

    id: str
    package: str
    accepted_at: datetime
    status: ReceiptStatus
    records_accepted: int
    rejected: tuple[RejectedRecord, ...] = ()
