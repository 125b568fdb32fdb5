"""What the platform's refusals mean: it tells them apart by the words of a 409 only (``platforms.md`` 1.2 and 1.8)."""

from __future__ import annotations

from datetime import timedelta

import httpx

from gateway.errors import ContractChanged, Party, PermanentError, PlatformError, SchemaError, Text, TransientError
from gateway.schemas.json import parse_json

LOCK = timedelta(seconds=60)
"""How long the platform refuses an account after three failures, whatever the password."""

_LOCKED = ("неудачные попытки", "следующая попытка", "заблокир")
_MAINTENANCE = ("техническ", "профилактическ")
_REJECTED = ("нет доступа", "лицензи")
_CREDENTIALS = ("парол", "логин", "имя пользователя")


def refusal(response: httpx.Response) -> PlatformError:
    """Return what a 409 means; without words that we know it is worth another try."""
    said = _message(response).casefold()
    if _any_of(_LOCKED, said):
        return TransientError(
            "netschool.locked",
            Text(
                ru="Платформа временно закрыла вход: слишком много неудачных попыток. Повтор через минуту.",
                en="The platform has locked the account after too many failures. Try again in a minute.",
            ),
            status=response.status_code,
            retry_after=LOCK,
        )
    if _any_of(_MAINTENANCE, said):
        return maintenance(response)
    if _any_of(_REJECTED, said):
        return PermanentError(
            "netschool.rejected",
            Text(
                ru="Платформа отказала учётной записи шлюза в доступе.",
                en="The platform denies access to the gateway's account.",
            ),
            who=Party.COORDINATOR,
            status=response.status_code,
        )
    if _any_of(_CREDENTIALS, said):
        return PermanentError(
            "netschool.credentials",
            Text(
                ru="Платформа не приняла имя пользователя или пароль. Исправьте netschool.login и netschool.password.",
                en="The platform did not accept user name or password. Mend netschool.login and netschool.password.",
            ),
            who=Party.COORDINATOR,
            status=response.status_code,
        )
    return TransientError(
        "netschool.unavailable",
        Text(ru="Платформа отказала без понятной причины.", en="The platform refused without a clear reason."),
        status=response.status_code,
    )


def maintenance(response: httpx.Response) -> TransientError:
    """Return the error for works on the platform, told by 409 or by a page of HTML instead of JSON."""
    return TransientError(
        "netschool.maintenance",
        Text(ru="На платформе идут технические работы.", en="The platform is under maintenance."),
        status=response.status_code,
    )


def contract_changed(address: str, *, place: str, reason: Text) -> ContractChanged:
    """Return the error for an answer that is not what we know; ``place`` is its JSON pointer."""
    return ContractChanged(
        "platform.contract_changed",
        Text(
            ru=f"Ответ платформы на «{address}», место «{place or '/'}»: {reason.ru}",
            en=f"The platform's answer to '{address}', at '{place or '/'}': {reason.en}",
        ),
    )


def _message(response: httpx.Response) -> str:
    try:
        content = parse_json(response.content)
    except SchemaError:
        return ""
    said = content.get("message") if isinstance(content, dict) else None
    return said if isinstance(said, str) else ""


def _any_of(words: tuple[str, ...], said: str) -> bool:
    return any(word in said for word in words)
