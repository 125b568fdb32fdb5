"""The registry's SOAP 1.1 service, document/literal, by ``schemas/registry/1.0/registry.wsdl``."""

from __future__ import annotations

from functools import partial

from lxml import etree
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from gateway.errors import SchemaError
from gateway.sandbox.registry.holdings import BusyError, Page, Registry, SnapshotExpiredError, UnknownSchoolError
from gateway.sandbox.registry.records import NAMESPACE
from gateway.sandbox.server import Emulator, Route, named
from gateway.schemas.catalogue import schema_bytes
from gateway.schemas.xml import parse_xml

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
    """Return the service over a registry. Fault scripts name its operation ``GetRoster``."""
    return Emulator(
        "registry",
        (
            Route(rule="/", methods=("POST",), handler=partial(_get_roster, registry), operation=_operation),
            Route(rule="/", methods=("GET",), handler=_wsdl, operation=named("Wsdl")),
            Route(rule="/<name>.xsd", methods=("GET",), handler=_xsd, operation=named("Xsd")),
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


def _get_roster(registry: Registry, request: Request) -> Response:
    asked = _asked(request)
    if asked is None or asked.tag != etree.QName(NAMESPACE, "GetRoster"):
        return _fault("InvalidRequest", "the request is not a GetRoster message")
    school = _text(asked, "schoolId") or ""
    snapshot = _text(asked, "snapshotId")
    number = _text(asked, "page") or ""
    try:
        page = registry.page(school, snapshot, int(number) if number.isascii() and number.isdigit() else 0)
    except UnknownSchoolError:
        return _fault("UnknownSchool", "there is no such school", schoolId=school)
    except SnapshotExpiredError:
        return _fault("SnapshotExpired", "the snapshot is no longer kept", snapshotId=snapshot or "")
    except BusyError:
        return _fault("TooManyRequests", "slow down", retryAfter="1")
    except IndexError:
        return _fault("InvalidRequest", "the snapshot has no such page")
    return _envelope(_answer(page), status=200)


def _answer(page: Page) -> etree._Element:
    answer = etree.Element(etree.QName(NAMESPACE, "GetRosterResponse"), nsmap={None: NAMESPACE})
    for name, value in (
        ("snapshotId", page.snapshot_id),
        ("complete", "true" if page.complete else "false"),
        ("page", str(page.number)),
        ("pages", str(page.pages)),
    ):
        etree.SubElement(answer, etree.QName(NAMESPACE, name)).text = value
    totals = {_TOTALS[tag]: str(count) for tag, count in page.totals.items()}
    etree.SubElement(answer, etree.QName(NAMESPACE, "totals"), totals)
    sent = etree.SubElement(answer, etree.QName(NAMESPACE, "records"))
    sent.extend(etree.fromstring(one) for one in page.records)
    return answer


def _fault(kind: str, message: str, **attributes: str) -> Response:
    """Return a SOAP fault; HTTP carries it with status 500 (SOAP 1.1, 6.2)."""
    fault = etree.Element(etree.QName(_SOAP, "Fault"), nsmap={"soap": _SOAP})
    etree.SubElement(fault, "faultcode").text = "soap:Client"
    etree.SubElement(fault, "faultstring").text = message
    detail = etree.SubElement(fault, "detail")
    etree.SubElement(detail, etree.QName(NAMESPACE, kind), attributes, nsmap={None: NAMESPACE})
    return _envelope(fault, status=500)


def _envelope(content: etree._Element, *, status: int) -> Response:
    envelope = etree.Element(etree.QName(_SOAP, "Envelope"), nsmap={"soap": _SOAP})
    etree.SubElement(envelope, etree.QName(_SOAP, "Body")).append(content)
    body = etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
    return Response(body, status=status, mimetype="text/xml")


def _text(asked: etree._Element, name: str) -> str | None:
    return asked.findtext(etree.QName(NAMESPACE, name))
