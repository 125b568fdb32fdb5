"""What kept a worker from emptying the queue in the time it was given, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.bootstrap import Gateway, make_handlers
from gateway.errors import GatewayError, Party, Text, TransientError
from gateway.web.console import queue_names
from gateway.web.console.destination_lines import Condition, standings_of
from outbox import LaneState

_MOVING = (LaneState.READY, LaneState.WAITING, LaneState.LEASED)
_COUNTED = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rest:
    """Lanes of a destination that something is still to be sent from, and what keeps it."""

    destination: str
    lanes: str
    why: Text


def not_drained(gateway: Gateway, seconds: float) -> GatewayError:
    """Return the error of a worker that had so many seconds to deliver what there is, and had not enough."""
    rests = list(_rests(gateway))
    ru = (
        "; ".join(f"{one.destination} – полос {one.lanes} ({one.why.ru})" for one in rests)
        or "новое, пришедшее только что"
    )
    en = "; ".join(f"{one.destination}: {one.lanes} lanes ({one.why.en})" for one in rests) or "what has just come in"
    return TransientError(
        "worker.not_drained",
        Text(
            ru=f"За {seconds:g} с очередь не опустела. Остались: {ru}. Устраните причину («gateway queue "
            "destinations», «gateway queue lanes») или дайте больше секунд.",
            en=f"The queue was not empty after {seconds:g} s. Left: {en}. Remove what keeps it ('gateway queue "
            "destinations', 'gateway queue lanes'), or give it more seconds.",
        ),
        who=Party.COORDINATOR,
    )


def _rests(gateway: Gateway) -> Iterator[_Rest]:
    desk = gateway.desk
    stop = next((pause for pause in desk.pauses() if pause.destination is None), None)
    served = make_handlers(gateway)
    for report in desk.destinations():
        if report.name not in served:
            continue
        page = desk.lanes(destination=report.name, states=_MOVING, limit=_COUNTED)
        if not page.lanes:
            continue
        conditions = [one.condition for one in standings_of(report, stop) if one.condition not in _NO_HINDRANCE]
        states = [state for state in _MOVING if any(lane.state is state for lane in page.lanes)]
        words = [queue_names.CONDITIONS[one] for one in conditions] or [queue_names.LANE_STATES[one] for one in states]
        yield _Rest(
            destination=report.name,
            lanes=f"{len(page.lanes)}{'+' if page.before else ''}",
            why=Text(ru=", ".join(one.ru for one in words), en=", ".join(one.en for one in words)),
        )


_NO_HINDRANCE = frozenset({Condition.WORKS, Condition.DRAINED, Condition.FULL})
"""What keeps nothing from being sent."""
