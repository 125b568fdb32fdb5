"""Keeping the objects fresh: what changed gets the moment of its change, what is gone becomes a tombstone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from gateway.model.oneroster import ObjectKind, ProviderObject
from gateway.ports.frame import Clock, ReadingUnits, Units
from gateway.ports.provider import Freshness, Objects, ObjectShelf, ProviderReading, ProviderUnit
from gateway.provider.part import Part, Remade
from gateway.provider.parts import PARTS

_MOST_ENTRIES = 5000
"""So many new entries of the audit chain are looked through before a part is simply made anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Projection:
    """Makes the objects of one school from its records.

    A part is made anew when a record that it is made from has changed or a day has passed, and not sooner than
    ``rest`` after the last time. All of it is seen at once, and by a reader in the middle of a list at the next page.

    Attributes:
        rest: how long a change may stay unseen.
        tombstones: how long what is gone is told as ``tobedeleted``.
        parts: what is made.
    """

    units: Units[ProviderUnit]
    readings: ReadingUnits[ProviderReading]
    clock: Clock
    rest: timedelta = timedelta(seconds=60)
    tombstones: timedelta = timedelta(days=400)
    parts: Sequence[Part] = PARTS

    def ready(self) -> None:
        """Make what nobody has made yet, so that there is something to read; the rest is the worker's.

        A reader gets the last complete objects and waits for nobody. Only where no change may stay unseen at all
        (``rest`` is nothing) is everything stale made anew at once.
        """
        if not self.rest:
            self.refresh()
            return
        now = self.clock()
        with self.readings() as reading:
            missing = [part for part in self.parts if reading.provider.freshness(part.name) is None]
            today = _today(reading.roster.school().zone, now) if missing else None
        if today is not None:
            for part in missing:
                self._make(part, now, today)

    def as_of(self, shelf: ObjectShelf, kind: ObjectKind) -> datetime | None:
        """Return when the objects of a kind were last made, ``None`` where none are."""
        part = next((one for one in self.parts if kind in one.kinds), None)
        known = shelf.freshness(part.name) if part else None
        return known.refreshed_at if known else None

    def refresh(self) -> int:
        """Make what is stale anew; return how many objects changed."""
        now = self.clock()
        with self.readings() as reading:
            today = _today(reading.roster.school().zone, now)
            stale = [part for part in self.parts if self._is_stale(reading.provider, part, now, today)]
        return sum(self._make(part, now, today) for part in stale)

    def _is_stale(self, shelf: ObjectShelf, part: Part, now: datetime, today: date) -> bool:
        known = shelf.freshness(part.name)
        if known is None:
            return True
        if known.refreshed_at <= now < known.refreshed_at + self.rest:
            return False
        return known.day != today or shelf.changed_since(known.sequence, part.watches, most=_MOST_ENTRIES)

    def _make(self, part: Part, now: datetime, today: date) -> int:
        with self.units() as unit:
            objects = unit.provider
            objects.lock(part.name)
            if not self._is_stale(objects, part, now, today):  # another process was first
                return 0
            sequence = objects.sequence()
            changed = _brought_up_to_date(objects, _remade(unit, part, today), _to_millisecond(now))
            objects.purge(part.kinds, before=now - self.tombstones)
            objects.note(part.name, Freshness(sequence=sequence, day=today, refreshed_at=now))
        return changed


def _remade(unit: ProviderUnit, part: Part, today: date) -> Remade:
    """Return what of a part is made anew: what changed, where the part can follow that, else everything."""
    known = unit.provider.freshness(part.name)
    followed = part.follow(unit, known.sequence) if known and part.follow else None
    if followed is not None:
        return followed
    return Remade(held={kind: unit.provider.digests(kind) for kind in part.kinds}, objects=part.make(unit, today))


def _brought_up_to_date(objects: Objects, remade: Remade, at: datetime) -> int:
    """Keep what is new or different and bury what is not made any more; return how many objects that were."""
    unseen = remade.held
    counted = 0

    def different() -> Iterator[tuple[ProviderObject, str]]:
        nonlocal counted
        for one in remade.objects:
            digest = digest_of(one)
            if unseen[one.kind].pop(one.sourced_id, None) != digest:
                counted += 1
                yield one, digest

    objects.put(different(), at=at)
    for kind, left in unseen.items():
        gone = [sourced_id for sourced_id, digest in left.items() if digest is not None]
        objects.bury(kind, gone, at=at)
        counted += len(gone)
    return counted


def digest_of(one: ProviderObject) -> str:
    """Return what tells an object from any other state of it (BLAKE2b over its JSON, 32 hex digits)."""
    text = json.dumps(one.body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _to_millisecond(moment: datetime) -> datetime:
    """Return the moment as it is told: nobody who asks for what came after it gets it again."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _today(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()
