"""Field locks: a value that the school has set survives every sync until the school gives it free."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from gateway.errors import GatewayError, Text
from gateway.model.people import Relation, Sex, Status, is_valid_snils
from gateway.model.roster import Key, RecordKind, Scalar
from gateway.model.roster_change import Change, RowChange
from gateway.model.roster_field_names import field_called

_IDENTITY = frozenset({"source_id", "guardian", "pupil", "school_class", "valid_from"})
"""Fields that say which record it is: nobody sets them by hand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldLock:
    """A field whose value is the school's: who locked it, when and why."""

    kind: RecordKind
    key: Key
    field: str
    locked_at: datetime
    locked_by: str
    reason: str = dataclasses.field(default="", repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Locks:
    """Locked fields by record."""

    fields: Mapping[tuple[RecordKind, Key], frozenset[str]] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, locks: Collection[FieldLock]) -> Locks:
        """Return the index of the locks."""
        found: dict[tuple[RecordKind, Key], frozenset[str]] = {}
        for one in locks:
            found[one.kind, one.key] = found.get((one.kind, one.key), frozenset()) | {one.field}
        return cls(fields=found)

    def on(self, kind: RecordKind, key: Key) -> frozenset[str]:
        """Return the locked fields of a record."""
        return self.fields.get((kind, key), frozenset())


NO_LOCKS = Locks()


def locked(changes: Iterable[Change], locks: Collection[FieldLock]) -> tuple[RowChange, ...]:
    """Return the rows of changes that would write a locked field."""
    kept = Locks.of(locks)
    return tuple(row for change in changes for row in change.rows if kept.on(row.kind, row.key) & row.new.keys())


def _text(text: str) -> Scalar:
    return text


def _day(text: str) -> Scalar:
    return date.fromisoformat(text).isoformat()


def _number(text: str) -> Scalar:
    return int(text)


def _truth(text: str) -> Scalar:
    return {"true": True, "false": False}[text]


def _snils(text: str) -> Scalar:
    if not is_valid_snils(text):
        raise ValueError
    return text


_READERS: Mapping[str, Callable[[str], Scalar]] = {
    "birth_date": _day,
    "valid_to": _day,
    "year": _number,
    "grade": _number,
    "archived": _truth,
    "sex": lambda text: Sex(text).value,
    "status": lambda text: Status(text).value,
    "relation": lambda text: Relation(text).value,
    "snils": _snils,
}
_MAY_BE_NOTHING = frozenset({"snils", "portal_user", "class_teacher", "valid_to"})


def may_be_locked(name: str) -> bool:
    """Tell whether a field of a roster record may be locked: all but those that say which record it is."""
    return name not in _IDENTITY


def field_value(name: str, text: str) -> Scalar:
    """Return the value that a person has written for a field; nothing written is no value, where the field allows it.

    Raises:
        GatewayError: ``roster.lock_value``: this is no value of the field.
    """
    if not text and name in _MAY_BE_NOTHING:
        return None
    try:
        return _READERS.get(name, _text)(text)
    except (ValueError, KeyError):
        raise no_value(name) from None


def no_value(name: str) -> GatewayError:
    """Return the error of a text that is no value of a field."""
    told = field_called(name)
    return GatewayError(
        "roster.lock_value",
        Text(
            ru=f"Это не значение поля {told.ru}: дата пишется ГГГГ-ММ-ДД, число — цифрами, СНИЛС — с верным "
            "контрольным числом, код — из перечня, классный руководитель — идентификатором действующего сотрудника.",
            en=f"This is no value of the field {told.en}: a date is written YYYY-MM-DD, a number in digits, a СНИЛС "
            "with the right check digits, a code as listed, a class teacher by the id of a member of staff in force.",
        ),
    )
