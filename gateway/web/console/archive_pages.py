"""The archive at the console: the registry (R-ARCH-12), one file, its verification, taking it away."""

from __future__ import annotations

from io import BytesIO

from flask import Response, render_template, request, send_file

from gateway.archive.verification import verify_entry
from gateway.model.archive import ArchiveEntry, school_year_name
from gateway.ports.console import ConsoleUnit
from gateway.web.console.audit_trail import Look, note_look
from gateway.web.console.csv_download import csv_download
from gateway.web.console.listing import is_csv, is_found, listing
from gateway.web.console.presentation import Presentation
from gateway.web.console.refusals import not_found
from gateway.web.console.rights import Right
from gateway.web.console.services import ConsoleServices
from gateway.web.console.sessions import require, user

_REGISTRY = (
    "file",
    "version",
    "year",
    "pages",
    "bytes",
    "sha256",
    "signed_by",
    "signed_at",
    "retention_until",
    "location",
)


class ArchivePages:
    """Views over the archive of the person's school."""

    def __init__(self, services: ConsoleServices, presentation: Presentation) -> None:
        self._services = services
        self._presentation = presentation

    def registry(self) -> Response | str:
        """List the registry, filtered, or as CSV."""
        with self._services.units(user().school)() as unit:
            entries = unit.archive.entries()
        year = request.args.get("year", type=int)
        found = [
            entry
            for entry in entries
            if year in {None, entry.year} and is_found(entry.file_name, entry.signed_by, entry.sha256)
        ]
        if is_csv():
            return csv_download("archive.csv", _REGISTRY, [self._row(entry) for entry in found])
        years = {entry.year: school_year_name(entry.year) for entry in entries}
        return render_template("console/archive.html", listing=listing(found), years=years)

    def entry(self, entry_id: str) -> str:
        """Show one file of the registry; verify it when asked to."""
        with self._services.units(user().school)() as unit:
            entry = _entry(unit, entry_id)
        report = None
        if "verify" in request.args:
            report = verify_entry(entry, self._services.archive_store(), self._services.archive_trust())
        return render_template("console/archive_entry.html", entry=entry, report=report)

    def file(self, entry_id: str) -> Response:
        """Hand the signed PDF over. Audited."""
        return self._handed_over(entry_id, "application/pdf", is_signature=False)

    def signature(self, entry_id: str) -> Response:
        """Hand the detached signature over. Audited."""
        return self._handed_over(entry_id, "application/pkcs7-signature", is_signature=True)

    def _handed_over(self, entry_id: str, media_type: str, *, is_signature: bool) -> Response:
        person = require(Right.TAKE_ARCHIVE)
        with self._services.units(person.school)() as unit:
            entry = _entry(unit, entry_id)
            location = entry.signature_location if is_signature else entry.location
            content = self._services.archive_store().read(location)
            if content is None:
                raise not_found()
            note_look(unit.audit, person, Look.DOWNLOAD, "archive_file", location, at=self._services.clock())
        name = location.rpartition("/")[2]
        return send_file(BytesIO(content), mimetype=media_type, as_attachment=True, download_name=name)

    def _row(self, entry: ArchiveEntry) -> tuple[object, ...]:
        return (
            entry.file_name,
            entry.version,
            school_year_name(entry.year),
            entry.pages,
            entry.size,
            entry.sha256,
            entry.signed_by,
            self._presentation.stamp(entry.signed_at),
            entry.retention_until.isoformat(),
            entry.location,
        )


def _entry(unit: ConsoleUnit, entry_id: str) -> ArchiveEntry:
    found = next((entry for entry in unit.archive.entries() if entry.id == entry_id), None)
    if found is None:
        raise not_found()
    return found
