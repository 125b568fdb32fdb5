"""What the recipient answered to a package: noted once, with an audit entry and the run that the console shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.errors import GatewayError, Text
from gateway.model.audit import AuditRecord
from gateway.model.export_package import ExportPackage, Receipt
from gateway.model.steps import Step, StepOutcome, StepRun
from gateway.ports.exports import ExportUnit
from gateway.ports.frame import Clock, Units


def record_receipt(units: Units[ExportUnit], *, package: str, receipt: Receipt, attempts: int, clock: Clock) -> None:
    """Note that the recipient took a package; a receipt that is noted already changes nothing.

    Args:
        units: transactions of the school that sent it.
        package: the package's id.
        receipt: what the recipient gave.
        attempts: how often it was sent.
        clock: the present moment.

    Raises:
        GatewayError: the school has no such package (``export.unknown_package``).
    """
    with units() as unit:
        sent, at = _sent(unit, package), clock()
        if not unit.exports.accept(package, receipt, at):
            return
        new = {
            "state": "accepted",
            "receipt": receipt.id,
            "status": receipt.status.value,
            "records_accepted": receipt.records_accepted,
            "records_rejected": [record.record for record in receipt.rejected],
        }
        unit.audit.append([_answer(sent, at, "accept", new)])
        summary = {
            "documents": 1,
            "bytes": sent.size,
            "attempts": attempts,
            "receipt": receipt.id,
            "rejected": len(receipt.rejected),
        }
        unit.steps.add(_run(sent, at, StepOutcome.OK, summary))


def record_refusal(units: Units[ExportUnit], *, package: str, error: GatewayError, attempts: int, clock: Clock) -> None:
    """Note that the recipient refuses a package for good; where it has accepted or refused before, nothing changes.

    Args:
        units: transactions of the school that sent it.
        package: the package's id.
        error: the refusal, with its stable code and text.
        attempts: how often it was sent.
        clock: the present moment.

    Raises:
        GatewayError: the school has no such package (``export.unknown_package``).
    """
    with units() as unit:
        sent, at = _sent(unit, package), clock()
        if not unit.exports.refuse(package, error.code, error.text, at):
            return
        unit.audit.append([_answer(sent, at, "refuse", {"state": "refused", "code": error.code})])
        summary = {"documents": 0, "bytes": sent.size, "attempts": attempts, "package": package}
        unit.steps.add(_run(sent, at, StepOutcome.FAILED, summary, error=error.code))


def _sent(unit: ExportUnit, package: str) -> ExportPackage:
    sent = unit.exports.package(package)
    if sent is None:
        raise GatewayError(
            "export.unknown_package",
            Text(ru=f"В школе нет пакета «{package}».", en=f"The school has no package '{package}'."),
        )
    return sent


def _answer(sent: ExportPackage, at: datetime, action: str, new: Mapping[str, object]) -> AuditRecord:
    return AuditRecord(
        at=at,
        actor=sent.recipient,
        role="recipient",
        channel="exports",
        action=action,
        object_kind="export_package",
        object_id=sent.id,
        old={"state": sent.state.value},
        new=new,
    )


def _run(
    sent: ExportPackage, at: datetime, outcome: StepOutcome, summary: Mapping[str, object], *, error: str = ""
) -> StepRun:
    """Return the run of a package's delivery: from its making to the recipient's last word."""
    return StepRun(
        id=sent.id,
        step=Step.EXPORT_OUT,
        started_at=sent.made_at,
        finished_at=at,
        outcome=outcome,
        summary=summary,
        error=error,
        message=sent.message,
    )
