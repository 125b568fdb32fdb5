"""What the queue finds wrong with itself, in our two languages and with who must act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.errors import GatewayError, Party, Text
from gateway.web.console.queue_names import LANE_REASONS
from outbox import Finding


@dataclass(frozen=True, kw_only=True, slots=True)
class _Words:
    """How a finding is told; the names in braces are those of its facts."""

    code: str
    text: Text
    who: Party = Party.COORDINATOR


def error_of(finding: Finding) -> GatewayError:
    """Return a finding as an error with who must act; one that nobody has translated is told as the queue tells it."""
    words = FINDING_WORDS.get(finding.code)
    if words is None:
        text = Text(ru=f"Очередь: {finding.what}.", en=f"Queue: {finding.what}.")
        return GatewayError("doctor.queue", text)
    facts = {**finding.facts, **_reason(finding.facts.get("reason"))}
    ru, en = (template.format_map(facts) for template in (words.text.ru, words.text.en))
    since_ru, since_en = _since(finding.since)
    return GatewayError(words.code, Text(ru=ru + since_ru, en=en + since_en), who=words.who)


def _reason(reason: object) -> Mapping[str, object]:
    """Return in both languages why lanes stand still; a code is the same in both."""
    words = LANE_REASONS.get(str(reason))
    return {"reason_ru": words.ru if words else reason, "reason_en": words.en if words else reason}


def _since(moment: datetime | None) -> tuple[str, str]:
    if moment is None:
        return "", ""
    at = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f" С {at}.", f" Since {at}."


FINDING_WORDS: Mapping[str, _Words] = {
    "schema_revision": _Words(
        code="doctor.queue_schema",
        text=Text(
            ru="Таблицы очереди версии {found}, а нужна {expected}. Выполните «gateway db upgrade».",
            en="The queue's tables are at version {found}, {expected} is needed. Run 'gateway db upgrade'.",
        ),
    ),
    **{
        code: _Words(
            code="doctor.queue_database_setting",
            text=Text(
                ru="База данных: {setting} = {value}, сбой питания или задержка погубит данные или работу. "
                "Установите {better}.",
                en="The database has {setting} = {value}: a power failure can lose data, or work waits. Set {better}.",
            ),
        )
        for code in (
            "sqlite_transactions",
            "sqlite_journal_mode",
            "sqlite_synchronous",
            "sqlite_busy_timeout",
            "postgresql_fsync",
            "postgresql_full_page_writes",
            "postgresql_synchronous_commit",
        )
    },
    "clock_skew": _Words(
        code="doctor.queue_clock",
        text=Text(
            ru="Часы этого компьютера и базы данных расходятся на {seconds} с: настройте синхронизацию времени.",
            en="The clocks of this machine and of the database are {seconds} s apart: set up time synchronisation.",
        ),
    ),
    "destination_drained": _Words(
        code="doctor.queue_drained",
        text=Text(
            ru="Для «{destination}» больше суток ничего не принимается ({by}: {reason}). Открыть: «gateway queue "
            "reopen {destination}».",
            en="Nothing is taken in for '{destination}' for more than a day ({by}: {reason}). To open: 'gateway queue "
            "reopen {destination}'.",
        ),
    ),
    "destination_full": _Words(
        code="doctor.queue_full",
        text=Text(
            ru="Для «{destination}» больше суток ничего не принимается: слишком много не отправлено. Остановленное "
            "тоже в счёте: «gateway queue depth», «gateway queue causes».",
            en="Nothing is taken in for '{destination}' for more than a day: too much is not sent yet. What stopped "
            "counts, too: 'gateway queue depth', 'gateway queue causes'.",
        ),
    ),
    "destination_away": _Words(
        code="doctor.queue_away",
        text=Text(
            ru="Получатель «{destination}» не отвечает больше суток (проверен {trips} раз).",
            en="'{destination}' does not answer for more than a day (tried {trips} times).",
        ),
        who=Party.PLATFORM_OPERATOR,
    ),
    "lanes_blocked": _Words(
        code="doctor.queue_blocked",
        text=Text(
            ru="К «{destination}» стоят полосы ({lanes}: {reason_ru}) и ждут человека: «gateway queue causes», "
            "«gateway queue lanes --state blocked».",
            en="{lanes} lanes to '{destination}' stand still ({reason_en}) and wait for a person: 'gateway queue "
            "causes', 'gateway queue lanes --state blocked'.",
        ),
    ),
    "not_fresh": _Words(
        code="doctor.queue_late",
        text=Text(
            ru="Самое старое сообщение к «{destination}» старше условленных {agreed_seconds} с.",
            en="The oldest message to '{destination}' is older than the {agreed_seconds} s agreed.",
        ),
    ),
    "answers_overdue": _Words(
        code="doctor.queue_unanswered",
        text=Text(
            ru="Ответы «{destination}» на {messages} сообщ. просрочены, и обработчик этого не заметил: запустите "
            "«gateway worker».",
            en="Answers of '{destination}' to {messages} messages are overdue and no worker has noticed: start "
            "'gateway worker'.",
        ),
    ),
    "destination_unserved": _Words(
        code="doctor.queue_unserved",
        text=Text(
            ru="К «{destination}» пора отправлять (полос: {lanes}), но такого получателя эта версия не знает.",
            en="{lanes} lanes to '{destination}' are due, but this version knows no such destination.",
        ),
    ),
    "leases_abandoned": _Words(
        code="doctor.queue_no_worker",
        text=Text(
            ru="Полосы к «{destination}» ({lanes}) заняты дольше срока: обработчика нет, запустите «gateway worker».",
            en="{lanes} lanes to '{destination}' are taken past their time: no worker is alive, start 'gateway "
            "worker'.",
        ),
    ),
    "payloads_under_old_key": _Words(
        code="doctor.queue_old_key",
        text=Text(
            ru="Содержание сообщений ({payloads} из самых старых) не зашифровано новейшим ключом: «gateway db reseal».",
            en="The content of messages ({payloads} of the oldest) is not encrypted with the newest key: 'gateway db "
            "reseal'.",
        ),
    ),
    "payloads_plain": _Words(
        code="doctor.queue_plain",
        text=Text(
            ru="Содержание сообщений ({payloads} из самых старых) не зашифровано, и их не отправляют. Если они "
            "остались с того времени, когда ключа не было: «gateway db reseal --accept-plain». Если нет, в базу "
            "писал кто-то, у кого нет ключа.",
            en="The content of messages ({payloads} of the oldest) is not encrypted, and they are not sent. If they "
            "date from before there was a key: 'gateway db reseal --accept-plain'. If not, somebody without the key "
            "has written to the database.",
        ),
    ),
    "payloads_unreadable": _Words(
        code="doctor.queue_unreadable",
        text=Text(
            ru="Содержание сообщений не расшифровывается: {messages}. Верните прежний ключ в storage.seal_key.",
            en="The content of messages cannot be decrypted: {messages}. Put the former key back into "
            "storage.seal_key.",
        ),
    ),
}
