"""From the registry's records to a `RosterSnapshot`: each judged on its own, then against the others.

A bad record is turned away with its reasons and its raw form and never stops the good ones. What it may stand for is
*protected*: the plan does not treat it as absent.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import TypeVar

from lxml import etree

from gateway.errors import Fault, Party, Rejected, Text
from gateway.mapping.registry import (
    NAMESPACE,
    SOURCE,
    RecordReader,
    Texts,
    class_id,
    field_texts,
    guardian_id,
    pupil_id,
    staff_id,
)
from gateway.model.ids import SchoolId
from gateway.model.people import Enrollment, Guardian, Guardianship, Pupil, Staff, is_valid_snils
from gateway.model.roster import Key, Protected, Received, Record, RecordKind, RosterSnapshot
from gateway.model.roster_kind_names import ONE_NAMES
from gateway.model.school import SchoolClass
from gateway.schemas.xml_validation import xml_faults

KINDS: Mapping[str, RecordKind] = MappingProxyType(
    {
        "Staff": RecordKind.STAFF,
        "SchoolClass": RecordKind.CLASS,
        "Pupil": RecordKind.PUPIL,
        "Guardian": RecordKind.GUARDIAN,
        "Guardianship": RecordKind.GUARDIANSHIP,
        "Enrollment": RecordKind.ENROLLMENT,
    }
)
"""Elements of the schema and the kind of record each is."""

_TAGS = {f"{{{NAMESPACE}}}{tag}": (tag, kind) for tag, kind in KINDS.items()}

_IDENTITY: Mapping[RecordKind, tuple[str, ...]] = MappingProxyType(
    {
        RecordKind.STAFF: ("sourceId",),
        RecordKind.CLASS: ("sourceId",),
        RecordKind.PUPIL: ("sourceId",),
        RecordKind.GUARDIAN: ("sourceId",),
        RecordKind.GUARDIANSHIP: ("guardianId", "pupilId"),
        RecordKind.ENROLLMENT: ("pupilId", "classId", "validFrom"),
    }
)
_REFERENCES: Mapping[RecordKind, tuple[tuple[str, RecordKind], ...]] = MappingProxyType(
    {
        RecordKind.GUARDIANSHIP: (("guardianId", RecordKind.GUARDIAN), ("pupilId", RecordKind.PUPIL)),
        RecordKind.ENROLLMENT: (("pupilId", RecordKind.PUPIL), ("classId", RecordKind.CLASS)),
    }
)
"""The first ids of a relation: in which field each stands, and what it names."""

_READABLE_ID = re.compile(r"\S{1,64}")

_V = TypeVar("_V", Staff, SchoolClass, Pupil, Guardian, Guardianship, Enrollment)


@dataclass(kw_only=True, slots=True)
class _Met:
    """A record as it was met: what it is, where it stood, the ids that it names; its value once it is found good."""

    tag: str
    kind: RecordKind | None
    ids: tuple[str | None, ...]
    label: str
    line: int | None
    raw: str = field(repr=False)
    value: Record | None = field(default=None, repr=False)


_Check = Callable[[_Met], tuple[Fault, ...]]


class SnapshotReader:
    """Reads the records of one school page by page: a page is let go as soon as it was taken.

    What stays of a record is its value and the text it came as, not the tree it stood in.
    """

    def __init__(self, school: SchoolId) -> None:
        self._school = school
        self._values = RecordReader(school)
        self._met = 0
        self._counted: Counter[RecordKind | None] = Counter()
        self._kept: list[_Met] = []
        self._staff_named: set[str | None] = set()
        self._teachers: dict[str, str] = {}
        self._rejected: list[Rejected] = []
        self._protected: set[Protected] = set()

    @property
    def counts(self) -> dict[RecordKind, int]:
        """How many records of each kind there were, good or bad: what completeness is measured by."""
        return {kind: self._counted[kind] for kind in RecordKind}

    def take(self, records: Iterable[etree._Element]) -> None:
        """Take the records of one page, and judge each by itself."""
        for element in records:
            self._met += 1
            self._take(element)

    def snapshot(self, *, doubts: tuple[Text, ...] = ()) -> RosterSnapshot:
        """Return the snapshot that the records of all pages make; afterwards nothing is left here.

        Turned away are records that the schema refuses, a СНИЛС with wrong check digits, a period that ends before it
        begins, a repeated id (the first one stands), a reference to a record that is missing or turned away itself, and
        a second class at the same time. A class keeps naming a teacher who was turned away: the id is known and the
        teacher returns.
        """
        self._hold_against(_repetition())
        self._hold_against(self._dangling_teacher)
        known = {kind: {one.ids[0] for one in self._kept if one.kind is kind} for kind in RecordKind}
        self._hold_against(lambda one: _dangling(one, known))
        self._hold_against(_second_class())
        kept, self._kept = self._kept, []

        def of(kind: type[_V]) -> tuple[_V, ...]:
            return tuple(one.value for one in kept if isinstance(one.value, kind))

        return RosterSnapshot(
            source=SOURCE,
            school=self._school,
            doubts=doubts,
            staff=of(Staff),
            classes=of(SchoolClass),
            pupils=of(Pupil),
            guardians=of(Guardian),
            guardianships=of(Guardianship),
            enrollments=of(Enrollment),
            rejected=tuple(self._rejected),
            protected=frozenset(self._protected),
            received=tuple(
                Received(kind=one.kind, source_id=one.label, raw=one.raw) for one in kept if one.kind is not None
            ),
        )

    def _take(self, element: etree._Element) -> None:
        told = field_texts(element)
        met = _meet(element, told, self._met)
        kind = met.kind
        self._counted[kind] += 1
        if kind is RecordKind.STAFF:
            self._staff_named.add(met.ids[0])
        faults = _own_faults(met, element, told)
        if kind is None or faults:
            self._turn_away(met, faults)
            return
        if kind is RecordKind.CLASS:
            self._teachers.setdefault(met.label, told["classTeacherId"])
        met.value = self._value(kind, told)
        self._kept.append(met)

    def _value(self, kind: RecordKind, told: Texts) -> Record:
        match kind:
            case RecordKind.STAFF:
                return self._values.staff(told)
            case RecordKind.CLASS:
                return self._values.school_class(told)
            case RecordKind.PUPIL:
                return self._values.pupil(told)
            case RecordKind.GUARDIAN:
                return self._values.guardian(told)
            case RecordKind.GUARDIANSHIP:
                return self._values.guardianship(told)
            case RecordKind.ENROLLMENT:
                return self._values.enrollment(told)

    def _hold_against(self, check: _Check) -> None:
        kept: list[_Met] = []
        for one in self._kept:
            if faults := check(one):
                self._turn_away(one, faults)
            else:
                kept.append(one)
        self._kept = kept

    def _turn_away(self, one: _Met, faults: tuple[Fault, ...]) -> None:
        kind = one.kind.value if one.kind else one.tag
        self._rejected.append(Rejected(record=one.label, kind=kind, faults=faults, raw=one.raw))
        if one.kind is not None:
            self._protected.add(_protected(one.kind, one.ids, self._school))

    def _dangling_teacher(self, one: _Met) -> tuple[Fault, ...]:
        if one.kind is not RecordKind.CLASS or self._teachers[one.label] in self._staff_named:
            return ()
        teacher = self._teachers[one.label]
        return (_reference_fault(one, "classTeacherId", RecordKind.STAFF, teacher, rule="R-ROST-02"),)


def _meet(element: etree._Element, told: Texts, place: int) -> _Met:
    tag, kind = _TAGS.get(str(element.tag)) or (etree.QName(element).localname, None)
    ids = tuple(_readable(told.get(name)) for name in _IDENTITY[kind]) if kind else ()
    return _Met(
        tag=tag,
        kind=kind,
        ids=ids,
        label="/".join(part or "?" for part in ids) if any(ids) else f"#{place}",
        line=element.sourceline,
        raw=etree.tostring(element, encoding="unicode", with_tail=False),
    )


def _readable(text: str | None) -> str | None:
    return text if text is not None and _READABLE_ID.fullmatch(text) else None


def _own_faults(one: _Met, element: etree._Element, told: Texts) -> tuple[Fault, ...]:
    """Return what is wrong with a record by itself: by the schema, then by what a schema cannot say."""
    if one.kind is None:
        text = Text(
            ru="Элемент не описан схемой реестра.", en="The element is not one that the registry's schema describes."
        )
        return (_fault(one, "roster.unknown_record", text, rule="R-EXCH-01", who=Party.PLATFORM_OPERATOR),)
    if by_schema := xml_faults(element, "registry", "1.0", "roster.xsd"):
        return tuple(replace(fault, record=one.label, who=Party.PLATFORM_OPERATOR) for fault in by_schema)
    return tuple(_content_faults(one, told))


def _content_faults(one: _Met, told: Texts) -> Iterator[Fault]:
    snils = told.get("snils")
    if snils is not None and not is_valid_snils(snils):
        text = Text(ru="Контрольное число СНИЛС не сходится.", en="The check digits of the СНИЛС are wrong.")
        yield _fault(one, "roster.snils", text, field="snils", rule="ПФР 192п")
    first, last = told.get("validFrom"), told.get("validTo")
    if first is not None and last is not None and last < first:
        text = Text(ru="Период кончается раньше, чем начинается.", en="The period ends before it begins.")
        yield _fault(one, "roster.period_reversed", text, field="validTo", rule="R-ROST-20")


def _repetition() -> _Check:
    seen: set[tuple[RecordKind | None, tuple[str | None, ...]]] = set()

    def check(one: _Met) -> tuple[Fault, ...]:
        identity = (one.kind, one.ids)
        if identity not in seen:
            seen.add(identity)
            return ()
        text = Text(
            ru="Запись с таким идентификатором уже была; действует первая.",
            en="There was a record with this id before; the first one stands.",
        )
        return (_fault(one, "roster.duplicate", text, rule="R-EXCH-04"),)

    return check


def _dangling(one: _Met, known: Mapping[RecordKind, set[str | None]]) -> tuple[Fault, ...]:
    return tuple(
        _reference_fault(one, name, kind, named, rule="R-EXCH-04")
        for (name, kind), named in zip(_REFERENCES.get(one.kind, ()) if one.kind else (), one.ids, strict=False)
        if named not in known[kind]
    )


def _reference_fault(one: _Met, name: str, kind: RecordKind, named: str | None, *, rule: str) -> Fault:
    text = Text(
        ru=f"Запись ссылается на «{ONE_NAMES[kind].ru}», которого в составе нет или который отклонён.",
        en=f"The record refers to a {ONE_NAMES[kind].en} that is missing from the roster or was turned away.",
    )
    fault = _fault(one, "roster.unknown_reference", text, field=name, rule=rule)
    # The id that is missing, so that all who name it are seen as one problem.
    return replace(fault, value=named)


def _second_class() -> _Check:
    """Return the check that a pupil's enrolments do not overlap; the one met first stands."""
    taken: dict[str, list[tuple[date, date]]] = defaultdict(list)

    def check(one: _Met) -> tuple[Fault, ...]:
        place = one.value
        if not isinstance(place, Enrollment):
            return ()
        first, last = place.valid_from, place.valid_to or date.max
        if all(last < begins or ends < first for begins, ends in taken[place.pupil]):
            taken[place.pupil].append((first, last))
            return ()
        text = Text(
            ru="Ученик уже зачислен в это время в другой класс.",
            en="The pupil is already enrolled in a class at that time.",
        )
        return (_fault(one, "roster.two_classes", text, field="classId", rule="R-ROST-20"),)

    return check


