"""Talks to the intake: one call, its faults told in our own words."""

from __future__ import annotations

import hashlib
from typing import Any

from lxml import etree
from zeep.exceptions import Fault as SoapFault

from gateway.adapters.authority import PLATFORM
from gateway.adapters.authority.settings import AuthoritySettings
from gateway.adapters.soap import SoapService
from gateway.errors import Party, PermanentError, PlatformError, Text, TransientError
from gateway.schemas.catalogue import schema_path

_NAMESPACE = "urn:school-gateway:authority:intake:1.0"
_NS = f"{{{_NAMESPACE}}}"

_REFUSALS: dict[str, tuple[str, Party, Text]] = {
    "UnknownSender": (
        "authority.unknown_sender",
        Party.COORDINATOR,
        Text(
            ru="Орган управления образованием не знает отправителя; школу нужно зарегистрировать у него.",
            en="The education authority does not know the sender; the school has to register with it.",
        ),
    ),
    "DigestMismatch": (
        "authority.digest_mismatch",
        Party.PLATFORM_OPERATOR,
        Text(
            ru="До приёмного сервиса дошли не те байты, что были отправлены (контрольная сумма не совпала).",
            en="Other bytes arrived at the intake than were sent (the checksum does not match).",
        ),
    ),
    "InvalidPackage": (
        "authority.invalid_package",
        Party.COORDINATOR,
        Text(
            ru="Приёмный сервис не смог прочитать пакет: состав или опись не те.",
            en="The intake could not read the package: its members or its manifest are wrong.",
        ),
    ),
    "InvalidSignature": (
        "authority.invalid_signature",
        Party.DIRECTOR,
        Text(
            ru="Приёмный сервис не признал подпись под отчётом: проверьте сертификат директора.",
            en="The intake does not accept the signature: check the director's certificate.",
        ),
    ),
    "InvalidDocument": (
        "authority.invalid_document",
        Party.COORDINATOR,
        Text(
            ru="Приёмный сервис не принял документ: он не соответствует схеме получателя.",
            en="The intake does not accept the document: it is not valid by the recipient's schema.",
        ),
    ),
    "PackageIdReused": (
        "authority.package_id_reused",
        Party.COORDINATOR,
        Text(
            ru="Под этим номером приёмный сервис уже принял другой пакет.",
            en="The intake has already taken another package under this id.",
        ),
    ),
}


class IntakeClient:
    """The service of the WSDL at a configured address."""

    def __init__(self, settings: AuthoritySettings) -> None:
        self._sender = settings.sender
        self._service = SoapService(
            wsdl=schema_path("authority", "1.0", "intake.wsdl"),
            binding=f"{{{_NAMESPACE}:wsdl}}IntakeBinding",
            address=settings.address,
            platform=PLATFORM,
            answers=("authority", "1.0", "intake.xsd"),
            timeout=settings.timeout,
        )

    def submit_package(self, package: str, content: bytes) -> Any:
        """Call ``SubmitPackage`` and return zeep's value of the receipt.

        Raises:
            TransientError: no answer, or a failure of the service itself.
            PermanentError: one of the faults of the contract, or one that says that the request is wrong.
            ContractChanged: the answer is not the one of the WSDL.
        """
        return self._service.call(
            "SubmitPackage",
            on_fault=refusal,
            packageId=package,
            sender=self._sender,
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
        )

    def close(self) -> None:
        """Give the connections back."""
        self._service.close()


def refusal(fault: SoapFault) -> PlatformError:
    """Return what a SOAP fault means: a final refusal, unless it says that the service itself failed.

    The contract's detail is final whatever the fault's class. Otherwise a ``Server`` fault may pass (SOAP 1.1, 4.4.1),
    and so may a status 500 with XML that is no SOAP fault at all, which zeep gives a fault without a code.
    """
    detail = fault.detail if etree.iselement(fault.detail) else None
    code = detail.findtext(f"{_NS}IntakeFault/{_NS}code") if detail is not None else None
    if detail is not None and code in _REFUSALS:
        known, who, text = _REFUSALS[code]
        return PermanentError(known, text, who=who, answer=_told(detail))
    if fault.code is None or str(fault.code).rpartition(":")[2] == "Server":
        return TransientError(
            "authority.failed",
            Text(ru="В приёмном сервисе произошёл сбой.", en="The intake service failed."),
            answer=str(fault.message),
        )
    return PermanentError(
        "authority.refused",
        Text(
            ru="Приёмный сервис отказал по причине, которой нет в его описании.",
            en="The intake refused for a reason that its contract does not name.",
        ),
        who=Party.AUTHORITY,
        answer=str(fault.message),
    )


def _told(detail: etree._Element) -> str:
    """Return the faults of a refusal, one a line: place and reason."""
    return "\n".join(
        " ".join(text for text in fault.itertext() if text.strip()) for fault in detail.iter(f"{_NS}fault")
    )
