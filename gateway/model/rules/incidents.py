"""Rules over breaches of access that a journal system tells of (R-SEC-04, R-SEC-05, C-18).

What a moment makes void must not become valid again by another version of the record, so a moment is told once. From
when on operations are void beyond that, the director decides at the gateway: `gateway.control.incidents`.
"""

from __future__ import annotations

from collections.abc import Iterator

from gateway.errors import Fault, Party, Text
from gateway.model.journal_records import RecordKind
from gateway.model.oversight import AccessIncident
from gateway.model.record_shape import label_of
from gateway.model.rules.view import JournalView

_ONCE = (
    "reported_at",
    "director_notified_at",
    "administrator_notified_at",
    "support_notified_at",
    "credentials_reissued_at",
)


def incident_faults(incident: AccessIncident, view: JournalView) -> Iterator[Fault]:
    """Hold an incident against what is stored of it: moments stay as they were told, the scope is the director's."""
    stored = view.stored(RecordKind.INCIDENTS, (incident.id,))
    before = stored if isinstance(stored, AccessIncident) else None
    for name in _ONCE:
        told = getattr(before, name, None)
        if told is not None and getattr(incident, name) != told:
            yield Fault(
                code="journal.incident_moment",
                text=Text(
                    ru="Момент инцидента уже записан: он не меняется и не убирается.",
                    en="This moment of the incident is written down already: it neither changes nor vanishes.",
                ),
                field=label_of(name),
                rule="R-SEC-05",
                who=Party.DIRECTOR,
            )
    if incident.void_from != (before.void_from if before else None):
        yield Fault(
            code="journal.incident_scope",
            text=Text(
                ru="С какого момента операции недействительны, решает директор в шлюзе, а не отправитель.",
                en="From when on operations are void is decided by the director at the gateway, not by a sender.",
            ),
            field=label_of("void_from"),
            rule="R-SEC-05",
            who=Party.DIRECTOR,
        )
