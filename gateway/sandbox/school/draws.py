"""Randomness without a state: every draw is named by a key, so any fact can be made alone and again identically."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from random import Random
from statistics import NormalDist
from typing import TypeVar

_Option = TypeVar("_Option")

_STANDARD_NORMAL = NormalDist()
_STEPS = 2**53
"""Steps in [0, 1) that a float can hold exactly."""


def _number(key: tuple[object, ...]) -> int:
    text = "\x1f".join(map(str, key)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") % _STEPS


def fraction(*key: object) -> float:
    """Return a number from 0 up to, not including, 1 that depends on nothing but the key."""
    return _number(key) / _STEPS


def bell_curve(*key: object) -> float:
    """Return a normally distributed number (mean 0, deviation 1) that depends on nothing but the key."""
    return _STANDARD_NORMAL.inv_cdf((_number(key) + 0.5) / _STEPS)


def pick(options: Sequence[_Option], *key: object) -> _Option:
    """Return one of the options; which one depends on nothing but the key."""
    return options[int(fraction(*key) * len(options))]


def generator(*key: object) -> Random:
    """Return a generator for a part that is always made as a whole, seeded by the key."""
    return Random(_number(key))
