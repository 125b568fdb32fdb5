"""Files for the roster that people bring to the console: which sources take them, and where they wait."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.bootstrap.roster_files import import_of, list_columns
from gateway.bootstrap.rosters import rules_of
from gateway.model.ids import SchoolId
from gateway.ports.roster_uploads import FileColumns, Upload
from gateway.roster.sync import RosterSync
from gateway.roster.uploads import KEPT, SUFFIXES, RosterUploads
from gateway.storage.upload_folder import UploadFolder

if TYPE_CHECKING:
    from gateway.bootstrap.installation import Gateway
    from gateway.ports.frame import NewId

_FOLDER = "roster-uploads"


def uploads_of(gateway: Gateway, new_id: NewId, school: SchoolId) -> RosterUploads:
    """Return what a person does with files for the roster of a school.

    Raises:
        ConfigurationError: ``configuration.roster``: a section of the settings means nothing.
    """
    return RosterUploads(
        school=school,
        sources={one.name: one.kind for one in rules_of(gateway.settings, school) if one.kind in SUFFIXES},
        store=_store(gateway),
        open=partial(_opened, gateway, school),
        columns=partial(_columns, gateway),
        clock=gateway.clock,
        new_id=new_id,
    )


def sweep_uploads(gateway: Gateway) -> int:
    """Throw away what nobody has decided about in time, of all schools; return how many uploads that were."""
    return _store(gateway).drop_brought_before(gateway.clock() - KEPT)


def _store(gateway: Gateway) -> UploadFolder:
    return UploadFolder(root=gateway.settings.data_folder / _FOLDER)


def _opened(gateway: Gateway, school: SchoolId, upload: Upload, place: Path) -> RosterSync:
    return import_of(gateway, school, upload.source, place, whole=upload.whole, file_columns=upload.columns)


def _columns(gateway: Gateway, upload: Upload, file: Path) -> FileColumns:
    found = list_columns(gateway, file, upload.source, upload.columns.get(file.name, {}))
    return FileColumns(file=found.file, kind=found.kind or "", columns=found.columns, meanings=found.meanings)
