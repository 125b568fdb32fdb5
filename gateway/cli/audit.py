"""``gateway audit verify``."""

from __future__ import annotations

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.errors import GatewayError, Party, Text
from gateway.model.audit import first_fault


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(audit)


@click.group()
def audit() -> None:
    """The chain of changes (R-AUD-01)."""


@command(audit, "verify")
@school_option
def verify(session: Session, voice: Voice, school_id: str | None) -> None:
    """Find the first changed, removed or reordered entry of the audit chain."""
    school = session.gateway.school(school_id)
    with session.gateway.database.unit(school.id) as unit:
        head = unit.audit.head()
        fault = first_fault(unit.audit.entries(), head=head)
    if fault is not None:
        raise GatewayError(
            "audit.broken",
            Text(
                ru=f"Цепочка изменений школы {school.id} нарушена на записи {fault.sequence} ({fault.reason}).",
                en=f"The chain of changes of school {school.id} is broken at entry {fault.sequence} ({fault.reason}).",
            ),
            who=Party.DIRECTOR,
            rule="R-AUD-01",
        )
    voice.answer({"ok": True, "entries": head[0]})
