"""Who acts in the flows of control."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class By:
    """Who acts: a login, a member of staff or whoever sits at the command line; in which role, from which address."""

    actor: str
    role: str
    source: str = ""
