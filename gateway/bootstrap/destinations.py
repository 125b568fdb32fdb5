"""How each destination of the queue is treated: what holds for all, and what the settings say of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from gateway.delivery import events, packages, provider, steps, upkeep
from gateway.errors import ConfigurationError, Text
from gateway.settings import Settings, WorkerSettings, seconds
from outbox import DeadHead, KindPolicy, Policy

KINDS = {
    steps.DESTINATION: KindPolicy(dead_head=DeadHead.SKIP),
    upkeep.DESTINATION: KindPolicy(dead_head=DeadHead.SKIP),
    provider.DESTINATION: KindPolicy(dead_head=DeadHead.SKIP),
    events.DESTINATION: KindPolicy(dead_head=DeadHead.BLOCK, expired=DeadHead.SKIP),
    packages.DESTINATION: KindPolicy(dead_head=DeadHead.BLOCK, expired=DeadHead.BLOCK),
}
"""What a dead message does to those behind it.

The next run of a step does what a failed one has left. A package and an event must not be overtaken, and one that was
refused waits for a person, to be repaired and sent; but an event that is no news any more is let go.
"""

DESTINATIONS = tuple(KINDS)
"""To whom this gateway's queue sends."""

_OURS = frozenset({steps.DESTINATION, upkeep.DESTINATION, provider.DESTINATION})
"""These are done here: one failing step says nothing of the next one."""


def policies(settings: Settings) -> Mapping[str, Policy]:
    """Return how each destination is treated: the worker's settings, and what the destination's own section adds.

    Raises:
        ConfigurationError: a section names no destination, or says what no policy has (``configuration.destination``).
    """
    if unknown := sorted(set(settings.destinations) - set(KINDS)):
        raise _wrong_destination(unknown[0], f"known are {', '.join(KINDS)}")
    usual = _usual_policy(settings.worker)
    found = {}
    for name, kind in KINDS.items():
        base = replace(usual, other_kinds=kind, breaker=None if name in _OURS else usual.breaker)
        try:
            found[name] = Policy.from_mapping({**base.to_mapping(), **settings.destinations.get(name, {})}, at=name)
        except ValueError as error:
            raise _wrong_destination(name, str(error)) from error
    return found


def _usual_policy(settings: WorkerSettings) -> Policy:
    return Policy(
        initial_delay=seconds(settings.first_retry_seconds),
        max_delay=seconds(settings.longest_retry_seconds),
        max_attempts=settings.most_attempts,
        max_age=timedelta(days=settings.oldest_days),
        lease=seconds(settings.lease_seconds),
    )


def _wrong_destination(name: str, reason: str) -> ConfigurationError:
    return ConfigurationError(
        "configuration.destination",
        Text(ru=f"Раздел «destinations.{name}»: {reason}.", en=f"Section 'destinations.{name}': {reason}."),
    )
