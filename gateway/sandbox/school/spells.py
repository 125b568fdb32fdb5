"""Spells of several successive days, such as an illness, found for any one day without walking through the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gateway.sandbox.school.draws import fraction

_BLOCK_DAYS = 28


@dataclass(frozen=True, kw_only=True, slots=True)
class SpellKind:
    """How often a spell begins (chance in four weeks) and how many calendar days it lasts (28 at the most)."""

    name: str
    chance: float
    shortest: int
    longest: int


def in_spell(kind: SpellKind, day: date, *whose: object) -> bool:
    """Tell whether the day lies in a spell of the one named by the key ``whose``."""
    today = day.toordinal()
    this_block = today // _BLOCK_DAYS
    return any(_covers(kind, block, today, whose) for block in (this_block, this_block - 1))


def _covers(kind: SpellKind, block: int, today: int, whose: tuple[object, ...]) -> bool:
    """Tell whether the spell that begins in the block, if one does, covers the day."""
    if fraction(kind.name, block, *whose) >= kind.chance:
        return False
    begin = block * _BLOCK_DAYS + int(fraction(kind.name, "begin", block, *whose) * _BLOCK_DAYS)
    spread = kind.longest - kind.shortest + 1
    length = kind.shortest + int(fraction(kind.name, "length", block, *whose) * spread)
    return begin <= today < begin + length
