"""``gateway audit verify``."""

from __future__ import annotations

from dataclasses import replace

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.errors import DocumentError, Fault, Party, Text
from gateway.model.audit import ChainFault, FaultReason, all_faults
from gateway.model.school import School


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(audit)


@click.group()
def audit() -> None:
    """The chain of changes (R-AUD-01)."""


@command(audit, "verify")
@school_option
def verify(session: Session, voice: Voice, school_id: str | None) -> None:
    """Name every changed, removed, moved or added entry of the audit chain."""
    school = session.gateway.school(school_id)
    with session.gateway.database.unit(school.id) as unit:
        head = unit.audit.head()
        faults = all_faults(unit.audit.entries(), head=head)
    if faults:
        raise _broken(school, faults)
    voice.answer({"ok": True, "entries": head[0]})


def _broken(school: School, faults: tuple[ChainFault, ...]) -> DocumentError:
    first = faults[0]
    return DocumentError(
        "audit.broken",
        Text(
            ru=f"Цепочка изменений школы {school.id} нарушена на записи {first.sequence} ({first.reason}); "
            f"всего нарушений: {len(faults)}.",
            en=f"The chain of changes of school {school.id} is broken at entry {first.sequence} ({first.reason}); "
            f"{len(faults)} faults in all.",
        ),
        faults=tuple(map(_fault, faults)),
        who=Party.DIRECTOR,
        rule="R-AUD-01",
    )


def _fault(fault: ChainFault) -> Fault:
    run = str(fault.sequence) if fault.last is None else f"{fault.sequence}–{fault.last}"
    match fault.reason:
        case FaultReason.CHANGED:
            found = Fault(code="audit.changed", text=Text(ru=f"Запись {run} изменена.", en=f"Entry {run} was changed."))
        case FaultReason.MISSING:
            found = Fault(code="audit.missing", text=Text(ru=f"Записи {run} нет.", en=f"Entry {run} is missing."))
        case FaultReason.REORDERED:
            text = Text(ru=f"Запись {run} стоит не на своём месте.", en=f"Entry {run} is not in its place.")
            found = Fault(code="audit.reordered", text=text)
        case FaultReason.ADDED:
            text = Text(
                ru=f"Запись {run} добавлена в обход журнала изменений.", en=f"Entry {run} was added past the gateway."
            )
            found = Fault(code="audit.added", text=text)
    return replace(found, record=run, rule="R-AUD-01", who=Party.DIRECTOR)
