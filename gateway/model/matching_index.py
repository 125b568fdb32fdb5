"""The records of ours of one kind, to be found by what a source's record shares with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.model.matching_rules import Judgement, MatchRules, Profile, is_possible, judge
from gateway.model.roster import RecordKind

_COMMON = 100
"""More records than that with one telephone number or address: it is the school's and says nothing of a person."""

_SHARED = frozenset({"phone", "email"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """A record of ours that may be meant, and what the comparison said."""

    id: str
    judgement: Judgement


@dataclass(frozen=True, kw_only=True, slots=True)
class ProfileIndex:
    """Profiles by the handles that are asked for. Several may stand for one record of ours: those that were made one.

    ``asked`` are the handles of everybody who is going to be looked up: a school has thousands of people, and a day
    brings a few new ones.
    """

    kind: RecordKind
    rules: MatchRules
    asked: frozenset[tuple[str, ...]] = field(repr=False)
    by_handle: dict[tuple[str, ...], list[Profile]] = field(default_factory=lambda: defaultdict(list), repr=False)

    def add(self, profiles: Iterable[Profile]) -> None:
        """Take profiles in."""
        for profile in profiles:
            for handle in self.asked.intersection(profile.handles()):
                self.by_handle[handle].append(profile)

    def ranked(self, one: Profile, *, besides: Collection[str] = ()) -> tuple[Ranked, ...]:
        """Return the records that may be meant, the likeliest first; those whose ids are ``besides`` are left out."""
        best: dict[str, Judgement] = {}
        weights = self.rules.weights[self.kind]
        for other in self._sharing(one):
            judgement = None if other.id in besides else judge(one, other, weights)
            if judgement is not None and is_possible(judgement, self.rules):
                known = best.get(other.id)
                best[other.id] = judgement if known is None or known.score < judgement.score else known
        return likeliest_first(Ranked(id=id_, judgement=judgement) for id_, judgement in best.items())

    def _sharing(self, one: Profile) -> Iterator[Profile]:
        found: Mapping[int, Profile] = {
            id(profile): profile for handle in one.handles() for profile in self._bucket(handle)
        }
        yield from found.values()

    def _bucket(self, handle: tuple[str, ...]) -> Collection[Profile]:
        bucket = self.by_handle.get(handle, ())
        return () if handle[0] in _SHARED and len(bucket) > _COMMON else bucket


def likeliest_first(ranked: Iterable[Ranked]) -> tuple[Ranked, ...]:
    """Return candidates in their order."""
    return tuple(sorted(ranked, key=lambda found: (-found.judgement.score, found.id)))
