"""Why the intake refuses: the fault codes of its contract and the places that are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RefusalCode(StrEnum):
    """The codes of ``IntakeFault``; all are final."""

    UNKNOWN_SENDER = "UnknownSender"
    DIGEST_MISMATCH = "DigestMismatch"
    INVALID_PACKAGE = "InvalidPackage"
    INVALID_SIGNATURE = "InvalidSignature"
    INVALID_DOCUMENT = "InvalidDocument"
    PACKAGE_ID_REUSED = "PackageIdReused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place of the document that is wrong, and why."""

    path: str
    line: int | None
    reason: str


class Refusal(Exception):
    """The intake refuses a package."""

    def __init__(self, code: RefusalCode, reason: str, places: tuple[Place, ...] = ()) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.places = places
