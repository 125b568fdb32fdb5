"""By which version of its schema a batch is held."""

from __future__ import annotations

from gateway.mapping.journal_json import VERSION
from gateway.schemas.catalogue import versions_of

JOURNAL = "journal"
"""Name of the batch's schema in the catalogue."""


def version_for(said: object) -> str:
    """Return the version of the schema that a document is held against.

    A document that names none, or one that never was, is held against the current one, whose faults say so. Whether
    a version is still accepted is another question (`gateway.schemas.catalogue.usable_version`).
    """
    known = (one.version for one in versions_of(JOURNAL))
    return next((version for version in known if version == said), VERSION)
