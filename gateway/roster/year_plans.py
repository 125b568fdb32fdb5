"""Plans of a year roll-over stand among the roster plans and are decided about on their own road."""

from __future__ import annotations

from gateway.errors import GatewayError, Text
from gateway.model.rollover import YEAR_SOURCE
from gateway.model.roster_plan import PlanHead
from gateway.ports.roster import RosterUnit


def refuse_year_plan(_unit: RosterUnit, head: PlanHead) -> None:
    """Let every plan through but one of a roll-over: it has orders, and an end to its undoing.

    Raises:
        GatewayError: ``roster.plan_of_year``.
    """
    if head.source == YEAR_SOURCE:
        raise GatewayError(
            "roster.plan_of_year",
            Text(
                ru=f"План «{head.id}» – переход на новый учебный год: о нём решает заместитель на странице «Новый год» "
                "или командой «gateway year roll-over».",
                en=f"Plan '{head.id}' is a year roll-over: a deputy decides about it on the page 'New year' or by "
                "'gateway year roll-over'.",
            ),
        )
