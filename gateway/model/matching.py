"""Who is who: records of a source become ours by links, by rules where no link is, by a person where no rule is sure.

Laws, held by ``tests/property/test_matching_laws.py``:

* matching is stable: what was linked is linked the same way the next time, and nothing is linked twice;
* a record of a source never means two of ours;
* nobody is linked by a rule to somebody with another СНИЛС;
* a record about which a person has to decide changes nothing, and whom it may mean is not missed;
* a source that has numbered anew, or speaks of other people altogether, changes nothing of that kind, and nothing at
  all leaves.

Inside one list, two numbers are two people unless a number that belongs to one person (СНИЛС, portal account, the id at
another system) says otherwise: namesakes are common, and a source knows its own people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.errors import Text
from gateway.model.matching_cases import Case
from gateway.model.matching_kind import KindMatching, Resolution
from gateway.model.matching_links import LinkBook
from gateway.model.matching_rules import DEFAULT_RULES, MatchRules
from gateway.model.matching_snapshot import with_our_ids
from gateway.model.roster import RecordKind, RosterSnapshot, RosterState
from gateway.model.roster_link import Link

MATCHED_KINDS = (RecordKind.CLASS, RecordKind.STAFF, RecordKind.PUPIL, RecordKind.GUARDIAN)
"""Kinds that have ids of their own, in the order of matching: guardians are known by their children too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """What people have decided before, besides links.

    Attributes:
        ignored: records of the source, by kind and id there, that are to be left alone.
        aliases: ids of records of ours that were made one with another, and the id of that one.
    """

    ignored: frozenset[tuple[RecordKind, str]] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)


NOTHING_REMEMBERED = Remembered()


@dataclass(frozen=True, kw_only=True, slots=True)
class Matched:
    """A snapshot with our ids in it.

    Attributes:
        snapshot: without the records about which a person has to decide; whom they may mean is protected in it, and
            the doubts are in it too.
        new_links: links that rules found; those of records that are new are made when these are written.
        cases: questions to a person.
        renumbered: the source has numbered a kind of records anew, or speaks of other people.
        doubts: why nothing may leave because of that.
        notes: what is worth knowing and changes nothing: one СНИЛС of a pupil and a member of staff.
    """

    snapshot: RosterSnapshot
    new_links: tuple[Link, ...] = ()
    cases: tuple[Case, ...] = ()
    renumbered: bool = False
    doubts: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()


def match(
    snapshot: RosterSnapshot,
    links: Iterable[Link],
    state: RosterState,
    *,
    rules: MatchRules = DEFAULT_RULES,
    now: datetime,
    remembered: Remembered = NOTHING_REMEMBERED,
) -> Matched:
    """Return the snapshot as one of our people and classes, and what it takes a person to decide.

    Args:
        snapshot: as it was read, its ids provisional (`gateway.model.ids.issued_id` of the source's own).
        links: of all sources, retired ones too; those of this source say who is who, the others what numbers ours have.
        state: what is held.
        rules: what weighs how much.
        now: when new links are found.
        remembered: what people decided before.
    """
    book = LinkBook.of(links, source=snapshot.source, school=snapshot.school, aliases=remembered.aliases)

    def found_by(rules: MatchRules) -> dict[RecordKind, Resolution]:
        found: dict[RecordKind, Resolution] = {}
        for kind in MATCHED_KINDS:
            matching = KindMatching(
                kind=kind,
                snapshot=snapshot,
                state=state,
                book=book,
                rules=rules,
                now=now,
                ignored=frozenset(id_ for of_kind, id_ in remembered.ignored if of_kind is kind),
                pupils=found.get(RecordKind.PUPIL, Resolution()),
            )
            found[kind] = matching.resolved()
        return found

    found = found_by(rules)
    if any(one.doubts for one in found.values()):
        found = found_by(rules.once_bitten())
    doubts = tuple(doubt for one in found.values() for doubt in one.doubts)
    ours = with_our_ids(snapshot, found, book, state)
    return Matched(
        snapshot=replace(ours, doubts=(*ours.doubts, *doubts)) if doubts else ours,
        new_links=tuple(link for kind in MATCHED_KINDS for link in found[kind].links),
        cases=tuple(case for kind in MATCHED_KINDS for case in found[kind].cases),
        renumbered=bool(doubts),
        doubts=doubts,
        notes=tuple(_in_two_roles(ours)),
    )


def _in_two_roles(snapshot: RosterSnapshot) -> Iterator[Text]:
    """Yield that a pupil and a member of staff have one СНИЛС: a leaver who teaches now, or somebody's mistake."""
    staff = {one.snils: one.source_id for one in snapshot.staff if one.snils}
    for pupil in snapshot.pupils:
        member = staff.get(pupil.snils) if pupil.snils else None
        if member is not None:
            yield Text(
                ru=f"У ученика «{pupil.source_id}» и сотрудника «{member}» один СНИЛС: это один человек или ошибка.",
                en=f"Pupil '{pupil.source_id}' and staff '{member}' have one SNILS: one person, or a mistake.",
            )
