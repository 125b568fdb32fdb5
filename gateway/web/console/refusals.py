"""What the console refuses by itself, in words that say what happened and what to do."""

from __future__ import annotations

from http import HTTPStatus

from gateway.errors import Text
from gateway.web.errors import RequestRefused


def not_found() -> RequestRefused:
    """There is nothing at this address, or it belongs to another school."""
    return RequestRefused(
        HTTPStatus.NOT_FOUND,
        "console.not_found",
        Text(
            ru="Такой записи в вашей школе нет. Проверьте адрес или найдите запись в списке.",
            en="Your school has no such record. Check the address or find the record in its list.",
        ),
    )


def not_allowed() -> RequestRefused:
    """The person's role does not include this."""
    return RequestRefused(
        HTTPStatus.FORBIDDEN,
        "console.not_allowed",
        Text(
            ru="Это действие вашей роли не разрешено. Попросите координатора или администратора школы.",
            en="Your role may not do this. Ask the school's coordinator or administrator.",
        ),
        rule="R-SEC-01",
    )


def form_stale() -> RequestRefused:
    """The form was not made for this session."""
    return RequestRefused(
        HTTPStatus.BAD_REQUEST,
        "console.form_stale",
        Text(
            ru="Форма устарела или пришла не с этой страницы; ничего не изменено. Откройте страницу снова и повторите.",
            en="The form was out of date or came from elsewhere; nothing has changed. Open the page again and repeat.",
        ),
        rule="R-SEC-07",
    )


def reason_missing() -> RequestRefused:
    """A decision came without a reason, or is none that the console knows."""
    return RequestRefused(
        HTTPStatus.BAD_REQUEST,
        "console.decision_incomplete",
        Text(
            ru="Решение не принято: нужно выбрать действие и написать причину. Вернитесь и заполните форму.",
            en="Nothing was decided: choose an action and write why. Go back and fill in the form.",
        ),
        rule="R-AUD-01",
    )


def moved_on() -> RequestRefused:
    """A message is no longer in a state in which this decision makes sense."""
    return RequestRefused(
        HTTPStatus.CONFLICT,
        "console.moved_on",
        Text(
            ru="Решение не принято: состояние сообщения тем временем изменилось. Откройте сообщение снова.",
            en="Nothing was decided: the message has moved on meanwhile. Open the message again.",
        ),
    )


def no_person() -> RequestRefused:
    """The account is not linked to a member of staff, in whose name this would be done."""
    return RequestRefused(
        HTTPStatus.CONFLICT,
        "console.no_person",
        Text(
            ru="Ничего не записано: ваша учётная запись не связана с сотрудником. Попросите администратора связать её.",
            en="Nothing was written: your account is not linked to a member of staff. Ask an administrator to link it.",
        ),
        rule="R-SEC-09",
    )
