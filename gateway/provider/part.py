"""A part of the objects we give out: made from records of its own, refreshed when one of those has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from gateway.model.oneroster import ObjectKind, ProviderObject
from gateway.ports.provider import ProviderUnit


@dataclass(frozen=True, kw_only=True, slots=True)
class Remade:
    """Some of a part's objects, made anew.

    Attributes:
        held: the digests of all objects that stand where these do, ``None`` for what is gone.
        objects: those that stand there now.
    """

    held: Mapping[ObjectKind, dict[str, str | None]]
    objects: Iterable[ProviderObject]


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Objects that are made together.

    Attributes:
        name: names the part for ever: its freshness is kept under it.
        kinds: the kinds it makes, no kind in two parts; what it does not make any more becomes a tombstone.
        watches: kinds of object in the audit chain (``object_kind``) whose change makes the part stale.
        make: makes the objects from what a transaction reads, on the school's day.
        follow: makes only what changed after an entry of the audit chain; it returns ``None`` where that takes all.
    """

    name: str
    kinds: tuple[ObjectKind, ...]
    watches: frozenset[str]
    make: Callable[[ProviderUnit, date], Iterable[ProviderObject]]
    follow: Callable[[ProviderUnit, int], Remade | None] | None = None
