"""What a record looks like from outside: its fields, their names, types, limits and links.

Read once from the record's class. Schemas, forms, tables, lists and the links between records are all made from
shapes, so a new field of a record appears in every one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum
from functools import cache
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, NewType, Union, get_args, get_origin, get_type_hints

from gateway.model import ids
from gateway.model.fields import Bounds, Length, Sealed
from gateway.model.journal_records import KEYS, RECORD_CLASSES, RecordKind


class FieldType(StrEnum):
    """What one value of a field is."""

    ID = "id"
    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    DAY = "day"
    MOMENT = "moment"
    CLOCK_TIME = "clock_time"
    CHOICE = "choice"
    RECORD = "record"


class RosterKind(StrEnum):
    """Kinds of record that registries bring and journal records name."""

    PUPILS = "pupils"
    GUARDIANS = "guardians"
    STAFF = "staff"
    CLASSES = "classes"


Linked = RecordKind | RosterKind


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordField:
    """One field of a record.

    Attributes:
        name: attribute of the class.
        label: name outside, in JSON, XML, CSV and addresses.
        holds: what one value is.
        many: the field holds a list of values.
        required: it has to be there; else `default` is meant where it is not.
        nullable: it is required and may be ``None``, which says something (R-JRNL-03).
        default: value of a field that is not there.
        length: bounds of a text; of an id they are those of `ID_PATTERN`.
        bounds: bounds of a number.
        choices: the enumeration of a choice.
        record: the class of a nested record.
        links_to: the kind of record that an id names; ``None`` for ids that name nothing kept here.
        sealed: kept encrypted.
    """

    name: str
    label: str
    holds: FieldType
    many: bool = False
    required: bool = True
    nullable: bool = False
    default: Any = None
    length: Length | None = None
    bounds: Bounds | None = None
    choices: type[StrEnum] | None = None
    record: type[Any] | None = None
    links_to: Linked | None = None
    sealed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordShape:
    """A class of record: its fields in their order, and what it is, in one sentence."""

    record: type[Any]
    title: str
    fields: tuple[RecordField, ...]

    def field(self, name: str) -> RecordField:
        """Return the field that is an attribute of the class; raise `KeyError` if there is none."""
        for known in self.fields:
            if known.name == name:
                return known
        raise KeyError(name)


ID_PATTERN = "[!-~Ѐ-ӿ]{1,64}"
"""Ids: 1 to 64 printable ASCII or Cyrillic characters, no blanks."""

_LINKS: Mapping[Any, Linked] = MappingProxyType(
    {
        ids.PupilId: RosterKind.PUPILS,
        ids.GuardianId: RosterKind.GUARDIANS,
        ids.StaffId: RosterKind.STAFF,
        ids.ClassId: RosterKind.CLASSES,
        ids.YearId: RecordKind.YEARS,
        ids.PeriodId: RecordKind.PERIODS,
        ids.GroupId: RecordKind.GROUPS,
        ids.SubjectId: RecordKind.SUBJECTS,
        ids.LessonId: RecordKind.LESSONS,
        ids.MarkId: RecordKind.MARKS,
        ids.RoomId: RecordKind.ROOMS,
        ids.BellScheduleId: RecordKind.BELLS,
        ids.ScaleId: RecordKind.SCALES,
        ids.WorkTypeId: RecordKind.WORK_TYPES,
        ids.CurriculumId: RecordKind.CURRICULA,
        ids.ThematicPlanId: RecordKind.THEMATIC_PLANS,
        ids.ControlWorkId: RecordKind.CONTROL_WORKS,
        ids.SubstitutionId: RecordKind.SUBSTITUTIONS,
        ids.TransferId: RecordKind.TRANSFERS,
        ids.OutageId: RecordKind.OUTAGES,
        ids.CorrectionId: RecordKind.CORRECTIONS,
        ids.MakeUpId: RecordKind.MAKE_UPS,
        ids.MedicalCertificateId: RecordKind.MEDICAL_CERTIFICATES,
        ids.StudyCertificateId: RecordKind.STUDY_CERTIFICATES,
    }
)
"""The kind of record that each type of id names; `RecordId` names none."""

_SCALARS: Mapping[type[Any], FieldType] = MappingProxyType(
    {
        str: FieldType.TEXT,
        int: FieldType.NUMBER,
        bool: FieldType.FLAG,
        date: FieldType.DAY,
        datetime: FieldType.MOMENT,
        time: FieldType.CLOCK_TIME,
    }
)


@cache
def shape_of(record: type) -> RecordShape:
    """Return the shape of a class of record."""
    title = (record.__doc__ or "").split("\n\n", 1)[0].replace("\n    ", " ")
    return RecordShape(record=record, title=title, fields=tuple(_fields(record)))


def shape_of_kind(kind: RecordKind) -> RecordShape:
    """Return the shape of the records of a kind."""
    record: type = RECORD_CLASSES[kind]
    return shape_of(record)


def key_fields(kind: RecordKind) -> tuple[RecordField, ...]:
    """Return the fields that a record of a kind is known by."""
    shape = shape_of_kind(kind)
    return tuple(shape.field(name) for name in KEYS[kind])


def label_of(name: str) -> str:
    """Return the name outside of an attribute: camel case, and ``class`` for what Python cannot call so."""
    first, *rest = name.removeprefix("school_").split("_") if name == "school_class" else name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _fields(record: type[Any]) -> Iterator[RecordField]:
    hints = get_type_hints(record, include_extras=True)
    for known in fields(record):
        required = known.default is MISSING and known.default_factory is MISSING
        found = _field(known.name, hints[known.name], required=required, default=None if required else known.default)
        yield replace(found, links_to=None) if known.name == "id" else found


def _field(name: str, hint: Any, *, required: bool, default: Any) -> RecordField:
    hint, optional = _without_none(hint)
    many = get_origin(hint) is tuple
    if many:
        hint = get_args(hint)[0]
    limits: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, *rest = get_args(hint)
        limits = tuple(rest)
    return RecordField(
        name=name,
        label=label_of(name),
        holds=_type(hint),
        many=many,
        required=required,
        nullable=optional and required,
        default=default,
        length=next((limit for limit in limits if isinstance(limit, Length)), None),
        bounds=next((limit for limit in limits if isinstance(limit, Bounds)), None),
        choices=hint if isinstance(hint, type) and issubclass(hint, StrEnum) else None,
        record=hint if is_dataclass(hint) and isinstance(hint, type) else None,
        links_to=_LINKS.get(hint) if isinstance(hint, NewType) else None,
        sealed=any(isinstance(limit, Sealed) for limit in limits),
    )


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in {Union, UnionType}:
        (kept,) = (part for part in get_args(hint) if part is not NoneType)
        return kept, True
    return hint, False


def _type(hint: Any) -> FieldType:
    if isinstance(hint, NewType):
        return FieldType.ID
    if is_dataclass(hint):
        return FieldType.RECORD
    if issubclass(hint, StrEnum):
        return FieldType.CHOICE
    return _SCALARS[hint]


KIND_NAMED: Mapping[str, RecordKind] = MappingProxyType(
    {name: kind for kind in RecordKind for word in (kind.value, kind.one) for name in (label_of(word), word)}
)
"""The kind that a name means: the label of its list or of one record; with underscores, as it was once told, too."""
