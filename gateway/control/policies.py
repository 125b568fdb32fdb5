"""What the school has decided where the regulations leave a question open, and deciding it (section 5, R-ROLE-15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gateway.control.acting import By
from gateway.control.writing import write
from gateway.errors import GatewayError, Text
from gateway.model.ids import RecordId, SchoolId
from gateway.model.journal_records import RecordKind
from gateway.model.policy import SettingDescription, describe, setting_faults
from gateway.model.school import PolicySetting
from gateway.ports.frame import Clock, Units
from gateway.ports.records import RecordsUnit

_PAGE = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class DecidedSetting:
    """A setting, what decides it now, and the school's decision if there is one that says something."""

    about: SettingDescription
    value: str
    decision: PolicySetting | None

    @property
    def is_default(self) -> bool:
        """Tell whether it has the value that the gateway gives it."""
        return self.value == self.about.default


@dataclass(frozen=True, kw_only=True, slots=True)
class Policies:
    """The decisions of one school."""

    school: SchoolId
    units: Units[RecordsUnit]
    clock: Clock

    def list(self) -> Sequence[DecidedSetting]:
        """Return every setting in the order of the conflicts; a decision that says nothing possible counts as none."""
        with self.units() as unit:
            page = unit.records.page(RecordKind.POLICIES, after=None, limit=_PAGE, where={})
        decisions = {held.record.id: held.record for held in page if not any(setting_faults(held.record))}
        return [_decided(about, decisions.get(RecordId(about.name))) for about in describe()]

    def get(self, name: str) -> DecidedSetting:
        """Return one setting.

        Raises:
            GatewayError: ``policy.unknown``.
        """
        found = next((one for one in self.list() if one.about.name == name), None)
        if found is None:
            raise GatewayError("policy.unknown", Text(ru=f"Правила «{name}» нет.", en=f"There is no setting '{name}'."))
        return found

    def decide(self, name: str, value: str, *, document: str, decided_on: date, by: By) -> None:
        """Write the school's decision down; what was decided before stays in the audit.

        Raises:
            DocumentError: ``control.record_refused``: there is no such setting, it cannot have the value, or the
                document is missing.
        """
        setting = PolicySetting(id=RecordId(name), value=value, decided_on=decided_on, document=document)
        with self.units() as unit:
            write(unit, setting, school=self.school, at=self.clock(), by=by)


def _decided(about: SettingDescription, decision: PolicySetting | None) -> DecidedSetting:
    return DecidedSetting(about=about, value=about.default if decision is None else decision.value, decision=decision)
