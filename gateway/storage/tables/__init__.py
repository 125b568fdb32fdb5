"""The tables. Every table's key begins with the school (DESIGN part 8), so that rows can be distributed by school."""

from gateway.storage.tables import (
    access,
    audit,
    documents,
    incidents,
    journal,
    people,
    persons,
    provider,
    provider_submissions,
    records,
    roster_keeping,
    roster_links,
    roster_rollover,
    roster_runs,
    runs,
    school,
)
from gateway.storage.tables.columns import metadata

__all__ = [
    "access",
    "audit",
    "documents",
    "incidents",
    "journal",
    "metadata",
    "people",
    "persons",
    "provider",
    "provider_submissions",
    "records",
    "roster_keeping",
    "roster_links",
    "roster_rollover",
    "roster_runs",
    "runs",
    "school",
]
