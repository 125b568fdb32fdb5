"""Where the platform is and who reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class NetschoolAccess:
    """An account at a platform.

    Attributes:
        url: address of the host, without ``/webapi``.
        school: the platform's number of the school, or its short name exactly as the platform writes it.
        login: name of the account; it must have a single role.
        password: its password.
        zone: IANA time zone of the platform's clock times.
        timeout: how long to wait for one answer.
    """

    url: str
    school: str
    login: str
    password: str = field(repr=False)
    zone: str = "Europe/Moscow"
    timeout: timedelta = timedelta(seconds=30)
