"""What every sync keeps of what came: records turned away, and each record as it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.errors import GatewayError, Text
from gateway.model.roster import Key, RecordKind, RosterSnapshot
from gateway.model.roster_quarantine import Quarantined, QuarantineState, RootCause, quarantined, root_causes
from gateway.model.roster_received import RecordView, kept_records
from gateway.ports.frame import Units
from gateway.ports.roster import RosterUnit
from gateway.ports.roster_trail import RosterTrail
from gateway.roster.held_records import held_record


@dataclass(frozen=True, kw_only=True, slots=True)
class RosterQuarantine:
    """The records of a school's sources that were turned away, and what is known of single records."""

    units: Units[RosterUnit]

    def causes(self, *, source: str | None = None) -> Sequence[RootCause]:
        """Return what has to be mended for the open records to be taken, the cause of most records first."""
        with self.units() as unit:
            return root_causes(unit.quarantine.all(source=source, state=QuarantineState.OPEN))

    def records(
        self, *, source: str | None = None, state: QuarantineState | None = QuarantineState.OPEN
    ) -> Sequence[Quarantined]:
        """Return records in quarantine without their raw form, the ones seen last first."""
        with self.units() as unit:
            return unit.quarantine.all(source=source, state=state)

    def record(self, record_id: str) -> Quarantined:
        """Return one record in quarantine with its raw form.

        Raises:
            GatewayError: ``roster.quarantine_unknown``.
        """
        with self.units() as unit:
            found = unit.quarantine.get(record_id)
        if found is None:
            raise GatewayError(
                "roster.quarantine_unknown",
                Text(
                    ru=f"В карантине нет записи «{record_id}».", en=f"There is no record '{record_id}' in quarantine."
                ),
            )
        return found

    def view(self, kind: RecordKind, key: Key) -> RecordView:
        """Return a record as received, as mapped and as stored.

        Raises:
            GatewayError: ``roster.record_unknown``.
        """
        with self.units() as unit:
            return record_view(unit, kind, key)


def keep_what_came(unit: RosterUnit, snapshot: RosterSnapshot, *, at: datetime) -> None:
    """Keep the records of a snapshot as they came, and bring the quarantine of its source up to date.

    ``snapshot`` is as it was read, before matching and confining.
    """
    unit.received.put(snapshot.source, kept_records(snapshot), at=at)
    held = unit.quarantine.all(source=snapshot.source)
    if snapshot.rejected or held:
        unit.quarantine.put(quarantined(snapshot, held, at=at))


def record_view(unit: RosterTrail, kind: RecordKind, key: Key) -> RecordView:
    """Return a record as received, as mapped and as stored; raise ``roster.record_unknown`` where there is none."""
    state = unit.roster.state()
    stored = held_record(state, kind, key)
    return RecordView(kind=kind, key=key, stored=stored, received=tuple(unit.received.of(kind, key, stored)))
