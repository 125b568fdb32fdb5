"""Where the registry is and how long we wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistrySettings:
    """Address of the service (its SOAP endpoint) and the longest wait for one answer."""

    address: str
    timeout: timedelta = timedelta(seconds=30)
