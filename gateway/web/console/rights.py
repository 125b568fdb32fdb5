"""What a role may do at the console: nobody may what is not written here (``requirements``, permissions matrix)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from gateway.model.access import Role


class Right(StrEnum):
    """Something that not everybody at the console may do."""

    SEE_PEOPLE = "see_people"
    DECIDE = "decide"
    TAKE_ARCHIVE = "take_archive"


_MAY: Mapping[Right, frozenset[Role]] = {
    # Rows "View all journal pages" and "Pupil profile": director and deputies read, the others work.
    Right.SEE_PEOPLE: frozenset({Role.ADMINISTRATOR, Role.COORDINATOR, Role.DEPUTY, Role.DIRECTOR}),
    # Row "System parameters, import / export of arrays" of the matrix.
    Right.DECIDE: frozenset({Role.ADMINISTRATOR, Role.COORDINATOR}),
    # Rows "Sign PDF archive" and "Create archive copies, register, move media".
    Right.TAKE_ARCHIVE: frozenset({Role.ADMINISTRATOR, Role.DIRECTOR}),
}


def may(role: Role, right: Right) -> bool:
    """Tell whether a role has a right."""
    return role in _MAY[right]
