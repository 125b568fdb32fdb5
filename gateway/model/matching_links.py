"""The links of a school as matching asks them: what a source's id means, what numbers a record of ours has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gateway.model.ids import SchoolId, issued_id
from gateway.model.person_merge import resolved
from gateway.model.roster import RecordKind
from gateway.model.roster_link import Link, LinkState

_Named = tuple[RecordKind, str]


@dataclass(frozen=True, kw_only=True)
class LinkBook:
    """Links by what they are asked for.

    Attributes:
        school: whose they are.
        source: the source that is being matched.
        links: all of them, of all sources.
        active: links of this source in force, by kind and id there.
        known: ids of this source that were ever linked.
        aliases: ids of records that were made one with another, and the id of that one.
    """

    school: SchoolId
    source: str
    links: tuple[Link, ...] = field(repr=False)
    active: Mapping[_Named, Link] = field(repr=False)
    known: frozenset[_Named] = field(repr=False)
    aliases: Mapping[str, str] = field(repr=False)

    @classmethod
    def of(cls, links: Iterable[Link], *, source: str, school: SchoolId, aliases: Mapping[str, str]) -> LinkBook:
        """Return the book of the links."""
        every = tuple(links)
        own = [link for link in every if link.source == source]
        return cls(
            school=school,
            source=source,
            links=every,
            active={(link.kind, link.source_id): link for link in own if link.state is LinkState.ACTIVE},
            known=frozenset((link.kind, link.source_id) for link in own),
            aliases=aliases,
        )

    @cached_property
    def source_ids(self) -> Mapping[_Named, tuple[str, ...]]:
        """Ids at this source in force, by kind and our id."""
        ids: dict[_Named, tuple[str, ...]] = {}
        for (kind, source_id), link in self.active.items():
            named = kind, self.ours(link)
            ids[named] = (*ids.get(named, ()), source_id)
        return ids

    @cached_property
    def meanings(self) -> frozenset[tuple[RecordKind, str, str]]:
        """What ids of this source mean or meant: kind, id there, our id."""
        return frozenset((one.kind, one.source_id, self.ours(one)) for one in self.links if one.source == self.source)

    @cached_property
    def numbers(self) -> Mapping[_Named, frozenset[str]]:
        """What a record of ours is called in any source, by kind and our id."""
        numbers: dict[_Named, set[str]] = defaultdict(set)
        for link in self.links:
            named = numbers[link.kind, self.ours(link)]
            named.add(link.source_id)
            if link.source == self.source:
                named.add(former_number(self.source, link.source_id))
        return {named: frozenset(ids) for named, ids in numbers.items()}

    def ours(self, link: Link) -> str:
        """Return the id of the record of ours that a link means, after merges."""
        return resolved(self.aliases, link.id) if self.aliases else link.id

    def provisional(self) -> Mapping[_Named, str]:
        """Return our ids by kind and the id that a record would have if it were new."""
        return {
            (kind, issued_id(self.school, self.source, kind.value, source_id)): self.ours(link)
            for (kind, source_id), link in self.active.items()
        }


def former_number(source: str, source_id: str) -> str:
    """Return an id of a source as a number among those of all sources: it is the source's own, not anybody's."""
    return f"{source}\x1f{source_id}"