def _fault(
    one: _Met,
    code: str,
    text: Text,
    *,
    rule: str,
    field: str | None = None,
    who: Party = Party.COORDINATOR,
) -> Fault:
    return Fault(
        code=code,
        text=text,
        path=f"/{one.tag}/{field}" if field else f"/{one.tag}",
        line=one.line,
        record=one.label,
        field=field,
        rule=rule,
        who=who,
    )


def _protected(kind: RecordKind, ids: tuple[str | None, ...], school: SchoolId) -> Protected:
    """Return what must not count as absent because this record was turned away (no id readable: the whole kind)."""
    prefix: Key = ()
    match kind, ids:
        case RecordKind.STAFF, (str(source_id),):
            prefix = (staff_id(school, source_id),)
        case RecordKind.CLASS, (str(source_id),):
            prefix = (class_id(school, source_id),)
        case RecordKind.PUPIL, (str(source_id),):
            prefix = (pupil_id(school, source_id),)
        case RecordKind.GUARDIAN, (str(source_id),):
            prefix = (guardian_id(school, source_id),)
        case RecordKind.GUARDIANSHIP, (str(guardian), str(pupil)):
            prefix = (guardian_id(school, guardian), pupil_id(school, pupil))
        case RecordKind.ENROLLMENT, (str(pupil), _, _):
            prefix = (pupil_id(school, pupil),)
    return Protected(kind=kind, prefix=prefix)
