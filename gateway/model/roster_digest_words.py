"""A roster's day in sentences, in Russian and English: what a coordinator reads with the morning tea."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from gateway.errors import Party, Text
from gateway.model.file_place import places_told
from gateway.model.roster import RecordKind
from gateway.model.roster_change import Action
from gateway.model.roster_digest import RosterDigest, SourceDay, SourceStanding
from gateway.model.roster_kind_names import KIND_NAMES
from gateway.model.roster_missing import MissingRecord, NextStep
from gateway.model.roster_plan import PlanHead, PlanState


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestLine:
    """One sentence, and who has to act; ``None`` where nobody has to."""

    text: Text
    who: Party | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestSection:
    """Sentences that belong together; ``empty`` is said where there are none."""

    title: Text
    empty: Text
    lines: tuple[DigestLine, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MissingGroup:
    """How many records of one kind a source no longer tells of.

    Attributes:
        source: which.
        kind: of the records.
        number: of them.
        since: when the longest missing was missed first.
        step: what comes next for the first of them.
        due: when that may come.
    """

    source: str
    kind: RecordKind
    number: int
    since: date
    step: NextStep
    due: date | None


def digest_sections(found: RosterDigest, zone: ZoneInfo) -> tuple[DigestSection, ...]:
    """Return the digest as sentences without personal data; moments by the clock of the zone."""
    return (
        _section("Источники", "Sources", "Источники не настроены.", "No source is set up.", _sources(found, zone)),
        _section("Что изменилось", "What changed", "Ничего.", "Nothing.", _changes(found.changed)),
        _section(
            "Что ждёт решения",
            "What waits for a decision",
            "Ничего.",
            "Nothing.",
            (*_plans(found, zone), *_cases(found)),
        ),
        _section("Что исправить (карантин)", "What to mend (quarantine)", "Карантин пуст.", "Nothing.", _causes(found)),
        _section("Кого нет у источников", "Who is missing at the sources", "Все на месте.", "Nobody.", _missing(found)),
        _section("Что решили люди", "What people decided", "Решений не было.", "Nothing.", _decided(found, zone)),
    )


def missing_groups(missing: Iterable[MissingRecord]) -> tuple[MissingGroup, ...]:
    """Return the missing records by source and kind."""
    ordered = sorted(missing, key=lambda one: (one.source, list(RecordKind).index(one.kind)))
    return tuple(_group(list(ones)) for _, ones in groupby(ordered, key=lambda one: (one.source, one.kind)))


def _group(ones: list[MissingRecord]) -> MissingGroup:
    due = [(one.due, one.step) for one in ones if one.due is not None]
    first, step = min(due, default=(None, NextStep.NONE))
    return MissingGroup(
        source=ones[0].source,
        kind=ones[0].kind,
        number=len(ones),
        since=min(one.since for one in ones),
        step=step,
        due=first,
    )


def _section(ru: str, en: str, empty_ru: str, empty_en: str, lines: Iterable[DigestLine]) -> DigestSection:
    return DigestSection(title=Text(ru=ru, en=en), empty=Text(ru=empty_ru, en=empty_en), lines=tuple(lines))


def _sources(found: RosterDigest, zone: ZoneInfo) -> Iterator[DigestLine]:
    for one in found.sources:
        state, last = STANDINGS[one.standing], _last_good(one, zone)
        why = one.text or Text(ru="", en="")
        yield DigestLine(
            text=Text(
                ru=" ".join(part for part in (f"{one.source}: {state.ru}.", why.ru, last.ru) if part),
                en=" ".join(part for part in (f"{one.source}: {state.en}.", why.en, last.en) if part),
            ),
            who=one.who,
        )


def _last_good(one: SourceDay, zone: ZoneInfo) -> Text:
    if one.good_at is None:
        return Text(ru="Удачных синхронизаций не было.", en="No sync has succeeded yet.")
    at = one.good_at.astimezone(zone)
    return Text(ru=f"Последняя удачная: {at:%d.%m.%Y %H:%M}.", en=f"Last good one: {at:%Y-%m-%d %H:%M}.")


def _changes(changed: Mapping[str, Mapping[str, int]]) -> Iterator[DigestLine]:
    for kind in RecordKind:
        if by_action := changed.get(kind.value):
            name, done = KIND_NAMES[kind], [(DONE[Action(action)], number) for action, number in by_action.items()]
            yield DigestLine(
                text=Text(
                    ru=f"{name.ru}: {', '.join(f'{word.ru} {number}' for word, number in done)}.",
                    en=f"{name.en}: {', '.join(f'{word.en} {number}' for word, number in done)}.",
                )
            )


def _plans(found: RosterDigest, zone: ZoneInfo) -> Iterator[DigestLine]:
    for head in found.waiting:
        at, number = head.made_at.astimezone(zone), _size(head)
        reasons = Text(ru=" ".join(one.text.ru for one in head.hold), en=" ".join(one.text.en for one in head.hold))
        yield DigestLine(
            text=Text(
                ru=f"План {head.id} ({head.source}) с {at:%d.%m.%Y %H:%M}, изменений: {number}. {reasons.ru}".strip(),
                en=f"Plan {head.id} ({head.source}) since {at:%Y-%m-%d %H:%M}, changes: {number}. {reasons.en}".strip(),
            ),
            who=Party.COORDINATOR,
        )


def _size(head: PlanHead) -> int:
    return sum(number for by_action in head.counts.values() for number in by_action.values())


def _cases(found: RosterDigest) -> Iterator[DigestLine]:
    for source in sorted({one.case.source for one in found.questions}):
        number = sum(one.case.source == source for one in found.questions)
        yield DigestLine(
            text=Text(
                ru=f"Кто есть кто ({source}): вопросов без ответа — {number}.",
                en=f"Who is who ({source}): {number} question(s) without an answer.",
            ),
            who=Party.COORDINATOR,
        )


def _causes(found: RosterDigest) -> Iterator[DigestLine]:
    for one in found.causes:
        number, places = len(one.records), places_told(one.places)
        ru, en = (f" ({places.ru})", f" ({places.en})") if one.places else ("", "")
        yield DigestLine(
            text=Text(
                ru=f"{one.source}: {one.text.ru} Записей: {number}{ru}.",
                en=f"{one.source}: {one.text.en} Records: {number}{en}.",
            ),
            who=one.who,
        )


def _missing(found: RosterDigest) -> Iterator[DigestLine]:
    for one in missing_groups(found.missing):
        name, step = KIND_NAMES[one.kind], STEPS[one.step](one.due)
        yield DigestLine(
            text=Text(
                ru=f"{one.source}: {name.ru} — {one.number}, дольше всего с {one.since:%d.%m.%Y}. {step.ru}",
                en=f"{one.source}: {name.en}: {one.number}, the longest since {one.since.isoformat()}. {step.en}",
            )
        )


def _decided(found: RosterDigest, zone: ZoneInfo) -> Iterator[DigestLine]:
    for head in found.decided:
        for made in head.decisions:
            at = made.at.astimezone(zone)
            if made.by != head.source and at.date() == found.day:
                yield DigestLine(
                    text=Text(
                        ru=f"{at:%H:%M} {made.by}: план {head.id} {DECIDED[made.state].ru}. {made.reason}".strip(),
                        en=f"{at:%H:%M} {made.by}: plan {head.id} {DECIDED[made.state].en}. {made.reason}".strip(),
                    )
                )


STANDINGS: Mapping[SourceStanding, Text] = {
    SourceStanding.FAILED: Text(ru="не ответил", en="failed"),
    SourceStanding.SILENT: Text(ru="не опрошен", en="was not asked"),
    SourceStanding.DOUBTED: Text(ru="полнота не доказана", en="not proved complete"),
    SourceStanding.HELD: Text(ru="часть ждёт решения", en="a part waits for a decision"),
    SourceStanding.RESTS: Text(ru="ещё не опрашивался", en="not asked yet"),
    SourceStanding.OK: Text(ru="в порядке", en="in order"),
}
"""How a source stands, in words."""

DONE: Mapping[Action, Text] = {
    Action.CREATE: Text(ru="добавлено", en="added"),
    Action.UPDATE: Text(ru="изменено", en="changed"),
    Action.DEACTIVATE: Text(ru="приостановлено", en="suspended"),
    Action.REACTIVATE: Text(ru="возвращено", en="brought back"),
    Action.TRANSFER: Text(ru="переведено", en="moved"),
    Action.END: Text(ru="назначен последний день", en="given a last day"),
    Action.ARCHIVE: Text(ru="отправлено в архив", en="archived"),
}
"""What was done."""

DECIDED: Mapping[PlanState, Text] = {
    PlanState.PROPOSED: Text(ru="предложен", en="proposed"),
    PlanState.HELD: Text(ru="задержан", en="held"),
    PlanState.APPROVED: Text(ru="утверждён", en="approved"),
    PlanState.APPLIED: Text(ru="применён", en="applied"),
    PlanState.SUPERSEDED: Text(ru="заменён новым", en="superseded"),
    PlanState.REJECTED: Text(ru="отклонён", en="rejected"),
    PlanState.EXPIRED: Text(ru="истёк", en="expired"),
    PlanState.REVERTED: Text(ru="отменён", en="taken back"),
}
"""What was decided about a plan."""

STEPS: Mapping[NextStep, Callable[[date | None], Text]] = {
    NextStep.SUSPENSION: lambda due: Text(
        ru=f"Дальше – приостановка, не раньше {_day(due).ru}.", en=f"Next: suspension, not before {_day(due).en}."
    ),
    NextStep.ARCHIVE: lambda due: Text(
        ru=f"Дальше – архив, не раньше {_day(due).ru}.", en=f"Next: the archive, not before {_day(due).en}."
    ),
    NextStep.NONE: lambda _: Text(
        ru="Остаются: их ведёт другой источник или закрепила школа.",
        en="They stay: another source tells of them, or the school has locked them.",
    ),
}
"""What comes next for who is missing."""


def _day(due: date | None) -> Text:
    return Text(ru="–", en="–") if due is None else Text(ru=f"{due:%d.%m.%Y}", en=due.isoformat())
