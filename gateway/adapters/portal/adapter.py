"""The portal as an event sink."""

from __future__ import annotations

import httpx

from gateway.adapters.http import broken_answer, excerpt
from gateway.adapters.portal import PLATFORM
from gateway.adapters.portal.client import WebhookClient
from gateway.adapters.portal.settings import PortalSettings
from gateway.errors import ContractChanged, SchemaError, Text
from gateway.ports.frame import Clock
from gateway.schemas.json import parse_json

_MOST_RECEIPT = 255


class PortalEvents:
    """Hands events to the city portal."""

    def __init__(self, settings: PortalSettings, clock: Clock) -> None:
        self._client = WebhookClient(settings)
        self._clock = clock

    def send(self, message_id: str, kind: str, content: bytes) -> str:  # noqa: ARG002  the content tells its kind itself
        """Hand over one event and return the portal's receipt; the same ``message_id`` again has no further effect.

        Raises:
            TransientError: not now (no connection, time-out, 408, 425, 429, 5xx).
            PermanentError: refused for good, a wrong signature among others (401).
            ContractChanged: the answer has no receipt (``portal.no_receipt``).
        """
        return _receipt(self._client.post(message_id, content, now=self._clock()))

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _receipt(response: httpx.Response) -> str:
    try:
        content = parse_json(response.content)
    except SchemaError as error:
        raise broken_answer(error, platform=PLATFORM) from None
    receipt = content.get("receipt") if isinstance(content, dict) else None
    if not isinstance(receipt, str) or not 0 < len(receipt) <= _MOST_RECEIPT:
        raise ContractChanged(
            "portal.no_receipt",
            Text(
                ru=f"В ответе платформы «{PLATFORM}» нет квитанции (поле «receipt»).",
                en=f"The answer of platform '{PLATFORM}' has no receipt (field 'receipt').",
            ),
            status=response.status_code,
            answer=excerpt(response),
        )
    return receipt
