"""Holds an XML tree against an XSD of the catalogue and tells every fault with path and line.

lxml decides (it is the faster engine); only where it says no does `xmlschema` explain, element by element.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import islice
from threading import Lock
from typing import Any

import xmlschema
from lxml import etree

from gateway.errors import Fault, Text
from gateway.schemas.catalogue import schema_path

MAX_FAULTS = 1000
"""At most so many faults of one document are told."""

_EXPLAINED_ELEMENTS = 20_000
"""What a fault in a larger tree is, only lxml tells, by line: the time `xmlschema` takes grows faster than the tree."""

_validating = Lock()


def xml_faults(root: etree._Element, name: str, version: str, file: str) -> tuple[Fault, ...]:
    """Return every fault of a tree by a schema of the catalogue, empty when it is valid.

    A fault names the XPath and the source line of the element; at most `MAX_FAULTS` are told. The text never quotes
    the offending value (it may be personal data).
    """
    with _validating:  # one compiled schema is shared by all threads and lxml keeps its error log on it
        schema = _fast_schema(name, version, file)
        if schema.validate(root):
            return ()
        lines = [entry.line for entry in islice(schema.error_log, MAX_FAULTS)]
    if sum(1 for _ in islice(root.iter(), _EXPLAINED_ELEMENTS + 1)) > _EXPLAINED_ELEMENTS:
        return _unexplained(lines)
    errors = _explaining_schema(name, version, file).iter_errors(root)  # type: ignore[arg-type]  # lxml trees are accepted
    return tuple(_fault(root, error) for error in islice(errors, MAX_FAULTS)) or _unexplained(lines)


_NAMESPACE = re.compile(r"\{[^}]*\}|(?<=/)[^/:\[{]+:")
"""What stands before a local name in a path: a namespace in braces, or a prefix."""


@lru_cache(maxsize=32)
def _fast_schema(name: str, version: str, file: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(schema_path(name, version, file)))


@lru_cache(maxsize=32)
def _explaining_schema(name: str, version: str, file: str) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(schema_path(name, version, file)), allow="local", defuse="always")


def _unexplained(lines: Iterable[int]) -> tuple[Fault, ...]:
    """Return what only lxml has seen: where the two engines differ, the stricter one holds."""
    return tuple(
        Fault(
            code="xml.invalid",
            text=Text(ru="Документ не соответствует схеме.", en="The document does not match the schema."),
            line=line,
            rule="R-EXCH-01",
        )
        for line in lines
    )


def _fault(root: etree._Element, error: xmlschema.XMLSchemaValidationError) -> Fault:
    element: Any = root if error.elem is None else error.elem
    name = etree.QName(element).localname
    path = root.getroottree().getpath(element) if error.path is None else _NAMESPACE.sub("", error.path)
    reason = _reason(error)
    return Fault(
        code="xml.invalid",
        text=Text(ru=f"Элемент «{name}»: {reason.ru}.", en=f"Element '{name}': {reason.en}."),
        path=path,
        line=element.sourceline,
        field=name,
        rule="R-EXCH-01",
    )


def _reason(error: xmlschema.XMLSchemaValidationError) -> Text:
    if isinstance(error, xmlschema.XMLSchemaChildrenValidationError):
        return _children_reason(error)
    validator = type(error.validator).__name__
    for part, text in _REASONS.items():
        if part in validator:
            return text
    return Text(ru="значение не соответствует схеме", en="the value does not match the schema")


def _children_reason(error: xmlschema.XMLSchemaChildrenValidationError) -> Text:
    expected = ", ".join(sorted({str(name).rsplit("}", 1)[-1] for name in error.expected_tags or []}))
    found = str(error.invalid_tag).rsplit("}", 1)[-1] if error.invalid_tag else None
    if found is None:
        return Text(ru=f"не хватает элемента ({expected})", en=f"an element is missing ({expected})")
    if expected:
        return Text(
            ru=f"элемент «{found}» здесь не допускается, ожидается: {expected}",
            en=f"element '{found}' is not allowed here, expected: {expected}",
        )
    return Text(ru=f"элемент «{found}» здесь не допускается", en=f"element '{found}' is not allowed here")


_REASONS = {
    "Pattern": Text(ru="значение не соответствует образцу", en="the value does not match the pattern"),
    "Enumeration": Text(ru="значение не из допустимого списка", en="the value is not one of the allowed"),
    "Length": Text(ru="недопустимая длина значения", en="the length of the value is not allowed"),
    "Inclusive": Text(ru="значение вне допустимых пределов", en="the value is out of bounds"),
    "Exclusive": Text(ru="значение вне допустимых пределов", en="the value is out of bounds"),
    "Attribute": Text(
        ru="не хватает обязательного атрибута или атрибут лишний или недопустим",
        en="a required attribute is missing, or an attribute is not allowed or not valid",
    ),
    "Builtin": Text(ru="значение не того типа", en="the value is not of the right type"),
    "Key": Text(ru="повтор или отсутствие ключа", en="a key is repeated or missing"),
    "Unique": Text(
        ru="повтор значения, которое должно быть единственным", en="a value that must be unique is repeated"
    ),
}
