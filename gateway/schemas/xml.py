"""The one XML parser of the house: no DTD, no entities, no network, bounded depth.

zeep reads its own messages with the same three prohibitions switched on (``adapters/soap.py``).
"""

from __future__ import annotations

from lxml import etree

from gateway.errors import Fault, SchemaError, Text

MAX_DEPTH = 256
"""Nesting at which libxml2 stops (``xmlParserMaxDepth`` without ``huge_tree``)."""

MAX_ATTRIBUTES = 64
"""Attributes of one element, and namespaces declared on the root, at which a document is refused.

Copying and validating an element takes time that grows with the square of their number.
"""

_CROWDED = etree.XPath(f"descendant-or-self::*[@*[{MAX_ATTRIBUTES + 1}]]")


def parse_xml(data: bytes) -> etree._Element:
    """Return the root of a document, or raise `SchemaError` with line and reason.

    Refuses what is not well-formed (``xml.not_well_formed``), a document type declaration and with it every entity,
    internal or external (``xml.doctype``), nesting deeper than `MAX_DEPTH` (``xml.too_deep``), and more than
    `MAX_ATTRIBUTES` attributes of an element (``xml.too_many_attributes``) or namespaces of the root
    (``xml.too_many_namespaces``). Nothing outside the given bytes is ever read.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise syntax_error(error) from None
    check_no_doctype(root)
    check_width(root)
    return root


def check_no_doctype(root: etree._Element) -> None:
    """Raise `SchemaError` (``xml.doctype``) if a document type was declared before the root."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise refusal(
            "xml.doctype",
            Text(
                ru="Документ содержит объявление DOCTYPE; определения типов и сущности не принимаются.",
                en="The document has a DOCTYPE declaration; document types and entities are not accepted.",
            ),
            line=1,
        )


def check_width(root: etree._Element) -> None:
    """Raise `SchemaError` for too many namespaces of an element or attributes of it and all below."""
    if len(root.nsmap) > MAX_ATTRIBUTES:
        raise refusal(
            "xml.too_many_namespaces",
            Text(
                ru=f"В корневом элементе объявлено больше {MAX_ATTRIBUTES} пространств имён.",
                en=f"The root element declares more than {MAX_ATTRIBUTES} namespaces.",
            ),
            line=root.sourceline,
        )
    for crowded in _CROWDED(root):
        raise refusal(
            "xml.too_many_attributes",
            Text(
                ru=f"У элемента больше {MAX_ATTRIBUTES} атрибутов.",
                en=f"An element has more than {MAX_ATTRIBUTES} attributes.",
            ),
            line=crowded.sourceline,
        )


def syntax_error(error: etree.XMLSyntaxError) -> SchemaError:
    """Return the refusal of what the parser could not read."""
    line = error.lineno or 1  # an empty document has no line for the parser
    reason = (error.msg or "").split(", line")[0]
    if "depth" in reason.lower():
        return refusal(
            "xml.too_deep",
            Text(
                ru=f"Вложенность элементов превышает допустимую ({MAX_DEPTH} уровней).",
                en=f"Elements are nested deeper than allowed ({MAX_DEPTH} levels).",
            ),
            line=line,
        )
    return refusal(
        "xml.not_well_formed",
        Text(
            ru=f"Документ не является правильно построенным XML: {reason}.",
            en=f"The document is not well-formed XML: {reason}.",
        ),
        line=line,
    )


def refusal(code: str, text: Text, *, line: int | None) -> SchemaError:
    """Return the refusal of a document for one thing that is wrong with it."""
    rule = "XML 1.0, 2.1" if code == "xml.not_well_formed" else "R-SEC-07"
    return SchemaError(code, text, faults=(Fault(code=code, text=text, line=line, rule=rule),), rule=rule)
