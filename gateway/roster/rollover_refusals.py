"""What a roll-over says when it will not: what is missing, what has begun, who has to act."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.errors import DocumentError, Fault, GatewayError, Party, Text
from gateway.model.rollover import Finding
from gateway.model.roster_plan import PlanHead


def year_unknown(year: int | None) -> GatewayError:
    """Return that there is no such school year."""
    how = Text(
        ru="Годы вносит журнальная система (years) или «gateway journal import».",
        en="Years come from the journal system (years) or with 'gateway journal import'.",
    )
    named = Text(
        ru="Нет учебного года, который уходит." if year is None else f"Учебного года {year} нет.",
        en="There is no school year that ends." if year is None else f"There is no school year {year}.",
    )
    return GatewayError(
        "year.unknown",
        Text(ru=f"{named.ru} {how.ru}", en=f"{named.en} {how.en}"),
        rule="R-ACAD-21",
    )


def next_missing(year: int) -> GatewayError:
    """Return that the next year has not been made."""
    return GatewayError(
        "year.next_missing",
        Text(
            ru=f"Учебный год {year} ещё не создан: переходить некуда.",
            en=f"School year {year} has not been made yet: there is nowhere to go.",
        ),
        rule="R-ACAD-21",
    )


def pupil_unknown(pupil: str) -> GatewayError:
    """Return that somebody is no pupil in force."""
    return GatewayError(
        "year.rollover_pupil",
        Text(ru=f"Действующего ученика «{pupil}» нет.", en=f"There is no pupil '{pupil}' in force."),
        who=Party.DEPUTY,
    )


def teacher_unknown(teacher: str) -> GatewayError:
    """Return that somebody is no member of staff in force."""
    return GatewayError(
        "year.rollover_teacher",
        Text(ru=f"Действующего сотрудника «{teacher}» нет.", en=f"There is no member of staff '{teacher}' in force."),
        who=Party.DEPUTY,
        rule="R-ROST-02",
    )


def no_class_name() -> GatewayError:
    """Return that a text is no name of a class."""
    return GatewayError(
        "year.rollover_class",
        Text(
            ru="Класс называют номером от 1 до 11 и буквой, например 5А.",
            en="A class is named by a grade from 1 to 11 and a letter, such as 5А.",
        ),
        who=Party.DEPUTY,
    )


def document_missing() -> GatewayError:
    """Return that an order has neither number nor date."""
    return GatewayError(
        "year.rollover_document",
        Text(ru="Назовите приказ: номер и дату.", en="Name the order: number and date."),
        who=Party.DEPUTY,
        rule="R-ROST-05",
    )


def no_roll_over(plan: str) -> GatewayError:
    """Return that a roster plan is none of a roll-over."""
    return GatewayError(
        "year.rollover_unknown",
        Text(
            ru=f"План «{plan}» – не переход на новый учебный год.", en=f"Plan '{plan}' is not a roll-over of the year."
        ),
    )


def closed(head: PlanHead) -> GatewayError:
    """Return that a plan does not wait any more."""
    return GatewayError(
        "roster.plan_closed",
        Text(
            ru=f"План состава «{head.id}» уже закрыт (состояние «{head.state}»).",
            en=f"Roster plan '{head.id}' is closed already (state '{head.state}').",
        ),
    )


def plan_outdated(plan: str) -> GatewayError:
    """Return that a plan no longer fits what is held and decided."""
    return GatewayError(
        "year.rollover_outdated",
        Text(
            ru=f"После показа плана «{plan}» изменились состав или решения. Постройте новый и посмотрите его.",
            en=f"Roster or decisions have changed since plan '{plan}' was shown. Make a new one and look at it.",
        ),
        who=Party.DEPUTY,
    )


def incomplete(plan: str, findings: Sequence[Finding], listed: int) -> DocumentError:
    """Return that something is missing, with everything that is."""
    blocking = [one for one in findings if one.blocks]
    return DocumentError(
        "year.rollover_incomplete",
        Text(
            ru=f"План «{plan}» нельзя применить: не решено или не хватает – {len(blocking)}.",
            en=f"Plan '{plan}' cannot be carried out: {len(blocking)} thing(s) undecided or missing.",
        ),
        faults=tuple(_finding_fault(one) for one in blocking[:listed]),
        who=Party.DEPUTY,
        rule="R-ROST-05",
    )


def _finding_fault(one: Finding) -> Fault:
    return Fault(
        code="year.rollover_gap",
        text=one.text,
        record=one.pupil or one.school_class,
        field=one.code.value,
        rule="R-ROST-05",
        who=Party.DEPUTY,
    )


def begun(plan: str, facts: Sequence[tuple[str, str]]) -> DocumentError:
    """Return that the new year has lessons or marks already."""
    return DocumentError(
        "year.rollover_begun",
        Text(
            ru=f"Переход «{plan}» больше нельзя отменить: в новом учебном году уже есть уроки или отметки.",
            en=f"Roll-over '{plan}' cannot be taken back any more: the new year has lessons or marks already.",
        ),
        faults=tuple(
            Fault(
                code="year.has_begun",
                text=Text(ru="Запись нового учебного года.", en="A record of the new school year."),
                record=f"{kind}/{record}",
                who=Party.COORDINATOR,
            )
            for kind, record in facts
        ),
        who=Party.COORDINATOR,
    )


def later_first(plan: str) -> GatewayError:
    """Return that a later roll-over has to be taken back first."""
    return GatewayError(
        "year.rollover_later",
        Text(
            ru=f"Сначала отмените более поздний план перехода: «{plan}».",
            en=f"Take the later roll-over plan back first: '{plan}'.",
        ),
    )


def year_open(year: int) -> GatewayError:
    """Return that the new year is open and has begun."""
    return GatewayError(
        "year.rollover_year_open",
        Text(
            ru=f"Учебный год {year} открыт и начался: переход больше не отменяется.",
            en=f"School year {year} is open and has begun: the roll-over is not taken back any more.",
        ),
    )
