"""The kinds of record the journal has, and by what each record is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar, get_args, get_type_hints

from gateway.model.batch import Batch


class Record(Protocol):
    """A record of any of the kinds: a frozen dataclass of the model."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


RecordKey: TypeAlias = tuple[str, ...]
R = TypeVar("R", bound=Record)


class RecordKind(StrEnum):
    """Kinds of record, named and ordered like the fields of `Batch`: no kind refers to a later one."""

    POLICIES = "policies"
    YEARS = "years"
    PERIODS = "periods"
    VACATIONS = "vacations"
    SPECIAL_DAYS = "special_days"
    OUTAGES = "outages"
    SUBJECTS = "subjects"
    ROOMS = "rooms"
    BELLS = "bells"
    SCALES = "scales"
    WORK_TYPES = "work_types"
    ABSENCE_CODES = "absence_codes"
    GROUPS = "groups"
    REGIMES = "regimes"
    CURRICULA = "curricula"
    INDIVIDUAL_PLANS = "individual_plans"
    THEMATIC_PLANS = "thematic_plans"
    APPOINTMENTS = "appointments"
    LOADS = "loads"
    SLOTS = "slots"
    ATTESTATION_PLANS = "attestation_plans"
    CONTROL_WORKS = "control_works"
    STAFF_ATTESTATIONS = "staff_attestations"
    STAFF_CHANGES = "staff_changes"
    ACCOUNT_ORDERS = "account_orders"
    CREDENTIAL_ISSUES = "credential_issues"
    SUBMISSIONS = "submissions"
    MOVEMENT_ORDERS = "movement_orders"
    CONSENTS = "consents"
    SUBSTITUTIONS = "substitutions"
    TRANSFERS = "transfers"
    MEDICAL_CERTIFICATES = "medical_certificates"
    HEALTH_SHEETS = "health_sheets"
    STUDY_CERTIFICATES = "study_certificates"
    CORRECTIONS = "corrections"
    INCIDENTS = "incidents"
    LESSONS = "lessons"
    ABSENCES = "absences"
    ABSENCE_NOTES = "absence_notes"
    MAKE_UPS = "make_ups"
    MARKS = "marks"
    HOMEWORK = "homework"
    DEFERRALS = "deferrals"
    PERIOD_MARKS = "period_marks"
    MESSAGES = "messages"
    RECOMMENDATIONS = "recommendations"
    EVENTS = "events"
    TASKS = "tasks"
    PORTFOLIO = "portfolio"
    ACKNOWLEDGEMENTS = "acknowledgements"
    ERROR_REPORTS = "error_reports"
    PAPER_SLIPS = "paper_slips"
    PROFILE_VERIFICATIONS = "profile_verifications"
    PROFILE_ISSUES = "profile_issues"
    CONTROL_CHECKS = "control_checks"
    SUPPORT_TICKETS = "support_tickets"

    @property
    def one(self) -> str:
        """Name of one record of the kind, as the audit and the forms call it."""
        return _ONE.get(self.value, self.value.removesuffix("s"))


_ONE = {
    "policies": "policy",
    "bells": "bell_schedule",
    "curricula": "curriculum",
    "homework": "homework",
    "portfolio": "portfolio_item",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored(Generic[R]):
    """A record as the journal holds it; ``version`` counts its changes from 1."""

    record: R
    version: int


def _record_classes() -> Mapping[RecordKind, type[Any]]:
    hints = get_type_hints(Batch)
    return MappingProxyType({kind: get_args(hints[kind.value])[0] for kind in RecordKind})


RECORD_CLASSES: Mapping[RecordKind, type[Any]] = _record_classes()
"""The class of the records of each kind, as `Batch` has it."""

KIND_OF: Mapping[type[Any], RecordKind] = MappingProxyType({known: kind for kind, known in RECORD_CLASSES.items()})
"""The kind of each class of record."""

KEYS: Mapping[RecordKind, tuple[str, ...]] = MappingProxyType(
    {kind: getattr(known, "KEY", ("id",)) for kind, known in RECORD_CLASSES.items()}
)
"""The attributes that a record of each kind is known by inside its school."""

RESTRICTED: frozenset[RecordKind] = frozenset(
    kind for kind, known in RECORD_CLASSES.items() if getattr(known, "RESTRICTED", False)
)
"""Special categories of personal data (R-SEC-10): in no list, feed or export but for those with a right to them."""


def records_of(batch: Batch, kind: RecordKind) -> Sequence[Any]:
    """Return the batch's records of one kind."""
    records: Sequence[Any] = getattr(batch, kind.value)
    return records


def all_records(batch: Batch) -> Iterator[tuple[RecordKind, Any]]:
    """Yield every record of a batch with its kind, kinds in their order."""
    for kind in RecordKind:
        for record in records_of(batch, kind):
            yield kind, record


def key_of(record: Any) -> RecordKey:
    """Return what a record is known by inside its school and kind: ids as they are, days in ISO 8601."""
    return tuple(str(getattr(record, name)) for name in KEYS[KIND_OF[type(record)]])


def name_of(key: RecordKey) -> str:
    """Return a key as people read it: its parts with a blank between, which no id contains."""
    return " ".join(key)
