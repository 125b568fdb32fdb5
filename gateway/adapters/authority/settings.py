"""Settings of the authority's intake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class AuthoritySettings:
    """Where the intake is and who we are there.

    Attributes:
        address: address of the SOAP service.
        sender: id under which the authority knows this installation.
        timeout: how long an exchange may last, from connecting to the end of the answer.
    """

    address: str
    sender: str
    timeout: timedelta = timedelta(seconds=30)
