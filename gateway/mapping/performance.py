"""The performance report as XML of ``urn:school-gateway:authority:performance:1.0``, in both directions.

Attributes carry everything; an indicator stands beside the numbers it follows from, and reading a document checks
that it does follow from them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from lxml import etree

from gateway.errors import Fault, MappingError, Party, Text
from gateway.model.ids import PeriodId, SubjectId
from gateway.model.indicators import MEAN, WEIGHTED_MEAN, Indicator, MarkSheet, mean, weighted_mean
from gateway.model.performance import (
    Attendance,
    ClassReport,
    ClassSubject,
    PerformanceReport,
    PupilReport,
    PupilSubject,
)
from gateway.model.school import FIRST_GRADE, Component, Period, PeriodKind, Subject

NAMESPACE = "urn:school-gateway:authority:performance:1.0"
SCHEMA_VERSION = "1.0"

_FORMULAS = (MEAN, WEIGHTED_MEAN)
_NS = f"{{{NAMESPACE}}}"


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentHeader:
    """What tells one document from another that says the same: its package, its moment, the day of the class lists."""

    package: str
    created_at: datetime
    counted_on: date


def performance_document(report: PerformanceReport, header: DocumentHeader) -> bytes:
    """Return the report as a document in UTF-8: the same bytes for the same arguments.

    Raises:
        MappingError: a text holds a character that XML cannot carry (``performance.character``).
    """
    root = _report_element(report)
    root.set("packageId", header.package)
    root.set("createdAt", header.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    root.set("countedOn", header.counted_on.isoformat())
    etree.indent(root, space=" ")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"


def content_digest(report: PerformanceReport) -> str:
    """Return the SHA-256 (hex) of what the report says: its canonical XML (C14N) without the header."""
    return hashlib.sha256(etree.tostring(_report_element(report), method="c14n", exclusive=False)).hexdigest()


def read_performance(root: etree._Element) -> tuple[PerformanceReport, DocumentHeader]:
    """Return the report and header of a document that is valid by its schema.

    Raises:
        MappingError: the document uses other formulas than ours (``performance.formula``), or states means that do
            not follow from its numbers (``performance.indicator``).
    """
    faults = tuple(_indicator_faults(root))
    if faults:
        raise MappingError(faults[0].code, faults[0].text, faults=faults)
    report = PerformanceReport(
        school=_text(root, "school"),
        period=_read_period(_child(root, "period")),
        subjects=tuple(_read_subject(element) for element in _child(root, "subjects").iterchildren(f"{_NS}subject")),
        classes=tuple(_read_class(element) for element in root.iter(f"{_NS}firstGradeClass", f"{_NS}class")),
    )
    header = DocumentHeader(
        package=_text(root, "packageId"),
        created_at=datetime.fromisoformat(_text(root, "createdAt")),
        counted_on=date.fromisoformat(_text(root, "countedOn")),
    )
    return report, header


def _report_element(report: PerformanceReport) -> etree._Element:
    root = etree.Element(f"{_NS}PerformanceReport", nsmap={None: NAMESPACE})
    try:
        _set(root, schemaVersion=SCHEMA_VERSION, school=report.school)
        _add_period(root, report.period)
        formulas = _add(root, "formulas")
        for formula in _FORMULAS:
            _add(formulas, "formula", id=formula.id, version=formula.version).text = formula.text.ru
        subjects = _add(root, "subjects")
        for subject in report.subjects:
            _add(subjects, "subject", id=subject.id, name=subject.name, component=subject.component)
        for school_class in report.classes:
            _add_class(root, school_class)
    except ValueError as error:  # lxml's answer to control characters
        text = Text(
            ru="Идентификатор или название содержит символ, недопустимый в XML; исправьте его в журнале или реестре.",
            en="An id or a name holds a character that XML does not allow; mend it in the journal or the registry.",
        )
        raise MappingError("performance.character", text, who=Party.COORDINATOR, rule="XML 1.0, 2.2") from error
    return root


def _add(parent: etree._Element, tag: str, /, **attributes: object) -> etree._Element:
    element = etree.SubElement(parent, f"{_NS}{tag}")
    _set(element, **attributes)
    return element


def _set(element: etree._Element, /, **attributes: object) -> None:
    """Set the attributes in the order given; those that are ``None`` are left out."""
    for name, value in attributes.items():
        if value is not None:
            element.set(name, str(value))


def _add_period(root: etree._Element, period: Period) -> None:
    _add(
        root,
        "period",
        id=period.id,
        year=period.year,
        kind=period.kind,
        number=period.number,
        start=period.start.isoformat(),
        end=period.end.isoformat(),
        firstGrade=period.first_grade,
        lastGrade=period.last_grade,
    )


def _add_class(root: etree._Element, report: ClassReport) -> None:
    if report.grade == FIRST_GRADE:
        element = _add(root, "firstGradeClass", id=report.registry_id, letter=report.letter)
    else:
        element = _add(root, "class", id=report.registry_id, grade=report.grade, letter=report.letter)
    for subject in report.subjects:
        taught = _add(element, "taught", subject=subject.subject, lessons=subject.lessons)
        if subject.marks is not None:
            _set_marks(taught, subject.marks)
    for pupil in report.pupils:
        row = _add(element, "pupil", id=pupil.registry_id)
        _add_attendance(row, pupil.attendance)
        for entry in pupil.subjects:
            _set_marks(_add(row, "marks", subject=entry.subject), entry.marks)


def _add_attendance(row: etree._Element, attendance: Attendance) -> None:
    _add(
        row,
        "attendance",
        lessons=attendance.lessons,
        illness=attendance.illness,
        excused=attendance.excused,
        unexcused=attendance.unexcused,
        unknown=attendance.unknown,
        late=attendance.late,
    )


def _set_marks(element: etree._Element, sheet: MarkSheet) -> None:
    _set(
        element,
        n5=sheet.fives,
        n4=sheet.fours,
        n3=sheet.threes,
        n2=sheet.twos,
        n1=sheet.ones,
        weight=sheet.weight,
        weightedSum=sheet.weighted_sum,
        mean=mean(sheet).value,
        weightedMean=weighted_mean(sheet).value,
    )


def _indicator_faults(root: etree._Element) -> Iterator[Fault]:
    """Yield a fault for every formula that is not ours and every mean that does not follow from its numbers."""
    formulas = _child(root, "formulas").iterchildren(f"{_NS}formula")
    stated = {(_text(formula, "id"), _number(formula, "version")) for formula in formulas}
    if stated != {(formula.id, formula.version) for formula in _FORMULAS}:
        text = Text(
            ru="Документ считает показатели по другим формулам или их версиям.",
            en="The document computes its indicators by other formulas or versions of them.",
        )
        yield Fault(code="performance.formula", text=text, path="/PerformanceReport/formulas", field="formula")
        return
    for element in root.iter(f"{_NS}taught", f"{_NS}marks"):
        if element.get("n5") is None:
            continue
        sheet = _read_marks(element)
        for name, indicator in (("mean", mean(sheet)), ("weightedMean", weighted_mean(sheet))):
            if not _states(element.get(name), indicator):
                yield _contradiction(element, name)


def _states(value: str | None, indicator: Indicator) -> bool:
    return (None if value is None else Decimal(value)) == indicator.value


def _contradiction(element: etree._Element, name: str) -> Fault:
    return Fault(
        code="performance.indicator",
        text=Text(
            ru=f"Показатель «{name}» не следует из чисел, стоящих рядом с ним.",
            en=f"Indicator '{name}' does not follow from the numbers beside it.",
        ),
        path=element.getroottree().getpath(element),
        line=element.sourceline,
        record=_text(element, "subject"),
        field=name,
    )


def _read_period(element: etree._Element) -> Period:
    return Period(
        id=PeriodId(_text(element, "id")),
        year=_number(element, "year"),
        kind=PeriodKind(_text(element, "kind")),
        number=_number(element, "number"),
        start=date.fromisoformat(_text(element, "start")),
        end=date.fromisoformat(_text(element, "end")),
        first_grade=_number(element, "firstGrade"),
        last_grade=_number(element, "lastGrade"),
    )


def _read_subject(element: etree._Element) -> Subject:
    return Subject(
        id=SubjectId(_text(element, "id")),
        name=_text(element, "name"),
        component=Component(_text(element, "component")),
    )


def _read_class(element: etree._Element) -> ClassReport:
    graded = element.tag == f"{_NS}class"
    return ClassReport(
        registry_id=_text(element, "id"),
        grade=_number(element, "grade") if graded else FIRST_GRADE,
        letter=_text(element, "letter"),
        subjects=tuple(
            ClassSubject(
                subject=SubjectId(_text(taught, "subject")),
                lessons=_number(taught, "lessons"),
                marks=_read_marks(taught) if graded else None,
            )
            for taught in element.iterchildren(f"{_NS}taught")
        ),
        pupils=tuple(_read_pupil(pupil) for pupil in element.iterchildren(f"{_NS}pupil")),
    )


def _read_pupil(element: etree._Element) -> PupilReport:
    attendance = _child(element, "attendance")
    return PupilReport(
        registry_id=_text(element, "id"),
        attendance=Attendance(
            lessons=_number(attendance, "lessons"),
            illness=_number(attendance, "illness"),
            excused=_number(attendance, "excused"),
            unexcused=_number(attendance, "unexcused"),
            unknown=_number(attendance, "unknown"),
            late=_number(attendance, "late"),
        ),
        subjects=tuple(
            PupilSubject(subject=SubjectId(_text(marks, "subject")), marks=_read_marks(marks))
            for marks in element.iterchildren(f"{_NS}marks")
        ),
    )


def _read_marks(element: etree._Element) -> MarkSheet:
    return MarkSheet(
        fives=_number(element, "n5"),
        fours=_number(element, "n4"),
        threes=_number(element, "n3"),
        twos=_number(element, "n2"),
        ones=_number(element, "n1"),
        weight=_number(element, "weight"),
        weighted_sum=_number(element, "weightedSum"),
    )


def _child(element: etree._Element, name: str) -> etree._Element:
    """Return a child that the schema requires."""
    child = element.find(f"{_NS}{name}")
    if child is None:
        raise LookupError(f"{name} is missing: the document was not held against its schema")
    return child


def _text(element: etree._Element, name: str) -> str:
    return str(element.attrib[name])


def _number(element: etree._Element, name: str) -> int:
    return int(element.attrib[name])
