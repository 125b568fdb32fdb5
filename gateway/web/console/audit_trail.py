"""Who looked at pupils' data or took a file with it (R-SEC-06, R-SEC-11, R-AUD-06).

A look at a page about many is kept on the school's audit chain; a look at a pupil's records in the log of looks, where
it is found by the pupil.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from flask import request

from gateway.model.access import ConsoleUser
from gateway.model.audit import AuditRecord, PupilView
from gateway.model.ids import PupilId
from gateway.ports.frame import AuditLog, NewId
from gateway.ports.records import ViewLog

CHANNEL = "console"
_MOST_SOURCE = 64
_MOST_DETAIL = 200


class Look(StrEnum):
    """How somebody looked: on a page, or by taking a file away."""

    VIEW = "view"
    DOWNLOAD = "download"


def source() -> str:
    """Return from where the request comes: the address of the caller."""
    return (request.remote_addr or "")[:_MOST_SOURCE]


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
                source=source(),
            )
        ]
    )


def note_views(
    views: ViewLog,
    who: ConsoleUser,
    pupils: Iterable[PupilId],
    what: str,
    *,
    detail: str = "",
    at: datetime,
    new_id: NewId,
) -> None:
    """Write who looked at which pupils' records of a kind: each pupil once; ``detail`` tells which part, no content."""
    views.add(
        PupilView(
            id=new_id(),
            at=at,
            actor=who.login,
            role=who.role,
            pupil=pupil,
            what=what,
            detail=detail[:_MOST_DETAIL],
            source=source(),
        )
        for pupil in sorted(set(pupils))
    )
