"""``gateway correction …``: ask for, approve and refuse corrections of what is locked or was entered wrongly."""

from __future__ import annotations

import getpass

import click

from gateway.cli.context import Session, command, school_option
from gateway.cli.output import Voice
from gateway.control.acting import By
from gateway.mapping.journal_records import KINDS
from gateway.model.ids import StaffId
from gateway.model.oversight import Correction, Decision
from gateway.model.record_shape import label_of

_COLUMNS = (
    "id",
    "decision",
    "record_kind",
    "record",
    "requested_by",
    "requested_at",
    "decided_by",
    "decided_at",
    "open_until",
    "reason",
)


class _KindName(click.Choice[str]):
    """The label of a kind of record; its former name, with underscores, is understood."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the label."""
        return super().convert(label_of(value), param, ctx)


def add_to(main: click.Group) -> None:
    """Add the commands."""
    main.add_command(correction)


@click.group()
def correction() -> None:
    """Corrections of the journal (R-AUD-03)."""


@command(correction, "list")
@click.option("--decision", type=click.Choice([one.value for one in Decision]), default=None, help="Only these.")
@school_option
def list_corrections(session: Session, voice: Voice, decision: str | None, school_id: str | None) -> None:
    """List the corrections, the latest first."""
    corrections = session.gateway.corrections(session.gateway.school(school_id).id)
    found = corrections.list(decision=Decision(decision) if decision else None)
    voice.table(_COLUMNS, [tuple(_told(one).values()) for one in found])


@command(correction, "request")
@click.argument("kind", type=_KindName(list(KINDS)))
@click.argument("key", nargs=-1, required=True)
@click.option("--staff", required=True, help="Id of the member of staff who asks.")
@click.option("--reason", required=True, help="What is wrong.")
@school_option
def request(
    session: Session, voice: Voice, kind: str, key: tuple[str, ...], staff: str, reason: str, school_id: str | None
) -> None:
    """Ask for the correction of a record, named by its kind and key."""
    corrections = session.gateway.corrections(session.gateway.school(school_id).id)
    made = corrections.request(KINDS[kind], key, reason=reason, staff=StaffId(staff), by=_by())
    _tell(voice, made)


@command(correction, "approve")
@click.argument("correction_id", metavar="CORRECTION")
@click.option("--staff", required=True, help="Id of the director or deputy who approves.")
@school_option
def approve(session: Session, voice: Voice, correction_id: str, staff: str, school_id: str | None) -> None:
    """Open the record for its correction; only the director or a deputy may, and not who asked for it."""
    corrections = session.gateway.corrections(session.gateway.school(school_id).id)
    _tell(voice, corrections.approve(correction_id, staff=StaffId(staff), by=_by()))


@command(correction, "refuse")
@click.argument("correction_id", metavar="CORRECTION")
@click.option("--staff", required=True, help="Id of the director or deputy who refuses.")
@click.option("--reason", required=True, help="Why; is kept in the audit.")
@school_option
def refuse(session: Session, voice: Voice, correction_id: str, staff: str, reason: str, school_id: str | None) -> None:
    """Refuse a correction."""
    corrections = session.gateway.corrections(session.gateway.school(school_id).id)
    _tell(voice, corrections.refuse(correction_id, staff=StaffId(staff), by=_by(), reason=reason))


def _by() -> By:
    return By(actor=getpass.getuser(), role="operator")


def _tell(voice: Voice, made: Correction) -> None:
    voice.answer({"ok": True, **_told(made)})


def _told(one: Correction) -> dict[str, object]:
    return {name: getattr(one, name) for name in _COLUMNS} | {"record_kind": label_of(one.record_kind)}
