"""The registry's SOAP 1.1 service, document/literal, by ``schemas/registry/1.1/registry.wsdl``; it speaks 1.0, too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from lxml import etree
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from gateway.errors import SchemaError
from gateway.sandbox.registry.changes import ChangesMovedError, ChangesPage, CursorExpiredError
from gateway.sandbox.registry.holdings import BusyError, Page, Registry, SnapshotExpiredError, UnknownSchoolError
from gateway.sandbox.registry.records import NAMESPACE
from gateway.sandbox.server import Emulator, Route, named
from gateway.schemas.catalogue import schema_bytes
from gateway.schemas.xml import parse_xml

_LATER = "urn:school-gateway:registry:1.1"
_SCHEMAS = {"1.0": ("messages.xsd", "roster.xsd"), "1.1": ("messages.xsd", "registry.wsdl")}
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_TOTALS = {
    "Pupil": "pupils",
    "Guardian": "guardians",
    "Guardianship": "guardianships",
    "Staff": "staff",
    "SchoolClass": "classes",
    "Enrollment": "enrollments",
}


def registry_emulator(registry: Registry) -> Emulator:
    """Return the service over a registry. Fault scripts name its operations ``GetRoster`` and ``GetRosterChanges``."""
    return Emulator(
        "registry",
        (
            Route(rule="/", methods=("POST",), handler=partial(_answered, registry), operation=_operation),
            Route(rule="/", methods=("GET",), handler=_wsdl, operation=named("Wsdl")),
            Route(rule="/<name>.xsd", methods=("GET",), handler=_xsd, operation=named("Xsd")),
            Route(rule="/<version>/<name>", methods=("GET",), handler=_schema, operation=named("Xsd")),
        ),
    )


def _wsdl(request: Request) -> Response:
    if "wsdl" not in request.args:
        raise NotFound
    return Response(schema_bytes("registry", "1.0", "registry.wsdl"), mimetype="text/xml")


def _xsd(_request: Request, name: str) -> Response:
    if name not in {"messages", "roster"}:
        raise NotFound
    return Response(schema_bytes("registry", "1.0", f"{name}.xsd"), mimetype="text/xml")


def _schema(_request: Request, version: str, name: str) -> Response:
    if name not in _SCHEMAS.get(version, ()):
        raise NotFound
    return Response(schema_bytes("registry", version, name), mimetype="text/xml")


def _operation(request: Request) -> str:
    asked = _asked(request)
    return "unreadable" if asked is None else etree.QName(asked).localname


def _asked(request: Request) -> etree._Element | None:
    """Return the element in the envelope's body, ``None`` where there is no envelope with one."""
    try:
        envelope = parse_xml(request.get_data())
    except SchemaError:
        return None
    body = envelope.find(etree.QName(_SOAP, "Body"))
    return None if body is None or len(body) != 1 else body[0]


def _answered(registry: Registry, request: Request) -> Response:
    asked = _asked(request)
    if asked is not None and asked.tag == etree.QName(NAMESPACE, "GetRoster"):
        return _told(asked, lambda: _roster(registry, asked))
    if asked is not None and asked.tag == etree.QName(_LATER, "GetRosterChanges") and registry.tells_changes:
        return _told(asked, lambda: _changes(registry, asked))
    return _fault("InvalidRequest", "there is no such operation")


def _told(asked: etree._Element, answer: Callable[[], etree._Element]) -> Response:
    """Return an answer, or the fault that stands in its place."""
    try:
        return _envelope(answer(), status=200)
    except UnknownSchoolError:
        return _fault("UnknownSchool", "there is no such school", schoolId=_text(asked, "schoolId") or "")
    except (SnapshotExpiredError, CursorExpiredError, ChangesMovedError) as error:
        return _expired(asked, error)
    except BusyError:
        return _fault("TooManyRequests", "slow down", retryAfter="1")
    except IndexError:
        return _fault("InvalidRequest", "there is no such page")


