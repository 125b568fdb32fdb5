"""How a sync is told: what it did, and what it left for people, with the command that shows it."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.bootstrap import Gateway
from gateway.cli.output import Voice
from gateway.errors import GatewayError, Text
from gateway.model.ids import SchoolId
from gateway.model.matching_cases import CaseState
from gateway.roster.sync import RosterResult


def tell_result(voice: Voice, gateway: Gateway, school: SchoolId, result: RosterResult) -> None:
    """Answer what a sync did; warn of records that changed nothing because a person has to act first."""
    voice.answer({"ok": True, **result.summary()})
    asked = len(gateway.match_decisions(school).cases(state=CaseState.OPEN, source=result.source))
    for number, left in ((asked, _asked), (result.rejected, _rejected)):
        if number:
            voice.warning(left(number))
    if result.held_plans:
        voice.warning(_held(result.held_plans))
    if result.warnings:
        voice.warning(_remarked(result))


def _remarked(result: RosterResult) -> GatewayError:
    plan = result.plan or next(iter(result.held_plans), None)
    look = f"gateway roster show {plan}" if plan else f"gateway roster plan --source {result.source}"
    then = (
        Text(ru="", en="")
        if plan
        else Text(ru=", затем gateway roster show ПЛАН", en=", then gateway roster show PLAN")
    )
    return GatewayError(
        "roster.remarks",
        Text(
            ru=f"Замечаний к ответу источника: {result.warnings}; они ничего не остановили. "
            f"Посмотреть: {look}{then.ru}.",
            en=f"{result.warnings} remark(s) about what the source said; they stopped nothing. See them with "
            f"'{look}'{then.en}.",
        ),
    )


def _asked(number: int) -> GatewayError:
    return GatewayError(
        "roster.questions_wait",
        Text(
            ru=f"Вопросов «кто есть кто» без ответа: {number}; пока они открыты, эти записи ничего не меняют. "
            "Посмотреть: gateway roster cases, ответить: gateway roster match или страница «Кто есть кто».",
            en=f"{number} question(s) of who is who are open; until then these records change nothing. See them with "
            "'gateway roster cases', answer with 'gateway roster match' or at the page 'Who is who'.",
        ),
    )


def _rejected(number: int) -> GatewayError:
    return GatewayError(
        "roster.records_rejected",
        Text(
            ru=f"Отклонено записей: {number}. Причины и кто исправляет: gateway roster quarantine или страница "
            "«Карантин».",
            en=f"{number} record(s) were turned away. Why, and who has to act: 'gateway roster quarantine' or the page "
            "'Quarantine'.",
        ),
    )


def _held(plans: Sequence[str]) -> GatewayError:
    number, first = len(plans), plans[0]
    return GatewayError(
        "roster.plans_wait",
        Text(
            ru=f"Планов ждёт решения человека: {number}. Посмотреть: gateway roster show {first} или страница "
            "«Планы контингента»; утвердить и применить: gateway roster approve, gateway roster apply.",
            en=f"{number} plan(s) wait for a person. See them with 'gateway roster show {first}' or at the "
            "page 'Roster plans'; agree with 'gateway roster approve', then 'gateway roster apply'.",
        ),
    )
