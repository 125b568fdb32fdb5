"""What the adapter has to be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class PortalSettings:
    """Where the portal takes events, and the secret shared with it that they are signed with."""

    events_url: str
    secret: str = field(repr=False)
    timeout: timedelta = timedelta(seconds=15)