def _expired(asked: etree._Element, error: LookupError) -> Response:
    if isinstance(error, SnapshotExpiredError):
        return _fault("SnapshotExpired", "the snapshot is no longer kept", snapshotId=_text(asked, "snapshotId") or "")
    if isinstance(error, CursorExpiredError):
        since = _text(asked, "since") or ""
        return _fault("CursorExpired", "too long ago: read the roster whole", namespace=_LATER, since=since)
    return _fault("ChangesMoved", "the roster changed between two pages", namespace=_LATER)


def _roster(registry: Registry, asked: etree._Element) -> etree._Element:
    page = registry.page(_text(asked, "schoolId") or "", _text(asked, "snapshotId"), _page_number(asked))
    fields = {
        "snapshotId": page.snapshot_id,
        "complete": "true" if page.complete else "false",
        "page": str(page.number),
        "pages": str(page.pages),
    }
    answer = _answer(NAMESPACE, "GetRosterResponse", fields, page)
    _add_records(answer, NAMESPACE, page)
    return answer


def _changes(registry: Registry, asked: etree._Element) -> etree._Element:
    school, since = _text(asked, "schoolId") or "", _text(asked, "since") or ""
    page = registry.changes(school, since, _text(asked, "until"), _page_number(asked))
    fields = {"cursor": page.cursor, "page": str(page.number), "pages": str(page.pages)}
    answer = _answer(_LATER, "GetRosterChangesResponse", fields, page)
    gone = etree.SubElement(answer, etree.QName(_LATER, "gone"))
    for tag, *ids in page.gone:
        one = etree.SubElement(gone, etree.QName(_LATER, "record"), kind=tag)
        for each in ids:
            etree.SubElement(one, etree.QName(_LATER, "id")).text = each
    _add_records(answer, _LATER, page)
    return answer


def _answer(namespace: str, name: str, fields: Mapping[str, str], page: Page | ChangesPage) -> etree._Element:
    answer = etree.Element(etree.QName(namespace, name), nsmap={None: namespace})
    for field, value in fields.items():
        etree.SubElement(answer, etree.QName(namespace, field)).text = value
    totals = {_TOTALS[tag]: str(count) for tag, count in page.totals.items()}
    etree.SubElement(answer, etree.QName(namespace, "totals"), totals)
    return answer


def _add_records(answer: etree._Element, namespace: str, page: Page | ChangesPage) -> None:
    sent = etree.SubElement(answer, etree.QName(namespace, "records"))
    sent.extend(etree.fromstring(b"".join((b"<all>", *page.records, b"</all>"))))


def _page_number(asked: etree._Element) -> int:
    number = _text(asked, "page") or ""
    return int(number) if number.isascii() and number.isdigit() else 0


def _fault(kind: str, message: str, *, namespace: str = NAMESPACE, **attributes: str) -> Response:
    """Return a SOAP fault; HTTP carries it with status 500 (SOAP 1.1, 6.2)."""
    fault = etree.Element(etree.QName(_SOAP, "Fault"), nsmap={"soap": _SOAP})
    etree.SubElement(fault, "faultcode").text = "soap:Client"
    etree.SubElement(fault, "faultstring").text = message
    detail = etree.SubElement(fault, "detail")
    etree.SubElement(detail, etree.QName(namespace, kind), attributes, nsmap={None: namespace})
    return _envelope(fault, status=500)


def _envelope(content: etree._Element, *, status: int) -> Response:
    envelope = etree.Element(etree.QName(_SOAP, "Envelope"), nsmap={"soap": _SOAP})
    etree.SubElement(envelope, etree.QName(_SOAP, "Body")).append(content)
    body = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return Response(body, status=status, mimetype="text/xml")


def _text(asked: etree._Element, name: str) -> str | None:
    return asked.findtext(f"{{*}}{name}")
