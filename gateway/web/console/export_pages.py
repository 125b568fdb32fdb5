"""Export packages at the console: the list, and one with its manifest and what the recipient said."""

from __future__ import annotations

from flask import Response, render_template

from gateway.model.export_package import PackageState
from gateway.ports.console import PackageHead
from gateway.web.console.csv_download import csv_download
from gateway.web.console.listing import MOST_READ, chosen, is_csv, is_found, is_wanted, listing
from gateway.web.console.presentation import Presentation
from gateway.web.console.refusals import not_found
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import user

_PACKAGES = (
    "id",
    "definition",
    "recipient",
    "period_start",
    "period_end",
    "version",
    "made_at",
    "bytes",
    "state",
    "receipt",
    "message",
)
_REJECTED = ("record", "code", "reason")


class ExportPages:
    """Views over the export packages of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def packages(self) -> Response | str:
        """List the packages, filtered, or as CSV."""
        state = chosen("state", PackageState)
        with self._services.units(user().school)() as unit:
            newest = unit.console.packages(limit=MOST_READ)
        found = [
            one
            for one in newest
            if is_wanted(state, one.state) and is_found(one.id, one.definition, one.recipient, one.receipt)
        ]
        if is_csv():
            return csv_download("exports.csv", _PACKAGES, [self._row(one) for one in found])
        return render_template("console/exports.html", listing=listing(found), package_states=PackageState)

    def package(self, package_id: str) -> Response | str:
        """Show a package: manifest, state, receipt, and the records that the recipient could not use (or as CSV)."""
        with self._services.units(user().school)() as unit:
            package = unit.exports.package(package_id)
            answer = unit.console.package_answer(package_id)
        if package is None:
            raise not_found()
        rejected = answer.rejected if answer else ()
        found = [one for one in rejected if is_found(one.record, one.code, one.reason)]
        if is_csv():
            return csv_download("rejected.csv", _REJECTED, [(one.record, one.code, one.reason) for one in found])
        return render_template("console/package.html", package=package, answer=answer, listing=listing(found))

    def _row(self, one: PackageHead) -> tuple[object, ...]:
        return (
            one.id,
            one.definition,
            one.recipient,
            one.period_start.isoformat(),
            one.period_end.isoformat(),
            one.version,
            self._presentation.stamp(one.made_at),
            one.size,
            one.state.value,
            one.receipt or "",
            one.message,
        )
