"""Our errors as outcomes of the outbox: try again, or stop and wait for a person; and back into words."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.errors import GatewayError, Party, PlatformError, Text, TransientError
from outbox import Failure, Refused, Retry


def outcome_of(error: GatewayError) -> Retry | Refused:
    """Return `Retry` for what may pass by itself, `Refused` for everything else.

    The reason is told in both languages, Russian first, a line each, and names who has to act.
    """
    if isinstance(error, TransientError):
        return retry_later(error)
    status, answer = _said(error)
    return Refused(reason=_reason(error), code=error.code, status=status, answer=answer)


def retry_later(error: GatewayError) -> Retry:
    """Return `Retry` for an error of whatever kind, after as long as the platform asked for."""
    status, answer = _said(error)
    wait = error.retry_after if isinstance(error, TransientError) else None
    return Retry(reason=_reason(error), code=error.code, status=status, answer=answer, retry_after=wait)


def words_of(failure: Failure) -> Text:
    """Return in both languages why a message failed and who has to act.

    What a person or a platform wrote into a business answer is told as it is.
    """
    own = QUEUE_WORDS.get(failure.code)
    if own is not None:
        return _with_who(own, Party.COORDINATOR)
    ru, _, en = failure.reason.partition("\n")
    return Text(ru=ru, en=en or ru)


QUEUE_WORDS: Mapping[str, Text] = {
    "expired": Text(
        ru="Срок сообщения вышел раньше, чем его удалось отправить.",
        en="The message's time was over before it could be sent.",
    ),
    "handler_error": Text(
        ru="Обработчик сообщения завершился непредвиденной ошибкой: сообщите разработчику её вид.",
        en="The message's handler failed unexpectedly: tell the developer the kind of the failure.",
    ),
    "handler_timeout": Text(
        ru="Отправка длилась дольше, чем разрешает worker.longest_handling_seconds.",
        en="The delivery took longer than worker.longest_handling_seconds allows.",
    ),
    "lease_lost": Text(
        ru="Обработчик исчезал во время работы, пока не кончились попытки.",
        en="The worker disappeared while it had the message, until no attempt was left.",
    ),
    "no_answer": Text(
        ru="Получатель не ответил в срок, принимает ли он содержание: спросите его.",
        en="The recipient has not said in time whether it takes the content: ask it.",
    ),
    "payload_gone": Text(
        ru="Содержание сообщения уничтожено раньше, чем его удалось отправить: снимите сообщение.",
        en="The message's content was destroyed before it could be sent: give the message up.",
    ),
    "unreadable_payload": Text(
        ru="Содержание сообщения в базе повреждено и не расшифровывается: снимите сообщение, отправьте данные заново.",
        en="The message's content is damaged in the database and cannot be decrypted: give it up, send the data anew.",
    ),
}
"""What the queue's own codes mean; the coordinator acts on all of them."""


def _reason(error: GatewayError) -> str:
    words = _with_who(error.text, error.who)
    return f"{words.ru}\n{words.en}"


def _with_who(text: Text, who: Party) -> Text:
    return Text(ru=f"{text.ru} Кто исправляет: {who.text.ru}.", en=f"{text.en} Who has to act: {who.text.en}.")


def _said(error: GatewayError) -> tuple[int | None, bytes]:
    return (error.status, error.answer.encode()) if isinstance(error, PlatformError) else (None, b"")
