"""What each export is: its document, its recipient, and the fields that the recipient may see."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from gateway.mapping import performance


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportDefinition:
    """An export.

    Attributes:
        name: its name in commands, tables and the queue.
        schema: name, version and file of its schema in the catalogue.
        namespace: XML namespace of its document.
        recipient: destination in the outbox.
        member: name of the document inside the package.
        fields: paths of every element text and attribute that the recipient may see (R-SEC-06).
    """

    name: str
    schema: tuple[str, str, str]
    namespace: str
    recipient: str
    member: str
    fields: frozenset[str]

    @property
    def schema_version(self) -> str:
        """Version of the document's schema."""
        return self.schema[1]

    @property
    def signature_member(self) -> str:
        """Name of the document's detached signature inside the package."""
        return f"{self.member}.p7s"


def disclosed_fields(root: etree._Element) -> frozenset[str]:
    """Return the paths of everything that a document tells: ``a/b@c`` for an attribute, ``a/b`` for a text."""
    fields: set[str] = set()
    paths = {root: etree.QName(root).localname}
    for element in root.iter(etree.Element):
        parent = element.getparent()
        if parent is not None:
            paths[element] = f"{paths[parent]}/{etree.QName(element).localname}"
        path = paths[element]
        fields.update(f"{path}@{name}" for name in element.keys())  # noqa: SIM118  an element iterates over children
        if element.text and element.text.strip():
            fields.add(path)
    return frozenset(fields)


def _under(path: str, *names: str) -> set[str]:
    return {f"{path}@{name}" for name in names}


_CURRENT_MARKS = ("n5", "n4", "n3", "n2", "n1", "weight", "weightedSum", "mean", "weightedMean")
_ATTENDANCE = ("lessons", "illness", "excused", "unexcused", "unknown", "late")
_ROOT = "PerformanceReport"

PERFORMANCE = ExportDefinition(
    name="performance",
    schema=("authority", performance.SCHEMA_VERSION, "performance.xsd"),
    namespace=performance.NAMESPACE,
    recipient="authority",
    member="performance.xml",
    fields=frozenset(
        _under(_ROOT, "schemaVersion", "packageId", "createdAt", "countedOn", "school")
        | _under(f"{_ROOT}/period", "id", "year", "kind", "number", "start", "end", "firstGrade", "lastGrade")
        | {f"{_ROOT}/formulas/formula"}
        | _under(f"{_ROOT}/formulas/formula", "id", "version")
        | _under(f"{_ROOT}/subjects/subject", "id", "name", "component")
        | _under(f"{_ROOT}/firstGradeClass", "id", "letter")
        | _under(f"{_ROOT}/firstGradeClass/taught", "subject", "lessons")
        | _under(f"{_ROOT}/firstGradeClass/pupil", "id")
        | _under(f"{_ROOT}/firstGradeClass/pupil/attendance", *_ATTENDANCE)
        | _under(f"{_ROOT}/class", "id", "grade", "letter")
        | _under(f"{_ROOT}/class/taught", "subject", "lessons", *_CURRENT_MARKS)
        | _under(f"{_ROOT}/class/pupil", "id")
        | _under(f"{_ROOT}/class/pupil/attendance", *_ATTENDANCE)
        | _under(f"{_ROOT}/class/pupil/marks", "subject", *_CURRENT_MARKS)
    ),
)
"""«Успеваемость и посещаемость за период» for the education authority (R-EXCH-05)."""
