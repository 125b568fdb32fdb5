"""Comparing the records of a list that no link knows with ours: whom each means for certain, or may mean, or nobody.

A record that the list has under another number already is not meant a second time by a namesake, so the certain ones
are settled first, until there are no more; only then is it asked who the others are, and who is new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.model.matching_index import ProfileIndex, Ranked, likeliest_first
from gateway.model.matching_rules import MatchRules, Profile, Rule, is_certain, judge
from gateway.model.people import Guardian, Pupil, Staff
from gateway.model.roster import Fields, RecordKind
from gateway.model.school import SchoolClass

Person = Pupil | Guardian | Staff | SchoolClass


@dataclass(frozen=True, kw_only=True, slots=True)
class Sought:
    """A record of the source, its fields, and as it is compared under the id that it would have if it were new."""

    record: Person = field(repr=False)
    fields: Fields = field(repr=False)
    profile: Profile = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What the comparison of a record said: it is ``certain``, one of ``possible``, or new.

    ``linked`` is our id of the record that the source's number stood for so far, where that is somebody else now.
    """

    sought: Sought
    possible: tuple[Ranked, ...] = ()
    certain: Ranked | None = None
    linked: str | None = None

    @property
    def source_id(self) -> str:
        """Id of the record at its source."""
        return self.sought.record.source_id

    @property
    def likeliest(self) -> Ranked | None:
        """Who is meant most likely."""
        return self.certain or next(iter(self.possible), None)


@dataclass(kw_only=True, slots=True)
class Comparison:
    """The records of one kind that we hold, and who of them the list tells of already.

    Attributes:
        kind: of the records.
        rules: what weighs how much.
        held: our records.
        claimed: records of the list by our id that they are known to mean.
        out_of_sight: our ids that the list may still tell of under a number of theirs: it was not read whole.
    """

    kind: RecordKind
    rules: MatchRules
    held: ProfileIndex
    claimed: dict[str, list[Profile]] = field(default_factory=lambda: defaultdict(list))
    out_of_sight: Collection[str] = ()

    def of_other(self, sought: Sought, linked: str) -> Verdict:
        """Return who a linked record that has become somebody else may be now, besides whom it was."""
        ranked = self.held.ranked(sought.profile, besides={linked})
        return Verdict(sought=sought, possible=ranked, certain=self._clear_winner(ranked), linked=linked)

    def verdicts(self, loose: Sequence[Sought]) -> Iterator[Verdict]:
        """Yield what is said of the records that no link knows."""
        ranked = {one.profile.id: self.held.ranked(one.profile) for one in loose}
        certain = self._settled(loose, ranked)
        yield from certain.values()
        newcomers = ProfileIndex(kind=self.kind, rules=self.rules, asked=self.held.asked)
        for one in loose:
            if one.profile.id not in certain:
                both = likeliest_first((*ranked[one.profile.id], *newcomers.ranked(one.profile)))
                verdict = self._verdict(one, both)
                yield verdict
                self._take(verdict)
                if verdict.likeliest is None:
                    newcomers.add([one.profile])

    def _settled(self, loose: Iterable[Sought], ranked: Mapping[str, tuple[Ranked, ...]]) -> dict[str, Verdict]:
        """Return who is certain, once everybody who is has been told apart."""
        certain: dict[str, Verdict] = {}
        before = -1
        while len(certain) > before:
            before = len(certain)
            for one in loose:
                if one.profile.id not in certain:
                    verdict = self._verdict(one, ranked[one.profile.id])
                    if verdict.certain is not None:
                        certain[one.profile.id] = verdict
                        self._take(verdict)
        return certain

    def _take(self, verdict: Verdict) -> None:
        """Keep that the list tells of whom the verdict is sure of."""
        if verdict.certain is not None:
            self.claimed[verdict.certain.id].append(verdict.sought.profile)
        elif not verdict.possible:
            self.claimed[verdict.sought.profile.id].append(verdict.sought.profile)

    def _verdict(self, one: Sought, ranked: Iterable[Ranked]) -> Verdict:
        still_open = tuple(found for found in ranked if self._is_open(found))
        best = self._clear_winner(still_open)
        if best is not None and not self._may_have_two(best, one.profile):
            best = None
        return Verdict(sought=one, possible=still_open, certain=best)

    def _clear_winner(self, ranked: tuple[Ranked, ...]) -> Ranked | None:
        if not ranked or not is_certain(ranked[0].judgement, self.rules):
            return None
        is_clear = len(ranked) == 1 or ranked[0].judgement.score - ranked[1].judgement.score >= self.rules.margin
        return ranked[0] if is_clear else None

    def _is_open(self, found: Ranked) -> bool:
        """Tell whether a record that the list has under another number already may be meant a second time."""
        if found.id not in self.claimed or found.judgement.by_key:
            return True
        agrees = {one.rule for one in found.judgement.evidence}
        return self.kind is RecordKind.PUPIL and {Rule.NAME, Rule.BIRTH_DATE} <= agrees

    def _may_have_two(self, best: Ranked, profile: Profile) -> bool:
        if best.id not in self.claimed and best.id not in self.out_of_sight:
            return True
        weights = self.rules.weights[self.kind]
        agrees = all(judge(profile, other, weights) is not None for other in self.claimed.get(best.id, ()))
        return best.judgement.by_key and agrees
