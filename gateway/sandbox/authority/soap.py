"""SOAP 1.1 envelopes of the intake, read and written by hand."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree
from werkzeug.wrappers import Response

from gateway.errors import SchemaError
from gateway.sandbox.authority.refusals import Refusal
from gateway.schemas.xml import parse_xml
from gateway.schemas.xml_validation import xml_faults

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_INTAKE = "urn:school-gateway:authority:intake:1.0"
_E, _I = f"{{{_ENVELOPE}}}", f"{{{_INTAKE}}}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """A request ``SubmitPackage``."""

    package: str
    sender: str
    sha256: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class IntakeReceipt:
    """The answer ``Receipt``; ``rejected`` are pupils' ids that the authority does not know."""

    id: str
    package: str
    sha256: str
    accepted_at: datetime
    status: str
    records_accepted: int
    rejected: tuple[str, ...]


class NotASubmissionError(Exception):
    """The request is no envelope with a valid ``SubmitPackage``."""


def read_submission(data: bytes) -> Submission:
    """Return the request in an envelope.

    Raises:
        NotASubmissionError: it is none.
    """
    try:
        body = parse_xml(data).find(f"{_E}Body")
        request = None if body is None else body.find(f"{_I}SubmitPackage")
        if request is None or xml_faults(request, "authority", "1.0", "intake.xsd"):
            raise NotASubmissionError
        content = base64.b64decode(request.findtext(f"{_I}content", ""), validate=False)
    except (SchemaError, binascii.Error):
        raise NotASubmissionError from None
    return Submission(
        package=request.findtext(f"{_I}packageId", ""),
        sender=request.findtext(f"{_I}sender", ""),
        sha256=request.findtext(f"{_I}sha256", ""),
        content=content,
    )


def receipt_answer(receipt: IntakeReceipt) -> Response:
    """Return a receipt as an answer."""
    root, body = _envelope()
    element = etree.SubElement(body, f"{_I}Receipt", nsmap={None: _INTAKE})
    _add(element, "receiptId", receipt.id)
    _add(element, "packageId", receipt.package)
    _add(element, "sha256", receipt.sha256)
    _add(element, "acceptedAt", receipt.accepted_at.isoformat())
    _add(element, "status", receipt.status)
    _add(element, "recordsAccepted", str(receipt.records_accepted))
    for pupil in receipt.rejected:
        rejected = etree.SubElement(element, f"{_I}rejected")
        _add(rejected, "record", pupil)
        _add(rejected, "code", "unknown_pupil")
        _add(rejected, "reason", "The authority does not know a pupil with this id.")
    return _answer(root, status=200)


def refusal_answer(refusal: Refusal) -> Response:
    """Return a refusal as a SOAP fault with the contract's detail."""
    root, fault = _fault("Client", refusal.reason)
    detail = etree.SubElement(fault, "detail")
    element = etree.SubElement(detail, f"{_I}IntakeFault", nsmap={None: _INTAKE})
    _add(element, "code", refusal.code.value)
    for place in refusal.places:
        entry = etree.SubElement(element, f"{_I}fault")
        _add(entry, "path", place.path)
        if place.line is not None:
            _add(entry, "line", str(place.line))
        _add(entry, "reason", place.reason)
    return _answer(root, status=500)


def not_understood() -> Response:
    """Return the fault for a request that is no submission."""
    return _answer(_fault("Client", "The request is no envelope with a valid SubmitPackage.")[0], status=500)


def _envelope() -> tuple[etree._Element, etree._Element]:
    root = etree.Element(f"{_E}Envelope", nsmap={"soap": _ENVELOPE})
    return root, etree.SubElement(root, f"{_E}Body")


def _fault(code: str, text: str) -> tuple[etree._Element, etree._Element]:
    root, body = _envelope()
    fault = etree.SubElement(body, f"{_E}Fault")
    etree.SubElement(fault, "faultcode").text = f"soap:{code}"
    etree.SubElement(fault, "faultstring").text = text
    return root, fault


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{_I}{name}").text = text


def _answer(root: etree._Element, *, status: int) -> Response:
    content = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return Response(content, status=status, content_type="text/xml; charset=utf-8")
