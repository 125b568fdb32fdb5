"""Payloads of stopped messages built anew after a repair: of which destinations they can be, and why not of others."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.delivery import packages
from gateway.errors import GatewayError, Text
from gateway.ports.queue_letters import BuildPayload


def builder_of(destination: str, builders: Mapping[str, BuildPayload]) -> BuildPayload:
    """Return what builds the payloads of a destination anew.

    Args:
        destination: which.
        builders: those that there are, by destination.

    Raises:
        GatewayError: ``queue.signed_never_changes``: what was signed is sent as it is or not at all;
            ``queue.nothing_to_rebuild``: its messages are made of nothing that a repair could have changed.
    """
    if destination == packages.DESTINATION:
        raise GatewayError(
            "queue.signed_never_changes",
            Text(
                ru="Подписанный пакет не меняется. Новую версию делает «gateway export run»; старый пакет снимите: "
                "«gateway queue skip».",
                en="A signed package is never changed. 'gateway export run' makes a new version; give the old package "
                "up with 'gateway queue skip'.",
            ),
        )
    if destination not in builders:
        raise GatewayError(
            "queue.nothing_to_rebuild",
            Text(
                ru=f"Сообщения «{destination}» собирать заново не из чего: они только называют, что сделать.",
                en=f"Messages to '{destination}' have nothing to be rebuilt from: they only name what is to be done.",
            ),
        )
    return builders[destination]
