"""Times in which the journal could not be reached: they put deadlines off (R-JRNL-18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.control.acting import By
from gateway.control.writing import reference_of, write
from gateway.errors import GatewayError, Party, RuleViolation, Text
from gateway.model.batch import Batch
from gateway.model.ids import OutageId, SchoolId
from gateway.model.journal_records import RecordKind
from gateway.model.oversight import Outage
from gateway.ports.frame import Clock, NewId, Units
from gateway.ports.records import RecordsUnit

_PAGE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Outages:
    """The outages of one school."""

    school: SchoolId
    units: Units[RecordsUnit]
    clock: Clock
    new_id: NewId

    def begin(self, *, reason: str, by: By, started_at: datetime | None = None) -> Outage:
        """Write down that the journal cannot be reached, now or since a moment.

        Raises:
            RuleViolation: ``outage.lasts``: another one has no end yet; ``outage.moments``: it lies in the future.
            DocumentError: ``control.record_refused``: the reason is missing or too long.
        """
        now = self.clock()
        outage = Outage(id=OutageId(self.new_id()), started_at=started_at or now, reason=reason)
        _check_moments(outage, now)
        with self.units() as unit:
            reference_of(unit, Batch(school=self.school, sent_at=now))  # nobody begins another one meanwhile
            if any(one.ended_at is None for one in _all(unit)):
                raise _lasts()
            write(unit, outage, school=self.school, at=now, by=by)
        return outage

    def end(self, outage: str, *, by: By, ended_at: datetime | None = None) -> Outage:
        """Write down that the journal can be reached again, now or since a moment: deadlines run anew from there.

        Raises:
            GatewayError: ``outage.unknown``.
            RuleViolation: ``outage.ended``: it has an end already; ``outage.moments``: the end lies before the
                beginning or in the future.
        """
        now = self.clock()
        with self.units() as unit:
            reference_of(unit, Batch(school=self.school, sent_at=now))
            held = unit.records.get(RecordKind.OUTAGES, (outage,))
            if held is None:
                raise _unknown(outage)
            if held.record.ended_at is not None:
                raise _ended()
            over: Outage = replace(held.record, ended_at=ended_at or now)
            _check_moments(over, now)
            write(unit, over, school=self.school, at=now, by=by)
        return over

    def list(self) -> Sequence[Outage]:
        """Return the outages, the latest first."""
        with self.units() as unit:
            return sorted(_all(unit), key=lambda one: (one.started_at, one.id), reverse=True)


def _all(unit: RecordsUnit) -> list[Outage]:
    found: list[Outage] = []
    while page := unit.records.page(
        RecordKind.OUTAGES, after=(found[-1].id,) if found else None, limit=_PAGE, where={}
    ):
        found += [held.record for held in page]
    return found


def _check_moments(outage: Outage, now: datetime) -> None:
    end = outage.started_at if outage.ended_at is None else outage.ended_at
    if not outage.started_at <= end <= now:
        raise RuleViolation(
            "outage.moments",
            Text(
                ru="Перерыв не может начаться или закончиться в будущем, а конец – быть раньше начала.",
                en="An outage does not begin or end in the future, nor end before it begins.",
            ),
            who=Party.COORDINATOR,
            rule="R-JRNL-18",
        )


def _lasts() -> RuleViolation:
    return RuleViolation(
        "outage.lasts",
        Text(
            ru="Перерыв уже идёт: сначала отметьте его окончание.",
            en="There is an outage that lasts: note its end first.",
        ),
        who=Party.COORDINATOR,
        rule="R-JRNL-18",
    )


def _ended() -> RuleViolation:
    return RuleViolation(
        "outage.ended",
        Text(ru="Окончание этого перерыва уже отмечено.", en="The end of this outage has been noted already."),
        who=Party.COORDINATOR,
        rule="R-JRNL-18",
    )


def _unknown(outage: str) -> GatewayError:
    return GatewayError("outage.unknown", Text(ru=f"Перерыва «{outage}» нет.", en=f"There is no outage '{outage}'."))
