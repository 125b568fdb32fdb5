"""Who may be who: what is compared of two records, what each agreement or difference weighs, and what follows from it.

The weights are data. A sum of at least `MatchRules.certain` with nothing against it links by itself, one of at least
`MatchRules.possible` asks a person, anything less is another person. Two different СНИЛС, or two different accounts at
the portal, are never one person; the same СНИЛС with another birth date or a wholly different name is never certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from gateway.model.matching_names import email_key, is_near_day, letter_key, name_key, phone_key, words_key
from gateway.model.people import is_valid_snils
from gateway.model.roster import Fields, RecordKind


class Rule(StrEnum):
    """Something that two records have in common, or do not."""

    SNILS = "snils"
    PORTAL = "portal_user"
    NUMBER = "number"
    NAME = "name"
    NAME_PART = "name_part"
    NAME_SWAPPED = "name_swapped"
    PATRONYMIC_DIFFERS = "patronymic_differs"
    FAMILY_DIFFERS = "family_differs"
    GIVEN = "given"
    NAME_DIFFERS = "name_differs"
    BIRTH_DATE = "birth_date"
    BIRTH_NEAR = "birth_near"
    BIRTH_DIFFERS = "birth_differs"
    SEX_DIFFERS = "sex_differs"
    PHONE = "phone"
    PHONE_DIFFERS = "phone_differs"
    EMAIL = "email"
    EMAIL_DIFFERS = "email_differs"
    CHILD = "child"
    POSITION = "position"
    CLASS_NAME = "class_name"


Weights = Mapping[Rule, int]

WEIGHTS: Mapping[RecordKind, Weights] = {
    RecordKind.PUPIL: {
        Rule.SNILS: 80,
        Rule.NUMBER: 70,
        Rule.NAME: 40,
        Rule.NAME_PART: 35,
        Rule.NAME_SWAPPED: 20,
        Rule.PATRONYMIC_DIFFERS: 10,
        Rule.FAMILY_DIFFERS: 10,
        Rule.GIVEN: 0,
        Rule.NAME_DIFFERS: -30,
        Rule.BIRTH_DATE: 45,
        Rule.BIRTH_NEAR: 15,
        Rule.BIRTH_DIFFERS: -60,
        Rule.SEX_DIFFERS: -15,
    },
    RecordKind.GUARDIAN: {
        Rule.PORTAL: 80,
        Rule.NUMBER: 70,
        Rule.NAME: 50,
        Rule.NAME_PART: 40,
        Rule.NAME_SWAPPED: 30,
        Rule.PATRONYMIC_DIFFERS: 0,
        Rule.FAMILY_DIFFERS: 20,
        Rule.GIVEN: 0,
        Rule.NAME_DIFFERS: -80,
        Rule.PHONE: 40,
        Rule.PHONE_DIFFERS: -15,
        Rule.EMAIL: 35,
        Rule.EMAIL_DIFFERS: -5,
        Rule.CHILD: 45,
    },
    RecordKind.STAFF: {
        Rule.SNILS: 80,
        Rule.NUMBER: 70,
        Rule.NAME: 60,
        Rule.NAME_PART: 50,
        Rule.NAME_SWAPPED: 40,
        Rule.PATRONYMIC_DIFFERS: 10,
        Rule.FAMILY_DIFFERS: 20,
        Rule.GIVEN: 0,
        Rule.NAME_DIFFERS: -50,
        Rule.POSITION: 25,
    },
    RecordKind.CLASS: {Rule.NUMBER: 70, Rule.CLASS_NAME: 100},
}
"""What weighs how much, by kind of record."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchRules:
    """How sure is sure.

    Attributes:
        weights: of what is compared, by kind.
        certain: sum from which a link needs no person.
        possible: sum from which a person is asked.
        margin: by how much the best candidate has to be better than the next one.
        renumbered_records: so many records under other numbers, or more …
        renumbered_percent: … and so many per cent of those linked look like a source that numbers anew.
    """

    weights: Mapping[RecordKind, Weights] = field(default_factory=lambda: WEIGHTS)
    certain: int = 80
    possible: int = 50
    margin: int = 20
    renumbered_records: int = 3
    renumbered_percent: int = 20

    def is_renumbering(self, records: int, linked: int) -> bool:
        """Tell whether so many of the records linked came under other numbers that it is no single case."""
        return records >= max(self.renumbered_records, linked * self.renumbered_percent // 100)

    def once_bitten(self) -> MatchRules:
        """Return the rules for a source that has numbered one kind anew: no new number of any kind is trusted."""
        return replace(self, renumbered_records=1, renumbered_percent=0)


DEFAULT_RULES = MatchRules()


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """One thing that speaks for (positive weight) or against it that two records mean one person."""

    rule: Rule
    weight: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What the comparison of two records says. ``contradicts``: a key is the same and the person is not."""

    score: int
    evidence: tuple[Evidence, ...]
    contradicts: bool = False

    @property
    def by_key(self) -> bool:
        """Whether a number that belongs to one person is the same."""
        return any(one.rule in _KEYS for one in self.evidence)


_KEYS = frozenset({Rule.SNILS, Rule.PORTAL, Rule.NUMBER})
_PERSONAL_KEYS = frozenset({Rule.SNILS, Rule.PORTAL})


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """A record as it is compared. ``id`` is ours, ``numbers`` are ids that it has anywhere, ``children`` our pupils."""

    id: str
    family: str = field(default="", repr=False)
    given: str = field(default="", repr=False)
    patronymic: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    sex: str = field(default="", repr=False)
    snils: str = field(default="", repr=False)
    portal: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    email: str = field(default="", repr=False)
    position: str = field(default="", repr=False)
    class_name: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()

    def handles(self) -> Iterator[tuple[str, ...]]:
        """Yield by what candidates are looked up: whoever shares none of these is not compared at all."""
        if self.snils:
            yield "snils", self.snils
        if self.portal:
            yield "portal", self.portal
        if self.phone:
            yield "phone", self.phone
        if self.email:
            yield "email", self.email
        if self.family and self.given:
            yield "name", *sorted((self.family, self.given))
        if self.birth_date:
            yield "born", self.birth_date, self.given
        if self.class_name:
            yield "class", *self.class_name
        for number in self.numbers:
            yield "number", number
        for child in self.children:
            yield "child", child


def profile_of(
    kind: RecordKind,
    id_: str,
    fields: Fields,
    *,
    numbers: frozenset[str] = frozenset(),
    children: frozenset[str] = frozenset(),
) -> Profile:
    """Return a record as it is compared; a СНИЛС whose check digits are wrong says nothing."""
    if kind is RecordKind.CLASS:
        name = (str(fields["year"]), str(fields["grade"]), letter_key(str(fields["letter"])))
        return Profile(id=id_, class_name=name, numbers=numbers)
    snils = str(fields.get("snils") or "")
    return Profile(
        id=id_,
        family=name_key(str(fields["family"])),
        given=name_key(str(fields["given"])),
        patronymic=name_key(str(fields["patronymic"])),
        birth_date=str(fields.get("birth_date") or ""),
        sex=str(fields.get("sex") or ""),
        snils=snils if is_valid_snils(snils) else "",
        portal=str(fields.get("portal_user") or ""),
        phone=phone_key(str(fields.get("phone") or "")),
        email=email_key(str(fields.get("email") or "")),
        position=words_key(str(fields.get("position") or "")),
        numbers=numbers,
        children=children,
    )


def judge(one: Profile, other: Profile, weights: Weights) -> Judgement | None:
    """Compare two records of a kind; ``None``: they are two, whatever else agrees. The order does not matter."""
    if _differ(one.snils, other.snils) or _differ(one.portal, other.portal):
        return None
    rules = frozenset(_compared(one, other)) & weights.keys()
    evidence = tuple(Evidence(rule=rule, weight=weights[rule]) for rule in Rule if rule in rules)
    return Judgement(score=sum(one.weight for one in evidence), evidence=evidence, contradicts=_contradicts(rules))


def is_possible(judgement: Judgement, rules: MatchRules) -> bool:
    """Tell whether a person has to be asked at least: enough agrees, or one key of a person stands in two records."""
    shares_key = any(one.rule in _PERSONAL_KEYS for one in judgement.evidence)
    return judgement.score >= rules.possible or shares_key


def is_certain(judgement: Judgement, rules: MatchRules) -> bool:
    """Tell whether enough agrees and nothing contradicts."""
    return judgement.score >= rules.certain and not judgement.contradicts


def is_another(now: Profile, before: Profile) -> bool:
    """Tell whether a source's record, linked to one of ours, now describes somebody else.

    A changed family name, a corrected birth date or СНИЛС is the same person; another name with another birth date or
    СНИЛС is not, nor are another family name and another given name where no birth date is known.
    """
    if now.class_name or (now.snils and now.snils == before.snils) or (now.portal and now.portal == before.portal):
        return False
    has_other_name = bool(before.given) and _name_rule(now, before) is Rule.NAME_DIFFERS
    if now.birth_date and before.birth_date:
        is_other_day = now.birth_date != before.birth_date
        has_other_snils = _differ(now.snils, before.snils)
        return (has_other_name and (is_other_day or has_other_snils)) or (is_other_day and has_other_snils)
    if (now.phone and now.phone == before.phone) or (now.email and now.email == before.email):
        return False
    return has_other_name and now.family != before.family


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one != other


def _contradicts(rules: frozenset[Rule]) -> bool:
    against = {Rule.NAME_DIFFERS, Rule.BIRTH_DIFFERS, Rule.BIRTH_NEAR}
    return bool(rules & _KEYS) and bool(rules & against)


def _compared(one: Profile, other: Profile) -> Iterator[Rule]:
    if one.snils and other.snils:
        yield Rule.SNILS
    if one.portal and other.portal:
        yield Rule.PORTAL
    if one.numbers & other.numbers:
        yield Rule.NUMBER
    if one.given and other.given:
        yield _name_rule(one, other)
    if one.birth_date and other.birth_date:
        yield _birth_rule(one.birth_date, other.birth_date)
    if _differ(one.sex, other.sex):
        yield Rule.SEX_DIFFERS
    yield from _same_or_not(one.phone, other.phone, Rule.PHONE, Rule.PHONE_DIFFERS)
    yield from _same_or_not(one.email, other.email, Rule.EMAIL, Rule.EMAIL_DIFFERS)
    if one.children & other.children:
        yield Rule.CHILD
    if one.position and one.position == other.position:
        yield Rule.POSITION
    if one.class_name and one.class_name == other.class_name:
        yield Rule.CLASS_NAME


def _same_or_not(one: str, other: str, same: Rule, differs: Rule) -> Iterator[Rule]:
    if one and other:
        yield same if one == other else differs


def _name_rule(one: Profile, other: Profile) -> Rule:
    """Return how two names compare; one that lacks the patronymic says nothing of it."""
    patronymic_differs = _differ(one.patronymic, other.patronymic)
    if (one.family, one.given) == (other.family, other.given):
        if patronymic_differs:
            return Rule.PATRONYMIC_DIFFERS
        return Rule.NAME if one.patronymic == other.patronymic and one.patronymic else Rule.NAME_PART
    if (one.family, one.given) == (other.given, other.family) and not patronymic_differs:
        return Rule.NAME_SWAPPED
    if one.given != other.given or patronymic_differs:
        return Rule.NAME_DIFFERS
    return Rule.FAMILY_DIFFERS if one.patronymic and other.patronymic else Rule.GIVEN


def _birth_rule(one: str, other: str) -> Rule:
    if one == other:
        return Rule.BIRTH_DATE
    is_near = is_near_day(date.fromisoformat(one), date.fromisoformat(other))
    return Rule.BIRTH_NEAR if is_near else Rule.BIRTH_DIFFERS
