"""What a roster source was found to do, and what of it it no longer does: a provider that changes says so to nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from gateway.errors import Text

ABILITIES: Mapping[str, Text] = MappingProxyType(
    {
        "dialect": Text(ru="версия OneRoster", en="OneRoster version"),
        "demographics": Text(ru="даёт дату рождения и пол", en="gives birth date and sex"),
        "total": Text(ru="называет число записей", en="announces the number of records"),
        "link": Text(ru="даёт ссылки на страницы", en="links the pages"),
        "page": Text(ru="записей на странице", en="records a page"),
        "sort": Text(ru="сортирует", en="sorts"),
        "filters": Text(ru="отбирает по полям", en="filters by fields"),
        "school_filter": Text(ru="отбирает по школе", en="filters by school"),
        "changes": Text(ru="отбирает изменённое", en="filters what has changed"),
        "nested": Text(ru="даёт списки внутри школы", en="gives the lists below a school"),
    }
)
"""Abilities by the names of the findings; of each more is better, of versions the later one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredProbe:
    """What a source was found to do the last time it was asked.

    Attributes:
        source: its name.
        probed_at: when.
        findings: by name, as the adapter tells them.
        lost: abilities that it had before and has no more, or has less of, with what was found then.
    """

    source: str
    probed_at: datetime
    findings: Mapping[str, object]
    lost: Mapping[str, object]

    @property
    def able(self) -> tuple[Text, ...]:
        """What it does, in words."""
        return tuple(_told(name, value) for name, value in self._found() if value)

    @property
    def unable(self) -> tuple[Text, ...]:
        """What it does no more, in words: what there was and what there is."""
        return tuple(
            Text(ru=f"{ABILITIES[name].ru}{_change(was, now).ru}", en=f"{ABILITIES[name].en}{_change(was, now).en}")
            for name, was in self.lost.items()
            if name in ABILITIES
            for now in (self.findings.get(name),)
        )

    def _found(self) -> list[tuple[str, object]]:
        return [(name, self.findings[name]) for name in ABILITIES if name in self.findings]


def probed(before: StoredProbe | None, source: str, findings: Mapping[str, object], *, at: datetime) -> StoredProbe:
    """Return what is kept of a probe; what was lost before stays lost until it is back."""
    had = {**(before.findings if before else {}), **(before.lost if before else {})}
    lost = {
        name: had[name]
        for name in ABILITIES
        if name in had and name in findings and _is_less(findings[name], had[name])
    }
    return StoredProbe(source=source, probed_at=at, findings=dict(findings), lost=lost)


def _is_less(now: object, before: object) -> bool:
    if isinstance(now, int) and isinstance(before, int):
        return now < before
    return isinstance(now, str) and isinstance(before, str) and now < before


def _told(name: str, value: object) -> Text:
    text = ABILITIES[name]
    return text if value is True else Text(ru=f"{text.ru}: {value}", en=f"{text.en}: {value}")


def _change(was: object, now: object) -> Text:
    """Return what there was and what there is; of what is either there or not, nothing has to be said."""
    if isinstance(was, bool):
        return Text(ru="", en="")
    return Text(ru=f": было {was}, стало {now}", en=f": was {was}, is {now}")
