"""The whole outside world of one made-up school: every emulator, each on a port of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from cryptography import x509

from gateway.model.school import SchoolClass
from gateway.sandbox.authority import authority_emulator
from gateway.sandbox.netschool import Account, class_journal, netschool_emulator, one_of_each_kind
from gateway.sandbox.oneroster import Holdings, oneroster_emulator
from gateway.sandbox.portal import PortalInbox, portal_emulator
from gateway.sandbox.registry import Registry, registry_emulator
from gateway.sandbox.school import SampleSchool
from gateway.sandbox.server import Emulator, RunningServer

_SCHOOL_WEEK = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideSettings:
    """What the outside world needs to know of the school's side.

    Attributes:
        roots: whom the authority believes.
        sender: the school's id at the authority.
        portal_secret: what the portal checks events with.
        netschool_password: of the account ``reader`` at the «Сетевой город»-style platform.
        class_name: the class which that platform shows.
        monday: the week into which differences are planted.
        oneroster_secret: of the client ``gateway`` at the OneRoster provider.
    """

    roots: Sequence[x509.Certificate]
    sender: str
    portal_secret: str = field(repr=False)
    netschool_password: str = field(repr=False)
    class_name: str
    monday: date
    oneroster_secret: str = field(default="sandbox", repr=False)


NETSCHOOL_LOGIN = "reader"
ONEROSTER_CLIENT = "gateway"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """The addresses of the running emulators."""

    registry: str
    netschool: str
    authority: str
    portal: str
    oneroster: str

    def as_json(self) -> dict[str, str]:
        """Return the addresses by platform."""
        return {
            "registry": self.registry,
            "netschool": self.netschool,
            "authority": self.authority,
            "portal": self.portal,
            "oneroster": self.oneroster,
        }


def open_outside(
    stack: ExitStack,
    sample: SampleSchool,
    settings: OutsideSettings,
    *,
    ports: Sequence[int] = (0, 0, 0, 0),
    oneroster_port: int = 0,
    clock: Callable[[], datetime] | None = None,
) -> Outside:
    """Start every emulator on loopback; the stack closes them.

    Args:
        stack: closes the servers.
        sample: the made-up school they are about.
        settings: what they know of the school's side.
        ports: of registry, «Сетевой город»-style platform, authority and portal; 0 takes a free one.
        oneroster_port: of the OneRoster provider; 0 takes a free one.
        clock: the present moment; the machine's clock without it.

    Raises:
        LookupError: the school has no class of the name wanted.
    """
    now = clock or (lambda: datetime.now(UTC))
    emulators = (
        registry_emulator(Registry({sample.school.registry_id: sample})),
        _netschool(sample, settings, now),
        authority_emulator(senders=[settings.sender], roots=settings.roots, clock=now),
        portal_emulator(PortalInbox(settings.portal_secret, now)),
        oneroster_emulator(Holdings(sample), credentials=f"{ONEROSTER_CLIENT}:{settings.oneroster_secret}"),
    )
    registry, netschool, authority, portal, oneroster = (
        stack.enter_context(RunningServer(emulator, port=port)).url
        for emulator, port in zip(emulators, (*ports, oneroster_port), strict=True)
    )
    return Outside(registry=registry, netschool=netschool, authority=authority, portal=portal, oneroster=oneroster)


def _netschool(sample: SampleSchool, settings: OutsideSettings, clock: Callable[[], datetime]) -> Emulator:
    journal = class_journal(sample, class_named(sample, settings.class_name).id)
    week = [settings.monday + timedelta(days=day) for day in range(_SCHOOL_WEEK)]
    account = Account(login=NETSCHOOL_LOGIN, password=settings.netschool_password, name="Читатель класса")
    return netschool_emulator(journal, account=account, planted=one_of_each_kind(journal, week), clock=clock)


def class_named(sample: SampleSchool, name: str) -> SchoolClass:
    """Return a class by its name (``5А``).

    Raises:
        LookupError: there is none.
    """
    for school_class in sample.classes:
        if school_class.name == name:
            return school_class
    raise LookupError(f"the made-up school has no class {name}")
