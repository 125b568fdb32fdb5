"""What the sections ``[rosters.NAME]`` say of the rights of a source; how it is reached is its adapter's to read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from gateway.errors import ConfigurationError, Text
from gateway.model.roster import RecordKind
from gateway.model.roster_apart import IDENTITY
from gateway.model.roster_locks import may_be_locked
from gateway.model.roster_source import (
    CREATED_KINDS,
    DEFAULT_CREATIONS,
    DEFAULT_IDENTITY,
    DEFAULT_REMOVALS,
    DEFAULT_UPDATES,
    Ladder,
    Limits,
    Pause,
    SourceKind,
    SourceRules,
    Thresholds,
)

WORDS = frozenset(
    {
        "kind",
        "schools",
        "kinds",
        "fields",
        "additions_only",
        "limits",
        "ladder",
        "pauses",
        "least_percent",
        "plan_days",
        "whole_every_days",
        "daily",
    }
)
"""Words of a section that are not its adapter's."""

ALL_KINDS = "all"
"""Stands for every kind of record in the limits."""

_LONGEST_DAYS = 31
"""So long at most a source is believed by its changes: who left without being told of is found by a whole reading."""

T = TypeVar("T")


def source_rules(name: str, section: Mapping[str, Any]) -> SourceRules:
    """Return what a section lets its source do; what it does not say is as everywhere.

    Raises:
        ConfigurationError: ``configuration.roster``: a word is missing, unknown or means nothing.
    """
    return _Section(name=name, words=section, where=f"rosters.{name}").rules()


def problem(where: str, text: Text) -> ConfigurationError:
    """Return the error of a setting of a roster source."""
    return ConfigurationError(
        "configuration.roster",
        Text(ru=f"Настройка «{where}»: {text.ru}.", en=f"Setting '{where}': {text.en}."),
    )


