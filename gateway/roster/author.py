"""Who answers for what is done to a roster."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """Who answers for a change, in which role, over which channel, and why."""

    actor: str
    role: str
    channel: str
    reason: str = ""
