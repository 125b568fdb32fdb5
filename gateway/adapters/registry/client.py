"""Talks to the registry: one page a call, every SOAP fault in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from lxml import etree
from zeep.exceptions import Fault as SoapFault

from gateway.adapters.http import delay_seconds
from gateway.adapters.registry import PLATFORM
from gateway.adapters.registry.changes import ChangesPage, RegistryChangesClient
from gateway.adapters.registry.settings import RegistrySettings
from gateway.adapters.soap import SoapService
from gateway.errors import ContractChanged, Party, PermanentError, PlatformError, Text, TransientError
from gateway.model.roster import RecordKind
from gateway.schemas.catalogue import schema_path

_BINDING = "{urn:school-gateway:registry:1.0}RegistrySoap"
_TOTALS: Mapping[str, RecordKind] = MappingProxyType(
    {
        "staff": RecordKind.STAFF,
        "classes": RecordKind.CLASS,
        "pupils": RecordKind.PUPIL,
        "guardians": RecordKind.GUARDIAN,
        "guardianships": RecordKind.GUARDIANSHIP,
        "enrollments": RecordKind.ENROLLMENT,
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page of a snapshot: which one of how many, the totals of all pages, the records not yet judged."""

    snapshot_id: str
    number: int
    pages: int
    complete: bool
    totals: Mapping[RecordKind, int]
    records: tuple[etree._Element, ...] = field(repr=False)


class SnapshotExpired(TransientError):
    """The registry no longer keeps the snapshot: begin again."""


class RegistryClient:
    """The registry's operations: that of contract 1.0, and the one that 1.1 adds, opened when it is asked for."""

    def __init__(self, settings: RegistrySettings) -> None:
        self._settings = settings
        self._changes: RegistryChangesClient | None = None
        self._service = SoapService(
            wsdl=schema_path("registry", "1.0", "registry.wsdl"),
            binding=_BINDING,
            address=settings.address,
            platform=PLATFORM,
            timeout=settings.timeout,
        )

    def page(self, registry_school_id: str, *, snapshot_id: str | None, number: int) -> Page:
        """Return a page of a school's roster; ``snapshot_id`` of ``None`` begins a new snapshot.

        Raises:
            SnapshotExpired: the registry no longer keeps the snapshot.
            TransientError: no answer, or the registry asks to slow down.
            PermanentError: an unknown school, or a request the registry refuses.
            ContractChanged: the answer is not what the WSDL promises.
        """
        asked: dict[str, object] = {"schoolId": registry_school_id, "page": number}
        if snapshot_id is not None:
            asked["snapshotId"] = snapshot_id
        answer = self._service.call("GetRoster", on_fault=_platform_error, **asked)
        page = _page(answer)
        if page.number != number or not page.snapshot_id:
            raise ContractChanged(
                "registry.wrong_page",
                Text(
                    ru=f"Реестр прислал страницу {page.number} вместо {number}.",
                    en=f"The registry sent page {page.number} instead of {number}.",
                ),
            )
        return page

    def changes_page(self, registry_school_id: str, *, since: str, until: str | None, number: int) -> ChangesPage:
        """Return a page of what has changed: `RegistryChangesClient.page`."""
        if self._changes is None:
            self._changes = RegistryChangesClient(self._settings, totals=_totals, on_fault=_platform_error)
        return self._changes.page(registry_school_id, since=since, until=until, number=number)

    def close(self) -> None:
        """Give the connections back."""
        self._service.close()
        if self._changes is not None:
            self._changes.close()


def _totals(told: Any) -> dict[RecordKind, int]:
    return {kind: int(told[name]) for name, kind in _TOTALS.items()}


def _page(answer: Any) -> Page:
    try:
        totals = _totals(answer.totals)
        sent = answer.records._value_1 if answer.records is not None else None  # noqa: SLF001  zeep's name for xs:any
        return Page(
            snapshot_id=str(answer.snapshotId or ""),
            number=int(answer.page),
            pages=int(answer.pages),
            complete=answer.complete is True,
            totals=totals,
            records=tuple(record for record in sent or () if isinstance(record.tag, str)),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ContractChanged(
            "registry.answer_incomplete",
            Text(
                ru="В ответе реестра не хватает обязательного поля (snapshotId, complete, page, pages, totals).",
                en="The registry's answer lacks a required field (snapshotId, complete, page, pages, totals).",
            ),
        ) from None


def _platform_error(fault: SoapFault) -> PlatformError:
    """Return our error for a SOAP fault, told by the first element of its detail."""
    detail = next(fault.detail.iterchildren("*"), None) if etree.iselement(fault.detail) else None
    kind = etree.QName(detail).localname if detail is not None else ""
    match kind:
        case "UnknownSchool":
            return PermanentError(
                "registry.unknown_school",
                Text(
                    ru="Реестр не знает этой школы: проверьте её идентификатор в реестре.",
                    en="The registry does not know this school: check its registry id.",
                ),
                who=Party.COORDINATOR,
            )
        case "SnapshotExpired":
            return SnapshotExpired(
                "registry.snapshot_expired",
                Text(
                    ru="Реестр больше не хранит этот снимок состава.", en="The registry no longer keeps this snapshot."
                ),
            )
        case "TooManyRequests":
            return TransientError(
                "registry.too_many_requests",
                Text(ru="Реестр просит обращаться реже.", en="The registry asks to be called less often."),
                retry_after=delay_seconds(detail.get("retryAfter", "")) if detail is not None else None,
            )
        case "InvalidRequest":
            return PermanentError(
                "registry.invalid_request",
                Text(ru="Реестр не принял наш запрос.", en="The registry refused our request."),
            )
        case _:
            return _unknown_fault(fault)


def _unknown_fault(fault: SoapFault) -> PlatformError:
    """A fault the WSDL does not describe: the server's own trouble may pass, a refusal will not."""
    if str(fault.code or "").endswith("Server"):
        return TransientError(
            "registry.server_fault",
            Text(ru="Реестр сообщил о внутренней ошибке.", en="The registry reported an internal error."),
        )
    return PermanentError(
        "registry.fault",
        Text(
            ru="Реестр отказал с ошибкой, которой нет в его описании.",
            en="The registry refused with a fault that its description does not name.",
        ),
    )
