"""Who looked at pupils' data or took a file with it, on the school's audit chain (R-SEC-06, R-SEC-11)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from gateway.model.access import ConsoleUser
from gateway.model.audit import AuditRecord
from gateway.ports.frame import AuditLog

CHANNEL = "console"


class Look(StrEnum):
    """How somebody looked: on a page, or by taking a file away."""

    VIEW = "view"
    DOWNLOAD = "download"


def note_look(audit: AuditLog, who: ConsoleUser, look: Look, kind: str, record: str, *, at: datetime) -> None:
    """Write who looked at which record."""
    audit.append(
        [
            AuditRecord(
                at=at,
                actor=who.login,
                role=who.role,
                channel=CHANNEL,
                action=look,
                object_kind=kind,
                object_id=record,
            )
        ]
    )
