"""Values as cells of a CSV file that somebody will open in a spreadsheet."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def harmless(value: object) -> object:
    """Return a value that no spreadsheet takes for a formula: such a text gets an apostrophe in front.

    Names come from sources that nobody here controls, and a formula may send what stands beside it anywhere.
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
