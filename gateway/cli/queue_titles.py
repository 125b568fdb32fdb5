"""What the queue's commands call columns, entries and conditions where they answer people in Russian.

In English, and for programs, everything is called as options and JSON call it. The words for conditions are the
console's: one thing has one name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from gateway.cli.output import Voice, shown
from gateway.errors import Text
from gateway.web.console import names, queue_names
from gateway.web.console.destination_lines import Condition
from outbox import Answered, AttemptOutcome, BreakerState, BusinessVerdict, LaneState, State

BREAKER_STATES = {
    BreakerState.CLOSED: Text(ru="получатель отвечает", en="closed"),
    BreakerState.OPEN: Text(ru="не отвечает, ждём", en="open"),
    BreakerState.HALF_OPEN: Text(ru="проверяем, отвечает ли", en="half-open"),
}

ANSWERED = {
    Answered.MATCHED: Text(ru="записан к сообщению", en="matched"),
    Answered.REPEATED: Text(ru="уже был записан", en="repeated"),
    Answered.UNKNOWN: Text(ru="сообщение не найдено", en="unknown"),
}

STATES: Mapping[type[StrEnum], Mapping[Any, Text]] = {
    State: names.STATES,
    AttemptOutcome: names.ATTEMPT_OUTCOMES,
    LaneState: queue_names.LANE_STATES,
    BusinessVerdict: queue_names.VERDICTS,
    Condition: queue_names.CONDITIONS,
    BreakerState: BREAKER_STATES,
    Answered: ANSWERED,
}
"""Words for every member of what can be the case."""

TITLES: Mapping[str, str] = {
    "acceptance": "подтверждение",
    "accepted": "принято",
    "advice": "что делать",
    "age": "возраст первого",
    "all_stopped_at": "всё остановлено с",
    "all_stopped_by": "кем остановлено",
    "all_stopped_reason": "почему остановлено",
    "answer_due_at": "ответа ждём до",
    "answered": "ответ",
    "answers": "ответы",
    "at": "когда",
    "attempts": "попытки",
    "away_since": "недоступен с",
    "barred": "больше не берёт для",
    "breaker": "связь",
    "breaker_until": "следующая попытка",
    "by": "кто",
    "changed": "изменено",
    "code": "код ошибки",
    "conditions": "состояние",
    "content_gone_at": "содержание удалено",
    "count": "сообщений",
    "created_at": "создано",
    "cron": "cron",
    "database_at": "база отвечала",
    "day": "день",
    "dead": "остановлено",
    "decisions": "решения",
    "delivered": "доставлено",
    "destination": "получатель",
    "destroyed": "содержание уничтожено",
    "differs": "отличается",
    "done": "сообщений",
    "drained_at": "новое не берётся с",
    "dropped": "снято",
    "error": "ошибка",
    "expires_at": "годно до",
    "fault": "сбой",
    "faulty": "не собраны",
    "finished_at": "закончено",
    "first": "первый раз",
    "followers": "ждут за ними",
    "full_at": "переполнен с",
    "hash": "хеш",
    "head": "первое",
    "id": "номер",
    "in_flight": "отправляется",
    "key": "полоса",
    "keys": "ключи",
    "kind": "вид",
    "lanes": "полосы",
    "last": "последний раз",
    "late": "поздно",
    "lease_owner": "отправляет",
    "lease_until": "аренда до",
    "lines": "строк в хеше",
    "message": "сообщение",
    "messages": "сообщения",
    "name": "имя",
    "new_sha256": "SHA-256 новый",
    "new_size": "размер новый, байт",
    "next": "следующие",
    "next_number": "следующий номер",
    "next_opening": "откроется",
    "number": "номер",
    "ok": "выполнено",
    "old_sha256": "SHA-256 прежний",
    "old_size": "размер прежний, байт",
    "oldest": "самое старое",
    "ordering_key": "ключ порядка",
    "outcome": "итог",
    "outstanding": "не доставлено",
    "paused_at": "приостановлено с",
    "paused_by": "кем приостановлено",
    "paused_reason": "почему приостановлено",
    "payloads": "содержания",
    "pid": "процесс",
    "produced": "создано",
    "reason": "причина",
    "receipt": "квитанция",
    "refused": "отклонено",
    "rejected": "не принято",
    "retry_at": "повтор не раньше",
    "rows": "строк",
    "sample": "пример",
    "sent": "отправлено",
    "sha256": "SHA-256",
    "size": "размер, байт",
    "started_at": "начато",
    "state": "состояние",
    "status": "статус",
    "stopped_at": "стоит с",
    "superseded": "заменено новым",
    "turned_at": "последний оборот",
    "unchanged": "без изменений",
    "unfinished": "не завершены",
    "unmatched": "ответы без сообщений",
    "verb": "решение",
    "verdict": "решение получателя",
    "waiting": "ждут за первым",
    "window_open": "часы работы",
    "zone": "часовой пояс",
}
"""Russian names of columns and entries."""


def table(voice: Voice, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a list in the words of who asks."""
    if voice.as_json:
        voice.table(columns, rows)
        return
    voice.table(
        [title(voice, column) for column in columns],
        [[named(voice, column, value) for column, value in zip(columns, row, strict=True)] for row in rows],
    )


def answer(voice: Voice, content: Mapping[str, Any]) -> None:
    """Print a result in the words of who asks; what is a list of objects has a line for each."""
    voice.answer(content, lambda: list(_lines(voice, content)))


def title(voice: Voice, column: str) -> str:
    """Return what a column is called."""
    return TITLES.get(column, column) if voice.language == "ru" else column


def named(voice: Voice, column: str, value: object) -> object:
    """Return a value of a column in the words of who asks, itself where there are none."""
    if isinstance(value, tuple | list):
        return ", ".join(shown(named(voice, column, part)) for part in value)
    if column in _REASONS and isinstance(value, str):
        value = in_two_languages(value).in_language(voice.language)
    if voice.language == "en":
        return value
    if isinstance(value, bool):
        return names.VALUES[value].ru
    if isinstance(value, StrEnum) and type(value) in STATES:
        return STATES[type(value)][value].ru
    words = _FREE.get(column, {}).get(value) if isinstance(value, str) else None
    return value if words is None else words.ru


def in_two_languages(reason: str) -> Text:
    """Return a reason in both languages: the gateway writes a line of each, people what they like."""
    ru, _, en = reason.partition("\n")
    return Text(ru=ru, en=en or ru)


_REASONS = frozenset({"reason", "paused_reason", "all_stopped_reason"})
_FREE: Mapping[str, Mapping[Any, Text]] = {"verb": names.VERBS, "reason": queue_names.LANE_REASONS}
"""Texts that have words of ours in some columns."""


def _lines(voice: Voice, content: Mapping[str, Any]) -> Iterator[str]:
    for name, value in content.items():
        if not (isinstance(value, list) and value and isinstance(value[0], Mapping)):
            yield f"{title(voice, name)}: {shown(named(voice, name, value))}"
            continue
        yield f"{title(voice, name)}:"
        for row in value:
            pairs = (
                f"{title(voice, key)} {shown(named(voice, key, part))}" for key, part in row.items() if part is not None
            )
            yield f"  {', '.join(pairs)}"
