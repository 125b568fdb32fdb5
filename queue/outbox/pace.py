"""How much a worker claims ahead: enough that no hand waits for the database, and no hoard of slow work. Pure.

Everything is reckoned in handler time: what lies ready in a worker should be done in about ``HORIZON`` seconds. Work
that takes a tenth of a millisecond is claimed by hundreds, work that takes a second is claimed by the hand.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from outbox.policy import Policies, Policy

HORIZON = 0.1
"""Seconds of work that should lie ready behind the hands."""

MOST_AHEAD = 500
"""Messages that are claimed ahead at most, however fast they go."""

_MEMORY = 20
"""After so many messages a measurement counts as much as everything before it."""

_FASTEST = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class Pace:
    """How long a message has taken lately, in seconds of a handler's time.

    Attributes:
        overall: Over all destinations; None before anything was measured.
        of: By destination.
    """

    overall: float | None = None
    of: Mapping[str, float] = field(default_factory=dict)

    def measured(self, taken: Mapping[str, tuple[int, float]]) -> "Pace":
        """Return the pace after further messages: by destination how many, and how long all of them took."""
        if not taken:
            return self
        number = sum(count for count, _ in taken.values())
        seconds = sum(time for _, time in taken.values())
        fresh = {name: _blend(self.of.get(name), count, time) for name, (count, time) in taken.items()}
        return Pace(overall=_blend(self.overall, number, seconds), of={**self.of, **fresh})

    def room(self, *, threads: int, in_flight: int, idle: int) -> int:
        """Say how many messages to claim now.

        Args:
            threads: How many hands there are.
            in_flight: How many messages are claimed and not settled yet.
            idle: How many hands have nothing to do.

        Returns:
            At least one for every idle hand, and never negative.
        """
        ahead = 0 if self.overall is None else min(MOST_AHEAD, int(threads * HORIZON / max(self.overall, _FASTEST)))
        return max(threads + ahead - in_flight, idle, 0)

    def shortened(self, policies: Policies) -> dict[str, Policy]:
        """Return the policies with runs no longer than ``HORIZON``: a lane whose messages are slow goes one by one."""
        return {name: self._shortened(name, policy) for name, policy in policies.items()}

    def _shortened(self, name: str, policy: Policy) -> Policy:
        longest = 1 if (mean := self.of.get(name)) is None else max(1, int(HORIZON / max(mean, _FASTEST)))
        return policy if longest >= policy.run else replace(policy, run=longest)


def _blend(before: float | None, count: int, seconds: float) -> float:
    mean = seconds / count
    return mean if before is None else before + (mean - before) * count / (count + _MEMORY)
