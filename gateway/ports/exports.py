"""What the exports need: the facts of a period, the packages made so far, and the recipient's intake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.errors import Text
from gateway.model.export_package import ExportPackage, Receipt
from gateway.model.ids import PeriodId
from gateway.model.performance_facts import PerformanceFacts
from gateway.ports.frame import Unit


class Exports(Protocol):
    """Facts of the school for its exports, and its packages."""

    def facts(self, period: PeriodId) -> PerformanceFacts | None:
        """Return what journal and roster hold for a period, ``None`` if the school has no such period."""
        ...

    def hold(self) -> None:
        """Let no other export of the school in until the transaction ends."""
        ...

    def newest(self, definition: str, period: PeriodId) -> ExportPackage | None:
        """Return the package of a definition and period that was made last."""
        ...

    def last_accepted(self, definition: str, period: PeriodId) -> ExportPackage | None:
        """Return the package of a definition and period that was made last of those the recipient took."""
        ...

    def package(self, package: str) -> ExportPackage | None:
        """Return a package by its id."""
        ...

    def recent(self, *, limit: int = 50) -> Sequence[ExportPackage]:
        """Return the packages made last, newest first."""
        ...

    def add(self, package: ExportPackage) -> None:
        """Keep a new package."""
        ...

    def accept(self, package: str, receipt: Receipt, at: datetime) -> bool:
        """Note a receipt; tell whether that changed anything. A receipt once noted stays."""
        ...

    def refuse(self, package: str, code: str, text: Text, at: datetime) -> bool:
        """Note why a package was refused; tell whether that changed anything. An accepted package stays accepted."""
        ...


class ExportUnit(Unit, Protocol):
    """A transaction over one school's exports."""

    @property
    def exports(self) -> Exports:
        """Facts and packages."""
        ...


class PackageIntake(Protocol):
    """The recipient's intake, wherever it is."""

    def submit(self, package: str, content: bytes) -> Receipt:
        """Hand over a package and return the receipt; the same package again gives the same receipt.

        Raises:
            TransientError: worth another try, with the same bytes.
            PermanentError: the recipient refuses these bytes for good.
            ContractChanged: the answer is not a receipt for this package.
        """
        ...
