"""A snapshot in the making: what was gathered, what we know, what has been turned away so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from gateway.errors import Fault, Party, Rejected, Text
from gateway.mapping.oneroster_gathering import Collection, Gathering
from gateway.model.ids import SchoolId, issued_id
from gateway.model.roster import Protected, RecordKind
from gateway.model.roster_kind_names import ONE_NAMES
from gateway.model.roster_known import Known


@dataclass(kw_only=True, slots=True)
class Making:
    """A snapshot in the making."""

    gathered: Gathering
    school: SchoolId
    source: str
    known: Known
    rejected: list[Rejected] = field(default_factory=list)
    protected: set[Protected] = field(default_factory=set)

    def issued(self, kind: RecordKind, source_id: str) -> str:
        """Return the id that we give to a record of the source."""
        return issued_id(self.school, self.source, kind.value, source_id)

    def turn_away(
        self, kind: RecordKind, source_id: str, raw: str, faults: Iterable[Fault], prefix: tuple[str, ...]
    ) -> None:
        """Turn a record away; ``prefix`` is the beginning of the keys it may stand for."""
        self.rejected.append(Rejected(record=source_id, kind=kind.value, faults=tuple(faults), raw=raw))
        self.protected.add(Protected(kind=kind, prefix=prefix))

    def raw(self, collection: Collection, source_id: str) -> str:
        """Return an object as it came."""
        return self.gathered.raw.get((collection, source_id), "")


def reference_fault(record: str, name: str, kind: RecordKind) -> Fault:
    """Return the fault of a record that names one which is not there."""
    text = Text(
        ru=f"Запись ссылается на «{ONE_NAMES[kind].ru}», которого в составе нет или который отклонён.",
        en=f"The record refers to a {ONE_NAMES[kind].en} that is missing from the roster or was turned away.",
    )
    return fault_of(code="roster.unknown_reference", text=text, record=record, field=name, rule="R-EXCH-04")


def fault_of(*, code: str, text: Text, record: str, field: str, rule: str) -> Fault:
    """Return a fault that the provider has to mend."""
    return Fault(code=code, text=text, record=record, field=field, rule=rule, who=Party.PLATFORM_OPERATOR)