class _Section:
    """A section, or a part of it, that is read word by word."""

    def __init__(self, *, name: str, words: Mapping[str, Any], where: str) -> None:
        self._name, self._words, self._where = name, words, where

    def rules(self) -> SourceRules:
        """Return the rules of the whole section."""
        usual = SourceRules(name=self._name, kind=self._kind())
        limits = self.part("limits", {"removals", "updates", "identity", "creations"})
        ladder = self.part("ladder", {"suspend_after", "archive_after"})
        return SourceRules(
            name=self._name,
            kind=usual.kind,
            kinds=self._kinds("kinds") if "kinds" in self._words else usual.kinds,
            fields=self.part("fields", list(RecordKind)).fields(),
            additions_only=self.value("additions_only", usual.additions_only, _truth),
            limits=Limits(
                removals=limits.part("removals", {ALL_KINDS, *RecordKind}).thresholds(DEFAULT_REMOVALS),
                updates=limits.part("updates", {ALL_KINDS, *RecordKind}).thresholds(DEFAULT_UPDATES),
                identity=limits.part("identity", {ALL_KINDS, *IDENTITY}).thresholds(DEFAULT_IDENTITY),
                creations=limits.part("creations", {ALL_KINDS, *CREATED_KINDS}).thresholds(DEFAULT_CREATIONS),
            ),
            ladder=Ladder(
                suspend_after=ladder.value("suspend_after", usual.ladder.suspend_after, _number),
                archive_after=ladder.value("archive_after", usual.ladder.archive_after, _number),
            ),
            pauses=self._pauses(),
            least_percent=self.value("least_percent", usual.least_percent, _percent),
            plan_days=self.value("plan_days", usual.plan_days, _number),
            whole_every_days=self.value("whole_every_days", usual.whole_every_days, _days_between),
        )

    def part(self, word: str, known: Collection[str]) -> _Section:
        """Return a part of the section; every word in it has to be known."""
        where, words = f"{self._where}.{word}", self._words.get(word, {})
        if not isinstance(words, Mapping):
            raise problem(where, Text(ru="ожидается раздел", en="a section is expected"))
        if unknown := sorted(set(words) - set(known)):
            raise problem(f"{where}.{unknown[0]}", Text(ru="такой настройки нет", en="there is no such setting"))
        return _Section(name=self._name, words=words, where=where)

    def value(self, word: str, usual: T, read: Callable[[object], T]) -> T:
        """Return a value, the usual one where nothing is said."""
        if word not in self._words:
            return usual
        try:
            return read(self._words[word])
        except (TypeError, ValueError) as error:
            raise problem(f"{self._where}.{word}", _EXPECTED[read]) from error

    def thresholds(self, usual: Thresholds) -> dict[RecordKind, Thresholds]:
        """Return the thresholds by kind; those of one kind go before those of all."""
        common = self._threshold(ALL_KINDS, usual)
        return {kind: self._threshold(kind, common) for kind in RecordKind}

    def fields(self) -> dict[RecordKind, frozenset[str]]:
        """Return the fields that the source owns, by kind."""
        return {RecordKind(kind): self.value(kind, frozenset(), _field_names) for kind in self._words}

    def _threshold(self, word: str, usual: Thresholds) -> Thresholds:
        part = self.part(word, {"percent", "records"})
        return Thresholds(
            percent=part.value("percent", usual.percent, _percent),
            records=part.value("records", usual.records, _number),
        )

    def _kind(self) -> SourceKind:
        word = self._words.get("kind")
        if word not in set(SourceKind):
            known = ", ".join(SourceKind)
            raise problem(
                f"{self._where}.kind", Text(ru=f"ожидается одно из: {known}", en=f"one of these is expected: {known}")
            )
        return SourceKind(str(word))

    def _kinds(self, word: str) -> frozenset[RecordKind]:
        return self.value(word, frozenset(RecordKind), _kind_names)

    def _pauses(self) -> tuple[Pause, ...]:
        said = self._words.get("pauses", [])
        if not isinstance(said, list) or not all(isinstance(one, Mapping) for one in said):
            raise problem(
                f"{self._where}.pauses", Text(ru="ожидается список разделов", en="a list of sections is expected")
            )
        return tuple(self._pause(f"pauses[{place}]", one) for place, one in enumerate(said))

    def _pause(self, word: str, words: Mapping[str, Any]) -> Pause:
        part = _Section(name=self._name, words={word: words}, where=self._where).part(word, {"first", "last", "reason"})
        first, last = part.value("first", None, _day), part.value("last", None, _day)
        if first is None or last is None or last < first:
            raise problem(
                f"{self._where}.{word}",
                Text(ru="нужны первый и последний день по порядку", en="a first and a last day in order are needed"),
            )
        return Pause(first=first, last=last, reason=str(words.get("reason", "")))


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError
    return value


def _percent(value: object) -> int:
    number = _number(value)
    if number > 100:  # noqa: PLR2004  that is what per cent means
        raise ValueError
    return number


def _days_between(value: object) -> int:
    number = _number(value)
    if not 1 <= number <= _LONGEST_DAYS:
        raise ValueError
    return number


def _day(value: object) -> date | None:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError
    return value


def _kind_names(value: object) -> frozenset[RecordKind]:
    if not isinstance(value, list) or not value:
        raise ValueError
    return frozenset(RecordKind(str(one)) for one in value)


def _field_names(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and may_be_locked(one) for one in value):
        raise ValueError
    return frozenset(value)


_EXPECTED: Mapping[Callable[..., Any], Text] = {
    _truth: Text(ru="ожидается true или false", en="true or false is expected"),
    _number: Text(ru="ожидается целое число от нуля", en="a whole number from zero is expected"),
    _percent: Text(ru="ожидается целое число от 0 до 100", en="a whole number from 0 to 100 is expected"),
    _days_between: Text(
        ru=f"ожидается целое число от 1 до {_LONGEST_DAYS}", en=f"a whole number from 1 to {_LONGEST_DAYS} is expected"
    ),
    _day: Text(ru="ожидается день (2026-06-01)", en="a day is expected (2026-06-01)"),
    _kind_names: Text(
        ru=f"ожидается список видов записей: {', '.join(RecordKind)}",
        en=f"a list of kinds of records is expected: {', '.join(RecordKind)}",
    ),
    _field_names: Text(ru="ожидается список полей записи", en="a list of fields of the record is expected"),
}
