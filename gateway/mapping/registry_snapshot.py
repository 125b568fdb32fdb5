"""From the registry's records to a `RosterSnapshot`: each judged on its own, then against the others.

A bad record is turned away with its reasons and its raw form and never stops the good ones. What it may stand for is
*protected*: the plan does not treat it as absent.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from lxml import etree

from gateway.errors import Fault, Party, Rejected, Text
from gateway.mapping.registry import (
    NAMESPACE,
    SOURCE,
    class_id,
    field_text,
    guardian_id,
    pupil_id,
    read_class,
    read_enrollment,
    read_guardian,
    read_guardianship,
    read_pupil,
    read_staff,
    staff_id,
)
from gateway.model.ids import SchoolId
from gateway.model.people import is_valid_snils
from gateway.model.roster import Key, Protected, Received, RecordKind, RosterSnapshot
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
_READABLE_ID = re.compile(r"\S{1,64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Received:
    """A record as it came: its kind (``None`` for an element we do not know) and the ids it names."""

    element: etree._Element = field(repr=False)
    kind: RecordKind | None
    ids: tuple[str | None, ...]
    label: str


_Check = Callable[[_Received], tuple[Fault, ...]]


def count_kinds(elements: Iterable[etree._Element]) -> dict[RecordKind, int]:
    """Return how many records of each kind there are, good or bad: what completeness is measured by."""
    counted = Counter(_kind(element) for element in elements)
    return {kind: counted[kind] for kind in RecordKind}


def read_snapshot(
    elements: Sequence[etree._Element], *, school: SchoolId, doubts: tuple[Text, ...] = ()
) -> RosterSnapshot:
    """Return the snapshot that the records of all pages make.

    Turned away are records that the schema refuses, a СНИЛС with wrong check digits, a period that ends before it
    begins, a repeated id (the first one stands), a reference to a record that is missing or turned away itself, and a
    second class at the same time. A class keeps naming a teacher who was turned away: the id is known and the teacher
    returns.
    """
    received = [_receive(element, place) for place, element in enumerate(elements, start=1)]
    staff_named = {one.ids[0] for one in received if one.kind is RecordKind.STAFF}
    sieve = _Sieve(kept=received)
    sieve.hold_against(_own_faults)
    sieve.hold_against(_repetition())
    sieve.hold_against(lambda one: _dangling_teacher(one, staff_named))
    known = {kind: {one.ids[0] for one in sieve.kept if one.kind is kind} for kind in RecordKind}
    sieve.hold_against(lambda one: _dangling(one, known))
    sieve.hold_against(_second_class())

    def of(kind: RecordKind) -> Iterator[etree._Element]:
        return (one.element for one in sieve.kept if one.kind is kind)

    return RosterSnapshot(
        source=SOURCE,
        school=school,
        doubts=doubts,
        staff=tuple(read_staff(element, school) for element in of(RecordKind.STAFF)),
        classes=tuple(read_class(element, school) for element in of(RecordKind.CLASS)),
        pupils=tuple(read_pupil(element, school) for element in of(RecordKind.PUPIL)),
        guardians=tuple(read_guardian(element, school) for element in of(RecordKind.GUARDIAN)),
        guardianships=tuple(read_guardianship(element, school) for element in of(RecordKind.GUARDIANSHIP)),
        enrollments=tuple(read_enrollment(element, school) for element in of(RecordKind.ENROLLMENT)),
        rejected=tuple(_rejected(one, faults) for one, faults in sieve.turned_away),
        protected=frozenset(
            _protected(one.kind, one.ids, school) for one, _ in sieve.turned_away if one.kind is not None
        ),
        received=tuple(
            Received(kind=one.kind, source_id=one.label, raw=_raw(one)) for one in sieve.kept if one.kind is not None
        ),
    )


@dataclass(kw_only=True, slots=True)
class _Sieve:
    """Records that have passed every check so far, and those that have not, with their faults."""

    kept: list[_Received]
    turned_away: list[tuple[_Received, tuple[Fault, ...]]] = field(default_factory=list)

    def hold_against(self, check: _Check) -> None:
        judged = [(one, check(one)) for one in self.kept]
        self.kept = [one for one, faults in judged if not faults]
        self.turned_away += [(one, faults) for one, faults in judged if faults]


def _kind(element: etree._Element) -> RecordKind | None:
    name = etree.QName(element)
    return KINDS.get(name.localname) if name.namespace == NAMESPACE else None


def _receive(element: etree._Element, place: int) -> _Received:
    kind = _kind(element)
    ids = tuple(_readable(field_text(element, name)) for name in _IDENTITY[kind]) if kind else ()
    label = "/".join(part or "?" for part in ids) if any(ids) else f"#{place}"
    return _Received(element=element, kind=kind, ids=ids, label=label)


def _readable(text: str | None) -> str | None:
    return text if text is not None and _READABLE_ID.fullmatch(text) else None


def _own_faults(one: _Received) -> tuple[Fault, ...]:
    """Return what is wrong with a record by itself: by the schema, then by what a schema cannot say."""
    if one.kind is None:
        text = Text(
            ru="Элемент не описан схемой реестра.", en="The element is not one that the registry's schema describes."
        )
        return (_fault(one, "roster.unknown_record", text, rule="R-EXCH-01", who=Party.PLATFORM_OPERATOR),)
    if by_schema := xml_faults(one.element, "registry", "1.0", "roster.xsd"):
        return tuple(replace(fault, record=one.label, who=Party.PLATFORM_OPERATOR) for fault in by_schema)
    return tuple(_content_faults(one))


def _content_faults(one: _Received) -> Iterator[Fault]:
    snils = field_text(one.element, "snils")
    if snils is not None and not is_valid_snils(snils):
        text = Text(ru="Контрольное число СНИЛС не сходится.", en="The check digits of the СНИЛС are wrong.")
        yield _fault(one, "roster.snils", text, field="snils", rule="ПФР 192п")
    first, last = field_text(one.element, "validFrom"), field_text(one.element, "validTo")
    if first is not None and last is not None and last < first:
        text = Text(ru="Период кончается раньше, чем начинается.", en="The period ends before it begins.")
        yield _fault(one, "roster.period_reversed", text, field="validTo", rule="R-ROST-20")


def _repetition() -> _Check:
    seen: set[tuple[RecordKind | None, tuple[str | None, ...]]] = set()

    def check(one: _Received) -> tuple[Fault, ...]:
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


def _dangling_teacher(one: _Received, staff_named: set[str | None]) -> tuple[Fault, ...]:
    if one.kind is not RecordKind.CLASS or field_text(one.element, "classTeacherId") in staff_named:
        return ()
    return (_reference_fault(one, "classTeacherId", RecordKind.STAFF, rule="R-ROST-02"),)


_REFERENCES: Mapping[RecordKind, tuple[tuple[str, RecordKind], ...]] = MappingProxyType(
    {
        RecordKind.GUARDIANSHIP: (("guardianId", RecordKind.GUARDIAN), ("pupilId", RecordKind.PUPIL)),
        RecordKind.ENROLLMENT: (("pupilId", RecordKind.PUPIL), ("classId", RecordKind.CLASS)),
    }
)


def _dangling(one: _Received, known: Mapping[RecordKind, set[str | None]]) -> tuple[Fault, ...]:
    references = _REFERENCES.get(one.kind, ()) if one.kind else ()
    return tuple(
        _reference_fault(one, name, kind, rule="R-EXCH-04")
        for name, kind in references
        if field_text(one.element, name) not in known[kind]
    )


def _reference_fault(one: _Received, name: str, kind: RecordKind, *, rule: str) -> Fault:
    text = Text(
        ru=f"Запись ссылается на «{kind}», которого в составе нет или который отклонён.",
        en=f"The record refers to a {kind} that is missing from the roster or was turned away.",
    )
    fault = _fault(one, "roster.unknown_reference", text, field=name, rule=rule)
    # The id that is missing, so that all who name it are seen as one problem.
    return replace(fault, value=_readable(field_text(one.element, name)))


def _second_class() -> _Check:
    """Return the check that a pupil's enrolments do not overlap; the one met first stands."""
    taken: dict[str | None, list[tuple[date, date]]] = defaultdict(list)

    def check(one: _Received) -> tuple[Fault, ...]:
        if one.kind is not RecordKind.ENROLLMENT:
            return ()
        first = date.fromisoformat(field_text(one.element, "validFrom") or "")
        last = date.fromisoformat(field_text(one.element, "validTo") or date.max.isoformat())
        if all(last < begins or ends < first for begins, ends in taken[one.ids[0]]):
            taken[one.ids[0]].append((first, last))
            return ()
        text = Text(
            ru="Ученик уже зачислен в это время в другой класс.",
            en="The pupil is already enrolled in a class at that time.",
        )
        return (_fault(one, "roster.two_classes", text, field="classId", rule="R-ROST-20"),)

    return check


def _fault(
    one: _Received,
    code: str,
    text: Text,
    *,
    rule: str,
    field: str | None = None,
    who: Party = Party.COORDINATOR,
) -> Fault:
    child = one.element.find(etree.QName(NAMESPACE, field)) if field else None
    place = one.element if child is None else child
    return Fault(
        code=code,
        text=text,
        path=one.element.getroottree().getpath(place),
        line=place.sourceline,
        record=one.label,
        field=field,
        rule=rule,
        who=who,
    )


def _rejected(one: _Received, faults: tuple[Fault, ...]) -> Rejected:
    return Rejected(
        record=one.label,
        kind=one.kind.value if one.kind else etree.QName(one.element).localname,
        faults=faults,
        raw=_raw(one),
    )


def _raw(one: _Received) -> str:
    return etree.tostring(one.element, encoding="unicode", with_tail=False)


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
