"""What has changed in the registry since an earlier reading: the operation that contract 1.1 adds to 1.0."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from zeep.exceptions import Fault as SoapFault

from gateway.adapters.registry import PLATFORM
from gateway.adapters.registry.settings import RegistrySettings
from gateway.adapters.soap import SoapService
from gateway.errors import ContractChanged, PermanentError, PlatformError, Text, TransientError
from gateway.model.roster import RecordKind
from gateway.schemas.catalogue import schema_path

_BINDING = "{urn:school-gateway:registry:1.1}RegistrySoap"


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangesPage:
    """One page of changes: up to where they go, the totals of all pages, how many records are gone, the records."""

    cursor: str
    number: int
    pages: int
    totals: Mapping[RecordKind, int]
    gone: int
    records: tuple[etree._Element, ...] = field(repr=False)


class ChangesMoved(TransientError):
    """The roster changed between two pages: begin again."""


class RegistryChangesClient:
    """The registry's operation ``GetRosterChanges``."""

    def __init__(
        self,
        settings: RegistrySettings,
        *,
        totals: Callable[[Any], Mapping[RecordKind, int]],
        on_fault: Callable[[SoapFault], PlatformError],
    ) -> None:
        """Take how totals are read and what the faults of 1.0 mean."""
        self._totals = totals
        self._on_fault = on_fault
        self._service = SoapService(
            wsdl=schema_path("registry", "1.1", "registry.wsdl"),
            binding=_BINDING,
            address=settings.address,
            platform=PLATFORM,
            timeout=settings.timeout,
            answers=("registry", "1.1", "messages.xsd"),
        )

    def page(self, registry_school_id: str, *, since: str, until: str | None, number: int) -> ChangesPage:
        """Return a page of what has changed since an earlier reading; ``until`` of ``None`` begins anew.

        Raises:
            ChangesMoved: the roster has changed since the first page.
            PermanentError: ``registry.no_changes``: the registry speaks 1.0, or refuses to say; ``cursor_expired``:
                it does not remember that far back.
            TransientError: no answer, or the registry asks to slow down.
            ContractChanged: the answer is not what the WSDL promises.
        """
        asked: dict[str, object] = {"schoolId": registry_school_id, "since": since, "page": number}
        if until is not None:
            asked["until"] = until
        answer = self._service.call("GetRosterChanges", on_fault=self._refusal, **asked)
        page = self._read(answer)
        if page.number != number or (until is not None and page.cursor != until):
            raise ContractChanged(
                "registry.wrong_page",
                Text(
                    ru=f"Реестр прислал страницу {page.number} вместо {number} или страницу других изменений.",
                    en=f"The registry sent page {page.number} instead of {number}, or a page of other changes.",
                ),
            )
        return page

    def close(self) -> None:
        """Give the connections back."""
        self._service.close()

    def _read(self, answer: Any) -> ChangesPage:
        """Return the page of an answer that its schema has let pass."""
        sent = answer.records._value_1 if answer.records is not None else None  # noqa: SLF001  zeep's name for xs:any
        return ChangesPage(
            cursor=str(answer.cursor),
            number=int(answer.page),
            pages=int(answer.pages),
            totals=self._totals(answer.totals),
            gone=len(answer.gone.record or ()) if answer.gone is not None else 0,
            records=tuple(record for record in sent or () if isinstance(record.tag, str)),
        )

    def _refusal(self, fault: SoapFault) -> PlatformError:
        """Return our error for a fault; one that 1.1 does not name comes from a registry that speaks 1.0."""
        detail = next(fault.detail.iterchildren("*"), None) if etree.iselement(fault.detail) else None
        match etree.QName(detail).localname if detail is not None else "":
            case "CursorExpired":
                return PermanentError(
                    "registry.cursor_expired",
                    Text(
                        ru="Реестр уже не помнит изменений с прошлого чтения.",
                        en="The registry no longer remembers what has changed since the last reading.",
                    ),
                )
            case "ChangesMoved":
                return moved()
            case "UnknownSchool" | "TooManyRequests":
                return self._on_fault(fault)
            case _:
                return PermanentError(
                    "registry.no_changes",
                    Text(
                        ru="Реестр не отдаёт изменений (операции GetRosterChanges у него нет, или он отказал).",
                        en="The registry tells no changes (it has no operation GetRosterChanges, or it refused).",
                    ),
                )


def moved() -> ChangesMoved:
    """Return the error of changes whose pages are not of one moment."""
    return ChangesMoved(
        "registry.changes_moved",
        Text(
            ru="Состав школы в реестре менялся, пока читали изменения.",
            en="The school's roster changed in the registry while its changes were read.",
        ),
    )
