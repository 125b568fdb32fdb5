"""SOAP to other platforms: zeep over httpx, with the three XML prohibitions on and every error translated once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import zeep
from lxml import etree
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault as SoapFault
from zeep.transports import Transport

from gateway.adapters.http import broken_answer, fetch, http_client, status_error
from gateway.errors import ContractChanged, PlatformError, SchemaError, Text
from gateway.schemas.xml import parse_xml
from gateway.schemas.xml_validation import xml_faults

_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"

SchemaName = tuple[str, str, str]
"""Name, version and file of a schema of the catalogue."""


class HttpxTransport(Transport):
    """zeep's transport over httpx: bounded answers and our own errors instead of the library's."""

    def __init__(self, *, platform: str, timeout: timedelta, answers: SchemaName | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # zeep is typed only in parts
        self._platform = platform
        self._answers = answers
        self._client = http_client("", timeout=timeout)

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> httpx.Response:
        """Send an envelope; 500 is handed on because SOAP 1.1 faults travel with it (SOAP 1.1, 6.2)."""
        request = self._client.build_request("POST", address, content=message, headers=headers)
        response = fetch(self._client, request, platform=self._platform)
        is_fault = response.status_code == httpx.codes.INTERNAL_SERVER_ERROR and _is_xml(response)
        error = None if is_fault else status_error(response, platform=self._platform, now=datetime.now(UTC))
        if error is not None:
            raise error
        envelope = self._safe_xml(response.content)
        if self._answers is not None and response.is_success:
            self._must_be_valid(envelope, self._answers)
        # zeep would take a multipart answer apart and read another document than the one just checked.
        response.headers["Content-Type"] = "text/xml"
        return response

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def _safe_xml(self, answer: bytes) -> etree._Element:
        """Return an answer's root, or refuse it in the house parser's words (line and reason) before zeep sees it.

        What is not well-formed was damaged on its way and is worth another try; a document type or a depth that our
        parser refuses is not.
        """
        try:
            return parse_xml(answer)
        except SchemaError as error:
            line = error.faults[0].line
            if error.code == "xml.not_well_formed":
                raise broken_answer(error, platform=self._platform) from None
            raise ContractChanged(
                "platform.contract_changed",
                Text(
                    ru=f"Ответ платформы «{self._platform}» не принят (строка {line}): {error.text.ru}",
                    en=f"The answer of platform '{self._platform}' is refused (line {line}): {error.text.en}",
                ),
            ) from None

    def _must_be_valid(self, envelope: etree._Element, schema: SchemaName) -> None:
        """Hold what the body carries against its schema, as zeep does not; faults and odd envelopes are for zeep."""
        for content in envelope.iterfind(f"{_SOAP}Body/*"):
            if content.tag == f"{_SOAP}Fault":
                continue
            for fault in xml_faults(content, *schema):
                raise ContractChanged(
                    "platform.contract_changed",
                    Text(
                        ru=f"Ответ платформы «{self._platform}» не соответствует схеме (строка {fault.line}): "
                        f"{fault.text.ru}",
                        en=f"The answer of platform '{self._platform}' is not valid by its schema (line {fault.line}): "
                        f"{fault.text.en}",
                    ),
                )


def _is_xml(response: httpx.Response) -> bool:
    return "xml" in response.headers.get("Content-Type", "")


class SoapService:
    """A SOAP 1.1 service at a configured address, described by a WSDL that is carried in this package.

    The address inside a WSDL is never used: `address` is. With ``answers`` what an answer's body carries has to be
    valid by that schema.
    """

    def __init__(
        self,
        *,
        wsdl: Path,
        binding: str,
        address: str,
        platform: str,
        timeout: timedelta,
        answers: SchemaName | None = None,
    ) -> None:
        self._platform = platform
        self._transport = HttpxTransport(platform=platform, timeout=timeout, answers=answers)
        settings = zeep.Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=True)
        client = zeep.Client(str(wsdl), transport=self._transport, settings=settings)
        self._service = client.create_service(binding, address)

    def call(self, operation: str, *, on_fault: Callable[[SoapFault], PlatformError], **arguments: object) -> Any:
        """Call an operation and return zeep's value of the answer.

        Raises:
            PlatformError: what ``on_fault`` makes of a SOAP fault, or what the transport met.
            ContractChanged: the answer is not the one the WSDL promises (``platform.contract_changed``).
        """
        try:
            return self._service[operation](**arguments)
        except SoapFault as fault:
            raise on_fault(fault) from fault
        except (ZeepError, etree.XMLSyntaxError, ValueError, TypeError, LookupError, AttributeError):
            # The last two: zeep takes parts of an envelope for granted, for example that a Body is not empty.
            # "from None": zeep puts the whole answer, and with it personal data, into the text of its exceptions.
            raise ContractChanged(
                "platform.contract_changed",
                Text(
                    ru=f"Ответ платформы «{self._platform}» на «{operation}» не соответствует её описанию (WSDL).",
                    en=f"The answer of platform '{self._platform}' to '{operation}' is not what its WSDL promises.",
                ),
            ) from None

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()
