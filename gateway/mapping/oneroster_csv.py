"""Rows of OneRoster CSV files → objects as the REST binding has them, for `gateway.mapping.oneroster`. Pure.

Empty cells mean "not told": a CSV file has every column, also those that its writer knows nothing of, and nothing we
know is to be erased for that. References stay flat (``classSourcedId``), which the reading of objects understands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Cells = Mapping[str, str]

_LISTS = frozenset(
    {"termSourcedIds", "agentSourcedIds", "grades", "subjects", "subjectCodes", "periods", "resourceSourcedIds"}
)
_RENAMED = {"preferredGivenName": "preferredFirstName", "preferredFamilyName": "preferredLastName"}
"""Columns that REST calls otherwise."""
_USER_ID = re.compile(r"\{(?P<type>[^:{}]*):(?P<identifier>[^{}]*)\}")
_LIST_SIGNS = str.maketrans("", "", '"')


def object_in(cells: Cells, *, roles: Iterable[Cells] = ()) -> dict[str, Any]:
    """Return the object of a row; a user with the rows that tell of its roles."""
    told: dict[str, Any] = {}
    for column, cell in cells.items():
        if not (text := cell.strip()):
            continue
        if column in _LISTS:
            told[column] = list(listed(text))
        elif column == "userIds":
            told[column] = [one.groupdict() for one in _USER_ID.finditer(text)]
        else:
            told[_RENAMED.get(column, column)] = text
    if own := [object_in(one) for one in roles]:
        told["roles"] = own
    return told


def listed(cell: str) -> Iterator[str]:
    """Yield the parts of a cell that holds several (``a,b``)."""
    return (part for one in cell.translate(_LIST_SIGNS).split(",") if (part := one.strip()))


def numbers_in(cells: Cells) -> tuple[str, ...]:
    """Return the ids that a user's row says the person has elsewhere: ``userIds`` and the master identifier."""
    told = [one["identifier"].strip() for one in _USER_ID.finditer(cells.get("userIds", ""))]
    return tuple(dict.fromkeys(one for one in (*told, cells.get("userMasterIdentifier", "").strip()) if one))
