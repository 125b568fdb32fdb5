"""The check that every document passes before it is signed: its schema, and what the recipient may see."""

from __future__ import annotations

from dataclasses import replace

from gateway.errors import Fault, Party, SchemaError, Text
from gateway.exports.definitions import ExportDefinition, disclosed_fields
from gateway.schemas.xml import parse_xml
from gateway.schemas.xml_validation import xml_faults


def document_faults(definition: ExportDefinition, document: bytes) -> tuple[Fault, ...]:
    """Return everything that keeps a document from leaving, empty when it may."""
    root = parse_xml(document)
    invalid = (replace(fault, who=Party.COORDINATOR) for fault in xml_faults(root, *definition.schema))
    excess = (_excess(path) for path in sorted(disclosed_fields(root) - definition.fields))
    return (*invalid, *excess)


def require_sound(definition: ExportDefinition, document: bytes) -> None:
    """Let a document pass that may leave.

    Raises:
        SchemaError: it may not (``export.invalid_document``); carries every fault.
    """
    faults = document_faults(definition, document)
    if faults:
        raise SchemaError(
            "export.invalid_document",
            Text(
                ru=f"Документ не прошёл проверку перед подписанием (замечаний: {len(faults)}) и не отправлен.",
                en=f"The document failed the check before signing ({len(faults)} faults) and was not sent.",
            ),
            faults=faults,
            who=Party.COORDINATOR,
            rule="R-EXCH-01",
        )


def _excess(path: str) -> Fault:
    return Fault(
        code="export.field_not_allowed",
        text=Text(
            ru=f"Поле «{path}» не входит в перечень того, что разрешено видеть получателю.",
            en=f"Field '{path}' is not on the list of what the recipient may see.",
        ),
        path=path,
        field=path.rpartition("@")[2],
        rule="R-SEC-06",
        who=Party.COORDINATOR,
    )
