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


@dataclass(frozen=True, kw_only=True, slots=True)
class Spell:
    """One spell, first and last day included."""

    first: date
    last: date


def in_spell(kind: SpellKind, day: date, *whose: object) -> bool:
    """Tell whether the day lies in a spell of the one named by the key ``whose``."""
    return spell_around(kind, day, *whose) is not None


def spell_around(kind: SpellKind, day: date, *whose: object) -> Spell | None:
    """Return the spell of the one named by the key ``whose`` that the day lies in, ``None`` if there is none."""
    this_block = day.toordinal() // _BLOCK_DAYS
    for block in (this_block, this_block - 1):
        spell = _begun_in(kind, block, whose)
        if spell is not None and spell.first <= day <= spell.last:
            return spell
    return None


def _begun_in(kind: SpellKind, block: int, whose: tuple[object, ...]) -> Spell | None:
    """Return the spell that begins in the block, if one does."""
    if fraction(kind.name, block, *whose) >= kind.chance:
        return None
    begin = block * _BLOCK_DAYS + int(fraction(kind.name, "begin", block, *whose) * _BLOCK_DAYS)
    spread = kind.longest - kind.shortest + 1
    length = kind.shortest + int(fraction(kind.name, "length", block, *whose) * spread)
    return Spell(first=date.fromordinal(begin), last=date.fromordinal(begin + length - 1))
